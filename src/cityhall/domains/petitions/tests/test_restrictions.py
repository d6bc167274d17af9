"""不理性重複陳情 from the first petition to the register and back: acts, refusals, letters, to-dos, figures."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from cityhall.domains.petitions import figures, listings
from cityhall.domains.petitions.models import Petition, Restriction, SetAside
from cityhall.domains.petitions.repeats import Barred, Standing
from cityhall.domains.petitions.services import dispatch, filing, handling, restrictions, todos, upkeep
from cityhall.domains.petitions.services.filing import Where, Who
from cityhall.domains.petitions.services.restrictions import CannotRestrict, Given
from cityhall.domains.petitions.states import Ground, ListingGround, RestrictionState
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.models import Requester
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import PlaceMethod, Status
from cityhall.engines.directory import services as directory
from cityhall.engines.directory import succession
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.identity.digests import keyed
from cityhall.engines.identity.services import open_citizen_account
from cityhall.engines.letters import queries as letters
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.period import Period

from .city import INSIDE, NINE, City, file, make_city, opened

pytestmark = pytest.mark.django_db
TEXT = "中山路200號前的紅線標線劃得太長，請改短"
CHEN = Who(name="陳小美", email="chen@mail.example", address="桃園區示範路1號")
DAY = NINE.date()
LATER = NINE + timedelta(days=5)


def read(petition: Petition) -> Petition:
    return Petition.objects.select_related(
        "case__requester", "case__place", "case__agency", "case__unit", "case__officer", "category"
    ).get(pk=petition.pk)


class Story:
    """A city in which somebody writes about the same marking again and again."""

    def __init__(self) -> None:
        self.city: City = make_city()
        self.unit = self.city.other_officer.appointments.get().unit
        self.head = make_person(self.city.transport, None, Role.AGENCY_HEAD)
        self.chief = make_person(self.city.transport, self.unit, Role.UNIT_HEAD)

    def written(self, text: str = TEXT, *, when=NINE, **more) -> Petition:
        return read(opened(text, when=when, **{"who": CHEN, **more}))

    def in_hand(self, text: str = TEXT, *, when=NINE, **more) -> Petition:
        petition = self.written(text, when=when, **more)
        by = self.city.other_coordinator.account
        return read(handling.assign(petition, unit=None, officer=self.city.other_officer, by=by, at=when))

    def answered(self, *, when=NINE) -> Petition:
        petition, by = self.in_hand(when=when), self.city.other_officer.account
        handling.draft_reply(petition, text="依規定不能改短，說明如下。", outcome="EXPLAINED", by=by, at=when)
        reply = handling.submit_reply(read(petition), by=by, at=when)
        handling.approve_reply(reply, by=self.chief.account, at=when)
        return read(petition)

    def given(self, *evidence: Petition, **changed) -> Given:
        answered = next((one for one in evidence if one.case.status == Status.REPLIED), None)
        found = {
            "ground": ListingGround.ANSWERED, "evidence": evidence,
            "answer": answered.case.replies.get() if answered else None, "matter": "紅線太長", "words": ["紅線"],
            "because": "已說明三次", "notice": "您反映的紅線，本局已回復過。", "starts_on": LATER.date(),
            "ends_on": LATER.date() + timedelta(days=180), "review_on": LATER.date() + timedelta(days=90),
        }  # fmt: skip
        return Given(**{**found, **changed})

    def proposed(self, **changed) -> Restriction:
        first, second = self.answered(), self.in_hand(when=NINE + timedelta(days=2))
        given = self.given(first, second, **changed)
        return restrictions.propose(second, given=given, by=self.city.other_officer.account, at=LATER)

    def listed(self, **changed) -> Restriction:
        return restrictions.approve(self.proposed(**changed), by=self.head.account, at=LATER)


@pytest.fixture
def story():
    return Story()


def subjects(petition: Petition) -> list[str]:
    return [letter.template for letter in letters.about(petition.case).order_by("pk")]


def todos_of(subject, kind: str) -> list[Todo]:
    return list(Todo.objects.open().filter(kind=kind, object_id=subject.pk))


class TestProposing:
    def test_keeps_what_the_head_decides_on(self, story):
        restriction = story.proposed()

        assert restriction.state == RestrictionState.PROPOSED
        assert restriction.agency == story.city.transport
        assert restriction.unit == story.unit
        assert restriction.evidence.count() == 2
        assert [key.digest for key in restriction.keys.all()] == [keyed("restriction", "email", CHEN.email)]
        (todo,) = todos_of(restriction, todos.RESTRICTION)
        assert (todo.role, todo.agency) == (Role.AGENCY_HEAD, story.city.transport)
        assert Entry.objects.filter(event="petition.restriction_proposed").count() == 1
        assert str(restriction) == f"R115-{restriction.pk:03}"

    def test_declines_nothing_yet(self, story):
        story.proposed()

        assert story.written(when=LATER).case.status == Status.ASSIGNED

    def test_without_an_answer_is_refused(self, story):
        one, two = story.in_hand(), story.in_hand()

        with pytest.raises(CannotRestrict, match="明確回復"):
            restrictions.propose(two, given=story.given(one, two), by=story.city.other_officer.account, at=LATER)

        assert not Restriction.objects.exists()

    def test_with_another_persons_petition_is_refused(self, story):
        mine = story.answered()
        others = story.in_hand(who=Who(name="林大同", email="lin@mail.example", address=CHEN.address))

        with pytest.raises(CannotRestrict, match="不是這位民眾"):
            restrictions.propose(mine, given=story.given(mine, others), by=story.city.other_officer.account, at=LATER)

    def test_uses_no_petition_of_a_secret_sender(self, story):
        one, two = story.answered(), story.in_hand(keep_identity_secret=True)

        assert [found.petition for found in listings.series(one, DAY)] == [one]
        with pytest.raises(CannotRestrict):
            restrictions.propose(one, given=story.given(one, two), by=story.city.other_officer.account, at=LATER)

    def test_a_second_time_is_refused(self, story):
        restriction = story.proposed()
        petition = read(restriction.petition)
        given = story.given(*restriction.evidence.all())

        with pytest.raises(CannotRestrict, match="已經提報或列管"):
            restrictions.propose(petition, given=given, by=story.city.other_officer.account, at=LATER)

    def test_names_nobody(self, story):
        restriction = story.proposed(matter="陳小美說紅線太長")

        assert "陳小美" not in restriction.matter

    def test_of_a_sender_who_is_not_verified_finds_no_series(self, story):
        who = Who(name="陳小美", phone="0912-345-678", address=CHEN.address)
        letters_by_hand = [filing.confirm(file(TEXT, who=who), how="letter_named", by=None, at=NINE) for _ in range(2)]

        assert listings.series(read(letters_by_hand[0]), DAY) == []


class TestWhoSomebodyIs:
    """Only what was verified for the very petition counts; a name and a house address are others' too."""

    def known(self, how: str, **given) -> frozenset[str]:
        return listings.persons_of(Requester(name="陳小美", address=CHEN.address, **given), how)

    @pytest.mark.parametrize("how", ["email_code", "email_link", "account"])
    def test_is_proved_by_the_mailbox_and_not_by_the_telephone_beside_it(self, how):
        assert self.known(how, email="a@mail.example", phone="0912345678") == {
            keyed("restriction", "email", "a@mail.example")
        }

    def test_is_proved_by_the_telephone_that_was_called_however_it_is_written(self):
        found = self.known("phone", email="a@mail.example", phone="0912-345-678")

        assert found == {keyed("restriction", "phone", "0912345678")}
        assert found == self.known("phone", phone="（０９１２）３４５６７８")

    def test_is_vouched_for_by_a_trusted_program(self):
        assert len(self.known("client", email="a@mail.example", phone="0912345678")) == 2

    @pytest.mark.parametrize("how", ["read_back", "id_seen", "letter_named", ""])
    def test_is_not_proved_otherwise(self, how):
        assert self.known(how, email="a@mail.example", phone="0912345678") == frozenset()

    def test_is_proved_by_the_account_that_filed_it(self):
        account = open_citizen_account(email="a@mail.example", name="陳小美", at=NINE)

        assert self.known("letter_named", account=account) == {keyed("restriction", "account", str(account.pk))}

    def test_of_nobody_is_nothing(self):
        assert listings.persons_of(None, "email_code") == frozenset()
        assert not Petition.objects.filter(listings.of_sender(None)).exists()

    def test_by_another_telephone_is_not_recognised(self, story):
        one = filing.confirm(file(TEXT, who=Who(name="陳", phone="0912-345-678")), how="phone", by=None, at=NINE)
        two = filing.confirm(file(TEXT, who=Who(name="陳", phone="0912-345-678")), how="phone", by=None, at=NINE)
        three = filing.confirm(file(TEXT, who=Who(name="陳", phone="0912-345-679")), how="phone", by=None, at=NINE)

        found = {belongs.petition.pk for belongs in listings.series(read(one), DAY)}

        assert found == {one.pk, two.pk}
        assert three.pk not in found


class TestSuggesting:
    def test_three_alike_in_ninety_days_ask_the_officer_and_do_nothing_else(self, story):
        first, second = story.in_hand(), story.in_hand(when=NINE + timedelta(days=30))

        third = story.in_hand(when=NINE + timedelta(days=60))

        assert [todos_of(one, todos.REPEATS) for one in (first, second)] == [[], []]
        (todo,) = todos_of(third, todos.REPEATS)
        assert todo.person == story.city.other_officer
        assert not Restriction.objects.exists()

    def test_the_answer_takes_it_off_the_list(self, story):
        for days in (0, 1):
            story.in_hand(when=NINE + timedelta(days=days))

        third = story.answered(when=NINE + timedelta(days=2))

        assert todos_of(third, todos.REPEATS) == []

    def test_others_and_other_matters_do_not_count(self, story):
        story.in_hand()
        story.in_hand(who=Who(name="陳小美", email="else@mail.example", address=CHEN.address))
        story.in_hand("民生路的標線看不清楚，晚上很危險嗎不知道")

        assert todos_of(story.in_hand(), todos.REPEATS) == []


class TestDeciding:
    def test_by_the_agencys_head_lists_and_tells_the_citizen(self, story):
        restriction = story.listed()

        assert restriction.state == RestrictionState.IN_FORCE
        assert restriction.decided_by == story.head
        letter = letters.about(restriction.petition.case).get(template="petitions.restricted")
        assert letter.address == CHEN.email
        for words in ("您反映的紅線，本局已回復過。", "第 173 條第 2 款", "申訴", str(restriction), "115年11月21日"):
            assert words in letter.text
        assert todos_of(restriction, todos.RESTRICTION) == []

    def test_tells_it_in_the_citizens_language(self, story):
        first, by = story.answered(), story.city.other_officer.account
        second = story.in_hand(language="en")
        restriction = restrictions.propose(second, given=story.given(first, second), by=by, at=LATER)

        restrictions.approve(restriction, by=story.head.account, at=LATER)

        letter = letters.about(second.case).get(template="petitions.restricted")
        assert "You can appeal" in letter.text
        assert letter.language == "en"

    def test_waits_for_its_first_day(self, story):
        start = LATER.date() + timedelta(days=3)
        restriction = story.listed(starts_on=start)
        assert restriction.state == RestrictionState.APPROVED
        assert story.written(when=LATER).case.status == Status.ASSIGNED

        restrictions.turn(LATER + timedelta(days=3))

        restriction.refresh_from_db()
        assert restriction.state == RestrictionState.IN_FORCE
        assert story.written(when=LATER + timedelta(days=3)).case.status == Status.NOT_PROCESSED

    def test_is_refused_to_everybody_else(self, story):
        restriction = story.proposed()
        people = [
            story.city.other_officer, story.chief, story.city.other_coordinator, story.city.head, story.city.commission,
        ]  # fmt: skip
        for person in people:
            assert restrictions.barred(restriction, person.account, at=LATER) == Barred.NOT_THE_HEAD
            with pytest.raises(CannotRestrict, match="親自核定"):
                restrictions.approve(restriction, by=person.account, at=LATER)
            with pytest.raises(CannotRestrict):
                restrictions.send_back(restriction, reason="不必", by=person.account, at=LATER)

        restriction.refresh_from_db()
        assert restriction.state == RestrictionState.PROPOSED

    def test_is_refused_to_the_heads_deputy(self, story):
        restriction = story.proposed()
        directory.set_deputy(
            story.head, deputy=story.chief, starts_at=LATER - timedelta(days=1), ends_at=LATER + timedelta(days=1),
            by=story.head.account, at=NINE,
        )  # fmt: skip

        with pytest.raises(CannotRestrict, match="不能代理"):
            restrictions.approve(restriction, by=story.chief.account, at=LATER)

    def test_is_refused_to_a_head_who_proposed_it(self, story):
        restriction = story.proposed()
        Restriction.objects.filter(pk=restriction.pk).update(proposed_by=story.head)

        with pytest.raises(CannotRestrict, match="自己提報"):
            restrictions.approve(restriction, by=story.head.account, at=LATER)

    def test_twice_is_refused(self, story):
        restriction = story.listed()

        with pytest.raises(CannotRestrict, match="已經決定過"):
            restrictions.approve(restriction, by=story.head.account, at=LATER)

    def test_too_late_is_refused(self, story):
        restriction = story.proposed(ends_on=LATER.date(), review_on=LATER.date())

        with pytest.raises(CannotRestrict, match="期間已過"):
            restrictions.approve(restriction, by=story.head.account, at=LATER + timedelta(days=1))

    def test_sends_back_with_a_reason_and_writes_to_nobody(self, story):
        restriction = story.proposed()
        with pytest.raises(CannotRestrict, match="理由"):
            restrictions.send_back(restriction, reason=" ", by=story.head.account, at=LATER)

        restrictions.send_back(restriction, reason="先再說明一次", by=story.head.account, at=LATER)

        restriction.refresh_from_db()
        assert restriction.state == RestrictionState.RETURNED
        assert restriction.steps.last().text == "先再說明一次"
        assert "petitions.restricted" not in subjects(restriction.petition)
        assert restriction.petition.case.events.filter(type="restriction_returned", public=False).exists()
        assert todos_of(restriction, todos.RESTRICTION) == []


class TestWhatAListingDoes:
    def test_registers_acknowledges_and_does_not_dispatch(self, story):
        restriction = story.listed()

        petition = story.written("紅線標線還是太長，怎麼都不改", when=LATER)

        case = petition.case
        assert (case.status, case.agency) == (Status.NOT_PROCESSED, None)
        assert case.number
        assert subjects(petition)[-1] == "petitions.declined"
        assert "petitions.opened" not in subjects(petition)
        letter = letters.about(case).get(template="petitions.declined")
        assert "依規定不能改短" in letter.text
        assert restriction.answer.case.number in letter.text
        row = SetAside.objects.get(petition=petition)
        assert (row.kind, row.restriction, row.by) == ("DECLINED", restriction, None)
        assert not Todo.objects.open().filter(object_id=case.pk).exists()
        assert petition.case.events.get(type="not_processed").public

    def test_tells_it_in_the_citizens_language(self, story):
        story.listed()

        petition = story.written(when=LATER, language="en")

        assert "Article 173" in petition.set_aside.get().reason
        assert "call 1999" in letters.about(petition.case).get(template="petitions.declined").text

    def test_lets_everything_else_pass(self, story):
        story.listed()
        far = Where(method=PlaceMethod.PIN, lon=121.35, lat=25.0)
        lin = Who(name="陳小美", email="lin@mail.example", address=CHEN.address)
        passing = {
            "another category": {"text": "中山路 200 號前路燈不亮三天了"},
            "another person at the same address": {"who": lin},
            "another place": {"where": far},
            "another matter": {"text": "學校前的標線看不清楚，請重新油漆一次"},
            "danger": {"text": TEXT, "danger": True},
            "confidential": {"confidential": True},
            "words for a person": {"text": TEXT + "，不然我不想活了"},
        }  # fmt: skip

        found = {name: story.written(**{"text": TEXT, **more}, when=LATER) for name, more in passing.items()}

        assert {name: one.case.status for name, one in found.items() if one.case.status == "NOT_PROCESSED"} == {}
        assert not SetAside.objects.exists()

    def test_lets_who_is_not_verified_pass(self, story):
        story.listed()
        who = Who(name="陳小美", email=CHEN.email, address=CHEN.address)

        petition = filing.confirm(file(TEXT, who=who), how="letter_named", by=None, at=LATER)

        assert read(petition).case.status == Status.ASSIGNED

    def test_knows_the_person_by_a_key_of_before(self, story, settings):
        story.listed()

        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another-key-for-this-test-" + "x" * 40

        assert story.written(when=LATER).case.status == Status.NOT_PROCESSED

    def test_ends_with_its_last_day(self, story):
        restriction = story.listed()
        last = LATER + timedelta(days=180)
        assert story.written(when=last).case.status == Status.NOT_PROCESSED

        assert story.written(when=last + timedelta(days=1)).case.status == Status.ASSIGNED
        upkeep.nightly(last + timedelta(days=1))

        restriction.refresh_from_db()
        assert restriction.state == RestrictionState.EXPIRED

    def test_of_a_closed_agency_goes_on_at_its_successor(self, story):
        restriction = story.listed()
        successor = story.city.works
        at = LATER + timedelta(days=1)
        admin = make_person(story.city.rdec, None, Role.ADMIN).account
        succession.succeed_agency(story.city.transport, successor=successor, on=at.date(), by=admin, at=at)

        restriction.refresh_from_db()
        assert restriction.agency == successor
        assert story.written(when=at).case.status == Status.NOT_PROCESSED


class TestANewCause:
    def test_goes_its_ordinary_way_with_one_act_and_says_why(self, story):
        story.listed()
        petition, desk = story.written(when=LATER), story.city.dispatcher.account

        handling.new_cause(petition, by=desk, at=LATER)

        petition = read(petition)
        assert petition.case.status == Status.ASSIGNED
        assert petition.case.agency == story.city.transport
        assert "新的事由" in petition.case.events.get(type="taken_up").payload["reason"]
        row = petition.set_aside.get()
        assert (row.undone_at, row.undone_by) == (LATER, desk)
        assert "新的事由" in row.undone_because
        assert subjects(petition)[-1] == "petitions.dispatched"
        assert clock_runs(petition)

    def test_is_no_way_out_of_filtering(self, story):
        petition = read(opened("我要找市長談談"))
        handling.end(petition, Status.NOT_PROCESSED, reason="空泛", ground=Ground.NO_MATTER,
                     by=story.city.dispatcher.account, at=NINE)  # fmt: skip

        with pytest.raises(CannotAct):
            handling.new_cause(read(petition), by=story.city.dispatcher.account, at=NINE)


def clock_runs(petition: Petition) -> bool:
    from cityhall.domains.petitions.services import clocks

    return clocks.current(petition) is not None


class TestTheDesk:
    def test_may_decline_what_the_machine_left_to_it(self, story):
        restriction = story.listed()
        petition = story.written("又是那條線，請找市長看看", when=LATER)
        assert petition.case.status == Status.DISPATCHING
        assert listings.that_may_decline(petition, LATER) == [restriction]

        restrictions.decline(petition, restriction, by=story.city.dispatcher.account, at=LATER)

        assert read(petition).case.status == Status.NOT_PROCESSED

    def test_may_not_decline_what_is_anothers(self, story):
        restriction = story.listed()
        petition = story.written("我要找市長看看", when=LATER, who=Who(name="林大同", email="lin@mail.example"))

        assert listings.that_may_decline(petition, LATER) == []
        with pytest.raises(CannotRestrict):
            restrictions.decline(petition, restriction, by=story.city.dispatcher.account, at=LATER)

    def test_may_not_decline_what_is_dangerous(self, story):
        story.listed()

        assert listings.that_may_decline(story.written("我要找市長", when=LATER, danger=True), LATER) == []


class TestFiltering:
    def test_is_registered_with_its_code_and_reversible_with_a_reason(self, story):
        petition, desk = read(opened("我要找市長談談")), story.city.dispatcher.account
        handling.end(petition, Status.NOT_PROCESSED, reason="空泛", ground=Ground.NO_MATTER, by=desk, at=NINE)
        row = SetAside.objects.get()
        assert (row.kind, row.ground, row.reason, row.by) == ("FILTERED", "NO_MATTER", "空泛", desk)
        with pytest.raises(CannotAct, match="理由"):
            handling.take_up_again(read(petition), reason=" ", by=desk, at=LATER)

        handling.take_up_again(read(petition), reason="來信補充了地點", by=desk, at=LATER)

        row.refresh_from_db()
        assert (row.undone_at, row.undone_because) == (LATER, "來信補充了地點")
        assert read(petition).case.status == Status.DISPATCHING

    def test_a_second_time_gets_a_line_of_its_own(self, story):
        petition, desk = read(opened("我要找市長談談")), story.city.dispatcher.account
        for ground in (Ground.NO_MATTER, Ground.REPEATED):
            handling.end(read(petition), Status.NOT_PROCESSED, reason="x", ground=ground, by=desk, at=NINE)
            handling.take_up_again(read(petition), reason="補充", by=desk, at=NINE)

        assert SetAside.objects.count() == 2


class TestTheCommission:
    def test_lifts_with_a_reason_and_tells_the_citizen(self, story):
        restriction, by = story.listed(), story.city.commission.account
        with pytest.raises(CannotRestrict, match="理由"):
            restrictions.lift(restriction, reason="", by=by, at=LATER)

        restrictions.lift(restriction, reason="標線已改", by=by, at=LATER)

        restriction.refresh_from_db()
        assert restriction.state == RestrictionState.LIFTED
        assert "標線已改" in letters.about(restriction.petition.case).get(template="petitions.restriction_news").text
        assert story.written(when=LATER).case.status == Status.ASSIGNED
        with pytest.raises(CannotRestrict):
            restrictions.lift(restriction, reason="再一次", by=by, at=LATER)

    def test_writes_down_an_appeal_while_the_listing_goes_on(self, story):
        restriction, by = story.listed(), story.city.commission.account

        restrictions.record_appeal(restriction, text="我不同意", received_on=LATER.date(), by=by, at=LATER)

        restriction.refresh_from_db()
        assert restriction.state == RestrictionState.APPEALED
        assert len(todos_of(restriction, todos.RESTRICTION_APPEAL)) == 1
        assert story.written(when=LATER).case.status == Status.NOT_PROCESSED
        with pytest.raises(CannotRestrict):
            restrictions.record_appeal(restriction, text="又來", received_on=LATER.date(), by=by, at=LATER)
        with pytest.raises(CannotRestrict, match="先決定申訴"):
            restrictions.lift(restriction, reason="解除", by=by, at=LATER)

    @pytest.mark.parametrize("days", [1, -1])
    def test_writes_down_no_appeal_from_before_the_approval_or_from_tomorrow(self, story, days):
        restriction = story.listed()
        day = LATER.date() + timedelta(days=days)

        with pytest.raises(CannotRestrict, match="收到日"):
            restrictions.record_appeal(
                restriction, text="我不同意", received_on=day, by=story.city.commission.account, at=LATER
            )

    @pytest.mark.parametrize(("granted", "state"), [(True, "LIFTED"), (False, "IN_FORCE")])
    def test_decides_an_appeal(self, story, granted, state):
        restriction, by = story.listed(), story.city.commission.account
        restrictions.record_appeal(restriction, text="我不同意", received_on=LATER.date(), by=by, at=LATER)
        with pytest.raises(CannotRestrict, match="理由"):
            restrictions.decide_appeal(restriction, granted=granted, decision="", by=by, at=LATER)

        appeal = restrictions.decide_appeal(restriction, granted=granted, decision="看過了", by=by, at=LATER)

        restriction.refresh_from_db()
        assert restriction.state == state
        assert (appeal.granted, appeal.decided_by) == (granted, story.city.commission)
        assert todos_of(restriction, todos.RESTRICTION_APPEAL) == []
        assert "看過了" in letters.about(restriction.petition.case).get(template="petitions.restriction_news").text
        with pytest.raises(CannotRestrict, match="沒有待決定"):
            restrictions.decide_appeal(restriction, granted=granted, decision="再一次", by=by, at=LATER)

    def test_lets_nobody_judge_an_appeal_who_had_a_part_in_it(self, story):
        restriction = story.listed()
        restrictions.record_appeal(
            restriction, text="我不同意", received_on=LATER.date(), by=story.city.commission.account, at=LATER
        )

        with pytest.raises(CannotRestrict, match="不能決定它的申訴"):
            restrictions.decide_appeal(restriction, granted=False, decision="不", by=story.head.account, at=LATER)

    def test_is_asked_for_the_review_in_time_and_once(self, story):
        restriction, by = story.listed(), story.city.commission.account
        upkeep.nightly(LATER + timedelta(days=75))
        assert todos_of(restriction, todos.RESTRICTION_REVIEW) == []

        for _ in range(2):
            upkeep.nightly(LATER + timedelta(days=76))

        (todo,) = todos_of(restriction, todos.RESTRICTION_REVIEW)
        assert (todo.agency, todo.role) == (story.city.rdec, Role.COMMISSION)
        restrictions.review(restriction, finding="上個月又來信兩次", by=by, at=LATER + timedelta(days=80))
        assert todos_of(restriction, todos.RESTRICTION_REVIEW) == []
        with pytest.raises(CannotRestrict, match="已經檢討"):
            restrictions.review(restriction, finding="再一次", by=by, at=LATER)

    def test_reviews_with_words_and_only_what_holds(self, story):
        restriction, by = story.listed(), story.city.commission.account
        with pytest.raises(CannotRestrict, match="結果"):
            restrictions.review(restriction, finding="", by=by, at=LATER)
        restrictions.lift(restriction, reason="好了", by=by, at=LATER)

        with pytest.raises(CannotRestrict, match="不在列管中"):
            restrictions.review(restriction, finding="x", by=by, at=LATER)


class TestFigures:
    def test_listed_on_a_day_follows_approval_days_and_lifting(self, story):
        restriction = story.listed()
        restrictions.lift(restriction, reason="好了", by=story.city.commission.account, at=LATER + timedelta(days=10))

        def listed(day: date) -> int:
            return figures.repeated_listed(Period(day, day)).value

        assert listed(LATER.date() - timedelta(days=1)) == 0
        assert listed(LATER.date()) == 1
        assert listed(LATER.date() + timedelta(days=9)) == 1
        assert listed(LATER.date() + timedelta(days=10)) == 0

    def test_what_waits_or_was_sent_back_is_not_listed(self, story):
        restriction = story.proposed()
        day = Period(LATER.date(), LATER.date())
        assert figures.repeated_listed(day).value == 0

        restrictions.send_back(restriction, reason="不必", by=story.head.account, at=LATER)

        assert figures.repeated_listed(day).value == 0

    def test_a_listing_ends_by_its_day_though_no_night_has_passed(self, story):
        story.listed()
        last = LATER.date() + timedelta(days=180)

        assert figures.repeated_listed(Period(last, last)).value == 1
        assert figures.repeated_listed(Period(last + timedelta(days=1), last + timedelta(days=1))).value == 0

    def test_received_filtered_and_declined_make_all_that_was_registered(self, story):
        story.listed()  # two petitions
        period, desk = Period(DAY, LATER.date()), story.city.dispatcher.account
        declined = story.written(when=LATER)
        petition = read(opened("我要找市長談談", when=LATER))
        handling.end(petition, Status.NOT_PROCESSED, reason="空泛", ground=Ground.NO_MATTER, by=desk, at=LATER)

        def counted():
            return (
                figures.received(period).value, figures.filtered(period).value, figures.repeated_declined(period).value
            )  # fmt: skip

        assert counted() == (2, 1, 1)
        assert listings.intake(period) == listings.Intake(registered=4, processed=2, filtered=1, declined=1)
        handling.new_cause(read(declined), by=desk, at=LATER)
        handling.take_up_again(read(petition), reason="補充了", by=desk, at=LATER)
        assert counted() == (4, 0, 0)

    def test_go_by_the_day_on_which_it_was_registered(self, story):
        story.listed()
        story.written(when=LATER)
        before = LATER.date() - timedelta(days=1)

        assert figures.repeated_declined(Period(LATER.date(), LATER.date())).value == 1
        assert figures.repeated_declined(Period(before, before)).value == 0


class TestTheDatabase:
    def test_refuses_a_head_who_approves_what_they_proposed(self, story):
        restriction = story.proposed()

        with pytest.raises(IntegrityError), transaction.atomic():
            Restriction.objects.filter(pk=restriction.pk).update(decided_by=restriction.proposed_by)

    def test_refuses_the_second_ground_without_its_answer(self, story):
        restriction = story.proposed()

        with pytest.raises(IntegrityError), transaction.atomic():
            Restriction.objects.filter(pk=restriction.pk).update(answer=None)

    def test_refuses_a_state_that_nobody_decided(self, story):
        restriction = story.proposed()

        with pytest.raises(IntegrityError), transaction.atomic():
            Restriction.objects.filter(pk=restriction.pk).update(state=Standing.IN_FORCE)

    def test_refuses_a_decline_without_its_listing(self, story):
        with pytest.raises(IntegrityError), transaction.atomic():
            SetAside.objects.create(petition=story.written(), kind="DECLINED", ground="ANSWERED", reason="x", at=NINE)


def test_dispatching_by_hand_is_not_touched_by_a_listing(story):
    """What the desk has looked at goes where the desk says."""
    story.listed()
    petition = story.written("又是那條線，請找市長看看", when=LATER, where=INSIDE)

    dispatch.dispatch_by_desk(
        petition, category=story.city.road_marking, agency=None, by=story.city.dispatcher.account, at=LATER
    )

    assert read(petition).case.status == Status.ASSIGNED


class TestWhatWasFilteredBefore:
    """Before the register was kept, ground and reason stood in the timeline alone."""

    def test_gets_its_line_once(self, story):
        petition, desk = read(opened("我要找市長談談")), story.city.dispatcher.account
        handling.end(petition, Status.NOT_PROCESSED, reason="空泛", ground=Ground.NO_MATTER, by=desk, at=NINE)
        SetAside.objects.all().delete()
        migration = import_module("cityhall.domains.petitions.migrations.0010_filtered_before")

        for _time in range(2):
            migration.register(apps, None)

        row = SetAside.objects.get()
        assert (row.petition, row.kind, row.ground, row.reason) == (petition, "FILTERED", "NO_MATTER", "空泛")
        assert (row.at, row.by) == (NINE, desk)
