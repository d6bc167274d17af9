"""The rules of the monthly check of how petitions were handled: who is drawn, who reads, what is found wanting.

Sources: the work report §1.2.7 (每月逐件檢核急迫案件，應予改善); research note 01 §5.10 (max(5, 3 %), at most 30 an agency,
seeded and reproducible, without confidential ones, a tenth read twice).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil

from cityhall.engines.scoring.rules import Mark, Scheme, Weight
from cityhall.foundation.lots import lot

# ---- the plan of a month ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """A petition of the month: its number, whose it is, and whether it may be drawn."""

    number: str
    agency: str
    urgent: bool = False
    confidential: bool = False
    answerable: bool = True  # nobody answers what was withdrawn, joined to another or passed on


@dataclass(frozen=True)
class Drawing:
    """How many are drawn: at least `fewest` and `percent` of an agency's others, never more than `most`."""

    percent: int = 3
    fewest: int = 5
    most: int = 30
    twice_percent: int = 10


@dataclass(frozen=True)
class Drawn:
    """One petition of the plan: why it is there, and whether a second person reads it too."""

    number: str
    agency: str
    urgent: bool
    twice: bool = False


@dataclass(frozen=True)
class Stratum:
    """One agency's month: what there was and what was drawn of it."""

    agency: str
    urgent: int
    others: int
    drawn: int
    left_out: int  # confidential


def sample_size(others: int, drawing: Drawing) -> int:
    """How many of an agency's other petitions are drawn."""
    return min(others, drawing.most, max(drawing.fewest, ceil(others * drawing.percent / 100)))


def _groups(candidates: Iterable[Candidate]) -> dict[str, list[Candidate]]:
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for one in candidates:
        groups[one.agency].append(one)
    return dict(sorted(groups.items()))


def _others(group: Sequence[Candidate]) -> list[Candidate]:
    return [one for one in group if not one.confidential and not one.urgent and one.answerable]


def plan(candidates: Iterable[Candidate], *, seed: str, drawing: Drawing) -> list[Drawn]:
    """Every urgent petition, and of each agency's others those with the lowest lots; a tenth of all is read twice.

    The order in which the candidates come makes no difference. Confidential ones are never in it.
    """
    chosen: list[Candidate] = []
    for group in _groups(candidates).values():
        others = sorted(_others(group), key=lambda one: lot(seed, "sample", one.number))
        chosen += [one for one in group if one.urgent and not one.confidential]
        chosen += others[: sample_size(len(others), drawing)]
    again = sorted(chosen, key=lambda one: lot(seed, "twice", one.number))
    twice = {one.number for one in again[: ceil(len(again) * drawing.twice_percent / 100)]}
    chosen.sort(key=lambda one: (one.agency, not one.urgent, lot(seed, "sample", one.number)))
    return [Drawn(one.number, one.agency, one.urgent, one.number in twice) for one in chosen]


def strata(candidates: Iterable[Candidate], *, drawing: Drawing) -> list[Stratum]:
    """Of how many petitions each agency's part was drawn."""
    found = []
    for agency, group in _groups(candidates).items():
        others, urgent = len(_others(group)), sum(one.urgent and not one.confidential for one in group)
        left_out = sum(one.confidential for one in group)
        found.append(Stratum(agency, urgent, others, urgent + sample_size(others, drawing), left_out))
    return found


def shared_out(drawn: Sequence[Drawn], checkers: Sequence[int]) -> list[tuple[int | None, int | None]]:
    """Who reads each and, where it is read twice, who reads it again: in turn, and never the same person twice.

    With one checker alone the second reading waits for somebody else of the commission.
    """
    many = len(checkers)
    found: list[tuple[int | None, int | None]] = []
    for turn, one in enumerate(drawn):
        first = checkers[turn % many] if many else None
        second = checkers[(turn + 1) % many] if one.twice and many > 1 else None
        found.append((first, second))
    return found


def month_to_draw(today: date, *, day: int) -> date | None:
    """The month before this one, from its `day` on; its first day."""
    if today.day < day:
        return None
    return date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)


# ---- the rubric ------------------------------------------------------------------------------------------------------

MOST = 5


@dataclass(frozen=True)
class Criterion:
    """One thing that is looked at: its weight, and whether a zero alone is too little."""

    code: str
    weight: int
    must: bool = False


@dataclass(frozen=True)
class Rubric:
    """What is looked at, how many points are enough, and below which mark a reason is due."""

    criteria: tuple[Criterion, ...]
    enough: int = 60
    reason_below: int = 3

    @property
    def scheme(self) -> Scheme:
        """What is weighed, as `scoring` sees it: a criterion marked in full brings five times its weight in points."""
        return Scheme(tuple(Weight(one.code, one.weight * MOST) for one in self.criteria), MOST, self.reason_below)


@dataclass(frozen=True)
class Finding:
    """The points, whether it is found wanting (應予改善), and by which must criteria alone."""

    points: int
    wanting: bool
    zeros: tuple[str, ...]


def finding(rubric: Rubric, marks: Mapping[str, Mark]) -> Finding:
    """Fewer points than enough, or a zero in a must criterion: 應予改善."""
    points = sum(one.weight * marks[one.code].value for one in rubric.criteria)
    zeros = tuple(one.code for one in rubric.criteria if one.must and marks[one.code].value == 0)
    return Finding(points, points < rubric.enough or bool(zeros), zeros)


@dataclass(frozen=True)
class Moved:
    """How findings would be by another rubric: of so many sheets, how many were and would be wanting, and which change."""

    sheets: int
    wanting_before: int
    wanting_after: int
    changed: int


def moved(rubric: Rubric, sheets: Sequence[tuple[Mapping[str, int], bool]]) -> Moved | None:
    """Work out the findings of scored sheets (marks by code, whether wanting) anew; None where a mark is not known."""
    codes = {one.code for one in rubric.criteria}
    if any(codes - marks.keys() for marks, _wanting in sheets):
        return None
    after = [finding(rubric, {code: Mark(value) for code, value in marks.items()}).wanting for marks, _w in sheets]
    before = [wanting for _marks, wanting in sheets]
    changed = sum(one != other for one, other in zip(before, after, strict=True))
    return Moved(len(sheets), sum(before), sum(after), changed)


@dataclass(frozen=True)
class Agreement:
    """How well two readers agree: on the verdict, and in points."""

    pairs: int
    same_verdict: int
    mean_difference: float

    @property
    def percent(self) -> float | None:
        """The share of pairs with the same verdict; None without any."""
        return self.same_verdict * 100 / self.pairs if self.pairs else None


def agreement(pairs: Sequence[tuple[Finding, Finding]]) -> Agreement:
    """Of the petitions that two people read."""
    same = sum(first.wanting == second.wanting for first, second in pairs)
    apart = sum(abs(first.points - second.points) for first, second in pairs)
    return Agreement(len(pairs), same, round(apart / len(pairs), 1) if pairs else 0.0)


# ---- what becomes of a sheet -----------------------------------------------------------------------------------------


class Stand(StrEnum):
    """Where a sheet stands."""

    WAITING = "WAITING"  # to be scored
    GOOD = "GOOD"  # 符合
    WANTING = "WANTING"  # 應予改善, the agency may contest
    CONTESTED = "CONTESTED"  # 申復中
    LIFTED = "LIFTED"  # the contest was right
    REDO = "REDO"  # 退回重辦
    ANSWERED = "ANSWERED"  # a new reply has gone out
    IMPROVED = "IMPROVED"
    NOT_IMPROVED = "NOT_IMPROVED"
    NO_REDO = "NO_REDO"  # it stands, and nobody answers this petition any more
    DROPPED = "DROPPED"  # not checked, with the reason


MOVES: dict[Stand, frozenset[Stand]] = {
    Stand.WAITING: frozenset({Stand.GOOD, Stand.WANTING, Stand.DROPPED}),
    Stand.GOOD: frozenset(),
    Stand.WANTING: frozenset({Stand.CONTESTED, Stand.REDO, Stand.NO_REDO}),
    Stand.CONTESTED: frozenset({Stand.LIFTED, Stand.REDO, Stand.NO_REDO}),
    Stand.LIFTED: frozenset(),
    Stand.REDO: frozenset({Stand.ANSWERED, Stand.NO_REDO}),
    Stand.ANSWERED: frozenset({Stand.IMPROVED, Stand.NOT_IMPROVED}),
    Stand.IMPROVED: frozenset(),
    Stand.NOT_IMPROVED: frozenset(),
    Stand.NO_REDO: frozenset(),
    Stand.DROPPED: frozenset(),
}

STANDS_WANTING = frozenset(
    {Stand.WANTING, Stand.CONTESTED, Stand.REDO, Stand.ANSWERED, Stand.IMPROVED, Stand.NOT_IMPROVED, Stand.NO_REDO}
)
"""Found wanting and not taken back: what the figure counts. A contested one counts until the contest is decided."""
JUDGED = STANDS_WANTING | {Stand.GOOD, Stand.LIFTED}
"""Scored: what a share found wanting is a share of."""


class Barred(StrEnum):
    """Why somebody may not do a step."""

    NOT_NOW = "NOT_NOW"
    ALREADY_CONTESTED = "ALREADY_CONTESTED"
    TOO_LATE = "TOO_LATE"
    SAME_PERSON = "SAME_PERSON"


def may_contest(stand: Stand, *, contested_before: bool, today: date, until: date) -> Barred | None:
    """Once, and until the last day."""
    if contested_before:
        return Barred.ALREADY_CONTESTED
    if stand != Stand.WANTING:
        return Barred.NOT_NOW
    return Barred.TOO_LATE if today > until else None


def may_decide(stand: Stand, person: int | None, *, checkers: frozenset[int | None]) -> Barred | None:
    """Whoever read it, the first or the second time, does not decide on the contest."""
    if stand != Stand.CONTESTED:
        return Barred.NOT_NOW
    return Barred.SAME_PERSON if person is None or person in checkers else None


def may_score(stand: Stand, person: int | None, *, other_reader: int | None) -> Barred | None:
    """A second reading is somebody else's."""
    if stand != Stand.WAITING:
        return Barred.NOT_NOW
    return Barred.SAME_PERSON if person is None or person == other_reader else None
