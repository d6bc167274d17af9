"""What the worker does for the surveys each night."""

from datetime import datetime

from cityhall.engines.outbox import services as outbox

from . import services


@outbox.daily("03:40", key="surveys.forget")
def forget(at: datetime) -> None:
    """To whom invitations went is not kept for long."""
    services.forget(at)
