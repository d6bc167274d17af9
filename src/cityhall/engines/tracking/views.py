"""A listed item at the desk: what it is, where it stands, and each step of its way."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cityhall.engines.deadlines import queries as clocks
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.files import queries as files
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires
from cityhall.web.dates import as_date

from . import forms, queries, services
from .models import Item, Reply
from .queries import CONTROL, READ, REPLY
from .refusals import CannotTrack
from .rules import Review
from .states import Decided, Part, Promise, ReplyState, Stage, Verdict


def _item(request: HttpRequest, reference: uuid.UUID, at: datetime) -> Item:
    """The item, for those who may read it; for others it does not exist."""
    found = Item.objects.filter(queries.within_rights(request.user, at), reference=reference).first()
    if found is None:
        raise Http404
    return found


def _reply(request: HttpRequest, reference: uuid.UUID, at: datetime) -> Reply:
    found = Reply.objects.select_related("item", "duty__agency").filter(reference=reference).first()
    if found is None:
        raise Http404
    _item(request, found.item.reference, at)
    return found


@requires(READ)
def item(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Everything about one item."""
    now = timezone.now()
    found = _item(request, reference, now)
    controls = allowed(request, CONTROL)
    replies = list(found.replies.select_related("duty__agency", "answered_by", "reviewed_by").order_by("-n"))
    for row in replies:
        if row.state in (ReplyState.ASKED, ReplyState.ANSWERED):
            worklist.mark_seen_by(row, request.user, at=now)
    context = {
        "item": found,
        "kind": found.kind,
        "back": found.kind.lists() if found.kind.lists else "",
        "facts": found.kind.facts(found),
        "duties": list(found.duties.select_related("agency").order_by("ended_on", "-part", "pk")),
        "replies": [(row, list(files.of(row)) if row.answered_at else []) for row in replies],
        "ruling": queries.ruling(found),
        "moments": [_moment(one) for one in queries.timeline(found)],
        "acts": _acts(request, found, replies, now),
        "controls": controls,
        "today": day_of(now),
        "explained": _why_due(replies),
    }
    return render(request, "tracking/item.html", context)


def _why_due(replies: list[Reply]) -> list[str]:
    """How the limit of what is asked was counted."""
    asked = next((row for row in replies if row.state == ReplyState.ASKED), None)
    clock = clocks.running(asked, services.STAGE) if asked else None
    return list(clocks.explain(clock).lines) if clock else []


def _acts(request: HttpRequest, found: Item, replies: list[Reply], at: datetime) -> list[tuple[str, str]]:
    """What may be done now: the page and what its button says, what presses first."""
    acts, controls = [], allowed(request, CONTROL)
    reach = directory.reach(request.user, REPLY, at)
    for row in replies:
        if row.state == ReplyState.ASKED and reach.covers(agency=row.duty.agency):
            own = not reach.everywhere
            label = _("函復") if own else _("代%(agency)s登錄函復") % {"agency": row.duty.agency.label}
            acts.append((reverse("tracking:answer", args=[row.reference]), label))
        if row.state == ReplyState.ANSWERED and controls:
            label = _("審核%(agency)s的函復") % {"agency": row.duty.agency.label}
            acts.insert(0, (reverse("tracking:review", args=[row.reference]), label))
    if controls and found.stage in (Stage.TO_DECIDE, Stage.SETTLED) and found.decided != Decided.RELEASED:
        acts.append((reverse("tracking:decide", args=[found.reference]), _("決定追蹤情形")))
    if controls and found.stage == Stage.SETTLED and found.decided:
        acts.append((reverse("tracking:reopen", args=[found.reference]), _("重新列管")))
    return acts


def _moment(one: queries.Happening) -> dict[str, Any]:
    """A line of the timeline as its component wants it."""
    row, by, text = one.row, "", ""
    if one.kind == "listed":
        title = _("列管，編號%(number)s") % {"number": row.number}
    elif one.kind == "asked":
        title = f"{row.duty.agency.label}　{row.get_asking_display()}"
        text = _("請在%(day)s前函復") % {"day": as_date(row.due_on)}
    elif one.kind == "answered":
        title, by = _("%(agency)s函復") % {"agency": row.duty.agency.label}, row.answered_by
        text = row.text
    elif one.kind == "reviewed":
        title, by, text = row.get_state_display(), row.reviewed_by, row.remark
    else:
        title, text = row.get_decided_display(), row.reason
    return {"title": title, "at": one.at, "byline": by.label if by else "", "text": text}


def _page(request: HttpRequest, found: Item, **given: Any) -> HttpResponse:
    """A page of one act on an item, with what the item is."""
    here = found.url
    rows: list[tuple[Any, Any]] = [(_("案由"), found.title), *given.pop("summary", ())]
    return act_page(
        request, back=(here, found.number), to=here, refused=(CannotTrack, CannotStoreFile), summary=rows, **given
    )  # fmt: skip


@requires(REPLY)
@form_once
def answer(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """函復 by the agency that is asked, or by the commission for a body that answers on paper."""
    now = timezone.now()
    reply = _reply(request, reference, now)
    if not directory.reach(request.user, REPLY, now).covers(agency=reply.duty.agency):
        raise Http404
    before = reply.item.replies.filter(duty__agency=reply.duty.agency, state=ReplyState.POOR).order_by("-n").first()
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = forms.AnswerForm(*posted, letter=reply.item.kind.letter)

    def do(given: dict[str, Any]) -> str:
        uploads = [(one.name, one) for one in given.pop("uploads")]
        services.answer(reply, uploads=uploads, by=request.user, at=now, **given)
        return _("已函復，由研考會審核。")

    summary = [(_("機關"), reply.duty.agency.label), (_("函復期限"), as_date(reply.due_on, weekday=True))]
    if reply.duty.words:
        summary.append((_("負責的部分"), reply.duty.words))
    if before is not None:
        summary.append((_("退回的原因"), before.remark))
    if reply.item.text:
        summary.insert(0, (_("內容"), format_html('<span class="dk-words">{}</span>', reply.item.text)))
    return _page(request, reply.item, form=form, title=_("函復"), button=_("送出函復"), do=do, summary=summary)


@requires(CONTROL)
@form_once
def review(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """審核 a reply: accepted, or returned with what is missing."""
    now = timezone.now()
    reply = _reply(request, reference, now)
    form = forms.ReviewForm(request.POST if request.method == "POST" else None, initial={"promise": Promise.NONE})

    def do(given: dict[str, Any]) -> str:
        found = Review(given["answers"], given["complete"], given["promise"])
        done = services.review(
            reply, found=found, promised_on=given["promised_on"], remark=given["remark"], by=request.user, at=now
        )
        return _("已退回，請機關重新答復。") if done.returned else _("審核通過。")

    late = _("（逾期）") if reply.is_late else ""
    summary = [
        (_("機關"), reply.duty.agency.label),
        (_("發文日期"), f"{as_date(reply.letter_on)}{late}" if reply.letter_on else ""),
        (_("發文字號"), reply.letter_number or "—"),
        (_("辦理情形"), format_html('<span class="dk-words">{}</span>', reply.text)),
    ]
    if reply.item.text:
        summary.insert(0, (_("內容"), format_html('<span class="dk-words">{}</span>', reply.item.text)))
    return _page(request, reply.item, form=form, title=_("審核函復"), button=_("登錄審核"), do=do, summary=summary)


@requires(CONTROL)
@form_once
def decide(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """決定追蹤情形, by the domain's rule from the grounds that are ticked, or otherwise with the reason."""
    now = timezone.now()
    found = _item(request, reference, now)
    there = [duty.agency_id for duty in found.duties.open()]
    people = Person.objects.filter(appointments__agency__in=there).distinct().order_by("name", "pk")[:200]
    form = forms.DecideForm(request.POST if request.method == "POST" else None, kind=found.kind, people=people)

    def do(given: dict[str, Any]) -> str:
        grounds, propose = given.get("grounds") or [], found.kind.propose
        verdict = Verdict(given["verdict"]) if given["verdict"] else propose(frozenset(grounds))
        person = Person.objects.filter(pk=given["person"], appointments__agency__in=there).first() if given["person"] else None  # fmt: skip
        done = services.record_verdict(
            found, verdict=verdict, reason=given["reason"], grounds=grounds, person=person, by=request.user, at=now
        )
        return _("%(number)s：%(verdict)s。") % {"number": found.number, "verdict": done.get_decided_display()}

    latest = found.replies.filter(state=ReplyState.ACCEPTED).select_related("duty__agency").order_by("-n")[:5]
    summary = [(row.duty.agency.label, format_html('<span class="dk-words">{}</span>', row.text)) for row in latest]
    return _page(request, found, form=form, title=_("決定追蹤情形"), button=_("登錄決定"), do=do, summary=summary)


@requires(CONTROL)
@form_once
def reopen(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """重新列管: its agencies are asked anew."""
    now = timezone.now()
    found = _item(request, reference, now)
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.reopen(found, reason=given["reason"], by=request.user, at=now)
        return _("已重新列管，並請機關函復。")

    return _page(
        request, found, form=form, title=pgettext("tracking", "重新列管"), button=_("重新列管並請機關函復"), do=do
    )


@requires(CONTROL)
@form_once
def duty(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Another lead agency, or one more co-agency."""
    now = timezone.now()
    found = _item(request, reference, now)
    agencies = Agency.objects.as_of(day_of(now)).order_by("order", "code")
    form = forms.DutyForm(request.POST if request.method == "POST" else None, agencies=agencies)

    def do(given: dict[str, Any]) -> str:
        agency = get_object_or_404(agencies, code=given["agency"])
        services.add_duty(
            found, part=Part(given["part"]), agency=agency, words=given["words"], due_on=given["due_on"],
            by=request.user, at=now,
        )  # fmt: skip
        return _("已請%(agency)s函復。") % {"agency": agency.label}

    return _page(request, found, form=form, title=_("加一個機關"), button=_("加入"), do=do)


@requires(CONTROL)
@form_once
def end_duty(request: HttpRequest, reference: uuid.UUID, number: int) -> HttpResponse:
    """A co-agency has no part any more."""
    now = timezone.now()
    found = _item(request, reference, now)
    row = found.duties.select_related("agency", "item").filter(pk=number).first()
    if row is None:
        raise Http404
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.end_duty(row, why=given["reason"], by=request.user, at=now)
        return _("%(agency)s不必再函復。") % {"agency": row.agency.label}

    return _page(
        request, found, form=form, title=_("結束分工"), button=_("結束分工"), do=do,
        summary=[(_("機關"), row.agency.label)],
    )  # fmt: skip
