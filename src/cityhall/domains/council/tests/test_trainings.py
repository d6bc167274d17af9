"""Trainings on the look-up: sessions and how many came, by the day on which they were held."""

from datetime import date, timedelta

import pytest

from cityhall.domains.council import figures
from cityhall.domains.council.queries import TRAINING
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings.tests.city import MEETS, make_city, planned
from cityhall.foundation.period import Period

pytestmark = pytest.mark.django_db


def test_are_counted_with_all_who_came():
    city, day = make_city(), MEETS.date()
    for profile, others in ((TRAINING, 18), (TRAINING, 40), ("training", 99)):
        one = planned(city, profile=profile)
        holding.hold(one, held_on=day, came={}, others=others, by=None, at=MEETS + timedelta(hours=3))
    planned(city, profile=TRAINING)

    assert figures.training_sessions(Period(day, day)).value == 2
    assert figures.training_attendance(Period(day, day)).value == 58
    assert figures.training_attendance(Period(date(2026, 1, 1), day - timedelta(days=1))).value == 0
