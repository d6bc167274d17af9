"""A project with half a year's plan, proposed and listed; a commission and an agency around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client as Browser

from cityhall.domains.projects import services
from cityhall.domains.projects.models import Project
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.directory.tests.factories import make_agency, make_person, make_unit
from cityhall.engines.milestones.rules import Milestone, Reported, Stage, end_of, first_of, months_later
from cityhall.engines.milestones.services import Line
from cityhall.foundation.clock import at as instant

PLANNED = (10, 20, 40, 60, 80, 100)


def plan_from(day: date) -> dict[str, Any]:
    """Milestones and months of half a year from a day's month on."""
    first = first_of(day)
    return {
        "milestones": [
            Milestone("award", end_of(first), None, Stage.BEFORE, "決標"),
            Milestone("half", end_of(months_later(first, 2)), None, Stage.WORKS, "進度過半"),
            Milestone("accept", end_of(months_later(first, 5)), None, Stage.AFTER, "驗收"),
        ],
        "months": [(months_later(first, n), Decimal(share), share * 500_000) for n, share in enumerate(PLANNED)],
    }


def proposed(*, agency: Agency, on: date, unit: Unit | None = None, **more: Any) -> Project:
    """A works project of fifty million, proposed on a day for its year."""
    given = {
        "name": "中路圖書館新建工程", "works": True, "total_budget": 50_000_000, "year": on.year, **plan_from(on), **more,
    }  # fmt: skip
    return services.propose(agency=agency, unit=unit, by=None, at=instant(on, 9), **given)


def listed(*, agency: Agency, on: date, unit: Unit | None = None, **more: Any) -> Project:
    """The same, listed on that day."""
    project = proposed(agency=agency, on=on, unit=unit, **more)
    return services.select(project, on=on, reason="達門檻", by=None, at=instant(on, 10))


def reported(project: Project, n: int, percent: object, on: date, **more: Any) -> int:
    """The n-th month of its plan, reported on a day."""
    first = project.plan.baselines.get(number=1).months.first().month
    money = {key: more.pop(key) for key in ("paid", "unpaid", "retained", "surplus") if key in more}
    given = Reported(Decimal(str(percent)), reason="連日下雨", measure="加派工班", **money)
    line = Line(project.plan, months_later(first, n - 1), given)
    made, refused = services.report_months([line], by=None, at=instant(on, 9))
    assert not refused, refused
    return made


@dataclass
class City:
    """The commission, a works agency with a unit, and a district office."""

    rdec: Agency
    works: Agency
    district: Agency
    roads: Unit
    commission: Person
    officer: Person
    coordinator: Person
    other: Person


def make_city() -> City:
    """Who and what there is."""
    rdec = make_agency("rdec", name="研究發展考核委員會", short_name="研考會")
    works = make_agency("works", name="工務局", short_name="工務局")
    district = make_agency("taoyuan", kind=AgencyKind.DISTRICT_OFFICE, name="桃園區公所", short_name="桃園區公所")
    roads = make_unit(works, "roads", name="新建工程科")
    return City(
        rdec, works, district, roads, make_person(rdec, None, Role.COMMISSION), make_person(works, roads, Role.OFFICER),
        make_person(works, None, Role.COORDINATOR), make_person(district, None, Role.COORDINATOR),
    )  # fmt: skip


def signed_in(who: Person) -> Browser:
    """A browser of somebody who signed in with a second factor."""
    browser = Browser()
    browser.force_login(who.account)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser


def days_after(day: date, n: int) -> date:
    """So many days later."""
    return day + timedelta(days=n)
