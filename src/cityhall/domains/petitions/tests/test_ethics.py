"""政風: what is about corruption is read by the ethics office alone; what is about a unit never by that unit."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cityhall.domains.petitions import figures, neighbours, queries, statistics
from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.services import dispatch, ethics, handling, joining, upkeep
from cityhall.domains.petitions.services.filing import Who
from cityhall.domains.petitions.services.joining import CannotJoin
from cityhall.domains.petitions.tests.city import NINE, file, make_category, make_city, opened, signed_in
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.services import CannotAct, SomebodyWasFaster
from cityhall.engines.cases.states import Status
from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person, make_unit
from cityhall.engines.letters.models import Letter
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.period import Period

pytestmark = pytest.mark.django_db
NOW = NINE + timedelta(minutes=30)
BRIBE = "養工處的科長收受餽贈，中山路的路燈標案有問題"
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


class Story:
    """A city with its ethics office."""

    def __init__(self):
        self.city = make_city()
        self.office = make_agency("ethics", name="政風處", short_name="政風處")
        self.desk = make_unit(self.office, "review", name="查處科")
        self.officer = make_person(self.office, self.desk, Role.ETHICS)
        self.colleague = make_person(self.office, self.desk, Role.OFFICER)
        self.coordinator = make_person(self.office, None, Role.COORDINATOR)
        self.chief = make_person(self.office, self.desk, Role.UNIT_HEAD)
        self.head = make_person(self.office, None, Role.AGENCY_HEAD)
        self.operator = make_person(self.city.rdec, None, Role.OPERATOR)
        self.admin = make_person(self.city.rdec, None, Role.ADMIN)

    @property
    def outsiders(self):
        city = self.city
        return [
            city.dispatcher, city.coordinator, city.officer, city.chief, city.head, city.commission, self.operator,
            self.admin, self.coordinator, self.colleague, city.other_coordinator,
        ]  # fmt: skip


@pytest.fixture
def story(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return Story()


def fresh(petition):
    return Petition.objects.select_related(*queries.FULL, "about_agency", "about_unit").get(pk=petition.pk)


def page(petition, name="record", *more):
    return reverse(f"petitions:{name}", args=[petition.case.reference, *more])


def sees(person, petition):
    return queries.visible_to(person.account, NOW).filter(pk=petition.pk).exists()


def reads(person, petition):
    return signed_in(person).get(page(petition)).status_code == 200


class TestRoute:
    @pytest.mark.parametrize("text", [BRIBE, "有人收 紅 包", "廠商說要拿回扣才會修路燈", "圍標"])
    def test_words_lead_to_the_office(self, story, text):
        petition = fresh(opened(text))

        assert petition.sealed
        assert petition.case.confidential
        assert petition.case.agency == story.office
        assert petition.case.status == Status.ASSIGNED

    def test_a_category_leads_there(self, story):
        make_category("corruption", "檢舉貪瀆不法", story.office)

        assert fresh(opened("請查路燈標案", category="corruption")).sealed

    def test_others_go_their_ordinary_way(self, story):
        petition = fresh(opened())

        assert not petition.sealed
        assert petition.case.agency == story.city.works

    def test_the_clock_runs_and_the_citizen_is_told(self, story):
        petition = opened(BRIBE)

        assert deadline_queries.clocks_of(petition.case).count() == 1
        assert Letter.objects.filter(template="petitions.opened").exists()

    def test_a_letter_names_nothing_of_it(self, story):
        opened(BRIBE)

        assert not any("餽贈" in f"{one.title}{one.text}" for one in Letter.objects.all())

    def test_before_its_confirmation_too(self, story):
        petition = file(BRIBE)

        assert not any(sees(person, petition) for person in story.outsiders)
        assert sees(story.officer, petition)

    def test_danger_is_not_sent_round(self, story):
        petition = file(f"{BRIBE}，電線掉下來")

        assert not hasattr(petition, "alert")

    def test_a_call_back_is_the_offices(self, story):
        petition = file(BRIBE, who=Who(name="陳小美", phone="0912-345-678"))

        todo = Todo.objects.get(object_id=petition.case_id, closed_at=None)
        assert (todo.agency, todo.role, todo.title) == (story.office, Role.ETHICS, "政風案件")

    def test_without_an_office_the_desk_keeps_it_unseen(self, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
        city = make_city()

        petition = fresh(opened(BRIBE))

        assert petition.case.agency == city.rdec
        assert not sees(city.dispatcher, petition)


class TestSight:
    def test_is_the_offices_alone(self, story):
        petition = opened(BRIBE)

        assert [person for person in story.outsiders if sees(person, petition) or reads(person, petition)] == []
        assert reads(story.officer, petition)
        assert reads(story.head, petition)

    def test_each_reading_is_written_down(self, story):
        petition = opened(BRIBE)

        signed_in(story.officer).get(page(petition))
        signed_in(story.head).get(page(petition, "timeline"))

        readers = list(Entry.objects.filter(event="petition.ethics_read").values_list("actor", flat=True))
        assert readers == [str(story.officer.account_id), str(story.head.account_id)]
        assert "看過的人" in signed_in(story.officer).get(page(petition)).content.decode()

    def test_the_search_finds_nothing(self, story):
        petition = opened(BRIBE)

        for person in story.outsiders:
            for wanted in (petition.case.number, "收受餽贈", "citizen@mail.example"):
                assert petition not in queries.find_for_officer(person.account, wanted, NOW)

    def test_no_list_no_export_no_figure_opens_it(self, story):
        petition = opened(BRIBE)

        for person in (story.city.commission, story.city.dispatcher, story.city.coordinator):
            browser = signed_in(person)
            for address in (reverse("petitions:list"), "/desk/", f"/desk/search?q={petition.case.number}"):
                assert str(petition.case.reference) not in browser.get(address).content.decode()
            export = browser.get(reverse("petitions:export", args=["csv"]))
            if export.status_code == 200:
                assert petition.case.number not in b"".join(export.streaming_content).decode()
        rows = Petition.objects.filter(figures._within_rights(story.city.commission.account, NOW))
        assert petition not in rows
        assert not statistics.observed(queries.visible_to(story.city.commission.account, NOW), YEAR, at=NOW).exists()

    def test_it_counts_as_received(self, story):
        opened(BRIBE)

        assert Petition.objects.opened_within(date(2026, 1, 1), date(2026, 12, 31)).count() == 1

    def test_it_is_nobodys_duplicate_and_on_no_map(self, story):
        petition = opened(BRIBE)
        again = opened("中山路的路燈標案有問題")

        assert petition not in neighbours.comparable(NOW)
        with pytest.raises(CannotJoin):
            joining.refuse(again.case, petition.case, at=NOW)
        for address in ("/petitions/around/", "/open311/v2/requests.json", "/petitions/around.atom"):
            assert petition.case.number not in signed_in(story.city.officer).get(address).content.decode()

    def test_no_list_of_to_dos_names_it(self, story):
        petition = opened(BRIBE)
        handling.assign(fresh(petition), unit=None, officer=story.officer, by=story.officer.account, at=NOW)

        titles = set(Todo.objects.filter(object_id=petition.case_id, closed_at=None).values_list("title", flat=True))
        assert titles == {"政風案件"}
        assert not Todo.objects.filter(object_id=petition.case_id, closed_at=None).exclude(agency=story.office).exists()

    def test_those_who_are_warned_are_of_the_office(self, story):
        petition = fresh(opened(BRIBE))

        assert upkeep.whom(petition, Role.OFFICER, at=NOW) == [story.officer]


class TestHandling:
    def test_goes_to_people_of_the_office_alone(self, story):
        petition = fresh(opened(BRIBE))

        with pytest.raises(CannotAct, match="政風人員"):
            handling.assign(petition, unit=None, officer=story.colleague, by=story.officer.account, at=NOW)
        handling.assign(fresh(petition), unit=None, officer=story.officer, by=story.officer.account, at=NOW)
        assert fresh(petition).case.officer == story.officer

    def test_is_answered_like_any_other(self, story):
        petition = fresh(opened(BRIBE))
        by = story.officer.account
        handling.assign(petition, unit=None, officer=story.officer, by=by, at=NOW)
        handling.draft_reply(fresh(petition), text="已查明並依法處理。", outcome="EXPLAINED", by=by, at=NOW)
        reply = handling.submit_reply(fresh(petition), by=by, at=NOW)

        assert reply.approver == story.chief
        assert reads(story.chief, petition)
        handling.approve_reply(reply, by=story.chief.account, at=NOW)
        assert fresh(petition).case.status == Status.REPLIED

    def test_nobody_else_can_be_asked(self, story):
        petition = fresh(opened(BRIBE))

        with pytest.raises(CannotAct, match="協辦"):
            handling.add_co_handler(
                petition, agency=story.city.works, asked="查", working_days=3, by=story.officer.account, at=NOW
            )
        with pytest.raises(CannotAct, match="協辦"):
            handling.add_copy(petition, agency=story.city.works, by=story.officer.account, at=NOW)
        body = signed_in(story.officer).get(page(petition)).content.decode()
        assert "/co_handler/" not in body
        assert "/transfer/" not in body


class TestSealing:
    def test_takes_it_from_the_agency_at_once(self, story):
        petition = opened()
        handling.assign(petition, unit=None, officer=story.city.officer, by=story.city.coordinator.account, at=NINE)
        handling.add_co_handler(
            fresh(petition),
            agency=story.city.transport,
            asked="查",
            working_days=3,
            by=story.city.officer.account,
            at=NINE,
        )
        assert sees(story.city.other_coordinator, petition)

        ethics.seal(fresh(petition), reason="民眾指有人收錢", by=story.city.dispatcher.account, at=NOW)

        petition = fresh(petition)
        assert petition.case.agency == story.office
        assert [person for person in story.outsiders if sees(person, petition)] == []
        assert not Todo.objects.filter(object_id=petition.case_id, closed_at=None).exclude(agency=story.office).exists()
        assert Entry.objects.filter(event="petition.to_ethics").count() == 1

    def test_is_a_form_of_the_desk(self, story):
        petition = opened("路燈的事，想找市長談")
        browser = signed_in(story.city.dispatcher)
        version = fresh(petition).case.version

        assert browser.get(page(petition, "act", "to_ethics")).status_code == 200
        browser.post(page(petition, "act", "to_ethics"), {"reason": "涉及不法", "version": version})

        assert fresh(petition).sealed
        assert browser.get(page(petition)).status_code == 404

    def test_needs_a_reason_and_the_newest_version(self, story):
        petition = fresh(opened())

        with pytest.raises(CannotAct):
            ethics.seal(petition, reason=" ", by=story.city.dispatcher.account, at=NOW)
        with pytest.raises(SomebodyWasFaster):
            ethics.seal(petition, reason="x", by=story.city.dispatcher.account, at=NOW, expect_version=0)

    def test_happens_once(self, story):
        petition = fresh(opened(BRIBE))

        with pytest.raises(CannotAct):
            ethics.seal(petition, reason="x", by=story.city.dispatcher.account, at=NOW)

    def test_what_is_joined_is_taken_apart_first(self, story):
        first, second = fresh(opened()), fresh(opened("中山路 200 號前路燈不亮"))
        handling.end(
            second, Status.MERGED, parent=first.case, reason="同一件", by=story.city.dispatcher.account, at=NOW
        )

        with pytest.raises(CannotAct, match="先拆開"):
            ethics.seal(fresh(first), reason="x", by=story.city.dispatcher.account, at=NOW)


class TestRelease:
    def test_brings_it_back_to_the_desk(self, story):
        petition = fresh(opened(BRIBE))

        ethics.release(petition, reason="是路燈報修", by=story.officer.account, at=NOW)

        petition = fresh(petition)
        assert (petition.sealed, petition.case.confidential) == (False, False)
        assert petition.case.status == Status.DISPATCHING
        assert sees(story.city.dispatcher, petition)
        todo = Todo.objects.get(object_id=petition.case_id, closed_at=None)
        assert (todo.agency, todo.role) == (story.city.rdec, Role.DISPATCHER)
        assert queries.newest_decision(petition) is not None
        assert deadline_queries.clocks_of(petition.case).count() == 1

    def test_is_the_offices_alone(self, story):
        petition = fresh(opened(BRIBE))

        for person in (story.city.dispatcher, story.head, story.coordinator):
            signed_in(person).post(
                page(petition, "act", "from_ethics"), {"reason": "x", "version": petition.case.version}
            )
        assert fresh(petition).sealed
        signed_in(story.officer).post(
            page(petition, "act", "from_ethics"), {"reason": "一般案件", "version": petition.case.version}
        )
        assert not fresh(petition).sealed


class TestAbout:
    def about(self, story, petition, unit=None):
        ethics.set_about(fresh(petition), agency=story.city.works, unit=unit, by=story.city.dispatcher.account, at=NOW)
        return fresh(petition)

    def test_a_unit_does_not_see_what_is_about_it(self, story):
        petition = self.about(story, opened(), story.city.lights)

        assert not sees(story.city.officer, petition)
        assert not sees(story.city.chief, petition)
        assert not reads(story.city.officer, petition)
        assert sees(story.city.coordinator, petition)
        assert petition.case.confidential

    def test_an_agency_does_not_see_what_is_about_it(self, story):
        petition = self.about(story, opened())

        for person in (story.city.coordinator, story.city.officer, story.city.head):
            assert not sees(person, petition)
        assert sees(story.city.dispatcher, petition)

    def test_it_leaves_them_at_once(self, story):
        petition = opened()
        handling.assign(petition, unit=None, officer=story.city.officer, by=story.city.coordinator.account, at=NINE)

        petition = self.about(story, petition, story.city.lights)

        assert petition.case.status == Status.DISPATCHING
        assert not Todo.objects.filter(object_id=petition.case_id, closed_at=None, agency=story.city.works).exists()

    def test_no_way_leads_back_to_them(self, story):
        petition = self.about(story, opened("想找市長談路燈的事"), story.city.lights)
        by = story.city.dispatcher.account
        dispatch.dispatch_by_desk(petition, category=story.city.street_light, agency=story.city.works, by=by, at=NOW)

        with pytest.raises(CannotAct, match="不能由該單位辦理"):
            handling.assign(fresh(petition), unit=None, officer=story.city.officer, by=by, at=NOW)
        assert not sees(story.city.officer, petition)

    def test_redispatched_to_them_is_refused(self, story):
        petition = self.about(story, opened("想找市長談路燈的事"))
        by = story.city.dispatcher.account

        with pytest.raises(CannotAct, match="反映的是這個機關"):
            dispatch.dispatch_by_desk(
                petition, category=story.city.street_light, agency=story.city.works, by=by, at=NOW
            )
        dispatch.dispatch_by_desk(
            fresh(petition), category=story.city.street_light, agency=story.city.transport, by=by, at=NOW
        )
        with pytest.raises(CannotAct, match="不能請它協辦"):
            handling.add_co_handler(fresh(petition), agency=story.city.works, asked="查", working_days=3, by=by, at=NOW)

    def test_it_cannot_be_joined(self, story):
        petition = self.about(story, opened("想找市長談路燈的事"), story.city.lights)

        with pytest.raises(CannotJoin):
            joining.refuse(petition.case, opened().case, at=NOW)

    def test_a_wrong_unit_is_refused(self, story):
        signals = story.city.other_officer.appointments.get().unit

        with pytest.raises(CannotAct):
            self.about(story, opened(), signals)
        with pytest.raises(IntegrityError), transaction.atomic():
            Petition.objects.update(about_unit=signals)

    def test_can_be_taken_back(self, story):
        petition = self.about(story, opened("想找市長談路燈的事"), story.city.lights)

        ethics.set_about(petition, agency=None, unit=None, by=story.city.dispatcher.account, at=NOW)

        assert not fresh(petition).case.confidential

    def test_is_a_form_of_the_desk(self, story):
        petition = opened("想找市長談路燈的事")
        browser = signed_in(story.city.dispatcher)

        assert browser.get(page(petition, "act", "about")).status_code == 200
        browser.post(
            page(petition, "act", "about"),
            {"agency": "works", "unit": story.city.lights.pk, "version": fresh(petition).case.version},
        )

        assert fresh(petition).about_unit == story.city.lights
