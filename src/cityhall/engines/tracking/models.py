"""A listed item and all that is dated of it: who has which duty, what was asked and answered, how it goes on.

The present state stands on the item; every change is a row with its day, so that `as_of` can answer for any past day. A
domain's own record (a council item) is one-to-one with its item.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency, Person

from . import registry, rules
from .states import Asking, Decided, Part, Promise, ReplyState, Shortcoming, Stage, Verdict

ALIVE = (ReplyState.ASKED, ReplyState.ANSWERED)


class ItemQuerySet(models.QuerySet["Item"]):
    """Questions about items."""

    def listed_within(self, first: date | None, last: date | None) -> Self:
        """Those put under control in these days; an open end is open."""
        rows = self.filter(listed_on__gte=first) if first else self
        return rows.filter(listed_on__lte=last) if last else rows

    def as_of(self, day: date | None) -> Self:
        """Those listed by a day, with `decided_then` and `stage_then`: how they stood at its end; None: as they stand."""
        if day is None:
            return self.annotate(decided_then=F("decided"), stage_then=F("stage"))
        rulings = Ruling.objects.filter(item=OuterRef("pk"), on__lte=day).order_by("-n")
        replies: Any = Reply.objects.filter(item=OuterRef("pk")).as_of(day)
        decided = Coalesce(Subquery(rulings.values("decided")[:1]), Value(""))
        stage = Case(
            When(Exists(replies.filter(state_then=ReplyState.ASKED)), then=Value(Stage.ASKED.value)),
            When(Exists(replies.filter(state_then=ReplyState.ANSWERED)), then=Value(Stage.IN_REVIEW.value)),
            When(
                Q(decided_then__in=["", Decided.REOPENED])
                | Exists(replies.filter(Q(settled_on=None) | Q(settled_on__gt=day), state_then=ReplyState.ACCEPTED)),
                then=Value(Stage.TO_DECIDE.value),
            ),
            default=Value(Stage.SETTLED.value),
        )
        return self.filter(listed_on__lte=day).annotate(decided_then=decided).annotate(stage_then=stage)

    def with_verdict(self, verdict: Verdict, *, as_of: date | None) -> Self:
        """Those that went on so at the end of a day."""
        return self.as_of(as_of).filter(decided_then=verdict)

    def without_verdict(self, *, as_of: date | None) -> Self:
        """Those that nobody had decided on, or that were open again, at the end of a day."""
        return self.as_of(as_of).filter(decided_then__in=["", Decided.REOPENED])

    def with_agency(self, agencies: Any) -> Self:
        """Those in which one of the agencies has or had a part."""
        return self.filter(Exists(Duty.objects.filter(item=OuterRef("pk"), agency__in=agencies)))


class Item(models.Model):
    """列管事項: what is followed until it is released."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    profile = models.CharField(_("列管類別"), max_length=20)
    year = models.PositiveSmallIntegerField()
    n = models.PositiveIntegerField()
    number = models.CharField(pgettext_lazy("tracking", "列管編號"), max_length=20, unique=True)
    title = models.CharField(_("案由"), max_length=200)
    text = models.TextField(_("內容"), max_length=20_000, blank=True)
    listed_on = models.DateField(_("列管日"))
    listed_at = models.DateTimeField()
    listed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    source_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    source_id = models.BigIntegerField(null=True, blank=True)
    source = GenericForeignKey("source_type", "source_id")
    stage = models.CharField(_("辦理階段"), max_length=10, choices=Stage, default=Stage.ASKED)
    decided = models.CharField(_("追蹤情形"), max_length=12, choices=Decided, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    report_on = models.DateField(_("下次回報日"), null=True, blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("列管事項")
        verbose_name_plural = _("列管事項")
        indexes = [
            models.Index(fields=["profile", "listed_on"], name="tracking_listed"),
            models.Index(fields=["profile", "stage", "decided"], name="tracking_stands"),
            models.Index(fields=["report_on"], condition=Q(report_on__isnull=False), name="tracking_reports"),
            models.Index(fields=["source_type", "source_id"], name="tracking_source"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["profile", "year", "n"], name="tracking_number_once"),
            models.CheckConstraint(condition=~Q(title=""), name="tracking_has_title"),
            models.CheckConstraint(
                condition=Q(decided="", decided_on=None) | (~Q(decided="") & Q(decided_on__isnull=False)),
                name="tracking_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(report_on=None) | Q(decided=Decided.TRACKED), name="tracking_only_tracked_report"
            ),
            models.CheckConstraint(
                condition=Q(source_type=None, source_id=None) | Q(source_type__isnull=False, source_id__isnull=False),
                name="tracking_source_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def kind(self) -> registry.Profile:
        """What its domain declares."""
        return registry.of(self.profile)

    @property
    def url(self) -> str:
        """Its page."""
        return self.kind.url_of(self)

    @property
    def standing(self) -> str:
        """In one word: what it waits for or, once decided, how it goes on."""
        waiting = Stage(self.stage) != Stage.SETTLED
        return str(Stage(self.stage).label if waiting or not self.decided else Decided(self.decided).label)

    def awaits_better_reply(self) -> bool:
        """Whether the latest reply of an agency was returned and is not answered anew."""
        return self.replies.filter(asking=Asking.AGAIN, state__in=ALIVE).exists()


class DutyQuerySet(models.QuerySet["Duty"]):
    """Questions about agencies' parts."""

    def as_of(self, day: date) -> Self:
        """Those that held at the end of a day."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=day), starts_on__lte=day)

    def open(self) -> Self:
        """Those that hold."""
        return self.filter(ended_on=None)


class Duty(models.Model):
    """An agency's part in an item, from a day to a day, with what it has to do."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="duties")
    part = models.CharField(_("分工"), max_length=4, choices=Part)
    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="+")
    words = models.CharField(_("負責的部分"), max_length=300, blank=True)
    starts_on = models.DateField(_("自何日起"))
    ended_on = models.DateField(_("結束日"), null=True, blank=True)  # the first day on which it holds no more
    why = models.CharField(_("結束的原因"), max_length=300, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("機關分工")
        verbose_name_plural = _("機關分工")
        indexes = [models.Index(fields=["agency", "item"], name="tracking_duty_agency")]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(part=Part.LEAD, ended_on=None), name="tracking_one_lead"
            ),
            models.UniqueConstraint(
                fields=["item", "agency"], condition=Q(ended_on=None), name="tracking_agency_has_one_part"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("starts_on")), name="tracking_duty_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.part} {self.agency_id}"


class ReplyQuerySet(models.QuerySet["Reply"]):
    """Questions about replies."""

    def as_of(self, day: date) -> Self:
        """Those asked by a day, with `state_then` at its end."""
        return self.filter(asked_on__lte=day).annotate(
            state_then=Case(
                When(withdrawn_on__lte=day, then=Value(ReplyState.WITHDRAWN.value)),
                When(Q(reviewed_on__lte=day, returned=True), then=Value(ReplyState.POOR.value)),
                When(Q(reviewed_on__lte=day, returned=False), then=Value(ReplyState.ACCEPTED.value)),
                When(answered_on__lte=day, then=Value(ReplyState.ANSWERED.value)),
                default=Value(ReplyState.ASKED.value),
            )
        )

    def poor_within(self, first: date | None, last: date | None) -> Self:
        """Those returned in these days; an open end is open."""
        rows = self.filter(state=ReplyState.POOR)
        rows = rows.filter(reviewed_on__gte=first) if first else rows
        return rows.filter(reviewed_on__lte=last) if last else rows


class Reply(models.Model):
    """函復: what an agency is asked, what it answered, and what the review found. Returned, it is asked anew."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="replies")
    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="replies")
    n = models.PositiveSmallIntegerField(default=1)  # of the item, in the order of asking
    asking = models.CharField(max_length=10, choices=Asking, default=Asking.FIRST)
    state = models.CharField(_("函復情形"), max_length=10, choices=ReplyState, default=ReplyState.ASKED)
    asked_at = models.DateTimeField()
    asked_on = models.DateField()
    due_on = models.DateField(_("函復期限"))
    text = models.TextField(_("辦理情形"), max_length=10_000, blank=True)
    letter_on = models.DateField(_("發文日期"), null=True, blank=True)
    letter_number = models.CharField(_("發文字號"), max_length=60, blank=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    answers = models.BooleanField(_("有沒有答到問題"), null=True, blank=True)
    complete = models.BooleanField(_("內容是否完整"), null=True, blank=True)
    promise = models.CharField(_("承諾另外辦理的事"), max_length=8, choices=Promise, blank=True)
    promised_on = models.DateField(_("承諾完成日"), null=True, blank=True)
    remark = models.CharField(_("審核意見"), max_length=1000, blank=True)
    returned = models.BooleanField(null=True, blank=True)
    reviewed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_on = models.DateField(null=True, blank=True)
    withdrawn_on = models.DateField(null=True, blank=True)
    settled_on = models.DateField(null=True, blank=True)  # the day of the decision that took it into account

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("函復")
        verbose_name_plural = _("函復")
        ordering = ["item", "n"]
        indexes = [
            models.Index(fields=["state", "due_on"], name="tracking_reply_due"),
            models.Index(fields=["state", "reviewed_on"], name="tracking_reply_reviewed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["item", "n"], name="tracking_reply_order"),
            models.UniqueConstraint(
                fields=["duty"], condition=Q(state__in=["ASKED", "ANSWERED"]), name="tracking_asked_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["ASKED", "WITHDRAWN"], answered_at=None, text="")
                | Q(state="WITHDRAWN")
                | (Q(state__in=["ANSWERED", "ACCEPTED", "POOR"], answered_at__isnull=False, answered_on__isnull=False,
                     letter_on__isnull=False) & ~Q(text="")),
                name="tracking_answered_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["ASKED", "ANSWERED", "WITHDRAWN"], reviewed_at=None, reviewed_on=None, returned=None)
                | Q(state="ACCEPTED", reviewed_at__isnull=False, reviewed_on__isnull=False, returned=False, answers=True,
                    complete=True)
                | (Q(state="POOR", reviewed_at__isnull=False, reviewed_on__isnull=False, returned=True) & ~Q(remark="")),
                name="tracking_reviewed_whole",
            ),
            models.CheckConstraint(
                condition=Q(letter_on=None) | Q(letter_on__gte=F("asked_on")), name="tracking_letter_after_asking"
            ),
            models.CheckConstraint(
                condition=~Q(promise=Promise.DATED) | Q(promised_on__isnull=False), name="tracking_promise_has_day"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.item_id}.{self.n}"

    @property
    def shortcomings(self) -> list[str]:
        """Why it was returned, by the questions of the review; nothing where it was not."""
        if self.state != ReplyState.POOR:
            return []
        found = rules.Review(bool(self.answers), bool(self.complete), self.promise or Promise.NONE.value)
        return [str(Shortcoming(one).label) for one in found.shortcomings]

    @property
    def is_late(self) -> bool:
        """Whether the letter is dated after the limit."""
        return self.letter_on is not None and self.letter_on > self.due_on


class Ruling(models.Model):
    """列管決定: how an item goes on from a day on, by whom and why. The newest one holds."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="rulings")
    n = models.PositiveSmallIntegerField()
    decided = models.CharField(_("追蹤情形"), max_length=12, choices=Decided)
    proposed = models.CharField(max_length=12, choices=Verdict, blank=True)  # what the rule said
    grounds = models.JSONField(default=list)
    reason = models.CharField(_("理由"), max_length=1000)
    on = models.DateField(_("決定日"))
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(
        Person, verbose_name=pgettext_lazy("tracking", "機關負責人員"), on_delete=models.PROTECT, null=True, blank=True,
        related_name="+",
    )  # fmt: skip

    class Meta:
        verbose_name = _("列管決定")
        verbose_name_plural = _("列管決定")
        ordering = ["item", "n"]
        indexes = [models.Index(fields=["item", "on"], name="tracking_ruling_day")]
        constraints = [
            models.UniqueConstraint(fields=["item", "n"], name="tracking_ruling_order"),
            models.CheckConstraint(condition=~Q(reason=""), name="tracking_ruling_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}.{self.n} {self.decided}"
