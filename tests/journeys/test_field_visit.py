"""A field visit on a telephone: what is typed survives a lost connection; a photo; what is wanting goes to the agency."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cityhall.domains.projects import reviewing
from cityhall.domains.projects.tests.making import listed, make_city
from cityhall.engines.files.tests.test_store import picture
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.gatherings.states import PointKind
from cityhall.foundation.clock import day_of

from .test_petition import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WANTING = "鷹架踏板沒有固定"


def test_what_is_typed_on_a_telephone_survives_a_lost_connection(
    transactional_db: Any, site: str, open_as: Any
) -> None:
    city, now = make_city(), timezone.now()
    project, by = listed(agency=city.works, on=day_of(now)), city.commission.account
    visit = gatherings.plan(
        profile=reviewing.SITE_VISIT, title="中路圖書館實地查證", host=city.rdec, owner=city.commission,
        year=day_of(now).year, venue="工地", starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1), by=by, at=now,
    )  # fmt: skip
    gatherings.add_point(
        visit, kind=PointKind.REPORT, title=project.plan.name, agency=city.works, about=project, by=by, at=now
    )
    holding.hold(visit, held_on=day_of(visit.starts_at), came={}, by=by, at=now)
    here = f"{site}/desk/gatherings/{visit.reference}/"
    phone = open_as(city.commission, width=360)
    phone.goto(f"{here}checklist/")
    check(phone, True)

    # On the site the connection is lost while somebody writes: nothing is sent, nothing is lost.
    lines = list(visit.declared.lines)
    names = [line.replace(".", "__") for line in lines]
    for name in names[1:]:
        phone.check(f"[name=verdict_{name}][value=GOOD]")
    phone.check(f"[name=verdict_{names[0]}][value=WANTING]")
    phone.fill(f"[name=note_{names[0]}]", WANTING)
    phone.context.set_offline(True)
    save = phone.get_by_role("button", name="存查核表")
    save.click()
    phone.wait_for_function("document.querySelector('[data-keep-note]').textContent.includes('連不上系統')")
    assert not visit.marks.exists()
    assert phone.input_value(f"[name=note_{names[0]}]") == WANTING

    # The browser is closed on the way; with a connection the page has every word again, and it is saved.
    phone.context.set_offline(False)
    phone.goto(f"{site}/desk/")
    phone.goto(f"{here}checklist/")
    assert phone.input_value(f"[name=note_{names[0]}]") == WANTING
    phone.get_by_role("button", name="存查核表").click()
    phone.wait_for_url("**/checklist/?kept=yes")
    assert visit.marks.count() == len(lines)
    assert phone.evaluate("Object.keys(localStorage).filter(key => key.startsWith('cityhall.kept:visit')).length") == 0

    # A photo that remembers where it was taken.
    phone.set_input_files(
        "[name=photo]", {"name": "site.jpg", "mimeType": "image/jpeg", "buffer": picture(gps=True).getvalue()}
    )
    phone.fill("[name=caption]", "踏板")
    phone.get_by_role("button", name="上傳照片").click()
    phone.wait_for_url("**/checklist/?kept=photo*")
    check(phone, True)
    assert "北緯24.99333度" in phone.locator("#photos ~ ul").first.inner_text()

    # What is wanting goes to the agency and is followed.
    phone.goto(f"{here}findings/")
    check(phone, True)
    phone.select_option("[name=agency]", "works")
    due = day_of(now) + timedelta(days=14)
    for part, value in (("year", due.year - 1911), ("month", due.month), ("day", due.day)):
        phone.fill(f"[name=due_on_{part}]", str(value))
    phone.locator("main form button.govuk-button").first.click()
    phone.wait_for_selector(".govuk-notification-banner")
    assert WANTING in phone.locator("main").inner_text()
    assert "工務局" in phone.locator("main").inner_text()
    assert visit.outcomes.get().line == lines[0]
