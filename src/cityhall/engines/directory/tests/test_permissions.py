"""Who may do what: scopes, deputies, days, and the number of questions that it takes."""

from datetime import date, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured

from cityhall.engines.directory import permissions, queries, services
from cityhall.engines.directory.models import Appointment, Deputy
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account, Kind
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import TAIPEI

from .factories import make_agency, make_person, make_unit

pytestmark = pytest.mark.django_db
TODAY = date(2017, 3, 20)
NOON = datetime(2017, 3, 20, 12, tzinfo=TAIPEI)


class TestMay:
    def test_city_scope_reaches_every_agency(self):
        dispatcher = make_person(make_agency("rdec"), role=Role.DISPATCHER)

        assert queries.may(dispatcher.account, "petitions.dispatch", agency=make_agency(), on=TODAY)

    def test_agency_scope_stops_at_the_agency(self):
        agency, other = make_agency(), make_agency()
        coordinator = make_person(agency, role=Role.COORDINATOR)

        assert queries.may(coordinator.account, "petitions.assign", agency=agency, on=TODAY)
        assert not queries.may(coordinator.account, "petitions.assign", agency=other, on=TODAY)

    def test_unit_scope_reaches_the_unit_and_the_units_below_it(self):
        agency = make_agency()
        group = make_unit(agency)
        section, neighbour = make_unit(agency, parent=group), make_unit(agency)
        head = make_person(agency, group, Role.UNIT_HEAD)

        assert queries.may(head.account, "petitions.approve", agency=agency, unit=group, on=TODAY)
        assert queries.may(head.account, "petitions.approve", agency=agency, unit=section, on=TODAY)
        assert not queries.may(head.account, "petitions.approve", agency=agency, unit=neighbour, on=TODAY)

    def test_own_scope_reaches_only_the_person(self):
        agency = make_agency()
        officer, colleague = make_person(agency), make_person(agency)

        assert queries.may(officer.account, "directory.deputy.set", person=officer, agency=agency, on=TODAY)
        assert not queries.may(officer.account, "directory.deputy.set", person=colleague, agency=agency, on=TODAY)

    def test_without_a_record_it_asks_whether_at_all(self):
        officer = make_person(make_agency())

        assert queries.may(officer.account, "worklist.use", on=TODAY)
        assert not queries.may(officer.account, "petitions.dispatch", on=TODAY)

    def test_an_unknown_act_is_refused(self):
        admin = make_person(make_agency(), role=Role.ADMIN)

        assert not queries.may(admin.account, "petitions.no_such_act", on=TODAY)

    def test_nobody_may_do_anything(self):
        assert not queries.may(None, "directory.read", on=TODAY)

    def test_a_locked_account_may_do_nothing(self):
        officer = make_person(make_agency())
        officer.account.is_active = False

        assert not queries.may(officer.account, "worklist.use", on=TODAY)

    @pytest.mark.parametrize(
        ("day", "expected"),
        [(date(2017, 3, 1), False), (date(2017, 3, 2), True), (date(2017, 3, 31), True), (date(2017, 4, 1), False)],
    )
    def test_holds_from_the_first_day_of_the_appointment_through_the_last(self, day, expected):
        agency = make_agency()
        officer = make_person()
        Appointment.objects.create(
            person=officer,
            agency=agency,
            role=Role.COORDINATOR,
            starts_on=date(2017, 3, 2),
            ends_on=date(2017, 3, 31),
        )

        assert queries.may(officer.account, "petitions.assign", agency=agency, on=day) is expected


class TestAdministrators:
    def test_one_acts_before_the_directory_has_anybody_and_reads_no_more_than_the_role(self):
        account = Account.objects.create(kind=Kind.OFFICER, email="root@city.example", is_superuser=True)

        assert queries.may(account, "directory.agencies.manage", agency=make_agency(), on=TODAY)
        assert not queries.may(account, "petitions.reporter.read", on=TODAY)

    def test_an_account_with_open_work_is_not_disabled(self):
        agency = make_agency()
        officer = make_person(agency)
        assert services.why_not_disabled(officer.account, NOON) is None

        worklist.open_todo("test.x", agency, title="x", agency=agency, person=officer, url="/", at=NOON)

        assert "待辦事項 1" in services.why_not_disabled(officer.account, NOON)


class TestDeputies:
    def stand_in(self, person, deputy, first=TODAY, last=TODAY):
        return Deputy.objects.create(
            person=person,
            deputy=deputy,
            starts_at=datetime(first.year, first.month, first.day, 8, tzinfo=TAIPEI),
            ends_at=datetime(last.year, last.month, last.day, 18, tzinfo=TAIPEI),
        )

    def test_a_deputy_has_the_rights_of_the_absent_person(self):
        agency = make_agency()
        unit = make_unit(agency)
        head, officer = make_person(agency, unit, Role.UNIT_HEAD), make_person(agency, unit)
        self.stand_in(head, officer)

        assert queries.may(officer.account, "petitions.approve", unit=unit, on=NOON)
        assert queries.standing_in_for(officer.account, NOON) == [head]

    def test_before_and_after_the_absence_the_rights_are_gone(self):
        agency = make_agency()
        unit = make_unit(agency)
        head, officer = make_person(agency, unit, Role.UNIT_HEAD), make_person(agency, unit)
        self.stand_in(head, officer)

        assert not queries.may(officer.account, "petitions.approve", unit=unit, on=NOON.replace(hour=7, minute=59))
        assert not queries.may(officer.account, "petitions.approve", unit=unit, on=NOON.replace(hour=18))

    def test_the_deputy_of_an_absent_deputy_stands_in_for_both(self):
        agency = make_agency()
        first, second, third = make_person(agency), make_person(agency), make_person(agency)
        self.stand_in(first, second)
        self.stand_in(second, third)

        assert set(queries.standing_in_for(third.account, NOON)) == {first, second}
        assert queries.deputy_of(first, NOON) == third

    def test_two_people_who_stand_in_for_each_other_do_not_turn_in_circles(self):
        agency = make_agency()
        first, second = make_person(agency), make_person(agency)
        self.stand_in(first, second)
        self.stand_in(second, first)

        assert queries.standing_in_for(first.account, NOON) == [second]
        assert queries.deputy_of(first, NOON) is None


class TestQuestions:
    def test_fifty_questions_in_a_request_cost_as_much_as_one(self, django_assert_max_num_queries):
        agency = make_agency()
        unit = make_unit(agency)
        head, officer = make_person(agency, unit, Role.UNIT_HEAD), make_person(agency, unit)
        TestDeputies().stand_in(head, officer)
        account = type(officer.account).objects.get(pk=officer.account.pk)

        with django_assert_max_num_queries(6):
            for number in range(50):
                queries.may(account, "petitions.approve", unit=unit, on=NOON.replace(microsecond=number))
                queries.may(account, "petitions.assign", agency=agency, on=NOON.replace(microsecond=number))

    def test_a_new_appointment_counts_at_once(self):
        agency = make_agency()
        officer = make_person()
        assert not queries.may(officer.account, "petitions.assign", agency=agency, on=TODAY)

        Appointment.objects.create(person=officer, agency=agency, role=Role.COORDINATOR, starts_on=TODAY)

        assert queries.may(officer.account, "petitions.assign", agency=agency, on=TODAY)


class TestReach:
    def test_as_a_condition_it_finds_the_rows_that_it_covers(self):
        agency = make_agency()
        unit, other = make_unit(agency), make_unit(agency)
        make_person(agency, other)
        head, officer = make_person(agency, unit, Role.UNIT_HEAD), make_person(agency, unit)

        reach = queries.reach(head.account, "petitions.approve", TODAY)
        found = Appointment.objects.filter(reach.within())

        assert {row.person for row in found} == {head, officer}

    def test_without_any_right_it_finds_nothing(self):
        make_person(make_agency())

        reach = queries.reach(make_person().account, "petitions.approve", TODAY)

        assert not reach
        assert not Appointment.objects.filter(reach.within()).exists()


class TestTable:
    def test_every_role_but_the_citizen_has_a_row(self):
        named = {role for roles in permissions.table().values() for role in roles}

        assert named >= set(Role.values) - {Role.CITIZEN}

    def test_an_unknown_role_is_an_error_at_start(self, tmp_path):
        path = tmp_path / "roles.csv"
        path.write_text("role,act,scope\nEMPEROR,petitions.read,city\n", encoding="utf-8")

        with pytest.raises(ImproperlyConfigured, match="line 2"):
            permissions.read(path)

    def test_only_the_head_of_the_agency_approves_a_restriction(self):
        assert permissions.roles_that_may("petitions.approve_restriction") == [Role.AGENCY_HEAD]
