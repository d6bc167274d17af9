"""What a rule said on a day."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from cityhall.foundation.unit import Setting

from .models import ParameterValue
from .registry import Declaration, UnknownParameter, declarations


@dataclass(frozen=True)
class Parameter:
    """A dated value with its source; `version` counts the values before it."""

    key: str
    value: Any
    unit: Any
    source: str
    valid_from: date
    label: Any
    version: int
    set_by: str = ""
    set_at: datetime | None = None

    @property
    def is_list(self) -> bool:
        """Whether the value is a list of words."""
        return isinstance(self.value, list)


def declaration(key: str) -> Declaration:
    """What an app declared. Raises UnknownParameter."""
    try:
        return declarations[key]
    except KeyError:
        raise UnknownParameter(key) from None


def parameter(key: str, on: date) -> Parameter:
    """The value that holds on a day: the newest row that has begun, else the declaration.

    Before the declaration's own first day the declared value is given all the same, as nothing older is known.
    """
    declared = declaration(key)
    rows = [row for row in values.now() if row.key == key and row.valid_from <= on]
    if not rows:
        return Parameter(key, declared.value, declared.unit, declared.source, declared.since, declared.label, 1)
    newest = max(rows, key=lambda row: (row.valid_from, row.pk))
    return Parameter(key, newest.value, declared.unit, newest.source, newest.valid_from, declared.label, len(rows) + 1)


def _changed_so_far() -> tuple[int, int]:
    """Rows are only ever added, so their number and the newest id tell whether a copy is still right.

    Written out, as nearly every request asks it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*), MAX(id) FROM rules_parametervalue")
        rows, newest = cursor.fetchone()
    return rows, newest or 0


values = Setting(ParameterValue, stamp=_changed_so_far, read=lambda: list(ParameterValue.objects.all()))
"""All changes of parameters."""


def history(key: str) -> list[Parameter]:
    """All values of a parameter, newest first, those to come included."""
    declared = declaration(key)
    rows = ParameterValue.objects.filter(key=key).select_related("set_by").order_by("valid_from", "pk")
    found = [Parameter(key, declared.value, declared.unit, declared.source, declared.since, declared.label, 1)]
    found += [
        Parameter(
            key,
            row.value,
            declared.unit,
            row.source,
            row.valid_from,
            declared.label,
            number,
            row.set_by.name if row.set_by else "",
            row.set_at,
        )
        for number, row in enumerate(rows, start=2)
    ]
    return found[::-1]
