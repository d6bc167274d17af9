"""Numbers by area for the decision tools, from whatever there is: a layer counted or read, a distance, statistics, a result,
a table of the author's own. Each is named in one word, as forms and addresses carry it:

    count:CODE   column:CODE:NAME   near:CODE   stat:ITEM:PERIOD   result:NUMBER:COLUMN   table:   open:

What stands beside codes is carried to the codes of the day; what was mapped is remembered, and so is what no area has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.layers import memory
from cityhall.engines.layers.memory import Held
from cityhall.engines.layers.registry import ID, UnfitTable
from cityhall.engines.places import geodesy
from cityhall.engines.places import memory as places

from . import open_tables, queries, rules, sources, statistics, tools
from .models import Analysis, AnalysisInput, CodeChange, Layer, Release
from .queries import Reader
from .refusals import CannotAnalyse
from .states import AnalysisState, AreaLevel, Rights
from .tools import Numbers, Shapes, Units

MOST_FEATURES = 200_000
LANGUAGES = ("zh-hant", "en")
OFFICER = Reader(officer=True)


def both(say: Callable[[], str]) -> tuple[str, str]:
    """A sentence in Chinese and in English: a result is read by whoever reads either."""
    found = []
    for language in LANGUAGES:
        with translation.override(language):
            found.append(str(say()))
    return found[0], found[1]


def in_metres(shapes: Shapes) -> Shapes:
    """Shapes in degrees in the plane of metres; none stays none."""
    moved: Shapes = shapely.transform(shapes, lambda at: np.column_stack(geodesy.to_plane(at[:, 0], at[:, 1])))
    return moved


def in_degrees(shapes: Shapes) -> Shapes:
    """Shapes of the plane in degrees, to about a decimetre."""
    moved: Shapes = shapely.transform(
        shapes, lambda at: np.round(np.column_stack(geodesy.to_degrees(at[:, 0], at[:, 1])), 6)
    )
    return moved


@dataclass(frozen=True)
class Measured:
    """A number for each area, and what it is in both languages."""

    values: Numbers
    title: tuple[str, str]
    whole: bool = False


@dataclass
class Data:
    """What one analysis reads, each thing once, and remembers as its input."""

    day: date
    level: str = AreaLevel.VILLAGE
    table: Mapping[str, float] = field(default_factory=dict)
    open_data: Mapping[str, str] = field(default_factory=dict)
    coded_on: date | None = None
    """The day whose codes the author's table has; those of now where nobody says."""
    inputs: dict[str, AnalysisInput] = field(default_factory=dict)
    mapped: dict[str, list[str]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    # ---- areas

    @cached_property
    def boundaries(self) -> places.Boundaries:
        """Districts and villages in force; an input of everything that is told by area."""
        version = sources.boundaries_version()
        if version is None:
            raise CannotAnalyse(_("還沒有行政區界，請先到地點圖層匯入。"))
        title = both(lambda: _("行政區與村里界"))
        self.inputs["boundaries"] = AnalysisInput(
            title=title[0],
            title_en=title[1],
            version=str(version.token),
            dated_on=version.dated_on,
            rights=Rights.PUBLIC,
        )
        return places.boundaries()

    def _units(self, areas: places.Areas) -> Units:
        return Units(
            [name.code for name in areas.names], [name.district_code for name in areas.names], np.asarray(areas.shapes)
        )

    @cached_property
    def villages(self) -> Units:
        """The smallest areas."""
        return self._units(self.boundaries.villages)

    @cached_property
    def units(self) -> Units:
        """The areas of the level that is asked for."""
        return self.villages if self.level == AreaLevel.VILLAGE else self._units(self.boundaries.districts)

    def names(self) -> list[tuple[str, str]]:
        """Name and district of each unit."""
        districts = {name.code: name.name for name in self.boundaries.districts.names}
        there = self.boundaries.villages if self.level == AreaLevel.VILLAGE else self.boundaries.districts
        return [(name.name, districts.get(name.district_code, "")) for name in there.names]

    # ---- layers

    def layer(self, code: str) -> tuple[Layer, Held]:
        """A layer that every officer may see, as it stands. Raises CannotAnalyse."""
        shown = queries.shown(code, OFFICER)
        if shown is None:
            raise CannotAnalyse(_("沒有這種圖資，或它只給指定的介接對象使用。"))
        try:
            held = memory.held(shown.source, shown.version)
        except UnfitTable:
            raise CannotAnalyse(_("「%(name)s」的內容目前無法讀取，請稍後再試。") % {"name": shown.layer}) from None
        if len(held) > MOST_FEATURES:
            raise CannotAnalyse(
                _("「%(name)s」有%(n)s筆，超過一次能算的%(most)s筆。")
                % {"name": shown.layer, "n": f"{len(held):,}", "most": f"{MOST_FEATURES:,}"}
            )
        layer = shown.layer
        self.inputs.setdefault(
            f"layer:{code}",
            AnalysisInput(
                layer=layer, title=layer.title, title_en=layer.title_en, version=held.version[:120], dated_on=layer.dated_on,
                rights=layer.rights,
            ),
        )  # fmt: skip
        return layer, held

    def features(self, code: str, between: tuple[date | None, date | None] = (None, None)) -> Shapes:
        """A layer's shapes in metres, of days only where its features have one. Raises CannotAnalyse."""
        layer, held = self.layer(code)
        shapes = held.shapes
        if between != (None, None):
            if not held.source.time:
                raise CannotAnalyse(_("「%(name)s」沒有日期，不能比較不同的期間。") % {"name": layer})
            days = [_day(value) for value in held.table[held.source.time].to_pylist()]
            first, last = between
            kept = [
                day is not None and (first is None or day >= first) and (last is None or day <= last) for day in days
            ]  # fmt: skip
            shapes = shapes[np.array(kept, dtype=bool)]
        return in_metres(shapes)

    def result(self, number: str) -> tuple[Analysis, Held]:
        """Another result. Raises CannotAnalyse."""
        one = Analysis.objects.filter(number=number, state=AnalysisState.DONE).first()
        if one is None:
            raise CannotAnalyse(_("沒有這個分析，或它還沒算完。"))
        self.inputs.setdefault(
            f"result:{number}",
            AnalysisInput(
                result=one, title=one.title, version=f"{one.number} {one.digest[:12]}", dated_on=one.done_at,
                rights=one.rights,
            ),
        )  # fmt: skip
        return one, result_held(one)

    # ---- numbers

    def measured(self, said: str, between: tuple[date | None, date | None] = (None, None)) -> Measured:
        """The numbers that a word names, in the order of the units. Raises CannotAnalyse."""
        kind, _colon, rest = said.partition(":")
        makers: dict[str, Callable[[], Measured]] = {
            "count": lambda: self._counted(rest, between),
            "column": lambda: self._column(*_two(rest)),
            "near": lambda: self._near(rest),
            "stat": lambda: self.statistic(*_two(rest)),
            "result": lambda: self._of_result(*_two(rest)),
            "table": self._table,
            "open": lambda: open_tables.measured(self),
        }
        if kind not in makers:
            raise CannotAnalyse(_("看不懂這個指標，請重新選擇。"))
        return makers[kind]()

    def _counted(self, code: str, between: tuple[date | None, date | None]) -> Measured:
        shapes = self.features(code, between)
        layer, _held = self.layer(code)
        title = both(lambda: _("%(name)s的數量") % {"name": layer})
        counts = tools.counted(shapes, self.villages)
        return Measured(self._told(counts, layer.rights), title, whole=True)

    def _told(self, counts: Numbers, rights: str) -> Numbers:
        """Counts as they may be told; of what everybody may see one by one, all."""
        hides = rights != Rights.PUBLIC
        if self.level == AreaLevel.VILLAGE:
            return tools.told(counts, self.villages) if hides else counts
        if hides:
            sums = tools.told_by_district(counts, self.villages)
        else:
            sums = {}
            for code, count in zip(self.villages.districts, counts, strict=True):
                sums[code] = sums.get(code, 0.0) + float(count)
        return np.array([sums.get(code, 0.0) for code in self.units.codes])

    def _column(self, code: str, name: str) -> Measured:
        layer, held = self.layer(code)
        column = held.source.column(name)
        if column is None or column.kind not in ("integer", "number"):
            raise CannotAnalyse(_("「%(name)s」沒有這個數字欄位。") % {"name": layer})
        codes = held.table["code"].to_pylist() if "code" in held.table.column_names else [str(one) for one in held.ids]
        title = both(lambda: f"{layer}：{column.title}")
        return Measured(self._by_code(codes, held.table[name]), title, whole=column.kind == "integer")

    def _by_code(self, codes: Iterable[Any], column: pa.ChunkedArray) -> Numbers:
        """Numbers that stand beside codes of the level's areas. Raises CannotAnalyse where no code is one."""
        known = {
            code: math.nan if value is None else float(value)
            for code, value in zip(codes, column.to_pylist(), strict=True)
        }
        return self._joined(known)

    def _joined(self, known: Mapping[str, float]) -> Numbers:
        if not any(code in known for code in self.units.codes):
            raise CannotAnalyse(_("資料裡的代碼和%(level)s的代碼都對不上，請換一個層級。") % {
                "level": AreaLevel(self.level).label,
            })  # fmt: skip
        return np.array([known.get(code, math.nan) for code in self.units.codes])

    def carried(self, numbers: Mapping[str, float], *, adds_up: bool, dated: date | None = None) -> Numbers:
        """Numbers by codes of a day, by the codes of today: mapped or named as unknown. Raises CannotAnalyse for none."""
        moves = [
            rules.Moved(row.old, row.new, row.on, row.share) for row in CodeChange.objects.filter(level=self.level)
        ]
        known = self.units.codes
        if dated is None:
            found = rules.carried_undated(numbers, known, moves, until=self.day, adds_up=adds_up)
        else:
            found = rules.carried(numbers, known, moves, since=dated, until=max(dated, self.day), adds_up=adds_up)
        self.note(found)
        return self._joined(found.numbers)

    def note(self, found: rules.Carried) -> None:
        """Remember which codes were mapped, and which no area has."""
        self.mapped |= found.mapped
        self.unknown = sorted({*self.unknown, *found.lost})

    def _near(self, code: str) -> Measured:
        shapes = self.features(code)
        layer, _held = self.layer(code)
        middles = shapely.point_on_surface(self.units.shapes)
        found = tools.nearest(middles, shapes, 0)
        if np.isnan(found.metres).all():
            raise CannotAnalyse(REASONS()[tools.NOTHING_THERE])
        title = both(lambda: _("到最近的%(name)s（公尺）") % {"name": layer})
        return Measured(np.round(found.metres), title, whole=True)

    def statistic(self, item: str, period: str = "") -> Measured:
        """The numbers of a statistic by the codes of today, as they are told. Raises CannotAnalyse."""
        one = statistics.release(item, self.level, period)
        if one is None:
            raise CannotAnalyse(_("這個統計項目沒有%(level)s的資料，請換一個層級或項目。") % {
                "level": AreaLevel(self.level).label,
            })  # fmt: skip
        self._remember(one)
        statistic = one.statistic
        title = both(lambda: f"{statistic}（{one.period}，{statistic.measure}）")
        found = statistics.on_day(one, self.day)
        self.note(found)
        return Measured(self._joined(found.numbers), title, whole=statistic.adds_up)

    def _remember(self, one: Release) -> None:
        statistic = one.statistic
        self.inputs.setdefault(
            f"stat:{one.pk}",
            AnalysisInput(
                release=one, title=f"{statistic.name}（{one.period}）", title_en=f"{statistic.name_en} ({one.period})",
                version=f"{one.period} {one.imported_at:%Y-%m-%d}", dated_on=one.dated_on, rights=Rights.PUBLIC,
            ),
        )  # fmt: skip

    def _of_result(self, number: str, name: str) -> Measured:
        one, held = self.result(number)
        column = held.source.column(name)
        if column is None or column.kind not in ("integer", "number") or "code" not in held.table.column_names:
            raise CannotAnalyse(_("這個分析沒有依區域的這個數字欄位。"))
        said = next((each for each in one.columns if each["name"] == name), {"zh": name, "en": name})
        title = both(lambda: f"{one.title}：{said['en'] if translation.get_language() == 'en' else said['zh']}")
        return Measured(self._by_code(held.table["code"].to_pylist(), held.table[name]), title)

    def _table(self) -> Measured:
        title = both(lambda: _("上傳的表"))
        self.inputs.setdefault(
            "table",
            AnalysisInput(title=title[0], title_en=title[1], version=str(len(self.table)), rights=Rights.GOVERNMENT),
        )
        return Measured(self.carried(self.table, adds_up=False, dated=self.coded_on), both(lambda: _("數值")))

    @property
    def rights(self) -> str:
        """What the result may be seen by."""
        return rules.strictest(one.rights for one in self.inputs.values())


def _two(rest: str) -> tuple[str, str]:
    first, _colon, second = rest.partition(":")
    return first, second


def _day(value: Any) -> date | None:
    return None if value is None else value.date() if hasattr(value, "date") else value


def result_held(one: Analysis) -> Held:
    """A result in memory, as layers are."""
    return memory.held(queries.result_source(one), one.digest)


def REASONS() -> dict[str, str]:
    """Why there is no answer, in the reader's language."""
    return {
        tools.TOO_MANY: _("資料太多，一次算不完。請縮小範圍，或換成行政區。"),
        tools.NO_AREAS: _("這種圖資不是面，沒有面積可以算。請選有範圍的圖資。"),
        tools.NOTHING_THERE: _("選的資料裡沒有任何可以計算的數字或位置。"),
        tools.TOO_FEW: _("有數字的區域太少，至少要8個。"),
        tools.ALL_ALIKE: _("所有區域的數字都一樣，沒有熱區。"),
    }


__all__ = ["ID", "Data", "Measured", "both", "in_degrees", "in_metres", "result_held"]
