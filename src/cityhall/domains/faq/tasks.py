"""The nightly work on the FAQ base."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily

from . import chasing, proposing


@daily("06:40", key="faq.chase")
def chase(at: datetime) -> None:
    """Tell agencies of entries to be looked at, ending or contradicting; group what nobody could answer."""
    chasing.chase(at=at)
    proposing.group(at=at)
