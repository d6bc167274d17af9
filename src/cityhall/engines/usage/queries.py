"""Questions about counted use: the sums behind figures from the tables, everything else from the events through Ibis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db.models import QuerySet, Sum

from cityhall.engines.rules.queries import parameter
from cityhall.foundation.period import Period
from cityhall.foundation.suppression import Suppressed, suppress

from . import backends, expressions, registry, store
from .expressions import Asked
from .models import Batch, OutsideSystem, Part, Tally, TallyQuerySet
from .states import BatchState, Mode

__all__ = ["Asked", "batches", "by", "published", "sources", "top", "total", "unique", "uses"]


# ---- sums: the rows behind figures -----------------------------------------------------------------------------------


def uses(
    source: str, period: Period, *, acts: Sequence[str] = (), subject_kinds: Sequence[str] = (), marks: Sequence[str] = ("",)
) -> TallyQuerySet:  # fmt: skip
    """The days and batches behind a figure of use: give them to `Total(uses(…), "counted")` or `MonthlyTotal`.

    Robots, health checks and what our own pages fetch are left out unless `marks` asks for them.
    """
    rows = Tally.objects.counting().filter(source=source).within(period.first_day, period.last_day)
    if acts:
        rows = rows.filter(act__in=acts)
    if subject_kinds:
        rows = rows.filter(subject_kind__in=subject_kinds)
    return rows.filter(mark__in=marks) if marks else rows


# ---- events ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _backend(url: str, home: str, memory: str, threads: int) -> backends.Backend:
    return backends.connect(url, Path(home), memory=memory, threads=threads)


def backend() -> backends.Backend:
    """The engine that answers in this process."""
    return _backend(settings.USAGE_URL, str(store.events()), settings.USAGE_MEMORY, settings.USAGE_THREADS)


def names(asked: Asked) -> list[str]:
    """The files that count for a question, as the tables say now."""
    rows = Part.objects.filter(batch__state=BatchState.COUNTS)
    if asked.sources:
        rows = rows.filter(source__in=asked.sources)
    if asked.first:
        rows = rows.filter(day__gte=asked.first)
    if asked.last:
        rows = rows.filter(day__lte=asked.last)
    return list(rows.order_by("source", "day", "pk").values_list("name", flat=True))


def _answer(asked: Asked, question: Callable[[Any], Any]) -> pa.Table:
    """Ask the events. A file that was taken out between looking it up and opening it is looked up once more."""
    import duckdb

    for last_try in (False, True):
        found = names(asked)
        engine = backend()
        if not found:
            return _of_nothing(question)
        try:
            return engine.answer(question(engine.events(found)))
        except (duckdb.IOException, FileNotFoundError):
            if last_try:
                raise
    raise AssertionError


def _of_nothing(question: Callable[[Any], Any]) -> pa.Table:
    """The answer where no file counts."""
    import ibis

    empty = ibis.memtable(store.SCHEMA.empty_table())
    found: pa.Table = ibis.duckdb.connect().to_pyarrow(question(empty))
    return found


def total(asked: Asked) -> int:
    """How many uses."""
    return int(_answer(asked, lambda events: expressions.total(events, asked))["uses"][0].as_py())


def by(asked: Asked, *dimensions: str) -> pa.Table:
    """How many uses for each value of the dimensions, with the column `uses`. Raises NoSuchDimension."""
    return _answer(asked, lambda events: expressions.by(events, asked, *dimensions))


def top(asked: Asked, dimension: str, most: int = 10) -> pa.Table:
    """The values of a dimension with most uses."""
    return _answer(asked, lambda events: expressions.top(events, asked, dimension, most))


def unique(asked: Asked, *dimensions: str, of: str = "subject") -> pa.Table:
    """How many different subjects, in the column `different`."""
    return _answer(asked, lambda events: expressions.unique(events, asked, *dimensions, of=of))


def published(asked: Asked, dimension: str, *, on: date) -> Suppressed:
    """Uses by place or by kind of user as anybody may see them: small counts and what would give them away are hidden."""
    least = int(parameter("usage.least_count", on=on).value)
    found = by(asked, dimension)
    cells: Mapping[str, int] = dict(zip(found[dimension].to_pylist(), found["uses"].to_pylist(), strict=True))
    return suppress(cells, least=least)


# ---- batches ---------------------------------------------------------------------------------------------------------


def sources() -> dict[str, Any]:
    """Every source with its name: those that domains declare, and outside systems."""
    found = {key: one.label for key, one in sorted(registry.sources.items())}
    return found | {one.key: one.name for one in OutsideSystem.objects.all()}


def outside() -> dict[str, Any]:
    """The sources of which batches are imported."""
    known = sources()
    return {key: name for key, name in known.items() if key not in registry.sources or registry.sources[key].outside}


def batches() -> QuerySet[Batch]:
    """What outside systems sent, the newest first."""
    return Batch.objects.exclude(mode=Mode.OWN).select_related("received_by", "replaced_by")


def changed_days(batch: Batch) -> list[tuple[date, int, int]]:
    """The days whose sums a batch changed, with the sum before and after it, where it corrects another or is late."""
    after = dict(batch.tallies.order_by("day").values_list("day").annotate(n=Sum("counted")).values_list("day", "n"))
    before: dict[date, int] = {}
    for other in batch.replaces.all():
        rows = other.tallies.order_by("day").values_list("day").annotate(n=Sum("counted"))
        before.update(dict(rows.values_list("day", "n")))
    days = sorted(after.keys() | before.keys())
    return [(day, before.get(day, 0), after.get(day, 0)) for day in days if before.get(day, 0) != after.get(day, 0)]


def recent(first: date) -> QuerySet[Tally]:
    """The sums since a day, for the desk's overview."""
    return Tally.objects.counting().filter(day__gte=first)
