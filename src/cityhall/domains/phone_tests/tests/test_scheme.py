"""The page on which the commission changes the points of the telephone tests."""

from datetime import date, timedelta

import pytest

from cityhall.domains.phone_tests.parameters import SCHEME
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.scoring import services
from cityhall.foundation.clock import at as instant

pytestmark = pytest.mark.django_db

NOW = instant(date(2026, 11, 16), 9)
GIVEN = {
    "valid_from_year": "116", "valid_from_month": "1", "valid_from_day": "1", "source": "簽准", "points_speed": "30",
    "points_manner": "30", "points_correct": "40",
}  # fmt: skip


@pytest.fixture
def commission(client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    client.force_login(make_person(make_agency("rdec"), None, Role.COMMISSION).account)
    return client


def test_new_points_hold_from_their_day_and_not_before(commission):
    assert commission.post("/desk/phone-tests/scheme/new/", GIVEN).status_code == 302

    points = [
        {one.code: one.points for one in services.scheme_on(SCHEME, day).criteria.all()}
        for day in (date(2026, 12, 31), date(2027, 1, 1))
    ]
    assert points == [{"speed": 20, "manner": 40, "correct": 40}, {"speed": 30, "manner": 30, "correct": 40}]
    assert "尚未生效" in commission.get("/desk/phone-tests/scheme/").content.decode()


def test_a_version_that_has_not_begun_is_taken_back_and_one_that_has_is_not(commission):
    commission.post("/desk/phone-tests/scheme/new/", GIVEN)
    assert "撤回這一版" in commission.get("/desk/phone-tests/scheme/").content.decode()

    refused = commission.post("/desk/phone-tests/scheme/1/back/", {})
    assert commission.post("/desk/phone-tests/scheme/2/back/", {}).status_code == 302

    assert "不能撤回" in refused.content.decode()
    assert services.scheme_on(SCHEME, date(2027, 1, 1)).version == 1


def test_what_a_version_no_longer_looks_at_can_come_back(commission):
    less = {**GIVEN, "points_speed": "0", "points_manner": "60"}
    commission.post("/desk/phone-tests/scheme/new/", less)
    commission.post("/desk/phone-tests/scheme/new/", {**GIVEN, "valid_from_month": "2"})

    found = [
        {one.code: one.points for one in services.scheme_on(SCHEME, day).criteria.all()}
        for day in (date(2027, 1, 1), date(2027, 2, 1))
    ]
    assert found == [{"manner": 60, "correct": 40}, {"speed": 30, "manner": 30, "correct": 40}]


@pytest.mark.parametrize(
    "wrong", [{"points_speed": "31"}, {"source": ""}, {"valid_from_year": "115", "valid_from_day": "2"}]
)
def test_what_does_not_add_up_comes_back(commission, wrong):
    page = commission.post("/desk/phone-tests/scheme/new/", {**GIVEN, **wrong})

    assert page.status_code == 422
    assert services.scheme_on(SCHEME, NOW.date() + timedelta(days=900)).version == 1
