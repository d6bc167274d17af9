"""A letter's whole way: stamped with its scan, typed beside it, its cover sheet printed, answered, and handed to the post."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from cityhall.domains.petitions.models import Petition, ReceivedLetter
from cityhall.domains.petitions.tests.citizen import photo
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.letters import paper
from cityhall.engines.letters.models import Letter

from .test_petition import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAYS = [pytest.param("", 1280, id="zh-1280"), pytest.param("/en", 360, id="en-360")]


def press(page: Any, selector: str) -> None:
    """A button or a link that leads on."""
    page.locator(selector).first.click()
    page.wait_for_load_state()


@pytest.mark.parametrize(("prefix", "width"), WAYS)
def test_a_letter_with_a_scan_becomes_a_case_and_its_answer_waits_for_the_post(
    city, site, post, open_as, settings, tmp_path, prefix, width
):
    settings.DATA_DIR = tmp_path
    scan = Path(tmp_path) / "letter.jpg"
    scan.write_bytes(photo().read())
    desk = open_as(make_person(city.rdec, None, Role.OPERATOR), width=width)
    book = f"{site}{prefix}/desk/petitions/received/"

    # The desk stamps it: the day, the hour and the desk are filled in; what is wrong is said and nothing is lost.
    desk.goto(book)
    check(desk, True)
    press(desk, "main a[href$='/received/add/']")
    check(desk, True)
    desk.check("[name=way][value=REGISTERED]")
    desk.fill("[name=pages]", "2")
    desk.fill("[name=sender_name]", "陳小美")
    desk.fill("[name=sender_address]", "桃園區示範路1號")
    press(desk, "main form[method=post] button.govuk-button")
    check(desk, True)
    assert desk.input_value("[name=sender_name]") == "陳小美"
    desk.fill("[name=registered_number]", "123456")
    desk.set_input_files("[name=scans]", str(scan))
    press(desk, "main form[method=post] button.govuk-button")

    # It is typed with the scan beside the form.
    letter = ReceivedLetter.objects.get()
    assert desk.locator(".dk-scan img").count() == 1
    assert desk.evaluate("document.querySelector('.dk-scan img').naturalWidth") > 0
    assert desk.input_value("[name=address]") == "桃園區示範路1號"
    desk.fill("main [name=text]", "公園裡落葉很多，老人家走路滑倒了。請派人清掃。")
    desk.select_option("[name=category]", "park_upkeep")
    check(desk, True)
    press(desk, "main form[method=post] button.govuk-button")
    check(desk, True)
    petition = Petition.objects.select_related("case").get()
    assert petition.case.number in desk.locator("main").inner_text()
    assert petition.counts_from == letter.received_at

    # Its cover sheet is printed; a scanner's number finds the original.
    with desk.expect_popup() as opened:
        desk.locator("main a[href$='slip.pdf']").click()
    opened.value.close()
    sheet = desk.request.get(f"{book}{letter.reference}/slip.pdf")
    assert sheet.headers["content-type"] == "application/pdf"
    (tmp_path / "slip.pdf").write_bytes(sheet.body())
    assert petition.case.number in PdfReader(tmp_path / "slip.pdf").pages[0].extract_text()
    desk.goto(f"{book}?q={petition.case.number}")
    check(desk, True)
    assert letter.number in desk.locator("main tbody").inner_text()

    # The agency answers; both letters wait for the post with the address in the window.
    coordinator, officer, chief = open_as(city.coordinator), open_as(city.officer), open_as(city.chief)
    record = f"{site}{prefix}/desk/petitions/{petition.case.reference}/"
    coordinator.goto(record)
    coordinator.select_option("#other [name=officer]", city.officer.code)
    press(coordinator, "#other button")
    coordinator.wait_for_selector(".govuk-notification-banner")
    officer.goto(record)
    officer.fill("#reply [name=text]", "已派員清掃，往後每週清掃一次。")
    officer.select_option("#reply [name=outcome]", "SOLVED")
    press(officer, "button[formaction$='/submit/']")
    officer.wait_for_selector(".govuk-notification-banner")
    chief.goto(record)
    press(chief, "button[form=approve]")
    chief.wait_for_selector(".govuk-notification-banner")
    post()
    answer = Letter.objects.get(template="petitions.final_reply")
    assert (answer.channel, answer.state) == ("paper", "SENT")
    printed = PdfReader(paper.path_of(answer)).pages[0].extract_text().replace(" ", "")
    assert "桃園區示範路1號" in printed
    assert "每週清掃一次" in printed
    queue = f"{site}{prefix}/desk/letters/post/"
    desk.goto(queue)
    check(desk, True)
    assert "桃園區示範路1號" in desk.locator("main tbody").inner_text()
    for box in desk.locator("[name=letters]").all():
        box.check()
    press(desk, "#post button.govuk-button")
    check(desk, True)
    assert not Letter.objects.filter(channel="paper", posted_on=None).exists()
