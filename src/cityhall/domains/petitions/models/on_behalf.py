"""Who reported for a citizen, and what the citizen agreed to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import consenting
from ..states import ConsentHow, Shares
from .petitions import Petition


class Consent(models.Model):
    """A citizen lets somebody report for them: how and when they said so, and what that person may see.

    Nothing of the citizen stands here. Withdrawn, it ends what the intermediary sees; the petition goes on.
    """

    petition = models.OneToOneField(Petition, on_delete=models.CASCADE, related_name="consent")
    intermediary = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(_("怎麼同意的"), max_length=10, choices=ConsentHow)
    obtained_on = models.DateField(_("哪一天同意的"))
    shares = models.CharField(_("同意讓代為反映的人看到"), max_length=10, choices=Shares)
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("代為反映的同意")
        indexes = [models.Index(fields=["intermediary", "-recorded_at"], name="petition_consent_newest")]

    def __str__(self) -> str:
        return f"consent {self.pk}"

    @property
    def sight(self) -> consenting.Sight:
        """What the intermediary may see now."""
        case = self.petition.case
        return consenting.sight(
            shares_content=self.shares == Shares.CONTENT, withdrawn=self.withdrawn_at is not None,
            kept_secret=case.confidential or case.keep_identity_secret or self.petition.sealed,
        )  # fmt: skip
