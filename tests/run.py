"""Run the whole suite: on SQLite with the browser, then what asks a database on PostgreSQL. Called by `make test`.

Arguments go to pytest. Prints what was skipped for want of shared data, browser or PostgreSQL, and ends with one line
over both runs in pytest's own form.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.support import postgres

ROOT = Path(__file__).resolve().parent.parent
COUNTS = re.compile(r"(\d+) (passed|failed|skipped|error|errors|deselected)")


def suite(name: str, arguments: list[str], env: dict[str, str]) -> tuple[int, Counter[str]]:
    """One run; its lines are passed on as they come."""
    print(f"\n=== {name} ===", flush=True)
    spread = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]  # as conftest.py says: the longest files first
    slowest = ["--durations=60", "--durations-min=5"]
    command = [sys.executable, "-m", "pytest", "-q", *spread, *slowest, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True)
    last = ""
    assert process.stdout
    for line in process.stdout:
        print(line, end="", flush=True)
        if COUNTS.search(line):
            last = line
    code = process.wait()
    found = Counter({word.rstrip("s") if word == "errors" else word: int(n) for n, word in COUNTS.findall(last)})
    return code, found


def main(arguments: list[str]) -> int:
    codes, total = [], Counter[str]()
    code, found = suite("SQLite", arguments, {})
    codes.append(code)
    total += found
    try:
        with postgres.server() as url:
            arguments = [*arguments, "-m", "not browser"]
            code, found = suite("PostgreSQL", arguments, {"CITYHALL_TEST_DATABASE_URL": url})
            codes.append(code)
            total += found
    except FileNotFoundError:
        print("\nPostgreSQL is not installed: its run was left out.")
    if not (Path(os.environ.get("CITYHALL_SHARED", ROOT.parent / "shared")) / "data").is_dir():
        print("The shared test data is absent (CITYHALL_SHARED): tests that need it were skipped.")
    failed = total["failed"] + total["error"]
    print(f"\n{total['passed']} passed, {failed} failed, {total['skipped']} skipped")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
