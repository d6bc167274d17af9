"""How good predictions are: the figures that a model's page and the benchmark show. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BINS = 10


def accuracy(truth: Sequence[str], guesses: Sequence[str]) -> float:
    """The share of right guesses."""
    return sum(map(str.__eq__, truth, guesses)) / len(truth)


def macro_f1(truth: Sequence[str], guesses: Sequence[str]) -> float:
    """The mean over all labels, of truth or guess, of the harmonic mean of precision and recall."""
    labels = sorted({*truth, *guesses})
    scores = []
    for label in labels:
        hits = sum(a == label == b for a, b in zip(truth, guesses, strict=True))
        scores.append(2 * hits / (truth.count(label) + guesses.count(label)))
    return sum(scores) / len(scores)


def calibration_error(probabilities: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error over ten bins: how far what was stated is from what was true."""
    stated: NDArray[np.float64] = np.asarray(probabilities, dtype=np.float64)
    true: NDArray[np.float64] = np.asarray(right, dtype=np.float64)
    bins = np.minimum((stated * BINS).astype(int), BINS - 1)
    return sum(
        float(abs(stated[bins == number].mean() - true[bins == number].mean()) * (bins == number).mean())
        for number in np.unique(bins)
    )
