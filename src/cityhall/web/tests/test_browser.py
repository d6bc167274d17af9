"""The shared pages in a real browser: nobody is kept out, nothing runs over the edge, everything works by keyboard."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]  # fmt: skip
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PAGES = [
    "/",
    "/privacy/",
    "/accessibility/",
    "/about/",
    "/styleguide/",
    "/styleguide/?wrong=1",
    "/styleguide/desk/?open=1",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    if not (Path(settings.BUILD_DIR) / "static" / "web" / "site.js").exists():
        pytest.skip("nothing is built: run make setup")
    settings.DEMO = True
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"  # the test server knows no names with hashes
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": plain}}
    return str(live_server.url)


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser: Any, complaints: list[str]) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    context.close()


class TestEverybodyCanUseIt:
    @pytest.mark.parametrize("prefix", ["", "/en"])
    @pytest.mark.parametrize("width", [1280, 360])
    def test_axe_finds_nothing_and_no_page_scrolls_sideways(
        self, site: str, page: Any, complaints: list[str], prefix: str, width: int
    ) -> None:
        from axe_playwright_python.sync_playwright import Axe

        page.set_viewport_size({"width": width, "height": 800})
        for path in PAGES:
            page.goto(site + prefix + path, wait_until="networkidle")
            found = Axe().run(page, options=RULES).response["violations"]

            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert complaints == []

    def test_at_four_times_the_size_nothing_is_cut_off(self, site: str, page: Any) -> None:
        page.set_viewport_size({"width": 320, "height": 256})  # 1280 x 1024 at 400 %
        for path in PAGES:
            page.goto(site + path)

            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path

    def test_first_tab_leads_to_the_content(self, site: str, page: Any) -> None:
        page.goto(site + "/privacy/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className").startswith("govuk-skip-link")

        page.keyboard.press("Enter")

        assert page.evaluate("document.activeElement.id") == "main"

    def test_an_error_takes_the_reader_to_the_summary_and_on_to_the_field(self, site: str, page: Any) -> None:
        page.goto(site + "/styleguide/?wrong=1", wait_until="networkidle")
        page.click("text=請填完整的年、月、日 >> nth=0")

        assert page.evaluate("document.activeElement.id") == "id_seen_on-day"
        assert page.input_value("#id_seen_on-year") == "115"


class TestMap:
    def test_the_pin_goes_where_the_keyboard_puts_it(self, site: str, page: Any, complaints: list[str]) -> None:
        page.emulate_media(reduced_motion="reduce")  # the map is there at once, however slow the machine draws
        page.goto(site + "/styleguide/")
        page.wait_for_selector("[data-map][data-ready]", timeout=20000)
        before = page.input_value("#map-lon")
        page.focus(".maplibregl-canvas")
        for _step in range(3):
            page.keyboard.press("ArrowRight")
        page.focus("[data-map-centre]")
        page.keyboard.press("Enter")

        longitude = page.input_value("#map-lon")
        assert longitude != before
        assert 121.31 < float(longitude) < 121.4
        assert "圖釘在" in page.inner_text("[data-map-note]")
        assert complaints == []

    def test_without_script_the_drawing_and_the_form_are_there(self, site: str, browser: Any) -> None:
        context = browser.new_context(java_script_enabled=False)
        tab = context.new_page()
        tab.goto(site + "/styleguide/")

        assert tab.is_visible(".ch-map__drawing svg")
        assert tab.is_visible("#id_phone")  # what a choice reveals is simply there
        assert not tab.is_visible("[data-map-centre]")
        context.close()


class TestDeskKeys:
    def test_j_and_k_walk_the_list_x_ticks_and_slash_searches(self, site: str, page: Any) -> None:
        page.goto(site + "/styleguide/desk/?open=1", wait_until="networkidle")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.closest('.dk-it') !== null")
        page.keyboard.press("k")
        page.keyboard.press("x")
        assert page.locator(".dk-it input:checked").count() == 1

        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.name") == "q"
        page.keyboard.type("jx?")
        assert page.input_value("input[name=q]") == "jx?"
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.name") != "q"

    def test_single_keys_can_be_switched_off(self, site: str, page: Any) -> None:
        page.goto(site + "/styleguide/desk/?open=1", wait_until="networkidle")
        page.keyboard.press("?")
        assert page.is_visible("#keys")
        page.uncheck("#keys-on")
        page.keyboard.press("Escape")

        page.keyboard.press("/")
        page.keyboard.press("?")

        assert not page.is_visible("#keys")
        assert page.evaluate("document.activeElement.name") != "q"
