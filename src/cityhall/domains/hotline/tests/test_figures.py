"""What the report counts of calls, with calls that must not count."""

from datetime import date
from decimal import Decimal

import pytest

from cityhall.domains.hotline import figures
from cityhall.domains.hotline.models import Call, Queue
from cityhall.engines.rules.services import set_parameter
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period

pytestmark = pytest.mark.django_db

AUGUST = Period.month(2016, 8)


def call(day=date(2016, 8, 1), outcome="ANSWERED", *, wait=5, topic="", again=False):
    number = Call.objects.count()
    menu = outcome == "MENU"
    return Call.objects.create(
        key=str(number), callid=str(number), queue=None if menu else Queue.objects.get_or_create(code="1999")[0],
        entered_at=instant(day, 9), entered_on=day, half_hour=18, outcome=outcome, wait_s=wait, talk_s=60, topic=topic, again=again,
    )  # fmt: skip


@pytest.fixture
def calls():
    """Five that asked for an operator and two of the menu; others that do not count."""
    call(wait=20, topic="enquiry")
    call(wait=21, topic="enquiry")
    call(day=date(2016, 8, 31), outcome="TRANSFERRED", topic="transfer")
    call(outcome="ABANDONED", wait=3)
    call(outcome="TIMED_OUT", wait=12)
    call(outcome="MENU")
    call(outcome="MENU")
    call(outcome="OPEN")
    call(wait=2, again=True)
    call(day=date(2016, 7, 31))
    call(day=date(2016, 9, 1), outcome="MENU")


class TestCalls:
    def test_are_those_of_the_menu_and_of_operators(self, calls):
        values = [figures.calls(AUGUST, of).value for of in ("", "ivr", "operator")]

        assert values == [7, 2, 5]

    def test_a_month_are_an_average(self, calls):
        assert figures.calls_monthly(Period.parse("2016-08..2016-09")).value == 4


class TestServiceLevel:
    def test_is_of_all_who_asked_and_the_limit_is_in_time(self, calls):
        assert figures.service_level(AUGUST).value == 40

    def test_follows_the_rulebook(self, calls):
        set_parameter(
            "hotline.answer_seconds",
            21,
            valid_from=date(2016, 8, 15),
            source="測試",
            by=None,
            at=instant(date(2016, 8, 1)),
        )

        assert figures.service_level(AUGUST).value == 60

    def test_is_none_of_no_calls(self):
        assert figures.service_level(AUGUST).value is None


class TestTopicShare:
    def test_is_of_the_calls_with_a_topic(self, calls):
        shares = [figures.topic_share(AUGUST, of).value for of in ("enquiry", "petition", "transfer")]

        assert [round(one, 2) for one in shares] == [Decimal("66.67"), 0, Decimal("33.33")]

    def test_as_a_whole_is_how_many_have_one(self, calls):
        assert figures.topic_share(AUGUST).value == 60
