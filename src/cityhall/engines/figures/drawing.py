"""A figure's course as a chart, for its page and for the report."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cityhall.engines.figures.queries import Counted, Course, Step
from cityhall.web import charts, dates
from cityhall.web.charts import Chart, Point
from cityhall.web.context import language


def chart_of(counted: Counted, course: Course) -> Chart:
    """Bars by day, month or year, under a heading that says what they show."""
    view = counted.view
    unit, source = (str(view.unit), str(view.source)) if view else (str(counted.figure.unit), "")
    title = headline(course)
    if course.since:
        since = _("%(day)s起才有紀錄") % {"day": dates.as_date(course.since)}
        source = f"{source}; {since}" if language() == "en" else f"{source}；{since}"
    if course.unit == "month":
        points = [(step.period.first_day, step.value) for step in course.steps if step.period.first_day]
        return charts.bar_by_month(
            title, points, unit=unit, source=source, average=False if course.since else course.average
        )
    return charts.bars(
        title,
        [Point(step_name(step, course), step.value) for step in course.steps],
        unit=unit, source=source, first_column=_("日期") if course.unit == "day" else _("年份"),
    )  # fmt: skip


def headline(course: Course) -> str:
    """What the chart shows, in a line: 5月到10月高於平均，9月最多."""
    if not course.highest.value:
        return _("這段期間沒有紀錄")
    if course.highest.value == course.lowest.value:
        return _("每期都一樣多")
    # An average over months in which nothing was recorded says nothing.
    above = [number for number, step in enumerate(course.steps) if step.value > course.average and not course.since]
    high = step_name(course.highest, course)
    if 2 <= len(above) < len(course.steps) and above[-1] - above[0] == len(above) - 1:
        return _("%(first)s到%(last)s高於平均，%(high)s最多") % {
            "first": step_name(course.steps[above[0]], course),
            "last": step_name(course.steps[above[-1]], course),
            "high": high,
        }
    return _("%(high)s最多，%(low)s最少") % {"high": high, "low": step_name(course.lowest, course)}


def step_name(step: Step, course: Course) -> str:
    """9月, or 105年9月 where there are several years; 11月3日; 105年."""
    first = step.period.first_day
    assert first
    english = language() == "en"
    if course.unit == "day":
        return dates.as_date(first, year=False)
    if course.unit == "year":
        return str(first.year) if english else f"{first.year - 1911}年"
    several = len({one.period.first_day.year for one in course.steps if one.period.first_day}) > 1
    if several:
        return charts.month_name(first)
    return dates.MONTHS[first.month - 1] if english else f"{first.month}月"
