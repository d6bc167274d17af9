"""Into which classes numbers fall on a map: equal steps, equal numbers of units, or natural breaks. No Django."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

QUANTILE, EQUAL, NATURAL = "QUANTILE", "EQUAL", "NATURAL"
MOST_FOR_NATURAL = 1_000
"""More numbers than these are thinned out evenly: the breaks stay, the time does not grow with the square."""


def breaks(values: Iterable[float | None], how: str, n: int = 5) -> list[float]:
    """The upper ends of at most `n` classes, rising; empty without a number. Numbers that are none are left out."""
    known = np.array(sorted(float(one) for one in values if one is not None and np.isfinite(one)))
    if not len(known):
        return []
    if how == EQUAL:
        ends = np.linspace(known[0], known[-1], n + 1)[1:]
    elif how == NATURAL:
        ends = _natural(known, n)
    else:
        ends = known[[-(-k * len(known) // n) - 1 for k in range(1, n + 1)]]
    found = sorted({float(one) for one in ends})
    found[-1] = float(known[-1])
    return found


def class_of(value: float | None, ends: Sequence[float]) -> int | None:
    """The class of a number, from 0; None where there is none."""
    if value is None or not np.isfinite(value) or not ends:
        return None
    return min(bisect_left(ends, value), len(ends) - 1)


def _natural(known: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Fisher's exact optimum: the classes whose members differ least from their means."""
    if len(known) > MOST_FOR_NATURAL:
        known = known[np.linspace(0, len(known) - 1, MOST_FOR_NATURAL).astype(int)]
    values = np.unique(known)
    if len(values) <= n:
        return values
    weights = np.bincount(np.searchsorted(values, known)).astype(float)
    w = np.concatenate([[0], np.cumsum(weights)])
    s = np.concatenate([[0], np.cumsum(weights * (values - values[0]))])
    q = np.concatenate([[0], np.cumsum(weights * (values - values[0]) ** 2)])
    many = len(values)
    # cost[i, j]: the squares of what values[i:j] differ from their mean
    i, j = np.meshgrid(np.arange(many + 1), np.arange(many + 1), indexing="ij")
    weight = np.where(j > i, w[j] - w[i], 1.0)
    cost = np.where(j > i, q[j] - q[i] - (s[j] - s[i]) ** 2 / weight, np.inf)
    best = cost[0].copy()
    cuts = np.zeros((n, many + 1), dtype=int)
    for k in range(1, n):
        total = best[:, None] + cost
        cuts[k] = total.argmin(axis=0)
        best = total.min(axis=0)
    ends, at = [], many
    for k in range(n - 1, -1, -1):
        ends.append(values[at - 1])
        at = cuts[k][at]
    return np.array(ends[::-1])
