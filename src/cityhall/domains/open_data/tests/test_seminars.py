"""Seminars: who finds them, who may come, how many came; and what the report prints of them and of competitions."""

from datetime import timedelta

import pytest
from django.test import Client

from cityhall.domains.open_data import competing, contests, figures, seminars
from cityhall.domains.open_data.models import Seminar
from cityhall.domains.open_data.refusals import CannotCatalogue
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.figures import queries
from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.letters.models import Letter
from cityhall.engines.subscriptions.models import Subscription
from cityhall.engines.subscriptions.services import CannotSubscribe
from cityhall.foundation.period import Period

from .city import (
    NINE,
    TODAY,
    announced,
    confirmed,
    handed_in,
    held,
    judged,
    make_city,
    playing,
    published,
    seminar,
    signed_in,
)

pytestmark = pytest.mark.django_db
LATER = NINE + timedelta(days=40)


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    seed_calendar()
    return make_city()


@pytest.fixture
def planned(city):
    return seminar(host=city.transport)


def shown(one, seats=None):
    return seminars.make_public(one, seats=seats, by=None, at=NINE)


def signed_up(one, email, at=NINE):
    asked = seminars.sign_up(one, email=email, account=None, language="zh-hant", at=at)
    confirmed(asked, at=at)
    one.refresh_from_db()


class TestASeminar:
    def test_is_found_by_nobody_until_it_is_made_public(self, planned):
        assert "現在沒有可以報名的場次" in Client().get("/data/seminars/").content.decode()

        shown(planned, seats=30)

        page = Client().get("/data/seminars/").content.decode()
        assert planned.title in page
        assert "名額" in page

    def test_counts_each_mailbox_once_and_takes_no_more_than_its_seats(self, planned):
        one = shown(planned, seats=2)
        for email in ("a@mail.example", "a@mail.example", "b@mail.example"):
            signed_up(one, email) if one.is_open(NINE) else None
        assert one.signed_up == 2
        with pytest.raises(CannotCatalogue, match="不能報名"):
            seminars.sign_up(one, email="c@mail.example", account=None, language="zh-hant", at=NINE)
        with pytest.raises(CannotCatalogue, match="不能比這個少"):
            shown(planned, seats=1)

    def test_gives_the_last_seat_to_the_first_who_confirms(self, planned):
        one = shown(planned, seats=1)
        asked = [
            seminars.sign_up(one, email=f"{n}@mail.example", account=None, language="zh-hant", at=NINE)
            for n in range(2)
        ]
        confirmed(asked[1])
        with pytest.raises(CannotSubscribe, match="額滿|名額已滿"):
            confirmed(asked[0])

        one.refresh_from_db()
        assert one.signed_up == 1

    def test_takes_nobody_once_it_began_or_was_called_off(self, planned, city):
        one = shown(planned)
        with pytest.raises(CannotCatalogue, match="不能報名"):
            seminars.sign_up(one, email="a@mail.example", account=None, language="zh-hant", at=planned.starts_at)
        gatherings.cancel(planned, reason="颱風", by=city.commission.account, at=NINE)
        with pytest.raises(CannotCatalogue, match="不能報名"):
            seminars.sign_up(one, email="a@mail.example", account=None, language="zh-hant", at=NINE)
        with pytest.raises(CannotCatalogue, match="還沒舉辦"):
            shown(planned)
        assert "取消" in Client().get("/data/seminars/").content.decode()

    def test_says_afterwards_how_many_came_and_forgets_who_signed_up(self, planned, monkeypatch):
        one = shown(planned)
        signed_up(one, "a@mail.example")
        held(planned, came=208)
        monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)

        assert "208" in Client().get("/data/seminars/").content.decode()
        assert seminars.forget(NINE + timedelta(days=38)) == 0
        assert seminars.forget(LATER) == 1
        assert not Subscription.objects.exclude(email="").exists()
        assert seminars.forget(LATER) == 0

    def test_is_made_public_from_its_page_and_signed_up_for_by_code(self, planned, city):
        desk, here = signed_in(city.commission), f"/desk/open-data/seminars/{planned.reference}/public/"
        assert "沒有公開" in desk.get(f"/desk/gatherings/{planned.reference}/").content.decode()
        assert desk.post(here, {"seats": "0"}).status_code == 422
        assert desk.post(here, {"seats": "40"}).status_code == 302
        assert signed_in(city.coordinator).get(here).status_code == 403

        browser, page = Client(), f"/data/seminars/{planned.reference}/sign-up/"
        assert browser.post(page, {"email": "x"}).status_code == 422
        answer = browser.post(page, {"email": "a@mail.example"})
        code = Letter.objects.get(template="subscriptions.code").subject[:6]
        assert browser.post(answer["Location"], {"code": code}).status_code == 302
        assert Seminar.objects.get().signed_up == 1
        assert "改名額" in desk.get(f"/desk/gatherings/{planned.reference}/").content.decode()


class TestTheFigures:
    WHOLE = Period(TODAY - timedelta(days=1), TODAY + timedelta(days=90))

    def test_count_attendance_by_the_day_of_the_seminar(self, planned, city):
        held(planned, came=208)
        seminar(host=city.transport, days=20)
        day = TODAY + timedelta(days=9)

        assert figures.seminar_attendance(Period(day, day)).value == 208
        assert figures.seminar_attendance(Period(TODAY, day - timedelta(days=1))).value == 0
        assert figures.seminar_attendance(Period(None, None)).rows.count() == 1

    def test_count_teams_and_works_of_competitions_by_their_kind_and_day(self, city):
        dataset = published(city.transport)
        judge = make_person(city.police, None, Role.JUDGE)
        made = {}
        for kind in ("HACKATHON", "APPS"):
            one = made[kind] = announced(
                kind=kind, title=kind, prizes=(("首獎", "", 1), ("佳作", "", 2), ("從缺獎", "", 1))
            )
            for n in range(4):
                team = playing(one, name=f"隊{n}", email=f"{kind}{n}@mail.example")
                if n < 3:
                    form = "OTHER" if n == 2 else "WEB"
                    work = handed_in(team, dataset, title=f"作品{n}", form=form)
                    contests.check(work, accepted=True, by=None, at=NINE)
            competing.withdraw(playing(one, name="退", email=f"{kind}x@mail.example"), at=NINE)
        off = announced(title="停辦的")
        playing(off, email="off@mail.example")
        contests.call_off(off, reason="颱風", by=None, at=NINE)
        day = TODAY + timedelta(days=30)

        assert figures.hackathon_teams(Period(day, day)).value == figures.contest_teams(Period(day, day)).value == 4
        assert figures.contest_teams(Period(TODAY, day - timedelta(days=1))).value == 0
        assert figures.contest_works(Period(day, day)).value == 2
        one = judged(
            made["HACKATHON"], judge, points={"作品0": 9, "作品1": 8, "作品2": 7}, at=NINE + timedelta(days=31)
        )
        works = list(contests.works(one))
        prizes = {prize.n: prize for prize in one.prizes.all()}
        chosen = {works[0]: prizes[1], works[1]: prizes[2], works[2]: prizes[2]}
        contests.award(one, chosen=chosen, by=None, at=NINE + timedelta(days=40))

        won = figures.hackathon_prizes(self.WHOLE)
        assert (won.value, won.rows.count()) == (2, 3)
        assert figures.hackathon_prizes(Period(day, day)).value == 0
        said = queries.value("open_data.hackathon_prizes", self.WHOLE, at=NINE + timedelta(days=95)).sentence
        assert said == "2 獎項 3 團隊獲獎"

    @pytest.mark.parametrize(
        "key", ["hackathon_teams", "hackathon_prizes", "seminar_attendance", "contest_teams", "contest_works"]
    )
    def test_are_shown_with_their_rows(self, city, key):
        assert Client().get(f"/figures/open_data.{key}").status_code in (200, 301)
