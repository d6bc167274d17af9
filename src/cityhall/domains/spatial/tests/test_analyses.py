"""Analyses: each tool from its form to its page, rights, what is hidden, what is refused, the result that never changes."""

from __future__ import annotations

import io
import json
import math
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from cityhall.domains.spatial import analyses, rules, statistics
from cityhall.domains.spatial.measuring import Data, result_held
from cityhall.domains.spatial.models import Analysis, AnalysisInput, Layer
from cityhall.domains.spatial.states import AnalysisState, Tool
from cityhall.domains.spatial.tests.city import NINE, TODAY, City, clean, listed, make_city, signed_in
from cityhall.engines.audit.models import Entry
from cityhall.engines.layers import registry
from cityhall.engines.layers.tests import little
from cityhall.engines.outbox.services import drain
from cityhall.engines.places import geodesy

HERE = "/desk/spatial/analyses/"
POINTS = [(121.26, 24.96), (121.27, 24.96), (121.32, 24.98), (121.33, 24.98), (121.34, 24.98)]


def dots(code: str, points: list[tuple[float, float]]) -> None:
    """A layer of points by name."""
    import pyarrow as pa

    columns = (registry.Column("name", "string", "名稱"), registry.Column("day", "date", "日期"))
    rows = [
        {
            "id": str(n),
            "name": f"點{n}",
            "day": TODAY - timedelta(days=n),
            "geometry": shapely.to_wkb(shapely.Point(at)),
        }
        for n, at in enumerate(points)
    ]
    source = registry.Source(
        code, code, columns, lambda: "1", lambda: pa.Table.from_pylist(rows, schema=source.schema()), time="day"
    )
    registry.declare(source)


@pytest.fixture
def city(db: None) -> Any:
    made = make_city()
    registry.declare(little.source("little", time="day"))
    dots("stops", POINTS)
    dots("cases", POINTS[:3])
    listed("stops", made.works)
    listed("cases", made.works, rights="GOVERNMENT")
    statistics.furnish(TODAY)
    rows = [("people", code, "2026-10", number) for code, number in (("v1", 1000.0), ("v2", 500.0))]
    statistics.import_numbers(statistics.sheet_of(rows), level="VILLAGE", source="示範", by=None, at=NINE)
    yield made
    clean()
    for code in ("stops", "cases"):
        registry.sources.pop(code, None)


def made(city: City, tool: str, **asked: Any) -> Analysis:
    """An analysis that was asked for and carried out."""
    one = analyses.ask(Tool(tool), f"分析{tool}", {"level": "VILLAGE", **asked}, by=city.officer.account, at=NINE)
    analyses.carry_out(one, at=NINE)
    one.refresh_from_db()
    return one


def cells(one: Analysis) -> list[dict[str, Any]]:
    assert one.state == AnalysisState.DONE, one.refusal
    return result_held(one).table.to_pylist()


class TestTools:
    def test_overlay_gives_the_area_of_each_class_in_each_village(self, city: City) -> None:
        rows = cells(made(city, "OVERLAY", classes="little:name"))

        assert {row["class"] for row in rows} <= set(filter(None, little.NAMES))
        assert {row["code"] for row in rows} == {"v1", "v2"}
        assert all(0 <= row["share"] <= 100.001 for row in rows)
        # v2 is 121.30 to 121.35: the square of that stretch is its whole
        assert max(row["share"] for row in rows if row["code"] == "v2") == pytest.approx(100, abs=0.01)

    def test_count_tells_a_public_layer_wholly(self, city: City) -> None:
        one = made(city, "COUNT", layer="stops")

        assert {row["code"]: row["count"] for row in cells(one)} == {"v1": 2, "v2": 3}
        assert one.rights == "PUBLIC"
        assert all(row["density"] > 0 for row in cells(one))

    def test_count_hides_few_of_what_not_everybody_may_see(self, city: City) -> None:
        by_village = cells(made(city, "COUNT", layer="cases"))
        by_district = cells(made(city, "COUNT", layer="cases", level="DISTRICT"))

        assert [row["count"] for row in (*by_village, *by_district)] == [None] * 4
        assert [row["density"] for row in by_village] == [None, None]

    def test_rate_is_by_thousand_people(self, city: City) -> None:
        rows = cells(made(city, "RATE", measure="count:stops", people="stat:people:2026-10"))

        assert {row["code"]: row["per_thousand"] for row in rows} == {"v1": 2, "v2": 6}

    def test_nearest_names_the_other_and_counts_what_is_near(self, city: City) -> None:
        rows = cells(made(city, "NEAREST", layer="stops", other="cases", radius=1500))

        assert [row["nearest"] for row in rows][:3] == ["點0", "點1", "點2"]
        assert rows[0]["metres"] == 0
        assert rows[0]["within"] is None  # one or two of a layer that is not public

    def test_coverage_estimates_people_by_area(self, city: City) -> None:
        row = {
            one["code"]: one
            for one in cells(made(city, "COVERAGE", layer="stops", radius=1000, people="stat:people:2026-10"))
        }

        # two circles of one kilometre that overlap, cut at the south and west edges of v1
        assert 10 < row["v1"]["share"] < 60
        assert row["v1"]["covered"] == pytest.approx(row["v1"]["share"] * 10, abs=1)

    def test_choropleth_takes_a_column_a_statistic_and_a_table(self, city: City) -> None:
        assert [row["value"] for row in cells(made(city, "CHOROPLETH", measure="stat:people:"))] == [1000, 500]
        table = made(city, "CHOROPLETH", measure="table:", table={"v1": 4.5, "x": 1})
        assert [row["value"] for row in cells(table)] == [4.5, None]
        assert table.rights == "GOVERNMENT"
        result = made(city, "CHOROPLETH", measure=f"result:{table.number}:value")
        assert [row["value"] for row in cells(result)] == [4.5, None]
        assert result.rights == "GOVERNMENT"

    def test_change_compares_two_spans_of_days(self, city: City) -> None:
        span = {"before_from": str(TODAY - timedelta(days=9)), "before_to": str(TODAY - timedelta(days=3))}
        one = made(city, "CHANGE", before="count:stops", after="count:stops", **span)

        assert {row["code"]: (row["before"], row["after"], row["difference"]) for row in cells(one)} == {
            "v1": (0, 2, 2), "v2": (2, 3, 1),
        }  # fmt: skip

    def test_site_ranks_by_weighted_criteria(self, city: City) -> None:
        criteria = [
            {"measure": "count:stops", "weight": 3, "more": True}, {"measure": "stat:people:", "weight": 1, "more": True},
            {"measure": "near:stops", "weight": 1, "more": False},
        ]  # fmt: skip
        rows = {row["code"]: row for row in cells(made(city, "SITE", criteria=criteria))}

        assert (rows["v1"]["value_1"], rows["v2"]["value_1"]) == (2, 3)
        assert (rows["v1"]["points_2"], rows["v2"]["points_2"]) == (100, 0)
        assert {row["rank"] for row in rows.values()} == {1, 2}

    @pytest.mark.parametrize(
        ("tool", "asked", "why"),
        [
            ("OVERLAY", {"classes": "stops:name"}, "這種圖資不是面"),
            ("COUNT", {"layer": "secret"}, "沒有這種圖資"),
            ("COUNT", {"layer": "nothing"}, "沒有這種圖資"),
            ("HOT_SPOTS", {"measure": "count:stops"}, "至少要8個"),
            ("CHOROPLETH", {"measure": "stat:beds:"}, "沒有村里的資料"),
            ("CHOROPLETH", {"measure": "column:little:people"}, "對不上"),
            ("CHOROPLETH", {"measure": "column:villages:name"}, "沒有這個數字欄位"),
            ("CHOROPLETH", {"measure": "drop table"}, "看不懂這個指標"),
            ("CHOROPLETH", {"measure": "result:SA1-1:value"}, "沒有這個分析"),
            ("CHOROPLETH", {"measure": "table:", "table": {"x": 1}}, "對不上"),
            ("COVERAGE", {"layer": "stops", "radius": 99_999_999}, "半徑要在"),
            ("CHANGE", {"before": "count:villages", "after": "count:stops", "before_from": "2026-01-01"}, "沒有日期"),
        ],
    )  # fmt: skip
    def test_says_why_there_is_no_answer(self, city: City, tool: str, asked: dict[str, Any], why: str) -> None:
        one = made(city, tool, **asked)

        assert one.state == AnalysisState.REFUSED
        assert why in one.refusal
        assert not AnalysisInput.objects.filter(analysis=one).exists()


class TestResult:
    def test_remembers_what_it_was_made_of_and_how(self, city: City) -> None:
        one = made(city, "RATE", measure="count:cases", people="stat:people:2026-10")

        inputs = {each.title: each for each in one.inputs.all()}
        assert inputs["圖資cases"].layer == Layer.objects.get(code="cases")
        assert inputs["圖資cases"].version == "1"
        assert inputs["人口數（2026-10）"].release is not None
        assert "行政區與村里界" in inputs
        assert one.rights == "GOVERNMENT"
        assert "乘以1,000" in one.method
        assert "1,000" in one.method_en
        assert Entry.objects.filter(event="spatial.analysis_done").count() == 1

    def test_is_computed_once(self, city: City) -> None:
        one = made(city, "COUNT", layer="stops")
        first = (one.digest, one.inputs.count())

        analyses.carry_out(one, at=NINE + timedelta(days=1))
        one.refresh_from_db()

        assert (one.digest, one.inputs.count()) == first

    def test_stays_when_the_layer_changes_and_is_another_when_asked_again(self, city: City) -> None:
        one = made(city, "COUNT", layer="stops")
        dots("stops", POINTS[:1])
        registry.sources["stops"] = registry.Source(**{**vars(registry.sources["stops"]), "version": lambda: "2"})

        again = analyses.ask_again(one, by=city.officer.account, at=NINE)
        analyses.carry_out(again, at=NINE)
        again.refresh_from_db()

        assert [row["count"] for row in cells(one)] == [2, 3]
        assert [row["count"] for row in cells(again)] == [1, 0]
        assert (one.number, again.number) == ("SA115-0001", "SA115-0002")

    def test_is_whole_or_not_at_all(self, city: City) -> None:
        one = made(city, "COUNT", layer="stops")

        with pytest.raises(IntegrityError), transaction.atomic():
            Analysis.objects.filter(pk=one.pk).update(digest="")

    def test_strictest_rights_of_all_inputs(self) -> None:
        assert rules.strictest([]) == "PUBLIC"
        assert rules.strictest(["PUBLIC", "GOVERNMENT"]) == "GOVERNMENT"
        assert rules.strictest(["NAMED", "PUBLIC", "GOVERNMENT"]) == "NAMED"

    def test_areas_are_those_on_the_ground(self, city: City) -> None:
        ring = np.array([(121.30, 24.95), (121.35, 24.95), (121.35, 25.0), (121.30, 25.0)])
        east, north = geodesy.to_plane(ring[:, 0], ring[:, 1])

        area = shapely.Polygon(list(zip(east, north, strict=True))).area

        assert Data(TODAY).villages.square_kilometres[1] == pytest.approx(area / 1e6, rel=1e-6)
        assert not math.isnan(area)


FILLED = {
    "OVERLAY": {"classes": "little:name"},
    "COUNT": {"layer": "stops"},
    "RATE": {"measure": "count:stops", "people": "stat:people:2026-10"},
    "NEAREST": {"layer": "stops", "other": "cases", "radius": "500"},
    "COVERAGE": {"layer": "stops", "radius": "500"},
    "CHOROPLETH": {"measure": "stat:people:2026-10"},
    "CHANGE": {"before": "count:stops", "after": "stat:people:2026-10", "before_from_0": "", "before_to": ""},
    "SITE": {"measure_1": "count:stops", "weight_1": "10", "way_1": "more"},
    "HOT_SPOTS": {"measure": "count:stops"},
}


class TestPages:
    @pytest.mark.parametrize("tool", Tool.values)
    def test_a_form_becomes_a_result(self, city: City, tool: str) -> None:
        browser = signed_in(city.officer)
        assert browser.get(f"{HERE}new/{tool}/").status_code == 200
        assert browser.post(f"{HERE}new/{tool}/", {}).status_code == 422

        answer = browser.post(f"{HERE}new/{tool}/", {"title": "一個分析", "level": "VILLAGE", **FILLED[tool]})
        assert answer.status_code == 302, answer.content.decode()[-3000:]
        assert "正在計算" in browser.get(answer["Location"]).content.decode()
        drain(timezone.now() + timedelta(hours=1))

        page = browser.get(answer["Location"]).content.decode()
        assert "一個分析" in page
        assert ("至少要8個" if tool == "HOT_SPOTS" else "data-cite") in page

    def test_the_result_is_seen_by_its_rights(self, city: City) -> None:
        public, inside = made(city, "COUNT", layer="stops"), made(city, "COUNT", layer="cases")

        for one, anybody in ((public, 200), (inside, 404)):
            for path in ("", "features", "download.csv", "download.geojson", "download.parquet"):
                address = f"/map/results/{one.number}/{path}"
                assert Browser().get(address).status_code == anybody
                assert signed_in(city.officer).get(address).status_code == 200
        assert Browser().get("/map/results/SA1-1/").status_code == 404
        assert signed_in(city.officer).get(f"/map/results/{public.number}/download.exe").status_code == 404

    def test_downloads_hold_the_same_rows(self, city: City) -> None:
        one = made(city, "COUNT", layer="stops")
        address = f"/map/results/{one.number}/"

        found = json.loads(Browser().get(f"{address}download.geojson").content)
        sheet = b"".join(Browser().get(f"{address}download.csv").streaming_content).decode("utf-8-sig")
        assert [feature["properties"]["count"] for feature in found["features"]] == [2, 3]
        assert [line.split(",")[3] for line in sheet.strip().splitlines()[1:]] == ["2", "3"]
        for kind in ("ods", "xlsx", "parquet"):
            answer = Browser().get(f"{address}download.{kind}")
            assert answer.status_code == 200
        page = Browser().get(f"{address}?by=density&how=EQUAL&q=中平").content.decode()
        assert "文昌里" not in page.split("<table")[-1]

    def test_a_table_is_read_and_a_wrong_one_told(self, city: City) -> None:
        def send(text: str) -> HttpResponse:
            file = io.BytesIO(text.encode())
            file.name = "table.csv"
            given = {"title": "我的表", "level": "VILLAGE", "measure": "table:", "upload": file}
            return signed_in(city.officer).post(f"{HERE}new/CHOROPLETH/", given)

        assert send("代碼,數字\nv1,5\nv2,6\n").status_code == 302
        assert Analysis.objects.get().asked["table"] == {"v1": 5, "v2": 6}
        for text, why in (
            ("v1,5\nv1,6\n", "出現兩次"),
            ("代碼,數字\n", "沒有代碼與數字"),
            ("v1,5\nv2,=1+1\n", "看不懂"),
        ):
            assert why in send(text).content.decode()
        assert (
            signed_in(city.officer)
            .post(f"{HERE}new/CHOROPLETH/", {"title": "無", "level": "VILLAGE", "measure": "table:"})
            .status_code
            == 422
        )

    def test_the_list_filters_and_exports(self, city: City) -> None:
        one = made(city, "COUNT", layer="stops")
        browser = signed_in(city.officer)

        assert one.number in browser.get(f"{HERE}?mine=1&tool=COUNT").content.decode()
        assert one.number not in browser.get(f"{HERE}?tool=SITE").content.decode()
        assert one.number in b"".join(browser.get(f"{HERE}export.csv").streaming_content).decode()
        assert Browser().get(HERE).status_code == 302
        again = browser.post(f"{HERE}{one.number}/again/")
        assert again["Location"] == "/map/results/SA115-0002/"
        assert browser.get(f"{HERE}new/NOTHING/").status_code == 404

    def test_a_double_click_asks_once(self, city: City) -> None:
        browser = signed_in(city.officer)
        page = browser.get(f"{HERE}new/COUNT/").content.decode()
        key = page.split('name="idempotency_key" value="')[1].split('"')[0]
        given = {"title": "一次", "level": "VILLAGE", "layer": "stops", "idempotency_key": key}

        first, second = (browser.post(f"{HERE}new/COUNT/", given) for _n in range(2))

        assert first["Location"] == second["Location"]
        assert Analysis.objects.count() == 1
