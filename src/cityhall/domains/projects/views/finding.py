"""The project that an address names, for those who may do the act with it; for others it does not exist."""

from __future__ import annotations

from datetime import date, datetime

from django.http import Http404, HttpRequest
from django.urls import reverse

from cityhall.engines.places import queries as places
from cityhall.web import maps

from .. import queries
from ..models import Project
from ..profiles import MAJOR, PROFILES, Profile, Text


def project_for(request: HttpRequest, number: str, act: str, at: datetime) -> Project:
    """The project of that number."""
    found = queries.with_plan(Project.objects.filter(number=number)).first()
    if found is None or not queries.may(request.user, act, found, at):
        raise Http404
    return found


def profile_of(request: HttpRequest) -> Profile:
    """The profile that an address names: major projects where it names none."""
    found = PROFILES.get(request.GET.get("profile") or MAJOR)
    if found is None:
        raise Http404
    return found


def reviewed_profile(request: HttpRequest) -> Profile:
    """The same, where its months are evaluated."""
    found = profile_of(request)
    if not found.reviewed:
        raise Http404
    return found


def profiles(chosen: Profile, address: str) -> list[dict[str, Text]]:
    """The way from a page of one profile to the same of each other."""
    return [
        {"url": f"{reverse(address)}{one.query}", "text": one.label, "active": one == chosen}
        for one in PROFILES.values()
    ]


def facets_of(project: Project) -> list[tuple[Text, Text]]:
    """What its profile asks besides, and what was chosen."""
    return [
        (facet.label, facet.choices.get(project.facets.get(facet.key, ""), "—"))
        for facet in PROFILES[project.plan.profile].facets
    ]


def month_of(text: str) -> date:
    """A month in an address: 2016-03."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Http404 from error


def url_of(project: Project) -> str:
    """The project's page."""
    return reverse("projects:project", args=[project.number])


def list_of(profile: Profile) -> str:
    """The list of a profile."""
    return f"{reverse('projects:index')}{profile.query}"


def districts() -> list[tuple[str, str]]:
    """The city's districts by code and name."""
    return [(area.code, maps.area_name(area.code) or area.name) for area in places.districts()]
