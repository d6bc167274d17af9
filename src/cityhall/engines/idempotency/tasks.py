"""Answers are kept for a week."""

from datetime import datetime, timedelta

from cityhall.engines.idempotency import rules, services
from cityhall.engines.outbox import services as outbox


@outbox.daily("03:20", key="idempotency.forget")
def forget(at: datetime) -> None:
    """Forget answers that are older than a week."""
    while services.forget(before=at - timedelta(days=rules.KEPT_DAYS)):
        pass
