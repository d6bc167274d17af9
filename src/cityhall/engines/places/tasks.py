"""Work of the layers that the worker does."""

from typing import Any

from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise

from . import services
from .models import Upload


@outbox.keeps("places.read", lease=900)
def read_an_upload(payload: dict[str, Any], promise: Promise) -> None:
    """Read what was uploaded into a new version; the page shows what became of it."""
    services.take_in(Upload.objects.select_for_update().get(pk=payload["upload"]), at=promise.at)
