"""Layers and results that are too large for the live map come as tiles, by the same rights."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from django.test import Client as Browser
from django.utils import timezone

from cityhall.domains.spatial import analyses, drawing, open_layers, queries
from cityhall.domains.spatial.models import Analysis
from cityhall.domains.spatial.states import Tool
from cityhall.domains.spatial.tests import publisher
from cityhall.domains.spatial.tests.city import NINE, WHO, City, clean, make_city, signed_in
from cityhall.domains.spatial.tests.test_open_layers import GIVEN, STOPS
from cityhall.domains.spatial.tests.test_workbench import overlays
from cityhall.engines.layers import registry
from cityhall.engines.layers.registry import UnknownLayer
from cityhall.engines.outbox import services as outbox
from cityhall.engines.tables import published

AT_STOP = "11/1713/877"


@pytest.fixture
def city(db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(drawing, "MOST_LIVE", 1)
    monkeypatch.setattr(published, "_shelves", [publisher.shelf])
    publisher.shelf.tables.clear()
    yield make_city()
    clean()


def stops(city: City, **more: Any) -> None:
    one = publisher.publish("stops", STOPS, agency=city.works)
    open_layers.make_layer("bus-stops", one, agency=city.works, **GIVEN | more, **WHO)


def page(browser: Browser, path: str) -> str:
    return browser.get(path).content.decode()


class TestLayers:
    def test_a_large_one_is_drawn_at_once_and_live_when_its_tiles_are_made(self, city: City) -> None:
        stops(city)
        here = "/map/?go=1&layer=bus-stops"

        first = page(Browser(), here)
        assert overlays(first) == []
        assert "正在製作圖磚" in first
        outbox.drain(timezone.now())
        then = page(Browser(), here)

        (said,) = overlays(then)
        assert "正在製作圖磚" not in then
        assert said["tiles"] == ["bus-stops", 7, 14]
        address = said["url"].replace("{z}/{x}/{y}", AT_STOP)
        answer = Browser().get(address, headers={"Accept-Encoding": "gzip"})
        tile = mapbox_vector_tile.decode(gzip.decompress(answer.content))
        assert {one["properties"]["站名"] for one in tile["bus-stops"]["features"]} <= {"府前站", "文昌站"}

    def test_rights_hold_on_tiles(self, city: City) -> None:
        stops(city, rights="GOVERNMENT", licence="INTERNAL")
        officer = signed_in(city.officer)
        page(officer, "/map/?go=1&layer=bus-stops")
        outbox.drain(timezone.now())
        address = f"/ogc/collections/bus-stops/tiles/{AT_STOP}.mvt"

        assert Browser().get(address).status_code == 404
        assert officer.get(address).status_code == 200

    def test_a_small_one_is_fetched_whole(self, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(drawing, "MOST_LIVE", 10_000)
        stops(city)

        (said,) = overlays(page(Browser(), "/map/?go=1&layer=bus-stops"))

        assert said["tiles"] is None
        assert "items" in said["url"]


class TestResults:
    def made(self, city: City) -> Analysis:
        one = analyses.ask(Tool.COUNT, "數量", {"level": "VILLAGE", "layer": "little"}, **WHO)
        analyses.carry_out(one, at=NINE)
        one.refresh_from_db()
        return one

    def test_come_as_tiles_to_whoever_may_see_them(self, city: City) -> None:
        one, officer = self.made(city), signed_in(city.officer)
        here, tile = f"/map/results/{one.number}/", f"/map/results/{one.number}/tiles/{AT_STOP}.mvt"

        assert officer.get(tile).status_code == 503
        assert overlays(page(officer, here)) == []
        outbox.drain(timezone.now())
        (said,) = overlays(page(officer, here))

        assert said["url"].replace("{z}/{x}/{y}", AT_STOP) == tile
        features = mapbox_vector_tile.decode(gzip.decompress(officer.get(tile).content))[said["tiles"][0]]["features"]
        assert {one["properties"]["code"] for one in features} <= {"v1", "v2"}
        assert Browser().get(tile).status_code == 404
        assert officer.get(f"/map/results/{one.number}/tiles/3/1/1.mvt").status_code == 204
        assert officer.get(f"/map/results/{one.number}/tiles/3/9/1.mvt").status_code == 404

    def test_the_worker_finds_a_result_and_a_layer_by_their_codes_and_nothing_else(self, city: City) -> None:
        one = self.made(city)
        stops(city)

        assert registry.source(f"result.{one.number}").version() == one.digest
        assert registry.source("bus-stops").version() == publisher.shelf.tables["stops"].table
        for code in ("result.SA999-0001", "nothing"):
            assert queries.undeclared(code) is None
            with pytest.raises(UnknownLayer):
                registry.source(code)
