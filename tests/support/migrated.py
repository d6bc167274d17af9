"""A migrated database, made once for a state of the tables and copied for each worker and each served city.

Migrating takes longer than most test files. The state is known by the sources that decide it; after a copy Django's own
`migrate` still runs and finds nothing to apply.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(os.environ.get("CITYHALL_BUILD_DIR", ROOT / "build")) / "migrated"
MOST_KEPT = 4
DECIDING = ("migrations/*.py", "models.py", "models/*.py", "apps.py", "project/settings.py", "project/migrating.py")


def state() -> str:
    """A digest of all that decides what a migrated database looks like."""
    found = hashlib.sha256((ROOT / "requirements" / "run.lock").read_bytes())
    for path in sorted({one for pattern in DECIDING for one in (ROOT / "src").rglob(pattern)}):
        found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return found.hexdigest()[:16]


@contextmanager
def _alone() -> Iterator[None]:
    """One process makes it, the others wait."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _migrate(url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="cityhall-migrated-") as home:
        env = {name: value for name, value in os.environ.items() if not name.startswith("CITYHALL_")}
        env |= {"PYTHONPATH": str(ROOT / "src"), "CITYHALL_DATA_DIR": home, "CITYHALL_DATABASE_URL": url}
        env |= {"CITYHALL_SECRET_KEY": "only-for-tests-" + "x" * 40}
        env["CITYHALL_BUILD_DIR"] = str(KEPT.parent)
        command = [sys.executable, "-m", "cityhall.project.command", "migrate", "-v", "0"]
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(done.stderr[-3000:])


def sqlite_file(path: Path) -> None:
    """Put a migrated SQLite database there."""
    kept = KEPT / f"{state()}.sqlite3"
    with _alone():
        if not kept.exists():
            known = sorted(KEPT.glob("*.sqlite3"), key=lambda one: one.stat().st_mtime)
            for old in known[: 1 - MOST_KEPT]:
                old.unlink()
            half = kept.with_suffix(".half")
            half.unlink(missing_ok=True)
            _migrate(f"sqlite:///{half}")
            half.rename(kept)
    shutil.copy(kept, path)


def postgres_database(server: str, name: str) -> None:
    """Make a migrated database of that name on the server; `server` is the address of any database there."""
    kept = f"migrated_{state()}"

    def say(sentence: LiteralString, *names: str) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL(sentence).format(*(sql.Identifier(one) for one in names)))

    with _alone():
        with psycopg.connect(server) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [kept]).fetchone()
        if not known:
            half = f"{kept}_half"
            say("DROP DATABASE IF EXISTS {}", half)
            say("CREATE DATABASE {}", half)
            _migrate(f"{server.rpartition('/')[0]}/{half}")
            say("ALTER DATABASE {} RENAME TO {}", half, kept)
        say("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        say("CREATE DATABASE {} TEMPLATE {}", name, kept)
