"""What invented callers heard of the voice menu: lines for the calls of invented traffic, the same for the same calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cityhall.foundation.lots import dice

from . import cdr
from .traffic import CDR, LOG

TO_OPERATOR = (
    (("welcome", "key", "0"), ("operator", "queue", "")),
    (("welcome", "key", "1"), ("services", "key", "0"), ("operator", "queue", "")),
    (("welcome", "timeout", ""), ("operator", "queue", "")),
    (("welcome", "key", "2"), ("news", "key", "0"), ("operator", "queue", "")),
)
ALONE = (
    (("welcome", "key", "2"), ("news", "end", "")),
    (("welcome", "key", "2"), ("news", "hangup", "")),
    (("welcome", "key", "1"), ("services", "key", "1"), ("waste", "end", "")),
    (("welcome", "key", "1"), ("services", "key", "2"), ("hours", "end", "")),
    (("welcome", "hangup", ""),),
    (("welcome", "key", "1"), ("services", "hangup", "")),
)
HEADING = "time,callid,step,node,leaving,key"


def lines(traffic: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A heading, and for each call the nodes that it went through: to an operator, or to the end of the menu."""
    yield HEADING
    for file, text in traffic:
        if file == LOG and "|ENTERQUEUE|" in text:
            at, callid = text.split("|", 2)[:2]
            yield from _way(int(at), callid, TO_OPERATOR, (55, 25, 12, 8))
        elif file == CDR:
            call = cdr.parse(text)
            if call is not None:
                yield from _way(call.started + call.seconds, call.callid, ALONE, (46, 12, 18, 12, 7, 5))


Ways = tuple[tuple[tuple[str, str, str], ...], ...]


def _way(end: int, callid: str, ways: Ways, weights: tuple[int, ...]) -> Iterator[str]:
    chance = dice(callid)
    way = chance.choices(ways, weights)[0]
    at = end - sum(5 + len(node) for node, _leaving, _key in way[1:])
    for step, (node, leaving, key) in enumerate(way, 1):
        yield f"{at},{callid},{step},{node},{leaving},{key}"
        at += 5 + len(node)
