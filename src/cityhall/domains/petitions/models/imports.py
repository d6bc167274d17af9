"""Petitions that came in a file: whose number they had there, and by which import they came."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.files.models import SheetImport

from .petitions import Petition


class ImportedPetition(models.Model):
    """A petition with the number that it had where it came from; the same number comes in once."""

    petition = models.OneToOneField(Petition, on_delete=models.PROTECT, related_name="imported")
    job = models.ForeignKey(SheetImport, on_delete=models.PROTECT, related_name="petitions")
    source = models.CharField(_("來源"), max_length=60)
    their_number = models.CharField(_("原案號"), max_length=40)
    version = models.PositiveIntegerField()  # of its case when it had come in: what is newer happened here
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("匯入的案件")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "their_number"], condition=Q(undone_at__isnull=True), name="petition_imported_once"
            )
        ]
        indexes = [models.Index(fields=["their_number"], name="petition_imported_number")]

    def __str__(self) -> str:
        return f"{self.source} {self.their_number}"
