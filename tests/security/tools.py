"""Tools that live in environments of their own under build/tools, as `requirements/tools/NAME.lock` says.

Their needs do not go together with ours, nor with each other's. Each is fetched once and again when its lock changes.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "build" / "tools"
ANSWERS_NOT = 600


class CannotInstall(Exception):
    """The tool could not be fetched; the sentence says why."""


def tool(name: str) -> Path:
    """The folder with the tool's programs, made where it is not there yet."""
    lock, home = ROOT / "requirements" / "tools" / f"{name}.lock", HOME / name
    key = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    stamp = home / ".done"
    if not stamp.exists() or stamp.read_text() != key:
        print(f"  fetching {name} into {home.relative_to(ROOT)} (once)", flush=True)
        venv.create(home, clear=True, with_pip=True)
        _install(home / "bin" / "python", lock)
        stamp.write_text(key)
    return home / "bin"


def _install(python: Path, lock: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    ways = [
        [str(uv), "pip", "install", "-q", "--python", str(python), "--native-tls"] if uv.exists() else [],
        [str(python), "-m", "pip", "install", "-q", "--retries=1"],
    ]
    said = ""
    for way in filter(None, ways):
        done = subprocess.run(
            [*way, "--require-hashes", "-r", str(lock)], capture_output=True, text=True, timeout=ANSWERS_NOT
        )
        if done.returncode == 0:
            return
        said = done.stderr
    raise CannotInstall(f"{lock.stem} cannot be installed: {said.strip().splitlines()[-1] if said.strip() else '?'}")


def environment(programs: Path) -> dict[str, str]:
    """Our environment, the tool's programs first: semgrep starts a second program that it looks for there."""
    return {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
