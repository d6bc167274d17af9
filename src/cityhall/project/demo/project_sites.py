"""Where the demo city's projects are, and the contracts of those that were awarded. Places and firms are invented."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cityhall.domains.projects import on_site
from cityhall.domains.projects.models import Project
from cityhall.domains.projects.rules import Point
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.models import Plan
from cityhall.engines.milestones.states import TenderResult
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice
from cityhall.web import maps

from . import site_pictures

ALONG = ("道路", "排水", "下水道")
"""Works that are drawn as a line."""
STEP = 0.004
PACKAGE = "土建標"
FIRMS = ("示範一營造", "示範二營造", "示範三土木包工", "示範四工程")


def load(now: datetime, *, say: Callable[[str], None] = lambda words: None) -> int:
    """Give every project that is under control its place and its contract, and some works their photos. Says how many have a
    place.
    """
    chance = dice("project sites")
    middles = {area["code"]: area["label"] for area in maps.shapes()["districts"]}
    rows = Project.objects.filter(plan__in=Plan.objects.as_of(day_of(now)), lon=None).select_related("plan")
    placed = 0
    for one in rows.order_by("number"):
        who: dict[str, Any] = {"by": None, "at": now}
        if one.district in middles:
            on_site.place(one, points=_points(one, middles[one.district], chance), **who)
            placed += 1
        _contract(one, who, chance)
    say(f"列管計畫的位置 {placed} 處，進度照片 {site_pictures.load(now, chance=chance)} 張（畫的）")
    return placed


def _points(one: Project, middle: tuple[float, float], chance: random.Random) -> list[Point]:
    lon, lat = middle[0] + chance.uniform(-0.015, 0.015), middle[1] + chance.uniform(-0.012, 0.012)
    if not any(word in one.plan.name for word in ALONG):
        return [(lon, lat)]
    return [(lon + n * STEP, lat + n * STEP * chance.uniform(-0.6, 0.9)) for n in range(5)]


def _contract(one: Project, who: dict[str, Any], chance: random.Random) -> None:
    """Works whose award was reached have a contractor; a large contract was changed once."""
    award = one.plan.days.filter(code="award", met_on__isnull=False).order_by("-recorded_at", "-pk").first()
    if award is None or award.met_on is None or not one.plan.works or one.plan.contracts.exists():
        return
    amount, due = one.total_budget * 92 // 100, award.met_on + timedelta(days=540)
    if not one.plan.tenders.filter(package=PACKAGE, held_on=award.met_on).exists():
        plans.hold_tender(
            one.plan, package=PACKAGE, on=award.met_on, result=TenderResult.AWARDED, amount=amount,
            contractor=chance.choice(FIRMS), **who,
        )  # fmt: skip
    signed = plans.sign_contract(one.plan, package=PACKAGE, on=award.met_on, amount=amount, due_on=due, **who)
    if one.total_budget >= 400_000_000:
        plans.change_contract(
            signed, on=day_of(who["at"]), amount=amount * 103 // 100, due_on=due + timedelta(days=60),
            reason="配合管線遷移變更設計", **who,
        )  # fmt: skip
