"""What is kept of a text to find others like it: numbers of its letter pairs and triples, not its words."""

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _


class Print(models.Model):
    """The print of one record's text. Written anew when the text changes, so that a process sees by its key what is new.

    `stamp` tells two rows apart that got the same key, one of them in a transaction that was undone.
    """

    subject_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject_id = models.BigIntegerField()
    day = models.DateField(db_index=True)
    stamp = models.BigIntegerField()
    sketch = models.BinaryField()
    grams = models.BinaryField()

    class Meta:
        verbose_name = _("文字指紋")
        verbose_name_plural = _("文字指紋")
        constraints = [models.UniqueConstraint(fields=["subject_type", "subject_id"], name="likeness_one_print")]

    def __str__(self) -> str:
        return f"print of {self.subject_type_id}.{self.subject_id}"
