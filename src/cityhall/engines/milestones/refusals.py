"""What acts on controlled plans refuse."""

from __future__ import annotations


class CannotControl(Exception):
    """The step is not possible; the sentence says why, and `field` where."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.field = sentence, field
