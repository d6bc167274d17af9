"""The state of everything that dispatch follows, rules, agencies and settings, in one question: what a copy is checked by."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Sum, Value

from cityhall.engines.directory.models import Agency
from cityhall.foundation.unit import remembered

from ..models import DispatchSetting, Routing, StaffWords

Stamp = tuple[Any, ...]


def stamps() -> dict[str, Stamp]:
    """By name: words, routing, agencies, settings. Whatever is done to a rule counts its revision up; agencies are only
    opened and closed, settings only added: their numbers tell whether a copy is right.
    """
    return remembered((DispatchSetting, "stamps"), _ask)


def _ask() -> dict[str, Stamp]:
    columns = ("of", "n", "done", "last")
    parts = [
        rows.order_by().values(of=Value(name)).annotate(n=Count("pk"), done=done, last=Max("pk")).values_list(*columns)
        for name, rows, done in (
            ("words", StaffWords.objects.all(), Sum("revision")),
            ("routing", Routing.objects.all(), Sum("revision")),
            ("agencies", Agency.objects.all(), Count("closed_on")),
            ("settings", DispatchSetting.objects.all(), Count("pk")),
        )
    ]
    found = {name: tuple(rest) for name, *rest in parts[0].union(*parts[1:], all=True)}
    return {name: found.get(name, (0, 0, 0)) for name in ("words", "routing", "agencies", "settings")}
