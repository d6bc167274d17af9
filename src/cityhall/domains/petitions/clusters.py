"""Questions about incidents and campaigns: who sees which, what belongs to them, what the public may know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from cityhall.engines.directory import queries as directory
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of

from . import neighbours, queries
from .bursts import BurstRule, CampaignRule, Report, Scene
from .models import Cluster, ClusterMember, ClusterStep, Petition
from .states import ClusterKind, ClusterState

READ = "petitions.clusters.read"
MANAGE = "petitions.clusters.manage"

_SIZE = Count("members", filter=Q(members__out_at=None), distinct=True)
_ANSWERED = Count("members", filter=Q(members__out_at=None, members__answered_at__isnull=False), distinct=True)


def burst_rule(at: datetime) -> BurstRule:
    """When petitions make an incident."""
    day = day_of(at)
    return BurstRule(
        count=int(parameter("petitions.incident_count", on=day).value),
        metres=float(parameter("petitions.incident_metres", on=day).value),
        hours=float(parameter("petitions.incident_hours", on=day).value),
    )


def campaign_rule(at: datetime) -> CampaignRule:
    """When petitions make a campaign."""
    day = day_of(at)
    return CampaignRule(
        count=int(parameter("petitions.campaign_count", on=day).value),
        days=int(parameter("petitions.campaign_days", on=day).value),
        likeness=neighbours.share("petitions.campaign_alike", at),
    )


def with_numbers(rows: QuerySet[Cluster]) -> QuerySet[Cluster]:
    """With what a list shows: how many petitions, how many of them answered, the newest first."""
    rows = rows.select_related("lead__case__agency", "lead__case__place", "lead__category")
    return rows.annotate(size=_SIZE, answered=_ANSWERED).order_by("-began_at", "-pk")


def visible_to(account: Account, at: datetime) -> QuerySet[Cluster]:
    """All of them for whoever reads them city-wide; others see those whose petitions they may read."""
    reach = directory.reach(account, READ, at)
    if reach.everywhere:
        return Cluster.objects.all()
    if not reach:
        return Cluster.objects.none()
    return Cluster.objects.filter(lead__in=queries.visible_to(account, at).values("pk"))


def membership(petition: Petition) -> ClusterMember | None:
    """The petition's part in an incident or campaign that was not dismissed."""
    row = (
        ClusterMember.objects.filter(petition=petition, out_at=None)
        .select_related("cluster__lead__case")
        .annotate(size=Count("cluster__members", filter=Q(cluster__members__out_at=None)))
        .first()
    )
    return row


def members(cluster: Cluster) -> QuerySet[ClusterMember]:
    """Its petitions, the oldest first; those that were taken out come last."""
    rows = cluster.members.select_related(
        "petition__case__requester", "petition__case__place", "petition__case__agency", "petition__category", "by",
    )  # fmt: skip
    return rows.order_by("out_at", "petition__case__received_at", "pk")


def steps(cluster: Cluster) -> QuerySet[ClusterStep]:
    """What happened to it, newest first."""
    return cluster.steps.select_related("by__person").order_by("-n")


def report_of(petition: Petition) -> Report | None:
    """A petition as the rule of incidents sees it: only those with a place and a topic."""
    point = neighbours.point_of(petition.case)
    if point is None or petition.category is None or petition.case.confirmed_at is None:
        return None
    return Report(petition.pk, petition.category.group, point, petition.case.received_at)


def scene_of(cluster: Cluster) -> Scene:
    """An incident as the rule sees it."""
    assert cluster.lon is not None
    assert cluster.lat is not None
    return Scene(
        topic=cluster.topic, centre=(cluster.lon, cluster.lat), metres=float(cluster.metres),
        began_at=cluster.began_at, hours=float(cluster.hours), open=cluster.state == ClusterState.OPEN,
    )  # fmt: skip


def reports_since(since: datetime, at: datetime) -> list[Report]:
    """The petitions of the last hours that may be part of an incident: open, placed, not confidential, in none yet."""
    rows = (
        neighbours.voices(neighbours.comparable(at))
        .filter(case__received_at__gte=since, case__received_at__lte=at, case__place__lon__isnull=False)
        .exclude(category=None)
        .exclude(pk__in=ClusterMember.objects.values("petition"))
        .select_related("case__place", "category")
    )
    return [report for row in rows.order_by("pk") if (report := report_of(row))]


def open_incidents(at: datetime) -> QuerySet[Cluster]:
    """Incidents to which petitions are attached by themselves."""
    return Cluster.objects.filter(kind=ClusterKind.INCIDENT, state=ClusterState.OPEN).order_by("pk")


def candidates(cluster: Cluster, at: datetime) -> Iterable[Petition]:
    """Open petitions that may belong to an open incident and are in none."""
    since = cluster.began_at - timedelta(hours=cluster.hours)
    return (
        neighbours.comparable(at)
        .filter(case__received_at__gte=since, category__group=cluster.topic, case__place__lon__isnull=False)
        .exclude(pk__in=ClusterMember.objects.filter(Q(out_at=None) | Q(cluster=cluster)).values("petition"))
        .select_related(*queries.FULL)
        .order_by("pk")
    )


def public() -> QuerySet[Cluster]:
    """Incidents that anybody may read of: confirmed ones, without petitions and people."""
    return with_numbers(
        Cluster.objects.filter(kind=ClusterKind.INCIDENT, state__in=[ClusterState.OPEN, ClusterState.CLOSED])
    )
