"""Lots that anybody can draw again: who has the lowest is chosen; and dice that fall the same each time."""

import random
from hashlib import sha256


def lot(seed: str, what: str, name: str) -> str:
    """The lot that something draws for a purpose: SHA-256 of what it is drawn for, the seed that is kept, and its name."""
    return sha256(f"{what}:{seed}:{name}".encode()).hexdigest()


def dice(seed: str | int) -> random.Random:
    """Dice for what is invented (people, texts, calls of the demo city): they fall the same for the same seed. No secrets."""
    return random.Random(seed)  # noqa: S311  # nosec B311  (invented, the same each time)
