"""A small city for tests of telephone tests: the commission with two testers, a works agency, a district office, a body
that is not the city's, cards, and a month's plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.test import Client as Browser

from cityhall.domains.phone_tests import services
from cityhall.domains.phone_tests.models import CallPlan, PhoneTest
from cityhall.domains.phone_tests.states import CallState, Window
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.directory.tests.factories import make_agency, make_person, make_unit
from cityhall.engines.rules.models import ParameterValue
from cityhall.engines.scoring.rules import Mark
from cityhall.foundation.clock import at as instant

MONTH = date(2026, 11, 1)
TODAY = date(2026, 11, 16)  # a Monday
NINE = instant(TODAY, 9, 14)
FOUNDED = instant(MONTH, 7)
HOURS = {Window.MORNING: (9, 5), Window.LUNCH: (12, 40), Window.AFTERNOON: (14, 30)}
GOOD = {"speed": Mark(5), "manner": Mark(4), "correct": Mark(4)}  # 84
BAD = {"speed": Mark(5), "manner": Mark(4), "correct": Mark(2, "應備文件少說兩項")}  # 68


@dataclass
class City:
    """Who and what there is."""

    rdec: Agency
    works: Agency
    district: Agency
    outside: Agency
    lights: Unit
    tester: Person
    other_tester: Person
    commission: Person
    coordinator: Person
    other_coordinator: Person


def make_city() -> City:
    """Everything that a month of tests needs."""
    rdec = make_agency("rdec", name="研究發展考核委員會", short_name="研考會")
    works = make_agency("works", name="養護工程處", short_name="養工處", phone="03-0000-1650")
    district = make_agency(
        "taoyuan", kind=AgencyKind.DISTRICT_OFFICE, name="桃園區公所", short_name="桃園區公所", phone="03-0000-2000"
    )
    outside = make_agency(
        "power", kind=AgencyKind.OUTSIDE_BODY, name="電力公司", short_name="電力公司", phone="03-0000-5000"
    )
    lights = make_unit(works, "lights", name="路燈管理科", phone="03-0000-1651")
    make_unit(works, "accounting", name="會計室")
    make_unit(district, "works", name="工務課")
    city = City(
        rdec, works, district, outside, lights, make_person(rdec, None, Role.TESTER),
        make_person(rdec, None, Role.TESTER), make_person(rdec, None, Role.COMMISSION),
        make_person(works, None, Role.COORDINATOR), make_person(district, None, Role.COORDINATOR),
    )  # fmt: skip
    for code, agency in (("A1", None), ("A2", None), ("D1", district)):
        services.add_card(
            code=code, topic="PROCEDURE", question="請問要帶什麼證件？", answer="身分證、印章。", agency=agency,
            valid_from=MONTH, by=None, at=FOUNDED,
        )  # fmt: skip
    return city


def set_parameter(key: str, value: object, since: date = MONTH) -> None:
    """Another value from a day on, that day being past."""
    ParameterValue.objects.create(
        key=f"phone_tests.{key}", value=value, valid_from=since, source="測試", set_at=FOUNDED
    )


def drawn(*, size: int = 10, seed: str = "test", month: date = MONTH) -> CallPlan:
    """A month's plan of a few calls."""
    set_parameter("monthly_calls", size, month)
    return services.draw(month, by=None, at=instant(month, 7), seed=seed)


def when(test: PhoneTest, day: date = TODAY) -> datetime:
    """An instant of that day in the test's part of it."""
    return instant(day, *HOURS[Window(test.window)])


def scored(test: PhoneTest, marks: dict[str, Mark] = GOOD, *, day: date = TODAY) -> PhoneTest:
    """The test's own tester calls and scores."""
    at = when(test, day)
    return services.score(test, marks=marks, called_at=at, by=test.tester.account, at=at + timedelta(minutes=5))


def unanswered(test: PhoneTest, *, day: date = TODAY, tries: int = 3) -> PhoneTest:
    """Nobody picks up, however often."""
    for n in range(tries):
        at = when(test, day + timedelta(days=n))
        test = services.reached_nobody(test, trouble="NO_ANSWER", called_at=at, by=test.tester.account, at=at)
    return test


def waiting(plan: CallPlan, **more: object) -> list[PhoneTest]:
    """The calls that are still to be made."""
    return list(
        plan.tests.filter(state=CallState.WAITING, **more).select_related("tester__account", "plan").order_by("pk")
    )


def signed_in(who: Person) -> Browser:
    """A browser of somebody who signed in with a second factor."""
    browser = Browser()
    browser.force_login(who.account)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser
