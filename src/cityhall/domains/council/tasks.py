"""The daily work on council cases."""

from datetime import datetime

from cityhall.engines.outbox.registry import daily

from . import readers, services


@daily("06:50", key="council.month")
def ask_for_month(at: datetime) -> None:
    """Ask agencies for the inspections of the month before."""
    services.ask_for_month(at)


@daily("07:10", key="council.news")
def tell_readers(at: datetime) -> None:
    """Tell councillors' offices of the day before, in one letter each."""
    readers.tell_all(at)


@daily("03:40", key="council.similar")
def make_comparable(at: datetime) -> None:
    """Print the texts of items that have none yet."""
    services.make_comparable(at)
