"""How much a first visit fetches: counted as the browser counts it, from the program as it is served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.city import City, Databases

pytestmark = pytest.mark.browser

MOST = 200 * 1024
APART = ("/static/web/fonts/", "/static/web/map.", "/static/web/maplibre")  # said apart: fonts and maps come in parts


@pytest.fixture(scope="module")
def served(tmp_path_factory: Any) -> Iterator[City]:
    """The program with its real server: compressed, names with hashes."""
    home = tmp_path_factory.mktemp("first-view")
    databases = Databases(home)
    databases.prepare()
    with databases.copy() as url:
        city = City(home, url, task_workers=1).start()
        try:
            yield city
        finally:
            city.stop()
            databases.forget()


def fetched(browser: Any, url: str) -> dict[str, int]:
    """Bytes over the wire by address, for somebody who was never here."""
    context = browser.new_context(viewport={"width": 360, "height": 760})
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}
    wire.on("Network.responseReceived", lambda one: addresses.update({one["requestId"]: one["response"]["url"]}))
    wire.on("Network.loadingFinished", lambda one: sizes.update({one["requestId"]: one["encodedDataLength"]}))
    page.goto(url, wait_until="networkidle")
    page.wait_for_selector("html.govuk-template.js-enabled, body.js-enabled")
    context.close()
    return {addresses[number]: int(size) for number, size in sizes.items() if number in addresses}


@pytest.mark.parametrize("path", ["/", "/en/", "/petitions/", "/petitions/new/", "/en/petitions/new/"])
def test_first_view_is_light(browser: Any, served: City, path: str) -> None:
    sizes = fetched(browser, served.url + path)
    counted = {url: size for url, size in sizes.items() if not any(part in url for part in APART)}

    assert any(".css" in url for url in counted), sizes
    assert sum(counted.values()) <= MOST, counted


def test_pages_travel_compressed(browser: Any, served: City) -> None:
    context = browser.new_context()
    page = context.new_page()
    encodings = {}
    page.on("response", lambda one: encodings.update({one.url: one.headers.get("content-encoding", "")}))
    page.goto(served.url + "/", wait_until="networkidle")
    context.close()

    assert {url: how for url, how in encodings.items() if url.endswith((".css", ".js", "/")) and not how} == {}
