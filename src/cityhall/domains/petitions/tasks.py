"""The nightly work on petitions."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily, every

from .services import upkeep


@every(minutes=30, key="petitions.questions")
def questions(at: datetime) -> None:
    """Let questions lapse soon after their day."""
    upkeep.lapse_questions(at)


@daily("02:30", key="petitions.nightly")
def nightly(at: datetime) -> None:
    """Expire, close, forget."""
    upkeep.nightly(at)
