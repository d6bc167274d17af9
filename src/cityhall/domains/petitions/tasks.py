"""The nightly work on petitions."""

from datetime import datetime
from typing import Any

from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.registry import daily, every, keeps

from .services import replay, upkeep


@keeps(replay.KEEPS, lease=1800, atomic=False)
def carry_on_replay(payload: dict[str, Any], promise: Promise) -> None:
    """Try a change of the rules on many past petitions, with progress."""
    replay.carry_on(payload["replay"], at=promise.at)


@every(minutes=30, key="petitions.questions")
def questions(at: datetime) -> None:
    """Let questions lapse soon after their day."""
    upkeep.lapse_questions(at)


@daily("02:30", key="petitions.nightly")
def nightly(at: datetime) -> None:
    """Expire, close, forget."""
    upkeep.nightly(at)
