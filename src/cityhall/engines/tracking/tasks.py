"""The daily work on listed items."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily

from . import services


@daily("06:40", key="tracking.reports")
def ask_for_reports(at: datetime) -> None:
    """Ask for the reports of what is still tracked."""
    while services.ask_for_reports(at):
        pass
