"""What came of the tests: by agency, office, time of day and month, as far as somebody may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import SEVERAL, AgencyKind
from cityhall.engines.scoring.models import Criterion

from .models import SCORED, PhoneTest
from .states import CallState, Window

COUNTS = {
    "scored": Count("pk", filter=Q(state__in=SCORED)),
    "passed": Count("pk", filter=Q(state=CallState.PASSED)),
    "unanswered": Count("pk", filter=Q(state=CallState.UNANSWERED)),
    "mean": Avg("points"),
}


@dataclass(frozen=True)
class Line:
    """So many passed of so many scored, so many not answered, and the mean of the points."""

    label: str
    code: str
    scored: int
    passed: int
    unanswered: int
    mean: float | None

    @property
    def percent(self) -> float | None:
        """Passed, in per cent of those scored; None where nothing was."""
        return self.passed * 100 / self.scored if self.scored else None

    @property
    def failed(self) -> int:
        """Below the standard."""
        return self.scored - self.passed


def _line(label: str, code: str, row: Any) -> Line:
    mean = None if row["mean"] is None else float(row["mean"])
    return Line(label, code, row["scored"], row["passed"], row["unanswered"], mean)


def total(rows: QuerySet[PhoneTest]) -> Line:
    """All of them in one line."""
    return _line(_("合計"), "", rows.aggregate(**COUNTS))


def by_agency(rows: QuerySet[PhoneTest]) -> list[tuple[str, list[Line]]]:
    """Agencies of the city, district offices and outside bodies, each group with its lines, the lowest share first."""
    counted = list(rows.order_by().values("agency").annotate(**COUNTS))
    agencies = Agency.objects.in_bulk([row["agency"] for row in counted])
    names = (
        (_("府內機關"), lambda kind: kind not in (AgencyKind.DISTRICT_OFFICE, AgencyKind.OUTSIDE_BODY)),
        (SEVERAL[AgencyKind.DISTRICT_OFFICE], lambda kind: kind == AgencyKind.DISTRICT_OFFICE),
        (SEVERAL[AgencyKind.OUTSIDE_BODY], lambda kind: kind == AgencyKind.OUTSIDE_BODY),
    )
    found = []
    for label, belongs in names:
        lines = [
            _line(agencies[row["agency"]].label, agencies[row["agency"]].code, row)
            for row in counted
            if belongs(agencies[row["agency"]].kind)
        ]
        lines.sort(key=lambda one: (101 if one.percent is None else one.percent, -one.unanswered, one.label))
        if lines:
            found.append((str(label), lines))
    return found


def by_window(rows: QuerySet[PhoneTest]) -> list[Line]:
    """The parts of the day, in their order: how the lunch hour differs from the rest."""
    counted = {row["window"]: row for row in rows.order_by().values("window").annotate(**COUNTS)}
    return [_line(str(one.label), one.value, counted[one]) for one in Window if one in counted]


def by_place(rows: QuerySet[PhoneTest]) -> list[Line]:
    """First-line offices and the others."""
    counted = {row["first_line"]: row for row in rows.order_by().values("first_line").annotate(**COUNTS)}
    names = ((True, _("第一線服務單位"), "yes"), (False, _("其他單位"), "no"))
    return [_line(label, code, counted[value]) for value, label, code in names if value in counted]


def by_month(rows: QuerySet[PhoneTest]) -> list[tuple[date, Line]]:
    """Month by month of the calls, the oldest first."""
    counted = rows.order_by().annotate(month=TruncMonth("called_on")).values("month").annotate(**COUNTS)
    return sorted((row["month"], _line("", f"{row['month']:%Y-%m}", row)) for row in counted)


@dataclass(frozen=True)
class Part:
    """A criterion: the mean of its marks as a share of the highest mark."""

    label: str
    percent: float


def by_criterion(rows: QuerySet[PhoneTest]) -> list[Part]:
    """Which of the things that are looked at does well, in the order of the newest scheme."""
    counted = (
        rows.filter(sheet__isnull=False)
        .order_by()
        .values("sheet__marks__criterion__code")
        .annotate(mean=Avg(F("sheet__marks__value") * 100.0 / F("sheet__scheme__most")))
    )
    means = {row["sheet__marks__criterion__code"]: row["mean"] for row in counted}
    newest = {one.code: one for one in Criterion.objects.filter(code__in=means).order_by("scheme__version", "order")}
    ordered: Sequence[Criterion] = sorted(newest.values(), key=lambda one: one.order)
    return [Part(one.label, float(means[one.code])) for one in ordered]


def years(rows: QuerySet[PhoneTest]) -> list[int]:
    """The years in which calls were made, the newest first."""
    return [day.year for day in rows.exclude(called_on=None).dates("called_on", "year", order="DESC")]
