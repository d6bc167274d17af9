"""The calls and surveys of the report's year: as many as it prints, in the exchange's own files, read by the import.

How many there are and how many were in time is planned; when each came, how long it lasted and about what is invented. A
month that is there is not made again, and one that was cut goes on where its file was read to.
"""

from __future__ import annotations

import io
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db.models import QuerySet

from cityhall.domains.hotline import aftercall, services, traffic
from cityhall.domains.hotline.models import Call, CallRating
from cityhall.domains.hotline.states import Outcome, RatingAbout
from cityhall.domains.petitions.plan import spread
from cityhall.engines.surveys import keypad
from cityhall.foundation import unit
from cityhall.foundation.clock import TAIPEI
from cityhall.foundation.clock import at as instant
from cityhall.foundation.lots import dice

YEAR = 2016
MENU, OPERATOR, IN_TIME = 54_236, 205_240, 186_748
"""90.99 % of the calls that asked for an operator."""
ANSWERED, SATISFIED = 6_841, 6_603
INTERVIEWED, HANDLED, POLITE = 1_737, 1_513, 1_589
LATE = (("ABANDON", 70), ("CONNECT", 25), ("EXITWITHTIMEOUT", 5))
SEATS, EXTENSIONS = 26, 60


@dataclass(frozen=True)
class Month:
    """So many of everything in one month."""

    first: date
    menu: int
    operator: int
    in_time: int
    answered: int
    satisfied: int
    interviewed: int
    handled: int
    polite: int


def months(share: float) -> list[Month]:
    """The year's numbers, shared out over its months; those of a share are as exact as whole calls can be."""
    weights = [1.0, 0.86, 1.04, 1.0, 1.03, 1.05, 1.1, 1.12, 1.06, 0.98, 0.97, 0.99]

    def over(total: int, by: list[float]) -> list[int]:
        return spread(max(round(total * share), 0), by)

    operator = over(OPERATOR, weights)
    as_many = [float(n) for n in operator]
    answered, interviewed = over(ANSWERED, as_many), over(INTERVIEWED, as_many)
    columns = (
        over(MENU, weights), operator, over(IN_TIME, as_many), answered, over(SATISFIED, [float(n) for n in answered]),
        interviewed, over(HANDLED, [float(n) for n in interviewed]), over(POLITE, [float(n) for n in interviewed]),
    )  # fmt: skip
    return [Month(date(YEAR, n, 1), *numbers) for n, numbers in enumerate(zip(*columns, strict=True), 1)]


def live_year(share: float, seed: int, *, say: Callable[[str], None]) -> int:
    """The months that are not there yet; how many calls they brought."""
    lived = 0
    for month in months(share):
        found = Call.objects.filter(entered_on__gte=month.first, entered_on__lt=_following(month.first)).count()
        if found < month.menu + month.operator:
            lived += _calls(month, dice(f"calls:{seed}:{month.first}"))
        _surveys(month, dice(f"surveys:{seed}:{month.first}"))
    if lived:
        say(f"1999來電 {lived:,} 通，話後滿意度 {CallRating.objects.count():,} 份（虛構）")
    return lived


def _following(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


# ---- calls -----------------------------------------------------------------------------------------------------------


def _calls(month: Month, chance: random.Random) -> int:
    at = instant(_following(month.first), 1)
    with tempfile.TemporaryDirectory() as folder:
        log, details = (Path(folder) / f"synthetic-{month.first:%Y-%m}-{name}" for name in ("queue_log", "cdr.csv"))
        log.write_text("".join(f"{line}\n" for line in _queue_log(month, chance)), encoding="utf-8")
        details.write_text("".join(f"{line}\n" for line in _menu(month, chance)), encoding="utf-8")
        return services.import_queue_log(log, by=None, at=at).calls + services.import_cdr(details, by=None, at=at).calls


def _seconds(month: Month, n: int, chance: random.Random) -> list[int]:
    """So many instants of a month by hour and weekday, in their order; none so late that its call ends in the next."""
    days = (_following(month.first) - month.first).days
    slots = [(day, hour) for day in range(days) for hour in range(24)]
    weights = [traffic.WEEK[(month.first + timedelta(days=day)).weekday()] * traffic.HOURS[hour] for day, hour in slots]
    start = int(instant(month.first).timestamp())
    return sorted(
        start + day * 86400 + hour * 3600 + chance.randrange(3600) for day, hour in chance.choices(slots, weights, k=n)
    )


def _queue_log(month: Month, chance: random.Random) -> Iterator[str]:
    """The month's queue log: events in the order of their time."""
    start = int(instant(month.first).timestamp())
    yield f"{start}|NONE|NONE|NONE|QUEUESTART|synthetic {month.first:%Y-%m}"
    late = chance.choices([name for name, _n in LATE], [n for _name, n in LATE], k=month.operator - month.in_time)
    fates = ["IN_TIME"] * month.in_time + late
    chance.shuffle(fates)
    reached = sum(fate in ("IN_TIME", "CONNECT") for fate in fates)
    parts = spread(reached, [float(n) for _name, n in traffic.TOPICS])
    topics = [name for (name, _n), many in zip(traffic.TOPICS, parts, strict=True) for _one in range(many)]
    chance.shuffle(topics)
    events: list[tuple[int, int, str]] = []
    for n, (at, fate) in enumerate(zip(_seconds(month, month.operator, chance), fates, strict=True)):
        for when, text in _call(at, f"{at}.{n}", fate, topics, chance):
            events.append((when, len(events), f"{when}|{at}.{n}|1999|{text}"))
    events.sort()
    yield from (text for _at, _n, text in events)


def _call(at: int, callid: str, fate: str, topics: list[str], chance: random.Random) -> list[tuple[int, str]]:
    found = [(at, f"NONE|ENTERQUEUE||0900{chance.randrange(100_000):06d}|1")]
    if fate == "ABANDON":
        wait = chance.randint(1, 4) if chance.random() < 0.12 else 5 + int(chance.expovariate(1 / 50))
        return [*found, (at + wait, f"NONE|ABANDON|1|1|{wait}")]
    if fate == "EXITWITHTIMEOUT":
        return [*found, (at + 180, "NONE|EXITWITHTIMEOUT|1|1|180")]
    wait = chance.randint(2, 20) if fate == "IN_TIME" else 21 + int(chance.expovariate(1 / 30))
    talk = max(8, int(chance.lognormvariate(4.86, 0.8)))
    agent, topic, over = f"PJSIP/{1001 + chance.randrange(SEATS)}", topics.pop(), at + wait + talk
    found.append((at + wait, f"{agent}|CONNECT|{wait}|{callid}|3"))
    if topic == "transfer":
        found.append((over, f"{agent}|BLINDTRANSFER|{6001 + chance.randrange(EXTENSIONS)}|city|{wait}|{talk}|1"))
    else:
        found.append((over, f"{agent}|COMPLETECALLER|{wait}|{talk}|1"))
    return [*found, (over + 9, f"{agent}|WRAPUP|{topic}")]


def _menu(month: Month, chance: random.Random) -> Iterator[str]:
    """The month's call details: calls that the voice menu served alone."""
    for n, at in enumerate(_seconds(month, month.menu, chance)):
        seconds, caller = chance.randint(15, 140), f"0900{chance.randrange(100_000):06d}"
        start, end = (datetime.fromtimestamp(one, TAIPEI) for one in (at, at + seconds))
        times = ",".join(f'"{one:%Y-%m-%d %H:%M:%S}"' for one in (start, start, end))
        yield (
            f'"","{caller}","1999","from-trunk","{caller}","PJSIP/trunk-{at}","","BackGround","1999-menu",{times},'
            f'{seconds},{seconds},"ANSWERED","DOCUMENTATION","{at}.m{n}",""'
        )


# ---- surveys ---------------------------------------------------------------------------------------------------------


def _surveys(month: Month, chance: random.Random) -> None:
    """Answers by telephone keys, in files of the exchange: some of the month's callers, by lot."""
    asked = Call.objects.within(month.first, _following(month.first) - timedelta(days=1)).filter(again=False)
    done = Outcome.ANSWERED, Outcome.TRANSFERRED
    points = _points(month.answered, month.satisfied, chance)
    _take(month, RatingAbout.CALL, ["overall"], asked.filter(outcome__in=done), [points], chance)
    both = [_points(month.interviewed, n, chance) for n in (month.handled, month.polite)]
    _take(
        month, RatingAbout.TRANSFER, ["handling", "attitude"], asked.filter(outcome=Outcome.TRANSFERRED), both, chance
    )


def _points(people: int, satisfied: int, chance: random.Random) -> list[int]:
    found = [chance.choice((4, 5, 5)) for _one in range(satisfied)]
    found += [chance.choice((3, 3, 3, 2, 1)) for _one in range(people - satisfied)]
    chance.shuffle(found)
    return found


def _take(
    month: Month,
    about: RatingAbout,
    names: list[str],
    calls: QuerySet[Call],
    points: list[list[int]],
    chance: random.Random,
) -> None:
    wanted = len(points[0])
    there = CallRating.objects.filter(
        about=about, answered_on__gte=month.first, answered_on__lt=_following(month.first)
    ).count()
    if there >= wanted:
        return
    rows = list(calls.order_by("callid").values_list("callid", "ended_at"))
    picked = chance.sample(rows, min(wanted, len(rows)))
    last = instant(_following(month.first)) - timedelta(seconds=1)
    lines = [
        ",".join(
            [callid, f"{min(ended + timedelta(seconds=20), last).astimezone(TAIPEI):%Y-%m-%d %H:%M}", *map(str, given)]
        )
        for (callid, ended), *given in zip(picked, *points, strict=False)
    ]
    wave = aftercall.wave_of(about, at=instant(date(YEAR, 1, 1)))
    for n in range(0, len(lines), keypad.MOST_ROWS):
        text = "\n".join([",".join(["call", "time", *names]), *lines[n : n + keypad.MOST_ROWS]])
        with unit.bulk():
            keypad.take_in(
                wave, io.BytesIO(text.encode()), name=f"synthetic-{month.first:%Y-%m}-{about.lower()}.csv", by=None,
                at=instant(_following(month.first), 2),
            )  # fmt: skip
