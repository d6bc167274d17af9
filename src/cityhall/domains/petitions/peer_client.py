"""What we ask another authority's Open311 server: JSON, one call at a time, and every way in which it can go wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from cityhall.engines.outbox.calls import Answer, Forbidden, NotAnswered, NotReached, TooLarge, call

from .peer_rules import Asked, Garbled, Service, Told, Trouble, asked_of, services_of, told_of, words

LONGEST_PAUSE = 24 * 3600


class Away(Exception):
    """The other side did not do what was asked. `said` is theirs and for officers; `pause` is in seconds."""

    def __init__(self, trouble: Trouble, said: str = "", *, pause: int = 0, arrived: bool = True) -> None:
        super().__init__(f"{trouble} {said}".strip())
        self.trouble, self.said, self.pause, self.arrived = trouble, said, pause, arrived


class Unchanged(Exception):
    """Nothing is new since the tag that was sent along."""


@dataclass(frozen=True)
class Peer:
    """Another authority's server."""

    base_url: str
    jurisdiction: str = ""
    api_key: str = ""
    at: datetime | None = None

    def services(self) -> list[Service]:
        """Their services."""
        return self._read(services_of, self._get("services.json"))

    def asked(self, code: str) -> tuple[Asked, ...]:
        """What one of them asks."""
        return self._read(asked_of, self._get(f"services/{quote(code, safe='')}.json"))

    def send(self, fields: Sequence[tuple[str, str]]) -> Told:
        """Pass a request on; an id, or a token for one that comes later."""
        given = [("api_key", self.api_key), ("jurisdiction_id", self.jurisdiction), *fields]
        content = urlencode([pair for pair in given if pair[1]]).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        rows = self._read(told_of, self._call("POST", "requests.json", content=content, headers=headers))
        if len(rows) != 1 or not (rows[0].id or rows[0].token):
            raise Away(Trouble.GARBLED)
        return rows[0]

    def since(self, first: datetime, *, service: str) -> list[Told]:
        """What they have of a service since an instant."""
        return self._read(
            told_of, self._get("requests.json", start_date=first.isoformat(timespec="seconds"), service_code=service)
        )

    def several(self, ids: Sequence[str], *, tag: str = "") -> tuple[list[Told], str]:
        """How these stand, with the tag of the answer. Raises Unchanged where the tag still holds."""
        headers = {"If-None-Match": tag} if tag else {}
        answer = self._get("requests.json", headers=headers, service_request_id=",".join(ids))
        if answer.status == 304:
            raise Unchanged
        return self._read(told_of, answer), answer.headers.get("etag", "")[:200]

    def one(self, id: str) -> Told | None:
        """How one stands; None where they know nothing of it."""
        return self._one(f"requests/{quote(id, safe='')}.json", lambda row: row.id == id)

    def token(self, token: str) -> Told | None:
        """What became of a token; None where they know nothing of it."""
        return self._one(f"tokens/{quote(token, safe='')}.json", lambda row: True)

    def _one(self, path: str, fits: Any) -> Told | None:
        try:
            rows = self._read(told_of, self._get(path))
        except Away as away:
            if away.trouble == Trouble.MISSING:
                return None
            raise
        return next((row for row in rows if fits(row)), None)

    def _get(self, path: str, headers: dict[str, str] | None = None, **query: str) -> Answer:
        asked = urlencode(
            [(name, value) for name, value in (("jurisdiction_id", self.jurisdiction), *query.items()) if value]
        )
        return self._call("GET", f"{path}?{asked}" if asked else path, headers=headers or {})

    def _call(self, method: str, path: str, *, headers: dict[str, str], content: bytes = b"") -> Answer:
        url = f"{self.base_url.rstrip('/')}/{path}"
        try:
            answer = call(
                method, url, content=content, headers={"Accept": "application/json", **headers},
                loopback=settings.CALLS_LOOPBACK, whole=settings.CALLS_SECONDS,
            )  # fmt: skip
        except Forbidden as error:
            raise Away(Trouble.FORBIDDEN, arrived=False) from error
        except NotReached as error:
            raise Away(Trouble.UNREACHABLE, arrived=False) from error
        except TooLarge as error:
            raise Away(Trouble.TOO_LARGE) from error
        except NotAnswered as error:
            raise Away(Trouble.SILENT) from error
        if answer.status in (200, 201, 202, 304):
            return answer
        raise Away(_kind(answer.status), _said(answer), pause=_pause(answer, self.at))

    def _read(self, reader: Any, answer: Answer) -> Any:
        body = answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")
        if body.startswith(b"<"):
            page = b"<html" in body[:500].lower() or b"<!doctype" in body[:100].lower()
            raise Away(Trouble.GARBLED if page else Trouble.XML)
        try:
            return reader(json.loads(body))
        except (ValueError, RecursionError, Garbled) as error:
            raise Away(Trouble.GARBLED) from error


def _kind(status: int) -> Trouble:
    if status in (401, 403):
        return Trouble.KEY
    if status in (404, 410):
        return Trouble.MISSING
    if 300 <= status < 400:
        return Trouble.MOVED
    return Trouble.REFUSED if status < 500 and status not in (408, 425, 429) else Trouble.BUSY


def _said(answer: Answer) -> str:
    """Their own words about an error, where they use the protocol's form."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    rows = found.get("errors") if isinstance(found, dict) else found
    if not isinstance(rows, list):
        return ""
    return "；".join(filter(None, (words(row.get("description"), 200) for row in rows[:5] if isinstance(row, dict))))[
        :300
    ]


def _pause(answer: Answer, at: datetime | None) -> int:
    given = answer.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return min(int(given[:9]), LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return 0
    if at is None or until.tzinfo is None:
        return 0
    return max(0, min(int((until - at).total_seconds()), LONGEST_PAUSE))
