"""What an answer may be, and what answers add up to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.surveys.rules import (
    Asked,
    Change,
    Fault,
    Share,
    differences,
    faults,
    for_keys,
    is_complaint,
    pressed,
    tally,
)

POINT = Asked("q1", "SCALE", no_opinion=True, complaint_at_most=2)
PLAIN_POINT = Asked("q1", "SCALE")
ONE = Asked("q2", "SINGLE", ("a", "b", "c"))
SOME = Asked("q3", "SEVERAL", ("a", "b", "c"), required=False)
WORDS = Asked("q4", "TEXT", required=False)
ALL = [POINT, ONE, SOME, WORDS]


class TestFaults:
    def test_there_are_none_in_good_answers(self):
        assert faults(ALL, {"q1": 3, "q2": "a", "q3": ["a", "c"], "q4": "好"}) == {}
        assert faults(ALL, {"q1": 0, "q2": "c"}) == {}

    def test_what_has_to_be_answered_is_missed(self):
        assert faults(ALL, {"q3": []}) == {"q1": Fault.MISSING, "q2": Fault.MISSING}
        assert faults([Asked("w", "TEXT")], {"w": " \n"}) == {"w": Fault.MISSING}

    @pytest.mark.parametrize(
        ("asked", "value"),
        [
            (POINT, 6), (POINT, -1), (POINT, "5"), (POINT, True), (POINT, 2.0), (PLAIN_POINT, 0), (ONE, "d"), (ONE, ["a"]),
            (SOME, ["a", "a"]), (SOME, ["d"]), (SOME, "a"), (WORDS, 5), (WORDS, ["好"]),
        ],
    )  # fmt: skip
    def test_what_is_no_answer_is_refused(self, asked, value):
        assert faults([asked], {asked.key: value}) == {asked.key: Fault.UNKNOWN}

    def test_words_have_an_end(self):
        assert faults([WORDS], {"q4": "字" * 2000}) == {}
        assert faults([WORDS], {"q4": "字" * 2001}) == {"q4": Fault.TOO_LONG}

    def test_what_nobody_asked_is_refused(self):
        assert faults([WORDS], {"q9": "好"}) == {"q9": Fault.UNKNOWN}


class TestComplaint:
    @pytest.mark.parametrize(("value", "is_one"), [(0, False), (1, True), (2, True), (3, False), (5, False)])
    def test_is_a_low_point(self, value, is_one):
        assert is_complaint(ALL, {"q1": value}) is is_one

    def test_is_none_where_the_question_asks_for_none(self):
        assert not is_complaint([PLAIN_POINT, ONE], {"q1": 1, "q2": "a"})
        assert not is_complaint([POINT], {})


class TestShares:
    def test_of_points_leave_out_who_has_no_opinion(self):
        found = tally(POINT, 10, {"5": 4, "4": 2, "1": 1, "0": 3})

        assert (found.base, found.no_opinion) == (7, 3)
        assert found.satisfied == Share(6, 7)
        assert [code for code, _share in found.shares] == ["5", "4", "3", "2", "1"]
        assert found.mean == pytest.approx((20 + 8 + 1) / 7)

    def test_of_several_choices_are_of_people(self):
        found = tally(SOME, 3, {"a": 3, "b": 2})

        assert dict(found.shares) == {"a": Share(3, 3), "b": Share(2, 3), "c": Share(0, 3)}

    def test_of_nothing_say_nothing(self):
        found = tally(POINT, 2, {"0": 2})

        assert found.satisfied.percent is None
        assert found.satisfied.between is None
        assert found.mean is None

    def test_of_the_report(self):
        """6,841 who answered, 96.52 % satisfied (1.2.2): half a point at most to either side."""
        low, high = Share(6603, 6841).between

        assert Share(6603, 6841).percent == pytest.approx(96.52, abs=0.005)
        assert (low, high) == pytest.approx((96.06, 96.93), abs=0.01)

    @given(st.lists(st.sampled_from(ONE.choices)))
    def test_of_one_choice_are_the_whole(self, chosen):
        found = tally(ONE, len(chosen), {code: chosen.count(code) for code in set(chosen)})

        assert sum(share.part for _code, share in found.shares) == found.base == len(chosen)
        if chosen:
            assert sum(share.percent for _code, share in found.shares) == pytest.approx(100)

    @given(st.lists(st.sets(st.sampled_from(SOME.choices), min_size=1)))
    def test_of_several_are_never_more_than_all_people(self, people):
        counts = {code: sum(code in one for one in people) for code in SOME.choices}

        assert all(
            0 <= share.part <= share.of == len(people) for _code, share in tally(SOME, len(people), counts).shares
        )

    @given(st.lists(st.integers(0, 5)))
    def test_of_points_lose_nobody(self, points):
        found = tally(POINT, len(points), {str(one): points.count(one) for one in set(points)})

        assert sum(share.part for _code, share in found.shares) + found.no_opinion == len(points)
        assert found.mean is None or 1 <= found.mean <= 5


class TestKeys:
    @pytest.mark.parametrize(
        ("asked", "digit", "value"),
        [(POINT, "5", 5), (POINT, "0", 0), (POINT, "", None), (ONE, "1", "a"), (ONE, "3", "c"), (WORDS, "", None)],
    )
    def test_stand_for_answers(self, asked, digit, value):
        assert pressed(asked, digit) == value

    @pytest.mark.parametrize(
        ("asked", "digit"),
        [(POINT, "6"), (POINT, "55"), (POINT, "*"), (POINT, "３"), (PLAIN_POINT, "0"), (ONE, "0"), (ONE, "4"), (WORDS, "1")],
    )  # fmt: skip
    def test_that_stand_for_nothing_are_refused(self, asked, digit):
        with pytest.raises(ValueError, match=r".*"):
            pressed(asked, digit)

    def test_answer_some_questions(self):
        assert [for_keys(one) for one in ALL] == [True, True, False, False]
        assert not for_keys(Asked("q", "SINGLE", tuple("abcdefghij")))

    @given(st.sampled_from([POINT, PLAIN_POINT, ONE]), st.text(max_size=2))
    def test_say_only_what_the_question_takes(self, asked, cell):
        try:
            value = pressed(asked, cell)
        except ValueError:
            return

        assert value is None or faults([asked], {asked.key: value}) == {}


class TestDifferences:
    def test_name_what_changed_and_in_what(self):
        before = {"q1": {"text": "滿意嗎？", "kind": "SCALE"}, "q2": {"text": "一", "kind": "TEXT"}}
        after = {"q3": {"text": "二", "kind": "TEXT"}, "q1": {"text": "您滿意嗎？", "kind": "SCALE"}}

        assert differences(before, after) == [
            ("q3", Change.ADDED, []),
            ("q1", Change.CHANGED, ["text"]),
            ("q2", Change.REMOVED, []),
        ]
        assert differences(before, before) == [("q1", Change.SAME, []), ("q2", Change.SAME, [])]
