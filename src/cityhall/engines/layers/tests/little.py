"""A little layer for tests: four squares side by side and a point, with every kind of property."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import shapely
from django.utils.translation import gettext_lazy as _

from cityhall.engines.layers import memory, registry
from cityhall.engines.layers.registry import Column, Source

WEST, SOUTH, SIDE = 121.20, 24.95, 0.05
COLUMNS = (
    Column("name", "string", _("名稱")),
    Column("people", "integer", _("人口")),
    Column("share", "number", _("比率")),
    Column("open", "boolean", _("開放")),
    Column("day", "date", _("日期")),
    Column("seen_at", "datetime", _("時間")),
)
NAMES = ("中平里", "文昌里", "中原里", None, "普仁里")
versions = itertools.count(1)


def square(n: int) -> Any:
    return shapely.box(WEST + n * SIDE, SOUTH, WEST + (n + 1) * SIDE, SOUTH + SIDE)


def table(**changed: Any) -> pa.Table:
    shapes = [square(0), square(1), square(2), None, shapely.Point(WEST + 3.5 * SIDE, SOUTH + SIDE / 2)]
    given = {
        "id": ["e", "a", "c", "d", "b"],
        "name": list(NAMES),
        "people": [100, 200, 300, None, 500],
        "share": [0.5, float("nan"), 2.5, None, 4.5],
        "open": [True, False, True, None, False],
        "day": [date(2016, 1, 1), date(2016, 6, 30), date(2016, 12, 31), None, date(2017, 2, 28)],
        "seen_at": [datetime(2016, month, 1, 8, tzinfo=UTC) for month in (1, 2, 3, 4)] + [None],
        "geometry": [None if one is None else shapely.to_wkb(one) for one in shapes],
    } | changed
    kinds = {"id": pa.string()} | {one.name: registry.ARROW[one.kind] for one in COLUMNS} | {"geometry": pa.binary()}
    return pa.table({name: pa.array(values, kinds[name], from_pandas=False) for name, values in given.items()})


def source(code: str = "little", *, rows: pa.Table | None = None, **more: Any) -> Source:
    version = f"v{next(versions)}"
    return Source(code, "小圖層", COLUMNS, lambda: version, lambda: rows if rows is not None else table(), **more)


def held(**more: Any) -> memory.Held:
    return memory.held(source(**more))
