"""The outbox in the desk's menu, in /healthz and in /metrics."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityhall.engines.outbox import queries
from cityhall.web import health
from cityhall.web.navigation import desk_menu

TOO_LONG = timedelta(minutes=15)


def well() -> health.Status:
    """Whether promises are being kept: none given up, none waiting long for a worker."""
    if (waited := queries.longest_wait(timezone.now())) > TOO_LONG:
        return health.Status.warn(f"work has waited {int(waited.total_seconds() // 60)} minutes: is a worker running?")
    if dead := queries.count_by_state()["dead"]:
        return health.Status.warn(f"{dead} promises were given up: see /desk/outbox/")
    return health.Status.ok()


def waited_seconds() -> float:
    """The age of the oldest promise that is due."""
    return queries.longest_wait(timezone.now()).total_seconds()


def given_up(request: HttpRequest) -> int | None:
    """How many wait for a person, for the menu."""
    return queries.count_by_state()["dead"] or None


desk_menu.add(810, _("失敗的系統工作"), "outbox:failures", act="outbox.read", count=given_up)
health.check("outbox", well)
health.gauge("cityhall_outbox_promises", "Promises that wait or were given up.", queries.count_by_state)
health.gauge("cityhall_outbox_wait_seconds", "How long the oldest due promise has been waiting.", waited_seconds)
