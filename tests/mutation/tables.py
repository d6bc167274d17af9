"""Changes of tables of moves: a move taken out, one put in, what it needs or who may take it forgotten.

mutmut changes functions; a table is data. The tests are collected once; each change is made in a child of its own, in
which they run. Called by `run` in a process of its own: `python -m tests.mutation.tables NAME TEST …` prints a line for
each change.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

Change = tuple[str, Callable[[], object]]


def of_cases() -> Iterator[Change]:
    """Every change of the table of a case's moves, with its name."""
    from cityhall.engines.cases.states import MOVES, Move, Status

    for start, moves in MOVES.items():
        for end in Status:
            name, move = f"{start} → {end}", moves.get(end)
            if move is None:
                yield f"{name} put in", lambda moves=moves, end=end: moves.update({end: Move("anything")})
                continue
            others = [
                *((f"without {part}", replace(move, needs=_but(move.needs, part))) for part in move.needs),
                *((f"by {act or 'anybody'}", replace(move, act=act)) for act in {"petitions.read", ""} - {move.act}),
                ("as another event", replace(move, event="something_else")),
            ]
            yield f"{name} taken out", lambda moves=moves, end=end: moves.pop(end)
            for said, other in others:
                yield f"{name} {said}", lambda moves=moves, end=end, other=other: moves.update({end: other})


def of_listings() -> Iterator[Change]:
    """Every change of the table of a listing's moves."""
    from cityhall.domains.petitions.repeats import MOVES, Standing

    for start, ends in MOVES.items():
        for end in Standing:
            said = "taken out" if end in ends else "put in"
            yield f"{start} → {end} {said}", lambda start=start, ends=ends, end=end: MOVES.update({start: ends ^ {end}})


TABLES = {
    "engines/cases/states.py MOVES": of_cases,
    "domains/petitions/repeats.py MOVES": of_listings,
}


def _but(needs: tuple[str, ...], part: str) -> tuple[str, ...]:
    return tuple(one for one in needs if one != part)


class Changed:
    """Runs the collected tests once for each change, and once as they are."""

    def __init__(self, table: str) -> None:
        self.table = table

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if self.noticed(session, lambda: None):
            raise RuntimeError("the tests fail without any change")
        for name, change in TABLES[self.table]():
            state = "killed" if self.noticed(session, change) else "survived"
            sys.__stdout__.write(f"{state}\t{name}\n")  # type: ignore[union-attr]
        return True

    @staticmethod
    def noticed(session: pytest.Session, change: Callable[[], object]) -> bool:
        """Make the change in a child and run the tests there."""
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
        code = 2
        with contextlib.suppress(BaseException):
            change()
            for number, item in enumerate(session.items):
                following = session.items[number + 1] if number + 1 < len(session.items) else None
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if session.testsfailed:
                    os._exit(1)
            code = 0
        os._exit(code)


def main(table: str, tests: list[str]) -> int:
    quiet = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--capture=no", "--tb=no", "--assert=plain"]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        return int(pytest.main([*quiet, *tests], plugins=[Changed(table)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
