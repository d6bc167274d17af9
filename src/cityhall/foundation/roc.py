"""Dates as people in Taiwan write them: 106 年 3 月 20 日（星期一）下午 5:30. ROC year 1 is 1912."""

import re
from datetime import date, datetime

from cityhall.foundation.clock import TAIPEI

WEEKDAYS = "一二三四五六日"
_FORMS = re.compile(r"^\s*(?:民國)?\s*(-?\d{1,3})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?\s*$")
_COMPACT = re.compile(r"^\s*(\d{2,3})(\d{2})(\d{2})\s*$")


def roc_year(day: date) -> int:
    """The ROC year; years before 1912 count down from 0 (民國前), and are refused by `roc_date`."""
    return day.year - 1911


def roc_date(day: date, *, weekday: bool = False) -> str:
    """106年3月20日, with （星期一） when asked. Pages put thin spaces in by style, so none are typed."""
    if roc_year(day) < 1:
        raise ValueError(f"{day} lies before the first ROC year")
    text = f"{roc_year(day)}年{day.month}月{day.day}日"
    return f"{text}（星期{WEEKDAYS[day.weekday()]}）" if weekday else text


def roc_time(instant: datetime) -> str:
    """上午9:14, 中午12:05, 下午5:30, in Taipei."""
    local = instant.astimezone(TAIPEI)
    half = "上午" if local.hour < 12 else ("中午" if local.hour == 12 else "下午")
    hour = local.hour if local.hour <= 12 else local.hour - 12
    return f"{half}{hour}:{local.minute:02}"


def roc_datetime(instant: datetime, *, weekday: bool = False) -> str:
    """106年3月20日（星期一）下午5:30."""
    local = instant.astimezone(TAIPEI)
    return roc_date(local.date(), weekday=weekday) + roc_time(instant)


def parse_roc(text: str) -> date:
    """Read 106/3/20, 106-03-20, 106.3.20, 民國106年3月20日 or 1060320; full-width digits too.

    Raises ValueError for anything else, year 0 and negative years included.
    """
    folded = text.translate({0xFF10 + n: str(n) for n in range(10)} | {0xFF0F: "/", 0xFF0D: "-", 0xFF0E: "."})
    match = _FORMS.match(folded) or _COMPACT.match(folded)
    if not match:
        raise ValueError(f"not a ROC date: {text!r}")
    year, month, day = (int(part) for part in match.groups())
    if year < 1:
        raise ValueError(f"not a ROC year: {year}")
    return date(year + 1911, month, day)
