"""`python -m benchmarks.features [--seconds S] [--json]`: the villages of a box by ours and by pygeoapi's GeoJSON provider.

Both serve the same 504 villages with two workers on this machine and are asked one after the other over sixteen connections:
the same box again and again, as maps ask for a city's middle, and boxes of which none was asked for before.
Exits 1 where the features differ, where an answer is no answer, or below 50 times pygeoapi's answers a second to one box.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import httpx

from benchmarks.features.served import asked, ours, pygeoapi

TIMES = 50.0
BOX = "121.20,24.95,121.25,25.00"


def main() -> int:
    """Serve both, compare, ask."""
    parser = argparse.ArgumentParser(prog="benchmarks.features")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with ours(home) as our_url, pygeoapi(home) as their_url:
            query = f"bbox={BOX}&limit=1000"
            ever_new = f"bbox={BOX}000{{n}}&limit=1000&f=json"  # 25.000001, 25.000002, …: the same villages
            addresses = {"ours": f"{our_url}?{query}&f=json", "pygeoapi": f"{their_url}?{query}&f=json"}
            answers = {name: httpx.get(url, trust_env=False, timeout=60) for name, url in addresses.items()}
            ids = {
                name: sorted(str(one["id"]) for one in answer.json()["features"]) for name, answer in answers.items()
            }
            for url in addresses.values():
                asked(url, 2.0)  # every worker has read what it needs
            met = {name: asked(url, given.seconds) for name, url in addresses.items()}
            met["ours, new boxes"] = asked(f"{our_url}?{ever_new}", given.seconds)
            met["pygeoapi, new boxes"] = asked(f"{their_url}?{ever_new}", given.seconds)
    times = met["ours"]["per_second"] / met["pygeoapi"]["per_second"]
    times_new = met["ours, new boxes"]["per_second"] / met["pygeoapi, new boxes"]["per_second"]
    same = ids["ours"] == ids["pygeoapi"] and len(ids["ours"]) > 0
    said = {
        "features": len(ids["ours"]), "same": same, "times": round(times, 1), "times_new": round(times_new, 1),
        **{name: {key: round(value, 1) for key, value in values.items()} for name, values in met.items()},
    }  # fmt: skip
    if not given.json:
        for name, values in met.items():
            print(
                f"{name:20} {values['per_second']:8.1f}/s  p50 {values['p50_ms']:7.1f} ms  p99 {values['p99_ms']:7.1f} ms"
            )
        print(
            f"{len(ids['ours'])} features, the same: {same}; {times:.0f} times as many answers a second, {times_new:.0f} times to new boxes"
        )
    print(json.dumps(said))
    wrong = sum(values["wrong"] for values in met.values())
    return 0 if same and not wrong and times >= TIMES else 1


sys.exit(main())
