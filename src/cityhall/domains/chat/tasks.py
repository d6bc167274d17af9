"""What the text service does by itself."""

from datetime import datetime
from typing import Any

from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.registry import daily, every, keeps

from . import keeping, line, services


@every(key="chat.idle", seconds=30)
def end_idle(at: datetime) -> None:
    """End conversations in which nobody speaks any more, and tell whoever waits in vain."""
    services.end_idle(at)
    services.nobody_came(at)


@daily("03:25", key="chat.forget")
def forget(at: datetime) -> None:
    """Remove what was said in conversations that are kept no longer."""
    while keeping.forget_old(at):
        pass


SOON = (1, 2, 5, 10, 30, 60, *(300,) * 48)


@keeps(line.SEND, lease=120, retry=SOON, atomic=False)
def send_to_line(payload: dict[str, Any], promise: Promise) -> None:
    """Send what a conversation says to whoever is on LINE."""
    line.deliver(payload["conversation"], at=promise.at)


@keeps(line.TELL, lease=60, retry=SOON, atomic=False)
def tell_on_line(payload: dict[str, Any], promise: Promise) -> None:
    """Say why something was refused."""
    line.told(payload["user"], payload["text"], promise.key)


@keeps(line.TAKE, lease=120, retry=SOON, atomic=False)
def take_from_line(payload: dict[str, Any], promise: Promise) -> None:
    """What somebody did on LINE."""
    line.handle(payload["user"], payload["event"], promised=promise.pk, at=promise.at)
