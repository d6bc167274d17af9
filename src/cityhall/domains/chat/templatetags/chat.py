"""Filters of the chat pages: `{% load chat %}`."""

from __future__ import annotations

from datetime import datetime

from django import template

from cityhall.web import dates

register = template.Library()


@register.filter
def clock(value: datetime | None) -> str:
    """下午5:30: the time of a message."""
    return dates.as_time(value) if value else ""
