"""What subscriptions tell the letters at start."""

from cityhall.engines.letters.signals import undeliverable

from . import services


def install() -> None:
    """A mailbox that refuses is not written to again."""
    undeliverable.connect(services.letter_came_back, dispatch_uid="subscriptions.letters")
