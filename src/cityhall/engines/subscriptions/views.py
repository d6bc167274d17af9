"""The code of a subscription, how often, and one click out of it. The page that asks for one is its domain's."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity import origin, throttle
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.engines.identity.rules import masked_email
from cityhall.engines.letters.services import CannotSend
from cityhall.web.access import public, public_to_programs
from cityhall.web.context import language
from cityhall.web.errors import TooMany

from . import services
from .forms import CodeForm, RhythmForm
from .models import Subscription
from .services import CannotSubscribe
from .states import Rhythm

METHODS = ["GET", "HEAD", "POST"]
REFUSALS = (CannotSubscribe, CannotIssueCode, CannotSend)


def admit(request: HttpRequest, scope: str = "codes-sent") -> None:
    """So many letters with codes, and so many tries, may one network cause, and no more. Before any transaction."""
    at = timezone.now()
    try:
        throttle.admit((scope, origin.network(request)), at=at)
    except throttle.CannotTryNow as locked:
        raise TooMany(locked.sentence, retry_after=locked.seconds) from locked


def ask(
    request: HttpRequest, form: Any, topic: str, subject: str, *, rhythm: str = Rhythm.WEEKLY
) -> HttpResponse | None:
    """Ask for a subscription with what a domain's form holds in `email`; None with the refusal on the form."""
    account = request.user if request.user.is_authenticated else None
    try:
        found = services.ask(
            topic, subject, email=form.cleaned_data["email"], account=account, language=language(), rhythm=rhythm,
            at=timezone.now(),
        )  # fmt: skip
    except REFUSALS as refusal:
        form.add_error(None, getattr(refusal, "sentence", str(refusal)))
        return None
    return after(request, found)


def after(request: HttpRequest, found: Subscription) -> HttpResponse:
    """To the code, or for whoever is signed in with this address to the subscription itself."""
    if found.confirmed_at:
        return _done(request, found)
    return redirect("subscriptions:confirm", reference=found.reference)


def _done(request: HttpRequest, found: Subscription) -> HttpResponse:
    if found.declared.done:
        messages.success(request, found.declared.done)
        return HttpResponseRedirect(found.declared.page(found.subject))
    messages.success(request, _("已訂閱。有新消息，就寄到您的信箱。"))
    return HttpResponseRedirect(reverse("subscriptions:manage", args=[found.reference, services.key_of(found)]))


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(METHODS)
def confirm(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The six digits from the letter."""
    if request.method == "POST":
        admit(request, "network")
    return _confirm_once(request, reference)


@form_once
def _confirm_once(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    found = Subscription.objects.filter(reference=reference, ended_at=None).first()
    if found is None:
        raise Http404(_("找不到這個訂閱。連結可能少了幾個字，請從信件重新點一次。"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            found = services.confirm(found, code=form.cleaned_data["code"], at=timezone.now())
        except CannotSubscribe as refusal:
            form.add_error("code", refusal.sentence)
        else:
            throttle.succeed(("network", origin.network(request)), at=timezone.now())
            return _done(request, found)
    context = {
        "form": form,
        "address": masked_email(found.email) if found.email else "",
        "what": found.name,
        "page": found.declared.page(found.subject),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "subscriptions/confirm.html", context, status=status)


def _by_letter(reference: uuid.UUID, key: str) -> Subscription:
    found = services.by_letter(reference, key)
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
        services.change(found, rhythm=form.cleaned_data["rhythm"], at=timezone.now())
        messages.success(request, _("已改好。"))
        return redirect("subscriptions:manage", reference=reference, key=key)
    mine = Subscription.objects.standing().filter(email=found.email).exclude(email="").exclude(pk=found.pk)
    context = {
        "form": form, "found": found, "what": found.name, "key": key, "page": found.declared.page(found.subject),
        "others": [(one, one.name, services.key_of(one)) for one in mine.order_by("pk")],
    }  # fmt: skip
    return render(request, "subscriptions/manage.html", context, status=422 if form.is_bound and form.errors else 200)


# The mail program's one click (RFC 8058): it has no cookie of ours; the key in the address is the proof.
@public_to_programs
@never_cache
@require_http_methods(METHODS)
def stop(request: HttpRequest, reference: uuid.UUID, key: str) -> HttpResponse:
    """Reading the address changes nothing, for programs follow links in mails; one POST ends it."""
    found = _by_letter(reference, key)
    if request.method == "POST":
        found = services.leave(found, at=timezone.now())
    context = {"found": found, "what": found.name, "page": found.declared.page(found.subject)}
    return render(request, "subscriptions/stop.html", context)
