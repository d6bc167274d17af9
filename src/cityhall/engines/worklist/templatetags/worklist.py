"""`{% worklist_panel %}`: the list at the left of every record's page."""

from typing import Any

from django import template

from ..listing import Listing

register = template.Library()


@register.inclusion_tag("worklist/_list.html", takes_context=True)
def worklist_panel(context: template.Context) -> dict[str, Any]:
    """What waits for the reader. When htmx fetches a record the list stands there already and is not made again."""
    request = context["request"]
    listing = context.get("listing")
    if listing is None and request.user.is_authenticated and not _only_the_record(request):
        listing = Listing(request)
    return {"listing": listing, "request": request, "csrf_token": context.get("csrf_token")}


def _only_the_record(request: Any) -> bool:
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
