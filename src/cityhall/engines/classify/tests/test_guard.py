"""The guard's rules: loss, golden texts, consensus, change of classes. Each with its bounds."""

import pytest

from cityhall.engines.classify import guard
from cityhall.engines.classify.guard import Guard


class TestLoss:
    @pytest.mark.parametrize(
        ("was", "now", "passes"), [(0.85, 0.86, True), (0.85, 0.84, True), (0.85, 0.8399, False), (0.85, 0.5, False)]
    )
    def test_of_macro_f1_may_be_a_point(self, was, now, passes):
        found = guard.macro_f1(was, now, rows=100)

        assert found.passed == passes
        assert (found.was, found.now, found.rows) == (was, now, 100)

    @pytest.mark.parametrize(("was", "now", "passes"), [(0.9, 0.9, True), (0.9, 0.91, True), (0.9, 0.899, False)])
    def test_of_urgent_recall_may_be_none(self, was, now, passes):
        assert guard.urgent_recall(was, now, rows=100).passed == passes

    def test_is_not_told_where_there_is_nothing_to_compare(self):
        for found in (guard.macro_f1(None, 0.5, rows=0), guard.urgent_recall(0.9, None, rows=0)):
            assert found.passed
            assert not found.told


class TestGolden:
    def test_loss_that_is_more_than_chance_stops(self):
        was = [True] * 90 + [False] * 10
        now = [True] * 75 + [False] * 25

        found = guard.golden(was, now)

        assert not found.passed
        assert (found.was, found.now, found.rows) == (0.9, 0.75, 100)

    def test_loss_by_chance_does_not(self):
        was = [True, False] * 50
        now = [True, False] * 48 + [False, True] * 2

        assert guard.golden(was, now).passed
        assert guard.golden([True] * 100, [True] * 97 + [False] * 3).passed  # three lost, none won: 1 of 8

    def test_gain_does_not(self):
        assert guard.golden([False] * 100, [True] * 100).passed

    def test_too_few_say_nothing(self):
        assert guard.golden([True] * 29, [False] * 29).passed
        assert not guard.golden([True] * 30, [False] * 30).passed

    def test_chance_is_that_of_tossing_a_coin(self):
        assert guard.by_chance(0, 0) == 1
        assert guard.by_chance(3, 3) == 1 / 8
        assert guard.by_chance(4, 5) == 6 / 32


class TestConsensus:
    def test_names_whoever_is_surely_contradicted_too_often(self):
        found = {one.by: one for one in guard.consensus({1: (2, 50), 2: (21, 50), 3: (20, 50)})}

        assert [found[n].passed for n in (1, 2, 3)] == [True, False, True]
        assert found[2].now == 0.42
        assert found[2].rows == 50

    def test_says_nothing_about_few_labels(self):
        assert [one.told for one in guard.consensus({1: (19, 19)})] == [False]
        assert guard.all_passed(guard.consensus({1: (19, 19)}))
        assert not guard.all_passed(guard.consensus({1: (20, 20)}))


class TestClasses:
    def test_made_up_alike_pass(self):
        assert guard.classes(["light", "hole"] * 100, ["hole", "light"] * 60).passed

    def test_made_up_otherwise_stop(self):
        found = guard.classes(["light", "hole"] * 100, ["light"] * 100 + ["dog"] * 20)

        assert not found.passed
        assert found.guard == Guard.CLASSES
        assert found.now > found.limit > guard.CHANGED

    def test_need_a_hundred_on_either_side(self):
        assert guard.classes(["light"] * 99, ["dog"] * 500).passed
        assert guard.classes(["light"] * 500, ["dog"] * 99).passed

    def test_stability_is_nothing_for_the_same_and_the_same_either_way(self):
        before, new = ["light"] * 60 + ["hole"] * 40, ["light"] * 40 + ["hole"] * 60

        assert guard.stability(before, before) == 0
        assert guard.stability(before, new) == pytest.approx(guard.stability(new, before))
        assert 0.1 < guard.stability(before, new) < 0.25
