"""The nightly work on open data."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily

from . import chasing


@daily("06:20", key="open_data.chase")
def chase(at: datetime) -> None:
    """Datasets that were not updated in time come onto their agencies' lists."""
    chasing.chase(at=at)
