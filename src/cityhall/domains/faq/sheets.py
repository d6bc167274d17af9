"""The columns of a sheet of entries: the same go out and come in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import Column
from cityhall.foundation.clock import day_of

from . import queries
from .models import Version

COLUMNS = (
    Column("code", _("編號"), sheets.code, required=True),
    Column("agency", _("負責機關"), sheets.text(60), required=True, aliases=("機關",)),
    Column("topic", _("問題類別"), sheets.text(60)),
    Column("question", _("問題"), sheets.text(200), required=True),
    Column("answer", _("答案"), sheets.text(4000), required=True),
    Column("aliases", _("其他問法"), sheets.text(2000)),
    Column("steps", _("怎麼辦理"), sheets.text(2000)),
    Column("fee", _("費用"), sheets.text(100)),
    Column("days", _("幾個工作天"), sheets.integer),
    Column("procedure", _("相關的申辦項目"), sheets.text(100)),
    Column("link", _("申辦網頁"), sheets.text(300)),
    Column("links", _("相關網頁"), sheets.text(2000)),
    Column("question_en", _("問題的英文"), sheets.text(300)),
    Column("answer_en", _("答案的英文"), sheets.text(8000)),
    Column("steps_en", _("怎麼辦理的英文"), sheets.text(4000)),
    Column("fee_en", _("費用的英文"), sheets.text(200)),
    Column("valid_from", _("自何日起"), sheets.day),
    Column("valid_until", _("至何日止"), sheets.day),
    Column("review_by", _("最晚何時再確認"), sheets.day),
    Column("state", pgettext_lazy("faq", "狀態"), sheets.text(20)),
)
"""`state` is only told: what comes in is a draft for its agency."""

BY_KEY = {one.key: one for one in COLUMNS}


def cells(row: Version) -> list[Any]:
    """One entry as a row of a sheet: the agency by its short name, days as days."""
    told = {
        "code": row.entry.code, "agency": row.entry.agency.short_name, "topic": row.entry.topic.name if row.entry.topic else "",
        "state": row.condition,
    }  # fmt: skip
    return [told[one.key] if one.key in told else getattr(row, one.key) for one in COLUMNS]


def public_rows(at: datetime) -> Iterator[list[Any]]:
    """What everybody may read, for the open data: number, agency, topic, question and answer in both languages, since when."""
    rows = queries.published(day_of(at)).select_related("entry__agency", "entry__topic").order_by("entry__code")
    for row in rows:
        topic = row.entry.topic.name if row.entry.topic else ""
        yield [
            row.entry.code, row.entry.agency.short_name, topic, row.question, row.answer, row.question_en, row.answer_en,
            row.valid_from.isoformat(),
        ]  # fmt: skip
