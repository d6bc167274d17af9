"""Who wants to know that a clock has reached a level."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

Listener = Callable[[Any, int, datetime], None]
listeners: list[Listener] = []


def on_level(listener: Listener) -> Listener:
    """Register `listener(clock, level, at)`, called once for each level of each clock, in office hours."""
    if listener not in listeners:
        listeners.append(listener)
    return listener


Mover = Callable[[Any, datetime, datetime], None]
movers: list[Mover] = []


def on_move(listener: Mover) -> Mover:
    """Register `listener(clock, before, at)`, called when the calendar moved a clock."""
    if listener not in movers:
        movers.append(listener)
    return listener
