"""改分: whose time it is while a petition goes from agency to agency, and when agencies disagree. Without Django.

The rule (note 01 §4, 5.4): the time that an agency had it is that agency's; the time between two agencies is the desk's.
But an agency that sent back what was its own bears everything from that return until it came back, at whomever it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

DESK = ""  # as an agency: the dispatch desk


@dataclass(frozen=True)
class Held:
    """An agency had it, from an instant to an instant; it kept it, sent it back, or it was taken away."""

    agency: str
    starts: datetime
    ends: datetime | None = None
    returned: bool = False
    proposed: str = ""  # to whom it wished to send it


@dataclass(frozen=True)
class Span:
    """A stretch of time: who had it, and to whom it is charged."""

    had_by: str
    charged_to: str
    starts: datetime
    ends: datetime
    returned: bool = False

    @property
    def seconds(self) -> float:
        """How long."""
        return (self.ends - self.starts).total_seconds()


def spans(held: Sequence[Held], *, opened_at: datetime, until: datetime) -> list[Span]:
    """All the time from 成案 until now or the end, without gaps, oldest first."""
    found: list[Span] = []
    done = opened_at
    for one in sorted(held, key=lambda each: each.starts):
        if one.starts > done:
            found.append(_span(DESK, done, one.starts, held))
        ends = one.ends or until
        if ends > one.starts:
            found.append(_span(one.agency, one.starts, ends, held, one.returned))
        done = max(done, ends)
    if until > done:
        found.append(_span(DESK, done, until, held))
    return found


def _span(agency: str, starts: datetime, ends: datetime, held: Sequence[Held], returned: bool = False) -> Span:
    since = own_return(held)
    wrongly = since is not None and since[1] <= starts < since[2]
    return Span(agency, since[0] if since and wrongly else agency, starts, ends, returned)


def own_return(held: Sequence[Held]) -> tuple[str, datetime, datetime] | None:
    """The agency that sent back what it has in the end: it, from its first return, until it came back to it."""
    ordered = sorted(held, key=lambda each: each.starts)
    if not ordered or ordered[-1].returned:
        return None
    last = ordered[-1]
    for one in ordered[:-1]:
        if one.agency == last.agency and one.returned and one.ends is not None:
            return one.agency, one.ends, last.starts
    return None


def charged(held: Sequence[Held], *, opened_at: datetime, until: datetime) -> dict[str, float]:
    """Seconds by whom they are charged to; the desk's under `DESK`."""
    found: dict[str, float] = defaultdict(float)
    for one in spans(held, opened_at=opened_at, until=until):
        found[one.charged_to] += one.seconds
    return dict(found)


def hops(held: Sequence[Held]) -> int:
    """How many agencies sent it back to be dispatched anew."""
    return sum(one.returned for one in held)


def disagree(held: Sequence[Held]) -> bool:
    """Whether agencies disagree: one of them sent it back although another that sent it back had named it."""
    named = {one.proposed for one in held if one.returned and one.proposed}
    return any(one.returned and one.agency in named for one in held)


def concerned(held: Sequence[Held]) -> tuple[str, ...]:
    """Those who had it or were named, each once, in order."""
    names = [name for one in held for name in (one.agency, one.proposed) if name]
    return tuple(dict.fromkeys(names))
