"""Structured logs: one JSON object a line, without personal data.

The request line names the route, never the path or the query: a path can hold a case number,
a query an address or a name (research note 08 §2.2, 識別 46-47).
"""

from __future__ import annotations

import contextvars
import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

current_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")

PUBLIC_EXTRAS = ("method", "route", "status", "ms", "bytes", "account", "language", "queries", "kind", "key", "error")

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NATIONAL_ID = re.compile(r"(?<![A-Za-z0-9])[A-Z][12589A-D]\d{8}(?!\d)")
_PHONE = re.compile(r"(?<!\d)(?:\+886[- ]?|0)\d(?:[- ]?\d){7,8}(?!\d)")


def masked(text: str) -> str:
    """Take e-mail addresses, national ids and telephone numbers out of a line."""
    text = _EMAIL.sub("<email>", text)
    text = _NATIONAL_ID.sub("<id>", text)
    return _PHONE.sub("<phone>", text)


_CITED = re.compile(r"'[^']*'|[^\x00-\x7f]+")


def trace(error: BaseException | None) -> str:
    """Where an error arose, and what it says without what it cites: a value may be somebody's name.

    Lines of our code stay. Of each message the first line stays, without quotations and without anything that is not
    plain ASCII; databases put the whole row that they refuse into the next.
    """
    parts: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        said = _CITED.sub("…", masked((str(error).splitlines() or [""])[0]))[:300]
        frames = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}: {said}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nafter:\n".join(reversed(parts))


class JsonFormatter(logging.Formatter):
    """Time, level, logger, message, request id and a fixed list of further fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        request_id = getattr(record, "request_id", "") or current_request_id.get()
        if request_id:
            line["request_id"] = request_id
        for name in PUBLIC_EXTRAS:
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = trace(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def logging_config(level: str = "INFO") -> dict[str, Any]:
    """The LOGGING setting: everything to standard error as JSON lines; Django's own request lines are ours."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "cityhall.web.logs.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            "cityhall.request": {"level": "INFO"},
            # What they tell at INFO holds addresses and what is in letters.
            "httpx": {"level": "WARNING"},
            "mail": {"level": "WARNING"},
        },
    }
