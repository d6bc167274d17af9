"""The demo city's competitions: one over and one running; in the report's year as many teams, works and prizes as it prints."""

from datetime import date

import pytest

from cityhall.domains.open_data import figures
from cityhall.domains.open_data.models import Contest, Seminar, Showcase, Team
from cityhall.domains.open_data.tests import city as open_data
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.project.demo import contests

NOW = instant(date(2026, 11, 20), 9)
YEAR = Period.year(2016)


class TestThePlan:
    def test_has_the_numbers_of_the_report(self):
        hackathon, apps = contests.HACKATHON, contests.APPS

        assert (hackathon.held, hackathon.teams, hackathon.result) == (date(2016, 9, 24), 42, date(2016, 10, 27))
        assert (len(hackathon.prizes), sum(winners for _name, _reward, winners in hackathon.prizes)) == (3, 4)
        assert (apps.held, apps.teams, apps.works) == (date(2016, 11, 5), 20, 13)
        assert (date(2016, 10, 27), 208) == (contests.SEMINAR_ON, contests.SEMINAR_ATTENDANCE)


@pytest.mark.django_db
class TestTheDemo:
    @pytest.fixture(autouse=True)
    def city(self, monkeypatch):
        seed_calendar()
        made = open_data.make_city()
        open_data.published(made.transport)

    def test_has_a_competition_over_one_running_and_seminars(self, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
        contests.load(NOW, say=lambda line: None)

        stages = sorted(one.stage(NOW.date()) for one in Contest.objects.select_related("review"))
        assert stages == ["AWARDED", "OPEN"]
        assert Showcase.objects.filter(state="SHOWN").count() == 3
        assert Seminar.objects.count() == 2
        assert figures.hackathon_teams(Period.year(2026)).value == 5

    def test_lives_the_year_at_a_small_scale_once(self):
        for _turn in range(2):
            contests.live_year(0.25, say=lambda line: None)

        assert figures.hackathon_teams(YEAR).value == 10
        assert figures.contest_teams(YEAR).value == 5
        assert figures.contest_works(YEAR).value == 4
        won = figures.hackathon_prizes(Period.parse("2016-10-27"))
        assert (won.value, won.rows.count()) == (3, 4)
        assert figures.seminar_attendance(Period.parse("2016-10-27")).value == 52
        assert not Team.objects.filter(state="UNCONFIRMED").exists()
