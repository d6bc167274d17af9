"""The daily work on projects."""

from datetime import datetime

from cityhall.engines.milestones import services as milestones
from cityhall.engines.outbox.registry import daily

from . import services
from .profiles import REVIEWED


@daily("06:40", key="projects.evaluate")
def evaluate(at: datetime) -> None:
    """Evaluate the month that was locked."""
    milestones.evaluate_by_itself(REVIEWED, at)


@daily("06:50", key="projects.chase")
def chase(at: datetime) -> None:
    """Put months that nobody has reported on the agencies' lists."""
    services.chase(at)
