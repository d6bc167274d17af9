"""The rows that are measured: labelled texts from the shared data, or from any file with the same columns."""

import csv
import os
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cityhall.engines.classify.model import Text

TEXT_COLUMNS = ("subject", "body", "question")
LEAST_ROWS = 20  # an agency with fewer questions in all cannot be cross-validated
CITIES = ("taipei", "kaohsiung")  # the third source has topics of one bureau, not agencies


@dataclass(frozen=True)
class Labelled:
    """Texts and their labels."""

    texts: list[Text]
    labels: list[str]

    def __len__(self) -> int:
        return len(self.texts)

    def at(self, rows: Sequence[int]) -> "Labelled":
        """Some of them."""
        return Labelled([self.texts[i] for i in rows], [self.labels[i] for i in rows])


def folder() -> Path:
    """Where the shared data is: CITYHALL_SHARED, or beside the checkout."""
    shared = Path(os.environ.get("CITYHALL_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    if not (shared / "data" / "petitions").is_dir():
        raise SystemExit(f"no petitions in {shared / 'data'}: set CITYHALL_SHARED to the folder of the shared data")
    return shared / "data"


def table(path: Path) -> list[dict[str, str]]:
    """A CSV file with a header line."""
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def labelled(path: Path, column: str) -> Labelled:
    """Any file: the text is whichever of subject, body and question are there; rows without a label are left out.

    The first of these columns is the subject, so that a lone question is one.
    """
    found = table(path)
    if not found:
        raise SystemExit(f"{path} has no rows")
    there = [name for name in TEXT_COLUMNS if name in found[0]]
    if column not in found[0] or not there:
        raise SystemExit(f"{path} needs the column {column} and one of {', '.join(TEXT_COLUMNS)}")
    kept = [row for row in found if (row[column] or "").strip()]
    texts = [
        Text(row[there[0]] or "", "\n".join(row[name] or "" for name in there[1:] if (row[name] or "").strip()))
        for row in kept
    ]
    return Labelled(texts, [row[column].strip() for row in kept])


def petitions() -> Labelled:
    """959 petitions in 7 categories."""
    return labelled(folder() / "petitions" / "petitions_labelled_dev.csv", "category")


def questions() -> Labelled:
    """2,134 questions put to two cities, and the 21 agencies that own them."""
    found = [row for row in table(folder() / "faq" / "faq_dev.csv") if row["source"] in CITIES and row["agency"]]
    often = Counter(row["agency"] for row in found)
    kept = [row for row in found if often[row["agency"]] >= LEAST_ROWS]
    return Labelled([Text(row["question"]) for row in kept], [row["agency"] for row in kept])


def paragraphs(how_many: int = 1000) -> list[str]:
    """Encyclopaedia paragraphs: text that no city hall should dispatch."""
    return [row["text"] for row in table(folder() / "faq" / "drcd_dev_passages.csv")[:how_many]]


_SENTENCE = re.compile(r"[^。！？!?；;]+[。！？!?；;]*")


def many(known: Labelled, how_many: int, seed: int = 0) -> Labelled:
    """As many texts as asked, of petition length: each half of one petition's sentences and half of another's of the
    same category. For timing only."""
    chance = random.Random(seed)
    by_label: dict[str, list[Text]] = {}
    for text, label in zip(known.texts, known.labels, strict=True):
        by_label.setdefault(label, []).append(text)
    labels = [chance.choice(known.labels) for _ in range(how_many)]
    texts = []
    for label in labels:
        first, second = chance.choice(by_label[label]), chance.choice(by_label[label])
        sentences = [
            chance.sample(found, (len(found) + 1) // 2)
            for found in (_SENTENCE.findall(first.body) or [""], _SENTENCE.findall(second.body) or [""])
        ]
        texts.append(Text(first.subject, "".join(sentences[0] + sentences[1])))
    return Labelled(texts, labels)
