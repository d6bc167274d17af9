"""What waits for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Model, Q

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.states import Role

from . import registry
from .models import SavedFilter, Todo, TodoQuerySet, folded
from .rules import GROUPS, Filter, edges
from .states import Part

if TYPE_CHECKING:
    from cityhall.engines.directory.models import Agency, Person, Unit
    from cityhall.engines.directory.queries import Held
    from cityhall.engines.identity.models import Account

ROLES_OF_A_UNIT = (Role.OFFICER, Role.UNIT_HEAD)
"""Roles that are held in a unit; the others are held for the whole agency, wherever their holder sits."""


def waiting_for(account: Account, at: datetime) -> TodoQuerySet:
    """The open to-dos of the account, earliest first.

    Its own, those of its roles at its agency and unit, and those of the people it stands in for.
    """
    known = directory.standing(account, at)
    if known.person is None:
        return Todo.objects.none()
    people = {known.person.pk, *(person.pk for person in known.absent_at(at))}
    condition = Q(person__in=people)
    for held in known.roles_at(at):
        condition |= _waits_for(held)
    return Todo.objects.open().filter(condition).by_due()


def _waits_for(held: Held) -> Q:
    condition = Q(person__isnull=True, role=held.role, agency=held.agency_id)
    if held.role in ROLES_OF_A_UNIT:
        condition &= Q(unit__isnull=True) | Q(unit__in=held.units)
    return condition


def _is_for(todo: Todo, held: Held) -> bool:
    """The same for one to-do that is at hand."""
    if todo.person_id is not None or todo.role != held.role or todo.agency_id != held.agency_id:
        return False
    return held.role not in ROLES_OF_A_UNIT or todo.unit_id is None or todo.unit_id in held.units


@dataclass(frozen=True)
class Behalf:
    """For whom an account works at an instant: for itself, and for the people it stands in for."""

    own: tuple[Held, ...]
    person: Person | None
    absent: tuple[tuple[Person, tuple[Held, ...]], ...]

    def condition(self, person_id: int) -> Q:
        """The to-dos that the account has only because that person is away."""
        own = Q(person=self.person.pk) if self.person else Q(pk__in=[])
        for held in self.own:
            own |= _waits_for(held)
        for person, roles in self.absent:
            if person.pk == person_id:
                theirs = Q(person=person.pk)
                for held in roles:
                    theirs |= _waits_for(held)
                return theirs & ~own
        return Q(pk__in=[])

    def of(self, todo: Todo) -> Person | None:
        """In whose stead the account has this to-do; None where it is its own."""
        if self.person and todo.person_id == self.person.pk:
            return None
        if any(_is_for(todo, held) for held in self.own):
            return None
        for person, roles in self.absent:
            if todo.person_id == person.pk or any(_is_for(todo, held) for held in roles):
                return person
        return None


def behalf(account: Account, at: datetime) -> Behalf:
    """For whom the account works at that instant."""
    known = directory.standing(account, at)
    if known.person is None:
        return Behalf((), None, ())
    roles = known.roles_at(at)
    mine = tuple(held for held in roles if held.person_id == known.person.pk)
    absent = known.absent_at(at)
    theirs = tuple((person, tuple(held for held in roles if held.person_id == person.pk)) for person in absent)
    return Behalf(mine, known.person, theirs)


def standing_in(account: Account, person_id: int, at: datetime) -> TodoQuerySet:
    """Of the account's to-dos, those that it has because it stands in for that person."""
    return Todo.objects.open().filter(behalf(account, at).condition(person_id)).by_due()


def filtered(todos: TodoQuerySet, asked: Filter, account: Account, at: datetime) -> TodoQuerySet:
    """The to-dos that the reader asked for."""
    if asked.person is not None:
        todos = todos.filter(behalf(account, at).condition(asked.person))
    if asked.urgent:
        todos = todos.filter(urgent=True)
    if asked.part:
        todos = todos.filter(kind__in=registry.kinds_with(asked.part))
    if asked.kind:
        todos = todos.filter(kind=asked.kind)
    if asked.group:
        todos = todos.filter(_in_group(at)[asked.group])
    for word in folded(asked.text).split():
        todos = todos.filter(words__contains=word)
    return todos


def _in_group(at: datetime) -> Mapping[str, Q]:
    now, today, tomorrow, week = edges(at)
    return {
        "late": Q(due_at__lt=now),
        "today": Q(due_at__gte=now, due_at__lte=today),
        "tomorrow": Q(due_at__gte=now, due_at__gt=today, due_at__lte=tomorrow),
        "week": Q(due_at__gt=tomorrow, due_at__lte=week),
        "later": Q(due_at__gt=week),
        "never": Q(due_at__isnull=True),
    }


def sizes(todos: TodoQuerySet, at: datetime) -> dict[str, int]:
    """How many to-dos stand under each heading, in one question."""
    counts = todos.order_by().aggregate(**{name: Count("pk", filter=where) for name, where in _in_group(at).items()})
    return {name: counts[name] for name in GROUPS}


@dataclass(frozen=True)
class Tally:
    """The numbers on the filters above the list."""

    everything: int
    urgent: int
    parts: Mapping[str, int]
    kinds: Mapping[str, int]
    standing_in: Sequence[tuple[Person, int]]


def tally(todos: TodoQuerySet, account: Account, at: datetime) -> Tally:
    """The numbers on the filters, in one question.

    Kinds are counted by name: grouped by kind, SQLite would read the open to-dos of the whole city in their order.
    """
    works_for = behalf(account, at)
    counts = todos.order_by().aggregate(
        everything=Count("pk"),
        urgent=Count("pk", filter=Q(urgent=True)),
        **{f"kind_{n}": Count("pk", filter=Q(kind=one.code)) for n, one in enumerate(registry.kinds())},
        **{f"for_{one.pk}": Count("pk", filter=works_for.condition(one.pk)) for one, _roles in works_for.absent},
    )
    kinds = {one.code: counts[f"kind_{n}"] for n, one in enumerate(registry.kinds()) if counts[f"kind_{n}"]}
    parts = {part.value: sum(kinds.get(kind, 0) for kind in registry.kinds_with(part)) for part in Part}
    away = [(person, counts[f"for_{person.pk}"]) for person, _roles in works_for.absent]
    return Tally(counts["everything"], counts["urgent"], parts, kinds, away)


def of(subject: Model) -> TodoQuerySet:
    """Every to-do about a record, closed ones too."""
    model = ContentType.objects.get_for_model(subject)
    return Todo.objects.filter(content_type=model, object_id=subject.pk).order_by("pk")


def open_at(agency: Agency, unit: Unit | None = None) -> int:
    """How many to-dos are open at an agency, or in one unit of it."""
    todos = Todo.objects.open().filter(agency=agency)
    return (todos.filter(unit=unit) if unit else todos).count()


def open_of(person: Person) -> int:
    """How many to-dos wait for this very person."""
    return Todo.objects.open().filter(person=person).count()


def saved_filters(person: Person) -> list[SavedFilter]:
    """The filters that a person kept."""
    return list(SavedFilter.objects.filter(person=person))
