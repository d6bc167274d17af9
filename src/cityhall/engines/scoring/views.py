"""評核 at the desk: the list, one evaluation with its results, one candidate with its sheets, and the acts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Appointment
from cityhall.engines.directory.states import Role
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web import documents
from cityhall.web.access import allowed, requires
from cityhall.web.charts import year_name
from cityhall.web.dates import as_date

from . import evaluations, forms, queries, registry, telling
from .evaluating import may_see_others, spread
from .evaluations import BARRED, CannotEvaluate
from .models import Candidate, Evaluation, EvaluationStep
from .services import CannotChangeScheme, CannotScore, Incomplete, new_version, scheme_on

READ, MANAGE, ASSESS, JUDGE = "evaluations.read", "evaluations.manage", "evaluations.assess", "evaluations.judge"
PAGE = 50


# ---- lists -----------------------------------------------------------------------------------------------------------


@requires(READ, JUDGE)
def index(request: HttpRequest) -> HttpResponse:
    """The evaluations that concern the reader: all, those of the own agency, or those that they judge."""
    now = timezone.now()
    page = Paginator(queries.seen_by(request.user, now), PAGE).get_page(request.GET.get("page"))
    rows = [(one, queries.title_of(one), queries.running_of(one)) for one in page.object_list]
    return render(request, "scoring/index.html", {"page": page, "rows": rows, "manages": allowed(request, MANAGE)})


@requires(MANAGE)
def choose(request: HttpRequest) -> HttpResponse:
    """Which evaluation begins."""
    this = day_of(timezone.now()).year
    form = forms.KindForm(request.GET or None, kinds=queries.yearly_kinds(), years=range(this, this - 5, -1))
    if form.is_bound and form.is_valid():
        return HttpResponseRedirect(f"{reverse('scoring:begin')}?{request.GET.urlencode()}")
    return render(request, "scoring/choose.html", {"form": form})


@requires(MANAGE)
@form_once
def begin(request: HttpRequest) -> HttpResponse:
    """開始評核: the days and the judges."""
    now = timezone.now()
    try:
        kind, year = registry.evaluation_kind(request.GET.get("kind", "")), int(request.GET.get("year", ""))
    except (registry.UnknownEvaluation, ValueError):
        return HttpResponseRedirect(reverse("scoring:choose"))
    if kind.candidates is None:
        return HttpResponseRedirect(reverse("scoring:choose"))
    held = Appointment.objects.filter(role=Role.JUDGE).as_of(day_of(now)).select_related("person", "agency")
    people = {
        one.person_id: (one.person, f"{one.person.label}　{one.agency.label}") for one in held.order_by("agency", "pk")
    }
    last = kind.due(year) if kind.due else None
    form = forms.BeginForm(
        request.POST if request.method == "POST" else None, kind=kind, judges=list(people.values()),
        days=spread(day_of(now), last, len(kind.steps)) if last else (),
    )  # fmt: skip

    def do(given: dict[str, Any]) -> str:
        chosen = [people[int(one)][0] for one in given.get("judges", [])]
        evaluations.begin(kind.key, year, judges=chosen, due=form.due, by=request.user, at=now)
        return _("已開始，已放進各機關與評審委員的待辦。")

    back = reverse("scoring:index")
    return act_page(
        request, form=form, title=_("開始%(year)s度%(kind)s") % {"year": year_name(year), "kind": kind.label},
        button=_("開始評核"), do=do, back=(back, _("評核")), to=back, refused=CannotEvaluate,
        summary=[
            (_("受評對象"), len(kind.candidates(year))), (_("評分制度"), registry.declared(kind.scheme).label),
            *([(_("最晚評定日"), as_date(last))] if last else []),
        ],
    )  # fmt: skip


def _declared(kind: str) -> registry.EvaluationKind:
    try:
        return registry.evaluation_kind(kind)
    except registry.UnknownEvaluation:
        raise Http404 from None


@requires(READ, JUDGE)
def scheme(request: HttpRequest, kind: str) -> HttpResponse:
    """How points come about: every version of a kind's scheme, the newest first."""
    declared, today = _declared(kind), day_of(timezone.now())
    now = scheme_on(declared.scheme, today)
    context = {
        "title": _scheme_title(declared),
        "kind": kind,
        "versions": queries.versions(declared.scheme),
        "now": now,
        "today": today,
        "manages": allowed(request, MANAGE),
    }
    return render(request, "scoring/scheme.html", context)


def _scheme_title(kind: registry.EvaluationKind) -> str:
    return _("%(kind)s的評分制度") % {"kind": kind.label}


@requires(MANAGE)
@form_once
def new_scheme(request: HttpRequest, kind: str) -> HttpResponse:
    """新配分與等第 from a coming day on; what has begun keeps its own."""
    declared, now = _declared(kind), timezone.now()
    last = scheme_on(declared.scheme, date.max)
    form = forms.WeightsForm(
        request.POST if request.method == "POST" else None, versions=queries.versions(declared.scheme),
        initial={"valid_from": date(day_of(now).year + 1, 1, 1)},
    )  # fmt: skip

    def do(given: dict[str, Any]) -> str:
        made = new_version(
            declared.scheme, form.lines, most=last.most, reason_below=last.reason_below, valid_from=given["valid_from"],
            source=given["source"], bands=form.bands, by=request.user, at=now,
        )  # fmt: skip
        return _("第%(n)s版自%(day)s起施行。") % {"n": made.version, "day": as_date(made.valid_from)}

    here = reverse("scoring:scheme", args=[kind])
    return act_page(
        request, form=form, title=_("改%(kind)s的評分制度") % {"kind": declared.label}, button=_("自該日起施行"), do=do,
        back=(here, _scheme_title(declared)), to=here, refused=CannotChangeScheme,
        lead=_("各項合計100分；填0，新版就不看這一項。評哪一年，就用那一年年底的版次；已經開始的評核不變。"),
    )  # fmt: skip


# ---- one evaluation --------------------------------------------------------------------------------------------------


def _found(request: HttpRequest, reference: uuid.UUID, at: datetime) -> Evaluation:
    """The evaluation, for those whom it concerns; for others it does not exist."""
    return get_object_or_404(queries.seen_by(request.user, at).select_related("scheme"), reference=reference)


@requires(READ, JUDGE)
def evaluation(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Its steps, and its candidates as they stand; an agency sees its own, and the result once it is closed."""
    now = timezone.now()
    one = _found(request, reference, now)
    reach = directory.reach(request.user, READ, now)
    everywhere = reach.everywhere
    judge, step = queries.judge_of(one, request.user), queries.running_step(one)
    left = queries.left_for(judge, step, day=day_of(now)) if judge and step and step.judged else []
    shows = everywhere or one.closed_on is not None
    rows = [row for row in queries.results(one) if everywhere or judge or _own(request, row.candidate, now)]
    groups: dict[str, list[queries.Result]] = {}
    for row in sorted(rows, key=lambda row: (row.candidate.group, (row.place or 0) if shows else 0, row.candidate.n)):
        groups.setdefault(one.declared.group_label(row.candidate.group), []).append(row)
    context = {
        "one": one,
        "title": queries.title_of(one),
        "steps": list(one.steps.select_related("evaluation").order_by("order")),
        "running": step,
        "groups": list(groups.items()),
        "agencies": any(row.candidate.agency_id for row in rows),
        "shows": shows,
        "left": {row.pk for row in left},
        "graded": shows and bool(one.scheme.bands),
        "letters": [row for row in queries.letters_of(one) if everywhere or row.agency_id in reach.agencies],
        "manages": allowed(request, MANAGE),
    }
    return render(request, "scoring/evaluation.html", context)


def _own(request: HttpRequest, candidate: Candidate, at: datetime) -> bool:
    return directory.reach(request.user, READ, at).covers(agency=candidate.agency)


def _act(
    request: HttpRequest,
    reference: uuid.UUID,
    *,
    title: str,
    button: str,
    lead: str,
    do: Callable[[Evaluation, dict[str, Any], datetime], str],
    form: type[forms.Form] = forms.Form,
) -> HttpResponse:
    now = timezone.now()
    initial = {"sent_on": day_of(now)}
    one = _found(request, reference, now)
    here = reverse("scoring:evaluation", args=[reference])
    return act_page(
        request, form=form(request.POST if request.method == "POST" else None, initial=initial), title=title, button=button,
        do=lambda given: do(one, given, now), back=(here, queries.title_of(one)), to=here, refused=CannotEvaluate,
        lead=lead,
    )  # fmt: skip


@requires(MANAGE)
@form_once
def end_step(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """結束這一步."""

    def do(one: Evaluation, _given: dict[str, Any], at: datetime) -> str:
        step = evaluations.end_step(one, by=request.user, at=at)
        return _("%(step)s已結束。") % {"step": step.label}

    lead = _("期限前要全部評完才能結束；過了期限，每件至少要有一位委員評過。")
    return _act(request, reference, title=_("結束這一步"), button=_("結束"), lead=lead, do=do)


@requires(MANAGE)
@form_once
def close(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """評定."""

    def do(one: Evaluation, _given: dict[str, Any], at: datetime) -> str:
        evaluations.close(one, by=request.user, at=at)
        return _("已評定。總分與名次已寫入，受評機關看得到自己的結果。")

    lead = _("總分與名次會寫入並固定；同分同名次。")
    return _act(request, reference, title=_("評定結果"), button=_("評定"), lead=lead, do=do)


@requires(MANAGE)
@form_once
def reopen(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """重新開啟."""

    def do(one: Evaluation, given: dict[str, Any], at: datetime) -> str:
        evaluations.reopen(one, reason=given["reason"], by=request.user, at=at)
        return _("已重新開啟。")

    lead = _("原來的總分與名次留在稽核軌跡。")
    return _act(
        request, reference, title=_("重新開啟評核"), button=_("重新開啟"), lead=lead, do=do, form=forms.ReasonForm
    )


@requires(MANAGE)
@form_once
def send_results(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """函送結果 to the agencies."""

    def do(one: Evaluation, given: dict[str, Any], at: datetime) -> str:
        made = telling.send_results(one, by=request.user, at=at, **given)
        return _("已函送%(n)d個機關。") % {"n": len(made)}

    lead = _("每個機關收到自己的分數、名次、等第與獎懲建議；結果改過的，再函送一次作為更正。")
    return _act(request, reference, title=_("函送評核結果"), button=_("函送"), lead=lead, do=do, form=forms.LetterForm)


@requires(READ)
def letter(request: HttpRequest, reference: uuid.UUID, agency: str, n: int) -> HttpResponse:
    """評核結果函 as PDF, for its agency and for whoever reads all."""
    now = timezone.now()
    row = get_object_or_404(queries.letters_of(_found(request, reference, now)), agency__code=agency, n=n)
    if not directory.reach(request.user, READ, now).covers(agency=row.agency):
        raise Http404
    try:
        content = telling.paper(row)
    except documents.CannotMake:
        messages.error(request, _("這台主機現在無法製作文件，請用瀏覽器的列印功能。"))
        return HttpResponseRedirect(reverse("scoring:evaluation", args=[reference]))
    name = f"evaluation-result-{agency}-{n}.pdf"
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


@requires(MANAGE)
@form_once
def measure(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """重新計算 what formulas measure."""

    def do(one: Evaluation, given: dict[str, Any], at: datetime) -> str:
        evaluations.measure_again(one, reason=given["reason"], by=request.user, at=at)
        return _("已重新計算。")

    lead = _("依現在的紀錄重算由系統計算的項目；原來的數值留在稽核軌跡。")
    return _act(request, reference, title=_("重新計算"), button=_("重新計算"), lead=lead, do=do, form=forms.ReasonForm)


@requires(MANAGE)
def export(request: HttpRequest, reference: uuid.UUID, kind: str) -> HttpResponseBase:
    """The results as CSV, ODS or XLSX; written down."""
    now = timezone.now()
    one = _found(request, reference, now)
    audit.record("evaluation.exported", one, by=request.user, at=now, new={"kind": kind})
    steps = list(one.steps.select_related("evaluation").order_by("order"))
    headings = [_("組別"), _("名次"), _("受評對象"), _("受評機關"), *(step.label for step in steps), _("總分"), _("等第"),
                _("獎懲建議")]  # fmt: skip
    return downloads.sheet(kind, f"evaluation-{one.year}.{kind}", headings, _cells(one, steps))


def _cells(one: Evaluation, steps: list[EvaluationStep]) -> Iterator[list[Any]]:
    for row in sorted(queries.results(one), key=lambda row: (row.candidate.group, row.place or 0, row.candidate.n)):
        yield [
            one.declared.group_label(row.candidate.group), row.place, row.candidate.label,
            row.candidate.agency.label if row.candidate.agency else "",
            *(row.steps[step.code] for step in steps), row.total, row.grade, row.award,
        ]  # fmt: skip


# ---- one candidate ---------------------------------------------------------------------------------------------------


def _candidate(request: HttpRequest, reference: uuid.UUID, n: int, at: datetime) -> Candidate:
    one = _found(request, reference, at)
    found = get_object_or_404(one.candidates.select_related("agency", "evaluation__scheme"), n=n)
    if queries.judge_of(one, request.user) is None and not _own(request, found, at):
        raise Http404
    return found


@requires(READ, JUDGE)
@form_once
def candidate(request: HttpRequest, reference: uuid.UUID, n: int) -> HttpResponse:
    """What was measured, the sheets that the reader may see, and the own one to fill in."""
    now = timezone.now()
    found = _candidate(request, reference, n, now)
    one, step = found.evaluation, queries.running_step(found.evaluation)
    judge = queries.judge_of(one, request.user)
    reason = queries.barrier_of(judge, found, step, day=day_of(now)) if judge and step and step.judged else None
    assesses = step is not None and not step.judged and _assesses(request, found, now)
    form = None
    if (judge and step and step.judged and reason is None) or assesses:
        form = forms.MarksForm(request.POST if request.method == "POST" else None, scheme=one.scheme)
    status = 200
    if request.method == "POST":
        if form is None:
            messages.error(request, _("這一件現在不由您評分，或已經評過了。"))
            return HttpResponseRedirect(request.path)
        status = 422
        if form.is_valid():
            give = evaluations.assess if assesses else evaluations.judge
            try:
                give(found, marks=form.marks(), remark=form.cleaned_data["remark"], by=request.user, at=now)
            except Incomplete as gaps:
                form.show(gaps.faults)
            except (CannotScore, CannotEvaluate) as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("已評分：%(name)s。") % {"name": found.label})
                return HttpResponseRedirect(reverse("scoring:evaluation", args=[reference]))
    everywhere = directory.reach(request.user, READ, now).everywhere
    context = {
        "found": found,
        "one": one,
        "title": queries.title_of(one),
        "page": one.declared.page(found.object_id) if one.declared.page else "",
        "form": form,
        "step": step,
        "grade": one.scheme.grade_of(found.points),
        "award": one.scheme.award_of(found.points),
        "barred": BARRED.get(reason) if reason else "",
        "may_recuse": judge is not None and one.closed_on is None and reason is None,
        "measurements": [
            (
                row,
                registry.formula_label(row.criterion.formula),
                registry.inputs_shown(row.criterion.formula, row.inputs),
            )
            for row in queries.measurements(one).filter(candidate=found).order_by("criterion__order")
        ],
        "sheets": _sheets(
            found, judge.person_id if judge else None, everywhere=everywhere, agency=_own(request, found, now)
        ),
    }
    return render(request, "scoring/candidate.html", context, status=status)


def _assesses(request: HttpRequest, found: Candidate, at: datetime) -> bool:
    step = queries.running_step(found.evaluation)
    return (
        step is not None
        and directory.reach(request.user, ASSESS, at).covers(agency=found.agency)
        and not queries.sheets_of(found.steps.get(step=step)).exists()
    )


def _sheets(found: Candidate, person: int | None, *, everywhere: bool, agency: bool) -> list[dict[str, Any]]:
    """By step, the sheets that may be seen: an agency's own; judges' by `may_see_others`, without names for the agency."""
    closed = found.evaluation.closed_on is not None
    shown = []
    for row in found.steps.select_related("step__evaluation").order_by("step__order"):
        sheets = list(queries.sheets_of(row).select_related("judge", "scheme").order_by("turn"))
        given = any(sheet.judge_id == person for sheet in sheets)
        if row.step.judged and not may_see_others(manages=everywhere, closed=closed, own_given=given):
            sheets = []
        marks = queries.marks(sheets)
        named = everywhere or person is not None or not row.step.judged
        shown.append(
            {
                "step": row.step,
                "rows": [(sheet, marks[sheet.pk], sheet.judge.label if named else "") for sheet in sheets],
            }
        )
    return [part for part in shown if part["rows"]]


@requires(JUDGE)
@form_once
def recuse(request: HttpRequest, reference: uuid.UUID, n: int) -> HttpResponse:
    """迴避."""
    now = timezone.now()
    found = _candidate(request, reference, n, now)
    here = reverse("scoring:evaluation", args=[reference])

    def do(given: dict[str, Any]) -> str:
        evaluations.recuse(found, reason=given["reason"], by=request.user, at=now)
        return _("已記下您迴避這一件。")

    return act_page(
        request, form=forms.ReasonForm(request.POST if request.method == "POST" else None), title=_("聲明迴避"),
        button=_("迴避這一件"), do=do, back=(reverse("scoring:candidate", args=[reference, n]), found.label), to=here,
        refused=CannotEvaluate, lead=_("有利害關係的，不要評；迴避後不能再評這一件。"),
        summary=[(_("受評對象"), found.label)],
    )  # fmt: skip
