"""Numbers by area from a published table with a column of codes or names (§1.4.3): added up, averaged or counted by area."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cityhall.engines.places import memory as places
from cityhall.engines.tables import asking, published, querying
from cityhall.engines.tables.profiling import AreaKind, ColumnProfile, Profile, profile
from cityhall.engines.tables.published import Published
from cityhall.engines.tables.querying import Aggregate, BadQuery, Condition, Group, Measure, Query
from cityhall.engines.tables.rules import Kind as CellKind
from cityhall.engines.tables.storing import NoSuchTable, Stored

from . import rules
from .models import AnalysisInput
from .refusals import CannotAnalyse
from .states import AreaLevel, Rights

if TYPE_CHECKING:
    from .measuring import Data, Measured

MOST_GROUPS = 50_000
"""Different areas in one column; more are no areas."""
MOST_PERIODS = 400
_PERIOD = re.compile(
    r"年|年度|年別|年月|月|月份|季|季別|學年度|期別|統計期|統計年月?|year|month|quarter|period", re.IGNORECASE
)
SUM, MEAN, COUNT = "sum", "avg", "count"


@dataclass(frozen=True)
class Offered:
    """What a published table offers: which columns name areas, and which are numbers."""

    one: Published
    areas: tuple[ColumnProfile, ...]
    measures: tuple[ColumnProfile, ...]
    period: str = ""
    """The column of months or days, where the table tells several: they are not added up without a word."""
    periods: tuple[str, ...] = ()


def offered(one: Published) -> Offered:
    """The columns of a published table that a map can be coloured by. Raises CannotAnalyse."""
    stored = _stored(one)
    found = _profile(stored)
    for column in found.columns:
        dated = column.column.kind in (CellKind.MONTH, CellKind.DATE) or _PERIOD.fullmatch(column.column.name)
        if dated and 1 < column.distinct <= MOST_PERIODS:
            return Offered(one, found.areas, found.measures, column.column.name, _periods(stored, column.column.name))
    return Offered(one, found.areas, found.measures)


def _periods(stored: Stored, name: str) -> tuple[str, ...]:
    """The months or days of a table, the newest first."""
    query = Query(group=(Group(name),), aggregates=(Aggregate(Measure.COUNT),), limit=MOST_PERIODS, total=False)
    try:
        found = asking.ask(stored, query).rows
    except BadQuery as refusal:
        raise CannotAnalyse(str(refusal)) from None
    return tuple(sorted((str(row[0]) for row in found if row[0] is not None), reverse=True))


def _stored(one: Published) -> Stored:
    try:
        return one.stored
    except NoSuchTable:
        raise CannotAnalyse(_("這份資料的內容目前無法讀取，請稍後再試。")) from None


def _profile(stored: Stored) -> Profile:
    try:
        return profile(stored)
    except BadQuery as refusal:
        raise CannotAnalyse(str(refusal)) from None


def measured(data: Data) -> Measured:
    """The numbers of a published table by area, as the analysis asks for them. Raises CannotAnalyse."""
    from .measuring import Measured, both

    asked = data.open_data
    one = published.get(asked.get("key", ""))
    if one is None:
        raise CannotAnalyse(_("這份資料已經不公開了，請換一份。"))
    stored = _stored(one)
    area, number, how = asked.get("area", ""), asked.get("number", ""), asked.get("how", COUNT)
    column = stored.column(number) if number else None
    told = column is not None and column.kind in (CellKind.INTEGER, CellKind.NUMBER)
    if stored.column(area) is None or (number and not told):
        raise CannotAnalyse(_("這份資料換了新版本，已經沒有選的欄位，請重新選擇。"))
    numbers, unknown = _by_code(data, stored, area, number, how, _of_period(stored, asked))
    data.inputs.setdefault(
        f"open:{one.key}",
        AnalysisInput(
            title=one.title[:120], title_en=one.title_en[:160], version=f"{one.number} {one.table[:12]}", dated_on=one.dated_on,
            rights=Rights.PUBLIC,
        ),
    )  # fmt: skip
    data.note(rules.Carried(lost=unknown))
    coded_on = date.fromisoformat(asked["coded_on"]) if asked.get("coded_on") else None
    values = data.carried(numbers, adds_up=how != MEAN, dated=coded_on)

    def title() -> str:
        name = one.title_en if one.title_en and get_language() == "en" else one.title
        if asked.get("period"):
            name = f"{name} {asked['period']}"
        if column is None:
            return _("%(name)s：筆數") % {"name": name}
        said = {"name": name, "column": column.header or column.name}
        return _("%(name)s：%(column)s的平均") % said if how == MEAN else _("%(name)s：%(column)s") % said

    return Measured(values, both(title), whole=column is None)


def _of_period(stored: Stored, asked: Mapping[str, str]) -> tuple[Condition, ...]:
    """Only the rows of the month or day that is asked for. Raises CannotAnalyse."""
    if not asked.get("period"):
        return ()
    try:
        return querying.parse({"filters": {asked.get("period_column", ""): asked["period"]}}, stored).filters
    except BadQuery as refusal:
        raise CannotAnalyse(str(refusal)) from None


def _by_code(
    data: Data, stored: Stored, area: str, number: str, how: str, only: tuple[Condition, ...]
) -> tuple[dict[str, float], list[str]]:
    """Numbers by the codes that the cells mean, and the cells that mean no area of ours."""
    names = names_of_now()
    district = _district_beside(stored, area)
    sums: defaultdict[str, float] = defaultdict(float)
    many: defaultdict[str, int] = defaultdict(int)
    unknown: list[str] = []
    for cell, beside, total, rows in _groups(stored, area, district, number, only):
        code = names.code_of(data.level, cell, beside)
        if code is None:
            unknown.append(f"{beside}{cell}"[:40] if beside else cell[:40])
        elif number == "" or total is not None:
            sums[code] += rows if number == "" else float(total)
            many[code] += rows
    if how == MEAN:
        return {code: sums[code] / many[code] for code in sums}, unknown
    return dict(sums), unknown


def names_of_now() -> rules.AreaNames:
    """The names of the boundaries in force."""
    there = places.boundaries()
    villages: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in there.villages.names:
        villages[rules.folded_area(one.name)].append((one.district_code, one.code))
    districts = {rules.folded_area(one.name): one.code for one in there.districts.names}
    return rules.AreaNames(rules.folded_area(settings.CITY_NAME["zh-hant"]), districts, villages)


def _district_beside(stored: Stored, area: str) -> str:
    """The column of districts that tells villages of one name apart; empty where the codes do."""
    areas = _profile(stored).areas
    kind = next((one.area for one in areas if one.column.name == area), None)
    if kind is not AreaKind.VILLAGE_NAME:
        return ""
    kinds = (AreaKind.DISTRICT_CODE, AreaKind.DISTRICT_NAME)
    return next((one.column.name for one in areas if one.area in kinds), "")


def _groups(
    stored: Stored, area: str, district: str, number: str, only: tuple[Condition, ...]
) -> Iterator[tuple[str, str, Any, int]]:
    """Each area as it is written, its district, its sum, and how many rows (with a number) it has."""
    by = tuple(Group(name) for name in (area, district) if name)
    wanted = (
        (Aggregate(Measure.SUM, number), Aggregate(Measure.COUNT, number)) if number else (Aggregate(Measure.COUNT),)
    )
    query = Query(filters=only, group=by, aggregates=wanted, limit=0, total=False)
    try:
        with asking.everything(stored, query) as (_columns, batches):
            seen = 0
            for batch in batches:
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    seen += 1
                    if seen > MOST_GROUPS:
                        raise CannotAnalyse(_("這個欄位有太多不同的內容，不像村里或行政區。請換一個欄位。"))
                    if row[0] is not None:
                        beside = str(row[1] or "") if district else ""
                        total = row[-2] if number else None
                        yield str(row[0]), beside, total, int(row[-1])
    except BadQuery as refusal:
        raise CannotAnalyse(str(refusal)) from None


def level_of(one: ColumnProfile) -> str:
    """The level of which a column tells."""
    return AreaLevel.VILLAGE if one.area in (AreaKind.VILLAGE_CODE, AreaKind.VILLAGE_NAME) else AreaLevel.DISTRICT


def choice_of(one: ColumnProfile) -> str:
    """What is offered of a column of areas: its heading and what it holds."""
    kinds = {
        AreaKind.VILLAGE_CODE: _("村里代碼"), AreaKind.DISTRICT_CODE: _("行政區代碼"), AreaKind.VILLAGE_NAME: _("村里名稱"),
        AreaKind.DISTRICT_NAME: _("行政區名稱"),
    }  # fmt: skip
    said = kinds[one.area] if one.area else ""
    return _("%(column)s（%(kind)s）") % {"column": one.column.header or one.column.name, "kind": said}


def fits(level: str, one: ColumnProfile) -> bool:
    """Whether a column's areas can be told at a level: districts know no villages."""
    return level == AreaLevel.DISTRICT or level_of(one) == AreaLevel.VILLAGE
