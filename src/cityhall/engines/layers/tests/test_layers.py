"""Layers in memory: what may be one, how pages follow each other, tiles, and points."""

import gzip
import json
import math
from datetime import UTC, datetime

import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from cityhall.engines.layers import crs, memory, parquet, registry, selecting, tasks, tiles
from cityhall.engines.layers.refusals import CannotAsk
from cityhall.engines.layers.registry import Source, UnfitTable
from cityhall.engines.layers.selecting import Asked
from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise

from . import little

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


def ids(layer: memory.Held, asked: Asked = Asked(), **more) -> str:  # noqa: B008
    return "".join(layer.ids[place] for place in selecting.select(layer, asked, **more).places)


class TestHeld:
    def test_stands_in_the_order_of_ids_with_features_ready(self):
        layer = little.held()
        first = json.loads(layer.feature(0))

        assert layer.ids == ["a", "b", "c", "d", "e"]
        assert first["id"] == "a"
        assert first["properties"]["name"] == "文昌里"
        assert first["properties"]["share"] is None  # no number
        assert first["properties"]["day"] == "2016-06-30"
        assert first["properties"]["seen_at"] == "2016-02-01T08:00:00Z"
        assert json.loads(layer.feature(3))["geometry"] is None
        assert layer.span() is None
        assert layer.box == pytest.approx((121.20, 24.95, 121.375, 25.00))

    def test_gives_shapes_in_another_system(self):
        layer = little.held()
        metres = json.loads(layer.feature(1, crs.system("EPSG:3826")))["geometry"]["coordinates"]
        swapped = json.loads(layer.feature(1, crs.system("EPSG:4326")))["geometry"]["coordinates"]

        assert metres == pytest.approx(
            crs.system("EPSG:3826").from_degrees(np.array([[121.375, 24.975]]))[0], abs=0.001
        )
        assert swapped == [24.975, 121.375]

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"id": ["a", "a", "b", "c", "d"]}, "comes twice"),
            ({"id": [None, "a", "b", "c", "d"]}, "missing"),
            ({"geometry": [b"nothing", None, None, None, None]}, "Unknown WKB|ParseException"),
            ({"geometry": [shapely.to_wkb(shapely.Point(float("nan"), 3)), None, None, None, None]}, "no number"),
        ],
    )
    def test_refuses_what_is_no_layer(self, changed, why):
        with pytest.raises(UnfitTable, match=why):
            little.held(rows=little.table(**changed))

    def test_refuses_a_table_without_a_column(self):
        with pytest.raises(UnfitTable, match="no column day"):
            little.held(rows=little.table().drop_columns(["day"]))

    def test_repairs_a_shape_that_crosses_itself(self):
        bow = shapely.Polygon([(121, 24), (122, 25), (122, 24), (121, 25)])
        layer = little.held(rows=little.table(geometry=[shapely.to_wkb(bow), None, None, None, None]))

        assert shapely.is_valid(layer.shapes).sum() == 1
        assert layer.shapes[4].geom_type == "MultiPolygon"

    def test_may_be_empty(self):
        layer = little.held(rows=little.table().slice(0, 0))

        assert len(layer) == 0
        assert layer.box is None
        assert ids(layer, Asked(box=crs.box("121,24,122,26"))) == ""

    def test_is_made_once_for_a_version_and_anew_for_the_next(self):
        read, version = [], ["1"]

        def table() -> pa.Table:
            read.append(1)
            return little.table()

        source = Source("counted", "", little.COLUMNS, lambda: version[0], table)
        first = memory.held(source)

        assert memory.held(source) is first
        assert len(read) == 1
        version[0] = "2"
        assert memory.held(source) is not first
        assert len(read) == 2

    def test_goes_when_there_is_no_room_the_longest_unused_first(self):
        size = little.held().bytes
        shelf = memory._Shelf(most=int(2.5 * size))
        made = {code: shelf.get(code, "1", lambda code=code: little.held(code=code)) for code in "abc"}
        shelf.get("b", "1", lambda: made["b"])

        assert set(shelf.copies) == {"b", "c"}


class TestPages:
    def test_follow_each_other_whatever_is_added_between(self):
        before = little.held()
        first = selecting.select(before, Asked(), limit=2)
        more = little.table(id=["e", "a", "c", "d", "0"])  # b is gone, 0 is new before all
        after = little.held(rows=more)

        assert (first.after, first.matched) == ("b", 5)
        assert ids(after, after=first.after, limit=2) == "cd"
        assert ids(after, after="d", limit=2) == "e"
        assert selecting.select(after, Asked(), after="d", limit=2).after is None
        assert ids(after, after="zz") == ""

    def test_of_numbers_stand_in_the_order_of_numbers(self):
        rows = little.table().set_column(0, "id", pa.array([10, 9, 100, 1, 2], pa.int64()))
        layer = little.held(rows=rows, numbered=True)

        assert layer.ids == [1, 2, 9, 10, 100]
        assert selecting.select(layer, Asked(), after=selecting.id_of(layer.source, "9"), limit=1).places.tolist() == [
            3
        ]
        with pytest.raises(CannotAsk):
            selecting.id_of(layer.source, "x")


class TestAsked:
    def test_by_box_values_and_filter_together(self):
        layer = little.held()
        name = selecting.value_of(layer.source, "name", "文昌里")

        assert ids(layer, Asked(box=crs.box("121.20,24.95,121.249,25"))) == "e"
        assert ids(layer, Asked(values=(("name", name),))) == "a"
        assert ids(layer, Asked(box=crs.box("121.20,24.95,121.249,25"), values=(("name", name),))) == ""
        with pytest.raises(CannotAsk, match="沒有欄位"):
            selecting.value_of(layer.source, "height", "1")
        with pytest.raises(CannotAsk, match="不是欄位 people 的值"):
            selecting.value_of(layer.source, "people", "many")

    @pytest.mark.parametrize(
        ("text", "found"),
        [("2016-06-30", "ad"), ("2016-06-30/..", "abcd"), ("../2016-06-30", "ade"), ("2016-01-01/2016-12-31", "acde"),
         ("2016-06-29T16:00:00Z", "ad"), ("/2015-01-01", "d")],
    )  # fmt: skip
    def test_by_time_with_those_that_have_none(self, text, found):
        layer = little.held(time="day")

        assert ids(layer, Asked(between=selecting.moments(text))) == found
        assert layer.span() == ("2016-01-01", "2017-02-28")

    @pytest.mark.parametrize("text", ["", "yesterday", "../..", "2016-02-30", "2016-12-31/2016-01-01", "2016-01-01/x"])
    def test_by_a_time_that_is_none_is_refused(self, text):
        with pytest.raises(CannotAsk):
            selecting.moments(text)

    def test_by_time_means_all_of_a_layer_without_time(self):
        assert ids(little.held(), Asked(between=selecting.moments("2016-06-30"))) == "abcde"


class TestPoints:
    def test_lie_in_the_feature_with_the_lower_id_or_in_none(self):
        layer = little.held()
        lon, lat = np.array([121.22, 121.25, 121.30, 130.0]), np.full(4, 24.97)

        found = [layer.ids[place] if place >= 0 else None for place in selecting.at_points(layer, lon, lat)]
        assert found == ["e", "a", "a", None]

    def test_are_found_the_same_one_by_one_and_many_at_once(self, monkeypatch):
        layer, chance = little.held(), np.random.default_rng(1)
        lon, lat = chance.uniform(121.19, 121.40, 900), chance.uniform(24.94, 25.01, 900)
        lon[:2], lat[:2], lon[2] = (121.25, 121.30), 24.97, float("nan")
        few = selecting.at_points(layer, lon, lat)
        monkeypatch.setattr(selecting, "FEW", 0)

        assert selecting.at_points(layer, lon, lat).tolist() == few.tolist()
        assert set(few) == {-1, 0, 2, 4}


class TestTiles:
    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path):
        settings.DATA_DIR = tmp_path

    @staticmethod
    def at(lon: float, lat: float, z: int) -> tuple[int, int, int]:
        n = 2**z
        return z, int((lon + 180) / 360 * n), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)

    def test_are_made_by_the_worker_once_for_a_version(self, db):
        source = registry.declare(little.source("tiled"))
        try:
            assert tiles.archive(source) is None
            tiles.promise_archive(source, at=AT)
            tiles.promise_archive(source, at=AT)
            assert Promise.objects.filter(kind="layers.tiles").count() == 1
            outbox.drain(AT)
            path = tiles.archive(source)
            assert path is not None
            assert path.read_bytes()[:7] == b"PMTiles"

            data = tiles.tile(path, *self.at(121.22, 24.97, 12))
            features = mapbox_vector_tile.decode(gzip.decompress(data or b""))["tiled"]["features"]
            assert {one["properties"]["id"] for one in features} >= {"e"}
            assert features[0]["properties"]["day"] in {"2016-01-01", "2016-06-30"}
            assert tiles.tile(path, *self.at(0, 0, 12)) is None
            assert tiles.tile(path, 20, 0, 0) is None
        finally:
            del registry.sources["tiled"]

    def test_that_are_missing_are_promised_and_a_layer_that_is_gone_needs_none(self, db, monkeypatch):
        monkeypatch.setattr(registry, "sources", {"one": little.source("one")})
        monkeypatch.setattr(tasks, "sources", registry.sources)
        tasks.make_what_is_missing(AT)
        registry.sources.clear()
        outbox.drain(AT)

        assert Promise.objects.get(kind="layers.tiles").state == "DONE"

    def test_of_older_versions_go(self):
        paths = [tiles.make_archive(little.source("old")) for _n in range(4)]

        assert [path.exists() for path in paths] == [False, False, True, True]


class TestParquet:
    def file(self, path, **said) -> None:
        column = {"encoding": "WKB", "geometry_types": []} | said
        geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
        pq.write_table(little.table().replace_schema_metadata({"geo": json.dumps(geo)}), path)

    def test_is_a_layer_with_its_digest_as_version(self, tmp_path):
        self.file(tmp_path / "a.parquet")
        source = parquet.from_parquet(tmp_path / "a.parquet", digest="d1", code="kept", title="留存的圖層", time="day")
        layer = memory.held(source)

        assert layer.version == "d1"
        assert layer.ids == list("abcde")
        assert [one.kind for one in source.columns] == ["string", "integer", "number", "boolean", "date", "datetime"]

    def test_in_another_system_or_without_shapes_is_none(self, tmp_path):
        self.file(tmp_path / "a.parquet", crs={"id": {"authority": "EPSG", "code": 3826}})
        with pytest.raises(UnfitTable, match="degrees"):
            parquet.from_parquet(tmp_path / "a.parquet", digest="d", code="kept", title="")
        pq.write_table(little.table(), tmp_path / "b.parquet")
        with pytest.raises(UnfitTable, match="no column"):
            parquet.from_parquet(tmp_path / "b.parquet", digest="d", code="kept", title="")


@pytest.mark.django_db
def test_a_layer_without_such_a_time_is_not_declared():
    with pytest.raises(ValueError, match="no time"):
        registry.declare(little.source(time="name"))
    with pytest.raises(registry.UnknownLayer):
        registry.source("never")
    assert len(selecting.at_points(little.held(), np.array([]), np.array([]))) == 0
