"""Our search beside plain substring search, over 100,000 records, on SQLite and on PostgreSQL in the same run.

`python -m benchmarks.search [--rows N] [--runs N] [--json]`. Exits 1 below the target: the same rows in the same order
on both databases for all fifty queries, the rows of substring search for at least 49, a page within 50 ms (p95).
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support import postgres

from benchmarks.search import texts

ROOT = Path(__file__).resolve().parents[2]
SAME_AS_SUBSTRING = 49
SLOWEST_MS = 50


def measured(rows: int, runs: int, url: str, folder: Path) -> dict[str, Any]:
    """One database, filled and asked in a process of its own."""
    answers = folder / "answers.json"
    subprocess.run(
        [sys.executable, "-m", "benchmarks.search.measure", str(rows), str(runs), str(answers)],
        check=True,
        cwd=ROOT,
        env={**os.environ, "CITYHALL_DATABASE_URL": url, "CITYHALL_DATA_DIR": str(folder)},
    )
    return dict(json.loads(answers.read_text(encoding="utf-8")))


def folded(text: str) -> str:
    """As a reader reads it: １２３ is 123, KTV is ktv. Independent of the folding that our index uses."""
    return unicodedata.normalize("NFKC", text).casefold()


def substring(rows: int, queries: list[str], fold: Callable[[str], str]) -> dict[str, set[int]]:
    """The records in whose text every word of the query stands."""
    words = {query: fold(query).split() for query in queries}
    found: dict[str, set[int]] = {query: set() for query in queries}
    for number, (subject, body) in enumerate(texts.varied(rows), start=1):
        if number % 20 == 0:  # confidential, as the records of `measure.fill`
            continue
        text = fold(f"{subject}\n{body}")
        for query, all_of in words.items():
            if all(word in text for word in all_of):
                found[query].add(number)
    return found


def percentile(values: list[float], share: float) -> float:
    """The value that so many per cent do not pass."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def judged(rows: int, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The figures of the comparison."""
    first = next(iter(found.values()))["answers"]
    queries = list(first)
    plain, typed = substring(rows, queries, folded), substring(rows, queries, str.lower)
    differ = [query for query in queries if set(first[query]["ids"]) != plain[query]]
    result: dict[str, Any] = {
        "rows": rows,
        "queries": len(queries),
        "same_rows_same_order": sum(
            len({tuple(one["answers"][query]["ids"]) for one in found.values()}) == 1 for query in queries
        ),
        "same_as_substring": len(queries) - len(differ),
        "same_as_typed": sum(set(first[query]["ids"]) == typed[query] for query in queries),
        "differ": {
            query: {"ours": len(first[query]["ids"]), "substring": len(plain[query])} for query in differ
        },
    }  # fmt: skip
    for name, one in found.items():
        pages = [ms for answer in one["answers"].values() for ms in answer["page_ms"]]
        like = [answer["like_ms"] for answer in one["answers"].values()]
        result[name] = {
            "p50_ms": round(percentile(pages, 0.5), 1),
            "p95_ms": round(percentile(pages, 0.95), 1),
            "count_p95_ms": round(percentile([a["count_ms"] for a in one["answers"].values()], 0.95), 1),
            "like_p50_ms": round(percentile(like, 0.5), 1),
            "like_p95_ms": round(percentile(like, 0.95), 1),
            "index_mb": round(one["index_bytes"] / 1e6, 1),
            "text_mb": round(one["text_bytes"] / 1e6, 1),
            "index_seconds": round(one["index_seconds"], 1),
        }
    return result


def shown(result: dict[str, Any]) -> str:
    """The figures as a table, ours beside plain substring search."""
    lines = [
        f"{result['rows']:,} records, {result['queries']} queries of one to five characters",
        f"same rows in the same order on both databases  {result['same_rows_same_order']}/{result['queries']}",
        f"the rows of plain substring search             {result['same_as_substring']}/{result['queries']}"
        f" ({result['same_as_typed']} if full-width １２３ counts as another text than 123)",
        *(f"  {query}: ours {n['ours']}, substring {n['substring']}" for query, n in result["differ"].items()),
        "",
        f"{'a page, ms':12}{'ours p50':>10}{'p95':>8}{'LIKE p50':>11}{'p95':>9}{'index MB':>10}{'text MB':>9}",
    ]
    for name in ("SQLite", "PostgreSQL"):
        if one := result.get(name):
            lines.append(
                f"{name:12}{one['p50_ms']:>10}{one['p95_ms']:>8}{one['like_p50_ms']:>11}{one['like_p95_ms']:>9}"
                f"{one['index_mb']:>10}{one['text_mb']:>9}"
            )
    return "\n".join(lines)


def main() -> int:
    """Measure, compare, print, and say by the exit code whether the target is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5, help="how often each page is asked for")
    parser.add_argument("--json", action="store_true", help="print the figures as one line of JSON")
    given = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory(prefix="cityhall-search-") as folder:
        home = Path(folder)
        found["SQLite"] = measured(given.rows, given.runs, f"sqlite:///{home / 'search.sqlite3'}", home)
        try:
            with postgres.server() as url:
                found["PostgreSQL"] = measured(given.rows, given.runs, url, home)
        except FileNotFoundError as missing:
            print(f"{missing}: only SQLite is measured, so the comparison of both is not made.", file=sys.stderr)
    result = judged(given.rows, found)
    print(json.dumps(result, ensure_ascii=False) if given.json else shown(result))
    met = (
        len(found) == 2
        and result["same_rows_same_order"] == result["queries"]
        and result["same_as_substring"] >= SAME_AS_SUBSTRING
        and all(result[name]["p95_ms"] <= SLOWEST_MS for name in found)
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
