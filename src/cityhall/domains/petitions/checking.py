"""Questions about the monthly check: who sees which sheet, how a month stands, how agencies do over months and a year."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account

from .models import Category, QualityCheck, QualityMark, QualitySheet, QualityStep
from .quality import JUDGED, STANDS_WANTING, Agreement, Finding, agreement
from .states import SheetState

READ = "petitions.quality.read"
CHECK = "petitions.quality.check"
DECIDE = "petitions.quality.decide"
CONTEST = "petitions.quality.contest"
AWARD = "petitions.quality.award"

WANTING = Q(state__in=[str(one) for one in STANDS_WANTING])
SCORED = Q(state__in=[str(one) for one in JUDGED])
OPEN = Q(state__in=[SheetState.WANTING, SheetState.CONTESTED, SheetState.REDO, SheetState.ANSWERED])


def visible_to(account: Account, at: datetime) -> QuerySet[QualitySheet]:
    """The sheets that somebody may see: the commission all, an agency what was found about its own petitions.

    Who reads what, and what a second reader finds, is the commission's own matter. The petitions of a sheet are not
    confidential when drawn; one that has become so since is shown to those who may read confidential ones.
    """
    reach = directory.reach(account, READ, at)
    if not reach:
        return QualitySheet.objects.none()
    rows = QualitySheet.objects.filter(reach.within(person=""))
    if not reach.everywhere:
        return rows.first_readings().filter(SCORED)
    if not directory.reach(account, "petitions.read_confidential", at):
        rows = rows.filter(petition__case__confidential=False)
    rows = rows.exclude(petition__sealed=True)
    return rows


def with_everything(rows: QuerySet[QualitySheet]) -> QuerySet[QualitySheet]:
    """With what a line of a list shows."""
    return rows.select_related(
        "check_plan", "agency", "unit", "checker", "petition__case__requester", "petition__category"
    )


# ---- months ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """How a month's check stands, as far as somebody may see it."""

    check: QualityCheck
    drawn: int
    scored: int
    wanting: int
    open: int
    agreement: Agreement

    @property
    def share(self) -> float | None:
        """Found wanting, in per cent of those scored."""
        return self.wanting * 100 / self.scored if self.scored else None


def months(rows: QuerySet[QualitySheet]) -> list[Month]:
    """Every month drawn of which somebody sees a sheet, the newest first: three queries, however many there are."""
    first = Q(second=False)
    counted = {
        row["check_plan"]: row
        for row in rows.order_by()
        .values("check_plan")
        .annotate(
            drawn=Count("pk", filter=first & ~Q(state=SheetState.DROPPED)), scored=Count("pk", filter=first & SCORED),
            wanting=Count("pk", filter=first & WANTING), open=Count("pk", filter=first & OPEN),
        )
    }  # fmt: skip
    together = agreements(rows)
    nothing = {"drawn": 0, "scored": 0, "wanting": 0, "open": 0}
    found = []
    for check in QualityCheck.objects.order_by("-month"):
        one = counted.get(check.pk, nothing)
        found.append(
            Month(
                check, one["drawn"], one["scored"], one["wanting"], one["open"], together.get(check.pk, agreement([]))
            )
        )
    return found


def agreements(rows: QuerySet[QualitySheet]) -> dict[int, Agreement]:
    """How well two readers agreed, by month: of the petitions that both have scored."""
    seconds = rows.filter(second=True, found_wanting__isnull=False)
    pairs: dict[int, list[tuple[Finding, Finding]]] = defaultdict(list)
    twins = dict(seconds.values_list("petition", "pk"))
    firsts = {
        (row.check_plan_id, row.petition_id): row
        for row in rows.filter(second=False, petition__in=list(twins), found_wanting__isnull=False)
    }
    for row in seconds:
        first = firsts.get((row.check_plan_id, row.petition_id))
        if first is not None:
            pairs[row.check_plan_id].append((_finding(first), _finding(row)))
    return {check: agreement(found) for check, found in pairs.items()}


def _finding(sheet: QualitySheet) -> Finding:
    return Finding(sheet.points or 0, bool(sheet.found_wanting), ())


def disagreeing(rows: QuerySet[QualitySheet]) -> QuerySet[QualitySheet]:
    """First readings of which the second came to another verdict."""
    again = QualitySheet.objects.filter(second=True)
    other = Q(found_wanting=True, petition__in=again.filter(found_wanting=False).values("petition")) | Q(
        found_wanting=False, petition__in=again.filter(found_wanting=True).values("petition")
    )
    return rows.filter(other, second=False)


# ---- agencies --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """So many found wanting of so many scored."""

    label: str
    code: str
    wanting: int
    scored: int
    month: date | None = None

    @property
    def percent(self) -> float | None:
        """In per cent; None where nothing was scored."""
        return self.wanting * 100 / self.scored if self.scored else None


def by_agency(rows: QuerySet[QualitySheet]) -> list[Share]:
    """The agencies, the largest share first."""
    counted = (
        rows.filter(SCORED, second=False)
        .order_by()
        .values("agency")
        .annotate(scored=Count("pk"), wanting=Count("pk", filter=WANTING))
    )
    agencies = Agency.objects.in_bulk([row["agency"] for row in counted])
    found = [
        Share(agencies[row["agency"]].label, agencies[row["agency"]].code, row["wanting"], row["scored"])
        for row in counted
    ]
    return sorted(found, key=lambda one: (-(one.percent or 0), -one.scored, one.label))


FEWEST_TO_COMPARE = 10
"""Shares of fewer petitions are chance: they stand in the table, not in the chart."""


def comparable(shares: Sequence[Share]) -> list[Share]:
    """The agencies whose shares can be compared."""
    return [one for one in shares if one.scored >= FEWEST_TO_COMPARE]


@dataclass(frozen=True)
class Grid:
    """Agencies by months: every cell so many of so many."""

    months: Sequence[date]
    lines: Sequence[tuple[Share, Sequence[Share | None]]]


def grid(rows: QuerySet[QualitySheet], *, latest: int = 6) -> Grid:
    """The results by agency over the latest months, the oldest month first."""
    days = list(
        QualityCheck.objects.filter(pk__in=rows.values("check_plan")).order_by("-month").values_list("month", flat=True)
    )[:latest][::-1]
    within = rows.filter(check_plan__month__in=days)
    counted = (
        within.filter(SCORED, second=False)
        .order_by()
        .values("agency__code", "check_plan__month")
        .annotate(scored=Count("pk"), wanting=Count("pk", filter=WANTING))
    )
    cells = {(row["agency__code"], row["check_plan__month"]): (row["wanting"], row["scored"]) for row in counted}
    lines = []
    for line in by_agency(within):
        lines.append(
            (
                line,
                [
                    Share(line.label, line.code, *cell, day) if (cell := cells.get((line.code, day))) else None
                    for day in days
                ],
            )
        )
    return Grid(days, lines)


# ---- one sheet -------------------------------------------------------------------------------------------------------


def marks(sheet: QualitySheet) -> list[QualityMark]:
    """The marks in the order of the rubric."""
    return list(sheet.marks.select_related("criterion").order_by("criterion__order"))


def steps(sheet: QualitySheet) -> QuerySet[QualityStep]:
    """What happened, newest first."""
    return sheet.steps.select_related("by__person").order_by("-n")


def next_to_score(account: Account, check: QualityCheck, *, after: int = 0) -> QualitySheet | None:
    """The next sheet of somebody's own part of a month."""
    person = directory.person_of(account)
    mine = check.sheets.filter(checker=person, state=SheetState.WAITING).order_by("pk") if person else None
    if mine is None:
        return None
    return mine.filter(pk__gt=after).first() or mine.first()


# ---- a year ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """A criterion: how often it was low, of how many scored, its mean mark, and the reasons given most often."""

    code: str
    label: str
    low: int
    scored: int
    mean: float
    reasons: Sequence[tuple[str, int]]

    @property
    def percent(self) -> float:
        """How often it was low, in per cent."""
        return self.low * 100 / self.scored


@dataclass(frozen=True)
class Year:
    """The analysis of a year's checks: petitions opened in it."""

    year: int
    total: Share
    urgent: Share
    agencies: Sequence[Share]
    categories: Sequence[Share]
    faults: Sequence[Fault]
    outcomes: Sequence[tuple[str, str, int]]
    agreement: Agreement = field(default_factory=lambda: agreement([]))


MOST_REASONS = 3


def of_year(rows: QuerySet[QualitySheet], year: int) -> QuerySet[QualitySheet]:
    """The sheets of the months of a year."""
    return rows.filter(check_plan__month__year=year)


def analysis(rows: QuerySet[QualitySheet], year: int, *, total: str, urgent: str) -> Year:
    """By agency, category and criterion, with the denominator of every share."""
    within = of_year(rows, year)
    scored = within.filter(SCORED, second=False)
    counts = scored.aggregate(
        scored=Count("pk"), wanting=Count("pk", filter=WANTING), of_urgent=Count("pk", filter=Q(urgent=True)),
        urgent_wanting=Count("pk", filter=WANTING & Q(urgent=True)),
    )  # fmt: skip
    together = agreements(within).values()
    return Year(
        year=year,
        total=Share(total, "", counts["wanting"], counts["scored"]),
        urgent=Share(urgent, "urgent", counts["urgent_wanting"], counts["of_urgent"]),
        agencies=by_agency(within),
        categories=_by_category(scored),
        faults=faults(scored),
        outcomes=_outcomes(scored),
        agreement=Agreement(
            sum(one.pairs for one in together), sum(one.same_verdict for one in together),
            round(_mean([one.mean_difference for one in together for _ in range(one.pairs)]), 1),
        ),
    )  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _by_category(scored: QuerySet[QualitySheet]) -> list[Share]:
    counted = (
        scored.order_by().values("petition__category").annotate(scored=Count("pk"), wanting=Count("pk", filter=WANTING))
    )
    categories = Category.objects.in_bulk([row["petition__category"] for row in counted if row["petition__category"]])
    found = []
    for row in counted:
        category = categories.get(row["petition__category"])
        found.append(
            Share(category.label if category else "", category.code if category else "-", row["wanting"], row["scored"])
        )
    return sorted(found, key=lambda one: (-one.wanting, -one.scored, one.label))


def faults(scored: QuerySet[QualitySheet]) -> list[Fault]:
    """What was low, the most frequent first; reasons that several sheets share come first."""
    low: Counter[str] = Counter()
    many: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    labels: dict[str, str] = {}
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    rows: Iterable[Any] = QualityMark.objects.filter(sheet__in=scored).select_related("criterion__rubric")
    for mark in rows:
        code = mark.criterion.code
        labels[code] = mark.criterion.label
        many[code] += 1
        sums[code] += mark.value
        if mark.value < mark.criterion.rubric.reason_below:
            low[code] += 1
            reasons[code][mark.reason] += 1
    found = [
        Fault(
            code, labels[code], low[code], many[code], sums[code] / many[code], reasons[code].most_common(MOST_REASONS)
        )
        for code in many
    ]
    return sorted(found, key=lambda one: (-one.percent, one.label))


def _outcomes(scored: QuerySet[QualitySheet]) -> list[tuple[str, str, int]]:
    counted = dict(scored.order_by().values_list("state").annotate(n=Count("pk")))
    return [(state.value, str(state.label), counted[state.value]) for state in SheetState if counted.get(state.value)]


def low_in(rows: QuerySet[QualitySheet], criterion: str) -> QuerySet[QualitySheet]:
    """The sheets in which a criterion got a low mark."""
    low = QualityMark.objects.filter(criterion__code=criterion, value__lt=F("criterion__rubric__reason_below"))
    return rows.filter(pk__in=low.values("sheet"))
