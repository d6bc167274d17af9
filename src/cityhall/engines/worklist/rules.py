"""How the list is cut: by when something is due, and by what the reader filters. Pure functions."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
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


def wants_letter(rhythm: str, working: bool) -> bool:
    """Whether the daily letter goes out today: every day, on working days, or never."""
    return rhythm == "DAILY" or (rhythm == "WORKING" and working)


def working_day_after(day: date, number: int, is_working: Callable[[date], bool]) -> date:
    """The so-manieth working day after a day; nobody looks further than a month."""
    last = day
    for ahead in range(1, 32):
        if not number:
            break
        if is_working(day + timedelta(days=ahead)):
            last, number = day + timedelta(days=ahead), number - 1
    return last


AGES: tuple[tuple[str, int, int | None], ...] = (
    ("week", 0, 7),
    ("month", 7, 30),
    ("quarter", 30, 90),
    ("longer", 90, None),
)
"""How long something is late, in days: so many and more, fewer than so many."""
WEEKS_BACK = 12


def age_of(due_at: datetime, at: datetime) -> str:
    """For how long it is late."""
    days = (at - due_at) / timedelta(days=1)
    return next(key for key, _from, before in AGES if before is None or days < before)


def days_late(due_at: datetime | None, at: datetime) -> int:
    """Whole days since the limit."""
    return max((at - due_at).days, 0) if due_at else 0


def age_edges(at: datetime) -> dict[str, tuple[datetime | None, datetime]]:
    """By age: limits after the first instant, if there is one, and not after the second."""
    return {
        key: (at - timedelta(days=before) if before else None, at - timedelta(days=begins))
        for key, begins, before in AGES
    }


def weeks_back(at: datetime, weeks: int = WEEKS_BACK) -> list[datetime]:
    """The ends of the last weeks, each on the weekday and at the hour of `at`, which is the last."""
    return [at - timedelta(weeks=number) for number in reversed(range(weeks))]


@dataclass(frozen=True)
class Watch:
    """What whoever looks after the whole city asked for of what is late; its query string can be kept and sent."""

    agency: str = ""
    kind: str = ""
    age: str = ""
    urgent: bool = False
    text: str = ""

    def query(self) -> str:
        """The filter as a query string, without what is not set."""
        values = [(name, getattr(self, name)) for name in ("agency", "kind", "age", "text") if getattr(self, name)]
        return urlencode([*values, *([("urgent", "1")] if self.urgent else [])])

    def without_text(self) -> "Watch":
        """The same filter before anything was typed."""
        return replace(self, text="")


def read_watch(values: "dict[str, str]") -> Watch:
    """Read the filter from a query string; what is not understood is left out, never an error."""
    age = values.get("age", "")
    return Watch(
        agency=values.get("agency", "").replace("\x00", "")[:30],
        kind=values.get("kind", "").replace("\x00", "")[:60],
        age=age if age in {key for key, _from, _before in AGES} else "",
        urgent=values.get("urgent") == "1",
        text=" ".join(values.get("text", "").replace("\x00", "").split())[:100],
    )
