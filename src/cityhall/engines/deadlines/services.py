"""Acts on clocks and on the calendar."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import holidays
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Model, Q
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.foundation.clock import end_of_day, start_of_day
from cityhall.foundation.rows import new as new_row
from cityhall.foundation.unit import (
    Appendix,
    act,
    belongs,
    bulk,
    current,
    forget_all,
    insert,
    remembered_of,
    save_at_once,
    set_all,
    written_in_bulk,
)

from . import registry, rules
from .models import LIVE, CalendarDay, CalendarStamp, Change, Clock, Closure, Pause, State
from .queries import calendar, known_calendar, limit_of, live, live_of, percent
from .rules import Calendar, Extended, Limit, Paused, Promised, Step, Stop

__all__ = ["calendar"]
log = logging.getLogger("cityhall.deadlines")
LEVELS = (50, 80, 100)
AT_ONCE = 50
"""So many clocks are told of in one transaction."""
JUDGED = frozenset({State.MET, State.MET_LATE})
COUNTED = (Change.Kind.EXTENDED, Change.Kind.PROMISED)
"""Changes that move the day on which a clock is due, wherever it is counted anew."""


class CannotChangeClock(Exception):
    """The clock has ended, or the change is none."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def _live(clock: Clock) -> Clock:
    among = live_of(clock.subject_type_id, clock.subject_id)
    if (fresh := next((one for one in among if one.pk == clock.pk), None)) is None:
        raise CannotChangeClock(_("這個期限已經結束。"))
    return fresh


def _ended(clock: Clock, state: State, at: datetime) -> None:
    clock.state, clock.ended_at = state, at
    live_of(clock.subject_type_id, clock.subject_id).remove(clock)


def _note(
    clock: Clock,
    kind: str,
    *,
    at: datetime,
    by: Any | None = None,
    before: datetime | None = None,
    note: str = "",
    closure: Closure | None = None,
) -> Change:
    change = new_row(
        Change, clock=clock, kind=kind, at=at, by=by, before=before, after=clock.due_at, note=note, closure=closure
    )
    if kind in COUNTED:
        belongs((Clock, clock.pk), (Change, clock.pk), change)
    return _changes.append(change)


_changes = Appendix(Change._meta.db_table, written_in_bulk(Change))


@act
def start(subject: Model, *, stage: str, limit: Limit, policy_version: str, because: str, at: datetime) -> Clock:
    """Start the clock of a stage; it is due by the calendar as it stands. One stage has one live clock."""
    others = live(subject)
    clock = new_row(
        Clock,
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=subject.pk,
        stage=stage,
        amount=limit.amount,
        unit=limit.unit.value,
        policy_version=policy_version,
        because=because,
        started_at=at,
        due_at=rules.due(at, limit, calendar()).at,
    )
    others.append(clock)
    insert(clock)
    _note(clock, Change.Kind.STARTED, at=at)
    return clock


def _pauses(clock: Clock) -> list[Pause]:
    return remembered_of((Clock, clock.pk), (Pause, clock.pk), lambda: list(clock.pauses.all()))


def _stands_still(pause: Pause) -> None:
    belongs((Clock, pause.clock_id), (Pause, pause.clock_id), pause)
    insert(pause)


def _runs_on(clock: Clock, at: datetime) -> None:
    """The pause that is open, if one is, ends."""
    set_all([pause for pause in _pauses(clock) if pause.ends_at is None], ends_at=at)


def _counted(clock: Clock) -> list[Change]:
    """The changes that move its day, in order."""
    return remembered_of(
        (Clock, clock.pk), (Change, clock.pk), lambda: list(clock.changes.filter(kind__in=COUNTED).order_by("pk"))
    )


@act
def pause(clock: Clock, *, why: str, by: Any | None, at: datetime) -> Clock:
    """Let the clock stand still, as while the citizen is asked."""
    clock = _live(clock)
    if clock.state == State.PAUSED:
        raise CannotChangeClock(_("已經暫停計時。"))
    _stands_still(Pause(clock=clock, starts_at=at, why=why))
    clock.state, clock.paused_at = State.PAUSED, at
    save_at_once(clock)
    _note(clock, Change.Kind.PAUSED, at=at, by=by, before=clock.due_at, note=why)
    return clock


@act
def resume(clock: Clock, *, at: datetime) -> Clock:
    """Let it run on; it is due later by what stood still. Overdue time that was suffered before stays."""
    clock = _live(clock)
    if clock.state != State.PAUSED:
        return clock
    _runs_on(clock, at)
    before = clock.due_at
    clock.state, clock.paused_at = State.RUNNING, None
    clock.due_at = recount(clock, calendar())
    save_at_once(clock)
    _note(clock, Change.Kind.RESUMED, at=at, before=before)
    return clock


def steps_of(clock: Clock) -> list[Step]:
    """What happened to the clock, in order, as the rules want it."""
    steps: list[tuple[datetime, Step]] = [
        (pause.starts_at, Paused(pause.starts_at, pause.ends_at)) for pause in _pauses(clock) if pause.ends_at
    ]
    changes = _counted(clock)
    for change in changes:
        if change.kind == Change.Kind.EXTENDED:
            amount, unit = change.note.split(" ", 2)[:2]
            steps.append((change.at, Extended(Limit(int(amount), rules.Unit(unit)))))
    if clock.promised_on:
        promised = [change.at for change in changes if change.kind == Change.Kind.PROMISED]
        steps.append((promised[-1] if promised else clock.started_at, Promised(clock.promised_on)))
    return [step for _at, step in sorted(steps, key=lambda pair: pair[0])]


def recount(clock: Clock, known: Calendar) -> datetime:
    """When the clock is due by that calendar, with everything that happened to it."""
    return rules.due_after(clock.started_at, limit_of(clock), steps_of(clock), known)


@act
def extend(clock: Clock, *, limit: Limit, reason: str, approved_by: Any, at: datetime) -> Clock:
    """展期, counted from the day on which it was due. Refused once that has passed."""
    clock = _live(clock)
    if at > clock.due_at and clock.state == State.RUNNING:
        raise CannotChangeClock(_("已經逾期，不能展期。"))
    before = clock.due_at
    clock.due_at = rules.due(clock.due_at, limit, calendar()).at
    clock.level = 0
    save_at_once(clock)
    _note(
        clock,
        Change.Kind.EXTENDED,
        at=at,
        by=approved_by,
        before=before,
        note=f"{limit.amount} {limit.unit} {reason}"[:500],
    )
    audit.record(
        "deadlines.extended", clock, by=approved_by, at=at,
        old={"due_at": _written(before)}, new={"due_at": _written(clock.due_at)},
    )  # fmt: skip
    return clock


def _written(instant: datetime) -> str:
    """An instant as the trail has it: the same text whether it was just counted or read."""
    return instant.astimezone(UTC).isoformat()


@act
def promise_earlier(clock: Clock, *, due_on: date, by: Any | None, at: datetime) -> Clock:
    """An officer promises an earlier day; from then on that day counts."""
    clock = _live(clock)
    promised = rules.due_after(clock.started_at, limit_of(clock), [*steps_of(clock), Promised(due_on)], calendar())
    before, clock.promised_on, clock.due_at = clock.due_at, due_on, min(promised, clock.due_at)
    save_at_once(clock)
    _note(clock, Change.Kind.PROMISED, at=at, by=by, before=before)
    return clock


@act
def meet(clock: Clock, *, at: datetime) -> Clock:
    """What was due is done, in time or late."""
    clock = _live(clock)
    if clock.state == State.PAUSED:
        clock = resume(clock, at=at)
    _ended(clock, State.MET if at <= clock.due_at else State.MET_LATE, at)
    save_at_once(clock, "state", "ended_at")
    _note(clock, Change.Kind.MET, at=at, before=clock.due_at)
    return clock


@act
def cancel(clock: Clock, *, why: str, at: datetime) -> Clock:
    """Nothing is due any more; that it was overdue, if it was, stays on record."""
    clock = _live(clock)
    clock.paused_at = None
    _ended(clock, State.CANCELLED, at)
    save_at_once(clock)
    _runs_on(clock, at)
    _note(clock, Change.Kind.CANCELLED, at=at, before=clock.due_at, note=why)
    return clock


@act
def supersede(clock: Clock, *, limit: Limit, because: str, policy_version: str, at: datetime) -> Clock:
    """Another limit holds: a new clock from the original start takes over, pauses included; the old one stays."""
    clock = _live(clock)
    was_paused = clock.paused_at
    clock.paused_at = None
    _ended(clock, State.SUPERSEDED, at)
    save_at_once(clock, "state", "ended_at", "paused_at")
    pauses = _pauses(clock)
    stood_still = [Paused(pause.starts_at, pause.ends_at) for pause in pauses if pause.ends_at]
    newer = new_row(
        Clock,
        subject_type_id=clock.subject_type_id,
        subject_id=clock.subject_id,
        stage=clock.stage,
        amount=limit.amount,
        unit=limit.unit.value,
        policy_version=policy_version,
        because=because,
        started_at=clock.started_at,
        due_at=rules.due_after(clock.started_at, limit, stood_still, calendar()),
        state=State.PAUSED if was_paused else State.RUNNING,
        paused_at=was_paused,
    )
    live_of(newer.subject_type_id, newer.subject_id).append(newer)
    insert(newer)
    _note(newer, Change.Kind.STARTED, at=clock.started_at)
    for old in pauses:
        _stands_still(Pause(clock=newer, starts_at=old.starts_at, ends_at=old.ends_at, why=old.why))
    clock.superseded_by = newer
    save_at_once(clock, "superseded_by")
    _note(clock, Change.Kind.SUPERSEDED, at=at, before=clock.due_at, note=because)
    return newer


# ---- warnings --------------------------------------------------------------------------------------------------------


def sweep(at: datetime, *, limit: int = 1000) -> int:
    """Tell the listeners which clocks have reached 50, 80 and 100 %, each level once, in office hours only.

    Nearest due first, and no more than so many levels; returns how many were told. Every clock that runs is looked at in
    one pass over four columns, and only those that may have news are read. Where a listener fails, that clock is told
    again later, the others are told now, and the error is raised at the end.
    """
    if not rules.in_office_hours(at, calendar()):
        return 0
    told, errors = 0, []
    ripe = _may_have_news(at)
    for first in range(0, len(ripe), AT_ONCE):
        with bulk() if current() is None else nullcontext():
            clocks = (
                Clock.objects.filter(pk__in=ripe[first : first + AT_ONCE])
                .order_by("due_at", "pk")
                .prefetch_related("pauses")
            )
            for clock in clocks:
                reached = rules.levels_reached(percent(clock, at), LEVELS)
                try:
                    if news := [level for level in reached if level > clock.level]:
                        told += _tell(clock, news, at=at)
                except Exception as error:
                    log.exception("clock %s could not be told of", clock.pk)
                    errors.append(error)
                if told >= limit:
                    break
        if told >= limit:
            break
    if errors:
        raise errors[0]
    return told


def _may_have_news(at: datetime) -> list[int]:
    """The keys of running clocks that may have reached a level that was not told, nearest due first."""
    running = Clock.objects.filter(state=State.RUNNING, level__lt=max(LEVELS), started_at__lte=at)
    rows = running.order_by("due_at", "pk").values_list("pk", "started_at", "due_at", "level")
    return [
        key
        for key, started_at, due_at, level in rows.iterator(chunk_size=5000)
        if rules.may_have_passed(started_at, due_at, at, min(one for one in LEVELS if one > level))
    ]


@act
def _tell(clock: Clock, levels: list[int], *, at: datetime) -> int:
    """Raise the level and call the listeners in one transaction, so that a level is told exactly once."""
    among = live_of(clock.subject_type_id, clock.subject_id)
    fresh = next((one for one in among if one.pk == clock.pk and one.state == State.RUNNING), None)
    news = [level for level in levels if fresh and level > fresh.level]
    if not news or fresh is None:
        return 0
    fresh.level = max(news)
    save_at_once(fresh, "level")
    for level in news:
        _note(fresh, Change.Kind.WARNED, at=at, before=fresh.due_at, note=str(level))
    # Several levels at once, as after a long weekend, are one message: the highest.
    for listener in registry.listeners:
        listener(fresh, max(news), at)
    return len(news)


def _stamp() -> None:
    """The calendar has changed: every process reads it again."""
    CalendarStamp.objects.get_or_create(pk=1)
    CalendarStamp.objects.filter(pk=1).update(number=F("number") + 1)
    known_calendar.forget()


# ---- the calendar ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClockChange:
    """How a change of the calendar would move a clock, and whether one that has ended was in time after all."""

    clock: Clock
    before: datetime
    after: datetime

    @property
    def state(self) -> str:
        """The clock's state by the new day: what was done by then was in time, also where that is found out later."""
        if self.clock.state not in JUDGED or self.clock.ended_at is None:
            return str(self.clock.state)
        return str(State.MET if self.clock.ended_at <= self.after else State.MET_LATE)

    @property
    def judged_anew(self) -> bool:
        """Whether a late one becomes one in time, or the other way round."""
        return self.state != self.clock.state


def changes_under(known: Calendar, *, touching: tuple[datetime, datetime] | None = None) -> list[ClockChange]:
    """Which clocks would be due at another instant by that calendar: live ones, and those that ended in what it touches.

    A typhoon day is often entered when it is over, and a reply of the day after was in time then.
    """
    clocks = Clock.objects.prefetch_related("pauses", "changes").order_by("due_at", "pk")
    if touching:
        # A closure moves nothing that was due before it, or that starts after it.
        clocks = clocks.filter(due_at__gte=touching[0] - timedelta(days=1), started_at__lt=touching[1])
        clocks = clocks.filter(Q(state__in=LIVE) | Q(state__in=JUDGED, ended_at__gte=touching[0]))
    else:
        clocks = clocks.filter(state__in=LIVE)
    found = []
    for clock in clocks.iterator(chunk_size=500):
        after = recount(clock, known)
        if after != clock.due_at:
            found.append(ClockChange(clock, clock.due_at, after))
    return found


def preview_closure(*, starts_at: datetime, ends_at: datetime, name: str, stops_clock: bool) -> list[ClockChange]:
    """What a typhoon day would move, before it is applied."""
    stop = Stop(starts_at, ends_at, name, stops_clock)
    return changes_under(calendar(plus=stop), touching=(starts_at, ends_at))


@act
def apply_closure(
    *, starts_at: datetime, ends_at: datetime, name: str, source: str, stops_clock: bool, by: Any | None, at: datetime
) -> Closure:
    """Declare a closure and move the clocks that it touches, each with its own event."""
    if ends_at <= starts_at:
        raise CannotChangeClock(_("結束時間要在開始時間之後。"))
    if ends_at - starts_at > timedelta(days=15):
        raise CannotChangeClock(_("一次停止上班不能超過 15 天，請檢查日期。"))
    changes = preview_closure(starts_at=starts_at, ends_at=ends_at, name=name, stops_clock=stops_clock)
    closure = Closure.objects.create(
        starts_at=starts_at,
        ends_at=ends_at,
        name=name,
        source=source,
        stops_clock=stops_clock,
        applied_by=by,
        applied_at=at,
    )
    _stamp()
    _move(changes, closure=closure, by=by, at=at, note=name)
    audit.record("deadlines.closure_applied", closure, by=by, at=at, new={"name": name, "clocks": len(changes)})
    return closure


@act
def withdraw_closure(closure: Closure, *, by: Any | None, at: datetime) -> Closure:
    """A closure that was declared by mistake: the clocks move back, with events."""
    if closure.withdrawn_at:
        raise CannotChangeClock(_("這次停止上班已經撤銷。"))
    closure.withdrawn_at = at
    closure.save()
    _stamp()
    changes = changes_under(calendar(), touching=(closure.starts_at, closure.ends_at + timedelta(days=40)))
    _move(changes, closure=None, by=by, at=at, note=str(_("撤銷：%(name)s") % {"name": closure.name}))
    audit.record("deadlines.closure_withdrawn", closure, by=by, at=at, new={"clocks": len(changes)})
    return closure


def _move(changes: Iterable[ClockChange], *, closure: Closure | None, by: Any | None, at: datetime, note: str) -> None:
    moved, events = [], []
    for change in changes:
        change.clock.due_at, change.clock.state = change.after, change.state
        moved.append(change.clock)
        events.append(
            new_row(
                Change,
                clock=change.clock,
                kind=Change.Kind.CLOSURE,
                at=at,
                by=by,
                before=change.before,
                after=change.after,
                note=note,
                closure=closure,
            )  # fmt: skip
        )
    Clock.objects.bulk_update(moved, ["due_at", "state"], batch_size=500)
    Change.objects.bulk_create(events, batch_size=500)
    forget_all(Clock)
    for change in changes:
        if change.clock.state in LIVE:
            for listener in registry.movers:
                listener(change.clock, change.before, at)


@act
def set_day(*, day: date, kind: str | None, name: str, source: str, by: Any | None, at: datetime) -> list[ClockChange]:
    """Make a day a holiday or a make-up day, or (None) what its weekday says; moves the clocks that it touches."""
    if kind is None:
        CalendarDay.objects.filter(day=day).delete()
    else:
        weekend = day.weekday() >= 5
        if (kind == CalendarDay.Kind.WORK) != weekend:
            raise CannotChangeClock(_("週末可設為補行上班，平日可設為放假。"))
        CalendarDay.objects.update_or_create(day=day, defaults={"kind": kind, "name": name, "source": source})
    _stamp()
    changes = changes_under(calendar(), touching=(start_of_day(day), end_of_day(day) + timedelta(days=40)))
    _move(changes, closure=None, by=by, at=at, note=str(_("行事曆異動：%(name)s") % {"name": name}))
    audit.record(
        "deadlines.day_set",
        None,
        by=by,
        at=at,
        new={"day": day.isoformat(), "kind": kind or "", "clocks": len(changes)},
    )
    return changes


FIRST_YEAR, LAST_YEAR = 2010, 2027


def published_exceptions(first: int = FIRST_YEAR, last: int = LAST_YEAR) -> list[CalendarDay]:
    """The government's office calendar as the library `holidays` knows it, each year checked against the official one.

    Weekdays off and weekend make-up days; research note 04 §4 compared every day of 2017 to 2027.
    """
    taiwan = holidays.country_holidays("TW", years=range(first, last + 1), language="zh_TW")
    rows = [
        CalendarDay(day=day, kind=CalendarDay.Kind.OFF, name=name[:60], source=f"holidays {holidays.__version__}")
        for day, name in sorted(taiwan.items())
        if day.weekday() < 5
    ]
    rows += [
        CalendarDay(day=day, kind=CalendarDay.Kind.WORK, name="補行上班", source=f"holidays {holidays.__version__}")
        for day in sorted(taiwan.weekend_workdays)
    ]
    return rows


@act
def seed_calendar() -> int:
    """Fill the calendar; days that a city has set are left alone. Returns the rows added."""
    known = set(CalendarDay.objects.values_list("day", flat=True))
    added = [row for row in published_exceptions() if row.day not in known]
    CalendarDay.objects.bulk_create(added)
    _stamp()
    return len(added)


@act
def import_calendar(text: str, *, by: Any | None, at: datetime) -> list[ClockChange]:
    """Load a re-issued calendar: CSV with date, kind (off or work), name_zh and source. All rows or none.

    Raises CannotChangeClock naming the first bad line.
    """
    rows = list(csv.DictReader(text.splitlines()))
    for number, row in enumerate(rows, start=2):
        try:
            day = date.fromisoformat((row.get("date") or "").strip())
            kind = CalendarDay.Kind((row.get("kind") or "").strip())
        except ValueError:
            raise CannotChangeClock(_("第 %(n)d 行看不懂，請檢查日期與類別。") % {"n": number}) from None
        if (kind == CalendarDay.Kind.WORK) != (day.weekday() >= 5):
            raise CannotChangeClock(_("第 %(n)d 行：週末才能補行上班，平日才能放假。") % {"n": number})
        CalendarDay.objects.update_or_create(
            day=day,
            defaults={"kind": kind, "name": (row.get("name_zh") or "")[:60], "source": (row.get("source") or "")[:100]},
        )
    _stamp()
    changes = changes_under(calendar())
    _move(changes, closure=None, by=by, at=at, note=str(_("行事曆重新匯入")))
    audit.record("deadlines.calendar_imported", None, by=by, at=at, new={"rows": len(rows), "clocks": len(changes)})
    return changes


@act
def forget_notes(subjects: Iterable[Model]) -> int:
    """What people wrote when they put a limit off; by how much and when stays."""
    count = 0
    for subject in subjects:
        kind = ContentType.objects.get_for_model(subject)
        rows = Change.objects.filter(clock__subject_type=kind, clock__subject_id=subject.pk, kind=Change.Kind.EXTENDED)
        count += rows.exclude(note="").update(note="")
    return count
