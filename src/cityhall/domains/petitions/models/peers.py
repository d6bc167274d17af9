"""Outside bodies that take petitions by Open311: where, their services, our categories for them, and what was sent."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency

from .catalogue import Category
from .passed_on import PassedOn


class Endpoint(models.Model):
    """An outside body's Open311 server. The key is encrypted, and no page gives it back."""

    class State(models.TextChoices):
        """Whether it is used."""

        IN_USE = "IN_USE", pgettext_lazy("endpoint", "使用中")
        PAUSED = "PAUSED", pgettext_lazy("endpoint", "暫停")
        ENDED = "ENDED", pgettext_lazy("endpoint", "停用")

    agency = models.OneToOneField(
        Agency, verbose_name=_("府外機關"), on_delete=models.PROTECT, related_name="open311_endpoint"
    )
    base_url = models.URLField(_("網址"), max_length=300)
    jurisdiction = models.CharField(_("轄區代碼"), max_length=100, blank=True)
    secret = models.TextField(max_length=1000, blank=True)
    state = models.CharField(_("情形"), max_length=6, choices=State, default=State.IN_USE)
    default_service = models.CharField(_("沒有對應時用哪個服務"), max_length=100, blank=True)
    fetch_asked_at = models.DateTimeField(null=True, blank=True)
    fetched_at = models.DateTimeField(_("取得服務清單"), null=True, blank=True)
    trouble = models.CharField(max_length=12, blank=True)
    trouble_said = models.CharField(max_length=300, blank=True)
    trouble_at = models.DateTimeField(null=True, blank=True)
    quiet_until = models.DateTimeField(null=True, blank=True)  # they asked us to wait, or are out of order
    asked_at = models.DateTimeField(_("上次詢問"), null=True, blank=True)
    tags: Any = models.JSONField(default=dict, blank=True)  # what they answered last to which batch
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("府外機關的 Open311")
        ordering = ["agency__order", "agency__code"]

    def __str__(self) -> str:
        return f"endpoint {self.pk}"

    @property
    def in_use(self) -> bool:
        """Whether anything is sent to it or asked of it."""
        return self.state == self.State.IN_USE


class EndpointService(models.Model):
    """A service of theirs, as their list had it last; what left the list stays, marked."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="services")
    code = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    group = models.CharField(max_length=100, blank=True)
    asked: Any = models.JSONField(default=list, blank=True)  # code, label, required, several, values
    given: Any = models.JSONField(default=dict, blank=True)  # what we always answer: code -> value
    gone = models.BooleanField(default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("府外機關的服務")
        ordering = ["endpoint", "group", "name", "code"]
        constraints = [models.UniqueConstraint(fields=["endpoint", "code"], name="petition_endpoint_service_once")]

    def __str__(self) -> str:
        return f"{self.endpoint_id}: {self.code}"

    @property
    def unanswered(self) -> list[str]:
        """What it demands and nothing here answers."""
        return [one["label"] for one in self.asked if one["required"] and not self.given.get(one["code"])]


class EndpointMapping(models.Model):
    """Which service of theirs one of our categories is; none means by letter, whatever the default."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="mappings")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    service = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("類別對應的服務")
        ordering = ["endpoint", "category"]
        constraints = [models.UniqueConstraint(fields=["endpoint", "category"], name="petition_endpoint_mapping_once")]

    def __str__(self) -> str:
        return f"{self.endpoint_id}: {self.category_id} -> {self.service}"


class PeerRequest(models.Model):
    """What went to a body by Open311: our reference there, their number, and what they said last."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "WAITING", pgettext_lazy("peer", "等待送出")
        TOKEN = "TOKEN", pgettext_lazy("peer", "已送，等對方給編號")
        OPEN = "OPEN", pgettext_lazy("peer", "對方處理中")
        CLOSED = "CLOSED", pgettext_lazy("peer", "對方已結案")
        FAILED = "FAILED", pgettext_lazy("peer", "沒有送成")
        UNSURE = "UNSURE", pgettext_lazy("peer", "不確定對方有沒有收到")
        GONE = "GONE", pgettext_lazy("peer", "對方查無這一件")
        LETTER = "LETTER", pgettext_lazy("peer", "改用公文")

    passed_on = models.OneToOneField(PassedOn, on_delete=models.PROTECT, related_name="peer")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="requests")
    service = models.CharField(_("服務"), max_length=100)
    reference = models.CharField(max_length=60, unique=True)
    state = models.CharField(_("情形"), max_length=7, choices=State, default=State.WAITING)
    times = models.PositiveSmallIntegerField(default=1)  # how often a person had it sent
    tried_at = models.DateTimeField(null=True, blank=True)  # since then it may have arrived
    claimed_until = models.DateTimeField(null=True, blank=True)  # somebody is sending it
    token = models.CharField(max_length=100, blank=True)
    their_id = models.CharField(_("對方編號"), max_length=100, blank=True)
    status = models.CharField(max_length=40, blank=True)
    notes = models.TextField(_("對方的說明"), max_length=2000, blank=True)
    responsible = models.CharField(_("對方承辦單位"), max_length=200, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    expected_at = models.DateTimeField(_("對方預計完成"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(_("上次詢問"), null=True, blank=True)
    ask_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=12, blank=True)
    trouble_said = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("以 Open311 移送的案件")
        indexes = [models.Index(fields=["endpoint", "ask_at"], name="petition_peer_to_ask")]

    def __str__(self) -> str:
        return f"peer {self.pk} {self.state}"

    @property
    def is_stuck(self) -> bool:
        """Whether it does not go on without a person."""
        return self.state in (self.State.FAILED, self.State.UNSURE, self.State.GONE)

    @property
    def may_be_a_letter(self) -> bool:
        """Whether nothing speaks against the letter after all."""
        return self.is_stuck or (self.state == self.State.WAITING and self.claimed_until is None)

    @property
    def may_be_sent_again(self) -> bool:
        """Whether it can be tried once more with the same reference."""
        return self.state in (self.State.FAILED, self.State.UNSURE)
