"""What acts on contacts refuse."""

from __future__ import annotations

from django.utils.functional import Promise


class CannotContact(Exception):
    """The step is not possible; the sentence says why."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


class CannotTakeEvent(CannotContact):
    """An event of the exchange that does not follow from what was told before."""

    def __init__(self, sentence: str | Promise, status: int = 409) -> None:
        super().__init__(sentence)
        self.status = status
