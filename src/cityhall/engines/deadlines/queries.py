"""Questions about the calendar and about clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cityhall.foundation import unit
from cityhall.foundation.clock import day_of
from cityhall.web.dates import as_date, as_datetime

from . import rules
from .models import LIVE, CalendarDay, CalendarStamp, Change, Clock, Closure, State
from .rules import Calendar, Due, Limit, Stop, Unit, Why

M = TypeVar("M", bound=Model)


def calendar(*, plus: Stop | None = None) -> Calendar:
    """The calendar as it stands, optionally with a closure that is only considered."""
    found = known_calendar.now()
    return replace(found, closures=(*found.closures, plus)) if plus else found


def _stamp() -> object:
    """Each process keeps a copy until the stamp says that the calendar has changed."""
    number = CalendarStamp.objects.filter(pk=1).values_list("number", flat=True).first()
    # Without a stamp nobody has used an act yet, as in tests that write rows themselves: no two looks are the same.
    return object() if number is None else number


def _read_calendar() -> Calendar:
    days = list(CalendarDay.objects.all())
    closures = [
        Stop(row.starts_at, row.ends_at, row.name, row.stops_clock) for row in Closure.objects.filter(withdrawn_at=None)
    ]
    years = [row.day.year for row in days]
    return Calendar(
        off={row.day: row.name for row in days if row.kind == CalendarDay.Kind.OFF},
        work={row.day: row.name for row in days if row.kind == CalendarDay.Kind.WORK},
        closures=tuple(closures),
        first_known=date(min(years), 1, 1) if years else None,
        last_known=date(max(years), 12, 31) if years else None,
    )


known_calendar = unit.Setting(CalendarDay, Closure, stamp=_stamp, read=_read_calendar)


def clocks_of(subject: Model) -> QuerySet[Clock]:
    """All clocks of a record, ended ones too, oldest first."""
    return Clock.objects.filter(
        subject_type=ContentType.objects.get_for_model(subject), subject_id=subject.pk
    ).order_by("started_at", "pk")


def with_due(records: QuerySet[M]) -> QuerySet[Any]:
    """Records of one kind, each with `due_at`: when its running clock is due, or None; asked with the records."""
    kind = ContentType.objects.get_for_model(records.model)
    running = Clock.objects.filter(subject_type=kind, subject_id=OuterRef("pk"), state__in=LIVE)
    return records.annotate(due_at=Subquery(running.order_by("due_at").values("due_at")[:1]))


def live(subject: Model) -> list[Clock]:
    """The clocks of a record that run, stand still or are overdue."""
    return live_of(ContentType.objects.get_for_model(subject).pk, subject.pk)


def live_of(subject_type: int, subject: int) -> list[Clock]:
    """The same by type and key. An act has one copy of each, locked; the acts on clocks keep the list right."""

    def read() -> list[Clock]:
        found = Clock.objects.filter(subject_type=subject_type, subject_id=subject, state__in=LIVE)
        found = found.order_by("started_at", "pk")
        return list(found.select_for_update() if unit.current() else found)

    owner = ContentType.objects.get_for_id(subject_type).model_class()
    key = Clock, (subject_type, subject)
    return unit.remembered_of((owner, subject), key, read) if owner else unit.remembered(key, read)


def read_for(subjects: Sequence[Model]) -> None:
    """Read the live clocks of many records of one kind at once, for the acts on each that follow in this act."""
    if not subjects:
        return
    kind = ContentType.objects.get_for_model(subjects[0])
    found: dict[int, list[Clock]] = {subject.pk: [] for subject in subjects}
    rows = Clock.objects.filter(subject_type=kind, subject_id__in=found, state__in=LIVE)
    for clock in rows.order_by("started_at", "pk").select_for_update():
        found[clock.subject_id].append(clock)
    for pk, clocks in found.items():
        unit.remember((Clock, (kind.pk, pk)), clocks)


def running(subject: Model, stage: str) -> Clock | None:
    """The live clock of a stage."""
    return next((clock for clock in live(subject) if clock.stage == stage), None)


def limit_of(clock: Clock) -> Limit:
    """The limit that the clock was started with."""
    return Limit(clock.amount, Unit(clock.unit))


def pauses_of(clock: Clock, at: datetime) -> list[tuple[datetime, datetime]]:
    """The intervals in which the clock stood still; an open one ends now."""
    return [(pause.starts_at, pause.ends_at or at) for pause in clock.pauses.all()]


def percent(clock: Clock, at: datetime) -> int:
    """How much of the clock's time is gone; 100 and more means overdue."""
    moment = min(at, clock.paused_at) if clock.paused_at else at
    return rules.percent_used(clock.started_at, clock.due_at, moment, pauses_of(clock, moment))


def is_overdue(clock: Clock, at: datetime) -> bool:
    """Whether the limit has passed without the clock having been met."""
    return clock.state == State.RUNNING and at > clock.due_at


def counted(clock: Clock, known: Calendar | None = None) -> Due:
    """The first count of the clock, before extensions and pauses, with its days."""
    return rules.due(clock.started_at, limit_of(clock), known or calendar())


@dataclass(frozen=True)
class Explanation:
    """Why a clock is due when it is, one sentence a line."""

    due_at: datetime
    lines: tuple[str, ...]


def explain(clock: Clock, *, language: str | None = None, known: Calendar | None = None) -> Explanation:
    """“Due … because …”: what is counted, from when, which days were left out, and what changed since."""
    with translation.override(language or translation.get_language() or "zh-hant"):
        found = counted(clock, known)
        lines = [_(clock.because) + _("。"), _start_line(found)]
        if found.skipped:
            lines.append(_skipped_line(found))
        for stop in found.stops:
            lines.append(_("%(name)s停止計時，順延。") % {"name": stop.name})
        if found.provisional:
            lines.append(_("部分日子在公布的行事曆之後，公布後會重新計算。"))
        for change in clock.changes.exclude(kind__in=[Change.Kind.STARTED, Change.Kind.WARNED, Change.Kind.MET]):
            lines.append(_change_line(change))
        return Explanation(clock.due_at, tuple(lines))


def limit_words(limit: Limit) -> str:
    """24 小時, 7 個工作天, 30 天."""
    if limit.unit is Unit.CLOCK_HOURS:
        return ngettext("%(n)d 小時", "%(n)d 小時", limit.amount) % {"n": limit.amount}
    if limit.unit is Unit.WORKING_DAYS:
        return ngettext("%(n)d 個工作天", "%(n)d 個工作天", limit.amount) % {"n": limit.amount}
    return ngettext("%(n)d 天", "%(n)d 天", limit.amount) % {"n": limit.amount}


def _start_line(found: Due) -> str:
    return _("自%(start)s起%(limit)s，到%(due)s。") % {
        "start": as_datetime(found.started_at, weekday=True),
        "limit": limit_words(found.limit),
        "due": as_datetime(found.at, weekday=True),
    }


def _skipped_line(found: Due) -> str:
    """Weekends by their number, holidays and closures by name."""
    weekends = sum(one.why is Why.WEEKEND for one in found.skipped)
    named: dict[str, list[date]] = {}
    for one in found.skipped:
        if one.why is not Why.WEEKEND:
            named.setdefault(one.name, []).append(one.day)
    parts = [ngettext("週末%(n)d天", "週末%(n)d天", weekends) % {"n": weekends}] if weekends else []
    for name, days in named.items():
        span = _short(days[0]) if len(days) == 1 else f"{_short(days[0])}–{_short(days[-1])}"
        parts.append(f"{_(name)}（{span}）" if name else _("放假（%(span)s）") % {"span": span})
    return _("不計：%(parts)s。") % {"parts": _("、").join(parts)}


def _short(day: date) -> str:
    return _("%(month)d月%(day)d日") % {"month": day.month, "day": day.day}


def _change_line(change: Change) -> str:
    words = {
        "what": change.get_kind_display(),
        "day": as_date(day_of(change.at)),
        "note": _(change.note) if change.note else "",
    }
    if change.after and change.before != change.after:
        return _("%(day)s%(what)s：改到%(after)s。%(note)s") % {
            **words,
            "after": as_datetime(change.after, weekday=True),
        }
    return _("%(day)s%(what)s。%(note)s") % words


def working_days_between(first: date, last: date) -> int:
    """How many working days lie after `first` and up to `last`."""
    known = calendar()
    return sum(known.is_working(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
