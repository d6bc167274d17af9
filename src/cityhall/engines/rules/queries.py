"""What a rule said on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

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
    rows = ParameterValue.objects.filter(key=key, valid_from__lte=on).order_by("-valid_from", "-pk")
    newest = rows.first()
    if newest is None:
        return Parameter(key, declared.value, declared.unit, declared.source, declared.since, declared.label, 1)
    return Parameter(
        key, newest.value, declared.unit, newest.source, newest.valid_from, declared.label, rows.count() + 1
    )


def history(key: str) -> list[Parameter]:
    """All values of a parameter, newest first, those to come included."""
    declared = declaration(key)
    rows = ParameterValue.objects.filter(key=key).order_by("valid_from", "pk")
    found = [Parameter(key, declared.value, declared.unit, declared.source, declared.since, declared.label, 1)]
    found += [
        Parameter(key, row.value, declared.unit, row.source, row.valid_from, declared.label, number)
        for number, row in enumerate(rows, start=2)
    ]
    return found[::-1]
