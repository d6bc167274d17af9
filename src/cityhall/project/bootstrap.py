"""Make a fresh machine ready. Needs nothing but Python 3.11: run by `make`, before any package is there.

    python3 src/cityhall/project/bootstrap.py run    what the program needs, the built pages and the translations
    python3 src/cityhall/project/bootstrap.py test   the same, the test tools, and a browser and PostgreSQL if apt may

Each step is skipped when its inputs have not changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
UV = "uv==0.13.9"
DEBIAN_TOOLS = {"chromium": "chromium", "initdb": "postgresql"}


def stop(sentence: str) -> None:
    """End with one clear line."""
    print(f"\n✗ {sentence}", file=sys.stderr)
    sys.exit(1)


def say(sentence: str) -> None:
    print(f"→ {sentence}", flush=True)


def run(*command: str, why: str, env: dict[str, str] | None = None) -> None:
    """Run a step quietly; its output is shown only when it fails."""
    started = time.monotonic()
    say(why)
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **(env or {})}, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-4000:], sep="\n", file=sys.stderr)
        stop(f"This step failed: {why} ({' '.join(command[:4])} …)")
    print(f"  {time.monotonic() - started:.1f} s", flush=True)


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
    if not (BIN / "python").exists():
        say(f"Create the Python environment {VENV.name}")
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
        if made.returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            stop(
                "This Python cannot make environments: venv is missing. On Debian or Ubuntu: apt-get install python3-venv"
            )


def install(lock: str) -> None:
    """Install exactly what the lock file names; uv when it can be had, pip otherwise."""
    file = f"requirements/{lock}.lock"
    python = str(BIN / "python")
    if not (BIN / "uv").exists():
        subprocess.run([python, "-m", "pip", "install", "-q", UV], capture_output=True)
    fast = [str(BIN / "uv"), "pip", "install", "-q", "--python", python, "--native-tls", "--require-hashes", "-r", file]
    say(f"Install the packages of {file}")
    started = time.monotonic()
    if not (BIN / "uv").exists() or subprocess.run(fast, cwd=ROOT, capture_output=True).returncode:
        run(
            python,
            "-m",
            "pip",
            "install",
            "-q",
            "--require-hashes",
            "-r",
            file,
            why="Install the packages with pip instead",
        )
    print(f"  {time.monotonic() - started:.1f} s", flush=True)


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
    for command in ([*as_root, apt, "update"], [*as_root, apt, "install", "-y", "--no-install-recommends", *names]):
        if subprocess.run(command, env=env, capture_output=True).returncode:
            say(f"apt could not install {', '.join(names)}: tests that need them will skip")
            return


def present(tool: str) -> bool:
    if tool == "initdb":
        return bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")))
    return any(shutil.which(name) for name in (tool, "chromium-browser", "google-chrome"))


def main(purpose: str) -> None:
    if sys.version_info < (3, 11):
        stop(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
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
    python = str(BIN / "python")
    run(python, "-m", "cityhall.web.build", why="Build the page assets: styles, scripts, fonts, boundaries")
    run(str(BIN / "cityhall"), "messages", "compile", why="Compile the translations")
    if purpose == "test":
        system_packages()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "run")
