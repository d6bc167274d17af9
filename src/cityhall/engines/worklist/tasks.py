"""The daily letter."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily

from . import digest


@daily("07:30", key="worklist.digest")
def send_digests(at: datetime) -> None:
    """Tell everybody once a day, in one letter, what is late, due today and due soon."""
    digest.send_all(at)
