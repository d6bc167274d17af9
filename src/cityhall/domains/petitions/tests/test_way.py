"""One petition's whole way, act by act: results, refusals, clocks, letters, to-dos and audit."""

import re
from datetime import timedelta

import pytest

from cityhall.domains.petitions.models import Label, Petition
from cityhall.domains.petitions.services import citizen, clocks, dispatch, filing, handling, promises, todos, upkeep
from cityhall.domains.petitions.services.filing import CannotFile, Where, Who, WrongCode
from cityhall.domains.petitions.tests.city import INSIDE, NINE, file, make_city, opened
from cityhall.engines.audit.models import Entry
from cityhall.engines.audit.queries import verify
from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases.services import CannotAct, CannotMoveCase, SomebodyWasFaster
from cityhall.engines.cases.states import PlaceMethod, Status
from cityhall.engines.deadlines import queries as deadlines
from cityhall.engines.directory.services import set_deputy
from cityhall.engines.letters.models import Letter
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at, day_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_city()


def fresh(petition):
    return Petition.objects.select_related("case__requester", "case__agency", "case__unit", "case__officer").get(
        pk=petition.pk
    )


def assigned(city, text="中山路 200 號前路燈不亮三天了", **more):
    petition = opened(text, **more)
    return fresh(
        handling.assign(
            petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE + timedelta(minutes=20)
        )
    )


def answered(city, petition, when, **more):
    """Draft, submit and approve the next reply."""
    handling.draft_reply(petition, text="已修復。", by=city.officer.account, at=when, **more)
    reply = handling.submit_reply(petition, by=city.officer.account, at=when)
    handling.approve_reply(reply, by=city.chief.account, at=when)
    return fresh(petition)


def waiting(kind):
    return Todo.objects.filter(kind=kind, closed_at=None)


class TestFile:
    def test_waits_for_confirmation_without_a_number(self, city):
        petition = file()

        assert (petition.case.status, petition.case.number) == (Status.AWAITING_CONFIRMATION, None)
        assert Letter.objects.count() == 1
        assert not Todo.objects.exists()

    def test_finds_the_district(self, city):
        assert file().case.place.district_name == "桃園區"

    @pytest.mark.parametrize(
        ("where", "sentence"),
        [
            (Where(method=PlaceMethod.PIN, lon=121.3), "一起填"),
            (Where(method=PlaceMethod.PIN, lon=25.0, lat=121.3), "寫反"),
            (Where(method=PlaceMethod.PIN, lon=0.0, lat=0.0), "不在臺灣"),
        ],
    )
    def test_refuses_a_point_that_is_none(self, city, where, sentence):
        with pytest.raises(CannotFile, match=sentence):
            file(where=where)

    @pytest.mark.parametrize(("text", "sentence"), [("", "發生什麼事"), ("字" * 4001, "最多 4000")])
    def test_refuses_no_text_and_too_much(self, city, text, sentence):
        with pytest.raises(CannotFile, match=sentence):
            file(text)

    def test_refuses_a_sender_whom_nobody_could_answer(self, city):
        with pytest.raises(CannotFile, match="聯絡方式"):
            file(who=Who(name="某人"))

    def test_refuses_a_retired_category(self, city):
        city.street_light.retired_on = day_of(NINE)
        city.street_light.save()

        with pytest.raises(CannotFile, match="停用"):
            file(category="street_light")


class TestConfirm:
    def test_by_the_code_of_the_letter(self, city):
        petition = file()
        code = re.search(r"\b(\d{6})\b", Letter.objects.get().text)[1]

        filing.confirm_by_code(petition, code=code, at=NINE + timedelta(minutes=3))

        petition = fresh(petition)
        assert petition.case.number == "115-1116-0001"
        assert petition.case.confirmed_at == NINE + timedelta(minutes=3)
        assert Entry.objects.filter(event="case.confirmed").count() == 1

    def test_a_wrong_code_opens_nothing(self, city):
        petition = file()

        with pytest.raises(WrongCode):
            filing.confirm_by_code(petition, code="000000", at=NINE)
        assert fresh(petition).case.number is None

    def test_twice_is_the_same_act(self, city):
        petition = opened()

        again = filing.confirm(fresh(petition), how="email_code", by=None, at=NINE + timedelta(days=1))

        assert again.case.number == "115-1116-0001"
        assert again.case.confirmed_at == NINE
        assert petition.decisions.count() == 1

    def test_a_signed_in_sender_needs_no_code(self, city):
        account = city.officer.account

        petition = file(who=Who(name="陳小美", email=account.email, account=account))

        assert fresh(petition).case.number == "115-1116-0001"

    def test_numbers_run_through_the_day(self, city):
        numbers = [opened(email=f"c{n}@mail.example").case.number for n in range(3)]

        assert numbers == ["115-1116-0001", "115-1116-0002", "115-1116-0003"]


class TestDispatch:
    def test_goes_by_itself_to_the_agency_of_the_words(self, city):
        petition = fresh(opened())

        decision = petition.decisions.get()
        assert (petition.case.status, petition.case.agency) == (Status.ASSIGNED, city.works)
        rule = city.street_light.word_rules.get()
        assert (decision.automatic, decision.words) == (True, ["路燈不亮"])
        assert decision.word_rule == f"{rule.pk}@{rule.version}"
        assert waiting(todos.ASSIGN).get().agency == city.works

    def test_abstains_into_the_desk(self, city):
        petition = fresh(opened("想請問一件事情，謝謝"))

        assert petition.case.status == Status.DISPATCHING
        assert waiting(todos.DISPATCH).get().agency == city.rdec

    def test_the_desk_decides_and_that_is_a_label(self, city):
        petition = opened("想請問一件事情，謝謝")

        dispatch.dispatch_by_desk(
            petition, category=city.road_marking, agency=None, by=city.dispatcher.account, at=NINE
        )

        petition = fresh(petition)
        assert (petition.case.agency, petition.category) == (city.transport, city.road_marking)
        assert Label.objects.get().category == city.road_marking
        assert not waiting(todos.DISPATCH).exists()

    def test_words_that_always_need_a_person_stop_it(self, city):
        assert fresh(opened("路燈不亮，我要向市長反映")).case.status == Status.DISPATCHING

    def test_a_model_that_fails_does_not_lose_the_petition(self, city, monkeypatch):
        def broken(*_args):
            raise RuntimeError("model")

        monkeypatch.setattr("cityhall.engines.classify.services.predict", broken)

        assert fresh(opened("想請問一件事情，謝謝")).case.status == Status.DISPATCHING

    def test_two_at_the_desk_are_told(self, city):
        petition = opened("想請問一件事情，謝謝")
        seen = fresh(petition).case.version
        dispatch.dispatch_by_desk(
            petition, category=city.road_marking, agency=None, by=city.dispatcher.account, at=NINE
        )

        with pytest.raises(SomebodyWasFaster) as refusal:
            dispatch.dispatch_by_desk(
                fresh(petition), category=city.street_light, agency=None, by=city.dispatcher.account, at=NINE,
                expect_version=seen,
            )  # fmt: skip
        assert "dispatched" in {event.type for event in refusal.value.changes}


class TestReturn:
    def test_goes_back_with_a_proposal_and_counts_as_a_hop(self, city):
        petition = opened()

        dispatch.return_for_dispatch(
            petition,
            proposed=city.transport,
            reason="非本處權管",
            by=city.coordinator.account,
            at=NINE + timedelta(hours=1),
        )

        petition = fresh(petition)
        assert (petition.case.status, case_queries.hops(petition.case)) == (Status.RETURNED, 1)
        assert waiting(todos.DISPATCH).exists()
        assert not waiting(todos.ASSIGN).exists()

    def test_of_an_urgent_one_is_refused_after_four_hours(self, city):
        with pytest.raises(CannotAct, match="已超過"):
            dispatch.return_for_dispatch(
                opened(),
                proposed=city.transport,
                reason="x",
                by=city.coordinator.account,
                at=NINE + timedelta(hours=4, seconds=1),
            )

    def test_of_an_ordinary_one_is_refused_after_a_working_day(self, city):
        petition = opened("請劃紅線")

        with pytest.raises(CannotAct, match="已超過"):
            dispatch.return_for_dispatch(
                petition,
                proposed=city.works,
                reason="x",
                by=city.other_coordinator.account,
                at=NINE + timedelta(days=2),
            )

    def test_happens_twice_at_most(self, city):
        petition = opened()
        for n, (back, to) in enumerate([(city.transport, city.transport), (city.works, city.works)]):
            when = NINE + timedelta(minutes=10 * n)
            dispatch.return_for_dispatch(
                fresh(petition), proposed=back, reason="x", by=city.coordinator.account, at=when
            )
            dispatch.dispatch_by_desk(
                fresh(petition), category=city.street_light, agency=to, conference="兩局談過" if n else "",
                by=city.dispatcher.account, at=when,
            )  # fmt: skip

        with pytest.raises(CannotAct, match="兩次"):
            dispatch.return_for_dispatch(
                fresh(petition),
                proposed=city.transport,
                reason="x",
                by=city.coordinator.account,
                at=NINE + timedelta(minutes=30),
            )

    def test_leaves_the_citizens_clock_alone(self, city):
        petition = opened()
        before = clocks.next_due(petition)

        dispatch.return_for_dispatch(
            petition, proposed=city.transport, reason="x", by=city.coordinator.account, at=NINE + timedelta(hours=1)
        )

        assert clocks.next_due(petition) == before


class TestClocks:
    def test_an_urgent_one_is_due_after_24_hours_then_by_its_limit(self, city):
        petition = assigned(city)
        assert clocks.current(petition).due_at == NINE + timedelta(hours=24)

        petition = answered(city, petition, NINE + timedelta(hours=5))

        final = clocks.current(petition)
        assert (final.stage, day_of(final.due_at)) == ("final", at(day_of(NINE) + timedelta(days=9)).date())
        assert petition.case.status == Status.FIRST_REPLIED

    def test_another_category_supersedes_from_the_original_start(self, city):
        petition = opened("想請問一件事情，謝謝")
        before = clocks.current(petition)

        dispatch.set_category(
            petition, category=city.street_light, by=city.dispatcher.account, at=NINE + timedelta(hours=3)
        )

        now = clocks.current(petition)
        assert (now.stage, now.started_at, now.due_at) == ("first", NINE, NINE + timedelta(hours=24))
        before.refresh_from_db()
        assert before.state == "CANCELLED"

    def test_says_why_it_is_due(self, city):
        lines = "".join(deadlines.explain(clocks.current(opened())).lines)

        assert "急迫類別" in lines
        assert "24 小時" in lines


class TestAskCitizen:
    def test_stops_the_clock_until_the_answer(self, city):
        petition = answered(city, assigned(city), NINE + timedelta(hours=2))
        due = clocks.next_due(petition)

        handling.ask_citizen(petition, text="請提供路燈編號", by=city.officer.account, at=NINE + timedelta(hours=3))
        petition = fresh(petition)
        assert petition.case.status == Status.AWAITING_CITIZEN

        handling.answer_question(petition, answer="編號 123", by=None, at=NINE + timedelta(days=2))

        petition = fresh(petition)
        assert petition.case.status == Status.FIRST_REPLIED
        assert clocks.next_due(petition) > due
        assert waiting(todos.HANDLE).exists()

    def test_lapses_after_the_cap(self, city):
        petition = answered(city, assigned(city), NINE + timedelta(hours=2))
        handling.ask_citizen(petition, text="請提供路燈編號", by=city.officer.account, at=NINE + timedelta(hours=3))

        assert upkeep.lapse_questions(NINE + timedelta(days=30)) == 1

        assert fresh(petition).case.status == Status.FIRST_REPLIED


class TestReply:
    def test_ends_with_the_final_answer(self, city):
        petition = answered(city, assigned(city), NINE + timedelta(hours=2))

        petition = answered(city, petition, NINE + timedelta(days=2), outcome="SOLVED")

        assert (petition.case.status, clocks.current(petition)) == (Status.REPLIED, None)
        assert not Todo.objects.filter(closed_at=None).exists()
        assert [letter.template for letter in Letter.objects.order_by("pk")] == [
            "petitions.confirmation", "petitions.opened", "petitions.first_reply", "petitions.final_reply",
        ]  # fmt: skip

    def test_is_approved_by_the_level_of_the_agency_only(self, city):
        petition = assigned(city)
        handling.draft_reply(petition, text="已派員", by=city.officer.account, at=NINE)
        reply = handling.submit_reply(petition, by=city.officer.account, at=NINE)
        assert reply.approver == city.chief

        for stranger in (city.officer, city.head, city.other_officer):
            with pytest.raises(CannotAct, match="核定"):
                handling.approve_reply(reply, by=stranger.account, at=NINE)

    def test_a_deputy_signs_for_the_absent_chief(self, city):
        set_deputy(
            city.chief,
            deputy=city.colleague,
            starts_at=NINE - timedelta(hours=1),
            ends_at=NINE + timedelta(days=1),
            by=None,
            at=NINE - timedelta(hours=2),
        )
        petition = assigned(city)
        handling.draft_reply(petition, text="已派員", by=city.officer.account, at=NINE)
        reply = handling.submit_reply(petition, by=city.officer.account, at=NINE)

        reply = handling.approve_reply(reply, by=city.colleague.account, at=NINE + timedelta(hours=1))

        assert (reply.approved_by, reply.approved_for) == (city.colleague, city.chief)

    def test_may_promise_an_earlier_day_never_a_later_one(self, city):
        petition = assigned(city)
        latest = handling.latest_promise(petition, at=NINE)
        handling.draft_reply(petition, text="預計修復", promised_on=latest, by=city.officer.account, at=NINE)

        with pytest.raises(CannotAct, match="不能晚於"):
            handling.draft_reply(
                petition, text="預計修復", promised_on=latest + timedelta(days=1), by=city.officer.account, at=NINE
            )

    def test_a_promised_day_becomes_the_limit(self, city):
        promised = day_of(NINE) + timedelta(days=2)

        petition = answered(city, assigned(city), NINE + timedelta(hours=2), promised_on=promised)

        assert day_of(clocks.next_due(petition)) == promised

    def test_a_later_act_is_tracked_until_proven(self, city):
        petition = answered(city, assigned(city), NINE + timedelta(hours=2))
        petition = answered(
            city, petition, NINE + timedelta(days=1), outcome="PLANNED", promised_on=day_of(NINE) + timedelta(days=60)
        )
        row = petition.follow_ups.get()
        assert waiting(todos.FOLLOW_UP).exists()

        promises.prove_promise(row, proof="已施作", by=city.officer.account, at=NINE + timedelta(days=50))

        assert not waiting(todos.FOLLOW_UP).exists()

    def test_two_officers_do_not_overwrite_each_other(self, city):
        petition = assigned(city)
        draft = handling.draft_reply(petition, text="甲", by=city.officer.account, at=NINE)
        handling.draft_reply(petition, text="乙", by=city.colleague.account, at=NINE, expect_version=draft.version)

        with pytest.raises(SomebodyWasFaster):
            handling.draft_reply(petition, text="丙", by=city.officer.account, at=NINE, expect_version=draft.version)

    def test_sent_back_comes_back_to_the_officer(self, city):
        petition = answered(city, assigned(city), NINE + timedelta(hours=2))
        handling.draft_reply(
            petition, text="x", outcome="SOLVED", by=city.officer.account, at=NINE + timedelta(hours=3)
        )
        reply = handling.submit_reply(petition, by=city.officer.account, at=NINE + timedelta(hours=3))
        assert fresh(petition).case.status == Status.FINAL_REVIEW

        handling.send_back_reply(reply, reason="請附照片", by=city.chief.account, at=NINE + timedelta(hours=4))

        assert fresh(petition).case.status == Status.IN_PROGRESS
        assert waiting(todos.HANDLE).get().person == city.officer


class TestExtension:
    def ask(self, city, petition, when=NINE + timedelta(hours=3)):
        return handling.ask_extension(petition, working_days=3, reason="待料", by=city.officer.account, at=when)

    def test_moves_the_limit_once_approved_and_tells_the_citizen(self, city):
        petition = answered(city, assigned(city), NINE + timedelta(hours=2))
        before = clocks.next_due(petition)

        extension = self.ask(city, petition)
        handling.decide_extension(
            extension, granted=True, decision="", by=city.chief.account, at=NINE + timedelta(hours=4)
        )

        assert clocks.next_due(petition) > before
        assert Letter.objects.filter(template="petitions.extended").exists()

    def test_is_refused_for_the_first_stage_and_after_the_limit(self, city):
        petition = assigned(city)
        with pytest.raises(CannotAct, match="初步回復不能展期"):
            self.ask(city, petition)

        petition = answered(city, petition, NINE + timedelta(hours=2))
        with pytest.raises(CannotAct, match="逾期"):
            self.ask(city, petition, NINE + timedelta(days=40))

    def test_happens_twice_at_most(self, city):
        petition = answered(city, assigned(city), NINE + timedelta(hours=2))
        for n in range(2):
            handling.decide_extension(
                self.ask(city, petition, NINE + timedelta(hours=3 + n)),
                granted=True,
                decision="",
                by=city.chief.account,
                at=NINE + timedelta(hours=3 + n),
            )

        with pytest.raises(CannotAct, match="不能再展"):
            self.ask(city, petition)


class TestCoHandler:
    def test_has_a_clock_of_its_own_and_answers_the_lead(self, city):
        petition = assigned(city)

        assignment = handling.add_co_handler(
            petition, agency=city.transport, asked="請會勘", working_days=2, by=city.officer.account, at=NINE
        )
        assert waiting(todos.CO_HANDLE).get().agency == city.transport
        handling.answer_co_handling(
            assignment, answer="無意見", by=city.other_coordinator.account, at=NINE + timedelta(days=1)
        )

        assert not waiting(todos.CO_HANDLE).exists()
        assert deadlines.clocks_of(assignment).get().state == "MET"

    def test_is_not_the_lead_itself(self, city):
        with pytest.raises(CannotAct, match="主辦"):
            handling.add_co_handler(
                assigned(city), agency=city.works, asked="x", working_days=2, by=city.officer.account, at=NINE
            )


class TestEnd:
    def test_withdrawn_stops_clocks_and_lists(self, city):
        petition = assigned(city)

        citizen.withdraw(petition, reason="已經好了", by=None, at=NINE + timedelta(hours=1))

        assert fresh(petition).case.status == Status.WITHDRAWN
        assert clocks.current(petition) is None
        assert not Todo.objects.filter(closed_at=None).exists()

    def test_transferred_outside_can_come_back(self, city):
        petition = opened()
        handling.end(
            petition,
            Status.TRANSFERRED_OUTSIDE,
            reason="屬電力公司權管",
            agency=city.outside,
            by=city.dispatcher.account,
            at=NINE,
        )

        handling.take_up_again(
            fresh(petition), reason="對方退回", by=city.dispatcher.account, at=NINE + timedelta(hours=1)
        )

        assert fresh(petition).case.status == Status.DISPATCHING
        assert clocks.current(petition) is not None

    def test_merged_needs_a_parent_that_is_no_child(self, city):
        parent, child, grandchild = (opened(email=f"m{n}@mail.example") for n in range(3))
        handling.end(child, Status.MERGED, reason="同一件", parent=parent.case, by=city.dispatcher.account, at=NINE)

        with pytest.raises(CannotAct, match="不能併入"):
            handling.end(
                grandchild, Status.MERGED, reason="x", parent=fresh(child).case, by=city.dispatcher.account, at=NINE
            )

    def test_nothing_moves_that_the_table_does_not_allow(self, city):
        petition = opened()
        citizen.withdraw(petition, reason="", by=None, at=NINE)

        with pytest.raises(CannotMoveCase):
            citizen.withdraw(fresh(petition), reason="", by=None, at=NINE)


class TestCitizen:
    def test_rates_and_asks_again(self, city):
        petition = answered(city, assigned(city), NINE + timedelta(hours=2))
        petition = answered(city, petition, NINE + timedelta(days=2), outcome="SOLVED")

        citizen.rate(petition, score=2, solved=False, comment="還是暗", by=None, at=NINE + timedelta(days=3))
        request = citizen.ask_reopen(fresh(petition), reason="還是不亮", by=None, at=NINE + timedelta(days=3))
        handling.decide_reopen(
            request, granted=True, decision="再派員", by=city.coordinator.account, at=NINE + timedelta(days=4)
        )

        petition = fresh(petition)
        assert petition.case.status == Status.REOPENED
        assert clocks.next_due(petition) is not None
        assert waiting(todos.ASSIGN).exists()

    def test_urges_once_a_day(self, city):
        petition = assigned(city)
        citizen.urge(petition, by=None, at=NINE)

        with pytest.raises(CannotAct, match="一天內"):
            citizen.urge(petition, by=None, at=NINE + timedelta(hours=23))

    def test_cannot_rate_before_the_answer(self, city):
        with pytest.raises(CannotAct, match="還沒有正式回復"):
            citizen.rate(assigned(city), score=5, solved=True, comment="", by=None, at=NINE)


class TestAlert:
    def test_danger_goes_out_before_anybody_confirms(self, city):
        petition = file("路燈不亮而且漏電，有人觸電")

        assert petition.case.number is None
        assert petition.alert.agency == city.works
        assert waiting(todos.ALERT).get().urgent

    def test_becomes_a_petition_on_confirmation(self, city):
        petition = file("路燈不亮而且漏電，有人觸電")

        filing.confirm(petition, how="email_code", by=None, at=NINE + timedelta(hours=1))

        assert not waiting(todos.ALERT).exists()
        assert fresh(petition).case.number


class TestUpkeep:
    def test_expires_then_forgets_the_unconfirmed(self, city):
        petition = file()

        assert upkeep.expire_unconfirmed(NINE + timedelta(days=6)) == 0
        assert upkeep.expire_unconfirmed(NINE + timedelta(days=8)) == 1
        assert upkeep.forget_unconfirmed(NINE + timedelta(days=31)) == 1

        case = fresh(petition).case
        assert (case.status, case.requester) == (Status.EXPIRED_UNCONFIRMED, None)
        assert "路燈" not in case.text

    def test_closes_what_nobody_asked_again(self, city):
        petition = answered(city, assigned(city), NINE + timedelta(hours=2))
        petition = answered(city, petition, NINE + timedelta(days=2), outcome="SOLVED")

        assert upkeep.close_answered(NINE + timedelta(days=10)) == 0
        assert upkeep.close_answered(NINE + timedelta(days=17)) == 1


class TestTrail:
    def test_every_act_is_in_the_chain_and_the_timeline_in_order(self, city):
        petition = answered(city, assigned(city), NINE + timedelta(hours=2))
        petition = answered(city, petition, NINE + timedelta(days=2), outcome="SOLVED")

        events = list(petition.case.events.order_by("n"))
        assert [event.n for event in events] == list(range(1, len(events) + 1))
        assert petition.case.version == len(events)
        assert verify().ok

    def test_the_past_can_be_asked(self, city):
        petition = answered(city, assigned(city), NINE + timedelta(hours=2))
        answered(city, petition, NINE + timedelta(days=2), outcome="SOLVED")
        from cityhall.engines.cases.models import Case

        then = Case.objects.as_of(day_of(NINE)).get(pk=petition.pk)

        assert then.status_then == Status.FIRST_REPLIED
        assert INSIDE.road == then.place.road
