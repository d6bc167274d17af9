"""The six checks of the national platform as we understand them, without Django: what was seen of a dataset's resources
in, which checks are passed out.

The national platform names the checks and does not publish when each is passed; what we ask is written here, and in words
on /data/quality/.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from .states import Check, Trouble

MOST_NAMED = 5
"""Columns that a finding names; who has more to describe sees them in the file."""


@dataclass(frozen=True)
class Seen:
    """What was seen of one resource."""

    n: int
    name: str
    trouble: Trouble | None = None
    """Why its bytes were not had."""
    detail: str = ""
    format: str = ""
    """What the bytes are, empty where they were not looked into."""
    structured: bool = False
    """Whether programs can read it: it was read as a table, or its format can be."""
    declared: str = ""
    encoding: str = ""
    """How the text is written, empty where it is no text."""
    columns: tuple[str, ...] | None = None
    """The columns of its table; None where there is none."""
    in_csv: bool = False
    """Whether it is had as CSV, as it is or made of its table."""


@dataclass(frozen=True)
class Finding:
    """Why a check is not passed."""

    check: Check
    trouble: Trouble
    name: str = ""
    detail: str = ""

    def as_data(self) -> dict[str, str]:
        """To be kept."""
        return {"check": self.check.value, "trouble": self.trouble.value, "name": self.name, "detail": self.detail}


@dataclass(frozen=True)
class Outcome:
    """Each check passed, not passed, or not asked (None); with the reasons."""

    verdicts: Mapping[Check, bool | None]
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> int:
        """How many are passed."""
        return sum(one is True for one in self.verdicts.values())

    @property
    def judged(self) -> int:
        """How many were asked."""
        return sum(one is not None for one in self.verdicts.values())


AWAY = frozenset({
    Trouble.BAD_ADDRESS, Trouble.OWN_NETWORK, Trouble.NOT_REACHED, Trouble.NO_ANSWER, Trouble.STATUS, Trouble.WANDERS,
    Trouble.NO_BYTES,
})  # fmt: skip
"""With these the address leads nowhere; with any other it leads somewhere, and what lies there cannot be had."""


def judge(seen: Sequence[Seen], described: Iterable[str]) -> Outcome:
    """Whether each check is passed."""
    had = [one for one in seen if one.trouble is None]
    found: dict[Check, list[Finding] | None] = {
        Check.LINK: [Finding(Check.LINK, one.trouble, one.name, one.detail) for one in seen if one.trouble in AWAY and one.trouble],
        Check.DOWNLOAD: [
            Finding(Check.DOWNLOAD, one.trouble, one.name, one.detail) for one in seen if one.trouble is not None
        ],
        Check.STRUCTURE: _structure(had), Check.ENCODING: _encoding(had), Check.DESCRIPTION: _description(had, described),
        Check.CSV: _csv(had),
    }  # fmt: skip
    if not seen:
        nothing = [Finding(Check.LINK, Trouble.NOTHING)]
        found |= {Check.LINK: nothing, Check.DOWNLOAD: [Finding(Check.DOWNLOAD, Trouble.NOTHING)]}
    verdicts = {check: None if reasons is None else not reasons for check, reasons in found.items()}
    return Outcome(verdicts, tuple(one for reasons in found.values() for one in reasons or ()))


def _structure(had: Sequence[Seen]) -> list[Finding] | None:
    """At least one resource can be read by programs: beside a table, a PDF that explains it does no harm."""
    if not had:
        return None
    if any(one.structured for one in had):
        return []
    return [Finding(Check.STRUCTURE, Trouble.UNREAD, one.name) for one in had]


def _encoding(had: Sequence[Seen]) -> list[Finding] | None:
    """Each text is written as it is declared; what nobody declared is UTF-8, as the national metadata have it."""
    texts = [one for one in had if one.encoding]
    if not texts:
        return None
    return [
        Finding(Check.ENCODING, Trouble.OTHER_ENCODING, one.name, one.encoding)
        for one in texts if encoding(one.encoding) not in encodings(one.declared)
    ]  # fmt: skip


def encoding(name: str) -> str:
    """One name for all ways of writing an encoding: big5, CP950 and MS950 are one."""
    plain = "".join(char for char in unicodedata.normalize("NFKC", name).lower() if char.isalnum())
    plain = plain.removesuffix("bom").removesuffix("sig").removesuffix("with")
    return {"cp950": "big5", "ms950": "big5", "big5hkscs": "big5", "ascii": "utf8", "usascii": "utf8", "unicode": "utf16"}.get(
        plain, plain
    )  # fmt: skip


def encodings(declared: str) -> frozenset[str]:
    """What is declared; a dataset may name several."""
    names = [
        part for part in declared.replace("、", ",").replace("，", ",").replace("/", ",").split(",") if part.strip()
    ]
    return frozenset(encoding(one) for one in names or ["UTF-8"])


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _description(had: Sequence[Seen], described: Iterable[str]) -> list[Finding] | None:
    """Each column is described, and each that is described is there: in one of the tables."""
    tables = [one for one in had if one.columns is not None]
    if not tables:
        return None
    said = {_plain(name): name for name in described}
    there = {_plain(name) for one in tables for name in one.columns or ()}
    found = []
    for one in tables:
        lacking = [name for name in one.columns or () if _plain(name) not in said]
        if lacking:
            found.append(Finding(Check.DESCRIPTION, Trouble.UNDESCRIBED, one.name, named(lacking)))
    absent = [name for plain, name in said.items() if plain not in there]
    if absent:
        found.append(Finding(Check.DESCRIPTION, Trouble.ABSENT, "", named(absent)))
    return found


def named(names: Sequence[str]) -> str:
    """The first few names."""
    shown = "、".join(name[:40] for name in names[:MOST_NAMED])
    return f"{shown} …" if len(names) > MOST_NAMED else shown


def _csv(had: Sequence[Seen]) -> list[Finding] | None:
    if not had:
        return None
    return [] if any(one.in_csv for one in had) else [Finding(Check.CSV, Trouble.NO_CSV)]


def told(failing_since: date, today: date, patience: int) -> bool:
    """Whether the agency is told: not of a server that was away for a night."""
    return today >= failing_since + timedelta(days=patience)


@dataclass(frozen=True)
class Standing:
    """How the datasets of an agency stand, of those that were checked."""

    datasets: int
    whole: int
    passed: Mapping[Check, tuple[int, int]]
    """By check: how many pass it, of how many that were asked."""
    late: int

    @property
    def share(self) -> float:
        """The datasets that pass every check, of all, in per cent."""
        return 100 * self.whole / self.datasets if self.datasets else 0.0


def ranked(standings: Mapping[int, Standing]) -> list[tuple[int, int]]:
    """Place and agency, the best first; equal shares with equally many late ones share a place."""
    order = sorted(
        standings, key=lambda key: (-standings[key].share, standings[key].late, -standings[key].datasets, key)
    )
    places: list[tuple[int, int]] = []
    for n, key in enumerate(order, start=1):
        one = standings[key]
        same = places and (standings[places[-1][1]].share, standings[places[-1][1]].late) == (one.share, one.late)
        places.append((places[-1][0] if same else n, key))
    return places
