"""A scheme makes a hundred points, marks bring their share exactly, and what is missing is never zero."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.scoring.rules import (
    EXACT,
    Incomplete,
    Mark,
    MarkFault,
    Scheme,
    SchemeFault,
    Weight,
    agreement,
    mark_faults,
    points,
    scheme_faults,
)

CALL = Scheme((Weight("speed", 20), Weight("manner", 40), Weight("correct", 40)), most=5, reason_below=3)


@st.composite
def schemes(draw):
    """Any scheme without faults."""
    cuts = sorted(draw(st.sets(st.integers(1, 99), max_size=7)))
    sizes = [high - low for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]
    weights = tuple(Weight(f"c{n}", size) for n, size in enumerate(sizes))
    return Scheme(weights, most=draw(st.sampled_from(EXACT)))


@st.composite
def sheets(draw):
    """A scheme and complete marks for it."""
    scheme = draw(schemes())
    return scheme, {one.code: Mark(draw(st.integers(0, scheme.most))) for one in scheme.weights}


class TestScheme:
    def test_is_fine_where_weights_make_a_hundred(self):
        assert scheme_faults(CALL) == []

    @pytest.mark.parametrize(
        ("weights", "fault"),
        [
            ((), SchemeFault.NO_CRITERIA),
            ((Weight("a", 99),), SchemeFault.NOT_A_HUNDRED),
            ((Weight("a", 101),), SchemeFault.NOT_A_HUNDRED),
            ((Weight("a", 100), Weight("b", 0)), SchemeFault.NOT_A_HUNDRED),
            ((Weight("a", 50), Weight("a", 50)), SchemeFault.DOUBLED),
        ],
    )
    def test_is_refused_where_they_do_not(self, weights, fault):
        assert scheme_faults(Scheme(weights)) == [fault]

    @pytest.mark.parametrize(("most", "fine"), [(1, True), (5, True), (20, True), (100, True), (3, False), (0, False)])
    def test_has_marks_that_divide_a_hundred(self, most, fine):
        assert (scheme_faults(Scheme((Weight("a", 100),), most=most)) == []) is fine

    @given(schemes())
    def test_full_marks_make_a_hundred_and_none_make_nothing(self, scheme):
        assert scheme_faults(scheme) == []
        assert points(scheme, {one.code: Mark(scheme.most) for one in scheme.weights}) == 100
        assert points(scheme, {one.code: Mark(0) for one in scheme.weights}) == 0


class TestPoints:
    def test_are_each_weights_share(self):
        marks = {"speed": Mark(5), "manner": Mark(4), "correct": Mark(3)}

        assert points(CALL, marks) == Decimal("76.00")

    @given(sheets())
    def test_are_exact_and_between_nothing_and_a_hundred(self, sheet):
        scheme, marks = sheet

        found = points(scheme, marks)

        assert 0 <= found <= 100
        assert found * scheme.most == sum(one.points * marks[one.code].value for one in scheme.weights)

    @given(sheets(), st.data())
    def test_grow_with_every_mark(self, sheet, data):
        scheme, marks = sheet
        low = [one.code for one in scheme.weights if marks[one.code].value < scheme.most]
        if not low:
            return
        code = data.draw(st.sampled_from(low))

        assert points(scheme, {**marks, code: Mark(marks[code].value + 1)}) > points(scheme, marks)

    @given(sheets(), st.data())
    def test_are_none_while_a_mark_is_missing(self, sheet, data):
        scheme, marks = sheet
        gone = data.draw(st.sampled_from([one.code for one in scheme.weights]))
        del marks[gone]

        with pytest.raises(Incomplete) as refusal:
            points(scheme, marks)

        assert refusal.value.faults == {gone: MarkFault.MISSING}


class TestSheet:
    @pytest.mark.parametrize(
        ("mark", "fault"),
        [
            (Mark(6), MarkFault.OUTSIDE), (Mark(-1, "差"), MarkFault.OUTSIDE), (Mark(2), MarkFault.NO_REASON),
            (Mark(2, "  "), MarkFault.NO_REASON), (Mark(2, "沒有報姓名"), None), (Mark(3), None), (Mark(5), None),
        ],
    )  # fmt: skip
    def test_needs_a_mark_in_range_and_a_reason_where_it_is_low(self, mark, fault):
        marks = {"speed": Mark(5), "manner": mark, "correct": Mark(5)}

        assert mark_faults(CALL, marks).get("manner") == fault


class TestAgreement:
    def test_counts_equal_verdicts_and_how_far_apart(self):
        pairs = [(Decimal(84), Decimal(80), Decimal(80)), (Decimal(84), Decimal("79.5"), Decimal(80))]

        found = agreement(pairs)

        assert (found.pairs, found.same, found.apart, found.percent) == (2, 1, Decimal("4.2"), 50)

    def test_of_nothing_is_none(self):
        assert (agreement([]).percent, agreement([]).apart) == (None, 0)
