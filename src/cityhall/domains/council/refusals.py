"""What acts on council cases refuse."""


class CannotList(Exception):
    """The item, session, councillor or inspection cannot be entered so; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
