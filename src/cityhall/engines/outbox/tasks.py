"""The outbox tidies itself."""

from datetime import datetime, timedelta

from cityhall.engines.outbox import services

KEPT_FOR = timedelta(days=30)


@services.daily("03:10", key="outbox.forget_done")
def forget_done(at: datetime) -> None:
    """Delete promises that were kept a month ago, a few thousand at a time."""
    while services.forget_done(before=at - KEPT_FOR):
        pass
