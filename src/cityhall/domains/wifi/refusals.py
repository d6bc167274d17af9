"""What acts on hotspots refuse."""


class CannotRecord(Exception):
    """The step is not possible; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
