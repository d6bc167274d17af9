"""What citizens wrote, word for word, where handlers read it with insults covered."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from cityhall.engines.cases.models import Case


class KeptWords(models.Model):
    """One text as it was written; the case, the addition or the answer holds it as handlers read it.

    `field` says which: title, text, answer:CODE, addition:ID, question:ID, reopening:ID, rating:ID.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="kept_words")
    field = models.CharField(max_length=80)
    text = models.TextField(max_length=10_000)
    count = models.PositiveIntegerField()  # how many places are covered
    version = models.PositiveIntegerField()  # of the list of words that held on that day
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("民眾原文")
        verbose_name_plural = _("民眾原文")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "field"], name="petition_words_kept_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.field}"
