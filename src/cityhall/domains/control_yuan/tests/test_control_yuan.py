"""Petitioners at a visit: received after it took place, counted by its day, seen by the commission alone."""

from datetime import date, timedelta

import pytest

from cityhall.domains.control_yuan import figures, services
from cityhall.domains.control_yuan.models import Petitioner
from cityhall.engines.audit.models import Entry
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings.tests.city import MEETS, NOW, make_city, planned, signed_in
from cityhall.foundation.period import Period

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: MEETS + timedelta(hours=5))
    return make_city()


@pytest.fixture
def visit(city):
    """The second visit of year 114, held in 115."""
    one = planned(city, profile=services.VISIT, title="監委巡察", year=2025, number=2)
    return holding.hold(one, held_on=date(2026, 11, 20), came={}, by=None, at=MEETS + timedelta(hours=3))


class TestPetitioners:
    def test_are_counted_by_the_day_of_the_visit(self, city, visit):
        for matter in ("老街整修", "部落用水"):
            services.receive(visit, matter=matter, by=None, at=MEETS)

        assert figures.petitioners(Period(date(2026, 11, 20), date(2026, 11, 20))).value == 2
        assert figures.petitioners(Period(date(2025, 1, 1), date(2025, 12, 31))).value == 0
        assert Entry.objects.filter(event="control_yuan.received").count() == 2

    def test_are_received_at_a_visit_that_took_place(self, city, visit):
        coming = planned(city, profile=services.VISIT)
        for one, matter in ((coming, "x"), (planned(city), "x"), (visit, " ")):
            with pytest.raises(services.CannotReceive):
                services.receive(one, matter=matter, by=None, at=NOW)

    def test_become_a_petition_that_exists(self, city, visit):
        row = services.receive(visit, matter="路燈不亮", by=None, at=MEETS)
        with pytest.raises(services.CannotReceive, match="沒有這個編號"):
            services.link(row, petition="115-9", by=city.commission.account, at=MEETS)


class TestPages:
    def test_are_the_commissions(self, city, visit):
        page, form = (
            f"/desk/control-yuan/{visit.reference}/petitioners/",
            {"matter": "老街整修", "agency": "", "petition": ""},
        )
        assert signed_in(city.coordinator).get(page).status_code == 403
        browser = signed_in(city.commission)
        assert "沒有這個編號" in browser.post(page, {**form, "petition": "x"}).content.decode()

        shown = browser.post(page, form, follow=True).content.decode()

        assert "老街整修" in shown
        assert Petitioner.objects.get().n == 1
        assert browser.get(f"{page}1/petition/").status_code == 200
