"""府外機關的 Open311: which bodies take petitions that way, their services, and our categories for them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires

from ..forms.peers import EndpointForm, GivenForm, MappingForm, trouble_words
from ..models import Endpoint, EndpointService, PeerRequest
from ..services import endpoints, peers
from .outside import RIGHT, one_of

MANAGE = "petitions.categories.manage"
TONES = {Endpoint.State.IN_USE: "", Endpoint.State.PAUSED: "amber", Endpoint.State.ENDED: "grey"}


def _found(pk: int) -> Endpoint:
    return get_object_or_404(Endpoint.objects.select_related("agency", "changed_by"), pk=pk)


@requires(MANAGE)
def index(request: HttpRequest) -> HttpResponse:
    """Every body that takes petitions by Open311."""
    stuck = Q(requests__state__in=[PeerRequest.State.FAILED, PeerRequest.State.UNSURE, PeerRequest.State.GONE])
    rows = Endpoint.objects.select_related("agency").annotate(
        sent=Count("requests", distinct=True),
        waiting=Count("requests", filter=Q(requests__state=PeerRequest.State.WAITING), distinct=True),
        stuck=Count("requests", filter=stuck & Q(requests__passed_on__answered_at=None), distinct=True),
    )
    shown = [
        {"row": row, "tone": TONES[Endpoint.State(row.state)], "trouble": trouble_words(row.trouble)} for row in rows
    ]
    return render(request, "petitions/desk/endpoints/list.html", {"rows": shown})


@requires(MANAGE)
def endpoint(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: how it is reached, how that went, its services and what they are for us."""
    row = _found(pk)
    services = list(row.services.all())
    uses: dict[str, list[str]] = {}
    for mapping in row.mappings.select_related("category").order_by("category__group", "category__order"):
        uses.setdefault(mapping.service, []).append(mapping.category.label)
    context = {
        "one": row,
        "tone": TONES[Endpoint.State(row.state)],
        "trouble": trouble_words(row.trouble),
        "services": [
            {"row": one, "uses": uses.get(one.code, []), "default": one.code == row.default_service} for one in services
        ],
        "by_letter": uses.get("", []),
    }
    return render(request, "petitions/desk/endpoints/one.html", context)


def _form_page(request: HttpRequest, found: Endpoint | None) -> HttpResponse:
    now = timezone.now()
    initial = (
        {"agency": found.agency.code, "base_url": found.base_url, "jurisdiction": found.jurisdiction} if found else {}
    )
    kept: list[int] = []

    def do(given: dict[str, Any]) -> str:
        kept.append(endpoints.keep(found, **given, by=account_of(request), at=now).pk)
        return _("已儲存，正在向對方取服務清單；等幾秒後重新整理，就看得到結果。")

    back = reverse("petitions:endpoint", args=[found.pk]) if found else reverse("petitions:endpoints")
    return act_page(
        request, form=EndpointForm(request.POST or None, initial=initial, on=day_of(now)),
        title=_("修改府外機關的 Open311") if found else _("新增府外機關的 Open311"), button=_("儲存並試連線"), do=do,
        back=(back, found.agency.label if found else _("府外機關的 Open311")), to=back, refused=CannotAct,
        lead=_("填好後系統會去取對方的服務清單；取到之後，再設定我們的類別各是對方的哪個服務。"),
    )  # fmt: skip


@requires(MANAGE)
@form_once
def add(request: HttpRequest) -> HttpResponse:
    """新增."""
    return _form_page(request, None)


@requires(MANAGE)
@form_once
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """修改."""
    return _form_page(request, _found(pk))


@requires(MANAGE)
@require_POST
@form_once
def try_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Fetch the list of services now; the outbox calls, not this page."""
    row = _found(pk)
    endpoints.ask_services(row, at=timezone.now())
    messages.success(request, _("正在向對方取服務清單；等幾秒後重新整理，就看得到結果。"))
    return HttpResponseRedirect(reverse("petitions:endpoint", args=[pk]))


@requires(MANAGE)
@require_POST
@form_once
def set_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Use, pause or end it."""
    row, state = _found(pk), request.POST.get("state", "")
    if state not in Endpoint.State.values:
        raise Http404
    endpoints.set_state(row, state, by=account_of(request), at=timezone.now())
    words = {
        Endpoint.State.IN_USE: _("已啟用；暫停期間等著的案件會陸續送出。"),
        Endpoint.State.PAUSED: _("已暫停：新的移送改用公文，等著送出的先不送，也不詢問對方。"),
        Endpoint.State.ENDED: _("已停用：之後移送這個機關一律用公文。"),
    }
    messages.success(request, words[Endpoint.State(state)])
    return HttpResponseRedirect(reverse("petitions:endpoint", args=[pk]))


@requires(MANAGE)
@form_once
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Which service of theirs each of our categories is."""
    now, row = timezone.now(), _found(pk)
    form = MappingForm(request.POST or None, endpoint=row, at=now)
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                endpoints.set_mapping(row, **form.given(), by=account_of(request), at=now)
            except CannotAct as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(request, _("類別對應已儲存，之後移送的案件照這個送。"))
                return HttpResponseRedirect(reverse("petitions:endpoint", args=[pk]))
    rows: dict[str, list[Any]] = {}
    for category in form.categories:
        rows.setdefault(str(category.get_group_display()), []).append(form[f"c{category.pk}"])
    context = {"one": row, "form": form, "groups": list(rows.items()), "any": row.services.filter(gone=False).exists()}
    return render(request, "petitions/desk/endpoints/map.html", context, status=status)


@requires(MANAGE)
@form_once
def given(request: HttpRequest, pk: int, service: int) -> HttpResponse:
    """What we always answer to what a service asks."""
    row = _found(pk)
    found = get_object_or_404(EndpointService.objects.select_related("endpoint__agency"), pk=service, endpoint=row)
    form = GivenForm(request.POST or None, service=found)
    back = reverse("petitions:endpoint", args=[pk])

    def do(_given: dict[str, Any]) -> str:
        endpoints.set_given(found, form.given(), by=account_of(request), at=timezone.now())
        return _("已儲存「%(name)s」的固定答案。") % {"name": found.name}

    return act_page(
        request, form=form, title=_("「%(name)s」的固定答案") % {"name": found.name}, button=_("儲存"), do=do,
        back=(back, row.agency.label), to=back, refused=CannotAct,
        lead=_("對方的這個服務另外有題目。必答的題目都有固定答案，案件才能用這個服務送出。"),
    )  # fmt: skip


def _decide(request: HttpRequest, pk: int, act: Any, done: str) -> HttpResponse:
    now = timezone.now()
    row = one_of(request, pk, now)
    if not hasattr(row, "peer"):
        raise Http404
    try:
        act(row, by=account_of(request), at=now)
        messages.success(request, done)
    except CannotAct as refusal:
        messages.warning(request, refusal.sentence)
    return HttpResponseRedirect(reverse("petitions:outside_one", args=[pk]))


@requires(RIGHT)
@require_POST
@form_once
def by_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter after all."""
    return _decide(request, pk, peers.by_letter, _("已改用公文函轉。"))


@requires(RIGHT)
@require_POST
@form_once
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Once more by Open311."""
    return _decide(request, pk, peers.send_again, _("正在再送一次；先前若已送達，不會重複送。"))


@requires(RIGHT)
@require_POST
@form_once
def seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has looked at what changed."""
    return _decide(request, pk, peers.seen, _("已記下看過了。"))
