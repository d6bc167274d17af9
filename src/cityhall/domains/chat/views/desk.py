"""文字客服 at the desk: the queue, several conversations at once, and what an operator can do with one."""

from __future__ import annotations

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
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires

from .. import forms, operating, queries
from ..models import CannedAnswer, Conversation, Message, Presence
from ..queries import MANAGE, READ, SERVE
from ..refusals import CannotTalk
from ..rules import Service
from ..states import OPEN, State
from .citizen import LIVE, number_in


def _board(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """The operator's own standing, who waits, and what they have in hand."""
    person = directory.person_of(request.user)
    mine = list(queries.mine(person))
    waiting = list(queries.queue()[:50])
    _with_lines([*mine, *waiting])
    presence = Presence.objects.filter(person=person).first()
    return {
        "presence": presence, "mine": mine, "waiting": waiting, "service": queries.service(at),
        "out_of_hours": not queries.within_hours(at), "hours": queries.hours(at), "present": queries.present(at),
        "nobody": Service.NOBODY,
    }  # fmt: skip


def _with_lines(conversations: list[Conversation]) -> None:
    """Give each what its citizen wrote last, and whether it is the operator's turn."""
    lines = queries.last_lines(conversations)
    for one in conversations:
        one.line = lines.get(one.pk, "")
        one.our_turn = one.spoke_by == "CITIZEN"


@requires(SERVE)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The queue and one's own conversations; the page asks for news by itself."""
    now = timezone.now()
    operating.still_here(directory.person_of(request.user), at=now)
    context = _board(request, now)
    if allowed(request, READ):
        taken = Conversation.objects.filter(state=State.PERSON).select_related("operator").order_by("taken_at", "pk")
        context["others"] = [one for one in taken[:100] if one.operator != directory.person_of(request.user)]
    return render(request, "chat/desk.html", context)


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
    one, person = _seen(request, reference, now), directory.person_of(request.user)
    operating.still_here(person, at=now)
    own = one.state == State.PERSON and one.operator_id == (person.pk if person else None)
    if not own and one.state != State.WAITING:
        audit.record("chat.looked_at", one, by=request.user, at=now)
    context = (_board(request, now) if allowed(request, SERVE) else {}) | _of(one, own, now) | {
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


def _news(
    request: HttpRequest, one: Conversation, after: int, hand: list[Conversation] | None = None
) -> dict[str, Any]:
    """What is new; with `hand`, the operator's own conversations too, so that one page shows all of them at once."""
    now, person = timezone.now(), directory.person_of(request.user)
    own = one.state == State.PERSON and one.operator_id == (person.pk if person else None)
    items = "".join(
        render_to_string("chat/_desk_message.html", {"row": row, "one": one}, request) for row in _rows(one, after)
    )
    status = render_to_string("chat/_desk_status.html", _of(one, own, now), request)
    found = {"n": one.last_n, "items": items, "status": status, "state": one.state if own else "CLOSED"}
    if hand is not None:
        _with_lines(hand)
        context = {"one": one, "mine": hand, "waiting": queries.queue()[:50]}
        found["mine"] = render_to_string("chat/_mine.html", context, request)
    return found


@requires(SERVE, READ)
@require_safe
def news(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """What was said after message n, and what stirs in the operator's other conversations."""
    now, person = timezone.now(), directory.person_of(request.user)
    one = _seen(request, reference, now)
    operating.still_here(person, at=now)
    after = number_in(request.GET.get("after", ""))
    typing = queries.citizen_types(one, now)
    tag = f"{one.last_n}.{one.state}.{one.operator_id}.{queries.position(one)}.{int(typing)}"
    hand = None
    if allowed(request, SERVE):
        hand = list(queries.mine(person))
        tag += f".{queries.queue().count()}." + ".".join(f"{other.pk}-{other.last_n}" for other in hand)
    tag = f'"{tag}"'
    if after >= one.last_n and request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponse(status=304)
    else:
        response = JsonResponse(_news(request, one, after, hand))
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
        one.refresh_from_db()
        return JsonResponse(_news(request, one, number_in(request.POST.get("after", ""))))
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
    one, person = _seen(request, reference, now), directory.person_of(request.user)
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
