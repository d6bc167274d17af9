"""How far rights reach, told without a database: roles held, absences, and the table of permissions."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db.models import Q

from cityhall.engines.directory.rights import NOBODY, Away, Held, Reach, Standing, reach_of
from cityhall.engines.directory.states import Role, Scope

NOON = datetime(2017, 3, 20, 12)
HOUR = timedelta(hours=1)
ME, ABSENT, OTHER = (SimpleNamespace(pk=pk) for pk in (1, 2, 3))
ROADS, PARKS = 10, 20
SECTION, TEAM = 100, 101

MINE = Held(ME.pk, Role.OFFICER, ROADS, frozenset({SECTION}))
THEIRS = Held(ABSENT.pk, Role.UNIT_HEAD, PARKS, frozenset({TEAM}))


def away(person=ABSENT, starts=NOON, ends=NOON + HOUR, *more):
    return Away(person, ((starts, ends), *more))


def granting(*scopes, role=Role.OFFICER, act="look"):
    """A table in which one role may do one act, so far."""
    return lambda who, what: frozenset(scopes) if (who, what) == (role, act) else frozenset()


def reach(scopes, *held, person=ME, away=(), at=None, administers=False, act="look"):
    return reach_of(Standing(person, held, away), act, scopes, at=at, administers=administers)


class TestReachOf:
    @pytest.mark.parametrize(
        ("scope", "expected"),
        [
            (Scope.CITY, Reach(everywhere=True)),
            (Scope.AGENCY, Reach(agencies=frozenset({ROADS}))),
            (Scope.UNIT, Reach(units=frozenset({SECTION}))),
            (Scope.OWN, Reach(people=frozenset({ME.pk}))),
        ],
    )
    def test_each_scope_reaches_as_far_as_it_says_and_no_further(self, scope, expected):
        assert reach(granting(scope), MINE) == expected

    def test_a_role_that_may_not_do_the_act_adds_nothing(self):
        scopes = granting(Scope.CITY, role=Role.UNIT_HEAD)

        assert reach(scopes, MINE) == Reach()
        assert reach(scopes, MINE, act="write") == Reach()
        assert not reach(scopes, MINE)

    def test_roles_at_several_places_add_up(self):
        second = Held(ME.pk, Role.OFFICER, PARKS, frozenset({TEAM}))

        found = reach(granting(Scope.AGENCY, Scope.UNIT), MINE, second)

        assert found == Reach(agencies=frozenset({ROADS, PARKS}), units=frozenset({SECTION, TEAM}))

    def test_the_widest_of_the_roles_decides(self):
        head = Held(ME.pk, Role.AGENCY_HEAD, PARKS, frozenset())
        table = {Role.OFFICER: frozenset({Scope.OWN}), Role.AGENCY_HEAD: frozenset({Scope.CITY})}

        assert reach(lambda role, _act: table[role], MINE, head) == Reach(everywhere=True)

    def test_the_own_records_of_an_absent_colleague_are_within_reach_too(self):
        found = reach(granting(Scope.OWN, role=Role.UNIT_HEAD), MINE, THEIRS, away=(away(),), at=NOON)

        assert found == Reach(people=frozenset({ABSENT.pk}))

    def test_the_rights_of_the_absent_end_with_the_absence(self):
        scopes = granting(Scope.UNIT, role=Role.UNIT_HEAD)

        assert reach(scopes, MINE, THEIRS, away=(away(),), at=NOON) == Reach(units=frozenset({TEAM}))
        assert reach(scopes, MINE, THEIRS, away=(away(),), at=NOON + HOUR) == Reach()


class TestAdministrators:
    """Who administers the system has the administrator's rights before anybody is in the directory."""

    def test_have_the_administrators_rights_everywhere(self):
        assert reach(granting(Scope.CITY, role=Role.ADMIN), administers=True, person=None) == Reach(everywhere=True)

    def test_have_no_right_that_the_role_has_not(self):
        assert reach(granting(Scope.CITY, role=Role.OFFICER), administers=True, person=None) == Reach()
        assert reach(granting(Scope.CITY, role=Role.ADMIN), administers=True, person=None, act="write") == Reach()

    def test_may_do_what_the_role_may_for_itself_and_reach_nobody_by_it(self):
        found = reach(granting(Scope.OWN, role=Role.ADMIN), administers=True, person=None)

        assert found == Reach(people=frozenset({NOBODY}))
        assert found
        assert not found.covers(person=ME)

    def test_others_have_none_of_it(self):
        assert reach(granting(Scope.CITY, role=Role.ADMIN), MINE) == Reach()


class TestReach:
    """An agency, a unit or a person that is named; what is not named is not within reach."""

    def test_everywhere_covers_everything(self):
        everywhere = Reach(everywhere=True)

        assert everywhere
        assert everywhere.covers()
        assert everywhere.covers(SimpleNamespace(pk=ROADS), SimpleNamespace(pk=SECTION), ME)

    def test_nothing_covers_nothing(self):
        nowhere = Reach()

        assert not nowhere
        assert not nowhere.covers()
        assert not nowhere.covers(SimpleNamespace(pk=ROADS), SimpleNamespace(pk=SECTION), ME)

    @pytest.mark.parametrize("kind", ["agencies", "units", "people"])
    def test_one_kind_is_enough_and_says_nothing_of_the_others(self, kind):
        names = {"agencies": "agency", "units": "unit", "people": "person"}
        some = Reach(**{kind: frozenset({7})})

        assert some
        for other, name in names.items():
            assert some.covers(**{name: SimpleNamespace(pk=7)}) is (other == kind)
            assert not some.covers(**{name: SimpleNamespace(pk=8)})
        assert not some.covers()

    def test_as_a_condition_everywhere_leaves_nothing_out_and_nowhere_everything(self):
        assert Reach(everywhere=True).within() == Q()
        assert Reach().within() == Q(pk__in=[])

    def test_as_a_condition_it_names_the_fields_of_the_record(self):
        some = Reach(agencies=frozenset({1}), units=frozenset({2}), people=frozenset({3}))

        assert some.within() == (
            Q(pk__in=[]) | Q(agency__in=frozenset({1})) | Q(unit__in=frozenset({2})) | Q(person__in=frozenset({3}))
        )
        assert some.within(agency="case__agency", unit="", person="") == (
            Q(pk__in=[]) | Q(case__agency__in=frozenset({1}))
        )


class TestDeputies:
    def test_stand_in_from_the_first_instant_of_the_absence_and_no_longer_at_its_end(self):
        known = Standing(ME, (MINE, THEIRS), (away(),))

        assert known.absent_at(NOON) == [ABSENT]
        assert known.absent_at(NOON + HOUR - timedelta(microseconds=1)) == [ABSENT]
        assert known.absent_at(NOON - timedelta(microseconds=1)) == []
        assert known.absent_at(NOON + HOUR) == []

    def test_of_deputies_stand_in_while_every_absence_on_the_way_runs(self):
        known = Standing(ME, (MINE, THEIRS), (away(ABSENT, NOON, NOON + HOUR, (NOON + HOUR / 2, NOON + 2 * HOUR)),))

        assert known.absent_at(NOON) == []
        assert known.absent_at(NOON + HOUR / 2) == [ABSENT]
        assert known.absent_at(NOON + HOUR) == []

    def test_are_named_once_whichever_way_it_came_to_them(self):
        known = Standing(ME, (MINE, THEIRS), (away(), away(ABSENT, NOON - HOUR, NOON + HOUR)))

        assert known.absent_at(NOON) == [ABSENT]

    def test_have_the_roles_of_the_absent_at_that_instant_or_at_any_hour_of_the_day(self):
        known = Standing(ME, (MINE, THEIRS), (away(),))

        assert known.roles_at(NOON) == [MINE, THEIRS]
        assert known.roles_at(NOON + HOUR) == [MINE]
        assert known.roles_at(None) == [MINE, THEIRS]

    def test_have_no_role_of_those_who_are_there(self):
        known = Standing(ME, (MINE, Held(OTHER.pk, Role.ADMIN, ROADS, frozenset())), (away(),))

        assert known.roles_at(NOON) == [MINE]

    def test_who_is_not_in_the_directory_has_only_what_stands_there(self):
        assert Standing(None, (MINE,), ()).roles_at(NOON) == []
