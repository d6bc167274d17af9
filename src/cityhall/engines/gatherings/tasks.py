"""The daily work on gatherings."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily

from . import forgetting


@daily("03:55", key="gatherings.forget_guests")
def forget_guests(at: datetime) -> None:
    """Guests whose days are over lose their names."""
    while forgetting.forget_guests(at):
        pass
