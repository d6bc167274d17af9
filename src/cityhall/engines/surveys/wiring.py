"""What the surveys tell the letters at start."""

from cityhall.engines.letters.signals import undeliverable

from . import services


def install() -> None:
    """An invitation that does not arrive counts as none."""
    undeliverable.connect(services.letter_came_back, dispatch_uid="surveys.letter_came_back")
