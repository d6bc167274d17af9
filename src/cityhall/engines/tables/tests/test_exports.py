import csv
import io
import json
from datetime import date

import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityhall.engines.tables.asking import ask
from cityhall.engines.tables.comparing import compare
from cityhall.engines.tables.exports import Format, export
from cityhall.engines.tables.profiling import AreaKind, FirstChart, profile
from cityhall.engines.tables.querying import BadQuery, Query, parse
from cityhall.engines.tables.rules import Kind
from cityhall.engines.tables.storing import CannotStore, load, write

from .test_reading import SQUARE, collection

CONTENT = "行政區,村里代碼,金額,比率,日期,月份,時間,對,Lat,Lon\n" + "".join(
    f"{'中壢區' if n % 3 else '桃園區'},68000010-{n:03},{n},{n / 8},2017-01-{n % 28 + 1:02},2017-{n % 12 + 1:02},2017-01-01 08:00:{n % 60:02},"
    f"{'true' if n % 2 else 'false'},24.9{n},121.2{n}\n" for n in range(1, 51)
)  # fmt: skip


@pytest.fixture
def table(stored):
    """A table of every kind of column."""
    return stored(CONTENT)


def exported(table, format, **parameters):
    query = parse({"limit": 0, **parameters}, table)
    bom = parameters.pop("bom", True)
    return b"".join(export(table, query, format, bom=bom).pieces)


def all_rows(table):
    return [row[1:] for row in ask(table, Query(limit=32_000)).rows]


class TestExports:
    @pytest.mark.parametrize("format", [Format.CSV, Format.JSON, Format.XML, Format.PARQUET, Format.ODS])
    def test_read_again_give_the_same_rows(self, table, stored, format):
        again = stored(exported(table, format))

        assert [one.kind for one in again.columns] == [one.kind for one in table.columns]
        assert all_rows(again) == all_rows(table)

    def test_honour_the_filters_and_the_order(self, table):
        found = json.loads(exported(table, "json", filters={"行政區": "桃園區"}, sort="金額 desc", fields="金額"))

        assert [one["金額"] for one in found] == sorted(range(3, 51, 3), reverse=True)

    def test_of_csv_have_the_mark_if_wanted_and_no_formula(self, stored):
        table = stored('名,數\n=1+1,-5\n@x,7\n"\ty",8\n')

        marked = b"".join(export(table, Query(limit=0), "csv").pieces)
        bare = b"".join(export(table, Query(limit=0), "csv", bom=False).pieces)

        assert marked == b"\xef\xbb\xbf" + bare
        rows = list(csv.reader(io.StringIO(bare.decode())))
        assert [row[0] for row in rows[1:]] == ["'=1+1", "'@x", "'\ty"]
        assert rows[1][1] == "-5"

    def test_of_lines_are_one_object_a_line(self, table):
        lines = exported(table, "ndjson").decode().splitlines()

        assert len(lines) == 50
        assert json.loads(lines[0])["日期"] == "2017-01-02"

    def test_of_places_are_features(self, table, stored):
        pair = json.loads(exported(table, "geojson", limit=1))
        shape = json.loads(exported(stored(collection(SQUARE)), "geojson"))

        assert pair["features"][0]["geometry"] == {"type": "Point", "coordinates": [121.21, 24.91]}
        assert shapely.from_geojson(json.dumps(shape["features"][0]["geometry"])).equals(
            shapely.from_geojson(json.dumps(SQUARE))
        )

    def test_of_shapes_are_geoparquet_again(self, stored):
        table = stored(collection(SQUARE, SQUARE))

        again = stored(exported(table, "parquet"))

        assert (again.geometry, again.bounds) == (table.geometry, table.bounds)

    def test_of_groups_are_possible(self, table):
        found = json.loads(exported(table, "json", group="行政區", aggregates="sum:金額"))

        assert found == [{"行政區": "中壢區", "sum(金額)": 867}, {"行政區": "桃園區", "sum(金額)": 408}]

    @pytest.mark.parametrize("format", ["xls", "", "geojson"])
    def test_that_cannot_be_are_refused_before_they_begin(self, stored, format):
        with pytest.raises(BadQuery):
            export(stored("a,b\n1,2\n"), Query(), format)

    def test_to_sheets_are_refused_when_too_long_for_one(self, table, monkeypatch):
        monkeypatch.setattr("cityhall.engines.tables.exports.MOST_IN_SHEET", 10)

        with pytest.raises(BadQuery):
            export(table, Query(limit=0), "xlsx")

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.tuples(
                st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=9), st.integers(0, 9)
            ),
            min_size=1,
            max_size=9,
        )
    )
    def test_of_any_text_give_the_same_rows(self, stored, rows):
        table = stored(json.dumps([{"名": f"x{text}x", "數": n} for text, n in rows]))

        for format in (Format.CSV, Format.JSON, Format.PARQUET):
            assert all_rows(stored(exported(table, format))) == all_rows(table)


class TestStore:
    def test_holds_the_rows_in_groups_in_their_order(self, stored):
        table = stored("a,b\n" + "".join(f"{n},x\n" for n in range(45_000)))

        about = pq.ParquetFile(table.path).metadata
        ids = pq.read_table(table.path, columns=["_id"])["_id"].to_pylist()
        assert [about.row_group(n).num_rows for n in range(about.num_row_groups)] == [20_000, 20_000, 5_000]
        assert ids == list(range(1, 45_001))
        assert about.row_group(0).column(0).compression == "ZSTD"

    def test_is_found_by_its_digest_and_the_same_rows_are_kept_once(self, stored, home):
        first, second = stored(CONTENT), stored(CONTENT)

        assert first == second
        assert [path.name for path in home.rglob("*.parquet")] == [f"{first.digest}.parquet"]
        assert not list(home.glob("*.part"))

    def test_takes_nothing_that_has_problems(self, reading, home):
        with pytest.raises(CannotStore):
            write(reading("a,b\n1,2,3\n"))
        assert not home.exists()

    def test_leaves_nothing_behind_when_writing_fails(self, reading, home, monkeypatch):
        monkeypatch.setattr("cityhall.engines.tables.storing._digest", lambda path: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            write(reading(CONTENT))
        assert not list(home.rglob("*.part"))

    def test_keeps_the_headings_as_they_were(self, stored):
        table = stored("名 ,名,\n1,2,3\n")

        assert [(one.name, one.header) for one in load(table.digest).columns] == [
            ("名", "名 "),
            ("名_2", "名"),
            ("column_3", ""),
        ]

    def test_is_geoparquet_with_a_covering(self, stored):
        table = stored(collection(SQUARE))

        geo = json.loads(pq.read_metadata(table.path).metadata[b"geo"])
        assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
        assert geo["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]

    def test_tells_how_far_it_is(self, reading):
        heard = []
        write(reading(CONTENT), told=lambda step, share: heard.append((step, share)))

        assert heard[-1] == ("write", 1.0)


class TestDifferences:
    def test_of_the_same_columns_are_none(self, stored):
        found = compare(stored("a,b\n1,x\n"), stored("a,b\n2,y\n3,z\n"))

        assert (found.same_schema, found.breaks_readers, found.old_rows, found.new_rows) == (True, False, 1, 2)

    def test_tell_what_is_missing_added_renamed_and_retyped(self, stored, reading):
        old = stored("區,戶數,人口,備註\n甲,1,2,x\n")
        new = reading("區,戶數,總人口,備註,新\n甲,1.5,2,x,y\n")

        found = compare(old, new)

        assert [(one.old.name, one.new.name) for one in found.renamed] == [("人口", "總人口")]
        assert [(one.name, one.old, one.new, one.wider) for one in found.retyped] == [
            ("戶數", Kind.INTEGER, Kind.NUMBER, True)
        ]
        assert [one.name for one in found.added] == ["新"]
        assert (found.missing, found.breaks_readers) == ((), True)

    def test_tell_that_the_order_is_another_one(self, stored):
        found = compare(stored("a,b\n1,x\n"), stored("b,a\nx,1\n"))

        assert (found.reordered, found.breaks_readers) == (True, False)

    def test_tell_that_most_rows_are_gone(self, stored):
        assert compare(stored("a,b\n1,x\n2,x\n3,x\n"), stored("a,b\n1,x\n")).shrank


class TestProfiles:
    def test_count_what_columns_hold(self, table):
        found = {one.column.name: one for one in profile(table).columns}

        assert (found["行政區"].distinct, found["行政區"].empty, found["行政區"].top) == (
            2,
            0,
            (("中壢區", 34), ("桃園區", 16)),
        )
        assert (found["金額"].least, found["金額"].most, sum(one.count for one in found["金額"].histogram)) == (
            1,
            50,
            50,
        )
        assert (found["日期"].least, found["日期"].most) == (date(2017, 1, 1), date(2017, 1, 28))

    def test_find_the_columns_of_areas(self, table):
        areas = profile(table).areas

        assert [(one.column.name, one.area) for one in areas] == [
            ("村里代碼", AreaKind.VILLAGE_CODE),
            ("行政區", AreaKind.DISTRICT_NAME),
        ]

    def test_offer_a_first_chart(self, table, stored):
        assert profile(table).first_chart == (FirstChart.LINE, "日期")
        assert profile(stored("類,數\n" + "甲,1\n乙,2\n" * 10)).first_chart == (FirstChart.BAR, "類")

    def test_measure_no_coordinates(self, table):
        assert [one.column.name for one in profile(table).measures] == ["金額", "比率"]

    def test_of_empty_tables_are_possible(self, stored):
        assert profile(stored("a,b\n")).rows == 0

    def test_of_real_villages_have_their_codes(self, stored, opendata):
        found = profile(stored(opendata("cunli_population_2017-12.csv")))

        assert [one.area for one in found.areas] == [
            AreaKind.VILLAGE_CODE,
            AreaKind.DISTRICT_NAME,
            AreaKind.VILLAGE_NAME,
        ]
