"""The desk's pages of 1999: who may open them, what they show, what leaves by them."""

import csv
import io
from datetime import date

import pytest
from django.test import Client as Browser
from django.utils import translation

from cityhall.domains.hotline import services
from cityhall.domains.hotline.models import Call
from cityhall.domains.hotline.traffic import CDR, LOG, Shape, lines
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.foundation.clock import at as instant

from .logs import EIGHT, T, write

pytestmark = pytest.mark.django_db

NOW = instant(date(2016, 8, 20), 9)
AUGUST = {"from": "2016-08", "to": "2016-08"}


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def signed_in(client):
    def sign_in(role):
        person = make_person(make_agency("rdec"), None, role)
        client.force_login(person.account)
        return client

    return sign_in


@pytest.fixture
def supervisor(signed_in):
    return signed_in(Role.SUPERVISOR)


@pytest.fixture
def eight(tmp_path):
    """The eight calls, two of them with a topic, and one that has not ended."""
    wrapped = [f"{T + 90}|c1|1999|A/1|WRAPUP|enquiry", f"{T + 90}|c2|1999|A/1|WRAPUP|petition"]
    going = f"{T + 91}|c9|1999|NONE|ENTERQUEUE||0900000009|1"
    services.import_queue_log(write(tmp_path / "queue_log", [*EIGHT, *wrapped, going]), by=None, at=NOW)


def words(response):
    return response.content.decode()


class TestCalls:
    def test_are_shown_with_wait_talk_agent_and_topic(self, supervisor, eight):
        page = words(supervisor.get("/desk/calls/"))

        assert "9 通" in page
        for said in ("接聽後轉接", "等候中掛斷", "無人接聽", "尚未結束", "市政諮詢", "轉分機 2001", "2 席響鈴未接"):
            assert said in page

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("outcome=ABANDONED", {"c4", "c5"}),
            ("topic=enquiry", {"c1"}),
            ("topic=-&outcome=ANSWERED", {"c3"}),
            ("queue=1999&outcome=TIMED_OUT", {"c6"}),
            ("agent=A/1&outcome=TRANSFERRED", {"c8"}),
            ("agent=nobody", set()),
            ("first_year=105&first_month=8&first_day=2", set()),
            ("last_year=105&last_month=8&last_day=1&outcome=LEFT_BY_KEY", {"c7"}),
        ],
    )
    def test_are_narrowed_by_each_filter(self, supervisor, eight, asked, found):
        response = supervisor.get(f"/desk/calls/?{asked}")

        if asked == "agent=nobody":
            assert response.status_code == 422
            return
        assert {row.callid for row in response.context["page"].object_list} == found

    def test_say_so_when_there_are_none(self, supervisor):
        assert "還沒有來電" in words(supervisor.get("/desk/calls/"))
        assert "沒有符合條件的來電" in words(supervisor.get("/desk/calls/?outcome=OPEN"))

    def test_cost_the_same_for_many(self, supervisor, tmp_path, django_assert_max_num_queries):
        log = [text for name, text in lines(Shape(date(2016, 8, 1), 1, 90)) if name == LOG]
        services.import_queue_log(write(tmp_path / "log", log), by=None, at=NOW)

        with django_assert_max_num_queries(25) as few:
            supervisor.get("/desk/calls/?page=1")
        Call.objects.filter(pk__in=list(Call.objects.values_list("pk", flat=True)[5:])).delete()
        with django_assert_max_num_queries(len(few)):
            supervisor.get("/desk/calls/?page=1")

    def test_show_no_number_anywhere(self, supervisor, eight):
        for path in (
            "/desk/calls/",
            "/desk/calls/statistics/?from=2016-08&to=2016-08",
            "/figures/hotline.calls?from=2016-08&to=2016-08",
        ):
            assert "090000000" not in words(supervisor.get(path))

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.OFFICER, Role.COORDINATOR, Role.ADMIN])
    def test_are_not_for_operators_nor_for_agencies(self, signed_in, role):
        assert signed_in(role).get("/desk/calls/").status_code == 403


class TestExport:
    def test_holds_the_filtered_calls_and_nobodys_number(self, supervisor, eight):
        response = supervisor.get("/desk/calls/export.csv?outcome=ABANDONED")

        text = b"".join(response.streaming_content).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["等候秒數"] for row in rows] == ["40", "3"]
        assert "0900000004" not in text
        assert not any(len(cell) >= 32 for row in rows for cell in row.values())

    @pytest.mark.parametrize("kind", ["ods", "xlsx"])
    def test_is_a_book_too(self, supervisor, eight, kind):
        assert supervisor.get(f"/desk/calls/export.{kind}").status_code == 200

    def test_is_written_down(self, supervisor, eight):
        supervisor.get("/desk/calls/export.ods?outcome=ABANDONED")

        assert '"rows":2' in Entry.objects.get(event="hotline.exported").payload

    def test_is_not_for_who_only_reads(self, signed_in, eight):
        assert signed_in(Role.AUDITOR).get("/desk/calls/export.csv").status_code == 403
        assert not Entry.objects.filter(event="hotline.exported").exists()

    def test_of_an_unknown_kind_is_not_found(self, supervisor):
        assert supervisor.get("/desk/calls/export.exe").status_code == 404


class TestStatistics:
    def test_set_three_definitions_side_by_side(self, supervisor, eight):
        page = words(supervisor.get("/desk/calls/statistics/", AUGUST))

        for number in ("37.50%", "42.86%", "75.00%", "66.67%", "25.00%", "14.29%", "12.0", "60.8"):
            assert number in page
        assert "剛好 20 秒也算" in page

    def test_speak_english(self, signed_in, eight):
        with translation.override("en"):
            page = words(signed_in(Role.OPERATOR).get("/en/desk/calls/statistics/", AUGUST))

        assert "Service level by three definitions" in page
        assert "37.50%" in page

    def test_show_the_day_and_the_months(self, supervisor, tmp_path):
        found = {LOG: [], CDR: []}
        for name, text in lines(Shape(date(2016, 7, 25), 12, 60)):
            found[name].append(text)
        services.import_queue_log(write(tmp_path / "log", found[LOG]), by=None, at=NOW)
        services.import_cdr(write(tmp_path / "cdr", found[CDR]), by=None, at=NOW)

        response = supervisor.get("/desk/calls/statistics/", {"from": "2016-07", "to": "2016-08"})

        headings = [chart.heading for chart in response.context["charts"]]
        assert headings == [
            "一天當中每半小時的來電", "一天當中每半小時的及時接聽率", "一天當中每半小時平均有幾席可接聽", "每月要求話務人員應答的來電",
        ]  # fmt: skip
        assert 5 < response.context["performance"].occupancy < 100
        assert "忙碌程度" in words(response)
        tally = response.context["tally"]
        assert tally.offered == Call.objects.operator().count()
        assert response.context["menu"] == len(found[CDR])

    def test_cost_the_same_for_many(self, supervisor, tmp_path, django_assert_max_num_queries):
        log = [text for name, text in lines(Shape(date(2016, 8, 1), 6, 60)) if name == LOG]
        services.import_queue_log(write(tmp_path / "log", log), by=None, at=NOW)

        with django_assert_max_num_queries(25):
            supervisor.get("/desk/calls/statistics/", AUGUST)

    def test_of_nothing_say_so(self, supervisor):
        assert "這段期間沒有來電" in words(supervisor.get("/desk/calls/statistics/"))

    def test_of_no_period_say_what_is_wrong(self, supervisor):
        response = supervisor.get("/desk/calls/statistics/", {"from": "2016-13", "to": "x"})

        assert response.status_code == 400
        assert "看不懂這段期間" in words(response)

    def test_are_for_operators_without_a_way_to_the_calls(self, signed_in, eight):
        page = words(signed_in(Role.OPERATOR).get("/desk/calls/statistics/", AUGUST))

        assert "37.50%" in page
        assert 'href="/desk/calls/"' not in page

    def test_are_not_for_others(self, signed_in):
        assert signed_in(Role.OFFICER).get("/desk/calls/statistics/").status_code == 403
        assert Browser().get("/desk/calls/statistics/").status_code == 302
