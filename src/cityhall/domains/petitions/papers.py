"""A petition on paper: what was reported, the answers and what happened, as PDF/UA by Typst with our own font."""

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
from cityhall.web.context import language
from cityhall.web.dates import as_date, as_datetime

from . import following
from .models import Petition

TEMPLATE = Path(__file__).parent / "paper.typ"


class CannotMakePaper(Exception):
    """The document cannot be made here and now; the sentence says what to do instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def as_pdf(petition: Petition, *, at: datetime) -> bytes:
    """One petition as its citizen sees it. Raises CannotMakePaper."""
    fonts = settings.BUILD_DIR / "fonts"
    if not any(fonts.glob("*.[ot]tf")):
        raise CannotMakePaper(_("這台主機現在無法製作 PDF。請用瀏覽器的列印功能，這一頁印出來就是完整的內容。"))
    try:
        return bytes(
            typst.compile(
                TEMPLATE,
                font_paths=[fonts],
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards="ua-1",
                sys_inputs={"data": json.dumps(_content(petition, at), ensure_ascii=False)},
                timestamp=int(at.astimezone(TAIPEI).timestamp()),
            )
        )
    except typst.TypstError as error:
        raise CannotMakePaper(_("現在無法製作 PDF。請用瀏覽器的列印功能，這一頁印出來就是完整的內容。")) from error


def _content(petition: Petition, at: datetime) -> dict[str, Any]:
    case = petition.case
    english = language() == "en"
    coming = following.next_step(petition, at=at)
    when = ""
    if coming.when is not None:
        when = (
            as_datetime(coming.when, weekday=True)
            if isinstance(coming.when, datetime)
            else as_date(coming.when, weekday=True)
        )
    return {
        "language": "en" if english else "zh",
        "region": "GB" if english else "TW",
        "city": settings.CITY_NAME[language()],
        "title": _("您反映的事：案件%(number)s") % {"number": case.number},
        "heading": case.title,
        "facts": [
            [_("案件編號"), case.number or ""],
            [_("目前情形"), following.standing(case).words],
            [_("處理機關"), _agency(petition)],
            [_("下一步"), f"{coming.before}{when}{coming.after}"],
            [_("地點"), following.where_words(case)],
        ],
        "happened": _("經過"),
        "moments": [
            {
                "title": moment.title,
                "at": as_datetime(moment.at, weekday=True),
                "lines": [line for line in (moment.text, moment.why) if line],
                "quote": moment.quote,
                "contact": contact_words(moment.contact) if moment.contact else "",
            }
            for moment in following.moments(petition)
        ],
        "printed": _("%(when)s列印") % {"when": as_datetime(at)},
        "page": _("第 {} 頁，共 {} 頁"),
    }


def _agency(petition: Petition) -> str:
    case = petition.case
    if case.agency is None:
        return _("分送中")
    return f"{case.agency.full_label} {case.unit.label}" if case.unit else case.agency.full_label


def contact_words(contact: following.Contact) -> str:
    """Agency, unit, officer and telephone in a line."""
    parts = [contact.agency, contact.unit, contact.officer]
    if contact.phone:
        parts.append(
            _("電話%(phone)s轉%(extension)s") % {"phone": contact.phone, "extension": contact.extension}
            if contact.extension
            else _("電話%(phone)s") % {"phone": contact.phone}
        )
    return pgettext("between the parts of an address", "，").join(part for part in parts if part)
