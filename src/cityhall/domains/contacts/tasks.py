"""The daily work on contacts."""

from datetime import datetime, timedelta

from cityhall.engines.outbox.registry import daily
from cityhall.foundation.clock import day_of

from . import services, transfers


@daily("04:10", key="contacts.forget_deliveries")
def forget_deliveries(at: datetime) -> None:
    """Signatures that are too old to be used again."""
    services.forget_deliveries(at=at)


@daily("03:50", key="contacts.forget_people")
def forget_people(at: datetime) -> None:
    """What leads to a person in contacts whose days are over."""
    services.forget_people(at=at)


@daily("06:40", key="contacts.ask_agencies")
def ask_agencies(at: datetime) -> None:
    """From the third day of a month on, when its call details are in: one letter an agency about the month before."""
    today = day_of(at)
    if today.day >= 3:
        transfers.ask_agencies((today.replace(day=1) - timedelta(days=1)).replace(day=1), by=None, at=at)
