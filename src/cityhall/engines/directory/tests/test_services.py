"""The acts of the directory: what they change, what they refuse, what the trail keeps."""

from datetime import date, datetime, timedelta

import pytest

from cityhall.engines.audit.models import Entry
from cityhall.engines.directory import queries, registry, services, succession
from cityhall.engines.directory.models import Agency, Appointment, Deputy, Person, Succession
from cityhall.engines.directory.states import Role
from cityhall.engines.worklist import services as worklist
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import TAIPEI

from .factories import make_agency, make_person, make_unit

pytestmark = pytest.mark.django_db
TODAY = date(2017, 3, 20)
NOW = datetime(2017, 3, 20, 9, 0, tzinfo=TAIPEI)
NEXT_MONTH = date(2017, 4, 1)
WHO = {"by": None, "at": NOW}


def events() -> list[str]:
    """The events of the trail so far."""
    return list(Entry.objects.order_by("seq").values_list("event", flat=True))


def give_work(agency, **fields):
    """An open to-do at the agency."""
    return worklist.open_todo(
        "test.handle", fields.pop("subject", agency), title="路燈", agency=agency, url="/", at=NOW, **fields
    )


class TestAgency:
    def test_is_added_with_its_first_version(self):
        agency = services.add_agency(
            code="water",
            kind="FIRST_LEVEL",
            name="桃園市政府水務局",
            short_name="水務局",
            opened_on=date(2014, 12, 25),
            **WHO,
        )

        assert agency.version_on(TODAY).name == "桃園市政府水務局"
        assert agency.version_on(date(2014, 12, 24)) is None
        assert events() == ["directory.agency.added"]

    def test_a_code_is_given_once_and_for_ever(self):
        make_agency("water")

        with pytest.raises(services.CannotChangeDirectory, match="water"):
            services.add_agency(code="water", kind="FIRST_LEVEL", name="x", short_name="x", opened_on=None, **WHO)

    def test_a_change_of_name_keeps_the_old_one_for_the_old_days(self):
        agency = services.add_agency(
            code="rdec", kind="FIRST_LEVEL", name="研究發展考核委員會", short_name="研考會", opened_on=None, **WHO
        )

        services.change_agency(agency, on=TODAY, name="智慧城鄉發展委員會", short_name="智發會", **WHO)

        assert agency.version_on(TODAY - timedelta(days=1)).name == "研究發展考核委員會"
        assert agency.version_on(TODAY).name == "智慧城鄉發展委員會"
        assert Agency.objects.get(code="rdec").short_name == "智發會"

    def test_a_change_to_the_same_is_none(self):
        agency = make_agency("water")

        services.change_agency(agency, on=TODAY, name=agency.name, **WHO)

        assert events() == []

    @pytest.mark.parametrize("day", [TODAY + timedelta(days=1), date(2017, 2, 1)])
    def test_a_change_lies_neither_ahead_nor_before_a_later_one(self, day):
        agency = services.add_agency(
            code="x", kind="FIRST_LEVEL", name="x", short_name="x", opened_on=date(2017, 3, 1), **WHO
        )

        with pytest.raises(services.CannotChangeDirectory):
            services.change_agency(agency, on=day, name="y", **WHO)

    def test_does_not_belong_to_itself(self):
        parent = make_agency()
        child = make_agency(parent=parent)

        with pytest.raises(services.CannotChangeDirectory, match="上級"):
            services.change_agency(parent, on=TODAY, parent=child, **WHO)


class TestCloseAgency:
    def test_one_that_is_empty_vanishes_on_its_day(self):
        agency = make_agency()
        unit = make_unit(agency)

        services.close_agency(agency, on=NEXT_MONTH, **WHO)

        assert agency in Agency.objects.as_of(date(2017, 3, 31))
        assert agency not in Agency.objects.as_of(NEXT_MONTH)
        unit.refresh_from_db()
        assert unit.closed_on == NEXT_MONTH

    def test_open_work_people_and_agencies_below_it_keep_it_alive(self):
        agency = make_agency()
        make_person(agency)
        make_agency(parent=agency)
        give_work(agency)

        with pytest.raises(services.CannotCloseAgency) as refusal:
            services.close_agency(agency, on=NEXT_MONTH, **WHO)

        assert refusal.value.open == [("待辦事項", 1), ("在職人員", 1), ("所屬機關", 1)]
        assert "承接機關" in str(refusal.value)

    def test_it_closes_once(self):
        agency = make_agency()
        services.close_agency(agency, on=NEXT_MONTH, **WHO)

        with pytest.raises(services.CannotCloseAgency, match="106年4月1日"):
            services.close_agency(agency, on=NEXT_MONTH, **WHO)


class TestSucceedAgency:
    def test_on_the_day_people_units_posts_and_open_work_move(self):
        old, new = make_agency("old"), make_agency("new")
        unit = make_unit(old, "lights")
        make_unit(new, "lights")
        section = make_unit(old, "night", parent=unit)
        post = services.add_post(old, code="p1", title="科員", unit=unit, **WHO)
        officer = make_person()
        services.appoint(
            officer, agency=old, unit=unit, post=post, role=Role.OFFICER, starts_on=date(2017, 1, 1), **WHO
        )
        child = make_agency(parent=old)
        give_work(old, person=officer, unit=unit)

        decided = succession.succeed_agency(old, successor=new, on=TODAY, **WHO)

        moved = {"units": 2, "appointments": 1, "duty": 0, "children": 1, "todos": 1}
        assert decided.moved.items() >= moved.items()
        ends, starts = Appointment.objects.filter(person=officer).order_by("starts_on")
        assert (ends.agency, ends.ends_on) == (old, TODAY - timedelta(days=1))
        assert (starts.agency, starts.starts_on, starts.post.title) == (new, TODAY, "科員")
        todo = Todo.objects.get()
        assert (todo.agency, todo.unit.agency, todo.unit.code) == (new, new, "old-lights")
        unit.refresh_from_db()
        section.refresh_from_db()
        child.refresh_from_db()
        assert unit.successor == todo.unit
        assert section.successor.parent == todo.unit
        assert child.parent == new
        assert events()[-1] == "directory.agency.succeeded"

    def test_the_old_code_leads_to_the_successor_from_that_day(self):
        first, second, third = make_agency("first"), make_agency("second"), make_agency("third")
        succession.succeed_agency(first, successor=second, on=TODAY, **WHO)
        succession.succeed_agency(second, successor=third, on=NEXT_MONTH, **WHO)

        assert queries.agency("first", TODAY - timedelta(days=1)) == first
        assert queries.agency("first", TODAY) == second
        assert queries.agency("first", NEXT_MONTH) == third
        assert queries.agency("first") == first
        assert queries.agency("nobody", TODAY) is None

    def test_a_later_day_waits_and_can_be_withdrawn(self):
        old, new = make_agency(), make_agency()
        officer = make_person(old)
        decided = succession.succeed_agency(old, successor=new, on=NEXT_MONTH, **WHO)
        assert decided.carried_out_at is None
        assert succession.carry_out_due_successions(at=NOW) == 0

        succession.withdraw_succession(decided, **WHO)

        old.refresh_from_db()
        assert old.closed_on is None
        assert officer.appointments.get().agency == old
        assert not Succession.objects.exists()

    def test_the_daily_job_carries_it_out_once(self):
        old, new = make_agency(), make_agency()
        make_person(old)
        succession.succeed_agency(old, successor=new, on=NEXT_MONTH, **WHO)
        then = datetime(2017, 4, 1, 0, 10, tzinfo=TAIPEI)

        assert succession.carry_out_due_successions(at=then) == 1
        assert succession.carry_out_due_successions(at=then) == 0
        assert Appointment.objects.as_of(NEXT_MONTH).get().agency == new
        assert Appointment.objects.as_of(date(2017, 3, 31)).get().agency == old
        with pytest.raises(services.CannotCloseAgency, match="已經完成"):
            succession.withdraw_succession(Succession.objects.get(), **WHO)

    def test_a_second_head_goes_on_as_an_officer(self):
        old, new = make_agency(), make_agency()
        head = make_person(new, role=Role.AGENCY_HEAD)
        other = make_person(old, role=Role.AGENCY_HEAD)

        succession.succeed_agency(old, successor=new, on=TODAY, **WHO)

        assert list(queries.holders(Role.AGENCY_HEAD, new, on=TODAY)) == [head]
        assert list(queries.holders(Role.OFFICER, new, on=TODAY)) == [other]

    def test_one_record_in_both_hands_becomes_one_to_do(self):
        old, new = make_agency(), make_agency()
        give_work(old)
        give_work(new, subject=old)

        succession.succeed_agency(old, successor=new, on=TODAY, **WHO)

        assert Todo.objects.open().get().agency == new

    def test_what_makes_no_sense_is_refused(self):
        old, closing = make_agency(), make_agency()
        unborn = make_agency(opened_on=date(2018, 1, 1))
        services.close_agency(closing, on=date(2017, 12, 31), **WHO)

        for successor, on in ((old, TODAY), (unborn, TODAY), (closing, TODAY), (make_agency(), date(2017, 3, 19))):
            with pytest.raises(services.CannotCloseAgency):
                succession.succeed_agency(old, successor=successor, on=on, **WHO)


class TestUnit:
    def test_is_closed_into_another_with_its_people(self):
        agency = make_agency()
        unit, other = make_unit(agency), make_unit(agency)
        head, officer = make_person(agency, unit, Role.UNIT_HEAD), make_person(agency, unit)
        make_person(agency, other, Role.UNIT_HEAD)

        services.close_unit(unit, on=NEXT_MONTH, into=other, **WHO)

        then = Appointment.objects.as_of(NEXT_MONTH).filter(unit=other)
        assert {row.person for row in then} >= {head, officer}
        assert then.get(person=head).role == Role.OFFICER
        assert not Appointment.objects.as_of(NEXT_MONTH).filter(unit=unit).exists()
        assert Appointment.objects.as_of(TODAY).filter(unit=unit).count() == 2

    def test_open_work_keeps_it_alive(self):
        agency = make_agency()
        unit = make_unit(agency)
        give_work(agency, unit=unit)

        with pytest.raises(services.CannotCloseUnit) as refusal:
            services.close_unit(unit, on=NEXT_MONTH, **WHO)

        assert refusal.value.open == [("待辦事項", 1)]

    def test_does_not_lie_below_itself_or_elsewhere(self):
        agency = make_agency()
        group = make_unit(agency)
        section = make_unit(agency, parent=group)

        for parent in (section, make_unit(make_agency())):
            with pytest.raises(services.CannotChangeDirectory):
                services.change_unit(group, parent=parent, **WHO)

    def test_a_change_names_old_and_new(self):
        unit = make_unit(make_agency(), "lights")

        services.change_unit(unit, name="路燈管理科", **WHO)

        entry = Entry.objects.get(event="directory.unit.changed")
        assert entry.details == {"old": {"name": "lights科"}, "new": {"name": "路燈管理科"}}


class TestPerson:
    def test_the_trail_names_fields_and_never_what_they_say(self):
        person = services.add_person(code="e001", name="王小明", **WHO)

        services.change_person(person, name="王大明", mobile="0900-000-000", **WHO)

        entry = Entry.objects.get(event="directory.person.changed")
        assert entry.details == {"new": {"fields": ["name", "mobile"]}}
        assert "王" not in "".join(Entry.objects.values_list("payload", flat=True))

    def test_an_account_is_one_person(self):
        first, second = make_person(), Person.objects.create(code="e2", name="王二")

        with pytest.raises(services.CannotChangeDirectory, match="帳號"):
            services.link_account(second, account=first.account, **WHO)


class TestAppoint:
    def appoint(self, person, agency, role=Role.OFFICER, **fields):
        return services.appoint(person, **{"agency": agency, "role": role, "starts_on": TODAY, **WHO, **fields})

    def test_takes_the_title_of_the_post(self):
        agency = make_agency()
        post = services.add_post(agency, code="p1", title="科員", title_en="Officer", **WHO)

        row = self.appoint(make_person(), agency, post=post)

        assert (row.title, row.title_en) == ("科員", "Officer")
        assert events()[-1] == "directory.appointment.started"

    def test_a_unit_has_one_head_at_a_time(self):
        agency = make_agency()
        unit = make_unit(agency)
        first = self.appoint(make_person(), agency, Role.UNIT_HEAD, unit=unit, starts_on=date(2017, 1, 1))

        with pytest.raises(services.CannotAppoint, match="單位主管"):
            self.appoint(make_person(), agency, Role.UNIT_HEAD, unit=unit)

        services.end_appointment(first, ends_on=TODAY, **WHO)
        self.appoint(make_person(), agency, Role.UNIT_HEAD, unit=unit, starts_on=TODAY + timedelta(days=1))

    def test_an_agency_has_one_head_at_a_time(self):
        agency = make_agency()
        self.appoint(make_person(), agency, Role.AGENCY_HEAD)

        with pytest.raises(services.CannotAppoint, match="機關首長"):
            self.appoint(make_person(), agency, Role.AGENCY_HEAD)

    def test_a_post_has_one_holder_at_a_time(self):
        agency = make_agency()
        post = services.add_post(agency, code="p1", title="科員", **WHO)
        self.appoint(make_person(), agency, post=post)

        with pytest.raises(services.CannotAppoint, match="職缺"):
            self.appoint(make_person(), agency, post=post)

    def test_what_makes_no_sense_is_refused(self):
        agency, elsewhere = make_agency(), make_agency()
        outside = make_agency(kind="OUTSIDE_BODY")
        closed = make_unit(agency, closed_on=TODAY)
        person = make_person(agency)
        refused = [
            (agency, {"role": Role.CITIZEN}),
            (agency, {"role": "EMPEROR"}),
            (agency, {"ends_on": TODAY - timedelta(days=1)}),
            (agency, {"role": Role.UNIT_HEAD}),
            (agency, {"unit": make_unit(elsewhere)}),
            (agency, {"unit": closed}),
            (make_agency(opened_on=NEXT_MONTH), {}),
            (outside, {"role": Role.ADMIN}),
            (agency, {"role": Role.OFFICER}),  # holds it already
        ]

        for where, fields in refused:
            with pytest.raises(services.CannotAppoint):
                self.appoint(person, where, **fields)

    def test_the_last_appointment_ends_only_after_a_hand_over(self):
        agency = make_agency()
        officer, colleague = make_person(agency), make_person(agency)
        give_work(agency, person=officer)
        row = officer.appointments.get()

        with pytest.raises(services.CannotAppoint, match="待辦事項 1"):
            services.end_appointment(row, ends_on=TODAY, **WHO)

        services.hand_over(officer, colleague, None, NOW)
        services.end_appointment(row, ends_on=TODAY, **WHO)
        assert not Appointment.objects.as_of(TODAY + timedelta(days=1)).filter(person=officer).exists()


class TestSetDeputy:
    def away(self, person, deputy, **fields):
        span = {"starts_at": NOW + timedelta(hours=1), "ends_at": NOW + timedelta(hours=9)}
        return services.set_deputy(person, deputy=deputy, **{**span, **WHO, **fields})

    def test_the_deputy_stands_in_meanwhile(self):
        agency = make_agency()
        officer, colleague = make_person(agency), make_person(agency)

        self.away(officer, colleague)

        assert queries.deputy_of(officer, NOW + timedelta(hours=2)) == colleague
        assert queries.deputy_of(officer, NOW) is None
        assert events() == ["directory.deputy.set"]

    def test_what_makes_no_sense_is_refused(self):
        agency = make_agency()
        officer, colleague, busy = make_person(agency), make_person(agency), make_person(agency)
        self.away(busy, colleague)
        stranger = make_person(make_agency())
        refused = [
            (officer, officer, {}),
            (officer, colleague, {"ends_at": NOW + timedelta(hours=1)}),
            (officer, colleague, {"starts_at": NOW - timedelta(days=2), "ends_at": NOW - timedelta(days=1)}),
            (officer, busy, {}),
            (busy, colleague, {}),
            (officer, stranger, {}),
        ]

        for person, deputy, fields in refused:
            with pytest.raises(services.CannotSetDeputy):
                self.away(person, deputy, **fields)

    def test_coming_back_early_ends_it_and_a_later_one_is_taken_back(self):
        agency = make_agency()
        officer, colleague = make_person(agency), make_person(agency)
        running = self.away(officer, colleague)

        services.end_absence(running, by=None, at=NOW + timedelta(hours=3))

        assert queries.deputy_of(officer, NOW + timedelta(hours=4)) is None
        later = self.away(officer, colleague, starts_at=NOW + timedelta(days=2), ends_at=NOW + timedelta(days=3))
        services.end_absence(later, **WHO)
        assert Deputy.objects.count() == 1
        with pytest.raises(services.CannotSetDeputy, match="已經結束"):
            services.end_absence(running, by=None, at=NOW + timedelta(days=1))


class TestHandOver:
    def test_all_open_work_passes_in_one_act(self):
        agency = make_agency()
        officer, colleague = make_person(agency), make_person(agency)
        give_work(agency, person=officer)
        give_work(agency, subject=officer, person=officer)
        assert services.work_in_hand(officer) == [("待辦事項", 2)]

        row = services.hand_over(officer, colleague, None, NOW)

        assert row.moved["todos"] == 2
        assert services.work_in_hand(officer) == []
        assert set(Todo.objects.values_list("person", flat=True)) == {colleague.pk}

    def test_when_one_kind_fails_nothing_has_passed(self):
        agency = make_agency()
        officer, colleague = make_person(agency), make_person(agency)
        give_work(agency, person=officer)

        def fail(*_):
            raise RuntimeError("cases are locked")

        registry.on_hand_over("test", "測試", lambda person: 1, fail)
        try:
            with pytest.raises(RuntimeError):
                services.hand_over(officer, colleague, None, NOW)
        finally:
            registry.forget("test")

        assert Todo.objects.get().person == officer

    def test_not_to_oneself_nor_to_somebody_who_is_away_or_gone(self):
        agency = make_agency()
        officer, away, gone = make_person(agency), make_person(agency), make_person()
        Deputy.objects.create(person=away, deputy=officer, starts_at=NOW, ends_at=NOW + timedelta(days=1))

        for to_person in (officer, away, gone):
            with pytest.raises(services.CannotHandOver):
                services.hand_over(officer, to_person, None, NOW)


class TestDuty:
    def add(self, agency, person, hours=12, start=NOW):
        return services.add_shift(agency, person=person, starts_at=start, ends_at=start + timedelta(hours=hours), **WHO)

    def test_one_person_is_on_duty_at_an_instant(self):
        agency = make_agency()
        first, second = make_person(agency), make_person(agency)
        self.add(agency, first)
        self.add(agency, second, start=NOW + timedelta(hours=12))

        assert queries.on_duty(agency, NOW) == first
        assert queries.on_duty(agency, NOW + timedelta(hours=12)) == second
        assert queries.on_duty(agency, NOW + timedelta(hours=24)) is None

    def test_what_makes_no_sense_is_refused(self):
        agency = make_agency()
        person, stranger = make_person(agency), make_person(make_agency())
        self.add(agency, person)

        for who, hours, start in (
            (person, 12, NOW + timedelta(hours=11)),
            (person, 0, NOW + timedelta(days=2)),
            (person, 24 * 16, NOW + timedelta(days=2)),
            (stranger, 12, NOW + timedelta(days=2)),
        ):
            with pytest.raises(services.CannotRoster):
                self.add(agency, who, hours, start)

    def test_a_turn_that_has_begun_stays(self):
        agency = make_agency()
        person = make_person(agency)
        begun, ahead = self.add(agency, person), self.add(agency, person, start=NOW + timedelta(days=1))

        services.remove_shift(ahead, **WHO)

        with pytest.raises(services.CannotRoster):
            services.remove_shift(begun, **WHO)
        assert list(agency.duty_shifts.all()) == [begun]


class TestApproval:
    def set_level(self, agency, role, on=date(2017, 1, 1), **fields):
        return services.set_approval_level(agency, role=role, valid_from=on, **WHO, **fields)

    def test_the_most_specific_level_decides(self):
        agency = make_agency()
        self.set_level(agency, Role.AGENCY_HEAD)
        self.set_level(agency, Role.AGENCY_SECRETARY, stage="stage2")
        self.set_level(agency, Role.UNIT_HEAD, category="pothole", stage="stage2")

        assert queries.approval_level(agency, "pothole", "stage2", TODAY) == Role.UNIT_HEAD
        assert queries.approval_level(agency, "flooding", "stage2", TODAY) == Role.AGENCY_SECRETARY
        assert queries.approval_level(agency, "flooding", "stage1", TODAY) == Role.AGENCY_HEAD
        assert queries.approval_level(make_agency(), "flooding", "stage1", TODAY) == Role.UNIT_HEAD

    def test_the_past_keeps_its_level(self):
        agency = make_agency()
        self.set_level(agency, Role.AGENCY_HEAD)
        self.set_level(agency, Role.UNIT_HEAD, on=TODAY)

        assert queries.approval_level(agency, "x", "stage1", TODAY - timedelta(days=1)) == Role.AGENCY_HEAD
        assert queries.approval_level(agency, "x", "stage1", TODAY) == Role.UNIT_HEAD
        with pytest.raises(services.CannotChangeDirectory):
            self.set_level(agency, Role.AGENCY_HEAD, on=date(2017, 2, 1))

    def test_only_a_chief_approves(self):
        with pytest.raises(services.CannotChangeDirectory):
            self.set_level(make_agency(), Role.OFFICER)

    def test_the_approver_is_the_units_head_or_the_next_higher_one(self):
        agency = make_agency()
        group = make_unit(agency)
        section, lonely = make_unit(agency, parent=group), make_unit(agency)
        group_head = make_person(agency, group, Role.UNIT_HEAD)
        head = make_person(agency, role=Role.AGENCY_HEAD)

        assert queries.approver_for(agency, "x", "stage1", section, TODAY) == group_head
        assert queries.approver_for(agency, "x", "stage1", lonely, TODAY) == head
        assert queries.approver_for(agency, "x", "stage1", None, TODAY) == head
        assert queries.approver_for(make_agency(), "x", "stage1", None, TODAY) is None

        self.set_level(agency, Role.AGENCY_SECRETARY)
        assert queries.approver_for(agency, "x", "stage1", section, TODAY) == head
        secretary = make_person(agency, role=Role.AGENCY_SECRETARY)
        assert queries.approver_for(agency, "x", "stage1", section, TODAY) == secretary
