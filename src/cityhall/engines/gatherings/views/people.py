"""Who takes part, what is spoken of: the list, the agenda, the announcement, an agency's answer."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.engines.directory import queries as directory
from cityhall.engines.idempotency.views import form_once
from cityhall.web.access import requires
from cityhall.web.forms import Form

from .. import forms, services
from ..queries import ANSWER, MANAGE
from ..refusals import CannotGather
from .desk import acted, at_work, chosen, found, sent


@requires(MANAGE)
@form_once
def add_point(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """A point of the agenda."""
    now = timezone.now()
    one = found(request, reference, now)
    form = forms.PointForm(sent(request), profile=one.declared, agencies=at_work())

    def do(given: dict[str, Any]) -> str:
        services.add_point(
            one, kind=given["kind"], title=given["title"], text=given["text"], agency=chosen(given["agency"]),
            by=request.user, at=now,
        )  # fmt: skip
        return _("已加入議程。")

    return acted(request, one, form, do, title=_("加入議程"), button=_("加入"))


@requires(MANAGE)
@form_once
def add_person(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Somebody on the list."""
    now = timezone.now()
    one = found(request, reference, now)
    form = forms.ParticipantForm(sent(request), agencies=at_work())

    def do(given: dict[str, Any]) -> str:
        row = services.put_on_list(
            one, part=given["part"], agency=chosen(given["agency"]), name=given["name"], email=given["email"],
            by=request.user, at=now,
        )  # fmt: skip
        return _("已加入%(who)s。") % {"who": row.label}

    return acted(request, one, form, do, title=_("加入出席名單"), button=_("加入"))


@requires(MANAGE)
@require_POST
@form_once
def remove(request: HttpRequest, reference: uuid.UUID, what: str, n: int) -> HttpResponse:
    """Take a point or a person off again, before they were told."""
    now = timezone.now()
    one = found(request, reference, now)
    try:
        if what == "points":
            services.remove_point(get_object_or_404(one.points, n=n), by=request.user, at=now)
        else:
            services.take_off_list(get_object_or_404(one.participants, n=n), by=request.user, at=now)
    except CannotGather as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("已移除。"))
    return HttpResponseRedirect(services.url_of(one))


@requires(MANAGE)
@form_once
def invite(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """發開會通知 to whoever was not told yet."""
    now = timezone.now()
    one = found(request, reference, now)
    waiting = [row.label for row in one.participants.filter(invited_at=None).select_related("agency", "person")]

    def do(_given: dict[str, Any]) -> str:
        return _("已通知%(n)s個機關或人員。") % {"n": services.invite(one, by=request.user, at=now)}

    return acted(
        request, one, Form(sent(request)), do, title=_("發開會通知"), button=_("通知"),
        lead=_("會寄信，並列入機關研考窗口的待辦：%(who)s。") % {"who": "、".join(waiting)} if waiting
        else _("名單上的人都通知過了。"),
    )  # fmt: skip


@requires(ANSWER)
@form_once
def answer(request: HttpRequest, reference: uuid.UUID, n: int) -> HttpResponse:
    """The agency says who comes."""
    now = timezone.now()
    one = found(request, reference, now)
    row = get_object_or_404(one.participants.select_related("agency"), n=n)
    if row.agency is None or not directory.reach(request.user, ANSWER, now).covers(agency=row.agency):
        raise Http404
    form = forms.AnswerForm(sent(request), initial={"name": row.name, "deputy": row.deputy, "reason": row.reason})

    def do(given: dict[str, Any]) -> str:
        services.answer(row, by=request.user, at=now, **given)
        return _("已回復。")

    return acted(request, one, form, do, title=_("回復由誰出席"), button=_("送出"))
