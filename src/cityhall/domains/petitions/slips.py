"""收文單: the sheet that lies on a paper original, with its number as a code to be scanned, and the sender's receipt."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import qrcode
from django.conf import settings
from django.utils.translation import gettext as _
from qrcode.image.svg import SvgPathImage

from cityhall.engines.deadlines import queries as deadlines
from cityhall.web.context import language
from cityhall.web.dates import as_date, as_datetime

from .models import ReceivedLetter
from .papers import compiled

TEMPLATE = Path(__file__).parent / "slip.typ"


def code_of(words: str) -> str:
    """The words as a QR code, an SVG of one path; what a hand scanner reads is what somebody would type."""
    made = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=2, image_factory=SvgPathImage)
    made.add_data(words)
    made.make(fit=True)
    return made.make_image().to_string(encoding="unicode")


def slip(letter: ReceivedLetter, *, at: datetime) -> bytes:
    """The cover sheet of a letter and, below the line, the receipt for its sender. Raises CannotMakePaper.

    Nobody's name is on it: it lies in a file. The receipt holds the code with which its case is followed.
    """
    return compiled(TEMPLATE, content(letter, at=at), at)


def content(letter: ReceivedLetter, *, at: datetime) -> dict[str, Any]:
    """What stands on it."""
    case = letter.petition.case if letter.petition else None
    number = (case.number if case else "") or ""
    due = (
        min((clock.due_at for clock in deadlines.clocks_of(case) if clock.state == "RUNNING"), default=None)
        if case
        else None
    )
    english = language() == "en"
    shown = number or letter.number
    return {
        "language": "en" if english else "zh",
        "region": "GB" if english else "TW",
        "city": settings.CITY_NAME[language()],
        "title": _("收文單：%(number)s") % {"number": letter.number},
        "stamp": _("收文"),
        "desk": letter.desk.full_label,
        "received": as_datetime(letter.received_at, weekday=True),
        "number": letter.number,
        "case": number,
        "case_words": _("案件編號"),
        "code": code_of(shown),
        "code_words": _("%(number)s 的條碼") % {"number": shown},
        "facts": [
            row
            for row in (
                [_("怎麼送來的"), str(letter.get_way_display())],
                [_("掛號號碼"), letter.registered_number],
                [_("郵戳日"), as_date(letter.postmark_on) if letter.postmark_on else ""],
                [_("頁數"), str(letter.pages)],
                [_("登錄時間"), as_datetime(letter.entered_at)],
                [_("處理情形"), str(letter.get_fate_display())],
                [_("主辦機關"), case.agency.full_label if case and case.agency else ""],
                [_("回復期限"), as_datetime(due, weekday=True) if due else ""],
            )
            if row[1]
        ],
        "hint": _("原件歸檔時放在最上面；用條碼槍掃這個條碼，就找得到案件。"),
        "receipt": _("收執聯（交給送件人）"),
        "receipt_facts": [
            row
            for row in (
                [_("收文號"), letter.number],
                [_("收文時間"), as_datetime(letter.received_at, weekday=True)],
                [_("案件編號"), number],
                [_("查詢碼"), case.tracking_code if case and number else ""],
                [_("查詢進度"), f"{settings.SITE_URL}/petitions/follow/"],
            )
            if row[1]
        ],
        "notice": _("姓名與聯絡方式只用來辦理並回復這件事；可以要求查詢、更正或刪除。"),
        "printed": _("%(when)s列印") % {"when": as_datetime(at)},
    }
