"""Points, addresses and lists to village, district and what layers say there."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as Browser

from cityhall.domains.spatial import points, services
from cityhall.domains.spatial.tests.city import WHO, City, clean, client, key, make_city, signed_in
from cityhall.engines.layers import registry
from cityhall.engines.layers.tests import little


@pytest.fixture
def city(db: None) -> Iterator[City]:
    made = make_city()
    registry.declare(little.source("little", time="day"))
    yield made
    clean()


def ask(body: Any, **headers: str) -> tuple[int, Any]:
    sent = body if isinstance(body, str) else json.dumps(body)
    answer = Browser().post("/ogc/points", sent, content_type="application/json", headers=headers)
    return answer.status_code, json.loads(answer.content)


class TestDoor:
    def test_says_village_district_and_attributes(self, city: City) -> None:
        status, said = ask(
            {"points": [{"lon": 121.27, "lat": 24.96}, {"lon": 121.32, "lat": 24.98}], "layers": ["villages"]}
        )

        assert status == 200
        assert [one["village_code"] for one in said["answers"]] == ["v1", "v2"]
        assert said["answers"][0]["district"] == "桃園區"
        assert {"layer": "圖資villages", "column": "名稱", "value": "中平里"} in said["answers"][0]["attributes"]

    def test_finds_an_address(self, city: City) -> None:
        _status, said = ask({"points": [{"address": "桃園區中山路100號"}, {"address": "火星路1號"}]})

        assert said["answers"][0]["village_code"] == "v1"
        assert said["answers"][1]["problem"] == "找不到這個地址。"

    @pytest.mark.parametrize(
        ("point", "why"),
        [
            ({"lon": 24.96, "lat": 121.27}, "經度和緯度好像寫反了。"),
            ({"lon": 0, "lat": 0}, "不在本市範圍內。"),
            ({"lon": 121.4, "lat": 24.96}, "不在本市範圍內。"),
            ({"address": ""}, "沒有座標，也沒有地址。"),
        ],
    )
    def test_says_what_is_wrong_with_a_point(self, city: City, point: dict[str, Any], why: str) -> None:
        assert ask({"points": [point]})[1]["answers"][0]["problem"] == why

    @pytest.mark.parametrize(
        "body",
        [
            "", "x", "[]", "{}", {"points": []}, {"points": [{"lon": "a", "lat": 1}]}, {"points": [{"lon": True, "lat": 1}]},
            {"points": [{}]}, {"points": "x"}, {"points": [{"lon": 1, "lat": 1}] * 1001}, {"points": [1]},
            {"points": [{"lon": 1, "lat": 1}], "layers": "villages"}, {"points": [{"lon": 1, "lat": 1}], "layers": ["x"] * 6},
        ],
    )  # fmt: skip
    def test_refuses_what_is_no_question(self, city: City, body: Any) -> None:
        assert ask(body)[0] == 400

    def test_keeps_to_the_rights_of_layers(self, city: City) -> None:
        asked = {"points": [{"lon": 121.22, "lat": 24.96}], "layers": ["secret"]}
        one, plain = client(city.works)

        assert ask(asked)[0] == 404
        assert ask(asked, **key(plain))[0] == 404
        services.grant(one, city.named, purpose="評估", **WHO)
        assert ask(asked, **key(plain))[0] == 200
        assert ask(asked, Authorization="Bearer nothing")[0] == 401

    def test_is_asked_by_post_only(self, city: City) -> None:
        answer = Browser().get("/ogc/points")

        assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")


class TestPage:
    def test_answers_one_place(self, city: City) -> None:
        page = (
            signed_in(city.officer)
            .post("/map/points/", {"place": "121.27, 24.96", "layers": ["little"]})
            .content.decode()
        )

        assert "桃園區中平里" in page
        assert "圖資little：名稱" in page
        assert "圖資little" not in Browser().get("/map/points/").content.decode()
        assert Browser().post("/map/points/", {}).status_code == 422

    def test_gives_a_list_back_with_more_columns(self, city: City) -> None:
        sheet = io.BytesIO("名稱,經度,緯度\n甲,121.27,24.96\n乙,121.32,24.98\n丙,abc,1\n=1+1,24.9,121.3\n".encode())
        sheet.name = "list.csv"

        answer = Browser().post("/map/points/", {"upload": sheet})
        lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()

        assert lines[0].startswith("名稱,經度,緯度,經度,緯度,村里代碼,村里")
        assert ",v1,中平里,68000010,桃園區," in lines[1]
        assert "座標不是地球上的位置" in lines[3]
        assert not lines[4].startswith("=")

    def test_a_list_without_places_is_refused(self, city: City) -> None:
        sheet = io.BytesIO("甲,乙\n1,2\n".encode())
        sheet.name = "list.csv"

        assert "找不到經度與緯度" in Browser().post("/map/points/", {"upload": sheet}).content.decode()

    def test_a_hundred_thousand_points_at_once(self, city: City) -> None:
        asked = [points.Asked(121.25 + (n % 1000) / 10_000, 24.95 + (n // 1000) / 2_000) for n in range(100_000)]

        found = points.answered(asked, [])

        assert {one.village_code for one in found} == {"v1", "v2", ""}
