"""機關承接: what of petitions moves, what stays, what somebody has to decide; and nothing is left at the old agency."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.at_once import at_once

from cityhall.domains.petitions import queries
from cityhall.domains.petitions.models import Petition, Routing
from cityhall.domains.petitions.services import citizen, dispatch, ethics, handling, rulebook, todos, upkeep
from cityhall.domains.petitions.services.dispatch import route_rules
from cityhall.engines.audit.models import Entry
from cityhall.engines.audit.queries import verify
from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases.models import Assignment, Case, Event
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import ReplyState, Status
from cityhall.engines.deadlines.models import LIVE, Clock
from cityhall.engines.directory import services as directory_acts
from cityhall.engines.directory import succession
from cityhall.engines.directory.models import Agency, Appointment, Succession
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.letters.models import Letter
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.worklist.models import Todo
from cityhall.engines.worklist.services import SUCCESSION
from cityhall.foundation.clock import at as clock_time
from cityhall.foundation.clock import day_of

from .city import MONDAY, NINE, City, make_city, opened, signed_in

pytestmark = pytest.mark.django_db
DAY = MONDAY + timedelta(days=3)
THEN = clock_time(DAY, 0, 5)
WORKING = clock_time(DAY, 10)


@pytest.fixture
def city() -> City:
    """The works office, which the department of transportation is going to succeed."""
    return make_city()


def read(petition: Petition) -> Petition:
    return Petition.objects.select_related("case__agency", "case__unit", "case__officer").get(pk=petition.pk)


def in_hand(city: City, text: str = "中山路 200 號前路燈不亮三天了") -> Petition:
    """Dispatched to the works office and given to its officer."""
    petition = read(opened(text))
    handling.assign(petition, unit=city.lights, officer=city.officer, by=city.coordinator.account, at=NINE)
    return read(petition)


def succeeds(city: City, at=THEN) -> Succession:
    """It is announced on Monday and carried out on its day."""
    decided = succession.succeed_agency(city.works, successor=city.transport, on=DAY, by=None, at=NINE)
    succession.carry_out_due_successions(at=at)
    decided.refresh_from_db()
    return decided


def leaves(city: City, person) -> None:
    """Somebody's service ends with the old agency's last day."""
    Appointment.objects.filter(person=person).update(ends_on=DAY - timedelta(days=1))


def nothing_is_left(agency: Agency) -> None:
    """What must be so whatever happened before."""
    assert not Todo.objects.open().filter(agency=agency).exclude(kind=SUCCESSION).exists()
    at_agency = Case.objects.filter(agency=agency).open()
    assert not at_agency.exists()
    live = Clock.objects.filter(state__in=LIVE, subject_type__model="case")
    assert not Case.objects.filter(pk__in=live.values("subject_id"), agency=agency).open().exists()
    assert not Assignment.objects.filter(agency=agency, ends_at=None).exists()


class TestAnOpenPetition:
    def test_goes_on_as_it_stands(self, city):
        petition = in_hand(city)
        clock = Clock.objects.get(state__in=LIVE, subject_id=petition.case.pk, subject_type__model="case")
        letters = Letter.objects.count()

        succeeds(city)

        after = read(petition)
        assert (after.case.agency, after.case.officer) == (city.transport, city.officer)
        assert after.case.unit.agency == city.transport
        assert (after.case.number, after.case.status) == (petition.case.number, petition.case.status)
        again = Clock.objects.get(pk=clock.pk)
        assert (again.started_at, again.due_at, again.state) == (clock.started_at, clock.due_at, clock.state)
        assert case_queries.hops(after.case) == 0
        old, new = Assignment.objects.filter(case=after.case).order_by("starts_at", "pk")
        assert (old.agency, old.ends_at, old.ended_by_return) == (city.works, THEN, False)
        assert (new.agency, new.starts_at, new.officer) == (city.transport, THEN, city.officer)
        assert Letter.objects.count() == letters  # number, page, day and 1999 stay: there is nothing to tell
        nothing_is_left(city.works)
        assert verify().ok

    def test_says_so_in_its_timeline_and_in_the_trail(self, city):
        petition = in_hand(city)

        succeeds(city)

        event = petition.case.events.get(type="succeeded")
        assert event.payload == {"from": "works", "agency": "transport"}
        assert read(petition).case.version == event.n
        assert Entry.objects.filter(event="case.succeeded", subject_id=str(petition.case.pk)).count() == 1
        page = signed_in(city.other_coordinator).get(f"/desk/petitions/{petition.case.reference}/?tab=timeline")
        assert "機關業務移轉" in page.content.decode()

    def test_waits_for_the_successors_coordinator_where_the_officer_does_not_go_along(self, city):
        petition = in_hand(city)
        leaves(city, city.officer)

        succeeds(city)

        after = read(petition)
        assert (after.case.officer, after.case.status) == (None, petition.case.status)
        todo = Todo.objects.open().get(object_id=after.case.pk)
        assert (todo.kind, todo.agency, todo.role, todo.person) == (
            todos.ASSIGN,
            city.transport,
            Role.COORDINATOR,
            None,
        )
        handling.assign(after, unit=None, officer=city.other_officer, by=city.other_coordinator.account, at=WORKING)
        assert Todo.objects.open().get(object_id=after.case.pk).person == city.other_officer

    def test_keeps_its_question_to_the_citizen(self, city):
        petition = in_hand(city)
        handling.ask_citizen(petition, text="哪一盞？", by=city.officer.account, at=NINE)
        leaves(city, city.officer)

        succeeds(city)
        handling.answer_question(read(petition), answer="第三盞", by=None, at=WORKING)

        after = read(petition)
        assert after.case.status == Status.ACCEPTED
        nothing_is_left(city.works)

    def test_at_the_desk_gets_no_lead(self, city):
        petition = read(opened())
        dispatch.return_for_dispatch(
            petition, proposed=city.transport, reason="不是路燈", by=city.coordinator.account, at=NINE
        )

        succeeds(city)

        after = read(petition)
        assert after.case.agency == city.transport
        assert not Assignment.objects.filter(case=after.case, ends_at=None).exists()
        assert Todo.objects.open().get(object_id=after.case.pk).kind == todos.DISPATCH
        assert case_queries.hops(after.case) == 1

    def test_whose_approver_has_no_post_there_goes_to_who_has(self, city):
        petition = in_hand(city)
        handling.draft_reply(petition, text="已修復。", by=city.officer.account, at=NINE)
        reply = handling.submit_reply(read(petition), by=city.officer.account, at=NINE)
        leaves(city, city.chief)
        head = make_person(city.transport, None, Role.AGENCY_HEAD)

        succeeds(city)

        reply.refresh_from_db()
        assert (reply.state, reply.approver, reply.approver_role) == (ReplyState.IN_REVIEW, head, Role.UNIT_HEAD)
        assert Todo.objects.open().get(kind=todos.APPROVE).person == head
        handling.approve_reply(reply, by=head.account, at=WORKING)

    def test_that_nobody_there_can_approve_goes_back_to_the_officer(self, city):
        petition = in_hand(city)
        handling.draft_reply(petition, text="已修復。", by=city.officer.account, at=NINE)
        reply = handling.submit_reply(read(petition), by=city.officer.account, at=NINE)
        for one in (city.chief, city.head):
            leaves(city, one)

        succeeds(city)

        reply.refresh_from_db()
        assert reply.state == ReplyState.SENT_BACK
        assert Todo.objects.open().get(object_id=petition.case.pk).kind == todos.HANDLE


class TestWhatIsMoved:
    def test_of_cases_of_others_is_the_help_and_the_copy(self, city):
        petition = read(opened("中山路標線模糊，請劃紅線"))
        handling.assign(petition, unit=None, officer=city.other_officer, by=city.other_coordinator.account, at=NINE)
        helping = handling.add_co_handler(
            read(petition), agency=city.works, asked="請會勘", working_days=5, by=city.other_officer.account, at=NINE
        )

        succession.succeed_agency(city.works, successor=city.rdec, on=DAY, by=None, at=NINE)
        succession.carry_out_due_successions(at=THEN)

        helping.refresh_from_db()
        assert (helping.agency, helping.ends_at) == (city.rdec, None)
        nothing_is_left(city.works)

    def test_takes_the_same_statements_however_many(self, city):
        def statements(how_many: int) -> int:
            for n in range(how_many):
                in_hand(city, f"中山路 {n} 號前路燈不亮")
            with transaction.atomic():
                decided = succession.announce(city.works, successor=city.transport, on=DAY, by=None, at=NINE)
                with CaptureQueriesContext(connection) as seen:
                    succession.carry_out_succession(decided, by=None, at=THEN)
                nothing_is_left(city.works)
                transaction.set_rollback(True)
            return len(seen)

        statements(1)  # what a process asks once

        assert statements(2) == statements(6)

    def test_goes_on_after_a_crash(self, city, monkeypatch):
        found = [in_hand(city, f"中山路 {n} 號前路燈不亮") for n in range(5)]
        monkeypatch.setattr(succession, "BLOCK", 2)
        succession.succeed_agency(city.works, successor=city.transport, on=DAY, by=None, at=NINE)
        real, calls = succession._move_block, []

        def dies(*args, **kwargs):
            calls.append(1)
            if len(calls) == 4:
                raise RuntimeError("the machine went off")
            return real(*args, **kwargs)

        monkeypatch.setattr(succession, "_move_block", dies)
        with pytest.raises(RuntimeError):
            succession.carry_out_due_successions(at=THEN)
        monkeypatch.setattr(succession, "_move_block", real)

        # In between, what is opened at the old agency waits at the new one, which may read all of it.
        citizen.urge(read(found[4]), by=None, at=THEN)
        assert queries.visible_to(city.coordinator.account, THEN).count() == 5
        assert succession.carry_out_due_successions(at=WORKING) == 1

        nothing_is_left(city.works)
        assert [petition.case.events.filter(type="succeeded").count() for petition in found] == [1] * 5
        decided = Succession.objects.get()
        assert decided.moved["petitions"] == 5
        assert succession.carry_out_due_successions(at=WORKING) == 0

    def test_a_day_too_late_is_still_done_once(self, city):
        petition = in_hand(city)

        succeeds(city, at=WORKING + timedelta(days=2))
        succession.watch_successions(at=WORKING + timedelta(days=3))

        assert petition.case.events.filter(type="succeeded").count() == 1

    def test_not_before_the_day_and_not_when_withdrawn(self, city):
        petition = in_hand(city)
        decided = succession.succeed_agency(city.works, successor=city.transport, on=DAY, by=None, at=NINE)
        assert succession.carry_out_due_successions(at=clock_time(DAY - timedelta(days=1), 23, 59)) == 0

        succession.withdraw_succession(decided, by=None, at=NINE)
        succession.carry_out_due_successions(at=THEN)

        assert read(petition).case.agency == city.works
        with pytest.raises(directory_acts.CannotCloseAgency, match="撤回"):
            succession.withdraw_succession(decided, by=None, at=NINE)

    def test_to_the_one_that_carries_on_by_then(self, city):
        petition = in_hand(city)
        succession.succeed_agency(city.works, successor=city.transport, on=DAY, by=None, at=NINE)
        succession.succeed_agency(city.transport, successor=city.rdec, on=DAY - timedelta(days=1), by=None, at=NINE)

        succession.carry_out_due_successions(at=THEN)

        assert read(petition).case.agency == city.rdec
        nothing_is_left(city.works)
        nothing_is_left(city.transport)


class TestWhatCameIn:
    def test_meanwhile_follows_the_next_night(self, city):
        """Somebody's act began before midnight and ended after the move."""
        petition = in_hand(city)
        decided = succeeds(city)
        Case.objects.filter(pk=petition.case.pk).update(agency=city.works, unit=city.lights)
        Todo.objects.filter(object_id=petition.case.pk).update(agency=city.works, unit=city.lights)

        succession.watch_successions(at=WORKING)

        nothing_is_left(city.works)
        assert read(petition).case.unit.agency == city.transport
        decided.refresh_from_db()
        assert decided.moved["petitions"] == 2

    def test_new_goes_to_the_successor(self, city):
        succeeds(city)

        petition = read(opened(when=WORKING))

        assert (petition.case.agency, petition.case.status) == (city.transport, Status.ASSIGNED)


class TestAnEndedPetition:
    @pytest.fixture
    def answered(self, city) -> Petition:
        petition = in_hand(city, "公園落葉沒人掃，路燈不亮")
        for text, outcome in (("已派工。", ""), ("已修復。", "SOLVED")):
            handling.draft_reply(read(petition), text=text, outcome=outcome, by=city.officer.account, at=NINE)
            reply = handling.submit_reply(read(petition), by=city.officer.account, at=NINE)
            handling.approve_reply(reply, by=city.chief.account, at=NINE)
        return read(petition)

    def test_stays_and_is_read_by_the_successor(self, city, answered):
        assert answered.case.status == Status.REPLIED

        succeeds(city)

        assert read(answered).case.agency == city.works
        assert answered in queries.visible_to(city.other_coordinator.account, WORKING)
        assert not queries.visible_to(city.other_coordinator.account, NINE).filter(pk=answered.pk).exists()

    def test_is_closed_at_the_agency_that_answered(self, city, answered):
        succeeds(city)

        upkeep.close_answered(WORKING + timedelta(days=60))

        after = read(answered)
        assert (after.case.status, after.case.agency) == (Status.CLOSED, city.works)

    def test_comes_to_life_again_at_the_successor(self, city, answered):
        succeeds(city)

        asked = citizen.ask_reopen(answered, reason="又壞了", by=None, at=WORKING)
        assert Todo.objects.open().get(kind=todos.REOPEN).agency == city.transport
        handling.decide_reopen(asked, granted=True, decision="再去看", by=city.other_coordinator.account, at=WORKING)

        after = read(answered)
        assert (after.case.status, after.case.agency) == (Status.REOPENED, city.transport)
        nothing_is_left(city.works)


class TestAComplaintAboutThem:
    def test_is_kept_from_them_at_the_successor_too(self, city):
        petition = read(opened("路燈管理科的人態度很差，標線也沒劃"))
        ethics.set_about(read(petition), agency=city.works, unit=city.lights, by=city.dispatcher.account, at=NINE)

        succeeds(city)

        assert petition in queries.visible_to(city.other_coordinator.account, WORKING)
        assert not queries.is_open_to(city.chief.account, read(petition), WORKING)
        with pytest.raises(CannotAct):
            handling.assign(
                read(petition), unit=None, officer=city.officer, by=city.other_coordinator.account, at=WORKING
            )


class TestRules:
    def test_go_on_with_the_successor_as_a_new_version(self, city):
        before = {rule.category: rule.agency for rule in route_rules(DAY - timedelta(days=1))}
        on_the_day = {rule.category: rule.agency for rule in route_rules(DAY)}

        succeeds(city)

        assert {rule.category: rule.agency for rule in route_rules(DAY - timedelta(days=1))} == before
        after = {rule.category: rule.agency for rule in route_rules(DAY)}
        assert after == {**on_the_day, "street_light": "transport", "park_upkeep": "transport"}
        old, new = Routing.objects.filter(category=city.street_light).order_by("valid_from")
        assert (old.agency, old.valid_until) == (city.works, DAY - timedelta(days=1))
        assert (new.agency, new.valid_from, new.replaces, new.version) == (city.transport, DAY, old, 2)

    def test_of_their_own_lead_a_category_elsewhere(self, city):
        """A split by category: what has a rule of its own from that day on goes by it, the rest to the successor."""
        park = Routing.objects.get(category=city.park_upkeep)
        rulebook.end_rule(park, on=DAY, by=None, at=NINE)
        rulebook.add_routing(agency=city.rdec, category=city.park_upkeep, valid_from=DAY, by=None, at=NINE)

        succeeds(city)

        leads = {rule.category: rule.agency for rule in route_rules(DAY)}
        assert (leads["park_upkeep"], leads["street_light"]) == ("rdec", "transport")

    def test_of_that_day_take_open_petitions_of_the_category_along(self, city):
        park, light = in_hand(city), in_hand(city, "中山路 9 號前路燈不亮")
        dispatch.set_category(park, category=city.park_upkeep, by=city.dispatcher.account, at=NINE)
        waiting = in_hand(city, "中山路 8 號前路燈不亮")
        dispatch.set_category(waiting, category=city.park_upkeep, by=city.dispatcher.account, at=NINE)
        handling.ask_citizen(read(waiting), text="哪一座公園？", by=city.officer.account, at=NINE)
        rulebook.end_rule(Routing.objects.get(category=city.park_upkeep), on=DAY, by=None, at=NINE)
        rulebook.add_routing(agency=city.rdec, category=city.park_upkeep, valid_from=DAY, by=None, at=NINE)
        due = Clock.objects.get(state="RUNNING", subject_id=park.case.pk, subject_type__model="case").due_at

        succeeds(city)

        assert [read(one).case.agency for one in (park, light, waiting)] == [city.rdec, city.transport, city.transport]
        assert (read(park).case.status, read(park).case.officer) == (Status.ASSIGNED, None)
        todo = Todo.objects.open().get(object_id=park.case.pk)
        assert (todo.kind, todo.agency, todo.due_at) == (todos.ASSIGN, city.rdec, due)
        assert case_queries.hops(read(park).case) == 0
        nothing_is_left(city.works)
        assert verify().ok

    def test_of_a_split_are_followed_by_the_desk_without_a_hop(self, city):
        petition = in_hand(city)
        succeeds(city)

        dispatch.dispatch_by_desk(
            read(petition), category=city.park_upkeep, agency=city.rdec, by=city.dispatcher.account, at=WORKING
        )

        assert read(petition).case.agency == city.rdec
        assert case_queries.hops(read(petition).case) == 0


class TestTheList:
    def test_counts_before_what_will_happen(self, city):
        in_hand(city)

        counted = {line.naming.key: line.number for line in succession.lines(city.works, DAY)}

        assert (counted["petitions"], counted["clocks"], counted["todos"], counted["rules"]) == (1, 1, 1, 2)
        assert counted["appointments"] == 5

    def test_has_a_page_with_its_rows(self, city):
        petition = in_hand(city)
        admin = signed_in(make_person(city.rdec, None, Role.ADMIN))
        address = "/desk/directory/agencies/works/succession/"

        page = admin.get(address).content.decode()
        rows = admin.get(f"{address}petitions/").content.decode()

        assert "未結陳情案件" in page
        assert petition.case.number in rows
        assert admin.get(f"{address}nothing/").status_code == 404

    def test_names_no_sealed_petition(self, city):
        petition = in_hand(city)
        Petition.objects.filter(pk=petition.pk).update(sealed=True)
        admin = signed_in(make_person(city.rdec, None, Role.ADMIN))

        rows = admin.get("/desk/directory/agencies/works/succession/petitions/").content.decode()

        assert petition.case.number not in rows
        assert str(petition.case.reference) not in rows

    def test_is_read_by_both_agencies_and_nobody_elses(self, city):
        succession.succeed_agency(
            city.works, successor=city.transport, on=day_of(timezone.now()) + timedelta(days=9), by=None,
            at=timezone.now(),
        )  # fmt: skip
        address = "/desk/directory/agencies/works/succession/"
        stranger = make_person(city.rdec, None, Role.COORDINATOR)

        assert signed_in(city.coordinator).get(address).status_code == 200
        assert signed_in(city.other_coordinator).get(address).status_code == 200
        assert signed_in(stranger).get(address).status_code == 403
        assert signed_in(city.officer).get(address).status_code == 403

    def test_waits_for_a_coordinator_until_it_is_nothing(self, city):
        make_person(city.transport, None, Role.COORDINATOR)
        set_parameter("petitions.desk_agency", "works", valid_from=MONDAY, source="測試", by=None, at=NINE)

        decided = succeeds(city)

        assert [line.naming.key for line in succession.left(decided)] == ["parameters"]
        todo = Todo.objects.open().get(kind=SUCCESSION)
        assert (todo.agency, todo.role) == (city.transport, Role.COORDINATOR)
        succession.watch_successions(at=WORKING)
        assert Todo.objects.open().get(kind=SUCCESSION) == todo

        set_parameter("petitions.desk_agency", "transport", valid_from=DAY, source="測試", by=None, at=WORKING)
        succession.watch_successions(at=WORKING + timedelta(days=1))

        assert succession.left(decided) == []
        assert not Todo.objects.open().filter(kind=SUCCESSION).exists()


@pytest.mark.django_db(transaction=True)
class TestWhileOthersWork:
    def test_nothing_is_lost_or_doubled(self, city):
        found = [in_hand(city, f"中山路 {n} 號前路燈不亮") for n in range(7)]
        succession.succeed_agency(city.works, successor=city.transport, on=DAY, by=None, at=NINE)

        def urge(petition: Petition):
            return lambda: citizen.urge(read(petition), by=None, at=THEN)

        def withdraw(petition: Petition):
            return lambda: citizen.withdraw(read(petition), reason="好了", by=None, at=THEN)

        results = at_once(
            [lambda: succession.carry_out_due_successions(at=THEN)] * 2
            + [urge(petition) for petition in found]
            + [withdraw(petition) for petition in found]
        )
        succession.watch_successions(at=WORKING)

        unexpected = [one for one in results if isinstance(one, Exception) and not isinstance(one, CannotAct)]
        assert unexpected == []
        nothing_is_left(city.works)
        for petition in found:
            numbers = list(petition.case.events.order_by("n").values_list("n", flat=True))
            assert numbers == list(range(1, len(numbers) + 1))
            assert petition.case.events.filter(type="succeeded").count() <= 1
            assert read(petition).case.status == Status.WITHDRAWN
        assert verify().ok


STEPS = st.lists(
    st.sampled_from(["file", "assign", "ask", "draft", "submit", "approve", "return", "help", "urge", "withdraw"]),
    max_size=12,
)


class TestWhateverHappenedBefore:
    @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=STEPS, leaving=st.sets(st.sampled_from(["officer", "chief", "head", "coordinator"])))
    def test_nothing_open_is_left_at_the_old_agency(self, db, steps, leaving):
        with transaction.atomic():
            city = make_city()
            found: list[Petition] = []
            for n, step in enumerate(steps):
                with suppress(CannotAct, PermissionDenied, IndexError, AssertionError), transaction.atomic():
                    self.do(step, city, found, n)
            for name in leaving:
                leaves(city, getattr(city, name))
            open_before = Case.objects.open().count()

            succeeds(city)

            nothing_is_left(city.works)
            assert Case.objects.open().count() == open_before
            moved = Event.objects.filter(type="succeeded").values_list("case_id", flat=True)
            assert len(moved) == len(set(moved))
            assert verify().ok
            transaction.set_rollback(True)

    def do(self, step: str, city: City, found: list[Petition], n: int) -> None:
        if step == "file":
            found.append(opened(f"中山路 {n} 號前路燈不亮"))
            return
        if not found or (step == "approve" and not queries.answer_in_work(read(found[n % len(found)]).case)):
            return
        petition, officer = read(found[n % len(found)]), city.officer.account
        acts = {
            "assign": lambda: handling.assign(
                petition, unit=city.lights, officer=city.officer, by=city.coordinator.account, at=NINE
            ),
            "ask": lambda: handling.ask_citizen(petition, text="哪一盞？", by=officer, at=NINE),
            "draft": lambda: handling.draft_reply(petition, text="已修復。", outcome="SOLVED", by=officer, at=NINE),
            "submit": lambda: handling.submit_reply(petition, by=officer, at=NINE),
            "approve": lambda: handling.approve_reply(
                case_queries.reply_in_work(petition.case), by=city.chief.account, at=NINE
            ),
            "return": lambda: dispatch.return_for_dispatch(
                petition, proposed=city.transport, reason="不是我們的", by=city.coordinator.account, at=NINE
            ),
            "help": lambda: handling.add_co_handler(
                petition, agency=city.transport, asked="請會勘", working_days=3, by=officer, at=NINE
            ),
            "urge": lambda: citizen.urge(petition, by=None, at=NINE),
            "withdraw": lambda: citizen.withdraw(petition, reason="好了", by=None, at=NINE),
        }
        acts[step]()
