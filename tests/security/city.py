"""A demo city that is made for an attack, served on the loopback, and stopped by the id of its own process."""

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.security.tools import ROOT
from tests.support.postgres import free_port

PATIENCE = 900.0
# What a filter is asked with, where 1 would be refused and nothing behind it be reached.
SAMPLES = {"from": "2026-01", "to": "2026-12", "first": "2026-01-01", "last": "2026-12-31"}
YEAR, NUMBER = "2026", "1"


class Attacked:
    """A served city, and how to be somebody there."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.url = home, f"http://127.0.0.1:{port}"

    @property
    def accounts(self) -> list[dict[str, str]]:
        """Who can sign in."""
        found: list[dict[str, str]] = json.loads((self.home / "demo-accounts.json").read_text(encoding="utf-8"))
        return found

    @property
    def api_key(self) -> str:
        return next(one["api_key"] for one in self.accounts if one["api_key"])

    def browser(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, trust_env=False, timeout=60, follow_redirects=True)

    def signed_in(self, role: str) -> httpx.Client:
        """A browser in which an officer has signed in with both factors."""
        account = next(one for one in self.accounts if one["role"] == role)
        browser = self.browser()
        steps = ("/desk/sign-in/", {"email": account["email"], "password": account["password"]})
        page = self._send(browser, *steps)
        page = self._send(browser, page.url.path, {"code": one_time_code(account["totp_secret"])})
        if "sign-in" in page.url.path:
            raise RuntimeError(f"{role} could not sign in: {page.url.path}")
        return browser

    @staticmethod
    def _send(browser: httpx.Client, path: str, given: dict[str, str]) -> httpx.Response:
        page = browser.get(path)
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        return browser.post(path, data={**dict(hidden), **given})

    def answered_to_somebody(self) -> int:
        """How many requests of people who were signed in it has answered, by its own log."""
        lines = (self.home / "serve.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return sum('"logger": "cityhall.request"' in line and '"account": null' not in line for line in lines)

    def knows(self, browser: httpx.Client) -> bool:
        """Whether that browser is still signed in."""
        return "sign-in" not in browser.get("/desk/").url.path

    @staticmethod
    def cookies(browser: httpx.Client) -> str:
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


@contextmanager
def attacked(home: Path, made: str = "") -> Iterator[Attacked]:
    """Serve a demo city from an empty folder; or from a copy of one that was made before and is not served now."""
    shutil.rmtree(home, ignore_errors=True)
    if made:
        shutil.copytree(made, home)
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("CITYHALL_")}
    env |= {
        "CITYHALL_DEMO": "1", "CITYHALL_DATA_DIR": str(home), "PORT": str(port), "PYTHONPATH": str(ROOT / "src"),
        "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    with (home / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cityhall.project.command", "demo", "start"], env=env, stdout=log, stderr=log
        )
    try:
        city = Attacked(home, port)
        _wait(city, process)
        yield city
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)


def _wait(city: Attacked, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError((city.home / "serve.log").read_text()[-2000:])
        with suppress(httpx.TransportError):
            if httpx.get(f"{city.url}/healthz", timeout=5, trust_env=False).status_code == 200:
                return
        time.sleep(0.2)
    raise RuntimeError("the demo city was not served in time")


def one_time_code(secret: str) -> str:
    """What an authenticator shows now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


class Filters(HTMLParser):
    """The names in a page's forms that ask by GET: its filters and search boxes, with a value for each."""

    def __init__(self) -> None:
        super().__init__()
        self.asking = False
        self.names: dict[str, str] = {}
        self._choosing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.asking = given.get("method", "get").lower() == "get"
        if not self.asking:
            return
        if tag in {"input", "select", "textarea"} and (name := given.get("name")):
            self.names.setdefault(name, given.get("value", ""))
            self._choosing = name if tag == "select" else ""
        elif tag == "option" and self._choosing and given.get("value"):
            self.names[self._choosing] = self.names[self._choosing] or given["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.asking = False


def asked(browser: httpx.Client, path: str, more: tuple[str, ...] = ("page",)) -> str:
    """The address of a list with all of its filters, as somebody would send its form."""
    page = browser.get(path)
    if page.status_code != 200 or page.url.path != path:
        raise RuntimeError(f"{path} answers {page.status_code} at {page.url.path}")
    filters = Filters()
    filters.feed(page.text)
    names = {
        name: SAMPLES.get(name) or value or (YEAR if name.endswith("_year") else NUMBER)
        for name, value in filters.names.items()
        if name != "csrfmiddlewaretoken"
    }
    return f"{path}?{urlencode({**names, **dict.fromkeys(more, '1')})}"


def operations(description: dict[str, Any]) -> list[str]:
    """The addresses of an OpenAPI document that are read with parameters in the query."""
    found = []
    for path, methods in sorted(description["paths"].items()):
        reading = methods.get("get", {})
        names = [one["name"] for one in reading.get("parameters", []) if one["in"] == "query"]
        if names and "{" not in path:
            found.append(f"{path}?{urlencode({name: SAMPLES.get(name, '1') for name in names})}")
    return found
