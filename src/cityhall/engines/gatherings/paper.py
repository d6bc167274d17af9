"""議程與紀錄 on one sheet: PDF/UA by Typst with our own font."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cityhall.foundation.clock import TAIPEI
from cityhall.web.context import city_name, language
from cityhall.web.dates import as_date, as_datetime, as_time

from . import following, queries
from .models import Gathering, Outcome, Participant
from .refusals import CannotGather
from .states import Presence

TEMPLATE = Path(__file__).parent / "paper.typ"
SCALES = (1.0, 0.92, 0.84, 0.76)
LENGTHS = (6000, 2500, 1200, 500)
"""How long the minutes may be on the sheet; where they are longer it says where the rest is."""


def as_pdf(gathering: Gathering, *, at: datetime) -> bytes:
    """The sheet of a gathering: what is long is set smaller, and cut where even that does not fit.

    Raises CannotGather where this host cannot make it.
    """
    fonts = Path(settings.BUILD_DIR) / "fonts"
    if not any(fonts.glob("*.[ot]tf")):
        raise CannotGather(_("這台主機現在無法製作 PDF。請用瀏覽器的列印功能。"))
    options: dict[str, Any] = {"font_paths": [fonts], "ignore_system_fonts": True}
    whole = _content(gathering, at)
    content = whole
    try:
        for longest in LENGTHS:
            for scale in SCALES:
                content = {**whole, "scale": scale, "minutes": _short(whole["minutes"], longest)}
                inputs = {"data": json.dumps(content, ensure_ascii=False)}
                if int(typst.query(TEMPLATE, "<pages>", field="value", one=True, sys_inputs=inputs, **options)) == 1:
                    return _made(inputs, options, at)
        return _made({"data": json.dumps(content, ensure_ascii=False)}, options, at)
    except typst.TypstError as error:
        raise CannotGather(_("現在無法製作 PDF。請用瀏覽器的列印功能。")) from error


def _made(inputs: dict[str, str], options: dict[str, Any], at: datetime) -> bytes:
    stamp = int(at.astimezone(TAIPEI).timestamp())
    return bytes(
        typst.compile(TEMPLATE, format="pdf", pdf_standards="ua-1", sys_inputs=inputs, timestamp=stamp, **options)
    )


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…" + _("（全文在系統裡）")


def _content(one: Gathering, at: datetime) -> dict[str, Any]:
    english = language() == "en"
    people = list(one.participants.select_related("agency", "person").order_by("n"))
    minutes = one.minutes.order_by("-n").first()
    outcomes = queries.outcomes(one.outcomes.order_by("n"))
    facts = [
        [_("時間"), f"{as_datetime(one.starts_at, weekday=True)} – {as_time(one.ends_at)}"],
        [pgettext("gathering", "地點"), "　".join(part for part in (one.venue, one.address) if part)],
        [_("主辦機關"), one.host.label],
        [pgettext("gathering", "狀態"), str(one.get_state_display())],
    ]
    if one.attendance is not None:
        facts.append([_("出席人次"), f"{one.attendance:,}"])
    return {
        "language": "en" if english else "zh",
        "region": "GB" if english else "TW",
        "scale": 1.0,
        "title": f"{one.title} {one.series_name}",
        "heading": one.title,
        "series": one.series_name,
        "city": _("市政廳（%(city)s）") % {"city": city_name()},
        "printed": _("%(when)s列印") % {"when": as_datetime(at)},
        "facts": facts,
        "people_title": _("出席名單"),
        "people": [[str(row.get_part_display()), row.label, _came(row)] for row in people],
        "agenda_title": _("議程"),
        "agenda": [
            [str(point.get_kind_display()), point.title, point.agency.label if point.agency else ""]
            for point in one.points.select_related("agency").order_by("n")
        ],
        "carried_title": _("前幾次還沒辦完的"),
        "carried": [_line(row) for row in queries.outcomes(following.carried_over(one))[:12]],
        "outcomes_title": str(one.declared.outcome.label),
        "outcomes": [_line(row) for row in outcomes],
        "minutes_title": _("紀錄"),
        "minutes": minutes.text if minutes else "",
        "minutes_note": "　".join(part for part in (as_date(minutes.issued_on), minutes.document) if part) if minutes else "",
    }  # fmt: skip


def _came(row: Participant) -> str:
    if row.presence == Presence.DEPUTY:
        reason = f"（{row.reason}）" if row.reason else ""
        return f"{row.get_presence_display()}　{row.deputy}{reason}"
    many = _("%(n)s人") % {"n": row.people} if row.people > 1 else ""
    return "　".join(part for part in (str(row.get_presence_display()) if row.presence else "", many) if part)


def _line(row: Outcome) -> list[str]:
    return [
        row.item.number,
        row.item.text or row.item.title,
        queries.lead_of(row),
        as_date(row.due_on),
        row.item.standing,
    ]
