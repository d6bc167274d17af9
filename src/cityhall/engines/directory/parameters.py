"""Dated parameters of the directory."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.registry import declare

declare(
    "directory.public_names",
    "full",
    unit=_("full（全名）或 masked（遮罩）"),
    since=date(2014, 12, 25),
    source="政府資訊公開法第 7 條第 1 項第 3 款",
    label=_("對外聯絡表的姓名顯示"),
    kind="text",
)
