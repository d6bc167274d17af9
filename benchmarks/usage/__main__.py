"""Counted use at the size of the city: 97 million events imported, every figure asked, Spark beside DuckDB.

`python -m benchmarks.usage [--events N] [--made FOLDER] [--no-spark] [--json]`. Exits 1 below the target: a million rows a second from
Parquet, each question within a second on two cores, the same answers from Spark, and nothing changed by a batch that is
sent twice or whose import is killed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ROWS_A_SECOND = 1_000_000
SLOWEST = 1.0
FIRST, LAST = date(2015, 12, 30), date(2017, 2, 28)
DAYS = (LAST - FIRST).days + 1
# What a source holds: act, kind of subject, how many subjects, how many events.
SOURCES: dict[str, list[tuple[str, str, int, int]]] = {
    "card": [
        ("ride", "route", 300, 61_936_718), ("pay", "shop", 675, 4_203_404), ("park", "car-park", 60, 69_185),
        ("borrow", "library", 40, 3_277_793),
    ],
    "layers": [("query", "layer", 489, 14_201_585)],
    "open-data": [
        ("call", "dataset", 800, 7_715_918), ("view", "dataset", 800, 984_200), ("download", "dataset", 800, 464_156),
    ],
    "hotspots": [("session", "hotspot", 516, 3_735_650)],
}  # fmt: skip


def make(source: str, share: float, into: Path) -> int:
    """A file of a source, a row an event, day after day as a gate writes them; returns its rows."""
    import duckdb

    if into.exists():
        return int(duckdb.sql(f"SELECT count(*) FROM '{into}'").fetchall()[0][0])
    parts, rows = [], 0
    for act, kind, subjects, events in SOURCES[source]:
        many = max(1, round(events * share))
        rows += many
        parts.append(
            f"SELECT DATE '{FIRST}' + (i * {DAYS} // {many})::INTEGER AS day, (hash(i + 1) % 24)::TINYINT AS hour, "
            f"['adult', 'senior', 'student'][1 + (hash(i + 2) % 3)::INTEGER] AS who, '{act}' AS act, '{kind}' AS subject_kind, "
            f"'{kind}-' || (hash(i + 3) % {subjects}) AS subject, 'TYN-' || (hash(i + 4) % 13) AS place "
            f"FROM range({many}) numbers(i)"
        )
    with duckdb.connect(
        config={"threads": 2, "memory_limit": "2GB", "temp_directory": str(into.parent / "spill")}
    ) as con:
        con.execute(f"COPY ({' UNION ALL '.join(parts)}) TO '{into}' (FORMAT parquet, COMPRESSION zstd)")
    return rows


def taken_in(source: str, path: Path) -> Any:
    """A file that was read to its end."""
    from django.utils import timezone

    from cityhall.engines.usage import services

    return services.take_in(path, source=source, by=None, at=timezone.now())


def killed(source: str, path: Path) -> tuple[int, int]:
    """Import in a process of its own that is killed in the middle; the rows that were written, and what counts."""
    from cityhall.engines.usage import queries
    from cityhall.engines.usage.models import Batch
    from cityhall.engines.usage.queries import Asked

    words = [sys.executable, "-m", "benchmarks.usage", "--child", source, str(path)]
    child = subprocess.Popen(words, cwd=ROOT)
    while child.poll() is None and not any(
        Batch.objects.filter(source=source, state="READING").values_list("slices", flat=True)
    ):
        time.sleep(0.05)
    if child.poll() is None:
        child.send_signal(signal.SIGKILL)
    child.wait()
    written = Batch.objects.get(source=source).rows
    return written, queries.total(Asked(sources=[source]))


def questions() -> list[tuple[str, str, Any, list[Any], dict[str, Any]]]:
    """What the report, the pages and their downloads ask: a name, a function, its conditions and words."""
    from cityhall.engines.usage.queries import Asked

    card, portal = {"sources": ["card"]}, {"sources": ["open-data"]}
    year = {"first": date(2016, 1, 1), "last": date(2016, 12, 31)}
    return [
        ("everything", "total", Asked(), [], {}),
        ("card uses", "total", Asked(**card), [], {}),
        ("card rides", "total", Asked(**card, acts=["ride"]), [], {}),
        ("card payments", "total", Asked(**card, acts=["pay"]), [], {}),
        ("card loans", "total", Asked(**card, acts=["borrow"]), [], {}),
        ("card by act and month", "by", Asked(**card), ["act", "month"], {}),
        ("card by hour", "by", Asked(**card), ["hour"], {}),
        ("card by day, a year", "by", Asked(**card, **year), ["day"], {}),
        ("card by place", "by", Asked(**card), ["place"], {}),
        ("card, ten routes", "top", Asked(**card, acts=["ride"]), ["subject", 10], {}),
        ("card, different shops", "unique", Asked(**card, acts=["pay"]), [], {}),
        ("spatial queries of 2016", "total", Asked(sources=["layers"], **year), [], {}),
        ("spatial by layer", "top", Asked(sources=["layers"], **year), ["subject", 489], {}),
        ("portal views", "total", Asked(**portal, acts=["view"]), [], {}),
        ("portal downloads", "total", Asked(**portal, acts=["download"]), [], {}),
        ("portal calls", "total", Asked(**portal, acts=["call"]), [], {}),
        ("portal by act and month", "by", Asked(**portal), ["act", "month"], {}),
        ("portal, ten datasets", "top", Asked(**portal), ["subject", 10], {}),
        ("portal, different datasets by month", "unique", Asked(**portal), ["month"], {"of": "subject"}),
        ("wifi by month", "by", Asked(sources=["hotspots"]), ["month"], {}),
        ("wifi by place", "by", Asked(sources=["hotspots"]), ["place"], {}),
        ("wifi, different hotspots", "unique", Asked(sources=["hotspots"]), [], {}),
    ]


def asked_of_duckdb() -> tuple[list[Any], dict[str, float]]:
    """The answers, and the seconds of each: the middle of three, as pages ask it, the tables included."""
    from cityhall.engines.usage import expressions, queries

    answers, seconds = [], {}
    for name, function, asked, words, options in questions():
        took = []
        for _ in range(3):
            began = time.perf_counter()
            table = queries._answer(
                asked,
                lambda events: getattr(expressions, function)(events, asked, *words, **options),  # noqa: B023
            )
            took.append(time.perf_counter() - began)
        answers.append([{key: str(value) for key, value in row.items()} for row in table.to_pylist()])
        seconds[name] = sorted(took)[1]
    return answers, seconds


def asked_of_spark(folder: Path) -> tuple[list[Any], dict[str, float]] | str:
    """The same of Spark in its own environment; a sentence where it cannot be had."""
    from tests.security.tools import CannotInstall, tool

    from cityhall.engines.usage import queries, store
    from cityhall.engines.usage.queries import Asked

    if shutil.which("java") is None:
        return "no Java"
    try:
        python = tool("spark") / "python"
    except CannotInstall as reason:
        return str(reason)
    said = {
        "url": "pyspark://?spark.master=local[2]&spark.ui.enabled=false&spark.driver.memory=3g&spark.sql.session.timeZone=UTC",
        "home": str(store.events()),
        "names": queries.names(Asked()),
        "questions": [(function, asdict(asked), words, options) for _n, function, asked, words, options in questions()],
    }
    into, out = folder / "questions.json", folder / "answers.json"
    into.write_text(json.dumps(said, default=str), encoding="utf-8")
    subprocess.run(
        [str(python), str(ROOT / "tests/usage/spark_ask.py"), str(into), str(out)],
        check=True, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYSPARK_PYTHON": str(python)},
    )  # fmt: skip
    found = json.loads(out.read_text(encoding="utf-8"))
    return [one["rows"] for one in found], {
        question[0]: one["seconds"] for question, one in zip(questions(), found, strict=True)
    }


def measured(folder: Path, made: Path, events: int, spark: bool) -> dict[str, Any]:
    """Everything, in a data folder of its own."""
    from django.core.management import call_command
    from django.utils import timezone

    from cityhall.engines.usage import queries, services
    from cityhall.engines.usage.models import Batch, Part
    from cityhall.engines.usage.queries import Asked

    call_command("migrate", verbosity=0)
    whole = sum(many for parts in SOURCES.values() for *_rest, many in parts)
    share = min(1.0, events / whole)
    for source in SOURCES:
        services.add_system(key=source, name=source, by=None, at=timezone.now())
    rows, seconds, files = {}, {}, {}
    made.mkdir(parents=True, exist_ok=True)
    for source in SOURCES:
        files[source] = made / f"{source}.parquet"
        rows[source] = make(source, share, files[source])
        print(f"  made {source}: {rows[source]:,} events, {files[source].stat().st_size / 2**20:.0f} MB", flush=True)
    for source in ("card", "open-data", "hotspots"):
        began, used = time.perf_counter(), time.process_time()
        batch = taken_in(source, files[source])
        seconds[source] = time.perf_counter() - began
        rate, cpu = rows[source] / seconds[source], time.process_time() - used
        print(
            f"  imported {source}: {seconds[source]:.1f} s ({cpu:.1f} s of processor), {rate:,.0f} rows/s", flush=True
        )
        assert (batch.state, batch.rows, batch.refused_rows) == ("COUNTS", rows[source], 0), batch.refusal
    written, counted = killed("layers", files["layers"])
    print(f"  killed in the middle: {written:,} rows of spatial were written, {counted:,} count", flush=True)
    again = taken_in("layers", files["layers"])
    cut_changes_nothing = counted == 0 and 0 < written < rows["layers"] and again.rows == rows["layers"]
    before = (Batch.objects.count(), Part.objects.count(), queries.total(Asked()))
    taken_in("card", files["card"])
    twice_changes_nothing = before == (Batch.objects.count(), Part.objects.count(), queries.total(Asked()))
    answers, duckdb_seconds = asked_of_duckdb()
    for name, took in duckdb_seconds.items():
        print(f"  {name}: {took * 1000:.0f} ms", flush=True)
    imported = sum(rows[source] for source in seconds)
    result = {
        "rows": sum(rows.values()), "imported_rows_a_second": round(imported / sum(seconds.values())),
        "files": before[1], "megabytes": round(sum(one.stat().st_size for one in (folder / "usage").rglob("*.parquet")) / 2**20),
        "total_is_right": before[2] == sum(rows.values()), "twice_changes_nothing": twice_changes_nothing,
        "cut_changes_nothing": cut_changes_nothing, "slowest_s": round(max(duckdb_seconds.values()), 3),
        "median_s": round(sorted(duckdb_seconds.values())[len(duckdb_seconds) // 2], 3), "spark": "not asked",
    }  # fmt: skip
    if spark:
        found = asked_of_spark(folder)
        if isinstance(found, str):
            result["spark"] = found
        else:
            result["spark"] = "the same" if found[0] == answers else "other answers"
            result["spark_slowest_s"] = round(max(found[1].values()), 1)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.usage")
    parser.add_argument("--events", type=int, default=10**9)
    parser.add_argument("--made", type=Path, help="a folder in which the files are made, or were")
    parser.add_argument("--no-spark", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "cityhall.project.settings"
    import django

    if options.child:
        django.setup()
        taken_in(options.child[0], Path(options.child[1]))
        return 0
    with tempfile.TemporaryDirectory(prefix="usage-") as name:
        os.environ["CITYHALL_DATA_DIR"] = name
        os.environ.pop("CITYHALL_DATABASE_URL", None)
        django.setup()
        result = measured(Path(name), options.made or Path(name) / "made", options.events, not options.no_spark)
    right = result["total_is_right"] and result["twice_changes_nothing"] and result["cut_changes_nothing"]
    quick = result["imported_rows_a_second"] >= ROWS_A_SECOND and result["slowest_s"] <= SLOWEST
    print(json.dumps(result))
    return 0 if right and quick and result["spark"] != "other answers" else 1


if __name__ == "__main__":
    sys.exit(main())
