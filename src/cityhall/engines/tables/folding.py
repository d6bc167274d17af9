"""Text as people look for it: any width, any case, 台 and 臺 alike. The same for what is stored and what is asked."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from cityhall.engines.textsearch.rules import variants

SEPARATOR = "\x1f"
"""Between the columns of a row's folded text; in no cell, because control characters are replaced."""


def folded(texts: pa.Array) -> pa.Array:
    """Many texts, folded."""
    found = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    if not len(found):
        return found
    for letter in _letters(found) & variants().keys():
        found = pc.replace_substring(found, letter, variants()[letter])
    return found


def _letters(texts: pa.Array) -> set[str]:
    """Every character that stands in some texts."""
    lists = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), pc.fill_null(texts, ""))
    return set(pc.binary_join(lists, "")[0].as_py())


def folded_one(text: str) -> str:
    """One text, folded."""
    return str(folded(pa.array([text], pa.string()))[0].as_py())
