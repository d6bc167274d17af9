"""The demo city's directory: complete, from its seed, made by the directory's own acts."""

from datetime import datetime

import pytest

from cityhall.engines.audit.models import Entry
from cityhall.engines.directory import queries
from cityhall.engines.directory.models import Agency, Appointment, Person
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.foundation.clock import TAIPEI, day_of
from cityhall.project.demo import people

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 3, 20, 9, 0, tzinfo=TAIPEI)


def test_every_agency_has_who_is_needed_and_the_shown_people_may_what_they_show():
    made = people.load(at=NOW)
    today = day_of(NOW)

    for agency in Agency.objects.exclude(kind=AgencyKind.OUTSIDE_BODY):
        held = set(Appointment.objects.as_of(today).filter(agency=agency).values_list("role", flat=True))
        assert held >= {Role.AGENCY_HEAD, Role.UNIT_HEAD, Role.COORDINATOR}, agency.code
        for unit in agency.units.all():
            assert queries.approver_for(agency, "", "stage1", unit, today) is not None
    shown = made.shown
    may = {
        "officer": "petitions.handle",
        "unit_head": "petitions.approve",
        "coordinator": "petitions.assign",
        "dispatcher": "petitions.dispatch",
        "commission": "petitions.statistics",
        "operator": "petitions.file_on_behalf",
        "administrator": "directory.agencies.manage",
    }
    for who, act in may.items():
        assert queries.may(shown[who].account, act, on=NOW), who
    assert queries.standing_in_for(shown["officer"].account, NOW) == [made.people["maintenance-street_light-officer2"]]
    assert queries.on_duty(made.agencies["maintenance"], NOW) is not None
    assert Entry.objects.filter(event="directory.person.added").count() == Person.objects.count()


def test_the_same_seed_makes_the_same_people():
    first, second = (people._Maker(NOW, people.random.Random(people.SEED)) for _ in range(2))

    assert [first._name() for _ in range(50)] == [second._name() for _ in range(50)]
