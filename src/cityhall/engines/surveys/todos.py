"""What a complaint in one of the city's own surveys leads to: somebody of the commission looks into it."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_noop

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.states import Role
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of

from .models import Response

COMPLAINT = "survey.complaint"


def open_complaint(response: Response, at: datetime) -> None:
    """Put it on the commission's list. Where the directory does not know the agency it is in the list of complaints."""
    day = day_of(at)
    agency = directory.agency(parameter("surveys.agency", on=day).value, day)
    if agency is None:
        return
    worklist.open_todo(
        COMPLAINT, response, title=gettext_noop("有人填答不滿意，請了解並處理"),
        detail=response.invitation.wave.survey.title, agency=agency, role=Role.COMMISSION,
        url=reverse("surveys:complaint", args=[response.pk]), at=at,
    )  # fmt: skip
