"""驗證 by code or link, and the page that says what happens next."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cityhall.engines.cases.models import Case
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Status
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity import origin, throttle
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.web.access import public
from cityhall.web.errors import TooMany
from cityhall.web.forms import Form

from .. import following, queries
from ..forms.filing import CodeForm
from ..models import Petition
from ..services import clocks, filing, words
from .drafting import FILED, FOLLOWING, METHODS, remember
from .filing import admit_letters


class LinkForm(Form):
    """Nothing to fill in: it carries the sentence of a refusal."""


def petition_of(reference: uuid.UUID) -> Petition:
    """The petition of a reference, or 404 with a sentence."""
    petition = (
        Petition.objects.filter(case__reference=reference)
        .select_related("case__requester", "case__place", "case__agency", "case__unit", "case__officer", "category")
        .first()
    )
    if petition is None:
        raise Http404(_("找不到這件反映。連結可能少了幾個字，請從信件重新點一次。"))
    return petition


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(METHODS)
def confirm(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The six digits from the letter; then the petition counts."""
    if request.method == "POST":
        if request.POST.get("act") == "resend":
            admit_letters(request)
        else:
            admit_code(request)
    return _confirm_once(request, reference)


def admit_code(request: HttpRequest) -> None:
    at = timezone.now()
    try:
        throttle.admit(("network", origin.network(request)), at=at)
    except throttle.CannotTryNow as locked:
        raise TooMany(locked.sentence, retry_after=locked.seconds) from locked


@form_once
def _confirm_once(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    petition, at = petition_of(reference), timezone.now()
    case = petition.case
    if case.status != Status.AWAITING_CONFIRMATION:
        return _nothing_to_confirm(request, petition)
    if not (case.requester and case.requester.email):
        context = {"petition": petition, "mine": _filed_here(request, case), "case": case}
        return render(request, "petitions/call_back.html", context)
    form = CodeForm(request.POST if request.method == "POST" and request.POST.get("act") != "resend" else None)
    if request.POST.get("act") == "resend":
        try:
            filing.send_code(petition, at=at)
        except CannotIssueCode as refusal:
            form = CodeForm({"code": ""})
            form.full_clean()
            form.errors.clear()
            form.add_error("code", refusal.sentence)
        else:
            messages.success(request, _("已經再寄一次，請用最新一封信裡的數字。"))
            return redirect("petitions:confirm", reference=reference)
    elif request.method == "POST" and form.is_valid():
        try:
            filing.confirm_by_code(petition, code=form.cleaned_data["code"], at=at)
        except CannotAct as refusal:
            form.add_error("code", refusal.sentence)
        else:
            return _confirmed(request, petition, at)
    context = {
        "form": form,
        "petition": petition,
        "case": case,
        "address": masked(case.requester.email) if _filed_here(request, case) else "",
    }
    return render(request, "petitions/confirm.html", context)


def _confirmed(request: HttpRequest, petition: Petition, at: datetime) -> HttpResponse:
    remember(request, FOLLOWING, petition.case)
    return redirect("petitions:done", reference=petition.case.reference)


def _filed_here(request: HttpRequest, case: Case) -> bool:
    return str(case.reference) in request.session.get(FILED, [])


def _nothing_to_confirm(request: HttpRequest, petition: Petition) -> HttpResponse:
    case = petition.case
    if case.is_confirmed and str(case.reference) in request.session.get(FOLLOWING, []):
        return redirect("petitions:done", reference=case.reference)
    context = {"case": case, "confirmed": case.is_confirmed, "expired": case.status == Status.EXPIRED_UNCONFIRMED}
    return render(request, "petitions/confirmed_already.html", context)


@public
@never_cache
@require_http_methods(METHODS)
def confirm_link(request: HttpRequest, reference: uuid.UUID, token: str) -> HttpResponse:
    """The link of the letter: a page with a button, because mail scanners open links; works in any browser."""
    if request.method == "POST":
        admit_code(request)
    return _confirm_link_once(request, reference, token)


@form_once
def _confirm_link_once(request: HttpRequest, reference: uuid.UUID, token: str) -> HttpResponse:
    petition, at = petition_of(reference), timezone.now()
    case = petition.case
    if case.status != Status.AWAITING_CONFIRMATION:
        return _nothing_to_confirm(request, petition)
    form = LinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        form.is_valid()
        try:
            filing.confirm_by_link(petition, token=token, at=at)
        except CannotAct as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return _confirmed(request, petition, at)
    usable = filing.link_is_live(petition, token=token, at=at)
    return render(
        request,
        "petitions/confirm_link.html",
        {
            "form": form,
            "petition": petition,
            "case": case,
            "usable": usable,
            "own_title": words.own(case, "title", case.title),
        },
    )


def masked(email: str) -> str:
    """c****@example.org: enough to recognise one's own."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}****@{host}"


# ---- 收到了 --------------------------------------------------------------------------------


@public
@never_cache
@require_http_methods(["GET", "HEAD"])
def done(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Number and code, what happens next and when, how to follow."""
    petition, at = petition_of(reference), timezone.now()
    case = petition.case
    if not may_follow(request, case):
        return redirect("petitions:follow")
    if not case.is_confirmed:
        return redirect("petitions:confirm", reference=reference)
    decision = queries.newest_decision(petition)
    return render(
        request,
        "petitions/done.html",
        {
            "petition": petition,
            "case": case,
            "address": masked(case.requester.email) if case.requester and case.requester.email else "",
            "steps": _steps(petition, decision, at),
            "where": following.where_words(case),
            "code": spaced(case.tracking_code),
        },
    )


def spaced(code: str) -> str:
    """K7M4-Q2RS: in fours, as people read it out."""
    return f"{code[:4]}-{code[4:]}"


def _steps(petition: Petition, decision: Any, at: datetime) -> list[dict[str, Any]]:
    """What happens next, with days."""
    case = petition.case
    sent = case.agency is not None
    steps: list[dict[str, Any]] = [
        {
            "title": _("已分送%(agency)s") % {"agency": case.agency.full_label},
            "text": queries.citizen_reason(decision) if decision else "",
            "done": True,
        }
        if sent and case.agency
        else {
            "title": _("請分文人員判斷由哪個機關處理"),
            "text": _("通常幾小時內就會分送，分送後寄信告訴您。回復的時間已經開始算。"),
            "done": False,
        }
    ]
    days = following.reopen_days(at)
    due = clocks.next_due(petition)
    if petition.urgent:
        steps += [
            {
                "title": _("先回復您查看的結果，最晚"),
                "when": due,
                "text": _("這是急迫案件，1日內要先回復；能當天處理好的就當天處理。"),
            },
            {"title": _("處理好並正式回復"), "text": _("若不能當天處理好，回復裡會寫明哪一天完成。")},
        ]  # fmt: skip
    else:
        steps.append(
            {"title": _("處理並回復您，最晚"), "when": due, "text": _("需要更久時，會先寫信告訴您理由和新的日子。")}
        )
    steps.append({"title": _("請您評分"), "text": _("不滿意，可以在回復後%(days)d天內申請重新處理。") % {"days": days}})
    return steps


def may_follow(request: HttpRequest, case: Case) -> bool:
    """Whether this browser, or who is signed in, may see a petition's own side."""
    return str(case.reference) in request.session.get(FOLLOWING, []) or queries.is_own(request.user, case)
