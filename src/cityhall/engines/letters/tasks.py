"""The worker delivers letters."""

from datetime import datetime
from typing import Any

from cityhall.engines.letters import services
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise

# Longer than all time-outs of one conversation together: a lease that ends means that the worker is dead.
LEASE = 300


@outbox.keeps(services.DELIVER, lease=LEASE, atomic=False)
def deliver(payload: dict[str, Any], promise: Promise) -> None:
    """Make one attempt; the outbox calls again when it raises."""
    letter = Letter.objects.get(pk=payload["letter"])
    services.deliver(letter, at=promise.at, last_try=promise.attempts >= promise.allowance)


@outbox.daily("03:30", key="letters.forget")
def forget_codes(at: datetime) -> None:
    """To whom codes went is not kept for long."""
    services.forget_codes(at)
