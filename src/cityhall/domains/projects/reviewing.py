"""專案檢討: the monthly review meeting is built from what is out of order; projects on an agenda open to their page."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.gatherings.models import AgendaPoint, Gathering
from cityhall.engines.gatherings.registry import Shown
from cityhall.engines.gatherings.states import Part, PointKind, State
from cityhall.engines.milestones.models import Hit
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act
from cityhall.web.access import allowed

from .explaining import sentence_of
from .models import Project, ProjectQuerySet
from .queries import CONTROL

REVIEW, SITE_VISIT = "projects.review", "projects.site_visit"
PREPARED = (State.PLANNED, State.INVITED)


def _points(meetings: QuerySet[Gathering]) -> QuerySet[AgendaPoint]:
    kind = ContentType.objects.get_for_model(Project)
    return AgendaPoint.objects.filter(gathering__in=meetings, about_type=kind)


def reviewed(first: date | None, last: date | None) -> ProjectQuerySet:
    """Projects that were on the agenda of a review meeting that took place on these days; each once."""
    held = Gathering.objects.of(REVIEW).held_within(first, last)
    return Project.objects.filter(pk__in=_points(held).values("about_id"))


def waiting_for_review(meeting: Gathering) -> list[tuple[Project, list[Hit]]]:
    """Projects with a hit that nobody has cleared and that are not on the agenda; those with the most reasons first."""
    there = _points(Gathering.objects.filter(pk=meeting.pk)).values("about_id")
    rows = Hit.objects.open().filter(
        Q(plan__project__isnull=False) & ~Q(plan__project__in=there), evaluation__profile="major"
    )
    of_project: dict[Project, list[Hit]] = {}
    for hit in rows.select_related("plan__agency", "plan__project", "evaluation").order_by(
        "plan__project__number", "-month"
    ):
        of_project.setdefault(hit.plan.project, []).append(hit)
    return sorted(of_project.items(), key=lambda one: (-len(one[1]), one[0].number))


@act
@sentence("1.1.1", "專案檢討")
def put_on_agenda(meeting: Gathering, *, by: Any, at: datetime) -> int:
    """Every project that waits becomes a point of the agenda with its reasons, its agency's head is on the list.

    Raises CannotGather once the meeting is held. Again, it adds what has come since.
    """
    found = waiting_for_review(meeting)
    invited = set(meeting.participants.filter(agency__isnull=False).values_list("agency_id", flat=True))
    for project, hits in found:
        plan = project.plan
        text = "\n".join(dict.fromkeys(sentence_of(hit) for hit in hits))
        gatherings.add_point(
            meeting, kind=PointKind.REPORT, title=f"{project.number}　{plan.name}", text=text[:4000], agency=plan.agency,
            about=project, by=by, at=at,
        )  # fmt: skip
        if plan.agency_id not in invited and meeting.state == State.PLANNED:
            gatherings.put_on_list(meeting, part=Part.HEAD, agency=plan.agency, by=by, at=at)
            invited.add(plan.agency_id)
    return len(found)


def on_agenda(project: Project) -> Shown:
    """How a project stands on an agenda."""
    return Shown(f"{project.number}　{project.plan.name}", reverse("projects:project", args=[project.number]))


def section(request: HttpRequest, meeting: Gathering) -> str:
    """What the page of a review meeting shows besides: the projects that wait to be put on its agenda."""
    if meeting.state not in PREPARED or not allowed(request, CONTROL):
        return ""
    rows = waiting_for_review(meeting)
    context = {"one": meeting, "rows": rows[:20], "many": len(rows)}
    return render_to_string("projects/_review.html", context, request)


def done(many: int) -> str:
    """What came of it, in words."""
    return _("已把%(n)s件異常計畫排入議程。") % {"n": many} if many else _("目前沒有還沒排入的異常計畫。")
