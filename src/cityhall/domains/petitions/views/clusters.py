"""Incidents and campaigns: the desk's list and pages, and what the public may read of an incident."""

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
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.places import queries as places
from cityhall.engines.worklist import services as todo_acts
from cityhall.foundation.clock import day_of
from cityhall.web import maps
from cityhall.web.access import allowed, public, requires
from cityhall.web.dates import as_datetime
from cityhall.web.forms import Form

from .. import clusters, neighbours, queries
from ..clusters import MANAGE, READ
from ..forms import clusters as forms
from ..models import Cluster, ClusterMember
from ..services import clusters as acts
from ..states import ClusterKind, ClusterState

PAGE, PUBLIC_PAGE, MEMBERS = 50, 20, 50


def _districts() -> list[tuple[str, str]]:
    return [(area.code, maps.area_name(area.code) or area.name) for area in places.districts()]


def _one(request: HttpRequest, reference: uuid.UUID, at: datetime) -> Cluster:
    """The incident, for those who may see it; for others it does not exist."""
    rows = clusters.with_numbers(clusters.visible_to(request.user, at))
    found = rows.filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


# ---- the desk's list -------------------------------------------------------------------------------------------------


def _filtered(request: HttpRequest, at: datetime) -> tuple[forms.ClusterFilter, QuerySet[Cluster]]:
    form = forms.ClusterFilter(request.GET or None, districts=_districts())
    rows = clusters.visible_to(request.user, at)
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            number = wanted["q"].strip().rpartition("-")[2].lstrip("0")
            found = Q(title__icontains=wanted["q"].strip())
            rows = rows.filter(found | Q(pk=int(number)) if number.isdecimal() and len(number) < 10 else found)
        for name, field in (("kind", "kind"), ("state", "state"), ("district", "district_code")):
            if wanted[name]:
                rows = rows.filter(**{field: wanted[name]})
    return form, clusters.with_numbers(rows)


@requires(READ)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Incidents and campaigns, newest first; each filter is a link."""
    now = timezone.now()
    form, rows = _filtered(request, now)
    everything = clusters.visible_to(request.user, now)
    context = {
        "form": form,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "filtered": bool(request.GET),
        "proposed": everything.filter(state=ClusterState.PROPOSED).count(),
        "open": everything.filter(state=ClusterState.OPEN).count(),
        "burst": clusters.burst_rule(now),
        "campaign": clusters.campaign_rule(now),
        "manages": allowed(request, MANAGE),
        "sees_groups": allowed(request, "petitions.dispatch"),
    }
    return render(request, "petitions/desk/clusters/list.html", context)


COLUMNS = (
    gettext_lazy("編號"), gettext_lazy("種類"), gettext_lazy("名稱"), gettext_lazy("狀態"), gettext_lazy("行政區"),
    gettext_lazy("開始"), gettext_lazy("結束"), gettext_lazy("件數"), gettext_lazy("已回復"), gettext_lazy("主辦案件"),
    gettext_lazy("主辦機關"),
)  # fmt: skip


@requires(MANAGE)
@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered list as CSV, ODS or XLSX: without anybody's data, and written down."""
    now = timezone.now()
    _form, rows = _filtered(request, now)
    audit.record("petition.clusters_exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    name = f"incidents-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    return downloads.sheet(kind, name, [str(column) for column in COLUMNS], _cells(rows))


def _cells(rows: QuerySet[Cluster]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=500):
        case = row.lead.case
        yield [
            row.number, row.get_kind_display(), row.title, row.get_state_display(), maps.area_name(row.district_code),
            as_datetime(row.began_at), as_datetime(row.ended_at) if row.ended_at else "", row.size, row.answered,  # type: ignore[attr-defined]
            case.number, case.agency.label if case.agency else "",
        ]  # fmt: skip


# ---- one -------------------------------------------------------------------------------------------------------------

ACTS = {
    ClusterState.PROPOSED: (
        ("confirm_cluster", gettext_lazy("確認"), True),
        ("attach_to_cluster", gettext_lazy("加案件"), False),
        ("dismiss_cluster", gettext_lazy("不成立"), False),
    ),
    ClusterState.OPEN: (
        ("tell_cluster", gettext_lazy("更新說明"), True),
        ("attach_to_cluster", gettext_lazy("加案件"), False),
        ("lead_cluster", gettext_lazy("改主辦案件"), False),
        ("dismiss_cluster", gettext_lazy("不成立"), False),
    ),
    ClusterState.DISMISSED: (("revive_cluster", gettext_lazy("恢復提出"), False),),
    ClusterState.CLOSED: (),
}


@requires(READ)
@require_safe
def one(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One incident: why it was proposed, its map, its petitions with why each belongs, what was told, its history."""
    now = timezone.now()
    found = _one(request, reference, now)
    todo_acts.mark_seen_by(found, request.user, at=now)
    rows = clusters.members(found)
    page = Paginator(rows, MEMBERS).get_page(request.GET.get("page"))
    keys = [row.petition_id for row in page]
    readable = queries.visible_to(request.user, now).filter(pk__in=keys)
    acts_now = ACTS[ClusterState(found.state)] if allowed(request, MANAGE) else ()
    context = {
        "one": found,
        "acts": [(reverse(f"petitions:{name}", args=[reference]), label, main) for name, label, main in acts_now],
        "page": page,
        "readable": set(readable.values_list("pk", flat=True)),
        "map": _map(found, rows),
        "steps": clusters.steps(found),
        "may_detach": bool(acts_now) and found.state in (ClusterState.PROPOSED, ClusterState.OPEN),
        "lead_gone": found.state == ClusterState.OPEN and found.lead.case.is_ended,
        "sample": neighbours.public_title(found.lead),
        "is_public": found.kind == ClusterKind.INCIDENT and found.state in (ClusterState.OPEN, ClusterState.CLOSED),
    }
    return render(request, "petitions/desk/clusters/one.html", context)


def _map(found: Cluster, rows: QuerySet[ClusterMember] | None = None) -> str:
    if found.lon is None or found.lat is None:
        return ""
    spots = []
    for row in (rows.filter(out_at=None) if rows is not None else ())[:500]:
        place = row.petition.case.place
        if place and place.has_point:
            spots.append(maps.Spot(place.lon, place.lat))
    about = _("事件範圍的地圖，%(n)s 件") % {"n": len(spots)} if spots else _("事件範圍的地圖")
    return maps.scene(maps.Spot(found.lon, found.lat), spots, metres=float(max(found.metres, 50)), about=about)


def _page(
    request: HttpRequest,
    reference: uuid.UUID,
    form: Callable[[Cluster], Form],
    title: str,
    button: str,
    do: Callable[[Cluster, dict[str, Any], datetime], str],
) -> HttpResponse:
    now = timezone.now()
    found = _one(request, reference, now)
    back = reverse("petitions:cluster", args=[reference])
    return act_page(
        request, form=form(found), title=title, button=button, do=lambda given: do(found, given, now),
        back=(back, found.number), to=back, refused=CannotAct, lead=found.title, summary=_summary(found),
    )  # fmt: skip


def _summary(found: Cluster) -> list[tuple[str, Any]]:
    return [
        (_("種類"), found.get_kind_display()),
        (_("件數"), found.size),  # type: ignore[attr-defined]
        (_("開始"), as_datetime(found.began_at)),
        (_("主辦案件"), found.lead.case.number),
    ]


@requires(MANAGE)
@form_once
def confirm(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """確認 with its public name and the petition that is answered for all."""

    def form(found: Cluster) -> Form:
        lead = found.members.filter(petition=found.lead).first()
        return forms.ConfirmForm(
            request.POST or None, cluster=found, initial={"title": found.title, "lead": lead.pk if lead else None}
        )

    def do(found: Cluster, given: dict[str, Any], at: datetime) -> str:
        acts.confirm(found, title=given["title"], lead=given["lead"].petition, by=request.user, at=at)
        return _("已確認。裡面的案件等主辦案件一次回復；附近的新案會自動列入。")

    return _page(request, reference, form, _("確認"), _("確認成立"), do)


@requires(MANAGE)
@form_once
def lead(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Another petition is answered for all."""

    def do(found: Cluster, given: dict[str, Any], at: datetime) -> str:
        acts.change_lead(found, lead=given["lead"].petition, by=request.user, at=at)
        return _("主辦案件已更改。")

    return _page(
        request,
        reference,
        lambda found: forms.LeadForm(request.POST or None, cluster=found),
        _("改主辦案件"),
        _("更改"),
        do,
    )


@requires(MANAGE)
@form_once
def attach(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """A petition that the rule did not find."""

    def do(found: Cluster, given: dict[str, Any], at: datetime) -> str:
        rows = queries.visible_to(request.user, at).select_related(*queries.FULL)
        petition = rows.filter(case__number=given["number"]).first()
        if petition is None:
            raise CannotAct(_("找不到這個編號的案件。"))
        acts.attach(found, petition, by=request.user, at=at)
        return _("%(number)s 已列入。") % {"number": petition.case.number}

    return _page(request, reference, lambda found: forms.AttachForm(request.POST or None), _("加案件"), _("列入"), do)


@requires(MANAGE)
@form_once
def detach(request: HttpRequest, reference: uuid.UUID, pk: int) -> HttpResponse:
    """Take a petition out again."""

    def do(found: Cluster, given: dict[str, Any], at: datetime) -> str:
        member = found.members.filter(pk=pk).select_related("cluster", "petition__case").first()
        if member is None:
            raise CannotAct(_("這件不在裡面。"))
        acts.detach(member, reason=given["reason"], by=request.user, at=at)
        return _("%(number)s 已移出，照原來的方式辦理。") % {"number": member.petition.case.number}

    return _page(request, reference, lambda found: forms.DetachForm(request.POST or None), _("移出案件"), _("移出"), do)


@requires(MANAGE)
@form_once
def tell(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One text for all."""

    def do(found: Cluster, given: dict[str, Any], at: datetime) -> str:
        acts.tell_news(found, text=given["text"], by=request.user, at=at)
        return _("說明已更新，民眾看得到。")

    return _page(
        request, reference, lambda found: forms.NewsForm(request.POST or None, initial={"text": found.news}),
        _("更新說明"), _("更新"), do,
    )  # fmt: skip


@requires(MANAGE)
@form_once
def dismiss(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """It is none."""

    def do(found: Cluster, given: dict[str, Any], at: datetime) -> str:
        acts.dismiss(found, reason=given["reason"], by=request.user, at=at)
        return _("已記下不成立，裡面的案件各自照常辦理。")

    return _page(
        request, reference, lambda found: forms.DismissForm(request.POST or None), _("不成立"), _("不成立"), do
    )


@requires(MANAGE)
@form_once
def revive(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Undo 不成立."""

    def do(found: Cluster, given: dict[str, Any], at: datetime) -> str:
        acts.revive(found, by=request.user, at=at)
        return _("已恢復，等確認。")

    return _page(request, reference, lambda found: Form(request.POST or None), _("恢復提出"), _("恢復"), do)


# ---- for everybody ---------------------------------------------------------------------------------------------------


@public
@require_safe
def incidents(request: HttpRequest) -> HttpResponse:
    """The incidents that the city knows of, those that go on first; no petitions, no people."""
    rows = clusters.public().order_by("-state", "-began_at", "-pk")
    page = Paginator(rows, PUBLIC_PAGE).get_page(request.GET.get("page"))
    shown = [(row, maps.area_name(row.district_code)) for row in page]
    return render(request, "petitions/incidents.html", {"page": page, "rows": shown})


@public
@require_safe
def incident(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One incident: what and where, since when, how many said so, how it stands and what was answered."""
    found = clusters.public().filter(reference=reference).first()
    if found is None:
        raise Http404
    told = found.steps.filter(type="told").order_by("-n")
    context = {
        "one": found,
        "district": maps.area_name(found.district_code),
        "map": _map(found),
        "told": told,
        "since": day_of(found.began_at),
        "open": found.state == ClusterState.OPEN,
    }
    return render(request, "petitions/incident.html", context)
