"""Tables that domains supply so that they can be published: declared at start, made by night."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

Rows = Callable[[datetime], Iterable[Sequence[Any]]]
"""The rows of a table at an instant, in the order of the columns that its publisher describes; nobody's personal data."""

supplies: dict[str, Rows] = {}


def supply(key: str, rows: Rows) -> None:
    """Declare where the rows of a table come from, such as `faq.entries`."""
    if supplies.get(key, rows) is not rows:
        raise ValueError(f"{key} is supplied twice")
    supplies[key] = rows
