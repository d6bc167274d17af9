"""A council item, end to end: a poor reply comes back, is answered anew, released, seen by a councillor on a telephone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cityhall.domains.council import figures, readers
from cityhall.domains.council.models import CouncilItem
from cityhall.domains.council.tests import city as council
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period

from .test_petition import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LETTER = "桃工字第1150001號"
BUTTON = "main form[method=post] button.govuk-button:not(.govuk-button--secondary):not([type=button])"


@pytest.fixture
def city(transactional_db: Any) -> council.City:
    return council.make_city()


def send(page: Any, **values: str) -> None:
    """Fill in the page's form and press its first button."""
    for name, value in values.items():
        page.fill(f"main [name={name}]", value)
    with page.expect_navigation():
        page.locator(BUTTON).first.click()


def choose(page: Any, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"main [name={name}][value={value}]").check()


def test_a_poor_reply_is_answered_anew_and_seen_by_the_councillor(city, site, post, open_as):
    now = timezone.now()
    today = day_of(now)
    period = Period(today, today)
    day = {"letter_on_year": str(today.year), "letter_on_month": str(today.month), "letter_on_day": str(today.day)}
    readers.add(name="服務處", email="office@council.example", councillor=city.chen, by=city.commission.account, at=now)

    # The commission lists a question of today.
    commission = open_as(city.commission)
    commission.goto(f"{site}/desk/council/items/new/")
    commission.select_option("[name=kind]", "總質詢")
    commission.select_option("[name=lead]", "works")
    send(
        commission, title="中路里路面坑洞何時修補", text="已反映三次。", askers="陳示範", raised_on_year=str(today.year),
        raised_on_month=str(today.month), raised_on_day=str(today.day),
    )  # fmt: skip
    item = CouncilItem.objects.get()
    here = f"{site}/desk/tracked/{item.tracked.reference}/"

    # The agency answers beside the question; it is returned, and answered anew.
    agency = open_as(city.liaison)
    for text, answers in (("感謝指教，持續努力。", "no"), ("已於今天上午補平，並改善排水。", "yes")):
        agency.goto(here)
        with agency.expect_navigation():
            agency.get_by_role("button", name="函復", exact=True).click()
        send(agency, text=text, letter_number=LETTER, **day)
        commission.goto(here)
        with commission.expect_navigation():
            commission.get_by_role("button", name="審核works的函復", exact=True).click()
        choose(commission, answers=answers, complete="yes", promise="NONE")
        send(commission, remark="" if answers == "yes" else "沒有說明何時修補")
    assert figures.poor_replies(period).value == 1

    # It is decided by the principles of control.
    commission.goto(f"{here}decide/")
    choose(commission, grounds="DONE")
    send(commission, reason="已修補完成")
    check(commission, True)
    item.tracked.refresh_from_db()
    assert item.tracked.decided == "RELEASED"

    # The councillor's office gets a link and finds it on a telephone, without a script.
    phone = open_as(width=360, script=False)
    phone.goto(f"{site}/council/")
    send(phone, email="office@council.example")
    letter = next(one for one in reversed(post()) if "/council/link/" in one.text)
    phone.goto(site + re.search(r"/council/link/\S+/", letter.text)[0])
    send(phone)
    send_search(phone, "坑洞")
    with phone.expect_navigation():
        phone.get_by_role("link", name="中路里路面坑洞何時修補").click()
    page = phone.locator("main").inner_text()
    assert all(word in page for word in ("解除追蹤", "已於今天上午補平", LETTER))
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360

    # Figure and report have moved.
    assert (figures.listed(period).value, figures.released(period).value) == (1, 1)
    span = f"from={today - timedelta(days=1)}&to={today}"
    anybody = open_as()
    anybody.goto(f"{site}/figures/council.released?{span}")
    assert item.tracked.number in anybody.locator("main").inner_text()
    anybody.goto(f"{site}/report/1.1.3/?{span}")
    assert "100%" in anybody.locator("main").inner_text()


def send_search(page: Any, words: str) -> None:
    """The search box of the look-up."""
    page.fill("[name=q]", words)
    with page.expect_navigation():
        page.locator("form[role=search] button").click()
