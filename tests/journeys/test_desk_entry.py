"""Written down at the desk: a call without a mouse, and somebody at the counter on a small screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.services.filing import Who
from cityhall.domains.petitions.tests.citizen import make_roads, photo
from cityhall.domains.petitions.tests.city import opened
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.files import queries as files
from cityhall.engines.letters.models import Letter

from .test_by_keyboard import Keys
from .test_petition import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CALLER = Who(name="陳小美", phone="0912-345-678")


@pytest.fixture
def earlier(city: Any) -> Petition:
    """What the caller reported before, at the place of which they call now."""
    make_roads()
    return opened("中山路200號前的人行道磚翹起來", when=timezone.now(), who=CALLER)


def test_a_call_is_written_down_read_back_and_registered_without_a_mouse(city, site, post, open_as, earlier):
    page = open_as(make_person(city.rdec, None, Role.OPERATOR))
    keys = Keys(page)
    page.goto(f"{site}/desk/petitions/new/", wait_until="networkidle")
    check(page, True)

    # The number first: what was reported from it is a hint beside the form.
    keys.tab_to("[name=phone]")
    keys.write("0912345678")
    keys.tab_to("[name=caller]", most=1)
    keys.enter()
    check(page, True)
    assert earlier.case.number in page.locator("#caller").inner_text()
    assert "0912" not in page.url
    assert keys.at("[name=text]")

    # Enter in a field is the page's main button, never one that stands before it.
    keys.write("復興路100號前的路燈不亮三天了")
    keys.tab_to("[name=place]")
    keys.write("復興路100號")
    keys.tab_to("[name=name]")
    keys.write("陳小美")
    keys.enter()
    assert page.locator(".govuk-error-summary").count() == 1  # the notice of personal data was not given
    check(page, True)
    assert page.input_value("[name=text]") == "復興路100號前的路燈不亮三天了"
    keys.tab_to("[name=told]")
    keys.press("Space")
    keys.enter("Control+Enter")

    # It is read back; the caller corrects the place; it is read again.
    check(page, True)
    script = page.locator(".dk-script").inner_text()
    for words in ("陳小美", "0912、345、678", "路燈不亮三天", "復興路100號", "由我們判斷", "簡訊"):
        assert words in script
    assert not Petition.objects.exclude(pk=earlier.pk).exists()
    keys.tab_to("[name=change][value=place]")
    keys.enter()
    assert keys.at("[name=place]")
    keys.press("Control+a")
    keys.write("復興路300號")
    keys.enter()
    assert "復興路300號" in page.locator(".dk-script").inner_text()
    keys.tab_to("[name=recording]")
    keys.write("R-7")
    keys.enter("Control+Enter")

    petition = Petition.objects.select_related("case__place", "case__requester").exclude(pk=earlier.pk).get()
    assert petition.case.number in page.locator("main").inner_text()
    assert petition.case.tracking_code in page.locator("main").inner_text()
    assert petition.case.channel == Channel.PHONE
    assert petition.case.place.label.endswith("復興路300號")
    assert petition.case.agency == city.works
    event = petition.case.events.get(type="read_back")
    assert (event.payload["readings"], event.payload["recording"]) == (2, "R-7")
    post()
    assert Letter.objects.get(template="petitions.news", about_id=str(petition.case_id)).channel == "sms"

    # The record says that it was read back, and how often.
    page.goto(f"{site}/desk/petitions/{petition.case.reference}/timeline/")
    assert "覆誦" in page.locator("body").inner_text()


def test_at_the_counter_it_is_shown_and_the_same_matter_gets_a_supporter(
    city, site, open_as, settings, tmp_path, earlier
):
    settings.DATA_DIR = tmp_path
    page = open_as(make_person(city.rdec, None, Role.OPERATOR), width=360)
    page.goto(f"{site}/en/desk/petitions/new/")
    lamp = opened("復興路100號路燈不亮", when=timezone.now(), who=Who(name="林大同", email="lin@mail.example"))

    def write(text: str) -> None:
        page.check("[name=channel][value=COUNTER]")
        page.fill("[name=phone]", "0987-654-321")
        page.fill("[name=text]", text)
        page.fill("[name=place]", "復興路100號")
        page.fill("[name=name]", "黃小玉")
        page.check("[name=told]")
        page.check("[name=verified][value=id_seen]")
        check(page, True)
        page.locator("main button.govuk-button").click()
        page.wait_for_load_state()
        check(page, True)

    # Nothing near: registered with the photo that was brought.
    write("復興路100號旁的樹倒在路邊，請派人處理")
    picture = Path(tmp_path) / "tree.jpg"
    picture.write_bytes(photo().read())
    page.set_input_files("[name=photos]", str(picture))
    page.locator("main button.govuk-button").click()
    page.wait_for_selector(".govuk-notification-banner")
    check(page, True)
    tree = Petition.objects.select_related("case").latest("case__pk")
    assert tree.case.status in (Status.ASSIGNED, Status.DISPATCHING)
    assert tree.case.number in page.locator("main").inner_text()
    assert files.of(tree.case).count() == 1
    assert tree.case.events.get(type="read_back").payload["how"] == "id_seen"

    # The lamp nearby is known already: the same person supports it instead.
    lamp.case.place.__class__.objects.filter(pk=lamp.case.place_id).update(
        lon=tree.case.place.lon, lat=tree.case.place.lat
    )
    write("復興路100號的路燈不亮")
    assert lamp.case.number in page.locator("#near").inner_text()
    assert "林大同" not in page.locator("main").inner_text()
    page.locator(f"[name=same][value='{lamp.case.number}']").click()
    page.wait_for_selector(".govuk-notification-banner")
    lamp.refresh_from_db()
    assert lamp.followers == 2
    assert Petition.objects.count() == 3
