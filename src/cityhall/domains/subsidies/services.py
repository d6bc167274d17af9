"""What is done about subsidised projects besides: what is not closed when its year is over is chased."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.domains.projects.public import with_plan
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of, end_of_day
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from . import queries

CLOSING = "subsidies.closing"


@sentence("1.1.2", "未結案之 3 案持續列管並進行檢討")
@sentence("1.1.2", "敦促各機關儘速完成")
@act
def chase(at: datetime) -> int:
    """稽催: what is not closed when its year is over waits on the agency's list until it is. Says how many wait."""
    today, many = day_of(at), 0
    for year in [one for one in queries.years() if one < today.year]:
        due = queries.close_by(year)
        rows = queries.still_open(queries.selected(year, year, today), today).filter(plan__opened_on__lte=today)
        projects = list(with_plan(rows).order_by("pk"))
        worklist.read_for(projects)
        with translation.override("zh-hant"):  # titles are kept in the city's language
            detail = _("%(year)s年度的補助計畫還沒結案") % {"year": year - 1911}
        for one in projects:
            worklist.open_todo(
                CLOSING, one, title=one.plan.name, detail=detail, reference=one.number, agency=one.plan.agency,
                unit=one.plan.unit, due_at=end_of_day(due), url=reverse("projects:project", args=[one.number]), at=at,
            )  # fmt: skip
        many += len(projects)
    return many
