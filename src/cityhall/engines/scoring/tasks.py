"""The daily work on evaluations."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily

from . import telling


@daily("06:55", key="scoring.chase")
def chase(at: datetime) -> None:
    """Put evaluations that are due on the commission's list."""
    telling.chase(at)
