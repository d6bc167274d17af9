"""Work of the directory that the worker does."""

from datetime import datetime
from typing import Any

from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise

from . import exchange, succession
from .models import Import


@outbox.keeps("directory.import", lease=300)
def take_in_a_chunk(payload: dict[str, Any], promise: Promise) -> None:
    """Take in the next rows of an uploaded sheet, and promise the rest."""
    job = Import.objects.select_for_update().select_related("uploaded_by").get(pk=payload["job"])
    if job.finished_at is not None:
        return
    following = exchange.take_chunk(job, first=payload["from"], at=promise.at)
    if following is not None:
        outbox.promise(
            "directory.import",
            {"job": job.pk, "from": following},
            key=f"directory.import:{job.pk}:{following}",
            at=promise.at,
        )


@outbox.daily("00:05", key="directory.successions")
def carry_out_successions(at: datetime) -> None:
    """Agencies whose day has come pass to their successors."""
    succession.carry_out_due_successions(at=at)
    succession.watch_successions(at=at)
