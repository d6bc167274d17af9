"""What operators did in the report's year: the transfers taken up and the topics asked most come out as planned, once."""

from datetime import date

import pytest

from cityhall.domains.contacts.models import Transfer
from cityhall.domains.faq import samples as faq
from cityhall.domains.hotline import figures
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.figures import catalogue, queries
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.project.demo import contacts_year, hotline_year, people, petitions

SHARE = 0.02
FOUNDED = instant(date(2015, 12, 31), 18)
LATER = instant(date(2017, 3, 31), 12)


@pytest.mark.django_db
def test_a_share_of_it_is_counted_as_planned_and_made_once():
    seed_calendar()
    people.load(at=FOUNDED, since=petitions.FOUNDED)
    faq.publish_all(at=FOUNDED)
    hotline_year.live_year(SHARE, 105, say=lambda _words: None)

    lived = [contacts_year.live_year(SHARE, 105, say=lambda _words: None) for _time in range(2)]

    reviewed = round(contacts_year.REVIEWED * SHARE)
    assert lived == [2 * reviewed + round(contacts_year.ANSWERED_BY_ENTRY * SHARE), 0]
    assert figures.transfers_reviewed(Period.year(2016)).value == reviewed
    assert not Transfer.objects.filter(in_hours=False).exists()
    for line in catalogue.lines_of("hotline.faq_top"):
        counted = queries.value(line.figure, line.period, line.of, at=LATER)
        assert (queries.number(counted.rounded), counted.sentence) == (line.value, line.text)


def test_the_whole_year_is_what_the_report_prints():
    line = next(one for one in catalogue.lines_of("hotline.transfers_reviewed"))

    assert int(line.value) == contacts_year.REVIEWED
