"""The tables of the directory. Everything is dated: nothing that an old record points at is ever removed.

Days are inclusive in `starts_on` and `ends_on` (the last day of service); `opened_on` is the first day of an agency or
unit and `closed_on` the first day without it. A missing day means "since before our records" or "until further notice".
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from .states import Absence, AgencyKind, Role


def _in_language(own: str, english: str) -> str:
    """The English words where the reader asked for English and somebody wrote them."""
    return english if english and (translation.get_language() or "").startswith("en") else own


_Lasting = TypeVar("_Lasting", bound=models.Model)


class LastingQuerySet(models.QuerySet[_Lasting]):
    """Rows that exist from a day until a day."""

    def as_of(self, day: date) -> Self:
        """What existed on that day."""
        opened = Q(opened_on__isnull=True) | Q(opened_on__lte=day)
        return self.filter(opened, Q(closed_on__isnull=True) | Q(closed_on__gt=day))


class AgencyQuerySet(LastingQuerySet["Agency"]):
    """Agencies by day, and by whether they work."""

    def at_work(self) -> Self:
        """Those that nobody has closed, or whose succession is announced and has not begun."""
        announced = Q(succession__isnull=False, succession__begun_at__isnull=True)
        return self.filter(Q(closed_on__isnull=True) | announced)


class Agency(models.Model):
    """An agency of the city, or an outside body that takes part in its work.

    The row holds the present; how it was called and where it belonged on an earlier day is in its `versions`.
    """

    code = models.SlugField(_("機關代碼"), max_length=50, unique=True)
    kind = models.CharField(_("類別"), max_length=20, choices=AgencyKind.choices)
    parent = models.ForeignKey(
        "self", verbose_name=_("上級機關"), on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    name = models.CharField(_("全銜"), max_length=100)
    short_name = models.CharField(_("簡稱"), max_length=40)
    name_en = models.CharField(_("英文名稱"), max_length=150, blank=True)
    phone = models.CharField(_("電話"), max_length=40, blank=True)
    fax = models.CharField(_("傳真"), max_length=40, blank=True)
    email = models.EmailField(_("電子郵件"), blank=True)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    order = models.PositiveIntegerField(_("排列順序"), default=0)
    opened_on = models.DateField(_("成立日"), null=True, blank=True)
    closed_on = models.DateField(_("裁撤日"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", verbose_name=_("承接機關"), on_delete=models.PROTECT, null=True, blank=True, related_name="predecessors"
    )

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("機關")
        verbose_name_plural = _("機關")
        ordering = ["order", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(opened_on__isnull=True) | Q(closed_on__gt=F("opened_on")),
                name="directory_agency_opens_before_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | ~Q(successor=F("id")), name="directory_agency_not_own_successor"
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | Q(closed_on__isnull=False),
                name="directory_agency_succeeded_is_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The short name, in the reader's language."""
        return _in_language(self.short_name, self.name_en)

    @property
    def full_label(self) -> str:
        """The full name, in the reader's language."""
        return _in_language(self.name, self.name_en)

    @property
    def is_outside(self) -> bool:
        """Whether it belongs to somebody else and takes part by guest accounts or letters."""
        return self.kind == AgencyKind.OUTSIDE_BODY

    def exists_on(self, day: date) -> bool:
        """Whether the agency existed on that day."""
        return (self.opened_on is None or self.opened_on <= day) and (self.closed_on is None or day < self.closed_on)

    def version_on(self, day: date) -> AgencyVersion | None:
        """How the agency was called, and where it belonged, on that day."""
        return self.versions.filter(valid_from__lte=day).order_by("-valid_from").first()


class AgencyVersion(models.Model):
    """What was true of an agency from a day on, until the next version."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="versions")
    valid_from = models.DateField(_("自何日起"))
    kind = models.CharField(max_length=20, choices=AgencyKind.choices)
    parent = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=100)
    short_name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=150, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    fax = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("機關沿革")
        verbose_name_plural = _("機關沿革")
        ordering = ["-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["agency", "valid_from"], name="directory_one_agency_version_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.valid_from})"


class Unit(models.Model):
    """A division, section or group of an agency (課、科、組、室、隊)."""

    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="units")
    parent = models.ForeignKey(
        "self", verbose_name=_("上級單位"), on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    code = models.SlugField(_("單位代碼"), max_length=50)
    name = models.CharField(_("單位名稱"), max_length=60)
    name_en = models.CharField(_("英文名稱"), max_length=120, blank=True)
    phone = models.CharField(_("電話"), max_length=40, blank=True)
    fax = models.CharField(_("傳真"), max_length=40, blank=True)
    order = models.PositiveIntegerField(_("排列順序"), default=0)
    opened_on = models.DateField(_("成立日"), null=True, blank=True)
    closed_on = models.DateField(_("裁撤日"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", verbose_name=_("承接單位"), on_delete=models.PROTECT, null=True, blank=True, related_name="predecessors"
    )

    objects = LastingQuerySet.as_manager()

    class Meta:
        verbose_name = _("單位")
        verbose_name_plural = _("單位")
        ordering = ["agency", "order", "code"]
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="directory_unit_code_unique_in_agency")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The unit's name, in the reader's language."""
        return _in_language(self.name, self.name_en)


class Person(models.Model):
    """Somebody who works for an agency; the account, where there is one, signs in for them."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="person"
    )
    code = models.SlugField(_("員工代碼"), max_length=50, unique=True)
    name = models.CharField(_("姓名"), max_length=60)
    name_en = models.CharField(_("英文姓名"), max_length=80, blank=True)
    title = models.CharField(_("職稱"), max_length=60, blank=True)
    title_en = models.CharField(_("英文職稱"), max_length=80, blank=True)
    phone = models.CharField(_("電話"), max_length=40, blank=True)
    extension = models.CharField(_("分機"), max_length=10, blank=True)
    email = models.EmailField(_("公務電子郵件"), blank=True)
    mobile = models.CharField(_("值班聯絡手機"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("人員")
        verbose_name_plural = _("人員")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name, in the reader's language."""
        return _in_language(self.name, self.name_en)

    @property
    def title_label(self) -> str:
        """The title, in the reader's language."""
        return _in_language(self.title, self.title_en)


class Post(models.Model):
    """A seat in an agency: it stays when its holder leaves, and is then vacant (懸缺)."""

    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="posts")
    unit = models.ForeignKey(
        Unit, verbose_name=_("單位"), on_delete=models.PROTECT, null=True, blank=True, related_name="posts"
    )
    code = models.SlugField(_("職缺代碼"), max_length=50)
    title = models.CharField(_("職稱"), max_length=60)
    title_en = models.CharField(_("英文職稱"), max_length=80, blank=True)
    extension = models.CharField(_("分機"), max_length=10, blank=True)
    order = models.PositiveIntegerField(_("排列順序"), default=0)
    opened_on = models.DateField(_("設置日"), null=True, blank=True)
    closed_on = models.DateField(_("裁撤日"), null=True, blank=True)

    objects = LastingQuerySet.as_manager()

    class Meta:
        verbose_name = _("職缺")
        verbose_name_plural = _("職缺")
        ordering = ["agency", "order", "code"]
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="directory_post_code_unique_in_agency")]

    def __str__(self) -> str:
        return self.title_label

    @property
    def title_label(self) -> str:
        """The title, in the reader's language."""
        return _in_language(self.title, self.title_en)


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Appointments by day."""

    def as_of(self, day: date) -> Self:
        """Those in force on that day."""
        return self.filter(Q(starts_on__lte=day), Q(ends_on__isnull=True) | Q(ends_on__gte=day))


class Appointment(models.Model):
    """Who held which role where, from a day to a day. A person may hold several at once."""

    person = models.ForeignKey(Person, verbose_name=_("人員"), on_delete=models.PROTECT, related_name="appointments")
    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="appointments")
    unit = models.ForeignKey(
        Unit, verbose_name=_("單位"), on_delete=models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    post = models.ForeignKey(
        Post, verbose_name=_("職缺"), on_delete=models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    title = models.CharField(_("職稱"), max_length=60, blank=True)
    title_en = models.CharField(_("英文職稱"), max_length=80, blank=True)
    starts_on = models.DateField(_("到任日"))
    ends_on = models.DateField(_("卸任日"), null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("任職")
        verbose_name_plural = _("任職")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="directory_appointment_starts_before_it_ends",
            ),
            models.CheckConstraint(condition=~Q(role="CITIZEN"), name="directory_citizen_is_no_appointment"),
        ]
        indexes = [models.Index(fields=["agency", "role", "starts_on"], name="directory_appointment_role")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role}"

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on that day."""
        return self.starts_on <= day and (self.ends_on is None or self.ends_on >= day)

    @property
    def title_label(self) -> str:
        """The title held here, in the reader's language."""
        return _in_language(self.title, self.title_en)


class DeputyQuerySet(models.QuerySet["Deputy"]):
    """Absences by instant."""

    def at(self, at: datetime) -> Self:
        """Those running at that instant."""
        return self.filter(starts_at__lte=at, ends_at__gt=at)


class Deputy(models.Model):
    """Who stands in for an absent person (代理人), from an instant until an instant."""

    person = models.ForeignKey(Person, verbose_name=_("請假人"), on_delete=models.PROTECT, related_name="absences")
    deputy = models.ForeignKey(Person, verbose_name=_("代理人"), on_delete=models.PROTECT, related_name="stand_ins")
    reason = models.CharField(_("事由"), max_length=10, choices=Absence.choices, default=Absence.LEAVE)
    starts_at = models.DateTimeField(_("開始時間"))
    ends_at = models.DateTimeField(_("結束時間"))

    objects = DeputyQuerySet.as_manager()

    class Meta:
        verbose_name = _("代理")
        verbose_name_plural = _("代理")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="directory_deputy_starts_before_end"),
            models.CheckConstraint(condition=~Q(person=F("deputy")), name="directory_nobody_is_own_deputy"),
        ]
        indexes = [models.Index(fields=["deputy", "ends_at"], name="directory_deputy_until")]

    def __str__(self) -> str:
        return f"{self.person_id} → {self.deputy_id}"


class DutyShift(models.Model):
    """One turn of an agency's duty roster (值班): who is reached at night and on holidays."""

    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="duty_shifts")
    person = models.ForeignKey(Person, verbose_name=_("值班人員"), on_delete=models.PROTECT, related_name="duty_shifts")
    starts_at = models.DateTimeField(_("開始時間"))
    ends_at = models.DateTimeField(_("結束時間"))
    phone = models.CharField(_("值班電話"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("值班班表")
        verbose_name_plural = _("值班班表")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="directory_duty_starts_before_end")
        ]
        indexes = [models.Index(fields=["agency", "starts_at"], name="directory_duty_of_agency")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.starts_at:%Y-%m-%d %H:%M}"


class ApprovalLevelQuerySet(models.QuerySet["ApprovalLevel"]):
    """Levels of approval by day."""

    def as_of(self, day: date) -> Self:
        """Those in force on that day."""
        return self.filter(Q(valid_from__lte=day), Q(valid_to__isnull=True) | Q(valid_to__gte=day))


class ApprovalLevel(models.Model):
    """Whose approval a reply needs (分層負責), by agency, category and stage.

    An empty category or stage stands for every one; the most specific row decides.
    """

    agency = models.ForeignKey(Agency, verbose_name=_("機關"), on_delete=models.PROTECT, related_name="approval_levels")
    category = models.CharField(_("類別"), max_length=60, blank=True)
    stage = models.CharField(_("階段"), max_length=40, blank=True)
    role = models.CharField(_("核定層級"), max_length=20, choices=Role.choices)
    valid_from = models.DateField(_("生效日"))
    valid_to = models.DateField(_("最後一日"), null=True, blank=True)

    objects = ApprovalLevelQuerySet.as_manager()

    class Meta:
        verbose_name = _("分層負責")
        verbose_name_plural = _("分層負責")
        ordering = ["agency", "category", "stage", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "category", "stage", "valid_from"], name="directory_one_approval_level_a_day"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["UNIT_HEAD", "AGENCY_SECRETARY", "AGENCY_HEAD"]),
                name="directory_approval_by_a_chief",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.category} {self.stage} {self.role}"

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on that day."""
        return self.valid_from <= day and (self.valid_to is None or self.valid_to >= day)


class Succession(models.Model):
    """An agency is succeeded by another on a day; its people and open work move with it.

    From `begun_at` its people and units are the successor's; what is open follows in blocks until `carried_out_at`.
    """

    agency = models.OneToOneField(Agency, on_delete=models.PROTECT, related_name="succession")
    successor = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="successions")
    on = models.DateField(_("承接日"))
    decided_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    carried_out_at = models.DateTimeField(null=True, blank=True)
    moved = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("機關承接")
        verbose_name_plural = _("機關承接")
        ordering = ["on", "pk"]

    def __str__(self) -> str:
        return f"{self.agency_id} → {self.successor_id} ({self.on})"


class HandOver(models.Model):
    """One act of 移交: everything open of one person given to another, with what moved."""

    from_person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="handed_over")
    to_person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="taken_over")
    at = models.DateTimeField()
    moved = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("移交")
        verbose_name_plural = _("移交")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.from_person_id} → {self.to_person_id}"


class Import(models.Model):
    """A sheet that somebody uploaded: checked first, then taken in by the worker, chunk by chunk."""

    kind = models.CharField(_("表別"), max_length=20)
    file_name = models.CharField(_("檔名"), max_length=120)
    content = models.BinaryField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("上傳時間"))
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("通訊錄匯入")
        verbose_name_plural = _("通訊錄匯入")
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"
