"""The id of an indexed part: record, kind of record and number of the part in one whole number.

So a search finds the records without a second table: `id >> 24` is the record's primary key.
"""

from typing import NamedTuple

PART_BITS = 12
KIND_BITS = 12
RECORD_SHIFT = PART_BITS + KIND_BITS
MOST_PARTS = 1 << PART_BITS
KIND_MASK = (1 << KIND_BITS) - 1


class Range(NamedTuple):
    """The ids of all parts of one record: first and last."""

    first: int
    last: int


def range_of(record: int, kind: int) -> Range:
    """The ids that the parts of a record have; `kind` is the id of its content type."""
    if not 0 <= kind <= KIND_MASK or not 0 <= record < 1 << (63 - RECORD_SHIFT):
        raise ValueError(f"cannot index record {record} of kind {kind}")
    first = (record << RECORD_SHIFT) | (kind << PART_BITS)
    return Range(first, first + MOST_PARTS - 1)
