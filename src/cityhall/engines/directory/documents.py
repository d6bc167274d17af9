"""The contact list on paper: ODT and PDF/UA (`web.documents`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.web import documents
from cityhall.web.dates import as_date

from .contacts import COLUMNS, AgencyContacts

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
    try:
        return documents.odt_of(html, title=title(lists))
    except documents.CannotMake as error:
        raise CannotMakeDocument(_("現在無法製作 ODT 檔。請改下載 ODS 或 CSV，或稍後再試。")) from error


def as_pdf(lists: Sequence[AgencyContacts], *, on: date, at: datetime) -> bytes:
    """A PDF/UA-1 of the lists: tagged, titled, with its language."""
    data = {
        "title": title(lists),
        "on": _("%(day)s現況") % {"day": as_date(on)},
        "columns": [str(column) for column in COLUMNS],
        "page": _("第 {} 頁，共 {} 頁"),
        "agencies": [
            {"name": one.agency.full_label if len(lists) > 1 else "", "rows": [line.cells for line in one.contacts]}
            for one in lists
        ],
    }
    try:
        return documents.pdf_of(TEMPLATE, data, at=at)
    except documents.CannotMake as error:
        if str(error) == "fonts":
            raise CannotMakeDocument(_("這台主機還沒有安裝中文字型，無法製作 PDF。請改下載 ODT 或 ODS。")) from error
        raise CannotMakeDocument(_("現在無法製作 PDF 檔。請改下載 ODT 或 ODS。")) from error
