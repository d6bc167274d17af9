"""What acts on the catalogue, on statistics and analyses refuse."""


class CannotList(Exception):
    """The step is not possible; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class CannotImport(CannotList):
    """A sheet as a whole cannot be taken in; the sentence says why."""


class CannotAnalyse(CannotList):
    """The question cannot be computed; the sentence says why and what would help."""
