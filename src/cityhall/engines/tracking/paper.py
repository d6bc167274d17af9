"""A month of a register for the city meeting: two pages, PDF/UA by Typst with our own font."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cityhall.engines.directory.models import Agency
from cityhall.foundation.clock import TAIPEI
from cityhall.web.charts import month_name
from cityhall.web.context import city_name, language
from cityhall.web.dates import as_date, as_datetime

from . import queries, rules
from .models import Item, ItemQuerySet, Reply
from .refusals import CannotTrack
from .registry import Register
from .rules import Standing, Tally
from .states import Decided, Part, ReplyState, Stage

TEMPLATE = Path(__file__).parent / "paper.typ"
LENGTHS = (40, 30, 22, 16, 10, 6)
"""How many lines each list may have; the most that fits on two pages is taken."""
PAGES = 2


class CannotPrint(CannotTrack):
    """This host cannot make a PDF."""


@dataclass(frozen=True)
class Month:
    """How a register stood at the end of a month, as it was known then."""

    first: date
    last: date
    listed: list[Item]
    released: list[Item]
    left: list[Item]
    late: list[Reply]
    lines: list[tuple[Agency, Tally]]


def month_of(rows: ItemQuerySet, first: date, last: date) -> Month:
    """What was listed and released in a month, what was open at its end, and what agencies had not answered in time."""
    items: list[Any] = list(rows.as_of(last).order_by("listed_on", "pk"))
    known: Any = Reply.objects.as_of(last)
    late = list(
        known.filter(state_then=ReplyState.ASKED, due_on__lte=last, item__in=[one.pk for one in items])
        .select_related("item", "duty__agency")
        .order_by("due_on", "pk")
    )
    duties = queries.duties_of(items, last)
    standings = [
        Standing(duties[one.pk][0].agency_id, one.stage_then, one.decided_then, 1)
        for one in items
        if duties[one.pk] and duties[one.pk][0].part == Part.LEAD
    ]
    owed: dict[int, int] = {}
    for reply in late:
        owed[reply.duty.agency_id] = owed.get(reply.duty.agency_id, 0) + 1
    lines = rules.tallies(standings, owed)
    agencies = Agency.objects.in_bulk([one.agency for one in lines])
    gone = [one for one in items if one.stage_then == Stage.SETTLED and one.decided_then == Decided.RELEASED]
    days = dict(
        rows.filter(pk__in=[one.pk for one in gone], rulings__on__range=(first, last), rulings__decided=Decided.RELEASED)
        .values_list("pk", "rulings__on")
    )  # fmt: skip
    return Month(
        first, last, [one for one in items if one.listed_on >= first], [one for one in gone if one.pk in days],
        [one for one in items if one not in gone], late, [(agencies[one.agency], one) for one in lines],
    )  # fmt: skip


def as_pdf(register: Register, month: Month, *, at: datetime) -> bytes:
    """The two pages; what does not fit is counted below each list. Raises CannotPrint where this host cannot make it."""
    fonts = Path(settings.BUILD_DIR) / "fonts"
    if not any(fonts.glob("*.[ot]tf")):
        raise CannotPrint(_("這台主機現在無法製作 PDF。請用瀏覽器的列印功能。"))
    options: dict[str, Any] = {"font_paths": [fonts], "ignore_system_fonts": True}
    inputs: dict[str, str] = {}
    try:
        for most in LENGTHS:
            inputs = {"data": json.dumps(content(register, month, most, at), ensure_ascii=False)}
            if int(typst.query(TEMPLATE, "<pages>", field="value", one=True, sys_inputs=inputs, **options)) <= PAGES:
                break
        stamp = int(at.astimezone(TAIPEI).timestamp())
        return bytes(
            typst.compile(TEMPLATE, format="pdf", pdf_standards="ua-1", sys_inputs=inputs, timestamp=stamp, **options)
        )
    except typst.TypstError as error:
        raise CannotPrint(_("現在無法製作 PDF。請用瀏覽器的列印功能。")) from error


def content(register: Register, month: Month, most: int, at: datetime) -> dict[str, Any]:
    """What stands on the pages, with so many lines a list at most."""
    english = language() == "en"
    head = [_("編號"), _("案由"), _("機關")]
    late = [
        [row.item.number, row.item.title, row.duty.agency.label, as_date(row.due_on)] for row in month.late
    ]  # fmt: skip
    leads = queries.duties_of(month.released, month.last)
    released = [
        [one.number, one.title, leads[one.pk][0].agency.label if leads[one.pk] else "", str(one.kind.label)]
        for one in month.released
    ]
    return {
        "title": f"{register.label}　{month_name(month.first)}",
        "lead": _("%(day)s的情形。") % {"day": as_date(month.last)},
        "city": city_name(),
        "language": "en" if english else "zh",
        "region": "GB" if english else "TW",
        "printed": _("%(at)s印出") % {"at": as_datetime(at)},
        "totals_head": [_("本月列管"), _("本月解除追蹤"), _("尚未解除追蹤"), _("逾期未函復")],
        "totals": [str(len(one)) for one in (month.listed, month.released, month.left, month.late)],
        "agencies_title": _("各機關辦理情形"),
        "agencies_head": [_("機關"), _("列管"), pgettext("tracking", "待機關函復"), _("解除追蹤"), _("逾期未函復")],
        "agencies": [
            [agency.label, *(str(n) for n in (line.listed, line.asked, line.released, line.late))]
            for agency, line in month.lines[:most]
        ],
        "parts": [
            _part(_("逾期未函復"), [*head, _("函復期限")], late, _("沒有逾期的。"), most),
            _part(_("本月解除追蹤"), [*head, _("列管類別")], released, _("這個月沒有解除追蹤的。"), most),
        ],
    }


def _part(title: str, head: list[str], rows: list[list[str]], none: str, most: int) -> dict[str, Any]:
    more = len(rows) - most
    return {
        "title": title, "head": head, "rows": rows[:most], "none": none,
        "more": _("還有%(n)d件，請看系統的清單。") % {"n": more} if more > 0 else "",
    }  # fmt: skip
