"""Questions to the outbox: what waits, and what somebody must look at."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, QuerySet

from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.states import State


def dead() -> QuerySet[Promise]:
    """Promises that were given up, newest first."""
    return Promise.objects.filter(state=State.DEAD).order_by("-finished_at", "-pk")


def failing() -> QuerySet[Promise]:
    """Promises that failed and will be tried again, the next one first."""
    return Promise.objects.filter(state=State.PENDING).exclude(error="").order_by("due_at", "pk")


def waiting(at: datetime) -> QuerySet[Promise]:
    """Promises that are due and not kept."""
    return Promise.objects.filter(state=State.PENDING, due_at__lte=at)


def longest_wait(at: datetime) -> timedelta:
    """How long the oldest due promise has been waiting; a long wait means that no worker runs."""
    oldest = waiting(at).order_by("due_at").values_list("due_at", flat=True).first()
    return at - oldest if oldest else timedelta(0)


def count_by_state() -> dict[str, int]:
    """How many promises wait and how many were given up."""
    open_states = Promise.objects.filter(state__in=[State.PENDING, State.DEAD])
    counts = dict(open_states.values_list("state").annotate(rows=Count("pk")).order_by())
    return {"pending": counts.get(State.PENDING, 0), "dead": counts.get(State.DEAD, 0)}


def urgent_waits(at: datetime) -> bool:
    """Whether urgent work is due that nobody has taken."""
    first = waiting(at).filter(locked_until=None).order_by("rank", "due_at", "pk").values_list("rank", flat=True)[:1]
    return list(first) == [0]  # by the index: to look for one of rank 0 PostgreSQL reads all that waits


WORKER = "cityhall worker"
"""What PostgreSQL knows a worker's connections by."""


def people_are_served() -> bool:
    """Whether somebody else than workers is in a transaction right now.

    SQLite has a queue for that before each transaction (`foundation.turns`); here it is never so.
    """
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> %s"
            " AND state IN ('active', 'idle in transaction'))",
            [WORKER],
        )
        return bool(cursor.fetchone()[0])
