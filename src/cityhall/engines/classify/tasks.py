"""The nightly look at what has been watched long enough."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily

from . import services


@daily("03:30", key="classify.promote")
def promote(at: datetime) -> None:
    """Let watched models go live."""
    services.promote(at)
