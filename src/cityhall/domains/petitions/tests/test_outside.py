"""移送府外: the letter, the day of the answer, reminders, what was answered, who is told, who sees it."""

from datetime import date, timedelta

import pytest

from cityhall.domains.petitions import following
from cityhall.domains.petitions.models import PassedOn, Petition
from cityhall.domains.petitions.passed_on import ChaseBar, Outward, may_chase, standing
from cityhall.domains.petitions.services import handling, outside
from cityhall.domains.petitions.services.outside import CannotChase
from cityhall.engines.audit.queries import verify
from cityhall.engines.cases.states import Status
from cityhall.engines.letters.models import Letter
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as clock_time
from cityhall.foundation.clock import day_of

from .city import NINE, City, make_city, opened, signed_in

DAY = date(2026, 11, 16)


class TestRules:
    @pytest.mark.parametrize(
        ("given", "found"),
        [
            ({}, Outward.WAITING),
            ({"answer_by": date(2026, 11, 15)}, Outward.LATE),
            ({"answer_by": date(2026, 11, 15), "answered": True}, Outward.ANSWERED),
            ({"answered": True, "came_back": True}, Outward.CAME_BACK),
        ],
    )
    def test_where_it_stands(self, given, found):
        assert standing(**{"answer_by": DAY, "answered": False, "came_back": False, "today": DAY, **given}) == found

    @pytest.mark.parametrize(
        ("where", "given", "bar"),
        [
            (Outward.WAITING, {}, None),
            (Outward.LATE, {"answer_by": date(2026, 11, 1)}, None),
            (Outward.WAITING, {"answer_by": date(2026, 11, 17)}, ChaseBar.TOO_EARLY),
            (Outward.LATE, {"reminded_on": DAY}, ChaseBar.TODAY),
            (Outward.ANSWERED, {}, ChaseBar.OVER),
            (Outward.CAME_BACK, {}, ChaseBar.OVER),
        ],
    )
    def test_when_the_body_is_reminded(self, where, given, bar):
        assert may_chase(where, **{"reminded_on": None, "answer_by": DAY, "today": DAY, **given}) == bar


@pytest.fixture
def city(db) -> City:
    made = make_city()
    made.outside.email = "service@power.example"
    made.outside.save()
    return made


def passed(city: City, **more) -> PassedOn:
    petition = opened("想請問電線桿歪了要找誰", **more)
    handling.end(
        petition, Status.TRANSFERRED_OUTSIDE, reason="桿線屬電力公司", agency=city.outside, by=city.dispatcher.account,
        at=NINE,
    )  # fmt: skip
    return PassedOn.objects.get(petition=petition)


def due(row: PassedOn):
    return clock_time(row.answer_by, 10)


def letters(template: str) -> list[Letter]:
    return list(Letter.objects.filter(template=f"petitions.{template}").order_by("pk"))


def waits(row: PassedOn) -> bool:
    return Todo.objects.filter(kind="petition.outside", object_id=row.pk, closed_at=None).exists()


class TestSending:
    def test_the_body_gets_words_day_and_sender_and_the_desk_waits(self, city):
        row = passed(city)

        (letter,) = letters("outside_request")
        assert letter.address == "service@power.example"
        assert all(one in letter.text for one in ("想請問電線桿歪了", "陳小美", "citizen@mail.example", "第 172 條"))
        assert row.answer_by == date(2026, 12, 7)
        assert row.with_sender
        assert waits(row)
        assert verify().ok

    def test_whoever_keeps_their_identity_secret_is_not_named(self, city):
        row = passed(city, keep_identity_secret=True)

        (letter,) = letters("outside_request")
        assert not row.with_sender
        assert "陳小美" not in letter.text
        assert "citizen@mail.example" not in letter.text
        assert "身分保密" in letter.text

    def test_a_body_without_an_address_is_written_to_by_hand(self, city):
        city.outside.email = city.outside.address = ""
        city.outside.save()
        row = passed(city)

        assert letters("outside_request") == []
        assert waits(row)

    def test_one_with_a_street_address_gets_paper(self, city):
        city.outside.email, city.outside.address = "", "桃園區示範路1號"
        city.outside.save()
        passed(city)

        assert [one.channel for one in letters("outside_request")] == ["paper"]


class TestChasing:
    def test_waits_for_the_day_then_goes_once_a_day(self, city):
        row, by = passed(city), city.dispatcher.account
        with pytest.raises(CannotChase, match="還沒到"):
            outside.chase(row, by=by, at=NINE + timedelta(days=1))
        when = due(row)
        chased = outside.chase(row, by=by, at=when)
        with pytest.raises(CannotChase, match="今天已經催過"):
            outside.chase(chased, by=by, at=when + timedelta(hours=1))

        assert (chased.reminders, chased.answer_by) == (1, date(2026, 12, 14))
        assert "第 1 次" in letters("outside_reminder")[0].text
        assert following.moments(Petition.objects.get(pk=row.petition_id))[0].title == "催了電力公司"
        outside.chase(chased, by=by, at=due(chased))
        assert len(letters("outside_reminder")) == 2


class TestAnswer:
    def test_is_told_to_the_citizen_and_ends_the_waiting(self, city):
        row, by = passed(city), city.dispatcher.account
        when = NINE + timedelta(days=3)
        outside.record_answer(row, answer="已派員扶正。", answered_on=day_of(when), by=by, at=when)

        (letter,) = letters("outside_answer")
        assert letter.address == "citizen@mail.example"
        assert "已派員扶正。" in letter.text
        assert not waits(row)
        assert following.moments(Petition.objects.get(pk=row.petition_id))[0].quote == "已派員扶正。"
        with pytest.raises(CannotChase, match="已經有回復"):
            outside.record_answer(row, answer="再一次", answered_on=day_of(when), by=by, at=when)
        with pytest.raises(CannotChase, match="不必再催"):
            outside.chase(row, by=by, at=due(row))

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"answer": "　"}, "請填寫"),
            ({"answered_on": date(2026, 11, 15)}, "回復日"),
            ({"answered_on": date(2026, 11, 18)}, "回復日"),
        ],
    )
    def test_refuses_what_cannot_be(self, city, given, said):
        row = passed(city)
        with pytest.raises(CannotChase, match=said):
            outside.record_answer(
                row, **{"answer": "好", "answered_on": DAY, **given}, by=city.dispatcher.account, at=NINE
            )

    def test_taken_up_again_nobody_waits(self, city):
        row = passed(city)
        handling.take_up_again(row.petition, reason="對方說不是他們的", by=city.dispatcher.account, at=NINE)

        row.refresh_from_db()
        assert outside.where_now(row, DAY) == Outward.CAME_BACK
        assert not waits(row)
        handling.end(
            Petition.objects.get(pk=row.petition_id), Status.TRANSFERRED_OUTSIDE, reason="再問一次",
            agency=city.outside, by=city.dispatcher.account, at=NINE,
        )  # fmt: skip
        assert PassedOn.objects.filter(petition=row.petition_id).count() == 2


class TestPages:
    HERE = "/desk/petitions/outside/"

    def test_the_list_filters_and_is_exported_without_reporters(self, city):
        row = passed(city)
        browser = signed_in(city.dispatcher)
        number = row.petition.case.number

        assert number in browser.get(self.HERE).content.decode()
        assert "export.csv" not in browser.get(self.HERE).content.decode()
        assert number in browser.get(f"{self.HERE}?agency=power&q=電線桿").content.decode()
        assert number not in browser.get(f"{self.HERE}?where=ANSWERED").content.decode()
        browser = signed_in(city.commission)
        sheet = b"".join(browser.get(f"{self.HERE}export.csv")).decode("utf-8-sig")
        assert number in sheet
        assert "陳小美" not in sheet

    def test_an_answer_is_recorded_and_wrong_ones_come_back(self, city):
        row = passed(city)
        browser = signed_in(city.dispatcher)
        page = f"{self.HERE}{row.pk}/"
        assert browser.get(page).status_code == 200
        assert browser.post(f"{page}answer/", {"answer": "好"}).status_code == 422
        day = day_of(row.sent_at)
        given = {
            "answer": "已扶正",
            "answered_on_year": day.year - 1911,
            "answered_on_month": day.month,
            "answered_on_day": day.day,
        }
        assert browser.post(f"{page}answer/", given).status_code == 302
        assert "已扶正" in browser.get(page).content.decode()
        assert browser.post(f"{page}chase/").status_code == 302

    def test_is_not_for_agencies(self, city):
        row = passed(city)
        browser = signed_in(city.coordinator)
        for path in (self.HERE, f"{self.HERE}{row.pk}/", f"{self.HERE}{row.pk}/answer/"):
            assert browser.get(path).status_code == 403
