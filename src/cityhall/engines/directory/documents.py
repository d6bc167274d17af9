"""The contact list on paper: ODT through pandoc, PDF/UA through Typst with the font that travels with us.

pandoc runs as a program of its own, without network and files (`--sandbox`).
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pypandoc
import typst
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.foundation.clock import TAIPEI
from cityhall.web.dates import as_date

from .contacts import COLUMNS, AgencyContacts

LONGEST_SECONDS = 60
TEMPLATE = Path(__file__).parent / "contact_list.typ"


class CannotMakeDocument(Exception):
    """The document cannot be made here and now; the message says what is missing."""


def title(lists: Sequence[AgencyContacts]) -> str:
    """The heading: of one agency, or of the city."""
    if len(lists) == 1:
        return _("%(agency)s聯絡電話一覽表") % {"agency": lists[0].agency.full_label}
    return _("%(city)s政府各機關聯絡電話一覽表") % {"city": settings.CITY_NAME[_language()]}


def _language() -> str:
    return "en" if (translation.get_language() or "").startswith("en") else "zh-hant"


def as_odt(lists: Sequence[AgencyContacts], *, on: date) -> bytes:
    """An OpenDocument text of the lists."""
    html = render_to_string(
        "directory/contact_list_document.html",
        {"lists": lists, "columns": COLUMNS, "title": title(lists), "on": as_date(on), "many": len(lists) > 1},
    )
    language = "en-GB" if _language() == "en" else "zh-TW"
    command = [
        pypandoc.get_pandoc_path(),
        "--from=html",
        "--to=odt",
        "--sandbox",
        f"--metadata=lang:{language}",
        f"--metadata=title:{title(lists)}",
        "--output=-",
    ]
    try:
        done = subprocess.run(command, input=html.encode(), capture_output=True, check=True, timeout=LONGEST_SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        raise CannotMakeDocument(_("現在無法製作 ODT 檔。請改下載 ODS 或 CSV，或稍後再試。")) from error
    return done.stdout


def as_pdf(lists: Sequence[AgencyContacts], *, on: date, at: datetime) -> bytes:
    """A PDF/UA-1 of the lists: tagged, titled, with its language."""
    fonts = settings.BUILD_DIR / "fonts"
    if not any(fonts.glob("*.[ot]tf")):
        raise CannotMakeDocument(_("這台主機還沒有安裝中文字型，無法製作 PDF。請改下載 ODT 或 ODS。"))
    english = _language() == "en"
    data = {
        "title": title(lists),
        "on": _("%(day)s現況") % {"day": as_date(on)},
        "columns": [str(column) for column in COLUMNS],
        "language": "en" if english else "zh",
        "region": "GB" if english else "TW",
        "page": _("第 {} 頁，共 {} 頁"),
        "agencies": [
            {"name": one.agency.full_label if len(lists) > 1 else "", "rows": [line.cells for line in one.contacts]}
            for one in lists
        ],
    }
    try:
        return bytes(
            typst.compile(
                TEMPLATE,
                font_paths=[fonts],
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards="ua-1",
                sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
                timestamp=int(at.astimezone(TAIPEI).timestamp()),
            )
        )
    except typst.TypstError as error:
        raise CannotMakeDocument(_("現在無法製作 PDF 檔。請改下載 ODT 或 ODS。")) from error
