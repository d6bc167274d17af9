"""品質檢測: how agencies' datasets stand, a dataset's checks with their history, and what is to be mended at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import public, requires

from .. import forms, quality, quality_rules, queries
from ..models import Dataset, QualityResult
from ..queries import EDIT, READ
from ..refusals import CannotCatalogue
from ..states import Check, State

A_PAGE = 50
HISTORY = 50


def _explained() -> list[tuple[Check, str]]:
    """Each check with what it asks, in words."""
    return [
        (Check.LINK, _("每一項資源的網址都連得到。")),
        (Check.DOWNLOAD, _("每一項資源都能直接取得完整的檔案，不是空的。")),
        (Check.STRUCTURE, _("至少有一項資源是程式讀得懂的表格或結構化格式。")),
        (Check.ENCODING, _("文字檔實際的編碼和宣告的相同；沒有宣告的，算 UTF-8。")),
        (Check.DESCRIPTION, _("資料的每個欄位都有說明，說明的欄位也都在資料裡。")),
        (Check.CSV, _("有 CSV，或有可以轉成 CSV 下載的表格。")),
    ]


# ---- everybody -------------------------------------------------------------------------------------------------------


def _ranking(at: datetime) -> list[dict[str, Any]]:
    standings = quality.by_agency(day_of(at))
    agencies = {one.pk: one for one in Agency.objects.filter(pk__in=standings)}
    return [
        {
            "place": place, "agency": agencies[key], "datasets": standings[key].datasets, "whole": standings[key].whole,
            "share": standings[key].share, "late": standings[key].late,
            "checks": [(check, *standings[key].passed[check]) for check in Check],
        }
        for place, key in quality_rules.ranked(standings)
    ]  # fmt: skip


@public
@require_safe
def ranking(request: HttpRequest) -> HttpResponse:
    """How the datasets of each agency stand, and what the six checks ask."""
    last = quality.results().order_by("-checked_at").values_list("checked_at", flat=True).first()
    rows = _ranking(timezone.now())
    context = {
        "rows": rows, "explained": _explained(), "last": last,
        "datasets": sum(one["datasets"] for one in rows), "whole": sum(one["whole"] for one in rows),
    }  # fmt: skip
    return render(request, "open_data/quality_ranking.html", context)


@public
@require_safe
def ranking_sheet(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same as a sheet."""
    headings = [
        _("名次"), _("提供機關"), _("檢測的資料集數"), _("全部通過的資料集數"), _("全部通過的比率（%）"),
        *(_("%(check)s通過數") % {"check": check.label} for check in Check), _("更新逾期的資料集數"),
    ]  # fmt: skip
    rows = (
        [
            one["place"], one["agency"].label, one["datasets"], one["whole"], f"{one['share']:.1f}",
            *(yes for _check, yes, _all in one["checks"]), one["late"],
        ]
        for one in _ranking(timezone.now())
    )  # fmt: skip
    return downloads.sheet(kind, f"open-data-quality.{kind}", headings, rows)


@public
@require_safe
def dataset(request: HttpRequest, name: str) -> HttpResponse:
    """A dataset's checks now, why one is not passed, and what was found before."""
    rows = Dataset.objects.filter(identifier__iexact=name, state=State.PUBLISHED).select_related("agency")
    one = get_object_or_404(rows)
    history = list(one.quality_results.order_by("-since", "-pk")[:HISTORY])
    now = history[0] if history and history[0].until is None else None
    context = {
        "one": one, "now": now, "checks": checks(now) if now else [],
        "history": [(row, [check for check, verdict in row.verdicts.items() if verdict is False]) for row in history],
    }  # fmt: skip
    return render(request, "open_data/quality.html", context)


def checks(now: QualityResult) -> list[tuple[Check, bool | None, str, list[str]]]:
    """Each check with its verdict, what it asks, and why it is not passed."""
    return [
        (check, now.verdicts[check], asked, quality.sentences(now.findings, check)) for check, asked in _explained()
    ]  # fmt: skip


# ---- the desk --------------------------------------------------------------------------------------------------------


def _filtered(request: HttpRequest, at: datetime) -> tuple[forms.QualityFilter, QuerySet[QualityResult]]:
    mine = Dataset.objects.published().filter(queries.within(request.user, READ, at))
    agencies = Agency.objects.filter(pk__in=mine.order_by().values("agency")).order_by("order", "code")
    form, rows = forms.QualityFilter(request.GET or None, agencies=agencies), quality.results(mine)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    if agency := wanted.get("agency"):
        rows = rows.filter(dataset__agency__code=agency)
    if check := wanted.get("check"):
        rows = rows.filter(**{check: False})
    stands = wanted.get("stands") or "failing"
    if stands == "failing":
        rows = rows.failing()
    elif stands == "whole":
        rows = rows.filter(passed=F("judged"))
    return form, rows.select_related("dataset__agency").order_by("passed", "since", "dataset__number")


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The datasets of one's own reach with what is to be mended, the worst first."""
    form, rows = _filtered(request, timezone.now())
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "filtered": any(value for name, value in request.GET.items() if name != "page"),
        "page": page,
        "rows": [(row, quality.sentences(row.findings)) for row in page.object_list],
    }  # fmt: skip
    return render(request, "open_data/desk/quality.html", context)


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered results as a sheet; written down."""
    if kind not in downloads.TYPES:
        raise Http404
    now = timezone.now()
    _form, rows = _filtered(request, now)
    audit.record("open_data.quality_exported", None, by=request.user, at=now, new={"rows": rows.count()})
    headings = [
        _("資料集識別碼"), _("資料集名稱"), _("提供機關"), *(str(check.label) for check in Check), _("從哪天起"), _("原因"),
    ]  # fmt: skip
    return downloads.sheet(kind, f"open-data-quality.{kind}", headings, _lines(rows))


def _lines(rows: QuerySet[QualityResult]) -> Iterator[list[Any]]:
    words = {True: _("通過"), False: _("未通過"), None: _("不適用")}
    for row in rows.iterator(chunk_size=500):
        one = row.dataset
        yield [
            one.identifier, one.title, one.agency.label, *(words[verdict] for verdict in row.verdicts.values()),
            row.since.isoformat(), " ".join(quality.sentences(row.findings)),
        ]  # fmt: skip


@requires(EDIT)
@form_once
def again(request: HttpRequest, number: int) -> HttpResponse:
    """Look again now, after something was mended."""
    now = timezone.now()
    one = Dataset.objects.select_related("agency").filter(number=number).first()
    if one is None or not queries.may(request.user, EDIT, one, now):
        raise Http404
    form = forms.ConfirmForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        quality.ask_again(one, by=request.user, at=now)
        return _("已排入檢測，幾分鐘後就會有結果。")

    here = reverse("open_data_desk:dataset", args=[one.number])
    return act_page(
        request, form=form, title=_("重新檢測資料品質"), button=_("重新檢測"), do=do, back=(here, one.title), to=here,
        refused=CannotCatalogue, lead=_("平常每天清晨檢測一次。改好以後，可以不等明天。"),
    )  # fmt: skip
