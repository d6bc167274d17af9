"""What keeps the base right: entries to be looked at again, contradictions, proposals, and how it is used."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cityhall.engines.directory import queries as directory
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires

from .. import chasing, forms, proposing, queries, services
from ..models import Contradiction, Proposal, Topic, Version
from ..queries import READ, REVIEW, WRITE
from ..services import CannotPublish
from ..states import Channel, Fate
from .desk import entry_for

SHOWN = 50


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def mine(account: Any, now: datetime) -> tuple[QuerySet[Version], QuerySet[Version], QuerySet[Contradiction]]:
    """What is late, what is about to end, and what contradicts something, within somebody's rights."""
    own, reach = queries.within(account, READ, now), directory.reach(account, READ, now)
    pairs = chasing.contradictions().filter(
        reach.within(agency="first__agency", unit="", person="")
        | reach.within(agency="second__agency", unit="", person="")
    )
    return chasing.overdue(now).filter(own), chasing.ending(now).filter(own), pairs


@requires(READ)
def chased(request: HttpRequest) -> HttpResponse:
    """待確認與矛盾: what agencies have to look at, within one's rights."""
    now = timezone.now()
    late, ending, pairs = mine(request.user, now)
    page = Paginator(pairs, SHOWN).get_page(request.GET.get("page"))
    shown = {
        row.entry_id: row
        for row in Version.objects.standing().filter(
            entry__in=[key for pair in page.object_list for key in (pair.first_id, pair.second_id)]
        )
    }
    context = {
        "late": list(late[:SHOWN]), "late_many": late.count(), "ending": list(ending[:SHOWN]), "ending_many": ending.count(),
        "page": page, "pairs": [(pair, shown.get(pair.first_id), shown.get(pair.second_id)) for pair in page.object_list],
        "reviews": allowed(request, REVIEW), "settles": allowed(request, REVIEW) or allowed(request, WRITE),
        "today": day_of(now),
    }  # fmt: skip
    return render(request, "faq/desk/chased.html", context)


@requires(REVIEW)
@form_once
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """確認內容還正確, until a day."""
    now = timezone.now()
    one = entry_for(request, code, now, REVIEW)
    version = Version.objects.standing().filter(entry=one).first()
    if version is None:
        raise Http404
    until = day_of(now) + timedelta(days=parameter("faq.review_days", on=day_of(now)).value)
    here = reverse("faq_desk:entry", args=[one.code])

    def do(given: dict[str, Any]) -> str:
        services.confirm(one, until=given["until"], by=request.user, at=now)
        return _("已確認，到期會再提醒。")

    return act_page(
        request, form=forms.ConfirmForm(_posted(request), initial={"until": until}), title=_("確認內容還正確"), button=_("確認"),
        do=do, back=(here, one.code), to=here, refused=CannotPublish, lead=_("內容要改時，請研考會或1999督導寫新版本。"),
        summary=[(_("問題"), version.question), (_("答案"), version.answer), (_("費用"), version.fee or "—")],
    )  # fmt: skip


@requires(REVIEW, WRITE)
@form_once
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """不算矛盾, with the reason."""
    now = timezone.now()
    pair = get_object_or_404(Contradiction.objects.select_related("first__agency", "second__agency"), pk=pk)
    both = (pair.first, pair.second)
    if not any(queries.may(request.user, act, one, now) for act in (REVIEW, WRITE) for one in both):
        raise Http404
    there = reverse("faq_desk:chased")

    def do(given: dict[str, Any]) -> str:
        chasing.settle(pair, reason=given["reason"], by=request.user, at=now)
        return _("已記下理由，不再提醒。")

    standing = Version.objects.standing().select_related("entry__agency").filter(entry__in=both).order_by("entry")
    rows = [
        (row.entry.code, "　".join(filter(None, (row.title, row.entry.agency.label, row.price)))) for row in standing
    ]
    return act_page(
        request, form=forms.BecauseForm(_posted(request)), title=_("不算矛盾"), button=_("記下理由"), do=do,
        back=(there, _("待確認與矛盾")), to=there, refused=CannotPublish,
        lead=_("兩題的內容之後有改，會重新比對。"), summary=rows,
    )  # fmt: skip


# ---- proposals -------------------------------------------------------------------------------------------------------


def proposed(*, decided: bool, now: datetime) -> QuerySet[Proposal]:
    """The proposals that wait, the most asked first, or those that were decided, the newest first."""
    rows = (
        Proposal.objects.exclude(fate=Fate.OPEN).order_by("-decided_at", "-pk") if decided else proposing.waiting(now)
    )
    return rows.select_related("near", "entry", "decided_by")


@requires(WRITE)
def proposals(request: HttpRequest) -> HttpResponse:
    """What people asked in vain, the most asked first, and answers that did not help."""
    now = timezone.now()
    decided = request.GET.get("decided") == "1"
    page = Paginator(proposed(decided=decided, now=now), SHOWN).get_page(request.GET.get("page"))
    unhelpful = list(proposing.unhelpful(now)[:20])
    near = [one.near.code for one in page.object_list if one.near]
    names = _questions([*near, *(row["entry__code"] for row in unhelpful)])
    context = {
        "page": page, "rows": [(one, names.get(one.near.code, one.near.code) if one.near else "") for one in page.object_list],
        "decided": decided, "least": parameter("faq.proposal_count", on=day_of(now)).value,
        "unhelpful": [(row, names.get(row["entry__code"], row["entry__code"])) for row in unhelpful],
    }  # fmt: skip
    return render(request, "faq/desk/proposals.html", context)


def _questions(codes: list[str]) -> dict[str, str]:
    rows = Version.objects.standing().filter(entry__code__in=codes).select_related("entry")
    return {row.entry.code: row.title for row in rows}


@requires(WRITE)
@form_once
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A proposal becomes a new entry, another wording of one, or is declined with a reason."""
    one = get_object_or_404(Proposal.objects.select_related("near"), pk=pk)
    form = forms.ProposalForm(_posted(request), initial={"entry": one.near.code if one.near else ""})  # fmt: skip
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = _settle_proposal(request, one, form.cleaned_data)
            except CannotPublish as refusal:
                form.add_error(None, str(refusal))
            else:
                return done
    asked = one.questions.order_by("-at").values_list("text", flat=True)
    near = one.near.code if one.near else ""
    context = {
        "one": one, "form": form, "asked": list(dict.fromkeys(asked[:200]))[:20], "near": _questions([near]).get(near, near),
    }  # fmt: skip
    return render(request, "faq/desk/proposal.html", context, status=status)


def _settle_proposal(request: HttpRequest, one: Proposal, given: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    if given["fate"] == Fate.NEW:
        return HttpResponseRedirect(f"{reverse('faq_desk:new')}?proposal={one.pk}")
    if given["fate"] == Fate.DECLINED:
        proposing.decline(one, reason=given["reason"], by=request.user, at=now)
        return redirect("faq_desk:proposals")
    proposing.add_wording(one, given["entry"], by=request.user, at=now)
    return redirect("faq_desk:entry", given["entry"].code)


@requires(WRITE)
@form_once
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """復原決定: the proposal waits again."""
    one = get_object_or_404(Proposal.objects.select_related("entry").exclude(fate=Fate.OPEN), pk=pk)
    there = f"{reverse('faq_desk:proposals')}?decided=1"

    def do(_given: dict[str, Any]) -> str:
        proposing.reopen(one, by=request.user, at=timezone.now())
        return _("已復原，這個建議又列在待決定的。")

    rows = [(_("問法"), one.text), (pgettext("faq", "決定"), one.get_fate_display())]
    rows += [(_("編號"), one.entry.code)] if one.entry else []
    rows += [(_("理由"), one.reason)] if one.reason else []
    return act_page(
        request, form=forms.NothingForm(_posted(request)), title=_("復原決定"), button=_("復原"), do=do,
        back=(there, _("新增建議")), to=reverse("faq_desk:proposals"), refused=CannotPublish,
        lead=_("加進草稿的問法會拿掉。已送審或公布的內容不受影響。"), summary=rows,
    )  # fmt: skip


# ---- use -------------------------------------------------------------------------------------------------------------

SPANS = {"30": 30, "90": 90, "365": 365}


@requires(READ)
def used(request: HttpRequest) -> HttpResponse:
    """How often the base answered, and whether that solved it: by channel, topic and entry."""
    now = timezone.now()
    span = request.GET.get("days", "30")
    since = now - timedelta(days=SPANS.get(span, 30))
    entries = list(proposing.by_entry(since, now)[:SHOWN])
    names = _questions([row["code"] for row in entries])
    topics = {one.pk: one.label for one in Topic.objects.all()}
    context = {
        "span": span if span in SPANS else "30",
        "spans": [(key, _("最近%(n)s天") % {"n": days}) for key, days in SPANS.items()],
        "tables": [
            (_("管道"), [(Channel(row["channel"]).label, "", row) for row in proposing.by_channel(since, now)]),
            (_("問題類別"), [(topics.get(row["topic"], _("還沒分類")), "", row) for row in proposing.by_topic(since, now)]),
            (_("問題"), [(names.get(row["code"], row["code"]), reverse("faq_desk:entry", args=[row["code"]]), row) for row in entries]),
        ],
    }  # fmt: skip
    return render(request, "faq/desk/used.html", context)
