"""What a filter means, and how it is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.layers import cql, selecting
from cityhall.engines.layers.crs import system
from cityhall.engines.layers.refusals import CannotAsk

from . import little


def found(text: str, **more) -> str:
    layer = little.held()
    places = selecting.matching(layer, selecting.Asked(filter=cql.parse(text, layer.source, **more)))
    return "".join(layer.ids[place] for place in places)


class TestFilter:
    @pytest.mark.parametrize(
        ("text", "ids"),
        [
            ("people = 200", "a"),
            ("people <> 200", "bce"),
            ("people < 200.5", "ae"),
            ("people >= 300", "bc"),
            ("people between 100 and 300", "ace"),
            ("people not between 100 and 300", "b"),
            ("people in (100, 500)", "be"),
            ("people not in (100, 500)", "ac"),
            ("people in (100.0, 7)", "e"),
            ("people is null", "d"),
            ("NOT people IS NULL", "abce"),
            ("people is not null and not people = 100", "abc"),
            ("share > 1", "bc"),
            ("name like '中%'", "ce"),
            ("name like '_昌里'", "a"),
            ("\"name\" = '中平里'", "e"),
            ("name = 'it''s'", ""),
            ("name < '普'", "ace"),
            ("open = true", "ce"),
            ("open <> TRUE", "ab"),
            ("id in ('a','b')", "ab"),
            ("name like '中%' or people = 500 and open = true", "ce"),
            ("(name like '中%' or people = 500) and open = false", "b"),
            ("not (people = 100 or name = '文昌里')", "bc"),
            ("day = '2016-06-30'", "a"),
            ("day >= DATE('2016-12-31')", "bc"),
            ("t_after(day, DATE('2016-06-30'))", "bc"),
            ("t_before(day, DATE('2016-06-30'))", "e"),
            ("t_during(day, INTERVAL('2016-01-01', '2016-12-31'))", "a"),
            ("t_during(day, INTERVAL('2016-01-01', '..'))", "abc"),
            ("t_intersects(day, INTERVAL('2016-01-01', '2016-12-31'))", "ace"),
            ("t_equals(day, DATE('2016-12-31'))", "c"),
            ("seen_at > TIMESTAMP('2016-02-01T08:00:00Z')", "cd"),
            ("seen_at = TIMESTAMP('2016-02-01T16:00:00+08:00')", "a"),
            ("s_intersects(geometry, bbox(121.21,24.96,121.22,24.97))", "e"),
            ("S_INTERSECTS(geometry, POLYGON((121.21 24.96, 121.26 24.96, 121.26 24.97, 121.21 24.97, 121.21 24.96)))", "ae"),
            ("s_within(geometry, BBOX(121.19,24.94,121.26,25.01))", "e"),
            ("s_contains(geometry, POINT(121.27 24.97))", "a"),
            ("s_disjoint(geometry, BBOX(121.19,24.94,121.26,25.01))", "bc"),
            ("not s_intersects(geometry, BBOX(121.19,24.94,121.26,25.01))", "bc"),
        ],
    )  # fmt: skip
    def test_means_what_it_says_and_nothing_of_what_has_no_value(self, text, ids):
        assert found(text) == ids

    def test_has_shapes_in_the_system_that_is_named(self):
        assert found("s_contains(geometry, POINT(24.97 121.27))", system=system("EPSG:4326")) == "a"

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "第1個字「結尾」：這裡應該是欄位名稱"),
            ("height > 3", "第1個字「height > 3」：這個圖層沒有這個欄位"),
            ("people > 'x'", "第10個字「'x'」：這裡應該是數字"),
            ("name = 3", "文字，用單引號括起來"),
            ("people", "這裡應該是比較"),
            ("people = 3 people = 4", "這裡應該結束"),
            ("(people = 3", r"這裡應該是 \)"),
            ("people = 3; drop table x", "第11個字「; drop table x」：看不懂"),
            ("people like '3%'", "LIKE 只能用在文字欄位"),
            ("name = 'open", "看不懂"),
            ("day = '2016-13-01'", "不是欄位 day 的值"),
            ("day = DATE(2016)", "這個欄位不是日期"),
            ("people = 1e999", "不是欄位 people 的值"),
            ("open = 1", "TRUE 或 FALSE"),
            ("t_after(people, DATE('2016-01-01'))", "這個欄位不是日期"),
            ("s_intersects(name, BBOX(1,2,3,4))", "空間條件的第一項是 geometry"),
            ("s_intersects(geometry, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))", "自己交叉"),
            ("s_intersects(geometry, POLYGON((0 0, 1 1)))", "WKT"),
            ("s_intersects(geometry, POLYGON((0 0, 1 1)", "括號沒有收好"),
            ("s_intersects(geometry, CIRCLE(1,2))", "這裡應該是 BBOX"),
            ("s_intersects(geometry, BBOX(1,2,3))", "bbox 要有4個數字"),
            ("s_intersects(geometry, POINT(500 24))", "座標超出"),
            ("not " * 30 + "people = 1", "太多層"),
            (" or ".join(["people = 1"] * 300), "條件太多"),
            (f"people in ({','.join('1' * 2000)})", "IN 最多"),
            ("people = 1 " + " " * 30_000, "太長"),
            (f"s_intersects(geometry, LINESTRING({','.join(['1 1'] * 5100)}))", "最多"),
        ],
    )  # fmt: skip
    def test_is_refused_with_its_place(self, text, why):
        with pytest.raises(CannotAsk, match=why):
            found(text)

    @given(st.text(alphabet="people='中%()<>andornt_ ,.1BOX\"\\", max_size=60))
    def test_is_answered_or_refused_whatever_is_written(self, text):
        try:
            found(text)
        except CannotAsk:
            pass
