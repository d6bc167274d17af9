"""How automatic dispatch does: counted by agency, category, way or week; every number names the petitions behind it.

What people said of a dispatch is put together in one statement and judged by `trust.is_right`, so that pages, the weekly
interval and the stop count alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from cityhall.engines.cases.models import Assignment
from cityhall.engines.cases.states import Part
from cityhall.engines.classify import guard, measure
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period

from .models import DispatchDecision, Label, SampleReview
from .states import CategorySource, Verdict
from .trust import Precision, Said, is_right

WEEK = timedelta(days=7)
LATELY = 2_000  # the newest dispatches among which those are looked for that somebody spoke about


def first_decisions(first: datetime, end: datetime) -> QuerySet[DispatchDecision]:
    """How petitions were first decided in a time: by themselves, or left to the desk."""
    earliest = DispatchDecision.objects.filter(petition=OuterRef("petition")).order_by("at", "pk").values("pk")[:1]
    return DispatchDecision.objects.filter(at__gte=first, at__lt=end, pk=Subquery(earliest))


def automatic(first: datetime, end: datetime) -> QuerySet[DispatchDecision]:
    """The dispatches of a time that nobody made."""
    return DispatchDecision.objects.filter(at__gte=first, at__lt=end, automatic=True, decided_by=None).exclude(
        agency=None
    )


def with_words(rows: QuerySet[DispatchDecision]) -> QuerySet[DispatchDecision]:
    """What people said of each: as columns."""
    later = DispatchDecision.objects.filter(
        petition=OuterRef("petition"), at__gte=OuterRef("at"), decided_by__isnull=False
    )
    same = later.filter(category=OuterRef("category"), agency=OuterRef("agency"))
    labels = Label.objects.filter(petition=OuterRef("petition"), at__gte=OuterRef("at"))
    leads = Assignment.objects.filter(
        case=OuterRef("petition__case"), part=Part.LEAD, agency=OuterRef("agency"), starts_at__gte=OuterRef("at")
    )
    return rows.annotate(
        reviewed=Coalesce(F("review__verdict"), Value("")),
        corrected=_yes(
            Exists(later.exclude(category=OuterRef("category"), agency=OuterRef("agency")))
            | Exists(labels.exclude(category=OuterRef("category")))
        ),
        confirmed=_yes(Exists(same)),
        returned=_yes(Exists(leads.filter(ended_by_return=True))),
        taken_up=_yes(Exists(leads.filter(officer__isnull=False))),
    )


def _yes(condition: Any) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


WORDS = ("reviewed", "corrected", "confirmed", "returned", "taken_up")


def said(row: dict[str, Any]) -> Said:
    """The columns of one row."""
    return Said(**{name: row[name] for name in WORDS})


# ---- the last ones ---------------------------------------------------------------------------------------------------


def lately(most: int, *, since: datetime | None) -> Precision:
    """The newest automatic dispatches of which somebody spoke."""
    rows = DispatchDecision.objects.filter(automatic=True, decided_by=None).exclude(agency=None)
    if since is not None:
        rows = rows.filter(at__gt=since)
    newest = with_words(rows).order_by("-at", "-pk").values(*WORDS)[:LATELY]
    found = [right for row in newest if (right := is_right(said(row))) is not None][:most]
    return Precision(sum(found), len(found))


def sampled(most: int, *, since: datetime | None) -> Precision:
    """The newest of the samples alone: drawn by chance, so nothing but the truth speaks for them."""
    rows = SampleReview.objects.exclude(verdict="")
    if since is not None:
        rows = rows.filter(decision__at__gt=since)
    found = [
        verdict == Verdict.RIGHT for verdict in rows.order_by("-at", "-pk").values_list("verdict", flat=True)[:most]
    ]
    return Precision(sum(found), len(found))


# ---- the table -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dimension:
    """What the rows of the table are."""

    code: str
    label: Any
    field: str


DIMENSIONS = {
    one.code: one
    for one in (
        Dimension("agency", gettext_lazy("機關"), "agency__code"),
        Dimension("category", gettext_lazy("類別"), "category__code"),
        Dimension("source", gettext_lazy("由誰判定類別"), "source"),
    )
}


@dataclass
class Line:
    """One row: how many were decided, how many by themselves, and what people said of those."""

    part: str
    label: str = ""
    decided: int = 0
    automatic: int = 0
    right: int = 0
    wrong: int = 0
    corrected: int = 0
    returned: int = 0
    sampled_right: int = 0
    sampled: int = 0

    @property
    def precision(self) -> Precision:
        """Of those that somebody spoke about."""
        return Precision(self.right, self.right + self.wrong)

    @property
    def sample(self) -> Precision:
        """Of the samples alone."""
        return Precision(self.sampled_right, self.sampled)

    @property
    def share(self) -> float | None:
        """How many of a hundred went by themselves."""
        return self.automatic * 100 / self.decided if self.decided else None

    def add(self, other: Line) -> None:
        """Into a total."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


_COUNTS = (
    "decided", "automatic", "right", "wrong", "corrected", "returned", "sampled_right", "sampled",
)  # fmt: skip


@dataclass
class Table:
    """A period by a dimension."""

    period: Period
    dimension: Dimension
    lines: list[Line]
    total: Line
    weeks: dict[date, Line] = field(default_factory=dict)


def bounds(period: Period) -> tuple[datetime, datetime]:
    """From the first instant of the first day to the first after the last."""
    assert period.first_day
    assert period.last_day
    return instant(period.first_day), instant(period.last_day + timedelta(days=1))


def table(visible: QuerySet[Any], period: Period, by: str) -> Table:
    """Count a period's decisions: two statements, however many there are."""
    dimension = DIMENSIONS[by]
    first, end = bounds(period)
    lines: dict[str, Line] = defaultdict(lambda: Line(""))
    decided = first_decisions(first, end).filter(petition__in=visible.values("pk")).order_by()
    for part, number in decided.values_list(dimension.field).annotate(n=Count("pk")):
        line = lines[part or ""]
        line.part, line.decided = part or "", number
    weeks: dict[date, Line] = defaultdict(lambda: Line(""))
    rows = with_words(automatic(first, end).filter(petition__in=visible.values("pk"))).order_by()
    grouped = rows.values(*WORDS, part=F(dimension.field), day=F("at__date")).annotate(n=Count("pk"))
    for row in grouped:
        for line in (lines[row["part"] or ""], weeks[row["day"] - timedelta(days=row["day"].weekday())]):
            _count(line, row)
        lines[row["part"] or ""].part = row["part"] or ""
    total = Line("")
    for line in lines.values():
        line.decided = max(line.decided, line.automatic)
        total.add(line)
    ordered = sorted(lines.values(), key=lambda one: (one.part == "", -one.automatic, one.part))
    return Table(period, dimension, ordered, total, dict(sorted(weeks.items())))


def _count(line: Line, row: dict[str, Any]) -> None:
    number = row["n"]
    line.automatic += number
    right = is_right(said(row))
    if right is True:
        line.right += number
    elif right is False:
        line.wrong += number
    line.corrected += number if row["corrected"] else 0
    line.returned += number if row["returned"] else 0
    if row["reviewed"]:
        line.sampled += number
        line.sampled_right += number if row["reviewed"] == Verdict.RIGHT else 0


# ---- the petitions behind a number -----------------------------------------------------------------------------------

MEASURES = ("decided", "automatic", "right", "wrong", "corrected", "returned", "sampled")


def behind(
    visible: QuerySet[Any], period: Period, measure_code: str, *, by: str = "", part: str = ""
) -> QuerySet[DispatchDecision]:
    """The decisions that a number counts. Raises KeyError for a number that there is none."""
    if measure_code not in MEASURES:
        raise KeyError(measure_code)
    first, end = bounds(period)
    start = first_decisions if measure_code == "decided" else automatic
    rows = with_words(start(first, end).filter(petition__in=visible.values("pk")))
    if by:
        dimension = DIMENSIONS[by]
        empty = Q(**{f"{dimension.field}__isnull": True}) if by != "source" else Q(source="")
        rows = rows.filter(Q(**{dimension.field: part}) if part else empty)
    reviewed_right, reviewed_wrong = Q(reviewed=Verdict.RIGHT), Q(reviewed=Verdict.WRONG)
    silent = Q(reviewed="")
    return rows.filter(
        {
            "decided": Q(),
            "automatic": Q(),
            "right": reviewed_right
            | silent & Q(corrected=False) & (Q(confirmed=True) | Q(returned=False, taken_up=True)),
            "wrong": reviewed_wrong | silent & (Q(corrected=True) | Q(confirmed=False, returned=True)),
            "corrected": Q(corrected=True),
            "returned": Q(returned=True),
            "sampled": ~silent,
        }[measure_code]
    )


# ---- how well probabilities are stated, and whether matters have changed ---------------------------------------------


def calibration(period: Period) -> tuple[float, int] | None:
    """How far the text model's stated probabilities lie from how often it was right, in points; and of how many."""
    first, end = bounds(period)
    rows = with_words(automatic(first, end).filter(source=CategorySource.MODEL, stated__isnull=False))
    stated: list[float] = []
    right: list[bool] = []
    for row in rows.values(*WORDS, "stated").iterator(chunk_size=5000):
        word = is_right(said(row))
        if word is not None:
            stated.append(row["stated"])
            right.append(word)
    return (measure.calibration_error(stated, right) * 100, len(right)) if right else None


@dataclass(frozen=True)
class Drift:
    """How differently a period is made up from the one before: the index, from where on it is large, and what grew."""

    index: float
    limit: float
    rows: int
    before: int
    grew: Sequence[tuple[str, float, float]]  # category, share before, share now

    @property
    def large(self) -> bool:
        """Whether somebody should look."""
        return self.index > self.limit


def drift(period: Period) -> Drift | None:
    """The period's categories against those of as many days before it; None where there is too little to compare."""
    first, end = bounds(period)
    now = _categories(first, end)
    was = _categories(first - (end - first), first)
    if min(len(now), len(was)) < guard.LEAST_TO_COMPARE:
        return None
    names = set(now) | set(was)
    limit = guard.CHANGED + (len(names) - 1) * (1 / len(was) + 1 / len(now))
    shares = [(name, was.count(name) * 100 / len(was), now.count(name) * 100 / len(now)) for name in sorted(names)]
    shares.sort(key=lambda one: -(one[2] - one[1]))
    return Drift(guard.stability(was, now), limit, len(now), len(was), shares[:3])


def _categories(first: datetime, end: datetime) -> list[str]:
    rows = first_decisions(first, end).exclude(category=None)
    return list(rows.order_by().values_list("category__code", flat=True))


# ---- the samples, week by week ---------------------------------------------------------------------------------------


def sample_weeks(first: date) -> list[tuple[date, Precision]]:
    """The precision that each week's sample found, oldest first."""
    rows = SampleReview.objects.filter(sample__week_on__gte=first).exclude(verdict="")
    found: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for week, verdict, number in rows.order_by().values_list("sample__week_on", "verdict").annotate(n=Count("pk")):
        found[week][1] += number
        found[week][0] += number if verdict == Verdict.RIGHT else 0
    return [(week, Precision(*counts)) for week, counts in sorted(found.items())]


# ---- two versions beside each other ----------------------------------------------------------------------------------


@dataclass
class Compared:
    """What the watched version said where the one in use decided, by one category or in all."""

    category: str
    rows: int = 0
    same: int = 0
    known: int = 0  # of which people have said what is right
    live_right: int = 0
    watched_right: int = 0
    watched_automatic: int = 0
    watched_wrong: int = 0  # would have gone by itself, and wrongly

    @property
    def agreement(self) -> float | None:
        """In per cent."""
        return self.same * 100 / self.rows if self.rows else None


def watched_versions() -> list[tuple[int, int, datetime]]:
    """The versions that were watched beside another, with how many petitions and since when; newest first."""
    rows = DispatchDecision.objects.exclude(watched_version=None).order_by()
    return list(
        rows.values_list("watched_version").annotate(n=Count("pk"), since=Min("at")).order_by("-watched_version")
    )


def compared(version: int) -> tuple[Compared, list[Compared]]:
    """A watched version against the one in use, on the very petitions that came in meanwhile; most petitions first.

    What is right is the newest word of a person on the category; while there is none, nobody is called wrong.
    """
    word = Label.objects.filter(petition=OuterRef("petition"), at__gte=OuterRef("at")).order_by("-at", "-pk")
    rows = (
        watched(version)
        .annotate(right=Subquery(word.values("category__code")[:1]))
        .values_list("predicted", "watched_category", "watched_automatic", "right")
    )
    total, found = Compared(""), dict[str, Compared]()
    for predicted, said_by_watched, by_itself, right in rows.iterator(chunk_size=5000):
        first = predicted[0]["category"] if predicted else ""
        line = found.setdefault(said_by_watched, Compared(said_by_watched))
        for one in (total, line):
            one.rows += 1
            one.same += first == said_by_watched
            one.watched_automatic += by_itself
            if right:
                one.known += 1
                one.live_right += first == right
                one.watched_right += said_by_watched == right
                one.watched_wrong += by_itself and said_by_watched != right
    return total, sorted(found.values(), key=lambda one: (-one.rows, one.category))


def watched(version: int) -> QuerySet[DispatchDecision]:
    """The decisions at which a version was watched; of each petition the first."""
    return DispatchDecision.objects.filter(watched_version=version, decided_by=None)
