"""A map or a result as a PDF: the server's drawing with its legend and the first rows of its table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from cityhall.foundation.clock import day_of
from cityhall.web.dates import as_date
from cityhall.web.documents import pdf_of

from .drawing import Painted, attribution
from .templatetags.spatial import amount

TEMPLATE = Path(__file__).parent / "print.typ"
MOST_ROWS = 200
STYLE = (
    "<style>.d{fill:#fbfbf8;stroke:#a9b5af;stroke-width:1.2}"
    'text{font-family:"Noto Sans TC";font-size:13px;fill:#44524d;text-anchor:middle}</style>'
)


def pdf(
    *, title: str, subtitle: str, drawing: str, about: str, layers: Sequence[tuple[str, Painted]], table: str,
    columns: Sequence[str], rows: Sequence[Sequence[Any]], parts: Sequence[tuple[str, str]] = (), footer: str = "", at: datetime,
) -> bytes:  # fmt: skip
    """The PDF. Raises documents.CannotMake."""
    svg = drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    head = svg.find(">") + 1
    more = len(rows) - MOST_ROWS
    data = {
        "title": title, "subtitle": subtitle, "drawing": svg[:head] + STYLE + svg[head:], "about": about,
        "legends": [
            {"title": name, "lines": [{"label": f"{one.label} ({one.many:,})", "colour": one.colour} for one in layer.legend]}
            for name, layer in layers
        ],
        "attribution": attribution(), "parts": [{"title": name, "text": text} for name, text in parts], "table": table,
        "columns": list(columns), "rows": [[_cell(one) for one in row] for row in rows[:MOST_ROWS]],
        "more": _("其餘%(n)s列請下載。") % {"n": f"{more:,}"} if more > 0 else "", "footer": footer or as_date(day_of(at)),
    }  # fmt: skip
    return pdf_of(TEMPLATE, data, at=at)


def _cell(value: Any) -> str:
    return amount(value) if value is not None else ""
