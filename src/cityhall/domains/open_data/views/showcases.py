"""應用案例: what people made of the data, for everybody; proposed by anybody, reviewed at the desk."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.subscriptions import views as subscriptions
from cityhall.engines.worklist.services import mark_seen_by
from cityhall.web.access import public, requires

from .. import forms, showcasing
from ..models import Dataset, Showcase
from ..refusals import CannotCatalogue
from ..requesting import MODERATE
from ..states import ShowcaseState
from . import asking

A_PAGE = 20


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What was made of the data, the newest first; of one dataset where it is named."""
    rows = Showcase.objects.filter(state=ShowcaseState.SHOWN).order_by("-number")
    name = request.GET.get("dataset", "")[:40].replace("\x00", "")
    dataset = Dataset.objects.published().filter(identifier__iexact=name).first() if name else None
    if name:
        rows = rows.filter(datasets=dataset) if dataset else rows.none()
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "open_data/showcases.html", {"page": page, "dataset": dataset, "filtered": bool(name)})


@public
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """A showcase with the datasets that it stands on."""
    found = get_object_or_404(Showcase, number=number, state=ShowcaseState.SHOWN)
    datasets = found.datasets.filter(state="PUBLISHED").select_related("agency").order_by("title")
    return render(request, "open_data/showcase.html", {"one": found, "datasets": datasets})


@public
@never_cache
@require_http_methods(subscriptions.METHODS)
def new(request: HttpRequest) -> HttpResponse:
    """Somebody made something of the data."""
    if request.method == "POST":
        subscriptions.admit(request)
    return _new_once(request)


@form_once
def _new_once(request: HttpRequest) -> HttpResponse:
    initial = {"email": asking.mailbox(request), "datasets": request.GET.get("dataset", "")[:40]}
    form = forms.ShowcaseForm(request.POST if request.method == "POST" else None, initial=initial)
    return asking.answer(
        request, form, lambda **who: showcasing.propose(**form.cleaned_data, **who)[1],
        title=_("分享應用案例"), button=_("送出案例"), back=(reverse("open_data:showcases"), _("應用案例")),
        lead=_("您用市政府的資料做了網頁、程式、研究或報導，歡迎分享。我們審核後公開。"),
    )  # fmt: skip


# ---- the desk --------------------------------------------------------------------------------------------------------


@requires(MODERATE)
def desk_index(request: HttpRequest) -> HttpResponse:
    """Showcases, those that wait first."""
    rows = Showcase.objects.exclude(state=ShowcaseState.UNCONFIRMED)
    state = request.GET.get("state", "")
    if state in ShowcaseState.values:
        rows = rows.filter(state=state)
    page = Paginator(rows.order_by("-number"), 50).get_page(request.GET.get("page"))
    states = [(one.value, one.label, one.value == state) for one in ShowcaseState if one != ShowcaseState.UNCONFIRMED]
    return render(request, "open_data/desk/showcases.html", {"page": page, "states": states, "filtered": bool(state)})


def _one(number: int) -> Showcase:
    return get_object_or_404(Showcase.objects.exclude(state=ShowcaseState.UNCONFIRMED), number=number)


@requires(MODERATE)
def desk_one(request: HttpRequest, number: int) -> HttpResponse:
    """A showcase as it was proposed."""
    found = _one(number)
    mark_seen_by(found, request.user, at=timezone.now())
    context = {"one": found, "datasets": found.datasets.select_related("agency").order_by("title")}
    return render(request, "open_data/desk/showcase.html", context)


@requires(MODERATE)
@form_once
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Shown or not; who proposed it is told."""
    now = timezone.now()
    found = _one(number)
    form = forms.ReviewForm(request.POST if request.method == "POST" else None)
    form.fields["verdict"].choices = [("yes", _("公開")), ("no", _("不公開"))]
    form.fields["reason"].label, form.fields["reason"].help_text = _("不公開的理由"), _("理由會寄給提出的人。")
    here = reverse("open_data_desk:showcase", args=[number])

    def do(given: dict[str, Any]) -> str:
        shown = given["verdict"] == "yes"
        showcasing.decide(found, shown=shown, reason=given["reason"], by=request.user, at=now)
        return _("已公開這個案例。") if shown else _("這個案例不公開，理由已寄給提出的人。")

    return act_page(
        request, form=form, title=_("審核應用案例"), button=_("送出審核結果"), do=do, back=(here, found.title), to=here,
        refused=CannotCatalogue, lead=_("請先打開作品看過，確認內容合法、和資料有關。"),
    )  # fmt: skip
