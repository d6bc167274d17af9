"""A portal's list of datasets in its 28 columns: read into the catalogue, and written as it was read.

A cell that says what we would write ourselves is not kept. Another way of writing the same (`"PDF, ODT"` with quotation
marks, 2015/1/1, a number of datasets behind the category) is kept beside the value and goes out again for as long as the
value is the same; so the list that goes out is the list that came in, and what was changed since is seen.
"""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import TAIPEI, day_of
from cityhall.foundation.unit import act

from . import contents, rules, services
from .models import Category, Dataset, DatasetMove, Licence, ListedCount, Resource, tags
from .refusals import CannotCatalogue
from .states import DatasetKind, Frequency, ResourceKind, State, Step

COUNTS = {"downloads": "下載次數", "views": "瀏覽次數"}
"""How the two last columns begin; the month follows behind a line: 下載次數_201807."""
OTHER_NAMES = {"購屋及遷徒": "購屋及遷徙"}
"""Names of categories as an older portal wrote them."""


def _roc_free(value: date | None) -> str:
    return value.isoformat() if value else ""


def _moment(value: datetime | None) -> str:
    return value.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M:%S") if value else ""


def _agency_cell(one: Dataset) -> str:
    code = one.identifier.rpartition("-")[0]
    return f"{code} 【{one.agency.short_name}】"


COLUMNS: dict[str, Callable[[Dataset], str]] = {
    "編號": lambda one: str(one.number),
    "資料名稱": lambda one: one.title,
    "資料來源": _agency_cell,
    "更新頻率": lambda one: _label(Frequency, one.frequency),
    "檔案格式": lambda one: ", ".join(one.formats),
    "主要欄位": lambda one: one.fields_text,
    "資料連結網址": lambda one: one.link,
    "分類及編號": lambda one: one.category.name if one.category else "",
    "資料集描述": lambda one: one.description,
    "主要欄位說明": lambda one: one.fields_text,
    "資料集類型": lambda one: _label(DatasetKind, one.kind),
    "資源格式": lambda one: ", ".join(one.formats),
    "最後更新時間": lambda one: _moment(one.modified_at),
    "資料集提供機關": _agency_cell,
    "資料量": lambda one: "" if one.amount is None else str(one.amount),
    "收錄期間(起)": lambda one: _roc_free(one.covers_from),
    "收錄期間(迄)": lambda one: _roc_free(one.covers_to),
    "授權方式": lambda one: one.licence.name if one.licence else "",
    "計費方式": lambda one: one.cost,
    "計費說明網址": lambda one: one.cost_url,
    "計費法令依據": lambda one: one.cost_law,
    "資料集說明網址": lambda one: one.about_url,
    "編碼格式": lambda one: one.encoding,
    "標籤/關鍵字": lambda one: ", ".join(one.tag_names),
    "建立日期": lambda one: _moment(one.created_at),
    "備註": lambda one: one.notes,
}
"""The columns before the two counts of a month, and how we write each."""

_CHINESE: dict[str, str] = {
    **{one.value: name for one, name in zip(Frequency, ("即時", "每日", "每週", "每月", "每季", "每半年", "每年", "不定期"), strict=True)},
    **{one.value: name for one, name in zip(DatasetKind, ("原始資料", "網路服務", "工具軟體"), strict=True)},
}  # fmt: skip
"""What the list says, in whichever language its reader works."""


def _label(words: type[Frequency] | type[DatasetKind], value: str) -> str:
    return _CHINESE[words(value).value]


def heading(month: date) -> list[str]:
    """The list's first line, with the counts of a month."""
    return [*COLUMNS, *(f"{name}_{month:%Y%m}" for name in COUNTS.values())]


# ---- out -------------------------------------------------------------------------------------------------------------


def cells(one: Dataset, counts: Mapping[int, ListedCount]) -> list[str]:
    """A dataset's line: each cell as it was written, where that still says the same."""
    return [*_plain_cells(one), *_counted(one, counts)]


def _plain_cells(one: Dataset) -> list[str]:
    found = []
    for name, write in COLUMNS.items():
        mine, kept = write(one), one.written.get(name)
        found.append(kept["as"] if kept and kept["for"] == mine else mine)
    return found


def _counted(one: Dataset, counts: Mapping[int, ListedCount]) -> list[str]:
    count = counts.get(one.pk)
    return [str(count.downloads), str(count.views)] if count else ["", ""]


def rows(month: date, chosen: Any = None) -> Iterator[list[str]]:
    """The list's lines in the order of their numbers."""
    counts = {one.dataset_id: one for one in ListedCount.objects.filter(month=month)}
    wanted = Dataset.objects.published() if chosen is None else chosen
    everything = wanted.select_related("agency", "category", "licence").prefetch_related(tags(), "resources")
    for one in everything.order_by("number").iterator(chunk_size=500):
        yield cells(one, counts)


def written(month: date) -> bytes:
    """The whole list as a CSV file."""
    out = io.StringIO(newline="")
    sheet = csv.writer(out, lineterminator="\r\n")
    sheet.writerow(heading(month))
    sheet.writerows(rows(month))
    return out.getvalue().encode()


# ---- in --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """What is wrong with a line, or what to look at."""

    number: int
    title: str
    sentence: str


@dataclass
class Outcome:
    """What came of a list."""

    entered: int = 0
    changed: int = 0
    same: int = 0
    refused: list[Line] = field(default_factory=list)
    noted: list[Line] = field(default_factory=list)

    @property
    def read(self) -> int:
        """All lines."""
        return self.entered + self.changed + self.same + len(self.refused)


class CannotReadList(CannotCatalogue):
    """The file is no such list."""


def read(data: bytes) -> tuple[date | None, list[dict[str, str]]]:
    """The month of the counts and the lines. Raises CannotReadList where a column is missing or the file is no CSV."""
    text, encoding = contents.text_of(data)
    if not encoding:
        raise CannotReadList(_("這個檔案的編碼認不出來，請存成 UTF-8 的 CSV。"))
    try:
        sheet = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        names = list(sheet.fieldnames or [])
        found = [{name: row.get(name) or "" for name in names} for row in sheet]
    except csv.Error:
        raise CannotReadList(_("這個檔案不是完整的 CSV。")) from None
    if lacking := [name for name in COLUMNS if name not in names]:
        raise CannotReadList(_("缺少欄位：%(names)s。") % {"names": "、".join(lacking)})
    months = {match[1] for name in names if (match := re.fullmatch(r"(?:下載次數|瀏覽次數)_(\d{6})", name))}
    month = date(int(min(months)[:4]), int(min(months)[4:]), 1) if len(months) == 1 else None
    return month, found


@dataclass
class _Known:
    """What lines name, asked for once."""

    agencies: dict[str, Agency]
    categories: dict[str, Category]
    licences: dict[str, Licence]
    datasets: dict[uuid.UUID, Dataset]
    numbers: dict[int, uuid.UUID]


def _known() -> _Known:
    agencies: dict[str, Agency] = {}
    for one in Agency.objects.all():
        for name in (one.name, one.short_name):
            agencies.setdefault(name, one)
            agencies.setdefault(name.removeprefix("桃園市政府"), one)
    datasets = Dataset.objects.select_related("agency", "category", "licence").prefetch_related(tags(), "resources")
    there = {one.reference: one for one in datasets}
    return _Known(
        agencies, {one.name: one for one in Category.objects.all()}, {one.name: one for one in Licence.objects.all()},
        there, {one.number: one.reference for one in there.values()},
    )  # fmt: skip


@act
def take_in(data: bytes, *, by: Account | None, at: datetime) -> Outcome:
    """Take a list in: new lines are published datasets, known ones are brought up to date, the same ones stay.

    Raises CannotReadList. A line that cannot be taken in is told with its number; the others are taken in.
    """
    services.furnish()
    month, lines = read(data)
    known, done = _known(), Outcome()
    for number, line in enumerate(lines, start=2):
        try:
            _take(line, month, known, done, number, at=at)
        except CannotCatalogue as refusal:
            done.refused.append(Line(number, line["資料名稱"], refusal.sentence))
    new = {"lines": done.read, "entered": done.entered, "changed": done.changed, "refused": len(done.refused)}
    audit.record("open_data.list_imported", None, by=by, at=at, new=new)
    return done


def _reference(link: str) -> uuid.UUID | None:
    found = re.search(r"[?&]oid=([0-9a-fA-F-]{36})(?:&|$)", link)
    try:
        return uuid.UUID(found[1]) if found else None
    except ValueError:
        return None


def _take(
    line: Mapping[str, str], month: date | None, known: _Known, done: Outcome, number: int, *, at: datetime
) -> None:
    """One line."""
    key = rules.amount(line["編號"])
    if not key:
        raise CannotCatalogue(_("編號要是數字。"))
    reference = (
        _reference(line["資料連結網址"]) or known.numbers.get(key) or uuid.uuid5(uuid.NAMESPACE_URL, f"list:{key}")
    )
    if known.numbers.get(key, reference) != reference:
        raise CannotCatalogue(_("編號%(n)s已經是另一個資料集的。") % {"n": key})
    counts = _counts(line, month)
    one = known.datasets.get(reference)
    if one is not None and one.number == key and _plain_cells(one) == [line[name] for name in COLUMNS]:
        _count(one, month, counts)
        done.same += 1
        return
    code, name = rules.code_and_name(line["資料集提供機關"] or line["資料來源"])
    agency = known.agencies.get(name)
    if agency is None:
        raise CannotCatalogue(
            _("機關「%(name)s」不在本府的機關清單裡，請先在人事組織新增。") % {"name": name or line["資料集提供機關"]}
        )
    values, told = _values(line, known)
    fresh = one is None
    if one is None:
        publisher = services.publisher_of(agency, code)
        one = Dataset(
            reference=reference, number=key, identifier=services._identifier(publisher), state=State.PUBLISHED
        )
    if one.number != key:
        raise CannotCatalogue(_("這個資料集原來的編號是%(n)s，清單上的不同。") % {"n": one.number})
    one.agency = agency
    for field_name, value in values.items():
        setattr(one, field_name, value)
    one.updated_on = day_of(one.modified_at)
    one.save()
    services.describe(one, rules.listed(line["標籤/關鍵字"]))
    _resources(one, rules.listed(line["資源格式"] or line["檔案格式"]), at)
    one = (
        Dataset.objects.select_related("agency", "category", "licence")
        .prefetch_related(tags(), "resources")
        .get(pk=one.pk)
    )
    one.written = {
        name: {"as": line[name], "for": mine} for name, write in COLUMNS.items() if (mine := write(one)) != line[name]
    }
    one.save(update_fields=["written"])
    known.datasets[reference], known.numbers[key] = one, reference
    day = day_of(one.created_at)
    if fresh:
        DatasetMove.objects.create(dataset=one, step=Step.IMPORTED, state=State.PUBLISHED, on=day, at=at, by=None)
        done.entered += 1
    else:
        DatasetMove.objects.create(dataset=one, step=Step.IMPORTED, state=one.state, on=day_of(at), at=at, by=None)
        done.changed += 1
    _count(one, month, counts)
    done.noted += [Line(number, one.title, sentence) for sentence in told]


def _values(line: Mapping[str, str], known: _Known) -> tuple[dict[str, Any], list[str]]:
    """The values of a line, and what could not be read as one; that stays as it was written. Raises CannotCatalogue."""
    told = []
    title = rules.unquoted(line["資料名稱"])
    if not title:
        raise CannotCatalogue(_("沒有資料名稱。"))
    if len(title) > 200:
        raise CannotCatalogue(_("資料名稱太長，最多200個字。"))
    by_label = {name: value for value, name in _CHINESE.items()}
    frequency, kind = by_label.get(line["更新頻率"].strip()), by_label.get(line["資料集類型"].strip())
    if frequency not in Frequency.values:
        raise CannotCatalogue(_("更新頻率「%(word)s」不是平臺的用詞。") % {"word": line["更新頻率"]})
    if kind not in DatasetKind.values:
        raise CannotCatalogue(_("資料集類型「%(word)s」不是平臺的用詞。") % {"word": line["資料集類型"]})
    category_name = rules.category_name(line["分類及編號"])
    category = known.categories.get(OTHER_NAMES.get(category_name, category_name))
    if category is None:
        raise CannotCatalogue(_("分類「%(word)s」不在18類服務分類裡。") % {"word": category_name})
    licence = known.licences.get(line["授權方式"].strip())
    if licence is None:
        raise CannotCatalogue(_("授權方式「%(word)s」還沒登錄。") % {"word": line["授權方式"]})
    moments = {}
    for column, name in (("建立日期", "created_at"), ("最後更新時間", "modified_at")):
        moment = rules.instant(line[column])
        if moment is None:
            raise CannotCatalogue(_("「%(column)s」要寫成 2018-07-31 09:30:00 的樣子。") % {"column": column})
        moments[name] = moment.replace(tzinfo=TAIPEI)
    days = {}
    for column, name in (("收錄期間(起)", "covers_from"), ("收錄期間(迄)", "covers_to")):
        days[name] = rules.day(line[column])
        if line[column].strip() and days[name] is None:
            told.append(
                _("「%(column)s」寫的「%(text)s」不是日期，照原文保留。") % {"column": column, "text": line[column]}
            )
    amount = rules.amount(line["資料量"])
    if line["資料量"].strip() and amount is None:
        told.append(
            _("「%(column)s」寫的「%(text)s」不是數字，照原文保留。") % {"column": "資料量", "text": line["資料量"]}
        )
    texts = {
        "description": "資料集描述", "fields_text": "主要欄位說明", "about_url": "資料集說明網址", "cost": "計費方式",
        "cost_url": "計費說明網址", "cost_law": "計費法令依據", "notes": "備註", "link": "資料連結網址",
    }  # fmt: skip
    values: dict[str, Any] = {name: rules.unquoted(line[column]) for name, column in texts.items()}
    for name, value in values.items():
        most = Dataset._meta.get_field(name).max_length  # type: ignore[union-attr]
        if len(value) > (most or 0):
            raise CannotCatalogue(_("「%(column)s」太長，最多%(most)s個字。") % {"column": texts[name], "most": most})
    values |= {"encoding": ", ".join(rules.listed(line["編碼格式"]))[:60], "title": title, "frequency": frequency}
    return values | {"kind": kind, "category": category, "licence": licence, "amount": amount, **moments, **days}, told


def _resources(one: Dataset, formats: Iterable[str], at: datetime) -> None:
    """One resource a format, at the address that the list names; what we hold ourselves stays."""
    wanted = [name.upper()[:20] for name in formats]
    there = {row.format: row for row in one.resources.filter(removed_on=None)}
    for name, row in there.items():
        if name not in wanted and row.kind == ResourceKind.LINK:
            row.removed_on = day_of(at)
            row.save(update_fields=["removed_on"])
    last = max((row.n for row in one.resources.all()), default=0)
    encoding = one.encoding if "," not in one.encoding else ""
    for name in wanted:
        if name not in there:
            last += 1
            Resource.objects.create(
                dataset=one, n=last, kind=ResourceKind.LINK if one.link else ResourceKind.FILE, name=f"{one.title}（{name}）"[:200], format=name,
                encoding=encoding[:20], url=one.link,
            )  # fmt: skip


def _counts(line: Mapping[str, str], month: date | None) -> dict[str, int]:
    """The counts of the month; none where the line leaves them empty. Raises CannotCatalogue for what is no number."""
    if month is None:
        return {}
    found = {}
    for key, name in COUNTS.items():
        cell = line.get(f"{name}_{month:%Y%m}", "").strip()
        number = rules.amount(cell)
        if cell and number is None:
            raise CannotCatalogue(_("「%(column)s」要是數字。") % {"column": name})
        if number is not None:
            found[key] = number
    return found if len(found) == len(COUNTS) else {}


def _count(one: Dataset, month: date | None, counts: dict[str, int]) -> None:
    if month is not None and counts:
        ListedCount.objects.update_or_create(dataset=one, month=month, defaults=counts)
