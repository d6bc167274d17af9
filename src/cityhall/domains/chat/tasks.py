"""What the text service does by itself."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily, every

from . import keeping, services


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
