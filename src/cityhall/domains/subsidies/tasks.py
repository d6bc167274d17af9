"""The daily work on subsidised projects."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily

from . import services


@daily("06:55", key="subsidies.chase")
def chase(at: datetime) -> None:
    """Put what is not closed on the agencies' lists."""
    services.chase(at)
