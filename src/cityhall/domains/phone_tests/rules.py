"""Who is called in a month, when and with which card; what passes. All by lot, so that anybody can draw it again.

Sources: the work report §1.2.4; PRACTICE (a lunch-hour stratum, outside bodies and first-line units are covered).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from math import ceil

from cityhall.foundation.lots import lot
from cityhall.foundation.sentence import sentence

# ---- the plan of a month ---------------------------------------------------------------------------------------------


class When(StrEnum):
    """Parts of a day."""

    MORNING = "MORNING"
    LUNCH = "LUNCH"
    AFTERNOON = "AFTERNOON"


@dataclass(frozen=True)
class Line:
    """A telephone that can be tested: of an agency, or of one of its units."""

    code: str
    agency: str
    first_line: bool = False


@dataclass(frozen=True)
class Card:
    """What can be asked, of one agency only or of any."""

    code: str
    agency: str = ""


@dataclass(frozen=True)
class Drawing:
    """How many calls a month, and how many in a hundred go to first-line offices and into the lunch hour."""

    size: int
    first_line_percent: int
    lunch_percent: int
    twice_percent: int = 0


@dataclass(frozen=True)
class Drawn:
    """One test of the plan."""

    line: str
    agency: str
    first_line: bool
    when: When
    card: str
    twice: bool = False  # a second person scores the recording, without knowing what the first one found


@dataclass(frozen=True)
class Stratum:
    """One part of the plan: how many telephones there are, and how many calls of which parts of the day."""

    first_line: bool
    lines: int
    calls: int
    lunch: int


def in_turn(lines: Iterable[Line], *, seed: str) -> list[Line]:
    """The telephones in the order in which they are drawn: one of each agency, then a second of each, and so on.

    So every agency and every district office is called equally often, however many units it has.
    """
    of_agency: dict[str, list[Line]] = defaultdict(list)
    for one in lines:
        of_agency[one.agency].append(one)
    ranked = [
        (rank, lot(seed, "agency", one.agency), one)
        for group in of_agency.values()
        for rank, one in enumerate(sorted(group, key=lambda one: lot(seed, "line", one.code)))
    ]
    return [one for _rank, _lot, one in sorted(ranked, key=lambda row: (row[0], row[1], row[2].code))]


def _calls(lines: Sequence[Line], number: int, lunch: int, *, seed: str) -> list[tuple[Line, When]]:
    """So many calls: no telephone a second time before all had one, and never twice in the same part of the day."""
    order = in_turn(lines, seed=seed)
    at_lunch = {one.code for one in sorted(order[:number], key=lambda one: lot(seed, "lunch", one.code))[:lunch]}
    found: list[tuple[Line, When]] = []
    for turn in range(len(When)):
        for one in order:
            if len(found) == number:
                return found
            found.append((one, _parts(one, one.code in at_lunch, seed)[turn]))
    return found


def _parts(line: Line, at_lunch: bool, seed: str) -> list[When]:
    """In which part of the day a telephone is called the first, the second and the third time."""
    office = [When.MORNING, When.AFTERNOON]
    if int(lot(seed, "part", line.code), 16) % 2:
        office.reverse()
    return [When.LUNCH, *office] if at_lunch else [*office, When.LUNCH]


def shares(lines: Iterable[Line], drawing: Drawing) -> tuple[int, int]:
    """How many calls go to first-line telephones and how many to the others; what one side cannot take, the other does."""
    known = list(lines)
    most_first = sum(one.first_line for one in known) * len(When)
    most_other = sum(not one.first_line for one in known) * len(When)
    first = min(most_first, ceil(drawing.size * drawing.first_line_percent / 100))
    other = min(most_other, drawing.size - first)
    return min(most_first, drawing.size - other), other


@sentence("1.2.4", "每月仿市民身分測試各機關及區公所同仁應答情形")
@sentence("1.2.4", "督促府外機關及第一線服務單位中午午休時間提供電話服務")
def plan(
    lines: Iterable[Line],
    cards: Sequence[Card],
    *,
    seed: str,
    drawing: Drawing,
    asked_before: Mapping[str, Collection[str]],
) -> list[Drawn]:
    """The calls of a month. The order in which telephones and cards come makes no difference.

    `asked_before` are the cards that a telephone has been asked lately: they come again only when no other is left. The
    tests come out by lot, so that their numbers and their testers say nothing of whom they belong to.
    """
    known = list(lines)
    found: list[Drawn] = []
    for first_line, number in zip((True, False), shares(known, drawing), strict=True):
        part = [one for one in known if one.first_line == first_line]
        lunch = ceil(number * drawing.lunch_percent / 100)
        used: dict[str, set[str]] = {one.code: set(asked_before.get(one.code, ())) for one in part}
        for line, when in _calls(part, number, lunch, seed=seed):
            card = _card(line, when, cards, used[line.code], seed)
            if card is not None:
                used[line.code].add(card.code)
                found.append(Drawn(line.code, line.agency, first_line, when, card.code))
    again = sorted(found, key=lambda one: lot(seed, "twice", f"{one.line}:{one.when}"))
    twice = set(again[: ceil(len(again) * drawing.twice_percent / 100)])
    found = [replace(one, twice=one in twice) for one in found]
    return sorted(found, key=lambda one: lot(seed, "number", f"{one.line}:{one.when}"))


def _card(line: Line, when: When, cards: Sequence[Card], used: Collection[str], seed: str) -> Card | None:
    fitting = [one for one in cards if one.agency in ("", line.agency)]
    return min(
        fitting,
        key=lambda one: (one.code in used, lot(seed, "card", f"{line.code}:{when}:{one.code}")),
        default=None,
    )


def strata(lines: Iterable[Line], drawn: Iterable[Drawn]) -> list[Stratum]:
    """Of how many telephones each part was drawn."""
    known, calls = list(lines), list(drawn)
    return [
        Stratum(
            first_line,
            sum(one.first_line == first_line for one in known),
            sum(one.first_line == first_line for one in calls),
            sum(one.first_line == first_line and one.when == When.LUNCH for one in calls),
        )
        for first_line in (True, False)
    ]


def shared_out(twice: Sequence[bool], testers: Sequence[int]) -> list[tuple[int | None, int | None]]:
    """Who makes each call and, where it is scored twice, who scores it again: in turn, and never the same person twice.

    With one tester alone nothing is scored twice.
    """
    many = len(testers)
    found: list[tuple[int | None, int | None]] = []
    for n, again in enumerate(twice):
        first = testers[n % many] if many else None
        found.append((first, testers[(n + 1) % many] if again and many > 1 else None))
    return found


# ---- a call ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lunch:
    """The lunch hour: from, and until."""

    starts: time
    ends: time


def part_of(moment: time, lunch: Lunch) -> When:
    """The part of the day in which a call was made."""
    if moment < lunch.starts:
        return When.MORNING
    return When.LUNCH if moment < lunch.ends else When.AFTERNOON


class Misplaced(StrEnum):
    """Why a call cannot have been the one of the plan."""

    OTHER_MONTH = "OTHER_MONTH"
    AHEAD = "AHEAD"
    OTHER_PART = "OTHER_PART"


def misplaced(
    day: date, moment: time, *, month: date, when: When, lunch: Lunch, now: tuple[date, time]
) -> Misplaced | None:
    """Whether a call lies in its month, in the past, and in its part of the day."""
    if (day, moment) > now:
        return Misplaced.AHEAD
    if (day.year, day.month) != (month.year, month.month):
        return Misplaced.OTHER_MONTH
    return None if part_of(moment, lunch) == when else Misplaced.OTHER_PART


@sentence("1.2.4", "以 80 分為及格")
def passes(points: Decimal, pass_mark: int) -> bool:
    """80 is enough; a hundredth less is not."""
    return points >= pass_mark
