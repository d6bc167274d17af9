"""定版: print a month's figures once its working day has come, and list what changed since."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q

from cityhall.engines.audit import services as audit
from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period
from cityhall.foundation.unit import act

from .. import frozen
from .. import statistics as counting
from ..frozen import CellKey, Correction, Fact, Figure
from ..models import FrozenCell, FrozenMonth, Petition

DIMENSIONS = ("agency", "category", "group", "district", "channel")
MEASURES = tuple(measure.code for measure in counting.MEASURES)
SHARES = frozenset(measure.code for measure in counting.MEASURES if measure.of is not None)


def month_to_freeze(day: date, *, nth: int) -> date | None:
    """The month before this one, once its n-th working day has come."""
    first = day.replace(day=1)
    if deadline_queries.working_days_between(first - timedelta(days=1), day) < nth:
        return None
    return (first - timedelta(days=1)).replace(day=1)


def freeze_by_itself(at: datetime) -> int:
    """The daily look: last month is printed once, on its day or as soon after it as somebody can."""
    day = day_of(at)
    month = month_to_freeze(day, nth=parameter("petitions.freeze_working_day", on=day).value)
    if month is None or FrozenMonth.objects.filter(month=month).exists():
        return 0
    if not Petition.objects.opened_within(month, _period(month).last_day).exists():
        return 0
    try:
        freeze(month, by=None, at=at)
    except IntegrityError:  # another worker printed it in the same moment
        return 0
    return 1


def _period(month: date) -> Period:
    return Period.parse(f"{month:%Y-%m}")


@act
def freeze(month: date, *, by: Account | None, at: datetime) -> FrozenMonth:
    """Print every cell of a month: figure, denominator and petitions."""
    with transaction.atomic():
        kept = FrozenMonth.objects.create(month=month, frozen_at=at, by=by)
    found = now_of(month, at=at)
    labels = labels_of(found)
    FrozenCell.objects.bulk_create(
        [
            FrozenCell(
                frozen=kept, dimension=dimension, part=part, label=labels.get((dimension, part), ""), measure=measure,
                number=figure.number, whole=figure.whole, keys=sorted(figure.keys),
            )
            for (dimension, part, measure), figure in sorted(found.items())
        ],
        batch_size=200,
    )  # fmt: skip
    audit.record("petition.month_frozen", kept, by=by, at=at, new={"month": f"{month:%Y-%m}", "cells": len(found)})
    return kept


def facts_of(month: date, *, at: datetime) -> list[Fact]:
    """What is known now of the petitions of a month: one query, however many they are."""
    seen = counting.observed(Petition.objects.all(), _period(month), at=at).order_by()
    flags: dict[str, ExpressionWrapper] = {}
    for measure in counting.MEASURES:
        for name, wanted in ((f"is_{measure.code}", measure.having), (f"of_{measure.code}", measure.of)):
            if wanted:  # an empty condition holds for all
                flags[name] = ExpressionWrapper(Q(wanted), output_field=BooleanField())
    fields = [counting.DIMENSIONS[code].field for code in DIMENSIONS]
    rows = seen.annotate(**flags).values_list("pk", *fields, *flags)
    found = []
    for key, *rest in rows.iterator(chunk_size=5000):
        parts = {code: counting.part_of(value) for code, value in zip(DIMENSIONS, rest, strict=False)}
        holds = dict(zip(flags, rest[len(DIMENSIONS) :], strict=True))
        counted = frozenset(code for code in MEASURES if holds.get(f"is_{code}", True))
        of = frozenset(code for code in SHARES if holds.get(f"of_{code}", True))
        found.append(Fact(key, parts, counted, of))
    return found


def now_of(month: date, *, at: datetime) -> dict[CellKey, Figure]:
    """Every cell of a month as it is counted now."""
    return frozen.cells(facts_of(month, at=at), MEASURES, SHARES)


def then_of(kept: FrozenMonth) -> dict[CellKey, Figure]:
    """Every cell of a month as it was printed."""
    return {
        (one.dimension, one.part, one.measure): Figure(one.number, one.whole, frozenset(one.keys))
        for one in kept.cells.all()
    }


def corrections(kept: FrozenMonth, *, at: datetime) -> list[Correction]:
    """What reads otherwise now."""
    return frozen.differences(then_of(kept), now_of(kept.month, at=at))


def labels_of(found: dict[CellKey, Figure]) -> dict[tuple[str, str], str]:
    """What the parts are called."""
    labels: dict[tuple[str, str], str] = {}
    for code in DIMENSIONS:
        parts = {part for dimension, part, _measure in found if dimension == code}
        for part, name in counting.names_of(code, parts).items():
            labels[code, part] = name
    return labels
