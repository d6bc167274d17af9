"""Charts that readers put together: what is counted, what is said beside it, and what is refused."""

import csv
import io
import json
import re

import pytest
from django.test import Client

from cityhall.domains.open_data import charting, services
from cityhall.domains.open_data.models import Dataset
from cityhall.engines.tables.querying import Measure
from cityhall.web.plots import Kind

from .city import NINE, make_city, published

DISTRICTS = ["中壢區", "桃園區", "大溪區"]
ROWS = "行政區,類別,金額,日期,啟用,a.b[c] 'x' \"y\" ${1}</script>\n" + "".join(
    f"{DISTRICTS[n % 3]},{'噪音' if n % 2 else '路燈'},{n * 10},106/{n % 12 + 1}/{n % 28 + 1},{'true' if n % 4 else 'false'},{n}\n"
    for n in range(1, 121)
)
ROWS += ",空白,5,,true,1\n"
HOSTILE = "a.b[c] 'x' \"y\" ${1}</script>"
pytestmark = pytest.mark.django_db


def asked(page, **given):
    return Client().get(page, given)


@pytest.fixture
def page(db):
    one = published(make_city().transport, file=ROWS.encode())
    return f"/data/{one.name}/{one.resources.get().reference}/chart/"


def numbers(page, **given):
    """The lines of a chart's CSV."""
    answer = asked(page.replace("chart/", "chart.csv"), **given)
    assert answer.status_code == 200, answer.content.decode()
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def spec_of(answer):
    found = re.search(
        r'<script id="ch-plot-spec" type="application/json">(.*?)</script>', answer.content.decode(), re.DOTALL
    )
    return json.loads(found.group(1))


class TestWhatIsCounted:
    def test_names_with_the_most_first(self, page):
        assert numbers(page, kind="bars", axis="類別", how="sum", of="金額") == [
            ["類別", "「金額」的合計"], ["路燈", "36600"], ["噪音", "36000"], ["空白", "5"],
        ]  # fmt: skip
        assert [row[0] for row in numbers(page, kind="bars", axis="類別", how="count", order="name")[1:]] == [
            "噪音",
            "空白",
            "路燈",
        ]
        assert numbers(page, kind="bars", axis="行政區", how="min", of="金額", order="least", most="1") == [
            ["行政區", "「金額」的最小值"], ["（空白）", "5"],
        ]  # fmt: skip

    def test_days_by_year_month_and_day(self, page):
        assert numbers(page, kind="line", axis="日期", by="year", how="count")[1:] == [["2017-01-01", "120"]]
        months = numbers(page, kind="line", axis="日期", by="month", how="count")[1:]
        assert months[0] == ["2017-01-01", "10"]
        assert len(months) == 12
        assert len(numbers(page, kind="line", axis="日期", by="day", how="avg", of="金額")) == 85
        text = asked(page, kind="line", axis="日期", by="month", how="count").content.decode()
        assert "有1列的「日期」是空白，沒有畫出來。" in text
        assert "106/1" in text

    def test_numbers_by_stretches_with_nothing_left_out(self, page):
        rows = numbers(page, kind="bars", axis="金額", how="count", **{"to.金額": "1200"})

        assert sum(int(row[1]) for row in rows[1:]) == 121
        assert rows[1] == ["0", "10"]

    def test_shares_of_everything_and_of_each_bar(self, page):
        rows = numbers(page, kind="share", axis="類別", how="count", most="2")
        assert rows[0] == ["類別", "筆數", "占比"]
        assert [row[2] for row in rows[1:]] == ["49.5868", "49.5868"]
        rows = numbers(page, kind="share", axis="行政區", how="count", colour="啟用")
        for name in DISTRICTS:
            assert sum(float(row[3]) for row in rows if row[0] == name) == pytest.approx(100)

    def test_colours_add_up_to_what_they_divide(self, page):
        whole = dict(numbers(page, kind="bars", axis="行政區", how="sum", of="金額")[1:])
        rows = numbers(page, kind="bars", axis="行政區", how="sum", of="金額", colour=HOSTILE)

        for name, value in whole.items():
            assert sum(float(row[2]) for row in rows[1:] if row[0] == name) == float(value)
        assert {row[1] for row in rows} >= {"其他"}
        assert (
            "合為「其他」"
            in asked(page, kind="bars", axis="行政區", how="sum", of="金額", colour=HOSTILE).content.decode()
        )

    def test_areas_have_every_colour_at_every_place(self, page):
        rows = numbers(page, kind="area", axis="日期", by="day", how="count", colour="行政區")[1:]
        assert len(rows) == 84 * 4
        assert sum(int(row[2]) for row in rows) == 120

    def test_only_the_rows_of_the_conditions(self, page):
        given = {
            "kind": "bars",
            "axis": "行政區",
            "how": "count",
            "is.類別": "路燈",
            "from.日期": "106/2/1",
            "q": "中壢",
        }
        assert numbers(page, **given)[1:] == [["中壢區", "10"]]
        text = asked(page, **given).content.decode()
        for words in ("類別是「路燈」", "日期從「106/2/1」起", "任何欄位含有「中壢」", 'name="is.類別"'):
            assert words in text

    def test_of_no_rows_there_is_nothing_to_draw(self, page):
        for kind in Kind:
            for axis in ("行政區", "金額", "日期"):
                given = {"kind": kind, "axis": axis, "how": "count", "q": "查無此物"}
                answer = asked(page, **given)
                assert (answer.status_code, "沒有可以畫的資料。" in answer.content.decode()) == (200, True)
                assert asked(page.replace("chart/", "chart.json"), **given).json()["data"] == {"values": []}
                assert len(numbers(page, **given)) == 1

    @pytest.mark.parametrize("kind", list(Kind))
    @pytest.mark.parametrize("axis", ["行政區", "金額", "日期", "啟用", HOSTILE])
    def test_every_kind_along_every_column(self, page, kind, axis):
        colour = "類別"
        for more in ({}, {"colour": colour}):
            answer = asked(page, kind=kind, axis=axis, how="sum", of="金額", **more)
            assert answer.status_code == 200
            assert spec_of(answer)["data"]["values"]


class TestThePage:
    def test_begins_with_a_chart_and_says_what_is_seen(self, page):
        answer = asked(page)
        text = answer.content.decode()

        assert "各月的「金額」的合計（依「日期」）" in text
        assert re.search(r'role="img" aria-label="[^"]*折線圖，共12個值。最多是', text)
        assert 'class="chart"' in text  # the server's drawing, for those without script
        assert "看成表格" in text
        assert "Content-Security-Policy" in answer.headers
        assert "unsafe" not in answer["Content-Security-Policy"]

    def test_keeps_hostile_names_out_of_what_is_carried_out(self, page):
        answer = asked(page, kind="bars", axis=HOSTILE, how="count", colour="類別")
        text = answer.content.decode()

        assert "</script>，" not in text
        assert text.count("${1}</script>") == 0
        fields = re.findall(r'"field": "([^"]*)"', json.dumps(spec_of(answer)))
        assert set(fields) <= {"place", "value", "said", "colour", "share"}

    @pytest.mark.parametrize("wrong", [
        {"axis": "沒有"}, {"axis": "'; DROP TABLE x --"}, {"axis": "行政區", "how": "sum"}, {"axis": "行政區", "how": "sum", "of": "類別"},
        {"axis": "行政區", "how": "median"}, {"axis": "行政區", "kind": "pie"}, {"axis": "行政區", "most": "0"}, {"axis": "行政區", "most": "9" * 30},
        {"axis": "行政區", "colour": "行政區"}, {"axis": "行政區", "colour": "x"}, {"axis": "日期", "by": "hour"},
        {"axis": "行政區", "kind": "share", "how": "avg", "of": "金額"}, {"axis": "行政區", "kind": "area", "how": "max", "of": "金額", "colour": "類別"},
        {"axis": "行政區", "to.金額": "多"}, {"axis": "a\x00b"},
    ])  # fmt: skip
    def test_says_what_is_wrong_and_keeps_what_was_chosen(self, page, wrong):
        given = {"kind": "bars", "how": "count"} | wrong
        answer = asked(page, **given)

        assert answer.status_code == 400
        assert "govuk-error-summary" in answer.content.decode()
        assert asked(page.replace("chart/", "chart.csv"), **given).status_code == 400
        assert asked(page.replace("chart/", "chart/embedded/"), **given).status_code == 400

    def test_is_embedded_by_any_site_and_nothing_else_is(self, page):
        inside = asked(f"{page}embedded/", axis="行政區", kind="bars", how="count")

        assert "frame-ancestors *" in inside["Content-Security-Policy"]
        assert "X-Frame-Options" not in inside
        assert "frame-ancestors 'none'" in asked(page)["Content-Security-Policy"]
        assert (
            "&lt;iframe src=&quot;http://testserver/data/"
            in asked(page, axis="行政區", kind="bars", how="count").content.decode()
        )

    def test_is_had_as_vega_lite(self, page):
        answer = asked(page.replace("chart/", "chart.json"), axis="行政區", kind="bars", how="count")
        spec = answer.json()

        assert spec["$schema"].endswith("vega-lite/v6.json")
        assert len(spec["data"]["values"]) == 4
        assert asked(page.replace("chart/", "chart.exe")).status_code == 404

    def test_is_in_english_with_gregorian_months(self, page):
        text = asked(f"/en{page}").content.decode()
        assert "2017-01" in text
        assert "by month" in text

    def test_of_what_has_no_table_is_none(self, db):
        one = published(make_city().transport)
        link = services.add_resource(one, name="介接", kind="LINK", url="https://data.example/x", by=None, at=NINE)
        assert Client().get(f"/data/{one.name}/{link.reference}/chart/").status_code == 404

    def test_asks_the_database_few_questions(self, page, django_assert_max_num_queries):
        asked(page)
        with django_assert_max_num_queries(15):
            asked(page, axis="行政區", kind="bars", how="count", colour="類別")


class TestMany:
    @pytest.fixture
    def many(self, db):
        """A hundred thousand names, one number beyond all others."""
        rows = "名稱,值\n" + "".join(f"第{n}項,{n}\n" for n in range(100_000)) + "大,1e300\n"
        one = published(make_city().transport, file=rows.encode())
        return f"/data/{one.name}/{one.resources.get().reference}/chart/"

    def test_names_are_drawn_by_the_first_and_the_rest_is_said(self, many):
        answer = asked(many, axis="名稱", kind="bars", how="count", most="100")

        assert "還有99,901項沒有畫出來。" in answer.content.decode()
        assert len(spec_of(answer)["data"]["values"]) == 100
        assert len(answer.content) < 100_000
        assert asked(many, axis="名稱", kind="bars", how="count", colour="值").status_code == 200

    def test_numbers_without_measure_are_refused_or_drawn(self, many):
        for kind in Kind:
            answer = asked(many, axis="值", kind=kind, how="sum", of="值")
            assert answer.status_code in (200, 400)
            assert len(answer.content) < 500_000


def test_the_first_chart_of_a_table_can_be_asked_for(db):
    one = published(make_city().transport)
    assert Dataset.objects.count() == 1
    assert Client().get(f"/data/{one.name}/{one.resources.get().reference}/chart/").status_code == 200
    assert charting.Wanted(Kind.BARS, "a", how=Measure.COUNT).aggregate.name == "count"
