"""The project that an address names, for those who may do the act with it; for others it does not exist."""

from __future__ import annotations

from datetime import date, datetime

from django.http import Http404, HttpRequest
from django.urls import reverse

from cityhall.engines.places import queries as places
from cityhall.web import maps

from .. import queries
from ..models import Project


def project_for(request: HttpRequest, number: str, act: str, at: datetime) -> Project:
    """The project of that number."""
    found = queries.with_plan(Project.objects.filter(number=number)).first()
    if found is None or not queries.may(request.user, act, found, at):
        raise Http404
    return found


def month_of(text: str) -> date:
    """A month in an address: 2016-03."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Http404 from error


def url_of(project: Project) -> str:
    """The project's page."""
    return reverse("projects:project", args=[project.number])


def districts() -> list[tuple[str, str]]:
    """The city's districts by code and name."""
    return [(area.code, maps.area_name(area.code) or area.name) for area in places.districts()]
