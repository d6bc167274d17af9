"""Free WiFi as everybody sees it: found near a place, looked at, reported as broken."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.services import filing
from cityhall.domains.petitions.tests.citizen import EMAIL, code_of, make_roads, words
from cityhall.domains.petitions.tests.city import MONDAY, NINE, make_category, make_city
from cityhall.domains.wifi import queries, services
from cityhall.domains.wifi.models import FaultReport
from cityhall.domains.wifi.refusals import CannotRecord
from cityhall.domains.wifi.tests.city import hotspot, signed_in

pytestmark = pytest.mark.django_db
SINCE = date(2026, 1, 1)
HERE = "/wifi/"


def shown(name, lon, lat=25.0, **more):
    return hotspot(name, (lon, lat), since=SINCE, at=NINE, **more)


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    found = make_city()
    make_roads()
    make_category("public_wifi", "公共無線上網故障", found.works)
    return found


@pytest.fixture
def browser():
    return Client()


class TestTheList:
    def test_shows_what_is_open_or_pauses(self, city, browser):
        shown("甲區公所", 121.30)
        paused = shown("乙乙圖書館", 121.31)
        services.record_state(paused, state="PAUSED", since=MONDAY, reason="整修", by=None, at=NINE)
        shown("丙丙丙規劃中", 121.32, state="PLANNED")

        page = words(browser.get(HERE))

        assert "甲區公所" in page
        assert "暫停使用" in page
        assert "丙丙丙規劃中" not in page

    def test_is_narrowed_by_district_and_kind(self, city, browser):
        shown("甲區公所", 121.30)
        shown("乙乙公園", 121.31, kind="PARK")

        assert "甲區公所" not in words(browser.get(HERE, {"kind": "PARK"}))
        assert "乙乙公園" in words(browser.get(HERE, {"kind": "PARK", "district": "68000010"}))
        assert "這裡沒有熱點" in words(browser.get(HERE, {"kind": "SIGHT"}))

    def test_begins_with_the_nearest_one(self, city, browser):
        shown("遠遠的公所", 121.39)
        shown("近的圖書館館", 121.301)

        page = words(browser.get(HERE, {"lon": "121.300", "lat": "25.0", "near": "gps"}))

        assert page.index("近的圖書館館") < page.index("遠遠的公所")
        assert "離您的位置最近的熱點" in page
        assert "約100公尺" in page
        assert "約9.1公里" in page

    def test_finds_by_address_and_asks_which_one(self, city, browser):
        shown("甲區公所", 121.30)

        one = words(browser.get(HERE, {"place": "復興路100號"}))
        several = words(browser.get(HERE, {"place": "中山路"}))

        assert "最近的熱點" in one
        assert "「中山路」有2處，是哪一處？" in several

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"place": "查無此地"}, "找不到「查無此地」"),
            ({"near": "gps"}, "沒有拿到您的位置"),
            ({"lon": "25", "lat": "121"}, "這個位置不在臺灣"),
        ],
    )
    def test_says_what_it_cannot_find(self, city, browser, given, said):
        assert said in words(browser.get(HERE, given))

    @pytest.mark.parametrize(
        "given",
        [{"lon": "nan", "lat": "inf"}, {"kind": "x"}, {"district": "'"}, {"page": "999999"}, {"place": "甲" * 500}],
    )
    def test_bears_anything(self, city, browser, given):
        shown("甲區公所", 121.30)

        assert browser.get(HERE, given).status_code == 200

    def test_asks_no_more_for_many(self, city, browser, django_assert_max_num_queries):
        for n in range(1, 25):
            shown(f"第{n:03d}個", 121.30 + n / 1000)
        browser.get(HERE)

        with django_assert_max_num_queries(8):
            browser.get(HERE)

    def test_can_be_taken_along(self, city, browser):
        shown("甲區公所", 121.30)

        assert b"W115-0001" in b"".join(browser.get(f"{HERE}list.csv"))
        assert browser.get(f"{HERE}list.ods").status_code == 200
        assert browser.get(f"{HERE}list.exe").status_code == 404


class TestAHotspot:
    def test_tells_where_it_is_and_what_is_near(self, city, browser):
        one = shown("甲區公所", 121.30)
        shown("乙乙圖書館", 121.301)

        page = words(browser.get(f"{HERE}{one.code}/"))

        assert "連不上嗎？" in page
        assert "乙乙圖書館" in page
        assert browser.get(f"{HERE}none/").status_code == 404

    def test_that_pauses_takes_no_report(self, city, browser):
        one = shown("甲區公所", 121.30)
        services.record_state(one, state="PAUSED", since=MONDAY, reason="整修", by=None, at=NINE)

        assert "不必回報" in words(browser.get(f"{HERE}{one.code}/"))
        assert browser.get(reverse("petitions:about", args=["wifi", one.code])).status_code == 404

    @pytest.mark.parametrize("code", ["有中文", "a b", "a/b", "x" * 21])
    def test_has_a_code_that_an_address_can_hold(self, city, code):
        with pytest.raises(CannotRecord):
            shown("甲區公所", 121.30, code=code)


class TestAFault:
    def report(self, browser, one):
        begin = reverse("petitions:about", args=["wifi", one.code])
        assert one.name in words(browser.get(begin))
        assert browser.post(begin, {"text": "連得上但打不開網頁，兩天了。"}).status_code == 302
        assert browser.post(reverse("petitions:file", args=["photos"])).url == reverse("petitions:file", args=["who"])
        assert browser.post(reverse("petitions:file", args=["who"]), EMAIL).status_code == 302
        page = words(browser.get(reverse("petitions:check")))
        assert one.address in page
        assert browser.post(reverse("petitions:check")).status_code == 302
        return Petition.objects.latest("pk")

    def test_becomes_a_petition_with_place_and_category(self, city, browser):
        one = shown("甲區公所", 121.30)

        petition = self.report(browser, one)
        waiting = list(queries.reports_of(one))
        filing.confirm_by_code(petition, code=code_of(), at=NINE)

        petition = Petition.objects.select_related("case__place", "category").get(pk=petition.pk)
        assert petition.category.code == "public_wifi"
        assert (petition.case.place.lon, petition.case.place.words) == (121.30, one.address)
        assert petition.case.place.district_code == "68000010"
        assert waiting == []
        assert [row.case_id for row in queries.reports_of(one)] == [petition.pk]
        assert FaultReport.objects.count() == 1

    def test_is_shown_beside_the_hotspot(self, city, browser):
        one = shown("甲區公所", 121.30)
        petition = self.report(browser, one)
        filing.confirm_by_code(petition, code=code_of(), at=NINE)
        officer = signed_in(city.officer)

        assert "還沒處理完的報修" in words(officer.get(f"/desk/wifi/hotspots/{one.code}/"))
        assert "報修 1 件" in words(officer.get("/desk/wifi/"))
        assert "有1個人回報" in words(browser.get(f"{HERE}{one.code}/"))

        Petition.objects.get().case.__class__.objects.update(status="CLOSED", ended_at=NINE + timedelta(days=1))
        assert "還沒處理完的報修" not in words(officer.get(f"/desk/wifi/hotspots/{one.code}/"))

    def test_of_a_thing_that_nobody_keeps_is_not_begun(self, city, browser):
        for kind, key in (("wifi", "none"), ("none", "W1")):
            assert browser.get(reverse("petitions:about", args=[kind, key])).status_code == 404

    def test_is_reported_although_its_category_is_gone(self, city, browser):
        one = shown("甲區公所", 121.30)
        type(city.street_light).objects.filter(code="public_wifi").update(retired_on=MONDAY)

        assert self.report(browser, one).given_category is None
