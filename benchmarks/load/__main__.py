"""A served city under load, on SQLite (synchronous FULL) and PostgreSQL, the people on the same two cores.

`python -m benchmarks.load [--minutes 5] [--sizes 1000,200000,1000000] [--only sqlite|postgresql] [--json]`. Exits 1 below
the targets: 150 submissions a second with p99 under 1.5 s and no error, all dispatched within five minutes more; 400 reads
of a list a second; the same number of statements at every size; pages within 300 ms (p95) and the look at all clocks
within 30 s at the largest. A submission is the petition with its number, event, audit entry, promise and kept answer.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.support import postgres
from tests.support.city import City

from benchmarks.load import bare

ROOT = Path(__file__).resolve().parents[2]
CONNECTIONS = 16
KEY = """
    from django.utils import timezone
    from cityhall.engines.identity.clients import Quota, create_client
    quota = Quota(per_minute=10_000_000, per_day=1_000_000_000)
    scopes = ["petitions.write", "petitions.vouch"]
    answer = create_client(name="load", scopes=scopes, quota=quota, by=None, at=timezone.now())[1]
"""
WAITING = "SELECT count(*) FROM cases_case WHERE status = 'RECEIVED'"
TARGETS = {"submissions": 150.0, "p99": 1500.0, "reads": 400.0, "page": 300.0, "sweep": 30.0, "drain": 300.0}


def percentile(values: list[float], share: float) -> float:
    """The value that so many per cent do not pass."""
    return values[max(0, math.ceil(len(values) * share) - 1)] if values else math.inf


def asked(city: City, what: str, key: str, seconds: float) -> dict[str, Any]:
    """What people met who asked without pause."""
    words = [sys.executable, "-m", "benchmarks.load.people", what, city.url, key, str(seconds), str(CONNECTIONS)]
    met = json.loads(subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    return {
        "per_second": (len(met["ms"]) - len(met["wrong"])) / met["seconds"], "wrong": len(met["wrong"]),
        "p50": percentile(met["ms"], 0.5), "p99": percentile(met["ms"], 0.99), "first_wrong": met["wrong"][:3],
    }  # fmt: skip


def looked_at(city: City, times: int) -> dict[str, Any]:
    """Pages at one size, after so many copies of the petitions."""
    began = time.monotonic()
    if times:
        pages(city, times)
    filled = time.monotonic() - began
    return {"filled_seconds": filled, **pages(city, 0)}


def pages(city: City, times: int) -> dict[str, Any]:
    """What a process of its own answers."""
    answers = city.home / "answers.json"
    words = [sys.executable, "-m", "benchmarks.load.pages", str(times), str(answers)]
    subprocess.run(words, cwd=ROOT, check=True, env={**city.env, "CITYHALL_LOG_LEVEL": "ERROR"})
    return dict(json.loads(answers.read_text(encoding="utf-8")))


def run(home: Path, url: str, sizes: list[int], minutes: float) -> dict[str, Any]:
    """Everything on one database."""
    city = City(home, url)
    city.command("migrate", "-v", "0")
    city.command("demo", "load", "--petitions", str(sizes[0]))
    found: dict[str, Any] = {"sizes": [looked_at(city, 0)]}
    served_at = sizes[1] if len(sizes) > 1 else sizes[0]
    first = found["sizes"][0]["petitions"]
    for size in sizes[1:]:
        more = size - found["sizes"][-1]["petitions"]
        found["sizes"].append(looked_at(city, max(1, round(more / first))))
        if size == served_at:
            found |= under_load(city, minutes)
    return found


def under_load(city: City, minutes: float) -> dict[str, Any]:
    """Reads, then submissions, then how long their dispatch takes."""
    key = city.ask(KEY)
    city.env["CITYHALL_LOG_LEVEL"] = "ERROR"
    city.start()
    try:
        asked(city, "read", key, 5)
        reads = asked(city, "read", key, min(60.0, 60 * minutes))
        before = city.rows(WAITING)[0][0]
        submissions = asked(city, "file", key, 60 * minutes)
        waiting, began = city.rows(WAITING)[0][0] - before, time.monotonic()
        while city.rows(WAITING)[0][0] > before and time.monotonic() - began < 3600:
            time.sleep(1)  # who asks all the time counts as people, and workers stand back for them
        return {"reads": reads, "submissions": submissions, "waiting": waiting, "drain": time.monotonic() - began}
    finally:
        city.stop()


def shortcomings(found: dict[str, Any]) -> list[str]:
    """What is below the targets."""
    wrong = []
    if submissions := found.get("submissions"):
        if submissions["per_second"] < TARGETS["submissions"] or submissions["p99"] > TARGETS["p99"]:
            wrong.append("submissions")
        wrong += ["errors"] * bool(submissions["wrong"] or found["reads"]["wrong"])
        wrong += ["reads"] * (found["reads"]["per_second"] < TARGETS["reads"])
        wrong += ["drain"] * (found["drain"] > TARGETS["drain"])
    first, last = found["sizes"][0], found["sizes"][-1]
    for name, page in last["pages"].items():
        if page["statements"] != first["pages"][name]["statements"]:
            wrong.append(f"statements of {name}")
        if percentile(page["ms"], 0.95) > TARGETS["page"]:
            wrong.append(f"time of {name}")
    if last["sweep"]["seconds"] > TARGETS["sweep"]:
        wrong.append("sweep")
    return wrong


def shown(name: str, found: dict[str, Any]) -> None:
    """The figures, for people."""
    print(f"\n== {name}")
    if submissions := found.get("submissions"):
        reads = found["reads"]
        print(f"bare two inserts     {found['bare']:8.0f} /s")
        print(
            f"submissions          {submissions['per_second']:8.0f} /s   p50 {submissions['p50']:.0f} ms, "
            f"p99 {submissions['p99']:.0f} ms, {submissions['wrong']} wrong {submissions['first_wrong'] or ''}"
        )
        print(f"to dispatch after    {found['waiting']:8d}      drained in {found['drain']:.0f} s")
        print(
            f"list reads           {reads['per_second']:8.0f} /s   p50 {reads['p50']:.0f} ms, p99 {reads['p99']:.0f} ms, "
            f"{reads['wrong']} wrong {reads['first_wrong'] or ''}"
        )
    sizes = [one["petitions"] for one in found["sizes"]]
    print(f"\n{'p95 ms (statements) at':34}" + "".join(f"{size:>18,}" for size in sizes))
    for page in found["sizes"][0]["pages"]:
        cells = [one["pages"][page] for one in found["sizes"]]
        print(f"{page:34}" + "".join(f"{percentile(c['ms'], 0.95):11.0f} ({c['statements']:3})" for c in cells))
    for one in found["sizes"]:
        sweep, export = one["sweep"], one["export"]
        print(
            f"{one['petitions']:>10,}: look at {sweep['running']:,} running clocks {sweep['seconds']:.1f} s; "
            f"CSV of {export['rows']:,} rows {export['seconds']:.0f} s, memory +{export['grown_mb']:.0f} MB; "
            f"filled in {one['filled_seconds']:.0f} s"
        )
    print("below target: " + (", ".join(found["below"]) or "nothing"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--sizes", default="1000,200000,1000000")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sizes, results = [int(size) for size in options.sizes.split(",")], {}
    for name in ("sqlite", "postgresql"):
        if options.only not in {None, name}:
            continue
        with tempfile.TemporaryDirectory(prefix="cityhall-load-") as folder:
            home = Path(folder)
            if name == "sqlite":
                limit = bare.measured(f"sqlite:///{home / 'bare.sqlite3'}", 10)
                found = run(home, f"sqlite:///{home / 'city.sqlite3'}", sizes, options.minutes)
            else:
                server = postgres.Server()
                try:
                    server.stop("fast")
                    server.start(safe=True)
                    limit = bare.measured(server.url, 10)
                    found = run(home, server.url, sizes, options.minutes)
                finally:
                    server.forget()
        results[name] = {**found, "bare": limit, "below": shortcomings(found)}
        if not options.json:
            shown(name, results[name])
    if options.json:
        print(json.dumps(results, indent=1))
    return int(any(found["below"] for found in results.values()))


if __name__ == "__main__":
    sys.exit(main())
