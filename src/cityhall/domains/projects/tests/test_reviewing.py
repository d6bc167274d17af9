"""The review meeting is built from what is out of order, and the report counts what it spoke of."""

from datetime import date, timedelta

import pytest

from cityhall.domains.projects import figures, reviewing
from cityhall.domains.projects.models import Project
from cityhall.domains.projects.tests.making import City, listed, make_city, signed_in
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.gatherings.refusals import CannotGather
from cityhall.engines.milestones import services as plans
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period

pytestmark = pytest.mark.django_db
NINE = instant(date(2026, 11, 16), 9)
MEETS = date(2026, 11, 20)
AFTER = instant(MEETS, 18)


def planned(city: City, profile: str = reviewing.REVIEW) -> Gathering:
    """A review meeting that is being prepared."""
    return gatherings.plan(
        profile=profile, title="專案檢討會議", host=city.rdec, owner=city.commission, year=2026, venue="市府",
        starts_at=instant(MEETS, 14), ends_at=instant(MEETS, 16), by=city.commission.account, at=NINE,
    )  # fmt: skip


@pytest.fixture
def city(monkeypatch):
    """Two projects, of which one is out of order."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    city = make_city()
    listed(agency=city.works, on=date(2026, 11, 2), name="剛開始的計畫")
    listed(agency=city.works, on=date(2026, 9, 2), name="沒有填報的計畫")
    plans.evaluate("major", date(2026, 10, 1), by=None, at=NINE)
    return city


def late() -> Project:
    return Project.objects.get(plan__name="沒有填報的計畫")


class TestAgenda:
    def test_gets_what_is_out_of_order_with_its_reasons_and_the_head_of_its_agency(self, city):
        meeting = planned(city)

        assert reviewing.put_on_agenda(meeting, by=city.commission.account, at=NINE) == 1

        point = meeting.points.get()
        assert (point.about, point.agency) == (late(), city.works)
        assert point.text
        assert [row.agency for row in meeting.participants.all()] == [city.works]

    def test_gets_each_project_once(self, city):
        meeting = planned(city)
        reviewing.put_on_agenda(meeting, by=city.commission.account, at=NINE)

        assert reviewing.put_on_agenda(meeting, by=city.commission.account, at=NINE) == 0
        assert meeting.points.count() == 1

    def test_leaves_out_what_was_cleared(self, city):
        for hit in late().plan.hits.all():
            plans.clear(hit, reason="已補報", by=city.commission.account, at=NINE)

        assert reviewing.put_on_agenda(planned(city), by=city.commission.account, at=NINE) == 0

    def test_is_not_made_for_a_meeting_that_was_cancelled(self, city):
        meeting = planned(city)
        gatherings.cancel(meeting, reason="延期", by=city.commission.account, at=NINE)

        with pytest.raises(CannotGather):
            reviewing.put_on_agenda(meeting, by=city.commission.account, at=NINE)


class TestPage:
    def test_of_the_meeting_offers_it_to_the_commission(self, city):
        meeting, browser = planned(city), signed_in(city.commission)
        here = f"/desk/gatherings/{meeting.reference}/"

        assert "沒有填報的計畫" in browser.get(here).content.decode()
        assert browser.post(f"/desk/projects/reviews/{meeting.reference}/agenda/").status_code == 302
        assert meeting.points.count() == 1
        assert "全部排入議程" not in browser.get(here).content.decode()

    def test_is_for_the_commission_alone_and_for_review_meetings(self, city):
        other = planned(city, profile="meeting")
        officer = make_person(city.works, None, Role.OFFICER)

        assert signed_in(officer).post(f"/desk/projects/reviews/{planned(city).reference}/agenda/").status_code == 403
        assert signed_in(city.commission).post(f"/desk/projects/reviews/{other.reference}/agenda/").status_code == 404


class TestFigures:
    def test_count_a_project_once_however_often_it_was_spoken_of(self, city):
        for n in range(2):
            meeting = planned(city)
            reviewing.put_on_agenda(meeting, by=city.commission.account, at=NINE)
            day = MEETS + timedelta(days=n)
            came = {row.n: (holding.Came("PRESENT", 1), "") for row in meeting.participants.all()}
            holding.hold(meeting, held_on=day, came=came, by=city.commission.account, at=AFTER + timedelta(days=n))
        reviewing.put_on_agenda(planned(city), by=city.commission.account, at=NINE)

        assert figures.reviewed(Period(MEETS, MEETS + timedelta(days=1))).value == 1
        assert figures.reviewed(Period(NINE.date(), MEETS - timedelta(days=1))).value == 0

    def test_count_the_verifications_that_took_place(self, city):
        for profile in (reviewing.SITE_VISIT, reviewing.SITE_VISIT, "works_visit"):
            holding.hold(planned(city, profile), held_on=MEETS, came={}, by=city.commission.account, at=AFTER)
        planned(city, reviewing.SITE_VISIT)

        assert figures.site_visits(Period(MEETS, MEETS)).value == 2
