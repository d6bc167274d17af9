"""A model as bytes and back: plain arrays and JSON, never pickle, so that loading cannot run anything.

The bytes are a NumPy archive. They are loaded only if their SHA-256 is the one that was kept when they were made.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import Calibration, Model

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
        "subject_share": model.subject_share,
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
                subject_share=about["subject_share"],
                known=np.cumsum(arrays["known"], dtype=np.uint64),
                rows=about["rows"],
                counts=about["counts"],
            )
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as problem:
        raise CannotLoad(str(problem)) from problem


def _steps(rising: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sorted numbers as steps from one to the next: a third of the size when compressed."""
    return np.diff(rising, prepend=np.uint64(0)).astype(np.uint64)
