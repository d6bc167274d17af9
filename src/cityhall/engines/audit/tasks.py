"""The trail's daily anchor."""

from datetime import datetime

from cityhall.engines.audit import services
from cityhall.engines.outbox import services as outbox


@outbox.daily("00:05", key="audit.anchor")
def anchor(at: datetime) -> None:
    """Write the end of the chain to the anchor file."""
    services.anchor(at=at)
