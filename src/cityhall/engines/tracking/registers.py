"""Questions of a register: its items, how agencies stand, and what a sheet says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import Column, Row, Sheet
from cityhall.engines.identity.models import Account
from cityhall.engines.textsearch import queries as textsearch
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import queries, rules, services
from .models import Duty, Item, ItemQuerySet, Reply
from .registry import Register
from .rules import Standing, Tally, names_in
from .services import ToList
from .states import Part, ReplyState, Stage, Verdict

# ---- items -----------------------------------------------------------------------------------------------------------


def items(register: Register, account: Account | None, at: datetime) -> ItemQuerySet:
    """The items of a register that somebody may read."""
    return Item.objects.filter(queries.within_rights(account, at), profile__in=register.profiles)


def narrowed(rows: ItemQuerySet, wanted: Mapping[str, Any], today: date) -> ItemQuerySet:
    """Those that fit what a form asks for."""
    if wanted["q"]:
        rows = rows.filter(pk__in=textsearch.matching(Item.objects.all(), wanted["q"], as_keys=True))
    if wanted["profile"]:
        rows = rows.filter(profile=wanted["profile"])
    if wanted["year"]:
        rows = rows.filter(year=wanted["year"])
    if wanted["agency"]:
        rows = rows.with_agency(Agency.objects.filter(code=wanted["agency"]))
    return standing(rows, wanted["standing"], today)


def standing(rows: ItemQuerySet, wanted: str, today: date) -> ItemQuerySet:
    """Those that stand so: open, late, waiting for something, or decided in some way."""
    if wanted == "late":
        return rows.filter(Exists(_late(today).filter(item=OuterRef("pk"))))
    if wanted == "open":
        return rows.exclude(stage=Stage.SETTLED, decided=Verdict.RELEASED)
    if wanted in Stage.values:
        return rows.filter(stage=wanted)
    return rows.filter(decided=wanted, stage=Stage.SETTLED) if wanted else rows


def _late(today: date) -> Any:
    return Reply.objects.filter(state=ReplyState.ASKED, due_on__lt=today)


def by_agency(rows: ItemQuerySet, today: date) -> list[tuple[Agency, Tally]]:
    """How the lead agencies of items stand, and what each agency has not answered in time."""
    leads = Duty.objects.open().filter(item__in=rows.values("pk"), part=Part.LEAD)
    counted = leads.values_list("agency", "item__stage", "item__decided").annotate(n=Count("pk")).order_by()
    late = _late(today).filter(item__in=rows.values("pk")).values_list("duty__agency").annotate(n=Count("pk"))
    lines = rules.tallies((Standing(*row) for row in counted), dict(late.order_by()))
    agencies = Agency.objects.in_bulk([one.agency for one in lines])
    return [(agencies[one.agency], one) for one in lines]


# ---- sheets ----------------------------------------------------------------------------------------------------------

KIND = Column("profile", _("列管類別"), sheets.text(40), required=True)
TITLE = Column("title", _("案由"), sheets.text(200), required=True)
TEXT = Column("text", _("內容"), sheets.text(20_000))
LISTED = Column("listed_on", _("列管日"), sheets.day, required=True)
LEAD = Column("lead", _("主辦機關"), sheets.text(60), required=True)
CO = Column("co", _("協辦機關"), sheets.text(400))
DUE = Column("due_on", _("函復期限"), sheets.day)
COLUMNS = (KIND, TITLE, TEXT, LISTED, LEAD, CO, DUE)


@dataclass(frozen=True)
class Good:
    """A row that can be listed, and as which kind."""

    profile: str
    row: ToList


def agencies_by_name(on: date) -> dict[str, Agency]:
    """Agencies of a day by code, full and short name."""
    found: dict[str, Agency] = {}
    for one in Agency.objects.as_of(on):
        found |= {one.code: one, one.name: one, one.short_name: one}
    return found


def check(register: Register, content: BinaryIO, *, at: datetime) -> tuple[list[Good], Sheet]:
    """Read a sheet: the rows that can be listed, and every refusal with its line, column and reason.

    Raises CannotReadSheet.
    """
    found = sheets.read_sheet(content, COLUMNS)
    today = day_of(at)
    agencies = agencies_by_name(today)
    kinds = {name: one.key for one in register.kinds for name in sheets.in_every_language(one.label)}
    good = [one for row in found.rows if (one := _good(row, found, agencies, kinds, today)) is not None]
    found.refused.sort(key=lambda one: one.row)
    return good, found


def _good(row: Row, found: Sheet, agencies: Mapping[str, Agency], kinds: Mapping[str, str], today: date) -> Good | None:
    before = len(found.refused)
    if row["profile"] not in kinds:
        found.refuse(row, KIND, row["profile"], gettext("只能填：%(choices)s。") % {"choices": "、".join(kinds)})
    if row["listed_on"] > today:
        found.refuse(row, LISTED, row["listed_on"], gettext("這一天還沒到。"))
    co = names_in(row["co"] or "")
    for column, names in ((LEAD, [row["lead"]]), (CO, co)):
        for name in names:
            if name not in agencies:
                found.refuse(row, column, name, gettext("沒有這個機關，請用機關的全名或簡稱。"))
    if row["due_on"] is not None and row["due_on"] <= row["listed_on"]:
        found.refuse(row, DUE, row["due_on"], gettext("函復期限要在列管日之後。"))
    if len(found.refused) > before:
        return None
    parts = [agencies[name] for name in (row["lead"], *co)]
    if len({one.pk for one in parts}) != len(parts):
        found.refuse(row, CO, row["co"], gettext("同一個機關只能有一種分工。"))
        return None
    to_list = ToList(
        title=row["title"], text=row["text"] or "", lead=parts[0], co=parts[1:], due_on=row["due_on"],
        listed_on=row["listed_on"],
    )  # fmt: skip
    return Good(kinds[row["profile"]], to_list)


@act
def take(rows: Sequence[Good], *, by: Account | None, at: datetime) -> int:
    """List the rows of a sheet, all or none; answers how many."""
    for profile in dict.fromkeys(one.profile for one in rows):
        services.list_items([one.row for one in rows if one.profile == profile], profile=profile, by=by, at=at)
    audit.record("tracking.imported", None, by=by, at=at, new={"rows": len(rows)})
    return len(rows)
