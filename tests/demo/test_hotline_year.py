"""The report's year of calls: a share of it comes out as planned, and again nothing more."""

from datetime import date

import pytest

from cityhall.domains.hotline import figures
from cityhall.domains.hotline.models import Call, CallRating
from cityhall.foundation.period import Period
from cityhall.project.demo import hotline_year

YEAR = Period(date(2016, 1, 1), date(2016, 12, 31))


def test_the_whole_year_is_what_the_report_prints():
    all_of_it = hotline_year.months(1)

    sums = {name: sum(getattr(one, name) for one in all_of_it) for name in ("menu", "operator", "in_time", "answered")}
    assert sums == {"menu": 54_236, "operator": 205_240, "in_time": 186_748, "answered": 6_841}
    assert all(one.handled <= one.interviewed and one.satisfied <= one.answered for one in all_of_it)


@pytest.mark.django_db
def test_a_share_of_it_is_counted_as_planned_and_made_once():
    for _time in range(2):
        hotline_year.live_year(0.004, 105, say=lambda _words: None)

    plan = hotline_year.months(0.004)
    assert figures.calls(YEAR).value == sum(one.menu + one.operator for one in plan)
    assert figures.calls(YEAR, "ivr").value == sum(one.menu for one in plan)
    assert 90 < figures.service_level(YEAR).value < 92
    assert figures.survey_answered(YEAR).value == sum(one.answered for one in plan)
    assert figures.transfer_survey_answered(YEAR).value == sum(one.interviewed for one in plan)
    assert not Call.objects.filter(outcome="OPEN").exists()
    assert not CallRating.objects.filter(call=None).exists()
