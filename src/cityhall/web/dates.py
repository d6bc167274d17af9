"""Dates and times as the reader of this page writes them: ROC years in Chinese, Gregorian in English."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cityhall.foundation import roc
from cityhall.foundation.clock import TAIPEI, day_of
from cityhall.web.context import language

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _english_date(day: date, *, weekday: bool, year: bool) -> str:
    text = f"{day.day} {MONTHS[day.month - 1]}"
    if year:
        text += f" {day.year}"
    return f"{DAYS[day.weekday()]} {text}" if weekday else text


def _english_time(instant: datetime) -> str:
    local = instant.astimezone(TAIPEI)
    hour = local.hour % 12 or 12
    return f"{hour}:{local.minute:02} {'am' if local.hour < 12 else 'pm'}"


def as_date(day: date, *, weekday: bool = False, year: bool = True, code: str | None = None) -> str:
    """106年3月20日（星期一）, or Monday 20 March 2017."""
    if isinstance(day, datetime):
        day = day_of(day)
    if (code or language()) == "en":
        return _english_date(day, weekday=weekday, year=year)
    if not year:
        text = f"{day.month}月{day.day}日"
    elif day.year > 1911:
        text = roc.roc_date(day)
    else:  # before the ROC there is no ROC year to print
        text = f"西元{day.year}年{day.month}月{day.day}日"
    return f"{text}（星期{roc.WEEKDAYS[day.weekday()]}）" if weekday else text


def as_time(instant: datetime, *, code: str | None = None) -> str:
    """下午5:30, or 5:30 pm."""
    return _english_time(instant) if (code or language()) == "en" else roc.roc_time(instant)


def as_datetime(instant: datetime, *, weekday: bool = False, year: bool = True, code: str | None = None) -> str:
    """106年3月20日下午5:30, or 20 March 2017, 5:30 pm."""
    between = ", " if (code or language()) == "en" else ""
    return as_date(instant, weekday=weekday, year=year, code=code) + between + as_time(instant, code=code)


def as_near(instant: datetime, *, now: datetime | None = None) -> str:
    """今天上午9:14, 明天下午5:30; further away the date, with the year only where it is another one."""
    today = day_of(now or timezone.now())
    day = day_of(instant)
    names = {-1: _("昨天"), 0: _("今天"), 1: _("明天")}
    if (day - today).days in names:
        between = " " if language() == "en" else ""
        return f"{names[(day - today).days]}{between}{as_time(instant)}"
    return as_datetime(instant, weekday=True, year=day.year != today.year)


def until(due: datetime, *, now: datetime | None = None) -> tuple[str, str]:
    """How pressing a due time is: words such as 逾期2小時, 剩1小時, 下午5:30, 3月24日; and `late`, `soon` or empty."""
    now = now or timezone.now()
    left = due - now
    if left < timedelta(0):
        return _("逾期%(span)s") % {"span": span(-left)}, "late"
    if left <= timedelta(hours=3):
        return _("剩%(span)s") % {"span": span(left)}, "soon"
    today = day_of(now)
    if day_of(due) == today:
        return as_time(due), "soon"
    if day_of(due) == today + timedelta(days=1):
        return as_time(due) if language() != "en" else f"{_('明天')} {as_time(due)}", "soon" if left <= timedelta(
            hours=24
        ) else ""
    return as_date(due, year=day_of(due).year != today.year), ""


def span(length: timedelta) -> str:
    """A length of time in its largest unit: 3天, 2小時, 15分鐘."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return _("不到1分鐘")
    if minutes < 60:
        return ngettext("%(n)d分鐘", "%(n)d分鐘", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        hours = minutes // 60
        return ngettext("%(n)d小時", "%(n)d小時", hours) % {"n": hours}
    days = minutes // (24 * 60)
    return ngettext("%(n)d天", "%(n)d天", days) % {"n": days}
