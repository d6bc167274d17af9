"""The first minutes on a fresh machine: what stands in the way is said in one line, before anything is made."""

import ast
import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from cityhall.project import bootstrap

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A machine where nothing has been made yet."""
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "BIN", tmp_path / ".venv" / "bin")
    return tmp_path


@pytest.fixture
def said(capsys):
    """The last line on the terminal."""
    return lambda: capsys.readouterr().err.strip().splitlines()[-1]


class TestPort:
    def test_in_use_is_said_with_another_to_take(self, said):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]

            with pytest.raises(SystemExit):
                bootstrap.refuse_taken(str(port))

        assert said().startswith(f"✗ Port {port} is in use: choose another, as in `make run PORT=")

    @pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", ""])
    def test_must_be_a_number(self, port, said):
        with pytest.raises(SystemExit):
            bootstrap.refuse_taken(port)

        assert said() == f"✗ PORT={port} is no port: write a number from 1 to 65535."

    def test_is_looked_at_before_anything_is_made(self, fresh):
        with pytest.raises(SystemExit):
            bootstrap.main("run", "no-port")

        assert list(fresh.iterdir()) == []


class TestEnvironment:
    def test_is_not_begun_on_a_full_disk(self, fresh, monkeypatch, said):
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12, 3 * 10**8))

        with pytest.raises(SystemExit):
            bootstrap.make_environment()

        assert said() == "✗ The disk is too full: about 2.2 GB are needed here, 0.3 GB are free."
        assert list(fresh.iterdir()) == []

    def test_that_was_interrupted_is_made_anew(self, fresh):
        (fresh / ".venv" / "bin").mkdir(parents=True)
        (fresh / ".venv" / "bin" / "python").symlink_to(sys.executable)

        bootstrap.make_environment()

        assert (fresh / ".venv" / "bin" / "pip").exists()

    def test_says_which_package_the_system_lacks(self, fresh, monkeypatch, said):
        failed = subprocess.CompletedProcess([], 1, "", "No module named ensurepip")
        monkeypatch.setattr(subprocess, "run", lambda *command, **options: failed)

        with pytest.raises(SystemExit):
            bootstrap.make_environment()

        assert said().endswith("apt-get install python3-venv")


class TestStep:
    @pytest.mark.parametrize(
        ("output", "cause"),
        [
            ("OSError: [Errno 28] No space left on device", "The disk is full"),
            ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "The network"),
            ("npm error code ENOTFOUND", "The network"),
            ("error: Permission denied (os error 13)", "This account may not write here"),
            ("ValueError", ""),
        ],
    )
    def test_that_fails_names_its_cause(self, output, cause, said, fresh):
        with pytest.raises(SystemExit):
            bootstrap.run(sys.executable, "-c", f"raise SystemExit({output!r})", why="Build it")

        assert said().startswith(f"✗ This step failed: Build it. {cause}".rstrip())

    def test_beside_others_is_waited_for_and_names_its_cause(self, said, fresh):
        with (
            pytest.raises(SystemExit),
            bootstrap.meanwhile(sys.executable, "-c", "raise SystemExit('ENOSPC')", why="B"),
        ):
            pass

        assert said().endswith("✗ This step failed: B. The disk is full: make room and run it again.")

    def test_beside_others_ends_with_them(self, fresh):
        with (
            pytest.raises(KeyError),
            bootstrap.meanwhile(sys.executable, "-c", "import time; time.sleep(600)", why="B"),
        ):
            raise KeyError

    def test_is_done_once_for_the_same_inputs(self, fresh):
        bootstrap.VENV.mkdir()
        done = []

        for key in ("a", "a", "b"):
            bootstrap.once("step", key, lambda key=key: done.append(key))

        assert done == ["a", "b"]


class TestPython:
    def test_too_old_is_said_by_an_old_python_too(self, monkeypatch, said):
        ast.parse(Path(bootstrap.__file__).read_text(encoding="utf-8"), feature_version=(3, 7))
        monkeypatch.setattr(sys, "version_info", (3, 8, 18))
        monkeypatch.setattr(sys, "version", "3.8.18 (default)")

        with pytest.raises(SystemExit):
            bootstrap.main("run")

        assert said().startswith("✗ Python 3.11 or newer is needed; this is 3.8.18.")

    @pytest.mark.parametrize(("found", "chosen"), [("python3.12", "python3.12"), ("", "")])
    def test_make_takes_the_first_that_is_new_enough(self, tmp_path, found, chosen):
        make, sh = shutil.which("make"), shutil.which("sh")
        if not make:
            pytest.skip("no make on this machine")
        (tmp_path / "sh").symlink_to(os.path.realpath(sh))
        old = tmp_path / "python3"
        old.write_text("#!/bin/sh\nexit 1\n")
        old.chmod(0o755)
        if found:
            (tmp_path / found).symlink_to(sys.executable)

        asked = subprocess.run(
            [make, "--no-print-directory", "-n", "setup", f"SYSTEM_PYTHON={old}"], cwd=ROOT,
            env={"PATH": str(tmp_path)}, capture_output=True, text=True,
        )  # fmt: skip

        if chosen:
            assert asked.stdout.startswith(f"{chosen} src/cityhall/project/bootstrap.py run")
        else:
            assert "Python 3.11 or newer is needed and none was found" in asked.stderr

    def test_make_takes_the_systems_own_before_what_is_on_the_path(self):
        if not shutil.which("make"):
            pytest.skip("no make on this machine")

        asked = subprocess.run(
            ["make", "--no-print-directory", "-n", "setup", f"SYSTEM_PYTHON={sys.executable}"],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip

        assert asked.stdout.startswith(f"{sys.executable} src/cityhall/project/bootstrap.py run")
