"""How far somebody's rights reach, by the roles that they hold and the people they stand in for. Asks no database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from .states import Role, Scope

if TYPE_CHECKING:
    from .models import Agency, Person, Unit


@dataclass(frozen=True)
class Held:
    """A role held at an agency, in a unit and the units below it, by oneself or by somebody one stands in for.

    `before`: the ended agencies whose work that agency carries on; their records are its own.
    """

    person_id: int
    role: str
    agency_id: int
    units: frozenset[int]
    before: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Away:
    """Somebody's absence that makes this account their deputy."""

    person: Person
    spans: tuple[tuple[datetime, datetime], ...]

    def covers(self, at: datetime) -> bool:
        """Whether the absence, and every one on the way to this deputy, runs at that instant."""
        return all(starts <= at < ends for starts, ends in self.spans)


@dataclass(frozen=True)
class Standing:
    """Everything that decides what an account may do on one day; asked once a request."""

    person: Person | None
    held: tuple[Held, ...]
    away: tuple[Away, ...]

    def absent_at(self, at: datetime) -> list[Person]:
        """Whom this account stands in for at that instant."""
        people = {row.person.pk: row.person for row in self.away if row.covers(at)}
        return list(people.values())

    def roles_at(self, at: datetime | None) -> list[Held]:
        """The roles held, and those of the absent: at an instant or, without one, at any time of the day."""
        mine = self.person.pk if self.person else None
        absent = {row.person.pk for row in self.away if at is None or row.covers(at)}
        return [row for row in self.held if row.person_id == mine or row.person_id in absent]


@dataclass(frozen=True)
class Reach:
    """How far an account may do an act: everywhere, or the agencies, units and people it may do it for."""

    everywhere: bool = False
    agencies: frozenset[int] = frozenset()
    units: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.agencies or self.units or self.people)

    def covers(self, agency: Agency | None = None, unit: Unit | None = None, person: Person | None = None) -> bool:
        """Whether a record of that agency, unit and person lies within reach."""
        return (
            self.everywhere
            or (agency is not None and agency.pk in self.agencies)
            or (unit is not None and unit.pk in self.units)
            or (person is not None and person.pk in self.people)
        )

    def within(self, *, agency: str = "agency", unit: str = "unit", person: str = "person") -> Q:
        """The same as a condition on a query; the names are the record's own fields."""
        if self.everywhere:
            return Q()
        condition = Q(pk__in=[])
        for field, keys in ((agency, self.agencies), (unit, self.units), (person, self.people)):
            if field and keys:
                condition |= Q(**{f"{field}__in": keys})
        return condition


NOBODY = 0
"""No person has this key: the own records of an administrator who is not in the directory are none."""


def reach_of(
    known: Standing, act: str, scopes: Callable[[str, str], frozenset[Scope]], *, at: datetime | None, administers: bool
) -> Reach:
    """How far the act may be done: the widest that any role held allows, each from where it is held.

    `scopes` is the table of permissions: of a role and an act. Who administers the system has that role everywhere.
    """
    agencies: set[int] = set()
    units: set[int] = set()
    people: set[int] = set()
    if administers and (allowed := scopes(Role.ADMIN, act)):
        if Scope.CITY in allowed:
            return Reach(everywhere=True)
        people.add(NOBODY)
    for held in known.roles_at(at):
        allowed = scopes(held.role, act)
        if Scope.CITY in allowed:
            return Reach(everywhere=True)
        if Scope.AGENCY in allowed:
            agencies |= {held.agency_id, *held.before}
        if Scope.UNIT in allowed:
            units |= held.units
        if Scope.OWN in allowed:
            people.add(held.person_id)
    return Reach(False, frozenset(agencies), frozenset(units), frozenset(people))
