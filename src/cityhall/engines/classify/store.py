"""A model as bytes and back: plain arrays and JSON, never pickle, so that loading cannot run anything.

The bytes are a NumPy archive. They are loaded only if their SHA-256 is the one that was kept when they were made.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .measure import macro_f1
from .model import Calibration, Held, Model, Text, Weighing

FORMAT = 1


class CannotLoad(Exception):
    """The bytes are not those that were kept, or of a format that this version does not know."""


def checksum(raw: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


def pack(model: Model) -> bytes:
    """The same model always gives the same bytes."""
    about = {
        "format": FORMAT,
        "labels": model.labels,
        "slope": model.calibration.slope,
        "offset": model.calibration.offset,
        "weighing": asdict(model.weighing),
        "rows": model.rows,
        "counts": dict(model.counts),
    }
    out = io.BytesIO()
    np.savez_compressed(
        out,
        about=np.frombuffer(json.dumps(about, ensure_ascii=False, sort_keys=True).encode(), dtype=np.uint8),
        features=_steps(model.features),
        known=_steps(model.known),
        values=model.values,
        weights=model.weights,
        bias=model.bias,
    )
    return out.getvalue()


def unpack(raw: bytes, expected: str) -> Model:
    """The model; refused if a single bit has changed."""
    if checksum(raw) != expected:
        raise CannotLoad("the checksum differs")
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
            about: dict[str, Any] = json.loads(arrays["about"].tobytes())
            if about.get("format") != FORMAT:
                raise CannotLoad(f"format {about.get('format')} is unknown")
            return Model(
                labels=tuple(about["labels"]),
                features=np.cumsum(arrays["features"], dtype=np.uint64),
                values=arrays["values"],
                weights=arrays["weights"],
                bias=arrays["bias"],
                calibration=Calibration(about["slope"], about["offset"]),
                weighing=Weighing(**about["weighing"]),
                known=np.cumsum(arrays["known"], dtype=np.uint64),
                rows=about["rows"],
                counts=about["counts"],
            )
    except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile) as problem:
        raise CannotLoad(str(problem)) from problem


def _steps(rising: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sorted numbers as steps from one to the next: a third of the size when compressed."""
    return np.diff(rising, prepend=np.uint64(0)).astype(np.uint64)


# ---- what a model said of rows that it had not seen ------------------------------------------------------------------


@dataclass(frozen=True)
class HeldOut:
    """For each such row: a digest of its text, its true label, and the guess. Two versions are compared by these."""

    labels: tuple[str, ...]
    digests: NDArray[np.uint64]
    truth: NDArray[np.uint16]
    guess: NDArray[np.uint16]

    @classmethod
    def of(cls, held: Held, texts: Sequence[Text]) -> HeldOut:
        """From what training gave."""
        return cls(
            labels=held.labels,
            digests=np.array([digest(texts[row]) for row in held.rows.tolist()], dtype=np.uint64),
            truth=held.truth.astype(np.uint16),
            guess=held.scores.argmax(axis=1).astype(np.uint16) if len(held.truth) else held.truth.astype(np.uint16),
        )

    def pack(self) -> bytes:
        """As bytes."""
        out = io.BytesIO()
        labels = np.frombuffer(json.dumps(self.labels, ensure_ascii=False).encode(), dtype=np.uint8)
        np.savez_compressed(out, labels=labels, digests=self.digests, truth=self.truth, guess=self.guess)
        return out.getvalue()

    @classmethod
    def unpack(cls, raw: bytes) -> HeldOut:
        """And back."""
        with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
            labels = tuple(json.loads(arrays["labels"].tobytes()))
            return cls(labels, arrays["digests"], arrays["truth"], arrays["guess"])

    def macro_f1_on_rows_of(self, other: HeldOut) -> float | None:
        """How good these guesses are on the rows that the other saw too; None where there are none.

        A row whose label has changed since counts for neither: nobody could have known.
        """
        rows = self._shared(other)
        if not rows:
            return None
        return macro_f1([self.labels[self.truth[i]] for i in rows], [self.labels[self.guess[i]] for i in rows])

    def recall_on_rows_of(self, other: HeldOut, labels: Collection[str]) -> float | None:
        """Which share of the rows of some labels were found, on the rows that the other saw too; None without any."""
        rows = [i for i in self._shared(other) if self.labels[self.truth[i]] in labels]
        if not rows:
            return None
        return sum(int(self.guess[i]) == int(self.truth[i]) for i in rows) / len(rows)

    def rows_shared_with(self, other: HeldOut) -> int:
        """On how many rows both were tried."""
        return len(self._shared(other))

    def guesses(self) -> dict[int, str]:
        """What was guessed of each row, by the digest of its text."""
        return {int(d): self.labels[g] for d, g in zip(self.digests, self.guess, strict=True)}

    def _shared(self, other: HeldOut) -> list[int]:
        known = {(int(d), other.labels[t]) for d, t in zip(other.digests, other.truth, strict=True)}
        return [
            i
            for i, (d, t) in enumerate(zip(self.digests, self.truth, strict=True))
            if (int(d), self.labels[t]) in known
        ]


def digest(text: Text) -> int:
    """Eight bytes that tell texts apart."""
    raw = text.whole.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(raw).digest()[:8], "big")
