"""How the transfers behind a number are shown: day and fate. Whose agency it was is its own matter and the commission's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows

from .models import Transfer
from .states import TransferFate


def _fate_names(codes: Iterable[str]) -> Mapping[str, str]:
    return {code: str(TransferFate(code).label) for code in codes}


def declare() -> None:
    """Declare the rows."""
    show_rows(
        RowView(
            Transfer,
            noun=pgettext_lazy("rows of a figure", "轉接"),
            unit=_("通"),
            source=_("市政廳轉接紀錄與第二段通話明細，依轉接日計"),
            columns=(
                Column("day", _("轉接日"), lambda row: row.on),
                Column("fate", pgettext_lazy("transfer", "結果"), lambda row: row.get_fate_display()),
                Column("seconds", _("響鈴秒數"), lambda row: "" if row.seconds is None else row.seconds),
            ),
            order=("-at", "-pk"),
            day="on",
            only=("on", "at", "fate", "seconds"),
            dimensions=(Dimension("fate", pgettext_lazy("transfer", "結果"), "fate", _fate_names),),
        )
    )
