"""Tables of the voice menu: announcements with their days, the menu in versions, and what callers heard of it."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.web.context import language

from .states import AnnouncementState, Leaving, NodeKind


def in_this_language(chinese: str, english: str) -> str:
    """The words for the reader of this page."""
    return english or chinese if language() == "en" else chinese


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    """Questions about announcements."""

    def valid_on(self, day: date) -> AnnouncementQuerySet:
        """Published, and its days have begun and are not over."""
        return self.filter(state=AnnouncementState.PUBLISHED, valid_from__lte=day, valid_until__gte=day)

    def in_state(self, state: str, day: date) -> AnnouncementQuerySet:
        """Those of a state; published are those whose days are not over, `EXPIRED` the others that were published."""
        if state == "EXPIRED":
            return self.filter(state=AnnouncementState.PUBLISHED, valid_until__lt=day)
        rows = self.filter(state=state)
        return rows.filter(valid_until__gte=day) if state == AnnouncementState.PUBLISHED else rows

    def to_come(self, day: date) -> AnnouncementQuerySet:
        """Published, and its days have not begun."""
        return self.filter(state=AnnouncementState.PUBLISHED, valid_from__gt=day)


class Announcement(models.Model):
    """活動訊息: what callers and everybody shall know, in both languages, on some days."""

    title = models.CharField(_("標題"), max_length=60)
    title_en = models.CharField(_("英文標題"), max_length=120)
    text = models.TextField(_("內容"), max_length=500)
    text_en = models.TextField(_("英文內容"), max_length=1000)
    valid_from = models.DateField(_("自何日起"))
    valid_until = models.DateField(_("至何日止"))
    played = models.BooleanField(_("語音選單播放"), default=True)
    state = models.CharField(_("狀態"), max_length=10, choices=AnnouncementState, default=AnnouncementState.DRAFT)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=200, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("活動訊息")
        ordering = ["-valid_from", "-pk"]
        indexes = [models.Index(fields=["state", "valid_until"], name="hotline_announced")]
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="hotline_announcement_days"),
        ]

    def __str__(self) -> str:
        return in_this_language(self.title, self.title_en)

    @property
    def words(self) -> str:
        """What it says, for the reader of this page."""
        return in_this_language(self.text, self.text_en)


class MenuVersion(models.Model):
    """語音選單的版本: a whole tree; once it is in use nothing of it changes."""

    number = models.PositiveIntegerField(unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    in_use_from = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("語音選單版本")
        ordering = ["-number"]
        indexes = [models.Index(fields=["-in_use_from"], name="hotline_menu_in_use")]

    def __str__(self) -> str:
        return str(self.number)


class MenuNode(models.Model):
    """選單節點: what a caller hears at one place, and which key of the node above leads to it."""

    version = models.ForeignKey(MenuVersion, on_delete=models.CASCADE, related_name="nodes")
    above = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="below")
    code = models.SlugField(_("代碼"), max_length=30)  # as the exchange writes it in its records
    key = models.CharField(_("按鍵"), max_length=1, blank=True)
    kind = models.CharField(_("做什麼"), max_length=8, choices=NodeKind)
    title = models.CharField(_("名稱"), max_length=40)
    title_en = models.CharField(_("英文名稱"), max_length=80)
    prompt = models.TextField(_("語音內容"), max_length=500, blank=True)
    prompt_en = models.TextField(_("英文語音內容"), max_length=1000, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("選單節點")
        ordering = ["key", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="hotline_node_code_once"),
            models.UniqueConstraint(fields=["above", "key"], name="hotline_node_key_once"),
            models.UniqueConstraint(fields=["version"], condition=Q(above=None), name="hotline_menu_has_one_top"),
            models.CheckConstraint(
                condition=Q(above__isnull=True, key="") | (Q(above__isnull=False) & ~Q(key="")), name="hotline_node_key"
            ),
        ]

    def __str__(self) -> str:
        return in_this_language(self.title, self.title_en)

    @property
    def words(self) -> str:
        """What is said there, for the reader of this page."""
        return in_this_language(self.prompt, self.prompt_en)


class HearingQuerySet(models.QuerySet["Hearing"]):
    """Questions about what was heard."""

    def since(self, first: datetime, end: datetime) -> HearingQuerySet:
        """Within a time, the end left out."""
        return self.filter(heard_at__gte=first, heard_at__lt=end)


class Hearing(models.Model):
    """聽取紀錄: a call was at a node, and left it in some way. It knows the call, never who called."""

    callid = models.CharField(max_length=64)
    step = models.PositiveSmallIntegerField()
    node = models.CharField(max_length=30)
    heard_at = models.DateTimeField()
    leaving = models.CharField(pgettext_lazy("voice menu", "怎麼離開"), max_length=7, choices=Leaving)
    key = models.CharField(max_length=1, blank=True)  # that was pressed

    objects = HearingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("選單聽取紀錄")
        indexes = [models.Index(fields=["heard_at", "node"], name="hotline_heard")]
        constraints = [models.UniqueConstraint(fields=["callid", "step"], name="hotline_heard_once")]

    def __str__(self) -> str:
        return f"{self.callid} {self.step}"
