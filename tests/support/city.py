"""A real city for a test: `cityhall serve` in processes of its own, on the database of this run, to be killed at will.

`CITYHALL_TEST_DATABASE_URL` decides the database as for all tests: PostgreSQL where it is set (a database of its own is
made there), SQLite otherwise. Nothing here sleeps for a fixed time: everything waits until what it waits for is so.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString
from uuid import uuid4

import httpx
import psycopg
from psycopg import sql

from cityhall.engines.letters.standins.store import Store
from tests.support import migrated
from tests.support.postgres import free_port
from tests.support.processes import alive, children_of

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0


def until(found: Callable[[], Any], why: str, patience: float = PATIENCE) -> Any:
    """Ask again and again until the answer is true; fail with the reason when it never is."""
    end = time.monotonic() + patience
    while True:
        if answer := found():
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience:.0f} s in vain: {why}")
        time.sleep(0.02)


class City:
    """A served city."""

    def __init__(self, home: Path, database_url: str, *, task_workers: int = 2, web_workers: int = 2) -> None:
        self.home, self.database_url = home, database_url
        self.task_workers, self.web_workers_wanted = task_workers, web_workers
        self.port = free_port()
        self.log = home / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CITYHALL_")},
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONUNBUFFERED": "1",
            "CITYHALL_DATA_DIR": str(home),
            "CITYHALL_DATABASE_URL": database_url,
            "CITYHALL_SECRET_KEY": "only-for-tests-" + "x" * 40,
            "CITYHALL_DEMO": "1",
        }
        if build := os.environ.get("CITYHALL_BUILD_DIR"):
            self.env["CITYHALL_BUILD_DIR"] = build

    # --- life ---

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `cityhall …` on this city's data."""
        done = subprocess.run(
            [sys.executable, "-m", "cityhall.project.command", *words], env=self.env, capture_output=True, text=True
        )
        if check and done.returncode:
            raise AssertionError(done.stderr[-3000:])
        return done

    def ask(self, code: str) -> Any:
        """Run a few lines of Python inside the program; what they put into `answer` comes back."""
        lines = ["import json, sys", textwrap.dedent(code).strip(), "sys.stdout.write('\\n' + json.dumps(answer))"]
        return json.loads(self.command("shell", "-v", "0", "-c", "\n".join(lines)).stdout.rpartition("\n")[2])

    def rows(self, query: LiteralString) -> list[tuple[Any, ...]]:
        """Ask the database itself: quick enough to be asked again and again."""
        if self.database_url.startswith("postgres"):
            with psycopg.connect(self.database_url) as connection:
                return connection.execute(query).fetchall()
        with closing(sqlite3.connect(self.database_url.removeprefix("sqlite:///"), timeout=30)) as file:
            return file.execute(query).fetchall()

    def start(self) -> "City":
        """Serve, and wait until pages are answered."""
        words = [
            "serve", "--port", str(self.port), "--standins",
            "--task-workers", str(self.task_workers), "--web-workers", str(self.web_workers_wanted),
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cityhall.project.command", *words],
                env=self.env, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until(self._ready, f"the city is served\n{self.log.read_text()[-3000:]}")
        return self

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(self.log.read_text()[-3000:])
        return self.answers()

    def answers(self) -> bool:
        """Whether /healthz answers well."""
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/healthz", timeout=PATIENCE, trust_env=False).status_code == 200
        return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop as Ctrl-C does; returns the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=PATIENCE)

    # --- where things are ---

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def inbox(self) -> Store:
        """What the stand-ins got."""
        return Store(self.home / "standins.sqlite3")

    def running(self) -> dict[str, int]:
        """The supervisor's children by name."""
        with suppress(FileNotFoundError):
            return dict(json.loads((self.home / f"serve-{self.port}.json").read_text())["children"])
        return {}

    def web_workers(self) -> list[int]:
        """The processes that answer requests."""
        return children_of(self.running().get("web", -1))

    def everybody(self) -> list[int]:
        """Every process of this city."""
        assert self.process is not None
        direct = children_of(self.process.pid)
        return [self.process.pid, *direct, *(grand for pid in direct for grand in children_of(pid))]

    # --- harm ---

    def kill(self, pid: int) -> None:
        """kill -9, and wait until it is dead."""
        os.kill(pid, signal.SIGKILL)
        if self.process is not None and pid == self.process.pid:
            self.process.wait(PATIENCE)
        until(lambda: not alive(pid), f"process {pid} is dead")

    def misbehave(self, channel: str, behave: str, times: int = 1) -> None:
        """Tell a stand-in what to do with the next messages."""
        plan = self.home / "standins.json"
        address = json.loads(until(lambda: plan.exists() and plan.read_text(), "the stand-ins tell where they are"))
        body = {"channel": channel, "behave": behave, "times": times}
        httpx.post(f"{address['http']}/behave", json=body, timeout=PATIENCE, trust_env=False).raise_for_status()


class Databases:
    """Databases of the kind that this run tests, with a small city: made once, then copied."""

    def __init__(self, home: Path, server: str | None = None) -> None:
        self.home = home
        self.server = os.environ.get("CITYHALL_TEST_DATABASE_URL", "") if server is None else server
        self.template = self._name()

    def _name(self) -> str:
        return f"faults_{uuid4().hex[:12]}"

    def _url(self, name: str) -> str:
        if self.server:
            return f"{self.server.rpartition('/')[0]}/{name}"
        return f"sqlite:///{self.home / name}.sqlite3"

    def _say(self, sentence: LiteralString, *names: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql.SQL(sentence).format(*(sql.Identifier(name) for name in names)))

    def prepare(self) -> None:
        """Make the one that is copied, and put a small city into it."""
        if self.server:
            migrated.postgres_database(self.server, self.template)
        else:
            migrated.sqlite_file(self.home / f"{self.template}.sqlite3")
        City(self.home, self._url(self.template)).ask(
            "from cityhall.domains.petitions.tests.city import make_city\nanswer = len(make_city().lights.name)"
        )

    def forget(self) -> None:
        """Drop the one that was copied."""
        if self.server:
            self._say("DROP DATABASE {} WITH (FORCE)", self.template)

    @contextmanager
    def copy(self, *, empty: bool = False) -> Iterator[str]:
        """A database of one's own; an empty one has no tables."""
        name = self._name()
        if self.server and empty:
            self._say("CREATE DATABASE {}", name)
        elif self.server:
            self._say("CREATE DATABASE {} TEMPLATE {}", name, self.template)
        elif not empty:
            shutil.copy(self.home / f"{self.template}.sqlite3", self.home / f"{name}.sqlite3")
        try:
            yield self._url(name)
        finally:
            if self.server:
                self._say("DROP DATABASE {} WITH (FORCE)", name)
