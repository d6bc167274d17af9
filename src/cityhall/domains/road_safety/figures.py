"""What section 1.1.5 of the report prints."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cityhall.engines.figures.registry import FLOW, STATE, figure
from cityhall.engines.figures.rows import Column, RowView, show_rows
from cityhall.engines.gatherings.models import Gathering, Outcome
from cityhall.foundation.period import Period
from cityhall.foundation.values import Count

from .models import EvaluatedAgency
from .states import MEETING, VISIT


@figure(
    "road_safety.agencies",
    "1.1.5",
    "本府交通局、工務局、警察局、教育局、新聞處及桃園與中壢監理站{:unsaid}",
    kind=STATE,
    name=_("道安視導初評的受評機關"),
    unit=_("個機關"),
    counts=_("期末那一天，最近一個年度的初評所列的受評機關，包括府外的監理站。"),
    leaves_out=_("以前年度才受評的不算。"),
    dated_by=_("依年度初評開始的那一天。"),
    related=("road_safety.site_visits", "road_safety.suggestions"),
)
def agencies(period: Period) -> Count:
    """The agencies of the evaluation that is the newest at the end of the period."""
    return Count(EvaluatedAgency.objects.as_of(period.last_day))


@figure(
    "road_safety.site_visits",
    "1.1.5",
    "實地查證({:plain} 處)",
    kind=FLOW,
    name=_("道安實地查證處數"),
    unit=_("處"),
    counts=_("已經到現場查證的地點，一處一筆。"),
    leaves_out=_("初評會議不算；還沒去的與取消的也不算。"),
    dated_by=_("依到現場的那一天。"),
    related=("road_safety.agencies", "road_safety.suggestions"),
)
def site_visits(period: Period) -> Count:
    """Sites that the committee went to in the period, each of them once."""
    return Count(Gathering.objects.of(VISIT).held_within(period.first_day, period.last_day))


@figure(
    "road_safety.suggestions",
    "1.1.5",
    "委員建議事項計 {:plain} 案納入後續追蹤",
    kind=FLOW,
    name=_("道安初評的委員建議"),
    unit=_("案"),
    counts=_("初評會議與實地查證留下的委員建議，每一案都列管，追蹤到辦完。"),
    leaves_out=_("辦完的也算在內；這裡數的是提出了幾案，不是還剩幾案。"),
    dated_by=_("依會議或查證的那一天，不是列管的那一天。"),
    related=("road_safety.agencies", "road_safety.site_visits"),
)
def suggestions(period: Period) -> Count:
    """Suggestions made at meetings and visits of the period, done or not."""
    return Count(Outcome.objects.of_held_within((MEETING, VISIT), period.first_day, period.last_day))


show_rows(
    RowView(
        EvaluatedAgency,
        noun=_("受評機關"),
        unit=_("個"),
        source=_("市政廳道安視導初評"),
        columns=(
            Column("agency", _("受評機關"), lambda row: row.agency.label),
            Column("kind", _("類別"), lambda row: row.agency.get_kind_display()),
            Column("year", _("年度"), lambda row: str(row.evaluation)),
        ),
        order=("agency__order", "pk"),
        related=("agency", "evaluation"),
    )
)
