"""A real Chromium, a real mail server on loopback, and a small city."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cityhall.domains.petitions.tests.city import City, make_city
from cityhall.engines.letters.standins.mailserver import MailServer
from cityhall.engines.letters.standins.store import Store
from cityhall.engines.outbox.services import drain

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


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
def city(transactional_db: Any) -> City:
    return make_city()


@pytest.fixture
def site(live_server: Any, settings: Any, tmp_path: Path) -> Iterator[str]:
    """The running site; its letters go by real SMTP to a server on loopback."""
    if not (Path(settings.BUILD_DIR) / "static" / "web" / "site.js").exists():
        pytest.skip("nothing is built: run make setup")
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"  # the test server knows no names with hashes
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": plain}}
    settings.FILES_DIR, settings.USAGE_DIR = tmp_path / "files", tmp_path / "usage"
    settings.SITE_URL = str(live_server.url)
    with MailServer(Store(tmp_path / "standins.sqlite3")) as server:
        settings.SMTP_URL = server.url
        yield str(live_server.url)


@pytest.fixture
def post(site: str, tmp_path: Path) -> Callable[[], list[Any]]:
    """Deliver what waits in the outbox, and read the mailbox, newest last."""

    def deliver() -> list[Any]:
        drain(timezone.now())
        return sorted(Store(tmp_path / "standins.sqlite3").all(limit=50), key=lambda one: one.id)

    return deliver


@pytest.fixture
def open_as(browser: Any, site: str) -> Iterator[Callable[..., Any]]:
    """A browser window of somebody: of a width, with or without script, signed in or not."""
    contexts = []

    def window(person: Any = None, *, width: int = 1280, script: bool = True) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
        contexts.append(context)
        if person is not None:
            client = Client()
            client.force_login(person.account)
            session = client.session
            session["identity.factor"] = "TOTP"
            session.save()
            context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
        return context.new_page()

    yield window
    for context in contexts:
        context.close()
