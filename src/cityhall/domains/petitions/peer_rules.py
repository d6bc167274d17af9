"""Passing a petition on by Open311: who can get it that way, what their answers mean, and when to ask again.

Source: GeoReport v2 (http://wiki.open311.org/GeoReport_v2), frozen. What a body publishes of it is the body's affair, so
nothing goes this way that must not be published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

LONGEST = 4000
MOST_SERVICES = 1000
BATCH = 50
CLOSED_FOLLOWED = timedelta(days=30)  # what they closed is looked at once a day, for they may open it again
CLOCKS_DIFFER = timedelta(hours=1)
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Trouble(StrEnum):
    """What stood in the way at the other side."""

    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    BUSY = "busy"
    KEY = "key"
    REFUSED = "refused"
    MISSING = "missing"
    MOVED = "moved"
    XML = "xml"
    GARBLED = "garbled"
    TOO_LARGE = "too_large"


PASSES = frozenset({Trouble.UNREACHABLE, Trouble.SILENT, Trouble.BUSY, Trouble.GARBLED, Trouble.TOO_LARGE})
"""What may be over the next time; everything else needs a person."""


class Bar(StrEnum):
    """Why a petition goes by letter and not by Open311."""

    NONE_THERE = "none_there"
    STOPPED = "stopped"
    CONFIDENTIAL = "confidential"
    NO_PLACE = "no_place"
    UNMAPPED = "unmapped"
    ASKS_MORE = "asks_more"


def bar(
    *, there: bool, in_use: bool, confidential: bool, placed: bool, service: str, unanswered: Iterable[str] = ()
) -> Bar | None:
    """None where it can go by Open311; the first reason that a person can do something about."""
    if not there:
        return Bar.NONE_THERE
    if not in_use:
        return Bar.STOPPED
    if confidential:
        return Bar.CONFIDENTIAL
    if not placed:
        return Bar.NO_PLACE
    if not service:
        return Bar.UNMAPPED
    return Bar.ASKS_MORE if list(unanswered) else None


# ---- what they say -----------------------------------------------------------------------------------------------


class Garbled(ValueError):
    """What came is not what the protocol says."""


@dataclass(frozen=True)
class Asked:
    """A question of one of their services."""

    code: str
    label: str
    required: bool
    several: bool = False
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Service:
    """One of their services."""

    code: str
    name: str
    group: str = ""
    metadata: bool = False
    asked: tuple[Asked, ...] = field(default=())


@dataclass(frozen=True)
class Told:
    """What they say about one request."""

    id: str = ""
    token: str = ""
    status: str = ""
    notes: str = ""
    agency: str = ""
    updated: datetime | None = None
    expected: datetime | None = None
    description: str = ""

    @property
    def closed(self) -> bool:
        """Only this word ends it; everything else is still open."""
        return self.status == "closed"


def words(value: Any, most: int) -> str:
    """Their text as it can be kept: without what nobody sees, and not longer than its place."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    return _UNSEEN.sub("", str(value).replace("\r\n", "\n").replace("\r", "\n")).strip()[:most]


def _rows(found: Any, name: str) -> list[Mapping[str, Any]]:
    """A list, or the list in the wrapping that some servers put around it."""
    if isinstance(found, Mapping) and isinstance(found.get(name), list):
        found = found[name]
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise Garbled(name)
    return found


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return found if found.tzinfo is not None and 1911 < found.year < 9000 else None
    except ValueError:
        return None


def _true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def services_of(found: Any) -> list[Service]:
    """Their list of services, each once."""
    kept: dict[str, Service] = {}
    for one in _rows(found, "services")[:MOST_SERVICES]:
        code = words(one.get("service_code"), 100)
        if code:
            name = words(one.get("service_name"), 200) or code
            kept.setdefault(code, Service(code, name, words(one.get("group"), 100), _true(one.get("metadata"))))
    return list(kept.values())


def asked_of(found: Any) -> tuple[Asked, ...]:
    """What a service asks."""
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if isinstance(found, Mapping) and isinstance(found.get("service_definition"), Mapping):
        found = found["service_definition"]
    asked = []
    for one in _rows(found, "attributes")[:100]:
        code = words(one.get("code"), 100)
        if not code or not _true(one.get("variable", True)):
            continue  # what is not variable is a text that they show
        values = one.get("values") or []
        rows = _rows(values, "values")[:200] if isinstance(values, (list, Mapping)) else []
        pairs = [(words(row.get("key"), 100), words(row.get("name"), 200)) for row in rows]
        asked.append(
            Asked(
                code, words(one.get("description"), 200) or code, _true(one.get("required")),
                str(one.get("datatype")) == "multivaluelist", tuple(pairs),
            )
        )  # fmt: skip
    return tuple(asked)


def told_of(found: Any) -> list[Told]:
    """Requests as they tell of them."""
    return [
        Told(
            id=words(one.get("service_request_id"), 100), token=words(one.get("token"), 100),
            status=words(one.get("status"), 40).lower(), notes=words(one.get("status_notes"), 2000),
            agency=words(one.get("agency_responsible"), 200), updated=_instant(one.get("updated_datetime")),
            expected=_instant(one.get("expected_datetime")), description=words(one.get("description"), LONGEST),
        )
        for one in _rows(found, "service_requests")
    ]  # fmt: skip


def names(reference: str, text: str) -> bool:
    """Whether a text names our reference, and not one that it is a part of."""
    return re.search(rf"(?<![\w/-]){re.escape(reference)}(?![\w/-])", text) is not None


def description(reference_line: str, text: str) -> str:
    """The reference stands first, so that no server that shortens texts cuts it off."""
    return f"{reference_line}\n{text}"[:LONGEST]


# ---- what changed ------------------------------------------------------------------------------------------------


class Change(StrEnum):
    """What is new since they were asked last."""

    CLOSED = "closed"
    REOPENED = "reopened"
    NEWS = "news"


def change(*, before: Told, now: Told) -> Change | None:
    """None where they say the same as before; a new time alone is nothing new."""
    if now.closed and not before.closed:
        return Change.CLOSED
    if before.closed and not now.closed:
        return Change.REOPENED
    said = (now.notes, now.agency, now.expected)
    return None if said == (before.notes, before.agency, before.expected) else Change.NEWS


def ask_again(at: datetime, *, hours: int, closed_at: datetime | None) -> datetime | None:
    """When to ask next: what is open every few hours, what is closed once a day for a month."""
    if closed_at is None:
        return at + timedelta(hours=hours)
    return at + timedelta(days=1) if at - closed_at < CLOSED_FOLLOWED else None
