"""Whether a prediction may dispatch by itself: the gate of note 07 §6.3 and §6.4. Pure rules, no clock, no database.

Every condition must hold; each that fails is named by a code, which a domain puts into words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .model import Calibration, Held, Prediction

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TARGET = 0.95  # precision that an agency asks of automatic dispatch, unless it chose another
NEVER = 2.0  # a threshold that no probability reaches
ENOUGH_FOR_OWN = 50  # examples from which on a label has a threshold of its own
PRIOR_ROWS = 200  # so many rows of all labels speak with a label's own
STEP = 0.0025  # by which the wish for each label is lowered while all labels together still reach the target
STEPS = 20
STRANGEST = 0.1  # so many of a city's own long texts, the strangest, are left to people, with what is stranger still
STRANGEST_SHORT = 0.03  # and of its short ones


class Doubt(StrEnum):
    """Why a person must look."""

    PROBABILITY = "probability"
    MARGIN = "margin"
    UNKNOWN_WORDS = "unknown_words"
    TOO_SHORT = "too_short"
    ALWAYS_PERSON = "always_person"
    FEW_LABELS = "few_labels"
    FEW_IN_CLASS = "few_in_class"
    SHADOW = "shadow"
    NEW_LABEL = "new_label"  # the model knows it since a short time only


@dataclass(frozen=True)
class Conditions:
    """What the gate asks for; the values are those of note 07 §6.3 and §6.4."""

    margin: float = 0.2
    known_share: float = 0.6
    length: int = 8
    labels: int = 200
    labels_in_class: int = 30
    shadow_days: int = 14


@dataclass(frozen=True)
class Thresholds:
    """From which probability on the target precision is reached, and how strange a text may be."""

    overall: float
    by_label: Mapping[str, float] = field(default_factory=dict)
    target: float = TARGET
    known_share: float = 0.6

    def of(self, label: str) -> float:
        """The label's own, else that of all."""
        return self.by_label.get(label, self.overall)


@dataclass(frozen=True)
class GateDecision:
    """Automatic or not, and every reason against it."""

    automatic: bool
    reasons: tuple[str, ...]
    label: str = ""
    probability: float = 0.0
    threshold: float = NEVER
    live: bool = True  # False while the model is only watched


def decide(
    prediction: Prediction,
    thresholds: Thresholds,
    *,
    counts: Mapping[str, int],
    watched_days: int,
    label_days: int | None = None,
    always_person: Sequence[str] = (),
    conditions: Conditions = Conditions(),
) -> GateDecision:
    """Let a prediction dispatch, or name every doubt.

    counts: labelled examples by label; watched_days: since the purpose's first model began to predict in shadow;
    label_days: the same for the first model that knew the label, where that is another day;
    always_person: what the domain found that always needs a person (emergency, self-harm, violence, corruption …).
    """
    label, threshold = prediction.label, thresholds.of(prediction.label)
    tests = (
        (Doubt.PROBABILITY, prediction.probability < threshold),
        (Doubt.MARGIN, prediction.margin < conditions.margin),
        (Doubt.UNKNOWN_WORDS, prediction.known_share < thresholds.known_share or not prediction.letters),
        (Doubt.TOO_SHORT, prediction.length < conditions.length),
        (Doubt.ALWAYS_PERSON, bool(always_person)),
        (Doubt.FEW_LABELS, sum(counts.values()) < conditions.labels),
        (Doubt.FEW_IN_CLASS, counts.get(label, 0) < conditions.labels_in_class),
        (Doubt.SHADOW, watched_days < conditions.shadow_days),
        (Doubt.NEW_LABEL, label_days is not None and label_days < conditions.shadow_days <= watched_days),
    )
    reasons = tuple(doubt.value for doubt, holds in tests if holds)
    return GateDecision(
        automatic=not reasons,
        reasons=reasons,
        label=label,
        probability=prediction.probability,
        threshold=threshold,
        live=Doubt.SHADOW.value not in reasons,
    )


def thresholds(
    held: Held,
    calibration: Calibration,
    *,
    counts: Mapping[str, int],
    target: float = TARGET,
    conditions: Conditions = Conditions(),
) -> Thresholds:
    """The lowest probabilities at and above which held-out predictions were right often enough.

    Only predictions that pass the other conditions are looked at. A label with 50 examples or more has a threshold of
    its own: its precision above it is counted together with 200 rows of the precision of all labels there, so that a
    handful of lucky rows does not open the gate. Labels that are better than the target leave room for the others:
    what is asked of each is lowered as long as all automatic decisions together reach the target.
    """
    known = strangest(held.known_shares, conditions)
    if len(held.truth) == 0:
        return Thresholds(NEVER, {}, target, known)
    shares = calibration.probabilities(held.scores)
    ordered = np.sort(shares, axis=1)
    enough = np.array([counts.get(label, 0) >= conditions.labels_in_class for label in held.labels])
    guess = shares.argmax(axis=1)
    passing = (
        (ordered[:, -1] - ordered[:, -2] >= conditions.margin) & (held.known_shares >= known) & enough[guess]
    )  # fmt: skip
    rows = _Rows(held.labels, guess[passing], ordered[passing, -1], (guess == held.truth)[passing])
    own = [
        label
        for number, label in enumerate(held.labels)
        if counts.get(label, 0) >= ENOUGH_FOR_OWN and (rows.guess == number).any()
    ]
    best = rows.thresholds(target, own)
    for step in range(1, STEPS + 1):
        tried = rows.thresholds(target - step * STEP, own)
        if rows.precision(tried) < target:
            break
        best = tried
    return Thresholds(best[0], best[1], target, known)


def evidence(
    held: Held, calibration: Calibration, limits: Thresholds, conditions: Conditions = Conditions()
) -> dict[str, list[int]]:
    """By label, what its threshold rests on: held-out predictions of it, those above the threshold, and the right ones.

    Those that a small margin or strange words would leave to a person are not among those above.
    """
    if not len(held.truth):
        return {}
    shares = calibration.probabilities(held.scores)
    ordered = np.sort(shares, axis=1)
    guess = shares.argmax(axis=1)
    level = np.array([limits.of(label) for label in held.labels])
    above = (
        (ordered[:, -1] >= level[guess])
        & (ordered[:, -1] - ordered[:, -2] >= conditions.margin)
        & (held.known_shares >= limits.known_share)
    )
    right = guess == held.truth
    return {
        label: [int((guess == n).sum()), int(((guess == n) & above).sum()), int(((guess == n) & above & right).sum())]
        for n, label in enumerate(held.labels)
    }


def strangest(known_shares: Floats, conditions: Conditions = Conditions()) -> float:
    """How many of its pairs of characters a text must share with the training texts.

    Long texts share most pairs with any other Chinese text: 28 % of encyclopaedia paragraphs pass the note's 60 %. So
    where a city's own texts reach more, the bar is what 90 % of them reach. Short questions share far fewer, and foreign
    text hardly any with them: there 60 % would turn away 15 % of the city's own, and what 97 % of them reach is enough.
    """
    if not len(known_shares):
        return conditions.known_share
    long, short = (float(np.quantile(known_shares, share)) for share in (STRANGEST, STRANGEST_SHORT))
    return long if long >= conditions.known_share else min(conditions.known_share, short)


@dataclass(frozen=True)
class _Rows:
    """Held-out predictions that pass every other condition."""

    labels: tuple[str, ...]
    guess: NDArray[np.int64]
    stated: Floats
    right: Bools

    def thresholds(self, wanted: float, own: Sequence[str]) -> tuple[float, dict[str, float]]:
        """The threshold of all, and of each label that has its own."""
        levels, precision, _ = _precision_above(self.stated, self.right)
        found: dict[str, float] = {}
        for label in own:
            mine = self.guess == self.labels.index(label)
            here, hit_share, rows = _precision_above(self.stated[mine], self.right[mine])
            everywhere = precision[np.searchsorted(-levels, -here, side="right") - 1]
            found[label] = _lowest(here, (hit_share * rows + everywhere * PRIOR_ROWS) / (rows + PRIOR_ROWS), wanted)
        return _lowest(levels, precision, wanted), found

    def precision(self, thresholds: tuple[float, Mapping[str, float]]) -> float:
        """How often the predictions that these let pass were right; 0 where there are none."""
        overall, own = thresholds
        level = np.array([own.get(label, overall) for label in self.labels])
        passed = self.stated >= level[self.guess]
        return float(self.right[passed].mean()) if passed.any() else 0.0


def _precision_above(stated: Floats, right: Bools) -> tuple[Floats, Floats, Floats]:
    """For each probability that occurs, falling: it, the share of right among rows at or above it, and their number."""
    order = np.argsort(-stated, kind="stable")
    levels, rows = stated[order], np.arange(1, len(stated) + 1, dtype=np.float64)
    share = np.cumsum(right[order]) / rows
    last = np.append(levels[:-1] != levels[1:], True) if len(levels) else np.zeros(0, dtype=bool)
    return levels[last], share[last], rows[last]


def _lowest(levels: Floats, precision: Floats, wanted: float) -> float:
    good = np.flatnonzero(precision >= wanted)
    return float(levels[good[-1]]) if len(good) else NEVER
