"""How the entries behind a number are shown: what anyone can read of them anyhow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows

from .models import Topic, Version


def _topic_names(keys: Iterable[int | None]) -> Mapping[int | None, str]:
    names: dict[int | None, str] = {one.pk: one.label for one in Topic.objects.all()}
    return {key: names.get(key, str(_("還沒分類"))) for key in keys}


def declare() -> None:
    """Declare the rows."""
    show_rows(
        RowView(
            Version,
            noun=pgettext_lazy("rows of a figure", "常見問題"),
            unit=_("題"),
            source=_("市政廳常見問題，依當天公布的版本計"),
            columns=(
                Column("code", _("編號"), lambda row: row.entry.code),
                Column("question", _("問題"), lambda row: row.title),
                Column("agency", _("負責機關"), lambda row: row.entry.agency.label),
                Column("published_on", _("機關確認日期"), lambda row: row.published_on),
            ),
            order=("entry__code", "pk"),
            day="published_on",
            related=("entry__agency",),
            dimensions=(Dimension("topic", _("問題類別"), "entry__topic", _topic_names),),
        )
    )
