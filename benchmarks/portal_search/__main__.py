"""`python -m benchmarks.portal_search [--queries 200] [--only sqlite|postgresql] [--json]`

The open-data portal's search over the 1,444 datasets of the old portal's list, from a served city: parts of titles, drawn
by chance. Each page is timed from the request's first byte to the answer's last; what it says it found is compared with a
substring search over the same texts (recall and precision). Exits 1 beyond 100 ms (p95) or with another answer.
"""

import argparse
import csv
import io
import json
import os
import random
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from tests.support import postgres
from tests.support.city import City

from benchmarks.faq.__main__ import percentile

MOST_MS, SEED = 100.0, 2018
LIST = "data/opendata/taoyuan_portal_dataset_list_2018-07.csv"
FILL = """
    from pathlib import Path
    from django.utils import timezone
    from cityhall.domains.open_data import listing
    from cityhall.domains.open_data.tests.city import agencies_of
    data = Path({path!r}).read_bytes()
    agencies_of(data)
    answer = listing.take_in(data, by=None, at=timezone.now()).entered
    from django.db import connection
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself a minute after so many rows
"""
COUNT = """
    from pathlib import Path
    from cityhall.domains.open_data import queries, services
    from cityhall.domains.open_data.models import Dataset
    from cityhall.engines.textsearch import rules
    asked = json.loads(Path({path!r}).read_text(encoding="utf-8"))
    texts = [rules.fold(services.text_of(one)) for one in queries.whole(Dataset.objects.all())]
    answer = {{q: sum(all(word.text in text for word in rules.words(q)) for text in texts) for q in asked}}
"""
FOUND = re.compile(r"([\d,]+) 項資料集")


def pieces(titles: list[str], many: int) -> list[str]:
    """Parts of titles, of two letters and more."""
    chance, found = random.Random(SEED), list[str]()
    while len(found) < many:
        title = chance.choice(titles)
        first = chance.randrange(max(len(title) - 1, 1))
        piece = title[first : first + chance.randrange(2, 7)].strip()
        if len(piece) > 1 and " " not in piece:
            found.append(piece)
    return found


def run(home: Path, url: str, data: Path, many: int) -> dict[str, Any]:
    """One database."""
    city = City(home, url)
    city.command("migrate", "-v", "0")
    datasets = city.ask(FILL.format(path=str(data)))
    sheet = csv.DictReader(io.StringIO(data.read_bytes().decode(), newline=""))
    asked = pieces([row["資料名稱"].strip() for row in sheet], many)
    file = home / "asked.json"
    file.write_text(json.dumps(asked, ensure_ascii=False), encoding="utf-8")
    right = city.ask(COUNT.format(path=str(file)))
    city.env["CITYHALL_LOG_LEVEL"] = "ERROR"
    city.start()
    took, wrong = [], []
    try:
        with httpx.Client(base_url=city.url, timeout=30) as line:
            for _n in range(10):
                line.get("/data/", params={"q": "停車"})
            for words in asked:
                began = time.perf_counter()
                page = line.get("/data/", params={"q": words}).text
                took.append((time.perf_counter() - began) * 1000)
                found = FOUND.search(page)
                if found is None or int(found[1].replace(",", "")) != right[words]:
                    wrong.append(words)
    finally:
        city.stop()
    return {
        "datasets": datasets, "queries": len(asked), "p50_ms": round(percentile(took, 0.5), 1),
        "p95_ms": round(percentile(took, 0.95), 1), "max_ms": round(max(took), 1), "other_answers": wrong,
    }  # fmt: skip


def main() -> int:
    """Measure, print, and say by the exit code whether the targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.portal_search", description=__doc__)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line, and no table")
    given, found = parser.parse_args(), dict[str, dict[str, Any]]()
    data = Path(os.environ.get("CITYHALL_SHARED", Path(__file__).resolve().parents[3] / "shared")) / LIST
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        if given.only != "postgresql":
            (home / "s").mkdir()
            found["sqlite"] = run(home / "s", f"sqlite:///{home}/s/cityhall.sqlite3", data, given.queries)
        if given.only != "sqlite":
            (home / "p").mkdir()
            with postgres.server() as database:
                found["postgresql"] = run(home / "p", database, data, given.queries)
    for name, one in found.items():
        if not given.json:
            print(
                f"{name}: {one['datasets']:,} datasets, {one['queries']} searches: p50 {one['p50_ms']} ms, p95 {one['p95_ms']} ms, "
                f"slowest {one['max_ms']} ms, {len(one['other_answers'])} answered otherwise than a substring search"
            )
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
    problems = [name for name, one in found.items() if one["p95_ms"] > MOST_MS or one["other_answers"]]
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
