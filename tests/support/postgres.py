"""A PostgreSQL server for the tests: made in a temporary folder, on loopback, by an ordinary user, ended with the run.

`python -m tests.support.postgres COMMAND …` starts one, runs the command with CITYHALL_TEST_DATABASE_URL set, and
stops it again. Exit code 75 says that PostgreSQL is not installed.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import alive, children_of

NOT_INSTALLED = 75


def binaries() -> Path | None:
    """The folder of the newest initdb and pg_ctl, wherever the system put them."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -float(p.parent.name))
    if found := shutil.which("initdb"):
        candidates.append(Path(found).resolve().parent)
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def _ordinary_user() -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root: then the server runs as postgres or nobody."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server in a folder of its own."""

    def __init__(self) -> None:
        """Make the folder and its database. Raises FileNotFoundError where PostgreSQL is not installed."""
        folder = binaries()
        if folder is None:
            raise FileNotFoundError("PostgreSQL is not installed")
        self.folder, self.user, self.port = folder, _ordinary_user(), free_port()
        self.home = Path(tempfile.mkdtemp(prefix="cityhall-pg-"))
        if self.user:
            os.chown(self.home, *self.user)
        self._run("initdb", "-D", self.db, "-A", "trust", "-U", "cityhall", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "cityhall", "cityhall")

    @property
    def db(self) -> str:
        return str(self.home / "db")

    @property
    def url(self) -> str:
        """The URL of its database, which is empty at first."""
        return f"postgresql://cityhall@127.0.0.1:{self.port}/cityhall"

    def _run(self, *command: str) -> None:
        subprocess.run(
            [str(self.folder / command[0]), *command[1:]],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.home,
            user=self.user[0] if self.user else None, group=self.user[1] if self.user else None,
        )  # fmt: skip

    def start(self, *, safe: bool = False) -> None:
        """Start it and wait until it answers; `safe` is one as a city has it (docs/operations.md): what it acknowledges is on
        the disk, and it has memory.
        """
        kept = "-c fsync=on -c shared_buffers=1GB -c max_wal_size=4GB"
        hasty = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        options = (
            f"-p {self.port} -k {self.home} -c listen_addresses=127.0.0.1 -c max_connections=120"
            f" -c jit=off {kept if safe else hasty}"
        )
        self._run("pg_ctl", "-D", self.db, "-l", str(self.home / "log"), "-w", "-o", options, "start")

    def stop(self, how: str = "immediate") -> None:
        self._run("pg_ctl", "-D", self.db, "-m", how, "-w", "stop")

    def kill(self) -> None:
        """kill -9 of all its processes. Files that name them go too: a zombie would count as a running server."""
        lock = self.home / "db" / "postmaster.pid"
        postmaster = int(lock.read_text().split()[0])
        everybody = [postmaster, *children_of(postmaster)]
        for pid in everybody:
            os.kill(pid, signal.SIGKILL)
        while any(alive(pid) for pid in everybody):
            time.sleep(0.01)
        for file in (lock, *self.home.glob(".s.PGSQL.*")):
            file.unlink()

    def forget(self) -> None:
        """Stop it and delete all of it."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """A running server; yields the URL of an empty database."""
    made = Server()
    try:
        yield made.url
    finally:
        made.forget()


def main(command: list[str]) -> int:
    try:
        with server() as url:
            return subprocess.run(command, env={**os.environ, "CITYHALL_TEST_DATABASE_URL": url}).returncode
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return NOT_INSTALLED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
