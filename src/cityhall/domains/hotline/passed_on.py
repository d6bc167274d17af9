"""What came of calls that were passed on to agencies: the domain that keeps it says so at start, as it knows the calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from cityhall.foundation.period import Period

Reviewed = Callable[[Period], QuerySet[Any]]
_sources: list[Reviewed] = []


def declare_reviewed(source: Reviewed) -> None:
    """Declare which transfers of a period were taken up with their agency."""
    _sources[:] = [source]


def reviewed(period: Period) -> QuerySet[Any]:
    """Transfers of the period that met a busy line or no answer, taken up with the agency."""
    return _sources[0](period)
