"""`python -m benchmarks.features.asking URL SECONDS CONNECTIONS`: ask for an address over kept connections, without pause.

`{n}` in the address becomes a number that was not asked for before. The program shares the machine with whoever answers, so it does as little as it can: of
an answer only its first line and its length are read.
"""

from __future__ import annotations

import itertools
import json
import socket
import sys
import threading
import time
from urllib.parse import urlsplit

ENOUGH = 1 << 16
numbers = itertools.count(1)


def ask(url: str, until: float, took: list[float], wrong: list[int]) -> None:
    """One connection."""
    parts = urlsplit(url)
    said = (
        f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: application/geo+json\r\n"
        "Accept-Encoding: identity\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=60) as line:
        while time.perf_counter() < until:
            began = time.perf_counter()
            line.sendall(said.replace("{n}", str(next(numbers))).encode())
            status = answered(line)
            took.append(time.perf_counter() - began)
            if status != 200:
                wrong.append(status)


def answered(line: socket.socket) -> int:
    """Read one answer to its end. Raises ConnectionError where it does not come, or does not say how long it is."""
    got = b""
    while (head := got.find(b"\r\n\r\n")) < 0:
        got += _more(line)
    lines = got[:head].lower().split(b"\r\n")
    length = next((one.partition(b":")[2] for one in lines if one.startswith(b"content-length:")), None)
    if length is None:
        raise ConnectionError("an answer without its length")
    missing = int(length) - (len(got) - head - 4)
    while missing > 0:
        missing -= len(_more(line))
    return int(lines[0].split()[1])


def _more(line: socket.socket) -> bytes:
    got = line.recv(ENOUGH)
    if not got:
        raise ConnectionError("the answer ended early")
    return got


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
