"""The daily work on telephone tests."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily

from . import services


@daily("06:20", key="phone_tests.draw")
def draw(at: datetime) -> None:
    """Draw the month that has begun."""
    services.draw_by_itself(at)
