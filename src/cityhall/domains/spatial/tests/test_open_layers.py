"""Published tables with places become layers, and their next versions the layers' next contents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client as Browser

from cityhall.domains.spatial import open_layers, queries, rules
from cityhall.domains.spatial.models import Layer
from cityhall.domains.spatial.refusals import CannotList
from cityhall.domains.spatial.tests import publisher
from cityhall.domains.spatial.tests.city import WHO, City, clean, make_city, signed_in
from cityhall.engines.audit.models import Entry
from cityhall.engines.outbox.models import Promise
from cityhall.engines.tables import published

STOPS = "站名,班次,啟用日,經度,緯度\n府前站,12,106/3/1,121.27,24.96\n文昌站,3,106/4/1,121.32,24.98\n未定站,1,,,\n"
GIVEN: dict[str, Any] = {
    "title": "公車站牌", "title_en": "Bus stops", "about": "", "theme": "TRANSPORT", "owner": None, "rights": "PUBLIC",
    "licence": "OPEN", "scale": None, "upkeep": "MONTHLY",
}  # fmt: skip


@pytest.fixture
def city(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    monkeypatch.setattr(published, "_shelves", [publisher.shelf])
    publisher.shelf.tables.clear()
    yield make_city()
    clean()


def made(city: City, text: str = STOPS, **more: Any) -> Layer:
    one = publisher.publish("stops", text, agency=city.works)
    return open_layers.make_layer("bus-stops", one, agency=city.works, **GIVEN | more, **WHO)


def renewed(layer: Layer) -> Layer:
    open_layers.renew(layer, at=WHO["at"])
    layer.refresh_from_db()
    return layer


def items(code: str = "bus-stops") -> list[dict[str, Any]]:
    answer = Browser().get(f"/ogc/collections/{code}/items?f=json")
    return [one["properties"] for one in json.loads(answer.content)["features"]] if answer.status_code == 200 else []


class TestMade:
    def test_is_shown_with_every_column_and_dated_as_its_data(self, city: City) -> None:
        layer = made(city)

        assert items()[0] == {"站名": "府前站", "班次": 12, "啟用日": "2017-03-01", "經度": 121.27, "緯度": 24.96}
        assert len(items()) == 3
        assert (layer.dated_on, layer.resource_number) == (date(2026, 10, 1), 1)
        assert queries.shown("bus-stops", queries.Reader()).source.time == "啟用日"
        assert "stops" in Entry.objects.filter(event="spatial.layer_listed").last().payload

    def test_keeps_to_the_rights_that_it_was_given(self, city: City) -> None:
        made(city, rights="GOVERNMENT", licence="INTERNAL")

        assert items() == []
        assert signed_in(city.officer).get("/ogc/collections/bus-stops/items?f=json").status_code == 200

    def test_shapes_are_taken_as_they_are_and_a_column_may_be_called_id(self, city: City) -> None:
        square = [[[121.2, 24.9], [121.3, 24.9], [121.3, 25.0], [121.2, 24.9]]]
        feature = {
            "type": "Feature",
            "properties": {"id": "甲"},
            "geometry": {"type": "Polygon", "coordinates": square},
        }
        made(city, json.dumps({"type": "FeatureCollection", "features": [feature]}))

        assert items() == [{"id_": "甲"}]

    @pytest.mark.parametrize(("text", "why"), [("行政區,數量\n桃園區,1\n", "沒有圖形"), (STOPS, "已經有圖資使用")])
    def test_refuses_what_cannot_be_one(self, city: City, text: str, why: str) -> None:
        if "已經" in why:
            made(city)

        with pytest.raises(CannotList, match=why):
            made(city, text)
        assert Layer.objects.filter(code="bus-stops").count() == ("已經" in why)

    def test_refuses_more_rows_than_a_process_should_hold(self, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(open_layers, "MOST_ROWS", 2)

        with pytest.raises(CannotList, match="筆數太多：3"):
            made(city)


class TestRenewed:
    def test_shows_the_next_version_and_says_so_in_the_trail(self, city: City) -> None:
        layer = made(city)
        publisher.publish("stops", STOPS.replace("府前站", "市府站"), agency=city.works, dated_on=date(2026, 11, 1))

        renewed(layer)

        assert items()[0]["站名"] == "市府站"
        assert (layer.resource_number, layer.dated_on) == (2, date(2026, 11, 1))
        assert Entry.objects.filter(event="spatial.layer_renewed").count() == 1
        renewed(layer)
        assert Entry.objects.filter(event="spatial.layer_renewed").count() == 1

    def test_stays_as_it_was_where_a_column_went_until_somebody_takes_the_version(self, city: City) -> None:
        layer = made(city)
        publisher.publish("stops", STOPS.replace("班次", "每日班次"), agency=city.works)
        browser = signed_in(city.commission)

        renewed(layer)
        page = browser.get("/desk/spatial/layers/bus-stops/").content.decode()

        assert items()[0]["班次"] == 12
        assert (layer.trouble, layer.trouble_about) == ("COLUMNS", "班次")
        assert "新版本少了欄位" in page
        assert "沒有換新版本" in browser.get("/desk/spatial/").content.decode()
        browser.post("/desk/spatial/layers/bus-stops/version/")
        layer.refresh_from_db()
        assert (layer.trouble, layer.resource_number) == ("", 2)
        assert items()[0]["每日班次"] == 12

    @pytest.mark.parametrize(
        ("text", "trouble"), [("站名\n府前站\n", "PLACES"), (STOPS.replace(",12,", ",十二,"), "COLUMNS")]
    )
    def test_shows_nothing_half(self, city: City, text: str, trouble: str) -> None:
        layer = made(city)
        publisher.publish("stops", text, agency=city.works)

        assert renewed(layer).trouble == trouble
        assert items()[0]["站名"] == "府前站"

    def test_is_withdrawn_when_its_data_is_not_published_any_more(self, city: City) -> None:
        layer = made(city)
        publisher.shelf.tables.clear()

        renewed(layer)

        assert layer.why == "開放資料不再提供這份資料。"
        assert items() == []
        assert renewed(layer).withdrawn_on == layer.withdrawn_on

    def test_the_worker_hears_of_it(self, city: City) -> None:
        layer = made(city)

        published.changed("stops", at=WHO["at"])
        published.changed("another", at=WHO["at"])

        assert [one.payload for one in Promise.objects.filter(kind=open_layers.KEEPS)] == [{"layer": layer.pk}]


class TestPages:
    def test_the_keeper_finds_a_table_makes_it_a_layer_and_sees_where_it_comes_from(self, city: City) -> None:
        publisher.publish("stops", STOPS, agency=city.works)
        publisher.publish("numbers", "行政區,數量\n桃園區,1\n", agency=city.works)
        browser = signed_in(city.commission)

        there = browser.get("/desk/spatial/layers/open-data/?q=").content.decode()
        assert "stops" in there
        assert "numbers" not in there
        here = "/desk/spatial/layers/open-data/stops/"
        assert 'value="stops"' in browser.get(here).content.decode()
        sent = {name: value or "" for name, value in GIVEN.items()} | {"code": "Bus-Stops", "agency": city.works.pk}
        assert browser.post(here, sent | {"code": "公車"}).status_code == 422
        assert browser.post(here, sent)["Location"] == "/desk/spatial/"
        assert "第1版" in browser.get("/desk/spatial/layers/bus-stops/").content.decode()
        assert "bus-stops" in browser.get("/desk/spatial/layers/open-data/").content.decode()

    def test_others_do_not_keep_layers(self, city: City) -> None:
        made(city)

        for path in ("open-data/", "open-data/stops/", "bus-stops/version/"):
            assert signed_in(city.officer).get(f"/desk/spatial/layers/{path}").status_code == 403
        assert signed_in(city.commission).get("/desk/spatial/layers/open-data/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("days", "said"), [(None, "IRREGULAR"), (1, "DAILY"), (7, "MONTHLY"), (92, "QUARTERLY"), (183, "YEARLY"), (999, "YEARLY")]
)  # fmt: skip
def test_upkeep_is_the_rarest_that_still_follows(days: int | None, said: str) -> None:
    assert rules.upkeep(days) == said
