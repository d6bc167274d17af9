"""How sure a share is."""

from __future__ import annotations

from math import sqrt

Z = 1.96  # 95 %


def wilson(part: float, of: float, *, z: float = Z) -> tuple[float, float] | None:
    """Where the true share lies (Wilson's score interval, 1927), from 0 to 1; None of nothing.

    `of` may be an effective number, as weights leave it.
    """
    if of <= 0:
        return None
    share = part / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(middle - half, 0.0), min(middle + half, 1.0)
