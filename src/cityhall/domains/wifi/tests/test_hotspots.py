"""Hotspots: acts with their refusals and entries, lists taken in, figures of a day, whole requests."""

import io
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cityhall.domains.wifi import figures, listing, queries, services
from cityhall.domains.wifi.models import Hotspot, HotspotStep
from cityhall.domains.wifi.refusals import CannotRecord
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.figures import queries as figure_queries
from cityhall.engines.files import sheets
from cityhall.engines.places.tests import city as places
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.usage import services as usage
from cityhall.foundation.period import Period
from cityhall.project.boundaries import NothingBuilt, take_boundaries

from .city import EAST, NINE, OUTSIDE, TODAY, WHO, commission, hotspot, officer, signed_in

pytestmark = pytest.mark.django_db
DESK = "/desk/wifi/"
SHARED = Path(os.environ.get("CITYHALL_SHARED", Path(__file__).parents[5].parent / "shared"))
LIST = SHARED / "data" / "opendata" / "itaiwan_wifi_hotspots_taoyuan_20170221.csv"
FEBRUARY = Period(date(2017, 2, 1), TODAY)


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    places.make(NINE)


def lines(**given):
    return queries.lines(queries.narrowed(given, TODAY), TODAY, only=given.get("found", ""))


class TestTheDesksSearch:
    def test_finds_hotspots_for_whoever_reads_them(self, city):
        one = hotspot("火車站大廳")
        hotspot("圖書館")

        reader = signed_in(officer())
        assert f"/desk/wifi/hotspots/{one.code}/" in reader.get("/desk/search?q=車站").content.decode()
        assert reader.get(f"/desk/search?q={one.code}")["Location"] == f"/desk/wifi/hotspots/{one.code}/"
        nobody = make_person(make_agency("outside"), None, Role.VILLAGE_HEAD).account
        assert queries.hits(nobody, "車站", NINE, 5) == []


class TestAHotspot:
    def test_is_entered_with_its_district_and_a_code(self, city):
        one = hotspot()

        assert (one.code, one.builder, one.district, one.named) == ("W106-0001", "city", "68000010", "68000010")
        assert set(Entry.objects.values_list("event", flat=True)) >= {"wifi.hotspot_added", "wifi.state_recorded"}

    def test_gets_no_code_that_somebody_typed_in(self, city):
        hotspot("甲", code="W106-0001")

        assert hotspot("乙乙").code == "W106-0002"

    @pytest.mark.parametrize(
        "more",
        [
            {"name": " "},
            {"lon": 24.97, "lat": 121.27},
            {"lon": 0.0, "lat": 0.0},
            {"lon": float("nan")},
            {"access_points": 0},
            {"promised": Decimal(101)},
            {"contract_from": date(2017, 2, 1), "contract_to": date(2017, 1, 1)},
            {"since": date(2017, 3, 1)},
            {"state": "PAUSED"},
        ],
    )
    def test_is_refused_with_what_cannot_be(self, city, more):
        with pytest.raises(CannotRecord):
            hotspot(**more)

        assert not Hotspot.objects.exists()

    def test_stands_once(self, city):
        hotspot(code="A1")
        for more in ({}, {"code": "A1", "address": "別處"}):
            with pytest.raises(CannotRecord):
                hotspot(**more)

    def test_is_changed_with_what_was_before(self, city):
        one = hotspot()

        assert services.change_hotspot(one, lon=EAST[0], zone="站前廣場", **WHO)
        assert not services.change_hotspot(one, lon=EAST[0], **WHO)

        one.refresh_from_db()
        assert (one.district, one.zone.name) == ("68000020", "站前廣場")
        assert Entry.objects.filter(event="wifi.hotspot_changed").count() == 1

    def test_goes_on_by_states_of_later_days(self, city):
        one = hotspot()
        for given in (
            {"state": "PAUSED", "since": TODAY, "reason": " "},
            {"state": "PLANNED", "since": TODAY, "reason": "x"},
            {"state": "PAUSED", "since": date(2017, 1, 1), "reason": "x"},
            {"state": "PAUSED", "since": date(2017, 3, 1), "reason": "x"},
        ):
            with pytest.raises(CannotRecord):
                services.record_state(one, **given, **WHO)

        services.record_state(one, state="PAUSED", since=date(2017, 2, 10), reason="整修", **WHO)

        assert HotspotStep.objects.count() == 2
        assert Hotspot.objects.as_of(date(2017, 2, 9)).count() == 1
        assert not Hotspot.objects.as_of(date(2017, 2, 10)).exists()
        assert not Hotspot.objects.as_of(date(2016, 12, 31)).exists()


class TestChecks:
    def test_show_what_is_wrong(self, city):
        hotspot("對")
        hotspot("錯區區", EAST)
        hotspot("市外外外", OUTSIDE)
        hotspot("到期到期期", contract_to=date(2017, 1, 31))

        found = {line.hotspot.name: line.findings for line in lines()}

        assert found == {
            "對": [],
            "錯區區": ["OTHER_DISTRICT"],
            "市外外外": ["OUTSIDE"],
            "到期到期期": ["CONTRACT_OVER"],
        }
        assert [line.hotspot.name for line in lines(found="OUTSIDE")] == ["市外外外"]
        assert len(lines(found="any")) == 3


class TestAList:
    def test_is_taken_in_with_a_report_of_refused_rows(self, city):
        text = (
            "Unit,Region,Station,Addr,Lat,Lon,契約迄日\n"
            "桃園市政府,桃園市,甲,桃園市桃園區中山路1號,24.97,121.27,106年1月31日\n"
            "交通部,桃園市,乙,桃園市中壢區中山路2號,24.97,121.33,\n"
            "交通部,桃園市,丙,桃園市中壢區中山路3號,121.33,24.97,\n"
            "交通部,桃園市,,桃園市中壢區中山路4號,24.97,x,\n"
            "交通部,桃園市,乙,桃園市中壢區中山路2號,24.97,121.33,\n"
        )

        outcome = listing.import_list(io.BytesIO(text.encode("utf-8-sig")), **WHO)

        assert (outcome.read, outcome.added, outcome.changed, outcome.same) == (5, 2, 0, 0)
        assert [(one.row, one.value) for one in outcome.refused] == [(4, "丙"), (5, ""), (5, "x"), (6, "乙")]
        assert outcome.unknown == ["Region"]
        assert dict(Hotspot.objects.values_list("name", "builder")) == {"甲": "city", "乙": "central"}

    def test_comes_again_as_it_went_out(self, city):
        hotspot("甲", zone="站前廣場", promised=Decimal("99.50"), contract="W-1", contract_from=date(2017, 1, 1))
        hotspot("乙乙", EAST, operator="交通部")
        rows = list(listing.cells(lines(), queries.districts()))
        for book in (
            io.BytesIO(b"".join(sheets.write_csv([str(one) for one in listing.HEADINGS], rows))),
            sheets.write_ods([str(one) for one in listing.HEADINGS], rows),
        ):
            outcome = listing.import_list(book, **WHO)

            assert (outcome.same, outcome.changed, outcome.added, outcome.refused) == (2, 0, 0, [])

    @pytest.mark.skipif(not LIST.exists(), reason="the national list is not at hand")
    def test_of_the_nation_shows_its_eight_wrong_rows(self):
        try:
            take_boundaries(at=NINE)
        except NothingBuilt:
            pytest.skip("the boundaries are not built")

        with LIST.open("rb") as content:
            outcome = listing.import_list(content, **WHO)

        wrong = [line.findings for line in lines(found="any")]
        assert (outcome.added, outcome.refused) == (653, [])
        assert wrong.count(["OUTSIDE"]) == 1
        assert wrong.count(["OTHER_DISTRICT"]) == 7
        assert len(wrong) == 8
        assert Hotspot.objects.filter(builder="city").count() == 361


class TestFigures:
    def test_count_what_is_open_on_the_last_day(self, city):
        hotspot("甲", zone="站前廣場", access_points=3)
        hotspot("乙乙", zone="站前廣場", access_points=4)
        shut = hotspot("丙丙丙", zone="商圈", access_points=9)
        services.record_state(shut, state="CLOSED", since=TODAY, reason="拆除", **WHO)
        hotspot("丁丁丁丁", EAST, operator="交通部")
        hotspot("戊戊戊戊戊", state="PLANNED")

        assert figures.hotspots(FEBRUARY, "").value == 3
        assert figures.hotspots(FEBRUARY, "city").value == 2
        assert figures.hotspots(FEBRUARY, "central").value == 1
        assert figures.hot_zones(FEBRUARY).value == 1
        assert figures.hot_zone_access_points(FEBRUARY).value == 7
        assert figures.hot_zones(Period(date(2017, 1, 1), date(2017, 1, 31))).value == 2

    def test_leave_the_bandwidth_to_the_dated_rule(self, city):
        one = hotspot()
        set_parameter("wifi.mbps", 5, valid_from=date(2017, 7, 1), source="升級案", **WHO)

        assert [queries.mbps(one, day) for day in (TODAY, date(2017, 7, 1))] == [1, 5]
        one.mbps = 2
        assert queries.mbps(one, TODAY) == 2

    def test_say_from_what_to_what_the_bandwidth_was_raised(self, city):
        before = figures.bandwidth(Period.year(2017)).value
        set_parameter("wifi.mbps", 5, valid_from=date(2017, 7, 1), source="升級案", **WHO)
        quarter = Period.parse("2017-Q3")

        counted = figure_queries.value("wifi.bandwidth", quarter, at=NINE)

        assert before is None
        assert (counted.value, counted.plain, counted.source) == ("1 -> 5", "1 → 5", "升級案")
        assert counted.sentence == "從 1Mbps 升級至 5Mbps"
        assert figures.bandwidth(Period(date(2017, 1, 1), date(2017, 6, 30))).value is None

    def test_average_the_use_that_controllers_report(self, city, tmp_path, settings):
        settings.USAGE_DIR = tmp_path / "usage"
        path = tmp_path / "wifi.csv"
        path.write_text(
            "day,act,subject_kind,subject,count\n2017-02-01,session,city,W106-0001,2000\n2017-02-28,session,city,W106-0002,800\n"
            "2017-02-02,session,central,W106-0003,500\n2017-01-31,session,city,W106-0001,70\n",
            encoding="utf-8",
        )
        usage.take_in(path, source="wifi", by=None, at=NINE)

        assert figures.users_monthly(FEBRUARY).value == 2800


class TestTheDesk:
    def test_lists_and_narrows(self, city, django_assert_max_num_queries):
        for n in range(1, 6):
            hotspot("甲" * n)
        hotspot("錯區" * 4, EAST)
        browser = signed_in(officer())
        browser.get(DESK)

        with django_assert_max_num_queries(25):
            page = browser.get(DESK, {"found": "any"})

        assert page.status_code == 200
        assert "錯區" in page.text
        assert "甲甲甲" not in page.text
        assert "匯入熱點清單" not in page.text
        assert browser.get(f"{DESK}?found=nonsense").status_code == 200
        assert browser.get(f"{DESK}export.ods").status_code == 200
        assert browser.get(f"{DESK}export.exe").status_code == 404
        assert browser.get(f"{DESK}new/").status_code == 403

    def test_shows_a_hotspot(self, city):
        one = hotspot("錯區", EAST, contract_to=date(2017, 1, 31), promised=Decimal(99))

        page = signed_in(officer()).get(f"{DESK}hotspots/{one.code}/")

        assert "地址寫桃園區，位置在中壢區。" in page.text

    def test_enters_changes_and_pauses(self, city):
        browser = signed_in(commission())
        given = {
            "name": "甲", "builder": "city", "operator": "桃園市政府", "kind": "PARK", "address": "桃園市桃園區中山路1號",
            "lon": "121.27", "lat": "24.97", "access_points": "1", "state": "OPEN", "since_year": "106", "since_month": "1",
            "since_day": "5", "code": "P-1",
        }  # fmt: skip

        made = browser.post(f"{DESK}new/", given)
        assert made.status_code == 302, made.text
        here = f"{DESK}hotspots/P-1/"
        assert browser.get(f"{here}change/").status_code == 200
        assert browser.post(f"{here}change/", given | {"name": "甲甲"}).status_code == 302
        wrong = browser.post(f"{here}change/", given | {"lon": "24.97", "lat": "121.27"})
        assert (wrong.status_code, "填反" in wrong.text) == (422, True)
        sent = {"state": "PAUSED", "since_year": "106", "since_month": "2", "since_day": "1"}
        assert browser.post(f"{here}state/", sent).status_code == 422
        assert browser.post(f"{here}state/", sent | {"reason": "整修"}).status_code == 302
        assert Hotspot.objects.stating(TODAY).get(name="甲甲").state_then == "PAUSED"

    def test_takes_in_a_list(self, city):
        browser = signed_in(commission())
        good = "Unit,Station,Addr,Lat,Lon\n交通部,甲,中壢區1號,24.97,121.33\n交通部,乙,中壢區2號,0,0\n".encode()

        page = browser.post(f"{DESK}import/", {"upload": SimpleUploadedFile("a.csv", good)})
        bad = browser.post(f"{DESK}import/", {"upload": SimpleUploadedFile("a.csv", b"\x00\x01")})

        assert "經緯度不在臺灣" in page.text
        assert (Hotspot.objects.count(), bad.status_code) == (1, 422)
        assert Entry.objects.filter(event="wifi.list_imported").count() == 1
