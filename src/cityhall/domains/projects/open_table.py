"""Major projects with their months for the open data: names of projects and agencies, per cent and money; no people, no reasons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.milestones import queries as milestones
from cityhall.engines.places import queries as places
from cityhall.foundation.clock import day_of

from . import queries
from .models import Project
from .profiles import MAJOR
from .states import EndKind


def rows(at: datetime) -> Iterator[list[Any]]:
    """A line for each month of each project that is or was listed, as planned now; what was reported only once it stands."""
    today = day_of(at)
    listed = Project.objects.of(MAJOR).listed_within(None, today)
    there = list(queries.with_plan(listed).order_by("number"))
    planned, reports = queries.months_of([one.plan for one in there])
    stands = milestones.last_standing_month(today)
    districts = {area.code: area.name for area in places.districts()}
    for one in there:
        plan = one.plan
        state = (
            EndKind(one.ended_as).label if one.ended_as and plan.ended_on and plan.ended_on <= today else _("列管中")
        )
        about = [
            one.number, plan.name, plan.agency.name, districts.get(one.district, ""), one.total_budget,
            plan.opened_on.isoformat() if plan.opened_on else "", str(state),
        ]  # fmt: skip
        ours, told = planned.get(plan.pk, {}), reports.get(plan.pk, {})
        for month in sorted({*ours, *(day for day in told if day <= stands)}):
            aim, found = ours.get(month), told.get(month) if month <= stands else None
            yield [
                *about, f"{month:%Y-%m}", _number(aim.percent) if aim else "", _number(found.percent) if found else "",
                aim.money if aim else "", found.executed if found else "",
            ]  # fmt: skip


def _number(value: Decimal) -> Decimal:
    return value.normalize() + 0 if value else Decimal(0)
