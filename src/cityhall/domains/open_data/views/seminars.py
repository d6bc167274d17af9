"""研習與說明會: shown to everybody, who can sign up; made public from the page of the gathering."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.subscriptions import views as subscriptions
from cityhall.web.access import allowed, public, requires

from .. import forms, seminars
from ..models import Seminar
from ..refusals import CannotCatalogue
from ..requesting import MODERATE
from . import asking

A_PAGE = 20


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Those that are coming, and those that were held with how many came."""
    now = timezone.now()
    page = Paginator(seminars.over(now), A_PAGE).get_page(request.GET.get("page"))
    coming = [(one, one.is_open(now)) for one in seminars.coming(now)[:50]]
    return render(request, "open_data/seminars.html", {"coming": coming, "page": page})


@public
@never_cache
@require_http_methods(subscriptions.METHODS)
def sign_up(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Somebody wants to come."""
    if request.method == "POST":
        subscriptions.admit(request)
    return _sign_up_once(request, reference)


@form_once
def _sign_up_once(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(seminars.shown(), gathering__reference=reference)
    form = forms.SignUpForm(
        request.POST if request.method == "POST" else None, initial={"email": asking.mailbox(request)}
    )
    return asking.answer(
        request, form, lambda **who: seminars.sign_up(found, email=form.cleaned_data["email"], **who),
        title=_("報名研習或說明會"), button=_("報名"), lead=found.gathering.title,
        back=(reverse("open_data:seminars"), _("開放資料研習與說明會")),
    )  # fmt: skip


def section(request: HttpRequest, gathering: Gathering) -> str:
    """What the page of a seminar shows besides: whether everybody sees it, and how many signed up."""
    found = Seminar.objects.filter(gathering=gathering).first()
    opens = allowed(request, MODERATE) and gathering.state in seminars.COMING
    return render_to_string(
        "open_data/desk/seminar.html", {"one": gathering, "seminar": found, "opens": opens}, request
    )


@requires(MODERATE)
@form_once
def make_public(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Everybody finds it and can sign up."""
    found = get_object_or_404(Gathering, reference=reference, profile=seminars.SEMINAR)
    there = Seminar.objects.filter(gathering=found).first()
    form = forms.SeatsForm(
        request.POST if request.method == "POST" else None, initial={"seats": there.seats if there else None}
    )
    here = reverse("gatherings:gathering", args=[reference])

    def do(given: dict[str, Any]) -> str:
        seminars.make_public(found, seats=given["seats"], by=request.user, at=timezone.now())
        return _("已在開放資料公開，民眾可以報名。")

    return act_page(
        request, form=form, title=_("公開研習或說明會"), button=_("公開報名"), do=do, back=(here, found.title), to=here,
        refused=CannotCatalogue, lead=_("公開以後，名稱、時間、地點與目的會出現在開放資料的研習與說明會。"),
    )  # fmt: skip
