"""Near-duplicates: what counts as the same matter, what may be joined, what a citizen is shown before filing. Decisions only.

A machine only suggests; people join, and whoever is joined is told of every later reply (notes 01 §5.6, 07 §6.9).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# ---- how alike -------------------------------------------------------------------------------------------------------


class Band(StrEnum):
    """What a likeness means."""

    SAME = "same"  # probably the same matter: joining is suggested
    RELATED = "related"
    APART = "apart"


@dataclass(frozen=True)
class Limits:
    """From when on two texts are about the same matter, or related: dated parameters, as shares of one."""

    same: float
    related: float


def band(likeness: float, limits: Limits) -> Band:
    """What so much likeness means."""
    if likeness >= limits.same:
        return Band.SAME
    return Band.RELATED if likeness >= limits.related else Band.APART


def groups(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Petitions that hang together by their pairs, each group in rising order, the largest group first."""
    root: dict[int, int] = {}

    def top(one: int) -> int:
        while root.setdefault(one, one) != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    for one, other in pairs:
        first, second = sorted((top(one), top(other)))
        root[second] = first
    found: dict[int, list[int]] = defaultdict(list)
    for one in root:
        found[top(one)].append(one)
    return sorted((tuple(sorted(group)) for group in found.values()), key=lambda group: (-len(group), -group[-1]))


# ---- may they be joined? ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """A petition as far as joining goes. `hidden`: confidential, about an officer, or out of the person's sight."""

    key: int
    open: bool
    parent: int | None = None
    children: int = 0
    hidden: bool = False
    clustered: bool = False


class Bar(StrEnum):
    """Why two petitions are not joined."""

    ITSELF = "itself"
    HIDDEN = "hidden"
    ENDED = "ended"
    PARENT_ENDED = "parent_ended"
    PARENT_JOINED = "parent_joined"
    CLUSTERED = "clustered"
    FULL = "full"


def may_join(child: Side, parent: Side, *, most: int) -> Bar | None:
    """Why a petition may not be joined under another; None where it may.

    What has children of its own brings them along, so that there are no grandchildren; what is joined itself takes
    nobody, so that there are no cycles.
    """
    if child.key == parent.key:
        return Bar.ITSELF
    if child.hidden or parent.hidden:
        return Bar.HIDDEN
    if parent.parent is not None:
        return Bar.PARENT_JOINED
    if not parent.open:
        return Bar.PARENT_ENDED
    if not child.open or child.parent is not None:
        return Bar.ENDED
    if child.clustered:
        return Bar.CLUSTERED
    return Bar.FULL if parent.children + 1 + child.children > most else None


# ---- what somebody who is about to file is shown ---------------------------------------------------------------------


@dataclass(frozen=True)
class Near:
    """A petition near the place that is being reported."""

    key: int
    metres: float
    opened_at: datetime
    ended_at: datetime | None = None
    same_category: bool = False
    same_group: bool = False
    likeness: float = 0.0
    solved: bool = False


@dataclass(frozen=True)
class Reach:
    """How near in space and time: the category's own radius, and dated parameters."""

    metres: float
    days: int
    solved_days: int
    related: float


def worth_showing(one: Near, reach: Reach, *, now: datetime) -> bool:
    """Whether it may be the same: near, recent, open or answered days ago, and of that category or topic or in like words."""
    if one.metres > reach.metres or one.opened_at < now - timedelta(days=reach.days):
        return False
    if one.ended_at is not None and one.ended_at < now - timedelta(days=reach.solved_days):
        return False
    return one.same_category or one.same_group or one.likeness >= reach.related


def shown_before_filing(found: Iterable[Near], reach: Reach, *, now: datetime, most: int) -> list[Near]:
    """Those that are worth showing: open ones first, the same category before the topic, then the nearest."""
    kept = [one for one in found if worth_showing(one, reach, now=now)]
    kept.sort(key=lambda one: (one.ended_at is not None, not one.same_category, one.metres, -one.key))
    return kept[:most]
