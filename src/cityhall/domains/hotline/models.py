"""Calls to 1999 as the exchange recorded them, and how far its files have been read."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.surveys.models import Response
from cityhall.foundation.period import Period

from .states import REACHED, Fault, LogKind, Outcome, RatingAbout, Staffing, Topic
from .voice import Announcement as Announcement
from .voice import Hearing as Hearing
from .voice import MenuNode as MenuNode
from .voice import MenuVersion as MenuVersion


class Queue(models.Model):
    """A line in which callers wait, by the exchange's name for it."""

    code = models.CharField(_("話務群組"), max_length=60, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = _("話務群組")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Agent(models.Model):
    """Who answers, by the exchange's name for the seat: PJSIP/1001."""

    code = models.CharField(_("話務席"), max_length=80, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = _("話務席")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code.rpartition("/")[2]


class CallQuerySet(models.QuerySet["Call"]):
    """Questions about calls."""

    def within(self, first: date | None, last: date | None) -> CallQuerySet:
        """Calls that came in on these days."""
        found = self
        if first:
            found = found.filter(entered_on__gte=first)
        return found.filter(entered_on__lte=last) if last else found

    def counted(self, period: Period) -> CallQuerySet:
        """The calls of a period that have ended, each once: one that entered a queue again is the same call."""
        return self.within(period.first_day, period.last_day).filter(again=False).exclude(outcome=Outcome.OPEN)

    def menu(self) -> CallQuerySet:
        """Served by the voice menu alone."""
        return self.filter(outcome=Outcome.MENU)

    def operator(self) -> CallQuerySet:
        """Those that asked for an operator."""
        return self.exclude(outcome=Outcome.MENU)

    def answered_within(self, seconds: int) -> CallQuerySet:
        """Answered by an operator after at most so long."""
        return self.filter(outcome__in=REACHED, wait_s__lte=seconds)

    def with_topic(self) -> CallQuerySet:
        """Those of which an agent said what they were about."""
        return self.exclude(topic="")


class Call(models.Model):
    """One call, or one of its stays in a queue. Who called is kept as a keyed digest, never as a number."""

    key = models.CharField(max_length=140, unique=True)
    callid = models.CharField(max_length=64, db_index=True)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, null=True, blank=True, related_name="calls",
                              verbose_name=_("話務群組"))  # fmt: skip
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="calls",
                              verbose_name=_("話務席"))  # fmt: skip
    entered_at = models.DateTimeField(_("進線時間"))
    entered_on = models.DateField(_("進線日"))
    half_hour = models.PositiveSmallIntegerField()  # 0 to 47 of its day
    ended_at = models.DateTimeField(_("結束時間"), null=True, blank=True)
    outcome = models.CharField(pgettext_lazy("call", "結果"), max_length=12, choices=Outcome)
    wait_s = models.PositiveIntegerField(_("等候秒數"), null=True, blank=True)
    talk_s = models.PositiveIntegerField(_("通話秒數"), null=True, blank=True)
    missed = models.PositiveSmallIntegerField(default=0)
    again = models.BooleanField(default=False)
    moved_to = models.CharField(_("轉接分機"), max_length=6, blank=True)
    topic = models.CharField(_("服務項目"), max_length=8, choices=Topic, blank=True)
    caller_key = models.CharField(max_length=64, blank=True)
    events = models.JSONField(default=list, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("來電")
        indexes = [
            models.Index(fields=["entered_on", "outcome", "again"], name="hotline_call_day"),
            models.Index(fields=["-entered_at", "-id"], name="hotline_call_newest"),
            models.Index(fields=["caller_key", "entered_at"], name="hotline_call_caller"),
            models.Index(fields=["outcome"], name="hotline_call_open", condition=Q(outcome="OPEN")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome__in=["ANSWERED", "TRANSFERRED"]) | Q(wait_s__isnull=False, talk_s__isnull=False),
                name="hotline_answered_call_has_seconds",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="MENU") | Q(queue__isnull=True, agent__isnull=True),
                name="hotline_menu_call_met_nobody",
            ),
            models.CheckConstraint(condition=Q(half_hour__lt=48), name="hotline_call_half_hour"),
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"


class StaffEvent(models.Model):
    """值機紀錄: an agent came, went, paused or came back, in one queue or in all of them."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="staff_events", verbose_name=_("話務席"))
    at = models.DateTimeField()
    what = models.CharField(max_length=6, choices=Staffing)
    queue = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("值機紀錄")
        indexes = [models.Index(fields=["at"], name="hotline_staff_at")]
        constraints = [
            models.UniqueConstraint(fields=["agent", "at", "what", "queue"], name="hotline_staff_event_once")
        ]

    def __str__(self) -> str:
        return f"staff event {self.pk}"


class TopicChange(models.Model):
    """人工改記的服務項目: what a call was about by whoever listened again, and what was noted before."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="topic_changes")
    before = models.CharField(max_length=8, choices=Topic, blank=True)
    after = models.CharField(max_length=8, choices=Topic, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("人工改記的服務項目")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"topic change {self.pk}"


class RatingQuerySet(models.QuerySet["CallRating"]):
    """Questions about what callers answered."""

    def within(self, period: Period, about: str) -> RatingQuerySet:
        """Those about one thing that were answered in a period."""
        rows = self.filter(about=about)
        if period.first_day:
            rows = rows.filter(answered_on__gte=period.first_day)
        return rows.filter(answered_on__lte=period.last_day) if period.last_day else rows


class CallRating(models.Model):
    """話後滿意度: how a caller judged a call, or how an agency dealt with one that was put through. It knows no number."""

    response = models.OneToOneField(Response, on_delete=models.PROTECT, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.PROTECT, null=True, blank=True, related_name="ratings")
    about = models.CharField(max_length=8, choices=RatingAbout)
    answered_on = models.DateField(_("填答日"))
    overall = models.PositiveSmallIntegerField(null=True, blank=True)
    handling = models.PositiveSmallIntegerField(null=True, blank=True)
    attitude = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("話後滿意度")
        indexes = [models.Index(fields=["about", "answered_on"], name="hotline_rating_day")]

    def __str__(self) -> str:
        return f"call rating {self.pk}"


class LogFile(models.Model):
    """A file of the exchange and how far it was read: it goes on there, whatever its name is by then."""

    kind = models.CharField(max_length=10, choices=LogKind)
    fingerprint = models.CharField(max_length=64)  # of its first line
    name = models.CharField(max_length=120)
    read_to = models.BigIntegerField(default=0)
    tail = models.CharField(max_length=64, blank=True)  # digest of what stands before that place
    lines = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    last_read_at = models.DateTimeField()

    another = False
    """Set while a file is read that begins like this one and is another."""

    class Meta:
        verbose_name = verbose_name_plural = _("話務紀錄檔")
        indexes = [models.Index(fields=["-last_read_at", "-id"], name="hotline_log_newest")]
        constraints = [models.UniqueConstraint(fields=["kind", "fingerprint"], name="hotline_log_file_once")]

    def __str__(self) -> str:
        return self.name


class RefusedLine(models.Model):
    """退回的話務紀錄列: a line of a file that is no event, and why. Of what it says only its beginning, without digits."""

    log = models.ForeignKey(LogFile, on_delete=models.CASCADE, related_name="refused_lines")
    number = models.BigIntegerField()  # in the file, its first line is 1
    fault = models.CharField(max_length=10, choices=Fault)
    begins = models.CharField(max_length=12, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("退回的話務紀錄列")
        ordering = ["log", "number"]
        constraints = [models.UniqueConstraint(fields=["log", "number"], name="hotline_refused_once")]

    def __str__(self) -> str:
        return f"{self.log_id} line {self.number}"
