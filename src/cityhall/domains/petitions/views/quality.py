"""品質抽查 at the desk: the months, a month, a sheet beside its petition, the agency's word and the commission's."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases.queries import normal_number
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.files import queries as files
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.worklist import services as todo_acts
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import allowed, requires
from cityhall.web.charts import month_name
from cityhall.web.dates import as_date
from cityhall.web.forms import Form

from .. import checking, quality_papers, queries
from ..checking import CHECK, CONTEST, DECIDE, READ
from ..forms import quality as forms
from ..models import Petition, QualityCheck, QualitySheet
from ..papers import CannotMakePaper
from ..privacy import words_of
from ..quality import Stand, may_contest
from ..services import quality as acts
from ..services.quality import CannotScore
from ..states import SheetState

# ---- the months ------------------------------------------------------------------------------------------------------


def months_to_draw(now: datetime) -> list[date]:
    """Months that are over, hold a petition and have not been drawn, the newest first; two years back at most."""
    done = set(QualityCheck.objects.values_list("month", flat=True))
    today = day_of(now)
    first = today.replace(year=today.year - 2, day=1)
    found = (
        Petition.objects.opened_within(first, today.replace(day=1)).filter(case__opened_on__lt=today.replace(day=1))
    ).dates("case__opened_on", "month", order="DESC")
    return [month for month in found if month not in done]


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The months, the newest first; how agencies did over them; which month can be drawn."""
    now = timezone.now()
    rows = checking.visible_to(request.user, now)
    known = checking.grid(rows)
    months = checking.months(rows)
    checks = allowed(request, CHECK)
    if not checks:  # an agency sees the months in which something of its own was scored
        months = [one for one in months if one.scored]
    open_months = months_to_draw(now) if checks else []
    context = {
        "page": Paginator(months, 24).get_page(request.GET.get("page")),
        "checks": checks,
        "grid": known,
        "charts": _charts(months, known),
        "draw_form": forms.DrawForm(months=open_months) if open_months else None,
        "years": sorted({one.check.month.year for one in months}, reverse=True),
    }
    return render(request, "petitions/desk/quality/list.html", context)


def _charts(months: list[checking.Month], known: checking.Grid) -> list[charts.Chart]:
    """The share found wanting by month, and by agency over the latest months."""
    source = _("市政廳品質抽查，依案件成案的月份")
    drawn = []
    shares = [(one.check.month, round(one.share, 1)) for one in reversed(months[:24]) if one.share is not None]
    if len(shares) > 1:
        drawn.append(charts.line(_("應予改善的比率"), shares, unit="%", source=source, places=1))
    named = [
        charts.Point(line.label, round(line.percent, 1))
        for line in checking.comparable([line for line, _cells in known.lines])[:12]
        if line.percent is not None
    ]
    if len(named) > 1:
        drawn.append(
            charts.horizontal_bars(
                _("各機關應予改善的比率，已評10件以上"), named, unit="%", source=source, first_column=_("主辦機關")
            )
        )
    return drawn


@requires(CHECK)
@require_POST
@form_once
def draw(request: HttpRequest) -> HttpResponse:
    """抽出 by hand; the monthly job does the same."""
    now = timezone.now()
    form = forms.DrawForm(request.POST, months=months_to_draw(now))
    if not form.is_valid():
        messages.error(request, _("請選一個還沒抽過、已經結束的月份。"))
        return HttpResponseRedirect(reverse("petitions:quality"))
    try:
        check = acts.draw(date.fromisoformat(f"{form.cleaned_data['month']}-01"), by=request.user, at=now)
    except CannotAct as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("petitions:quality"))
    messages.success(request, _("已抽出%(n)s件，並分給檢核人員。") % {"n": check.sheets.filter(second=False).count()})
    return HttpResponseRedirect(reverse("petitions:quality_month", args=[check.slug]))


# ---- a month ---------------------------------------------------------------------------------------------------------


def _check(month: str) -> QualityCheck:
    try:
        return QualityCheck.objects.select_related("drawn_by").get(month=date.fromisoformat(f"{month}-01"))
    except (ValueError, QualityCheck.DoesNotExist) as error:
        raise Http404 from error


def _filtered(
    request: HttpRequest, check: QualityCheck, at: datetime
) -> tuple[forms.MonthFilter, QuerySet[QualitySheet], QuerySet[QualitySheet]]:
    everything = checking.visible_to(request.user, at).filter(check_plan=check)
    checks = allowed(request, CHECK)
    if not checks and not everything.exists():
        raise Http404
    form = forms.MonthFilter(request.GET or None, rows=everything, checks=checks)
    rows = everything
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            said = wanted["q"].strip()
            tail = said.rpartition("-")[2].lstrip("0")
            found = Q(petition__case__number=normal_number(said))
            if said.upper().startswith("Q") and tail.isdecimal() and len(tail) < 10:
                found |= Q(pk=int(tail))
            rows = rows.filter(found)
        if wanted["agency"]:
            rows = rows.filter(agency__code=wanted["agency"])
        if wanted["kind"]:
            rows = rows.filter(urgent=wanted["kind"] == "urgent")
        match wanted["state"]:
            case "":
                pass
            case "scored":
                rows = rows.filter(checking.SCORED)
            case "wanting":
                rows = rows.filter(checking.WANTING)
            case state:
                rows = rows.filter(state=state)
        if wanted.get("mine"):
            rows = rows.filter(checker=directory.person_of(request.user))
        if wanted.get("apart"):
            rows = checking.disagreeing(rows)
    return form, checking.with_everything(rows).order_by("agency__order", "agency__code", "-urgent", "pk"), everything


@requires(READ)
def month(request: HttpRequest, month: str) -> HttpResponse:
    """A month's sheets; each filter is a link."""
    now = timezone.now()
    check = _check(month)
    form, rows, everything = _filtered(request, check, now)
    checks = allowed(request, CHECK)
    standing = next((one for one in checking.months(everything) if one.check.pk == check.pk), None)
    assert standing
    labels = {one.code: one.label for one in Agency.objects.filter(code__in=[row["agency"] for row in check.strata])}
    context = {
        "check": check,
        "name": month_name(check.month),
        "standing": standing,
        "form": form,
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "filtered": bool(request.GET),
        "checks": checks,
        "agencies": checking.by_agency(everything),
        "strata": [{**row, "label": labels.get(row["agency"], row["agency"])} for row in check.strata],
        "next": checking.next_to_score(request.user, check) if checks else None,
        "missing": len(acts.missing(check)) if checks else 0,
    }
    return render(request, "petitions/desk/quality/month.html", context)


COLUMNS = (
    gettext_lazy("評核表編號"), gettext_lazy("案件編號"), gettext_lazy("主旨"), gettext_lazy("類別"),
    gettext_lazy("主辦機關"), gettext_lazy("抽查的理由"), gettext_lazy("第幾次評分"), gettext_lazy("分數"),
    gettext_lazy("結果"), gettext_lazy("評分日"), gettext_lazy("申復期限"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, month: str, kind: str) -> HttpResponseBase:
    """The filtered sheets as CSV, ODS or XLSX; written down."""
    now = timezone.now()
    check = _check(month)
    _form, rows, _everything = _filtered(request, check, now)
    audit.record("petition.quality_exported", check, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    return downloads.sheet(kind, f"quality-{check.slug}.{kind}", [str(one) for one in COLUMNS], _cells(rows))


def _cells(rows: QuerySet[QualitySheet]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=500):
        case, category = row.petition.case, row.petition.category
        yield [
            row.number, case.number, case.title, category.label if category else "", row.agency.label,
            str(_("急迫案件") if row.urgent else _("抽樣")), 2 if row.second else 1, row.points,
            row.get_state_display(), day_of(row.scored_at) if row.scored_at else None, row.contest_until,
        ]  # fmt: skip


@requires(CHECK)
@require_POST
@form_once
def top_up(request: HttpRequest, month: str) -> HttpResponse:
    """補抽 the urgent petitions that were not urgent when the month was drawn."""
    check = _check(month)
    try:
        many = acts.top_up(check, by=request.user, at=timezone.now())
    except CannotAct as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已補抽%(n)s件。") % {"n": many})
    return HttpResponseRedirect(reverse("petitions:quality_month", args=[check.slug]))


# ---- a sheet ---------------------------------------------------------------------------------------------------------


def _one(request: HttpRequest, reference: uuid.UUID, at: datetime) -> QualitySheet:
    """The sheet, for those who may see it; for others it does not exist."""
    rows = checking.with_everything(checking.visible_to(request.user, at))
    found = (
        rows.select_related(
            "petition__case__agency", "petition__case__unit", "petition__case__officer", "petition__case__place",
            "rubric", "redo_reply",
        )
        .prefetch_related("rubric__criteria")
        .filter(reference=reference)
        .first()
    )  # fmt: skip
    if found is None:
        raise Http404
    return found


@requires(READ)
@form_once
def sheet(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One sheet beside its petition; the checker scores here and goes on to the next."""
    now = timezone.now()
    found = _one(request, reference, now)
    form, status = None, 200
    person = directory.person_of(request.user)
    if allowed(request, CHECK) and acts.why_not_score(found, person) is None:
        form = forms.ScoreForm(request.POST if request.method == "POST" else None, rubric=found.rubric)
    if request.method == "POST":
        if form is None:
            messages.error(request, _("這份評核表已經評過了，或應由另一位評分。"))
            return HttpResponseRedirect(reverse("petitions:quality_sheet", args=[reference]))
        status = 422
        if form.is_valid():
            try:
                done = acts.score(
                    found, marks=form.marks(), remark=form.cleaned_data["remark"], by=request.user, at=now
                )
            except CannotScore as refusal:
                form.show(refusal.faults)
            except CannotAct as refusal:
                form.add_error(None, str(refusal))
            else:
                return _on(request, done)
    todo_acts.mark_seen_by(found, request.user, at=now)
    return render(request, "petitions/desk/quality/sheet.html", _context(request, found, form, now), status=status)


def _on(request: HttpRequest, done: QualitySheet) -> HttpResponse:
    """What was found, and the next sheet of one's own."""
    messages.success(
        request,
        _("%(number)s已評：%(points)s分，%(result)s。")
        % {"number": done.number, "points": done.points, "result": done.get_state_display()},
    )
    onward = checking.next_to_score(request.user, done.check_plan, after=done.pk)
    if onward is None:
        return HttpResponseRedirect(reverse("petitions:quality_month", args=[done.check_plan.slug]))
    return HttpResponseRedirect(reverse("petitions:quality_sheet", args=[onward.reference]))


def _context(request: HttpRequest, found: QualitySheet, form: Form | None, now: datetime) -> dict[str, Any]:
    petition, case = found.petition, found.petition.case
    readable = may_read(request, found, now)
    events = list(case_queries.timeline(case, public_only=False)) if readable else []
    replies = [
        {"reply": reply, "files": list(files.of(reply))}
        for reply in case_queries.sent_replies(case).select_related("drafted_by", "approved_by")
        if readable
    ]
    checks = allowed(request, CHECK)
    twin = (
        checking.visible_to(request.user, now)
        .filter(check_plan=found.check_plan, petition=petition)
        .exclude(pk=found.pk)
        .select_related("checker")
        .first()
    )
    return {
        "one": found,
        "petition": petition,
        "case": case,
        "form": form,
        "fields": [(form[f"mark_{one.code}"], form[f"reason_{one.code}"]) for one in form.criteria]
        if isinstance(form, forms.ScoreForm)
        else [],
        "marks": checking.marks(found),
        "contest": getattr(found, "contest", None),
        "steps": checking.steps(found) if checks or not found.second else [],
        "replies": replies,
        "events": events,
        "names": queries.names_of(events),
        "clocks": list(deadline_queries.clocks_of(case)),
        "hidden": words_of(case.requester),  # how it was handled is looked at, not who wrote
        "readable": readable,
        "acts": _acts(request, found, now),
        "twin": twin,
        "checks": checks,
        "today": day_of(now),
        "month_name": month_name(found.check_plan.month),
        "next": checking.next_to_score(request.user, found.check_plan, after=found.pk) if checks else None,
    }


def may_read(request: HttpRequest, found: QualitySheet, at: datetime) -> bool:
    """Whether the petition itself may be read: it may have gone to another agency since it was checked."""
    return queries.visible_to(request.user, at).filter(pk=found.petition_id).exists()


def _acts(request: HttpRequest, one: QualitySheet, at: datetime) -> list[tuple[str, str, bool]]:
    """What may be done with it now: the page, what its button says, and whether it is the main act."""
    person = directory.person_of(request.user)
    found = []
    if one.second:
        if allowed(request, CHECK) and one.scored_at and person == one.checker:
            found.append(("quality_take_back", _("收回重評"), False))
    elif one.state == SheetState.WANTING:
        if _may_contest(request, one, at):
            found += [("quality_accept", _("接受，重新回復民眾"), True), ("quality_contest", _("申復"), False)]
        if allowed(request, CHECK) and person == one.checker:
            found.append(("quality_take_back", _("收回重評"), False))
    elif one.state == SheetState.GOOD and allowed(request, CHECK) and person == one.checker:
        found.append(("quality_take_back", _("收回重評"), False))
    elif one.state == SheetState.CONTESTED and allowed(request, DECIDE):
        if acts.why_not_decide(one, person) is None:
            found.append(("quality_decide", _("決定申復"), True))
    elif one.state == SheetState.ANSWERED and allowed(request, CHECK):
        found.append(("quality_judge", _("複查重新回復"), True))
    if one.state == SheetState.WAITING and allowed(request, CHECK):
        found.append(("quality_drop", _("不評"), False))
    return [(reverse(f"petitions:{name}", args=[one.reference]), str(label), main) for name, label, main in found]


def _may_contest(request: HttpRequest, one: QualitySheet, at: datetime) -> bool:
    """Whether the agency's 研考窗口 has this sheet before them, in time."""
    if not directory.reach(request.user, CONTEST, at).covers(agency=one.agency):
        return False
    until = one.contest_until or date.min
    return may_contest(Stand(one.state), contested_before=False, today=day_of(at), until=until) is None


@requires(READ)
def paper(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The sheet as PDF, for the agency's file; printed in the trail."""
    now = timezone.now()
    found = _one(request, reference, now)
    if found.scored_at is None:
        raise Http404
    try:
        content = quality_papers.sheet(found, readable=may_read(request, found, now), at=now)
    except CannotMakePaper as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(reverse("petitions:quality_sheet", args=[reference]))
    audit.record("petition.quality_printed", found, by=request.user, at=now)
    name = f'attachment; filename="{found.number}.pdf"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": name})


# ---- acts on a sheet -------------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    reference: uuid.UUID,
    form: Callable[..., Form],
    title: str,
    button: str,
    do: Callable[[QualitySheet, dict[str, Any], datetime], str],
    lead: str = "",
) -> HttpResponse:
    now = timezone.now()
    found = _one(request, reference, now)
    back = reverse("petitions:quality_sheet", args=[reference])
    return act_page(
        request,
        form=form(request.POST if request.method == "POST" else None),
        title=title,
        button=button,
        do=lambda given: do(found, given, now),
        back=(back, f"{found.number} {found.petition.case.title}"),
        to=back,
        refused=CannotAct,
        lead=lead,
        summary=_summary(found),
    )


def _summary(found: QualitySheet) -> list[tuple[Any, Any]]:
    rows: list[tuple[Any, Any]] = [
        (pgettext("quality", "案件"), f"{found.petition.case.number}　{found.petition.case.title}")
    ]
    if found.points is not None:
        rows.append((_("分數"), found.points))
    rows += [
        (mark.criterion.label, f"{mark.value}　{mark.reason}")
        for mark in checking.marks(found)
        if mark.value < found.rubric.reason_below
    ]
    if found.contest_until and found.state == SheetState.WANTING:
        rows.append((_("申復期限"), as_date(found.contest_until, weekday=True)))
    contest = getattr(found, "contest", None)
    if contest is not None:
        rows.append((_("申復理由"), contest.reason))
    if found.redo_reply is not None:
        rows.append((_("重新回復"), found.redo_reply.text))
    return rows


def _own(request: HttpRequest, found: QualitySheet, at: datetime) -> None:
    """Only the agency whose petition it is answers for it."""
    if not directory.reach(request.user, CONTEST, at).covers(agency=found.agency):
        raise Http404


@requires(CHECK)
@form_once
def take_back(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """收回重評."""

    def do(found: QualitySheet, given: dict[str, Any], at: datetime) -> str:
        acts.take_back(found, reason=given["reason"], by=request.user, at=at)
        return _("已收回，請重新評分。")

    return _page(request, reference, forms.BecauseForm, _("收回重評"), _("收回"), do)


@requires(CHECK)
@form_once
def drop(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """不評."""

    def do(found: QualitySheet, given: dict[str, Any], at: datetime) -> str:
        acts.drop(found, reason=given["reason"], by=request.user, at=at)
        return _("已登錄不評。")

    return _page(request, reference, forms.BecauseForm, _("不評這一件"), _("不評"), do)


@requires(CONTEST)
@form_once
def accept(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The agency answers anew at once."""

    def do(found: QualitySheet, given: dict[str, Any], at: datetime) -> str:
        _own(request, found, at)
        acts.accept(found, by=request.user, at=at)
        return _("已接受，案件回到待分辦，重新回復的期限開始計算。")

    lead = _("接受之後不能再申復；案件會回到您的待辦，另起期限，民眾會知道將重新回復。")
    return _page(request, reference, forms.AcceptForm, _("接受評核"), _("接受，重新回復民眾"), do, lead)


@requires(CONTEST)
@form_once
def contest(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """申復, once."""

    def do(found: QualitySheet, given: dict[str, Any], at: datetime) -> str:
        _own(request, found, at)
        acts.contest(found, reason=given["reason"], by=request.user, at=at)
        return _("已申復，由研考會另一位人員決定。")

    return _page(request, reference, forms.ContestForm, _("申復"), _("送出申復"), do)


@requires(DECIDE)
@form_once
def decide(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The decision on the contest."""

    def do(found: QualitySheet, given: dict[str, Any], at: datetime) -> str:
        acts.decide(found, granted=given["granted"], decision=given["decision"], by=request.user, at=at)
        return _("申復已決定，並已通知機關。")

    return _page(request, reference, forms.ContestDecisionForm, _("決定申復"), _("決定並通知機關"), do)


@requires(CHECK)
@form_once
def judge(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """複查 the new reply."""

    def do(found: QualitySheet, given: dict[str, Any], at: datetime) -> str:
        acts.judge(found, improved=given["improved"], remark=given["remark"], by=request.user, at=at)
        return _("複查結果已登錄。")

    return _page(request, reference, forms.JudgeForm, _("複查重新回復"), _("登錄"), do)
