"""How the rows behind figures of counted use are shown: days and batches, never single events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows

from . import registry
from .models import Tally
from .states import Mode


def _act_name(row: Tally) -> str:
    declared = registry.sources.get(row.source)
    return str(declared.acts.get(row.act, row.act)) if declared else row.act


def _acts(values: Iterable[str]) -> Mapping[str, str]:
    known = {act: str(name) for one in registry.sources.values() for act, name in one.acts.items()}
    return {value: known.get(value, value) for value in values}


def _subjects(values: Iterable[str]) -> Mapping[str, str]:
    known = {kind: str(name) for one in registry.sources.values() for kind, name in one.subjects.items()}
    return {value: known.get(value, value) for value in values}


def _batch_name(row: Tally) -> str:
    return str(Mode.OWN.label) if row.batch.mode == Mode.OWN else f"#{row.batch_id} {row.batch.name}"


def _link(row: Tally) -> str:
    return reverse("usage:batch", args=[row.batch_id])


show_rows(
    RowView(
        Tally,
        noun=_("每日合計"),
        unit=_("次"),
        source=_("市政廳使用紀錄"),
        columns=(
            Column("day", _("日期"), lambda row: row.day),
            Column("source", _("資料來源"), lambda row: row.source),
            Column("act", _("使用方式"), _act_name),
            Column("subject_kind", _("對象類別"), lambda row: row.subject_kind),
            Column("uses", _("次數"), lambda row: row.counted),
            Column("batch", _("批次"), _batch_name),
        ),
        order=("-day", "pk"),
        day="day",
        amount="counted",
        link=_link,
        related=("batch",),
        dimensions=(
            Dimension("act", _("使用方式"), "act", _acts),
            Dimension("subject_kind", _("對象類別"), "subject_kind", _subjects),
        ),
    )
)
