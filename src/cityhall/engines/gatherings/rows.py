"""How gatherings, and what came of them, are shown beneath a figure."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.figures.rows import Column, RowView, show_rows

from .models import Gathering, Outcome


def declare() -> None:
    """Number and day are everybody's; what was spoken of is a matter of those who were there."""
    show_rows(
        RowView(
            Gathering,
            noun=_("會議與訪查"),
            unit=_("場"),
            source=_("市政廳會議與訪查，依辦理日計"),
            columns=(
                Column("number", _("次別"), lambda row: row.series_name),
                Column("day", pgettext_lazy("gathering", "辦理日"), lambda row: row.held_on),
                Column("attendance", _("出席人次"), lambda row: row.attendance),
            ),
            order=("-held_on", "-pk"),
            day="held_on",
        )
    )
    show_rows(
        RowView(
            Outcome,
            noun=_("裁示與建議"),
            unit=_("案"),
            source=_("市政廳會議與訪查，依辦理日計"),
            columns=(
                Column("number", _("列管編號"), lambda row: row.item.number),
                Column("day", pgettext_lazy("gathering", "辦理日"), lambda row: row.gathering.held_on),
                Column("standing", _("追蹤情形"), lambda row: row.item.standing),
            ),
            order=("-gathering__held_on", "-pk"),
            day="gathering__held_on",
            related=("gathering", "item"),
        )
    )
