"""Menus, the portal's registry, dates, tags, maps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from django.utils.html import conditional_escape
from hypothesis import given
from hypothesis import strategies as st

from cityhall.web import access, dates, maps, navigation
from cityhall.web.portal import Portal
from cityhall.web.templatetags import cityhall as tags

NOW = datetime(2017, 3, 20, 6, 5, tzinfo=UTC)  # 14:05 in Taipei


def visitor(path: str = "/") -> Any:
    request = RequestFactory().get(path)
    request.user = SimpleNamespace(is_authenticated=True, pk=1)
    return request


class TestMenu:
    def test_shows_what_the_account_may_do_in_order(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(access, "_policy", lambda account, act, request: act == "a.see")
        menu = navigation.Menu()
        menu.add(20, "第二", "web:about", act="a.see", count=lambda request: 27)
        menu.add(10, "第一", "web:privacy")
        menu.add(30, "沒有", "web:accessibility", act="b.see")
        menu.add(40, "也沒有", "web:accessibility", when=lambda request: False)

        links = list(menu.links(visitor("/about/")))

        assert [link.label for link in links] == ["第一", "第二"]
        assert [link.current for link in links] == [False, True]
        assert links[1].count == 27

    def test_the_longest_prefix_is_current_in_both_languages(self) -> None:
        menu = navigation.Menu()
        menu.add(10, "首頁", "web:home")
        menu.add(20, "數字", "web:about", active_prefix="/about/")

        for code, path in (("zh-hant", "/about/deep/page/"), ("en", "/en/about/deep/page/")):
            with translation.override(code):
                assert [link.current for link in menu.links(visitor(path))] == [False, True]

    def test_the_same_entry_twice_is_one(self) -> None:
        menu = navigation.Menu()
        for _time in range(2):
            menu.add(10, "首頁", "web:home")

        assert len(menu.entries) == 1

    def test_what_is_no_daily_work_is_marked(self, rf: Any) -> None:
        menu = navigation.Menu()
        menu.add(10, "待辦", "web:home")
        menu.add(navigation.MANAGING, "參數", "web:about")

        assert [link.managing for link in menu.links(rf.get("/"))] == [False, True]


class TestPortal:
    def test_gathers_from_all_who_declared(self) -> None:
        from cityhall.web.portal import Notice, Number, Topic

        portal = Portal()
        portal.act(20, "查詢進度", "", "web:about", "find")
        portal.act(10, "反映一件事", "", "web:privacy", "speech")
        portal.act(30, "打1999", "", "tel:1999", "phone")
        portal.topics(lambda language: [Topic(f"路燈 {language}", "", "/")])
        portal.notices(lambda language: [Notice(date(2017, 3, 25), "後"), Notice(date(2017, 3, 22), "先")])
        portal.numbers(lambda language: [Number("成案", "312", "件", "/figures/")])
        portal.numbers(lambda language: [])

        assert [act.url for act in portal.acts] == ["/privacy/", "/about/", "tel:1999"]
        assert portal.all_topics("en")[0].title == "路燈 en"
        assert [notice.text for notice in portal.all_notices("en")] == ["先", "後"]
        assert [number.value for number in portal.all_numbers("en")] == ["312"]


class TestDates:
    def test_roc_in_chinese_and_gregorian_in_english(self) -> None:
        assert dates.as_datetime(NOW, weekday=True) == "106年3月20日（星期一）下午2:05"
        with translation.override("en"):
            assert dates.as_datetime(NOW, weekday=True) == "Monday 20 March 2017, 2:05 pm"

    @pytest.mark.parametrize(
        ("hours", "expected"),
        [
            (0, "今天下午2:05"),
            (19, "明天上午9:05"),
            (-24, "昨天下午2:05"),
            (96, "3月24日（星期五）下午2:05"),
        ],
    )
    def test_near_days_have_names(self, hours: int, expected: str) -> None:
        assert dates.as_near(NOW + timedelta(hours=hours), now=NOW) == expected

    @pytest.mark.parametrize(
        ("left", "words", "level"),
        [
            (timedelta(hours=-2), "逾期2小時", "late"),
            (timedelta(minutes=59), "剩59分鐘", "soon"),
            (timedelta(hours=3, minutes=25), "下午5:30", "soon"),
            (timedelta(hours=19, minutes=9), "上午9:14", "soon"),
            (timedelta(days=4), "3月24日", ""),
            (timedelta(days=300), "107年1月14日", ""),
        ],
    )
    def test_due_words_and_level(self, left: timedelta, words: str, level: str) -> None:
        assert dates.until(NOW + left, now=NOW) == (words, level)

    def test_before_the_republic_there_is_no_roc_year(self) -> None:
        assert dates.as_date(date(1895, 4, 17)) == "西元1895年4月17日"

    @given(st.dates(min_value=date(1912, 1, 1), max_value=date(2200, 1, 1)))
    def test_any_day_can_be_written(self, day: date) -> None:
        assert dates.as_date(day).startswith(f"{day.year - 1911}年")
        assert dates.as_date(day, code="en").endswith(str(day.year))


class TestTags:
    def test_time_tag_is_for_machines_too(self) -> None:
        assert tags.time_tag(date(2017, 3, 20), "weekday") == (
            '<time datetime="2017-03-20">106年3月20日（星期一）</time>'
        )
        assert 'datetime="2017-03-20T14:05+08:00"' in tags.time_tag(NOW)

    @pytest.mark.parametrize(
        ("value", "places", "expected"),
        [
            (2622, None, "2,622"),
            (-5, None, "−5"),
            ("9.10", None, "9.1"),
            (13.4, 2, "13.40"),
            (None, None, ""),
            ("甲", None, "甲"),
        ],
    )
    def test_numbers_are_grouped(self, value: Any, places: int | None, expected: str) -> None:
        assert tags.number(value, places) == expected

    def test_marked_words_are_escaped_and_never_overlap(self) -> None:
        html = tags.mark_spans(
            "<b>路燈不亮</b>", [{"start": 3, "end": 7, "weight": 0.9}, {"start": 5, "end": 9, "weight": 0.1}]
        )

        assert html == '&lt;b&gt;<mark class="w1">路燈不亮</mark><mark class="w3">&lt;/</mark>b&gt;'

    @given(st.text(max_size=30), st.lists(st.tuples(st.integers(-5, 40), st.integers(-5, 40)), max_size=6))
    def test_marking_loses_no_letter(self, text: str, spans: list[tuple[int, int]]) -> None:
        import html as unescaping
        import re

        marked = tags.mark_spans(text, [{"start": a, "end": b, "weight": 0.3} for a, b in spans])

        assert unescaping.unescape(re.sub(r"</?mark[^>]*>", "", marked)) == unescaping.unescape(
            str(conditional_escape(text))
        )

    def test_query_changes_one_part_and_keeps_the_rest(self) -> None:
        html = Template("{% load cityhall %}{% query page=2 kind='' %}").render(
            Context({"request": RequestFactory().get("/?q=路燈&kind=a&page=1")})
        )

        assert html == "?q=%E8%B7%AF%E7%87%88&amp;page=2"

    def test_page_numbers_have_gaps(self) -> None:
        assert tags.page_numbers(Paginator(range(2000), 20).page(50)) == [1, None, 49, 50, 51, None, 100]
        assert tags.page_numbers(Paginator(range(60), 20).page(1)) == [1, 2, 3]

    def test_a_component_takes_a_body(self) -> None:
        html = Template(
            '{% load cityhall %}{% component "details" summary="為什麼" %}<p>{{ why }}</p>{% endcomponent %}'
        ).render(Context({"why": "<因為>"}))

        assert "為什麼" in html
        assert "<p>&lt;因為&gt;</p>" in html


@pytest.fixture
def little_city(settings: Any, tmp_path: Any) -> None:
    import json

    square = [[121.0, 24.9], [121.2, 24.9], [121.2, 25.0], [121.0, 25.0], [121.0, 24.9]]
    area = {
        "code": "68000010",
        "name": "桃園區",
        "name_en": "Taoyuan District",
        "rings": [square],
        "label": [121.1, 24.95],
        "box": [121.0, 24.9, 121.2, 25.0],
    }
    village = {**area, "code": "68000010001", "name": "文化里", "name_en": "Wenhua Vil.", "district": "68000010"}
    (tmp_path / "geo").mkdir()
    (tmp_path / "geo" / "shapes.json").write_text(
        json.dumps({"districts": [area], "near": [area], "villages": [village]}), encoding="utf-8"
    )
    settings.BUILD_DIR = tmp_path
    maps._shapes.cache_clear()
    yield
    maps._shapes.cache_clear()


@pytest.mark.usefixtures("little_city")
class TestMaps:
    def test_a_locator_has_the_pin_where_the_place_is(self) -> None:
        svg = maps.locator(maps.Spot(121.1, 24.95, "文化里"), village="68000010001", width=200, height=100)

        root = ElementTree.fromstring(svg)
        assert root.get("aria-label") == "地圖：文化里"
        assert "translate(100.0 58.0)" in svg
        assert 'class="v on"' in svg
        assert "style=" not in svg

    def test_many_places_are_marked_by_kind_and_what_presses_is_larger(self) -> None:
        line = [(121.0, 24.9), (121.1, 24.95), (121.2, 25.0)]

        svg = maps.marked([maps.Mark([(121.1, 24.95)], "red"), maps.Mark(line, "green")], about="<地圖>")

        assert ElementTree.fromstring(svg).get("aria-label") == "<地圖>"
        assert svg.count('class="dot ') == 2
        assert svg.index("8.0") < svg.index('class="way green"')
        assert 'class="way red"' in maps.along(line, about="")

    def test_districts_are_darker_the_higher_their_value_and_say_it(self) -> None:
        code = maps.shapes()["districts"][0]["code"]

        svg = maps.shaded({code: 1200, "elsewhere": 1200}, about="<地圖>")

        root = ElementTree.fromstring(svg)
        assert root.get("aria-label") == "<地圖>"
        assert 'class="d sh4"' in svg
        assert ">1,200</text>" in svg
        assert 'class="d sh1"' in maps.shaded({code: 300, "elsewhere": 1200}, about="")
        assert 'class="d sh0"' in maps.shaded({}, about="")

    def test_names_are_escaped_and_in_the_readers_language(self) -> None:
        with translation.override("en"):
            svg = maps.choices([maps.Spot(121.05, 24.92, "<b>")])

        assert ">Taoyuan<" in svg
        assert "&lt;b&gt;" in svg

    def test_several_possible_places_are_questions_until_one_is_chosen(self) -> None:
        spots = [maps.Spot(121.05, 24.92, "桃園區"), maps.Spot(121.15, 24.97, "中壢區")]

        assert maps.choices(spots).count('class="q"') == 2
        assert maps.choices(spots, chosen=1).count('class="q"') == 1

    def test_without_shapes_there_is_no_map_and_no_error(self, settings: Any, tmp_path: Any) -> None:
        settings.BUILD_DIR = tmp_path / "nothing"

        assert maps.city_map() == ""
        assert maps.choices([maps.Spot(121, 25)]) == ""
        ElementTree.fromstring(maps.locator(maps.Spot(121, 25)))
