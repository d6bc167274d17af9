"""What waits for whom."""

from __future__ import annotations

from collections.abc import Mapping
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


def standing_in(account: Account, person_id: int, at: datetime) -> TodoQuerySet:
    """Of the account's to-dos, those that it has because it stands in for that person."""
    known = directory.standing(account, at)
    if known.person is None or person_id not in {person.pk for person in known.absent_at(at)}:
        return Todo.objects.none()
    own, theirs = Q(person=known.person.pk), Q(person=person_id)
    for held in known.roles_at(at):
        if held.person_id == known.person.pk:
            own |= _waits_for(held)
        elif held.person_id == person_id:
            theirs |= _waits_for(held)
    return Todo.objects.open().filter(theirs).exclude(own).by_due()


def _waits_for(held: Held) -> Q:
    condition = Q(person__isnull=True, role=held.role, agency=held.agency_id)
    if held.role in ROLES_OF_A_UNIT:
        condition &= Q(unit__isnull=True) | Q(unit__in=held.units)
    return condition


def filtered(todos: TodoQuerySet, asked: Filter, account: Account, at: datetime) -> TodoQuerySet:
    """The to-dos that the reader asked for."""
    if asked.person is not None:
        todos = todos.filter(pk__in=standing_in(account, asked.person, at).values("pk"))
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


def tally(todos: TodoQuerySet) -> Tally:
    """The numbers on the filters, in one question."""
    parts = {part.value: registry.kinds_with(part) for part in Part}
    counts = todos.order_by().aggregate(
        everything=Count("pk"),
        urgent=Count("pk", filter=Q(urgent=True)),
        **{f"part_{part}": Count("pk", filter=Q(kind__in=kinds)) for part, kinds in parts.items() if kinds},
    )
    return Tally(counts["everything"], counts["urgent"], {part: counts.get(f"part_{part}", 0) for part in parts})


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
