"""A small city for tests of gatherings: the commission, a works agency, two kinds of gathering of the tests' own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.test import Client as Browser

from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.gatherings import holding, services
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.gatherings.rules import Came
from cityhall.engines.gatherings.states import Part, Presence
from cityhall.foundation.clock import at as instant

TODAY = date(2026, 11, 16)  # a Monday
NOW = instant(TODAY, 9)
MEETS = instant(date(2026, 11, 20), 14)


@dataclass
class City:
    """Who there is."""

    rdec: Agency
    works: Agency
    commission: Person
    coordinator: Person
    stranger: Person


def make_city() -> City:
    """The commission and the agency that it invites; another one that is not."""
    rdec = make_agency("rdec", name="研究發展考核委員會", short_name="研考會")
    works = make_agency("works", name="養護工程處", short_name="養工處")
    other = make_agency("other", name="觀光旅遊局", short_name="觀旅局")
    return City(
        rdec, works, make_person(rdec, None, Role.COMMISSION), make_person(works, None, Role.COORDINATOR),
        make_person(other, None, Role.COORDINATOR),
    )  # fmt: skip


def planned(city: City, *, profile: str = "meeting", starts_at: datetime = MEETS, **more: Any) -> Gathering:
    """One in preparation."""
    facts: dict[str, Any] = {"title": "路平專案檢討會議", "venue": "市府12樓會議室", "year": 2026, "host": city.rdec}
    return services.plan(
        profile=profile, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), owner=city.commission,
        by=city.commission.account, at=NOW, **{**facts, **more},
    )  # fmt: skip


def invited(city: City, **more: Any) -> Gathering:
    """One that was announced to a chair and to the works agency, whose head is to come."""
    one = planned(city, **more)
    by = city.commission.account
    services.put_on_list(one, part=Part.CHAIR, name="王副市長", email="chair@mail.example", by=by, at=NOW)
    services.put_on_list(one, part=Part.HEAD, agency=city.works, by=by, at=NOW)
    services.invite(one, by=by, at=NOW)
    one.refresh_from_db()
    return one


def held(city: City, **more: Any) -> Gathering:
    """One that took place the day after it was to: the chair came, the head sent somebody."""
    one = invited(city, **more)
    came = {1: (Came(Presence.PRESENT), ""), 2: (Came(Presence.DEPUTY, 2, "出國考察"), "陳副處長")}
    at = one.starts_at + timedelta(hours=3)
    return holding.hold(one, held_on=at.date(), came=came, by=city.commission.account, at=at)


def signed_in(who: Person) -> Browser:
    """A browser of somebody who signed in with a second factor."""
    browser = Browser()
    browser.force_login(who.account)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser
