"""The import contracts hold, and each breaks when somebody goes uphill."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = "Folder order is import order"
REPORT = "The report knows figures, not domains"
DOORS = "Domains meet only at public.py"
RINGS = "No two domains, and no two engines, need each other"
INSIDE = "Inside a domain"
PURE = "Rules never touch Django"
CONTRACTS = {LAYERS, REPORT, DOORS, RINGS, INSIDE, PURE}

# Each breach: the contract meant for it, and the lines that commit it.
BREACHES = {
    "another domain's models": (DOORS, {"domains/second/services.py": "import cityhall.domains.petitions.models"}),
    "two domains in a ring through their doors": (
        RINGS,
        {
            "domains/second/services.py": "import cityhall.domains.petitions.public",
            "domains/second/public.py": "",
            "domains/petitions/public.py": "",
            "domains/petitions/queries.py": "import cityhall.domains.second.public",
        },
    ),
    "Django in a domain's rules": (PURE, {"domains/petitions/rules.py": "import django.db"}),
    "Django in an engine's rules": (PURE, {"engines/deadlines/rules.py": "from django.utils import timezone"}),
    "a service that imports a view": (
        INSIDE,
        {"domains/petitions/services/filing.py": "import cityhall.domains.petitions.views"},
    ),
    "an engine that names a domain": (LAYERS, {"engines/audit/rules.py": "import cityhall.domains.petitions.states"}),
    "the report that imports a domain": (REPORT, {"report/__init__.py": "import cityhall.domains.petitions.states"}),
    "a stray folder": (LAYERS, {"helpers/__init__.py": "", "helpers/things.py": ""}),
    "two engines in a ring": (RINGS, {"engines/audit/rules.py": "import cityhall.engines.cases.states"}),
    "a foundation that imports an engine": (LAYERS, {"foundation/roc.py": "import cityhall.engines.audit.rules"}),
}
ALLOWED = {
    "a view that asks another domain at its door": {
        "domains/petitions/public.py": "",
        "domains/second/views.py": "import cityhall.domains.petitions.public",
    },
    "a module of one's own name in a domain": {
        "domains/petitions/ranking.py": "import cityhall.domains.petitions.states",
    },
}  # fmt: skip


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", script, "--no-cache"], cwd=folder, env={"PYTHONPATH": str(folder / "src"), "PATH": ""},
        capture_output=True, text=True,
    )  # fmt: skip


def broken(done: subprocess.CompletedProcess[str]) -> set[str]:
    """The contracts that the output says are broken."""
    return {name for name in CONTRACTS if f"{name} BROKEN" in done.stdout}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the sources, to break and to mend."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copytree(
        ROOT / "src" / "cityhall", folder / "src" / "cityhall",
        ignore=shutil.ignore_patterns("tests", "__pycache__", "*.csv", "*.html", "*.txt", "*.po", "*.mo", "static"),
    )  # fmt: skip
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def write(tree):
    """Add lines to modules of the copy; it is as before afterwards."""
    before, made = {}, []

    def add(lines):
        for place, line in lines.items():
            path = tree / "src" / "cityhall" / place
            for folder in (path.parent.parent, path.parent):
                if not (folder / "__init__.py").exists() and folder != tree / "src":
                    folder.mkdir(parents=True, exist_ok=True)
                    (folder / "__init__.py").touch()
                    made.append(folder / "__init__.py")
            if path.exists() and path not in made:
                before[path] = path.read_text(encoding="utf-8")
            elif path not in made:
                made.append(path)
            path.write_text(before.get(path, "") + f"\n{line}\n", encoding="utf-8")

    yield add
    for path, text in before.items():
        path.write_text(text, encoding="utf-8")
    for path in made:
        path.unlink()
        if not [one for one in path.parent.iterdir() if one.name != "__pycache__"]:
            shutil.rmtree(path.parent)


def test_the_tree_keeps_them():
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout[-3000:]
    assert {name for name in CONTRACTS if f"{name} KEPT" in done.stdout} == CONTRACTS
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in done.stdout


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_found_by_the_contract_meant_for_it(tree, write, breach):
    contract, lines = BREACHES[breach]
    write(lines)

    done = lint(tree)

    assert done.returncode != 0
    assert contract in broken(done), done.stdout[-2000:]


def test_every_contract_is_broken_by_a_breach():
    assert {contract for contract, _lines in BREACHES.values()} == CONTRACTS


@pytest.mark.parametrize("way", ALLOWED)
def test_what_is_allowed_passes(tree, write, way):
    write(ALLOWED[way])

    done = lint(tree)

    assert done.returncode == 0, done.stdout[-2000:]


def test_engines_use_each_other_in_the_order_that_the_documentation_says():
    text = (
        (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Engines")[2].partition("\n## ")[0]
    )
    order = [re.findall(r"`(\w+)`", line) for line in text.splitlines() if re.match(r"\d+\. ", line)]
    level = {name: number for number, names in enumerate(order) for name in names}
    graph = grimp.build_graph("cityhall", cache_dir=None)

    uphill = set()
    for module in graph.find_descendants("cityhall.engines"):
        for used in graph.find_modules_directly_imported_by(module):
            mine, theirs = module.split(".")[2], (used.split(".") + ["", "", ""])[:3]
            ours = theirs[1] == "engines" and theirs[2] and theirs[2] != mine and ".tests" not in module
            if ours and level[theirs[2]] >= level[mine]:
                uphill.add((mine, theirs[2]))

    assert set(level) == {path.parent.name for path in (ROOT / "src/cityhall/engines").glob("*/__init__.py")}
    assert uphill == set()
