from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.tables.rules import (
    Kind,
    Mark,
    crs_of,
    degrees_pair,
    likely_kind,
    metres_pair,
    name_columns,
    read_value,
)


class TestValues:
    @pytest.mark.parametrize(
        ("kind", "text", "found", "marks"),
        [
            (Kind.INTEGER, "12", "12", set()),
            (Kind.INTEGER, "1,234,567", "1234567", {Mark.THOUSANDS}),
            (Kind.INTEGER, "１２３", "123", {Mark.WIDTH}),
            (Kind.INTEGER, " 5 ", "5", {Mark.SPACE}),
            (Kind.NUMBER, "-1,234.50", "-1234.50", {Mark.THOUSANDS}),
            (Kind.NUMBER, ".5", "0.5", {Mark.FORM}),
            (Kind.NUMBER, "34708.41749810001", "34708.41749810001", set()),
            (Kind.NUMBER, "1E-7", "1e-07", {Mark.FORM}),
            (Kind.DATE, "2017-12-01", "2017-12-01", set()),
            (Kind.DATE, "106/12/01", "2017-12-01", {Mark.ROC}),
            (Kind.DATE, "民國106年12月1日", "2017-12-01", {Mark.ROC}),
            (Kind.DATE, "１０６年１２月１日", "2017-12-01", {Mark.ROC, Mark.WIDTH}),
            (Kind.DATE, "2017/3/5", "2017-03-05", {Mark.FORM}),
            (Kind.MONTH, "106年12月", "2017-12", {Mark.ROC}),
            (Kind.MONTH, "106Y06M", "2017-06", {Mark.ROC}),
            (Kind.MONTH, "2017-06", "2017-06", set()),
            (Kind.TIME, "2017-03-20 17:30", "2017-03-20 17:30:00", set()),
            (Kind.TIME, "106/3/20 17:30:05", "2017-03-20 17:30:05", {Mark.ROC}),
            (Kind.TIME, "2017/3/20 下午 05:30:05", "2017-03-20 17:30:05", {Mark.FORM}),
            (Kind.TIME, "2017-03-20T09:30:00Z", "2017-03-20 17:30:00", {Mark.ZONE}),
            (Kind.BOOLEAN, "TRUE", "true", {Mark.FORM}),
            (Kind.NUMBER, "N/A", None, {Mark.EMPTY}),
            (Kind.NUMBER, "－", None, {Mark.EMPTY}),
        ],
    )
    def test_are_read_in_every_writing(self, kind, text, found, marks):
        value = read_value(kind, text)

        assert (value.text, value.marks) == (found, marks)

    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            (Kind.INTEGER, "007"), (Kind.INTEGER, "1,23"), (Kind.INTEGER, "-0"), (Kind.INTEGER, "1.5"),
            (Kind.INTEGER, "12345678901234567890"), (Kind.NUMBER, "12E5"), (Kind.NUMBER, "0123.5"),
            (Kind.NUMBER, "1.2345678901234567890123"), (Kind.DATE, "106/13/01"), (Kind.DATE, "106/02/30"),
            (Kind.DATE, "1061201"), (Kind.DATE, "0/1/1"), (Kind.DATE, "12/01/2017"), (Kind.DATE, "17/3/20"), (Kind.MONTH, "121.2"), (Kind.MONTH, "104-12"), (Kind.MONTH, "106/13"),
            (Kind.MONTH, "10612"), (Kind.TIME, "2017-03-20"), (Kind.TIME, "2017-03-20 25:00"),
            (Kind.TIME, "2017/3/20 下午 13:00"), (Kind.BOOLEAN, "是"),
        ],
    )  # fmt: skip
    def test_that_could_be_lost_or_misread_are_not_read(self, kind, text):
        assert read_value(kind, text) is None

    def test_are_compact_days_only_under_a_heading_of_days(self):
        assert read_value(Kind.DATE, "1061201", hint="核定日期").text == "2017-12-01"
        assert read_value(Kind.DATE, "20171201", hint="date").text == "2017-12-01"
        assert read_value(Kind.MONTH, "10612", hint="統計年月").text == "2017-12"
        assert read_value(Kind.MONTH, "106/06", hint="年月").text == "2017-06"
        assert read_value(Kind.DATE, "1061201", hint="戶數") is None

    @given(st.integers(-(10**18) + 1, 10**18 - 1))
    def test_of_whole_numbers_come_back(self, number):
        assert read_value(Kind.INTEGER, str(number)).text == str(number)
        assert int(read_value(Kind.INTEGER, f"{number:,}").text) == number

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
    def test_of_numbers_come_back(self, number):
        found = read_value(Kind.NUMBER, format(number, "f"))

        assert found is None or Decimal(repr(float(found.text))) == number

    @given(st.sampled_from(list(Kind)), st.text(max_size=30), st.text(max_size=5))
    def test_of_any_text_raise_nothing(self, kind, text, hint):
        if kind is not Kind.GEOMETRY:
            read_value(kind, text, hint=hint)

    @given(st.dates(min_value=date(1961, 1, 1), max_value=date(2110, 12, 31)))
    def test_of_roc_days_are_the_same_days(self, day):
        assert read_value(Kind.DATE, f"{day.year - 1911}/{day.month}/{day.day}").text == day.isoformat()


class TestKinds:
    @pytest.mark.parametrize(
        ("cells", "hint", "kind"),
        [
            (["1", "2"], "戶數", Kind.INTEGER), (["1", "2.5"], "", Kind.NUMBER), (["68000010", "68000020"], "TOWNCODE", Kind.TEXT),
            (["0912345678"], "電話", Kind.TEXT), (["01", "02"], "", Kind.TEXT), (["106/1/1", "-"], "", Kind.DATE),
            (["106年1月"], "", Kind.MONTH), (["true", "false"], "", Kind.BOOLEAN), (["-", ""], "", Kind.TEXT),
            ([*["1"] * 99, "x"], "", Kind.INTEGER), (["a", "1"], "", Kind.TEXT),
        ],
    )  # fmt: skip
    def test_are_what_nearly_all_cells_are(self, cells, hint, kind):
        assert likely_kind(cells, hint=hint) is kind


class TestNames:
    def test_are_never_empty_twice_or_reserved(self):
        found = [one.name for one in name_columns(["名稱", "", "名稱", "_id", "Name", "name", "a\nb"])]

        assert found == ["名稱", "column_2", "名稱_2", "id_", "Name", "name_2", "a b"]

    def test_that_were_cut_are_mapped_back(self):
        assert name_columns(["使用分"], {"使用分": "使用分區"})[0].name == "使用分區"

    @given(st.lists(st.text(max_size=20), max_size=30))
    def test_of_any_headings_are_different(self, headers):
        names = [one.name.casefold() for one in name_columns(headers)]

        assert len(set(names)) == len(names)
        assert all(names)


class TestPlaces:
    @pytest.mark.parametrize("names", [["Lat", "Lon"], ["緯度", "經度"], ["latitude", "longitude"], ["lat", "lng"]])
    def test_are_found_by_their_names(self, names):
        assert degrees_pair(["a", *names]) == (names[1], names[0])

    def test_in_metres_are_others(self):
        assert metres_pair(["TWD97X", "TWD97Y"]) == ("TWD97X", "TWD97Y")
        assert degrees_pair(["TWD97X", "TWD97Y"]) is None

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("urn:ogc:def:crs:EPSG::3826", 3826), ("EPSG:3828", 3828), ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
            ("http://www.opengis.net/def/crs/EPSG/0/3826", 3826), ("EPSG:2326", None), ("", None),
            ('PROJCS["TWD_1997_TM_Taiwan",GEOGCS["GCS_TWD_1997",DATUM["D_TWD_1997"]],PARAMETER["Central_Meridian",121.0]]', 3826),
            ('PROJCS["TWD_1967_TM_Taiwan",GEOGCS["GCS_TWD_1967"],PARAMETER["Central_Meridian",121.0]]', 3828),
            ('PROJCS["TWD_1997_TM_Penghu",GEOGCS["GCS_TWD_1997"],PARAMETER["Central_Meridian",119.0]]', None),
            ('GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]', 4326), ('GEOGCS["GCS_TWD_1997",DATUM["D_TWD_1997"]]', 3824),
            ('PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",GEOGCS["GCS_WGS_1984"]]', 3857),
        ],
    )  # fmt: skip
    def test_have_the_system_that_the_file_names(self, text, number):
        assert crs_of(text) == number
