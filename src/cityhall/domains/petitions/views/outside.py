"""移送府外追蹤: what lies at bodies outside of the city, since when, how often they were reminded, what they answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.queries import normal_number
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory import queries as directory
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.engines.worklist import queries as worklist
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires
from cityhall.web.dates import as_date

from .. import queries
from ..forms.outside import LETTER, OPEN311, WAYS, WORDS, AnswerForm, OutsideFilter
from ..forms.peers import trouble_words
from ..models import PassedOn, PeerRequest
from ..passed_on import Outward, may_chase
from ..privacy import without_reporter
from ..services import outside, todos

RIGHT = "petitions.dispatch"
PEER_TONES = {
    PeerRequest.State.FAILED: "red", PeerRequest.State.UNSURE: "red", PeerRequest.State.GONE: "red",
    PeerRequest.State.CLOSED: "", PeerRequest.State.WAITING: "amber", PeerRequest.State.LETTER: "grey",
}  # fmt: skip
TONES = {Outward.LATE: "red", Outward.WAITING: "blue", Outward.ANSWERED: "", Outward.CAME_BACK: "grey"}


def _visible(request: HttpRequest, at: datetime) -> QuerySet[PassedOn]:
    rows = PassedOn.objects.standing(day_of(at)).filter(petition__in=queries.visible_to(account_of(request), at))
    return rows.select_related("petition__case__requester", "petition__category", "agency", "peer__endpoint")


def way_of(way: str) -> Q:
    """What went by Open311, or by letter; what was sent by letter after all went by letter."""
    peer = Q(peer__isnull=False) & ~Q(peer__state=PeerRequest.State.LETTER)
    return peer if way == OPEN311 else ~peer


def peer_of(row: PassedOn) -> PeerRequest | None:
    """What is at the body by Open311; None for a letter."""
    found: PeerRequest | None = getattr(row, "peer", None)
    return None if found is None or found.state == PeerRequest.State.LETTER else found


def _filtered(request: HttpRequest, at: datetime) -> tuple[OutsideFilter, QuerySet[PassedOn], QuerySet[PassedOn]]:
    everything = _visible(request, at)
    form, rows = OutsideFilter(request.GET or None), everything
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            said = wanted["q"].strip()
            rows = rows.filter(Q(petition__case__number=normal_number(said)) | Q(petition__case__title__icontains=said))
        if wanted["where"]:
            rows = rows.filter(where_now=wanted["where"])
        if wanted["way"]:
            rows = rows.filter(way_of(wanted["way"]))
        if wanted["agency"]:
            rows = rows.filter(agency__code=wanted["agency"])
    return form, rows.order_by("answered_at", "came_back_at", "answer_by", "pk"), everything


def _days(row: PassedOn, at: datetime) -> int:
    """How many days it has lain there, or lay there."""
    until = row.answered_on or day_of(row.came_back_at or at)
    return (until - day_of(row.sent_at)).days


@requires(RIGHT)
def index(request: HttpRequest) -> HttpResponse:
    """What lies outside, that which waits longest beyond its day first."""
    now = timezone.now()
    form, rows, everything = _filtered(request, now)
    counts = dict(everything.order_by().values_list("where_now").annotate(n=Count("pk")))
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    for row in page.object_list:
        where = Outward(row.where_now)  # type: ignore[attr-defined]
        row.words, row.tone, row.days = WORDS[where], TONES[where], _days(row, now)  # type: ignore[attr-defined]
        row.their = peer_of(row)  # type: ignore[attr-defined]
    context = {
        "form": form,
        "page": page,
        "filtered": bool(request.GET),
        "may_export": bool(directory.reach(account_of(request), "petitions.export", now)),
        "tabs": [(key.value, label, counts.get(key.value, 0)) for key, label in WORDS.items()],
    }
    return render(request, "petitions/desk/outside/list.html", context)


COLUMNS = (
    gettext_lazy("案件編號"), gettext_lazy("主旨"), gettext_lazy("類別"), gettext_lazy("府外機關"), gettext_lazy("發文字號"),
    gettext_lazy("移送日"), gettext_lazy("請回復日"), gettext_lazy("已等天數"), gettext_lazy("催辦次數"), gettext_lazy("情形"),
    gettext_lazy("回復日"), gettext_lazy("對方的回復"), gettext_lazy("怎麼送"), gettext_lazy("對方編號"), gettext_lazy("對方的情形"),
    gettext_lazy("上次詢問"),
)  # fmt: skip


@requires("petitions.export")
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered list as CSV, ODS or XLSX, without reporters' data; written down."""
    now = timezone.now()
    _form, rows, _everything = _filtered(request, now)
    mine = queries.visible_to(account_of(request), now).filter(
        queries.within(account_of(request), "petitions.export", now)
    )
    rows = rows.filter(petition__in=mine)
    audit.record("petition.outside_exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    name = f"outside-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    return downloads.sheet(kind, name, [str(one) for one in COLUMNS], _cells(rows, now))


def _cells(rows: QuerySet[PassedOn], at: datetime) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=500):
        case, category, peer = row.petition.case, row.petition.category, peer_of(row)
        yield [
            case.number, case.title, category.label if category else "", row.agency.label, row.document_number,
            day_of(row.sent_at), row.answer_by, _days(row, at), row.reminders,
            str(WORDS[Outward(row.where_now)]), row.answered_on, without_reporter(row.answer, case.requester),  # type: ignore[attr-defined]
            str(WAYS[OPEN311 if peer else LETTER]), peer.their_id if peer else "",
            str(peer.get_state_display()) if peer else "", day_of(peer.asked_at) if peer and peer.asked_at else None,
        ]  # fmt: skip


def one_of(request: HttpRequest, pk: int, at: datetime) -> PassedOn:
    """What lies outside, as far as this officer sees it."""
    found = _visible(request, at).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _peer(row: PassedOn) -> dict[str, Any]:
    """What the page says about the request at the body."""
    peer = getattr(row, "peer", None)
    changed = peer is not None and worklist.of(row).filter(kind=todos.OUTSIDE_CHANGED).exists()
    return {
        "peer": peer,
        "peer_tone": PEER_TONES.get(peer.state, "blue") if peer else "",
        "trouble": trouble_words(peer.trouble) if peer else "",
        "changed": changed,
    }


@requires(RIGHT)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: the letter, the reminders, the answer."""
    now = timezone.now()
    row = one_of(request, pk, now)
    where, today = Outward(row.where_now), day_of(now)  # type: ignore[attr-defined]
    context = {
        "one": row,
        "words": WORDS[where],
        "tone": TONES[where],
        "days": _days(row, now),
        "open": where in (Outward.LATE, Outward.WAITING),
        "may_chase": may_chase(where, reminded_on=row.reminded_on, answer_by=row.answer_by, today=today) is None,
        "steps": row.steps.select_related("by"),
        **_peer(row),
    }
    return render(request, "petitions/desk/outside/one.html", context)


@requires(RIGHT)
@require_POST
@form_once
def chase(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind the body."""
    now = timezone.now()
    row = one_of(request, pk, now)
    try:
        row = outside.chase(row, by=account_of(request), at=now)
        messages.success(request, _("已催辦，請對方在%(day)s前回復。") % {"day": as_date(row.answer_by)})
    except CannotAct as refusal:
        messages.warning(request, refusal.sentence)
    return HttpResponseRedirect(reverse("petitions:outside_one", args=[pk]))


@requires(RIGHT)
@form_once
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what the body answered."""
    now = timezone.now()
    row = one_of(request, pk, now)
    back = reverse("petitions:outside_one", args=[pk])

    initial: dict[str, Any] = {"answered_on": day_of(now)}
    peer = peer_of(row)
    if peer is not None and peer.state == PeerRequest.State.CLOSED:
        said_on = day_of(peer.updated_at or peer.closed_at or now)
        initial = {"answered_on": min(max(said_on, day_of(row.sent_at)), day_of(now)), "answer": peer.notes}

    def do(given: dict[str, Any]) -> str:
        outside.record_answer(row, **given, by=account_of(request), at=now)
        return _("已登錄，並已告知民眾。")

    return act_page(
        request, form=AnswerForm(request.POST or None, initial=initial), title=_("登錄府外機關的回復"),
        button=_("登錄並告知民眾"), do=do, back=(back, str(row.petition.case.number)), to=back, refused=CannotAct,
        lead=row.petition.case.title,
        summary=[(_("府外機關"), row.agency.full_label), (_("移送日"), as_date(day_of(row.sent_at)))],
    )  # fmt: skip
