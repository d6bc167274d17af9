"""Styles, scripts and images, compiled from `web/assets` and the npm packages."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

MOJ_IMAGES = (
    "icon-close-cross-black.svg", "icon-document.svg", "icon-tag-remove-cross.svg", "icon-tag-remove-cross-white.svg",
    "icon-toggle-plus-minus.svg",
)  # fmt: skip
BROWSERS = "es2020"


def packages(root: Path, env: Mapping[str, str]) -> None:
    """`npm ci`: the packages of package-lock.json, their install scripts not run."""
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=root, env=dict(env), check=True,
    )  # fmt: skip


def build(root: Path, source: Path, out: Path, env: Mapping[str, str]) -> None:
    """Compile everything into `out` (`build/static/web`)."""
    modules = root / "node_modules"
    out.mkdir(parents=True, exist_ok=True)
    _styles(root, source, modules, out, env)
    _scripts(root, source, modules, out, env)
    _images(source, modules, out)


def _styles(root: Path, source: Path, modules: Path, out: Path, env: Mapping[str, str]) -> None:
    subprocess.run(
        [
            "node", str(modules / "sass" / "sass.js"), "--quiet", "--quiet-deps", "--no-source-map", "--style=compressed",
            f"--load-path={modules}", f"--load-path={root}", f"{source / 'scss' / 'cityhall.scss'}:{out / 'cityhall.css'}",
        ],
        cwd=root, env=dict(env), check=True,
    )  # fmt: skip
    shutil.copyfile(modules / "maplibre-gl" / "dist" / "maplibre-gl.css", out / "map.css")


def _scripts(root: Path, source: Path, modules: Path, out: Path, env: Mapping[str, str]) -> None:
    common = ["--bundle", "--minify", f"--target={BROWSERS}", "--legal-comments=eof", "--log-level=warning"]
    esbuild = ["node", str(modules / "esbuild" / "bin" / "esbuild")]
    entries = [str(source / "js" / f"{name}.js") for name in ("site", "desk", "map", "chat", "plot")]
    subprocess.run(
        [*esbuild, *entries, *common, "--format=esm", f"--outdir={out}"],
        cwd=root, env={**env, "NODE_PATH": str(modules)}, check=True,
    )  # fmt: skip
    shutil.copyfile(source / "js" / "supported.js", out / "supported.js")
    shutil.copyfile(modules / "maplibre-gl" / "dist" / "maplibre-gl-worker.mjs", out / "maplibre-worker.mjs")
    _without_source_map(out / "maplibre-worker.mjs")


def _without_source_map(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("//# sourceMappingURL=")]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _images(source: Path, modules: Path, out: Path) -> None:
    images = out / "images"
    images.mkdir(exist_ok=True)
    for name in MOJ_IMAGES:
        shutil.copyfile(modules / "@ministryofjustice" / "frontend" / "moj" / "assets" / "images" / name, images / name)
    for path in (source / "images").iterdir():
        shutil.copyfile(path, images / path.name)
    manifest = {
        "name": "市政廳",
        "short_name": "市政廳",
        "lang": "zh-Hant-TW",
        "start_url": "/",
        "display": "minimal-ui",
        "background_color": "#ffffff",
        "theme_color": "#0b5c4b",
        "icons": [
            {"src": f"images/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"} for size in (192, 512)
        ],
    }
    (out / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
