"""Gatherings: who takes part, what is spoken of, how each came to its state, what was found and what came of it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.files.models import StoredFile
from cityhall.engines.tracking.models import Item
from cityhall.engines.tracking.states import Decided
from cityhall.foundation.clock import end_of_day
from cityhall.web.charts import year_name

from . import registry
from .states import TAKEN_PLACE, OutcomeKind, Part, PointKind, Presence, State, Verdict

DONE = (Decided.RELEASED, Decided.SELF_TRACKED)
"""How what came of a gathering stands when the city follows it no more."""


class GatheringQuerySet(models.QuerySet["Gathering"]):
    """Questions about gatherings."""

    def of(self, *profiles: str) -> Self:
        """Those of these profiles."""
        return self.filter(profile__in=profiles)

    def held_within(self, first: date | None, last: date | None) -> Self:
        """Those that took place on these days; an open end is open."""
        rows = self.filter(held_on__isnull=False)
        if first:
            rows = rows.filter(held_on__gte=first)
        return rows.filter(held_on__lte=last) if last else rows

    def as_of(self, day: date) -> Self:
        """Annotate `state_then`: the state at the end of that day; leaves out those not yet planned."""
        steps = Step.objects.filter(gathering=OuterRef("pk"), at__lt=end_of_day(day)).order_by("-n")
        return self.annotate(state_then=Subquery(steps.values("state")[:1])).filter(state_then__isnull=False)


class Gathering(models.Model):
    """A meeting, a training or a visit. The row holds the present; what was stands in its `steps`."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    profile = models.CharField(pgettext_lazy("gathering", "種類"), max_length=40)
    series = models.CharField(
        _("系列"), max_length=60, blank=True
    )  # where a profile has several, such as working groups
    year = models.PositiveSmallIntegerField(_("年度"))
    number = models.PositiveSmallIntegerField(_("次別"))
    title = models.CharField(_("名稱"), max_length=200)
    host = models.ForeignKey(Agency, verbose_name=_("主辦機關"), on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(
        Person, verbose_name=_("承辦人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField(_("開始時間"))
    ends_at = models.DateTimeField(_("結束時間"))
    venue = models.CharField(pgettext_lazy("gathering", "地點"), max_length=200)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    district_code = models.CharField(max_length=20, blank=True)
    purpose = models.TextField(pgettext_lazy("gathering", "目的"), max_length=2000, blank=True)
    state = models.CharField(pgettext_lazy("gathering", "狀態"), max_length=10, choices=State, default=State.PLANNED)
    held_on = models.DateField(pgettext_lazy("gathering", "辦理日"), null=True, blank=True)
    attendance = models.PositiveIntegerField(_("出席人次"), null=True, blank=True)
    version = models.PositiveIntegerField(default=0)  # of what was announced: calendars ask for it
    changed_at = models.DateTimeField()

    objects = GatheringQuerySet.as_manager()

    class Meta:
        verbose_name = _("會議與訪查")
        verbose_name_plural = _("會議與訪查")
        indexes = [
            models.Index(fields=["profile", "held_on"], name="gathering_held"),
            models.Index(fields=["-starts_at", "-id"], name="gathering_starts"),
            models.Index(fields=["state", "starts_at"], name="gathering_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "series", "year", "number"], condition=~Q(state=State.CANCELLED),
                name="gathering_number_once",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="gathering_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state__in=TAKEN_PLACE, held_on__isnull=False, attendance__isnull=False)
                | (~Q(state__in=TAKEN_PLACE) & Q(held_on=None, attendance=None)),
                name="gathering_held_whole",
            ),
            models.CheckConstraint(
                condition=Q(lon=None, lat=None) | Q(lon__isnull=False, lat__isnull=False), name="gathering_place_whole"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    @property
    def declared(self) -> registry.Profile:
        """What its profile says."""
        return registry.profile_of(self.profile)

    @property
    def series_name(self) -> str:
        """105年第2次監察院地方機關巡察."""
        kind = f"{self.declared.label}（{self.series}）" if self.series else str(self.declared.label)
        return gettext("%(year)s第%(n)s次%(kind)s") % {"year": year_name(self.year), "n": self.number, "kind": kind}


class SeriesYear(models.Model):
    """One year of a series: the row that is locked while a number is given out."""

    profile = models.CharField(max_length=40)
    series = models.CharField(max_length=60, blank=True)
    year = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("會議年度")
        verbose_name_plural = _("會議年度")
        constraints = [models.UniqueConstraint(fields=["profile", "series", "year"], name="gathering_series_year")]

    def __str__(self) -> str:
        return f"{self.profile} {self.series} {self.year}"


class Step(models.Model):
    """A change of state, or what was announced anew: appended, never edited."""

    gathering = models.ForeignKey(Gathering, on_delete=models.CASCADE, related_name="steps")
    n = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("會議歷程")
        verbose_name_plural = _("會議歷程")
        ordering = ["gathering", "n"]
        indexes = [models.Index(fields=["gathering", "at"], name="gathering_step_at")]
        constraints = [
            models.UniqueConstraint(fields=["gathering", "n"], name="gathering_step_order"),
            models.CheckConstraint(
                condition=~Q(state=State.CANCELLED) | ~Q(reason=""), name="gathering_cancelled_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gathering_id}.{self.n}"


class Participant(models.Model):
    """Who is invited, as what, and whether they came or somebody in their place, with the reason."""

    gathering = models.ForeignKey(Gathering, on_delete=models.CASCADE, related_name="participants")
    n = models.PositiveSmallIntegerField()
    part = models.CharField(_("身分"), max_length=10, choices=Part)
    agency = models.ForeignKey(
        Agency, verbose_name=_("機關"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey(
        Person, verbose_name=_("人員"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    name = models.CharField(_("姓名與職稱"), max_length=80, blank=True)
    email = models.EmailField(_("電子郵件"), blank=True)
    invited_at = models.DateTimeField(null=True, blank=True)
    presence = models.CharField(pgettext_lazy("gathering", "出席"), max_length=8, choices=Presence, blank=True)
    deputy = models.CharField(pgettext_lazy("gathering", "代理人"), max_length=80, blank=True)
    reason = models.CharField(_("代理的理由"), max_length=300, blank=True)
    people = models.PositiveIntegerField(_("人數"), default=1)

    class Meta:
        verbose_name = _("出席名單")
        verbose_name_plural = _("出席名單")
        ordering = ["gathering", "n"]
        indexes = [models.Index(fields=["agency", "gathering"], name="gathering_agency")]
        constraints = [
            models.UniqueConstraint(fields=["gathering", "n"], name="gathering_participant_order"),
            models.UniqueConstraint(
                fields=["gathering"], condition=Q(part=Part.CHAIR), name="gathering_one_chair"
            ),
            models.UniqueConstraint(
                fields=["gathering", "part", "agency"], condition=Q(agency__isnull=False, person=None, name=""),
                name="gathering_agency_once",
            ),
            models.CheckConstraint(
                condition=Q(agency__isnull=False) | Q(person__isnull=False) | ~Q(name=""),
                name="gathering_participant_is_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(presence=Presence.DEPUTY, part__in=[Part.CHAIR, Part.HEAD]) | ~Q(reason=""),
                name="gathering_deputy_with_reason",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Who it is: the person, the name, or the agency alone."""
        who = self.name or (f"{self.person.label}　{self.person.title_label}".strip() if self.person else "")
        agency = self.agency.label if self.agency else ""
        return "　".join(part for part in (agency, who) if part)


class AgendaPoint(models.Model):
    """One point of the agenda; it may point at a record, such as a project."""

    gathering = models.ForeignKey(Gathering, on_delete=models.CASCADE, related_name="points")
    n = models.PositiveSmallIntegerField()
    kind = models.CharField(pgettext_lazy("agenda", "類別"), max_length=10, choices=PointKind)
    title = models.CharField(_("案由"), max_length=300)
    text = models.TextField(_("說明"), max_length=4000, blank=True)
    agency = models.ForeignKey(
        Agency, verbose_name=_("報告機關"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    about_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    about_id = models.BigIntegerField(null=True, blank=True)
    about = GenericForeignKey("about_type", "about_id")

    class Meta:
        verbose_name = _("議程")
        verbose_name_plural = _("議程")
        ordering = ["gathering", "n"]
        indexes = [models.Index(fields=["about_type", "about_id"], name="gathering_point_about")]
        constraints = [
            models.UniqueConstraint(fields=["gathering", "n"], name="gathering_point_order"),
            models.CheckConstraint(
                condition=Q(about_type=None, about_id=None) | Q(about_type__isnull=False, about_id__isnull=False),
                name="gathering_point_about_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Minutes(models.Model):
    """紀錄, as it was sent. A correction is a new version with its reason; both are kept."""

    gathering = models.ForeignKey(Gathering, on_delete=models.CASCADE, related_name="minutes")
    n = models.PositiveSmallIntegerField()
    text = models.TextField(_("紀錄"), max_length=20_000)
    issued_on = models.DateField(_("發文日期"))
    document = models.CharField(_("發文字號"), max_length=60, blank=True)
    reason = models.CharField(_("更正的理由"), max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("會議紀錄")
        verbose_name_plural = _("會議紀錄")
        ordering = ["gathering", "n"]
        constraints = [
            models.UniqueConstraint(fields=["gathering", "n"], name="gathering_minutes_order"),
            models.CheckConstraint(condition=Q(n=1) | ~Q(reason=""), name="gathering_correction_with_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.gathering_id}.{self.n}"


class OutcomeQuerySet(models.QuerySet["Outcome"]):
    """Questions about what came of gatherings."""

    def open(self) -> Self:
        """Those that agencies have still to see to."""
        return self.exclude(item__decided__in=DONE)

    def of_held_within(self, profiles: tuple[str, ...], first: date | None, last: date | None) -> Self:
        """Of gatherings of these profiles that took place on these days."""
        held = Gathering.objects.of(*profiles).held_within(first, last)
        return self.filter(gathering__in=held.values("pk"))


class Outcome(models.Model):
    """What came of a gathering for an agency to do by a day; one-to-one with the item of engines/tracking that holds its
    words, whose it is, what was answered and how it goes on.
    """

    gathering = models.ForeignKey(Gathering, on_delete=models.PROTECT, related_name="outcomes")
    n = models.PositiveSmallIntegerField()
    kind = models.CharField(pgettext_lazy("outcome", "類別"), max_length=10, choices=OutcomeKind)
    point = models.ForeignKey(AgendaPoint, on_delete=models.PROTECT, null=True, blank=True, related_name="outcomes")
    line = models.CharField(max_length=60, blank=True)  # of the checklist
    due_on = models.DateField(_("辦理期限"))
    item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="outcome")

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        verbose_name = _("裁示與建議")
        verbose_name_plural = _("裁示與建議")
        ordering = ["gathering", "n"]
        constraints = [models.UniqueConstraint(fields=["gathering", "n"], name="gathering_outcome_order")]

    def __str__(self) -> str:
        return f"{self.gathering_id}.{self.n}"


class CheckMark(models.Model):
    """What was found of one line of the checklist, with the place and the time of it."""

    gathering = models.ForeignKey(Gathering, on_delete=models.CASCADE, related_name="marks")
    line = models.CharField(max_length=60)
    verdict = models.CharField(pgettext_lazy("checklist", "情形"), max_length=10, choices=Verdict)
    note = models.TextField(pgettext_lazy("checklist", "說明"), max_length=1000, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    marked_at = models.DateTimeField()
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("查核項目的情形")
        verbose_name_plural = _("查核項目的情形")
        ordering = ["gathering", "line"]
        constraints = [
            models.UniqueConstraint(fields=["gathering", "line"], name="gathering_mark_once"),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.WANTING) | ~Q(note=""), name="gathering_wanting_with_words"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gathering_id} {self.line}"


class Photo(models.Model):
    """A photo of a visit: where and when it was taken. The picture itself carries nothing hidden."""

    gathering = models.ForeignKey(Gathering, on_delete=models.PROTECT, related_name="photos")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    line = models.CharField(max_length=60, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    taken_at = models.DateTimeField(_("拍攝時間"))

    class Meta:
        verbose_name = _("訪查照片")
        verbose_name_plural = _("訪查照片")
        ordering = ["gathering", "taken_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lon=None, lat=None) | Q(lon__isnull=False, lat__isnull=False),
                name="gathering_photo_place_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.gathering_id} {self.file_id}"


class CalendarKey(models.Model):
    """The address of somebody's calendar feed, known by its digest alone. A new one ends the old one."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("行事曆訂閱網址")
        verbose_name_plural = _("行事曆訂閱網址")

    def __str__(self) -> str:
        return str(self.person_id)
