"""A backup that an earlier version wrote of a living city comes up to date in this one, with nothing lost."""

import json
import zipfile
from pathlib import Path

import pytest

from cityhall.project import backup
from tests.support.city import City, Databases

OLDER = Path(__file__).parent / "older"
FIGURES = {  # as that version counted them
    "city-20261127.zip": {
        "petitions.received": 12,
        "petitions.received_monthly": 1,
        "petitions.urgent_categories": 1,
        "petitions.urgent_received": 6,
        "petitions.urgent_to_improve": 2,
        "petitions.repeated_listed": 1,
        "petitions.repeated_declined": 1,
        "petitions.filtered": 1,
    }
}
GROW = {"django_content_type", "auth_permission", "django_migrations"}  # a newer version has more kinds of record
MOVED = {"cases_daycounter": "numbers_counter"}
ASKED = """
from datetime import date
from django.db import connection
from cityhall.domains.petitions.tests.city import opened
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.models import Case
from cityhall.engines.figures.queries import value
from cityhall.engines.files.models import StoredFile, path_of
from cityhall.engines.textsearch.queries import matching
from cityhall.foundation.clock import at
from cityhall.foundation.period import Period
now, year, end = at(date(2027, 1, 4), 9), Period.year(2026), Period(date(2026, 12, 31), date(2026, 12, 31))
counts = {}
with connection.cursor() as cursor:
    for table in TABLES:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
        counts[table] = cursor.fetchone()[0]
answer = {
    "counts": counts,
    "figures": {key: float(value(key, end if key.endswith("_listed") else year, at=now).value) for key in FIGURES},
    "cases": sorted([str(case.reference), case.number, case.status, case.text] for case in Case.objects.all()),
    "hashes": {entry.seq: entry.hash for entry in Entry.objects.all()},
    "files": [path_of(stored.digest).is_file() for stored in StoredFile.objects.all()],
    "found": matching(Case.objects.all(), "路燈").count(),
    "next": opened(when=now).case.number,
}
"""


@pytest.mark.parametrize("name", FIGURES)
def test_comes_up_to_date(name, tmp_path):
    path = OLDER / name
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read(backup.MANIFEST))
        cases = [json.loads(line) for line in archive.read("tables/cases_case.jsonl").splitlines()]
    with Databases(tmp_path).copy(empty=True) as url:
        city = City(tmp_path, url)

        assert "audit trail verified" in city.command("restore", str(path)).stdout

        city.command("migrate", "--check")
        assert city.command("audit", "verify").stdout.startswith("ok:")
        kept = {MOVED.get(table, table): rows for table, rows in manifest["tables"].items() if table not in GROW}
        found = city.ask(f"FIGURES, TABLES = {list(FIGURES[name])}, {list(kept)}\n{ASKED}")
        kept["audit_entry"] += 1  # that it was restored
        assert found["counts"] == kept
        assert found["figures"] == FIGURES[name]
        assert found["cases"] == sorted([row["reference"], row["number"], row["status"], row["text"]] for row in cases)
        assert found["hashes"][str(manifest["audit"]["seq"])] == manifest["audit"]["hash"]
        assert found["files"] == [True] * len(found["files"]) != []
        assert found["found"] > 0
        assert found["next"] == "116-0104-0001"
