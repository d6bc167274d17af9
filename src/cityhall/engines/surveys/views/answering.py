"""The page of whoever was invited: the questions, thanks, and why there is nothing to answer any more."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cityhall.engines.idempotency.views import form_once
from cityhall.web.access import public
from cityhall.web.context import language

from .. import services
from ..forms import AnswerForm
from ..models import Invitation, Response

METHODS = ["GET", "HEAD", "POST"]


def _invited(reference: uuid.UUID, key: str) -> Invitation:
    found = services.by_link(reference, key)
    if found is None:
        raise Http404(_("這個連結不完整或已經失效。"))
    return found


def _answered(invitation: Invitation) -> bool:
    return Response.objects.filter(invitation=invitation).exists()


@public
@never_cache
@sensitive_post_parameters()
@require_http_methods(METHODS)
@form_once
def answer(request: HttpRequest, reference: uuid.UUID, key: str) -> HttpResponse:
    """All questions on one page. Who has answered is thanked once more; who comes too late is told so."""
    now = timezone.now()
    invitation = _invited(reference, key)
    wave = invitation.wave
    context = {"survey": wave.survey, "invitation": invitation}
    if _answered(invitation):
        return render(request, "surveys/answered.html", context)
    if now >= invitation.expires_at or not services.is_open(wave, now):
        early = now < wave.opens_at
        return render(request, "surveys/closed.html", {**context, "early": early, "wave": wave}, status=410)
    questions = services.questions_of(wave.questionnaire)
    form = AnswerForm(request.POST if request.method == "POST" else None, questions=questions)
    if request.method == "POST" and form.is_valid():
        try:
            services.respond(invitation, form.given, language=language(), at=now)
        except services.CannotRespond as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return redirect("surveys:thanks", reference=reference, key=key)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "surveys/answer.html", {**context, "form": form}, status=status)


@public
@never_cache
@require_http_methods(["GET", "HEAD"])
def thanks(request: HttpRequest, reference: uuid.UUID, key: str) -> HttpResponse:
    """Right after answering; who has not answered goes to the questions."""
    invitation = _invited(reference, key)
    if not _answered(invitation):
        return redirect("surveys:answer", reference=reference, key=key)
    return render(request, "surveys/thanks.html", {"survey": invitation.wave.survey})
