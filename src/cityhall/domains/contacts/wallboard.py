"""What the supervisor sees of this moment: who waits, how long, how well it goes, who is where, and what is alarming."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count

from cityhall.domains.hotline import public as hotline
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of, start_of_day

from .models import ContactAnswer, ContactMoment, OperatorPresence
from .states import Outcome, Presence
from .storms import Limits, Storm, storms

RECENT = timedelta(minutes=30)
USUAL_DAYS = 28
STALE = timedelta(hours=2)


@dataclass(frozen=True)
class Board:
    """One look."""

    waiting: int
    longest: int
    level_now: float | None
    level_today: float | None
    offered_today: int
    goal: int
    states: list[tuple[str, str, int]]
    going: int
    alarms: list[str] = field(default_factory=list)
    storms: list[Storm] = field(default_factory=list)


def _value(key: str, at: datetime) -> int:
    return int(parameter(f"contacts.{key}", on=day_of(at)).value)


def board(at: datetime) -> Board:
    """By a number of questions that never grows.

    Who waits is told by the exchange's own log where it is followed, and by its events; a call that both tell is one.
    """
    limit = hotline.limits(day_of(at))
    open_calls = hotline.Call.objects.filter(outcome=hotline.Outcome.OPEN, entered_at__gte=at - STALE, wait_s=None)
    waits = {row["callid"]: row["entered_at"] for row in open_calls.values("callid", "entered_at")}
    rung = ContactMoment.objects.going().filter(answered_at=None, started_at__gte=at - STALE, call_id__isnull=False)
    for call_id, since in rung.values_list("call_id", "started_at"):
        waits.setdefault(str(call_id), since)
    answered = ContactMoment.objects.filter(call_id__in=list(waits)).exclude(answered_at=None, ended_at=None)
    for call_id in answered.values_list("call_id", flat=True):
        waits.pop(str(call_id), None)
    today = hotline.Call.objects.within(day_of(at), day_of(at)).operator().exclude(outcome=hotline.Outcome.OPEN)
    counted, lately = hotline.tally(today, limit), hotline.tally(today.filter(entered_at__gte=at - RECENT), limit)
    held = Counter(
        OperatorPresence.objects.filter(until=None).exclude(state=Presence.OFF).values_list("state", flat=True)
    )
    level = _share(lately.within, lately.offered)
    found = Board(
        waiting=len(waits),
        longest=max((int((at - since).total_seconds()) for since in waits.values()), default=0),
        level_now=level, level_today=_share(counted.within, counted.offered), offered_today=counted.offered,
        goal=_value("alarm_level_percent", at),
        states=[(one.value, str(one.label), held[one]) for one in Presence if one != Presence.OFF],
        going=ContactMoment.objects.going().exclude(answered_at=None).filter(started_at__gte=at - STALE).count(),
        storms=_storms(at),
    )  # fmt: skip
    for name, now, most in (
        ("waiting", found.waiting, _value("alarm_waiting", at)),
        ("longest", found.longest, _value("alarm_wait_seconds", at)),
    ):
        if now > most:
            found.alarms.append(name)
    if level is not None and level < found.goal:
        found.alarms.append("level")
    return found


def _share(part: int, of: int) -> float | None:
    return 100 * part / of if of else None


def _storms(at: datetime) -> list[Storm]:
    """By the FAQ entries that answered in the last half hour, against the same length of time of the last four weeks."""
    answers = ContactAnswer.objects.exclude(contact__outcome=Outcome.NUISANCE).order_by().values_list("code")
    now = dict(answers.filter(at__gt=at - RECENT, at__lte=at).annotate(n=Count("pk")))
    since = start_of_day(day_of(at) - timedelta(days=USUAL_DAYS))
    past = dict(
        answers.filter(code__in=list(now), at__gte=since, at__lte=at - RECENT).annotate(n=Count("pk"))
    )  # fmt: skip
    # A working day of the desk has some twenty-four half hours.
    usual = {code: many / (USUAL_DAYS * 24) for code, many in past.items()}
    return storms(now, usual, Limits(_value("storm_calls", at), float(_value("storm_times", at))))


def places(found: Sequence[Storm], *, at: datetime) -> dict[str, str]:
    """The district of a storm, where more than half of the petitions that came of its calls name the same one."""
    if not found:
        return {}
    rows = ContactAnswer.objects.filter(code__in=[one.about for one in found], at__gt=at - RECENT, at__lte=at)
    named: dict[str, Counter[str]] = defaultdict(Counter)
    for code, district in rows.values_list("code", "contact__case__place__district_name"):
        if district:
            named[code][district] += 1
    most = {code: (counts.most_common(1)[0], counts.total()) for code, counts in named.items()}
    return {code: district for code, ((district, many), of) in most.items() if 2 * many > of}
