"""What the trail hears of engines that do not know it."""

from datetime import datetime
from typing import Any

from cityhall.engines.audit.services import record
from cityhall.engines.outbox.signals import retried


def listen() -> None:
    """Connect the trail to the outbox."""
    retried.connect(_retried, dispatch_uid="audit.outbox.retried")


def _retried(promise: Any, by: Any, at: datetime, **news: Any) -> None:
    record("outbox.retried", promise, by=by, at=at, new={"kind": promise.kind, "attempts": promise.attempts})
