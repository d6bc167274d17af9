"""What a cell says, and what kind of column its cells make. Nothing is guessed that could be read in two ways.

A cell is read by the kind of its column into the one form in which the store keeps that kind; how it was written is
told as marks, so that the report can say what was changed. What does not fit is None, and never lost: a column with
such a cell stays text.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

TAIPEI = timezone(timedelta(hours=8))
"""The city's zone has had no summer time since 1979; what is older keeps the same eight hours here."""
LONGEST_NAME = 100
RESERVED = ("_id", "_search", "_row", "bbox")
"""Names of columns of the store itself."""
EMPTY_MARKS = frozenset({"-", "--", "---", "－", "—", "N/A", "n/a", "NA", "NULL", "null", "None", "#N/A", "...", "…"})
"""What people write where there is nothing. They empty a cell of numbers or dates; in text they stand as they are."""
EARLIEST_BARE_YEAR = 50
"""17/3/20 may be of 2017 as well as of 民國17年: of two digits only those years are read that people still write."""
MOST_DIGITS = 15
"""A number of more digits may not come back as it was, and is looked at."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    MONTH = "month"
    TIME = "time"
    BOOLEAN = "boolean"
    GEOMETRY = "geometry"


class Mark(StrEnum):
    """How a cell was written, where the store writes it otherwise."""

    WIDTH = "width"
    SPACE = "space"
    THOUSANDS = "thousands"
    ROC = "roc"
    FORM = "form"
    ZONE = "zone"
    EMPTY = "empty"


@dataclass(frozen=True)
class Value:
    """A cell in the form of its kind, and what had to be changed for that."""

    text: str | None
    marks: frozenset[Mark] = frozenset()


@dataclass(frozen=True)
class Box:
    """A stretch of the earth in degrees."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        """Whether a point lies inside."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north


TAIWAN = Box(118.0, 20.5, 124.0, 26.8)

DATED = "日期 年月"
"""A heading of days and months, by which compact ones are read."""
_WIDE = {0xFF10 + n: str(n) for n in range(10)} | {
    0xFF0C: ",", 0xFF0E: ".", 0xFF0D: "-", 0xFF0F: "/", 0xFF1A: ":", 0xFF0B: "+", 0x2212: "-", 0x3000: " ", 0xFF39: "Y",
    0xFF2D: "M",
}  # fmt: skip
_INTEGER = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)
_GROUPED = re.compile(r"-?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?|-?\.\d+", re.ASCII)
_POWER = re.compile(r"-?[1-9](?:\.\d{1,16})?E[+-]\d{1,3}", re.ASCII)
"""As programs write very large and very small numbers; 12E5 without a sign is a code."""
_DAY = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_DAY_WORDS = re.compile(r"(?:西元)?(\d{4})年(\d{1,2})月(\d{1,2})日", re.ASCII)
_ROC_DAY = re.compile(r"(?:民國)?(\d{2,3})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_ROC_WORDS = re.compile(r"(?:中華民國|民國)?(\d{1,3})年(\d{1,2})月(\d{1,2})日?", re.ASCII)
_COMPACT_DAY = re.compile(r"(\d{2,4})(\d{2})(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})|(?:西元)?(\d{4})年(\d{1,2})月份?", re.ASCII)
_ROC_MONTH = re.compile(r"(?:中華民國|民國)?(\d{1,3})年(\d{1,2})月份?|(\d{2,3})Y(\d{2})M", re.ASCII)
_SHORT_MONTH = re.compile(r"(\d{2,3})[-/](\d{1,2})", re.ASCII)
_COMPACT_MONTH = re.compile(r"(\d{3,4})(\d{2})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_HALVES = {"上午": 0, "下午": 12, "AM": 0, "PM": 12}
_DATE_WORDS = re.compile(r"日期|年月日|日$|date|day|時間", re.IGNORECASE)
_MONTH_WORDS = re.compile(r"年月|月份|month|yyyymm|統計期|資料時間|info_time", re.IGNORECASE)


def plain(text: str) -> str:
    """A cell without full-width digits and signs, and without spaces around it."""
    return text.translate(_WIDE).strip()


def read_value(kind: Kind, text: str, *, hint: str = "", empty: Collection[str] = EMPTY_MARKS) -> Value | None:
    """A cell by its column's kind, in the form of the store; None where it does not fit.

    `hint` is the column's heading: 1061201 is a day in a column of days, and a number anywhere else.
    """
    folded = text.translate(_WIDE)
    bare = folded.strip()
    if not bare or text.strip() in empty or bare in empty:
        return Value(None, frozenset({Mark.EMPTY}))
    marks = set()
    if folded != text:
        marks.add(Mark.WIDTH)
    if bare != folded:
        marks.add(Mark.SPACE)
    if kind is Kind.TEXT:
        return Value(text)
    found = _READERS[kind](bare, hint)
    if found is None:
        return None
    return Value(found[0], frozenset(marks | set(found[1])))


Found = tuple[str, tuple[Mark, ...]] | None


def _integer(text: str, hint: str) -> Found:
    if _INTEGER.fullmatch(text):
        return text, ()
    if _GROUPED.fullmatch(text) and "." not in text and _INTEGER.fullmatch(text.replace(",", "")):
        return text.replace(",", ""), (Mark.THOUSANDS,)
    return None


def _number(text: str, hint: str) -> Found:
    marks: tuple[Mark, ...] = ()
    if _GROUPED.fullmatch(text):
        text, marks = text.replace(",", ""), (Mark.THOUSANDS,)
    if _POWER.fullmatch(text.upper()) and math.isfinite(float(text)):
        return repr(float(text)), (Mark.FORM,)
    if not _NUMBER.fullmatch(text) or len(text) > 2 * MOST_DIGITS:
        return None
    if len(text) > MOST_DIGITS and Decimal(repr(float(text))) != Decimal(text):
        return None
    if text.startswith((".", "-.")):
        return text.replace(".", "0.", 1), (*marks, Mark.FORM)
    return text, marks


def _day(year: str, month: str, on: str, *, roc: bool) -> str | None:
    number = int(year) + (1911 if roc else 0)
    if (roc and not 1 <= int(year) <= 200) or not 1 <= number <= 9999:
        return None
    try:
        return date(number, int(month), int(on)).isoformat()
    except ValueError:
        return None


def _date(text: str, hint: str) -> Found:
    text = text.replace(" ", "") if "年" in text else text
    for pattern, roc in ((_DAY, False), (_ROC_DAY, True)):
        if match := pattern.fullmatch(text):
            if roc and "國" not in text and int(match[1]) < EARLIEST_BARE_YEAR:
                return None
            found = _day(match[1], match[3], match[4], roc=roc)
            return _marked(found, text, roc)
    for pattern, roc in ((_DAY_WORDS, False), (_ROC_WORDS, True)):
        if match := pattern.fullmatch(text):
            return _marked(_day(match[1], match[2], match[3], roc=roc), text, roc)
    if _DATE_WORDS.search(hint) and (match := _COMPACT_DAY.fullmatch(text)):
        roc = len(match[1]) < 4
        return _marked(_day(match[1], match[2], match[3], roc=roc), text, roc)
    return None


def _marked(found: str | None, text: str, roc: bool) -> Found:
    if found is None:
        return None
    return found, () if found == text else ((Mark.ROC,) if roc else (Mark.FORM,))


def _month_of(year: str, month: str, *, roc: bool) -> str | None:
    found = _day(year, month, "1", roc=roc)
    return found[:7] if found else None


def _month(text: str, hint: str) -> Found:
    text = text.replace(" ", "")
    if match := _MONTH.fullmatch(text):
        return _marked(_month_of(match[1] or match[3], match[2] or match[4], roc=False), text, False)
    if match := _ROC_MONTH.fullmatch(text):
        parts = [part for part in match.groups() if part is not None]
        return _marked(_month_of(*parts, roc=True), text, True)
    if _MONTH_WORDS.search(hint) and (match := _COMPACT_MONTH.fullmatch(text)):
        roc = len(match[1]) == 3
        return _marked(_month_of(*match.groups(), roc=roc), text, roc)
    if _MONTH_WORDS.search(hint) and (match := _SHORT_MONTH.fullmatch(text)):
        return _marked(_month_of(*match.groups(), roc=True), text, True)
    return None


def _time(text: str, hint: str) -> Found:
    half = next((word for word in _HALVES if word in text.upper()), "")
    rest = text.replace("T", " ", 1) if re.match(r"\d{4}-\d\d-\d\dT", text) else text
    if half:
        rest = re.sub(half, " ", rest, flags=re.IGNORECASE)
    parts = rest.split()
    if len(parts) != 2:
        return None
    on, clock = _date(parts[0], ""), _CLOCK.fullmatch(parts[1])
    if on is None or clock is None:
        return None
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + _HALVES[half]
    try:
        instant = datetime.fromisoformat(on[0]).replace(hour=hour, minute=minute, second=second)
        instant = instant.replace(microsecond=int((clock[4] or "0").ljust(6, "0")))
        marks = set(on[1])
        if clock[5]:
            zone = "+00:00" if clock[5] == "Z" else clock[5]
            aware = datetime.fromisoformat(f"{instant.isoformat()}{zone}")
            instant = aware.astimezone(TAIPEI).replace(tzinfo=None)
            marks.add(Mark.ZONE)
    except (ValueError, OverflowError):
        return None
    found = instant.isoformat(" ")
    if half or (not marks and text.replace("T", " ") not in (found, found[:16])):
        marks.add(Mark.FORM)
    return found, tuple(marks)


def _boolean(text: str, hint: str) -> Found:
    lower = text.lower()
    return (lower, () if lower == text else (Mark.FORM,)) if lower in ("true", "false") else None


_READERS = {
    Kind.INTEGER: _integer, Kind.NUMBER: _number, Kind.DATE: _date, Kind.MONTH: _month, Kind.TIME: _time,
    Kind.BOOLEAN: _boolean,
}  # fmt: skip
FOUND_KINDS = (Kind.BOOLEAN, Kind.DATE, Kind.MONTH, Kind.TIME, Kind.INTEGER, Kind.NUMBER)
"""The kinds that are looked for, in this order: a column of days without a dash is found before it is one of numbers."""
NEARLY = 0.95
_CODE_WORDS = re.compile(
    r"code\d*$|代碼|代號|編碼|統編|統一編號|電話|傳真|手機|郵遞區號|(vill|town|county)id$", re.IGNORECASE
)
"""Headings of codes: digits that nobody adds up, and that other tables have as text."""


def likely_kind(cells: Iterable[str], *, hint: str = "", empty: Collection[str] = EMPTY_MARKS) -> Kind:
    """The kind that nearly all of some cells have: worth asking all of them. Text where none has."""
    filled = [cell for cell in cells if cell.strip() and plain(cell) not in empty and cell.strip() not in empty]
    if not filled:
        return Kind.TEXT
    best, most = Kind.TEXT, NEARLY * len(filled)
    code = _CODE_WORDS.search(hint.strip())
    for kind in FOUND_KINDS:
        if code and kind in (Kind.INTEGER, Kind.NUMBER):
            continue
        fits = sum(read_value(kind, cell, hint=hint, empty=empty) is not None for cell in filled)
        if fits == len(filled):
            return kind
        if fits > most or (fits == most and best is Kind.TEXT):
            best, most = kind, fits
    return best


def is_code(text: str) -> bool:
    """Whether a cell is digits with a zero before them: a code, whose zero must not get lost."""
    return bool(re.fullmatch(r"0\d+", plain(text), re.ASCII))


@dataclass(frozen=True)
class Named:
    """A column's name in the store, and the heading it had."""

    name: str
    header: str


def name_columns(headers: Sequence[str], aliases: dict[str, str] | None = None) -> list[Named]:
    """Names for headings: none empty, none twice, none reserved; cut names are mapped back by the alias table.

    Upper and lower case are one name, because the database takes them for one.
    """
    taken: set[str] = set()
    found = []
    for number, header in enumerate(headers, start=1):
        cleaned = "".join(" " if unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"} else one for one in header)
        cleaned = re.sub(r"\s+", " ", unicodedata.normalize("NFC", cleaned)).strip()
        name = (aliases or {}).get(cleaned, cleaned)[:LONGEST_NAME].strip() or f"column_{number}"
        if name.casefold() in RESERVED:
            name = f"{name.strip('_')}_"
        base, times = name, 1
        while name.casefold() in taken:
            times += 1
            name = f"{base[: LONGEST_NAME - 6]}_{times}"
        taken.add(name.casefold())
        found.append(Named(name, header))
    return found


_LON = re.compile(
    r"lon|lng|long|longitude|經度|經度\(?wgs84\)?|wgs84[ _]?(lon|x|經度)|x_?wgs84|longitude_?wgs84", re.IGNORECASE
)
_LAT = re.compile(r"lat|latitude|緯度|緯度\(?wgs84\)?|wgs84[ _]?(lat|y|緯度)|y_?wgs84|latitude_?wgs84", re.IGNORECASE)
_EAST = re.compile(
    r"x|e|east|easting|x[坐座]標|橫[坐座]標|twd97_?x|x_?twd97|[xX](_|\()?97\)?|twd97橫[坐座]標", re.IGNORECASE
)
_NORTH = re.compile(
    r"y|n|north|northing|y[坐座]標|縱[坐座]標|twd97_?y|y_?twd97|[yY](_|\()?97\)?|twd97縱[坐座]標", re.IGNORECASE
)


def _only(names: Sequence[str], pattern: re.Pattern[str]) -> str | None:
    found = [name for name in names if pattern.fullmatch(unicodedata.normalize("NFKC", name).strip())]
    return found[0] if len(found) == 1 else None


def degrees_pair(names: Sequence[str]) -> tuple[str, str] | None:
    """The columns of longitude and latitude by their names."""
    lon, lat = _only(names, _LON), _only(names, _LAT)
    return (lon, lat) if lon and lat else None


def metres_pair(names: Sequence[str]) -> tuple[str, str] | None:
    """The columns of easting and northing by their names."""
    east, north = _only(names, _EAST), _only(names, _NORTH)
    return (east, north) if east and north else None


CRS = {3826: "TWD97 / TM2", 3828: "TWD67 / TM2", 4326: "WGS 84", 3857: "WGS 84 / Pseudo-Mercator", 3824: "TWD97"}
"""The systems of coordinates that are read, by their EPSG number."""


def crs_of(text: str) -> int | None:
    """The EPSG number that a file names, as a code, a URN or an ESRI description; None where it is none of ours."""
    if not text:
        return None
    compact = re.sub(r"\s+", "", text)
    upper = compact.upper()
    if re.search(r"OGC:(?:1\.3:|:)?CRS84|CRS84$", upper):
        return 4326
    if match := re.fullmatch(r"(?:URN:OGC:DEF:CRS:)?EPSG:+(?:[\d.]*:)?(\d{4,6})", upper):
        return int(match[1]) if int(match[1]) in CRS else None
    if upper.endswith(f"/{(tail := upper.rsplit('/', 1)[-1])}") and "EPSG" in upper and tail.isdigit():
        return int(tail) if int(tail) in CRS else None
    named = upper.replace("_", "").replace(" ", "")
    projected = "PROJCS[" in named or "PROJCRS[" in named
    if projected and "121" in named and ("TWD97" in named or "TWD1997" in named or "TAIWANDATUM1997" in named):
        return 3826
    if projected and "121" in named and ("TWD67" in named or "TWD1967" in named or "HUTZUSHAN" in named):
        return 3828
    if projected and "WGS1984WEBMERCATOR" in named or "PSEUDO-MERCATOR" in named:
        return 3857
    if not projected and ("TWD97" in named or "TWD1997" in named):
        return 3824
    if not projected and ("WGS84" in named or "WGS1984" in named):
        return 4326
    return None
