"""`python -m benchmarks.features.asking URL SECONDS CONNECTIONS`: ask for one address over kept connections, without pause."""

from __future__ import annotations

import json
import sys
import threading
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit


def ask(url: str, until: float, took: list[float], wrong: list[int]) -> None:
    """One connection."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=60)
    path = f"{parts.path}?{parts.query}"
    while time.perf_counter() < until:
        began = time.perf_counter()
        connection.request("GET", path, headers={"Accept": "application/geo+json"})
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - began)
        if answer.status != 200:
            wrong.append(answer.status)


def main() -> None:
    """Print what was met."""
    url, seconds, connections = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    took: list[float] = []
    wrong: list[int] = []
    began = time.perf_counter()
    threads = [threading.Thread(target=ask, args=(url, began + seconds, took, wrong)) for _n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted, ordered = time.perf_counter() - began, sorted(took)
    said = {
        "per_second": len(took) / lasted, "p50_ms": 1000 * ordered[len(ordered) // 2],
        "p99_ms": 1000 * ordered[int(len(ordered) * 0.99) - 1], "wrong": len(wrong),
    }  # fmt: skip
    print(json.dumps(said))


main()
