"""Following a petition: by number and code, by the link of a letter, or signed in; and what can be done with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Status
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity import throttle
from cityhall.engines.identity.requests import account_of
from cityhall.web.access import public, signed_in
from cityhall.web.forms import Form

from .. import following, lookup, on_behalf, papers, queries
from ..forms.following import AddForm, AnswerForm, FollowForm, RateForm, ReopenForm, UrgeForm, WithdrawForm
from ..headings import title_of
from ..models import Consent, Draft, Petition
from ..services import citizen, drafts
from ..services import on_behalf as behalf_acts
from .confirming import may_follow, spaced
from .drafting import FOLLOWING, METHODS, remember

PAGE = 20


# ---- the ways in ---------------------------------------------------------------------------------------------------


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(METHODS)
def follow(request: HttpRequest) -> HttpResponse:
    """Number and code. Five wrong tries from one network for one number lock it for a quarter of an hour."""
    form = FollowForm(
        request.POST if request.method == "POST" else None, initial={"number": request.GET.get("number", "")}
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            case = lookup.followed(request, given["number"], given["code"], at=timezone.now())
            if case is not None:
                return _open(request, case)
            form.add_error(None, _("編號和查詢碼對不起來，請核對信件；英文字母不分大小寫"))
        except throttle.CannotTryNow as locked:
            form.add_error(None, locked.sentence)
    return render(request, "petitions/follow.html", {"form": form})


def _open(request: HttpRequest, case: Case) -> HttpResponse:
    request.session.cycle_key()
    remember(request, FOLLOWING, case)
    return redirect("petitions:followed", reference=case.reference)


@public
@never_cache
@require_http_methods(["GET", "HEAD"])
def by_letter(request: HttpRequest, reference: uuid.UUID, key: str) -> HttpResponse:
    """The link of a letter, as good as number and code, which stand in the same letter."""
    case = queries.by_letter(reference, key)
    if case is None:
        messages.warning(request, _("這個連結不完整或已經失效，請改用案件編號和查詢碼。"))
        return redirect("petitions:follow")
    if not case.is_confirmed:
        return redirect("petitions:confirm", reference=reference)
    return _open(request, case)


@public
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget, in this browser, which petitions were followed: for a computer that others use too."""
    request.session.pop(FOLLOWING, None)
    messages.success(request, _("這個瀏覽器不再記得您查過的案件。"))
    return redirect("petitions:follow")


@signed_in
@require_http_methods(["GET", "HEAD"])
def mine(request: HttpRequest) -> HttpResponse:
    """Everything that the account reported, newest first, and what it began to write."""
    at = timezone.now()
    found = queries.of_citizen(account_of(request)).order_by("-case__received_at", "-pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "case": petition.case,
            "standing": following.standing(petition.case),
            "next": None if petition.case.is_ended or not petition.case.is_confirmed
            else following.next_step(petition, at=at),
        }
        for petition in page
    ]  # fmt: skip
    return render(
        request,
        "petitions/mine.html",
        {"page": page, "rows": rows, "drafts": [_begun(one) for one in drafts.of_account(account_of(request), at=at)]},
    )


def _begun(draft: Draft) -> dict[str, Any]:
    text = draft.data.get("what", {}).get("text", "")
    return {
        "changed_at": draft.changed_at,
        "title": title_of(text) if text else "",
        "url": reverse("petitions:resume", args=[drafts.link_token(draft)]),
    }


# ---- the petition --------------------------------------------------------------------------------------------------


Shown = Callable[..., HttpResponse]


def _own(view: Shown) -> Shown:
    """Give the view the petition, for those who may follow it; for others the page for number and code."""

    def found(request: HttpRequest, reference: uuid.UUID, **kwargs: Any) -> HttpResponse:
        petition = Petition.objects.filter(case__reference=reference).select_related(*queries.FULL).first()
        if petition is None or not may_follow(request, petition.case):
            messages.info(request, _("請用案件編號和查詢碼，或信裡的連結。"))
            return redirect("petitions:follow")
        if not petition.case.is_confirmed:
            return redirect("petitions:confirm", reference=reference)
        return view(request, petition, **kwargs)

    return found


@public
@never_cache
@require_http_methods(["GET", "HEAD"])
@_own
def followed(request: HttpRequest, petition: Petition) -> HttpResponse:
    """Next step first, then what happened, newest first; what can be done stands under the thumb."""
    at, case = timezone.now(), petition.case
    return render(
        request,
        "petitions/followed.html",
        {
            "petition": petition,
            "case": case,
            "code": spaced(case.tracking_code),
            "standing": following.standing(case),
            "next": following.next_step(petition, at=at),
            "moments": following.moments(petition),
            "where": following.where_words(case),
            "parts": following.parts(case),
            "question": case_queries.open_question(case),
            "rating": following.newest_rating(case),
            "may_add": following.may_add(case),
            "may_withdraw": following.may_withdraw(case),
            "may_rate": following.may_rate(case, at=at),
            "may_reopen": following.may_reopen(case, at=at),
            "by_account": queries.is_own(request.user, case),
        },
    )


@public
@never_cache
@require_http_methods(["GET", "HEAD"])
@_own
def paper(request: HttpRequest, petition: Petition) -> HttpResponse:
    """The petition on paper."""
    try:
        document = papers.as_pdf(petition, at=timezone.now())
    except papers.CannotMakePaper as refusal:
        messages.warning(request, refusal.sentence)
        return redirect("petitions:followed", reference=petition.case.reference)
    response = HttpResponse(document, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{petition.case.number}.pdf"'
    return response


# ---- what can be done ----------------------------------------------------------------------------------------------


def _act(
    request: HttpRequest,
    petition: Petition,
    *,
    form: Form,
    template: str,
    possible: bool,
    do: Callable[[Form, Any, datetime], object],
    done: str,
    **context: Any,
) -> HttpResponse:
    """One act on a page of its own. What is not possible any more says so on the petition's page."""
    reference, at = petition.case.reference, timezone.now()
    if not possible:
        messages.warning(request, _("這件事現在不能這樣做；最新的情形在下面。"))
        return redirect("petitions:followed", reference=reference)
    if request.method == "POST" and form.is_valid():
        by = request.user if request.user.is_authenticated else None
        try:
            do(form, by, at)
        except CannotStoreFile as refusal:
            form.add_error("files", refusal.sentence)
        except CannotAct as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, done)
            return redirect("petitions:followed", reference=reference)
    return render(request, template, {"form": form, "petition": petition, "case": petition.case, **context})


def _data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@public
@never_cache
@require_http_methods(METHODS)
@form_once
@_own
def add(request: HttpRequest, petition: Petition) -> HttpResponse:
    """補充 in words or photos."""
    form = AddForm(_data(request), request.FILES or None, most_files=drafts.most_photos(timezone.now()))
    return _act(
        request, petition, form=form, template="petitions/add.html", possible=following.may_add(petition.case),
        do=lambda given, by, at: citizen.add_facts(
            petition, text=given.cleaned_data["text"], photos=given.cleaned_data["files"], by=by, at=at
        ),
        done=_("已補上，承辦人看得到。"),
    )  # fmt: skip


@public
@never_cache
@require_http_methods(METHODS)
@form_once
@_own
def urge(request: HttpRequest, petition: Petition) -> HttpResponse:
    """催一下."""
    return _act(
        request, petition, form=UrgeForm(_data(request)), template="petitions/urge.html",
        possible=following.may_add(petition.case),
        do=lambda given, by, at: citizen.urge(petition, text=given.cleaned_data["text"], by=by, at=at),
        done=_("已經催了，承辦人和主管都看得到。"), next=following.next_step(petition, at=timezone.now()),
    )  # fmt: skip


@public
@never_cache
@require_http_methods(METHODS)
@form_once
@_own
def answer(request: HttpRequest, petition: Petition) -> HttpResponse:
    """The answer to the officer's question."""
    question = case_queries.open_question(petition.case)
    form = AnswerForm(_data(request), request.FILES or None, most_files=drafts.most_photos(timezone.now()))
    return _act(
        request, petition, form=form, template="petitions/answer.html", possible=question is not None,
        do=lambda given, by, at: citizen.answer(
            petition, text=given.cleaned_data["text"], photos=given.cleaned_data["files"], by=by, at=at
        ),
        done=_("謝謝，承辦人收到您的回答了，處理時間繼續起算。"), question=question,
    )  # fmt: skip


@public
@never_cache
@require_http_methods(METHODS)
@form_once
@_own
def withdraw(request: HttpRequest, petition: Petition) -> HttpResponse:
    """撤案."""
    return _act(
        request, petition, form=WithdrawForm(_data(request)), template="petitions/withdraw.html",
        possible=following.may_withdraw(petition.case),
        do=lambda given, by, at: citizen.withdraw(petition, reason=given.cleaned_data["text"], by=by, at=at),
        done=_("已經撤回，我們不再處理。"),
    )  # fmt: skip


@public
@never_cache
@require_http_methods(METHODS)
@form_once
@_own
def intermediary(request: HttpRequest, petition: Petition) -> HttpResponse:
    """Who reported it for the citizen, and the button that ends what they see."""
    consent = Consent.objects.filter(petition=petition, withdrawn_at=None).select_related("intermediary").first()
    return _act(
        request, petition, form=Form(_data(request)), template="petitions/intermediary.html",
        possible=consent is not None,
        do=lambda given, by, at: behalf_acts.withdraw(petition, by=by, at=at),
        done=_("對方看不到了。"), consent=consent, intermediary=on_behalf.intermediary_of(petition.case),
    )  # fmt: skip


@public
@never_cache
@require_http_methods(METHODS)
@form_once
@_own
def rate(request: HttpRequest, petition: Petition) -> HttpResponse:
    """Satisfaction with the answer."""
    at = timezone.now()
    earlier = following.newest_rating(petition.case)
    initial = (
        {
            "score": earlier.score,
            "solved": {True: "yes", False: "no"}.get(earlier.solved, ""),
            "comment": earlier.comment,
        }
        if earlier
        else {"solved": ""}
    )
    form = RateForm(_data(request), initial=initial)
    return _act(
        request, petition, form=form, template="petitions/rate.html", possible=following.may_rate(petition.case, at=at),
        do=lambda given, by, at: citizen.rate(
            petition, score=given.cleaned_data["score"], solved=given.is_solved,  # type: ignore[attr-defined]
            comment=given.cleaned_data["comment"], by=by, at=at,
        ),
        done=_("謝謝您評分。"), reply=case_queries.sent_replies(petition.case).last(),
    )  # fmt: skip


@public
@never_cache
@require_http_methods(METHODS)
@form_once
@_own
def reopen(request: HttpRequest, petition: Petition) -> HttpResponse:
    """申請重新處理."""
    at = timezone.now()
    return _act(
        request, petition, form=ReopenForm(_data(request)), template="petitions/reopen.html",
        possible=following.may_reopen(petition.case, at=at),
        do=lambda given, by, at: citizen.ask_reopen(petition, reason=given.cleaned_data["text"], by=by, at=at),
        done=_("已經送出申請，機關看過後會告訴您結果。"),
        until=following.reopen_until(petition.case, at), ended=petition.case.status == Status.CLOSED,
    )  # fmt: skip
