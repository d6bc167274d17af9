"""A repeat is proposed, listed, declined with its notice, and a new cause opened: officer, head, citizen and desk."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from cityhall.domains.petitions.models import Petition, Restriction
from cityhall.domains.petitions.services.filing import Who
from cityhall.domains.petitions.tests.city import LEAVES, opened, write_twice
from cityhall.engines.cases.states import Status

from .test_petition import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAYS = [pytest.param("", 1280, id="zh-1280"), pytest.param("/en", 360, id="en-360")]
WHO = Who(name="陳小美", email="insists@mail.example")


def press(page: Any, label: str) -> None:
    """The page's own button of that name, and what it leads to."""
    page.locator("main").get_by_role("button", name=label, exact=True).first.click()
    page.wait_for_load_state()


@pytest.mark.parametrize(("prefix", "width"), WAYS)
def test_a_repeat_is_listed_declined_and_a_new_cause_opened(city, site, post, open_as, prefix, width):
    english = bool(prefix)
    register = f"{site}{prefix}/desk/petitions/restrictions/"
    answered, second = write_twice(city, WHO, when=timezone.now())

    # The officer proposes from the record; what is known is filled in.
    officer = open_as(city.officer, width=width)
    officer.goto(f"{site}{prefix}/desk/petitions/{second.case.reference}/restrict/")
    check(officer, True)
    officer.fill("[name=words]", "落葉")
    officer.fill("[name=because]", "已說明清掃的安排")
    officer.locator("button[form=act]").click()
    officer.wait_for_selector(".govuk-notification-banner")
    restriction = Restriction.objects.get()
    assert restriction.answer.case == answered.case

    # The head of the agency finds it in the to-do list, reads what it rests on, and approves.
    head = open_as(city.head, width=width)
    head.goto(f"{site}{prefix}/desk/")
    assert restriction.matter in head.locator("body").inner_text()
    head.goto(f"{register}{restriction.reference}/")
    check(head, True)
    press(head, "Approve the listing" if english else "核定列管")
    check(head, True)
    press(head, "Approve and tell the citizen" if english else "核定並通知民眾")
    head.wait_for_selector(".govuk-notification-banner")
    notice = next(one for one in reversed(post()) if WHO.email in one.to)
    assert "申訴" in notice.text

    # The citizen writes again: registered, answered with the earlier answer, not dispatched.
    petition = Petition.objects.get(pk=opened(LEAVES, when=timezone.now(), who=WHO).pk)
    assert petition.case.status == Status.NOT_PROCESSED
    letter = next(one for one in reversed(post()) if petition.case.number in one.subject)
    assert "已排定每週清掃一次。" in letter.text

    # The commission sees it in the register; the desk finds that it is something new, with one click.
    commission = open_as(city.commission, width=width)
    commission.goto(register)
    check(commission, True)
    commission.get_by_role("link", name=restriction.number).click()
    commission.wait_for_load_state()
    check(commission, True)
    desk = open_as(city.dispatcher, width=width)
    desk.goto(f"{site}{prefix}/desk/petitions/{petition.case.reference}/")
    check(desk, True)
    desk.get_by_role(
        "button", name="This is something new: dispatch it" if english else "這是新的事由，照常派案"
    ).click()
    desk.wait_for_selector(".govuk-notification-banner")
    petition.case.refresh_from_db()
    assert petition.case.status == Status.ASSIGNED
    assert petition.case.agency == city.works
