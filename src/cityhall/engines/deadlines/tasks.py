"""The clocks' own work: look every few minutes which levels have been reached."""

from datetime import datetime

from cityhall.engines.outbox.registry import every

from . import services


@every(minutes=5, key="deadlines.sweep")
def sweep(at: datetime) -> None:
    """Warn at 50, 80 and 100 %, each level once."""
    services.sweep(at)
