"""One call: what the exchange recorded, its way through the menu, its topic by hand, and the survey after it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.letters.services import Recipient
from cityhall.engines.surveys.services import CannotInvite
from cityhall.web.access import allowed, requires
from cityhall.web.context import language
from cityhall.web.forms import Email, Form, Phone, Radios

from .. import aftercall, hearing, menus
from ..aftercall import CannotNote
from ..models import Call
from ..queries import ASK, READ, TOPIC
from ..states import REACHED, Outcome, RatingAbout, Topic


class TopicForm(Form):
    topic = forms.ChoiceField(
        label=gettext_lazy("服務項目"), required=False, widget=Radios,
        choices=[*Topic.choices, ("", gettext_lazy("沒有記下項目"))],
    )  # fmt: skip


class AskForm(Form):
    """Where the caller wants the link, and what it asks about."""

    about = forms.ChoiceField(label=gettext_lazy("問什麼"), choices=RatingAbout.choices, widget=Radios)
    email = forms.EmailField(label=gettext_lazy("電子郵件"), max_length=254, required=False, widget=Email)
    phone = forms.RegexField(
        r"^09\d{2}[- ]?\d{3}[- ]?\d{3}$", label=gettext_lazy("手機號碼"), required=False, widget=Phone,
        help_text=gettext_lazy("來電者自己說的；寄出後60天刪除，不會和這通電話存在一起。"),
        error_messages={"invalid": gettext_lazy("請填10碼的手機號碼，例如 0912-345-678")},
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(given.get("email")) == bool(given.get("phone")):
            self.add_error("email", _("電子郵件和手機號碼請填一個。"))
        return given


def _call(pk: int) -> Call:
    return get_object_or_404(Call.objects.select_related("queue", "agent"), pk=pk)


@requires(READ)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """A call with all that is known of it; nothing tells who called."""
    call = _call(pk)
    names = hearing.names_of(menus.in_use(call.entered_at) or menus.in_use(timezone.now()))
    ways = hearing.ways([call.callid], names)
    ended = call.outcome not in (Outcome.MENU, Outcome.OPEN)
    context = {
        "call": call,
        "events": [
            {"second": second, "event": event, "agent": agent, "value": value}
            for second, event, agent, value in call.events
        ],
        "way": ways[0] if ways else None,
        "changes": list(call.topic_changes.select_related("by")[:20]),
        "ratings": list(call.ratings.order_by("pk")[:5]),
        "may_topic": ended and allowed(request, TOPIC),
        "may_ask": call.outcome in REACHED and allowed(request, ASK),
    }
    return render(request, "hotline/call.html", context)


@requires(TOPIC)
@form_once
def topic(request: HttpRequest, pk: int) -> HttpResponse:
    """記服務項目 by hand."""
    call, now, here = _call(pk), timezone.now(), reverse("hotline:call", args=[pk])

    def do(given: dict[str, Any]) -> str:
        change = aftercall.set_topic(call, given["topic"], by=request.user, at=now)
        return _("服務項目已改記；可以改回。") if change else _("服務項目沒有變。")

    return act_page(
        request, form=TopicForm(request.POST if request.method == "POST" else None, initial={"topic": call.topic}),
        title=_("改記這通電話的服務項目"), button=_("改記"), do=do, back=(here, _("這通電話")), to=here, refused=CannotNote,
        lead=_("話務人員忘了記，或記錯了，聽過錄音再改；原來記的會留下。"),
    )  # fmt: skip


@requires(TOPIC)
@require_POST
@form_once
def topic_back(request: HttpRequest, pk: int) -> HttpResponse:
    """改回 what was noted before."""
    try:
        aftercall.take_back(_call(pk), by=request.user, at=timezone.now())
    except CannotNote as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("服務項目已改回。"))
    return HttpResponseRedirect(reverse("hotline:call", args=[pk]))


@requires(ASK)
@form_once
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """寄滿意度調查 to whoever called and told where."""
    call, now, here = _call(pk), timezone.now(), reverse("hotline:call", args=[pk])

    def do(given: dict[str, Any]) -> str:
        to = Recipient(email=given["email"], phone=given["phone"], language=language())
        aftercall.ask(call, to, about=RatingAbout(given["about"]), by=request.user, at=now)
        return _("邀請已寄出；一通電話只問一次。")

    return act_page(
        request, form=AskForm(request.POST if request.method == "POST" else None, initial={"about": RatingAbout.CALL}),
        title=_("寄滿意度調查"), button=_("寄出"), do=do, back=(here, _("這通電話")), to=here, refused=CannotInvite,
        lead=_("來電者願意填答、也說了要寄到哪裡，才寄。"),
    )  # fmt: skip
