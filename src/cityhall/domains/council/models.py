"""Sessions, councillors, the council's items under control, and joint inspections."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.tracking.models import Item, Reply

from .states import SessionKind


class CouncilSession(models.Model):
    """會期: a regular or extraordinary session of a term."""

    term = models.PositiveSmallIntegerField(_("屆"))
    kind = models.CharField(_("會別"), max_length=13, choices=SessionKind)
    n = models.PositiveSmallIntegerField(_("次"))
    starts_on = models.DateField(_("開會日"))
    ends_on = models.DateField(_("閉會日"))

    class Meta:
        verbose_name = _("會期")
        verbose_name_plural = _("會期")
        ordering = ["-starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["term", "kind", "n"], name="council_session_once"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="council_session_days"),
        ]

    def __str__(self) -> str:
        return f"{self.term}-{self.kind}-{self.n}"

    @property
    def label(self) -> str:
        """第1屆第4次定期會."""
        words = {"term": self.term, "n": self.n, "kind": SessionKind(self.kind).label}
        return gettext("第%(term)s屆第%(n)s次%(kind)s") % words


class CouncillorQuerySet(models.QuerySet["Councillor"]):
    """Questions about councillors."""

    def as_of(self, day: date) -> Self:
        """Those in office on a day."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)


class Councillor(models.Model):
    """議員, with party and constituency, from a day to a day."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("姓名"), max_length=60)
    party = models.CharField(_("政黨"), max_length=40)
    constituency = models.CharField(_("選區"), max_length=40)
    starts_on = models.DateField(_("就任日"))
    ends_on = models.DateField(_("離任日"), null=True, blank=True)

    objects = CouncillorQuerySet.as_manager()

    class Meta:
        verbose_name = _("議員")
        verbose_name_plural = _("議員")
        ordering = ["constituency", "name"]
        constraints = [
            models.UniqueConstraint(fields=["name", "starts_on"], name="council_councillor_once"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="council_councillor_days"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CouncilItem(models.Model):
    """議會案件: a question or resolution under control, one-to-one with its listed item."""

    tracked = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="council_item")
    kind = models.CharField(_("案件類別"), max_length=20)  # one of the dated list
    session = models.ForeignKey(
        CouncilSession, verbose_name=_("會期"), on_delete=models.PROTECT, null=True, blank=True, related_name="items"
    )
    raised_on = models.DateField(_("質詢或議決日"))
    district = models.CharField(_("行政區"), max_length=20, blank=True)
    about = models.CharField(_("相關的案號或文號"), max_length=100, blank=True)
    askers = models.ManyToManyField(Councillor, verbose_name=_("議員"), blank=True, related_name="items")

    class Meta:
        verbose_name = _("議會案件")
        verbose_name_plural = _("議會案件")
        indexes = [
            models.Index(fields=["kind", "raised_on"], name="council_item_kind"),
            models.Index(fields=["district"], name="council_item_district"),
        ]

    def __str__(self) -> str:
        return self.tracked.number

    @property
    def kind_label(self) -> str:
        """The kind in the reader's language, where it is one of the first list."""
        return gettext(self.kind)


class InspectionQuerySet(models.QuerySet["JointInspection"]):
    """Questions about joint inspections."""

    def held_within(self, first: date | None, last: date | None) -> Self:
        """Those held in these days that were not withdrawn; an open end is open."""
        rows = self.filter(withdrawn_on=None)
        rows = rows.filter(held_on__gte=first) if first else rows
        return rows.filter(held_on__lte=last) if last else rows


class JointInspection(models.Model):
    """會勘 with councillors, registered by the agency that held it."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, verbose_name=_("辦理機關"), on_delete=models.PROTECT, related_name="+")
    district_office = models.BooleanField(default=False)  # as the agency was when it registered
    held_on = models.DateField(_("會勘日期"))
    matter = models.CharField(_("會勘事由"), max_length=200)
    place = models.CharField(_("地點"), max_length=200)
    district = models.CharField(_("行政區"), max_length=20, blank=True)
    notice_number = models.CharField(_("開會通知文號"), max_length=60, blank=True)
    participants = models.CharField(_("參加的機關"), max_length=300, blank=True)
    minutes = models.TextField(_("會勘結論"), max_length=4000, blank=True)
    follow_up = models.TextField(_("後續辦理"), max_length=2000, blank=True)
    item = models.ForeignKey(
        CouncilItem, verbose_name=_("相關的議會案件"), on_delete=models.PROTECT, null=True, blank=True,
        related_name="inspections",
    )  # fmt: skip
    councillors = models.ManyToManyField(Councillor, verbose_name=_("參加的議員"), related_name="inspections")
    registered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    registered_at = models.DateTimeField()
    withdrawn_on = models.DateField(null=True, blank=True)
    withdrawn_why = models.CharField(max_length=300, blank=True)

    objects = InspectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("會勘")
        verbose_name_plural = _("會勘")
        ordering = ["-held_on", "-pk"]
        indexes = [
            models.Index(fields=["held_on"], name="council_inspection_day"),
            models.Index(fields=["agency", "held_on"], name="council_inspection_agency"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_on=None, withdrawn_why="") | (Q(withdrawn_on__isnull=False) & ~Q(withdrawn_why="")),
                name="council_inspection_withdrawn_whole",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.agency_id} {self.held_on}"


class InspectionMonth(models.Model):
    """An agency's word that a month's inspections are all registered, or that there were none."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(_("月份"))  # its first day
    held = models.PositiveIntegerField(_("會勘件數"))
    reported_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reported_at = models.DateTimeField()

    class Meta:
        verbose_name = _("會勘月報")
        verbose_name_plural = _("會勘月報")
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["agency", "month"], name="council_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="council_month_is_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.month:%Y-%m}"

    @property
    def said(self) -> str:
        """What the agency said."""
        if not self.held:
            return gettext("沒有會勘")
        return ngettext("%(n)d 件會勘", "%(n)d 件會勘", self.held) % {"n": self.held}


class ReaderQuerySet(models.QuerySet["Reader"]):
    """Questions about readers."""

    def open(self) -> Self:
        """Those who may still look up."""
        return self.filter(ended_on=None)


class Reader(models.Model):
    """查詢人: a councillor or somebody of an office who looks up by a link sent to this address, and is told of changes."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    councillor = models.ForeignKey(
        Councillor, verbose_name=_("議員"), on_delete=models.PROTECT, null=True, blank=True, related_name="readers"
    )
    name = models.CharField(_("姓名"), max_length=60)
    email = models.EmailField(_("電子郵件"), blank=True)
    language = models.CharField(max_length=10, default="zh-hant")
    added_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    news = models.BooleanField(_("案件有變動就寄信"), default=False)
    own_only = models.BooleanField(_("只要自己提出的案件"), default=False)
    told_until = models.DateField(null=True, blank=True)  # the last day that they were told of, or that was quiet
    feed_digest = models.CharField(max_length=64, blank=True)
    feed_made_at = models.DateTimeField(null=True, blank=True)

    objects = ReaderQuerySet.as_manager()

    class Meta:
        verbose_name = _("議會案件查詢人")
        verbose_name_plural = _("議會案件查詢人")
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["news", "told_until"], name="council_reader_news")]
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=Q(ended_on=None), name="council_reader_once"),
            models.UniqueConstraint(fields=["feed_digest"], condition=~Q(feed_digest=""), name="council_reader_feed_once"),
            models.CheckConstraint(
                condition=Q(ended_on=None) & ~Q(email="")
                | Q(ended_on__isnull=False, email="", news=False, feed_digest=""),
                name="council_reader_forgets_the_address",
            ),
            models.CheckConstraint(
                condition=Q(own_only=False) | Q(councillor__isnull=False), name="council_reader_own_has_councillor"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"reader {self.pk}"


class ReplyMark(models.Model):
    """答非所問, as a councillor or an office marked a reply; the commission returns the reply or says why it stands."""

    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="council_marks")
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, null=True, blank=True, related_name="marks")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )  # fmt: skip
    text = models.CharField(_("哪裡沒有答到"), max_length=1000)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    returned = models.BooleanField(null=True, blank=True)
    answer = models.CharField(_("研考會的說明"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("答非所問標記")
        verbose_name_plural = _("答非所問標記")
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["reply"], condition=Q(answered_at=None), name="council_mark_one_open"),
            models.CheckConstraint(
                condition=Q(answered_at=None, returned=None, answer="")
                | (Q(answered_at__isnull=False, returned__isnull=False) & ~Q(answer="")),
                name="council_mark_answered_whole",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="council_mark_has_text"),
        ]

    def __str__(self) -> str:
        return f"mark {self.pk} of {self.reply_id}"


class CarriedOutReport(models.Model):
    """議決案執行情形報告: what had become of a session's resolutions on a day, frozen as it was printed."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(
        CouncilSession, verbose_name=_("會期"), on_delete=models.PROTECT, related_name="carried_out"
    )  # fmt: skip
    n = models.PositiveSmallIntegerField()  # of the session; a correction is a new one, both are kept
    as_of = models.DateField(_("統計到"))
    items = models.PositiveIntegerField(_("案件數"))
    content = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )  # fmt: skip

    class Meta:
        verbose_name = _("議決案執行情形報告")
        verbose_name_plural = _("議決案執行情形報告")
        ordering = ["-made_at"]
        constraints = [models.UniqueConstraint(fields=["session", "n"], name="council_carried_out_once")]

    def __str__(self) -> str:
        return f"{self.session_id}.{self.n}"
