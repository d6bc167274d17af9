"""Acts on the to-do list: it is kept by the acts of other engines and domains, never filled in by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Appointment
from cityhall.engines.directory.states import Role
from cityhall.foundation.clock import day_of
from cityhall.foundation.rows import new as new_row
from cityhall.foundation.unit import act, forget_all, insert, remember, remembered_of, save_at_once, set_all

from . import queries
from .models import SavedFilter, Todo, TodoQuerySet

if TYPE_CHECKING:
    from cityhall.engines.directory.models import Agency, Person, Succession, Unit
    from cityhall.engines.directory.registry import Move
    from cityhall.engines.identity.models import Account


class CannotSaveFilter(Exception):
    """The filter has no name, or there are too many."""


@act
def open_todo(
    kind: str,
    subject: Model,
    *,
    title: str,
    detail: str = "",
    stage: str = "",
    reference: str = "",
    agency: Agency,
    unit: Unit | None = None,
    person: Person | None = None,
    role: str = "",
    due_at: datetime | None = None,
    url: str,
    urgent: bool = False,
    at: datetime,
) -> Todo:
    """Put something on the list of a person, or of whoever holds the role at the agency or in the unit.

    Without person and role it waits for the unit's officers, without a unit for the agency's 研考窗口. An open to-do of
    the same kind about the same record at the same agency is brought up to date instead of being doubled.
    """
    agency, unit = directory.carried_on(agency, unit, on=day_of(at))
    if person is None and not role:
        role = Role.OFFICER if unit is not None else Role.COORDINATOR
    waiting = _waiting(subject)
    todo = next((one for one in waiting if one.kind == kind and one.agency_id == agency.pk), None)
    if todo is None:
        model = ContentType.objects.get_for_model(subject)
        todo = new_row(Todo, kind=kind, content_type=model, object_id=subject.pk, agency=agency, opened_at=at)
    elif (todo.person_id, todo.role) != (person.pk if person else None, role):
        todo.seen_at = None
    todo.title, todo.detail, todo.stage, todo.reference = title[:200], detail[:200], stage, reference
    todo.unit, todo.person, todo.role = unit, person, role
    todo.due_at, todo.url, todo.urgent = due_at, url.removeprefix("/en"), urgent  # kept without its language
    if todo.pk:
        save_at_once(todo)
    else:
        waiting.append(todo)
        insert(todo)
    return todo


@act
def close_todo(kind: str, subject: Model, *, agency: Agency | None = None, at: datetime) -> int:
    """Take what is done off the list, at one agency or at all; closing twice does nothing."""
    waiting = _waiting(subject)
    if agency is not None:
        agency = directory.carried_on(agency, None, on=day_of(at))[0]
    done = [one for one in waiting if one.kind == kind and (agency is None or one.agency_id == agency.pk)]
    return _close(waiting, done, at)


@act
def close_all(subject: Model, *, at: datetime) -> int:
    """Take everything about a record off the list."""
    waiting = _waiting(subject)
    return _close(waiting, list(waiting), at)


def _close(waiting: list[Todo], done: list[Todo], at: datetime) -> int:
    for todo in done:
        waiting.remove(todo)
    return set_all(done, closed_at=at)


@act
def reassign_todo(
    kind: str,
    subject: Model,
    *,
    agency: Agency | None = None,
    unit: Unit | None = None,
    person: Person | None = None,
    role: str = "",
    from_agency: Agency | None = None,
    at: datetime,
) -> int:
    """Move an open to-do to another person, role, unit or agency; it is new to whoever gets it.

    With `from_agency`, only that agency's (where several co-handle one record).
    """
    moved = 0
    todos = _open(kind, subject).select_for_update()
    for todo in todos.filter(agency=from_agency) if from_agency else todos:
        todo.agency = agency or todo.agency
        todo.unit, todo.person = unit, person
        todo.role = role or ("" if person else (Role.OFFICER if unit else Role.COORDINATOR))
        todo.seen_at = None
        todo.save()
        moved += 1
    forget_all(Todo)
    return moved


@act
def move_due(subject: Model, *, due_at: datetime | None, kinds: Collection[str]) -> int:
    """A record's limit has moved: its open to-dos of these kinds move with it."""
    forget_all(Todo)
    return _about(subject).open().filter(kind__in=kinds).update(due_at=due_at)


def mark_seen_by(subject: Model, account: Account, *, at: datetime) -> None:
    """Remember that somebody for whom a record's to-dos wait has opened it; called by the record's own page."""
    queries.waiting_for(account, at).filter(
        content_type=ContentType.objects.get_for_model(subject), object_id=subject.pk, seen_at__isnull=True
    ).order_by().update(seen_at=at)


def mark_unseen(subject: Model, *, kinds: Collection[str]) -> int:
    """Something new came to a record: its open to-dos of these kinds are unread again."""
    return _about(subject).open().filter(kind__in=kinds).update(seen_at=None)


def hand_over(from_person: Person, to_person: Person, by: Account | None, at: datetime) -> int:
    """Give every open to-do of one person to another; part of the directory's 移交."""
    forget_all(Todo)
    return Todo.objects.open().filter(person=from_person).update(person=to_person, seen_at=None)


def move_to_successor(move: Move, most: int) -> int:
    """Give open to-dos of an agency to the one that carries on its work, many at once.

    Where both had a part in the same record one is left. What waited for somebody who serves nowhere any more waits for
    the successor's 研考窗口.
    """
    found = list(Todo.objects.open().filter(agency=move.agency).select_for_update().order_by("pk")[:most])
    if not found:
        return 0
    theirs = set(
        Todo.objects.open()
        .filter(agency=move.successor, object_id__in={todo.object_id for todo in found})
        .values_list("kind", "content_type_id", "object_id")
    )
    double = [todo.pk for todo in found if (todo.kind, todo.content_type_id, todo.object_id) in theirs]
    Todo.objects.filter(pk__in=double).update(closed_at=move.at)
    rest = [todo for todo in found if todo.pk not in set(double)]
    people = {todo.person_id for todo in rest if todo.person_id is not None}
    serving = set(
        Appointment.objects.as_of(day_of(move.at)).filter(person__in=people).values_list("person_id", flat=True)
    )
    rows = Todo.objects.filter(pk__in=[todo.pk for todo in rest])
    for unit in {todo.unit_id for todo in rest if todo.unit_id is not None}:
        rows.filter(unit=unit).update(unit=move.unit_for(unit))
    if gone := people - serving:
        rows.filter(person__in=gone).update(person=None, role=Role.COORDINATOR, seen_at=None)
    rows.update(agency=move.successor)
    forget_all(Todo)
    return len(found)


SUCCESSION = "directory.succession_left"


@act
def tell_of_succession(succession: Succession, left: int, at: datetime) -> None:
    """What still names an agency after its succession waits for the successor's 研考窗口 until it is nothing."""
    if not left:
        close_todo(SUCCESSION, succession, at=at)
        return
    open_todo(
        SUCCESSION,
        succession,
        title=gettext_noop("機關承接後，還有設定用著原機關"),
        detail=succession.agency.short_name,
        agency=succession.successor,
        role=Role.COORDINATOR,
        url=reverse("directory:succession", args=[succession.agency.code]),
        at=at,
    )


MOST_SAVED_FILTERS = 20


@act
def reword(subject: Model, *, title: str) -> int:
    """Give everything that waited because of a record, done or not, another heading and no more words."""
    rows = list(_about(subject))
    for todo in rows:
        todo.title, todo.detail = title[:200], ""
        todo.save(update_fields=["title", "detail", "words"])
    return len(rows)


@act
def save_filter(*, person: Person, name: str, query: str) -> SavedFilter:
    """Keep a filter under a name; the same name again replaces it.

    Raises CannotSaveFilter without a name, without anything filtered, or beyond twenty filters.
    """
    name = " ".join(name.split())[:30]
    if not name:
        raise CannotSaveFilter(_("請為這個篩選取一個名稱。"))
    if not query:
        raise CannotSaveFilter(_("目前沒有篩選條件。請先選擇條件，再存成篩選。"))
    others = SavedFilter.objects.filter(person=person).exclude(name=name)
    if others.count() >= MOST_SAVED_FILTERS:
        raise CannotSaveFilter(_("最多可存 20 個篩選。請先刪除不用的，再儲存。"))
    saved, _created = SavedFilter.objects.update_or_create(person=person, name=name, defaults={"query": query[:400]})
    return saved


def forget_filter(*, person: Person, pk: int) -> None:
    """Throw a kept filter away."""
    SavedFilter.objects.filter(person=person, pk=pk).delete()


def _waiting(subject: Model) -> list[Todo]:
    """A record's open to-dos, locked. Every act of this file that changes one brings it up to date or forgets it."""
    about = ContentType.objects.get_for_model(subject).pk, subject.pk
    return remembered_of(
        (type(subject), subject.pk),
        (Todo, about),
        lambda: list(_about(subject).open().select_for_update().order_by("pk")),
    )


def read_for(subjects: Sequence[Model]) -> None:
    """Read the open to-dos of many records of one kind at once, for the acts on each that follow in this act."""
    if not subjects:
        return
    kind = ContentType.objects.get_for_model(subjects[0])
    found: dict[int, list[Todo]] = {subject.pk: [] for subject in subjects}
    rows = Todo.objects.open().filter(content_type=kind, object_id__in=found)
    for todo in rows.select_for_update().order_by("pk"):
        found[todo.object_id].append(todo)
    for pk, todos in found.items():
        remember((Todo, (kind.pk, pk)), todos)


def _about(subject: Model) -> TodoQuerySet:
    return Todo.objects.filter(content_type=ContentType.objects.get_for_model(subject), object_id=subject.pk)


def _open(kind: str, subject: Model) -> TodoQuerySet:
    return _about(subject).open().filter(kind=kind)
