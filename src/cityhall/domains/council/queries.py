"""Questions about council cases: the items of a period, who sees what, which agencies report inspections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import AgencyKind
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.engines.tracking import queries as tracking
from cityhall.engines.tracking.models import ItemQuerySet, Reply
from cityhall.foundation.period import Period

from . import rules
from .models import CouncilItem, Councillor, CouncilSession, InspectionMonth, InspectionQuerySet, JointInspection
from .states import Verdict

PROFILE = "council"
TRAINING = "council.training"
READ, CONTROL, INSPECT, LOOK_UP = tracking.READ, tracking.CONTROL, "council.inspect", "council.look_up"


# ---- items -----------------------------------------------------------------------------------------------------------


def tracked() -> ItemQuerySet:
    """The listed items that are the council's."""
    return tracking.items(PROFILE)


def listed(period: Period) -> QuerySet[CouncilItem]:
    """Items put under control in the period."""
    return CouncilItem.objects.filter(tracked__in=tracked().listed_within(period.first_day, period.last_day))


def with_verdict(period: Period, verdict: Verdict) -> QuerySet[CouncilItem]:
    """Those of them that went on so on the period's last day."""
    rows = tracked().listed_within(period.first_day, period.last_day)
    return CouncilItem.objects.filter(tracked__in=rows.with_verdict(verdict, as_of=period.state_day))


def poor_replies(period: Period) -> QuerySet[Reply]:
    """Replies to the council that were returned in the period."""
    return Reply.objects.poor_within(period.first_day, period.last_day).filter(item__profile=PROFILE)


def within_rights(account: Account | None, at: datetime) -> Q:
    """The items that an officer may read."""
    allowed = tracking.within_rights(account, at)
    return Q(tracked__in=tracked().filter(allowed)) if allowed else Q()


def with_everything(rows: QuerySet[CouncilItem]) -> QuerySet[CouncilItem]:
    """With what a line of a list shows."""
    return rows.select_related("tracked", "session").prefetch_related("askers")


def kinds(on: date) -> list[str]:
    """The kinds of item that are used on a day."""
    return list(parameter("council.item_kinds", on=on).value)


# ---- joint inspections -----------------------------------------------------------------------------------------------


def districts_since(on: date) -> date:
    """From when on district offices' inspections count, by the rulebook of a day."""
    return date.fromisoformat(parameter("council.districts_since", on=on).value)


def inspections(period: Period) -> InspectionQuerySet:
    """Joint inspections of the period that count."""
    rows = JointInspection.objects.held_within(period.first_day, period.last_day)
    since = districts_since(period.state_day or date.max)
    return rows.filter(Q(district_office=False) | Q(held_on__gte=since))


def inspections_within_rights(account: Account | None, at: datetime) -> Q:
    """The inspections that an officer may read: the commission all, an agency its own."""
    return directory.reach(account, READ, at).within(unit="", person="")


def counts(agency: Agency, day: date) -> bool:
    """Whether an inspection that the agency holds on that day is registered."""
    office = agency.kind == AgencyKind.DISTRICT_OFFICE
    return rules.inspection_counts(district_office=office, held_on=day, districts_since=districts_since(day))


def reporting(month: date) -> QuerySet[Agency]:
    """The agencies that are asked for a month's inspections: bureaus, and district offices once they count."""
    kinds = [AgencyKind.FIRST_LEVEL]
    if month >= districts_since(month):
        kinds.append(AgencyKind.DISTRICT_OFFICE)
    return Agency.objects.as_of(month).filter(kind__in=kinds).order_by("order", "code")


def reported(month: date) -> dict[int, InspectionMonth]:
    """Which agencies have reported a month."""
    return {row.agency_id: row for row in InspectionMonth.objects.filter(month=month)}


# ---- names as people write them --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What names in a form or a sheet stand for on a day."""

    agencies: dict[str, Agency]
    councillors: dict[str, Councillor]
    sessions: dict[str, CouncilSession]


def known(on: date) -> Known:
    """Agencies by code, full and short name; councillors by name, who is in office first; sessions by label."""
    agencies: dict[str, Agency] = {}
    for one in Agency.objects.as_of(on):
        agencies |= {one.code: one, one.name: one, one.short_name: one}
    councillors = {one.name: one for one in Councillor.objects.order_by("starts_on")}
    return Known(agencies, councillors, {one.label: one for one in CouncilSession.objects.all()})


def names_in(cell: str) -> list[str]:
    """The names in a cell, however they are set apart."""
    for mark in "，,；;\n／":
        cell = cell.replace(mark, "、")
    return list(dict.fromkeys(one.strip() for one in cell.split("、") if one.strip()))
