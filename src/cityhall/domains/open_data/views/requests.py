"""資料需求: asked for and joined by anybody, looked at by the commission, answered by the agency."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cityhall.engines.audit import services as audit
from cityhall.engines.deadlines.queries import clocks_of, with_due
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.subscriptions import views as subscriptions
from cityhall.engines.worklist.services import mark_seen_by
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, public, requires

from .. import forms, queries, requesting
from ..models import DataRequest
from ..queries import READ
from ..refusals import CannotCatalogue
from ..requesting import ANSWER, MODERATE
from ..states import SHOWN_REQUESTS, RequestState
from . import asking

A_PAGE = 20


def _narrowed(
    request: HttpRequest, rows: QuerySet[DataRequest], states: list[RequestState]
) -> tuple[forms.RequestFilter, QuerySet[DataRequest]]:
    agencies = Agency.objects.filter(pk__in=rows.order_by().values("agency")).order_by("order", "code")
    form = forms.RequestFilter(request.GET or None, agencies=agencies, states=states)
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        rows = requesting.with_words(rows, wanted["q"])
        for name, column in (("agency", "agency__code"), ("state", "state")):
            rows = rows.filter(**{column: wanted[name]}) if wanted[name] else rows
    return form, rows


# ---- everybody -------------------------------------------------------------------------------------------------------


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What people wish for, that which most need first; with the answers."""
    form, rows = _narrowed(request, requesting.shown(), list(SHOWN_REQUESTS))
    newest = request.GET.get("sort") == "newest"
    page = Paginator(rows.order_by("-shown_at", "-pk") if newest else rows.order_by("-joined", "-pk"), A_PAGE)
    context = {
        "form": form, "page": page.get_page(request.GET.get("page")), "newest": newest,
        "filtered": any(value for name, value in request.GET.items() if name not in ("page", "sort")),
    }  # fmt: skip
    return render(request, "open_data/requests.html", context)


@public
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """A request with its answer, or until when there will be one; one that was merged leads on."""
    merged = DataRequest.objects.filter(number=number, state=RequestState.MERGED).select_related("merged_into").first()
    if merged is not None and merged.merged_into is not None:
        return redirect("open_data:request", number=merged.merged_into.number)
    found = get_object_or_404(requesting.shown(), number=number)
    clock = clocks_of(found).first()
    return render(
        request, "open_data/request.html", {"one": found, "reference": requesting.reference(found), "clock": clock}
    )


@public
@never_cache
@require_http_methods(subscriptions.METHODS)
def new(request: HttpRequest) -> HttpResponse:
    """What data somebody wishes for."""
    if request.method == "POST":
        subscriptions.admit(request)
    return _new_once(request)


@form_once
def _new_once(request: HttpRequest) -> HttpResponse:
    form = forms.RequestForm(
        request.POST if request.method == "POST" else None, initial={"email": asking.mailbox(request)}
    )
    return asking.answer(
        request, form, lambda **who: requesting.ask(**form.cleaned_data, **who)[1],
        title=_("提出資料需求"), button=_("提出需求"), back=(reverse("open_data:requests"), _("資料需求")),
        lead=_("市政府有、但還沒有公開的資料，告訴我們您需要。我們看過就公開，由負責的機關答復，其他人也可以加入。"),
    )  # fmt: skip


@public
@never_cache
@require_http_methods(subscriptions.METHODS)
def join(request: HttpRequest, number: int) -> HttpResponse:
    """Somebody needs it too, and is told of the answer."""
    if request.method == "POST":
        subscriptions.admit(request)
    return _join_once(request, number)


@form_once
def _join_once(request: HttpRequest, number: int) -> HttpResponse:
    found = get_object_or_404(requesting.shown(), number=number)
    form = forms.JoinForm(
        request.POST if request.method == "POST" else None, initial={"email": asking.mailbox(request)}
    )
    if request.method == "POST" and form.is_valid():
        answer = subscriptions.ask(request, form, requesting.TOPIC, str(number))
        if answer is not None:
            return answer
    return asking.shown(
        request, form, title=_("我也需要"), button=_("加入"), lead=found.title,
        back=(reverse("open_data:request", args=[number]), found.title),
    )  # fmt: skip


# ---- the desk --------------------------------------------------------------------------------------------------------


def _mine(request: HttpRequest, at: datetime) -> QuerySet[DataRequest]:
    rows = DataRequest.objects.exclude(state=RequestState.UNCONFIRMED)
    return rows.filter(queries.within(request.user, READ, at)).select_related("agency", "dataset")


def _states() -> list[RequestState]:
    return [one for one in RequestState if one != RequestState.UNCONFIRMED]


@requires(READ)
def desk_index(request: HttpRequest) -> HttpResponse:
    """Requests that somebody may read, the newest first."""
    form, rows = _narrowed(request, _mine(request, timezone.now()), _states())
    page = Paginator(with_due(rows.order_by("-number")), 50).get_page(request.GET.get("page"))
    context = {
        "form": form, "page": page, "filtered": any(value for name, value in request.GET.items() if name != "page"),
        "rows": [(row, requesting.reference(row)) for row in page.object_list],
    }  # fmt: skip
    return render(request, "open_data/desk/requests.html", context)


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered requests as a sheet; written down."""
    if kind not in downloads.TYPES:
        raise Http404
    now = timezone.now()
    _form, rows = _narrowed(request, _mine(request, now), _states())
    audit.record("open_data.requests_exported", None, by=request.user, at=now, new={"rows": rows.count()})
    headings = [
        _("編號"), _("需要什麼資料"), _("說明"), pgettext("data request", "狀態"), _("答復機關"), _("需要的人數"), _("提出日"), _("公開日"),
        _("答復日"), _("答復結果"), _("答復內容"), _("資料集識別碼"),
    ]  # fmt: skip
    return downloads.sheet(kind, f"data-requests.{kind}", headings, _lines(rows.order_by("-number")))


def _lines(rows: QuerySet[DataRequest]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=500):
        days = [day_of(one).isoformat() if one else "" for one in (row.asked_at, row.shown_at, row.answered_at)]
        yield [
            requesting.reference(row), row.title, row.text, row.get_state_display(), row.agency.label if row.agency else "",
            row.joined, *days, row.get_outcome_display() if row.outcome else "", row.answer,
            row.dataset.identifier if row.dataset else "",
        ]  # fmt: skip


def _one(request: HttpRequest, number: int, act: str, at: datetime) -> DataRequest:
    """The request, for those who may do an act with it; for others it does not exist."""
    found = (
        DataRequest.objects.exclude(state=RequestState.UNCONFIRMED)
        .select_related("agency", "dataset", "merged_into")
        .filter(queries.within(request.user, act, at), number=number)
        .first()
    )
    if found is None:
        raise Http404
    return found


@requires(READ)
def desk_one(request: HttpRequest, number: int) -> HttpResponse:
    """A request with what can be done now."""
    now = timezone.now()
    found = _one(request, number, READ, now)
    mark_seen_by(found, request.user, at=now)
    offered = {
        RequestState.RECEIVED: [
            ("show_request", _("公開並交機關答復"), MODERATE), ("merge_request", _("併入其他需求"), MODERATE),
            ("decline_request", _("不公開"), MODERATE),
        ],
        RequestState.OPEN: [("answer_request", _("答復"), ANSWER), ("move_request", _("改由其他機關答復"), MODERATE)],
    }.get(RequestState(found.state), [])  # fmt: skip
    acts = [
        (reverse(f"open_data_desk:{name}", args=[number]), label) for name, label, act in offered
        if (allowed(request, act) if act == MODERATE else directory.reach(request.user, act, now).covers(agency=found.agency))
    ]  # fmt: skip
    context = {"one": found, "reference": requesting.reference(found), "acts": acts, "clock": clocks_of(found).first()}
    return render(request, "open_data/desk/request.html", context)


def _act(
    request: HttpRequest, found: DataRequest, *, form: Any, title: str, button: str, do: Callable[[dict[str, Any]], str],
    lead: str = "",
) -> HttpResponse:  # fmt: skip
    here = reverse("open_data_desk:request", args=[found.number])
    return act_page(
        request, form=form, title=title, button=button, do=do, back=(here, found.title), to=here, refused=CannotCatalogue,
        lead=lead,
    )  # fmt: skip


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _agencies(at: datetime) -> QuerySet[Agency]:
    return Agency.objects.as_of(day_of(at)).order_by("order", "code")


@requires(MODERATE)
@form_once
def show(request: HttpRequest, number: int) -> HttpResponse:
    """In which words it is shown, and who answers."""
    now = timezone.now()
    found = _one(request, number, MODERATE, now)
    initial = {"title": found.title, "text": found.text}
    form = forms.ShowRequestForm(_posted(request), agencies=_agencies(now), initial=initial)

    def do(given: dict[str, Any]) -> str:
        agency = form.agencies[given["agency"]]
        requesting.show(found, title=given["title"], text=given["text"], agency=agency, by=request.user, at=now)
        return _("已公開，答復期限從現在起算。")

    return _act(request, found, form=form, title=_("公開資料需求"), button=_("公開並交機關答復"), do=do)


@requires(MODERATE)
@form_once
def decline(request: HttpRequest, number: int) -> HttpResponse:
    """It is not shown; who asked is told why."""
    now = timezone.now()
    found = _one(request, number, MODERATE, now)
    form = forms.ReasonForm(_posted(request))

    def do(given: dict[str, Any]) -> str:
        requesting.decline(found, reason=given["reason"], by=request.user, at=now)
        return _("這項需求不公開，理由已寄給提出的人。")

    return _act(
        request, found, form=form, title=_("不公開資料需求"), button=_("不公開"), do=do, lead=_("理由會寄給提出的人。"),
    )  # fmt: skip


@requires(MODERATE)
@form_once
def merge(request: HttpRequest, number: int) -> HttpResponse:
    """It asks for the same as another."""
    now = timezone.now()
    found = _one(request, number, MODERATE, now)
    form = forms.MergeForm(_posted(request))

    def do(given: dict[str, Any]) -> str:
        into = DataRequest.objects.filter(number=given["number"]).first()
        if into is None:
            raise CannotCatalogue(_("沒有這個編號的需求。"))
        requesting.merge(found, into=into, by=request.user, at=now)
        return _("已併入，提出的人會收到那一項的消息。")

    return _act(request, found, form=form, title=_("併入其他需求"), button=_("併入"), do=do)


@requires(MODERATE)
@form_once
def move(request: HttpRequest, number: int) -> HttpResponse:
    """Another agency has the data."""
    now = timezone.now()
    found = _one(request, number, MODERATE, now)
    form = forms.MoveRequestForm(_posted(request), agencies=_agencies(now))

    def do(given: dict[str, Any]) -> str:
        agency = form.agencies[given["agency"]]
        requesting.move(found, agency=agency, reason=given["reason"], by=request.user, at=now)
        return _("已改由其他機關答復，期限不變。")

    return _act(request, found, form=form, title=_("改由其他機關答復"), button=_("改由這個機關答復"), do=do)


@requires(ANSWER)
@form_once
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """What everybody reads as the answer."""
    now = timezone.now()
    found = _one(request, number, ANSWER, now)
    form = forms.AnswerForm(_posted(request))

    def do(given: dict[str, Any]) -> str:
        requesting.answer(found, **given, by=request.user, at=now)
        return _("已答復並公開，需要這項資料的人會收到通知。")

    return _act(request, found, form=form, title=_("答復資料需求"), button=_("公開答復"), do=do, lead=found.title)
