"""Lots that anybody can draw again: who has the lowest is chosen."""

from hashlib import sha256


def lot(seed: str, what: str, name: str) -> str:
    """The lot that something draws for a purpose: SHA-256 of what it is drawn for, the seed that is kept, and its name."""
    return sha256(f"{what}:{seed}:{name}".encode()).hexdigest()
