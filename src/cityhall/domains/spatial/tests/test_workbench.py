"""The map workbench: layers by rights, what the address says, the rows beside the map, the PDF."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pypdf
import pytest
from django.test import Client as Browser

from cityhall.domains.spatial import drawing
from cityhall.domains.spatial.tests.city import City, clean, make_city, signed_in
from cityhall.engines.layers import registry
from cityhall.engines.layers.tests import little


@pytest.fixture
def city(db: None) -> Iterator[City]:
    made = make_city()
    registry.declare(little.source("little", time="day"))
    yield made
    clean()


def overlays(page: str) -> list[dict[str, Any]]:
    found = re.search(r'<script id="spatial-overlays" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    said: list[dict[str, Any]] = json.loads(found[1])
    return said


class TestWorkbench:
    def test_shows_what_may_be_seen_and_nothing_else(self, city: City) -> None:
        anybody = Browser().get("/map/?go=1&layer=villages&layer=little&layer=secret").content.decode()
        officer = signed_in(city.officer).get("/map/?go=1&layer=villages&layer=little&layer=secret").content.decode()

        assert [one["id"] for one in overlays(anybody)] == ["villages"]
        assert [one["id"] for one in overlays(officer)] == ["villages", "little"]
        assert "圖資little" not in anybody
        assert "圖資secret" not in officer

    def test_the_address_says_it_all(self, city: City) -> None:
        browser = signed_in(city.officer)
        page = browser.get(
            "/map/?go=1&layer=little&by.little=people&how=EQUAL&n=3&month=2016-06&table=little"
        ).content.decode()

        share = re.search(r'id="w-share" readonly value="([^"]*)"', page)
        assert share is not None
        again = browser.get(share[1].replace("&amp;", "&").replace("http://testserver", "")).content.decode()
        assert overlays(page) == overlays(again)
        assert overlays(page)[0]["filter"][-1] == "2016-06"
        rows = page.split("<tbody>")[-1]
        assert "文昌里" in rows
        assert "中原里" not in rows  # of December

    def test_rows_are_found_and_turned(self, city: City) -> None:
        page = Browser().get("/map/?go=1&layer=villages&table=villages&q=中平").content.decode()

        assert "文昌里" not in page.split("<tbody>")[-1]
        assert "沒有符合的列" in Browser().get("/map/?go=1&layer=villages&q=查無").content.decode()

    @pytest.mark.parametrize(
        "asked",
        [
            "go=1", "layer=nothing", "layer=villages&by.villages=x&how=x&n=99&month=x&table=x&page=x", "n=34", "layer=" * 50,
            "layer=villages&by=%00", "month=9999-99&layer=villages", "q=" + "長" * 500,
        ],
    )  # fmt: skip
    def test_whatever_is_asked_there_is_a_page(self, city: City, asked: str) -> None:
        assert Browser().get(f"/map/?{asked}").status_code == 200

    def test_a_layer_that_cannot_be_read_is_named(self, city: City) -> None:
        registry.declare(little.source("little", rows=little.table(id=["a"] * 5)))

        page = signed_in(city.officer).get("/map/?go=1&layer=little&layer=villages").content.decode()

        assert "目前無法讀取：圖資little" in page

    def test_prints_as_a_pdf(self, city: City) -> None:
        answer = Browser().get("/map/map.pdf?go=1&layer=villages&table=villages")

        assert answer["Content-Type"] == "application/pdf"
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
        assert "供統計使用" in text
        assert "中平里" in text

    def test_asks_a_constant_number_of_questions(self, city: City, django_assert_max_num_queries: Any) -> None:
        Browser().get("/map/")
        with django_assert_max_num_queries(12):
            Browser().get("/map/?go=1&layer=villages&table=villages")


class TestPainted:
    def test_numbers_fall_into_classes_and_the_rest_is_said(self) -> None:
        found = drawing.painted(little.held(), "people", "EQUAL", 4)

        assert [one.many for one in found.legend] == [2, 1, 0, 1, 1]
        assert found.colours.count(drawing.UNKNOWN) == 1

    def test_words_get_a_colour_each(self) -> None:
        found = drawing.painted(little.held(), "name")

        assert len({one.colour for one in found.legend}) == 5
        assert sum(one.many for one in found.legend) == 5

    def test_without_a_column_one_colour(self) -> None:
        assert set(drawing.painted(little.held()).colours) == {drawing.PLAIN}
