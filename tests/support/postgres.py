"""A PostgreSQL server for the tests: made in a temporary folder, on loopback, by an ordinary user, ended with the run.

`python -m tests.support.postgres COMMAND …` starts one, runs the command with CITYHALL_TEST_DATABASE_URL set, and
stops it again. Exit code 75 says that PostgreSQL is not installed.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def server() -> Iterator[str]:
    """A running server; yields the URL of an empty database."""
    folder = binaries()
    if folder is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    user = _ordinary_user()
    home = Path(tempfile.mkdtemp(prefix="cityhall-pg-"))
    if user:
        os.chown(home, *user)
    port = free_port()

    def run(*command: str) -> None:
        subprocess.run(
            [str(folder / command[0]), *command[1:]],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=home,
            user=user[0] if user else None, group=user[1] if user else None,
        )  # fmt: skip

    run("initdb", "-D", str(home / "db"), "-A", "trust", "-U", "cityhall", "-E", "UTF8", "--locale=C.UTF-8")
    options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=120"
    run("pg_ctl", "-D", str(home / "db"), "-l", str(home / "log"), "-w", "-o", options, "start")
    try:
        run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "cityhall", "cityhall")
        yield f"postgresql://cityhall@127.0.0.1:{port}/cityhall"
    finally:
        run("pg_ctl", "-D", str(home / "db"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(home, ignore_errors=True)


def main(command: list[str]) -> int:
    try:
        with server() as url:
            return subprocess.run(command, env={**os.environ, "CITYHALL_TEST_DATABASE_URL": url}).returncode
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return NOT_INSTALLED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
