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
PRIOR_ROWS = 80  # so many rows of all labels speak with a label's own
STRANGEST = 0.125  # the strangest eighth of the city's own texts is left to people, and with it what is stranger still
LUCK = 0.005  # the lowest threshold that reaches the target was a little lucky (nested folds, benchmarks/dispatch)


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
    always_person: Sequence[str] = (),
    conditions: Conditions = Conditions(),
) -> GateDecision:
    """Let a prediction dispatch, or name every doubt.

    counts: labelled examples by label; watched_days: since the purpose's first model began to predict in shadow;
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
    held: Held, calibration: Calibration, *, target: float = TARGET, conditions: Conditions = Conditions()
) -> Thresholds:
    """The lowest probability at and above which held-out predictions were right often enough.

    A label with 50 examples or more has its own: its precision above a threshold is counted together with 80 rows of
    the precision of all labels there, so that a handful of lucky rows does not open the gate.

    Long texts share most pairs of characters with any other Chinese text: 28 % of encyclopaedia paragraphs pass the
    note's 60 % of known pairs. So the bar is raised to what seven in eight held-out texts of the city itself reach.
    """
    shares = calibration.probabilities(held.scores)
    if len(held.truth) == 0:
        return Thresholds(NEVER, {}, target, conditions.known_share)
    ordered = np.sort(shares, axis=1)
    clear = ordered[:, -1] - ordered[:, -2] >= conditions.margin
    guess, stated = shares.argmax(axis=1)[clear], ordered[clear, -1]
    truth = held.truth[clear]
    right = guess == truth
    wanted = min(target + LUCK, 1.0)
    levels, precision, _ = _precision_above(stated, right)
    overall = _lowest(levels, precision, wanted)
    own: dict[str, float] = {}
    for number, label in enumerate(held.labels):
        mine = guess == number
        if int((held.truth == number).sum()) < ENOUGH_FOR_OWN or not mine.any():
            continue
        here, hit_share, rows = _precision_above(stated[mine], right[mine])
        everywhere = precision[np.searchsorted(-levels, -here, side="right") - 1]
        own[label] = _lowest(here, (hit_share * rows + everywhere * PRIOR_ROWS) / (rows + PRIOR_ROWS), wanted)
    known = max(conditions.known_share, float(np.quantile(held.known_shares, STRANGEST)))
    return Thresholds(overall, own, target, known)


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
