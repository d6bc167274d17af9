"""What pages cost on the database that the environment names: statements and milliseconds, at several sizes.

`python -m benchmarks.load.pages TIMES ANSWERS.json`, started by `benchmarks.load`: copies the petitions so many times, or,
with 0, looks at the pages; in processes of their own, as whoever reads a city did not write it just now.
"""

import json
import logging
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import django

RUNS = 20


def browsers() -> dict[str, Any]:
    """Browsers of the demo city's people, signed in, and one of nobody."""
    from django.test import Client

    from cityhall.engines.identity.models import Account
    from cityhall.project.demo import city

    found = {"nobody": Client()}
    for row in city.saved_accounts():
        account = Account.objects.filter(email=row["email"], kind="OFFICER").first()
        if account is not None:
            browser = Client()
            browser.force_login(account)
            session = browser.session
            session["identity.factor"] = "TOTP"
            session.save()
            found.setdefault(row["role"].split("（")[0], browser)
    return found


def pages() -> dict[str, tuple[str, str]]:
    """Who asks for what."""
    from cityhall.domains.petitions.models import Petition

    reference = (
        Petition.objects.filter(case__status="IN_PROGRESS").order_by("-pk").values_list("case__reference", flat=True)[0]
    )
    title: str = Petition.objects.order_by("pk").values_list("case__title", flat=True)[0]
    return {
        "to-do list": ("研考窗口", "/desk/"),
        "petitions, newest first": ("分文人員", "/desk/petitions/"),
        "petitions, one agency's, filtered": ("研考窗口", "/desk/petitions/?status=IN_PROGRESS"),
        "search, frequent word": ("分文人員", "/desk/petitions/?q=路燈"),
        # Of a petition that is there at every size: a page without rows asks fewer questions.
        "search, two words of one title": ("分文人員", f"/desk/petitions/?q={quote(f'{title[:3]} {title[-2:]}')}"),
        "a petition's page": ("研考會承辦", f"/desk/petitions/{reference}/"),
        "public list": ("nobody", "/petitions/around/"),
        "Open311 list": ("nobody", "/open311/v2/requests.json?page_size=20"),
    }


def timed(ask: Callable[[], Any]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def measure() -> dict[str, Any]:
    """Each page RUNS times, after once to warm it; its statements once."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    people, found = browsers(), {}
    for name, (who, path) in pages().items():
        browser = people[who]

        def ask(browser: Any = browser, path: str = path) -> None:
            answer = browser.get(path)
            if answer.status_code != 200:
                raise AssertionError(f"{path}: {answer.status_code}")
            answer.content  # noqa: B018 - read it, as a browser does

        ask()
        asked = []
        for _ in range(
            3
        ):  # what is asked once in a while, such as whether a setting has changed, is no part of the page
            with CaptureQueriesContext(connection) as statements:
                ask()
            asked.append(len(statements))
        found[name] = {"statements": min(asked), "ms": sorted(timed(ask) for _ in range(RUNS))}
    return found


def export() -> dict[str, Any]:
    """The CSV of everything that the commission may see: rows, seconds, and how much memory grew meanwhile."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, lines = time.perf_counter(), 0
    for part in browsers()["研考會承辦"].get("/desk/petitions/export.csv").streaming_content:
        lines += part.count(b"\n")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"rows": lines - 1, "seconds": time.perf_counter() - began, "grown_mb": grown / 1024}


def sweep() -> dict[str, Any]:
    """The look at every running clock, in office hours, when nothing is new and when a thousand levels are."""
    from django.utils import timezone

    from cityhall.engines.deadlines import services
    from cityhall.engines.deadlines.models import Clock
    from cityhall.foundation.clock import at, day_of

    day = day_of(timezone.now())
    while not services.rules.in_office_hours(at(day, 10), services.calendar()):
        day += timedelta(days=1)
    began = time.perf_counter()
    told = services.sweep(at(day, 10))
    first = time.perf_counter() - began
    return {"running": Clock.objects.filter(state="RUNNING").count(), "seconds": first, "told": told}


def main(times: int, answers: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityhall.project.settings")
    django.setup()
    from django.conf import settings
    from django.db import connection

    from benchmarks.load.multiply import multiply
    from cityhall.engines.cases.models import Case
    from cityhall.engines.textsearch import services as textsearch

    logging.disable(logging.INFO)
    settings.ALLOWED_HOSTS = ["*"]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
    result: dict[str, Any] = {}
    if times:
        multiply(times)
        for _model, _done in textsearch.rebuild():
            pass
    else:
        result = {"petitions": Case.objects.count(), "pages": measure(), "export": export(), "sweep": sweep()}
    answers.write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
