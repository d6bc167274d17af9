"""Layers that the city has from the start: its areas, petitions by village, controlled projects."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pyarrow as pa
import shapely
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityhall.domains.petitions.public import public_by_village
from cityhall.domains.projects.public import Project, moment, positions
from cityhall.engines.layers import registry
from cityhall.engines.layers.registry import Column, Source
from cityhall.engines.places import memory
from cityhall.engines.places.models import Area, LayerVersion
from cityhall.engines.places.states import AreaKind, LayerKind
from cityhall.foundation.clock import day_of

from . import rules


def boundaries_version() -> LayerVersion | None:
    """The boundaries in force."""
    versions = memory.versions_in_force(LayerKind.BOUNDARIES)
    return versions[0] if versions else None


def _areas_version() -> str:
    version = boundaries_version()
    return str(version.token) if version else ""


def _areas(kind: str) -> list[Area]:
    version = boundaries_version()
    return list(Area.objects.filter(version=version, kind=kind).select_related("parent")) if version else []


def _wkb(geometry: dict[str, Any]) -> bytes:
    written: bytes = shapely.to_wkb(shapely.from_geojson(json.dumps(geometry)))
    return written


def _table(source: Source, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=source.schema())


def _districts() -> pa.Table:
    return _table(
        DISTRICTS,
        [
            {"id": one.code, "code": one.code, "name": one.name, "name_en": one.name_en, "geometry": _wkb(one.geometry)}
            for one in _areas(AreaKind.DISTRICT)
        ],
    )


def _village(one: Area) -> dict[str, Any]:
    parent = one.parent
    return {
        "id": one.code, "code": one.code, "name": one.name, "name_en": one.name_en,
        "district_code": parent.code if parent else "", "district": parent.name if parent else "",
        "geometry": _wkb(one.geometry),
    }  # fmt: skip


def _villages() -> pa.Table:
    return _table(VILLAGES, [_village(one) for one in _areas(AreaKind.VILLAGE)])


def _today() -> date:
    return day_of(timezone.now())


def _petitions() -> pa.Table:
    """Petitions of the last twelve whole months by village; where they are few, no number stands there."""
    first, last = rules.last_year(_today())
    villages = [_village(one) for one in _areas(AreaKind.VILLAGE)]
    counted = public_by_village(first, last)
    counts = {one["code"]: counted.get(one["code"], 0) for one in villages}
    told = rules.suppressed(counts, {one["code"]: one["district_code"] for one in villages})
    facts = {"first_day": first, "last_day": last}
    return _table(PETITIONS, [one | facts | {"petitions": told[one["code"]].count} for one in villages])


def _projects_version() -> str:
    newest = Project.objects.order_by("-pk").values_list("pk", flat=True).first()
    return f"{_today()}:{newest}"


def _projects() -> pa.Table:
    """Projects under control today that have a place."""
    today = _today()
    listed = Project.objects.listed_within(today, today).filter(lon__isnull=False, lat__isnull=False)
    there = list(listed.select_related("plan__agency"))
    stand = {one.project.pk: one for one in positions(there, moment(None, today))}
    rows = []
    for one in there:
        position = stand.get(one.pk)
        rows.append(
            {
                "id": one.number, "number": one.number, "name": one.plan.name, "agency": one.plan.agency.name,
                "place": one.place, "total_budget": one.total_budget, "opened_on": one.plan.opened_on,
                "planned": float(position.planned) if position and position.planned is not None else None,
                "actual": float(position.actual) if position and position.actual is not None else None,
                "geometry": shapely.to_wkb(shapely.Point(one.lon, one.lat)),
            }
        )  # fmt: skip
    return _table(PROJECTS, rows)


_NAMES = (
    Column("code", "string", _("代碼")),
    Column("name", "string", _("名稱")),
    Column("name_en", "string", _("英文名稱")),
)
_DISTRICT = (Column("district_code", "string", _("行政區代碼")), Column("district", "string", _("行政區")))

DISTRICTS = Source(
    "districts", _("行政區界"), _NAMES, _areas_version, _districts, about=_("各區的範圍，供統計使用，不是地籍界線。")
)
VILLAGES = Source(
    "villages", _("村里界"), (*_NAMES, *_DISTRICT), _areas_version, _villages,
    about=_("各村里的範圍，供統計使用，不是地籍界線。"),
)  # fmt: skip
PETITIONS = Source(
    "petitions-by-village",
    _("各村里陳情案件數"),
    (
        *_NAMES, *_DISTRICT, Column("petitions", "integer", _("陳情件數")), Column("first_day", "date", _("起日")),
        Column("last_day", "date", _("迄日")),
    ),
    lambda: f"{_areas_version()}:{_today()}",
    _petitions,
    about=_("最近12個完整月份成案的陳情，不含不公開的案件；未滿3件的村里不列數字，也不能由合計推算。"),
)  # fmt: skip
PROJECTS = Source(
    "controlled-projects",
    _("列管計畫"),
    (
        Column("number", "string", _("計畫編號")), Column("name", "string", _("計畫名稱")),
        Column("agency", "string", _("執行機關")), Column("place", "string", _("地點")),
        Column("total_budget", "integer", _("總預算")), Column("opened_on", "date", _("列管起日")),
        Column("planned", "number", _("預定進度")), Column("actual", "number", _("實際進度")),
    ),
    _projects_version,
    _projects,
    time="opened_on",
    about=_("目前列管、已標定地點的計畫。"),
)  # fmt: skip


def declare() -> None:
    """Tell the engine of these layers."""
    for source in (DISTRICTS, VILLAGES, PETITIONS, PROJECTS):
        registry.declare(source)
