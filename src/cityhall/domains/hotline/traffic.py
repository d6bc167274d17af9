"""Invented telephone traffic in the exchange's own form, the same for the same seed: for the demo, tests and benchmarks.

Callers come by the hour and the weekday, wait for the next free agent, and hang up when their patience ends; on a storm
day many come at once. The first line says that it is synthetic. No number belongs to anybody: all begin with 0900-0.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cityhall.foundation.clock import at as instant
from cityhall.foundation.lots import dice

HOURS = (4, 3, 2, 2, 2, 3, 8, 22, 62, 84, 88, 72, 48, 66, 82, 80, 74, 60, 38, 30, 26, 20, 13, 8)
"""Calls by hour of the day, in parts of their sum."""
WEEK = (1.28, 1.18, 1.1, 1.08, 1.12, 0.66, 0.58)
STORM_HOURS, STORM = range(14, 19), 4.0
TOPICS = (("enquiry", 56), ("petition", 18), ("transfer", 14), ("other", 12))
MENU_SHARE = 0.209  # of all calls
PATIENCE, HASTE = 95.0, 0.03  # mean seconds; the share who hang up at once
TALK, AFTER = 178.0, 22
SHIFT = 8  # hours
LOG, CDR = "log", "cdr"


@dataclass(frozen=True)
class Shape:
    """How much, from when and of which invention."""

    first: date
    days: int
    a_day: int  # calls of a day on average, those of the voice menu included
    seed: int = 105
    storm_on: int = 12  # the day on which it storms; 0 for none


def lines(shape: Shape) -> Iterator[tuple[str, str]]:
    """Lines in the order of their time, each with the file that it belongs to: the queue log or the call details."""
    yield LOG, f"{int(instant(shape.first).timestamp())}|NONE|NONE|NONE|QUEUESTART|synthetic seed {shape.seed}"
    waiting: list[tuple[int, int, str, str]] = []  # by time; events that lie behind the next caller
    order = 0
    for at, events in _calls(shape):
        while waiting and waiting[0][0] <= at:
            _at, _order, file, text = heapq.heappop(waiting)
            yield file, text
        for when, file, text in events:
            order += 1
            heapq.heappush(waiting, (when, order, file, text))
    while waiting:
        _at, _order, file, text = heapq.heappop(waiting)
        yield file, text


Events = list[tuple[int, str, str]]


def _calls(shape: Shape) -> Iterator[tuple[int, Events]]:
    chance = dice(shape.seed)
    desk = _Desk(chance)
    number, there = 0, 0
    for day_number in range(shape.days):
        day = shape.first + timedelta(days=day_number)
        start = int(instant(day).timestamp())
        for hour, weight in enumerate(HOURS):
            storm = STORM if day_number + 1 == shape.storm_on and hour in STORM_HOURS else 1.0
            usual = shape.a_day * WEEK[day.weekday()] * weight / sum(HOURS)
            seats = max(2, math.ceil(usual * (1 - MENU_SHARE) * (TALK + AFTER) / 3600 * 1.35 + 1))
            if hour % SHIFT == 0:  # others take the seats
                yield start + hour * 3600, _shift(start + hour * 3600, there, 0)
                there = 0
            yield start + hour * 3600, _shift(start + hour * 3600, there, seats)
            there = seats
            for second in sorted(chance.randrange(3600) for _ in range(_poisson(usual * storm, chance))):
                number += 1
                at = start + hour * 3600 + second
                yield at, desk.take(at, f"{at}.{number}", seats)
    end = int(instant(shape.first + timedelta(days=shape.days)).timestamp())
    yield end, _shift(end, there, 0)


def _shift(at: int, there: int, seats: int) -> Events:
    """Seats that are taken and left at a full hour; each pauses for five to ten minutes of the hour."""
    events: Events = [
        (at, LOG, f"{at}|NONE|NONE|PJSIP/{1001 + n}|AGENTLOGIN|PJSIP/{1001 + n}") for n in range(there, seats)
    ]
    events += [
        (at, LOG, f"{at}|NONE|NONE|PJSIP/{1001 + n}|AGENTLOGOFF|PJSIP/{1001 + n}|0") for n in range(seats, there)
    ]
    for n in range(seats):
        begins = at + 60 + (n * 611 + at // 3600 * 977) % 2700
        for when, event in ((begins, "PAUSE"), (begins + 300 + n * 53 % 300, "UNPAUSE")):
            events.append((when, LOG, f"{when}|NONE|NONE|PJSIP/{1001 + n}|{event}|rest"))
    return events


def _poisson(mean: float, chance: random.Random) -> int:
    """So many of a thing that happens so often on average."""
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, found, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        found, product = found + 1, product * chance.random()
    return found


class _Desk:
    """Agents who answer in the order in which they become free."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.free_at: list[int] = []

    def take(self, at: int, callid: str, seats: int) -> Events:
        """All that the exchange writes of one call."""
        chance = self.chance
        caller = f"0900{chance.randrange(100_000):06d}"
        if chance.random() < MENU_SHARE:
            return self._menu(at, callid, caller)
        while len(self.free_at) < seats:
            self.free_at.append(0)
        seat = min(range(seats), key=self.free_at.__getitem__)
        agent = f"PJSIP/{1001 + seat}"
        rings = chance.randint(2, 8)
        missed = chance.random() < 0.02
        wait = max(0, self.free_at[seat] - at) + rings + (15 if missed else 0)
        patience = chance.randint(1, 4) if chance.random() < HASTE else 4 + int(chance.expovariate(1 / PATIENCE))
        head = f"|{callid}|1999|"
        events: Events = [(at, LOG, f"{at}{head}NONE|ENTERQUEUE||{caller}|1")]
        if missed and patience > 15:
            events.append((at + 15, LOG, f"{at + 15}{head}{agent}|RINGNOANSWER|15000"))
        if wait > patience:
            events.append((at + patience, LOG, f"{at + patience}{head}NONE|ABANDON|1|1|{patience}"))
            return events
        talk = max(8, int(chance.lognormvariate(math.log(TALK) - 0.32, 0.8)))
        answered, over = at + wait, at + wait + talk
        self.free_at[seat] = over + AFTER
        topic = chance.choices([name for name, _share in TOPICS], [share for _name, share in TOPICS])[0]
        events.append((answered, LOG, f"{answered}{head}{agent}|CONNECT|{wait}|{callid}|{rings}"))
        if topic == "transfer":
            extension = 6001 + chance.randrange(60)
            events.append((over, LOG, f"{over}{head}{agent}|BLINDTRANSFER|{extension}|city|{wait}|{talk}|1"))
        else:
            by = "COMPLETECALLER" if chance.random() < 0.7 else "COMPLETEAGENT"
            events.append((over, LOG, f"{over}{head}{agent}|{by}|{wait}|{talk}|1"))
        if chance.random() < 0.985:  # some agents forget
            wrapped = over + chance.randint(3, AFTER)
            events.append((wrapped, LOG, f"{wrapped}{head}{agent}|WRAPUP|{topic}"))
        return events

    def _menu(self, at: int, callid: str, caller: str) -> Events:
        seconds = self.chance.randint(15, 140)
        start, end = (datetime.fromtimestamp(one, instant(date(2000, 1, 1)).tzinfo) for one in (at, at + seconds))
        times = ",".join(f'"{one:%Y-%m-%d %H:%M:%S}"' for one in (start, start, end))
        cells = (
            f'"","{caller}","1999","from-trunk","{caller}","PJSIP/trunk-{callid}","","BackGround","1999-menu",{times}'
        )
        return [(at + seconds, CDR, f'{cells},{seconds},{seconds},"ANSWERED","DOCUMENTATION","{callid}",""')]
