"""How the entries and the answers behind a number are shown: what anyone can read of them anyhow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows
from cityhall.foundation.clock import day_of

from .models import Topic, Use, Version
from .states import Channel


def _topic_names(keys: Iterable[int | None]) -> Mapping[int | None, str]:
    names = {str(one.pk): one.label for one in Topic.objects.all()}
    return {key: names.get(str(key), str(_("還沒分類"))) for key in keys}


def _channel_names(codes: Iterable[str]) -> Mapping[str, str]:
    return {code: str(Channel(code).label) for code in codes}


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
    show_rows(
        RowView(
            Use,
            noun=pgettext_lazy("rows of a figure", "答復"),
            unit=_("次"),
            source=_("市政廳常見問題的引用紀錄，依答復那一天計"),
            columns=(
                Column("day", _("答復日"), lambda row: day_of(row.at)),
                Column("topic", _("問題類別"), lambda row: row.entry.topic.label if row.entry.topic else ""),
                Column("question", _("問題"), lambda row: row.version.title),
                Column("channel", pgettext_lazy("faq", "管道"), lambda row: row.get_channel_display()),
            ),
            order=("-at", "-pk"),
            related=("entry__topic", "version"),
            dimensions=(
                Dimension("topic", _("問題類別"), "entry__topic", _topic_names, _("還沒分類")),
                Dimension("channel", pgettext_lazy("faq", "管道"), "channel", _channel_names),
            ),
        )
    )
