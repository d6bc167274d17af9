"""Council items from a sheet: what one may hold, what is refused and why, and what its rows become."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit import services as audit
from cityhall.engines.files import imports, sheets
from cityhall.engines.files.imports import ImportKind, Reading
from cityhall.engines.files.models import ImportRow, RowState, SheetImport
from cityhall.engines.files.sheets import Column
from cityhall.engines.tracking.refusals import CannotTrack
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import queries
from .models import CouncilItem
from .queries import Known, names_in
from .refusals import CannotList
from .services import NewItem, list_items

CODE = "council.items"
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


def check(job: SheetImport, readings: list[Reading], at: datetime) -> None:
    """What only the records can tell of a block of rows."""
    today = day_of(at)
    known, kinds = queries.known(today), queries.kinds(today)
    days: set[date] = {day for one in readings if (day := one.values.get("raised_on"))}
    there = set(CouncilItem.objects.filter(raised_on__in=days).values_list("kind", "tracked__title", "raised_on"))
    for one in readings:
        given = one.values
        told = tuple(given.get(key) for key in ("kind", "title", "raised_on"))
        if all(told):
            key = "\x1f".join(str(given.get(column.key) or "") for column in COLUMNS)
            one.row.key = hashlib.sha256(key.encode()).hexdigest()
        if told in there:
            one.same(lambda: gettext("這一天已經列管同樣類別、同樣案由的案件。"))
            one.row.key = ""
            continue
        _check(one, known, kinds, today)


def _check(one: Reading, known: Known, kinds: Sequence[str], today: date) -> None:
    given = one.values
    if given.get("kind") and given["kind"] not in kinds:
        one.refuse("kind", partial(_no_kind, kinds), given["kind"])
    if given.get("raised_on") and given["raised_on"] > today:
        one.refuse("raised_on", lambda: gettext("這一天還沒到。"), given["raised_on"])
    if given.get("session") and given["session"] not in known.sessions:
        one.refuse("session", lambda: gettext("沒有這個會期，請先新增會期。"), given["session"])
    agencies = {"lead": [given["lead"]] if given.get("lead") else [], "co": names_in(given.get("co") or "")}
    for column, names in agencies.items():
        for name in names:
            if name not in known.agencies:
                one.refuse(column, lambda: gettext("沒有這個機關，請用機關的全名或簡稱。"), name)
    for name in names_in(given.get("askers") or ""):
        if name not in known.councillors:
            one.refuse("askers", lambda: gettext("沒有這位議員，請先新增議員。"), name)
    if given.get("due_on") and given["due_on"] <= today:
        one.refuse("due_on", lambda: gettext("函復期限要在今天之後。"), given["due_on"])
    parts = [known.agencies[name].pk for names in agencies.values() for name in names if name in known.agencies]
    if len(set(parts)) != len(parts):
        one.refuse("co", lambda: gettext("同一個機關只能有一種分工。"), given.get("co"))


def _no_kind(kinds: Sequence[str]) -> str:
    return gettext("沒有這個案件類別。可以用的是：%(kinds)s") % {"kinds": "、".join(kinds)}


def take(job: SheetImport, readings: list[Reading], at: datetime) -> None:
    """List a block of rows by one act; where it refuses, each row by an act of its own."""
    known = queries.known(day_of(at))
    check(job, readings, at)  # what changed since it was tried
    good = [one for one in readings if one.state not in (RowState.REFUSED, RowState.SAME)]
    for one in good:
        try:
            made = _take(_item(one, known), job=job, at=at)
        except (CannotList, CannotTrack) as refusal:
            one.refuse("", partial(str, refusal))
        else:
            one.took(made.pk)


@act
def _take(row: NewItem, *, job: SheetImport, at: datetime) -> CouncilItem:
    return list_items([row], by=job.confirmed_by, at=at)[0]


def _item(one: Reading, known: Known) -> NewItem:
    given = one.values
    return NewItem(
        kind=given["kind"], title=given["title"], text=given["text"] or "", raised_on=given["raised_on"],
        session=known.sessions.get(given["session"] or ""),
        askers=[known.councillors[name] for name in names_in(given["askers"] or "")],
        lead=known.agencies[given["lead"]], co=[known.agencies[name] for name in names_in(given["co"] or "")],
        district=given["district"] or "", about=given["about"] or "", due_on=given["due_on"],
    )  # fmt: skip


def touched(job: SheetImport) -> int:
    """All of them: agencies have been asked, and what was asked is not taken back but decided."""
    return job.taken


def undo(job: SheetImport, rows: list[ImportRow], at: datetime) -> set[int]:
    """Nothing: see `touched`."""
    return set()


def turned(job: SheetImport, at: datetime) -> None:
    """Write down what came of it."""
    if job.state == "DONE":
        audit.record("council.imported", job, by=job.confirmed_by, at=at, new={"rows": job.taken})


def install() -> None:
    """Declare the sheet."""
    imports.declare(
        ImportKind(
            code=CODE, label=_("議會案件"), columns=COLUMNS, check=check, take=take, touched=touched, undo=undo,
            turned=turned,
        )
    )  # fmt: skip
