"""Long lists of points and addresses: kept for the worker, answered block by block, let go."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from cityhall.domains.spatial import point_lists, points, services
from cityhall.domains.spatial.models import PointList
from cityhall.domains.spatial.refusals import CannotAnalyse
from cityhall.domains.spatial.tests.city import NINE, WHO, City, clean, listed, make_city, signed_in
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.files import sheets
from cityhall.engines.layers import registry
from cityhall.engines.layers.tests import little
from cityhall.engines.outbox import services as outbox
from cityhall.foundation.clock import day_of

GOOD, AWAY, NOWHERE = "121.27,24.96", "121.4,24.96", "abc,1"
ADDRESS = "桃園區中山路100號"


@pytest.fixture
def city(db: None) -> Iterator[City]:
    made = make_city()
    registry.declare(little.source("little", time="day"))
    yield made
    clean()


def rows(many: int, place: str = GOOD) -> list[str]:
    return [f"第{n}處,106/3/{n % 28 + 1},{place}" for n in range(many)]


def sheet(lines: list[str], *, heading: str = "名稱,日期,經度,緯度", encoding: str = "utf-8") -> io.BytesIO:
    made = io.BytesIO("\n".join([heading, *lines, ""]).encode(encoding))
    made.name = "清單.csv"
    return made


def hand_in(city: City, content: io.BytesIO, **more: Any) -> PointList:
    given: dict[str, Any] = {"name": "清單.csv", "layers": [], "by": city.officer.account, "at": NINE, **more}
    return point_lists.hand_in(content, **given)


def answered(one: PointList) -> PointList:
    point_lists.carry_out(one, at=NINE)
    one.refresh_from_db()
    return one


def download(browser: Browser, one: PointList, what: str = "places") -> list[list[str]]:
    answer = browser.get(f"/desk/spatial/points/{one.reference}/{what}.csv")
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


class TestHandedIn:
    def test_a_long_list_of_an_officer_waits_for_the_worker_and_its_page_says_how_far_it_is(self, city: City) -> None:
        browser = signed_in(city.officer)

        answer = browser.post("/map/points/", {"upload": sheet(rows(2_001)), "layers": ["little"]})
        one = PointList.objects.get()

        assert answer["Location"] == f"/desk/spatial/points/{one.reference}/"
        assert "正在讀取清單" in browser.get(answer["Location"]).content.decode()
        outbox.drain(timezone.now())
        page = browser.get(answer["Location"]).content.decode()
        assert "2,001" in page
        assert "圖資little" in page
        assert "每一列都查到了" in page
        assert "清單.csv" in browser.get("/desk/spatial/points/").content.decode()

    def test_a_long_list_of_anybody_else_is_refused_and_a_short_one_is_answered_at_once(self, city: City) -> None:
        assert "以公務帳號登入" in Browser().post("/map/points/", {"upload": sheet(rows(2_001))}).content.decode()
        assert Browser().post("/map/points/", {"upload": sheet(rows(2_000))})["Content-Type"].startswith("text/csv")
        assert not PointList.objects.exists()

    def test_the_same_list_again_is_the_one_that_is_there(self, city: City) -> None:
        one = hand_in(city, sheet(rows(3)))

        assert hand_in(city, sheet(rows(3))) == one
        assert hand_in(city, sheet(rows(3)), layers=["little"]) != one
        answered(one)
        assert hand_in(city, sheet(rows(3))) == one

    def test_not_too_many_wait_at_a_time(self, city: City) -> None:
        for n in range(point_lists.MOST_WAITING):
            hand_in(city, sheet(rows(n + 1)))

        with pytest.raises(CannotAnalyse, match="3份"):
            hand_in(city, sheet(rows(9)))
        answer = signed_in(city.officer).post("/map/points/", {"upload": sheet(rows(2_001))})
        assert answer.status_code == 422


class TestAnswered:
    def test_cells_stand_as_they_were_in_whatever_encoding(self, city: City) -> None:
        lines = [*rows(3), f"=1+1,106/3/20,{GOOD}", "短"]

        one = answered(hand_in(city, sheet(lines, encoding="cp950"), layers=["little"]))
        found = download(signed_in(city.officer), one)

        assert found[0][:6] == ["名稱", "日期", "經度", "緯度", "經度", "緯度"]
        assert found[1][:4] == ["第0處", "106/3/1", "121.27", "24.96"]
        assert found[1][6:10] == ["v1", "中平里", "68000010", "桃園區"]
        assert found[4][0] == "'=1+1"
        assert {len(row) for row in found} == {len(found[0])}
        assert "圖資little：名稱" in found[0]

    def test_addresses_are_found_as_many_as_there_are_and_each_that_is_not_is_told(self, city: City) -> None:
        lines = [f"甲,,,{ADDRESS}", "乙,,,火星路1號", "丙,,,", "丁,24.96,121.27,", "戊,270000,2760000,"]
        browser = signed_in(city.officer)

        one = answered(hand_in(city, sheet(lines, heading="名稱,經度,緯度,地址")))
        page = browser.get(f"/desk/spatial/points/{one.reference}/").content.decode()
        told = download(browser, one, "missing")

        assert (one.rows, one.done, one.found, one.missing) == (5, 5, 1, 4)
        assert told[0] == ["列", "原因", "名稱", "經度", "緯度", "地址"]
        assert [row[:3] for row in told[1:]] == [
            ["3", "找不到這個地址。", "乙"],
            ["4", "沒有座標，也沒有地址。", "丙"],
            ["5", "經度和緯度好像寫反了。", "丁"],
            ["6", "這是公尺座標（例如 TWD97），請先換成經度與緯度。", "戊"],
        ]
        assert "找不到這個地址。" in page
        assert Entry.objects.filter(event="spatial.list_downloaded").count() == 1

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"a,b\n1,2\n", "找不到經度與緯度"),
            ("經度,緯度\n".encode(), "沒有資料"),
            (b'lon,lat\n121.2,"24.9\n', "引號"),
            (b"PK\x03\x04cut in the middle", "已損壞"),
            (b"lon,lat\n" + b"1,1\n" * 100_001, "超過 100000 列"),
        ],
    )
    def test_a_list_that_cannot_be_read_says_why(self, city: City, content: bytes, why: str) -> None:
        one = answered(hand_in(city, io.BytesIO(content)))

        assert one.state == "REFUSED"
        assert why in signed_in(city.officer).get(f"/desk/spatial/points/{one.reference}/").content.decode()

    def test_sheets_of_a_spreadsheet_program_are_read_too(self, city: City) -> None:
        book = sheets.write_xlsx(["名稱", "經度", "緯度"], [["甲", "121.27", "24.96"]])

        assert answered(hand_in(city, book)).found == 1

    def test_a_layer_that_is_gone_by_then_is_named(self, city: City) -> None:
        one = hand_in(city, sheet(rows(1)), layers=["little"])
        services.withdraw_layer(city.government, why="改版", **WHO)

        assert "「little」已經下架" in answered(one).refusal

    def test_goes_on_where_a_worker_died_and_answers_nothing_twice(
        self, city: City, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(point_lists, "BLOCK", 2)
        one, asked, whole = hand_in(city, sheet([*rows(3), *rows(4, AWAY)])), [], points.answered

        def dies(given: Any, layers: Any) -> Any:
            asked.append(len(given))
            if len(asked) == 3:
                raise MemoryError
            return whole(given, layers)

        monkeypatch.setattr(points, "answered", dies)
        with pytest.raises(MemoryError):
            point_lists.carry_out(one, at=NINE)
        one.refresh_from_db()
        assert (one.state, one.rows, one.done, one.found) == ("WAITING", 7, 4, 3)
        answered(one)

        assert asked == [2, 2, 2, 2, 1]
        assert (one.state, one.done, one.found) == ("DONE", 7, 3)
        assert [row[0] for row in download(signed_in(city.officer), one)[1:]] == [
            f"第{n}處" for n in (0, 1, 2, 0, 1, 2, 3)
        ]


class TestKept:
    def test_nobody_else_sees_it(self, city: City) -> None:
        one = answered(hand_in(city, sheet(rows(1))))
        other = make_person(city.works, None, Role.COORDINATOR)

        for path in ("", "places.csv", "missing.csv", "delete/"):
            assert signed_in(other).get(f"/desk/spatial/points/{one.reference}/{path}").status_code == 404
        assert "清單.csv" not in signed_in(other).get("/desk/spatial/points/").content.decode()
        assert signed_in(city.officer).get(f"/desk/spatial/points/{one.reference}/x.csv").status_code == 404

    def test_is_deleted_by_its_owner_with_everything_that_it_said(
        self, city: City, django_capture_on_commit_callbacks: Any
    ) -> None:
        one = answered(hand_in(city, sheet(rows(1))))
        there = point_lists.folder(one)
        assert there.exists()

        with django_capture_on_commit_callbacks(execute=True):
            answer = signed_in(city.officer).post(f"/desk/spatial/points/{one.reference}/delete/")
        one.refresh_from_db()

        assert answer["Location"] == "/desk/spatial/points/"
        assert (one.state, one.name, one.digest, one.headings, one.added) == ("GONE", "", "", [], [])
        assert not there.exists()
        assert signed_in(city.officer).get(f"/desk/spatial/points/{one.reference}/").status_code == 404

    def test_goes_by_night_when_its_days_are_over(self, city: City, django_capture_on_commit_callbacks: Any) -> None:
        one = answered(hand_in(city, sheet(rows(1))))
        kept = timedelta(days=point_lists.KEPT_DAYS)

        assert one.goes_on == day_of(NINE + kept)
        assert point_lists.forget(NINE + kept - timedelta(days=1)) == 0
        with django_capture_on_commit_callbacks(execute=True):
            assert point_lists.forget(NINE + kept) == 1
        assert not point_lists.folder(one).exists()
        assert point_lists.forget(NINE + kept) == 0

    def test_one_that_is_let_go_while_it_is_answered_stops(self, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
        one, whole = hand_in(city, sheet(rows(1))), points.answered

        def let_go(given: Any, layers: Any) -> Any:
            point_lists.let_go(one, **WHO)
            return whole(given, layers)

        monkeypatch.setattr(points, "answered", let_go)

        assert answered(one).state == "GONE"
        assert one.done == 0


def test_a_layer_with_a_column_more_keeps_the_table_straight(city: City) -> None:
    """A layer that cannot be read leaves its columns empty; the rows are as wide as the headings."""
    registry.declare(little.source("broken", rows=little.table().drop_columns(["people"]), time="day"))
    listed("broken", city.works)
    try:
        one = answered(hand_in(city, sheet(rows(1)), layers=["broken"]))
    finally:
        registry.sources.pop("broken")

    found = download(signed_in(city.officer), one)
    assert len(found[0]) == len(found[1])
