"""What the desk's frame shows on every page: where it begins, its search box, and who is at it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from cityhall.engines.directory import queries as directory
from cityhall.foundation.clock import day_of


def desk(request: HttpRequest) -> dict[str, Any]:
    """Each is computed only where a template shows it."""
    return {
        "desk_home": SimpleLazyObject(lambda: reverse("worklist:list")),
        "desk_search_url": SimpleLazyObject(lambda: reverse("worklist:search")),
        "desk_person": SimpleLazyObject(lambda: _person(request)),
    }


def _person(request: HttpRequest) -> dict[str, str]:
    """Name and post of who is signed in."""
    account: Any = getattr(request, "user", None)
    if account is None or not account.is_authenticated:
        return {}
    places = list(directory.appointments_of(account, day_of(timezone.now())))
    if not places:
        return {"name": account.name, "post": ""}
    main = max(places, key=lambda row: (row.unit_id is not None, row.post_id is not None))
    post = f"{main.agency.label}{_between(main)}{main.unit.label if main.unit else ''}"
    return {"name": main.person.label, "post": post}


def _between(place: Any) -> str:
    return "　" if place.unit else ""
