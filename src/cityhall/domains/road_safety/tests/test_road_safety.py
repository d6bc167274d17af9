"""A year's evaluation on the common engines: agencies, sites and suggestions, with rows that must not count."""

from datetime import date, timedelta

import pytest

from cityhall.domains.road_safety import figures, services
from cityhall.engines.figures import registry
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings.services import cancel
from cityhall.engines.gatherings.tests.city import MEETS, NOW, TODAY, make_city, planned, signed_in
from cityhall.foundation.period import Period

pytestmark = pytest.mark.django_db
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: MEETS + timedelta(hours=5))
    return make_city()


def begun(city, year=2026, day=TODAY, agencies=None):
    return services.begin(year=year, agencies=agencies or [city.works, city.rdec], begun_on=day, by=None, at=NOW)


class TestFigures:
    def test_count_the_agencies_of_the_newest_year(self, city):
        begun(city, 2025, date(2025, 10, 1), [city.works])
        begun(city)

        assert figures.agencies(YEAR).value == 2
        assert figures.agencies(Period(date(2025, 1, 1), date(2025, 12, 31))).value == 1
        assert figures.agencies(Period(date(2024, 1, 1), date(2024, 12, 31))).value == 0

    def test_count_sites_and_suggestions_by_the_day_of_the_visit(self, city):
        after = MEETS + timedelta(hours=3)
        sites = [planned(city, profile=figures.VISIT, title=f"路口{n}") for n in range(3)]
        cancel(sites[2], reason="下雨", by=city.commission.account, at=NOW)
        meeting = planned(city, profile=figures.MEETING)
        for one in (*sites[:2], meeting):
            one = holding.hold(one, held_on=after.date(), came={}, by=None, at=after)
            due = date(2026, 12, 20)
            holding.conclude(one, text="補畫標線", agency=city.works, due_on=due, by=None, at=after)

        assert figures.site_visits(YEAR).value == 2
        assert figures.suggestions(YEAR).value == 3
        assert figures.suggestions(Period(date(2026, 11, 21), date(2026, 12, 31))).value == 0
        assert {row.item.number[:2] for row in figures.suggestions(YEAR).rows} == {"MS"}

    def test_of_agencies_prints_the_names_and_counts_the_number(self):
        one = registry.get("road_safety.agencies")

        assert one.in_report_style(7) == "7"
        assert one.sentence(7, YEAR).endswith("監理站")


class TestYear:
    def test_is_begun_once_with_agencies_and_sent_on_once(self, city):
        one = begun(city)
        with pytest.raises(services.CannotEvaluate, match="已經開始"):
            begun(city)
        with pytest.raises(services.CannotEvaluate, match="受評機關"):
            services.begin(year=2025, agencies=[], begun_on=TODAY, by=None, at=NOW)
        with pytest.raises(services.CannotEvaluate, match="字號"):
            services.send_on(one, sent_on=TODAY, document=" ", by=None, at=NOW)

        services.send_on(one, sent_on=TODAY, document="府交安字第1號", by=None, at=NOW)

        with pytest.raises(services.CannotEvaluate, match="已經送"):
            services.send_on(one, sent_on=TODAY, document="x", by=None, at=NOW)


class TestPages:
    def test_are_the_commissions(self, city):
        browser, here = signed_in(city.commission), "/desk/road-safety/"
        assert "還沒有初評" in browser.get(here).content.decode()
        assert browser.post(f"{here}begin/", {"year": "2026"}).status_code == 422

        shown = browser.post(f"{here}begin/", {"year": "2026", "agencies": ["works"]}, follow=True).content.decode()

        assert "養工處" in shown
        assert browser.post(f"{here}2026/send/", {"document": ""}).status_code == 422
        assert signed_in(city.coordinator).get(here).status_code == 403
