"""How hotspots ran: what controllers send, outages and who is told of them, the month's page."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.wifi import controllers, figures, outages, services, use
from cityhall.domains.wifi.models import Outage
from cityhall.domains.wifi.refusals import CannotRecord
from cityhall.domains.wifi.rules import Use, falls_short
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.files.sheets import CannotReadSheet
from cityhall.engines.outbox.services import drain
from cityhall.engines.places.tests import city as places
from cityhall.engines.usage.models import Batch
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period

from .city import EAST, NINE, TODAY, WHO, commission, hotspot, officer, signed_in

pytestmark = pytest.mark.django_db
DESK = "/desk/wifi/"
FEBRUARY = Period(date(2017, 2, 1), TODAY)
HOUR = timedelta(hours=1)
MONTHLY = "月份,熱點代碼,連線人次,使用人數,流量（MB）,可用分鐘\n106年2月,A,2000,900,5000,40320\n2017-02,B,10,4,20,20160\n106/1,A,70,30,1,44640\n"


@pytest.fixture
def city(monkeypatch, settings, tmp_path):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    settings.USAGE_DIR = tmp_path / "usage"
    places.make(NINE)
    hotspot("甲", code="A", promised=Decimal("99.00"))
    hotspot("乙乙", EAST, code="B", operator="交通部", promised=Decimal("99.00"))


def send(text, name="use.csv"):
    data = text.encode() if isinstance(text, str) else text
    report = controllers.take_in(io.BytesIO(data), name=name, **WHO)
    drain(NINE)
    return report


class TestControllers:
    def test_report_by_month_and_count_for_the_figure(self, city):
        report = send(MONTHLY)

        assert (report.hotspots, report.refused) == (2, [])
        assert (report.batch.first_day, report.batch.last_day) == (date(2017, 1, 1), TODAY)
        assert figures.users_monthly(FEBRUARY).value == 2000
        february = use.of_month(date(2017, 2, 1))
        assert february["A"] == Use(2000, 900, 5000, 40320, 28 * 1440)
        assert [february[code].availability for code in "AB"] == [Decimal(100), Decimal(50)]
        assert use.months() == [date(2017, 2, 1), date(2017, 1, 1)]

    def test_send_the_same_file_twice_and_it_counts_once(self, city):
        first, again = send(MONTHLY), send(MONTHLY)

        assert first.batch.pk == again.batch.pk
        assert figures.users_monthly(FEBRUARY).value == 2000

    def test_send_a_month_anew_and_it_takes_the_place_of_the_former(self, city):
        days = "日期,熱點代碼,連線人次\n2017-02-01,A,5\n"
        send(days)
        send("日期,熱點代碼,連線人次\n2017-02-01,A,5\n2017-02-02,A,7\n")

        assert figures.users_monthly(FEBRUARY).value == 12
        assert list(Batch.objects.order_by("pk").values_list("state", flat=True)) == ["REPLACED", "COUNTS"]
        with pytest.raises(CannotReadSheet):
            send("x\n1\n")

    def test_may_send_parquet(self, city):
        out = io.BytesIO()
        pq.write_table(
            pa.table({"day": [date(2017, 2, 3)], "hotspot": ["A"], "sessions": [3], "minutes_up": [1440]}), out
        )

        send(out.getvalue(), "use.parquet")

        assert use.of_month(date(2017, 2, 1))["A"] == Use(session=3, minute_up=1440, minute_told=1440)
        with pytest.raises(CannotReadSheet):
            send(b"PAR1 and nothing else")

    @pytest.mark.parametrize(
        "row",
        [
            "2017-02-01,X,1,1,1,1", "2017-03-01,A,1,1,1,1", "2017-13,A,1,1,1,1", "今天,A,1,1,1,1", "2017-02-01,A,-1,1,1,1",
            "2017-02-01,A,1.5,1,1,1", "2017-02-01,A,,1,1,1", "2017-02-01,A,1,1,1,1441", "2017-02-01,A,99999999999,1,1,1",
        ],
    )  # fmt: skip
    def test_are_told_of_rows_that_cannot_be(self, city, row):
        report = send(f"日期,熱點代碼,連線人次,使用人數,流量（MB）,可用分鐘\n{row}\n")

        assert (report.batch, len(report.refused)) == (None, 1)

    @pytest.mark.parametrize("other", ["2017-02-01,A,2", "2017-02,A,2", "106年2月,A,3"])
    def test_cannot_say_a_day_twice(self, city, other):
        report = send(f"日期,熱點代碼,連線人次\n2017-02-01,A,5\n{other}\n")

        assert len(report.refused) == 1
        assert figures.users_monthly(FEBRUARY).value == 5


class TestUse:
    @given(
        st.lists(
            st.builds(Use, *[st.integers(0, 10**6)] * 3, st.integers(0, 40320), st.just(40320)), min_size=1, max_size=20
        )
    )
    def test_of_many_is_between_that_of_each(self, uses):
        together = sum(uses, Use())

        each = [one.availability for one in uses]
        assert min(each) - Decimal("0.01") <= together.availability <= max(each) + Decimal("0.01")
        assert together.session == sum(one.session for one in uses)

    def test_without_a_word_of_minutes_is_no_availability(self):
        assert Use(session=5).availability is None
        assert not falls_short(None, Decimal(99))
        assert falls_short(Decimal("98.99"), Decimal(99))
        assert not falls_short(Decimal(99), Decimal(99))
        assert not falls_short(Decimal(1), None)


class TestAnOutage:
    def out(self, hours=30, **more):
        one = hotspot("丙丙丙", agency=make_agency("keeper"), **more)
        return outages.record(one, began_at=NINE - hours * HOUR, ended_at=None, cause="POWER", **WHO)

    def test_is_open_until_it_works_again(self, city):
        one = self.out()
        with pytest.raises(CannotRecord):
            outages.record(one.hotspot, began_at=NINE - HOUR, ended_at=None, cause="", **WHO)

        outages.end(one, ended_at=NINE, cause="LINE", **WHO)
        again = outages.end(one, ended_at=NINE, cause="", **WHO)

        assert again.cause == "LINE"
        assert not Outage.objects.open().exists()
        assert Entry.objects.filter(event="wifi.outage_ended").count() == 1
        with pytest.raises(CannotRecord):
            outages.end(one, ended_at=NINE - HOUR, cause="", **WHO)

    @pytest.mark.parametrize(("began", "ended"), [(1, None), (-5, 1), (-5, -5), (-5, -6)])
    def test_cannot_lie_ahead_or_end_before_it_begins(self, city, began, ended):
        one = hotspot("丙丙丙")
        with pytest.raises(CannotRecord):
            outages.record(
                one,
                began_at=NINE + began * HOUR,
                ended_at=None if ended is None else NINE + ended * HOUR,
                cause="",
                **WHO,
            )

    def test_that_lasts_too_long_waits_for_whoever_keeps_it(self, city):
        late = self.out()
        fresh = hotspot("丁丁丁丁", agency=late.hotspot.agency)
        outages.record(fresh, began_at=NINE - 3 * HOUR, ended_at=None, cause="", **WHO)

        assert outages.watch(at=NINE) == 1
        assert outages.watch(at=NINE) == 1
        todo = Todo.objects.open().get()
        assert (todo.kind, todo.agency.code, todo.role, todo.title) == (
            outages.OUT,
            "keeper",
            Role.COORDINATOR,
            "丙丙丙",
        )

        outages.end(late, ended_at=NINE, cause="", **WHO)
        assert not Todo.objects.open().exists()

    def test_of_a_hotspot_that_pauses_waits_for_nobody(self, city):
        late = self.out()
        outages.watch(at=NINE)
        services.record_state(late.hotspot, state="PAUSED", since=TODAY, reason="整修", **WHO)

        assert outages.watch(at=NINE) == 0
        assert not Todo.objects.open().exists()

    def test_is_taken_in_once(self, city):
        text = (
            "熱點代碼,中斷時間,恢復時間,原因\nA,106/2/20 08:00,,停電\nB,2017-02-01 10:00,2017-02-01 12:00,設備故障\nX,106/2/20 08:00,,\n"
            "B,2017-02-01 11:00,2017-02-01 13:00,\nA,昨天,,\n"
        )

        first = outages.import_list(io.BytesIO(text.encode()), **WHO)
        again = outages.import_list(io.BytesIO(text.encode()), **WHO)
        closed = outages.import_list(
            io.BytesIO("熱點代碼,中斷時間,恢復時間\nA,106/2/20 08:00,106/2/21 09:00\n".encode()), **WHO
        )

        assert (first.added, len(first.refused)) == (2, 3)
        assert (again.added, again.same) == (0, 2)
        assert closed.changed == 1
        assert list(Outage.objects.values_list("hotspot__code", "ended_at").order_by("hotspot__code")) == [
            ("A", instant(date(2017, 2, 21), 9)), ("B", instant(date(2017, 2, 1), 12)),
        ]  # fmt: skip


class TestTheMonth:
    def test_shows_use_and_availability(self, city, django_assert_max_num_queries):
        send(MONTHLY)
        browser = signed_in(officer())
        browser.get(f"{DESK}use/")

        with django_assert_max_num_queries(30):
            page = browser.get(f"{DESK}use/", {"month": "2017-02"})

        assert "2,010" in page.text
        assert "75.00%" in page.text
        assert "少人使用的熱點" in page.text
        assert "匯入使用紀錄" not in page.text
        assert "70" in browser.get(f"{DESK}use/", {"month": "2017-01"}).text
        assert browser.get(f"{DESK}use/", {"month": "x", "agency": "'"}).status_code == 200
        assert "這些條件下沒有使用紀錄" in browser.get(f"{DESK}use/", {"month": "2017-01", "district": "68000020"}).text

    def test_is_empty_at_first(self, city):
        assert "還沒有使用紀錄" in signed_in(officer()).get(f"{DESK}use/").text

    def test_is_taken_along(self, city):
        send(MONTHLY)
        browser = signed_in(officer())

        assert "2017-02,B,乙乙" in b"".join(browser.get(f"{DESK}use/export.csv")).decode()
        assert browser.get(f"{DESK}use/export.ods").status_code == 200
        assert browser.get(f"{DESK}use/export.exe").status_code == 404

    def test_is_taken_in_by_those_who_keep_the_list(self, city):
        browser = signed_in(commission())

        good = browser.post(f"{DESK}use/import/", {"upload": SimpleUploadedFile("a.csv", MONTHLY.encode())})
        bad = browser.post(f"{DESK}use/import/", {"upload": SimpleUploadedFile("a.csv", b"\x00\x01")})
        none = browser.post(
            f"{DESK}use/import/",
            {"upload": SimpleUploadedFile("a.csv", "日期,熱點代碼,連線人次\n2017-02-01,X,1\n".encode())},
        )

        assert "2 個熱點" in good.text
        assert bad.status_code == none.status_code == 422
        assert "沒有這個代碼的熱點" in none.text
        assert signed_in(officer()).get(f"{DESK}use/import/").status_code == 403


class TestOutagesAtTheDesk:
    def test_are_recorded_and_ended_by_the_agency_that_keeps_it(self, city):
        keeper = make_agency("keeper")
        one = hotspot("丙丙丙", agency=keeper)
        browser = signed_in(make_person(keeper, None, Role.COORDINATOR))
        stranger = signed_in(make_person(make_agency("other"), None, Role.COORDINATOR))
        began = {
            "began_on_year": "106",
            "began_on_month": "2",
            "began_on_day": "26",
            "began_time": "08:00",
            "cause": "POWER",
        }
        here = f"{DESK}hotspots/{one.code}/outage/"

        assert stranger.post(here, began).status_code == 403
        assert browser.get(here).status_code == 200
        assert browser.post(here, began | {"began_time": "25:00"}).status_code == 422
        assert browser.post(here, began | {"ended_time": "09:00"}).status_code == 422
        assert browser.post(here, began).status_code == 302
        outage = Outage.objects.get()
        listed = browser.get(f"{DESK}outages/")
        assert "中斷太久" in listed.text
        assert f"outages/{outage.pk}/end/" in listed.text
        assert f"outages/{outage.pk}/end/" not in stranger.get(f"{DESK}outages/").text
        ended = {
            "ended_on_year": "106",
            "ended_on_month": "2",
            "ended_on_day": "28",
            "ended_time": "08:30",
            "cause": "LINE",
        }
        assert stranger.post(f"{DESK}outages/{outage.pk}/end/", ended).status_code == 403
        assert browser.post(f"{DESK}outages/{outage.pk}/end/", ended).status_code == 302
        assert "現在沒有熱點中斷" in browser.get(f"{DESK}outages/").text
        assert "丙丙丙" in browser.get(f"{DESK}outages/", {"state": "all"}).text
        assert b"2017-02-26 08:00" in b"".join(browser.get(f"{DESK}outages/export.csv?state=all"))

    def test_are_taken_in(self, city):
        text = "熱點代碼,中斷時間\nA,106/2/20 08:00\nX,106/2/20 08:00\n".encode()

        page = signed_in(commission()).post(f"{DESK}outages/import/", {"upload": SimpleUploadedFile("a.csv", text)})

        assert "沒有這個代碼的熱點" in page.text
        assert Outage.objects.count() == 1
