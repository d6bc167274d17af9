"""The limits of identity as they stand on a day."""

from datetime import datetime, timedelta

from cityhall.engines.identity.rules import Lock
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of


def limit(name: str, at: datetime) -> int:
    """A number from `parameters.py`, or what the city set instead."""
    return int(parameter(f"identity.{name}", day_of(at)).value)


def lock(at: datetime) -> Lock:
    """How many failures lock an account, and how long; they count until a success, at most a day."""
    return Lock(limit("lock_failures", at), limit("lock_minutes", at), timedelta(days=1))


def network_lock(at: datetime) -> Lock:
    """The same for a network: wide, because a whole office may stand behind one address."""
    minutes = limit("lock_minutes", at)
    return Lock(limit("network_failures", at), minutes, timedelta(minutes=minutes))


def network_codes(at: datetime) -> Lock:
    """How many codes one network may have sent."""
    minutes = limit("lock_minutes", at)
    return Lock(limit("network_codes", at), minutes, timedelta(minutes=minutes))
