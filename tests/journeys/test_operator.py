"""A shift at the operator's desk without a mouse, and a storm that the supervisor's wallboard shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cityhall.domains.contacts import tasks
from cityhall.domains.contacts.models import ContactAnswer, ContactMoment, TransferLetter
from cityhall.domains.contacts.states import Outcome, TransferFate
from cityhall.domains.contacts.tests.ring import SECRET, tell
from cityhall.domains.faq import services as faq
from cityhall.domains.hotline.models import Announcement
from cityhall.domains.hotline.states import AnnouncementState
from cityhall.domains.petitions.models import Petition
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.foundation.clock import at as instant

from .test_by_keyboard import Keys, until
from .test_petition import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOW = instant(date(2026, 11, 16), 9, 30)  # a Monday
MONTH_OVER = instant(date(2026, 12, 3), 6, 40)
WATER = {
    "question": "哪裡停水？",
    "answer": "看停水公告。",
    "question_en": "Where is the water off?",
    "answer_en": "See the list.",
}
GARBAGE = {"question": "垃圾車幾點來？", "answer": "每天傍晚，依路線表。", "aliases": "垃圾什麼時候收"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[datetime]:
    now = [NOW]
    monkeypatch.setattr("django.utils.timezone.now", lambda: now[0])
    settings.CTI_SECRET = SECRET
    return now


def publish(code: str, agency: Any, texts: dict[str, str]) -> None:
    before = NOW - timedelta(days=9)
    version = faq.write(code=code, agency=agency, texts=texts, by=None, at=before)
    faq.publish(faq.submit(version, by=None, at=before), by=None, at=before)


def arrives(page: Any, call: str, now: list[datetime]) -> ContactMoment:
    """The exchange tells of a call that is answered at the seat; the desk opens it by itself."""
    assert tell("newCall", call, at=now[0], **{"from": "0912345678"}).status_code == 200
    now[0] += timedelta(seconds=5)
    assert tell("answer", call, at=now[0], answeringNumber="1001").status_code == 200
    contact = ContactMoment.objects.get(call_id=call)
    until(page, lambda: str(contact.reference) in page.url)
    page.wait_for_load_state("load")
    return contact


def ends(page: Any, call: str, now: list[datetime]) -> None:
    """The caller hangs up, the operator ends the contact by one key; the desk is empty again."""
    now[0] += timedelta(seconds=60)
    assert tell("hangup", call, at=now[0]).status_code == 200
    Keys(page).enter("Control+Enter")
    assert page.url.endswith("/desk/hotline/"), page.locator("main").inner_text()


def shown(page: Any, words: str) -> bool:
    return words in page.locator("main").inner_text()


def test_a_shift_from_the_ring_to_the_reply(city, site, post, open_as, clock):
    operator, coordinator = (
        make_person(a, None, r) for a, r in ((city.rdec, Role.OPERATOR), (city.works, Role.COORDINATOR))
    )
    publish("garbage", city.rdec, GARBAGE)
    city.works.phone = "03-000-0002"
    city.works.save()
    page = open_as(operator)
    keys = Keys(page)

    # On at a seat.
    page.goto(f"{site}/desk/hotline/")
    keys.tab_to("[name=seat]")
    keys.press("Control+a")
    keys.write("1001")
    keys.enter()
    assert shown(page, "可接聽")
    check(page, True)

    # A call that an entry answers: the search runs while they speak, one key answers.
    first = arrives(page, "a", clock)
    check(page, True)
    keys.press("/")
    keys.write("垃圾几点收")
    until(page, "document.querySelector('#faq [data-key=\"1\"]') !== null")
    check(page, True)
    keys.press("Escape")
    keys.enter("1")
    assert shown(page, "已以常見問題「garbage」答復")
    ends(page, "a", clock)

    # A call that becomes a petition: what was noted stands in the form, and its number is read back.
    second = arrives(page, "b", clock)
    assert shown(page, first.number)  # the number called before: a hint
    keys.press("n")
    keys.write("路燈不亮三天了")
    keys.press("Escape")
    keys.enter("p")
    assert page.input_value("[name=text]") == "路燈不亮三天了"
    keys.tab_to("[name=phone]")
    keys.write("0912345678")
    keys.tab_to("[name=name]")
    keys.write("陳小美")
    keys.tab_to("[name=told]")
    keys.press("Space")
    keys.enter("Control+Enter")
    assert "路燈不亮三天" in page.locator(".dk-script").inner_text()
    keys.enter("Control+Enter")
    case = Petition.objects.select_related("case").get().case
    assert str(second.reference) in page.url
    assert shown(page, case.number)
    assert shown(page, case.tracking_code)
    check(page, True)
    ends(page, "b", clock)

    # A call that is passed on, and nobody answers there.
    third = arrives(page, "c", clock)
    keys.enter("t")
    check(page, True)
    keys.tab_to("[name=agency]")
    for _n in range(30):
        if page.evaluate("document.activeElement.value") == str(city.works.pk):
            break
        keys.press("ArrowDown")
    keys.tab_to("main button.govuk-button")
    keys.enter()
    assert shown(page, "03-000-0002")
    keys.enter("f")
    keys.tab_to("[name=fate]")
    for _n in range(5):
        if page.evaluate("document.activeElement.value") == TransferFate.NO_ANSWER:
            break
        keys.press("ArrowDown")
    keys.tab_to("main button.govuk-button")
    keys.enter()
    ends(page, "c", clock)
    for contact, outcome in (
        (first, Outcome.ANSWERED_BY_FAQ), (second, Outcome.CASE_OPENED), (third, Outcome.TRANSFERRED),
    ):  # fmt: skip
        contact.refresh_from_db()
        assert contact.outcome == outcome
        assert "0912345678" not in page.url
    assert second.case == case

    # The month is over: the agency has a task, and answers.
    clock[0] = MONTH_OVER
    tasks.ask_agencies(MONTH_OVER)
    clock[0] += timedelta(hours=3)
    agency = open_as(coordinator)
    agency.goto(f"{site}/desk/")
    keys = Keys(agency)
    letter = TransferLetter.objects.get()
    keys.tab_to(f"a[href*='/transfers/letters/{letter.pk}/']")
    keys.press("Enter")
    until(agency, lambda: shown(agency, third.number))  # beside the list of what is to be done
    check(agency, True)
    keys.tab_to("main a.govuk-button")
    keys.press("Enter")
    until(agency, lambda: agency.url.endswith("/answer/"))
    until(agency, "document.querySelector('[name=answer]') !== null")
    keys.tab_to("[name=answer]")
    keys.write("忙線兩聲後跳到同組分機。")
    keys.tab_to("main button.govuk-button")
    keys.press("Enter")
    until(agency, lambda: shown(agency, "已回復，謝謝。"))
    letter.refresh_from_db()
    assert letter.answer == "忙線兩聲後跳到同組分機。"
    assert shown(agency, letter.answer)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_storm_becomes_an_announcement(city, site, open_as, clock, prefix):
    publish("water", city.rdec, WATER)
    clock[0] = datetime.now(UTC).replace(microsecond=0)
    page = open_as(make_person(city.rdec, None, Role.SUPERVISOR))
    keys = Keys(page)
    page.goto(f"{site}{prefix}/desk/hotline/wallboard/")
    check(page, True)

    for _n in range(12):
        contact = ContactMoment.objects.create(
            started_at=clock[0], started_on=clock[0].date(), told_at=clock[0], answered_at=clock[0]
        )
        ContactAnswer.objects.create(contact=contact, code="water", version=1, at=clock[0])
    until(page, "document.querySelector('#board [data-key=\"a\"]') !== null")
    check(page, True)

    keys.enter("a")
    assert page.input_value("[name=title]") == WATER["question"]
    assert page.input_value("[name=title_en]") == WATER["question_en"]
    check(page, True)
    keys.tab_to("main button.govuk-button")
    keys.enter()
    row = Announcement.objects.get()
    keys.tab_to(f"main a[href$='/announcements/{row.pk}/publish/']")
    keys.enter()
    keys.tab_to("main button.govuk-button")
    keys.enter()
    row.refresh_from_db()
    assert row.state == AnnouncementState.PUBLISHED
    citizen = open_as(width=360)
    citizen.goto(f"{site}{prefix}/announcements/")
    assert shown(citizen, WATER["question_en" if prefix else "question"])
