"""Petitions counted by village for the map: none that is a secret."""

from datetime import date

import pytest

from cityhall.domains.petitions.public import public_by_village

from .factories import make_petition

pytestmark = pytest.mark.django_db


def test_counts_those_of_the_days_that_are_no_secret():
    def opened(village, day=date(2016, 9, 5), **more):
        one = make_petition(day, district="68000010", **more)
        one.case.place.village_code = village
        one.case.place.save()
        return one

    opened("v1")
    opened("v1")
    opened("v1", confidential=True)
    opened("v1", day=date(2016, 10, 1))
    sealed = opened("v2")
    sealed.sealed = True
    sealed.save()
    opened("")
    make_petition(date(2016, 9, 6))

    assert public_by_village(date(2016, 9, 1), date(2016, 9, 30)) == {"v1": 2}
