"""Which of many texts answers a question: BM25 over runs of characters, in memory.

A text has wordings (its question and other ways to ask the same) and a body (the answer). Each wording is ranked by
itself and the best one counts, so that many wordings of one entry do not weaken each other; the body adds a quarter.
Question and answer in one field find less (field note 07 §4).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .reading import Codes, are_joined, codes, terms

Floats = NDArray[np.float64]

VERSION = 2
"""Raised with every change of what an index answers, so that an answer can name what gave it."""

SATURATION, WORDING_BY_LENGTH, BODY_BY_LENGTH = 1.2, 0.5, 0.75  # k1 and the two b of BM25
BODY_WEIGHT = 0.25
BODY_LETTERS = 400
LONGEST_QUERY = 500
REMEMBERED = 2_000

KNOWN_SHARE, KNOWN_EVIDENCE = 0.6, 2.6
"""So much of what a question asks must stand in one entry for it to be the answer, and so much must that be in itself:
「可以」 may stand there as a whole and asks nothing.
"""
LIKELY_SHARE, LIKELY_EVIDENCE = 0.2, 1.5
"""From here on entries are offered; below nothing is known."""


class Verdict(StrEnum):
    KNOWN = "KNOWN"
    SEVERAL = "SEVERAL"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Entry:
    """What can be found: by its wordings, the first of them its question, and by its body."""

    key: int
    wordings: Sequence[str]
    body: str = ""


@dataclass(frozen=True)
class Hit:
    """An entry that was found, and why: the wording that fitted best, the share of the question that stands in the entry,
    and how much the wording has of it, counted in runs that no entry has.
    """

    key: int
    score: float
    share: float
    evidence: float
    wording: str
    joined: bool = True
    """Whether more is shared than single characters; true where the question has nothing else."""

    @property
    def is_likely(self) -> bool:
        """Whether it may be what was asked for: what merely shares letters is not offered."""
        return self.joined and self.share >= LIKELY_SHARE and self.evidence >= LIKELY_EVIDENCE


@dataclass(frozen=True)
class Answer:
    """The entries in order of fitness, and how far to trust them."""

    verdict: Verdict
    hits: list[Hit] = field(default_factory=list)


@dataclass
class _Field:
    """Postings of one field: for every run, the rows that have it and what it is worth there."""

    runs: Codes
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    worth: NDArray[np.float32]
    rarity: Floats
    size: int

    @classmethod
    def of(cls, texts: Iterable[Codes], by_length: float) -> _Field:
        """Read all texts once."""
        found, counts, sizes = [], [], []
        for text in texts:
            here, times = np.unique(terms(text), return_counts=True)
            found.append(here)
            counts.append(times)
            sizes.append(len(here))
        size = len(sizes)
        every = np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
        often = np.concatenate(counts).astype(np.float64) if counts else np.zeros(0)
        rows = np.repeat(np.arange(size, dtype=np.int32), sizes)
        length = np.bincount(rows, often, minlength=size)
        mean = max(float(length.mean()), 1.0) if size else 1.0
        order = np.argsort(every, kind="stable")
        every, often, rows = every[order], often[order], rows[order]
        kinds, starts, many = np.unique(every, return_index=True, return_counts=True)
        rarity = _rarity(many, size)
        weak = SATURATION * (1 - by_length + by_length * length[rows] / mean)
        worth = np.repeat(rarity, many) * often * (SATURATION + 1) / (often + weak)
        return cls(kinds, np.append(starts, len(every)), rows, worth.astype(np.float32), rarity, size)

    def among(self, asked: Codes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where in the field's runs those of a question stand, and which are there at all."""
        if not len(self.runs):
            return np.zeros(len(asked), dtype=np.int64), np.zeros(len(asked), dtype=np.bool_)
        at = np.minimum(np.searchsorted(self.runs, asked), len(self.runs) - 1)
        return at, self.runs[at] == asked

    def scores(self, asked: Codes) -> Floats:
        """What each row is worth to a question."""
        at, there = self.among(asked)
        return self._sum([(self.rows[a:b], self.worth[a:b]) for a, b in self._slices(at[there])])

    def rarities(self, asked: Codes) -> Floats:
        """How rare each run of a question is in the field; one that stands nowhere is the rarest."""
        nowhere = _rarity(np.zeros(1), self.size)[0]
        if not len(self.runs):
            return np.full(len(asked), nowhere)
        at, there = self.among(asked)
        return np.where(there, self.rarity[at], nowhere)

    def _slices(self, at: NDArray[np.int64]) -> list[tuple[int, int]]:
        return list(zip(self.starts[at].tolist(), self.starts[at + 1].tolist(), strict=True))

    def _sum(self, pieces: list[tuple[NDArray[np.int32], NDArray[np.float32]]]) -> Floats:
        if not pieces:
            return np.zeros(self.size)
        rows = np.concatenate([rows for rows, _worth in pieces])
        worth = np.concatenate([worth for _rows, worth in pieces])
        return np.bincount(rows, worth, minlength=self.size).astype(np.float64)


def _rarity(many: NDArray[np.int64] | Floats, size: int) -> Floats:
    """The inverse document frequency, never below zero."""
    found: Floats = np.log1p((size - many + 0.5) / (many + 0.5))
    return found


class Index:
    """All entries, asked together. Built once; a change means a new one."""

    def __init__(self, entries: Iterable[Entry], *, stamp: Hashable = None) -> None:
        self.stamp = stamp
        kept = [entry for entry in entries if entry.wordings]
        self.keys = [entry.key for entry in kept]
        self._wordings = [wording for entry in kept for wording in entry.wordings]
        sizes = [len(entry.wordings) for entry in kept]
        self._first = np.cumsum([0, *sizes[:-1]]) if kept else np.zeros(0, dtype=np.int64)
        self._last = self._first + np.array(sizes, dtype=np.int64)
        self._asked = _Field.of((codes(wording) for wording in self._wordings), WORDING_BY_LENGTH)
        self._bodies = [entry.body[:BODY_LETTERS] for entry in kept]
        self._body = _Field.of((codes(body) for body in self._bodies), BODY_BY_LENGTH)
        # While somebody types, the same entries fit again and again; only these are kept read, as all would fill the memory.
        self._terms_of = lru_cache(maxsize=REMEMBERED)(lambda text: terms(codes(text)))

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, question: str, *, most: int = 5) -> Answer:
        """The entries that fit best, at most so many; equals stand in the order in which they came."""
        asked = np.unique(terms(codes(question[:LONGEST_QUERY])))
        if not len(asked) or not self.keys:
            return Answer(Verdict.UNKNOWN)
        by_wording = self._asked.scores(asked)
        score = np.maximum.reduceat(by_wording, self._first) + BODY_WEIGHT * self._body.scores(asked)
        order = _best(score, most)
        if not order:
            return Answer(Verdict.UNKNOWN)
        rarities = self._asked.rarities(asked)
        hits = [self._hit(row, float(score[row]), by_wording, asked, rarities) for row in order]
        return Answer(verdict(hits), hits)

    def _hit(self, row: int, score: float, by_wording: Floats, asked: Codes, rarities: Floats) -> Hit:
        first, last = int(self._first[row]), int(self._last[row])
        wording = self._wordings[first + int(np.argmax(by_wording[first:last]))]
        in_wording = np.isin(asked, self._terms_of(wording))
        in_body = np.isin(asked, self._terms_of(self._bodies[row]))
        share = float(rarities[in_wording | in_body].sum() / rarities.sum())
        evidence = float(rarities[in_wording].sum() / _rarity(np.zeros(1), self._asked.size)[0])
        pairs = are_joined(asked)
        joined = bool((in_wording & pairs).any()) or not pairs.any()
        return Hit(self.keys[row], score, min(1.0, share), evidence, wording, joined)


def _best(score: Floats, most: int) -> list[int]:
    """The rows of the highest scores, the highest first, earlier rows before later ones of the same."""
    found = np.flatnonzero(score > 0)
    if len(found) > most:
        least = np.partition(score[found], len(found) - most)[len(found) - most]
        found = found[score[found] >= least]
    ordered = found[np.lexsort((found, -score[found]))]
    return [int(row) for row in ordered[:most]]


def verdict(hits: Sequence[Hit]) -> Verdict:
    """Whether the first of them is the answer, some may be, or none is known."""
    if not hits:
        return Verdict.UNKNOWN
    best = hits[0]
    if best.joined and best.share >= KNOWN_SHARE and best.evidence >= KNOWN_EVIDENCE:
        return Verdict.KNOWN
    if best.is_likely:
        return Verdict.SEVERAL
    return Verdict.UNKNOWN
