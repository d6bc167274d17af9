"""Whether a version that was trained may be trusted: rules against loss, poison and sudden change. Pure.

A training takes every word of a person as true. These rules look at what it made of them before it decides about
anybody; each says what it compared, and a version that fails one does not go live.

- Loss (note 07 §6.5): macro-F1 in cross-validation may be at most one point lower than that of the version in use, on
  the rows that both were tried on; the recall of the urgent labels may not be lower at all.
- Golden texts (Reject On Negative Impact: Nelson et al., "Exploiting Machine Learning to Subvert Your Spam Filter", 2008):
  texts that no version learns from. The version may not lose more than a point of them, where the loss is more than
  chance (the exact test of McNemar, 1947, one-sided, 5 %).
- Consensus (after Northcutt et al., "Confident Learning", 2021): what a model that never saw a person's new labels says of
  their texts. If it is sure of another label for more than 40 % of 20 labels or more, somebody must look at them. It is the
  share of sure contradictions that counts: honest corrections are of texts that a model is not sure about.
- Change of classes: the population stability index of a person-made batch against the batches before. Above 0.25 a change
  counts as a large one; what chance alone would give for so few rows is added (Yurdakul, 2018).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import comb, log
from typing import Any

MAY_LOSE = 0.01  # of macro-F1 against the version before, on the same rows
GOLDEN_MAY_LOSE = 0.01
LEAST_GOLDEN = 30
CHANCE = 0.05
SURE = 0.8  # so sure is a contradiction
CONTRADICTED = 0.40  # so many of a person's new labels may be contradicted
LEAST_LABELS = 20  # with fewer nothing is said about a person
CHANGED = 0.25
LEAST_TO_COMPARE = 100


class Guard(StrEnum):
    """What is looked at."""

    MACRO_F1 = "macro_f1"
    URGENT_RECALL = "urgent_recall"
    GOLDEN = "golden"
    CONSENSUS = "consensus"
    CLASSES = "classes"


@dataclass(frozen=True)
class Finding:
    """What one rule found: two numbers that were compared, on so many rows; passed where there is too little to tell."""

    guard: str
    passed: bool
    rows: int = 0
    was: float | None = None
    now: float | None = None
    limit: float | None = None
    by: int | None = None  # whose labels

    @property
    def told(self) -> bool:
        """Whether there was enough to compare."""
        return self.now is not None

    def as_json(self) -> dict[str, Any]:
        """For keeping."""
        return asdict(self)


def all_passed(findings: Sequence[Finding]) -> bool:
    """Whether a version may go live as far as the rules are concerned."""
    return all(one.passed for one in findings)


def macro_f1(was: float | None, now: float | None, *, rows: int) -> Finding:
    """At most a point lower on the same rows."""
    if was is None or now is None:
        return Finding(Guard.MACRO_F1, True)
    return Finding(Guard.MACRO_F1, was - now <= MAY_LOSE + 1e-9, rows, was, now, was - MAY_LOSE)


def urgent_recall(was: float | None, now: float | None, *, rows: int) -> Finding:
    """Not lower on the same rows."""
    if was is None or now is None:
        return Finding(Guard.URGENT_RECALL, True)
    return Finding(Guard.URGENT_RECALL, now >= was - 1e-9, rows, was, now, was)


def golden(was: Sequence[bool], now: Sequence[bool]) -> Finding:
    """Whether each golden text was told rightly by the version in use, and by the new one."""
    rows = len(now)
    if rows < LEAST_GOLDEN or len(was) != rows:
        return Finding(Guard.GOLDEN, True, rows)
    lost = sum(a and not b for a, b in zip(was, now, strict=True))
    won = sum(b and not a for a, b in zip(was, now, strict=True))
    before, after = sum(was) / rows, sum(now) / rows
    bad = before - after > GOLDEN_MAY_LOSE and by_chance(lost, lost + won) < CHANCE
    return Finding(Guard.GOLDEN, not bad, rows, before, after, before - GOLDEN_MAY_LOSE)


def by_chance(lost: int, of: int) -> float:
    """How likely at least so many of the rows that changed were lost, if winning and losing were equally likely."""
    return sum(comb(of, n) for n in range(lost, of + 1)) / 2**of


def consensus(contradicted: Mapping[int, tuple[int, int]]) -> list[Finding]:
    """By person: how many of their new labels are surely contradicted by a model that saw none of them, of how many."""
    found = [
        Finding(Guard.CONSENSUS, against / of <= CONTRADICTED, of, None, against / of, CONTRADICTED, person)
        for person, (against, of) in sorted(contradicted.items())
        if of >= LEAST_LABELS
    ]
    return found or [Finding(Guard.CONSENSUS, True)]


def classes(before: Sequence[str], new: Sequence[str]) -> Finding:
    """Whether what people label lately is made up like what they labelled before."""
    if len(before) < LEAST_TO_COMPARE or len(new) < LEAST_TO_COMPARE:
        return Finding(Guard.CLASSES, True, len(new))
    names = set(before) | set(new)
    limit = CHANGED + (len(names) - 1) * (1 / len(before) + 1 / len(new))
    index = stability(before, new)
    return Finding(Guard.CLASSES, index <= limit, len(new), None, index, limit)


def stability(before: Sequence[str], new: Sequence[str]) -> float:
    """The population stability index: 0 where two groups are made up alike. Half a row is added to each class."""
    names = sorted(set(before) | set(new))
    was, now = Counter(before), Counter(new)
    total = 0.0
    for name in names:
        a = (was[name] + 0.5) / (len(before) + 0.5 * len(names))
        b = (now[name] + 0.5) / (len(new) + 0.5 * len(names))
        total += (b - a) * log(b / a)
    return total
