"""電話測試 at the desk: the tester's list, and the sheet of one call."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.directory import queries as directory
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.scoring import queries as scoring
from cityhall.engines.scoring import services as scoring_acts
from cityhall.foundation.clock import TAIPEI, day_of
from cityhall.web.access import allowed, requires
from cityhall.web.charts import month_name

from .. import forms, improving, queries, services
from ..models import CallPlan, PhoneTest
from ..parameters import SCHEME
from ..queries import ANSWER, PLAN, READ, TEST
from ..refusals import CannotTest
from ..rules import part_of
from ..states import CallState, ImprovementState, Window


@requires(TEST)
def mine(request: HttpRequest) -> HttpResponse:
    """A tester's calls of the month: first what can be called now, then the rest, then what is done."""
    now = timezone.now()
    today = day_of(now)
    current = CallPlan.objects.filter(month=today.replace(day=1)).first()
    person = directory.person_of(request.user)
    rows = queries.with_everything(queries.of_tester(request.user).filter(plan=current)).order_by("agency__code", "pk")
    window = Window(part_of(now.astimezone(TAIPEI).time(), queries.lunch_on(today)).value)
    waiting = rows.filter(state=CallState.WAITING)
    context = {
        "plan": current,
        "month": month_name(today),
        "progress": queries.progress(current, person) if current and person else None,
        "window": window,
        "now_rows": list(waiting.filter(window=window)),
        "again_rows": list(queries.with_everything(queries.to_score_again(request.user)).order_by("called_at", "pk")),
        "later_rows": list(waiting.exclude(window=window).order_by("window", "agency__code", "pk")),
        "page": Paginator(rows.exclude(state=CallState.WAITING).order_by("-called_at", "-pk"), 25).get_page(
            request.GET.get("page")
        ),
    }
    return render(request, "phone_tests/mine.html", context)


def _one(request: HttpRequest, reference: uuid.UUID, at: datetime) -> PhoneTest:
    """The test, for its tester and for those who may read it; for others it does not exist."""
    own = queries.of_tester(request.user) if allowed(request, TEST) else PhoneTest.objects.none()
    rows = PhoneTest.objects.filter(queries.within_rights(request.user, at)) if allowed(request, READ) else own
    found = queries.with_everything(rows).filter(reference=reference).first() or (
        queries.with_everything(own).filter(reference=reference).first()
    )
    if found is None:
        raise Http404
    return found


@requires(TEST, READ)
@form_once
def test(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One test: the card and the sheet for its tester, and what came of it."""
    now = timezone.now()
    found = _one(request, reference, now)
    calls = allowed(request, TEST) and found.tester == directory.person_of(request.user)
    form, status = None, 200
    if calls and found.state == CallState.WAITING:
        scheme = scoring_acts.scheme_on(SCHEME, day_of(now))
        form = forms.SheetForm(
            request.POST if request.method == "POST" else None, scheme=scheme, now=now.astimezone(TAIPEI),
            today=day_of(now), recorded=found.second_tester_id is not None,
        )  # fmt: skip
    if request.method == "POST":
        if form is None:
            messages.error(request, _("這一通已經登錄過了，或不是分給您的。"))
            return HttpResponseRedirect(reverse("phone_tests:test", args=[reference]))
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                done = services.score(
                    found,
                    marks=form.marks(),
                    remark=given["remark"],
                    recording=given.get("recording", ""),
                    called_at=form.called_at,
                    by=request.user,
                    at=now,
                )
            except scoring_acts.Incomplete as gaps:
                form.show(gaps.faults)
            except CannotTest as refusal:
                form.add_error("clock", refusal.sentence)
            else:
                return _on(request, done)
    return render(request, "phone_tests/test.html", _context(request, found, form, calls), status=status)


def _context(request: HttpRequest, found: PhoneTest, form: forms.SheetForm | None, calls: bool) -> dict[str, Any]:
    now = timezone.now()
    reads = directory.reach(request.user, READ, now)
    everything = calls or reads.everywhere
    asked = list(found.improvements.select_related("answered_by", "decided_by").order_by("n")) if reads else []
    return {
        "reads": bool(reads),
        "improvements": asked,
        "today": day_of(now),
        "acts": _acts(request, found, asked[-1].state if asked else "", now),
        "one": found,
        "form": form,
        "calls": calls,
        "sees_tester": everything,
        "attempts": list(found.attempts.order_by("n")),
        "marks": scoring.marks([found.sheet])[found.sheet.pk] if found.sheet else [],
        "month": month_name(found.plan.month),
    }


def _acts(request: HttpRequest, found: PhoneTest, state: str, at: datetime) -> list[tuple[str, str]]:
    """What may be done about the improvement now: the page, and what its button says."""
    if state == ImprovementState.ASKED and directory.reach(request.user, ANSWER, at).covers(agency=found.agency):
        return [(reverse("phone_tests:answer", args=[found.reference]), _("回復怎麼改善"))]
    if state == ImprovementState.ANSWERED and allowed(request, PLAN):
        return [(reverse("phone_tests:decide", args=[found.reference]), _("確認或退回"))]
    return []


def _on(request: HttpRequest, done: PhoneTest) -> HttpResponse:
    """What came of it, and back to the list."""
    messages.success(
        request,
        _("%(number)s已登錄：%(points)s分，%(result)s。")
        % {"number": done.number, "points": f"{done.points.normalize():f}", "result": done.get_state_display()},
    )
    return HttpResponseRedirect(reverse("phone_tests:mine"))


@requires(TEST)
@form_once
def unreached(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """沒有接通: a try that reached nobody."""
    now = timezone.now()
    found = queries.with_everything(queries.of_tester(request.user)).filter(reference=reference).first()
    if found is None:
        raise Http404
    form = forms.TroubleForm(
        request.POST if request.method == "POST" else None, now=now.astimezone(TAIPEI), today=day_of(now)
    )

    def do(given: dict[str, Any]) -> str:
        done = services.reached_nobody(
            found, trouble=given["trouble"], called_at=form.called_at, by=request.user, at=now
        )
        if done.state == CallState.UNANSWERED:
            return _("%(number)s打了幾次都沒有人接，記為無人接聽。") % {"number": done.number}
        return _("已記下，請改天同一時段再打一次。")

    return act_page(
        request,
        form=form,
        title=_("沒有接通"),
        button=_("記下"),
        do=do,
        back=(reverse("phone_tests:test", args=[reference]), found.number),
        to=reverse("phone_tests:mine"),
        refused=CannotTest,
        lead=_("打幾次都沒有人接，系統會記為無人接聽；不給分，另外列為缺失。"),
        summary=[(_("受測電話"), f"{found.agency.label}　{found.unit.label if found.unit else ''}　{found.phone}")],
    )


# ---- a second time ---------------------------------------------------------------------------------------------------


@requires(TEST)
@form_once
def again(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """再評一次: the second tester hears the recording and does not see what the first one found."""
    now = timezone.now()
    found = queries.with_everything(queries.to_score_again(request.user)).filter(reference=reference).first()
    if found is None:
        raise Http404
    scheme = scoring_acts.scheme_on(SCHEME, found.called_on)
    form = forms.MarksForm(request.POST if request.method == "POST" else None, scheme=scheme)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                services.score_again(found, marks=form.marks(), remark=given["remark"], by=request.user, at=now)
            except scoring_acts.Incomplete as gaps:
                form.show(gaps.faults)
            except CannotTest as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(request, _("%(number)s已再評一次，謝謝。") % {"number": found.number})
                return HttpResponseRedirect(reverse("phone_tests:mine"))
    context = {"one": found, "form": form, "calls": True, "again": True}
    return render(request, "phone_tests/test.html", context, status=status)


# ---- improving -------------------------------------------------------------------------------------------------------


def _improve(request: HttpRequest, found: PhoneTest, form: Any, title: str, button: str, do: Any, lead: str) -> Any:
    here = reverse("phone_tests:test", args=[found.reference])
    rows: list[tuple[Any, Any]] = [
        (_("受測單位"), f"{found.agency.label}　{found.unit.label if found.unit else ''}"),
        (_("結果"), found.get_state_display()),
    ]
    newest = found.improvements.order_by("-n").first()
    if newest is not None and newest.answer:
        rows.append((_("改善作法"), newest.answer))
    return act_page(
        request, form=form(request.POST if request.method == "POST" else None), title=title, button=button, do=do,
        back=(here, found.number), to=here, refused=CannotTest, lead=lead, summary=rows,
    )  # fmt: skip


@requires(ANSWER)
@form_once
def answer(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """回復改善 by the agency that was called."""
    now = timezone.now()
    found = _one(request, reference, now)
    if not directory.reach(request.user, ANSWER, now).covers(agency=found.agency):
        raise Http404

    def do(given: dict[str, Any]) -> str:
        improving.answer(found, text=given["answer"], by=request.user, at=now)
        return _("已回復，由研考會確認。")

    lead = _("寫下查到的原因、做了什麼、誰負責、怎麼知道有用。")
    return _improve(request, found, forms.AnswerForm, _("回復怎麼改善"), _("送出回復"), do, lead)


@requires(PLAN)
@form_once
def decide(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The commission decides on the answer."""
    now = timezone.now()
    found = _one(request, reference, now)

    def do(given: dict[str, Any]) -> str:
        improving.decide(found, accepted=given["accepted"], remark=given["remark"], by=request.user, at=now)
        return _("已確認改善。") if given["accepted"] else _("已退請機關再回復。")

    return _improve(request, found, forms.DecideForm, _("確認改善回復"), _("登錄"), do, "")
