"""The work of the spatial platform that the worker does."""

from typing import Any

from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise

from . import analyses
from .models import Analysis


@outbox.keeps(analyses.KEEPS, lease=900)
def analyse(payload: dict[str, Any], promise: Promise) -> None:
    """Compute an analysis; its page shows what became of it."""
    analyses.carry_out(Analysis.objects.get(pk=payload["analysis"]), at=promise.at)
