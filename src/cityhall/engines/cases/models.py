"""Somebody's request and everything that happened to it.

The present state stands on the case; every change stands in `Event`, appended and never edited, so that `as_of` can
answer for any past day. A domain's own record (a petition) is one-to-one with its case.
"""

from __future__ import annotations

import secrets
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.foundation.clock import end_of_day

from .states import ENDED, UNCONFIRMED, Channel, Part, PlaceMethod, ReplyState, Status

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread over the telephone


def new_tracking_code() -> str:
    """Eight characters; with the number they open a case's public side."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(8))


class Requester(models.Model):
    """Who asks, as given for this case. Kept apart so that least sight and retention are simple."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(_("姓名"), max_length=60, blank=True)
    email = models.EmailField(_("電子郵件"), blank=True, db_index=True)
    phone = models.CharField(_("電話"), max_length=30, blank=True, db_index=True)
    phone_key = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    language = models.CharField(max_length=10, default="zh-hant")
    wants_letter = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("陳情人")
        verbose_name_plural = _("陳情人")
        indexes = [models.Index(fields=["phone_key"], condition=~Q(phone_key=""), name="requester_by_phone")]

    def __str__(self) -> str:
        return f"requester {self.pk}"


class Place(models.Model):
    """Where it is: a point, how it was found and how exact it is; the areas are those of that day."""

    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    method = models.CharField(max_length=15, choices=PlaceMethod)
    accuracy_m = models.PositiveIntegerField(null=True, blank=True)
    words = models.CharField(_("地點描述"), max_length=200, blank=True)
    label = models.CharField(max_length=200, blank=True)
    road = models.CharField(max_length=60, blank=True)
    district_code = models.CharField(max_length=20, blank=True, db_index=True)
    district_name = models.CharField(max_length=20, blank=True)
    village_code = models.CharField(max_length=20, blank=True, db_index=True)
    village_name = models.CharField(max_length=20, blank=True)
    inside_city = models.BooleanField(default=True)
    metres_to_edge = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name = _("地點")
        verbose_name_plural = _("地點")

    def __str__(self) -> str:
        return self.label or self.words

    @property
    def has_point(self) -> bool:
        """Whether it can be put on a map."""
        return self.lon is not None and self.lat is not None


class CaseQuerySet(models.QuerySet["Case"]):
    """Questions about many cases."""

    def opened(self) -> Self:
        """Those with 成案: the only ones that figures and outsiders see."""
        return self.filter(confirmed_at__isnull=False).exclude(status__in=UNCONFIRMED)

    def open(self) -> Self:
        """Those that still wait for somebody in the city."""
        return self.exclude(status__in=ENDED)

    def public(self) -> Self:
        """Those whose number, day, category and district anyone may see."""
        return self.opened().filter(confidential=False)

    def as_of(self, day: date) -> Self:
        """Annotate `status_then`: the state at the end of that day; leaves out those not yet received."""
        latest = Event.objects.filter(case=OuterRef("pk"), at__lt=end_of_day(day)).exclude(status="").order_by("-n")
        return self.filter(received_at__lt=end_of_day(day)).annotate(status_then=Subquery(latest.values("status")[:1]))


class Case(models.Model):
    """Somebody's request, with its present state."""

    kind = models.CharField(max_length=20, default="petition")
    number = models.CharField(_("案件編號"), max_length=20, unique=True, null=True, blank=True)
    tracking_code = models.CharField(max_length=8, default=new_tracking_code, editable=False)
    reference = models.UUIDField(unique=True, editable=False)
    title = models.CharField(_("主旨"), max_length=100)
    text = models.TextField(_("內容"), max_length=10_000)
    language = models.CharField(max_length=10, default="zh-hant")
    channel = models.CharField(_("管道"), max_length=15, choices=Channel)
    status = models.CharField(_("狀態"), max_length=25, choices=Status, default=Status.AWAITING_CONFIRMATION)
    requester = models.OneToOneField(Requester, on_delete=models.SET_NULL, null=True, blank=True, related_name="case")
    place = models.OneToOneField(Place, on_delete=models.PROTECT, null=True, blank=True, related_name="case")
    agency = models.ForeignKey(
        Agency, verbose_name=_("主辦機關"), on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    unit = models.ForeignKey(Unit, verbose_name=_("單位"), on_delete=models.PROTECT, null=True, related_name="+")
    officer = models.ForeignKey(
        Person, verbose_name=_("承辦人"), on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    received_at = models.DateTimeField(_("收件時間"))
    confirmed_at = models.DateTimeField(_("成案時間"), null=True, blank=True)
    opened_on = models.DateField(_("成案日"), null=True, blank=True)
    ended_at = models.DateTimeField(_("結束時間"), null=True, blank=True)
    assigned_at = models.DateTimeField(null=True, blank=True)
    confidential = models.BooleanField(_("不公開"), default=False)
    keep_identity_secret = models.BooleanField(_("身分保密"), default=False)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("案件")
        verbose_name_plural = _("案件")
        indexes = [
            models.Index(fields=["kind", "opened_on"], name="case_kind_opened"),
            models.Index(fields=["agency", "status"], name="case_agency_status"),
            models.Index(fields=["officer", "status"], name="case_officer_status"),
            models.Index(fields=["status", "received_at"], name="case_status_received"),
            models.Index(fields=["confirmed_at"], name="case_confirmed"),
            # Every list and every search shows the newest first: without it each page reads and sorts all cases.
            models.Index(fields=["-received_at", "-id"], name="case_newest_first"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, number__isnull=True, opened_on__isnull=True)
                | Q(confirmed_at__isnull=False, number__isnull=False, opened_on__isnull=False),
                name="case_number_exactly_when_confirmed",
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="case_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=UNCONFIRMED) | Q(status=Status.WITHDRAWN) | Q(confirmed_at__isnull=False),
                name="case_open_only_when_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"unconfirmed {self.reference}"

    @property
    def is_ended(self) -> bool:
        """Whether nobody in the city waits for it any more."""
        return self.status in ENDED

    @property
    def is_confirmed(self) -> bool:
        """Whether it has 成案."""
        return self.confirmed_at is not None


class Event(models.Model):
    """One thing that happened, in order; what the citizen may read of it is in `public`."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events", db_index=False)
    n = models.PositiveIntegerField()
    type = models.CharField(max_length=30)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    for_person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=25, choices=Status, blank=True)
    payload = models.JSONField(default=dict)
    public = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("經過")
        verbose_name_plural = _("經過")
        ordering = ["case", "n"]
        indexes = [models.Index(fields=["case", "at"], name="case_event_at")]
        constraints = [models.UniqueConstraint(fields=["case", "n"], name="case_event_order")]

    def __str__(self) -> str:
        return f"{self.case_id}.{self.n} {self.type}"


class Assignment(models.Model):
    """An agency's part in a case, from an instant to an instant: hop time is charged to whom it belongs."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assignments")
    part = models.CharField(max_length=12, choices=Part)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    officer = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    asked = models.CharField(_("請協助事項"), max_length=300, blank=True)
    answer = models.TextField(_("協辦意見"), blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_by_return = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("分辦")
        verbose_name_plural = _("分辦")
        indexes = [models.Index(fields=["agency", "part", "ends_at"], name="case_assignment_agency")]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(part="LEAD", ends_at__isnull=True), name="case_one_lead_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.part} {self.agency_id}"


class Reply(models.Model):
    """What the city answers: drafted, approved at the level of the agency's 分層負責, sent, corrected if need be."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="replies")
    stage = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=ReplyState, default=ReplyState.DRAFT)
    text = models.TextField(max_length=10_000)
    template = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    promised_on = models.DateField(null=True, blank=True)
    drafted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    approver = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approver_role = models.CharField(max_length=30, blank=True)
    approved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_for = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    sent_back_reason = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("回復")
        verbose_name_plural = _("回復")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "stage"],
                condition=Q(
                    state__in=[ReplyState.DRAFT, ReplyState.IN_REVIEW, ReplyState.SENT_BACK, ReplyState.APPROVED]
                ),
                name="case_one_reply_in_work",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} stage {self.stage} {self.state}"


class Question(models.Model):
    """補正: what the officer needs from the citizen; the clock stands still until the answer or the cap."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField(max_length=1000)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    answer_by = models.DateField()
    answer = models.TextField(max_length=4000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    lapsed_at = models.DateTimeField(null=True, blank=True)
    status_before = models.CharField(max_length=25, choices=Status)

    class Meta:
        verbose_name = _("補正")
        verbose_name_plural = _("補正")
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(answered_at__isnull=True, lapsed_at__isnull=True),
                name="case_one_open_question",
            )
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"


class Note(models.Model):
    """An internal remark, for officers of the case only."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(max_length=4000)

    class Meta:
        verbose_name = _("內部備註")
        verbose_name_plural = _("內部備註")

    def __str__(self) -> str:
        return f"note {self.pk}"


class Addition(models.Model):
    """Facts that the citizen or an operator added, or an urging (催辦)."""

    class Kind(models.TextChoices):
        FACTS = "FACTS", _("補充")
        URGE = "URGE", _("催辦")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="additions")
    kind = models.CharField(max_length=5, choices=Kind)
    text = models.TextField(max_length=4000, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("補充與催辦")
        verbose_name_plural = _("補充與催辦")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Rating(models.Model):
    """What the citizen thinks of the answer, once a reply."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="ratings")
    reply = models.OneToOneField(Reply, on_delete=models.PROTECT, related_name="rating")
    score = models.PositiveSmallIntegerField()
    solved = models.BooleanField(null=True)
    comment = models.TextField(max_length=1000, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("滿意度")
        verbose_name_plural = _("滿意度")
        constraints = [models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="case_rating_1_to_5")]

    def __str__(self) -> str:
        return f"rating {self.pk}"


class ReopenRequest(models.Model):
    """申請重新處理, and what was decided."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reopen_requests")
    reason = models.TextField(max_length=2000)
    at = models.DateTimeField()
    granted = models.BooleanField(null=True)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(max_length=2000, blank=True)

    class Meta:
        verbose_name = _("申請重新處理")
        verbose_name_plural = _("申請重新處理")
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(granted__isnull=True), name="case_one_open_reopen")
        ]

    def __str__(self) -> str:
        return f"reopen {self.pk}"
