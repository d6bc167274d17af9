"""What the text service does by itself."""

from datetime import datetime

from cityhall.engines.outbox.registry import every

from . import services


@every(key="chat.idle", seconds=30)
def end_idle(at: datetime) -> None:
    """End conversations in which nobody speaks any more, and tell whoever waits in vain."""
    services.end_idle(at)
    services.nobody_came(at)
