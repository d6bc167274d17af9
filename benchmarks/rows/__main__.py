"""Our row store beside SQLite with indexes: the same million rows, the same questions, the same answers.

`python -m benchmarks.rows [--rows N] [--import-rows N] [--runs N] [--json]`. Exits 1 when an answer differs, or beyond the target: any
page, filter and group within 100 ms (p50), a sort by any column within 500 ms, a substring within 700 ms, and five million
rows taken in within 60 s with progress. Totals are counted anew each time.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TARGETS = {"page": 100, "filter": 100, "group": 100, "sort": 500, "substring": 700}
IMPORT_SECONDS = 60


def _questions(rows: int) -> list[tuple[str, str, dict[str, Any], str, tuple[Any, ...]]]:
    """Kind, name, our parameters, SQLite's statement and its values."""
    every = "SELECT _id, 案號, 日期, 行政區, 類別, 地址, 經度, 緯度, 金額, 說明 FROM t"
    two = {"行政區": "中壢區", "類別": "噪音"}
    page = f"{every} ORDER BY _id LIMIT 100 OFFSET ?"
    asked = [
        ("page", "first page", {}, page, (0,)),
        ("page", "page in the middle", {"offset": rows // 2}, page, (rows // 2,)),
        ("page", "last page", {"offset": rows - 100}, page, (rows - 100,)),
        ("page", "after a row", {"after": [rows // 2]}, f"{every} WHERE _id > ? ORDER BY _id LIMIT 100", (rows // 2,)),
        ("filter", "two values", {"filters": two},
         f"{every} WHERE 行政區 = ? AND 類別 = ? ORDER BY _id LIMIT 100", ("中壢區", "噪音")),
        ("filter", "two values, a late page", {"filters": two, "offset": rows // 200},
         f"{every} WHERE 行政區 = ? AND 類別 = ? ORDER BY _id LIMIT 100 OFFSET ?", ("中壢區", "噪音", rows // 200)),
        ("filter", "a range of days", {"filters": {"日期": {"from": "2016-01-01", "to": "2016-01-31"}}},
         f"{every} WHERE 日期 BETWEEN ? AND ? ORDER BY _id LIMIT 100", ("2016-01-01", "2016-01-31")),
        ("filter", "a box", {"bbox": "121.1,24.9,121.2,25.0"},
         f"{every} WHERE 經度 BETWEEN 121.1 AND 121.2 AND 緯度 BETWEEN 24.9 AND 25.0 ORDER BY _id LIMIT 100", ()),
        ("filter", "one code", {"filters": {"案號": f"TY{rows // 2:08d}"}}, f"{every} WHERE 案號 = ?", (f"TY{rows // 2:08d}",)),
        ("group", "two columns, mean", {"group": "行政區,類別", "aggregates": "count,avg:金額", "limit": 1000},
         "SELECT 行政區, 類別, count(*), avg(金額) FROM t GROUP BY 1, 2 ORDER BY 1, 2", ()),
        ("group", "by month", {"group": "日期:month", "aggregates": "count,sum:金額"},
         "SELECT substr(日期, 1, 7), count(*), sum(金額) FROM t GROUP BY 1 ORDER BY 1", ()),
        ("substring", "in any column", {"q": "中正路5"},
         f"{every} WHERE 地址 LIKE '%中正路5%' OR 說明 LIKE '%中正路5%' ORDER BY _id LIMIT 100", ()),
        ("substring", "nowhere", {"q": "沒有這個詞"}, f"{every} WHERE 地址 LIKE '%沒有這個詞%' OR 說明 LIKE '%沒有這個詞%' LIMIT 100", ()),
        ("substring", "in one column", {"filters": {"地址": {"contains": "春日路9"}}},
         f"{every} WHERE 地址 LIKE '%春日路9%' ORDER BY _id LIMIT 100", ()),
    ]  # fmt: skip
    for column in ("案號", "日期", "行政區", "類別", "地址", "經度", "緯度", "金額", "說明"):
        sort = f"{every} ORDER BY {column} DESC, _id LIMIT 100"
        asked.append(("sort", f"by {column}", {"sort": f"{column} desc"}, sort, ()))
    return asked


def _sqlite(source: Path, path: Path) -> tuple[sqlite3.Connection, float]:
    """The same rows in SQLite, with the indexes that its filters need."""
    began = time.perf_counter()
    con = sqlite3.connect(path)
    con.execute("PRAGMA journal_mode = OFF")
    con.execute("PRAGMA cache_size = -256000")
    con.execute(
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, 案號 TEXT, 日期 TEXT, 行政區 TEXT, 類別 TEXT, 地址 TEXT, 經度 REAL, 緯度 REAL,"
        " 金額 INTEGER, 說明 TEXT)"
    )
    with source.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        con.executemany(
            "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", ([n, *row] for n, row in enumerate(reader, 1))
        )
    con.execute("CREATE INDEX place ON t (行政區, 類別)")
    con.execute("CREATE INDEX day ON t (日期)")
    con.commit()
    return con, time.perf_counter() - began


def _plain(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows as both can say them."""
    return [
        tuple(
            one.isoformat() if hasattr(one, "isoformat") else round(one, 6) if isinstance(one, float) else one
            for one in row
        )
        for row in rows
    ]


def _median(runs: int, ask: Callable[[], Any]) -> float:
    times = []
    for _run in range(runs):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 1)


def _asked(store: Any, con: sqlite3.Connection, rows: int, runs: int) -> list[dict[str, Any]]:
    from cityhall.engines.tables import asking
    from cityhall.engines.tables.querying import parse

    found = []
    for kind, name, parameters, statement, values in _questions(rows):
        query = parse(parameters, store)

        def ours(query: Any = query) -> Any:
            asking._totals.kept.clear()
            return asking.ask(store, query)

        def theirs(statement: str = statement, values: tuple[Any, ...] = values) -> Any:
            return con.execute(statement, values).fetchall()

        same = _plain(ours().rows) == _plain(theirs())
        without_total = parse({**parameters, "total": "false"}, store)
        found.append({
            "kind": kind, "question": name, "same": same, "ours_ms": _median(runs, ours),
            "ours_without_total_ms": _median(runs, lambda query=without_total: asking.ask(store, query)),
            "sqlite_ms": _median(min(runs, 3), theirs),
        })  # fmt: skip
    return found


def _imported(source: Path, rows: int) -> dict[str, Any]:
    from cityhall.engines.tables.reading import read
    from cityhall.engines.tables.storing import write

    heard: list[tuple[str, float]] = []
    began, busy = time.perf_counter(), time.process_time()
    with read(source, name=source.name, told=lambda step, share: heard.append((step, share))) as reading:
        stored = write(reading, told=lambda step, share: heard.append((step, share)))
    seconds = time.perf_counter() - began
    assert stored.rows == rows
    return {
        "rows": rows, "seconds": round(seconds, 1), "cpu_seconds": round(time.process_time() - busy, 1), "steps_told": len(heard), "csv_mb": source.stat().st_size // 10**6,
        "parquet_mb": stored.size // 10**6, "most_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def _shown(result: dict[str, Any]) -> str:
    lines = [
        f"{result['rows']:,} rows; load: ours {result['ours_load_s']} s, SQLite with two indexes {result['sqlite_load_s']} s",
        f"{'':10}{'question':28}{'ours ms':>9}{'no total':>10}{'SQLite ms':>11}  same",
    ]
    for one in result["questions"]:
        lines.append(
            f"{one['kind']:10}{one['question']:28}{one['ours_ms']:>9}{one['ours_without_total_ms']:>10}{one['sqlite_ms']:>11}"
            f"  {'yes' if one['same'] else 'NO'}"
        )
    if taken := result.get("import"):
        lines.append(
            f"import of {taken['rows']:,} rows ({taken['csv_mb']} MB of CSV): {taken['seconds']} s ({taken['cpu_seconds']} s of CPU), progress told"
            f" {taken['steps_told']} times, {taken['most_memory_mb']} MB of memory at most, {taken['parquet_mb']} MB of Parquet"
        )
    lines += [f"missed: {one}" for one in result["missed"]]
    return "\n".join(lines)


def main() -> int:
    """Measure, compare, print, and say by the exit code whether the target is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--import-rows", type=int, default=5_000_000, help="0: leave the import out")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print the figures as one line of JSON")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cityhall-rows-") as folder:
        home = Path(folder)
        os.environ["CITYHALL_DATA_DIR"] = str(home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityhall.project.settings")
        import django

        django.setup()
        result = _measured(home, given)
    print(json.dumps(result, ensure_ascii=False) if given.json else _shown(result))
    return 1 if result["missed"] else 0


def _measured(home: Path, given: argparse.Namespace) -> dict[str, Any]:
    from benchmarks.rows.table import repeat_rows, write_rows
    from cityhall.engines.tables.reading import read
    from cityhall.engines.tables.storing import write

    source = home / "rows.csv"
    write_rows(source, given.rows)
    con, sqlite_load = _sqlite(source, home / "rows.sqlite3")
    began = time.perf_counter()
    with read(source, name="rows") as reading:
        store = write(reading)
    result: dict[str, Any] = {
        "rows": given.rows, "ours_load_s": round(time.perf_counter() - began, 1), "sqlite_load_s": round(sqlite_load, 1),
        "questions": _asked(store, con, given.rows, given.runs),
    }  # fmt: skip
    con.close()
    missed = [f"{one['question']}: another answer" for one in result["questions"] if not one["same"]]
    missed += [
        f"{one['kind']} {one['question']}: {one['ours_ms']} ms of {TARGETS[one['kind']]}"
        for one in result["questions"] if one["ours_ms"] > TARGETS[one["kind"]]
    ]  # fmt: skip
    if given.import_rows:
        many = home / "many.csv"
        repeat_rows(source, many, max(1, given.import_rows // given.rows))
        result["import"] = _imported(many, max(1, given.import_rows // given.rows) * given.rows)
        if result["import"]["seconds"] > IMPORT_SECONDS * max(1, given.import_rows / 5_000_000):
            missed.append(f"import: {result['import']['seconds']} s of {IMPORT_SECONDS}")
    result["missed"] = missed
    return result


if __name__ == "__main__":
    sys.exit(main())
