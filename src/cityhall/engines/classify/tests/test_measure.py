"""Figures of quality, against values worked out by hand."""

import pytest

from cityhall.engines.classify.measure import accuracy, calibration_error, macro_f1


class TestMacroF1:
    def test_gives_every_label_the_same_say(self):
        # a: 2·2/(3+2) = 0.8; b: 2·1/(1+2) = 0.667
        assert macro_f1(["a", "a", "a", "b"], ["a", "a", "b", "b"]) == pytest.approx((0.8 + 2 / 3) / 2)

    def test_counts_a_label_that_was_only_guessed_as_nothing(self):
        assert macro_f1(["a", "a"], ["a", "c"]) == pytest.approx((2 / 3 + 0) / 2)


class TestAccuracy:
    def test_is_the_share_of_right_guesses(self):
        assert accuracy(["a", "b", "c", "d"], ["a", "b", "c", "a"]) == 0.75


class TestCalibrationError:
    def test_is_nothing_where_what_was_stated_came_true(self):
        assert calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0)

    def test_weighs_each_bin_by_its_rows(self):
        # Ten rows at 0.95, half right: 0.45 off. Ten at 0.55, all right: 0.45 off.
        assert calibration_error([0.95] * 10 + [0.55] * 10, [True, False] * 5 + [True] * 10) == pytest.approx(0.45)

    def test_takes_certainty_into_the_last_bin(self):
        assert calibration_error([1.0, 0.9], [True, True]) == pytest.approx(0.05)
