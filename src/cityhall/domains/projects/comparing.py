"""和上個月、去年同月比: the same questions asked of three moments, for the portfolio and for one project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from cityhall.engines.milestones import queries as milestones
from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones.rules import Light, Standing
from cityhall.engines.milestones.states import LightName
from cityhall.web.charts import month_name

from . import queries, rules
from .models import Project
from .queries import Moment, Position

Number = int | Decimal | None


@dataclass(frozen=True)
class Row:
    """One question with its three answers, and how far now is from each of the earlier two."""

    label: str
    now: Number
    month_ago: Number
    year_ago: Number
    unit: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """Now; a month ago and the difference; a year ago and the difference."""
        then, before = self.month_ago, self.year_ago
        return (
            self._shown(self.now), self._shown(then), difference(self.now, then), self._shown(before),
            difference(self.now, before),
        )  # fmt: skip

    def _shown(self, value: Number) -> str:
        return "—" if value is None else f"{plain(value)}{self.unit}"


def plain(value: int | Decimal) -> str:
    """Grouped, without zeros that say nothing."""
    return f"{value:,}" if isinstance(value, int) else f"{value.normalize():,f}"


def difference(now: Number, then: Number) -> str:
    """＋3, －1.5, or a dash where one of the two is missing."""
    if now is None or then is None:
        return "—"
    found = Decimal(now) - Decimal(then)
    if not found:
        return "0"
    return f"{'＋' if found > 0 else '－'}{plain(abs(found) if found % 1 else int(abs(found)))}"


def moments(when: Moment, today: date) -> tuple[Moment, Moment, Moment]:
    """The moment itself, a month before, and the same month of the year before. Before now is the newest month that stands."""
    if when.month is not None:
        month, before = when.month, of_plans.months_later(when.month, -1)
    else:
        month, before = of_plans.first_of(today), milestones.last_standing_month(today)
    return when, queries.moment(before, today), queries.moment(of_plans.months_later(month, -12), today)


def names(three: Sequence[Moment]) -> list[str]:
    """What the columns are called."""
    return [month_name(one.month) if one.month else str(_("現在")) for one in three]


def in_table(one: Project, day: date) -> bool:
    """Whether a project is in the table of a day: listed by then, and not ended before the year began."""
    begun, ended = one.plan.opened_on, one.plan.ended_on
    return begun is not None and begun <= day and (ended is None or ended > date(day.year, 1, 1))


def apart(found: Sequence[Sequence[Position]], three: Sequence[Moment]) -> list[list[Position]]:
    """Of each moment those that were in its table."""
    return [[one for one in there if in_table(one.project, when.day)] for there, when in zip(found, three, strict=True)]


QUESTIONS: tuple[tuple[Callable[[], str], Callable[[Position], bool]], ...] = (
    (lambda: _("列管 A"), lambda one: True),
    (lambda: _("辦結 B"), lambda one: one.standing == Standing.CLOSED),
    (lambda: _("符合或超前 C"), lambda one: one.standing == Standing.ON_TIME),
    (lambda: _("落後 D"), lambda one: rules.is_behind(one.standing)),
    (lambda: _("撤銷 E"), lambda one: one.standing == Standing.WITHDRAWN),
    (lambda: str(LightName.RED.label), lambda one: one.light == Light.RED),
    (lambda: str(LightName.AMBER.label), lambda one: one.light == Light.AMBER),
    (lambda: str(LightName.GREEN.label), lambda one: one.light == Light.GREEN),
)


def of_portfolio(found: Sequence[Sequence[Position]]) -> list[Row]:
    """How many of each, at the three moments."""
    many = [(label(), [sum(map(asked, there)) for there in found]) for label, asked in QUESTIONS]
    return [Row(label, now, then, before) for label, (now, then, before) in many]


def turned(found: Sequence[Sequence[Position]]) -> tuple[list[Position], list[Position]]:
    """Projects that have turned red since the month before, and those that are red no longer."""
    now, before = ({one.project.pk: one for one in there} for there in found[:2])
    red, was = (_red(there.values()) for there in (now, before))
    return [now[key] for key in now if key in red - was], [now[key] for key in now if key in was - red]


def _red(there: Iterable[Position]) -> set[int]:
    return {one.project.pk for one in there if one.light == Light.RED}


def of_project(found: Sequence[Sequence[Position]]) -> list[Row]:
    """Per cent, money and how far behind, of one project at the three moments; what was not yet there has a dash."""
    three = [there[0] if there else None for there in found]

    def asked(label: str, of: Callable[[Position], Number], unit: str = "") -> Row:
        now, then, before = (None if one is None else of(one) for one in three)
        return Row(label, now, then, before, unit)

    return [
        asked(_("預定進度"), lambda one: one.planned, "%"),
        asked(_("實際進度"), lambda one: one.actual, "%"),
        asked(_("落後幾個百分點"), lambda one: one.behind),
        asked(_("執行金額"), lambda one: one.executed),
    ]
