"""Many teams and people at the same moment: numbers without gaps, one team of a name, one prize once, no seat twice."""

from datetime import timedelta

import pytest
from tests.support.at_once import THREADS, at_once

from cityhall.domains.open_data import competing, contests, seminars
from cityhall.domains.open_data.models import Award, Contest, Showcase, Team, Work
from cityhall.domains.open_data.refusals import CannotCatalogue
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.subscriptions.services import CannotSubscribe

from .city import (
    NINE,
    TODAY,
    announced,
    confirmed,
    drafted,
    handed_in,
    judged,
    make_city,
    playing,
    published,
    seminar,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city():
    seed_calendar()
    return make_city()


def asked(contest, n, name=""):
    """A team whose leader has not shown the mailbox yet."""
    return competing.register(
        contest,
        name=name or f"第{n}隊",
        members=3,
        email=f"leader{n}@mail.example",
        account=None,
        language="zh-hant",
        at=NINE,
    )[1]


class TestTeams:
    def test_are_numbered_without_gaps(self, city):
        contest = announced()
        waiting = [asked(contest, n) for n in range(THREADS)]

        assert at_once([lambda one=one: confirmed(one) for one in waiting]) == [None] * THREADS
        assert sorted(Team.objects.values_list("n", flat=True)) == list(range(1, THREADS + 1))

    def test_of_one_name_are_told_apart(self, city):
        contest = announced()
        waiting = [asked(contest, n, name="停車小隊") for n in range(4)]
        at_once([lambda one=one: confirmed(one) for one in waiting])

        names = list(Team.objects.values_list("name", flat=True))
        assert len(set(names)) == 4

    def test_hand_in_one_work_however_often_they_click(self, city):
        dataset, team = published(city.transport), playing(announced())
        at_once([lambda n=n: handed_in(team, dataset, title=f"作品{n}") for n in range(6)])

        assert Work.objects.count() == 1


class TestContests:
    def test_are_numbered_without_gaps(self, city):
        made = at_once([lambda: drafted()] * 6)

        assert sorted(one.number for one in made) == [1, 2, 3, 4, 5, 6]

    def test_are_announced_and_called_off_once(self, city):
        contest = drafted()
        results = at_once([lambda: contests.announce(contest, by=None, at=NINE)] * 4)
        assert sum(isinstance(one, CannotCatalogue) for one in results) == 3
        contest = Contest.objects.get()
        results = at_once([lambda: contests.call_off(contest, reason="颱風", by=None, at=NINE)] * 4)
        assert sum(isinstance(one, CannotCatalogue) for one in results) == 3

    def test_accept_no_work_that_changed_at_the_same_moment(self, city):
        dataset, team = published(city.transport), playing(announced())
        work = handed_in(team, dataset)
        at_once(
            [
                lambda: contests.check(work, accepted=True, by=None, at=NINE),
                lambda: handed_in(team, dataset, title="新的作品", at=NINE + timedelta(minutes=1)),
            ]
        )
        work.refresh_from_db()
        assert (work.title, work.state) == ("新的作品", "HANDED_IN")

    def test_have_one_result(self, city):
        contest, judge = announced(), make_person(city.police, None, Role.JUDGE)
        team = playing(contest)
        contests.check(handed_in(team, published(city.transport)), accepted=True, by=None, at=NINE)
        at = NINE + timedelta(days=21)
        contest = judged(contest, judge, points={"找車位": 9}, at=at)
        prize = contest.prizes.get(name="首獎")
        won = {team.work: prize}
        results = at_once([lambda: contests.award(contest, chosen=won, by=None, at=at)] * 4)

        assert sum(isinstance(one, CannotCatalogue) for one in results) == 3
        assert Award.objects.count() == Showcase.objects.count() == 1


class TestSeats:
    def test_are_given_to_as_many_as_there_are(self, city):
        one = seminars.make_public(seminar(host=city.transport), seats=5, by=None, at=NINE)
        waiting = [
            seminars.sign_up(one, email=f"guest{n}@mail.example", account=None, language="zh-hant", at=NINE)
            for n in range(THREADS)
        ]
        results = at_once([lambda ask=ask: confirmed(ask) for ask in waiting])

        one.refresh_from_db()
        assert one.signed_up == 5
        assert sum(isinstance(result, CannotSubscribe) for result in results) == THREADS - 5
        assert one.gathering.starts_at.date() > TODAY
