"""How the list is cut: by when something is due, and by what the reader filters. Pure functions."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from cityhall.foundation.clock import day_of, end_of_day

GROUPS = ("late", "today", "tomorrow", "week", "later", "never")
"""The headings of the list in their order: 已逾期、今天、明天、本週其他、之後、無期限."""


def edges(at: datetime) -> tuple[datetime, datetime, datetime, datetime]:
    """The instants between the groups: now, the end of today, of tomorrow and of this week (its Sunday)."""
    today = day_of(at)
    sunday = today + timedelta(days=6 - today.weekday())
    tomorrow = today + timedelta(days=1)
    return at, end_of_day(today), end_of_day(tomorrow), end_of_day(max(sunday, tomorrow))


def group_of(due_at: datetime | None, at: datetime) -> str:
    """The heading under which a to-do stands. What is due at this very instant is not late yet."""
    if due_at is None:
        return "never"
    now, today, tomorrow, week = edges(at)
    if due_at < now:
        return "late"
    # A limit of "by the 20th" is stored as the first instant of the 21st; it still belongs to the 20th.
    if due_at <= today:
        return "today"
    if due_at <= tomorrow:
        return "tomorrow"
    return "week" if due_at <= week else "later"


@dataclass(frozen=True)
class Filter:
    """What the reader of the list asked for; its query string can be kept and sent to somebody."""

    urgent: bool = False
    part: str = ""
    kind: str = ""
    group: str = ""
    person: int | None = None  # standing in for this person
    text: str = ""

    def query(self) -> str:
        """The filter as a query string, without what is not set."""
        values: list[tuple[str, str]] = []
        if self.urgent:
            values.append(("urgent", "1"))
        for name in ("part", "kind", "group"):
            if getattr(self, name):
                values.append((name, getattr(self, name)))
        if self.person is not None:
            values.append(("for", str(self.person)))
        if self.text:
            values.append(("text", self.text))
        return urlencode(values)

    def __bool__(self) -> bool:
        return self != Filter()

    def without_text(self) -> "Filter":
        """The same filter before anything was typed."""
        return replace(self, text="")


def read_filter(values: "dict[str, str]", parts: "frozenset[str] | set[str]") -> Filter:
    """Read a filter from a query string; what is not understood is left out, never an error."""
    person = values.get("for", "")
    group = values.get("group", "")
    part = values.get("part", "")
    return Filter(
        urgent=values.get("urgent") == "1",
        part=part if part in parts else "",
        kind=values.get("kind", "")[:60],
        group=group if group in GROUPS else "",
        person=int(person) if person.isascii() and person.isdigit() and len(person) < 19 else None,
        text=" ".join(values.get("text", "").replace("\x00", "").split())[:100],
    )


_CONTACTS = (
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+"), "＊＊＊@＊＊＊"),
    (re.compile(r"(?<![A-Za-z0-9])[A-Z][12]\d{8}(?!\d)"), "＊＊＊＊＊＊＊＊＊＊"),
    (re.compile(r"(?<!\d)09\d{2}[-\s]?\d{3}[-\s]?\d{3}(?!\d)"), "09＊＊＊＊＊＊＊＊"),
    (re.compile(r"(?<!\d)0\d{1,2}[-)\s]\s?\d{3,4}[-\s]?\d{3,4}(?!\d)"), "0＊-＊＊＊＊＊＊＊＊"),
    (re.compile(r"([\u4e00-\u9fff])[\u4e00-\u9fff]{1,2}(先生|小姐|女士)"), r"\1○○\2"),
)


def masked(text: str) -> str:
    """Free text for a file that leaves the desk: telephone numbers, addresses of mail, ID numbers and names of people
    who wrote are covered."""
    for pattern, cover in _CONTACTS:
        text = pattern.sub(cover, text)
    return text
