"""Texts as weighted pairs and triples of letters, and how alike two of them are. Pure.

TF-IDF over runs of two and three characters and the cosine, as field note 07 §6.9 measured it: 5 % of the characters
changed, clauses dropped or shuffled, a sentence added and half of the text alone are all found again at 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cityhall.engines.classify.reading import read, word_characters

BITS = 21
BUCKETS = 1 << BITS
"""So many numbers there are for runs of letters; two runs that share one weigh a little less each, and that is all."""
SKETCH = 64
"""How many runs of a text are looked up by others: those with the lowest numbers, which is a fair draw of them all."""
LONGEST = 20_000  # runs of one text; a petition has at most 4,000 letters

_PAIR, _TRIPLE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_SHIFT, _HIGH = np.uint64(33), np.uint64(64 - BITS)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Grams:
    """The runs of a text by their numbers, in rising order, and how often each occurs (at most 255)."""

    runs: Ints
    counts: Ints

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def sketch(self) -> Ints:
        """Those that others look up."""
        return self.runs[:SKETCH]


def _mixed(values: NDArray[np.uint64]) -> Ints:
    values = (values ^ (values >> _SHIFT)) * _MIX
    return ((values ^ (values >> _SHIFT)) >> _HIGH).astype(np.int64)


def grams(text: str) -> Grams:
    """The runs of a text: NFKC, lower case, private data left out; no run reaches across marks or spaces."""
    codes = read(text).codes
    word = word_characters(codes)
    values = codes.astype(np.uint64)
    pair = word[:-1] & word[1:]
    pairs = values[:-1] * _PAIR + values[1:]
    triple = pair[:-1] & word[2:]
    triples = (pairs[:-1] * _TRIPLE + values[2:]) ^ _PAIR
    every = _mixed(np.concatenate((pairs[pair], triples[triple])))[:LONGEST]
    runs, counts = np.unique(every, return_counts=True)
    return Grams(runs, np.minimum(counts, 255))


def packed(found: Grams) -> bytes:
    """As they are stored: four bytes a run, one byte its count."""
    return found.runs.astype("<u4").tobytes() + found.counts.astype("u1").tobytes()


def unpacked(stored: bytes) -> Grams:
    """The same, read again."""
    many = len(stored) // 5
    runs = np.frombuffer(stored, dtype="<u4", count=many).astype(np.int64)
    return Grams(runs, np.frombuffer(stored, dtype="u1", offset=4 * many).astype(np.int64))


class Rarity:
    """In how many texts each run occurs: what weighs much and what is said everywhere."""

    def __init__(self) -> None:
        self.texts = 0
        self.found = np.zeros(BUCKETS, dtype=np.int32)

    def learn(self, many: Sequence[Grams]) -> None:
        """Count some more texts."""
        self.texts += len(many)
        if many:
            np.add.at(self.found, np.concatenate([one.runs for one in many]), 1)

    def of(self, runs: Ints) -> Floats:
        """The inverse document frequency of runs, as scikit-learn smooths it."""
        weight: Floats = np.log((1.0 + self.texts) / (1.0 + self.found[runs])) + 1.0
        return weight


def cosines(one: Grams, others: Sequence[Grams], rarity: Rarity) -> list[float]:
    """How alike a text and others are, from 0 to 1."""
    if not len(one) or not others:
        return [0.0] * len(others)
    mine = (1.0 + np.log(one.counts)) * rarity.of(one.runs)
    mine /= np.sqrt(float(mine @ mine))
    sizes = np.array([len(other) for other in others])
    runs = np.concatenate([other.runs for other in others])
    if not len(runs):
        return [0.0] * len(others)
    weights = (1.0 + np.log(np.concatenate([other.counts for other in others]))) * rarity.of(runs)
    at = np.minimum(np.searchsorted(one.runs, runs), len(one) - 1)
    shared = np.where(one.runs[at] == runs, weights * mine[at], 0.0)
    whose = np.repeat(np.arange(len(others)), sizes)
    size = np.sqrt(np.bincount(whose, weights * weights, minlength=len(others)))
    alike = np.bincount(whose, shared, minlength=len(others))
    found = np.divide(alike, size, out=np.zeros(len(others)), where=size > 0)
    return [min(1.0, float(value)) for value in found]


MERGE_AT = 2_000  # texts: so many wait beside the large index before they are merged into it


@dataclass
class _Postings:
    """Runs in rising order, and beside each the text in whose sketch it stands."""

    runs: NDArray[np.int32]
    rows: NDArray[np.int32]

    @classmethod
    def none(cls) -> _Postings:
        """Nothing yet."""
        return cls(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32))

    def with_more(self, runs: NDArray[np.int32], rows: NDArray[np.int32]) -> _Postings:
        """Those and these, in order."""
        every, whose = np.concatenate((self.runs, runs)), np.concatenate((self.rows, rows))
        order = np.argsort(every, kind="stable")
        return _Postings(every[order], whose[order])

    def found(self, runs: Ints) -> tuple[Ints, Ints]:
        """The texts that stand beside some runs, and for each run how many they are."""
        first, last = np.searchsorted(self.runs, runs, side="left"), np.searchsorted(self.runs, runs, side="right")
        pieces = [self.rows[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True) if b > a]
        rows = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int32)
        return rows.astype(np.int64), last - first


class Sketches:
    """The sketches of many texts, turned round: for each run, in which texts it is looked up. 64 entries a text.

    What came in lately stands in a small index beside the large one, so that one more text costs no sorting of all.
    """

    def __init__(self) -> None:
        self.subjects: list[int] = []
        self._large, self._small, self._in_small = _Postings.none(), _Postings.none(), 0
        self._new: list[tuple[int, Ints]] = []

    def __len__(self) -> int:
        return len(self.subjects)

    def add(self, subject: int, sketch: Ints) -> None:
        """One more text; a subject that comes twice is found by both."""
        self._new.append((len(self.subjects), sketch))
        self.subjects.append(subject)

    def _settle(self) -> None:
        if not self._new:
            return
        runs = np.concatenate([sketch.astype(np.int32) for _row, sketch in self._new])
        rows = np.concatenate([np.full(len(sketch), row, dtype=np.int32) for row, sketch in self._new])
        self._small = self._small.with_more(runs, rows)
        self._in_small += len(self._new)
        self._new.clear()
        if self._in_small > MERGE_AT:
            self._large = self._large.with_more(self._small.runs, self._small.rows)
            self._small, self._in_small = _Postings.none(), 0

    def likely(self, asked: Grams, rarity: Rarity, most: int) -> list[int]:
        """The subjects that share the rarest runs with a text, the likeliest first: candidates, not yet compared.

        Of texts that lay claim alike the newer are taken.
        """
        self._settle()
        weights = rarity.of(asked.runs) ** 2
        score = np.zeros(len(self.subjects))
        for postings in (self._large, self._small):
            rows, sizes = postings.found(asked.runs)
            if len(rows):
                score += np.bincount(rows, np.repeat(weights, sizes), minlength=len(score))
        found = np.flatnonzero(score)
        if len(found) > most * 4:  # the best by far, before they are put in order
            found = found[np.argpartition(-score[found], most * 4)[: most * 4]]
        order = found[np.lexsort((-found, -score[found]))]
        return list(dict.fromkeys(self.subjects[row] for row in order.tolist()))[:most]
