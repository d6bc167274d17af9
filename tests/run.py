"""Run the whole suite: on SQLite with the browser, and beside it on PostgreSQL. Called by `make test`.

Both run at once, because each waits often: for a browser, for a server that was killed. What SQLite's run says is shown as it
comes, what PostgreSQL's says after it. Arguments go to pytest. Prints what was skipped for want of shared data, browser or
PostgreSQL, and ends with one line over both runs in pytest's own form.
"""

import os
import re
import subprocess
import sys
import threading
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

from tests.support import postgres

ROOT = Path(__file__).resolve().parent.parent
COUNTS = re.compile(r"(\d+) (passed|failed|skipped|error|errors|deselected)")


class Suite:
    """One run in a process of its own."""

    def __init__(self, name: str, arguments: list[str], env: dict[str, str]) -> None:
        self.name, self.found = name, Counter[str]()
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: SimpleQueue[str] = SimpleQueue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def shown(self) -> int:
        """Print its lines until it ends; its exit code."""
        print(f"\n=== {self.name} ===", flush=True)
        last = ""
        while line := self.lines.get():
            print(line, end="", flush=True)
            if COUNTS.search(line):
                last = line
        self.found = Counter(
            {word.removesuffix("s") if word == "errors" else word: int(n) for n, word in COUNTS.findall(last)}
        )
        return self.process.wait()


def main(arguments: list[str]) -> int:
    with ExitStack() as stack:
        suites = [Suite("SQLite", arguments, {})]
        try:
            url = stack.enter_context(postgres.server())
            there = {"CITYHALL_TEST_DATABASE_URL": url}
            suites.append(Suite("PostgreSQL", [*arguments, "-m", "not browser"], there))
        except FileNotFoundError:
            print("\nPostgreSQL is not installed: its run was left out.")
        codes = [suite.shown() for suite in suites]
    total = sum((suite.found for suite in suites), Counter[str]())
    if not (Path(os.environ.get("CITYHALL_SHARED", ROOT.parent / "shared")) / "data").is_dir():
        print("The shared test data is absent (CITYHALL_SHARED): tests that need it were skipped.")
    failed = total["failed"] + total["error"]
    print(f"\n{total['passed']} passed, {failed} failed, {total['skipped']} skipped")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
