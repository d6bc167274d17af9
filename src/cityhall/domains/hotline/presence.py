"""When agents were there, from the log-ins and pauses of the queue log; nothing of the world is asked.

An agent is there while logged in to a queue that is not paused. A log-in whose log-off the log lost ends with the next
log-in, or after `LONGEST` at the latest: nobody works longer than that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

IN, OUT, PAUSE, RESUME = "IN", "OUT", "PAUSE", "RESUME"
EVENTS = {
    "AGENTLOGIN": IN, "AGENTCALLBACKLOGIN": IN, "ADDMEMBER": IN, "AGENTLOGOFF": OUT, "AGENTCALLBACKLOGOFF": OUT,
    "REMOVEMEMBER": OUT, "PAUSE": PAUSE, "PAUSEALL": PAUSE, "UNPAUSE": RESUME, "UNPAUSEALL": RESUME,
}  # fmt: skip
LONGEST = 14 * 3600
HALF = 1800
EVERY = ""
"""The queue of an event that speaks of all of them."""


class Mark(NamedTuple):
    """An agent came, went, paused or came back, at a second, in one queue or in all."""

    at: int
    agent: str
    what: str
    queue: str = EVERY


@dataclass
class Spans:
    """Stretches of time of one agent: logged in, and of these paused."""

    there: list[tuple[int, int]] = field(default_factory=list)
    paused: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class _State:
    queues: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    since: int = 0
    spans: Spans = field(default_factory=Spans)

    @property
    def is_paused(self) -> bool:
        return EVERY in self.stopped or (EVERY not in self.queues and self.queues <= self.stopped)

    def upto(self, at: int, came: int) -> None:
        """Write down what held until this second."""
        end = min(at, came + LONGEST)
        if self.queues and end > self.since:
            self.spans.there.append((self.since, end))
            if self.is_paused:
                self.spans.paused.append((self.since, end))
        self.since = at


def spans(marks: Iterable[Mark], end: int) -> dict[str, Spans]:
    """By agent, from marks in the order of their time; who has not gone is there until `end`."""
    states: dict[str, _State] = {}
    came: dict[str, int] = {}
    for one in marks:
        state = states.setdefault(one.agent, _State())
        state.upto(one.at, came.get(one.agent, one.at))
        if one.what == IN:
            if not state.queues or one.at - came.get(one.agent, one.at) > LONGEST:
                came[one.agent] = one.at
                state.queues, state.stopped = set(), set()
            state.queues.add(one.queue)
        elif one.what == OUT:
            state.queues = set() if one.queue == EVERY else state.queues - {one.queue}
            state.stopped = state.stopped & state.queues if state.queues else set()
        elif one.what == PAUSE:
            state.stopped.add(one.queue)
        else:
            state.stopped = set() if one.queue == EVERY else state.stopped - {one.queue}
    for agent, state in states.items():
        state.upto(end, came.get(agent, end))
    return {agent: state.spans for agent, state in states.items()}


def clipped(stretches: Iterable[tuple[int, int]], first: int, end: int) -> int:
    """Seconds of the stretches that lie within."""
    return sum(max(min(b, end) - max(a, first), 0) for a, b in stretches)


@dataclass
class Presence:
    """What a time held of presence: seconds there, and available by half hour of the day."""

    there: int = 0
    paused: int = 0
    by_half_hour: list[int] = field(default_factory=lambda: [0] * 48)

    @property
    def available(self) -> int:
        """Seconds in which somebody could take a call."""
        return self.there - self.paused


def summed(found: dict[str, Spans], first: int, end: int, *, midnight: int) -> Presence:
    """All agents together within a time; `midnight` is the instant of a midnight of the city, by which halves are cut."""
    total = Presence()
    for one in found.values():
        total.there += clipped(one.there, first, end)
        total.paused += clipped(one.paused, first, end)
        for stretches, sign in ((one.there, 1), (one.paused, -1)):
            for a, b in stretches:
                at, last = max(a, first), min(b, end)
                while at < last:
                    half = (at - midnight) // HALF
                    upto = min(midnight + (half + 1) * HALF, last)
                    total.by_half_hour[half % 48] += sign * (upto - at)
                    at = upto
    return total
