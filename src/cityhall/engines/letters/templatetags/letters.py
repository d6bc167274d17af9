"""`{% delivery_log subject %}`: the letters about a record, attempt by attempt."""

from typing import Any

from django import template
from django.db.models import Model

from cityhall.engines.letters import queries, rights

register = template.Library()


@register.inclusion_tag("letters_pages/_delivery_log.html", takes_context=True)
def delivery_log(context: template.Context, subject: Model) -> dict[str, Any]:
    """A table for the desk's page of a record; addresses are masked, the letter itself is a click away."""
    request = context["request"]
    rows = [
        {"letter": one, "log": queries.log_of(one), "readable": rights.may_read(one, request)}
        for one in queries.about(subject)
    ]
    return {"rows": rows}
