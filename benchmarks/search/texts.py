"""A hundred thousand petitions, varied from the real ones in the shared data; they are read, never kept."""

import csv
import os
import random
from collections.abc import Iterator
from pathlib import Path

DIGITS = "0123456789"
FILES = ("petitions_labelled_dev.csv", "petitions_with_reply_dev.csv", "petitions_stream_dev.csv")


def folder() -> Path:
    """Where the shared data is: CITYHALL_SHARED, or beside the checkout."""
    shared = Path(os.environ.get("CITYHALL_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    found = shared / "data" / "petitions"
    if not found.is_dir():
        raise SystemExit(f"no petitions in {found}: set CITYHALL_SHARED to the folder of the shared data")
    return found


def originals() -> list[tuple[str, str]]:
    """Subject and body of every petition."""
    found = []
    for name in FILES:
        with (folder() / name).open(encoding="utf-8", newline="") as file:
            found += [(row["subject"], row["body"]) for row in csv.DictReader(file)]
    return found


def varied(rows: int, seed: int = 1) -> Iterator[tuple[str, str]]:
    """As many as asked for: digits changed, sentences left out, one taken from another petition."""
    chance = random.Random(seed)
    source = originals()
    sentences = [[one for one in body.split("。") if one] for _subject, body in source]
    for number in range(rows):
        place = number % len(source)
        subject, body = source[place]
        if number >= len(source):
            kept = [one for one in sentences[place] if chance.random() > 0.15] or sentences[place]
            other = sentences[chance.randrange(len(source))]
            if other:
                kept.insert(chance.randrange(len(kept) + 1), chance.choice(other))
            body = "。".join(kept) + "。"
            body = "".join(chance.choice(DIGITS) if c in DIGITS and chance.random() < 0.3 else c for c in body)
        yield subject[:100], body[:10_000]
