"""What a training learns from, and what it never sees: the golden texts. Pure.

Rows are put into one order by the digest of their text, so that the same labels give the same bytes in whatever order
they were made. One trusted text of ten is golden: it tries every version, and no version learns from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from .model import Text
from .reading import mask
from .registry import Row, Source
from .store import digest

GOLDEN = 10  # one trusted text of so many tries the versions and teaches none


@dataclass(frozen=True)
class Corpus:
    """Texts to learn from, texts to be tried on, and where they came from."""

    rows: tuple[Row, ...]
    golden: tuple[Row, ...]
    used: tuple[str, ...]

    @property
    def by_people(self) -> int:
        """How many labels are the word of a person of this city."""
        return sum(row.by is not None for row in self.rows)


def is_golden(text: Text) -> bool:
    """Whether a text, where it is trusted, is kept to try versions on."""
    return digest(text) % GOLDEN == 0


def gather(sources: Iterable[Source], in_use: Collection[str]) -> Corpus:
    """Everything the sources hold, private data masked; of two rows with one text the later source's word counts."""
    found: dict[Text, Row] = {}
    trusted: dict[Text, Row] = {}
    used = []
    for source in sources:
        taken = 0
        for row in source.rows():
            text = Text(mask(row.text.subject), mask(row.text.body))
            if row.label not in in_use or not text.whole.strip():
                continue
            taken += 1
            if source.trusted and is_golden(text):
                trusted[text] = replace(row, text=text)
            else:
                found[text] = replace(row, text=text)
        if taken:
            used.append(f"{source.name}: {taken}")
    rows = sorted((row for text, row in found.items() if text not in trusted), key=_place)
    return Corpus(tuple(rows), tuple(sorted(trusted.values(), key=_place)), tuple(used))


def _place(row: Row) -> tuple[int, str, str]:
    return digest(row.text), row.text.whole, row.label
