"""What domains declare to the surveys: whose they are, who may see them, and what a complaint leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.utils.functional import Promise

if TYPE_CHECKING:
    from .models import Response

CITY = "city"
"""The owner of what the commission asks at the desk."""

Text = str | Promise
Records = Callable[[Sequence[str]], Mapping[str, Model]]
OnAnswer = Callable[["Response", Mapping[str, Any], datetime], None]


@dataclass(frozen=True)
class Owner:
    """Whose surveys these are. `reads` and `manages` are acts of docs/roles.csv that a reader needs beside those of all
    surveys; `on_complaint` opens a task and `on_answer` notes what was answered, by the keys of the questions, both in the
    transaction of the answer; `records` finds what keypad answers are about
    by the numbers in the exchange's file, and a number that it does not find is refused.
    """

    code: str
    label: Text
    reads: str = ""
    manages: str = ""
    on_complaint: Callable[[Response, datetime], None] | None = None
    records: Records | None = None
    on_answer: OnAnswer | None = None


_owners: dict[str, Owner] = {}


def owner(
    code: str,
    label: Text,
    *,
    reads: str = "",
    manages: str = "",
    on_complaint: Callable[[Response, datetime], None] | None = None,
    records: Records | None = None,
    on_answer: OnAnswer | None = None,
) -> Owner:
    """Declare an owner of surveys, once, when its app starts."""
    _owners[code] = Owner(code, label, reads, manages, on_complaint, records, on_answer)
    return _owners[code]


def owner_of(code: str) -> Owner:
    """The declared owner; one that nobody declares any more is known by its code and narrowed by nothing."""
    return _owners.get(code) or Owner(code, code)


def owners() -> list[Owner]:
    """All of them."""
    return list(_owners.values())


def forget(*codes: str) -> None:
    """Take declarations back (tests declare their own)."""
    for code in codes:
        _owners.pop(code, None)
