"""The register of 不理性重複陳情: the commission keeps it, an agency sees its own, its head approves."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.worklist import services as todo_acts
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period
from cityhall.web.access import allowed, requires
from cityhall.web.dates import as_date
from cityhall.web.forms import Form

from .. import listings, queries
from ..forms import restrictions as forms
from ..listings import APPROVE, KEEP, READ
from ..models import Restriction
from ..privacy import blanked, words_of
from ..repeats import HOLDING, MOVES, Standing
from ..services import restrictions
from ..states import RestrictionState


def _one(request: HttpRequest, reference: uuid.UUID, at: datetime) -> Restriction:
    """The listing, for those who may see it; for others it does not exist."""
    rows = listings.register(listings.visible_to(request.user, at))
    found = rows.select_related("answer__case", "petition__case__requester").filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


# ---- the list --------------------------------------------------------------------------------------------------------


def _filtered(request: HttpRequest, at: datetime) -> tuple[forms.RegisterFilter, QuerySet[Restriction]]:
    form = forms.RegisterFilter(request.GET or None)
    rows = listings.visible_to(request.user, at)
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            number = wanted["q"].strip().rpartition("-")[2].lstrip("0")
            found = Q(matter__icontains=wanted["q"].strip())
            rows = rows.filter(found | Q(pk=int(number)) if number.isdecimal() and len(number) < 10 else found)
        for name, field in (("state", "state"), ("ground", "ground"), ("agency", "agency__code")):
            if wanted[name]:
                rows = rows.filter(**{field: wanted[name]})
        if wanted["due"]:
            rows = listings.reviews_due(rows, day_of(at))
    return form, listings.register(rows)


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The register, newest first; each filter is a link."""
    now = timezone.now()
    form, rows = _filtered(request, now)
    today, everything = day_of(now), listings.visible_to(request.user, now)
    keeps = allowed(request, KEEP)
    context = {
        "form": form,
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "filtered": bool(request.GET),
        "keeps": keeps,
        "holding": everything.listed_on(today).count(),
        "waiting": everything.filter(state=RestrictionState.PROPOSED).count(),
        "due": listings.reviews_due(everything, today).count(),
        "intake": listings.intake(Period.month(today.year, today.month)) if keeps else None,
        "today": today,
    }
    return render(request, "petitions/desk/restrictions/list.html", context)


COLUMNS = (
    gettext_lazy("列管編號"), pgettext_lazy("listing", "事由"), gettext_lazy("類別"), gettext_lazy("提報機關"),
    gettext_lazy("提報單位"), gettext_lazy("法定事由"), gettext_lazy("狀態"), gettext_lazy("提報日"),
    gettext_lazy("自何日起"), gettext_lazy("至何日止"), gettext_lazy("檢討日"), gettext_lazy("佐證件數"),
    gettext_lazy("不予處理件數"),
)  # fmt: skip


@requires(KEEP)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered register as CSV, ODS or XLSX: without who is listed, and written down."""
    now = timezone.now()
    _form, rows = _filtered(request, now)
    audit.record(
        "petition.restrictions_exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind}
    )
    name = f"restrictions-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    return downloads.sheet(kind, name, [str(column) for column in COLUMNS], _cells(rows))


def _cells(rows: QuerySet[Restriction]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=500):
        yield [
            row.number, row.matter, row.category.label, row.agency.label, row.unit.label if row.unit else "",
            row.get_ground_display(), row.get_state_display(), day_of(row.proposed_at), row.starts_on, row.ends_on,
            row.review_on, row.shown_by, row.left_aside,  # type: ignore[attr-defined]
        ]  # fmt: skip


# ---- one listing -----------------------------------------------------------------------------------------------------


def _acts(request: HttpRequest, one: Restriction, at: datetime) -> list[tuple[str, str, bool]]:
    """What may be done with it now: the page, what its button says, and whether it is the main act."""
    onward = MOVES[Standing(one.state)]
    keeps = allowed(request, KEEP)
    found = []
    if allowed(request, APPROVE) and restrictions.barred(one, request.user, at=at) is None:
        found += [("approve_restriction", _("核定列管"), True), ("return_restriction", _("退回"), False)]
    if keeps and one.state == RestrictionState.APPEALED:
        found.append(("decide_appeal", _("決定申訴"), True))
    if keeps and one.state in HOLDING:
        if not one.reviewed_at:
            found.append(("review_restriction", _("登錄檢討"), False))
        if Standing.APPEALED in onward:
            found.append(("appeal_restriction", _("登錄申訴"), False))
        if one.state != RestrictionState.APPEALED:
            found.append(("lift_restriction", _("解除列管"), False))
    return [(reverse(f"petitions:{name}", args=[one.reference]), str(label), main) for name, label, main in found]


@requires(READ)
def one(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One listing: the ground, what shows it, the earlier answer, the notice, what it declined, and its history."""
    now = timezone.now()
    found = _one(request, reference, now)
    todo_acts.mark_seen_by(found, request.user, at=now)
    seen = queries.visible_to(request.user, now)
    evidence = found.evidence.select_related("case__agency").order_by("-case__opened_on", "-pk")
    declined = found.declined.select_related("petition__case").order_by("-at", "-pk")
    may_see = queries.may_see_reporter(request.user, found.petition, now)
    context = {
        "one": found,
        "acts": _acts(request, found, now),
        "evidence": evidence,
        "declined": declined,
        "readable": set(
            seen.filter(Q(pk__in=evidence.values("pk")) | Q(pk__in=declined.values("petition"))).values_list(
                "pk", flat=True
            )
        ),
        "appeals": found.appeals.select_related("recorded_by", "decided_by").order_by("-recorded_at"),
        "steps": listings.steps(found),
        "hidden": None if may_see else words_of(found.petition.case.requester),
        "today": day_of(now),
        "review_due": found.state in HOLDING
        and not found.reviewed_at
        and found.review_on <= listings.review_due(day_of(now)),
    }
    return render(request, "petitions/desk/restrictions/one.html", context)


def _page(
    request: HttpRequest,
    reference: uuid.UUID,
    form: Callable[..., Form],
    title: str,
    button: str,
    do: Callable[[Restriction, dict[str, Any], datetime], str],
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    now = timezone.now()
    found = _one(request, reference, now)
    back = reverse("petitions:restriction", args=[reference])
    return act_page(
        request, form=form(request.POST or None, initial=initial), title=title, button=button,
        do=lambda given: do(found, given, now), back=(back, found.number), to=back, refused=CannotAct, lead=found.matter,
        summary=_summary(request, found, now),
    )  # fmt: skip


def _summary(request: HttpRequest, found: Restriction, at: datetime) -> list[tuple[str, Any]]:
    """What is decided on, above the button."""
    hidden = None
    if not queries.may_see_reporter(request.user, found.petition, at):
        hidden = words_of(found.petition.case.requester)
    rows = [
        (_("法定事由"), found.get_ground_display()),
        (_("期間"), _("%(start)s到%(end)s") % {"start": as_date(found.starts_on), "end": as_date(found.ends_on)}),
        (_("佐證"), ", ".join(number for number in found.evidence.values_list("case__number", flat=True) if number)),
    ]
    if found.answer:
        rows.append((_("先前明確的回復"), found.answer.case.number))
    rows += [(_("提報理由"), blanked(found.because, hidden)), (_("給民眾的通知"), blanked(found.notice, hidden))]
    return rows


@requires(APPROVE)
@form_once
def approve(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """核定 by the head of the agency, who reads what it rests on."""

    def do(found: Restriction, given: dict[str, Any], at: datetime) -> str:
        restrictions.approve(found, by=request.user, at=at)
        return _("已核定，並已通知民眾。")

    return _page(request, reference, forms.ApproveForm, _("核定列管"), _("核定並通知民眾"), do)


@requires(APPROVE)
@form_once
def send_back(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """退回 with the reason."""

    def do(found: Restriction, given: dict[str, Any], at: datetime) -> str:
        restrictions.send_back(found, reason=given["reason"], by=request.user, at=at)
        return _("已退回提報單位。")

    return _page(request, reference, forms.BecauseForm, _("退回提報"), _("退回"), do)


@requires(KEEP)
@form_once
def lift(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """解除列管 before its time."""

    def do(found: Restriction, given: dict[str, Any], at: datetime) -> str:
        restrictions.lift(found, reason=given["reason"], by=request.user, at=at)
        return _("已解除列管，並已通知民眾。")

    return _page(request, reference, forms.LiftForm, _("解除列管"), _("解除並通知民眾"), do)


@requires(KEEP)
@form_once
def review(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """檢討: it is still needed, and why."""

    def do(found: Restriction, given: dict[str, Any], at: datetime) -> str:
        restrictions.review(found, finding=given["finding"], by=request.user, at=at)
        return _("檢討已登錄，列管繼續。")

    return _page(request, reference, forms.ReviewForm, _("登錄檢討"), _("列管繼續"), do)


@requires(KEEP)
@form_once
def appeal(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """登錄申訴, however it came."""

    def do(found: Restriction, given: dict[str, Any], at: datetime) -> str:
        restrictions.record_appeal(found, text=given["text"], received_on=given["received_on"], by=request.user, at=at)
        return _("申訴已登錄。決定之前，列管仍然有效。")

    today = {"received_on": day_of(timezone.now())}
    return _page(request, reference, forms.AppealForm, _("登錄申訴"), _("登錄"), do, initial=today)


@requires(KEEP)
@form_once
def decide_appeal(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The commission's decision on the appeal."""

    def do(found: Restriction, given: dict[str, Any], at: datetime) -> str:
        restrictions.decide_appeal(found, granted=given["granted"], decision=given["decision"], by=request.user, at=at)
        return _("申訴已決定，並已通知民眾。")

    return _page(request, reference, forms.AppealDecisionForm, _("決定申訴"), _("決定並通知民眾"), do)
