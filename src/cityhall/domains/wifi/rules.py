"""Decisions about hotspots: what a check finds, what may follow a state, whether a position can be meant. No database."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .states import Finding, HotspotState

METRES_PER_DEGREE = 111_320.0
CODE = re.compile(r"[-A-Za-z0-9_]{1,20}")
"""What a hotspot is known by, as an address can hold it."""
LATITUDES, LONGITUDES = (20.0, 27.0), (116.0, 123.0)
FOLLOWS = {
    "": {HotspotState.PLANNED, HotspotState.OPEN},
    HotspotState.PLANNED: {HotspotState.OPEN, HotspotState.CLOSED},
    HotspotState.OPEN: {HotspotState.PAUSED, HotspotState.CLOSED},
    HotspotState.PAUSED: {HotspotState.OPEN, HotspotState.CLOSED},
    HotspotState.CLOSED: {HotspotState.OPEN},
}


@dataclass(frozen=True)
class Stand:
    """Where a hotspot stands: the district of its position (none outside of the city), and the one its address names."""

    district: str
    named: str
    open: bool = True
    contract_to: date | None = None


def findings(stand: Stand, today: date) -> list[Finding]:
    """What is wrong with a hotspot, the gravest first.

    An address that names no district of the city says nothing about the position.
    """
    found = []
    if not stand.district:
        found.append(Finding.OUTSIDE)
    elif stand.named and stand.named != stand.district:
        found.append(Finding.OTHER_DISTRICT)
    if stand.open and stand.contract_to is not None and stand.contract_to < today:
        found.append(Finding.CONTRACT_OVER)
    return found


def named_district(address: str, districts: Mapping[str, str]) -> str:
    """The code of the district that an address names first; empty where it names none. `districts`: code by name."""
    there = [(place, code) for name, code in districts.items() if name and (place := address.find(name)) >= 0]
    return min(there)[1] if there else ""


def swapped(lon: float, lat: float) -> bool:
    """Whether longitude and latitude stand in each other's place."""
    return _on_the_island(lat, lon)


def can_be_meant(lon: float, lat: float) -> bool:
    """Whether a position lies in or near the country at all; whether it is in the city is a check's finding."""
    return _on_the_island(lon, lat)


def _on_the_island(lon: float, lat: float) -> bool:
    return LONGITUDES[0] <= lon <= LONGITUDES[1] and LATITUDES[0] <= lat <= LATITUDES[1]


def may_follow(state: str, last: str) -> bool:
    """Whether a state may follow another; a hotspot begins planned or open."""
    return state in FOLLOWS[HotspotState(last) if last else ""]


def is_city(operator: str, city: str, agencies: Iterable[str]) -> bool:
    """Whether an operator on a list is the city or one of its agencies."""
    return operator.startswith(city) or operator in set(agencies)


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How far two positions lie apart, as longitude and latitude; for a city, a plane will do."""
    east = (one[0] - other[0]) * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot(east, one[1] - other[1]) * METRES_PER_DEGREE


def as_walked(metres: float) -> tuple[int, float]:
    """A distance as people say it: tens of metres below a kilometre, else tenths of kilometres; the other one is zero."""
    if metres < 995:
        return max(10, round(metres / 10) * 10), 0.0
    return 0, round(metres / 1000, 1)


# ---- how they ran ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Use:
    """What the controllers told of a hotspot, or of several, in a month."""

    session: int = 0
    user: int = 0
    megabyte: int = 0
    minute_up: int = 0
    minute_told: int = 0

    def __add__(self, other: Use) -> Use:
        return Use(
            self.session + other.session, self.user + other.user, self.megabyte + other.megabyte,
            self.minute_up + other.minute_up, self.minute_told + other.minute_told,
        )  # fmt: skip

    @property
    def availability(self) -> Decimal | None:
        """In percent of the minutes that were told; None where nothing was."""
        if not self.minute_told:
            return None
        return (Decimal(100) * self.minute_up / self.minute_told).quantize(Decimal("0.01"))


def falls_short(availability: Decimal | None, promised: Decimal | None) -> bool:
    """Whether a hotspot ran less than its contract promises."""
    return availability is not None and promised is not None and availability < promised


# ---- where to put more -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Village:
    """What is known of a village: who lives there, who asked, how hotspots around it are used, how far the next one is."""

    code: str
    people: int = 0
    requests: int = 0
    visits: int = 0  # sessions a month for each access point around it
    metres: float | None = None  # to the nearest hotspot; None where there is none at all


@dataclass(frozen=True)
class Weights:
    """How much each reason weighs."""

    people: int
    visits: int
    requests: int


@dataclass(frozen=True)
class Proposal:
    """A village that should get a hotspot, and what each reason adds to its score of at most a hundred."""

    village: Village
    people: Decimal
    visits: Decimal
    requests: Decimal

    @property
    def score(self) -> Decimal:
        """All reasons together."""
        return self.people + self.visits + self.requests


def proposals(villages: Iterable[Village], weights: Weights, reach: float) -> list[Proposal]:
    """Villages whose middle lies farther from any hotspot than `reach`, those that need one most first.

    Each reason counts as a share of the most that any such village has; one without any reason is no proposal.
    """
    without = [one for one in villages if one.metres is None or one.metres > reach]
    whole = weights.people + weights.visits + weights.requests
    found = []
    for one in without:
        parts = {
            name: _part(
                getattr(one, name), max(getattr(other, name) for other in without), getattr(weights, name), whole
            )
            for name in ("people", "visits", "requests")
        }
        found.append(Proposal(one, **parts))
    return sorted((one for one in found if one.score > 0), key=lambda one: (-one.score, one.village.code))


def _part(value: int, most: int, weight: int, whole: int) -> Decimal:
    if not most or not whole:
        return Decimal(0)
    return (Decimal(100) * weight * value / most / whole).quantize(Decimal("0.1"))
