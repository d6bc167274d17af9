"""What identity does by the clock."""

from datetime import datetime

from cityhall.engines.identity import codes, services, sessions, throttle
from cityhall.engines.outbox.services import daily, every


@daily("00:05", key="identity.expired")
def stop_expired(at: datetime) -> None:
    """Stop accounts whose last day has passed."""
    services.disable_expired(at=at)


@daily("02:40", key="identity.idle")
def stop_idle(at: datetime) -> None:
    """Stop accounts of staff who have not signed in for long."""
    services.disable_idle(at=at)


@every(minutes=60, key="identity.sweep")
def sweep(at: datetime) -> None:
    """Delete what is over: sessions, codes, counters."""
    sessions.sweep(at=at)
    codes.forget_codes(at=at)
    throttle.sweep(at=at)
