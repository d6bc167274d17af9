"""已定版: a month's figures as they were printed, and what reads otherwise now, with the petitions that came or went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.identity.requests import account_of
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import NotAPeriod, Period
from cityhall.web.access import requires
from cityhall.web.charts import month_name

from .. import queries
from .. import statistics as counting
from ..frozen import CellKey, Correction, Figure, differences
from ..models import FrozenCell, FrozenMonth, Petition
from ..services import freezing

ACT = "petitions.statistics"
MOST_CASES = 8
"""So many petitions of a correction are named on the page; the sheet names all."""


def _scope(request: HttpRequest, now: datetime) -> frozenset[str] | None:
    """The agencies whose figures the reader may see; None for all."""
    reach = directory.reach(account_of(request), ACT, now)
    if reach.everywhere:
        return None
    return frozenset(Agency.objects.filter(pk__in=reach.agencies).values_list("code", flat=True))


def _may_see(dimension: str, part: str, scope: frozenset[str] | None) -> bool:
    return scope is None or (dimension == "agency" and part in scope)


def _month(month: str) -> FrozenMonth:
    try:
        period = Period.parse(month)
    except NotAPeriod as problem:
        raise Http404 from problem
    return get_object_or_404(FrozenMonth, month=period.first_day)


@requires(ACT)
def index(request: HttpRequest) -> HttpResponse:
    """The months that are printed, newest first."""
    now = timezone.now()
    page = Paginator(FrozenMonth.objects.all(), 24).get_page(request.GET.get("page"))
    totals = dict(
        FrozenCell.objects.filter(frozen__in=list(page.object_list), dimension="", measure="received").values_list(
            "frozen", "number"
        )
    )
    context = {
        "page": page,
        "rows": [(one, _name(one.month), totals.get(one.pk, 0)) for one in page.object_list],
        "nth": parameter("petitions.freeze_working_day", on=day_of(now)).value,
        "everywhere": _scope(request, now) is None,
    }
    return render(request, "petitions/desk/frozen/list.html", context)


def _name(month: date) -> str:
    return month_name(month)


@dataclass(frozen=True)
class Line:
    """A row of the printed table."""

    label: str
    cells: Sequence[Figure]


@requires(ACT)
def one(request: HttpRequest, month: str) -> HttpResponse:
    """A month as it was printed, by the dimension asked for; below it what reads otherwise now."""
    now, kept = timezone.now(), _month(month)
    scope = _scope(request, now)
    by = request.GET.get("by", "")
    by = by if by in freezing.DIMENSIONS and scope is None else "agency"
    then = freezing.then_of(kept)
    labels = _labels(kept)
    found = [row for row in _changes(request, kept, then, labels, scope, now) if row["one"].dimension in ("", by)]
    further = [row for row in found if not row["one"].moved]
    context = {
        "kept": kept, "name": _name(kept.month), "by": counting.DIMENSIONS[by],
        "dimensions": [counting.DIMENSIONS[code] for code in freezing.DIMENSIONS] if scope is None else [],
        "measures": counting.MEASURES, "lines": _lines(then, labels, by, scope),
        "total": _line(then, "", "", _("合計")) if scope is None else None,
        "corrections": [row for row in found if row["one"].moved],
        "further": [row for row in further if scope is not None or not row["one"].dimension],
        "further_parts": [row for row in further if scope is None and row["one"].dimension],
    }  # fmt: skip
    return render(request, "petitions/desk/frozen/one.html", context)


def _labels(kept: FrozenMonth) -> dict[tuple[str, str], str]:
    rows = kept.cells.filter(measure="received").values_list("dimension", "part", "label")
    return {(dimension, part): label for dimension, part, label in rows}


def _line(cells: dict[CellKey, Figure], dimension: str, part: str, label: str) -> Line:
    return Line(label, [cells[dimension, part, measure] for measure in freezing.MEASURES])


def _lines(
    cells: dict[CellKey, Figure], labels: dict[tuple[str, str], str], by: str, scope: frozenset[str] | None
) -> list[Line]:
    parts = sorted({part for dimension, part, _measure in cells if dimension == by and _may_see(by, part, scope)})
    lines = [_line(cells, by, part, labels.get((by, part)) or part) for part in parts]
    return sorted(lines, key=lambda line: (-line.cells[0].number, line.label))


def _changes(
    request: HttpRequest, kept: FrozenMonth, then: dict[CellKey, Figure], labels: dict[tuple[str, str], str],
    scope: frozenset[str] | None, now: datetime,
) -> list[dict[str, Any]]:  # fmt: skip
    """The corrections that the reader may see, each with the petitions that they may open."""
    current = freezing.now_of(kept.month, at=now)
    labels = freezing.labels_of(current) | labels
    found = [
        one
        for one in differences(then, current)
        if (one.dimension in freezing.DIMENSIONS or not one.dimension) and _may_see(one.dimension, one.part, scope)
    ]
    keys = {key for one in found for key in one.came | one.went}
    cases = _cases(request, keys, now)
    return [
        {
            "one": one, "label": labels.get((one.dimension, one.part)) or _("合計"),
            "measure": counting.BY_CODE[one.measure].label, "came": _named(one.came, cases),
            "went": _named(one.went, cases),
        }
        for one in found
    ]  # fmt: skip


def _cases(request: HttpRequest, keys: set[int], now: datetime) -> dict[int, Petition]:
    visible = queries.visible_to(account_of(request), now)
    wanted, found = sorted(keys), {}
    for n in range(0, len(wanted), 500):
        for petition in visible.filter(pk__in=wanted[n : n + 500]).select_related("case"):
            found[petition.pk] = petition
    return found


def _named(keys: frozenset[int], cases: dict[int, Petition]) -> dict[str, Any]:
    """The petitions of a correction: those named on the page, and how many more there are."""
    shown = [cases[key].case for key in sorted(keys) if key in cases][:MOST_CASES]
    return {"all": len(keys), "shown": shown, "more": len(keys) - len(shown)}


@requires(ACT)
def download(request: HttpRequest, month: str, what: str, format: str) -> HttpResponseBase:
    """The printed table of all dimensions, or what changed since, as a sheet; that it left is written down."""
    now, kept = timezone.now(), _month(month)
    scope, labels = _scope(request, now), _labels(kept)
    audit.record(
        "petition.statistics_exported", None, by=request.user, at=now,
        new={"by": what, "period": f"{kept.month:%Y-%m}", "kind": format},
    )  # fmt: skip
    then = freezing.then_of(kept)
    name = f"petitions-{kept.month:%Y-%m}-{what}.{format}"
    if what == "table":
        headings = [_("依"), _("項目"), _("統計"), _("件數"), _("分母")]
        return downloads.sheet(format, name, headings, _printed(then, labels, scope))
    if what != "corrections":
        raise Http404
    headings = [
        _("依"), _("項目"), _("統計"), _("定版時"), _("定版時分母"), _("現在"), _("現在分母"), _("性質"), _("增加的案件"),
        _("減少的案件"),
    ]  # fmt: skip
    rows = _changes(request, kept, then, labels, scope, now)
    return downloads.sheet(format, name, headings, _listed(rows))


def _dimension(code: str) -> str:
    return str(counting.DIMENSIONS[code].label) if code else _("全部")


def _printed(
    then: dict[CellKey, Figure], labels: dict[tuple[str, str], str], scope: frozenset[str] | None
) -> Iterator[list[Any]]:
    for (dimension, part, measure), figure in sorted(then.items()):
        if _may_see(dimension, part, scope):
            label = labels.get((dimension, part)) or _("合計")
            yield [_dimension(dimension), label, str(counting.BY_CODE[measure].label), figure.number, figure.whole]


def _listed(rows: list[dict[str, Any]]) -> Iterator[list[Any]]:
    for row in rows:
        one: Correction = row["one"]
        yield [
            _dimension(one.dimension), row["label"], str(row["measure"]), one.then.number, one.then.whole,
            one.now.number, one.now.whole, _("更正") if one.moved else _("後續辦理"),
            "、".join(case.number or "" for case in row["came"]["shown"]),
            "、".join(case.number or "" for case in row["went"]["shown"]),
        ]  # fmt: skip
