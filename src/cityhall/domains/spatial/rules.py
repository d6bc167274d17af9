"""Who may see a layer; what stands for a number that would point at somebody; decisions, nothing else."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from cityhall.foundation.suppression import Node, hide_small

FEWEST = 3
"""A smaller count is not told (issue: counts under 3 are suppressed everywhere)."""


def may_see(rights: str, *, officer: bool, granted: bool) -> bool:
    """Public layers everybody, those of the government its officers; a client besides what it was granted."""
    return rights == "PUBLIC" or granted or (rights == "GOVERNMENT" and officer)


def is_live(*, starts_on: date, ends_on: date | None, day: date) -> bool:
    """Whether a client may ask on a day; its last day is its own."""
    return starts_on <= day and (ends_on is None or day <= ends_on)


@dataclass(frozen=True)
class Told:
    """A count as it may be told: None where it may not."""

    count: int | None


def suppressed(counts: Mapping[str, int], groups: Mapping[str, str]) -> dict[str, Told]:
    """Counts by place, without those from 1 to 2, and so that no sum of a group gives one away.

    Where all but one place of a group are told, whoever knows the group's sum knows the last one: then the smallest of
    the others is not told either. A zero is told: nobody stands behind it, except as the second one that is hidden.
    """
    hidden = {place for place, count in counts.items() if 0 < count < FEWEST}
    by_group: defaultdict[str, list[str]] = defaultdict(list)
    for place in counts:
        by_group[groups.get(place, "")].append(place)
    for places in by_group.values():
        inside = [place for place in places if place in hidden]
        others = sorted((counts[place], place) for place in places if place not in hidden)
        if inside and others and (len(inside) == 1 or sum(counts[place] for place in inside) < FEWEST):
            hidden.add(next((place for count, place in others if count >= FEWEST), others[0][1]))
    return {place: Told(None if place in hidden else count) for place, count in counts.items()}


def last_year(day: date) -> tuple[date, date]:
    """The twelve whole months before the month of a day: they change once a month, so that no two differ by a day."""
    last = day.replace(day=1) - timedelta(days=1)
    return (date(last.year, 1, 1) if last.month == 12 else date(last.year - 1, last.month + 1, 1)), last


def duties(upkeep: str) -> int | None:
    """Days after which a layer must have been brought up to date; None where nothing is said."""
    return {"DAILY": 1, "MONTHLY": 31, "QUARTERLY": 92, "YEARLY": 366}.get(upkeep)


def is_stale(upkeep: str, dated_on: date, day: date) -> bool:
    """Whether the owner is behind with a layer."""
    days = duties(upkeep)
    return days is not None and day > dated_on + timedelta(days=days)


def lost_columns(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Columns (by name, with their kind) that readers of the old ones would miss, or find other cells in."""
    return [name for name, kind in old.items() if new.get(name) != kind]


def upkeep(days: int | None) -> str:
    """How often a layer must be brought up to date that follows something renewed every so many days."""
    if days is None:
        return "IRREGULAR"
    known = ("DAILY", "MONTHLY", "QUARTERLY", "YEARLY")
    return next((one for one in known if days <= (duties(one) or 0)), "YEARLY")


def summed(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Calls by what was asked."""
    found: defaultdict[str, int] = defaultdict(int)
    for key, calls in rows:
        found[key] += calls
    return dict(found)


# ---- socio-economic statistics ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StatisticPeriod:
    """A year or a month, as it is written (2017 or 2017-06), and its last day."""

    label: str
    last_day: date


def statistic_period(text: str) -> StatisticPeriod:
    """Read 106, 106年, 2017, 106/6, 106年6月, 2017-06 or 106Y06M. Raises ValueError."""
    folded = unicodedata.normalize("NFKC", text).strip()
    found = re.fullmatch(r"(?:民國)?(\d{2,4})(?:\s*年|Y)?(?:[-/.]?\s*(\d{1,2})\s*[月M]?)?", folded, re.IGNORECASE)
    if found is None or (found[2] and re.fullmatch(r"\d{5,6}", folded)):
        raise ValueError(text)
    year = int(found[1]) + (0 if len(found[1]) == 4 else 1911)
    month = int(found[2]) if found[2] else 0
    if not 1950 <= year <= 2200 or month > 12 or (found[2] and not month):
        raise ValueError(text)
    if not month:
        return StatisticPeriod(f"{year}", date(year, 12, 31))
    return StatisticPeriod(f"{year}-{month:02}", date(year, month, monthrange(year, month)[1]))


def area_code(level: str, text: str) -> str:
    """A code as we keep it: villages and districts without the hyphen that some lists write."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if level not in ("VILLAGE", "DISTRICT"):
        return folded.upper()
    return folded.replace("-", "") if re.fullmatch(r"[0-9-]+", folded) else folded


def folded_area(text: str) -> str:
    """A name as names are compared: width, spaces and 臺 do not matter."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("臺", "台")


@dataclass(frozen=True)
class AreaNames:
    """Districts and villages of a day by code and by the names that tables call them."""

    city: str
    districts: Mapping[str, str]
    """Code by name."""
    villages: Mapping[str, Sequence[tuple[str, str]]]
    """Codes of the district and of the village, by the village's name: several districts have a village of one name."""

    def code_of(self, level: str, cell: str, district: str = "") -> str | None:
        """The code at a level that a cell means, by its digits or by its name; a village's name alone only where there is
        one of that name. None for what is no name of ours, and for what could be several. Digits are never doubted here: a
        code that holds no more is mapped or named later.
        """
        code = area_code(level, cell)
        if re.fullmatch(r"[0-9]{8}|[0-9]{11}", code):
            return code[:8] if level == "DISTRICT" else code if len(code) == 11 else None
        name = folded_area(cell)
        if len(name) > len(self.city):
            name = name.removeprefix(self.city)
        if name in self.districts:
            return self.districts[name] if level == "DISTRICT" else None
        inside = folded_area(district).removeprefix(self.city) if district else ""
        written = area_code("DISTRICT", district)
        within = self.districts.get(inside, written if re.fullmatch(r"[0-9]{8}", written) else "")
        for called, its in self.districts.items():
            if name.startswith(called):
                name, within = name[len(called) :], its
        if level == "DISTRICT" and within:
            return within
        found = [(above, own) for above, own in self.villages.get(name, ()) if not within or above == within]
        if level == "DISTRICT":
            there = {above for above, _own in found}
            return there.pop() if len(there) == 1 else None
        return found[0][1] if len(found) == 1 else None


@dataclass(frozen=True)
class Moved:
    """From a day on, a share of what was told of an old code is told of a new one."""

    old: str
    new: str
    on: date
    share: float


@dataclass
class Carried:
    """Numbers by the codes of another day: which were mapped, and which have no code then."""

    numbers: dict[str, float] = field(default_factory=dict)
    mapped: dict[str, list[str]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


def carried(
    numbers: Mapping[str, float], known: Iterable[str], moves: Sequence[Moved], *, since: date, until: date, adds_up: bool
) -> Carried:  # fmt: skip
    """The numbers of one day's codes by those of a later day; a code is mapped or named, never silently joined.

    What adds up is shared out and summed. A rate is only carried from one whole code to one whole code, since the rate of
    two areas together is not known from theirs.
    """
    there = set(known)
    steps: defaultdict[date, defaultdict[str, list[Moved]]] = defaultdict(lambda: defaultdict(list))
    for move in moves:
        if since < move.on <= until:
            steps[move.on][move.old].append(move)
    parts: dict[str, list[tuple[str, float, float]]] = {
        code: [(code, number, 1.0)] for code, number in numbers.items()
    }  # new code: from which, the number, the share
    for day in sorted(steps):
        after: defaultdict[str, list[tuple[str, float, float]]] = defaultdict(list)
        for code, held in parts.items():
            for move in steps[day].get(code, [Moved(code, code, day, 1.0)]):
                after[move.new] += [(start, number, share * move.share) for start, number, share in held]
        parts = dict(after)
    found = Carried()
    for code, held in sorted(parts.items()):
        starts = sorted({start for start, _number, _share in held})
        whole = len(held) == 1 and held[0][2] == 1.0
        if code not in there or not (adds_up or whole):
            found.lost += starts
            continue
        found.numbers[code] = sum(number * share for _start, number, share in held) if adds_up else held[0][1]
        if starts != [code]:
            found.mapped[code] = starts
    found.lost = sorted(set(found.lost))
    return found


def carried_undated(
    numbers: Mapping[str, float], known: Iterable[str], moves: Sequence[Moved], *, until: date, adds_up: bool
) -> Carried:
    """As `carried`, where nobody says of which day the codes are: those that hold are taken to be of now, and only the
    others are followed to where they went. Such a part is added to a number that is there only where numbers add up.
    """
    there = set(known)
    found = Carried({code: number for code, number in numbers.items() if code in there})
    gone = {code: number for code, number in numbers.items() if code not in there}
    rest = carried(gone, there, moves, since=date.min, until=until, adds_up=adds_up)
    for code, number in rest.numbers.items():
        if code in found.numbers and not adds_up:
            found.lost += rest.mapped.get(code, [])
            continue
        found.mapped[code] = [*([code] if code in found.numbers else []), *rest.mapped.get(code, [code])]
        found.numbers[code] = found.numbers.get(code, 0.0) + number
    found.lost = sorted({*found.lost, *rest.lost})
    return found


def day_after(day: date) -> date:
    """The day on which the next holds."""
    return day + timedelta(days=1)


def people_hidden(numbers: Mapping[str, float], above: Mapping[str, str]) -> set[tuple[str, str]]:
    """Which numbers of people are not told, as ("here", code) and ("above", code): those from 1 to 2, and what would give
    them away beneath each area above and all together.
    """
    groups: defaultdict[str, list[Node]] = defaultdict(list)
    for code, number in sorted(numbers.items()):
        groups[above.get(code, "")].append(Node(("here", code), round(number)))
    tops = [
        Node(("above", code), sum(one.count for one in nodes), nodes) for code, nodes in sorted(groups.items())
    ]  # fmt: skip
    root = hide_small(Node(("all", ""), sum(one.count for one in tops), tops), least=FEWEST)
    return {node.key for node in root if node.hidden and isinstance(node.key, tuple)}


# ---- analyses --------------------------------------------------------------------------------------------------------

STRICTNESS = ("PUBLIC", "GOVERNMENT", "NAMED")


def strictest(rights: Iterable[str]) -> str:
    """What a result may be seen by: whoever may see all of which it was made."""
    return max(rights, key=STRICTNESS.index, default="PUBLIC")
