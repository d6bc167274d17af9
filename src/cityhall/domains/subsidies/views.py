"""Pages of subsidised projects: a year's rates as of any day, and the projects behind each number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.domains.projects.public import (
    PROFILES,
    READ,
    Project,
    ProjectQuerySet,
    moment,
    positions,
    why,
    with_plan,
    within_rights,
)
from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import requires
from cityhall.web.charts import year_name

from . import forms, queries, rules
from .states import Measure

A_PAGE = 50
OPEN_SHOWN = 20
FACETS = {facet.key: facet for facet in PROFILES[queries.PROFILE].facets}


@dataclass(frozen=True)
class Grouping:
    """A way to put projects into groups: what it is called, which group one is in, and what the group is called."""

    label: Any
    group: Callable[[Project], str]
    name: Callable[[Project], str]


def _facet(key: str) -> Grouping:
    facet = FACETS[key]
    return Grouping(
        facet.label,
        lambda one: str(one.facets.get(key, "")),
        lambda one: str(facet.choices.get(one.facets.get(key, ""), "—")),
    )


GROUPINGS: Mapping[str, Grouping] = {
    "agency": Grouping(gettext_lazy("主辦機關"), lambda one: one.plan.agency.code, lambda one: one.plan.agency.label),
    **{key: _facet(key) for key in FACETS},
}
FIELDS = {"agency": "plan__agency__code", **{key: f"facets__{key}" for key in FACETS}}


@dataclass(frozen=True)
class Asked:
    """A year's projects within somebody's rights, and the day on which they are looked at."""

    form: forms.RatesFilter
    year: int
    day: date
    rows: ProjectQuerySet
    by: str

    def address(self, name: str = "subsidies:projects", **more: str) -> str:
        """The same question of another page, narrowed further."""
        return f"{reverse(name)}?{urlencode({'year': self.year, 'as_of': self.day.isoformat(), **more})}"


def _asked(request: HttpRequest) -> Asked:
    """By the form, or by an address that names year and day."""
    now = timezone.now()
    today, years = day_of(now), queries.years()
    year = next((one for one in years if str(one) == request.GET.get("year")), None)
    year = year or next((one for one in years if one <= today.year), today.year)
    day = _date(request.GET.get("as_of", "")) or today
    typed = request.GET if "day_year" in request.GET else None
    form = forms.RatesFilter(
        typed, years=years or [today.year], initial={"year": year, "day": day if day != today else None}
    )
    if form.is_bound and form.is_valid():
        day = form.cleaned_data["day"] or today
    rows = queries.selected(year, year, day).filter(within_rights(request.user, READ, now))
    by = request.GET.get("by", "")
    return Asked(form, year, day, rows, by if by in GROUPINGS else "agency")


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# ---- rates -----------------------------------------------------------------------------------------------------------


def _lines(asked: Asked) -> tuple[list[rules.Line], dict[str, str], rules.Line]:
    """A line for each group, what the groups are called, and all in one."""
    by, names = GROUPINGS[asked.by], dict[str, str]()

    def group(one: Project) -> str:
        found = by.group(one)
        names[found] = by.name(one)
        return found

    projects = queries.stood(asked.rows, asked.day, group)
    return rules.grouped(projects), names, rules.Line("", projects)


def _cells(asked: Asked, line: rules.Line) -> list[dict[str, Any]]:
    """What stands in a line besides its name: each number with the way to its projects."""
    narrowed = {asked.by: line.group} if line.group else {}
    found: list[dict[str, Any]] = []
    for measure in Measure:
        found.append(
            {
                "label": measure.label,
                "many": line.by_number(measure),
                "money": line.by_money(measure),
                "url": asked.address(stage=measure.value, **narrowed),
                "rest": asked.address(stage=f"not-{measure.value}", **narrowed),
            }
        )
    return found


@requires(READ)
def rates(request: HttpRequest) -> HttpResponse:
    """執行情形: a year's rates as of a day by agency, class or mode; what is not closed, with its reasons."""
    asked = _asked(request)
    lines, names, total = _lines(asked)
    left = with_plan(queries.still_open(asked.rows, asked.day)).order_by("number")
    waiting = positions(left[:OPEN_SHOWN], moment(None, asked.day))
    shown = [charts.Point(names[one.group], one.execution.share or 0) for one in lines if one.budget][:15]
    context = {
        "asked": asked,
        "form": asked.form,
        "year": year_name(asked.year),
        "groups": [
            {"url": asked.address("subsidies:rates", by=key), "text": one.label, "active": key == asked.by}
            for key, one in GROUPINGS.items()
        ],
        "group_label": GROUPINGS[asked.by].label,
        "lines": [
            (names[one.group], one, asked.address(**{asked.by: one.group}), _cells(asked, one)) for one in lines
        ],
        "total": total,
        "measures": _cells(asked, total),
        "all": asked.address(),
        "chart": charts.horizontal_bars(
            _("預算執行率，低的在前"), shown, unit="%", source=_("市政廳列管計畫紀錄"), first_column=str(GROUPINGS[asked.by].label),
            places=2,
        ) if len(shown) > 1 else None,
        "open": [(one, why(one)) for one in waiting],
        "open_many": left.count(),
        "open_url": asked.address(stage="open"),
        "timetable": queries.timetable(asked.year),
        "close_by": queries.close_by(asked.year),
        "query": urlencode({"year": asked.year, "as_of": asked.day.isoformat(), "by": asked.by}),
    }  # fmt: skip
    return render(request, "subsidies/rates.html", context, status=422 if asked.form.errors else 200)


COLUMNS = (
    gettext_lazy("選列案數"), gettext_lazy("總預算"), gettext_lazy("已執行金額"), gettext_lazy("預算執行率（%）"),
)  # fmt: skip
OF_MEASURE = (
    gettext_lazy("%(measure)s案數"), gettext_lazy("%(measure)s率（%%，依案數）"), gettext_lazy("%(measure)s率（%%，依預算）"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The rates as CSV, ODS or XLSX; written down."""
    asked = _asked(request)
    lines, names, total = _lines(asked)
    _written(request, asked, kind)
    headings = [str(GROUPINGS[asked.by].label), *map(str, COLUMNS)]
    headings += [str(words) % {"measure": one.label} for one in Measure for words in OF_MEASURE]
    rows = [_row(names.get(one.group, _("合計")), one) for one in (*lines, total)]
    return downloads.sheet(kind, f"subsidies-{asked.year}.{kind}", headings, iter(rows))


def _row(name: str, line: rules.Line) -> list[Any]:
    found = [name, line.listed, line.budget, line.execution.part, line.execution.share]
    for one in Measure:
        found += [line.by_number(one).part, line.by_number(one).share, line.by_money(one).share]
    return found


def _written(request: HttpRequest, asked: Asked, kind: str) -> None:
    new = {"year": asked.year, "as_of": asked.day.isoformat(), "kind": kind}
    audit.record("subsidies.exported", None, by=request.user, at=timezone.now(), new=new)


# ---- the projects behind a number ------------------------------------------------------------------------------------


def _behind(request: HttpRequest, asked: Asked) -> tuple[QuerySet[Project], list[str]]:
    """The projects that a number counts, and in words which they are."""
    rows, words = asked.rows, list[str]()
    for key, field in FIELDS.items():
        if wanted := request.GET.get(key):
            rows = rows.filter(**{field: wanted})
            first = rows.select_related("plan__agency").first()
            words.append(GROUPINGS[key].name(first) if first else "—")
    stage = request.GET.get("stage", "")
    without, measure = stage.startswith("not-"), stage.removeprefix("not-")
    if stage == "open":
        rows = queries.still_open(rows, asked.day)
        words.append(_("未結案"))
    elif measure in Measure.values:
        there = queries.reached(rows, Measure(measure), asked.day)
        rows = rows.exclude(pk__in=there.values("pk")) if without else there
        label = Measure(measure).label
        words.append(_("還沒%(stage)s") % {"stage": label} if without else _("已%(stage)s") % {"stage": label})
    return with_plan(queries.with_money(rows, asked.day)).order_by("number"), words


@requires(READ)
def projects(request: HttpRequest) -> HttpResponse:
    """The projects behind a number of the page of rates."""
    asked = _asked(request)
    rows, words = _behind(request, asked)
    context = {
        "asked": asked,
        "year": year_name(asked.year),
        "words": "、".join(words),
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "back": asked.address("subsidies:rates"),
        "facets": list(FACETS.values()),
    }
    for one in context["page"].object_list:
        one.chosen = [facet.choices.get(one.facets.get(key, ""), "—") for key, facet in FACETS.items()]
    return render(request, "subsidies/projects.html", context)


PROJECT_COLUMNS = (
    gettext_lazy("計畫編號"), gettext_lazy("計畫名稱"), gettext_lazy("主辦機關"), gettext_lazy("經費類別"),
    gettext_lazy("執行方式"), gettext_lazy("總預算"), gettext_lazy("已執行金額"), gettext_lazy("列管起日"), gettext_lazy("結束列管日"),
)  # fmt: skip


@requires(READ)
def export_projects(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same as CSV, ODS or XLSX; written down."""
    asked = _asked(request)
    rows, _words = _behind(request, asked)
    _written(request, asked, kind)
    return downloads.sheet(
        kind, f"subsidies-{asked.year}-projects.{kind}", [str(one) for one in PROJECT_COLUMNS], _project_cells(rows)
    )


def _project_cells(rows: Any) -> Iterator[Sequence[Any]]:
    for one in rows:
        chosen = [str(facet.choices.get(one.facets.get(key, ""), "—")) for key, facet in FACETS.items()]
        yield [
            one.number, one.plan.name, one.plan.agency.label, *chosen, one.total_budget, one.executed or 0, one.plan.opened_on,
            one.plan.ended_on,
        ]  # fmt: skip
