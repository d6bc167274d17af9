"""What is the same for everybody and dear to make is given again while nothing has changed.

A stamp says whether anything has: one cheap question to the database, asked before something is made and each time it is
given. Each process keeps its own few; nothing is told to the others, because the stamp tells all of them.

In a city in which something changes all the time this alone would keep nothing. So what took very long to make (`DEAR`) may
be given again for `TIMES` as long as that, changed or not: a number over a million petitions that takes half a second may be
ten seconds old. What is made quickly is never old.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

T = TypeVar("T")

MOST = 256
OLDEST = 60.0
"""Seconds after which it is made anew in any case: some of it speaks of the present moment."""
DEAR = 0.25
TIMES = 20


@dataclass(frozen=True)
class _One(Generic[T]):
    stamp: Hashable
    made: float
    took: float
    value: T

    def good(self, stamp: Hashable, now: float) -> bool:
        age = now - self.made
        return age < OLDEST and (stamp == self.stamp or (self.took > DEAR and age < TIMES * self.took))


class Kept(Generic[T]):
    """Values of one kind by key, the newest used ones at most."""

    everything: ClassVar[list[Kept[Any]]] = []

    def __init__(self, stamp: Callable[[], Hashable], *, most: int = MOST) -> None:
        self.stamp, self.most = stamp, most
        self._kept: OrderedDict[Hashable, _One[T]] = OrderedDict()
        self._lock = threading.Lock()
        self.everything.append(self)

    def give(self, key: Hashable, make: Callable[[], T], *, clock: Callable[[], float] = time.monotonic) -> T:
        """What was made for this key and still holds, or what is made now. What raises is not kept."""
        stamp, now = self.stamp(), clock()
        with self._lock:
            if (one := self._kept.get(key)) and one.good(stamp, now):
                self._kept.move_to_end(key)
                return one.value
        value = make()
        with self._lock:
            self._kept[key] = _One(stamp, now, clock() - now, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return value

    def forget(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()
