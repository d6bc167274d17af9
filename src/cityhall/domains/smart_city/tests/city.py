"""A small programme for tests: three sub-projects of two agencies in two facets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.test import Client as Browser

from cityhall.domains.projects.public import propose, select
from cityhall.domains.smart_city import services
from cityhall.domains.smart_city.models import Award, Indicator, SubProject
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.milestones.rules import Milestone, Stage, months_later
from cityhall.foundation.clock import at as instant

TODAY = date(2017, 2, 20)
NINE = instant(TODAY, 9)
BEGAN = date(2016, 1, 1)


@dataclass
class City:
    """Who there is."""

    works: Agency
    police: Agency
    commission: Person
    coordinator: Person
    other: Person


def make_city() -> City:
    """The commission and two agencies."""
    rdec, works, police = (make_agency(code) for code in ("rdec", "works", "police"))
    return City(
        works, police, make_person(rdec, None, Role.COMMISSION), make_person(works, None, Role.COORDINATOR),
        make_person(police, None, Role.COORDINATOR),
    )  # fmt: skip


def sub_project(agency: Agency, facet: str = "governance", *, on: date = BEGAN, **more: Any) -> SubProject:
    """A sub-project of half a year, listed on a day."""
    first = on.replace(day=1)
    given: dict[str, Any] = {
        "profile": "smart-city", "name": "智慧路燈", "works": False, "total_budget": 5_000_000, "year": on.year,
        "facets": {"facet": facet}, "milestones": [Milestone("award", months_later(first, 1), None, Stage.BEFORE, "決標")],
        "months": [(months_later(first, n), Decimal(20 * n), n * 1_000_000) for n in range(6)], **more,
    }  # fmt: skip
    made = propose(agency=agency, by=None, at=instant(on, 9), **given)
    select(made, on=on, reason="納入旗艦計畫", by=None, at=instant(on, 10))
    return SubProject._base_manager.get(pk=made.pk)


def indicator(project: SubProject, *, lower: bool = False, name: str = "智慧路燈盞數", **planned: int) -> Indicator:
    """An indicator with its planned values: y2016=100."""
    values = {int(year[1:]): Decimal(value) for year, value in (planned or {"y2016": 100, "y2017": 300}).items()}
    return services.add_indicator(
        project, name=name, unit="盞", lower=lower, planned=values, by=None, at=instant(BEGAN, 12)
    )


def award() -> Award:
    """An award of this year."""
    return services.enter_award(name="全球智慧城市評比", year=2017, by=None, at=NINE)


def signed_in(who: Person) -> Browser:
    """A browser of somebody who signed in with a second factor."""
    browser = Browser()
    browser.force_login(who.account)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser
