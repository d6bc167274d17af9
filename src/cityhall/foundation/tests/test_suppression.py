"""Nobody can work a hidden count out of what is published."""

from __future__ import annotations

from itertools import product

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cityhall.foundation.suppression import Node, hide_small, suppress


class TestSuppress:
    def test_large_counts_and_zeros_are_shown(self) -> None:
        found = suppress({"A": 5, "B": 0, "C": 3}, least=3)

        assert dict(found.cells) == {"A": 5, "B": 0, "C": 3}
        assert found.total == 8

    def test_a_single_small_count_hides_the_smallest_beside_it(self) -> None:
        found = suppress({"A": 2, "B": 9, "C": 4}, least=3)

        assert dict(found.cells) == {"A": None, "B": 9, "C": None}
        assert (found.total, found.hidden) == (15, 2)

    def test_two_ones_would_be_known_from_their_sum(self) -> None:
        assert dict(suppress({"A": 1, "B": 1, "C": 8, "D": 9}, least=3).cells) == {
            "A": None,
            "B": None,
            "C": None,
            "D": 9,
        }

    def test_a_one_and_a_two_hide_each_other(self) -> None:
        assert dict(suppress({"A": 1, "B": 2, "C": 8}, least=3).cells) == {"A": None, "B": None, "C": 8}

    def test_where_nothing_else_is_there_the_total_goes_too(self) -> None:
        assert suppress({"A": 2, "B": 0}, least=3).total is None
        assert suppress({"A": 1, "B": 1, "C": 1}, least=3).total is None

    def test_nothing_hides_nothing(self) -> None:
        assert suppress({}, least=3).total == 0


class TestTree:
    def test_a_hidden_district_does_not_follow_from_its_villages(self) -> None:
        small = Node("small", 2, [Node("a", 2), Node("b", 0)])
        other = Node("other", 20, [Node("c", 12), Node("d", 8)])
        city = hide_small(Node("city", 62, [small, other, Node("large", 40, [Node("e", 40)])]), least=3)

        assert [one.key for one in city if one.hidden] == ["small", "a", "other", "d"]

    def test_parts_must_add_up(self) -> None:
        try:
            hide_small(Node("city", 3, [Node("a", 2)]), least=3)
        except ValueError:
            return
        raise AssertionError("a sum that is none was taken")


def trees(depth: int) -> st.SearchStrategy[Node]:
    leaf = st.integers(0, 5).map(lambda count: Node("", count))
    if not depth:
        return leaf

    def together(parts: list[Node]) -> Node:
        return Node("", sum(one.count for one in parts), parts)

    return st.lists(trees(depth - 1) | leaf, min_size=1, max_size=3).map(together)


def _sum(node: Node, values: dict[int, int]) -> int:
    return sum(_sum(part, values) for part in node.parts) if node.parts else values[id(node)]


@given(trees(2), st.integers(2, 4))
@settings(max_examples=400)
def test_every_hidden_count_could_have_been_another(root: Node, least: int) -> None:
    """A reader who tries every city that fits what is published finds two values at least for each hidden count."""
    hide_small(root, least=least)
    nodes = list(root)
    unknown = [one for one in nodes if one.hidden and not one.parts]
    known = {id(one): one.count for one in nodes if not one.parts and not one.hidden}
    shown = [one for one in nodes if not one.hidden]
    assume(len(unknown) <= 5)
    most = max((one.count for one in unknown), default=0) + 2

    assert all(one.hidden for one in nodes if 0 < one.count < least)

    possible: dict[int, set[int]] = {id(one): set() for one in nodes if one.hidden}
    for guess in product(range(1, most + 1), repeat=len(unknown)):
        values = known | {id(one): value for one, value in zip(unknown, guess, strict=True)}
        if all(_sum(one, values) == one.count for one in shown):
            for one in nodes:
                if one.hidden:
                    possible[id(one)].add(_sum(one, values))
    assert all(len(found) > 1 for found in possible.values())
