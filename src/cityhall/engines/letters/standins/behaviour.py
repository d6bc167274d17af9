"""How a stand-in behaves next: well, or as badly as the real one does on a bad day."""

import threading
from collections import deque
from enum import StrEnum


class Behaviour(StrEnum):
    """What to do with the next message."""

    ACCEPT = "accept"
    HANG = "hang"  # take it, answer nothing, keep nothing
    RESET = "reset"  # cut the connection at once, keep nothing
    ERROR = "error"  # SMTP 451, HTTP 500: later, perhaps
    REFUSE = "refuse"  # SMTP 550 for the mailbox, HTTP 422: never
    DROP_AFTER_ACCEPT = "drop_after_accept"  # keep it, then cut the connection without an answer
    HANG_AFTER_ACCEPT = "hang_after_accept"  # keep it, then answer nothing
    TWICE = "twice"  # keep it twice, answer well


class Plan:
    """The behaviours to come, one a message; then ACCEPT. Shared by the threads of one stand-in."""

    def __init__(self) -> None:
        self._next: deque[Behaviour] = deque()
        self._lock = threading.Lock()

    def add(self, behaviour: Behaviour, times: int = 1) -> None:
        """Plan the next messages' fate."""
        with self._lock:
            self._next.extend([behaviour] * times)

    def take(self) -> Behaviour:
        """What to do now."""
        with self._lock:
            return self._next.popleft() if self._next else Behaviour.ACCEPT

    def peek(self) -> Behaviour:
        """What will be done next, for those who must decide before the message is there."""
        with self._lock:
            return self._next[0] if self._next else Behaviour.ACCEPT
