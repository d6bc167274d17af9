"""What ours is measured against: SQLite's trigram index, and BM25 over words."""

import math
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence

import jieba

from cityhall.engines.retrieval.ranking import BODY_LETTERS, Entry
from cityhall.engines.textsearch.rules import fold

WORD = re.compile(r"\w+")


class Trigrams:
    """FTS5 with its trigram tokens: any three letters of the question, ordered by its own BM25."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.base = sqlite3.connect(":memory:")
        self.base.execute("create virtual table faq using fts5(question, answer, tokenize='trigram')")
        self.base.executemany(
            "insert into faq (rowid, question, answer) values (?, ?, ?)",
            [(one.key, fold("\n".join(one.wordings)), fold(one.body[:BODY_LETTERS])) for one in entries],
        )

    def find(self, question: str, most: int) -> list[int]:
        """The keys, best first."""
        words = WORD.findall(fold(question))
        triples = {word[at : at + 3] for word in words for at in range(len(word) - 2)}
        if not triples:
            return []
        asked = " OR ".join(f'"{one}"' for one in sorted(triples))
        found = self.base.execute(
            "select rowid from faq where faq match ? order by bm25(faq, 1.0, 0.25), rowid limit ?", (asked, most)
        )
        return [key for (key,) in found]


class Words:
    """BM25 over the words that jieba cuts, question and a quarter of the answer, with the same k1 and b as ours."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.keys = [one.key for one in entries]
        self.fields = [
            (_Postings([cut("\n".join(one.wordings)) for one in entries]), 1.0),
            (_Postings([cut(one.body[:BODY_LETTERS]) for one in entries]), 0.25),
        ]

    def find(self, question: str, most: int) -> list[int]:
        """The keys, best first."""
        scores: dict[int, float] = defaultdict(float)
        for postings, weight in self.fields:
            for word in set(cut(question)):
                for row, worth in postings.worth.get(word, ()):
                    scores[row] += weight * worth
        return [self.keys[row] for row in sorted(scores, key=lambda row: (-scores[row], row))[:most]]


class _Postings:
    def __init__(self, texts: list[list[str]]) -> None:
        found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        mean = sum(map(len, texts)) / max(1, len(texts)) or 1.0
        for row, words in enumerate(texts):
            for word, often in Counter(words).items():
                found[word].append((row, often))
        self.worth = {
            word: [
                (row, math.log1p((len(texts) - len(rows) + 0.5) / (len(rows) + 0.5)) * often * 2.2
                 / (often + 1.2 * (0.25 + 0.75 * len(texts[row]) / mean)))
                for row, often in rows
            ]
            for word, rows in found.items()
        }  # fmt: skip


def cut(text: str) -> list[str]:
    """The words of a text, marks left out."""
    return [word for word in jieba.cut(fold(text)) if WORD.fullmatch(word)]
