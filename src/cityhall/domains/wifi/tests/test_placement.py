"""Placement advice: where people, visits and requests are and hotspots are not."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.wifi import placement
from cityhall.domains.wifi.models import VillagePeople
from cityhall.domains.wifi.rules import Village, Weights, proposals
from cityhall.engines.places import queries as areas
from cityhall.engines.places.tests import city as places
from cityhall.engines.rules.services import set_parameter

from .city import NINE, TODAY, WHO, commission, hotspot, officer, signed_in

DESK = "/desk/wifi/placement/"
EQUAL = Weights(50, 30, 20)


class TestProposals:
    def test_are_of_villages_without_a_hotspot_near(self):
        near, far, none = Village("1", 900, metres=400.0), Village("2", 900, metres=501.0), Village("3", 90)

        assert [one.village.code for one in proposals([near, far, none], EQUAL, 500)] == ["2", "3"]

    def test_add_up_from_three_reasons(self):
        found = proposals([Village("1", 1000, 1, 100), Village("2", 500, 2, 0)], EQUAL, 500)

        assert [(one.people, one.visits, one.requests) for one in found] == [(50, 30, 10), (25, 0, 20)]
        assert [one.score for one in found] == [Decimal(90), Decimal(45)]

    def test_need_a_reason(self):
        assert proposals([Village("1"), Village("2", 5)], Weights(0, 1, 1), 500) == []
        assert proposals([Village("1", 5)], Weights(0, 0, 0), 500) == []
        assert proposals([], EQUAL, 500) == []

    @given(
        st.lists(
            st.builds(
                Village, st.uuids().map(str), st.integers(0, 20000), st.integers(0, 50), st.integers(0, 9000),
                st.none() | st.floats(0, 9000),
            ), max_size=30,
        ),
        st.builds(Weights, *[st.integers(0, 100)] * 3),
    )  # fmt: skip
    def test_never_pass_a_hundred_and_stand_in_order(self, villages, weights):
        scores = [one.score for one in proposals(villages, weights, 500)]

        assert all(0 < score <= Decimal("100.1") for score in scores)
        assert scores == sorted(scores, reverse=True)


@pytest.fixture
def city(db, monkeypatch, settings, tmp_path):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    settings.USAGE_DIR = tmp_path / "usage"
    places.make(NINE)


def table(*rows):
    return ("年月,村里代碼,村里,人口\n" + "".join(f"{month},{code},甲里,{n}\n" for month, code, n in rows)).encode()


def bring(*rows):
    return placement.import_people(io.BytesIO(table(*rows)), **WHO)


class TestPeople:
    def test_keep_the_newest_month(self, city):
        code = next(iter(areas.village_middles()))

        first = bring(
            ("2017-01", code, 800), ("2017-02", code, 900), ("2017-02", "99999999-999", 1), ("2017-02", "甲", 1)
        )
        older, again = bring(("2016-12", code, 700)), bring(("106年2月", code.replace("-", ""), "900"))

        assert (first.added, len(first.refused)) == (1, 2)
        assert (older.changed, again.changed, again.same) == (0, 0, 1)
        assert VillagePeople.objects.get().people == 900


class TestTheDesk:
    def test_says_why(self, city, django_assert_max_num_queries):
        codes = list(areas.village_middles())
        for n, code in enumerate(codes):
            bring(("2017-02", code, 1000 + n))
        lon, lat = areas.village_middles()[codes[0]]
        hotspot("甲", (lon, lat))
        browser = signed_in(officer())
        browser.get(DESK)

        with django_assert_max_num_queries(30):
            page = browser.get(DESK)

        assert len(placement.advice(TODAY).proposals) == len(codes) - 1
        assert "離村里中心最近的熱點在" in page.text
        assert f"住了{1000 + len(codes) - 1:,}人：50.0分。" in page.text
        assert "匯入村里人口" not in page.text
        assert "理由" in b"".join(browser.get(f"{DESK}export.csv")).decode()
        assert browser.get(f"{DESK}export.exe").status_code == 404
        assert browser.get(DESK, {"district": "'"}).status_code == 200

    def test_follows_the_weights_of_the_day(self, city):
        bring(("2017-02", next(iter(areas.village_middles())), 1000))
        set_parameter("wifi.weight_people", 0, valid_from=TODAY, source="重訂權重", **WHO)

        assert placement.advice(TODAY).proposals == []
        assert len(placement.advice(date(2017, 2, 27)).proposals) == 1

    def test_is_empty_at_first(self, city):
        assert "沒有要建議的村里" in signed_in(officer()).get(DESK).text

    def test_takes_in_people(self, city):
        browser = signed_in(commission())
        code = next(iter(areas.village_middles()))

        page = browser.post(f"{DESK}people/", {"upload": SimpleUploadedFile("a.csv", table(("2017-02", code, 5)))})

        assert "新增 1" in page.text
        assert browser.post(f"{DESK}people/", {"upload": SimpleUploadedFile("a.csv", b"\x00")}).status_code == 422
        assert signed_in(officer()).get(f"{DESK}people/").status_code == 403
