"""The work on hotspots that the worker does."""

from datetime import datetime

from cityhall.engines.outbox import services as outbox

from . import outages


@outbox.every(key="wifi.outages", minutes=10)
def watch(at: datetime) -> None:
    """Hotspots that are out for long come onto the lists of those who keep them."""
    outages.watch(at=at)
