"""留言 at the desk: what was left when nobody could answer, and the answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cityhall.engines.audit import services as audit
from cityhall.engines.classify.reading import mask
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.web.access import requires
from cityhall.web.dates import as_datetime

from .. import answering, forms, queries
from ..models import LeftMessage
from ..queries import SERVE
from ..refusals import CannotTalk
from ..states import Way


def _asked(request: HttpRequest) -> tuple[forms.LeftFilter, QuerySet[LeftMessage]]:
    """Which messages are asked for, in their order: those that wait the oldest first, the others the newest."""
    form = forms.LeftFilter(request.GET or None)
    rows = LeftMessage.objects.select_related("conversation", "answered_by")
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    if wanted.get("state") == "done":
        rows = rows.filter(answered_at__isnull=False)
    elif wanted.get("state") != "all":
        rows = rows.filter(answered_at=None)
    if wanted.get("way"):
        rows = rows.filter(way=wanted["way"])
    if wanted.get("source"):
        rows = rows.filter(conversation__source=wanted["source"])
    ordered = (
        rows.order_by("left_at", "pk")
        if wanted.get("state") not in ("done", "all")
        else rows.order_by("-left_at", "-pk")
    )
    return form, ordered


@requires(SERVE)
def index(request: HttpRequest) -> HttpResponse:
    """The messages that were left: those that wait first, the oldest on top."""
    form, ordered = _asked(request)
    page = Paginator(ordered, 50).get_page(request.GET.get("page"))
    return render(request, "chat/left_list.html", {"form": form, "page": page, "filtered": bool(request.GET)})


@requires(SERVE)
@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same as CSV, ODS or XLSX, without who left them and where they are reached; written down."""
    now = timezone.now()
    _form, rows = _asked(request)
    audit.record("chat.left_exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    headings = [
        _("對談"), _("來源"), _("想問什麼"), _("留言時間"), _("回復方式"), _("回復"), _("回復時間"), _("回復的人")
    ]  # fmt: skip
    return downloads.sheet(kind, f"chat-messages.{kind}", headings, _cells(rows))


def _cells(rows: QuerySet[LeftMessage]) -> Iterator[list[Any]]:
    for one in rows.iterator(chunk_size=500):
        yield [
            one.conversation.number, one.conversation.get_source_display(), mask(one.text), timezone.localtime(one.left_at),
            one.get_way_display(), mask(one.answer), timezone.localtime(one.answered_at) if one.answered_at else None,
            one.answered_by.name if one.answered_by else None,
        ]  # fmt: skip


@requires(SERVE)
@form_once
def left(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One message with what was said before it; the answer goes out by mail, or a call is noted."""
    found = get_object_or_404(LeftMessage.objects.select_related("conversation", "answered_by"), reference=reference)
    rows = queries.after(found.conversation, 0)
    if found.answered_at is not None:
        return render(request, "chat/left.html", {"one": found, "rows": rows})

    def do(given: dict[str, Any]) -> str:
        answering.answer(found, text=given["answer"], by=request.user, at=timezone.now())
        return _("已寄出回復。") if found.way == Way.MAIL else _("已記下回電的結果。")

    mail = found.way == Way.MAIL
    return act_page(
        request,
        form=forms.AnswerForm(request.POST if request.method == "POST" else None, mail=mail),
        title=_("回復留言"), button=_("寄出回復") if mail else _("記下"), do=do,
        back=(reverse("chat:left_list"), _("文字客服留言")), to=reverse("chat:left_list"), refused=CannotTalk,
        lead=_("回復會用民眾的語言寄出，前面加問候、後面附對談編號。") if mail else _("打過電話後，寫下談了什麼。"),
        summary=[
            (_("對談"), found.conversation.number),
            (_("來源"), found.conversation.get_source_display()),
            (_("留言時間"), as_datetime(found.left_at)),
            (_("怎麼稱呼"), found.name or "—"),
            (_("回復方式"), found.get_way_display()),
            (_("聯絡方式"), found.email if mail else found.phone),
            (_("想問什麼"), found.text),
            (_("前面談過的"), render_to_string("chat/_transcript.html", {"rows": rows}, request)),
        ],
    )  # fmt: skip
