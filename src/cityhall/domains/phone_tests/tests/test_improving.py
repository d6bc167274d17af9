"""After a test that failed or that nobody answered: the agency is told, answers, and the commission decides."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from cityhall.domains.phone_tests import improving
from cityhall.domains.phone_tests.models import Improvement
from cityhall.domains.phone_tests.refusals import CannotTest
from cityhall.domains.phone_tests.states import ImprovementState
from cityhall.engines.audit.models import Entry
from cityhall.engines.letters.models import Letter
from cityhall.engines.worklist.models import Todo

from .city import BAD, TODAY, drawn, make_city, scored, signed_in, unanswered, waiting, when

pytestmark = pytest.mark.django_db
SAID = "已請同仁重新受訓，並把應備文件貼在桌上。"


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def failed(city):
    return scored(waiting(drawn(), agency=city.works)[0], BAD)


def open_todos(kind):
    return Todo.objects.filter(kind=kind, closed_at=None)


def answered(test, city):
    return improving.answer(test, text=SAID, by=city.coordinator.account, at=when(test) + timedelta(days=1))


def decided(test, city, *, accepted=True, remark=""):
    by, at = city.commission.account, when(test) + timedelta(days=2)
    return improving.decide(test, accepted=accepted, remark=remark, by=by, at=at)


class TestAsking:
    def test_puts_it_on_the_agencys_list_with_a_day_and_a_letter(self, city, failed):
        row = Improvement.objects.get(test=failed)

        assert (row.state, row.due_on) == (ImprovementState.ASKED, date(2026, 11, 25))
        todo = open_todos(improving.ANSWER).get()
        assert (todo.agency, todo.reference) == (city.works, failed.number)
        letter = Letter.objects.get(template="phone_tests.found")
        assert letter.address == city.coordinator.account.email
        assert "68 分，不到 80 分" in letter.text
        assert f"/desk/phone-tests/tests/{failed.reference}/" in letter.text

    def test_tells_of_no_answer_in_its_own_words(self, city):
        test = unanswered(waiting(drawn(), agency=city.works)[0])

        assert Improvement.objects.get(test=test).state == ImprovementState.ASKED
        letter = Letter.objects.get(template="phone_tests.found")
        assert "無人接聽" in letter.subject
        assert "分，不到" not in letter.text

    def test_asks_nothing_after_a_test_that_passed(self, city):
        scored(waiting(drawn())[0])

        assert not Improvement.objects.exists()

    def test_never_names_the_tester(self, city, failed):
        assert failed.tester.name not in Letter.objects.get(template="phone_tests.found").text


class TestAnswer:
    def test_goes_to_the_commission(self, city, failed):
        row = answered(failed, city)

        assert (row.state, row.answer) == (ImprovementState.ANSWERED, SAID)
        assert not open_todos(improving.ANSWER).exists()
        assert open_todos(improving.DECIDE).get().agency == city.rdec
        assert Entry.objects.filter(event="phone_test.answered").count() == 1

    def test_is_given_once_and_in_words(self, city, failed):
        with pytest.raises(CannotTest, match="怎麼改善"):
            improving.answer(failed, text=" ", by=city.coordinator.account, at=when(failed))
        answered(failed, city)
        with pytest.raises(CannotTest, match="已經回復過"):
            answered(failed, city)

    def test_is_due_after_no_test_that_passed(self, city):
        with pytest.raises(CannotTest, match="不必回復"):
            answered(scored(waiting(drawn())[0]), city)


class TestDecision:
    def test_ends_it(self, city, failed):
        answered(failed, city)

        assert decided(failed, city).state == ImprovementState.ACCEPTED
        assert not open_todos(improving.DECIDE).exists()

    def test_sends_it_back_with_a_reason_and_asks_again(self, city, failed):
        answered(failed, city)
        with pytest.raises(CannotTest, match="還缺什麼"):
            decided(failed, city, accepted=False)

        decided(failed, city, accepted=False, remark="沒有寫誰負責")

        rows = list(Improvement.objects.filter(test=failed).order_by("n").values_list("n", "state"))
        assert rows == [(1, ImprovementState.SENT_BACK), (2, ImprovementState.ASKED)]
        assert open_todos(improving.ANSWER).count() == 1
        assert "沒有寫誰負責" in Letter.objects.filter(template="phone_tests.found").order_by("-pk")[0].text
        assert Entry.objects.filter(event="phone_test.decided").count() == 1

    def test_waits_for_an_answer(self, city, failed):
        with pytest.raises(CannotTest, match="沒有待確認"):
            decided(failed, city)

    def test_of_an_answer_without_words_is_refused_by_the_database(self, city, failed):
        with pytest.raises(IntegrityError), transaction.atomic():
            Improvement.objects.filter(test=failed).update(state=ImprovementState.ANSWERED, answered_at=when(failed))


class TestPages:
    @pytest.fixture(autouse=True)
    def today(self, monkeypatch, failed):
        monkeypatch.setattr("django.utils.timezone.now", lambda: when(failed) + timedelta(days=1))

    def test_lead_from_the_sheet_to_the_answer_and_the_decision(self, city, failed):
        page = f"/desk/phone-tests/tests/{failed.reference}/"
        agency, commission = signed_in(city.coordinator), signed_in(city.commission)
        assert f"{page}answer/" in agency.get(page).content.decode()
        assert f"{page}decide/" not in commission.get(page).content.decode()

        assert SAID in agency.post(f"{page}answer/", {"answer": SAID}, follow=True).content.decode()
        assert f"{page}decide/" in commission.get(page).content.decode()
        done = commission.post(f"{page}decide/", {"accepted": "yes"}, follow=True).content.decode()
        assert "確認改善" in done
        assert f"{page}answer/" not in agency.get(page).content.decode()

    def test_refuse_others(self, city, failed):
        page = f"/desk/phone-tests/tests/{failed.reference}/"

        assert signed_in(city.other_coordinator).get(f"{page}answer/").status_code == 404
        assert signed_in(city.commission).get(f"{page}answer/").status_code == 403
        assert signed_in(city.coordinator).get(f"{page}decide/").status_code == 403
        assert signed_in(city.coordinator).post(f"{page}answer/", {"answer": ""}).status_code == 422
        assert failed.called_on == TODAY
