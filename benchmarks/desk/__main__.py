"""`python -m benchmarks.desk`: the page of what is late in the whole city, at full scale. See README.md."""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

MOST_MS = 300.0
AGENCIES, KINDS = 60, 40
PAGES = ("", "?agency=a7", "?kind=bench.k3", "?age=longer", "?agency=a7&kind=bench.k3&age=quarter", "?urgent=1", "?page=3",
         "?text=路燈 17")  # fmt: skip


def ready(folder: str) -> None:
    """A database of our own, empty."""
    os.environ.setdefault("CITYHALL_DATABASE_URL", f"sqlite:///{Path(folder) / 'desk.sqlite3'}")
    os.environ["CITYHALL_DATA_DIR"] = folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityhall.project.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def invent(waiting: int, done: int, at: datetime) -> Any:
    """So many to-dos, open and done, and somebody of the commission."""
    from django.contrib.contenttypes.models import ContentType

    from cityhall.engines.directory.models import Agency, Appointment, Person
    from cityhall.engines.identity.models import Account
    from cityhall.engines.worklist import registry
    from cityhall.engines.worklist.models import Todo

    chance = random.Random(2016)
    for number in range(KINDS):
        registry.kind(f"bench.k{number}", f"種類{number}")
    agencies = Agency.objects.bulk_create(
        Agency(code=f"a{n}", kind="FIRST_LEVEL", name=f"第{n}局", short_name=f"第{n}局") for n in range(AGENCIES)
    )
    kind = ContentType.objects.get_for_model(Agency)

    def one(number: int, due: datetime, closed: datetime | None) -> Todo:
        todo = Todo(
            kind=f"bench.k{min(int(chance.expovariate(0.15)), KINDS - 1)}", content_type=kind, object_id=number,
            reference=f"115-{number:06}", title=f"路燈 {number} 不亮", agency=agencies[int(chance.triangular(0, AGENCIES, 0))],
            role="COORDINATOR", due_at=due, urgent=chance.random() < 0.05, url=f"/desk/petitions/{number}/",
            opened_at=due - timedelta(days=20), closed_at=closed,
        )  # fmt: skip
        todo.before_saving()
        return todo

    def still() -> Iterator[Todo]:
        for number in range(waiting):
            days = -chance.expovariate(1 / 30) if chance.random() < 0.2 else chance.uniform(0.01, 60)
            yield one(number, at + timedelta(days=days), None)

    def ended() -> Iterator[Todo]:
        for number in range(waiting, waiting + done):
            closed = at - timedelta(days=chance.uniform(0, 365))
            late = chance.random() < 0.1
            yield one(
                number, closed + timedelta(days=-chance.expovariate(1 / 8) if late else chance.uniform(0, 9)), closed
            )

    everything = chain(still(), ended())
    while some := list(islice(everything, 5000)):
        Todo.objects.bulk_create(some)
    account = Account.objects.create(kind="OFFICER", email="commission@city.example", name="研考會")
    person = Person.objects.create(account=account, code="rdec1", name="研考會同仁")
    Appointment.objects.create(
        person=person, agency=agencies[0], role="COMMISSION", starts_on=at.date() - timedelta(days=900)
    )
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return account


def counted(at: datetime) -> dict[str, Any]:
    """Our numbers."""
    from cityhall.engines.worklist.overview import Overview
    from cityhall.engines.worklist.rules import Watch

    seen = Overview(Watch(), at)
    return {
        "cells": {(cell.agency, cell.kind): cell.number for cell in seen.cells}, "ages": seen.ages, "urgent": seen.urgent,
        "weeks": [number for _end, number in seen.weeks], "soon": seen.soon,
        "first": list(seen.rows.values_list("pk", flat=True)[:50]),
    }  # fmt: skip


def naively(at: datetime) -> dict[str, Any]:
    """The same, by reading the rows and counting them."""
    from cityhall.engines.worklist.models import Todo
    from cityhall.engines.worklist.rules import AGES, age_of, weeks_back

    rows = list(
        Todo.objects.filter(due_at__isnull=False).only("pk", "agency_id", "kind", "urgent", "due_at", "closed_at")
    )
    late = [row for row in rows if row.closed_at is None and row.due_at and row.due_at < at]
    ages = Counter(age_of(row.due_at, at) for row in late if row.due_at)
    ends = weeks_back(at)
    weeks = [
        sum(1 for row in rows if row.due_at < end and (row.closed_at is None or row.closed_at > end)) for end in ends
    ]
    return {
        "cells": dict(Counter((row.agency_id, row.kind) for row in late)),
        "ages": {key: ages[key] for key, _from, _before in AGES},
        "urgent": sum(row.urgent for row in late), "weeks": weeks,
        "soon": sum(1 for row in rows if row.closed_at is None and at <= row.due_at < at + timedelta(days=7)),
        "first": [row.pk for row in sorted(late, key=lambda row: (row.due_at, row.pk))[:50]],
    }  # fmt: skip


def opened(account: Any, requests: int) -> tuple[list[float], int]:
    """Milliseconds of whole requests, and the most questions that one asked."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="localhost")
    client.force_login(account)
    session = client.session
    session["identity.factor"] = "TOTP"
    session.save()
    asked = 0
    for page in PAGES:  # warm, and counted
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"/desk/late/{page}")
        if answer.status_code != 200:
            raise SystemExit(f"/desk/late/{page}: {answer.status_code}")
        asked = max(asked, len(queries))
    took = []
    for number in range(requests):
        begun = time.perf_counter()
        client.get(f"/desk/late/{PAGES[number % len(PAGES)]}")
        took.append((time.perf_counter() - begun) * 1000)
    return sorted(took), asked


def main() -> int:
    """Measure and say so."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--open", type=int, default=50_000)
    parser.add_argument("--closed", type=int, default=500_000)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ready(folder)
        from django.utils import timezone

        from cityhall.project.processes import keep_what_is_loaded

        at = timezone.now()
        account = invent(given.open, given.closed, at)
        keep_what_is_loaded()  # as every served process does
        begun = time.perf_counter()
        ours = counted(at)
        ours_ms = (time.perf_counter() - begun) * 1000
        begun = time.perf_counter()
        naive = naively(at)
        naive_ms = (time.perf_counter() - begun) * 1000
        took, asked = opened(account, given.requests)
    found = {
        "open": given.open, "closed": given.closed, "late": sum(ours["cells"].values()), "equal": ours == naive,
        "numbers_ms": round(ours_ms, 1), "naive_ms": round(naive_ms, 1), "page_p50_ms": round(took[len(took) // 2], 1),
        "page_p95_ms": round(took[int(len(took) * 0.95)], 1), "queries": asked,
    }  # fmt: skip
    if given.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        sys.stdout.write(
            f"{found['open']} open, {found['late']} of them late, {found['closed']} done\n"
            f"the numbers: {found['numbers_ms']} ms; naively {found['naive_ms']} ms, {'equal' if found['equal'] else 'NOT EQUAL'}\n"
            f"the page: p50 {found['page_p50_ms']} ms, p95 {found['page_p95_ms']} ms (at most {MOST_MS:.0f}), "
            f"at most {found['queries']} questions\n"
        )
    return int(float(str(found["page_p95_ms"])) > MOST_MS or not found["equal"])


if __name__ == "__main__":
    sys.exit(main())
