"""A small city for tests of council cases: the commission, two bureaus, a district office, two councillors, a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.test import Client as Browser

from cityhall.domains.council import services
from cityhall.domains.council.models import CouncilItem, Councillor, CouncilSession
from cityhall.domains.council.services import NewItem
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.tracking import services as tracking
from cityhall.engines.tracking.rules import Review
from cityhall.engines.tracking.states import Verdict
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of

TODAY = date(2026, 11, 16)  # a Monday
NINE = instant(TODAY, 9)
FOUNDED = instant(date(2015, 1, 5), 9)


@dataclass
class City:
    """Who and what there is."""

    rdec: Agency
    works: Agency
    police: Agency
    district: Agency
    commission: Person
    coordinator: Person
    liaison: Person
    district_coordinator: Person
    session: CouncilSession
    chen: Councillor
    lin: Councillor


def make_city() -> City:
    """Everything that a council case needs."""
    rdec, works, police = (make_agency(code) for code in ("rdec", "works", "police"))
    district = make_agency("district", kind=AgencyKind.DISTRICT_OFFICE)
    who: dict[str, Any] = {"by": None, "at": FOUNDED}
    session = services.add_session(
        term=4, kind="REGULAR", n=4, starts_on=date(2026, 10, 1), ends_on=date(2026, 12, 15), **who
    )
    chen, lin = (
        services.add_councillor(name=name, party="晨光黨", constituency="第1選區", starts_on=date(2015, 1, 1), **who)
        for name in ("陳示範", "林示範")
    )
    return City(
        rdec, works, police, district, make_person(rdec, None, Role.COMMISSION), make_person(works, None, Role.COORDINATOR),
        make_person(works, None, Role.COUNCIL_LIAISON), make_person(district, None, Role.COORDINATOR), session, chen, lin,
    )  # fmt: skip


def listed(city: City, day: date = TODAY, **more: Any) -> CouncilItem:
    """A question of councillor Chen to the works agency, listed on a day."""
    given: dict[str, Any] = {
        "kind": "總質詢", "title": "路面坑洞何時修補", "lead": city.works, "raised_on": day, "askers": [city.chen],
        "session": city.session, **more,
    }  # fmt: skip
    return services.list_item(NewItem(**given), by=city.commission.account, at=instant(day, 9))


def replied(city: City, item: CouncilItem, day: date = TODAY, *, poor: bool = False) -> CouncilItem:
    """Every agency that is asked answers on a day, and the commission reviews it then."""
    at = instant(day, 10)
    for reply in item.tracked.replies.filter(state="ASKED"):
        done = tracking.answer(
            reply, text="已完成。", letter_on=day, letter_number="桃工字第1號", by=city.coordinator.account, at=at
        )
        found, remark = Review(answers=not poor, complete=True), "答非所問" if poor else ""
        tracking.review(done, found=found, remark=remark, by=city.commission.account, at=at)
    return item


def decided(city: City, item: CouncilItem, verdict: Verdict, day: date = TODAY) -> CouncilItem:
    """The verdict of a day."""
    tracking.record_verdict(
        item.tracked, verdict=verdict, reason="依列管原則", by=city.commission.account, at=instant(day, 11)
    )
    return item


def inspected(city: City, day: date = TODAY, *, agency: Agency | None = None, at: datetime | None = None) -> Any:
    """A joint inspection held on a day."""
    return services.register_inspection(
        agency=agency or city.works, held_on=day, matter="人行道破損", place="示範路1號", councillors=[city.chen],
        by=city.coordinator.account, at=at or instant(max(day, day_of(NINE)), 14),
    )  # fmt: skip


def signed_in(who: Person) -> Browser:
    """A browser of somebody who signed in with a second factor."""
    browser = Browser()
    browser.force_login(who.account)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser
