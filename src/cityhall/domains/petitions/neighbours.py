"""Petitions that are near one another, in words or in place: for the desk, and for somebody who is about to report."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from cityhall.engines.cases.models import Case
from cityhall.engines.cases.states import COUNTED_ELSEWHERE, ENDED, UNCONFIRMED, Status
from cityhall.engines.identity.models import Account
from cityhall.engines.likeness import grams
from cityhall.engines.likeness import queries as likeness
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of

from . import queries
from .alike import Band, Limits, Near, Reach, band, groups, shown_before_filing
from .headings import compared_by, title_of
from .models import AlikePair, Category, CategoryTerm, ClusterMember, Petition, Supporter
from .privacy import without_reporter
from .repeats import Point, metres
from .states import ClusterState

MOST_ALIKE, MOST_NEAR = 10, 5
MOST_PAIRS = 5_000


def share(key: str, on: datetime) -> float:
    """A parameter in per cent as a share of one."""
    return float(parameter(key, on=day_of(on)).value) / 100


def limits(at: datetime) -> Limits:
    """From when on two texts are alike."""
    return Limits(same=share("petitions.alike_same", at), related=share("petitions.alike_related", at))


def text_of(case: Case) -> str:
    """What a petition is compared with others by."""
    return compared_by(case.title, case.text)


def public_title(petition: Petition) -> str:
    """The heading as a stranger may read it."""
    return without_reporter(petition.case.title, petition.case.requester)


def comparable(at: datetime) -> QuerySet[Petition]:
    """The petitions that others may be compared with: opened in the last half-year, still open, not confidential."""
    since = at - timedelta(days=int(parameter("petitions.alike_days", on=day_of(at)).value))
    return Petition.objects.filter(case__confirmed_at__gte=since, case__confidential=False).exclude(
        case__status__in=[*ENDED, *UNCONFIRMED]
    )


def voices(petitions: QuerySet[Petition]) -> QuerySet[Petition]:
    """One petition for each that somebody sent: of the parts of a split only the first, where many are counted."""
    return petitions.exclude(split_part__n__gt=1)


# ---- for the desk ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Neighbour:
    """Another petition, how alike its text is, and how far away it lies."""

    petition: Petition
    likeness: float
    band: Band
    metres: float | None = None

    @property
    def same(self) -> bool:
        """Whether it is probably the same matter."""
        return self.band == Band.SAME


def point_of(case: Case) -> Point | None:
    """The point of a case on the map."""
    place = case.place
    return (place.lon, place.lat) if place and place.lon is not None and place.lat is not None else None


def alike_to(petition: Petition, account: Account, at: datetime, *, most: int = MOST_ALIKE) -> list[Neighbour]:
    """The open petitions that an officer may read and whose text is alike, the most alike first.

    Nothing is shown beside a confidential one, and no confidential one beside another.
    """
    if petition.case.confidential:
        return []
    among = queries.visible_to(account, at).filter(pk__in=comparable(at).values("pk")).exclude(pk=petition.pk)
    known, asked = limits(at), likeness.print_of(petition.case) or grams.grams(text_of(petition.case))
    found = likeness.alike_grams(Case, asked, among=among, least=known.related, most=most, day=day_of(at))
    return neighbours(petition, {one.pk: one.likeness for one in found}, known)


def neighbours(petition: Petition, found: dict[int, float], known: Limits) -> list[Neighbour]:
    """What is shown of petitions whose likeness is known, the most alike first."""
    rows = Petition.objects.select_related(*queries.FULL).in_bulk(list(found))
    here = point_of(petition.case)
    told = []
    for pk, value in found.items():
        if pk in rows:
            there = point_of(rows[pk].case)
            far = metres(here, there) if here and there else None
            told.append(Neighbour(rows[pk], value, band(value, known), far))
    return sorted(told, key=lambda one: (-one.likeness, -one.petition.pk))


def likeness_of(one: Petition, other: Petition, at: datetime) -> float:
    """How alike the texts of two petitions are."""
    return likeness.likeness(text_of(one.case), text_of(other.case), Case, day=day_of(at))


@dataclass(frozen=True)
class AlikeGroup:
    """Open petitions that hang together by their words, the oldest first, with how alike they are at most."""

    keys: tuple[int, ...]
    likeness: float
    petitions: tuple[Petition, ...] = ()


def suspected(
    account: Account, at: datetime, *, narrowed: Q | None = None, least: float | None = None
) -> list[AlikeGroup]:
    """疑似同案: groups of open petitions that an officer may read, and that nobody joined or kept apart yet."""
    readable = queries.visible_to(account, at).filter(pk__in=comparable(at).values("pk"))
    if narrowed is not None:
        readable = readable.filter(narrowed)
    floor = limits(at).same if least is None else least
    seen = queries.visible_to(account, at).filter(pk__in=comparable(at).values("pk")).values("pk")
    pairs = AlikePair.objects.filter(apart_at=None, likeness__gte=floor, newer__in=seen, older__in=seen)
    if narrowed is not None:
        pairs = pairs.filter(Q(newer__in=readable.values("pk")) | Q(older__in=readable.values("pk")))
    rows = list(pairs.order_by("-pk").values_list("newer", "older", "likeness")[:MOST_PAIRS])
    together = dict(
        ClusterMember.objects.filter(out_at=None, cluster__state__in=[ClusterState.OPEN, ClusterState.PROPOSED])
        .values_list("petition", "cluster")
    )  # fmt: skip
    rows = [row for row in rows if row[0] not in together or together[row[0]] != together.get(row[1])]
    most: dict[int, float] = {}
    for newer, older, value in rows:
        most[newer], most[older] = max(most.get(newer, 0.0), value), max(most.get(older, 0.0), value)
    return [
        AlikeGroup(keys, max(most[key] for key in keys))
        for keys in groups((newer, older) for newer, older, _value in rows)
    ]


def with_petitions(found: Sequence[AlikeGroup]) -> list[AlikeGroup]:
    """The same with the petitions read: done for one page only."""
    keys = [key for group in found for key in group.keys]
    rows = Petition.objects.select_related(*queries.FULL).in_bulk(keys)
    return [replace(group, petitions=tuple(rows[key] for key in group.keys if key in rows)) for group in found]


def joined_to(petition: Petition) -> QuerySet[Petition]:
    """The petitions that were joined to this one, the oldest first."""
    return (
        Petition.objects.filter(joins__parent=petition, joins__undone_at=None)
        .select_related("case__requester", "case__agency", "case__place")
        .order_by("case__received_at", "pk")
    )


# ---- for somebody who is about to report -----------------------------------------------------------------------------


def support_key(supporter: Supporter) -> str:
    """What a supporter's link carries beside the reference."""
    return salted_hmac("petitions.support", str(supporter.reference), algorithm="sha256").hexdigest()[:32]


def supporter_by_letter(reference: uuid.UUID, key: str) -> Supporter | None:
    """The supporter whom a letter's link names."""
    found = Supporter.objects.select_related("petition__case__requester").filter(reference=reference).first()
    return found if found and constant_time_compare(support_key(found), key) else None


def near_metres(category: Category | None, at: datetime) -> int:
    """How near counts as the same place: the category's own, dated; else the general one."""
    day = day_of(at)
    term = CategoryTerm.objects.on(day).filter(category=category).order_by("-valid_from").first() if category else None
    return term.near_metres if term else int(parameter("petitions.near_metres", on=day).value)


@dataclass(frozen=True)
class NearOne:
    """What somebody who is about to report may see of a petition nearby: nothing of whoever reported it."""

    petition: Petition
    metres: float
    solved: bool
    title: str

    @property
    def others(self) -> int:
        """How many people it is the matter of."""
        return self.petition.followers


def supportable() -> QuerySet[Petition]:
    """Petitions that strangers may see a heading of: opened, not confidential, no secret identity."""
    return (
        Petition.objects.filter(case__confirmed_at__isnull=False, case__confidential=False)
        .filter(case__keep_identity_secret=False)
        .exclude(case__status__in=[*COUNTED_ELSEWHERE, Status.WITHDRAWN, Status.TRANSFERRED_OUTSIDE, *UNCONFIRMED])
    )


def near(text: str, category: Category | None, point: Point | None, at: datetime) -> list[NearOne]:
    """Petitions that may be the same as what is being reported: near, recent, and of its kind or in like words."""
    if point is None:
        return []
    day = day_of(at)
    reach = Reach(
        metres=near_metres(category, at),
        days=int(parameter("petitions.near_days", on=day).value),
        solved_days=int(parameter("petitions.near_solved_days", on=day).value),
        related=share("petitions.alike_related", at),
    )
    rows = {row.pk: row for row in _around(point, reach, at)}
    if not rows:
        return []
    alike = _likenesses(text, rows, at)
    found = [
        Near(
            key=row.pk,
            metres=metres(point, there),
            opened_at=row.case.confirmed_at,  # type: ignore[arg-type]
            ended_at=row.case.ended_at if row.case.is_ended and row.case.status != Status.MERGED else None,
            same_category=category is not None and row.category_id == category.pk,
            same_group=category is not None and row.category is not None and row.category.group == category.group,
            likeness=alike.get(row.pk, 0.0),
        )
        for row in rows.values()
        if (there := point_of(row.case))
    ]
    return [
        NearOne(rows[one.key], one.metres, one.ended_at is not None, public_title(rows[one.key]))
        for one in shown_before_filing(found, reach, now=at, most=MOST_NEAR)
    ]


def _around(point: Point, reach: Reach, at: datetime) -> Iterable[Petition]:
    """What lies in the square around a point; a joined one stands for the one that it is joined to."""
    north, east = reach.metres / 110_000, reach.metres / 95_000
    return (
        supportable()
        .filter(
            case__place__lat__range=(point[1] - north, point[1] + north),
            case__place__lon__range=(point[0] - east, point[0] + east),
            case__confirmed_at__gte=at - timedelta(days=reach.days),
        )
        .exclude(case__status=Status.MERGED)
        .select_related("case__place", "case__requester", "category")
        .order_by("-pk")[:200]
    )


def _likenesses(text: str, rows: dict[int, Petition], at: datetime) -> dict[int, float]:
    asked = compared_by(title_of(text), text)
    among = Petition.objects.filter(pk__in=list(rows))
    found = likeness.alike(Case, asked, among=among, least=0.0, most=len(rows), day=day_of(at))
    return {one.pk: one.likeness for one in found}
