"""Questions about the voice menu: how often each node was heard, how it was left, and the way of single callers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max

from .models import Hearing, MenuNode, MenuVersion
from .states import Leaving

ORDER = {key: n for n, key in enumerate("1234567890*#")}


@dataclass
class Place:
    """A node of the tree with what became of those who heard it."""

    node: MenuNode
    depth: int
    heard: int = 0
    leaving: dict[str, int] = field(default_factory=dict)

    @property
    def hung_up(self) -> float | None:
        """How many of a hundred hung up here."""
        return 100 * self.leaving.get(Leaving.HANGUP, 0) / self.heard if self.heard else None

    @property
    def exits(self) -> list[tuple[str, int]]:
        """The ways out in words, the most frequent first."""
        return [(str(Leaving(code).label), n) for code, n in sorted(self.leaving.items(), key=lambda one: -one[1])]


def tree(version: MenuVersion) -> list[Place]:
    """All nodes from the top down, each under the one above it, in the order of their keys."""
    below: defaultdict[int | None, list[MenuNode]] = defaultdict(list)
    for one in version.nodes.all():
        below[one.above_id].append(one)
    found: list[Place] = []

    def walk(above: int | None, depth: int) -> None:
        for one in sorted(below[above], key=lambda node: ORDER.get(node.key, -1)):
            found.append(Place(one, depth))
            walk(one.pk, depth + 1)

    walk(None, 0)
    return found


def counted(places: Sequence[Place], first: datetime, end: datetime) -> list[Place]:
    """The same with how often each was heard in a time and how it was left: one question."""
    by_code = {one.node.code: one for one in places}
    rows = Hearing.objects.since(first, end).order_by().values_list("node", "leaving").annotate(n=Count("pk"))
    for code, leaving, n in rows:
        if (one := by_code.get(code)) is not None:
            one.heard += n
            one.leaving[leaving] = n
    return list(places)


@dataclass(frozen=True)
class Way:
    """What one caller heard, step by step."""

    callid: str
    steps: tuple[Hearing, ...]
    names: dict[str, str]

    @property
    def told(self) -> list[tuple[str, str]]:
        """Each node's name with how it was left."""
        return [
            (self.names.get(one.node, one.node), one.key if one.key else str(Leaving(one.leaving).label))
            for one in self.steps
        ]


def names_of(version: MenuVersion | None) -> dict[str, str]:
    """What the nodes are called, by their codes."""
    return {one.code: str(one) for one in version.nodes.all()} if version else {}


def latest_callids() -> list[str]:
    """The calls that heard the menu last."""
    rows = Hearing.objects.order_by().values("callid").annotate(last=Max("heard_at")).order_by("-last", "callid")
    return list(rows.values_list("callid", flat=True)[:20])


def ways(callids: Sequence[str], names: dict[str, str]) -> list[Way]:
    """The ways of these calls, in their order: one question."""
    steps: defaultdict[str, list[Hearing]] = defaultdict(list)
    for one in Hearing.objects.filter(callid__in=list(callids)).order_by("step"):
        steps[one.callid].append(one)
    return [Way(callid, tuple(steps[callid]), names) for callid in callids if callid in steps]
