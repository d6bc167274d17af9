"""附議 by a citizen: the page of a petition nearby, the code, and the supporter's own view of it."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.engines.letters.services import CannotSend
from cityhall.web.access import public
from cityhall.web.context import language
from cityhall.web.forms import Email, Form

from .. import following, neighbours
from ..forms.filing import CodeForm
from ..models import Petition, Supporter
from ..services import drafts, supporters
from .confirming import admit_code, masked
from .drafting import COOKIE, METHODS, kept_draft
from .filing import admit_letters


class SupportForm(Form):
    """Where the replies go."""

    email = forms.EmailField(
        label=gettext_lazy("電子郵件"), widget=Email(),
        help_text=gettext_lazy("機關回復時同時寄給您。先寄一組驗證碼，確認是您本人。"),
        error_messages={
            "required": gettext_lazy("請填電子郵件，我們才能把回復寄給您"),
            "invalid": gettext_lazy("電子郵件的格式不對，應該像 ming@example.org"),
        },
    )  # fmt: skip


def _petition(number: str) -> Petition:
    rows = neighbours.supportable().select_related("case__requester", "case__place", "case__agency", "category")
    petition = rows.filter(case__number=number).first()
    if petition is None:
        raise Http404(_("找不到這件，可能已經不公開。"))
    return petition


@public
@never_cache
@require_http_methods(METHODS)
def support(request: HttpRequest, number: str) -> HttpResponse:
    """What it is and where, without anybody's data; and where to send the replies."""
    if request.method == "POST":
        admit_letters(request)
    return _support_once(request, number)


@form_once
def _support_once(request: HttpRequest, number: str) -> HttpResponse:
    at, petition = timezone.now(), _petition(number)
    account = request.user if request.user.is_authenticated else None
    form = SupportForm(
        request.POST if request.method == "POST" else None, initial={"email": account.email if account else ""}
    )
    if request.method == "POST" and form.is_valid():
        try:
            supporter = supporters.ask(
                petition, email=form.cleaned_data["email"], account=account, language=language(), at=at
            )
        except (CannotAct, CannotIssueCode, CannotSend) as refusal:
            form.add_error(None, getattr(refusal, "sentence", str(refusal)))
        else:
            if supporter.confirmed_at and account:
                return _done(request, supporter)
            return redirect("petitions:confirm_support", reference=supporter.reference)
    context = {
        "form": form,
        "petition": petition,
        "title": neighbours.public_title(petition),
        "where": following.where_words(petition.case),
        "standing": following.standing(petition.case),
        "ended": petition.case.is_ended,
    }
    return render(request, "petitions/support.html", context, status=422 if form.is_bound and form.errors else 200)


def _done(request: HttpRequest, supporter: Supporter) -> HttpResponse:
    """To the supporter's own page; what they had begun to write is not needed any more."""
    messages.success(request, _("已附議。機關回復時，會同時寄給您。"))
    response = redirect(reverse("petitions:supported", args=[supporter.reference, neighbours.support_key(supporter)]))
    draft = kept_draft(request, timezone.now())
    if draft is not None and draft.data.get("near"):
        by = request.user if request.user.is_authenticated else None
        drafts.throw_away(draft, by=by, at=timezone.now())
        response.delete_cookie(COOKIE)
    return response


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(METHODS)
def confirm_support(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The six digits from the letter."""
    if request.method == "POST":
        admit_code(request)
    return _confirm_once(request, reference)


@form_once
def _confirm_once(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    supporter = Supporter.objects.select_related("petition__case").filter(reference=reference, left_at=None).first()
    if supporter is None:
        raise Http404(_("找不到這筆附議。連結可能少了幾個字，請從信件重新點一次。"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            supporter = supporters.confirm_by_code(supporter, code=form.cleaned_data["code"], at=timezone.now())
        except CannotAct as refusal:
            form.add_error("code", refusal.sentence)
        else:
            return _done(request, supporter)
    context = {"form": form, "number": supporter.petition.case.number, "address": masked(supporter.email)}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "petitions/support_confirm.html", context, status=status)


@public
@never_cache
@require_http_methods(METHODS)
@form_once
def supported(request: HttpRequest, reference: uuid.UUID, key: str) -> HttpResponse:
    """How it stands and what was answered, for a supporter; and the way out."""
    supporter = neighbours.supporter_by_letter(reference, key)
    if supporter is None or supporter.confirmed_at is None:
        raise Http404(_("這個連結不完整或已經失效。"))
    at = timezone.now()
    if request.method == "POST":
        by = request.user if request.user.is_authenticated else None
        supporters.leave(supporter, by=by, at=at)
        messages.success(request, _("已取消，之後不再寄這件事的通知給您。"))
        return redirect("petitions:supported", reference=reference, key=key)
    shown = Petition.objects.select_related("case__requester", "case__agency", "case__place", "category")
    petition = get_object_or_404(shown, pk=supporter.petition_id)
    context = {
        "supporter": supporter,
        "petition": petition,
        "title": neighbours.public_title(petition),
        "where": following.where_words(petition.case),
        "standing": following.standing(petition.case),
        "answers": following.answers_for_others(petition, since=supporter.confirmed_at),
    }
    return render(request, "petitions/supported.html", context)
