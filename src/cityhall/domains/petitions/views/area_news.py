"""地區通知: asking for it, the code, changing it, and one click out of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.engines.letters.services import CannotSend
from cityhall.web.access import public, public_to_programs
from cityhall.web.context import language

from ..forms.area_news import AreaForm, RhythmForm
from ..forms.filing import CodeForm
from ..models import AreaSubscription
from ..services import area_news
from ..services.letters import area_words
from .confirming import admit_code, masked
from .drafting import METHODS
from .filing import admit_letters


@public
@never_cache
@require_http_methods(METHODS)
def subscribe(request: HttpRequest) -> HttpResponse:
    """Which area, what about, how often, and where to."""
    if request.method == "POST":
        admit_letters(request)
    return _subscribe_once(request)


@form_once
def _subscribe_once(request: HttpRequest) -> HttpResponse:
    account = request.user if request.user.is_authenticated else None
    asked: dict[str, Any] = {name: request.GET.get(name, "") for name in ("district", "village")}
    asked |= {"categories": request.GET.getlist("category"), "email": account.email if account else ""}
    form = AreaForm(request.POST if request.method == "POST" else None, initial=asked)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        wanted = area_news.Wanted(given["area"], given["place"], given["categories"], given["rhythm"])
        try:
            found = area_news.ask(wanted, email=given["email"], account=account, language=language(), at=timezone.now())
        except (CannotAct, CannotIssueCode, CannotSend) as refusal:
            form.add_error(None, getattr(refusal, "sentence", str(refusal)))
        else:
            if found.confirmed_at:
                return _done(request, found)
            return redirect("petitions:area_confirm", reference=found.reference)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "petitions/area_subscribe.html", {"form": form}, status=status)


def _done(request: HttpRequest, found: AreaSubscription) -> HttpResponse:
    messages.success(request, _("已訂閱。有新的反映，就寄到您的信箱。"))
    return redirect(reverse("petitions:area_manage", args=[found.reference, area_news.key_of(found)]))


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(METHODS)
def confirm(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The six digits from the letter."""
    if request.method == "POST":
        admit_code(request)
    return _confirm_once(request, reference)


@form_once
def _confirm_once(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    found = AreaSubscription.objects.filter(reference=reference, ended_at=None).first()
    if found is None:
        raise Http404(_("找不到這個通知。連結可能少了幾個字，請從信件重新點一次。"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            found = area_news.confirm_by_code(found, code=form.cleaned_data["code"], at=timezone.now())
        except CannotAct as refusal:
            form.add_error("code", refusal.sentence)
        else:
            return _done(request, found)
    context = {"form": form, "address": masked(found.email), "area": area_words(found)}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "petitions/area_confirm.html", context, status=status)


def _by_letter(reference: uuid.UUID, key: str) -> AreaSubscription:
    found = area_news.by_letter(reference, key)
    if found is None or found.confirmed_at is None:
        raise Http404(_("這個連結不完整或已經失效。"))
    return found


@public
@never_cache
@require_http_methods(METHODS)
@form_once
def manage(request: HttpRequest, reference: uuid.UUID, key: str) -> HttpResponse:
    """All that this mailbox is told, how often this one, and the ways out."""
    found = _by_letter(reference, key)
    form = RhythmForm(request.POST if request.method == "POST" else None, initial={"rhythm": found.rhythm})
    if request.method == "POST" and form.is_valid():
        area_news.change(found, rhythm=form.cleaned_data["rhythm"], at=timezone.now())
        messages.success(request, _("已改好。"))
        return redirect("petitions:area_manage", reference=reference, key=key)
    others = [
        (one, area_words(one), area_news.key_of(one)) for one in area_news.of_address(found) if one.pk != found.pk
    ]
    context = {
        "form": form,
        "found": found,
        "area": area_words(found),
        "key": key,
        "others": others,
        "digests": found.digests.order_by("-last_on")[:5],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "petitions/area_manage.html", context, status=status)


# The mail program's one click (RFC 8058): it has no cookie of ours; the key in the address is the proof.
@public_to_programs
@never_cache
@require_http_methods(METHODS)
def stop(request: HttpRequest, reference: uuid.UUID, key: str) -> HttpResponse:
    """Reading the address changes nothing, for programs follow links in mails; one POST ends it."""
    found = _by_letter(reference, key)
    if request.method == "POST":
        found = area_news.leave(found, at=timezone.now())
    context = {"found": found, "area": area_words(found)}
    return render(request, "petitions/area_stop.html", context)
