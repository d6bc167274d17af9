"""Hotspots in a little city of two districts, for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.test import Client as Browser

from cityhall.domains.wifi import services
from cityhall.domains.wifi.models import Hotspot
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.foundation.clock import at as instant

TODAY = date(2017, 2, 28)
NINE = instant(TODAY, 9)
WHO: dict[str, Any] = {"by": None, "at": NINE}
WEST, EAST, OUTSIDE = (121.27, 24.97), (121.33, 24.97), (121.6, 25.1)


def hotspot(name: str = "市府大廳", spot: tuple[float, float] = WEST, **more: Any) -> Hotspot:
    """A hotspot of the city in 桃園區, open since the year's first day."""
    given: dict[str, Any] = {
        "operator": "桃園市政府", "kind": "OFFICE", "address": f"桃園市桃園區中山路{len(name)}號", "lon": spot[0], "lat": spot[1],
        "since": date(2017, 1, 1), **WHO, **more,
    }  # fmt: skip
    return services.add_hotspot(name=name, **given)


def commission() -> Person:
    """Somebody who keeps the list."""
    return make_person(make_agency("rdec"), None, Role.COMMISSION)


def officer() -> Person:
    """Somebody who reads it."""
    return make_person(make_agency("works"), None, Role.OFFICER)


def signed_in(who: Person) -> Browser:
    """A browser of somebody who signed in with a second factor."""
    browser = Browser()
    browser.force_login(who.account)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser
