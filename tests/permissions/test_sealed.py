"""A petition of the ethics office by every address of petitions and every role, near and far: nobody else has it."""

from __future__ import annotations

import pytest

from cityhall.domains.petitions.services import ethics
from cityhall.domains.petitions.tests.city import opened
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person, make_unit

from .calls import ask, signed_in
from .test_matrix import OFFICIAL, REFUSED, address
from .world import ASKED, NOW, OFFICERS, World

pytestmark = pytest.mark.django_db
OF_ONE = [
    route for route, (_acts, record) in OFFICIAL.items() if route.startswith("desk/petitions/<reference>/") and record
]


@pytest.fixture
def office(world: World):
    """The office, with a petition that was filed there and one that was taken from the lights unit of the works agency."""
    there = Agency.objects.get(code="ethics")
    desk = make_unit(there, "review", name="查處科")
    people = {role: make_person(there, desk, role) for role in OFFICERS}
    taken = opened("中山路 200 號前路燈不亮，另有隱情", when=NOW)
    ethics.seal(taken, reason="涉及不法", by=world.city.dispatcher.account, at=NOW)
    world.petitions["taken"] = taken
    return people


@pytest.mark.parametrize("role", ASKED)
def test_nobody_of_the_city_has_it_by_any_address(world, office, role):
    wrong, before = [], Entry.objects.count()
    tried = {"near": ("get", "post"), "outside": ("get",)}
    for place, methods in tried.items():
        browser = signed_in(world.people[role, place].account)
        for route in OF_ONE:
            for method in methods:
                status = ask(browser, method, address(route, world, "sealed"))
                if status not in REFUSED | {405}:
                    wrong.append((place, method, route, status))
        for route in ("desk/petitions/<reference>/", "desk/petitions/<reference>/note/"):
            if (status := ask(browser, "get", address(route, world, "taken"))) not in REFUSED:
                wrong.append((place, "taken", route, status))

    assert wrong == []
    assert Entry.objects.count() == before


def test_in_the_office_only_those_with_its_right_have_it(world, office):
    may = {
        role
        for role, person in office.items()
        if ask(signed_in(person.account), "get", address("desk/petitions/<reference>/", world, "sealed")) not in REFUSED
    }

    assert may == {Role.ETHICS, Role.AGENCY_HEAD, Role.AGENCY_SECRETARY}
