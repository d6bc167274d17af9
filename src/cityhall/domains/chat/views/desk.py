"""文字客服 at the desk: the queue, several conversations at once, and what an operator can do with one."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires

from .. import forms, operating, queries
from ..models import CannedAnswer, Conversation, Message, Presence
from ..queries import MANAGE, READ, SERVE
from ..refusals import CannotTalk
from ..states import OPEN, State
from .citizen import LIVE, number_in


def _me(request: HttpRequest, at: datetime) -> Person | None:
    """Whoever is signed in; known already from the look at their rights."""
    return directory.standing(request.user, at).person


def _board(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """The operator's own standing, who waits, and what they have in hand: all, or what comes from one source."""
    person, form = _me(request, at), forms.BoardFilter(request.GET or None)
    source = form.cleaned_data["source"] if form.is_bound and form.is_valid() else ""
    only = {"source": source} if source else {}
    found: dict[str, Any] = {
        "presence": Presence.objects.filter(person=person).first(), "mine": list(queries.mine(person).filter(**only)),
        "waiting": list(queries.queue().filter(**only)[:50]), "out_of_hours": not queries.within_hours(at), "source": source,
        "sources": form.fields["source"].choices,
    }  # fmt: skip
    if allowed(request, READ):
        everybody = Conversation.objects.filter(state=State.PERSON, **only)
        taken = everybody.select_related("operator").order_by("taken_at", "pk")
        found["others"] = [one for one in taken[:100] if one.operator != person]
    return found


def _board_tag(board: dict[str, Any]) -> str:
    """What the board shows, in short; it stands in the address under which the page asks again."""
    presence, parts = board["presence"], [str(board["out_of_hours"]), board["source"]]
    if presence is not None:
        parts.append(f"{presence.on}{presence.since}")
    parts += [f"{one.pk}.{one.last_n}" for one in [*board["mine"], *board["waiting"]]]
    parts += [f"{len(board['mine'])}", *(f"{one.pk}.{one.operator_id}" for one in board.get("others", []))]
    return hashlib.sha256("-".join(parts).encode()).hexdigest()[:16]


def _hand(person: Person | None) -> dict[str, Any]:
    """What an operator sees beside a conversation: those in hand, and how many wait."""
    return {"mine": list(queries.mine(person)), "waiting": queries.queue().count()}


def _with_lines(conversations: list[Conversation]) -> None:
    """Give each what its citizen wrote last, and whether it is the operator's turn."""
    lines = queries.last_lines(conversations)
    for one in conversations:
        one.line = lines.get(one.pk, "")
        one.our_turn = one.spoke_by == "CITIZEN"


@requires(SERVE)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The queue and one's own conversations; the page asks for news by itself, and gets none where nothing changed."""
    now = timezone.now()
    operating.still_here(_me(request, now), at=now)
    context = _board(request, now)
    tag = _board_tag(context)
    if request.headers.get("HX-Request") and request.GET.get("has") == tag:
        return HttpResponse(status=204)
    _with_lines([*context["mine"], *context["waiting"]])
    return render(request, "chat/desk.html", context | {"tag": tag, "hours": queries.hours(now)})


def _seen(request: HttpRequest, reference: uuid.UUID, at: datetime) -> Conversation:
    found = queries.visible(request.user, at).filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


@requires(SERVE, READ)
@require_safe
def conversation(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One conversation: everything that was said, and the box for whoever has it in hand."""
    now = timezone.now()
    one, person = _seen(request, reference, now), _me(request, now)
    operating.still_here(person, at=now)
    own = one.state == State.PERSON and one.operator_id == (person.pk if person else None)
    if not own and one.state != State.WAITING:
        audit.record("chat.looked_at", one, by=request.user, at=now)
    hand = _hand(person) if allowed(request, SERVE) else {}
    _with_lines(hand.get("mine", []))
    context = hand | _of(one, own, now) | {
        "rows": _rows(one, 0), "client_id": uuid.uuid4(), "canned": queries.canned(day_of(now), one.language) if own else [],
        "handovers": list(one.handovers.select_related("from_person", "to_person")), "serves": allowed(request, SERVE),
    }  # fmt: skip
    return render(request, "chat/desk_one.html", context)


def _rows(one: Conversation, after: int) -> list[Message]:
    return queries.after(one, after)


def _of(one: Conversation, own: bool, at: datetime) -> dict[str, Any]:
    return {
        "one": one, "own": own, "after": one.last_n, "position": queries.position(one),
        "typing": queries.citizen_types(one, at), "open_states": OPEN,
    }  # fmt: skip


def _tag(one: Conversation, hand: dict[str, Any], at: datetime) -> str:
    """What the page shows, in short: with the same, and nothing after what it has, nothing is new."""
    typing = queries.citizen_types(one, at)
    parts = [one.last_n, one.state, one.operator_id, queries.position(one), int(typing), hand.get("waiting", "")]
    return '"' + ".".join([*map(str, parts), *(f"{other.pk}-{other.last_n}" for other in hand.get("mine", []))]) + '"'


def _news(request: HttpRequest, one: Conversation, hand: dict[str, Any], after: int, at: datetime) -> HttpResponse:
    """What is new; with `hand`, the operator's own conversations too, so that one page shows all of them at once."""
    person = _me(request, at)
    own = one.state == State.PERSON and one.operator_id == (person.pk if person else None)
    items = "".join(
        render_to_string("chat/_desk_message.html", {"row": row, "one": one}, request) for row in _rows(one, after)
    )
    status = render_to_string("chat/_desk_status.html", _of(one, own, at), request)
    found = {"n": one.last_n, "items": items, "status": status, "state": one.state if own else "CLOSED"}
    if hand:
        _with_lines(hand["mine"])
        found["mine"] = render_to_string("chat/_mine.html", {"one": one, **hand}, request)
    return JsonResponse(found)


def _seen_with(request: HttpRequest, reference: uuid.UUID, at: datetime) -> tuple[Conversation, dict[str, Any]]:
    """A conversation and the operator's hand, in which it mostly is: then nothing more is asked."""
    hand = _hand(_me(request, at)) if allowed(request, SERVE) else {}
    mine = [other for other in hand.get("mine", []) if other.reference == reference]
    return (mine[0] if mine else _seen(request, reference, at)), hand


@requires(SERVE, READ)
@require_safe
def news(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """What was said after message n, and what stirs in the operator's other conversations."""
    now = timezone.now()
    one, hand = _seen_with(request, reference, now)
    operating.still_here(_me(request, now), at=now)
    after, tag = number_in(request.GET.get("after", "")), _tag(one, hand, now)
    if after >= one.last_n and request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        response = _news(request, one, hand, after, now)
    response["ETag"] = tag
    response["Cache-Control"] = "no-store"
    return response


def _act(request: HttpRequest, one: Conversation, do: Callable[[], object], to: str = "") -> HttpResponse:
    try:
        do()
    except CannotTalk as refusal:
        if LIVE in request.headers:
            return JsonResponse({"refused": refusal.sentence}, status=422)
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(to or reverse("chat:desk"))
    if LIVE in request.headers:
        now = timezone.now()
        one, hand = _seen_with(request, one.reference, now)
        response = _news(request, one, hand, number_in(request.POST.get("after", "")), now)
        response["ETag"] = _tag(one, hand, now)
        return response
    return HttpResponseRedirect(reverse("chat:desk_one", args=[one.reference]) + "#last")


@requires(SERVE)
@require_POST
def presence(request: HttpRequest) -> HttpResponse:
    """上線 or 離線."""
    now = timezone.now()
    try:
        if request.POST.get("on") == "yes":
            operating.come(by=request.user, at=now)
            messages.success(request, _("您已上線，民眾請客服人員時會排到這裡。"))
        else:
            operating.go(by=request.user, at=now)
            messages.success(request, _("您已離線，不會再有新的；手上的對談請談完。"))
    except CannotTalk as refusal:
        messages.error(request, refusal.sentence)
    return HttpResponseRedirect(reverse("chat:desk"))


@requires(SERVE)
@require_POST
def take(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """接談."""
    now = timezone.now()
    one = get_object_or_404(Conversation, reference=reference)
    return _act(request, one, lambda: operating.take(one, by=request.user, at=now))


@requires(SERVE)
@require_POST
def say(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The operator's next message."""
    now = timezone.now()
    one = _seen(request, reference, now)
    given = {"client_id": request.POST.get("client_id", ""), "by": request.user, "at": now}
    here = reverse("chat:desk_one", args=[reference]) + "#last"
    return _act(request, one, lambda: operating.answer(one, text=request.POST.get("text", ""), **given), here)


@requires(SERVE)
@require_POST
def file(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """A picture or PDF to the citizen."""
    now = timezone.now()
    one = _seen(request, reference, now)

    def do() -> None:
        content = request.FILES.get("file")
        if content is None:
            raise CannotTalk(_("請先選檔案。"))
        operating.send_file(one, content=content, name=content.name or "", by=request.user, at=now)

    return _act(request, one, do, reverse("chat:desk_one", args=[reference]) + "#last")


@requires(SERVE)
@require_POST
def typing(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The operator is typing; shown to the citizen."""
    now = timezone.now()
    operating.types(_seen(request, reference, now), by=request.user, at=now)
    return HttpResponse(status=204)


@requires(SERVE)
@require_POST
def end(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """結束對談."""
    now = timezone.now()
    one = _seen(request, reference, now)
    return _act(request, one, lambda: operating.end(one, by=request.user, at=now))


@requires(SERVE)
@form_once
def hand_over(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """轉給同事."""
    now = timezone.now()
    one, person = _seen(request, reference, now), _me(request, now)
    people = [row.person for row in queries.present_rows(now).exclude(person=person).order_by("person__code", "pk")]
    form = forms.HandoverForm(request.POST if request.method == "POST" else None, people=people)

    def do(given: dict[str, Any]) -> str:
        to = form.people[given["to"]]
        operating.hand_over(one, to=to, note=given["note"], by=request.user, at=now)
        return _("%(number)s已轉給%(name)s。") % {"number": one.number, "name": to.name}

    lead = _("同事會看到全部對談內容和您要交代的事。") if people else _("現在沒有別的同事在線上。")
    here = reverse("chat:desk_one", args=[reference])
    return act_page(
        request, form=form, title=_("轉給同事"), button=_("轉出"), do=do, back=(here, one.number),
        to=reverse("chat:desk"), refused=CannotTalk, lead=lead,
    )  # fmt: skip


# ---- answers that are often used -------------------------------------------------------------------------------------


@requires(MANAGE)
@require_safe
def canned(request: HttpRequest) -> HttpResponse:
    """常用回覆: those in use, then those that were."""
    rows = CannedAnswer.objects.order_by("valid_until", "title", "pk")
    rows = sorted(rows, key=lambda one: (one.valid_until is not None, one.title, one.pk))
    return render(request, "chat/canned.html", {"rows": rows})


@requires(MANAGE)
@form_once
def new_canned(request: HttpRequest) -> HttpResponse:
    """A new line."""

    def do(given: dict[str, Any]) -> str:
        row = operating.add_canned(by=request.user, at=timezone.now(), **given)
        return _("已新增常用回覆「%(title)s」。") % {"title": row.title}

    return act_page(
        request, form=forms.CannedForm(request.POST if request.method == "POST" else None), title=_("新增常用回覆"),
        button=_("新增"), do=do, back=(reverse("chat:canned"), _("常用回覆")), to=reverse("chat:canned"),
        refused=CannotTalk, lead=_("客服人員按一下就放進輸入框，送出前還能改。"),
    )  # fmt: skip


@requires(MANAGE)
@require_POST
def retire_canned(request: HttpRequest, pk: int) -> HttpResponse:
    """停用."""
    row = get_object_or_404(CannedAnswer, pk=pk)
    try:
        operating.retire_canned(row, by=request.user, at=timezone.now())
        messages.success(request, _("已停用「%(title)s」。") % {"title": row.title})
    except CannotTalk as refusal:
        messages.error(request, refusal.sentence)
    return HttpResponseRedirect(reverse("chat:canned"))
