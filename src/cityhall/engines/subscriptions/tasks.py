"""The morning's digests, and forgetting what is no longer needed."""

from datetime import date, datetime
from typing import Any

from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.services import daily, keeps

from . import services


@daily("07:40", key="subscriptions.begin")
def begin(at: datetime) -> None:
    """The digests of the morning begin."""
    services.begin(at)


@keeps(services.KEEPS, lease=900, atomic=False)
def block(payload: dict[str, Any], promise: Promise) -> None:
    """One block of digests."""
    services.carry_out(payload["after"], date.fromisoformat(payload["day"]), at=promise.at)


@daily("03:50", key="subscriptions.forget")
def forget(at: datetime) -> None:
    """What nobody confirmed, and old letters."""
    services.forget(at)
