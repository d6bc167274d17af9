"""The period that a figure speaks of, in the notation of spec/figures.csv.

`2016` a year · `2016-03` a month · `2016-08-22` a day · `A..B` days, both in · `..B` since the first record ·
`A..` from then on · `2016..2019` years · `2017-Q3` a quarter · `2016 as of 2017-02-28` the year's set as it stood then.
"""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from cityhall.foundation.clock import end_of_day, start_of_day
from cityhall.foundation.roc import roc_date, roc_year

_YEAR_WORDS = re.compile(r"\d{2,3} 年(?P<unit>度|[上下]半年)?(?P<before>以前)?")


class NotAPeriod(ValueError):
    """The text is no period."""


@dataclass(frozen=True)
class Period:
    """Days from `first_day` to `last_day`, both in; either may be open.

    States are those of `as_of`, else of `last_day`.
    """

    first_day: date | None
    last_day: date | None
    as_of: date | None = None

    def __post_init__(self) -> None:
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise NotAPeriod(f"{self.first_day} comes after {self.last_day}")

    @classmethod
    def year(cls, year: int) -> "Period":
        return cls(date(year, 1, 1), date(year, 12, 31))

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        return cls(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read the notation above; raises NotAPeriod."""
        body, _, as_of = text.strip().partition(" as of ")
        try:
            period = cls._parse(body.strip())
            return replace(period, as_of=date.fromisoformat(as_of.strip())) if as_of else period
        except (ValueError, OverflowError) as error:
            raise NotAPeriod(f"not a period: {text!r}") from error

    @classmethod
    def _parse(cls, body: str) -> "Period":
        if ".." in body:
            first, _, last = body.partition("..")
            if not first and not last:
                raise NotAPeriod("a period needs a first or a last day")
            return cls(cls._parse(first).first_day if first else None, cls._parse(last).last_day if last else None)
        if match := re.fullmatch(r"(\d{4})-Q([1-4])", body):
            year, quarter = int(match[1]), int(match[2])
            return cls(date(year, quarter * 3 - 2, 1), cls.month(year, quarter * 3).last_day)
        if re.fullmatch(r"\d{4}", body):
            return cls.year(int(body))
        if match := re.fullmatch(r"(\d{4})-(\d{2})", body):
            return cls.month(int(match[1]), int(match[2]))
        day = date.fromisoformat(body)
        return cls(day, day)

    @property
    def starts_at(self) -> datetime | None:
        """The first instant; None since the first record."""
        return start_of_day(self.first_day) if self.first_day else None

    @property
    def ends_at(self) -> datetime | None:
        """The first instant after the period; None for an open end."""
        return end_of_day(self.last_day) if self.last_day else None

    @property
    def state_day(self) -> date | None:
        """The day whose state counts."""
        return self.as_of or self.last_day

    @property
    def months(self) -> Decimal:
        """Length in months; days of a part month count as their share of that month."""
        if not self.first_day or not self.last_day:
            raise NotAPeriod("an open period has no length")
        total = Decimal(0)
        day = self.first_day
        while day <= self.last_day:
            length = calendar.monthrange(day.year, day.month)[1]
            last = min(self.last_day, date(day.year, day.month, length))
            total += Decimal((last - day).days + 1) / length
            day = last + timedelta(days=1)
        return total

    def until(self, day: date) -> "Period":
        """The part that has come by that day; a period that lies ahead stays as it is."""
        if (self.last_day and self.last_day <= day) or (self.first_day and self.first_day > day):
            return self
        return replace(self, last_day=day)

    def month_periods(self) -> list["Period"]:
        """The calendar months that the period touches, cut to it."""
        if not self.first_day or not self.last_day:
            raise NotAPeriod("an open period has no months")
        parts: list[Period] = []
        day = self.first_day
        while day <= self.last_day:
            month = Period.month(day.year, day.month)
            assert month.last_day
            last = min(self.last_day, month.last_day)
            parts.append(Period(day, last))
            day = last + timedelta(days=1)
        return parts

    def timed(self, words: str) -> str:
        """The report's words, the year in them put to this period: 105 年計辦理 becomes 115 年計辦理.

        Where this is neither a year nor, for 下半年, a half-year, the period itself stands in the year's place. 105 年度以前
        is said of 106: the year before.
        """
        return _YEAR_WORDS.sub(lambda match: self._timed(match["unit"] or "", match["before"] or ""), words, count=1)

    def _timed(self, unit: str, before: str) -> str:
        if not before or self.first_day is None:
            return self._year_words(unit) + before
        return f"{roc_year(self.first_day) - 1} 年{unit}{before}"

    def _year_words(self, unit: str) -> str:
        first, last = self.first_day, self.last_day
        if first and last and first.year == last.year:
            days = (first.month, first.day, last.month, last.day)
            if unit in ("", "度") and days == (1, 1, 12, 31):
                return f"{roc_year(first)} 年{unit}"
            if unit.endswith("半年") and days in ((1, 1, 6, 30), (7, 1, 12, 31)):
                return f"{roc_year(first)} 年{'上' if first.month == 1 else '下'}半年"
        return self._label_zh()

    @property
    def spec(self) -> str:
        """The shortest text that `parse` reads back."""
        body = self._spec()
        return f"{body} as of {self.as_of.isoformat()}" if self.as_of else body

    def _spec(self) -> str:
        first, last = self.first_day, self.last_day
        if first and last:
            if first == last:
                return first.isoformat()
            if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
                return f"{first.year:04}" if first.year == last.year else f"{first.year:04}..{last.year:04}"
            if first.day == 1 and Period.month(first.year, first.month).last_day == last:
                return f"{first.year:04}-{first.month:02}"
        return f"{first.isoformat() if first else ''}..{last.isoformat() if last else ''}"

    def label(self, language: str = "zh-hant") -> str:
        """The period in words: 105年, 105年8月, 105年8月1日至106年2月28日; 2016, August 2016, …"""
        body = self._label_zh() if language.startswith("zh") else self._label_en()
        if not self.as_of:
            return body
        return (
            f"{body}（至{roc_date(self.as_of)}）" if language.startswith("zh") else f"{body} (as of {_en(self.as_of)})"
        )

    def _label_zh(self) -> str:
        first, last, spec = self.first_day, self.last_day, self._spec()
        if first and re.fullmatch(r"\d{4}", spec):
            return f"{roc_year(first)}年"
        if first and re.fullmatch(r"\d{4}-\d{2}", spec):
            return f"{roc_year(first)}年{first.month}月"
        if first and first == last:
            return roc_date(first)
        if first and last:
            return f"{roc_date(first)}至{roc_date(last)}"
        return f"{roc_date(first)}起" if first else f"累計至{roc_date(last)}" if last else ""

    def _label_en(self) -> str:
        first, last, spec = self.first_day, self.last_day, self._spec()
        if re.fullmatch(r"\d{4}", spec):
            return spec
        if first and re.fullmatch(r"\d{4}-\d{2}", spec):
            return f"{calendar.month_name[first.month]} {first.year}"
        if first and first == last:
            return _en(first)
        if first and last:
            return f"{_en(first)} to {_en(last)}"
        return f"from {_en(first)}" if first else f"up to {_en(last)}" if last else ""


def _en(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"
