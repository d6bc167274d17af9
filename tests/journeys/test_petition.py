"""One petition's whole way in a browser: from a citizen's words to a figure in the report."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cityhall.domains.petitions.models import Petition

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = "中山路 200 號前路燈不亮三天了"
WAYS = [
    pytest.param("", 1280, True, id="zh-1280"),
    pytest.param("", 360, True, id="zh-360"),
    pytest.param("/en", 1280, True, id="en-1280"),
    pytest.param("/en", 360, True, id="en-360"),
    pytest.param("", 360, False, id="zh-360-no-script"),
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def check(page: Any, script: bool) -> None:
    """No axe violation, no foreign host, no sideways scrolling; every page of the way is looked at."""
    if not script:
        return
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, page.url + "\n" + found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), page.url


def go_on(page: Any) -> None:
    """Press the page's own first button."""
    page.locator("main form button.govuk-button:not(.govuk-button--secondary)").first.click()
    page.wait_for_load_state()


@pytest.mark.parametrize(("prefix", "width", "script"), WAYS)
def test_from_words_to_the_report(city, site, post, open_as, prefix, width, script):
    citizen = open_as(width=width, script=script)
    figure = f"{site}{prefix}/figures/petitions.received"
    citizen.goto(figure)
    before = int(re.sub(r"\D", "", citizen.locator(".fg-head .v").first.inner_text()) or 0)

    # The citizen files it, one question a page.
    citizen.goto(f"{site}{prefix}/petitions/new/")
    check(citizen, script)
    citizen.fill("[name=text]", WORDS)
    go_on(citizen)
    check(citizen, script)
    citizen.locator("details:has([name=lon]) summary").click()
    citizen.fill("[name=lon]", "121.3")
    citizen.fill("[name=lat]", "25.0")
    go_on(citizen)
    check(citizen, script)
    go_on(citizen)  # no photos
    check(citizen, script)
    citizen.fill("[name=name]", "陳小美")
    citizen.check("[name=reply][value=email]")
    citizen.fill("[name=email]", "citizen@mail.example")
    go_on(citizen)
    check(citizen, script)
    assert "陳小美" in citizen.locator("main").inner_text()
    go_on(citizen)
    check(citizen, script)

    # The code comes by real mail.
    letter = next(one for one in reversed(post()) if "citizen@mail.example" in one.to)
    code = re.search(r"\b(\d{6})\b", letter.subject + letter.text)
    assert code
    citizen.fill("[name=code]", code[1])
    go_on(citizen)
    check(citizen, script)
    petition = Petition.objects.select_related("case").latest("case__pk")
    assert petition.case.number in citizen.locator("main").inner_text()
    assert petition.case.agency == city.works

    # The 研考窗口 assigns, the officer replies, the 單位主管 approves: twice, as it is urgent.
    record = f"{site}{prefix}/desk/petitions/{petition.case.reference}/"
    coordinator = open_as(city.coordinator)
    coordinator.goto(record)
    check(coordinator, True)
    coordinator.select_option("#other [name=officer]", city.officer.code)
    coordinator.locator("#other button").click()
    coordinator.wait_for_selector(".govuk-notification-banner")
    officer, chief = open_as(city.officer), open_as(city.chief)
    for stage, words in ((1, "已派員查看，明日修復。"), (2, "路燈已修復，夜間測試正常。")):
        officer.goto(record)
        check(officer, True)
        officer.fill("#reply [name=text]", words)
        if stage == 2:
            officer.select_option("#reply [name=outcome]", "SOLVED")
        officer.locator("button[formaction$='/submit/']").click()
        officer.wait_for_selector(".govuk-notification-banner")
        chief.goto(record)
        check(chief, True)
        chief.locator("button[form=approve]").click()
        chief.wait_for_selector(".govuk-notification-banner")
    petition.case.refresh_from_db()
    assert petition.case.status == "REPLIED"

    # The citizen sees the answer and rates it.
    assert any("夜間測試正常" in one.text for one in post())
    citizen.goto(f"{site}{prefix}/petitions/follow/")
    check(citizen, script)
    if citizen.locator("[name=number]").count():
        citizen.fill("[name=number]", petition.case.number)
        citizen.fill("[name=code]", petition.case.tracking_code)
        go_on(citizen)
    else:
        citizen.goto(f"{site}{prefix}/petitions/follow/{petition.case.reference}/")
    check(citizen, script)
    assert "夜間測試正常" in citizen.locator("main").inner_text()
    citizen.goto(f"{site}{prefix}/petitions/follow/{petition.case.reference}/rate/")
    check(citizen, script)
    citizen.check("[name=score][value='5']")
    if citizen.locator("[name=solved]").count():
        citizen.locator("[name=solved]").first.check()
    go_on(citizen)
    assert petition.case.ratings.get().score == 5

    # The figure has risen by one and lists that row; the report shows it.
    citizen.goto(figure)
    check(citizen, script)
    after = int(re.sub(r"\D", "", citizen.locator(".fg-head .v").first.inner_text()))
    assert after == before + 1
    assert petition.case.number in citizen.locator("main").inner_text()
    assert "陳小美" not in citizen.content()
    citizen.goto(f"{site}{prefix}/report/")
    assert citizen.locator("a[href*='petitions.received']").count() >= 1
