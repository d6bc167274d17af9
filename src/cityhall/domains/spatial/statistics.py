"""Socio-economic statistics (§1.4.3): the items, imported as sheets, asked by the codes of a later day."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import CellError, Column, Refusal
from cityhall.engines.identity.models import Account
from cityhall.engines.places import memory
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from . import rules
from .models import CodeChange, Release, Statistic, StatisticArea
from .refusals import CannotImport
from .states import AreaLevel

LIST = Path(__file__).parent / "statistics.csv"
MOST_RELEASES = 2_000
"""Of one sheet: items by periods."""


# ---- what there is ---------------------------------------------------------------------------------------------------


def furnish(day: date) -> int:
    """The 64 items of the list that are not there yet; how many were added."""
    with LIST.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = set(Statistic.objects.values_list("code", flat=True))
    new = [
        Statistic(**row | {"adds_up": row["adds_up"] == "1", "of_people": row["of_people"] == "1"}, listed_on=day)
        for row in rows
        if row["code"] not in known
    ]
    Statistic.objects.bulk_create(new)
    return len(new)


def current(statistic: Statistic | None = None) -> QuerySet[Release]:
    """The releases that count, without their numbers."""
    found = Release.objects.filter(replaced_at=None, statistic__withdrawn_on=None)
    found = found if statistic is None else found.filter(statistic=statistic)
    return found.select_related("statistic").defer("numbers")


def release(code: str, level: str, period: str = "") -> Release | None:
    """The release of an item at a level for a period, the newest without one."""
    found = Release.objects.filter(replaced_at=None, statistic__code=code, level=level).select_related("statistic")
    return (found.filter(period=period) if period else found.order_by("-dated_on", "-pk")).first()


def known_codes(level: str, day: date) -> dict[str, str]:
    """The codes of a level that hold on a day, with the code above: of districts and villages those of the boundaries in
    force besides, unless a sheet of areas says of them when they held.
    """
    said = {one.code: one for one in StatisticArea.objects.filter(level=level)}
    found: dict[str, str] = {}
    if level in (AreaLevel.VILLAGE, AreaLevel.DISTRICT):
        borders = memory.boundaries()
        there = borders.villages if level == AreaLevel.VILLAGE else borders.districts
        found = {
            name.code: name.district_code if level == AreaLevel.VILLAGE else "" for name in there.names
        }  # fmt: skip
    for code, one in said.items():
        if (one.valid_from is None or one.valid_from <= day) and (one.valid_to is None or day <= one.valid_to):
            found[code] = one.above or found.get(code, "")
        else:
            found.pop(code, None)
    return found


BELOW = {
    AreaLevel.DISTRICT: AreaLevel.VILLAGE, AreaLevel.SECOND: AreaLevel.FIRST, AreaLevel.FIRST: AreaLevel.MINIMUM,
}  # fmt: skip


def told(one: Release) -> dict[str, float | None]:
    """The numbers of a release as anybody may see them: of people, none that points at somebody.

    What is hidden above so that nothing below it can be worked out is hidden where the level above is told itself, too.
    """
    if not one.statistic.of_people:
        return dict(one.numbers)
    hidden = {code for place, code in _hidden(one) if place == "here"}
    below = BELOW.get(AreaLevel(one.level))
    if below is not None and (smaller := release(one.statistic.code, below, one.period)):
        hidden |= {code for place, code in _hidden(smaller) if place == "above"}
    return {code: None if code in hidden else number for code, number in one.numbers.items()}


def _hidden(one: Release) -> set[tuple[str, str]]:
    return rules.people_hidden(one.numbers, known_codes(one.level, one.dated_on))


def on_day(one: Release, day: date) -> rules.Carried:
    """The numbers of a release by the codes of a day, told or hidden (no number); what was mapped and what is lost."""
    numbers = {code: math.nan if number is None else number for code, number in told(one).items()}
    moves = [
        rules.Moved(row.old, row.new, row.on, row.share) for row in CodeChange.objects.filter(level=one.level)
    ]  # fmt: skip
    return rules.carried(
        numbers, known_codes(one.level, day), moves, since=one.dated_on, until=max(day, one.dated_on),
        adds_up=one.statistic.adds_up,
    )  # fmt: skip


# ---- taken in --------------------------------------------------------------------------------------------------------


def _period(cell: str) -> rules.StatisticPeriod | None:
    if not cell:
        return None
    try:
        return rules.statistic_period(cell)
    except ValueError:
        raise CellError(_("請寫年或年月，例如 106、106/6 或 2017-06。")) from None


def _share(cell: str) -> float | None:
    number = sheets.decimal(cell)
    if number is not None and not 0 < number <= 1:
        raise CellError(_("比例要大於0，最多是1。"))
    return None if number is None else float(number)


NUMBERS = (
    Column("item", gettext_lazy("項目代碼"), sheets.code, required=True),
    Column("area", gettext_lazy("區域代碼"), sheets.text(24), required=True, aliases=("村里代碼", "CODEBASE")),
    Column("period", gettext_lazy("統計期"), _period, required=True, aliases=("年月", "INFO_TIME")),
    Column("number", gettext_lazy("數值"), sheets.decimal, required=True),
)
AREAS = (
    Column("level", gettext_lazy("層級"), sheets.choice(AreaLevel.choices), required=True),
    Column("code", gettext_lazy("區域代碼"), sheets.text(24), required=True),
    Column("name", gettext_lazy("名稱"), sheets.text(40)),
    Column("above", gettext_lazy("上層區域代碼"), sheets.text(24)),
    Column("valid_from", gettext_lazy("啟用日"), sheets.day),
    Column("valid_to", gettext_lazy("停用前最後一天"), sheets.day),
    Column("into", gettext_lazy("新代碼"), sheets.text(24)),
    Column("share", pgettext_lazy("share of an area", "占原區域的比例"), _share),
)


@dataclass
class Taken:
    """What became of a sheet."""

    read: int = 0
    releases: int = 0
    replaced: int = 0
    same: int = 0
    refused: list[Refusal] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


@act
@sentence("1.4.3", "等 6 類")
def import_numbers(
    content: BinaryIO, *, level: str, source: str, by: Account | None, at: datetime
) -> Taken:  # fmt: skip
    """Take in numbers of items by area and period: one release an item and period, whole or not at all.

    An item that nobody knows, a code that did not hold then and a number that cannot be refuse their rows, which are told;
    a release of which a row was refused is not made. The same numbers again change nothing; others take the place of the
    release before, which stays. Raises sheets.CannotReadSheet, and CannotImport for more than is sensible.
    """
    sheet = sheets.read_sheet(content, NUMBERS)
    unreadable = bool(sheet.refused)  # nobody knows to which release such a row belongs
    items = {one.code: one for one in Statistic.objects.filter(withdrawn_on=None)}
    found: defaultdict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    days: dict[str, date] = {}
    spoilt: set[tuple[str, str]] = set()
    codes: dict[date, dict[str, str]] = {}
    for row in sheet.rows:
        item, period, code = row["item"], row["period"], rules.area_code(level, row["area"])
        key, number = (item, period.label), float(row["number"])
        days[period.label] = period.last_day
        if period.last_day not in codes:
            codes[period.last_day] = known_codes(level, period.last_day)
        why = _refusal(items.get(item), code, codes[period.last_day], number, found.get(key, {}))
        if why:
            sheet.refuse(row, why[0], row[why[0].key], why[1])
            spoilt.add(key)
        else:
            found[key][code] = number
    if len(found) > MOST_RELEASES:
        raise CannotImport(_("一次最多匯入 %(most)d 個項目與統計期。") % {"most": MOST_RELEASES})
    taken = Taken(read=len(sheet.rows), refused=sheet.refused, unknown=sheet.unknown)
    for (item, label), numbers in sorted(found.items()):
        if (item, label) not in spoilt and not unreadable:
            _release(items[item], level, label, days[label], numbers, taken, source=source, by=by, at=at)
    new = {"level": level, "rows": taken.read, "releases": taken.releases, "refused": len(taken.refused)}
    audit.record("spatial.statistics_imported", None, by=by, at=at, new=new)
    return taken


def _refusal(
    item: Statistic | None, code: str, codes: dict[str, str], number: float, had: dict[str, float]
) -> tuple[Column, str] | None:  # fmt: skip
    if item is None:
        return NUMBERS[0], _("沒有這個統計項目。")
    if code not in codes:
        return NUMBERS[1], _("這個統計期沒有這個區域代碼，請先匯入統計區或代碼異動。")
    if code in had:
        return NUMBERS[1], _("同一個項目和統計期，這個區域出現兩次。")
    if number < 0 or abs(number) > 1e12 or (item.of_people and number != int(number)):
        return NUMBERS[3], _("數值不能是負的，人數要是整數。")
    return None


def _release(
    item: Statistic, level: str, label: str, last_day: date, numbers: dict[str, float], taken: Taken, *, source: str,
    by: Account | None, at: datetime,
) -> None:  # fmt: skip
    before = Release.objects.select_for_update().filter(statistic=item, level=level, period=label, replaced_at=None)
    old = before.first()
    if old is not None and old.numbers == numbers:
        taken.same += 1
        return
    if old is not None:
        before.update(replaced_at=at)
        taken.replaced += 1
    Release.objects.create(
        statistic=item, level=level, period=label, dated_on=last_day, source=source.strip()[:120], numbers=numbers,
        imported_by=by, imported_at=at,
    )  # fmt: skip
    taken.releases += 1


@act
def import_areas(content: BinaryIO, *, by: Account | None, at: datetime) -> Taken:
    """Take in areas with the days on which their codes hold, and into which codes they changed.

    A code may have several lines, one for each new code; the share says how much of it went there (1 without one), and the
    change is on the day after its last. Refused rows are told, the others are kept. Raises sheets.CannotReadSheet.
    """
    sheet = sheets.read_sheet(content, AREAS)
    taken = Taken(read=len(sheet.rows), refused=sheet.refused, unknown=sheet.unknown)
    for row in sheet.rows:
        level = row["level"]
        code, above, into = (
            rules.area_code(level, row[name]) if row[name] else "" for name in ("code", "above", "into")
        )
        if row["valid_from"] and row["valid_to"] and row["valid_to"] < row["valid_from"]:
            sheet.refuse(row, AREAS[5], row["valid_to"], _("最後一天不能早於啟用日。"))
            continue
        if into and (row["valid_to"] is None or into == code):
            sheet.refuse(row, AREAS[6], into, _("有新代碼的要填停用前最後一天，新代碼也不能和原代碼一樣。"))
            continue
        said = {"name": row["name"], "above": above, "valid_from": row["valid_from"], "valid_to": row["valid_to"]}
        _area, new = StatisticArea.objects.update_or_create(level=level, code=code, defaults=said)
        taken.releases += new
        taken.same += not new
        if into:
            day = rules.day_after(row["valid_to"])
            CodeChange.objects.update_or_create(
                level=level, old=code, new=into, on=day, defaults={"share": row["share"] or 1.0}
            )
    new_ = {"rows": taken.read, "areas": taken.releases, "refused": len(taken.refused)}
    audit.record("spatial.areas_imported", None, by=by, at=at, new=new_)
    return taken


def sheet_of(rows: Iterable[tuple[str, str, str, float]]) -> io.BytesIO:
    """Numbers as a sheet that the import reads: for the demo city and tests."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.key for column in NUMBERS])
    writer.writerows(rows)
    return io.BytesIO(text.getvalue().encode())
