"""The import contracts hold, and each breaks when somebody goes uphill."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BREACHES = {
    "layers": ("foundation/roc.py", "from cityhall.engines.audit import rules as uphill"),
    "report": ("report/__init__.py", "import cityhall.domains.petitions.states"),
    "doors": ("domains/second/rules.py", "import cityhall.domains.petitions.rules"),
    "nocycles": ("engines/audit/rules.py", "import cityhall.engines.cases.states"),
    "inside": ("domains/petitions/states.py", "import cityhall.domains.petitions.queries"),
    "pure": ("domains/petitions/rules.py", "import django.db"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", script, "--no-cache"], cwd=folder, env={"PYTHONPATH": str(folder / "src"), "PATH": ""},
        capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    """The tree, to break."""
    shutil.copytree(
        ROOT / "src" / "cityhall", tmp_path / "src" / "cityhall",
        ignore=shutil.ignore_patterns("tests", "__pycache__", "*.csv", "*.html", "*.txt", "*.po", "*.mo", "static"),
    )  # fmt: skip
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_tree_keeps_them():
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("contract", sorted(BREACHES))
def test_a_breach_is_found(copy, contract):
    place, line = BREACHES[contract]
    path = copy / "src" / "cityhall" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (path.parent / "__init__.py").exists():
        (path.parent / "__init__.py").touch()
    path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + f"\n{line}\n", encoding="utf-8")

    done = lint(copy)

    assert done.returncode != 0
    names = {
        "layers": "Folder order is import order",
        "report": "The report knows figures, not domains",
        "doors": "Domains meet only at public.py",
        "nocycles": "No two domains, and no two engines, need each other",
        "inside": "Inside a domain",
        "pure": "Rules never touch Django",
    }
    assert f"{names[contract]} BROKEN" in done.stdout, done.stdout[-2000:]
