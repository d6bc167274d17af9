from datetime import date

import pytest
from django.urls import reverse

from cityhall.engines.deadlines.models import CalendarDay, Closure
from cityhall.engines.deadlines.rules import Limit, Unit
from cityhall.engines.deadlines.services import seed_calendar, start
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import at, day_of
from cityhall.web import access

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(client, monkeypatch):
    """Somebody who may keep the calendar."""
    monkeypatch.setattr(access, "_policy", lambda account, act, request: act.startswith("deadlines."))
    account = Account.objects.create_user("keeper@example.org", kind="OFFICER")
    client.force_login(account)
    seed_calendar()
    return client


class TestYear:
    def test_shows_holidays_and_tries_a_limit(self, keeper):
        page = keeper.get(
            reverse("deadlines:calendar_year", args=[2017]),
            {"day_year": "106", "day_month": "1", "day_day": "26", "hour": "9", "amount": "1", "unit": "WORKING_DAYS"},
        ).content.decode()

        assert "106年" in page
        assert "106年2月2日" in page
        assert "春節" in page or "農曆" in page

    def test_needs_a_right(self, client, db):
        client.force_login(Account.objects.create_user("nobody@example.org"))

        assert client.get(reverse("deadlines:calendar")).status_code == 403
        assert client.get(reverse("deadlines:closure")).status_code == 403


class TestClosure:
    given = {"name": "颱風停班", "day_year": "106", "day_month": "3", "day_day": "23", "from_hour": "0", "to_hour": "24",
             "stops_clock": "on", "source": "市府公告"}  # fmt: skip

    def test_is_shown_before_it_is_applied(self, keeper):
        subject = Account.objects.create(email="r@example.org")
        clock = start(
            subject, stage="final", limit=Limit(5, Unit.WORKING_DAYS), policy_version="", because="x",
            at=at(date(2017, 3, 20), 9),
        )  # fmt: skip

        page = keeper.post(reverse("deadlines:closure"), {**self.given, "preview": ""}).content.decode()
        assert "1 個期限會順延" in page
        assert not Closure.objects.exists()

        keeper.post(reverse("deadlines:closure"), {**self.given, "apply": ""})
        clock.refresh_from_db()
        assert day_of(clock.due_at) == date(2017, 3, 28)

        keeper.post(reverse("deadlines:withdraw", args=[Closure.objects.get().pk]))
        clock.refresh_from_db()
        assert day_of(clock.due_at) == date(2017, 3, 27)

    def test_backwards_keeps_what_was_typed(self, keeper):
        response = keeper.post(
            reverse("deadlines:closure"), {**self.given, "from_hour": "12", "to_hour": "6", "apply": ""}
        )

        assert response.status_code == 422
        assert "結束時間要在開始時間之後" in response.content.decode()
        assert "颱風停班" in response.content.decode()


class TestDay:
    def test_makes_a_weekday_a_holiday(self, keeper):
        keeper.post(
            reverse("deadlines:day"),
            {"day_year": "2017", "day_month": "3", "day_day": "24", "kind": "off", "name": "市定", "source": "x"},
        )

        assert CalendarDay.objects.get(day=date(2017, 3, 24)).name == "市定"

    def test_says_what_a_weekday_cannot_be(self, keeper):
        response = keeper.post(
            reverse("deadlines:day"),
            {"day_year": "2017", "day_month": "3", "day_day": "24", "kind": "work", "name": "", "source": "x"},
        )

        assert "週末可設為補行上班" in response.content.decode()


class TestNamedDays:
    def test_are_listed_under_the_year(self, keeper):
        page = keeper.get(reverse("deadlines:calendar_year", args=[2017])).content.decode()

        assert "和平常不同的日子" in page
        assert "106年2月18日" in page  # the make-up Saturday
        assert "還沒有公布" not in page

    def test_of_a_year_that_is_not_published_are_said_to_be_missing(self, keeper):
        assert "還沒有公布" in keeper.get(reverse("deadlines:calendar_year", args=[2029])).content.decode()
