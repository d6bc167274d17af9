"""Questions about council cases: the items of a period, who sees what, which agencies report inspections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import AgencyKind
from cityhall.engines.identity.models import Account
from cityhall.engines.likeness import queries as likeness
from cityhall.engines.rules.queries import parameter
from cityhall.engines.textsearch import queries as textsearch
from cityhall.engines.tracking import queries as tracking
from cityhall.engines.tracking.models import Duty, Item, ItemQuerySet, Reply, Ruling
from cityhall.engines.tracking.states import Decided, ReplyState, Stage
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


def narrowed(rows: QuerySet[CouncilItem], wanted: dict[str, Any], today: date) -> QuerySet[CouncilItem]:
    """Items by any part of a word or asker's name, session, kind, district, agency, and how they stand."""
    if wanted["q"]:
        found = textsearch.matching(Item.objects.all(), wanted["q"], as_keys=True)
        asker = Councillor.objects.filter(name__contains=wanted["q"].strip(), items=OuterRef("pk"))
        rows = rows.filter(Q(tracked__in=found) | Exists(asker))
    for name, field in (("session", "session"), ("kind", "kind"), ("district", "district")):
        if wanted[name]:
            rows = rows.filter(**{field: wanted[name]})
    if wanted["agency"]:
        rows = rows.filter(Exists(Duty.objects.filter(item=OuterRef("tracked"), agency__code=wanted["agency"])))
    standing = wanted["standing"]
    if standing == "late":
        late = Reply.objects.filter(item=OuterRef("tracked"), state=ReplyState.ASKED, due_on__lt=today)
        rows = rows.filter(Exists(late))
    elif standing in Stage.values:
        rows = rows.filter(tracked__stage=standing)
    elif standing:
        rows = rows.filter(tracked__decided=standing, tracked__stage=Stage.SETTLED)
    return rows


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


# ---- similar items -----------------------------------------------------------------------------------------------------


MOST_ALIKE = 5


def similar(text: str, *, on: date, within: Q | None = None, but: int = 0) -> list[tuple[CouncilItem, int]]:
    """Earlier items about the same matter by their text, the most alike first, each with how alike it is in percent."""
    least = parameter("council.alike_percent", on=on).value / 100
    among = tracked().exclude(pk=but).filter(council_item__in=CouncilItem.objects.filter(within or Q()))
    found = likeness.alike(Item, text, among=among, least=least, most=MOST_ALIKE, day=on)
    rows = {one.tracked_id: one for one in with_everything(CouncilItem.objects.filter(tracked__in=[hit.pk for hit in found]))}  # fmt: skip
    return [(rows[hit.pk], round(100 * hit.likeness)) for hit in found if hit.pk in rows]


# ---- what changed ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """Something that a councillor wants to be told of an item."""

    reference: str
    number: str
    title: str
    kind: str
    at: datetime
    on: date
    askers: frozenset[int]
    who: str = ""
    decided: str = ""

    @property
    def said(self) -> str:
        """In one sentence, in the reader's language."""
        if self.kind == "ruled":
            return str(Decided(self.decided).label)
        if self.kind == "listed":
            return gettext("列管，請%(agency)s函復") % {"agency": self.who}
        return gettext("%(agency)s函復") % {"agency": self.who}


def changes(first: date, last: date, *, most: int = 2_000) -> list[Change]:
    """What was listed, answered and decided on these days, the newest first."""
    given = ("item_id", "item__reference", "item__number", "item__title")
    found: list[tuple[int, dict[str, Any]]] = []
    lead = Duty.objects.filter(item__in=tracked().listed_within(first, last), part="LEAD", ended_on=None)
    for item, ref, number, title, at, on, who in lead.values_list(
        *given, "item__listed_at", "item__listed_on", "agency__short_name"
    ).order_by("-item__listed_at", "-pk")[:most]:
        found.append((item, {"reference": str(ref), "number": number, "title": title, "kind": "listed", "at": at, "on": on, "who": who}))  # fmt: skip
    replies = Reply.objects.filter(item__profile=PROFILE, answered_on__gte=first, answered_on__lte=last)
    for item, ref, number, title, at, on, who in replies.values_list(
        *given, "answered_at", "answered_on", "duty__agency__short_name"
    ).order_by("-answered_at", "-pk")[:most]:
        found.append((item, {"reference": str(ref), "number": number, "title": title, "kind": "replied", "at": at, "on": on, "who": who}))  # fmt: skip
    rulings = Ruling.objects.filter(item__profile=PROFILE, on__gte=first, on__lte=last)
    for item, ref, number, title, at, on, decided in rulings.values_list(*given, "at", "on", "decided").order_by(
        "-at", "-pk"
    )[:most]:
        found.append((item, {"reference": str(ref), "number": number, "title": title, "kind": "ruled", "at": at, "on": on, "decided": decided}))  # fmt: skip
    asked = CouncilItem.askers.through.objects.filter(councilitem__tracked__in={item for item, _said in found})
    askers: dict[int, set[int]] = {}
    for item, who in asked.values_list("councilitem__tracked", "councillor"):
        askers.setdefault(item, set()).add(who)
    made = [Change(**said, askers=frozenset(askers.get(item, ()))) for item, said in found]
    return sorted(made, key=lambda one: (one.at, one.number), reverse=True)
