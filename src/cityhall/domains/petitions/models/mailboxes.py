"""機關信箱: how an agency's own mailbox is read. Its address stands in the directory."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency

from ..states import MailSecurity


class AgencyMailbox(models.Model):
    """The account by which the mailbox of an agency is read over IMAP; the password is encrypted and never shown again."""

    agency = models.OneToOneField(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="+")
    host = models.CharField(_("郵件伺服器"), max_length=200)
    port = models.PositiveIntegerField(_("連接埠"))
    security = models.CharField(_("加密方式"), max_length=8, choices=MailSecurity, default=MailSecurity.TLS)
    user = models.CharField(_("帳號"), max_length=200)
    secret = models.TextField(editable=False)
    folder = models.CharField(_("收信資料夾"), max_length=100, default="INBOX")
    move = models.CharField(_("收過的信移到"), max_length=100, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("機關信箱")
        ordering = ["agency__order", "agency__code"]

    def __str__(self) -> str:
        return f"mailbox {self.pk}"
