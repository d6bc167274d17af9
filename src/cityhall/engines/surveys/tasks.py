"""What the worker does for the surveys each day."""

from datetime import datetime

from cityhall.engines.outbox import services as outbox

from . import reminders, services


@outbox.daily("03:40", key="surveys.forget")
def forget(at: datetime) -> None:
    """To whom invitations went is not kept for long."""
    services.forget(at)


@outbox.daily("09:20", key="surveys.remind")
def remind(at: datetime) -> None:
    """Whoever was asked days ago and has not answered is reminded once."""
    reminders.remind(at)
