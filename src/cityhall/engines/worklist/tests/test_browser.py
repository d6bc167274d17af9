"""The desk and the directory in a real browser: by keyboard, without script, on a phone, and for everybody."""

# ruff: noqa: F811 (fixtures of the shared pages' tests are used by their names)
from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from cityhall.engines.directory.models import Deputy, DutyShift, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person, make_unit
from cityhall.engines.worklist import registry, services
from cityhall.web.tests.test_browser import RULES, browser, complaints, page, site  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "從學校門口一直到十字路口整排的路燈從上個月颱風之後就沒有亮過請問到底什麼時候才會有人來修理𠮷"


@pytest.fixture
def officer() -> Person:
    """An officer with a handful of to-dos, one of them in somebody's stead; each opens a colleague's page."""
    registry.kind("test.handle", "辦理")
    registry.bulk("test.handle", "分派", "worklist.use", lambda request, todos: None, key="test.assign")  # type: ignore[arg-type, return-value]
    now = timezone.now()
    agency = make_agency("lights", name="桃園市政府養護工程處", short_name="養護工程處", phone="03-0000-1650")
    unit = make_unit(agency, "night", name="路燈管理科")
    officer = make_person(agency, unit, name="周亦安", title="科員", extension="512")
    make_person(agency, unit, Role.COORDINATOR)
    away = make_person(agency, unit, name="林志明")
    Deputy.objects.create(person=away, deputy=officer, starts_at=now, ends_at=now + timedelta(days=1))
    DutyShift.objects.create(agency=agency, person=officer, starts_at=now, ends_at=now + timedelta(hours=9))
    for number, title in enumerate(["人孔蓋下陷", "路燈桿傾斜", LONG, "公園步道燈一直閃爍"]):
        colleague = make_person(agency, unit, name=f"同仁{number}")
        services.open_todo(
            "test.handle",
            colleague,
            title=title,
            detail="中壢區中央西路二段　路燈故障",
            agency=agency,
            person=away if number == 3 else officer,
            due_at=now + timedelta(hours=number * 20 - 2),
            url=f"/desk/directory/people/{colleague.pk}/",
            urgent=number == 0,
            at=now,
        )
    yield officer  # type: ignore[misc]
    registry.forget("test.handle", "test.assign")


def sign_in(context: Any, person: Person, site: str) -> None:
    """The browser has the session of the person's account."""
    client = Client()
    client.force_login(person.account)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": site}])


class TestByKeyboard:
    def test_j_k_enter_x_slash_and_question_mark_do_it_all(
        self,
        officer: Person,
        site: str,
        page: Any,
        complaints: list[str],
    ) -> None:
        sign_in(page.context, officer, site)
        page.goto(site + "/desk/", wait_until="networkidle")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        assert "人孔蓋下陷" in page.evaluate("document.activeElement.innerText")

        page.keyboard.press("Enter")
        page.wait_for_url("**/desk/directory/people/*/")  # no record beside the list: opened as what it is
        page.go_back(wait_until="networkidle")
        page.wait_for_selector(".dk-it")
        assert page.locator(".dk-it").count() == 4

        page.keyboard.press("j")
        page.keyboard.press("x")
        assert page.locator(".dk-it input:checked").count() == 1
        assert page.is_visible(".dk-bulk")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.name") == "q"
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        assert page.is_visible("dialog#keys")
        page.keyboard.press("Escape")
        assert not page.is_visible("dialog#keys")
        assert complaints == []


class TestWithoutScript:
    def test_the_list_leads_to_the_record_and_the_filter_is_a_plain_form(
        self,
        officer: Person,
        site: str,
        browser: Any,
    ) -> None:
        context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 760})
        sign_in(context, officer, site)
        tab = context.new_page()
        tab.goto(site + "/desk/")
        tab.click("text=更多篩選")
        tab.fill("#list-q", "人孔蓋")
        tab.click("text=套用")
        tab.wait_for_selector(".dk-it")
        assert tab.locator(".dk-it").count() == 1

        tab.click(".dk-it a")

        assert "同仁0" in tab.inner_text("h1")
        context.close()


class TestEverybody:
    @pytest.mark.parametrize("prefix", ["", "/en"])
    @pytest.mark.parametrize("width", [1280, 360])
    def test_axe_finds_nothing_and_no_page_scrolls_sideways(
        self,
        officer: Person,
        site: str,
        page: Any,
        complaints: list[str],
        prefix: str,
        width: int,
    ) -> None:
        from axe_playwright_python.sync_playwright import Axe

        admin = make_person(make_agency(), role=Role.ADMIN)
        public = ["/directory/", "/directory/?q=路燈", "/directory/?q=查無", "/directory/lights/"]
        own = [
            "/desk/",
            "/desk/?text=查無&urgent=1",
            "/desk/search?q=路燈",
            "/desk/search?q=查無",
            "/desk/directory/away/",
        ]
        lights, person = "/desk/directory/agencies/lights/", f"/desk/directory/people/{officer.pk}/"
        managed = [
            "/desk/directory/", lights, person, f"{lights}edit/", f"{lights}succeed/", f"{lights}units/add/",
            f"{lights}people/add/", f"{person}appoint/lights/", f"{person}hand-over/", f"{lights}approval/set/",
            "/desk/directory/imports/", "/desk/directory/imports/new/people/",
            *(f"{lights}?tab={tab}" for tab in ("units", "posts", "duty", "approval", "history")),
        ]  # fmt: skip
        page.set_viewport_size({"width": width, "height": 800})
        for who, paths in ((None, public), (officer, own), (admin, managed)):
            page.context.clear_cookies()
            if who is not None:
                sign_in(page.context, who, site)
            for path in paths:
                page.goto(site + prefix + path, wait_until="networkidle")
                found = Axe().run(page, options=RULES).response["violations"]

                assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], path
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert complaints == []

    def test_a_form_with_errors_is_as_good(self, officer: Person, site: str, page: Any) -> None:
        from axe_playwright_python.sync_playwright import Axe

        sign_in(page.context, officer, site)
        page.goto(site + "/desk/directory/away/", wait_until="networkidle")
        page.fill("#id_last_day-year", "")
        page.click("text=設定代理人")

        assert page.is_visible(".govuk-error-summary")
        assert Axe().run(page, options=RULES).response["violations"] == []
