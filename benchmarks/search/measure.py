"""Our search on the database that the environment names: fills it, asks every query, says what it found and how long.

`python -m benchmarks.search.measure ROWS RUNS ANSWERS.json`, started by `benchmarks.search` once for each database.
"""

import json
import os
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Q

from benchmarks.search import queries, texts

PAGE = 25
FIRST = datetime(2014, 12, 25, 1, 0, tzinfo=UTC)


def fill(rows: int) -> int:
    """Petitions straight into the table of cases (intake is measured elsewhere); returns the size of the texts."""
    from cityhall.engines.cases.models import Case
    from cityhall.engines.cases.states import Channel, Status

    size, batch = 0, []
    for number, (subject, body) in enumerate(texts.varied(rows), start=1):
        received = FIRST + timedelta(hours=number * 7919 % 20_000)  # several in an hour: ties are broken by the key
        size += len(f"{subject}\n{body}".encode())
        batch.append(
            Case(
                pk=number, number=f"P{number:07d}", reference=uuid.UUID(int=number), title=subject, text=body,
                channel=Channel.WEB, status=Status.CLOSED, received_at=received, confirmed_at=received,
                opened_on=received.date(), confidential=number % 20 == 0,
            )
        )  # fmt: skip
        if len(batch) == 1000 or number == rows:
            Case.objects.bulk_create(batch)
            batch = []
    return size


def make_index() -> float:
    """The product's own rebuild; returns its seconds."""
    from cityhall.engines.cases.models import Case
    from cityhall.engines.textsearch import services

    services._registered.clear()
    services.register(Case, text_of=lambda case: f"{case.title}\n{case.text}")
    started = time.perf_counter()
    for _model, _done in services.rebuild():
        pass
    return time.perf_counter() - started


def occupied() -> int:
    """Bytes that the database takes."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return Path(settings.DATABASES["default"]["NAME"]).stat().st_size
        cursor.execute("SELECT pg_total_relation_size('textsearch_document')")
        return int(cursor.fetchone()[0])


def settle() -> None:
    """What a database does by itself at night: statistics, and pending entries put in their place."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def peer(may_see: Any, query: str) -> float:
    """Milliseconds of the same page by the databases' own substring search, which reads text after text."""
    for word in query.split():
        may_see = may_see.filter(Q(title__icontains=word) | Q(text__icontains=word))
    started = time.perf_counter()
    list(may_see.order_by("-received_at", "-pk")[:PAGE])
    return (time.perf_counter() - started) * 1000


def measure(rows: int, runs: int) -> dict[str, Any]:
    """Everything that the comparison needs."""
    from cityhall.engines.cases.models import Case
    from cityhall.engines.textsearch.queries import highlight, matching

    call_command("migrate", verbosity=0)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # a benchmark waits for the night's work and for the slow peer
            cursor.execute("SET statement_timeout = 0")
    with transaction.atomic():
        size = fill(rows)
    before = occupied()
    seconds = make_index()
    grown = occupied() - before
    settle()

    asked = queries.fifty([f"{subject}\n{body}" for subject, body in texts.varied(rows)])
    may_see = Case.objects.filter(confidential=False)
    answers = {}
    for query in asked:
        found = matching(may_see, query).order_by("-received_at", "-pk")
        pages = []
        for _run in range(runs):
            started = time.perf_counter()
            page = list(found[:PAGE])
            for case in page:
                highlight(case.title, query)
                highlight(case.text, query)
            pages.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        total = found.count()
        counted = (time.perf_counter() - started) * 1000
        ids = list(found.values_list("pk", flat=True))
        if len(ids) != total or [case.pk for case in page] != ids[:PAGE]:
            raise AssertionError(f"a page of {query!r} is not the beginning of all rows")
        answers[query] = {"ids": ids, "page_ms": pages, "count_ms": counted, "like_ms": peer(may_see, query)}
    return {"text_bytes": size, "index_bytes": grown, "index_seconds": seconds, "answers": answers}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityhall.project.settings")
    django.setup()
    Path(sys.argv[3]).write_text(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))), encoding="utf-8")
