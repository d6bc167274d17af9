"""The directory's own rows that name an agency: they move when a succession begins (see `succession`)."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.foundation.clock import start_of_day
from cityhall.web.dates import as_date

from . import registry
from .models import Agency, Appointment, ApprovalLevel, DutyShift
from .registry import Named
from .states import Fate


def install() -> None:
    """Declare them, in the order of the page."""
    registry.names_agency(
        "appointments",
        _("任職"),
        fate=Fate.MOVES,
        words=_("人員帶著原來的角色過去；承接機關已有首長或主任秘書的，第二位改任承辦人。帳號和權限跟著任職走。"),
        rows=_appointments,
        show=lambda row: Named(
            row.person.label, reverse("directory:desk_person", args=[row.person_id]), row.get_role_display()
        ),
    )
    registry.names_agency(
        "units",
        pgettext_lazy("several", "單位"),
        fate=Fate.MOVES,
        words=_("在承接機關成立同名的單位，原單位裁撤。"),
        rows=lambda agency, on: agency.units.as_of(on),
        show=lambda row: Named(row.label, _tab(row.agency, "units"), row.code),
    )
    registry.names_agency(
        "posts",
        _("職缺"),
        fate=Fate.MOVES,
        words=_("在承接機關設置同樣的職缺。"),
        rows=lambda agency, on: agency.posts.as_of(on),
        show=lambda row: Named(row.title_label, _tab(row.agency, "posts"), row.code),
    )
    registry.names_agency(
        "duty",
        _("值班"),
        fate=Fate.MOVES,
        words=_("承接日起的班移過去；跨過午夜的那一班，從午夜起算在承接機關。"),
        rows=lambda agency, on: DutyShift.objects.filter(agency=agency, ends_at__gt=start_of_day(on)).select_related(
            "person", "agency"
        ),
        show=lambda row: Named(row.person.label, _tab(row.agency, "duty"), as_date(row.starts_at)),
    )
    registry.names_agency(
        "approval",
        _("分層負責"),
        fate=Fate.MOVES,
        words=_("指定類別的核定層級移過去，承接機關自己訂過的以它為準；全部類別共用的到前一日為止。"),
        rows=_levels,
        show=lambda row: Named(row.get_role_display(), _tab(row.agency, "approval"), row.category),
    )
    registry.names_agency(
        "children",
        _("所屬機關"),
        fate=Fate.MOVES,
        words=_("改隸承接機關。"),
        rows=lambda agency, on: agency.children.as_of(on),
        show=lambda row: Named(row.full_label, reverse("directory:desk_agency", args=[row.code])),
    )


def _tab(agency: Agency, tab: str) -> str:
    return f"{reverse('directory:desk_agency', args=[agency.code])}?tab={tab}"


def _appointments(agency: Agency, on: date) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), agency=agency)
    return rows.select_related("person").order_by("person__code", "pk")


def _levels(agency: Agency, on: date) -> QuerySet[ApprovalLevel]:
    rows = ApprovalLevel.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on), agency=agency)
    return rows.select_related("agency")
