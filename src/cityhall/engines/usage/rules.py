"""Decisions about counted use, without Django: who asked, what counts once, how a batch stands to those before it."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

WORD = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,39}")
"""What kinds are called: an act, a kind of user, a kind of subject."""
LONGEST_SUBJECT = 120
LONGEST_PLACE = 40
LARGEST_COUNT = 1_000_000_000

PERSONAL = r"(?:^|[^A-Za-z0-9])[A-Z][12]\d{8}(?:$|[^0-9])|[^@\s]+@[^@\s]+\.[a-z]{2,}|(?:^|[^0-9])09\d{2}-?\d{3}-?\d{3}(?:$|[^0-9])"
"""What an ID number, a mailbox or a mobile number looks like; the engine of questions understands it, too."""


# ---- one request -----------------------------------------------------------------------------------------------------


def network(address: str) -> str:
    """The network of an address: the first 24 bits of an IPv4 one, the first 48 of an IPv6 one; empty if it is none."""
    try:
        found = ipaddress.ip_address(address.strip().partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    bits = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network((found, bits), strict=False).network_address)


def visitor(*, key: bytes, day: date, address: str, agent: str) -> str:
    """A mark by which two requests of a day are known to be one visitor's; another day's mark is another one."""
    said = f"{day.isoformat()}\n{address}\n{agent}".encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:16]


def mark(*, agent: str, path: str, headers: Mapping[str, str], robots: Iterable[str]) -> str:
    """Who asked, where it was nobody whose use is counted: a health check, a script of our own page, a robot.

    A page of ours that somebody opens from another one is use; what its scripts then fetch by themselves is not.
    """
    said = agent.casefold()
    if path.rstrip("/") in ("/healthz", "/metrics") or said.startswith(("kube-probe", "googlehc", "elb-healthchecker")):
        return "health"
    names = {name.casefold(): value.casefold() for name, value in headers.items()}
    if names.get("sec-fetch-site") == "same-origin" and names.get("sec-fetch-mode", "navigate") != "navigate":
        return "own"
    if not said or any(word.casefold() in said for word in robots):
        return "robot"
    return ""


def counts(method: str, range_header: str) -> bool:
    """Whether a request is a use: it fetches the thing itself, from its beginning.

    HEAD asks about a thing and does not use it. Of a file that is fetched in pieces (Range) only the piece with its
    first byte counts, so that a download that is interrupted and goes on is one; a range that cannot be read is answered
    with the whole file and counts.
    """
    if method.upper() not in ("GET", "POST"):
        return False
    found = re.fullmatch(r"\s*bytes\s*=\s*(\d*)\s*-\s*\d*\s*(,.*)?", range_header or "")
    return found is None or (bool(found[1]) and int(found[1]) == 0)


def is_partial(range_header: str) -> bool:
    """Whether a piece was asked for: then one visitor counts once a day for one thing."""
    return bool(re.match(r"\s*bytes\s*=", range_header or ""))


# ---- a batch ---------------------------------------------------------------------------------------------------------


class Relation(StrEnum):
    """How a batch stands to what its source sent before."""

    NEW = "NEW"
    REPLACES = "REPLACES"
    CLASHES = "CLASHES"


@dataclass(frozen=True)
class Days:
    """The days that a batch speaks of, both in."""

    first: date
    last: date

    def meets(self, other: Days) -> bool:
        """Whether they share a day."""
        return self.first <= other.last and other.first <= self.last


def relation(mine: Days, *, addition: bool, others: Mapping[int, Days]) -> tuple[Relation, int | None]:
    """How a batch stands to the whole reports of its source that count, by their keys.

    A report on the same days replaces the one before; one that shares only some of them would count those twice and is
    refused; an addition only ever adds.
    """
    if addition:
        return Relation.NEW, None
    meeting = {key: days for key, days in others.items() if mine.meets(days)}
    for key, days in meeting.items():
        if days == mine and len(meeting) == 1:
            return Relation.REPLACES, key
    return (Relation.CLASHES, min(meeting)) if meeting else (Relation.NEW, None)


def is_late(last: date, *, received: date, days: int) -> bool:
    """Whether a batch comes so late that figures of its days may have been read already."""
    return received - last > timedelta(days=days)


def slices(days: Mapping[date, int], most: int) -> list[tuple[date, date]]:
    """Runs of days with at most so many rows each, one day at least: what is written and kept at a time."""
    found: list[tuple[date, date]] = []
    rows = 0
    for day in sorted(days):
        if found and rows + days[day] <= most:
            found[-1] = (found[-1][0], day)
            rows += days[day]
        else:
            found.append((day, day))
            rows = days[day]
    return found
