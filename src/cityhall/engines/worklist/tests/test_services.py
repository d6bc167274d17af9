"""Opening, closing and passing on of to-dos, and who finds them on the list."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from cityhall.engines.directory.models import Deputy
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person, make_unit
from cityhall.engines.worklist import queries, registry, services
from cityhall.engines.worklist.models import Todo
from cityhall.engines.worklist.rules import GROUPS, Filter, group_of
from cityhall.engines.worklist.states import Part
from cityhall.foundation.clock import TAIPEI

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 3, 20, 14, 30, tzinfo=TAIPEI)


@pytest.fixture(autouse=True)
def _kinds():
    registry.kind("test.handle", "辦理", stages={"stage1": "初步回復"})
    registry.kind("test.wait", "待補正", part=Part.WAITING)
    yield
    registry.forget("test.handle", "test.wait")


def put(subject, agency, **fields):
    """A to-do about the record."""
    return services.open_todo(
        fields.pop("kind", "test.handle"),
        subject,
        **{"title": "路燈不亮", "agency": agency, "url": "/desk/x/1/", "at": NOW, **fields},
    )


class TestOpenTodo:
    def test_waits_for_the_unit_when_nobody_is_named(self):
        agency = make_agency()
        unit = make_unit(agency)

        assert put(agency, agency, unit=unit).role == Role.OFFICER
        assert put(unit, agency).role == Role.COORDINATOR

    def test_the_same_again_brings_it_up_to_date(self):
        agency = make_agency()
        officer = make_person(agency)
        first = put(agency, agency, person=officer)

        second = put(agency, agency, person=officer, title="路燈還是不亮", urgent=True)

        assert second.pk == first.pk
        assert Todo.objects.get().title == "路燈還是不亮"
        assert Todo.objects.get().urgent

    def test_what_is_opened_from_an_english_page_leads_to_a_page_in_the_reader_s_language(self):
        agency = make_agency()

        assert put(agency, agency, url="/en/desk/x/1/").url == "/desk/x/1/"

    def test_it_is_new_to_whoever_gets_it_next(self):
        agency = make_agency()
        officer, colleague = make_person(agency), make_person(agency)
        put(agency, agency, person=officer)
        services.mark_seen_by(agency, officer.account, at=NOW)
        assert Todo.objects.get().seen_at == NOW

        put(agency, agency, person=colleague)

        assert Todo.objects.get().seen_at is None

    def test_two_agencies_each_have_their_own(self):
        agency, helper = make_agency(), make_agency()
        put(agency, agency)
        put(agency, helper)

        assert services.close_todo("test.handle", agency, agency=helper, at=NOW) == 1
        assert Todo.objects.open().get().agency == agency

    def test_the_database_refuses_a_second_open_one(self):
        agency = make_agency()
        todo = put(agency, agency)
        todo.pk = None

        with pytest.raises(IntegrityError), transaction.atomic():
            todo.save()

    def test_the_stage_has_a_name(self):
        agency = make_agency()

        assert put(agency, agency, stage="stage1").stage_label == "初步回復"
        assert put(agency, agency, stage="").stage_label == "辦理"


class TestCloseTodo:
    def test_takes_it_off_the_list_and_keeps_it(self):
        agency = make_agency()
        officer = make_person(agency)
        put(agency, agency, person=officer)

        assert services.close_todo("test.handle", agency, at=NOW) == 1
        assert services.close_todo("test.handle", agency, at=NOW) == 0
        assert not queries.waiting_for(officer.account, NOW)
        assert queries.of(agency).count() == 1

    def test_after_closing_it_can_be_opened_anew(self):
        agency = make_agency()
        put(agency, agency)
        services.close_todo("test.handle", agency, at=NOW)

        put(agency, agency)

        assert queries.of(agency).count() == 2


class TestMoveDue:
    def test_moves_the_open_ones_of_these_kinds(self):
        agency = make_agency()
        put(agency, agency)
        put(agency, agency, kind="test.wait")

        assert services.move_due(agency, due_at=NOW, kinds=["test.handle"]) == 1
        assert Todo.objects.get(due_at=NOW).kind == "test.handle"


class TestWaitingFor:
    def test_shows_my_own_and_those_of_my_role_and_unit(self):
        agency = make_agency()
        unit, other = make_unit(agency), make_unit(agency)
        officer = make_person(agency, unit)
        mine = put(officer, agency, person=officer)
        ours = put(unit, agency, unit=unit)
        put(other, agency, unit=other)
        put(agency, agency, role=Role.UNIT_HEAD, unit=unit)
        put(make_agency(), make_agency(), unit=None, role=Role.OFFICER)

        assert list(queries.waiting_for(officer.account, NOW)) == [mine, ours]

    def test_a_coordinator_who_sits_in_a_unit_works_for_the_whole_agency(self):
        agency = make_agency()
        unit, other = make_unit(agency), make_unit(agency)
        coordinator = make_person(agency, unit, Role.COORDINATOR)
        todo = put(agency, agency, role=Role.COORDINATOR, unit=other)

        assert list(queries.waiting_for(coordinator.account, NOW)) == [todo]

    def test_the_earliest_limit_stands_first_and_none_last(self):
        agency = make_agency()
        officer = make_person(agency)
        never = put(agency, agency, person=officer)
        late = put(officer, agency, person=officer, due_at=NOW - timedelta(days=1))
        soon = put(make_person(), agency, person=officer, due_at=NOW + timedelta(hours=1))

        assert list(queries.waiting_for(officer.account, NOW)) == [late, soon, never]

    def test_a_deputy_sees_the_absent_persons_and_their_roles_while_it_lasts(self):
        agency = make_agency()
        unit = make_unit(agency)
        head, officer = make_person(agency, unit, Role.UNIT_HEAD), make_person(agency, unit)
        Deputy.objects.create(person=head, deputy=officer, starts_at=NOW, ends_at=NOW + timedelta(hours=3))
        theirs = put(head, agency, person=head)
        approval = put(unit, agency, unit=unit, role=Role.UNIT_HEAD)
        mine = put(officer, agency, person=officer)

        assert set(queries.waiting_for(officer.account, NOW)) == {theirs, approval, mine}
        assert set(queries.standing_in(officer.account, head.pk, NOW)) == {theirs, approval}
        assert list(queries.waiting_for(officer.account, NOW + timedelta(hours=3))) == [mine]
        assert not queries.standing_in(officer.account, head.pk, NOW + timedelta(hours=3))

    def test_what_is_mine_anyway_is_not_somebody_elses(self):
        agency = make_agency()
        unit = make_unit(agency)
        first, second = make_person(agency, unit), make_person(agency, unit)
        Deputy.objects.create(person=first, deputy=second, starts_at=NOW, ends_at=NOW + timedelta(hours=3))
        put(unit, agency, unit=unit)

        assert not queries.standing_in(second.account, first.pk, NOW)

    def test_an_account_that_is_nobody_has_nothing(self):
        account = make_person().account
        account.person.delete()
        account.refresh_from_db()

        assert not queries.waiting_for(account, NOW)


class TestFiltered:
    def test_finds_words_whatever_their_width_or_case(self):
        agency = make_agency()
        officer = make_person(agency)
        todo = put(
            agency, agency, person=officer, title="LED 路燈Ａ１２３ 不亮", detail="中山路", reference="106-0320-0147"
        )
        put(officer, agency, person=officer, title="坑洞")
        todos = queries.waiting_for(officer.account, NOW)

        for text in ("led", "a123 中山", "０１４７", "不亮"):
            assert list(queries.filtered(todos, Filter(text=text), officer.account, NOW)) == [todo]
        assert not queries.filtered(todos, Filter(text="100%"), officer.account, NOW)

    def test_every_to_do_stands_under_the_heading_that_the_rule_says(self):
        agency = make_agency()
        officer = make_person(agency)
        for hours in [-30, -1, 0, 1, 9, 10, 20, 34, 60, 110, 130, 154, 160, 400]:
            put(make_person(), agency, person=officer, due_at=NOW + timedelta(hours=hours))
        put(agency, agency, person=officer)
        todos = queries.waiting_for(officer.account, NOW)

        for group in GROUPS:
            found = set(queries.filtered(todos, Filter(group=group), officer.account, NOW))
            assert found == {todo for todo in todos if group_of(todo.due_at, NOW) == group}
            assert queries.sizes(todos, NOW)[group] == len(found)

    def test_counts_what_each_filter_would_show(self):
        agency = make_agency()
        officer = make_person(agency)
        put(agency, agency, person=officer, urgent=True)
        put(agency, agency, person=officer, kind="test.wait")

        tally = queries.tally(queries.waiting_for(officer.account, NOW), officer.account, NOW)

        assert (tally.everything, tally.urgent, tally.parts["waiting"], tally.parts["approve"]) == (2, 1, 1, 0)


class TestSaveFilter:
    def test_the_same_name_again_replaces_it(self):
        officer = make_person()
        services.save_filter(person=officer, name="今天 路燈", query="group=today")
        services.save_filter(person=officer, name=" 今天  路燈 ", query="group=today&q=x")

        assert [row.query for row in queries.saved_filters(officer)] == ["group=today&q=x"]

    @pytest.mark.parametrize(("name", "query"), [("  ", "urgent=1"), ("急", "")])
    def test_needs_a_name_and_something_to_keep(self, name, query):
        with pytest.raises(services.CannotSaveFilter):
            services.save_filter(person=make_person(), name=name, query=query)

    def test_twenty_are_enough(self):
        officer = make_person()
        for number in range(20):
            services.save_filter(person=officer, name=f"{number}", query="urgent=1")

        with pytest.raises(services.CannotSaveFilter):
            services.save_filter(person=officer, name="20", query="urgent=1")
