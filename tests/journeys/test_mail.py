"""An e-mail's whole way: a ministry forwards what a citizen wrote in Big5; the answer goes to both of them."""

from __future__ import annotations

import re
import smtplib
from typing import Any

import pytest
from django.utils import timezone

from cityhall.domains.petitions.models import Petition, Referral
from cityhall.engines.deadlines import queries as deadlines
from cityhall.engines.directory.models import Agency
from cityhall.engines.mailbox.door import MailDoor
from cityhall.engines.mailbox.models import MailMessage
from cityhall.engines.mailbox.tests import letters_in as made
from cityhall.engines.mailbox.tests.letters_in import BOX, CITIZEN, MINISTRY

from .test_petition import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAYS = [
    pytest.param("", 1280, id="zh-1280"),
    pytest.param("/en", 360, id="en-360"),
]


@pytest.fixture
def door(site: str, settings: Any) -> Any:
    """The SMTP door on the loopback, open for the city's own address."""
    settings.MAIL_BOX, settings.MAIL_FROM = BOX, "noreply@cityhall.example"
    with MailDoor(timezone.now) as running:
        yield running


def deliver(door: MailDoor, raw: bytes, *, sender: str, to: str) -> None:
    """As another mail server hands it on."""
    with smtplib.SMTP("127.0.0.1", door.port, timeout=20) as client:
        client.sendmail(sender, [to], raw)


def press(page: Any, form: str = "main form") -> None:
    """The page's own button."""
    page.locator(f"{form} button.govuk-button:not(.govuk-button--secondary)").first.click()
    page.wait_for_load_state()


@pytest.mark.parametrize(("prefix", "width"), WAYS)
def test_a_forwarded_mail_is_answered_to_the_citizen_and_the_forwarder(city, site, post, open_as, door, prefix, width):
    Agency.objects.filter(pk=city.outside.pk).update(
        name="內政部", short_name="內政部", name_en="Ministry of the Interior"
    )
    desk = open_as(city.dispatcher, width=width)

    # The desk says who passes petitions on.
    desk.goto(f"{site}{prefix}/desk/petitions/forwarders/add/")
    desk.fill("[name=address]", "@ministry.example")
    desk.select_option("[name=agency]", "power")
    desk.fill("[name=working_days]", "5")
    press(desk, "main form.govuk-form, main form[method=post]")
    check(desk, True)
    assert "@ministry.example" in desk.locator("main").inner_text()

    # The ministry's server delivers, twice; it is one report that waits for its citizen.
    for _time in range(2):
        deliver(door, made.forwarded(), sender=MINISTRY, to=BOX)
    letters = post()
    petition = Petition.objects.select_related("case__requester").get()
    assert (MailMessage.objects.get().copies, petition.case.status) == (2, "AWAITING_CONFIRMATION")
    desk.goto(f"{site}{prefix}/desk/petitions/mail/")
    check(desk, True)
    desk.locator("main tbody th a").first.click()
    desk.wait_for_load_state()
    check(desk, True)
    assert made.WORDS[:10] in desk.locator("main").inner_text()

    # The citizen answers the letter with the code; no other way was used.
    letter = next(one for one in reversed(letters) if CITIZEN in one.to)
    code = re.search(r"\b(\d{6})\b", letter.subject + letter.text)
    assert code
    answer = made.plain(f"{code[1]}\n\n> 您的驗證碼", subject="Re: 驗證碼", message_id="<code@mail.example>")
    deliver(door, answer, sender=CITIZEN, to=str(letter.email["Reply-To"]))
    post()
    petition.case.refresh_from_db()
    assert petition.case.number

    # It is dispatched (by its words), assigned, answered and approved at the desk, twice, as it is urgent.
    assert petition.case.agency == city.works
    record = f"{site}{prefix}/desk/petitions/{petition.case.reference}/"
    coordinator = open_as(city.coordinator, width=width)
    coordinator.goto(record)
    check(coordinator, True)
    text = coordinator.locator("body").inner_text()
    assert "部民字第1150001234號" in text
    coordinator.select_option("#other [name=officer]", city.officer.code)
    coordinator.locator("#other button").click()
    coordinator.wait_for_selector(".govuk-notification-banner")
    officer, chief = open_as(city.officer), open_as(city.chief)
    officer.goto(f"{site}{prefix}/desk/")
    todos = officer.locator(f".dk-it a[href*='{petition.case.reference}']")
    assert todos.count() == 2  # two clocks, two to-dos
    assert ("Answer the authority" if prefix else "回復轉來的機關") in officer.locator("body").inner_text()
    for stage, words in ((1, "已派員查看，明日修復。"), (2, "路燈已修復，夜間測試正常。")):
        officer.goto(record)
        check(officer, True)
        officer.fill("#reply [name=text]", words)
        if stage == 2:
            officer.select_option("#reply [name=outcome]", "SOLVED")
        officer.locator("button[formaction$='/submit/']").click()
        officer.wait_for_selector(".govuk-notification-banner")
        chief.goto(record)
        chief.locator("button[form=approve]").click()
        chief.wait_for_selector(".govuk-notification-banner")

    # Both are answered, at the mail server; the forwarder's clock is met.
    answered = [one for one in post() if "夜間測試正常" in one.text]
    assert {one.to for one in answered} == {CITIZEN, MINISTRY}
    told = next(one for one in answered if one.to == MINISTRY)
    assert petition.case.number in told.subject
    assert "部民字第1150001234號" in told.text
    assert CITIZEN not in told.text
    referral = Referral.objects.get()
    assert referral.answered_at
    assert deadlines.clocks_of(referral).get().state == "MET"
    officer.goto(record)
    check(officer, True)
