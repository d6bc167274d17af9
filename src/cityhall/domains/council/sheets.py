"""Council items from a sheet: each row read and checked, each refused one explained."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import BinaryIO

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit import services as audit
from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import Column, Row, Sheet
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import queries
from .queries import Known, names_in
from .services import NewItem, list_items

COLUMNS = (
    Column("kind", _("案件類別"), sheets.text(20), required=True),
    Column("title", _("案由"), sheets.text(200), required=True),
    Column("text", _("內容"), sheets.text(20_000)),
    Column("raised_on", _("質詢或議決日"), sheets.day, required=True),
    Column("session", _("會期"), sheets.text(40)),
    Column("askers", _("議員"), sheets.text(400)),
    Column("lead", _("主辦機關"), sheets.text(60), required=True),
    Column("co", _("協辦機關"), sheets.text(400)),
    Column("district", _("行政區"), sheets.text(20)),
    Column("about", _("相關的案號或文號"), sheets.text(100)),
    Column("due_on", _("函復期限"), sheets.day),
)
KIND, _TITLE, _TEXT, RAISED, SESSION, ASKERS, LEAD, CO, _DISTRICT, _ABOUT, DUE = COLUMNS


def check(content: BinaryIO, *, at: datetime) -> tuple[list[NewItem], Sheet]:
    """Read a sheet: the rows that can be listed, and every refusal with its line, column and reason.

    Raises CannotReadSheet.
    """
    found = sheets.read_sheet(content, COLUMNS)
    today = day_of(at)
    known, kinds = queries.known(today), queries.kinds(today)
    good = [item for row in found.rows if (item := _item(row, found, known, kinds, today)) is not None]
    found.refused.sort(key=lambda one: one.row)
    return good, found


def _item(row: Row, found: Sheet, known: Known, kinds: Sequence[str], today: date) -> NewItem | None:
    before = len(found.refused)
    if row["kind"] not in kinds:
        found.refuse(
            row, KIND, row["kind"], gettext("沒有這個案件類別。可以用的是：%(kinds)s") % {"kinds": "、".join(kinds)}
        )
    if row["raised_on"] > today:
        found.refuse(row, RAISED, row["raised_on"], gettext("這一天還沒到。"))
    session = known.sessions.get(row["session"] or "")
    if row["session"] and session is None:
        found.refuse(row, SESSION, row["session"], gettext("沒有這個會期，請先新增會期。"))
    co, askers = names_in(row["co"] or ""), names_in(row["askers"] or "")
    for column, names in ((LEAD, [row["lead"]]), (CO, co)):
        for name in names:
            if name not in known.agencies:
                found.refuse(row, column, name, gettext("沒有這個機關，請用機關的全名或簡稱。"))
    for name in askers:
        if name not in known.councillors:
            found.refuse(row, ASKERS, name, gettext("沒有這位議員，請先新增議員。"))
    if row["due_on"] is not None and row["due_on"] <= today:
        found.refuse(row, DUE, row["due_on"], gettext("函復期限要在今天之後。"))
    if len(found.refused) > before:
        return None
    agencies = [known.agencies[name] for name in (row["lead"], *co)]
    if len({one.pk for one in agencies}) != len(agencies):
        found.refuse(row, CO, row["co"], gettext("同一個機關只能有一種分工。"))
        return None
    return NewItem(
        kind=row["kind"], title=row["title"], text=row["text"] or "", raised_on=row["raised_on"], session=session,
        askers=[known.councillors[name] for name in askers], lead=agencies[0], co=agencies[1:],
        district=row["district"] or "", about=row["about"] or "", due_on=row["due_on"],
    )  # fmt: skip


@act
def take(rows: Sequence[NewItem], *, by: Account | None, at: datetime) -> int:
    """List the rows of a sheet, all or none; answers how many."""
    made = list_items(rows, by=by, at=at)
    audit.record("council.imported", None, by=by, at=at, new={"rows": len(made)})
    return len(made)
