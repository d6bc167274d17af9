"""Look for weaknesses: `make security`. Each part says what it does and ends with one line; any finding fails it.

    make security                          everything
    .venv/bin/python -m tests.security.run NAME …   some parts only: --list names them
    SECURITY_CITY=DIR …                             attack a copy of this demo city instead of making one

A part whose tool cannot be fetched is said, and fails too: what was not looked at is not clean.
"""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.security import attack, source
from tests.security.city import Attacked, attacked
from tests.security.tools import CannotInstall

Part = tuple[str, str, Callable[[], list[str]]]
_stay = contextlib.ExitStack()


@cache
def city() -> Attacked:
    """The demo city that is attacked: one for all parts, stopped at the end."""
    attack.HOME.mkdir(parents=True, exist_ok=True)
    print("  making a demo city to attack (some minutes)", flush=True)
    return _stay.enter_context(attacked(attack.HOME / "city", os.environ.get("SECURITY_CITY", "")))


def parts() -> list[Part]:
    """Name, what it looks for, and how."""
    return [
        ("bandit", "mistakes in the Python sources", source.bandit),
        ("rules", "our own rules find what their examples say", source.own_rules_tried),
        ("semgrep", "our own rules, over all sources and templates", source.own_rules),
        ("secrets", "keys and passwords in what is committed", source.secrets),
        ("deploy", "settings of a city behind TLS", lambda: source.deployed(Path(tempfile.mkdtemp()))),
        ("wapiti", "what wapiti finds in the demo city as nobody", lambda: attack.wapiti(city())),
        ("inside", "what wapiti finds there as an officer", lambda: attack.wapiti(city(), attack.OFFICER)),
        ("sqlmap", "SQL through filters, search boxes, API and Open311", lambda: attack.sqlmap(city())),
    ]


def carry_out(part: Part) -> bool:
    """Run one part and say how it ended."""
    name, about, look = part
    print(f"\n=== {name}: {about} ===", flush=True)
    started = time.monotonic()
    try:
        found = look()
    except CannotInstall as reason:
        print(f"✗ {name}: was not run. {reason}", flush=True)
        return False
    for line in found:
        print(f"  {line}")
    took = f"{time.monotonic() - started:.0f} s"
    print(f"✗ {name}: {len(found)} found ({took})" if found else f"✓ {name}: nothing found ({took})", flush=True)
    return not found


def main(wanted: list[str]) -> int:
    known = {part[0]: part for part in parts()}
    if wanted == ["--list"]:
        print("\n".join(f"{name:10} {about}" for name, about, _look in known.values()))
        return 0
    if strange := [name for name in wanted if name not in known]:
        print(f"✗ no part is called {', '.join(strange)}; there are {', '.join(known)}")
        return 2
    with _stay:
        ended = [carry_out(known[name]) for name in wanted or known]
    print(f"\n{sum(ended)} passed, {len(ended) - sum(ended)} failed")
    return 0 if all(ended) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
