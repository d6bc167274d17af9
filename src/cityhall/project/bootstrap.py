"""Make a fresh machine ready. Needs nothing but Python 3.11: run by `make`, before any package is there.

    python3 src/cityhall/project/bootstrap.py run [PORT]   what the program needs, the built pages and the translations
    python3 src/cityhall/project/bootstrap.py test         the same, the test tools, and a browser and PostgreSQL by apt

Each step is skipped when its inputs have not changed. What stands in the way is said in one line, and what to do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
UV = "uv==0.13.9"
SIZES = {"run": "about 340 MB", "dev": "about 460 MB"}
DEBIAN_TOOLS = {"chromium": "chromium", "initdb": "postgresql"}
NEEDED_SPACE = 2_200_000_000  # the environment, the front-end packages and what is built from them
CAUSES = {
    "The disk is full: make room and run it again.": ("No space left on device", "ENOSPC", "Disk quota exceeded"),
    "The network does not answer. Packages are fetched once, from where pip and npm are set to; then none is needed.": (
        "Failed to establish a new connection", "Connection refused", "Network is unreachable", "Max retries exceeded",
        "name resolution", "Name or service not known", "error sending request", "timed out", "ENOTFOUND", "EAI_AGAIN",
        "ECONNREFUSED", "ECONNRESET", "ENETUNREACH", "ETIMEDOUT",
    ),
    "This account may not write here.": ("Permission denied", "Read-only file system", "EACCES", "EROFS"),
}  # fmt: skip


def stop(sentence: str) -> NoReturn:
    """End with one clear line."""
    print(f"\n✗ {sentence}", file=sys.stderr)
    sys.exit(1)


def cause_of(output: str) -> str:
    """What a failed step's output means for the person at the terminal; empty where we do not know."""
    return next((cause for cause, signs in CAUSES.items() if any(sign in output for sign in signs)), "")


def say(sentence: str) -> None:
    print(f"→ {sentence}", flush=True)


def run(*command: str, why: str, show: bool = False) -> None:
    """Run a step. Its output is shown as it comes where it tells how far it is, else only when it fails."""
    started = time.monotonic()
    say(why)
    lines = []
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if show:
                print(f"  {line}", end="", flush=True)
    if process.returncode:
        output = "".join(lines)
        if not show:
            print(output[-4000:], file=sys.stderr)
        stop(f"This step failed: {why}. {cause_of(output)}".rstrip())
    print(f"  {time.monotonic() - started:.1f} s", flush=True)


@contextmanager
def meanwhile(*command: str, why: str) -> Iterator[None]:
    """Run a step beside others, which go first, and wait for it. Its output is shown only when it fails."""
    nice = shutil.which("nice")
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        step = subprocess.Popen(
            [nice, *command] if nice else command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield
        except BaseException:
            step.terminate()
            step.wait()
            raise
        if step.wait():
            output.seek(0)
            text = output.read()
            print(text[-4000:], file=sys.stderr)
            stop(f"This step failed: {why}. {cause_of(text)}".rstrip())


def build_pages(demo: bool) -> None:
    """Styles, scripts, fonts, boundaries, translations; fonts take longest: the demo city is made beside them."""
    build = [str(BIN / "python"), "-m", "cityhall.web.build"]
    fonts = ROOT / "build" / "stamps" / "fonts"
    if not demo or fonts.exists():
        run(*build, why="Build the page assets: styles, scripts, fonts, boundaries", show=True)
        run(str(BIN / "cityhall"), "messages", "compile", why="Compile the translations")
        return
    first = [*build, "--only", "assets", "--only", "geo", "--no-collect"]
    run(*first, why="Build the page assets: styles, scripts, boundaries; fonts follow beside the next steps", show=True)
    run(str(BIN / "cityhall"), "messages", "compile", why="Compile the translations")
    with meanwhile(*build, why="Build the fonts"):
        made = subprocess.run([str(BIN / "cityhall"), "demo", "make"], cwd=ROOT)
        if made.returncode:
            sys.exit(made.returncode)


def digest(*paths: Path) -> str:
    """One digest over files; folders count with everything below them."""
    sum_ = hashlib.sha256(f"{ROOT} {sys.version_info[:2]} {sysconfig.get_platform()}".encode())
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if "__pycache__" not in file.parts:
                sum_.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return sum_.hexdigest()


def once(name: str, key: str, step: object) -> None:
    """Do a step unless it was done for the same inputs."""
    stamp = VENV / f".done-{name}"
    if stamp.exists() and stamp.read_text() == key:
        return
    step()  # type: ignore[operator]
    stamp.write_text(key)


def make_environment() -> None:
    """A folder for our packages. One that was interrupted while it was made has no pip yet, and is made anew."""
    if (BIN / "python").exists() and (BIN / "pip").exists():
        return
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_SPACE:
        stop(f"The disk is too full: about {NEEDED_SPACE / 1e9:.1f} GB are needed here, {free / 1e9:.1f} GB are free.")
    say(f"Create the Python environment {VENV.name}")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        stop(
            cause_of(made.stdout + made.stderr)
            or "This Python cannot make environments: venv is missing. On Debian or Ubuntu: apt-get install python3-venv"
        )


def install(lock: str) -> None:
    """Install exactly what the lock file names; uv when it can be had, pip otherwise."""
    file = f"requirements/{lock}.lock"
    python = str(BIN / "python")
    if not (BIN / "uv").exists():
        subprocess.run([python, "-m", "pip", "install", "-q", "--retries=1", UV], capture_output=True)
    fast = [str(BIN / "uv"), "pip", "install", "-q", "--python", python, "--native-tls", "--require-hashes", "-r", file]
    slow = [python, "-m", "pip", "install", "-q", "--retries=2", "--require-hashes", "-r", file]
    started = time.monotonic()
    if (BIN / "uv").exists():
        say(f"Install the packages of {file} ({SIZES[lock]} to fetch, once)")
        if subprocess.run(fast, cwd=ROOT, capture_output=True).returncode == 0:
            print(f"  {time.monotonic() - started:.1f} s", flush=True)
            return
    run(*slow, why=f"Install the packages of {file} with pip ({SIZES[lock]} to fetch, once)")


def own_command() -> None:
    """Put `cityhall` and our sources into the environment."""
    site = next(VENV.glob("lib/python*/site-packages"), VENV / "Lib" / "site-packages")
    (site / "cityhall.pth").write_text(f"{ROOT / 'src'}\n")
    script = BIN / "cityhall"
    script.write_text(f"#!{BIN / 'python'}\nimport sys\nfrom cityhall.project.command import main\nsys.exit(main())\n")
    script.chmod(0o755)


def system_packages() -> None:
    """Browser and PostgreSQL for the tests, by apt where this account may; without them their tests skip."""
    missing = [package for package in DEBIAN_TOOLS if not present(package)]
    if not missing:
        return
    apt = shutil.which("apt-get")
    as_root = [] if hasattr(os, "getuid") and os.getuid() == 0 else ["sudo", "-n"]
    if not apt or (as_root and not shutil.which("sudo")):
        say(f"No {', '.join(missing)} and no apt to install them: tests that need them will skip")
        return
    names = [DEBIAN_TOOLS[name] for name in missing]
    say(f"Install {', '.join(names)} by apt for the tests")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*as_root, apt, "update"], env=env, capture_output=True)  # one dead source is no reason to give up
    install = [*as_root, apt, "install", "-y", "--no-install-recommends", *names]
    if subprocess.run(install, env=env, capture_output=True).returncode:
        say(f"apt could not install {', '.join(names)}: tests that need them will skip")


def present(tool: str) -> bool:
    if tool == "initdb":
        return bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")))
    return any(shutil.which(name) for name in (tool, "chromium-browser", "google-chrome"))


def refuse_taken(port: str) -> None:
    """A port that somebody listens on is said before anything is made, not after."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        stop(f"PORT={port} is no port: write a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", int(port))) == 0:
            stop(f"Port {port} is in use: choose another, as in `make run PORT={int(port) % 65535 + 1}`.")


def main(purpose: str, port: str = "") -> None:
    if sys.version_info < (3, 11):
        stop(
            f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Name one: `make run PYTHON=python3.12`."
        )
    if port:
        refuse_taken(port)
    make_environment()
    lock = "dev" if purpose == "test" else "run"
    # dev holds all that run holds, so an environment for tests is not taken back.
    if not (
        lock == "run"
        and (VENV / ".done-dev").exists()
        and digest(ROOT / "requirements") == (VENV / ".done-dev").read_text()
    ):
        once(lock, digest(ROOT / "requirements"), lambda: install(lock))
    once("command", digest(Path(__file__)), own_command)
    build_pages(demo=bool(port))
    if purpose == "test":
        system_packages()


if __name__ == "__main__":
    try:
        main(*(sys.argv[1:] or ["run"]))
    except KeyboardInterrupt:
        stop("Interrupted. Run it again: what is done is not done twice.")
    except OSError as error:
        stop(f"{error.strerror or error}: {error.filename}. {cause_of(str(error))}".rstrip())
