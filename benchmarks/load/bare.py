"""The limit of the database by itself: two inserts in a transaction, no server, no rules.

`python -m benchmarks.load.bare URL SECONDS`: two processes' worth of threads, as the server has; prints transactions a second.
"""

import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

TABLES = (
    "CREATE TABLE bare_petition (id {key}, body TEXT NOT NULL)",
    "CREATE TABLE bare_event (id {key}, petition BIGINT NOT NULL, at TEXT NOT NULL)",
)
PROCESSES = 2


def work(url: str, seconds: float) -> int:
    """Insert until the time is over; returns how many transactions."""
    done, end = 0, time.monotonic() + seconds
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30, isolation_level=None)
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=FULL")
        while time.monotonic() < end:
            file.execute("BEGIN IMMEDIATE")
            row = file.execute("INSERT INTO bare_petition (body) VALUES (?)", ("路燈不亮" * 20,)).lastrowid
            file.execute("INSERT INTO bare_event (petition, at) VALUES (?, ?)", (row, "2017-03-20"))
            file.execute("COMMIT")
            done += 1
        return done
    import psycopg

    with psycopg.connect(url) as connection:
        while time.monotonic() < end:
            found = connection.execute("INSERT INTO bare_petition (body) VALUES (%s) RETURNING id", ("路燈不亮" * 20,))
            (row,) = found.fetchone()  # type: ignore[misc]
            connection.execute("INSERT INTO bare_event (petition, at) VALUES (%s, %s)", (row, "2017-03-20"))
            connection.commit()
            done += 1
    return done


def prepare(url: str) -> None:
    key = "INTEGER PRIMARY KEY" if url.startswith("sqlite") else "BIGSERIAL PRIMARY KEY"
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).unlink(missing_ok=True)
        file = sqlite3.connect(url.removeprefix("sqlite:///"))
        for table in TABLES:
            file.execute(table.format(key=key))
        file.close()
        return
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(table.format(key=key))  # type: ignore[arg-type]


def measured(url: str, seconds: float) -> float:
    """Transactions a second of PROCESSES processes beside each other."""
    prepare(url)
    words = [sys.executable, "-m", "benchmarks.load.bare", url, str(seconds)]
    processes = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    return sum(int(json.loads(process.communicate()[0])) for process in processes) / seconds


if __name__ == "__main__":
    print(work(sys.argv[1], float(sys.argv[2])))
