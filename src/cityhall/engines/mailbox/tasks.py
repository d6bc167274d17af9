"""The worker reads mailboxes and decides on what came in."""

from datetime import datetime
from typing import Any

from cityhall.engines.mailbox import imap, services
from cityhall.engines.mailbox.models import MailMessage
from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise


@outbox.keeps(services.SORT, lease=120, atomic=False)
def sort(payload: dict[str, Any], promise: Promise) -> None:
    """Read one message and decide, whole or not at all; one that is decided stays as it is."""
    services.sort(MailMessage.objects.get(pk=payload["message"]), at=promise.at)


@outbox.daily("03:20", key="mailbox.forget")
def forget(at: datetime) -> None:
    """Forget what came of nothing, some hundreds at a time."""
    while services.forget_old(at):
        pass


@outbox.every(minutes=2, key="mailbox.fetch", lease=900)
def fetch(at: datetime) -> None:
    """Read the mailboxes; what stands in the way is written down for the health page and for who looks after them."""
    imap.fetch(at=at)
