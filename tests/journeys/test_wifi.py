"""Free WiFi in a browser: a citizen on a phone finds a hotspot near them, reports a fault, and the desk sees it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.tests.city import make_category
from cityhall.domains.wifi.tests.city import hotspot
from cityhall.foundation.clock import day_of

from .test_petition import check, go_on

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HERE = {"longitude": 121.3, "latitude": 25.0}
WAYS = [
    pytest.param("", True, id="zh-360"),
    pytest.param("/en", True, id="en-360"),
    pytest.param("", False, id="zh-360-no-script"),
]


def near(citizen: Any, site: str, prefix: str, script: bool) -> None:
    """The list from where the phone is; without script, from a link that holds the place."""
    if not script:
        citizen.goto(f"{site}{prefix}/wifi/?lon={HERE['longitude']}&lat={HERE['latitude']}")
        return
    citizen.context.grant_permissions(["geolocation"])
    citizen.context.set_geolocation(HERE)
    citizen.goto(f"{site}{prefix}/wifi/")
    check(citizen, script)
    citizen.click("[data-geolocate]")
    citizen.wait_for_url(re.compile("near=gps"))


@pytest.mark.parametrize(("prefix", "script"), WAYS)
def test_from_a_phone_to_the_desk(city, site, post, open_as, prefix, script):
    make_category("public_wifi", "公共無線上網故障", city.works)
    now = timezone.now()
    given: dict[str, Any] = {"since": day_of(now) - timedelta(days=9), "at": now, "agency": city.works}
    hotspot("遠處的圖書分館", (121.38, 25.05), **given)
    broken = hotspot("火車站售票大廳", (121.301, 25.0), **given)

    # The citizen finds the nearest one.
    citizen = open_as(width=360, script=script)
    near(citizen, site, prefix, script)
    check(citizen, script)
    first = citizen.locator(".ch-cases li a").first
    assert first.inner_text() == broken.name
    first.click()
    citizen.wait_for_load_state()
    check(citizen, script)

    # It does not work: three questions, for place and category are known.
    citizen.locator("main a.govuk-button").click()
    citizen.wait_for_load_state()
    check(citizen, script)
    assert broken.name in citizen.locator("main").inner_text()
    citizen.fill("[name=text]", "連得上，但是網頁都打不開。")
    go_on(citizen)
    check(citizen, script)
    go_on(citizen)  # no photos
    citizen.fill("[name=name]", "陳小美")
    citizen.check("[name=reply][value=email]")
    citizen.fill("[name=email]", "citizen@mail.example")
    go_on(citizen)
    check(citizen, script)
    assert broken.address in citizen.locator("main").inner_text()
    go_on(citizen)
    letter = next(one for one in reversed(post()) if "citizen@mail.example" in one.to)
    code = re.search(r"\b(\d{6})\b", letter.subject + letter.text)
    assert code
    citizen.fill("[name=code]", code[1])
    go_on(citizen)
    petition = Petition.objects.select_related("case__place", "category").latest("case__pk")
    assert petition.case.number in citizen.locator("main").inner_text()
    assert (petition.category.code, petition.case.place.lon) == ("public_wifi", broken.lon)

    # The next one is told, and the desk has it beside the hotspot.
    citizen.goto(f"{site}{prefix}/wifi/{broken.code}/")
    assert citizen.locator(".govuk-inset-text").count() == 1
    officer = open_as(city.coordinator)
    officer.goto(f"{site}{prefix}/desk/wifi/hotspots/{broken.code}/")
    check(officer, True)
    officer.get_by_role("link", name=petition.case.number).click()
    officer.wait_for_load_state()
    assert petition.case.number in officer.locator("main").inner_text()
