"""Filters of the account pages."""

from django import template

register = template.Library()


@register.filter
def groups(text: str) -> str:
    """A code in groups of four, as people read and type it."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
