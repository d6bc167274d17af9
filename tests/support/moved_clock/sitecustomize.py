"""A served city whose clock a test moves: this folder stands in its PYTHONPATH, MOVED_CLOCK names a file.

In the file stand the seconds by which the clock is ahead of the machine's; each look at the clock reads it anew. Moved is
what the program asks (`timezone.now`, `time.time`); what measures how long something takes (`time.monotonic`) goes on, as
it does when a machine's clock is set.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

if place := os.environ.get("MOVED_CLOCK"):
    from django.utils import timezone

    real, file = time.time, Path(place)

    def ahead() -> float:
        """So many seconds; none before the test has moved it."""
        try:
            return float(file.read_text())
        except (FileNotFoundError, ValueError):
            return 0.0

    time.time = lambda: real() + ahead()
    timezone.now = lambda: datetime.now(UTC) + timedelta(seconds=ahead())
