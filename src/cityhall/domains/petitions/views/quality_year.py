"""The January analysis of a year's checks, and what is proposed after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.worklist import services as todo_acts
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import allowed, requires
from cityhall.web.charts import year_name
from cityhall.web.dates import as_date

from .. import checking, quality_papers
from ..checking import AWARD, CHECK, CONTEST, READ
from ..forms import quality as forms
from ..models import QualityAward, YearReturn
from ..papers import CannotMakePaper
from ..services import awards, returns
from ..states import AwardState


def _found(request: HttpRequest, year: int, at: datetime) -> checking.Year:
    if not 2010 <= year <= day_of(at).year:
        raise Http404
    rows = checking.visible_to(request.user, at)
    return checking.analysis(rows, year, total=_("全部已評的應予改善"), urgent=_("其中急迫案件"))


def _awards(request: HttpRequest, year: int, at: datetime) -> list[QualityAward]:
    """Proposals are the commission's own matter."""
    if not (allowed(request, CHECK) or allowed(request, AWARD)):
        return []
    rows = QualityAward.objects.filter(year=year).select_related("agency", "proposed_by", "decided_by")
    return list(rows.order_by("agency__order", "pk"))


@requires(READ)
def year(request: HttpRequest, year: int) -> HttpResponse:
    """By agency, category and criterion; every number opens its sheets."""
    now = timezone.now()
    found = _found(request, year, now)
    rows = checking.of_year(checking.visible_to(request.user, now), year)
    agencies = [
        charts.Point(one.label, round(one.percent, 1))
        for one in checking.comparable(found.agencies)[:15]
        if one.percent is not None
    ]
    drawn = []
    if len(agencies) > 1:
        drawn.append(
            charts.horizontal_bars(
                _("各機關應予改善的比率，已評10件以上"),
                agencies,
                unit="%",
                source=_("市政廳品質抽查"),
                first_column=_("主辦機關"),
            )
        )
    low = [charts.Point(one.label, round(one.percent, 1)) for one in found.faults]
    if any(point.value for point in low):
        drawn.append(
            charts.horizontal_bars(
                _("各項目低分的比率"), low, unit="%", source=_("市政廳品質抽查"), first_column=_("項目")
            )
        )
    context = {
        "found": found,
        "name": year_name(year),
        "charts": drawn,
        "months": [one for one in checking.months(rows) if one.check.month.year == year and one.drawn][::-1],
        "awards": _awards(request, year, now),
        "may_propose": allowed(request, CHECK) and year < day_of(now).year,
        "may_decide": allowed(request, AWARD),
        "sees_awards": allowed(request, CHECK) or allowed(request, AWARD),
        "over": year < day_of(now).year,
        "sheets": _sheets(request, year, now),
        "returns": list(_returns(request, now).filter(year=year).order_by("agency__order", "agency__code")),
        "may_ask": allowed(request, CHECK) and year < day_of(now).year and _unasked(year),
        "today": day_of(now),
        "may_hand_in": allowed(request, CONTEST),
    }
    return render(request, "petitions/desk/quality/year.html", context)


def _sheets(request: HttpRequest, year: int, at: datetime) -> dict[str, Any] | None:
    """The sheets behind a number: by agency, category, criterion or state, the newest month first."""
    by, part = request.GET.get("by", ""), request.GET.get("part", "")
    rows = checking.of_year(checking.visible_to(request.user, at), year).filter(checking.SCORED, second=False)
    conditions = {
        "agency": {"agency__code": part},
        "category": {"petition__category__code": part} if part != "-" else {"petition__category": None},
        "state": {"state": part},
        "urgent": {"urgent": True},
        "all": {},
    }
    if by == "criterion":
        rows = checking.low_in(rows, part)
    elif by in conditions:
        rows = rows.filter(**conditions[by])
    else:
        return None
    if request.GET.get("wanting"):
        rows = rows.filter(checking.WANTING)
    ordered = checking.with_everything(rows).order_by("-check_plan__month", "pk")
    return {"rows": ordered[:MOST_SHOWN], "many": ordered.count(), "by": by, "part": part}


MOST_SHOWN = 200


@requires(READ)
def download(request: HttpRequest, year: int, kind: str) -> HttpResponseBase:
    """The analysis as PDF, or its tables as CSV, ODS or XLSX; written down."""
    now = timezone.now()
    found = _found(request, year, now)
    audit.record("petition.quality_analysis_exported", None, by=request.user, at=now, new={"year": year, "kind": kind})
    if kind != "pdf":
        headings = [_("表"), _("項目"), _("應予改善或低分"), _("已評"), _("比率（%）"), _("平均給分"), _("常見的理由")]
        return downloads.sheet(kind, f"quality-{year}.{kind}", headings, _lines(found))
    try:
        content = quality_papers.analysis(found, _awards(request, year, now), name=year_name(year), at=now)
    except CannotMakePaper as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(reverse("petitions:quality_year", args=[year]))
    name = f'attachment; filename="quality-{year}.pdf"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": name})


def _lines(found: checking.Year) -> Iterator[list[Any]]:
    tables = ((_("全部"), [found.total, found.urgent]), (_("各機關"), found.agencies), (_("各類別"), found.categories))
    for title, rows in tables:
        for one in rows:
            share = None if one.percent is None else round(one.percent, 1)
            yield [title, one.label or _("還沒有分類"), one.wanting, one.scored, share, None, ""]
    for fault in found.faults:
        reasons = _("；").join(f"{reason}（{n}）" for reason, n in fault.reasons)
        yield [
            _("各項目的低分"), fault.label, fault.low, fault.scored, round(fault.percent, 1), round(fault.mean, 2), reasons,
        ]  # fmt: skip


# ---- what the agencies say ------------------------------------------------------------------------------------------


def _returns(request: HttpRequest, at: datetime) -> QuerySet[YearReturn]:
    """The commission sees all, an agency its own."""
    reach = directory.reach(request.user, READ, at)
    rows = YearReturn.objects.select_related("agency", "returned_by")
    return rows.filter(reach.within(unit="", person=""))


def _unasked(year: int) -> bool:
    asked = set(YearReturn.objects.filter(year=year).values_list("agency", flat=True))
    return any(agency.pk not in asked for agency in returns.agencies_of(year))


@requires(CHECK)
@require_POST
@form_once
def ask(request: HttpRequest, year: int) -> HttpResponse:
    """請各機關分析 by hand; the job of January does the same."""
    try:
        many = returns.ask(year, by=request.user, at=timezone.now())
    except CannotAct as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已請%(n)s個機關分析。") % {"n": many})
    return HttpResponseRedirect(reverse("petitions:quality_year", args=[year]))


@requires(CONTEST)
@form_once
def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """繳交年度分析 by the agency's 研考窗口."""
    now = timezone.now()
    row = get_object_or_404(_returns(request, now), pk=pk)
    if not directory.reach(request.user, CONTEST, now).covers(agency=row.agency):
        raise Http404
    todo_acts.mark_seen_by(row, request.user, at=now)

    def do(given: dict[str, Any]) -> str:
        returns.hand_in(row, analysis=given["analysis"], measures=given["measures"], by=request.user, at=now)
        return _("已繳交。")

    back = reverse("petitions:quality_year", args=[row.year])
    found = _found(request, row.year, now)
    return act_page(
        request,
        form=forms.ReturnForm(
            request.POST if request.method == "POST" else None,
            initial={"analysis": row.analysis, "measures": row.measures},
        ),
        title=_("%(year)s年度分析") % {"year": year_name(row.year)},
        button=_("繳交"),
        do=do,
        back=(back, _("%(year)s分析") % {"year": year_name(row.year)}),
        to=back,
        refused=CannotAct,
        lead=_("請先看貴機關這一年的統計和評核表，再寫分析與改善作法。"),
        summary=[
            (_("機關"), row.agency.label),
            (_("繳交期限"), as_date(row.due_on, weekday=True)),
            (
                _("應予改善"),
                _("%(n)s／%(all)s件（%(share)s）")
                % {
                    "n": found.total.wanting, "all": found.total.scored,
                    "share": quality_papers.percent(found.total.percent),
                },
            ),
        ],
    )  # fmt: skip


# ---- 獎懲建議 --------------------------------------------------------------------------------------------------------


@requires(CHECK)
@form_once
def propose(request: HttpRequest, year: int) -> HttpResponse:
    """提出獎懲建議: by a person, with a reason."""
    now = timezone.now()
    found = _found(request, year, now)
    rows = checking.of_year(checking.visible_to(request.user, now), year)
    asked = request.GET.get("agency", "")

    def do(given: dict[str, Any]) -> str:
        awards.propose(
            year=year, agency=get_object_or_404(Agency, code=given["agency"]), whom=given["whom"], kind=given["kind"],
            reason=given["reason"], by=request.user, at=now,
        )  # fmt: skip
        return _("已提出，由主任委員決定。")

    back = reverse("petitions:quality_year", args=[year])
    numbers = next((one for one in found.agencies if one.code == asked), None)
    summary = []
    if numbers is not None:
        share = quality_papers.percent(numbers.percent)
        summary.append((numbers.label, _("%(n)s／%(all)s件應予改善（%(share)s）") % {
            "n": numbers.wanting, "all": numbers.scored, "share": share,
        }))  # fmt: skip
    return act_page(
        request,
        form=forms.AwardForm(request.POST if request.method == "POST" else None, rows=rows, initial={"agency": asked}),
        title=_("提出%(year)s獎懲建議") % {"year": year_name(year)},
        button=_("提出建議"),
        do=do,
        back=(back, _("%(year)s分析") % {"year": year_name(year)}),
        to=back,
        refused=CannotAct,
        lead=_("建議由主任委員決定；同意之後仍依人事程序辦理，系統不會自動處分或獎勵任何人。"),
        summary=summary,
    )


@requires(AWARD)
@form_once
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """決定獎懲建議."""
    now = timezone.now()
    award = get_object_or_404(QualityAward.objects.select_related("agency", "proposed_by"), pk=pk)
    todo_acts.mark_seen_by(award, request.user, at=now)
    back = reverse("petitions:quality_year", args=[award.year])
    if award.state != AwardState.PROPOSED and request.method == "GET":
        messages.info(request, _("這項建議已經決定過了。"))
        return HttpResponseRedirect(back)

    def do(given: dict[str, Any]) -> str:
        awards.decide(award, approved=given["approved"], decision=given["decision"], by=request.user, at=now)
        return _("已決定。")

    return act_page(
        request,
        form=forms.AwardDecisionForm(request.POST if request.method == "POST" else None),
        title=_("決定獎懲建議"),
        button=_("決定"),
        do=do,
        back=(back, _("%(year)s分析") % {"year": year_name(award.year)}),
        to=back,
        refused=CannotAct,
        summary=[
            (_("機關"), award.agency.label), (_("對象"), award.whom or "—"), (_("建議"), award.get_kind_display()),
            (_("理由"), award.reason), (_("提出"), award.proposed_by.label if award.proposed_by else "—"),
        ],
    )  # fmt: skip
