"""The tutorial "add a figure" is true: a copy of the repository follows it from top to bottom."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial-add-a-figure.md"
STEP = re.compile(r"<!-- (append|run)(?:: (\S+))? -->\n```\w+\n(.*?)```", re.DOTALL)
FOLDERS = ("src", "spec", "tests", "docs", "requirements")
FILES = ("conftest.py", "pyproject.toml")


@pytest.fixture
def copy(tmp_path):
    """A copy of the repository that a newcomer may write in."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    for name in FILES:
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def run(command, folder):
    """Run a command of the tutorial in the copy, and give what it says."""
    words = command.split()
    program = {"cityhall": ["-m", "cityhall.project.command"], "python": []}[words[0]]
    env = {
        **os.environ,
        "PYTHONPATH": str(folder / "src"),
        "CITYHALL_DATA_DIR": str(folder / "data"),
        "CITYHALL_BUILD_DIR": str(ROOT / "build"),
        "CITYHALL_SECRET_KEY": "only-for-tests-" + "x" * 40,
        "DJANGO_SETTINGS_MODULE": "cityhall.project.settings",
    }
    for name in ("CITYHALL_DATABASE_URL", "CITYHALL_TEST_DATABASE_URL"):
        env.pop(name, None)
    done = subprocess.run(
        [sys.executable, *program, *words[1:]], cwd=folder, env=env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def test_can_be_followed_to_the_letter(copy):
    steps = STEP.findall(TUTORIAL.read_text(encoding="utf-8"))
    assert [kind for kind, _file, _text in steps].count("append") == 5
    run("cityhall migrate --verbosity 0", copy)

    for kind, file, text in steps:
        if kind == "append":
            path = copy / file
            before = path.read_text(encoding="utf-8").rstrip("\n")
            path.write_text(f"{before}\n{'' if path.suffix == '.csv' else chr(10) * 2}{text}", encoding="utf-8")
            continue
        said = ""
        for line in text.splitlines():
            if line.startswith("$ "):
                said = run(line[2:], copy)
            else:
                assert line in said
