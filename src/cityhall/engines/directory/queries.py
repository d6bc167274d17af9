"""Questions to the directory: who is where, who may do what, who approves, who stands in, who is on duty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from cityhall.foundation.clock import day_of, end_of_day, start_of_day
from cityhall.foundation.unit import recalled

from . import permissions, rules
from .models import Agency, Appointment, ApprovalLevel, Deputy, DutyShift, Person, Succession, Unit
from .rights import Away, Held, Reach, Standing, reach_of
from .states import APPROVING_ROLES, Role

if TYPE_CHECKING:
    from cityhall.engines.identity.models import Account


# Agencies and people


def agency(code: str, on: date | None = None) -> Agency | None:
    """The agency of that code; with a day, the one that has taken its place by then."""
    found = _agency(code)
    return successor_on(found, on) if found and on else found


@recalled(Agency)
def _agency(code: str) -> Agency | None:
    return Agency.objects.filter(code=code).first()


def successor_on(agency: Agency, day: date) -> Agency:
    """The agency itself or, where it was closed by that day, the one that carries on its work."""
    seen = {agency.pk}
    while agency.successor is not None and agency.closed_on is not None and agency.closed_on <= day:
        if agency.successor.pk in seen:
            break
        agency = agency.successor
        seen.add(agency.pk)
    return agency


def carried_on(agency: Agency, unit: Unit | None, *, on: date) -> tuple[Agency, Unit | None]:
    """Where what is said to an agency and unit goes on that day: to themselves or, once their people are at the agency
    that succeeded them, there."""
    seen = {agency.pk}
    while agency.successor_id is not None and agency.closed_on is not None and agency.closed_on <= on:
        if agency.successor_id in seen or not Succession.objects.filter(agency=agency, begun_at__isnull=False).exists():
            break
        assert agency.successor is not None
        agency = agency.successor
        seen.add(agency.pk)
    while unit is not None and unit.agency_id != agency.pk:
        unit = unit.successor
    return agency, unit


def person_of(account: Account | None) -> Person | None:
    """The person who signs in with this account."""
    return _person_of(account.pk) if account is not None and account.pk else None


@recalled(Person)
def _person_of(account: int) -> Person | None:
    return Person.objects.filter(account_id=account).first()


def appointments_of(account: Account, on: date) -> QuerySet[Appointment]:
    """The account's appointments in force on that day, with agency and unit."""
    return (
        Appointment.objects.as_of(on)
        .filter(person__account_id=account.pk)
        .select_related("person", "agency", "unit")
        .order_by("starts_on", "pk")
    )


def holders(
    role: str, agency: Agency | None = None, unit: Unit | None = None, on: date | None = None
) -> QuerySet[Person]:
    """Who holds the role, at an agency, in a unit, on a day. Without a day: whoever ever held it."""
    held = Appointment.objects.filter(role=role)
    if agency is not None:
        held = held.filter(agency=agency)
    if unit is not None:
        held = held.filter(unit=unit)
    if on is not None:
        held = held.as_of(on)
    return Person.objects.filter(pk__in=held.values("person_id")).order_by("code", "pk")


def who_holds(role: str, agency: Agency | None = None, unit: Unit | None = None, *, on: date) -> list[Person]:
    """The same as a list, which an act asks again and again."""
    held = {row.person_id: row.person for row in _holding(role, agency, unit) if row.holds_on(on)}
    return sorted(held.values(), key=lambda person: (person.code, person.pk))


@recalled(Appointment, Person)
def _holding(role: str, agency: Agency | None, unit: Unit | None) -> list[Appointment]:
    held = Appointment.objects.filter(role=role).select_related("person__account")
    held = held.filter(agency=agency) if agency is not None else held
    return list(held.filter(unit=unit) if unit is not None else held)


def serving_at(person: Person, agency: Agency, *, on: date) -> list[Appointment]:
    """The person's appointments at an agency on a day, with their units."""
    return [row for row in _serving(person, agency) if row.holds_on(on)]


@recalled(Appointment)
def _serving(person: Person, agency: Agency) -> list[Appointment]:
    return list(person.appointments.filter(agency=agency).select_related("unit"))


# Approval (分層負責)


def approval_level(agency: Agency, category_code: str, stage: str, on: date) -> str:
    """The role whose approval is needed; the most specific dated row decides, without any the 單位主管 does."""
    rows = [
        row
        for row in _approval_levels(agency)
        if row.category in {category_code, ""} and row.stage in {stage, ""} and row.holds_on(on)
    ]
    ranked = sorted(rows, key=lambda row: (row.category != "", row.stage != "", row.valid_from), reverse=True)
    return ranked[0].role if ranked else Role.UNIT_HEAD


@recalled(ApprovalLevel)
def _approval_levels(agency: Agency) -> list[ApprovalLevel]:
    return list(ApprovalLevel.objects.filter(agency=agency))


def approver_for(agency: Agency, category_code: str, stage: str, unit: Unit | None, on: date) -> Person | None:
    """Who approves there: the holder of the level's role, or of the next higher one while the post is vacant.

    A 單位主管 is looked for in the unit, then in the units above it. The deputy of an absent approver finds the task in
    the to-do list; the approver stays who they are.
    """
    level = approval_level(agency, category_code, stage, on)
    roles = APPROVING_ROLES[APPROVING_ROLES.index(Role(level)) :]
    chiefs = {
        (row.role, row.unit_id if row.role == Role.UNIT_HEAD else None): row.person
        for row in _chiefs(agency)
        if row.role in roles and row.holds_on(on)
    }
    for role in roles:
        if role != Role.UNIT_HEAD:
            if found := chiefs.get((role, None)):
                return found
            continue
        while unit is not None:
            if found := chiefs.get((role, unit.pk)):
                return found
            unit = unit.parent
    return None


@recalled(Appointment, Person)
def _chiefs(agency: Agency) -> list[Appointment]:
    """Everybody who ever held a post that approves there, newest first."""
    chiefs = Appointment.objects.filter(agency=agency, role__in=APPROVING_ROLES)
    return list(chiefs.select_related("person__account").order_by("-starts_on", "-pk"))


# Deputies and duty


def standing_in_for(account: Account, at: datetime) -> list[Person]:
    """The absent people whose tasks and approvals this account has at that instant, through other deputies too."""
    return standing(account, at).absent_at(at)


def deputy_of(person: Person, at: datetime) -> Person | None:
    """Who stands in for the person at that instant; None while they are at work."""
    seen, current = {person.pk}, person
    while (row := Deputy.objects.at(at).filter(person=current).select_related("deputy").first()) is not None:
        if row.deputy_id in seen:
            return None
        current = row.deputy
        seen.add(current.pk)
    return None if current.pk == person.pk else current


def on_duty(agency: Agency, at: datetime) -> Person | None:
    """Who is on duty for the agency at that instant, by its roster."""
    shift = shift_at(agency, at)
    return shift.person if shift else None


def shift_at(agency: Agency, at: datetime) -> DutyShift | None:
    """The roster's turn that runs at that instant, with the number that reaches it."""
    return (
        DutyShift.objects.filter(agency=agency, starts_at__lte=at, ends_at__gt=at)
        .select_related("person")
        .order_by("starts_at", "pk")
        .first()
    )


# Permissions


_generation = count(1)
_current_generation = 0


def forget_standing(**_: Any) -> None:
    """Appointments, deputies or units changed: ask again."""
    global _current_generation
    _current_generation = next(_generation)


def standing(account: Account, on: date | datetime) -> Standing:
    """What decides the account's rights on a day, kept on the account for the rest of the request."""
    day = day_of(on) if isinstance(on, datetime) else on
    kept: dict[tuple[int, date], Standing] = account.__dict__.setdefault("_directory_standing", {})
    key = (_current_generation, day)
    if key not in kept:
        kept.clear()
        kept[key] = _ask_standing(account, day)
    return kept[key]


LONGEST_CHAIN = 3
"""Deputies of deputies are followed this far."""


def _ask_standing(account: Account, day: date) -> Standing:
    person = person_of(account)
    if person is None:
        return Standing(None, (), ())
    away = tuple(_absences_behind(person, day))
    people = {person.pk, *(row.person.pk for row in away)}
    rows = list(
        Appointment.objects.as_of(day)
        .filter(person__in=people)
        .values_list(
            "person_id", "role", "agency_id", "unit_id", "agency__predecessors", "agency__predecessors__closed_on"
        )
    )
    before = _carried_on_by(rows, day)
    seats = list(dict.fromkeys((who, role, at, unit) for who, role, at, unit, _old, _closed_on in rows))
    below = _units_below(one for _, _, at, unit in seats if unit is not None for one in (at, *before.get(at, ())))
    held = tuple(
        Held(who, role, at, below.get(unit, frozenset()), before.get(at, frozenset())) for who, role, at, unit in seats
    )
    return Standing(person, held, away)


def _carried_on_by(rows: Iterable[tuple[Any, ...]], day: date) -> dict[int, frozenset[int]]:
    """By agency: the ended ones whose work it carries on, and those whose work they had carried on."""
    found: dict[int, set[int]] = {}
    for _who, _role, at, _unit, old, closed_on in rows:
        if old is not None and closed_on is not None and closed_on <= day:
            found.setdefault(at, set()).add(old)
    newest = set().union(*found.values())
    while newest:
        earlier = list(
            Agency.objects.filter(successor__in=newest, closed_on__lte=day).values_list("pk", "successor_id")
        )
        newest = set()
        for old, later in earlier:
            for known in found.values():
                if later in known and old not in known:
                    known.add(old)
                    newest.add(old)
    return {at: frozenset(known) for at, known in found.items()}


def _absences_behind(person: Person, day: date) -> Iterable[Away]:
    """The absences of that day that end at this deputy, nearest first, never the person's own."""
    reached: list[tuple[int, tuple[tuple[datetime, datetime], ...]]] = [(person.pk, ())]
    seen = {person.pk}
    for _ in range(LONGEST_CHAIN):
        rows = Deputy.objects.filter(
            deputy__in={who for who, _ in reached}, starts_at__lt=end_of_day(day), ends_at__gt=start_of_day(day)
        ).select_related("person")
        found = [
            (row.person, (*spans, (row.starts_at, row.ends_at)))
            for row in rows
            for who, spans in reached
            if row.deputy_id == who and row.person_id not in seen
        ]
        if not found:
            return
        yield from (Away(absent, spans) for absent, spans in found)
        reached = [(absent.pk, spans) for absent, spans in found]
        seen.update(who for who, _ in reached)


def _units_below(agency_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """For each unit of the agencies: itself, every unit below it, and the ended ones whose place they took."""
    rows = Unit.objects.filter(agency__in=set(agency_ids)).values_list("pk", "parent_id", "successor_id")
    over = {unit: [one for one in (parent, later) if one is not None] for unit, parent, later in rows}
    below: dict[int, set[int]] = {unit: {unit} for unit in over}
    for unit in over:
        above, seen = list(over[unit]), {unit}
        while above:
            one = above.pop()
            if one in seen:
                continue
            seen.add(one)
            below.setdefault(one, {one}).add(unit)
            above += over.get(one, [])
    return {unit: frozenset(members) for unit, members in below.items()}


def reach(account: Account | None, act: str, on: date | datetime) -> Reach:
    """How far the account may do the act. A day counts deputies of any hour of it, an instant those of that instant."""
    if account is None or not account.pk or not account.is_active:
        return Reach()
    at = on if isinstance(on, datetime) else None
    # Who administers the system has that role before the directory has a single person in it.
    return reach_of(standing(account, on), act, permissions.scopes, at=at, administers=account.is_superuser)


def may(
    account: Account | None,
    act: str,
    *,
    agency: Agency | None = None,
    unit: Unit | None = None,
    person: Person | None = None,
    on: date | datetime,
) -> bool:
    """Whether the account may do the act on a record of that agency, unit and person; without any: at all, somewhere.

    Rights come from the appointments in force and from those of the people one stands in for.
    """
    within = reach(account, act, on)
    if agency is None and unit is None and person is None:
        return bool(within) or _own_as_citizen(account, act)
    return within.covers(agency, unit, person)


def may_for(account: Account | None, act: str, person: Person, *, on: date | datetime) -> bool:
    """Whether the account may do the act for a person: by who they are, or by a place where they serve.

    Somebody who has left belongs to where they served last, so that what they left behind can be handed over.
    """
    within = reach(account, act, on)
    if within.covers(person=person):
        return True
    day = day_of(on) if isinstance(on, datetime) else on
    places = person.appointments.select_related("agency", "unit")
    serving = list(places.as_of(day)) or list(places.order_by("-ends_on", "-pk")[:1])
    return any(within.covers(row.agency, row.unit) for row in serving)


def grantable_roles(account: Account | None, on: date | datetime) -> frozenset[str]:
    """The roles that the account may give: an agency's own 研考窗口 gives those that widen nobody's rights."""
    if may(account, "directory.appoint.city", on=on):
        return frozenset(Role.values) - {Role.CITIZEN}
    return rules.GRANTED_BY_THE_AGENCY if may(account, "directory.appoint", on=on) else frozenset()


def _own_as_citizen(account: Account | None, act: str) -> bool:
    return bool(account and account.pk and account.is_active and permissions.scopes(Role.CITIZEN, act))
