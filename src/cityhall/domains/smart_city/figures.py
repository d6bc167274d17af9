"""What section 1.4.7 of the report prints of the programme's meetings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cityhall.engines.figures.registry import FLOW, figure
from cityhall.engines.gatherings.models import Gathering
from cityhall.foundation.period import Period
from cityhall.foundation.values import Count

COMMITTEE = "smart_city.committee"
WORKING_GROUP = "smart_city.working_group"
KINDS = {"committee": COMMITTEE, "working group": WORKING_GROUP}


@figure(
    "smart_city.meetings",
    "1.4.7",
    "大會 {:plain} 次",
    kind=FLOW,
    name=_("智慧城市推動委員會的會議"),
    unit=_("次"),
    counts=_("已經開過的大會，或各分組的工作會議。"),
    leaves_out=_("還沒開的與取消的不算。"),
    dated_by=_("依開會那一天，不是通知或發紀錄的那一天。"),
    of={"committee": "大會 {:plain} 次", "working group": "分組工作會議 {:plain} 次"},
)
def meetings(period: Period, of: str) -> Count:
    """Meetings of the committee, or of its working groups, that took place in the period."""
    return Count(Gathering.objects.of(KINDS[of]).held_within(period.first_day, period.last_day))
