"""`{% worklist_panel %}`: the list at the left of every record's page."""

from typing import Any

from django import template

from cityhall.web.context import only_the_record

from ..listing import Listing

register = template.Library()


@register.inclusion_tag("worklist/_list.html", takes_context=True)
def worklist_panel(context: template.Context) -> dict[str, Any]:
    """What waits for the reader. When htmx fetches a record the list stands there already and is not made again."""
    request = context["request"]
    listing = _listing(context) if not only_the_record(request) else None
    return {"listing": listing, "request": request, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("worklist/_position.html", takes_context=True)
def worklist_position(context: template.Context) -> dict[str, Any]:
    """Where the open record stands in the reader's list, and the ways to its neighbours."""
    listing = _listing(context)
    return {"position": listing.position if listing else None}


def _listing(context: template.Context) -> Listing | None:
    """The one list of this answer, made when first asked for."""
    request = context["request"]
    if not request.user.is_authenticated:
        return None
    made: Listing | None = context.get("listing") or getattr(request, "desk_listing", None)
    if made is None:
        made = request.desk_listing = Listing(request)
    return made
