"""Decisions of the open-data catalogue, without Django: how cells of a portal's list are read, how words are sought,
when a dataset is late by the frequency that its agency declared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

ROC = 1911


# ---- cells of a list -------------------------------------------------------------------------------------------------


def unquoted(text: str) -> str:
    """A cell without blanks around it and without quotation marks that an export put around the whole."""
    found = text.strip()
    if len(found) > 1 and found[0] == found[-1] == '"':
        found = found[1:-1].strip()
    return found


def listed(text: str) -> list[str]:
    """The parts of a cell such as `"PDF, ODT"`, each once, in their order."""
    parts = (part.strip() for part in re.split(r"[,，;；]", unquoted(text)))
    return list(dict.fromkeys(part for part in parts if part))


def code_and_name(text: str) -> tuple[str, str]:
    """`380120000J 【社會局】` is its code and its name; without a code the whole is the name."""
    found = re.fullmatch(r"\s*(?P<code>[0-9A-Za-z.\-]*)\s*【(?P<name>[^】]+)】\s*", text)
    return (found["code"], found["name"].strip()) if found else ("", text.strip())


def category_name(text: str) -> str:
    """`公共資訊 (948)` is 公共資訊: the number counts the datasets of the day and is none of the name."""
    return re.sub(r"\s*[(（]\d+[)）]\s*$", "", unquoted(text))


def day(text: str) -> date | None:
    """A day as people write it: 2016-01-01, 2015/1/1, 105-02-15, 104.01.01; None for what names no day."""
    found = re.fullmatch(r"(\d{2,4})[-/.](\d{1,2})[-/.](\d{1,2})", unicodedata.normalize("NFKC", text).strip())
    if not found:
        return None
    year, month, number = (int(part) for part in found.groups())
    try:
        return date(year + ROC if year < 1000 else year, month, number)
    except ValueError:
        return None


def instant(text: str) -> datetime | None:
    """`2018-04-13 11:11:59`, without a zone; None for anything else."""
    try:
        return datetime.fromisoformat(text.strip()) if " " in text.strip() else None
    except ValueError:
        return None


def amount(text: str) -> int | None:
    """How many rows: 13, 1,024 or 24筆; None where no number stands."""
    found = re.fullmatch(r"(\d[\d,]*)\s*[筆項件個]?", unicodedata.normalize("NFKC", text).strip())
    number = int(found[1].replace(",", "")) if found else -1
    return number if 0 <= number < 2**31 else None


@dataclass(frozen=True)
class Field:
    """A column of the data: its name and what it says."""

    name: str
    description: str = ""


def fields(text: str) -> list[Field]:
    """The columns in 主要欄位說明: `地址(服務地址)、電話` or one a line. Brackets within brackets stay together."""
    parts, depth, part = [], 0, ""
    for letter in unquoted(text):
        depth += (letter in "(（") - (letter in ")）")
        depth = max(depth, 0)
        if depth == 0 and letter in "、\n;；":
            parts.append(part)
            part = ""
        else:
            part += letter
    return [found for one in [*parts, part] if (found := _field(one)) is not None]


def _field(text: str) -> Field | None:
    text = text.strip()
    if not text:
        return None
    if text.endswith((")", "）")):
        depth = 0
        for place in range(len(text) - 1, -1, -1):
            depth += (text[place] in ")）") - (text[place] in "(（")
            if depth == 0:
                if place:
                    return Field(text[:place].strip()[:200], text[place + 1 : -1].strip())
                break
    name, colon, rest = text.partition("：")
    return Field(name.strip()[:200], rest.strip()) if colon and name.strip() else Field(text[:200])


# ---- words -----------------------------------------------------------------------------------------------------------

_JOINED = re.compile(r"(?<=[A-Za-z])[-‐‑‒–](?=[A-Za-z])")


def joined(text: str) -> str:
    """Latin words without the hyphen inside: Wi-Fi is sought and found as WiFi."""
    return _JOINED.sub("", unicodedata.normalize("NFKC", text))


def sought(*texts: str) -> str:
    """What a dataset is found by: its texts, and once more the words that are written with a hyphen or without."""
    whole = "\n".join(text for text in texts if text)
    again = " ".join(joined(word) for word in unicodedata.normalize("NFKC", whole).split() if joined(word) != word)
    return f"{whole}\n{again}" if again else whole


# ---- the time of an update -------------------------------------------------------------------------------------------

DAYS = {
    "REALTIME": 1, "DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "QUARTERLY": 92, "HALF_YEARLY": 184, "YEARLY": 366,
}  # fmt: skip
"""Days between two updates; what is irregular is never late."""


def due_on(frequency: str, updated_on: date, grace: int) -> date | None:
    """The last day by which the next update is in time: a period of the declared frequency and some days."""
    days = DAYS.get(frequency)
    return None if days is None else updated_on + timedelta(days=days + grace)


def next_fetch(every: str, today: date) -> date:
    """The day on which an address is fetched again after it was fetched today."""
    if every == "MONTHLY":
        year, month = divmod(today.year * 12 + today.month, 12)
        first = date(year, month + 1, 1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return min(first.replace(day=1) + timedelta(days=today.day - 1), last)
    return today + timedelta(days=7 if every == "WEEKLY" else 1)


# ---- competitions ----------------------------------------------------------------------------------------------------


class Stage(StrEnum):
    """Where a competition stands on a day."""

    DRAFT = "DRAFT"
    COMING = "COMING"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    JUDGING = "JUDGING"
    JUDGED = "JUDGED"
    AWARDED = "AWARDED"
    CALLED_OFF = "CALLED_OFF"


def stage(
    today: date, *, opens_on: date, closes_on: date, announced: bool, called_off: bool, begun: bool, judged: bool, awarded: bool
) -> Stage:  # fmt: skip
    """What was done decides; where nothing was, the day: teams register from the first day to the last, both in."""
    for done, found in (
        (called_off, Stage.CALLED_OFF), (not announced, Stage.DRAFT), (awarded, Stage.AWARDED), (judged, Stage.JUDGED),
        (begun, Stage.JUDGING),
    ):  # fmt: skip
        if done:
            return found
    if today < opens_on:
        return Stage.COMING
    return Stage.OPEN if today <= closes_on else Stage.CLOSED


def days_in_order(opens_on: date, closes_on: date, held_on: date, result_on: date) -> bool:
    """A competition closes after it opens, takes place then, and has its result last; any of them on one day."""
    return opens_on <= closes_on <= held_on <= result_on


def too_many(chosen: Mapping[int, int], most: Mapping[int, int]) -> list[int]:
    """The prizes that would go to more works than they may: chosen and most by the number of the prize."""
    return [n for n, many in chosen.items() if many > most.get(n, 0)]


class BadPrize(ValueError):
    """A line that names no prize; `line` counts from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def prizes(text: str) -> list[tuple[str, str, int]]:
    """Prizes as they are typed, one a line: `首獎｜獎金 10 萬元｜1`; what is won and how many may win it can be left out.

    Raises BadPrize.
    """
    found = []
    for n, line in enumerate((line for line in text.splitlines() if line.strip()), 1):
        name, reward, many = ([part.strip() for part in re.split(r"[｜|]", line)] + ["", ""])[:3]
        count = unicodedata.normalize("NFKC", many) or "1"
        if (
            not name
            or len(name) > 40
            or len(reward) > 80
            or not re.fullmatch(r"[1-9]\d?", count)
            or line.count("｜") + line.count("|") > 2
        ):
            raise BadPrize(n)
        found.append((name, reward, int(count)))
    return found


def free_name(name: str, taken: Iterable[str], longest: int = 60) -> str:
    """A name that no other has: with a number behind it where it is taken."""
    there, n, found = {one.casefold() for one in taken}, 1, name
    while found.casefold() in there:
        n += 1
        mark = f" {n}"
        found = name[: longest - len(mark)] + mark
    return found


# ---- the review ------------------------------------------------------------------------------------------------------


def missing(values: Mapping[str, object], needed: Iterable[str]) -> list[str]:
    """Which of the needed fields nobody has filled in, in their order."""
    return [name for name in needed if not values.get(name)]


NEEDED = ("title", "description", "fields_text", "frequency", "category", "licence")
"""Without these a dataset is not reviewed: the national metadata asks for each."""


def coverage_holds(first: date | None, last: date | None) -> bool:
    """Whether what is covered ends after it begins."""
    return first is None or last is None or first <= last


def excerpt(text: str, start: int, end: int, around: int = 40) -> tuple[str, int]:
    """The piece of a text around what was found, on one line, and how many letters stand before it."""
    first = max(0, start - around)
    piece = re.sub(r"\s", " ", text[first : end + around])
    return piece, first
