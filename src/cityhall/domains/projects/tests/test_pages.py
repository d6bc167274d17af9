"""Pages of projects: whole requests by who may and by who may not; what is typed is kept."""

import re
from datetime import date

import pytest

from cityhall.domains.projects import queries, services
from cityhall.domains.projects.models import Application, Candidacy, Project
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.files.sheets import read_sheet
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.models import Hit, MonthReport
from cityhall.foundation.clock import at as instant

from .making import listed, make_city, plan_from, proposed, reported, signed_in

pytestmark = pytest.mark.django_db
DESK = "/desk/projects/"
NEW_YEAR, TODAY = date(2016, 1, 4), date(2016, 3, 15)


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: instant(TODAY, 10))
    return make_city()


@pytest.fixture
def behind(city):
    """Twenty points behind in February, so said by the rules."""
    project = listed(agency=city.works, unit=city.roads, on=NEW_YEAR, district="")
    reported(project, 1, 0, date(2016, 2, 5), paid=10)
    reported(project, 2, 0, date(2016, 3, 5), paid=20)
    plans.set_land(project.plan, state="UNDETERMINED", by=None, at=instant(date(2016, 2, 1)))
    plans.evaluate("major", date(2016, 2, 1), by=None, at=instant(date(2016, 3, 11)))
    return project


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def here(project, rest=""):
    return f"{DESK}{project.number}/{rest}"


def sheet_of(response):
    from io import BytesIO

    content = b"".join(response.streaming_content)
    return content.decode("utf-8-sig") if response["Content-Type"].startswith("text/csv") else BytesIO(content)


class TestPortfolio:
    def test_shows_lights_and_says_their_rule(self, city, behind):
        fine = listed(agency=city.district, on=date(2016, 3, 1), name="活動中心", **plan_from(date(2016, 4, 1)))

        page = words(signed_in(city.commission).get(DESK))

        assert behind.number in page
        assert fine.number in page
        assert "2月預定20%、實際0%，落後20個百分點，已達20個百分點" in page
        assert "用地取得方式尚未確定" in page
        assert "綠燈 1" in page

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("?light=RED", True), ("?light=GREEN", False), ("?standing=D", True), ("?standing=CLOSED", False),
            ("?q=圖書館", True), ("?q=M105-001", True), ("?q=公園", False), ("?kind=other", False), ("?month=2016-01", True),
            ("?agency=works", True), ("?month=1999-13&light=x", True), ("?page=999", True),
        ],
    )  # fmt: skip
    def test_is_narrowed(self, city, behind, query, found):
        response = signed_in(city.commission).get(f"{DESK}{query}")

        assert response.status_code == 200
        assert (behind.number in words(response)) is found

    def test_of_a_past_month_goes_by_what_was_known_then(self, city, behind):
        page = words(signed_in(city.commission).get(f"{DESK}?month=2016-01"))

        assert "105年1月底的情形" in page
        assert "落後20" not in page

    def test_is_seen_by_the_agency_and_nobody_elses(self, city, behind):
        assert behind.number in words(signed_in(city.coordinator).get(DESK))
        assert behind.number not in words(signed_in(city.other).get(DESK))
        assert signed_in(city.other).get(here(behind)).status_code == 404
        assert signed_in(make_person(city.rdec, None, Role.TESTER)).get(DESK).status_code == 403

    def test_leaves_as_a_sheet_and_that_is_written_down(self, city, behind):
        browser = signed_in(city.commission)

        text = sheet_of(browser.get(f"{DESK}export.csv"))

        assert behind.number in text
        assert "紅燈" in text
        assert browser.get(f"{DESK}export.pdf").status_code == 404
        assert Entry.objects.filter(event="projects.exported").exists()
        assert "工務局" in sheet_of(browser.get(f"{DESK}table.csv"))
        assert "落後20個百分點" in sheet_of(browser.get(f"{DESK}hits.csv"))

    def test_asks_as_often_for_many_as_for_few(self, city, behind, django_assert_max_num_queries):
        for _n in range(8):
            listed(agency=city.works, on=date(2016, 3, 1))
        browser = signed_in(city.commission)
        browser.get(DESK)

        with django_assert_max_num_queries(48):
            browser.get(DESK)


class TestAnotherProfile:
    def test_has_the_same_pages_with_its_own_words_facets_and_checkpoints(self, city, behind):
        agency, commission, of = signed_in(city.coordinator), signed_in(city.commission), "?profile=subsidy"
        plan = {key.replace("award", "accept"): value for key, value in PLAN.items()}
        given = {**NEW, **plan, "facet_class": "sport", "facet_mode": "grant"}
        refused = agency.post(f"{DESK}new/{of}", {**given, "facet_class": "x"})
        assert (refused.status_code, "驗收完成的預定日" in words(refused)) == (422, True)

        assert "編號S105-001" in words(agency.post(f"{DESK}new/{of}", given, follow=True))
        project = Project.objects.of("subsidy").get()
        assert "公園" in words(commission.get(f"{DESK}candidates/{of}"))
        services.select(project, on=TODAY, reason="選列", by=None, at=instant(TODAY))

        listed_page = words(commission.get(f"{DESK}{of}&facet_class=sport"))
        assert (project.number in listed_page, behind.number in listed_page) == (True, False)
        assert project.number not in words(commission.get(f"{DESK}{of}&facet_class=water"))
        assert project.number not in words(commission.get(DESK))
        assert "工務局" in words(commission.get(f"{DESK}table/{of}"))
        assert "體育" in sheet_of(commission.get(f"{DESK}export.csv{of}"))
        assert commission.get(f"{DESK}?profile=none").status_code == 404
        assert commission.get(f"{DESK}hits/{of}").status_code == 404  # its months are not evaluated


class TestTable:
    def test_adds_up_with_ranks(self, city, behind):
        page = words(signed_in(city.commission).get(f"{DESK}table/"))

        assert "A列管＝B辦結＋C符合或超前＋D落後＋E撤銷" in page
        assert "工務局" in page

    def test_is_empty_with_help(self, city):
        assert "有計畫列管以後" in words(signed_in(city.commission).get(f"{DESK}table/"))
        assert "還沒有列管計畫" in words(signed_in(city.commission).get(DESK))
        assert "還沒有判定過" in words(signed_in(city.commission).get(f"{DESK}hits/"))
        assert "還沒有機關提報" in words(signed_in(city.commission).get(f"{DESK}candidates/"))


class TestProject:
    def test_shows_everything_that_is_known(self, city, behind):
        plans.hold_tender(behind.plan, package="土建", on=TODAY, result="FAILED", by=None, at=instant(TODAY, 9))
        plans.stop(behind.plan, on=TODAY, reason="管線", by=None, at=instant(TODAY, 9))
        plans.ask_coordination(
            behind.plan, matter="遷管線", asked_of=city.district, on=TODAY, by=None, at=instant(TODAY, 9)
        )

        response = signed_in(city.commission).get(here(behind))

        page = words(response)
        for text in (
            "工務局",
            "預定、實際進度與預算執行",
            "檢核點：預定與完成",
            "流標",
            "還沒復工",
            "遷管線",
            "第 1 版",
            "連日下雨",
        ):
            assert text in page
        assert response.content.count(b"<svg") >= 2

    def test_offers_each_what_they_may_do(self, city, behind):
        agency, commission = (words(signed_in(who).get(here(behind))) for who in (city.officer, city.commission))

        assert "申請計畫修正" in agency
        assert "檢核點完成" in agency
        assert "申請計畫修正" not in commission
        assert "重新開放" in commission

    def test_shows_both_values_of_a_corrected_month(self, city, behind):
        plans.reopen(behind.plan, month=date(2016, 2, 1), until=TODAY, reason="誤植", by=None, at=instant(TODAY, 9))
        reported(behind, 2, 15, TODAY, paid=20)

        page = words(signed_in(city.commission).get(here(behind)))

        assert "15%" in page
        assert "鎖定時 0%" in page


MONTH = {
    "percent": "45",
    "paid": "1,000",
    "unpaid": "",
    "retained": "",
    "surplus": "",
    "reason": "",
    "measure": "",
    "help_needed": "",
    "seen": "0",
}


class TestMonth:
    @pytest.fixture(autouse=True)
    def _later(self, monkeypatch, city):
        monkeypatch.setattr("django.utils.timezone.now", lambda: instant(date(2016, 4, 5), 10))

    def test_is_reported_by_the_unit(self, city, behind):
        response = signed_in(city.officer).post(here(behind, "months/2016-03/"), MONTH, follow=True)

        assert "105年3月的進度已填報" in words(response)
        assert MonthReport.objects.get(month=date(2016, 3, 1)).paid == 1000

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"percent": ""}, ""), ({"percent": "101"}, "0到100"), ({"percent": "12.345"}, "兩位小數"),
            ({"percent": "30"}, "進度落後時要寫"), ({"paid": "-5"}, "0以上"), ({"paid": "1"}, "不能比前一個月少"),
            ({"seen": "3"}, "別人已經填報"),
        ],
    )  # fmt: skip
    def test_comes_back_with_what_was_typed(self, city, behind, given, sentence):
        response = signed_in(city.officer).post(
            here(behind, "months/2016-03/"), {**MONTH, "help_needed": "請協調台電", **given}
        )

        assert response.status_code == 422
        assert sentence in words(response)
        assert "請協調台電" in words(response)
        assert not MonthReport.objects.filter(month=date(2016, 3, 1)).exists()

    def test_that_stands_is_told_so(self, city, behind):
        response = signed_in(city.officer).post(here(behind, "months/2016-02/"), {**MONTH, "seen": "1"})

        assert (response.status_code, "已經鎖定" in words(response)) == (422, True)
        assert signed_in(city.officer).get(here(behind, "months/2016-99/")).status_code == 404

    def test_is_the_units_own(self, city, behind):
        assert signed_in(city.other).get(here(behind, "months/2016-03/")).status_code == 404
        assert signed_in(city.commission).get(here(behind, "months/2016-03/")).status_code == 403


class TestSheet:
    def test_goes_out_filled_and_comes_in(self, city, behind):
        browser = signed_in(city.coordinator)
        content = sheet_of(browser.get(f"{DESK}months.ods"))
        from cityhall.domains.projects import sheets

        rows = read_sheet(content, sheets.COLUMNS).rows
        assert [(row["number"], row["percent"]) for row in rows] == [(behind.number, 0), (behind.number, 0)]
        content.seek(0)
        content.name = "months.ods"

        page = words(browser.post(f"{DESK}months/", {"sheet": content}))

        assert "收了 0 列；2 列和原來相同" in page

    def test_refuses_what_is_no_sheet(self, city):
        from django.core.files.uploadedfile import SimpleUploadedFile

        response = signed_in(city.coordinator).post(
            f"{DESK}months/", {"sheet": SimpleUploadedFile("a.ods", b"\x00\x01")}
        )

        assert response.status_code == 422
        assert signed_in(city.commission).get(f"{DESK}months/").status_code == 403

    def test_explains_each_refused_cell(self, city, behind):
        from django.core.files.uploadedfile import SimpleUploadedFile

        text = f"計畫編號,月份,實際進度,實支數,雜項\n{behind.number},105/2,九成,0,x\n"
        response = signed_in(city.coordinator).post(
            f"{DESK}months/", {"sheet": SimpleUploadedFile("a.csv", text.encode())}
        )

        assert "九成" in words(response)
        assert "雜項" in words(response)


PLAN = {
    "on_award_year": "105", "on_award_month": "6", "on_award_day": "30",
    "months": "105/4 10 100\n105/5 50 200\n105/6 100 300",
}  # fmt: skip
NEW = {
    "name": "公園", "agency": "works", "year": "2016", "works": "works", "total_budget": "40,000,000",
    "district": "", "place": "", "about": "", **PLAN,
}  # fmt: skip


class TestProposing:
    def test_is_done_by_the_agency_and_decided_by_the_commission(self, city):
        response = signed_in(city.coordinator).post(f"{DESK}new/", NEW, follow=True)
        assert "編號M105-001" in words(response)
        project = Project.objects.get()
        browser = signed_in(city.commission)
        assert "公園" in words(browser.get(f"{DESK}candidates/?decision=WAITING"))

        page = browser.post(
            here(project, "select/"),
            {"on_year": "105", "on_month": "3", "on_day": "15", "reason": "達門檻"},
            follow=True,
        )

        assert "已列為府列管" in words(page)
        assert Candidacy.objects.get().decision == "LISTED"

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"months": "105/4 10\n105/6 100"}, "月份要連續"), ({"months": "四月 10"}, "第1列"),
            ({"months": "105/4"}, "三項"), ({"on_award_day": "31"}, "沒有這一天"), ({"total_budget": "很多"}, "整數"),
            ({"on_award_year": "", "on_award_month": "", "on_award_day": ""}, "至少要有一個檢核點"),
            ({"agency": "taoyuan"}, ""),
        ],
    )  # fmt: skip
    def test_comes_back_with_what_was_typed(self, city, given, sentence):
        response = signed_in(city.coordinator).post(f"{DESK}new/", {**NEW, "about": "親子公園", **given})

        assert response.status_code == 422
        assert sentence in words(response)
        assert "親子公園" in words(response)
        assert not Project.objects.exists()

    def test_is_left_to_a_person_of_the_agency(self, city):
        project = proposed(agency=city.works, on=TODAY)

        page = signed_in(city.commission).post(
            here(project, "leave/"), {"keeper": city.officer.pk, "reason": "規模小"}, follow=True
        )

        assert "自主管理" in words(page)
        assert Candidacy.objects.get().keeper == city.officer


RECORDS = [
    ("met", {"code": "award", "on_year": "105", "on_month": "3", "on_day": "1"}),
    ("tender", {"package": "土建", "on_year": "105", "on_month": "3", "on_day": "1", "result": "FAILED"}),
    ("stop", {"on_year": "105", "on_month": "3", "on_day": "1", "reason": "管線"}),
    ("land", {"state": "DETERMINED", "note": ""}),
    ("ask", {"matter": "遷管線", "asked_of": "", "on_year": "105", "on_month": "3", "on_day": "1"}),
]


class TestRecords:
    @pytest.mark.parametrize(("what", "given"), RECORDS)
    def test_are_written_by_the_unit(self, city, behind, what, given):
        response = signed_in(city.officer).post(here(behind, f"record/{what}/"), given)

        assert response.status_code == 302
        assert signed_in(city.other).post(here(behind, f"record/{what}/"), given).status_code == 404

    def test_end_what_began(self, city, behind):
        browser, day = signed_in(city.officer), {"on_year": "105", "on_month": "3", "on_day": "2"}
        for what, given in RECORDS:
            browser.post(here(behind, f"record/{what}/"), given)
        request = behind.plan.requests.get()

        assert browser.post(here(behind, "record/resume/"), day).status_code == 302
        assert (
            browser.post(here(behind, "record/settle/"), {"request": request.pk, "how": "好", **day}).status_code == 302
        )
        assert browser.get(here(behind, "record/none/")).status_code == 404
        assert browser.post(here(behind, "record/resume/"), day).status_code == 422


class TestApplications:
    def test_are_sent_and_decided(self, city, behind):
        change = {"reason": "變更設計", "months": "105/1 10 1\n105/2 20 2\n105/3 100 3"}
        for code in ("award", "half", "accept"):
            change |= {f"on_{code}_year": "105", f"on_{code}_month": "9", f"on_{code}_day": "30"}
        response = signed_in(city.officer).post(here(behind, "apply/change/"), change)
        assert response.status_code == 302
        browser = signed_in(city.commission)
        assert "105年9月30日" in words(browser.get(here(behind, "decide/"))).replace(" ", "")

        browser.post(here(behind, "decide/"), {"approved": "yes", "remark": ""})

        assert Application.objects.get().state == "APPROVED"
        assert behind.plan.baselines.count() == 2
        assert browser.get(here(behind, "decide/")).status_code == 404
        assert signed_in(city.officer).get(here(behind, "apply/none/")).status_code == 404

    def test_show_the_plan_as_it_stands(self, city, behind):
        page = signed_in(city.officer).get(here(behind, "apply/change/")).content.decode()

        assert "105/1 10 5000000" in page
        for kind in ("closing", "withdrawal"):
            assert signed_in(city.officer).get(here(behind, f"apply/{kind}/")).status_code == 200


class TestHits:
    def test_are_listed_and_cleared_with_a_reason(self, city, behind):
        browser = signed_in(city.commission)
        assert "105年2月的異常計畫" in words(browser.get(f"{DESK}hits/"))
        hit = Hit.objects.get(rule="LAND")
        address = here(behind, f"hits/{hit.reference}/clear/")
        assert browser.post(address, {"reason": ""}).status_code == 422

        page = words(browser.post(address, {"reason": "已決定徵收"}, follow=True))

        assert "已決定徵收" in page
        assert signed_in(city.officer).post(address, {"reason": "x"}).status_code == 403

    def test_are_tried_with_other_thresholds(self, city, behind):
        browser = signed_in(city.commission)
        given = "late_months=2&behind_points=25&behind_months=3&missing_counts=no&failed_tenders=3&stopped_months=2"

        page = browser.get(f"{DESK}what-if/?{given}")
        land_settled = words(page)

        assert page.status_code == 200
        assert "過去12個月" in land_settled
        assert browser.get(f"{DESK}what-if/?late_months=x").status_code == 422
        assert browser.get(f"{DESK}what-if/").status_code == 200
        assert Hit.objects.count() == 2  # nothing is changed

    def test_name_what_a_change_adds_and_leaves_out(self, city, behind):
        plans.set_land(behind.plan, state="DETERMINED", by=None, at=instant(date(2016, 2, 2)))
        given = "late_months=2&behind_points=25&behind_months=3&missing_counts=no&failed_tenders=3&stopped_months=2"

        page = words(signed_in(city.commission).get(f"{DESK}what-if/?{given}"))

        assert "中路圖書館新建工程" in page


class TestReopening:
    def test_is_the_commissions(self, city, behind):
        day = {"until_year": "105", "until_month": "3", "until_day": "20", "reason": "誤植"}
        address = here(behind, "months/2016-02/reopen/")

        page = words(signed_in(city.commission).post(address, day, follow=True))

        assert "105年2月已重新開放" in page
        assert signed_in(city.officer).post(address, day).status_code == 403


def test_search_finds_by_any_word(city, behind):
    from cityhall.domains.projects.wiring import found

    at = instant(TODAY, 10)

    assert [hit.url for hit in found(city.commission.account, "圖書館 新建", at, 5)] == [here(behind)]
    assert found(city.commission.account, behind.number, at, 5)[0].exact
    assert found(city.other.account, "圖書館", at, 5) == []
    assert services.last_ended_month(TODAY) == date(2016, 2, 1)
    assert queries.moment(None, TODAY).report_month == date(2016, 2, 1)
