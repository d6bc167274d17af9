"""`{% once %}`: the hidden key of a form, so that a double click is one act."""

from uuid import uuid4

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cityhall.engines.idempotency import rules
from cityhall.engines.idempotency.views import FIELD

register = template.Library()


@register.simple_tag(takes_context=True)
def once(context: Context) -> SafeString:
    """A new key; or, when the form is shown again with its errors, the key that it came with."""
    request = context.get("request")
    sent = request.POST.get(FIELD, "") if request is not None and request.method == "POST" else ""
    key = sent if rules.well_formed(sent) else str(uuid4())
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, key)
