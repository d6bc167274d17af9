"""Change the rules one by one and see whether a test notices: `make mutation`.

    make mutation                                       every group; each module must reach 85 %
    .venv/bin/python -m tests.mutation.run NAME …       some groups: --list names them
    .venv/bin/python -m tests.mutation.run --show NAME  the changes that no test noticed, as differences

mutmut changes what functions do, in a copy of the sources under build/mutation; `tables` changes the moves of cases and
listings, which are data that mutmut leaves alone. A change that makes no difference stands in equivalent.txt with its
reason.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.security.tools import CannotInstall, tool

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "build" / "mutation"
LEAST = 85.0
PACKAGE = "src/cityhall"
COPIED = ("src", "tests", "docs", "spec", "requirements", "conftest.py", "pyproject.toml")
NOTICED = ("killed", "timeout", "caught by type check")
# The same examples each time, so that a change noticed once is noticed always; mutmut runs tests twice in one process.
REPEATABLE = """
hypothesis.settings.register_profile(
    "mutation", derandomize=True, database=None, deadline=None, max_examples=60,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.load_profile("mutation")
"""


@dataclass(frozen=True)
class Group:
    """Modules whose functions are changed, and the tests that must notice: none of them asks a database."""

    name: str
    about: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    table: str = ""  # a table of moves beside the functions
    only: tuple[str, ...] = ()  # functions, where the rest of a module asks the database


GROUPS = (
    Group(
        "deadlines", "due dates, pauses, extensions, warnings",
        ("engines/deadlines/rules.py",),
        ("engines/deadlines/tests/test_rules.py",),
    ),
    Group(
        "transitions", "the moves of a case, what each needs and who may take it",
        ("engines/cases/states.py",),
        ("engines/cases/tests/test_states.py",),
        table="engines/cases/states.py MOVES",
    ),
    Group(
        "permissions", "the table of rights, how far they reach, and what signing in asks for",
        ("engines/directory/permissions.py", "engines/directory/rights.py", "engines/identity/rules.py"),
        (
            "engines/directory/tests/test_table.py", "engines/directory/tests/test_rights.py",
            "engines/identity/tests/test_rules.py",
        ),
    ),
    Group(
        "audit", "the chain of the audit trail",
        ("engines/audit/rules.py",),
        ("engines/audit/tests/test_rules.py",),
    ),
    Group(
        "restrictions", "repeated petitions: who, what, how long, by whom",
        ("domains/petitions/repeats.py", "domains/petitions/listings.py"),
        ("domains/petitions/tests/test_repeats.py", "domains/petitions/tests/test_verified.py"),
        table="domains/petitions/repeats.py MOVES",
        only=("repeats.*", "listings.x__marks__*", "listings.x_persons_of__*", "listings.x_recognised__*",
              "listings.xǁBelongs*"),
    ),
)  # fmt: skip


@dataclass
class Count:
    """What became of the changes of one module."""

    states: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Noticed, of those that make a difference."""
        counted = self.states["killed"] + self.states["survived"]
        return 100 * self.states["killed"] / counted if counted else 0.0


# --- what mutmut changes ----------------------------------------------------------------------------------------------


def work_in(group: Group) -> Path:
    """A copy of the project in which the group's modules are changed."""
    home = HOME / group.name
    shutil.rmtree(home, ignore_errors=True)
    (home / "mutants" / "src").mkdir(parents=True)  # Python forgets a folder of its path that is not there at the start
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, home / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copyfile(source, home / name)
    listed = ", ".join(f'"{PACKAGE}/{module}"' for module in group.modules)
    asked = ", ".join(f'"{PACKAGE}/{test}"' for test in group.tests)
    with (home / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'\n[tool.mutmut]\nsource_paths = ["src"]\nonly_mutate = [{listed}]\n'
            f"pytest_add_cli_args_test_selection = [{asked}]\n"
            'pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist", "-W", "default"]\n'
            'also_copy = ["tests", "docs", "spec", "requirements", "conftest.py"]\n'
        )
    with (home / "conftest.py").open("a", encoding="utf-8") as file:
        file.write(REPEATABLE)
    return home


def mutmut(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run mutmut there, with the packages of our own environment beside its own."""
    programs = tool("mutmut")
    site = next((ROOT / ".venv" / "lib").glob("python*/site-packages"))
    env = {name: value for name, value in os.environ.items() if not name.startswith("CITYHALL_")}
    env |= {"PYTHONPATH": f"{home / 'mutants' / 'src'}{os.pathsep}{site}", "CITYHALL_DATA_DIR": str(home / "data")}
    env |= {"CITYHALL_BUILD_DIR": str(ROOT / "build"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [str(programs / "python"), "-m", "mutmut", *words], cwd=home, env=env, capture_output=True, text=True
    )


def results(home: Path) -> dict[str, str]:
    """What became of each change that was tried: killed, survived, no tests, timeout, suspicious."""
    said = mutmut(home, "results", "--all", "true").stdout
    found: dict[str, str] = dict(re.findall(r"^\s+(\S+): (.+?)\s*$", said, re.MULTILINE))
    return {name: state for name, state in found.items() if state != "not checked"}


def module_of(change: str) -> str:
    """cityhall.engines.audit.rules.x_walk__mutmut_1 changes engines/audit/rules.py."""
    return change.rpartition(".")[0].removeprefix("cityhall.").replace(".", "/") + ".py"


def function_of(change: str) -> str:
    """The function's own name: engines/audit/rules.py Walk.step."""
    name = change.rpartition(".")[2].rpartition("__mutmut_")[0]
    return f"{module_of(change)} {'.'.join(name[2:].split('ǁ')) if 'ǁ' in name else name.removeprefix('x_')}"


def becomes(difference: str) -> str:
    """What the changed lines of a difference read then; nothing where they are taken out."""
    lines = [line[1:].strip() for line in difference.splitlines() if line.startswith("+") and line[:3] != "+++"]
    return " ".join(lines)


@cache
def equivalent() -> dict[tuple[str, str], str]:
    """Changes that make no difference, by function and by how the line reads then, each with its reason."""
    text = (Path(__file__).parent / "equivalent.txt").read_text(encoding="utf-8")
    blocks = [block.splitlines() for block in re.split(r"\n{2,}", text) if not block.startswith("#")]
    return {(block[0].strip(), block[1].strip()): " ".join(block[2:]).strip() for block in blocks if block}


def functions(group: Group) -> dict[str, Count]:
    """Change every function in the group and count, by module."""
    home = work_in(group)
    done = mutmut(home, "run", "--max-children", "1", *(f"*.{name}" for name in group.only))
    found = results(home)
    if not found:
        raise RuntimeError(f"mutmut tried nothing:\n{(done.stdout + done.stderr)[-3000:]}")
    counts = {module: Count() for module in group.modules}
    for name, state in found.items():
        count = counts[module_of(name)]
        if state in NOTICED:
            count.states["killed"] += 1
            continue
        known = (function_of(name), becomes(mutmut(home, "show", name).stdout)) in equivalent()
        count.states["equivalent" if known else "survived"] += 1
        if not known:
            count.missed.append(f"{name} ({state})")
    return counts


# --- tables of moves --------------------------------------------------------------------------------------------------


def moves(group: Group) -> dict[str, Count]:
    """Change every move of the group's table and count."""
    if not group.table:
        return {}
    tests = [f"{PACKAGE}/{test}" for test in group.tests]
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutation.tables", group.table, *tests], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-3000:])
    count = Count()
    for state, name in re.findall(r"^(killed|survived)\t(.+)$", done.stdout, re.MULTILINE):
        count.states[state] += 1
        if state == "survived":
            count.missed.append(name)
    return {group.table: count}


# --- telling ----------------------------------------------------------------------------------------------------------

LINE = "{:38} {:>8} {:>7} {:>9} {:>11} {:>8}"


def told(counts: dict[str, Count]) -> bool:
    """Print the table; whether every module reaches the least."""
    print("\n" + LINE.format("module", "changes", "noticed", "unnoticed", "equivalent", "score"))
    for name, count in counts.items():
        states = count.states
        print(
            LINE.format(
                name, states.total(), states["killed"], states["survived"], states["equivalent"], f"{count.share:.1f} %"
            )
        )
    low = [name for name, count in counts.items() if count.share < LEAST]
    print(
        f"\n✗ under {LEAST:.0f} %: {', '.join(low)}" if low else f"\n✓ every module reaches {LEAST:.0f} %", flush=True
    )
    return not low


def show(name: str) -> int:
    """The changes of a group that no test noticed, as differences."""
    home = HOME / name
    for one, state in results(home).items():
        if state not in NOTICED:
            difference = mutmut(home, "show", one).stdout
            if (function_of(one), becomes(difference)) not in equivalent():
                print(f"{function_of(one)}\n{difference}")
    return 0


def main(wanted: list[str]) -> int:
    known = {group.name: group for group in GROUPS}
    if wanted == ["--list"]:
        print("\n".join(f"{one.name:13} {one.about}" for one in GROUPS))
        return 0
    if strange := [name for name in wanted if name not in {*known, "--show"}]:
        print(f"✗ no group is called {', '.join(strange)}; there are {', '.join(known)}")
        return 2
    if wanted[:1] == ["--show"]:
        return show(wanted[1])
    counts: dict[str, Count] = {}
    for name in wanted or known:
        started = time.monotonic()
        try:
            found = {**functions(known[name]), **moves(known[name])}
        except CannotInstall as reason:
            print(f"✗ {name}: was not run. {reason}")
            return 1
        for one in (one for count in found.values() for one in count.missed):
            print(f"  not noticed: {one}")
        print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
        counts |= found
    return 0 if told(counts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
