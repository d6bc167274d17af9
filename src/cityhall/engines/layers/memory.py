"""Layers in the memory of each process: shapes with a tree, properties as an Arrow table, features ready to be sent.

Research note 03 §4d: a server that reads its file for each question answers 4.5 a second, one that keeps a tree and
ready-made pieces 381. A copy belongs to the version that it was made from; the longest unused go when there is no room.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from datetime import date, datetime
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from cityhall.engines.layers.crs import CRS84, System
from cityhall.engines.layers.registry import GEOMETRY, ID, Source, UnfitTable

MOST_BYTES = 256 * 2**20
DECIMALS = 7
"""Of a degree, as features are sent: a centimetre."""
Places = NDArray[np.int64]


class Held:
    """One version of a layer. Features stand in the order of their ids; a place is a number in that order."""

    def __init__(self, source: Source, version: str, table: pa.Table) -> None:
        self.source, self.version = source, version
        self.lock = Lock()
        table = _fitting(source, table)
        self.ids: list[Any] = table[ID].to_pylist()
        self.shapes = _shapes(table[GEOMETRY])
        self.table: pa.Table = table.drop_columns([GEOMETRY])
        self.tree = shapely.STRtree(self.shapes)
        self.box: tuple[float, float, float, float] | None = None
        if table.num_rows and not shapely.is_missing(self.shapes).all():
            self.box = tuple(float(edge) for edge in shapely.total_bounds(self.shapes))  # type: ignore[assignment]
        self.fragments, self.heads = self._pieces()
        self.place_of = {one: place for place, one in enumerate(self.ids)}
        self.bytes = (
            sum(map(len, self.fragments)) + self.table.nbytes + 48 * int(shapely.get_num_coordinates(self.shapes).sum())
        )

    def __len__(self) -> int:
        return len(self.ids)

    def _pieces(self) -> tuple[list[bytes], list[int]]:
        """Each feature as it is sent in CRS84, and where its shape begins in that."""
        names = [one.name for one in self.source.columns]
        columns = [[written(value) for value in self.table[name].to_pylist()] for name in names]
        rows = zip(*columns, strict=True) if columns else iter([()] * len(self))
        drawn = shapely.to_geojson(shapely.transform(self.shapes, lambda at: np.round(at, DECIMALS)))
        fragments, heads = [], []
        for one, values, shape in zip(self.ids, rows, drawn, strict=True):
            properties = json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False, separators=(",", ":"))
            said = json.dumps(one, ensure_ascii=False)
            head = f'{{"type":"Feature","id":{said},"properties":{properties},"geometry":'.encode()
            heads.append(len(head))
            fragments.append(head + (shape or "null").replace(", ", ",").encode() + b"}")
        return fragments, heads

    def feature(self, place: int, system: System = CRS84) -> bytes:
        """A feature as GeoJSON, its shape in a system."""
        return next(self.features([place], system))

    def features(self, places: Any, system: System = CRS84) -> Any:
        """Features as GeoJSON."""
        if system is CRS84:
            return (self.fragments[place] for place in places)
        decimals = DECIMALS if system.kind == "degrees" else 3
        moved = shapely.transform(self.shapes[places], lambda at: np.round(system.from_degrees(at), decimals))
        drawn = shapely.to_geojson(moved)
        return (
            self.fragments[place][: self.heads[place]] + (shape or "null").replace(", ", ",").encode() + b"}"
            for place, shape in zip(places, drawn, strict=True)
        )

    def span(self) -> tuple[str, str] | None:
        """The first and the last moment of the layer's features."""
        if not self.source.time or not len(self):
            return None
        ends = pc.min_max(self.table[self.source.time])
        return None if ends["min"].as_py() is None else (written(ends["min"].as_py()), written(ends["max"].as_py()))


def written(value: Any) -> Any:
    """A value as it stands in JSON; a number that is none is left out."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _fitting(source: Source, table: pa.Table) -> pa.Table:
    """The table in the order of its ids. Raises UnfitTable."""
    wanted = source.schema()
    if missing := [name for name in wanted.names if name not in table.column_names]:
        raise UnfitTable(f"{source.code}: no column {missing[0]}")
    try:
        table = table.select(wanted.names).cast(wanted).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as fault:
        raise UnfitTable(f"{source.code}: {fault}") from None
    ids = table[ID]
    if ids.null_count or pc.count_distinct(ids).as_py() != table.num_rows:
        raise UnfitTable(f"{source.code}: an id is missing or comes twice")
    return table.sort_by(ID)


def _shapes(column: pa.ChunkedArray) -> Any:
    """The shapes, repaired where they cross themselves. Raises UnfitTable for what is no shape."""
    try:
        shapes = shapely.from_wkb(np.array(column.to_pylist(), dtype=object))
    except shapely.errors.GEOSException as fault:
        raise UnfitTable(str(fault)) from None
    shapes = shapely.force_2d(shapes)
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise UnfitTable("a shape has a coordinate that is no number")
    crossing = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    shapes[crossing] = shapely.make_valid(shapes[crossing])
    return shapes


class _Shelf:
    """The copies of this process, one a layer: the longest unused goes when all together are too large."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.copies: OrderedDict[str, Held] = OrderedDict()
        self.lock = Lock()
        self.making: dict[str, Lock] = {}

    def _known(self, code: str, version: str) -> Held | None:
        with self.lock:
            copy = self.copies.get(code)
            if copy is None or copy.version != version:
                return None
            self.copies.move_to_end(code)
            return copy

    def get(self, code: str, version: str, make: Callable[[], Held]) -> Held:
        """The copy of this version; made now if there is none, by one of those who ask for it."""
        if copy := self._known(code, version):
            return copy
        with self.lock:
            mine = self.making.setdefault(code, Lock())
        with mine:
            if copy := self._known(code, version):
                return copy
            made = make()
            with self.lock:
                self.copies[code] = made
                self.copies.move_to_end(code)
                while len(self.copies) > 1 and sum(one.bytes for one in self.copies.values()) > self.most:
                    self.copies.popitem(last=False)
            return made

    def empty(self) -> None:
        """Forget all copies: another database is in use."""
        with self.lock:
            self.copies.clear()


shelf = _Shelf(MOST_BYTES)


def held(source: Source, version: str | None = None) -> Held:
    """The layer as it stands now; the version, where it was asked for already. Raises UnfitTable."""
    known = source.version() if version is None else version
    return shelf.get(source.code, known, lambda: Held(source, known, source.read()))
