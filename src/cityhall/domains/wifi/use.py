"""Questions about how hotspots ran: use and availability of a month, by hotspot, agency and district, and its course."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from cityhall.engines.rules.queries import parameter
from cityhall.engines.usage import queries as usage
from cityhall.foundation.period import Period

from . import rules
from .figures import SOURCE
from .models import Hotspot
from .rules import Use
from .states import Measure

COURSE = 12


@dataclass(frozen=True)
class Ran:
    """A hotspot in a month."""

    hotspot: Hotspot
    use: Use

    @property
    def falls_short(self) -> bool:
        """Whether it ran less than its contract promises."""
        return rules.falls_short(self.use.availability, self.hotspot.promised)


@dataclass(frozen=True)
class Group:
    """Hotspots of one agency or district in a month."""

    name: str
    hotspots: int
    short: int
    use: Use


def last_day(month: date) -> date:
    """The last day of a month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def months() -> list[date]:
    """The months of which anything was told, the newest first."""
    rows = usage.uses(SOURCE, Period(None, date.max), acts=(Measure.SESSION.value,))
    return list(
        rows.order_by().annotate(month=TruncMonth("day")).values_list("month", flat=True).distinct().order_by("-month")
    )


def of_month(month: date) -> dict[str, Use]:
    """What was told of each hotspot, by its code."""
    asked = usage.Asked(first=month, last=last_day(month), sources=(SOURCE,))
    found = usage.by(asked, "subject", "act")
    told: dict[str, dict[str, int]] = defaultdict(dict)
    known = {one.name for one in fields(Use)}
    for row in found.to_pylist():
        if row["act"] in known:
            told[row["subject"]][row["act"]] = row["uses"]
    return {code: Use(**numbers) for code, numbers in told.items()}


def ran(month: date, *, agency: str = "", district: str = "") -> list[Ran]:
    """The hotspots of which something was told in a month, of an agency or district where one is given."""
    told = of_month(month)
    rows = Hotspot.objects.filter(code__in=told).select_related("agency", "zone").order_by("code")
    rows = rows.filter(agency__code=agency) if agency else rows
    rows = rows.filter(district=district) if district else rows
    return [Ran(one, told[one.code]) for one in rows]


def together(rows: Iterable[Ran]) -> Use:
    """All of them as one."""
    return sum((row.use for row in rows), Use())


def grouped(rows: Iterable[Ran], name_of: Callable[[Hotspot], str]) -> list[Group]:
    """The hotspots by something that they have in common, the most used first."""
    found: dict[str, list[Ran]] = defaultdict(list)
    for row in rows:
        found[name_of(row.hotspot)].append(row)
    groups = [
        Group(name, len(these), sum(row.falls_short for row in these), together(these)) for name, these in found.items()
    ]
    return sorted(groups, key=lambda one: (-one.use.session, one.name))


def worst(rows: Sequence[Ran], most: int) -> list[Ran]:
    """Those that ran least, by what was told."""
    told = [row for row in rows if row.use.availability is not None]
    return sorted(told, key=lambda row: (row.use.availability or Decimal(0), row.hotspot.code))[:most]


def idle(rows: Sequence[Ran], month: date) -> list[Ran]:
    """Those that hardly anybody used, the least used first: they may do better elsewhere."""
    least = int(parameter("wifi.idle_sessions", on=last_day(month)).value)
    return sorted((row for row in rows if row.use.session < least), key=lambda row: (row.use.session, row.hotspot.code))


def course(month: date) -> Mapping[date, int]:
    """The sessions of the city's and the central hotspots, of a month and those before it."""
    index = month.year * 12 + month.month - COURSE
    first = date(index // 12, index % 12 + 1, 1)
    rows = usage.uses(SOURCE, Period(first, last_day(month)), acts=(Measure.SESSION.value,))
    found = rows.order_by().annotate(month=TruncMonth("day")).values_list("month").annotate(n=Sum("counted"))
    return dict(sorted(found.values_list("month", "n")))
