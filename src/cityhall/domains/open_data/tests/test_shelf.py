"""The tables of published datasets, as others read them, and when others are told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cityhall.domains.open_data import services
from cityhall.domains.open_data.shelf import SHELF
from cityhall.domains.open_data.tests.city import CSV, NINE, TODAY, City, draft, make_city, published, uploaded
from cityhall.engines.tables import published as tables

WHO: dict[str, Any] = {"by": None, "at": NINE}


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What others are told, in place of those who listen."""
    heard: list[str] = []

    def hear(key: str, at: datetime) -> None:
        heard.append(key)

    monkeypatch.setattr(tables, "_listeners", [hear])
    return heard


class TestShelf:
    def test_tells_of_a_published_table_all_that_a_reader_needs(self, city: City) -> None:
        row = published(city.transport).resources.get()

        (one,) = SHELF.find("停車", 10)

        assert one == SHELF.get(str(row.reference))
        assert (one.title, one.title_en) == (
            "公有停車場剩餘車位：剩餘車位",
            "Free parking spaces: Free spaces",
        )
        assert (one.agency, one.number, one.rows, one.dated_on, one.days) == (city.transport.pk, 1, 2, TODAY, 31)
        assert [column.name for column in one.stored.columns] == ["行政區", "停車場", "剩餘車位"]
        assert one.url.startswith("/data/")

    def test_shows_the_newest_version_that_everybody_has(self, city: City) -> None:
        row = published(city.transport).resources.get()
        uploaded(row, CSV.replace(b"12", b"13"))
        uploaded(row, CSV.replace("剩餘車位".encode(), "空位".encode()))  # asks first

        one = SHELF.get(str(row.reference))

        assert one is not None
        assert one.number == 2

    def test_has_nothing_of_what_is_not_published_or_is_no_table(self, city: City) -> None:
        unseen = draft(city.transport).resources.get()
        gone = published(city.transport, title="下架的資料")
        services.withdraw(gone, reason="改版", **WHO)

        assert SHELF.find("", 10) == []
        assert SHELF.get(str(unseen.reference)) is None
        assert SHELF.get(str(gone.resources.get().reference)) is None
        assert SHELF.get("nothing") is None

    def test_asks_as_often_for_many_as_for_one(self, city: City, django_assert_num_queries: Any) -> None:
        for n in range(4):
            published(city.transport, title=f"資料{n}", file=CSV + f"龜山區,第{n}場,1\n".encode())

        with django_assert_num_queries(3):
            assert len(SHELF.find("", 10)) == 4
        assert len(SHELF.find("", 2)) == 2


class TestTold:
    def test_of_every_coming_going_and_version(self, city: City, told: list[str]) -> None:
        one = published(city.transport)
        row = one.resources.get()
        key = str(row.reference)
        told.clear()

        uploaded(row, CSV.replace(b"12", b"13"))
        assert told == [key]
        services.withdraw(one, reason="改版", **WHO)
        services.bring_back(one, **WHO)
        assert told == [key] * 3
        services.add_resource(one, name="另一項", **WHO)
        services.remove_resource(row, reason="重複", **WHO)
        assert told == [key] * 4
