import io
import json
import zipfile
from datetime import date, datetime

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityhall.engines.files import sheets
from cityhall.engines.tables import rules
from cityhall.engines.tables.report import RepairKind
from cityhall.engines.tables.rules import Kind

from .conftest import kinds_of, kinds_of_repairs, rows_of


def problems(reading):
    return [one.kind.value for one in reading.report.problems]


class TestText:
    @pytest.mark.parametrize(
        ("encoding", "told"),
        [("utf-8", set()), ("utf-8-sig", {"encoding"}), ("cp950", {"encoding"}), ("utf-16", {"encoding"}),
         ("utf-16-le", {"encoding"}), ("utf-16-be", {"encoding"})],
    )  # fmt: skip
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_is_read_in_every_encoding_and_line_end(self, reading, encoding, told, end):
        found = reading(end.join(["行政區,戶數", "中壢區,12", "桃園區,7", ""]).encode(encoding))

        assert rows_of(found) == [("中壢區", 12), ("桃園區", 7)]
        assert kinds_of_repairs(found) - {"line_ends"} == told
        assert ("line_ends" in kinds_of_repairs(found)) == (end == "\r")

    def test_says_when_the_declared_encoding_is_another_one(self, reading):
        found = reading("名稱,數\n中,1\n", encoding="Big5")

        assert RepairKind.ENCODING_DIFFERS in [one.kind for one in found.report.repairs]

    def test_keeps_characters_that_offices_made_for_themselves(self, reading):
        found = reading("姓名,數\n".encode("cp950") + b"\xfa\x40\xa4\xa4,1\n")

        assert rows_of(found) == [("\ue000中", 1)]
        assert found.report.of(RepairKind.OWN_CHARACTERS)[0].count == 1

    def test_that_is_neither_encoding_is_refused_with_its_line(self, reading):
        found = reading("名,數\n中,1\n".encode() + b"\xff\xff,2\n")

        assert problems(found) == ["encoding"]
        assert found.report.problems[0].line == 3

    @pytest.mark.parametrize("sign", ["\t", ";", "|"])
    def test_finds_what_parts_the_cells(self, reading, sign):
        assert rows_of(reading(f"a{sign}b\nx,y{sign}1\n")) == [("x,y", 1)]

    def test_with_line_ends_in_cells_tells_the_right_lines(self, reading):
        found = reading('說明,日期\n"一\n二\n三",106/1/1\n"四",106/1/2\n')

        assert rows_of(found) == [("一\n二\n三", date(2017, 1, 1)), ("四", date(2017, 1, 2))]
        assert [one.line for one in found.report.of(RepairKind.ROC)[0].examples] == [2, 5]

    def test_with_short_rows_and_empty_cells_too_many_is_put_right(self, reading):
        found = reading("a,b,c\n1,2\n3,4,5,,\n")

        assert rows_of(found) == [(1, 2, None), (3, 4, 5)]
        assert found.report.of(RepairKind.SHORT_ROWS)[0].count == 2

    def test_with_more_cells_than_headings_is_refused_with_its_line(self, reading):
        found = reading("a,b\n1,2\n3,4,5\n")

        assert [(one.kind.value, one.line) for one in found.report.problems] == [("structure", 3)]

    def test_with_an_open_quote_is_refused(self, reading):
        assert problems(reading('a,b\n"x,1\n2,3\n')) == ["structure"]

    def test_without_rows_has_columns(self, reading):
        found = reading("a,b\n")

        assert (found.rows, [one.name for one in found.columns], problems(found)) == (0, ["a", "b"], [])

    @pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00\x01\x02\x03" * 50])
    def test_that_is_none_is_refused(self, reading, content):
        assert problems(reading(content)) in (["file"], ["encoding"])

    def test_of_more_columns_than_a_table_has_is_refused(self, reading):
        assert problems(reading(",".join(f"c{n}" for n in range(301)) + "\n")) == ["structure"]

    def test_leaves_out_rows_without_anything(self, reading):
        found = reading("a,b\n1,2\n,\n,\n3,4\n")

        assert rows_of(found) == [(1, 2), (3, 4)]
        assert found.report.of(RepairKind.EMPTY_ROWS)[0].count == 2

    def test_replaces_control_characters_and_says_so(self, reading):
        found = reading("名,數\na\x07b,1\n")

        assert rows_of(found) == [("a b", 1)]
        assert "control" in kinds_of_repairs(found)


class TestColumns:
    def test_are_repaired_and_every_repair_is_told(self, reading):
        found = reading(
            '日期,金額,戶數,代碼,備註\n106/12/01,"1,234",１２,007,-\n106/12/02,"12,345.5",-,010,N/A\n2017/12/3,7, 9 ,100,x\n'
        )

        assert kinds_of(found) == {"日期": "date", "金額": "number", "戶數": "integer", "代碼": "text", "備註": "text"}
        assert rows_of(found)[0] == (date(2017, 12, 1), 1234.0, 12, "007", "-")
        assert rows_of(found)[1] == (date(2017, 12, 2), 12345.5, None, "010", "N/A")
        assert {"roc", "form", "thousands", "width", "space", "empty"} <= kinds_of_repairs(found)
        roc = found.report.of(RepairKind.ROC, "日期")[0]
        assert (roc.count, roc.examples[0].line, roc.examples[0].before, roc.examples[0].after) == (
            2,
            2,
            "106/12/01",
            "2017-12-01",
        )

    def test_with_one_cell_that_does_not_fit_stay_text_and_lose_nothing(self, reading):
        cells = [str(n) for n in range(1, 200)]
        cells[150] = "約150"

        found = reading("戶數,名\n" + "".join(f"{cell},a\n" for cell in cells))

        assert [row[0] for row in rows_of(found)] == cells
        mixed = found.report.of(RepairKind.MIXED)[0]
        assert (mixed.count, mixed.examples[0].line, mixed.examples[0].before) == (1, 152, "約150")

    def test_are_checked_on_all_rows_not_only_on_the_sample(self, reading, monkeypatch):
        monkeypatch.setattr("cityhall.engines.tables.reading.SAMPLE", 10)

        found = reading("數,名\n" + "1,a\n" * 50 + "1.5,a\n")
        late = reading("數,名\n" + "1,a\n" * 50 + "x,a\n")

        assert kinds_of(found)["數"] == "number"
        assert kinds_of(late)["數"] == "text"

    def test_with_zeros_before_digits_are_codes(self, reading):
        found = reading("號,名\n" + "12,a\n" * 40 + "007,a\n")

        assert kinds_of(found)["號"] == "text"
        assert rows_of(found)[-1] == ("007", "a")
        assert found.report.of(RepairKind.CODES)[0].count == 1

    def test_of_a_declared_kind_stop_the_file_where_they_do_not_fit(self, reading):
        found = reading("戶數,名\n1,a\nx,b\n", kinds={"戶數": Kind.INTEGER})

        assert [(one.kind.value, one.line, one.column) for one in found.report.problems] == [("value", 3, "戶數")]
        assert "x" in found.report.problems[0].sentence

    def test_that_are_declared_must_be_there(self, reading):
        assert problems(reading("a,b\n1,2\n", kinds={"戶數": Kind.INTEGER})) == ["header"]

    def test_keep_months_as_months(self, reading):
        found = reading("INFO_TIME,P\n106Y06M,1\n106Y07M,2\n")

        assert rows_of(found) == [("2017-06", 1), ("2017-07", 2)]

    def test_of_different_precision_stay_as_they_are(self, reading):
        found = reading("期間,數\n106年12月,1\n106/12/01,2\n")

        assert rows_of(found) == [("106年12月", 1), ("106/12/01", 2)]

    def test_have_declared_empty_marks_in_text_too(self, reading):
        assert rows_of(reading("名,數\n無,1\na,2\n", empty=frozenset({"無"}))) == [(None, 1), ("a", 2)]

    def test_are_told_in_both_languages(self, reading):
        data = reading("日期,名\n106/12/01,a\n").report.as_data()

        assert {"zh-hant", "en"} == set(data["repairs"][0]["sentence"])
        assert data["repairs"][0]["examples"] == [[2, "106/12/01", "2017-12-01"]]
        with translation.override("en"):
            assert "「" not in reading("日期,名\n106/12/01,a\n").report.repairs[0].sentence

    def test_without_dash_are_days_under_a_heading_of_days(self, reading):
        assert kinds_of(reading("日期,號\n1061201,1061201\n1061202,1061299\n")) == {"日期": "date", "號": "integer"}


class TestPairs:
    def test_are_longitude_and_latitude(self, reading):
        assert reading("Lat,Lon\n24.9,121.2\n25.0,121.3\n").pair == ("Lon", "Lat")

    def test_that_are_swapped_are_turned_and_told(self, reading):
        found = reading("名,Lat,Lon\na,24.9,121.2\nb,121.3,25.0\n")

        assert rows_of(found) == [("a", 24.9, 121.2), ("b", 25.0, 121.3)]
        assert found.report.of(RepairKind.SWAPPED)[0].count == 1
        assert found.report.of(RepairKind.SWAPPED)[0].examples[0].line == 3

    def test_outside_the_city_are_counted(self, reading):
        box = rules.Box(120.98, 24.58, 121.49, 25.13)

        found = reading("名,Lat,Lon\na,24.9,121.2\nb,22.6,120.3\n", box=box)

        assert found.report.of(RepairKind.OUTSIDE)[0].count == 1

    def test_in_metres_without_a_system_are_no_places(self, reading):
        found = reading("名,TWD97X,TWD97Y\na,263650.69,2755868.65\n")

        assert (found.geometry, found.pair) == (None, None)
        assert "no_crs" in kinds_of_repairs(found)

    def test_in_metres_of_a_declared_system_become_points(self, stored):
        table = stored("名,TWD97X,TWD97Y\na,263650.69,2755868.65\n", crs=3826)

        assert table.bounds == pytest.approx((121.1351378, 24.9104767, 121.1351378, 24.9104767), abs=1e-6)


def zipped(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return content.getvalue()


class TestSheets:
    @pytest.mark.parametrize("write", [sheets.write_xlsx, sheets.write_ods])
    def test_of_a_workbook_are_read(self, reading, write):
        found = reading(write(["名", "數", "日"], [["甲", 1, date(2017, 3, 20)], ["乙", 2, date(2017, 3, 21)]]).read())

        assert kinds_of(found)["數"] == "integer"
        assert [row[:2] for row in rows_of(found)] == [("甲", 1), ("乙", 2)]

    def test_with_a_formula_that_nobody_calculated_are_refused(self, reading):
        book, file = openpyxl.Workbook(), io.BytesIO()
        book.active.append(["名", "數"])
        book.active.append(["甲", "=1+1"])
        book.save(file)

        found = reading(file.getvalue())

        assert [(one.kind.value, one.line) for one in found.report.problems] == [("formula", 2)]

    def test_that_are_broken_are_refused(self, reading):
        assert reading(b"PK\x03\x04broken").stopped
        assert reading(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100).stopped


class TestDocuments:
    def test_of_json_are_flattened(self, reading):
        found = reading(json.dumps([{"a": {"b": 1, "c": [1, 2]}, "d": True}, {"d": False, "e": None, "f": 1.5}]))

        assert [one.name for one in found.columns] == ["a.b", "a.c", "d", "e", "f"]
        assert rows_of(found) == [(1, "[1, 2]", True, None, None), (None, None, False, None, 1.5)]
        assert "nested" in kinds_of_repairs(found)

    def test_of_json_find_their_list(self, reading):
        content = json.dumps({"success": True, "result": {"total": 2, "records": [{"a": 1}, {"a": 2}]}})

        assert rows_of(reading(content)) == [(1,), (2,)]
        assert rows_of(reading(content, path="result.records")) == [(1,), (2,)]

    @pytest.mark.parametrize(
        "content", ['{"a": 1}', "[1, 2]", '[{"a": NaN}]', '[{"a": 1, "a": 2}]', '[{"a": 1]', "[" * 100_000, "[]"]
    )
    def test_of_json_that_is_none_are_refused(self, reading, content):
        assert reading(content).stopped

    def test_of_xml_are_the_element_that_repeats(self, reading):
        found = reading(
            '<?xml version="1.0" encoding="UTF-8"?><data><info>x</info><row id="1"><名>甲</名><數>1</數></row>'
            '<row id="2"><名>乙</名><數>2</數></row></data>'
        )

        assert rows_of(found) == [(1, "甲", 1), (2, "乙", 2)]

    def test_of_xml_with_entities_are_refused(self, reading):
        bomb = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a><b><c>&y;</c></b><b><c>1</c></b></a>'

        assert problems(reading(bomb)) == ["file"]

    def test_of_xml_that_is_too_deep_are_refused(self, reading):
        assert reading("<a>" * 100 + "</a>" * 100).stopped


def collection(*geometries, crs="", **properties):
    features = [
        {"type": "Feature", "properties": {"名": f"p{n}", **properties}, "geometry": geometry}
        for n, geometry in enumerate(geometries)
    ]
    more = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    return json.dumps({"type": "FeatureCollection", "features": features, **more})


SQUARE = {
    "type": "Polygon",
    "coordinates": [[[121.1, 24.9], [121.2, 24.9], [121.2, 25.0], [121.1, 25.0], [121.1, 24.9]]],
}
BOW = {"type": "Polygon", "coordinates": [[[121.1, 24.9], [121.2, 25.0], [121.2, 24.9], [121.1, 25.0], [121.1, 24.9]]]}


def point(x, y):
    return {"type": "Point", "coordinates": [x, y]}


class TestShapes:
    def test_of_geojson_are_kept_in_degrees(self, stored):
        table = stored(collection(SQUARE, point(121.3, 24.8)))

        assert (table.geometry, table.bounds) == ("geometry", (121.1, 24.8, 121.3, 25.0))

    def test_in_twd97_are_moved(self, stored):
        table = stored(collection(point(263650.6911, 2755868.6531), crs="urn:ogc:def:crs:EPSG::3826"))

        assert table.bounds[:2] == pytest.approx((121.1351378, 24.9104767), abs=1e-6)

    def test_in_twd67_are_moved_by_the_difference_of_the_datums(self, stored):
        new = stored(collection(point(263650.0, 2755868.0), crs="EPSG:3826")).bounds
        old = stored(collection(point(263650.0, 2755868.0), crs="EPSG:3828")).bounds

        metres = ((new[0] - old[0]) * 101_000, (new[1] - old[1]) * 110_800)
        assert 700 < (metres[0] ** 2 + metres[1] ** 2) ** 0.5 < 950

    def test_in_mercator_are_moved(self, stored):
        table = stored(collection(point(13_484_903.0, 2_865_000.0), crs="EPSG:3857"))

        assert 121.13 < table.bounds[0] < 121.14

    def test_in_metres_without_a_system_are_refused(self, reading):
        assert problems(reading(collection(point(263650.0, 2755868.0)))) == ["crs"]

    def test_of_an_unknown_system_are_refused(self, reading):
        assert problems(reading(collection(point(1.0, 2.0), crs="EPSG:2326"))) == ["crs"]

    def test_whose_system_contradicts_the_declared_one_are_refused(self, reading):
        assert problems(reading(collection(point(263650.0, 2755868.0), crs="EPSG:3826"), crs=3828)) == ["crs"]

    def test_that_are_swapped_are_turned_and_told(self, stored, reading):
        found = reading(collection(point(24.9, 121.2), point(121.3, 25.0)))

        assert found.report.of(RepairKind.SWAPPED)[0].count == 1

    def test_that_cross_themselves_are_mended_and_told(self, reading):
        found = reading(collection(BOW))

        assert found.report.of(RepairKind.GEOMETRY)[0].count == 1
        assert shapely.from_wkb(rows_of(found)[0][-1]).is_valid

    @pytest.mark.parametrize(
        "geometry",
        [
            {"type": "Polygon", "coordinates": [[[0, 0], [90, 0], [90, 45], [0, 45], [0, 0]]]},
            {"type": "Polygon", "coordinates": [[[121, 25], [121, 25], [121, 25], [121, 25]]]},
            {"type": "Point", "coordinates": ["x", 1]}, {"type": "Star", "coordinates": []}, {"type": "Point"},
        ],
    )  # fmt: skip
    def test_that_cannot_be_are_refused_with_their_number(self, reading, geometry):
        found = reading(collection(SQUARE, geometry))

        assert problems(found) == ["geometry"]
        assert found.report.problems[0].line == 2

    def test_that_are_missing_stay_missing(self, stored):
        assert stored(collection(None, SQUARE)).rows == 2

    def test_with_heights_lose_them_and_say_so(self, reading):
        assert "heights" in kinds_of_repairs(reading(collection({"type": "Point", "coordinates": [121.2, 24.9, 100]})))

    def test_of_kml_are_read_and_bombs_refused(self, reading):
        kml = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>甲</name><Point><coordinates>121.2,24.9</coordinates></Point></Placemark></Document></kml>'

        found = reading(kml)

        assert (found.format, found.rows, found.geometry) == ("KML", 1, "geometry")
        assert reading(zipped(doc__kml=kml)).rows == 1
        assert reading(kml.replace("<kml ", '<!DOCTYPE a [<!ENTITY x "y">]><kml ')).stopped
        assert reading(kml.replace("<Placemark>", "<NetworkLink/><Placemark>")).stopped


@pytest.fixture
def shapefile(tmp_path):
    """A zipped Shapefile with a cut Chinese heading, in TWD97."""

    def make(*, without=(), encoding="utf-8", crs="EPSG:3826"):
        folder = tmp_path / f"shp-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        table = pa.table({
            "使用分": ["住宅區", "農業區"], "AREA": [1.5, 2.5],
            "geometry": shapely.to_wkb([shapely.box(263000, 2755000, 263100, 2755100), shapely.box(264000, 2755000, 264100, 2755100)]),
        })  # fmt: skip
        pyogrio.write_arrow(
            table, folder / "zone.shp", driver="ESRI Shapefile", geometry_name="geometry", geometry_type="Polygon",
            crs=crs, encoding=encoding,
        )  # fmt: skip
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for path in sorted(folder.iterdir()):
                if path.suffix not in without:
                    archive.write(path, f"資料/{path.name}")
        return content.getvalue()

    return make


class TestShapefiles:
    def test_are_read_by_their_description_and_encoding(self, stored, shapefile):
        table = stored(shapefile(), aliases={"使用分": "使用分區"})

        assert [one.name for one in table.columns] == ["使用分區", "AREA", "geometry"]
        assert table.bounds[0] == pytest.approx(121.128, abs=0.01)
        assert table.crs == 3826

    def test_of_big5_are_found_without_their_cpg(self, reading, shapefile):
        found = reading(shapefile(encoding="CP950", without={".cpg"}))

        assert rows_of(found)[0][0] == "住宅區"

    def test_without_a_system_are_refused(self, reading, shapefile):
        assert problems(reading(shapefile(without={".prj"}))) == ["crs"]

    def test_without_a_system_are_read_by_a_declared_one(self, reading, shapefile):
        assert reading(shapefile(without={".prj"}), crs=3826).rows == 2

    def test_without_their_table_are_refused(self, reading, shapefile):
        assert problems(reading(shapefile(without={".dbf"}))) == ["archive"]


class TestArchives:
    def test_that_unfold_to_too_much_are_refused(self, reading):
        assert problems(reading(zipped(a__shp=b"\0" * 50_000_000))) == ["archive"]

    def test_of_nothing_known_are_refused(self, reading):
        assert problems(reading(zipped(a__txt=b"x"))) == ["archive"]


class TestParquet:
    def test_keeps_what_its_columns_are(self, tmp_path, reading):
        path = tmp_path / "t.parquet"
        pq.write_table(pa.table({
            "code": ["1", "2"], "n": pa.array([1, None], pa.int32()), "x": [1.5, float("nan")], "d": [date(2017, 1, 1), None],
            "t": pa.array([datetime(2017, 1, 1, 8), None], pa.timestamp("ms")), "l": [[1], None], "b": [True, False],
        }), path)  # fmt: skip

        found = reading(path)

        assert list(kinds_of(found).values()) == ["text", "integer", "number", "date", "time", "text", "boolean"]
        assert rows_of(found)[0] == ("1", 1, 1.5, date(2017, 1, 1), datetime(2017, 1, 1, 8), "[1]", True)
        assert rows_of(found)[1][2] is None
        assert "not_finite" in kinds_of_repairs(found)

    def test_that_is_cut_is_refused(self, reading):
        assert reading(b"PAR1" + b"\0" * 40).stopped


TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff"), min_size=1, max_size=12
).filter(lambda text: text.strip() == text and not rules.read_value(Kind.NUMBER, text))


class TestRoundTrip:
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.tuples(TEXT, st.integers(0, 99)), min_size=1, max_size=20), st.sampled_from(["\n", "\r\n"]))
    def test_of_text_gives_what_went_in(self, reading, rows, end):
        content = "".join(f'"{text.replace(chr(34), chr(34) * 2)}",{n}{end}' for text, n in [("名稱欄", "數"), *rows])

        found = reading(content.encode())

        assert not found.stopped
        assert [row[1] for row in rows_of(found)] == [n for _text, n in rows]
        if found.columns[0].kind is Kind.TEXT:
            assert [row[0] for row in rows_of(found)] == [text for text, _n in rows]


class TestRealFiles:
    def test_of_hotspots_have_the_point_outside_the_city(self, reading, opendata):
        found = reading(
            opendata("itaiwan_wifi_hotspots_taoyuan_20170221.csv"), box=rules.Box(121.0, 24.58, 121.49, 25.13)
        )

        assert (found.rows, found.pair) == (653, ("Lon", "Lat"))
        assert found.report.of(RepairKind.OUTSIDE)[0].count >= 1

    def test_of_the_statistics_have_roc_months(self, reading, opendata):
        found = reading(opendata("min_statistical_area_population_106Y06M.csv"))

        assert (found.rows, kinds_of(found)["INFO_TIME"]) == (12_797, "month")

    def test_of_zones_are_moved_from_twd97(self, reading, opendata):
        found = reading(opendata("landuse_zoning_H0305_yangmei_interchange.json"), aliases={"使用分": "使用分區"})

        assert (found.rows, found.crs) == (33, 3826)
        assert "使用分區" in kinds_of(found)

    def test_of_the_dataset_list_lose_nothing(self, reading, opendata):
        found = reading(opendata("taoyuan_portal_dataset_list_2018-07.csv"))

        assert (found.rows, len(found.columns), found.stopped) == (1_444, 28, False)

    def test_of_villages_are_geoparquet(self, stored, opendata):
        assert stored(opendata("taoyuan_villages.parquet", "geo")).rows == 504
