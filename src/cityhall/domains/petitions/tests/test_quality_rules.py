"""The rules of the monthly check: who is drawn, who reads, what is found wanting, who may contest and decide."""

from dataclasses import replace
from datetime import date
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.petitions import rubrics
from cityhall.domains.petitions.quality import (
    JUDGED,
    MOVES,
    STANDS_WANTING,
    Agreement,
    Barred,
    Candidate,
    Criterion,
    Drawing,
    Drawn,
    Finding,
    Rubric,
    Stand,
    agreement,
    finding,
    may_contest,
    may_decide,
    may_score,
    month_to_draw,
    plan,
    sample_size,
    shared_out,
    strata,
)
from cityhall.domains.petitions.states import SheetState
from cityhall.engines.scoring.rules import Mark, MarkFault, SchemeFault, mark_faults, scheme_faults

DRAWING = Drawing()
RUBRIC = Rubric(tuple(Criterion(row[0], row[1], row[2]) for row in rubrics.FIRST))
DAY = date(2026, 11, 16)
months = st.lists(
    st.builds(
        Candidate,
        number=st.integers(0, 10**6).map(str), agency=st.sampled_from(["a", "b", "c"]), urgent=st.booleans(),
        confidential=st.booleans(), answerable=st.booleans(),
    ),
    max_size=120, unique_by=lambda one: one.number,
)  # fmt: skip


def others(candidates, agency):
    return [
        one for one in candidates if one.agency == agency and not one.urgent and not one.confidential and one.answerable
    ]


class TestPlan:
    @given(months, st.text(max_size=20))
    def test_is_the_same_for_the_same_seed_whatever_the_order(self, candidates, seed):
        assert plan(candidates, seed=seed, drawing=DRAWING) == plan(candidates[::-1], seed=seed, drawing=DRAWING)

    @given(months, st.text(max_size=20))
    def test_has_every_urgent_one_and_of_each_agency_so_many_others(self, candidates, seed):
        drawn = plan(candidates, seed=seed, drawing=DRAWING)

        assert {one.number for one in drawn if one.urgent} == {
            one.number for one in candidates if one.urgent and not one.confidential
        }
        for agency in "abc":
            there = [one for one in drawn if one.agency == agency and not one.urgent]
            assert len(there) == sample_size(len(others(candidates, agency)), DRAWING)
            assert {one.number for one in there} <= {one.number for one in others(candidates, agency)}

    @given(months, st.text(max_size=20))
    def test_has_no_confidential_one_and_none_twice(self, candidates, seed):
        drawn = [one.number for one in plan(candidates, seed=seed, drawing=DRAWING)]

        assert not {one.number for one in candidates if one.confidential} & set(drawn)
        assert len(drawn) == len(set(drawn))

    @given(months, st.text(max_size=20))
    def test_lets_a_tenth_be_read_twice(self, candidates, seed):
        drawn = plan(candidates, seed=seed, drawing=DRAWING)

        assert sum(one.twice for one in drawn) == ceil(len(drawn) / 10)

    @given(months, st.text(max_size=20), st.integers(0, 119))
    def test_keeps_an_agencys_lots_when_another_agency_changes(self, candidates, seed, many):
        fewer = [one for n, one in enumerate(candidates) if one.agency == "a" or n >= many]
        mine = [
            {one.number for one in plan(given, seed=seed, drawing=DRAWING) if one.agency == "a"}
            for given in (candidates, fewer)
        ]

        assert mine[0] == mine[1]

    def test_depends_on_the_seed(self):
        candidates = [Candidate(str(n), "a") for n in range(100)]

        assert plan(candidates, seed="1", drawing=DRAWING) != plan(candidates, seed="2", drawing=DRAWING)

    @given(months)
    def test_is_counted_by_agency(self, candidates):
        drawn = plan(candidates, seed="x", drawing=DRAWING)

        for row in strata(candidates, drawing=DRAWING):
            assert row.drawn == sum(one.agency == row.agency for one in drawn)
            assert row.others == len(others(candidates, row.agency))
            assert row.left_out == sum(one.confidential for one in candidates if one.agency == row.agency)


class TestSampleSize:
    @pytest.mark.parametrize(
        ("others", "drawn"), [(0, 0), (3, 3), (5, 5), (100, 5), (167, 6), (200, 6), (1000, 30), (5000, 30)]
    )
    def test_is_three_per_cent_at_least_five_at_most_thirty(self, others, drawn):
        assert sample_size(others, DRAWING) == drawn


class TestSharedOut:
    @given(st.lists(st.booleans(), max_size=40), st.integers(0, 5))
    def test_gives_each_in_turn_and_never_twice_to_one_person(self, twice, many):
        drawn = [Drawn(str(n), "a", urgent=True, twice=again) for n, again in enumerate(twice)]

        found = shared_out(drawn, list(range(1, many + 1)))

        for one, (first, second) in zip(drawn, found, strict=True):
            assert (first is None) == (many == 0)
            assert (second is not None) == (one.twice and many > 1)
            assert second is None or second != first
        if many:
            counts = [sum(first == person for first, _second in found) for person in range(1, many + 1)]
            assert max(counts) - min(counts) <= 1


class TestMonthToDraw:
    @pytest.mark.parametrize(
        ("today", "month"),
        [
            (date(2026, 11, 4), None), (date(2026, 11, 5), date(2026, 10, 1)), (date(2026, 11, 30), date(2026, 10, 1)),
            (date(2027, 1, 5), date(2026, 12, 1)),
        ],
    )  # fmt: skip
    def test_is_the_month_before_from_its_day_on(self, today, month):
        assert month_to_draw(today, day=5) == month


marks_of = st.fixed_dictionaries(
    {one.code: st.integers(0, 5).map(lambda n: Mark(n, "因為")) for one in RUBRIC.criteria}
)


class TestRubric:
    def test_of_the_first_version_makes_a_hundred(self):
        assert scheme_faults(RUBRIC.scheme) == []

    def test_must_make_a_hundred(self):
        assert scheme_faults(Rubric(()).scheme) == [SchemeFault.NO_CRITERIA]
        assert scheme_faults(replace(RUBRIC, criteria=RUBRIC.criteria[1:]).scheme) == [SchemeFault.NOT_A_HUNDRED]
        assert scheme_faults(Rubric((Criterion("a", 10), Criterion("a", 10))).scheme) == [SchemeFault.DOUBLED]
        assert scheme_faults(Rubric((Criterion("a", 20), Criterion("b", 0))).scheme) == [SchemeFault.NOT_A_HUNDRED]

    @given(marks_of)
    def test_finds_wanting_below_sixty_or_at_a_zero_in_a_must(self, marks):
        found = finding(RUBRIC, marks)

        assert 0 <= found.points <= 100
        assert found.wanting == (found.points < 60 or 0 in (marks["completeness"].value, marks["legality"].value))

    @given(marks_of, st.sampled_from([one.code for one in RUBRIC.criteria]))
    def test_a_better_mark_is_never_a_worse_finding(self, marks, code):
        better = {**marks, code: Mark(min(5, marks[code].value + 1))}

        assert finding(RUBRIC, better).points >= finding(RUBRIC, marks).points
        assert not (finding(RUBRIC, better).wanting and not finding(RUBRIC, marks).wanting)

    def test_full_marks_are_a_hundred(self):
        assert finding(RUBRIC, {one.code: Mark(5) for one in RUBRIC.criteria}) == Finding(100, False, ())

    def test_a_zero_in_a_must_alone_is_too_little(self):
        marks = {one.code: Mark(5) for one in RUBRIC.criteria} | {"legality": Mark(0, "依據錯誤")}

        assert finding(RUBRIC, marks) == Finding(75, True, ("legality",))


class TestMarks:
    def test_are_complete_when_each_has_one_and_low_ones_a_reason(self):
        marks = {one.code: Mark(3) for one in RUBRIC.criteria}

        assert mark_faults(RUBRIC.scheme, marks) == {}
        assert mark_faults(RUBRIC.scheme, {**marks, "tone": Mark(2)}) == {"tone": MarkFault.NO_REASON}
        assert mark_faults(RUBRIC.scheme, {**marks, "tone": Mark(2, " 　")}) == {"tone": MarkFault.NO_REASON}
        assert mark_faults(RUBRIC.scheme, {**marks, "tone": Mark(2, "推給別的機關")}) == {}
        assert mark_faults(RUBRIC.scheme, {**marks, "tone": Mark(6)}) == {"tone": MarkFault.OUTSIDE}
        assert mark_faults(RUBRIC.scheme, {**marks, "tone": Mark(-1, "x")}) == {"tone": MarkFault.OUTSIDE}
        assert mark_faults(RUBRIC.scheme, {}) == dict.fromkeys(marks, MarkFault.MISSING)


class TestAgreement:
    def test_counts_the_same_verdicts_and_how_far_points_are_apart(self):
        good, bad = Finding(80, False, ()), Finding(50, True, ())

        found = agreement([(good, good), (good, bad), (bad, bad), (bad, bad)])

        assert found == Agreement(4, 3, 7.5)
        assert found.percent == 75

    def test_says_nothing_of_nothing(self):
        assert agreement([]).percent is None


class TestMoves:
    def test_have_every_state_and_the_same_words(self):
        assert set(MOVES) == set(Stand)
        assert {str(one) for one in Stand} == set(SheetState.values)

    def test_what_was_scored_is_either_good_or_wanting_or_taken_back(self):
        assert set(Stand) - JUDGED == {Stand.WAITING, Stand.DROPPED}
        assert {Stand.GOOD, Stand.LIFTED} == JUDGED - STANDS_WANTING

    def test_what_is_over_goes_nowhere(self):
        over = {stand for stand, onward in MOVES.items() if not onward}

        assert over == {
            Stand.GOOD, Stand.LIFTED, Stand.IMPROVED, Stand.NOT_IMPROVED, Stand.NO_REDO, Stand.DROPPED,
        }  # fmt: skip


class TestWhoMay:
    @pytest.mark.parametrize("stand", list(Stand))
    def test_contest_once_and_until_the_last_day(self, stand):
        def asked(**more):
            return may_contest(stand, **{"contested_before": False, "today": DAY, "until": DAY, **more})

        assert asked(contested_before=True) == Barred.ALREADY_CONTESTED
        if stand == Stand.WANTING:
            assert asked() is None
            assert asked(until=date(2026, 11, 15)) == Barred.TOO_LATE
        else:
            assert asked() == Barred.NOT_NOW

    def test_decide_is_who_did_not_read_it(self):
        readers = frozenset({1, 2, None})

        assert may_decide(Stand.CONTESTED, 3, checkers=readers) is None
        assert may_decide(Stand.CONTESTED, 1, checkers=readers) == Barred.SAME_PERSON
        assert may_decide(Stand.CONTESTED, 2, checkers=readers) == Barred.SAME_PERSON
        assert may_decide(Stand.CONTESTED, None, checkers=frozenset()) == Barred.SAME_PERSON
        assert may_decide(Stand.WANTING, 3, checkers=readers) == Barred.NOT_NOW

    def test_score_is_once_and_the_second_reading_somebody_elses(self):
        assert may_score(Stand.WAITING, 1, other_reader=None) is None
        assert may_score(Stand.WAITING, 1, other_reader=2) is None
        assert may_score(Stand.WAITING, 1, other_reader=1) == Barred.SAME_PERSON
        assert may_score(Stand.WAITING, None, other_reader=None) == Barred.SAME_PERSON
        assert may_score(Stand.GOOD, 1, other_reader=None) == Barred.NOT_NOW
