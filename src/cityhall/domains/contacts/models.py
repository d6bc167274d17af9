"""The contact moment: one number from ring to reply, and what joins to it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.cases.models import Case
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.surveys.models import Response
from cityhall.foundation.roc import roc_year

from .states import (
    CallBackState,
    Channel,
    InterviewState,
    Nuisance,
    NuisanceVerdict,
    Outcome,
    Presence,
    TransferFate,
    TransferKind,
    WrapUp,
)


class ContactQuerySet(models.QuerySet["ContactMoment"]):
    """Questions about contacts."""

    def within(self, first: date | None, last: date | None) -> Self:
        """Those that began on these days."""
        found = self.filter(started_on__gte=first) if first else self
        return found.filter(started_on__lte=last) if last else found

    def going(self) -> Self:
        """Those that have not ended."""
        return self.filter(ended_at=None)


class ContactMoment(models.Model):
    """接觸紀錄: one time that somebody reached us. Who called is a keyed digest, a hint and never proof."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(_("管道"), max_length=10, choices=Channel, default=Channel.PHONE)
    inbound = models.BooleanField(default=True)
    call_id = models.CharField(max_length=64, unique=True, null=True, blank=True)  # the exchange's name of the call
    queue = models.CharField(_("話務群組"), max_length=60, blank=True)
    caller_key = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField(_("開始時間"))
    started_on = models.DateField(_("日期"))
    answered_at = models.DateTimeField(_("接聽時間"), null=True, blank=True)
    ended_at = models.DateTimeField(_("結束時間"), null=True, blank=True)
    told_at = models.DateTimeField()  # the newest event of the exchange
    cause = models.CharField(max_length=40, blank=True)
    operator = models.ForeignKey(
        Person, verbose_name=_("話務人員"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    seat = models.CharField(_("話務席"), max_length=80, blank=True)
    outcome = models.CharField(pgettext_lazy("contact", "結果"), max_length=20, choices=Outcome, default=Outcome.OPEN)
    wrap_up = models.CharField(_("話後碼"), max_length=10, choices=WrapUp, blank=True)
    wrapped_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(_("備註"), max_length=1000, blank=True)  # numbers and the like are covered
    case = models.ForeignKey(
        Case, verbose_name=_("陳情案件"), on_delete=models.PROTECT, null=True, blank=True, related_name="contacts"
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("接觸紀錄")
        verbose_name_plural = _("接觸紀錄")
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="contact_newest"),
            models.Index(fields=["caller_key", "-started_at"], name="contact_caller", condition=~Q(caller_key="")),
            models.Index(fields=["operator", "-started_at"], name="contact_operator"),
            models.Index(fields=["started_at"], name="contact_going", condition=Q(ended_at=None)),
            models.Index(fields=["started_at"], name="contact_to_forget", condition=~Q(caller_key="") | ~Q(note="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | ~Q(outcome=Outcome.OPEN) | Q(answered_at__isnull=False),
                name="contact_dropped_is_said",
            ),
            models.CheckConstraint(
                condition=Q(wrap_up="", wrapped_at=None) | (~Q(wrap_up="") & Q(wrapped_at__isnull=False)),
                name="contact_wrapped_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it, from ring to reply: C115-0000123."""
        return f"C{roc_year(self.started_on)}-{self.pk:07}"

    @property
    def seconds(self) -> int | None:
        """How long they talked; None while they do or never did."""
        if self.answered_at is None or self.ended_at is None:
            return None
        return max(int((self.ended_at - self.answered_at).total_seconds()), 0)


class CtiEvent(models.Model):
    """What the exchange told of a call: each thing once."""

    contact = models.ForeignKey(ContactMoment, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10)
    seat = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("交換機的通知")
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["contact", "kind", "seat"], name="contact_event_once")]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.kind}"


class CtiDelivery(models.Model):
    """The digest of a signature that was used: the same signed delivery does nothing twice."""

    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _("收過的簽章")

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class ContactAnswer(models.Model):
    """An entry of the FAQ base by which a contact was answered."""

    contact = models.ForeignKey(ContactMoment, on_delete=models.CASCADE, related_name="answers")
    code = models.SlugField(_("常見問題編號"), max_length=40)
    version = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("引用的常見問題")
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["contact", "code"], name="contact_answer_once")]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.code}"


class OperatorPresence(models.Model):
    """What an operator did from when to when, and at which seat: a dated row for every change."""

    operator = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("狀態"), max_length=10, choices=Presence)
    seat = models.CharField(_("話務席"), max_length=80, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("話務人員的狀態")
        ordering = ["-since", "-pk"]
        indexes = [models.Index(fields=["seat"], name="contact_presence_seat", condition=Q(until=None))]
        constraints = [
            models.UniqueConstraint(fields=["operator"], condition=Q(until=None), name="contact_one_presence")
        ]

    def __str__(self) -> str:
        return f"{self.operator_id} {self.state}"


class CallBack(models.Model):
    """回電: a call that an operator promised. The number is what the caller gave for it, hidden, and goes when it is over."""

    contact = models.ForeignKey(ContactMoment, on_delete=models.CASCADE, related_name="call_backs")
    phone = models.TextField(blank=True)  # encrypted
    about = models.CharField(_("回電要說什麼"), max_length=200)
    due_at = models.DateTimeField(_("最晚何時回電"))
    state = models.CharField(
        pgettext_lazy("call back", "情形"), max_length=10, choices=CallBackState, default=CallBackState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("回電")
        indexes = [models.Index(fields=["state", "due_at"], name="contact_call_back_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=CallBackState.WAITING, ended_at=None)
                | (~Q(state=CallBackState.WAITING) & Q(ended_at__isnull=False, phone="")),
                name="contact_call_back_over_forgets",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} call back"


class NuisanceReport(models.Model):
    """騷擾電話: what an operator recorded when ending a call, and what the supervisor found of it."""

    contact = models.OneToOneField(ContactMoment, on_delete=models.CASCADE, related_name="nuisance")
    kind = models.CharField(pgettext_lazy("nuisance", "情形"), max_length=12, choices=Nuisance)
    warned = models.BooleanField(_("已照稿警告兩次"), default=False)
    reported_at = models.DateTimeField()
    verdict = models.CharField(_("複核結果"), max_length=10, choices=NuisanceVerdict, default=NuisanceVerdict.WAITING)
    remark = models.CharField(_("複核意見"), max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    listed_until = models.DateField(_("提醒到何日"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("騷擾電話")
        indexes = [models.Index(fields=["verdict", "-reported_at"], name="contact_nuisance_newest")]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.kind}"


class TransferLetter(models.Model):
    """轉接改善通知: the busy and unanswered transfers of an agency's month, one letter, and what it answered."""

    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="+")
    month = models.DateField(_("月份"))  # its first day
    many = models.PositiveIntegerField(_("未接通的轉接"))
    asked_at = models.DateTimeField()
    due_on = models.DateField(_("回復期限"))
    answer = models.TextField(_("改善作法"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("轉接改善通知")
        indexes = [models.Index(fields=["-month", "agency"], name="contact_letter_newest")]
        constraints = [
            models.UniqueConstraint(fields=["agency", "month"], name="contact_letter_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="contact_letter_of_a_month"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="contact_letter_answered_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.slug}"

    @property
    def slug(self) -> str:
        """How addresses call the month: 2026-10."""
        return f"{self.month:%Y-%m}"


class Transfer(models.Model):
    """轉接: a call passed on to an agency, and what became of its second leg."""

    contact = models.ForeignKey(ContactMoment, on_delete=models.CASCADE, related_name="transfers")
    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("轉接方式"), max_length=10, choices=TransferKind)
    at = models.DateTimeField(_("轉接時間"))
    on = models.DateField()
    in_hours = models.BooleanField(_("上班時間"))
    fate = models.CharField(
        pgettext_lazy("transfer", "結果"), max_length=10, choices=TransferFate, default=TransferFate.WAITING
    )
    seconds = models.PositiveIntegerField(_("響鈴秒數"), null=True, blank=True)
    leg_id = models.CharField(max_length=64, unique=True, null=True, blank=True)
    letter = models.ForeignKey(
        TransferLetter, on_delete=models.PROTECT, null=True, blank=True, related_name="transfers"
    )

    asked: Any = None
    points: Any = None
    may_ask = True
    """Set where transfers stand with their interviews (`queries.transfers_of`)."""

    class Meta:
        verbose_name = verbose_name_plural = _("轉接")
        indexes = [
            models.Index(fields=["-at", "-id"], name="contact_transfer_newest"),
            models.Index(fields=["agency", "on", "fate"], name="contact_transfer_agency"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.agency_id}"


class Interview(models.Model):
    """追蹤訪問: whether somebody who was transferred was asked. What they answered is the survey's, as by keys or link."""

    transfer = models.OneToOneField(Transfer, on_delete=models.CASCADE, related_name="interview")
    state = models.CharField(
        pgettext_lazy("interview", "情形"), max_length=10, choices=InterviewState, default=InterviewState.WAITING
    )
    response = models.OneToOneField(Response, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("追蹤訪問")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=InterviewState.DONE, response__isnull=False)
                | (~Q(state=InterviewState.DONE) & Q(response=None)),
                name="contact_interview_answered",
            )
        ]

    def __str__(self) -> str:
        return f"{self.transfer_id} {self.state}"
