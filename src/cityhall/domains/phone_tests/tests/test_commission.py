"""The commission's pages: months drawn and drawn anew, results, the download, cards; an agency sees its own alone."""

from datetime import date, timedelta

import pytest

from cityhall.domains.phone_tests import results, services
from cityhall.domains.phone_tests.models import CallPlan, PhoneTest, ScenarioCard
from cityhall.domains.phone_tests.refusals import CannotTest
from cityhall.engines.audit.models import Entry
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant

from .city import BAD, MONTH, NINE, TODAY, drawn, make_city, scored, signed_in, unanswered, waiting
from .test_pages import words

pytestmark = pytest.mark.django_db
HERE = "/desk/phone-tests/"


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: instant(TODAY, 17))
    return make_city()


@pytest.fixture
def called(city):
    """Ten calls: the first failed, the second was not answered, one still waits, all others passed."""
    rows = waiting(drawn())
    scored(rows[0], BAD)
    unanswered(rows[1])
    for test in rows[2:-1]:
        scored(test)
    return rows


class TestRedraw:
    def test_takes_another_seed_and_shares_out_anew(self, city):
        plan = drawn()
        seed, before = plan.seed, set(plan.tests.values_list("pk", flat=True))

        again = services.redraw(plan, reason="通訊錄有誤", by=city.commission.account, at=NINE)

        assert again.seed != seed
        assert again.tests.count() == 10
        assert not before & set(again.tests.values_list("pk", flat=True))
        assert Todo.objects.filter(person=city.tester, closed_at=None).count() == 1
        assert Entry.objects.get(event="phone_test.redrawn").details["new"]["reason"] == "通訊錄有誤"

    @pytest.mark.parametrize("tries", [0, 1])
    def test_is_refused_once_somebody_has_called(self, city, tries):
        plan = drawn()
        test = waiting(plan)[0]
        if tries:
            unanswered(test, tries=tries)
        else:
            scored(test)

        with pytest.raises(CannotTest, match="已經開始"):
            services.redraw(plan, reason="想換", by=city.commission.account, at=NINE)
        assert "重抽" not in words(signed_in(city.commission).get(f"{HERE}plans/{plan.slug}/"))

    def test_needs_a_reason_and_a_month_that_is_not_over(self, city):
        plan = drawn()

        with pytest.raises(CannotTest, match="為什麼"):
            services.redraw(plan, reason=" ", by=city.commission.account, at=NINE)
        with pytest.raises(CannotTest, match="過了"):
            services.redraw(plan, reason="x", by=city.commission.account, at=NINE + timedelta(days=30))

    def test_is_done_at_its_page(self, city):
        plan = drawn()
        page = f"{HERE}plans/{plan.slug}/redraw/"
        browser = signed_in(city.commission)

        assert browser.post(page, {"reason": ""}).status_code == 422
        assert "已用新的種子重抽10通" in words(browser.post(page, {"reason": "通訊錄有誤"}, follow=True))


class TestPlans:
    def test_are_drawn_at_their_page(self, city):
        browser = signed_in(city.commission)

        page = words(browser.post(f"{HERE}plans/draw/", {"month": "2026-12"}, follow=True))

        assert "並分給測試員" in page
        assert CallPlan.objects.get().drawn_by == city.commission.account
        again = browser.post(f"{HERE}plans/draw/", {"month": "2026-12"}, follow=True)
        assert "還沒抽過的月份" in words(again)

    def test_say_why_none_can_be_drawn(self, city):
        ScenarioCard.objects.update(valid_until=MONTH)

        page = signed_in(city.commission).post(f"{HERE}plans/draw/", {"month": "2026-11"}, follow=True)

        assert "沒有使用中的情境卡" in words(page)

    def test_show_strata_seed_and_testers(self, city, called):
        page = words(signed_in(city.commission).get(f"{HERE}plans/2026-11/"))

        assert "test" in page
        assert all(str(one.tester.name) in page for one in called)
        assert words(signed_in(city.commission).get(f"{HERE}plans/2026-11/?state=FAILED")).count("T115-11-") == 1

    def test_say_when_there_are_not_telephones_enough(self, city):
        drawn(size=40)

        assert "只抽得出 15 通" in words(signed_in(city.commission).get(f"{HERE}plans/2026-11/"))

    @pytest.mark.parametrize("month", ["2026-10", "2026-13", "x"])
    def test_of_other_months_are_not_found(self, city, month):
        drawn()

        assert signed_in(city.commission).get(f"{HERE}plans/{month}/").status_code == 404

    @pytest.mark.parametrize("path", ["plans/", "plans/2026-11/", "plans/2026-11/redraw/", "cards/", "cards/new/"])
    def test_are_hidden_from_agencies_and_testers(self, city, path):
        drawn()

        for person in (city.coordinator, city.tester):
            assert signed_in(person).get(HERE + path).status_code == 403

    def test_are_asked_with_few_questions(self, city, called, django_assert_max_num_queries):
        browser = signed_in(city.commission)
        browser.get(f"{HERE}plans/2026-11/")

        for path in ("plans/", "plans/2026-11/"):
            with django_assert_max_num_queries(22):
                browser.get(HERE + path)


class TestResults:
    def test_count_by_agency_window_and_month(self, city, called):
        rows = PhoneTest.objects.exclude(called_on=None)

        total = results.total(rows)
        assert (total.scored, total.passed, total.failed, total.unanswered) == (8, 7, 1, 1)
        assert total.percent == 87.5
        groups = dict(results.by_agency(rows))
        assert list(groups) == ["府內機關", "區公所", "府外機關"]
        assert sum(one.scored for lines in groups.values() for one in lines) == 8
        assert sum(one.scored + one.unanswered for one in results.by_window(rows)) == 9
        assert [one.label for one in results.by_place(rows)] == ["第一線服務單位", "其他單位"]
        assert [(day, line.scored) for day, line in results.by_month(rows)] == [(date(2026, 11, 1), 8)]
        assert [(one.label, round(one.percent)) for one in results.by_criterion(rows)] == [
            ("接聽速度", 100), ("接聽禮儀", 80), ("答復正確", 75),
        ]  # fmt: skip

    def test_are_listed_and_narrowed(self, city, called):
        browser = signed_in(city.commission)

        assert browser.get(f"{HERE}results/").context["page"].paginator.count == 9
        for query, many in (
            ("state=FAILED", 1), ("state=UNANSWERED", 1), (f"q={called[0].number}", 1), (f"q={called[-1].number}", 0),
            ("q=abc", 0), ("year=2025", 9), ("improvement=ASKED", 2), ("improvement=late", 0), ("place=yes", None),
            ("window=LUNCH", None), ("agency=works", None),
        ):  # fmt: skip
            found = browser.get(f"{HERE}results/?{query}").context["page"].paginator.count
            assert found == many if many is not None else 0 <= found < 9

    def test_of_an_agency_are_its_own_without_what_is_planned(self, city, called):
        own = PhoneTest.objects.filter(agency=city.works).exclude(called_on=None)

        page = signed_in(city.coordinator).get(f"{HERE}results/")

        assert page.context["page"].paginator.count == own.count() > 0
        text = words(page)
        assert "桃園區公所" not in text
        assert called[-1].number not in text
        assert "測試計畫" not in text

    def test_are_not_the_testers(self, city, called):
        assert signed_in(city.tester).get(f"{HERE}results/").status_code == 403

    def test_say_why_they_are_empty(self, city):
        assert "還沒有測試結果" in words(signed_in(city.commission).get(f"{HERE}results/"))

    @pytest.mark.parametrize("kind", ["csv", "ods", "xlsx"])
    def test_are_downloaded_within_rights_without_testers_and_written_down(self, city, called, kind):
        city.tester.name = "密探甲"
        city.tester.save()

        answer = signed_in(city.coordinator).get(f"{HERE}results/export.{kind}")

        content = b"".join(answer.streaming_content)
        if kind == "csv":
            text = content.decode()
            assert "養工處" in text
            assert "桃園區公所" not in text
            assert "密探甲" not in text
        assert content
        assert Entry.objects.filter(event="phone_test.exported").count() == 1

    def test_of_an_unknown_kind_are_not_found(self, city):
        assert signed_in(city.commission).get(f"{HERE}results/export.exe").status_code == 404

    def test_are_asked_with_few_questions(self, city, called, django_assert_max_num_queries):
        browser = signed_in(city.commission)
        browser.get(f"{HERE}results/")

        with django_assert_max_num_queries(30):
            browser.get(f"{HERE}results/")


class TestCards:
    FORM = {
        "code": "Z9", "topic": "ACTIVITY", "agency": "works", "question": "何時？", "answer": "週六。", "valid_from_0": "2026",
        "valid_from_1": "11", "valid_from_2": "20",
    }  # fmt: skip

    def test_are_added_and_retired(self, city):
        browser = signed_in(city.commission)
        names = list(browser.get(f"{HERE}cards/new/").context["form"].fields)
        assert names == ["code", "topic", "agency", "question", "answer", "valid_from"]

        assert "已停用情境卡A1" in words(browser.post(f"{HERE}cards/A1/retire/", follow=True))
        assert "卡號" in words(browser.get(f"{HERE}cards/"))
        assert browser.post(f"{HERE}cards/new/", {"code": "A2"}).status_code == 422
        assert browser.post(f"{HERE}cards/A1/retire/").status_code == 422
