"""An index that every process builds for itself and builds anew when what it was made of has changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from typing import ClassVar
from weakref import WeakSet

from .ranking import Entry, Index


class Kept:
    """The index of one collection. `stamp` says cheaply which version is current; `load` reads the entries."""

    everything: ClassVar[WeakSet[Kept]] = WeakSet()

    def __init__(self, stamp: Callable[[], Hashable], load: Callable[[], Iterable[Entry]]) -> None:
        self._stamp, self._load = stamp, load
        self._lock = threading.Lock()
        self._index: Index | None = None
        Kept.everything.add(self)

    def forget(self) -> None:
        """Build it anew in any case: where a database was put back, a stamp may be met again."""
        self._index = None

    def index(self) -> Index:
        """The current one. While one thread builds, others wait: nobody is answered from what has gone."""
        found = self._index
        if found is not None and found.stamp == self._stamp():
            return found
        with self._lock:
            current = self._stamp()
            if self._index is None or self._index.stamp != current:
                self._index = Index(self._load(), stamp=current)
            return self._index
