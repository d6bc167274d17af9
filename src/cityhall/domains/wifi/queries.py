"""Questions about hotspots: which, as narrowed by a form; what the checks find; what there is as of a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.engines.places import queries as places
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist.registry import Hit
from cityhall.foundation.clock import day_of

from . import rules
from .models import FaultReport, Hotspot, HotspotQuerySet
from .states import Builder, Finding, HotspotState

READ = "wifi.read"
"""What whoever reads the list may do."""


@dataclass(frozen=True)
class Line:
    """A hotspot on a day, with what the checks find."""

    hotspot: Hotspot
    state: str
    findings: Sequence[Finding]
    reports: int = 0

    @property
    def state_name(self) -> str:
        """What its state is called."""
        return str(HotspotState(self.state).label) if self.state else "—"


def districts() -> dict[str, str]:
    """The names of the districts by code, in the reader's language."""
    return {one.code: str(one) for one in places.districts()}


def codes_by_name() -> dict[str, str]:
    """The codes of the districts by the name that an address holds."""
    return {one.name: one.code for one in places.districts()}


def builder_of(operator: str) -> str:
    """Whose hotspot it is, by who keeps it."""
    agencies = Agency.objects.filter(name=operator).values_list("name", flat=True)
    return Builder.CITY if rules.is_city(operator, settings.CITY_NAME["zh-hant"], agencies) else Builder.CENTRAL


def narrowed(given: Mapping[str, Any], today: date) -> HotspotQuerySet:
    """The hotspots that a filter leaves, with today's state."""
    rows = Hotspot.objects.stating(today).select_related("agency", "zone")
    if words := str(given.get("q") or "").strip():
        rows = rows.filter(
            Q(name__icontains=words)
            | Q(code__icontains=words)
            | Q(address__icontains=words)
            | Q(operator__icontains=words)
        )
    for name, field in (("builder", "builder"), ("district", "district"), ("kind", "kind"), ("state", "state_then")):
        rows = rows.filter(**{field: given[name]}) if given.get(name) else rows
    return rows


def hits(account: Account, text: str, at: datetime, most: int) -> list[Hit]:
    """What the desk's search box finds among the hotspots: by name, code, address or who keeps them."""
    if not directory.may(account, READ, on=at):
        return []
    words = text.strip()
    rows: Iterable[Any] = narrowed({"q": words}, day_of(at)).order_by("code")[:most]
    return [
        Hit(
            one.name, reverse("wifi_desk:hotspot", args=[one.code]).removeprefix("/en"), detail=f"{one.code}　{one.address}",
            tag=HotspotState(one.state_then).label if one.state_then else "", exact=one.code.casefold() == words.casefold(),
        )
        for one in rows
    ]  # fmt: skip


def lines(rows: Iterable[Any], today: date, *, only: str = "") -> list[Line]:
    """Hotspots with what the checks find; of one finding only where asked."""
    found, reported = [], open_reports()
    for row in rows:
        state = row.state_then or ""
        stand = rules.Stand(row.district, row.named, state == HotspotState.OPEN, row.contract_to)
        told = rules.findings(stand, today)
        if not only or (bool(told) if only == "any" else only in told):
            found.append(Line(row, state, told, reported.get(row.pk, 0)))
    return found


def mbps(hotspot: Hotspot, day: date) -> int:
    """What each user gets there: its own bandwidth, else the city's of the day."""
    return hotspot.mbps or mbps_of_city(day)


def mbps_of_city(day: date) -> int:
    """What each user gets where a hotspot says nothing else."""
    return int(parameter("wifi.mbps", on=day).value)


# ---- faults that citizens reported -----------------------------------------------------------------------------------


def open_reports() -> dict[int, int]:
    """How many reports of faults are open, by hotspot."""
    return dict(
        FaultReport.objects.open().order_by().values_list("hotspot").annotate(n=Count("pk")).values_list("hotspot", "n")
    )


def reports_of(hotspot: Hotspot) -> list[FaultReport]:
    """The open reports of a hotspot, the newest first."""
    return list(hotspot.reports.open().select_related("case"))


# ---- what the public sees --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A hotspot that somebody may use, with its state, and how far it lies from where they are."""

    hotspot: Any
    metres: float | None = None

    @property
    def is_paused(self) -> bool:
        """Whether it does not work for now, and we know it."""
        return bool(self.hotspot.state_then == HotspotState.PAUSED)


def found(given: Mapping[str, Any], today: date, *, near: tuple[float, float] | None = None) -> list[Found]:
    """The public hotspots of a district and a kind, by distance where a place is given, else by district and name."""
    rows = Hotspot.objects.public(today).select_related("zone", "agency")
    for name in ("district", "kind"):
        rows = rows.filter(**{name: given[name]}) if given.get(name) else rows
    if near is None:
        return [Found(one) for one in rows.order_by("district", "name", "pk")]
    by_distance = [Found(one, rules.metres_between(near, (one.lon, one.lat))) for one in rows]
    return sorted(by_distance, key=lambda one: (one.metres or 0.0, one.hotspot.pk))
