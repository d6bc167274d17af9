"""What acts on listed items refuse."""


class CannotTrack(Exception):
    """The step is not possible; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class CannotList(CannotTrack):
    """The item cannot be listed so."""


class CannotReply(CannotTrack):
    """The agency is not asked, or the letter's day cannot be right."""


class CannotReview(CannotTrack):
    """There is no reply to review, or it is returned without a reason."""


class CannotDecide(CannotTrack):
    """The item still waits for a reply or its review, or the verdict lacks its reason."""
