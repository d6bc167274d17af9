"""A prediction dispatches only where every condition holds; thresholds reach their target."""

from dataclasses import replace

import numpy as np
import pytest

from cityhall.engines.classify.gate import (
    NEVER,
    Conditions,
    Doubt,
    GateDecision,
    Thresholds,
    decide,
    strangest,
    thresholds,
)
from cityhall.engines.classify.model import Calibration, Held, Prediction

SURE = Prediction(top=(("light", 0.9), ("hole", 0.05)), known_share=0.8, letters=20, length=22)
LIMITS = Thresholds(overall=0.8, by_label={"hole": 0.97}, known_share=0.6)
COUNTS = {"light": 150, "hole": 150}


def gate(prediction: Prediction = SURE, **changed) -> GateDecision:
    given = {"counts": COUNTS, "watched_days": 14, **changed}
    return decide(prediction, LIMITS, **given)


class TestDecide:
    def test_lets_a_sure_prediction_go(self):
        decision = gate()

        assert decision.automatic
        assert decision.reasons == ()
        assert (decision.label, decision.threshold, decision.live) == ("light", 0.8, True)

    @pytest.mark.parametrize(
        ("prediction", "changed", "doubt"),
        [
            (replace(SURE, top=(("light", 0.79), ("hole", 0.1))), {}, Doubt.PROBABILITY),
            (replace(SURE, top=(("hole", 0.96), ("light", 0.02))), {}, Doubt.PROBABILITY),
            (replace(SURE, top=(("light", 0.8), ("hole", 0.61))), {}, Doubt.MARGIN),
            (replace(SURE, known_share=0.59), {}, Doubt.UNKNOWN_WORDS),
            (replace(SURE, letters=0, known_share=1.0), {}, Doubt.UNKNOWN_WORDS),
            (replace(SURE, length=7), {}, Doubt.TOO_SHORT),
            (SURE, {"always_person": ["自殺"]}, Doubt.ALWAYS_PERSON),
            (SURE, {"counts": {"light": 150, "hole": 49}}, Doubt.FEW_LABELS),
            (SURE, {"counts": {"light": 29, "hole": 500}}, Doubt.FEW_IN_CLASS),
            (SURE, {"watched_days": 13}, Doubt.SHADOW),
        ],
    )
    def test_names_what_stands_against_it(self, prediction, changed, doubt):
        decision = gate(prediction, **changed)

        assert not decision.automatic
        assert decision.reasons == (doubt.value,)

    def test_names_every_doubt(self):
        decision = gate(replace(SURE, top=(("light", 0.4), ("hole", 0.35)), length=3), watched_days=0)

        assert decision.reasons == ("probability", "margin", "too_short", "shadow")
        assert not decision.live

    def test_asks_what_the_city_asks(self):
        assert not gate(conditions=Conditions(length=23)).automatic
        assert gate(replace(SURE, length=5), conditions=Conditions(length=5)).automatic


def held(rows: int = 400, wrong_below: float = 0.6, seed: int = 0) -> tuple[Held, Calibration]:
    """Predictions of two labels with the identity as calibration: wrong half the time below a margin."""
    chance = np.random.default_rng(seed)
    stated = chance.uniform(0.5, 1.0, rows)
    guess = chance.integers(0, 2, rows)
    right = (stated >= wrong_below) | (chance.random(rows) < 0.5)
    truth = np.where(right, guess, 1 - guess)
    share = np.where(np.arange(2)[None, :] == guess[:, None], stated[:, None], 1 - stated[:, None])
    scores = np.log(share / (1 - share))  # σ of them is the share, and both sum to one
    return Held(("a", "b"), truth, scores, np.full(rows, 0.9), np.arange(rows)), Calibration(1.0, 0.0)


class TestThresholds:
    COUNTS = {"a": 200, "b": 200}

    def test_lie_where_the_target_is_reached(self):
        rows, calibration = held(wrong_below=0.7)
        found = thresholds(rows, calibration, counts=self.COUNTS)

        stated = calibration.probabilities(rows.scores)
        guess = stated.argmax(axis=1)
        limit = np.array([found.of(rows.labels[i]) for i in guess])
        passed = (stated.max(axis=1) >= limit) & (stated.max(axis=1) - stated.min(axis=1) >= 0.2)
        assert (guess == rows.truth)[passed].mean() >= 0.95
        assert 0.6 < found.of("a") < 0.75
        assert found.target == 0.95

    def test_are_higher_for_a_higher_target(self):
        rows, calibration = held(wrong_below=0.8)

        low, high = (thresholds(rows, calibration, counts=self.COUNTS, target=t).of("a") for t in (0.8, 0.99))
        assert low < high

    def test_are_a_labels_own_from_fifty_examples_on(self):
        rows, calibration = held()

        assert set(thresholds(rows, calibration, counts=self.COUNTS).by_label) == {"a", "b"}
        assert set(thresholds(rows, calibration, counts={"a": 200, "b": 49}).by_label) == {"a"}

    def test_do_not_trust_a_handful_of_lucky_rows(self):
        # b was right in each of its 60 rows, a is wrong half the time: b alone may go, and not from its lowest row on.
        chance = np.random.default_rng(5)
        stated = np.concatenate((chance.uniform(0.6, 0.99, 340), chance.uniform(0.6, 0.99, 60)))
        guess = np.array([0] * 340 + [1] * 60)
        truth = np.where((guess == 0) & (chance.random(400) < 0.5), 1, guess)
        share = np.where(np.arange(2)[None, :] == guess[:, None], stated[:, None], 1 - stated[:, None])
        rows = Held(("a", "b"), truth, np.log(share / (1 - share)), np.full(400, 0.9), np.arange(400))

        found = thresholds(rows, Calibration(1.0, 0.0), counts=self.COUNTS)

        assert found.of("a") > 0.95
        assert found.of("b") > 0.6

    def test_never_open_where_the_target_is_never_reached(self):
        rows, calibration = held()
        wrong = replace(rows, truth=1 - calibration.probabilities(rows.scores).argmax(axis=1))

        found = thresholds(wrong, calibration, counts=self.COUNTS)

        assert found.of("a") == found.of("b") == NEVER

    def test_never_open_without_held_out_rows(self):
        nothing = Held(("a", "b"), np.zeros(0, dtype=np.int64), np.zeros((0, 2)), np.zeros(0), np.zeros(0, dtype=int))

        found = thresholds(nothing, Calibration(), counts={})

        assert (found.overall, found.by_label, found.known_share) == (NEVER, {}, 0.6)

    def test_look_only_at_rows_that_pass_the_other_conditions(self):
        rows, calibration = held(wrong_below=0.0)
        stated = calibration.probabilities(rows.scores)
        guess = stated.argmax(axis=1)
        wrong = np.arange(400) % 20 == 0
        some_wrong = replace(rows, truth=np.where(wrong, 1 - guess, guess))
        strange = replace(some_wrong, known_shares=np.where(wrong, 0.1, 0.9))

        at_most = {"counts": self.COUNTS, "target": 0.99}
        assert thresholds(some_wrong, calibration, **at_most).overall > 0.9
        assert thresholds(strange, calibration, **at_most).overall == pytest.approx(0.6, abs=0.02)
        assert thresholds(rows, calibration, counts={"a": 29, "b": 29}).overall == NEVER


class TestStrangest:
    def test_follows_long_texts_above_the_least_share(self):
        assert strangest(np.linspace(0.6, 1.0, 401)) == pytest.approx(0.64)

    def test_goes_below_it_for_short_ones(self):
        assert strangest(np.linspace(0.3, 1.0, 701)) == pytest.approx(0.321)

    def test_never_asks_more_of_short_ones_than_of_long_ones(self):
        shares = np.concatenate((np.full(15, 0.5), np.full(85, 0.9)))

        assert strangest(shares) == 0.5
        assert strangest(np.zeros(0)) == 0.6
