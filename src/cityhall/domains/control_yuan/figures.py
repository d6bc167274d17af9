"""What section 1.2.8 of the report prints."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cityhall.engines.figures.registry import FLOW, figure
from cityhall.engines.figures.rows import Column, RowView, show_rows
from cityhall.foundation.period import Period
from cityhall.foundation.values import Count

from .models import Petitioner


@figure(
    "control_yuan.petitioners",
    "1.2.8",
    "受理民眾陳情共 {:plain} 人次",
    kind=FLOW,
    name=_("監委巡察受理的陳情"),
    unit=_("人次"),
    counts=_("監察院地方機關巡察當天，監察委員受理陳情的民眾，一人一次。"),
    leaves_out=_("平常寄給監察院的不算；取消的巡察沒有。"),
    dated_by=_("依巡察那一天，不是登錄的那一天，也不是巡察的年度：105年度第2次在106年辦。"),
)
def petitioners(period: Period) -> Count:
    """People whom the members of the Control Yuan received at visits of the period."""
    return Count(Petitioner.objects.received_within(period.first_day, period.last_day))


# What somebody came with is theirs and the commission's: the rows say no more than the visit.
show_rows(
    RowView(
        Petitioner,
        noun=_("受理的陳情"),
        unit=_("人次"),
        source=_("市政廳監委巡察紀錄"),
        columns=(
            Column("visit", _("巡察"), lambda row: row.visit.series_name),
            Column("day", _("巡察日"), lambda row: row.visit.held_on),
        ),
        order=("-visit__held_on", "-pk"),
        day="visit__held_on",
        related=("visit",),
    )
)
