"""A small city for tests of tracking: the commission, a works agency, a police agency, and one kind of item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.tracking import registry, services
from cityhall.engines.tracking.models import Item, Reply
from cityhall.engines.tracking.registry import Ground
from cityhall.engines.tracking.rules import Review
from cityhall.engines.tracking.states import Verdict
from cityhall.foundation.clock import at as instant

TODAY = date(2026, 11, 16)  # a Monday
NINE = instant(TODAY, 9)
GOOD = Review(answers=True, complete=True)
BESIDE = Review(answers=False, complete=True)


@dataclass
class City:
    """Who there is."""

    rdec: Agency
    works: Agency
    police: Agency
    commission: Person
    coordinator: Person
    police_coordinator: Person


def make_city() -> City:
    """The commission and two agencies, and a kind of item of these tests only."""
    rdec, works, police = (make_agency(code) for code in ("rdec", "works", "police"))
    return City(
        rdec, works, police, make_person(rdec, None, Role.COMMISSION), make_person(works, None, Role.COORDINATOR),
        make_person(police, None, Role.COORDINATOR),
    )  # fmt: skip


def declare() -> None:
    """One kind with letters and a rule of its own."""
    registry.profile(
        "test", "測試", prefix="X", letter=True, grounds=(Ground("done", "已辦理"),),
        propose=lambda grounds: Verdict.RELEASED if "done" in grounds else Verdict.TRACKED,
    )  # fmt: skip


def listed(city: City, *, at: datetime = NINE, **more: Any) -> Item:
    """An item of the works agency."""
    given = {"title": "路面坑洞何時修補", "lead": city.works, **more}
    return services.list_item(profile="test", by=city.commission.account, at=at, **given)


def answered(reply: Reply, city: City, *, at: datetime = NINE, **more: Any) -> Reply:
    """The agency's letter of the day."""
    given = {"text": "已完成修補。", "letter_on": services.day_of(at), "letter_number": "桃工養字第1號", **more}
    return services.answer(reply, by=city.coordinator.account, at=at, **given)


def reviewed(reply: Reply, city: City, found: Review = GOOD, *, at: datetime = NINE, **more: Any) -> Reply:
    """What the commission found."""
    return services.review(reply, found=found, by=city.commission.account, at=at, **more)


def decided(item: Item, city: City, verdict: Verdict, *, at: datetime = NINE, **more: Any) -> Any:
    """What the commission decided."""
    given = {"reason": "已辦理完成", **more}
    return services.record_verdict(item, verdict=verdict, by=city.commission.account, at=at, **given)


def accepted(item: Item, city: City, *, at: datetime = NINE) -> Item:
    """Every agency has answered well."""
    for reply in item.replies.filter(state="ASKED"):
        reviewed(answered(reply, city, at=at), city, at=at)
    item.refresh_from_db()
    return item
