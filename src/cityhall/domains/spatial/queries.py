"""Questions: which layers somebody may see, how a client's month was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from django.db.models import Min, QuerySet, Sum

from cityhall.engines.files.models import path_of
from cityhall.engines.layers import registry
from cityhall.engines.layers.parquet import from_parquet
from cityhall.engines.layers.registry import Source, UnfitTable
from cityhall.engines.layers.tabled import from_table
from cityhall.engines.tables import storing
from cityhall.engines.tables.storing import NoSuchTable
from cityhall.foundation.stamps import stamp_of
from cityhall.foundation.unit import Setting

from . import rules
from .models import Analysis, Client, Grant, Layer, Statistic, Use
from .states import AnalysisState


@dataclass(frozen=True)
class Shown:
    """A layer of the catalogue with where its content comes from."""

    layer: Layer
    source: Source

    @cached_property
    def version(self) -> str:
        """The version of the content, asked for once."""
        return self.source.version()


@dataclass(frozen=True)
class Reader:
    """Who asks: an officer, a client, both or nobody."""

    officer: bool = False
    client: Client | None = None
    granted: frozenset[int] = frozenset()

    def may_see(self, layer: Layer) -> bool:
        """Whether the layer exists for this reader."""
        return rules.may_see(layer.rights, officer=self.officer, granted=layer.pk in self.granted)


def _stamp() -> tuple[object, ...]:
    return stamp_of(Layer, newest="changed_at")


def _read() -> dict[str, Layer]:
    return {one.code: one for one in Layer.objects.filter(withdrawn_on=None).select_related("agency", "owner")}


_catalogue = Setting(Layer, stamp=_stamp, read=_read)


@lru_cache(maxsize=1_000)
def _kept(code: str, title: str, digest: str) -> Source:
    """The content of a layer that was handed in as a file; the file never changes."""
    return from_parquet(path_of(digest), digest=digest, code=code, title=title)


@lru_cache(maxsize=1_000)
def _tabled(code: str, title: str, digest: str) -> Source:
    """The content of a layer that is a table; the table never changes."""
    return from_table(storing.load(digest), code=code, title=title)


def _source(layer: Layer) -> Source | None:
    """Where a layer's content comes from: its own file or table, or the domain that declares it."""
    if layer.table:
        try:
            return _tabled(layer.code, layer.title, layer.table)
        except (UnfitTable, NoSuchTable):
            return None
    return _kept(layer.code, layer.title, layer.content) if layer.content else registry.sources.get(layer.code)


RESULT = "result."
"""Before an analysis' number: the code of its result, which no layer can have."""


def result_source(one: Analysis) -> Source:
    """Where the content of a result comes from; it never changes."""
    return from_parquet(one.path, digest=one.digest, code=f"{RESULT}{one.number}", title=one.title)


def undeclared(code: str) -> Source | None:
    """The content of a layer of a file, or of an analysis' result, by its code."""
    if code.startswith(RESULT):
        one = Analysis.objects.filter(number=code.removeprefix(RESULT), state=AnalysisState.DONE).first()
        return result_source(one) if one is not None else None
    layer = _catalogue.now().get(code)
    return _source(layer) if layer is not None and code not in registry.sources else None


def catalogue() -> list[Shown]:
    """The layers that can be shown: in the catalogue, with a file of their own or declared by somebody."""
    return [Shown(layer, source) for layer in _catalogue.now().values() if (source := _source(layer)) is not None]


def visible(reader: Reader) -> list[Shown]:
    """The layers that exist for a reader."""
    return [one for one in catalogue() if reader.may_see(one.layer)]


def shown(code: str, reader: Reader) -> Shown | None:
    """The layer of a code, if it exists for a reader."""
    layer = _catalogue.now().get(code)
    source = _source(layer) if layer is not None and reader.may_see(layer) else None
    return None if layer is None or source is None else Shown(layer, source)


def unlisted() -> list[Source]:
    """Declared layers that were never put into the catalogue."""
    known = set(Layer.objects.values_list("code", flat=True))
    return [one for code, one in registry.sources.items() if code not in known]


def granted(client: Client) -> frozenset[int]:
    """The layers that a client was granted and still holds."""
    return frozenset(Grant.objects.filter(client=client, ended_on=None).values_list("layer", flat=True))


@dataclass(frozen=True)
class StatementLine:
    """One layer in a client's month."""

    code: str
    title: str
    calls: dict[str, int]

    @property
    def total(self) -> int:
        """All calls."""
        return sum(self.calls.values())


def statement(client: Client, first: date, last: date) -> list[StatementLine]:
    """What a client asked between two days, the layers most asked first."""
    rows = (
        Use.objects.filter(client=client, day__range=(first, last))
        .values("layer__code", "layer__title", "operation")
        .annotate(n=Sum("calls"))
        .order_by()
    )
    found: dict[str, StatementLine] = {}
    for row in rows:
        line = found.setdefault(row["layer__code"], StatementLine(row["layer__code"], row["layer__title"], {}))
        line.calls[row["operation"]] = row["n"]
    return sorted(found.values(), key=lambda one: (-one.total, one.code))


def months(client: Client) -> list[tuple[date, int]]:
    """The months in which a client asked, the newest first, with how often."""
    found = Use.objects.filter(client=client).values_list("day", "calls")
    by_month = rules.summed((day.strftime("%Y-%m"), calls) for day, calls in found)
    return [(date.fromisoformat(f"{month}-01"), calls) for month, calls in sorted(by_month.items(), reverse=True)]


def layers(day: date) -> QuerySet[Layer]:
    """The catalogue on a day."""
    return Layer.objects.as_of(day).select_related("agency", "owner")


def agencies(day: date) -> QuerySet[Layer]:
    """The first layer of each agency that supplies any on a day."""
    first = Layer.objects.as_of(day).order_by().values("agency").annotate(first=Min("pk")).values("first")
    return Layer.objects.filter(pk__in=first).select_related("agency")


def statistic_classes(day: date) -> QuerySet[Statistic]:
    """The first item of each class that offers any on a day."""
    first = Statistic.objects.as_of(day).order_by().values("kind").annotate(first=Min("pk")).values("first")
    return Statistic.objects.filter(pk__in=first)
