"""The council's half-year of the report: a share of it comes out as planned, once; the whole is what the report prints."""

from datetime import date

import pytest

from cityhall.domains.council import figures, queries
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.figures import catalogue
from cityhall.engines.tracking.models import Item
from cityhall.engines.tracking.states import Stage
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.project.demo import council_year, people, petitions

SHARE = 0.02
HALF = Period(date(2016, 7, 1), date(2016, 12, 31))


@pytest.mark.django_db
def test_a_share_of_it_is_counted_as_planned_and_made_once():
    seed_calendar()
    people.load(at=instant(date(2015, 12, 31), 18), since=petitions.FOUNDED)

    lived = [council_year.live_year(SHARE, 105, say=lambda _words: None) for _time in range(2)]

    planned = council_year.months(SHARE)
    assert lived == [sum(month.listed for month in planned), 0]
    for figure, wanted in (
        (figures.released, sum(month.released for month in planned)),
        (figures.self_tracked, sum(month.self_tracked for month in planned)),
        (figures.tracked, sum(month.tracked for month in planned)),
        (figures.joint_inspections, sum(month.inspections for month in planned)),
        (figures.training_sessions, 3),
        (figures.training_attendance, 58),
    ):
        assert figure(HALF).value == wanted
    assert not Item.objects.filter(profile=queries.PROFILE).exclude(stage=Stage.SETTLED).exists()


def test_the_whole_half_year_is_what_the_report_prints():
    printed = {line.figure: float(line.value) for line in catalogue.lines() if line.figure.startswith("council.")}
    whole = council_year.months(1)

    total = sum(month.listed for month in whole)
    assert {
        "council.listed": total, "council.released": council_year.RELEASED,
        "council.released_share": round(100 * council_year.RELEASED / total, 2),
        "council.self_tracked": council_year.SELF_TRACKED,
        "council.self_tracked_share": round(100 * council_year.SELF_TRACKED / total, 2),
        "council.tracked": council_year.TRACKED, "council.tracked_share": round(100 * council_year.TRACKED / total, 2),
        "council.poor_replies": sum(month.returned for month in whole),
        "council.joint_inspections": sum(month.inspections for month in whole),
        "council.training_sessions": len(council_year.TRAININGS),
        "council.training_attendance": sum(came for _day, _hour, came in council_year.TRAININGS),
    } == printed  # fmt: skip
