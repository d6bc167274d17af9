"""The daily work on council cases."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily

from . import services


@daily("06:50", key="council.month")
def ask_for_month(at: datetime) -> None:
    """Ask agencies for the inspections of the month before."""
    services.ask_for_month(at)
