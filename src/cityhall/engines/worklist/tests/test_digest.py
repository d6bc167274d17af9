"""The daily letter: one a person, with what is late or due, whoever they work for, and never a second one."""

from datetime import date, timedelta

import pytest
from django.test import Client
from tests.support.at_once import at_once

from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.models import Deputy
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person, make_unit
from cityhall.engines.letters.models import Letter
from cityhall.engines.worklist import digest, registry, services
from cityhall.engines.worklist.models import DigestWish, Mention
from cityhall.engines.worklist.rules import wants_letter, working_day_after
from cityhall.engines.worklist.states import Rhythm
from cityhall.foundation.clock import at as instant

FRIDAY, SUNDAY = date(2026, 11, 13), date(2026, 11, 15)
MORNING = instant(FRIDAY, 7, 30)
DAY = timedelta(days=1)


class TestRules:
    @pytest.mark.parametrize(
        ("rhythm", "working", "sent"),
        [("DAILY", True, True), ("DAILY", False, True), ("WORKING", True, True), ("WORKING", False, False),
         ("OFF", True, False), ("OFF", False, False)],
    )  # fmt: skip
    def test_of_who_is_written_to_today(self, rhythm, working, sent):
        assert wants_letter(rhythm, working) == sent

    def test_of_working_days_ahead_leave_the_weekend_out(self):
        def is_working(day):
            return day.weekday() < 5

        assert working_day_after(FRIDAY, 0, is_working) == FRIDAY
        assert working_day_after(FRIDAY, 2, is_working) == date(2026, 11, 17)
        assert working_day_after(FRIDAY, 1, lambda day: False) == FRIDAY


@pytest.fixture
def agency(db):
    registry.kind("test.reply", "函復")
    yield make_agency("works", name="工務局", short_name="工務局")
    registry.forget("test.reply")


def waits(agency, title, due_at, **for_whom):
    """Something that is due then."""
    return services.open_todo(
        "test.reply", make_person(), title=title, agency=agency, due_at=due_at, url="/desk/things/",
        at=MORNING - 5 * DAY, **for_whom,
    )  # fmt: skip


@pytest.mark.django_db
class TestLetter:
    def test_is_one_for_everything_in_text_and_html(self, agency):
        officer = make_person(agency, make_unit(agency, "roads"), name="周亦安")
        waits(agency, "請補正<b>", MORNING - DAY, person=officer)
        waits(agency, "王小明先生 0912-345-678", MORNING + timedelta(hours=5), person=officer)
        waits(agency, "下週二", instant(date(2026, 11, 17), 17), person=officer)
        waits(agency, "以後", MORNING + 20 * DAY, person=officer)

        assert digest.send_all(MORNING) == 1

        letter = Letter.objects.get()
        assert letter.subject == "待辦提醒：逾期1件，今天到期1件"
        assert letter.text.index("請補正") < letter.text.index("今天到期\n") < letter.text.index("下週二")
        assert "以後" not in letter.text
        assert "全部待辦共4件" in letter.text
        assert "0912" not in letter.text + letter.html
        assert "王小明" not in letter.text + letter.html
        assert "請補正&lt;b&gt;" in letter.html
        assert "/desk/things/" in letter.html

    def test_goes_to_whoever_holds_the_role_and_to_the_deputy_instead_of_who_is_away(self, agency):
        head, deputy = make_person(agency, role=Role.COORDINATOR), make_person(agency, role=Role.AUDITOR)
        waits(agency, "給窗口", MORNING - DAY, role=Role.COORDINATOR)
        Deputy.objects.create(person=head, deputy=deputy, starts_at=MORNING - DAY, ends_at=MORNING + DAY)

        digest.send_all(MORNING)

        letter = Letter.objects.get()
        assert letter.account_id == deputy.account_id
        assert f"（代{head.name}）給窗口" in letter.text

    def test_is_not_written_twice_nor_on_a_day_off_and_a_crash_leaves_the_rest_for_the_next_run(
        self, agency, monkeypatch
    ):
        people = [make_person(agency) for _ in range(3)]
        for person in people:
            waits(agency, f"給{person.pk}", MORNING - DAY, person=person)
        whole = digest._tell

        def crash(person, **given):
            if person == people[1]:
                raise RuntimeError("the process died")
            return whole(person, **given)

        assert digest.send_all(instant(SUNDAY, 7, 30)) == 0
        monkeypatch.setattr(digest, "_tell", crash)
        with pytest.raises(RuntimeError):
            digest.send_all(MORNING)
        monkeypatch.setattr(digest, "_tell", whole)

        assert digest.send_all(MORNING + timedelta(hours=3)) == 2
        assert digest.send_all(MORNING + timedelta(hours=4)) == 0
        assert sorted(Letter.objects.values_list("account_id", flat=True)) == sorted(one.account_id for one in people)
        assert digest.send_all(MORNING + 3 * DAY) == 3

    def test_says_what_somebody_is_told_once_and_forgets_it_after_a_month(self, agency):
        chief = make_person(agency, role=Role.UNIT_HEAD)
        digest.mention(chief, words="案件 115-1113-0001 的正式回復已經逾期", url="/desk/petitions/1/", at=MORNING)

        assert [digest.send_all(MORNING), digest.send_all(MORNING + 3 * DAY)] == [1, 0]
        assert "115-1113-0001" in Letter.objects.get().text
        digest.send_all(MORNING + 31 * DAY)
        assert not Mention.objects.exists()


@pytest.mark.django_db
class TestWish:
    def test_is_chosen_on_its_page_and_leaves_an_entry(self, agency):
        head = make_person(agency, role=Role.AGENCY_HEAD)
        client = Client()
        client.force_login(head.account)

        assert "不要寄" in client.get("/desk/todos/letter/").content.decode()
        assert client.post("/desk/todos/letter/", {"rhythm": "OFF"}).status_code == 302
        assert DigestWish.objects.get().rhythm == Rhythm.OFF
        assert "OFF" in Entry.objects.get(event="worklist.digest_chosen").payload
        waits(agency, "給首長", MORNING - DAY, person=head)
        assert digest.send_all(MORNING) == 0

    def test_of_an_officer_cannot_be_none(self, agency):
        officer = make_person(agency)
        client = Client()
        client.force_login(officer.account)

        assert "不要寄" not in client.get("/desk/todos/letter/").content.decode()
        assert client.post("/desk/todos/letter/", {"rhythm": "OFF"}).status_code == 200
        with pytest.raises(digest.CannotChoose):
            digest.choose(person=officer, rhythm=Rhythm.OFF, by=officer.account, at=MORNING)
        assert digest.wish_of(officer) == Rhythm.WORKING


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_workers_write_one_letter(self, agency):
        person = make_person(agency)
        waits(agency, "給他", MORNING - DAY, person=person)
        digest.mention(person, words="另外", url="/desk/other/", at=MORNING)

        results = at_once([lambda: digest.send_all(MORNING) for _ in range(3)])

        assert all(isinstance(one, int) for one in results), results
        assert Letter.objects.count() == 1
