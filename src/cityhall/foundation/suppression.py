"""Small counts are not published, nor what would give them away by subtraction.

A tree of counts: a city, its districts, their villages; each count is the sum of those below it. A count from 1 up to below
the least one is hidden. A single hidden count beside its total could be worked out, and so could several that add up to as
many ones; so another count is hidden with them, the smallest that will do, or the total above.

What a reader knows: every published count, the rule, and that what is hidden is 1 at least. No hidden count has then only
one possible value. Tables that share cells but not a tree (by place, and by month of the same uses) are trees of their own:
publish one of them, or both with a tree that holds their crossing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Node:
    """A count with the counts that it is the sum of."""

    key: Hashable
    count: int
    parts: list[Node] = field(default_factory=list)
    hidden: bool = False

    def __iter__(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for part in self.parts:
            yield from part

    @property
    def least(self) -> int:
        """What a reader knows a hidden count to be at least."""
        return max(1, sum(part.least if part.hidden else part.count for part in self.parts))


@dataclass(frozen=True)
class Suppressed:
    """Counts as anybody may see them; None is hidden."""

    cells: Mapping[Any, int | None]
    total: int | None

    @property
    def hidden(self) -> int:
        """How many are hidden."""
        return sum(value is None for value in self.cells.values())


def suppress(cells: Mapping[Any, int], *, least: int) -> Suppressed:
    """The counts beneath one published total, with the small ones and what would give them away hidden."""
    root = Node(None, sum(cells.values()), [Node(key, count) for key, count in cells.items()])
    hide_small(root, least=least)
    return Suppressed(
        {part.key: None if part.hidden else part.count for part in root.parts}, None if root.hidden else root.count
    )


def hide_small(root: Node, *, least: int) -> Node:
    """Mark every node of a tree that must not be published. The counts of each node's parts must add up to its own."""
    for node in root:
        if node.count < 0 or (node.parts and node.count != sum(part.count for part in node.parts)):
            raise ValueError(f"{node.key!r} is not the sum of its parts")
    for node in root:
        if 0 < node.count < least:
            _hide(node)
    while any(_protect(node) for node in reversed(list(root))):
        pass
    return root


def _hide(node: Node) -> None:
    """Hide a count, and enough of its parts that they do not add up to it."""
    node.hidden = True
    if node.parts and not any(part.hidden for part in node.parts):
        _hide(min((part for part in node.parts if part.count), key=lambda part: part.count))


def _protect(node: Node) -> bool:
    """Hide more beneath a published count, or the count itself, if what is hidden could be worked out from it."""
    hidden = [part for part in node.parts if part.hidden]
    if node.hidden or not hidden:
        return False
    if len(hidden) > 1 and any(part.count > part.least for part in hidden):
        return False
    shown = [part for part in node.parts if not part.hidden and part.count]
    if shown:
        _hide(min(shown, key=lambda part: part.count))
    else:
        node.hidden = True
    return True
