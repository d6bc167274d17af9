"""What acts on the catalogue refuse."""


class CannotCatalogue(Exception):
    """The step is not possible; the sentence says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
