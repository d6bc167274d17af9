"""A month's check ends in a redo that is answered: commission, agency, another of the commission, officer, citizen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cityhall.domains.petitions.models import Petition, QualitySheet
from cityhall.domains.petitions.services import handling
from cityhall.domains.petitions.services.filing import Who
from cityhall.domains.petitions.states import SheetState
from cityhall.domains.petitions.tests.city import opened
from cityhall.engines.cases.states import Status
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.foundation.clock import day_of

from .test_petition import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAYS = [pytest.param("", 1280, id="zh-1280"), pytest.param("/en", 360, id="en-360")]
WHO = Who(name="陳小美", email="checked@mail.example")
CODES = ("promptness", "completeness", "tone", "legality", "plain")


def press(page: Any, label: str) -> None:
    """The page's own button or link of that name, and what it leads to."""
    page.locator("main").get_by_role("button", name=label, exact=True).first.click()
    page.wait_for_load_state()


def answered(city: Any, when: Any) -> Petition:
    """A light reported last month, answered within the hour and in one line."""
    petition, officer = opened(when=when, who=WHO), city.officer.account
    handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=when)
    for stage in (1, 2):
        known = {"outcome": "SOLVED"} if stage == 2 else {}
        handling.draft_reply(Petition.objects.get(pk=petition.pk), text="已處理。", by=officer, at=when, **known)
        reply = handling.submit_reply(Petition.objects.get(pk=petition.pk), by=officer, at=when)
        handling.approve_reply(reply, by=city.chief.account, at=when)
    return Petition.objects.select_related("case").get(pk=petition.pk)


@pytest.mark.parametrize(("prefix", "width"), WAYS)
def test_a_months_check_ends_in_a_redo_that_is_answered(city, site, post, open_as, prefix, width):
    english = bool(prefix)
    here = f"{site}{prefix}/desk/petitions/quality/"
    now = timezone.now()
    colleagues = [city.commission, *(make_person(city.rdec, None, Role.COMMISSION) for _ in range(2))]
    petition = answered(city, now - timedelta(days=day_of(now).day + 5))

    # The commission draws last month and finds its part in the to-do list.
    commission = open_as(city.commission, width=width)
    commission.goto(here)
    check(commission, True)
    press(commission, "Draw this month" if english else "抽出這個月")
    commission.wait_for_selector(".govuk-notification-banner")
    check(commission, True)
    sheet = QualitySheet.objects.get(petition=petition, second=False)

    # The checker scores by keyboard alone; a low mark without its reason comes back.
    checker = open_as(sheet.checker, width=width)
    checker.goto(f"{here}sheets/{sheet.reference}/")
    check(checker, True)
    for code in CODES:
        checker.locator(f"[name=mark_{code}][value='2']").focus()
        checker.keyboard.press("Space")
    checker.keyboard.press("Control+Enter")
    checker.wait_for_selector(".govuk-error-summary")
    check(checker, True)
    for code in CODES:
        checker.fill(f"[name=reason_{code}]", "沒有寫怎麼處理")
    checker.keyboard.press("Control+Enter")
    checker.wait_for_selector(".govuk-notification-banner")
    sheet.refresh_from_db()
    assert (sheet.state, sheet.points) == (SheetState.WANTING, 40)
    assert any(sheet.number in letter.text for letter in post())

    # The agency finds it in its list, reads the sheet and contests.
    agency = open_as(city.coordinator, width=width)
    agency.goto(f"{site}{prefix}/desk/")
    assert petition.case.title in agency.locator("body").inner_text()
    agency.goto(f"{here}sheets/{sheet.reference}/")
    check(agency, True)
    press(agency, "Contest" if english else "申復")
    check(agency, True)
    agency.fill("[name=reason]", "當天就修好了")
    press(agency, "Send" if english else "送出申復")
    agency.wait_for_selector(".govuk-notification-banner")

    # Somebody else decides: it stands.
    readers = set(QualitySheet.objects.filter(petition=petition).values_list("checker", flat=True))
    third = open_as(next(one for one in colleagues if one.pk not in readers), width=width)
    third.goto(f"{here}sheets/{sheet.reference}/")
    press(third, "Decide on the contest" if english else "決定申復")
    check(third, True)
    third.locator("[name=granted][value=no]").check()
    third.fill("[name=decision]", "回復裡沒有寫修了什麼")
    press(third, "Decide and tell the agency" if english else "決定並通知機關")
    third.wait_for_selector(".govuk-notification-banner")
    petition.case.refresh_from_db()
    assert petition.case.status == Status.REOPENED
    assert any(WHO.email in letter.to and petition.case.number in letter.subject for letter in post())

    # The agency assigns it, the officer writes again, the chief approves.
    handling.assign(
        Petition.objects.get(pk=petition.pk), unit=None, officer=city.officer, by=city.coordinator.account,
        at=timezone.now(),
    )  # fmt: skip
    record = f"{site}{prefix}/desk/petitions/{petition.case.reference}/"
    officer = open_as(city.officer, width=width)
    officer.goto(record)
    check(officer, True)
    officer.fill("textarea[name=text]", "您好：路燈的燈泡已在當天下午更換，並檢查了整段線路，11 月底前會再巡一次。")
    officer.select_option("select[name=outcome]", "SOLVED")
    officer.keyboard.press("Control+Enter")
    officer.wait_for_selector(".govuk-notification-banner")
    chief = open_as(city.chief, width=width)
    chief.goto(record)
    chief.locator("button[form=approve]").click()
    chief.wait_for_selector(".govuk-notification-banner")
    petition.case.refresh_from_db()
    assert petition.case.status == Status.REPLIED
    assert any("更換" in letter.text for letter in post() if WHO.email in letter.to)

    # The checker looks at the new answer.
    checker.goto(f"{here}sheets/{sheet.reference}/")
    check(checker, True)
    press(checker, "Look at the new answer" if english else "複查重新回復")
    checker.locator("[name=improved][value=yes]").check()
    checker.locator("main form button.govuk-button").click()
    checker.wait_for_selector(".govuk-notification-banner")
    sheet.refresh_from_db()
    assert sheet.state == SheetState.IMPROVED

    # What the report prints says so, and opens the petition.
    reader = open_as(city.commission, width=width)
    opened_on = petition.case.opened_on
    reader.goto(f"{site}{prefix}/figures/petitions.urgent_to_improve?from={opened_on:%Y-%m}&to={opened_on:%Y-%m}")
    check(reader, True)
    assert petition.case.number in reader.locator("main").inner_text()
