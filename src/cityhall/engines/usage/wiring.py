"""Counted use in the desk's menu, in /healthz and in /metrics."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cityhall.web import health
from cityhall.web.navigation import desk_menu

from . import journal


def well() -> health.Status:
    """Whether every use of this process was counted."""
    if lost := journal.lost():
        return health.Status.warn(f"{lost} uses were not counted: is the disk full?")
    return health.Status.ok()


def install() -> None:
    """The menu, the health check."""
    desk_menu.add(66, _("使用紀錄"), "usage:batches", "/desk/usage/", act="usage.read")
    health.check("usage", well)
