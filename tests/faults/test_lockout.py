"""Guessing a password from sixteen places at once, at a server of four workers that share one count."""

import re
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.support.at_once import THREADS
from tests.support.city import City

pytestmark = pytest.mark.faults

PASSWORD = "很長的密碼-0001-abc"
ACCOUNT = f"""
    from cityhall.engines.identity.models import Account
    account = Account.objects.create_user('guessed@city.example', '{PASSWORD}', name='王小明', kind='OFFICER')
    answer = account.pk
"""


@pytest.fixture
def city(databases, tmp_path) -> Iterator[City]:
    with databases.copy() as url:
        city = City(tmp_path, url, web_workers=4, task_workers=1).start()
        try:
            yield city
        finally:
            city.stop()


def sign_in(city: City, password: str) -> httpx.Response:
    """Send the form of the sign-in page."""
    with httpx.Client(base_url=city.url, trust_env=False, timeout=60) as browser:
        page = browser.get("/desk/sign-in/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
        form = {"csrfmiddlewaretoken": token, "email": "guessed@city.example", "password": password}
        return browser.post("/desk/sign-in/", data=form)


def test_five_failures_lock_whoever_counts_them(city):
    city.ask(ACCOUNT)
    assert len(city.web_workers()) == 4
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(sign_in(city, f"wrong password {n}")))
        for n in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.status_code for one in answers} <= {200, 429}

    failures = "SELECT count(*) FROM audit_entry WHERE event = 'account.sign_in_failed'"
    assert city.rows(failures) == [(5,)], "so many were looked at, whoever asked"
    last = sign_in(city, PASSWORD)
    assert last.status_code in {200, 429}, "the right password came too late"
    assert "Location" not in last.headers
