"""A plan under control, for tests of whatever stands on it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.engines.milestones import services
from cityhall.engines.milestones.models import Plan
from cityhall.engines.milestones.rules import Milestone, Reported, Stage, months_later
from cityhall.engines.milestones.services import Line
from cityhall.foundation.clock import at as instant

BEGINS = date(2016, 1, 1)
PLANNED = (10, 20, 40, 60, 80, 100)
MILESTONES = (
    Milestone("award", date(2016, 1, 20), None, Stage.BEFORE, "決標"),
    Milestone("half", date(2016, 3, 31), None, Stage.WORKS, "工程過半"),
    Milestone("accept", date(2016, 6, 30), None, Stage.AFTER, "驗收"),
)
MONTHS = tuple((months_later(BEGINS, n), Decimal(percent), percent * 1000) for n, percent in enumerate(PLANNED))


def make_plan(
    *, agency: Agency | None = None, works: bool = True, profile: str = "major", name: str = "圖書館"
) -> Plan:
    """Half a year of works, under control since the new year."""
    at = instant(BEGINS, 9)
    plan = services.make_plan(profile=profile, name=name, agency=agency or make_agency(), works=works)
    services.set_baseline(plan, milestones=MILESTONES, months=MONTHS, reason="", by=None, at=at)
    return services.open_plan(plan, on=BEGINS, by=None, at=at)


def line(plan: Plan, n: int, percent: object, **more: Any) -> Line:
    """The n-th month's report."""
    words: dict[str, Any] = {"reason": "連日下雨", "measure": "加派工班"}
    given = {key: more.pop(key) for key in ("paid", "unpaid", "retained", "surplus") if key in more}
    return Line(plan, months_later(BEGINS, n - 1), Reported(Decimal(str(percent)), **given, **words), **more)
