"""The citizen's chat page. Whoever has the key of a conversation is its citizen, so these pages need no cookie and no
token against forged forms: nobody else's page knows the key (docs/adr/0029).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityhall.engines.identity import origin, throttle
from cityhall.foundation.clock import day_of
from cityhall.web.access import public, public_to_programs
from cityhall.web.context import language

from .. import embedding, forms, operating, queries, services
from ..models import Conversation, Message
from ..refusals import CannotTalk
from ..states import Source, State

LIVE = "X-Chat"
"""The header of the page's own script; without it a form is answered by a page."""
KEPT = "chat.key"
Shown = Callable[..., HttpResponse]


def _mine(view: Shown) -> Shown:
    """Give the view the conversation whose key stands in the address."""

    def found(request: HttpRequest, key: uuid.UUID, **kwargs: Any) -> HttpResponse:
        conversation = services.by_key(key)
        if conversation is None:
            raise Http404(_("找不到這次對談。請開始新的對談。"))
        return embedding.framed(view(request, conversation, **kwargs), conversation.site, on=day_of(timezone.now()))

    return found


def _keyed(view: Shown) -> Shown:
    """The key is the right, which a foreign page does not know; what begins a conversation tells it this browser alone."""
    # Pages of other sites hold the chat in a frame, where a cookie with a token does not arrive.
    return public_to_programs(view)


def _done_by_citizen(view: Shown) -> Shown:
    """An act of whoever has the key: by POST alone."""
    return _keyed(public(require_POST(_mine(view))))


def _page_of_citizen(view: Shown) -> Shown:
    """A page of whoever has the key, with its form."""
    shown = never_cache(require_http_methods(["GET", "HEAD", "POST"])(_mine(view)))
    return _keyed(public(shown))


@_keyed
@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The first page: what this is, the box to ask in; a conversation begins with the first message."""
    site = request.POST.get("site", request.GET.get("site", ""))[:200]
    if not site:
        return csrf_protect(_start)(request, "")
    if not embedding.allowed(site, on=day_of(timezone.now())):
        return embedding.refused(request, site)
    return _start(request, site)


def _start(request: HttpRequest, site: str) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {"site": site, "client_id": uuid.uuid4(), "hours": queries.hours(now)}
    status = 200
    if request.method == "POST":
        conversation = None
        try:
            services.check(request.POST.get("text", ""))
            throttle.admit((queries.BEGINS, origin.network(request)), at=now)
            source = Source.EMBEDDED if site else Source.WEB
            conversation = services.begin(language=language(), source=source, site=site, at=now)
            services.say(
                conversation, text=request.POST.get("text", ""), client_id=request.POST.get("client_id", ""), at=now
            )
        except (CannotTalk, throttle.CannotTryNow) as refusal:
            context |= {"fault": refusal.sentence, "text": request.POST.get("text", "")[:20_000]}
            status = 422
        if conversation is not None:
            if not site:
                request.session[KEPT] = str(conversation.key)
            return HttpResponseRedirect(reverse("chat:talk", args=[conversation.key]))
    if not site and (key := request.session.get(KEPT)):
        context["before"] = Conversation.objects.filter(key=key, closed_at=None).first()
    return embedding.framed(render(request, "chat/start.html", context, status=status), site, on=day_of(now))


def _context(conversation: Conversation) -> dict[str, Any]:
    now = timezone.now()
    return {
        "one": conversation,
        "after": conversation.last_n,
        "position": queries.position(conversation),
        "typing": queries.operator_types(conversation, now),
        "embedded": bool(conversation.site),
        "photos": queries.takes_photos(conversation),
        "goes_on": queries.may_go_on(conversation, now),
    }


@_page_of_citizen
def talk(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """The conversation; POST is the citizen's next message."""
    now, fault, status = timezone.now(), "", 200
    if request.method == "POST":
        text = request.POST.get("text", "")
        try:
            services.say(
                conversation, text=text, client_id=request.POST.get("client_id", ""),
                choice=request.POST.get("choice", "")[:40], network=origin.network(request), at=now,
            )  # fmt: skip
        except CannotTalk as refusal:
            if LIVE in request.headers:
                return JsonResponse({"refused": refusal.sentence}, status=422)
            fault, status = refusal.sentence, 422
        else:
            return _done(request, conversation)
    conversation.refresh_from_db()
    services.seen(conversation, at=now)
    context = _context(conversation) | {
        "rows": queries.after(conversation, 0), "client_id": uuid.uuid4(), "fault": fault,
        "text": request.POST.get("text", "")[:20_000] if fault else "",
    }  # fmt: skip
    return render(request, "chat/talk.html", context, status=status)


def _done(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """What is new, for the page's script; the page itself for everybody else."""
    if LIVE in request.headers:
        conversation.refresh_from_db()
        response = JsonResponse(_news(request, conversation, number_in(request.POST.get("after", ""))))
        response["ETag"] = _tag(conversation, timezone.now())
        return response
    return HttpResponseRedirect(reverse("chat:talk", args=[conversation.key]) + "#last")


def number_in(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _news(request: HttpRequest, conversation: Conversation, after: int) -> dict[str, Any]:
    context = _context(conversation)
    rows = queries.after(conversation, after)
    items = "".join(render_to_string("chat/_message.html", {"row": row, "one": conversation}, request) for row in rows)
    status = render_to_string("chat/_status.html", context, request)
    return {"n": conversation.last_n, "items": items, "status": status, "state": conversation.state}


def _tag(conversation: Conversation, at: datetime) -> str:
    """What the page shows, in short: with the same, and nothing after what it has, nothing is new."""
    typing = queries.operator_types(conversation, at)
    return f'"{conversation.last_n}.{conversation.state}.{queries.position(conversation)}.{int(typing)}"'


@public
@require_safe
@_mine
def news(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """What was said after message n, in order. An unchanged conversation costs one question and sends nothing."""
    now = timezone.now()
    services.seen(conversation, at=now)
    after, tag = number_in(request.GET.get("after", "")), _tag(conversation, now)
    if after >= conversation.last_n and request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponse(status=304)
    else:
        response = JsonResponse(_news(request, conversation, after))
    response["ETag"] = tag
    response["Cache-Control"] = "no-store"
    return response


@_done_by_citizen
def typing(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """The citizen is typing; shown to the operator."""
    services.types(conversation, at=timezone.now())
    return HttpResponse(status=204)


def _act(request: HttpRequest, conversation: Conversation, do: Callable[[], object]) -> HttpResponse:
    try:
        do()
    except CannotTalk as refusal:
        if LIVE in request.headers:
            return JsonResponse({"refused": refusal.sentence}, status=422)
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(reverse("chat:talk", args=[conversation.key]) + "#last")
    return _done(request, conversation)


@_done_by_citizen
def person(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """請客服人員接談."""
    return _act(request, conversation, lambda: services.call_person(conversation, at=timezone.now()))


@_done_by_citizen
def helped(request: HttpRequest, conversation: Conversation, n: int) -> HttpResponse:
    """Whether an answer helped."""
    yes = request.POST.get("helped") == "yes"
    return _act(request, conversation, lambda: services.helped(conversation, n=n, yes=yes, at=timezone.now()))


@_done_by_citizen
def end(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """結束對談."""
    return _act(request, conversation, lambda: services.end(conversation, at=timezone.now()))


@_done_by_citizen
def go_on(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """接著談."""
    return _act(request, conversation, lambda: services.go_on(conversation, at=timezone.now()))


@_done_by_citizen
def rate(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """滿意度."""
    stars = number_in(request.POST.get("stars", ""))
    return _act(request, conversation, lambda: services.rate(conversation, stars=stars, at=timezone.now()))


@_page_of_citizen
def message(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """留言."""
    if conversation.state not in (State.BOT, State.WAITING):
        return HttpResponseRedirect(reverse("chat:talk", args=[conversation.key]) + "#last")
    asked = Message.objects.filter(conversation=conversation, speaker="CITIZEN").order_by("-n").first()
    form = forms.LeaveForm(
        request.POST if request.method == "POST" else None, initial={"text": asked.text if asked else "", "way": "MAIL"}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.leave_message(conversation, at=timezone.now(), **form.cleaned_data)
        except CannotTalk as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return HttpResponseRedirect(reverse("chat:talk", args=[conversation.key]) + "#last")
    context = {"form": form, "one": conversation, "embedded": bool(conversation.site)}
    return render(request, "chat/leave.html", context, status=422 if form.errors else 200)


@_done_by_citizen
def file(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """A picture or PDF to the operator."""

    def do() -> None:
        content = request.FILES.get("file")
        if content is None:
            raise CannotTalk(_("請先選檔案。"))
        given = {"content": content, "name": content.name or "", "client_id": request.POST.get("client_id", "")}
        operating.send_file(conversation, by=None, at=timezone.now(), **given)

    return _act(request, conversation, do)


@_page_of_citizen
def transcript(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """把對談內容寄給我."""
    now = timezone.now()
    form = forms.TranscriptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            throttle.admit(("codes-sent", origin.network(request)), at=now)
            services.send_transcript(conversation, email=form.cleaned_data["email"], at=now)
        except (CannotTalk, throttle.CannotTryNow) as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("對談內容已寄出，請看信箱。"))
            return HttpResponseRedirect(reverse("chat:talk", args=[conversation.key]) + "#last")
    context = {"form": form, "one": conversation, "embedded": bool(conversation.site)}
    return render(request, "chat/transcript.html", context, status=422 if form.errors else 200)


EMBED = """(() => {
  const words = %(words)s, page = %(page)s;
  const frame = document.createElement("iframe");
  frame.title = words.title;
  frame.hidden = true;
  Object.assign(frame.style, { position: "fixed", right: "16px", bottom: "76px", width: "min(400px, calc(100vw - 32px))",
    height: "min(640px, calc(100vh - 100px))", border: "1px solid #d3dcd8", borderRadius: "8px", background: "#fff", zIndex: 2147483000 });
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.open;
  button.setAttribute("aria-expanded", "false");
  Object.assign(button.style, { position: "fixed", right: "16px", bottom: "16px", minHeight: "48px", padding: "8px 20px", font: "inherit",
    color: "#fff", background: "#0b5c4b", border: "0", borderRadius: "24px", zIndex: 2147483000, cursor: "pointer" });
  button.addEventListener("click", () => {
    if (!frame.src) frame.src = page + "?site=" + encodeURIComponent(location.origin);
    frame.hidden = !frame.hidden;
    button.textContent = frame.hidden ? words.open : words.close;
    button.setAttribute("aria-expanded", String(!frame.hidden));
  });
  document.body.append(button, frame);
})();
"""
"""One tag on another site: <script src="https://…/chat/embed.js" defer></script>. A button opens the page in a frame."""


@public
@require_safe
def embed(request: HttpRequest) -> HttpResponse:
    """The script for other sites; which may hold the page in a frame is decided there."""
    words = {"title": _("文字客服"), "open": _("文字客服"), "close": _("關閉文字客服")}
    page = settings.SITE_URL.rstrip("/") + reverse("chat:start")
    script = EMBED % {"words": json.dumps(words, ensure_ascii=False), "page": json.dumps(page)}
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "public, max-age=3600"
    return response
