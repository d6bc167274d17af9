"""Sixteen people do the same, or its opposite, in the same moment: one wins, the others are told, nothing is doubled."""

import re
from collections import Counter

import pytest
from tests.support.at_once import THREADS, at_once

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.services import citizen, filing, handling, todos
from cityhall.domains.petitions.services.filing import WrongCode
from cityhall.domains.petitions.tests.city import NINE, file, make_city, opened
from cityhall.engines.audit.queries import verify
from cityhall.engines.cases.models import Case, Event
from cityhall.engines.cases.services import CannotAct, CannotMoveCase, SomebodyWasFaster
from cityhall.engines.cases.states import Status
from cityhall.engines.letters.models import Letter
from cityhall.engines.worklist.models import Todo

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = (CannotAct, CannotMoveCase, SomebodyWasFaster)


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def assigned(city):
    petition = opened()
    return handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)


@pytest.fixture(autouse=True)
def sound(db):
    """Whatever happened at once: timelines without gap, an audit chain that holds."""
    yield
    for case in Case.objects.all():
        numbers = list(case.events.order_by("n").values_list("n", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
    assert verify().ok


def fresh(petition):
    return Petition.objects.select_related("case__agency", "case__unit", "case__officer").get(pk=petition.pk)


def won(results):
    """How many were done; everybody else was refused in words, not by an error."""
    assert [one for one in results if isinstance(one, Exception) and not isinstance(one, REFUSED)] == []
    return sum(not isinstance(one, Exception) for one in results)


class TestApproval:
    @pytest.fixture
    def waiting(self, city, assigned):
        handling.draft_reply(assigned, text="已派工。", by=city.officer.account, at=NINE)
        return handling.submit_reply(fresh(assigned), by=city.officer.account, at=NINE)

    def test_twice_is_one_letter(self, city, assigned, waiting):
        before = Letter.objects.count()

        results = at_once([lambda: handling.approve_reply(again(waiting), by=city.chief.account, at=NINE)] * THREADS)

        assert won(results) == 1
        assert Letter.objects.count() == before + 1

    def test_and_return_are_one_of_the_two(self, city, assigned, waiting):
        before = Letter.objects.count()
        chief = city.chief.account

        results = at_once(
            [
                lambda: handling.approve_reply(again(waiting), by=chief, at=NINE),
                lambda: handling.send_back_reply(again(waiting), reason="請補充時間", by=chief, at=NINE),
            ]
            * (THREADS // 2)
        )

        assert won(results) == 1
        sent = again(waiting).state == "SENT"
        assert Letter.objects.count() == before + sent
        assert Todo.objects.filter(kind=todos.APPROVE, closed_at=None).count() == 0
        assert Todo.objects.filter(kind=todos.HANDLE, closed_at=None).count() == 1


class TestReopening:
    def test_decided_by_many_is_decided_once(self, city, assigned):
        for _stage in range(2):
            handling.draft_reply(fresh(assigned), text="已修復。", outcome="SOLVED", by=city.officer.account, at=NINE)
            reply = handling.submit_reply(fresh(assigned), by=city.officer.account, at=NINE)
            handling.approve_reply(reply, by=city.chief.account, at=NINE)
        citizen.ask_reopen(fresh(assigned), reason="還是不亮", by=None, at=NINE)
        before, who = Letter.objects.count(), city.coordinator.account

        def decide(granted):
            request = fresh(assigned).case.reopen_requests.get()
            return handling.decide_reopen(request, granted=granted, decision="已看過現場", by=who, at=NINE)

        results = at_once([lambda: decide(True), lambda: decide(False)] * (THREADS // 2))

        assert won(results) == 1
        assert Letter.objects.count() == before + 1


class TestCode:
    def test_twice_opens_once(self, city):
        petition = file()
        code = re.search(r"\b(\d{6})\b", Letter.objects.get().text)[1]

        results = at_once([lambda: filing.confirm_by_code(fresh(petition), code=code, at=NINE)] * THREADS)

        assert won([one for one in results if not isinstance(one, WrongCode)]) >= 1
        assert fresh(petition).case.number == "115-1116-0001"
        assert Event.objects.filter(type="confirmed").count() == 1

    def test_is_guessed_at_most_five_times(self, city):
        petition = file()
        code = re.search(r"\b(\d{6})\b", Letter.objects.get().text)[1]
        wrong = f"{(int(code) + 1) % 1_000_000:06}"

        results = at_once([lambda: filing.confirm_by_code(fresh(petition), code=wrong, at=NINE)] * THREADS)

        assert {type(one) for one in results} == {WrongCode}
        with pytest.raises(WrongCode):
            filing.confirm_by_code(fresh(petition), code=code, at=NINE)
        assert fresh(petition).case.number is None


class TestNumbers:
    def test_are_given_once_each_without_gap(self, city):
        waiting = [file(email=f"citizen{n}@mail.example") for n in range(THREADS)]

        results = at_once(
            [lambda one=one: filing.confirm(fresh(one), how="email_code", by=None, at=NINE) for one in waiting]
        )

        assert won(results) == THREADS
        numbers = sorted(Case.objects.values_list("number", flat=True))
        assert numbers == [f"115-1116-{n:04}" for n in range(1, THREADS + 1)]


class TestJoining:
    def test_two_that_are_joined_with_each_other_make_no_ring(self, city):
        one, other = opened(), opened("中山路 202 號前路燈不亮三天了")
        desk = city.dispatcher.account

        def join(child, parent):
            return handling.end(
                fresh(child), Status.MERGED, reason="同一盞燈", parent=fresh(parent).case, by=desk, at=NINE
            )

        results = at_once([lambda: join(one, other), lambda: join(other, one)] * (THREADS // 2))

        assert won(results) == 1
        assert Counter(Case.objects.values_list("status", flat=True))[Status.MERGED] == 1

    def test_with_one_that_ends_in_the_same_moment_leaves_nobody_without_an_answer(self, city):
        child, parent = opened(), opened("中山路 202 號前路燈不亮三天了")
        desk = city.dispatcher.account

        at_once(
            [
                lambda: handling.end(
                    fresh(child), Status.MERGED, reason="同一盞燈", parent=fresh(parent).case, by=desk, at=NINE
                ),
                lambda: handling.end(fresh(parent), Status.WITHDRAWN, reason="民眾撤案", by=desk, at=NINE),
            ]
            * (THREADS // 2)
        )

        states = fresh(child).case.status, fresh(parent).case.status
        assert states[1] == Status.WITHDRAWN
        # Joined before the end, it was told of it; joined after it, it is refused and goes its own way.
        events = list(
            Event.objects.filter(type__in=["merged", "withdrawn"]).order_by("pk").values_list("type", flat=True)
        )
        assert events in (["merged", "withdrawn"], ["withdrawn"])


class TestDraft:
    def test_saved_from_one_page_by_many_is_kept_once(self, city, assigned):
        handling.draft_reply(assigned, text="一。", by=city.officer.account, at=NINE)
        version = fresh(assigned).case.replies.get().version

        results = at_once(
            [
                lambda n=n: handling.draft_reply(
                    fresh(assigned), text=f"第 {n} 版。", by=city.officer.account, at=NINE, expect_version=version
                )
                for n in range(THREADS)
            ]
        )

        assert won(results) == 1
        (kept,) = [one for one in results if not isinstance(one, Exception)]
        assert fresh(assigned).case.replies.get().text == kept.text


def again(reply):
    return type(reply).objects.select_related("case", "approver").get(pk=reply.pk)
