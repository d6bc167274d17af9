"""A city with boundaries, four layers of each kind of right, and clients, for tests."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.test import Client as Browser

from cityhall.domains.spatial import services
from cityhall.domains.spatial.models import Client, Layer
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.identity.clients import Quota
from cityhall.engines.layers import registry
from cityhall.engines.layers.tests import little
from cityhall.engines.places.tests import city as places
from cityhall.foundation.clock import at as instant

TODAY = date(2026, 11, 2)
NINE = instant(TODAY, 9)
WHO: dict[str, Any] = {"by": None, "at": NINE}
numbers = itertools.count(1)


@dataclass
class City:
    """Who and what there is."""

    works: Agency
    commission: Person
    officer: Person
    public: Layer
    government: Layer
    named: Layer


def listed(code: str, agency: Agency, **more: Any) -> Layer:
    """A layer in the catalogue."""
    given: dict[str, Any] = {
        "title": f"圖資{code}", "title_en": f"Layer {code}", "theme": "BOUNDARIES", "agency": agency, "rights": "PUBLIC",
        "licence": "OPEN", "dated_on": date(2026, 1, 1), "upkeep": "YEARLY", **WHO, **more,
    }  # fmt: skip
    if given["rights"] != "PUBLIC":
        given["licence"] = "INTERNAL"
    return services.list_layer(code, **given)


def client(agency: Agency, name: str = "", *, quota: Quota = Quota(1000, 100_000), **more: Any) -> tuple[Client, str]:  # noqa: B008
    """A client with its key."""
    given: dict[str, Any] = {
        "kind": "SYSTEM", "name": name or f"系統{next(numbers)}", "agency": agency, "contact": None, "purpose": "派案定位",
        "starts_on": TODAY, "ends_on": None, **WHO, **more,
    }  # fmt: skip
    return services.add_client(quota=quota, **given)


def make_city() -> City:
    """Boundaries in force; `villages` public, `little` for the government, `secret` for named clients."""
    places.make(NINE)
    rdec, works = make_agency("rdec"), make_agency("works")
    for code in ("little", "secret"):
        registry.declare(little.source(code, time="day"))
    return City(
        works,
        make_person(rdec, None, Role.COMMISSION),
        make_person(works, None, Role.OFFICER),
        listed("villages", works),
        listed("little", works, rights="GOVERNMENT"),
        listed("secret", works, rights="NAMED"),
    )


def clean() -> None:
    """Forget the layers that only this city has."""
    for code in ("little", "secret"):
        registry.sources.pop(code, None)


def signed_in(who: Person) -> Browser:
    """A browser of somebody who signed in with a second factor."""
    browser = Browser()
    browser.force_login(who.account)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser


def key(plain: str) -> dict[str, str]:
    """The header of a key."""
    return {"Authorization": f"Bearer {plain}"}
