"""Why a question to a layer is refused."""


class CannotAsk(Exception):
    """The question cannot be read; the sentence says what is wrong with it, and where."""
