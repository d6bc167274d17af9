"""Where a project stands on the map, and what it looks like month by month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import BinaryIO

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.files import services as files
from cityhall.engines.files.rules import Kind
from cityhall.engines.identity.models import Account
from cityhall.engines.places import queries as places
from cityhall.engines.places import rules as of_places
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .models import ProgressPhoto, Project
from .refusals import CannotList
from .rules import Point, middle_of

MOST_POINTS = 200


@act
def place(
    project: Project,
    *,
    points: Sequence[Point],
    district: str = "",
    address: str = "",
    by: Account | None,
    at: datetime,
) -> Project:
    """登錄位置: one point, or the line of a road or a drain. Without points the address is looked up.

    The district is that of the middle, where nobody says another. Raises CannotList.
    """
    if len(points) > MOST_POINTS:
        raise CannotList(_("最多%(n)s點。") % {"n": MOST_POINTS}, "points")
    address = address.strip()
    found = list(points) or _looked_up(address, district)
    if not found:
        raise CannotList(_("找不到這個地點。請填座標，或改寫成門牌、路口或地標。"), "address")
    row = Project.objects.select_for_update().get(pk=project.pk)
    before = {"lon": row.lon, "lat": row.lat, "district": row.district}
    row.lon, row.lat = middle_of(found)
    row.line = [list(one) for one in found] if len(found) > 1 else None
    row.district, row.place = district or _district_of(row.lon, row.lat) or row.district, address or row.place
    row.save(update_fields=["lon", "lat", "line", "district", "place"])
    audit.record(
        "projects.placed", row, by=by, at=at, old=before,
        new={"lon": row.lon, "lat": row.lat, "district": row.district, "points": len(found)},
    )  # fmt: skip
    return row


def _looked_up(address: str, district: str) -> list[Point]:
    found = places.find(address, district=district or None, limit=1) if address else []
    return [(found[0].point[0], found[0].point[1])] if found else []


def _district_of(lon: float, lat: float) -> str:
    there = places.area_of(of_places.Point(lon, lat)).district
    return there.code if there else ""


@act
def add_photo(
    project: Project,
    content: BinaryIO,
    *,
    name: str,
    taken_on: date,
    caption: str = "",
    by: Account | None,
    at: datetime,
) -> ProgressPhoto:
    """上傳進度照片 of a day; where the picture remembers its place, that is kept beside it. Raises CannotList."""
    today = day_of(at)
    plan = project.plan
    if plan.opened_on is None or plan.opened_on > today or (plan.ended_on is not None and plan.ended_on <= today):
        raise CannotList(_("這個計畫沒有在列管。"))
    if taken_on > today:
        raise CannotList(_("拍攝日還沒到。"), "taken_on")
    where = files.exif_place(content)
    try:
        stored = files.store(
            content, name=name, owner=project, by=by, at=at, allow=frozenset({Kind.PICTURE}), caption=caption,
            label="progress",
        )  # fmt: skip
    except files.CannotStoreFile as refusal:
        raise CannotList(refusal.sentence, "photo") from refusal
    lon, lat = where or (None, None)
    made = ProgressPhoto.objects.create(project=project, file=stored, taken_on=taken_on, lon=lon, lat=lat)
    audit.record("projects.photo_added", project, by=by, at=at, new={"on": taken_on.isoformat()})
    return made
