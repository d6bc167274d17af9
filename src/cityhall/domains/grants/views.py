"""寬頻應用補助 at the desk: calls, needs, proposals, their review and contracts."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.domains.projects.public import CONTROL, READ, REPORT
from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.files import downloads
from cityhall.engines.files import queries as files
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.scoring.models import Candidate
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires

from . import forms, queries, services
from .models import Call, Need, Proposal
from .refusals import CannotGrant
from .rules import Stage
from .states import NeedState, ProposalState, StageName


def _call(reference: uuid.UUID) -> Call:
    return get_object_or_404(Call.objects.select_related("review"), reference=reference)


def _needs(request: HttpRequest, at: Any) -> QuerySet[Need]:
    """The needs that somebody may read."""
    return Need.objects.filter(queries.within_rights(request.user, at)).select_related("agency", "call__review")


@requires(READ)
def calls(request: HttpRequest) -> HttpResponse:
    """The calls, the newest first, with what each waits for."""
    now = timezone.now()
    own = dict(_needs(request, now).order_by().values_list("call").annotate(n=Count("pk")))
    rows = [
        (one, StageName(queries.stage(one, day_of(now))).label, own.get(one.pk, 0))
        for one in Call.objects.select_related("review")
    ]
    return render(request, "grants/calls.html", {"rows": rows, "controls": allowed(request, CONTROL)})


@requires(CONTROL)
@form_once
def new(request: HttpRequest) -> HttpResponse:
    """A central call is entered."""
    now = timezone.now()
    form = forms.CallForm(request.POST if request.method == "POST" else None, today=day_of(now))

    def do(given: dict[str, Any]) -> str:
        services.open_call(**given, by=request.user, at=now)
        return _("已登錄徵案。")

    here = reverse("grants:calls")
    return act_page(
        request, form=form, title=_("登錄補助徵案"), button=_("登錄"), do=do, back=(here, _("寬頻應用補助")), to=here,
        refused=CannotGrant,
    )  # fmt: skip


@requires(READ)
def call(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """A call: its days, its needs with their proposals, and what can be done now."""
    one, now = _call(reference), timezone.now()
    stage, controls = queries.stage(one, day_of(now)), allowed(request, CONTROL)
    needs = list(_needs(request, now).filter(call=one))
    proposals = Proposal.objects.filter(need__in=needs).select_related("project").order_by("need__n", "n")
    points = _points(one)
    context = {
        "one": one,
        "stage": StageName(stage).label,
        "lines": [
            (need, list(files.of(need)), _need_act(need, controls),
             [(row, points.get(row.pk), _proposal_act(row, stage, controls)) for row in proposals if row.need_id == need.pk])
            for need in needs
        ],
        "submits": stage == Stage.NEEDS and (controls or allowed(request, REPORT)),
        "begins": stage == Stage.TO_REVIEW and controls,
        "proposes": stage in (Stage.NEEDS, Stage.PROPOSALS) and (controls or allowed(request, REPORT)),
        "controls": controls,
    }  # fmt: skip
    return render(request, "grants/call.html", context)


def _points(one: Call) -> dict[int, Candidate]:
    """What the review came to, by proposal, once it is closed."""
    if one.review is None or one.review.closed_on is None:
        return {}
    return {row.object_id: row for row in one.review.candidates.all()}


def _need_act(need: Need, controls: bool) -> tuple[str, str] | None:
    if controls and need.state == NeedState.SUBMITTED:
        return reverse("grants:decide_need", args=[need.reference]), _("登錄審查結果")
    return None


def _proposal_act(row: Proposal, stage: Stage, controls: bool) -> tuple[str, str] | None:
    if not controls or stage != Stage.CONTRACTS:
        return None
    if row.state == ProposalState.SUBMITTED:
        return reverse("grants:decide", args=[row.reference]), _("決定通過與否")
    return (
        (reverse("grants:sign", args=[row.reference]), _("登錄簽約")) if row.state == ProposalState.SELECTED else None
    )


COLUMNS = (
    gettext_lazy("需求名稱"), gettext_lazy("提出機關"), gettext_lazy("需求情形"), gettext_lazy("提案業者"), gettext_lazy("計畫名稱"),
    gettext_lazy("計畫經費"), gettext_lazy("提案情形"), gettext_lazy("總分"), gettext_lazy("名次"), gettext_lazy("計畫編號"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, reference: uuid.UUID, kind: str) -> HttpResponseBase:
    """The needs of a call with their proposals as CSV, ODS or XLSX; written down."""
    one, now = _call(reference), timezone.now()
    needs = list(_needs(request, now).filter(call=one).prefetch_related("proposals__project"))
    audit.record("grants.exported", one, by=request.user, at=now, new={"rows": len(needs), "kind": kind})
    points, rows = _points(one), list[list[Any]]()
    for need in needs:
        head = [need.title, need.agency.label, need.get_state_display()]
        for row in need.proposals.all():
            found = points.get(row.pk)
            rows.append(
                [*head, row.vendor, row.title, row.amount, row.get_state_display(), found.points if found else None,
                 found.place if found else None, row.project.number if row.project else ""]
            )  # fmt: skip
        if not need.proposals.all():
            rows.append([*head, *[""] * 7])
    return downloads.sheet(kind, f"grants-{one.year}.{kind}", [str(name) for name in COLUMNS], rows)


def _page(request: HttpRequest, one: Call, **given: Any) -> HttpResponse:
    here = reverse("grants:call", args=[one.reference])
    return act_page(request, back=(here, one.name), to=here, refused=(CannotGrant, CannotStoreFile), **given)


def _uploaded(given: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(file.name or "", file) for file in given["uploads"]]


@requires(REPORT, CONTROL)
@form_once
def submit_need(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """提出需求 for one's own agency."""
    one, now = _call(reference), timezone.now()
    agencies = queries.agencies_of(request.user, now, everywhere=allowed(request, CONTROL))
    form = forms.NeedForm(
        request.POST if request.method == "POST" else None, request.FILES or None, agencies=agencies
    )  # fmt: skip

    def do(given: dict[str, Any]) -> str:
        services.submit_need(
            one, agency=agencies.get(code=given["agency"]), title=given["title"], text=given["text"],
            uploads=_uploaded(given), by=request.user, at=now,
        )  # fmt: skip
        return _("已提出需求。")

    return _page(request, one, form=form, title=_("提出補助需求"), button=_("提出"), do=do)


@requires(CONTROL)
@form_once
def decide_need(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """What the central reviewers said of a need."""
    need = get_object_or_404(Need.objects.select_related("call"), reference=reference)
    form = forms.DecideForm(request.POST if request.method == "POST" else None, steps=forms.NEED_STEPS)

    def do(given: dict[str, Any]) -> str:
        services.decide_need(need, **given, by=request.user, at=timezone.now())
        return _("已登錄審查結果。")

    return _page(
        request, need.call, form=form, title=_("登錄補助需求的審查結果"), button=_("登錄"), do=do,
        summary=[(_("需求名稱"), need.title)],
    )  # fmt: skip


@requires(REPORT, CONTROL)
@form_once
def propose(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """登錄 what a vendor offers for a need."""
    now = timezone.now()
    need = _needs(request, now).filter(reference=reference).first()
    agencies = queries.agencies_of(request.user, now, everywhere=allowed(request, CONTROL))
    if need is None or need.agency not in agencies:
        raise Http404
    form = forms.ProposalForm(request.POST if request.method == "POST" else None, request.FILES or None)

    def do(given: dict[str, Any]) -> str:
        uploads = _uploaded(given)
        kept = {name: value for name, value in given.items() if name != "uploads"}
        services.submit_proposal(need, **kept, uploads=uploads, by=request.user, at=now)
        return _("已登錄提案。")

    return _page(
        request,
        need.call,
        form=form,
        title=_("登錄業者提案"),
        button=_("登錄"),
        do=do,
        summary=[(_("需求名稱"), need.title)],
    )


@requires(CONTROL)
@form_once
def review(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """開始審查 with judges."""
    one, now = _call(reference), timezone.now()
    people = directory.holders(Role.JUDGE, on=day_of(now))
    form = forms.ReviewForm(request.POST if request.method == "POST" else None, people=people)

    def do(given: dict[str, Any]) -> str:
        judges = list(Person.objects.filter(pk__in=given["judges"]))
        services.begin_review(one, judges=judges, due_on=given["due_on"], by=request.user, at=now)
        return _("已開始審查，評審委員會收到待辦。")

    return _page(request, one, form=form, title=_("開始審查補助提案"), button=_("開始審查"), do=do)


def _proposal(reference: uuid.UUID) -> Proposal:
    return get_object_or_404(Proposal.objects.select_related("need__call"), reference=reference)


@requires(CONTROL)
@form_once
def decide(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Whether a proposal is selected."""
    row = _proposal(reference)
    form = forms.DecideForm(request.POST if request.method == "POST" else None, steps=forms.PROPOSAL_STEPS)

    def do(given: dict[str, Any]) -> str:
        services.decide_proposal(row, **given, by=request.user, at=timezone.now())
        return _("已登錄決定。")

    return _page(
        request, row.need.call, form=form, title=_("決定補助提案"), button=_("登錄"), do=do,
        summary=[(_("提案業者"), row.vendor), (_("計畫名稱"), row.title)],
    )  # fmt: skip


@requires(CONTROL)
@form_once
def sign(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """簽約: the proposal becomes a controlled project."""
    row = _proposal(reference)
    form = forms.SignForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        made = services.sign(row, **given, by=request.user, at=timezone.now())
        assert made.project is not None
        return _("已登錄簽約，列管計畫編號%(number)s。") % {"number": made.project.number}

    return _page(
        request, row.need.call, form=form, title=_("登錄補助計畫簽約"), button=_("登錄並列管"), do=do,
        summary=[(_("提案業者"), row.vendor), (_("計畫名稱"), row.title)],
    )  # fmt: skip
