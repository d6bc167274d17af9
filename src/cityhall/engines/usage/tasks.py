"""Work of counted use that the worker does."""

from datetime import date, datetime
from typing import Any

from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise

from . import folding, services, store
from .models import Batch


@outbox.every(key="usage.fold", minutes=1)
def fold(at: datetime) -> None:
    """Make events of what was counted in the last minute; of many such minutes one file."""
    folding.fold(at)
    folding.merge(date.min)


@outbox.daily("03:20", key="usage.keep_rules")
def keep_rules(at: datetime) -> None:
    """One file a day, and what the rules of retention let go."""
    services.keep_rules(at)


@outbox.keeps("usage.read", lease=3600, atomic=False)
def read(payload: dict[str, Any], promise: Promise) -> None:
    """Read an uploaded batch to its end, from where it was left."""
    batch = Batch.objects.get(pk=payload["batch"])
    path = store.incoming() / batch.key
    services.read(batch, path, at=promise.at)
    path.unlink(missing_ok=True)
