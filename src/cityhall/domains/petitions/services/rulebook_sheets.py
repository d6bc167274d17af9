"""A city's rulebook from sheets: categories with their limits and agencies, places, keyword rules, reply texts.

A sheet is taken whole or not at all. Every cell that cannot be taken is named with its line and what is expected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory.models import Agency
from cityhall.engines.files.sheets import (
    Column,
    Refusal,
    Row,
    Sheet,
    choice,
    code,
    integer,
    read_sheet,
    text,
    yes_or_no,
)
from cityhall.engines.places import queries as places
from cityhall.foundation.unit import act

from ..models import Category, ReplyTemplate
from ..rule_list import manager_layers
from ..states import Group, Outcome
from . import rulebook


class CannotTakeSheet(CannotAct):
    """Cells of the sheet were refused; nothing of it was taken."""

    def __init__(self, refused: Sequence[Refusal]) -> None:
        self.refused = refused
        super().__init__(gettext("這個檔案有 %(n)d 格不能收，整份都沒有匯入。") % {"n": len(refused)})


@dataclass(frozen=True)
class Given:
    """What holds for every row: from which day, on what ground, who enters it and when."""

    valid_from: date
    source: str
    by: Any | None
    at: datetime

    @property
    def who(self) -> dict[str, Any]:
        """The arguments that every act takes."""
        return {"by": self.by, "at": self.at}


CODE = Column("code", _("代碼"), code, required=True)
CATEGORY = Column("category", _("類別代碼"), code, required=True)
AGENCY = Column("agency", _("機關代碼"), code, required=True)
NAME = Column("name", _("名稱"), text(40), required=True)

CATEGORIES = (
    CODE,
    Column("group", _("主題"), choice(Group.choices), required=True),
    NAME,
    Column("name_en", _("英文名稱"), text(80), required=True),
    AGENCY,
    Column("by_place", _("依地點決定機關"), yes_or_no),
    Column("urgent", _("急迫類別"), yes_or_no),
    Column("working_days", _("正式回復（工作天）"), integer, required=True),
    Column("confidential", _("一律不公開"), yes_or_no),
    Column("question", _("類別題目"), text(80)),
    Column("question_en", _("類別題目（英文）"), text(120)),
)
ANY_OF = Column("any_of", _("任一字詞"), text(2000))
EVERY = Column("every", _("全部字詞"), text(2000))
NONE_OF = Column("none_of", _("不含字詞"), text(2000))
ROUTING = (
    Column("category", _("類別代碼"), code),
    Column("district", _("行政區"), text(20)),
    Column("village", _("里"), text(20)),
    Column("layer", _("圖層"), code),
    Column("manager", _("權管機關代碼"), code),
    AGENCY,
    ANY_OF,
    EVERY,
    NONE_OF,
)
WORDS = (
    CATEGORY,
    ANY_OF,
    EVERY,
    NONE_OF,
    Column("priority", _("優先序"), integer),
)
TEMPLATES = (
    CODE,
    Column("category", _("類別代碼"), code),
    Column("stage", _("階段"), integer, required=True),
    NAME,
    Column("outcome", _("辦理結果"), choice(Outcome.choices)),
    Column("text", _("內容"), text(4000), required=True),
)


class NotTaken(Exception):
    """A cell that only the records could refuse."""

    def __init__(self, column: str, why: Any) -> None:
        self.column, self.why = column, why
        super().__init__(str(why))


class _Known:
    """What the cells may name."""

    def __init__(self) -> None:
        self.agencies = {one.code: one for one in Agency.objects.all()}
        self.categories = {one.code: one for one in Category.objects.all()}
        self.layers = {one.code for one in manager_layers()}
        self.districts = {area.name: area.code for area in places.districts()}

    def agency(self, row: Row, column: str = "agency") -> Agency:
        if row[column] not in self.agencies:
            raise NotTaken(column, _("沒有這個機關代碼。請先在機關名錄建立或匯入。"))
        return self.agencies[row[column]]

    def category(self, row: Row) -> Category | None:
        if not row["category"]:
            return None
        if row["category"] not in self.categories:
            raise NotTaken("category", _("沒有這個類別代碼。請先匯入類別。"))
        return self.categories[row["category"]]

    def district(self, row: Row) -> str:
        name = row["district"]
        if name and name not in self.districts and name not in self.districts.values():
            raise NotTaken(
                "district", _("沒有這個行政區。請寫全名，例如「%(name)s」。") % {"name": next(iter(self.districts), "")}
            )
        return self.districts.get(name, name)

    def village(self, row: Row) -> str:
        wanted = row["village"]
        if not wanted:
            return ""
        if not row["district"]:
            raise NotTaken("district", _("要分里，請先選行政區"))
        for one in places.villages(self.district(row)):
            if wanted in (one.code, one.name):
                return one.code
        raise NotTaken("village", _("這一區沒有這個里，請檢查里名"))

    def layer(self, row: Row) -> str:
        if row["layer"] and row["layer"] not in self.layers:
            raise NotTaken("layer", _("沒有這個權管圖層。請先在地點圖層建立或匯入。"))
        return str(row["layer"])

    @staticmethod
    def new(row: Row, column: str, model: type[Category] | type[ReplyTemplate]) -> str:
        if model._default_manager.filter(code=row[column]).exists():
            raise NotTaken(column, _("這個代碼已經有了。"))
        return str(row[column])


def _listed(cell: str) -> list[str]:
    """Words of a cell, parted by | or 、."""
    return [word.strip() for word in cell.replace("、", "|").split("|") if word.strip()]


def _category(row: Row, given: Given, known: _Known) -> None:
    category = rulebook.add_category(
        code=known.new(row, "code", Category), group=row["group"], name=row["name"], name_en=row["name_en"],
        order=row.number * 10, needs_place=row["by_place"], confidential=row["confidential"], **given.who,
    )  # fmt: skip
    rulebook.set_term(
        category, valid_from=given.valid_from, urgent=row["urgent"], final_working_days=row["working_days"],
        source=given.source, **given.who,
    )  # fmt: skip
    if row["question"]:
        english = row["question_en"] or row["question"]
        rulebook.add_question(category, code="detail", label=row["question"], label_en=english, **given.who)
    rulebook.add_routing(agency=known.agency(row), category=category, valid_from=given.valid_from, **given.who)


def _routing(row: Row, given: Given, known: _Known) -> None:
    rulebook.add_routing(
        agency=known.agency(row), category=known.category(row), district_code=known.district(row),
        village_code=known.village(row), layer_code=known.layer(row),
        manager_code=known.agency(row, "manager").code if row["manager"] else "", any_of=_listed(row["any_of"]),
        every=_listed(row["every"]), none_of=_listed(row["none_of"]), valid_from=given.valid_from, **given.who,
    )  # fmt: skip


def _words(row: Row, given: Given, known: _Known) -> None:
    category = known.category(row)
    assert category
    rulebook.add_words(
        category, any_of=_listed(row["any_of"]), every=_listed(row["every"]), none_of=_listed(row["none_of"]),
        priority=row["priority"] or 0, valid_from=given.valid_from, **given.who,
    )  # fmt: skip


def _template(row: Row, given: Given, known: _Known) -> None:
    if row["stage"] not in (1, 2):
        raise NotTaken("stage", _("階段填 1（初步回復）或 2（正式回復）。"))
    rulebook.add_template(
        code=known.new(row, "code", ReplyTemplate), category=known.category(row), stage=row["stage"], name=row["name"],
        text=row["text"], outcome=row["outcome"], **given.who,
    )  # fmt: skip


SHEETS: dict[str, tuple[tuple[Column, ...], Callable[[Row, Given, _Known], None]]] = {
    "categories": (CATEGORIES, _category),
    "routing": (ROUTING, _routing),
    "words": (WORDS, _words),
    "templates": (TEMPLATES, _template),
}


@act
def take(kind: str, content: BinaryIO, given: Given) -> int:
    """Enter a sheet of `categories`, `routing`, `words` or `templates` (CSV, ODS or XLSX); returns its rows.

    Raises CannotReadSheet for a file that is none, CannotTakeSheet with every refused cell; then nothing is entered.
    """
    columns, enter = SHEETS[kind]
    names = {column.key: column for column in columns}
    sheet: Sheet = read_sheet(content, columns)
    known = _Known()
    for row in sheet.rows:
        try:
            with transaction.atomic():
                enter(row, given, known)
        except NotTaken as refusal:
            sheet.refuse(row, names[refusal.column], row[refusal.column], str(refusal.why))
        except rulebook.CannotSaveRule as refusal:
            sheet.refuse(row, columns[0], row[columns[0].key], str(refusal))
    if sheet.refused:
        raise CannotTakeSheet(sorted(sheet.refused, key=lambda one: one.row))
    return len(sheet.rows)
