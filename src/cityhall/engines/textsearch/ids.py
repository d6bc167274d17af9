"""The id of an indexed part: kind of record, number of the part and record in one whole number.

So a search finds the records without a second table, and the ids of neighbouring records are neighbours, which keeps
the lists of an index short (with the part in the low bits they took twice the room).
"""

RECORD_BITS = 39
PART_BITS = 12
KIND_BITS = 12
RECORD_MASK = (1 << RECORD_BITS) - 1
MOST_PARTS = 1 << PART_BITS


def first_id(kind: int, record: int) -> int:
    """The id of a record's first part; `kind` is the id of its content type."""
    if not 0 <= kind < 1 << KIND_BITS or not 0 <= record <= RECORD_MASK:
        raise ValueError(f"cannot index record {record} of kind {kind}")
    return (kind << (PART_BITS + RECORD_BITS)) | record


def part_ids(first: int, parts: int) -> list[int]:
    """The ids of the first so many parts of a record."""
    if parts > MOST_PARTS:
        raise ValueError("the text is too long to be indexed")
    return [first | part << RECORD_BITS for part in range(parts)]


def ids_of_kind(kind: int) -> tuple[int, int]:
    """The lowest and the highest id that a part of this kind can have."""
    return first_id(kind, 0), first_id(kind, RECORD_MASK) | (MOST_PARTS - 1) << RECORD_BITS
