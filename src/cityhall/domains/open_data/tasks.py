"""The work on open data that the worker does."""

from datetime import date, datetime
from typing import Any

from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise

from . import chasing, contests, intake, own, quality, requesting, scheduled, seminars, showcasing
from .models import ResourceVersion


@outbox.daily("06:20", key="open_data.chase")
def chase(at: datetime) -> None:
    """Datasets that were not updated in time come onto their agencies' lists."""
    chasing.chase(at=at)


@outbox.daily("03:55", key="open_data.forget")
def forget(at: datetime) -> None:
    """Requests, showcases and teams that nobody confirmed, the mailboxes of competitions and seminars that are over."""
    requesting.forget(at)
    showcasing.forget(at)
    contests.forget(at)
    seminars.forget(at)


@outbox.daily("01:50", key="open_data.own")
def renew_own(at: datetime) -> None:
    """The city's own tables are published anew."""
    own.refresh(at)


@outbox.daily("02:20", key="open_data.fetch_due")
def fetch_due(at: datetime) -> None:
    """Addresses whose day it is are promised to be fetched, one by one."""
    scheduled.begin(at)


@outbox.keeps(scheduled.KEEPS, lease=900, atomic=False)
def fetch(payload: dict[str, Any], promise: Promise) -> None:
    """Fetch one address."""
    scheduled.fetch_now(payload["resource"], at=promise.at)


@outbox.daily("04:10", key="open_data.check")
def check(at: datetime) -> None:
    """The nightly checks of quality begin."""
    quality.begin(at)


@outbox.keeps(quality.KEEPS, lease=3600, atomic=False)
def carry_on(payload: dict[str, Any], promise: Promise) -> None:
    """One block of the night's datasets; or one that an editor asked for."""
    if "dataset" in payload:
        quality.check_one(payload["dataset"], at=promise.at)
    else:
        quality.carry_out(payload["after"], date.fromisoformat(payload["day"]), at=promise.at)


@outbox.keeps("open_data.read", lease=3600, atomic=False)
def read(payload: dict[str, Any], promise: Promise) -> None:
    """Read the file of a new version as a table."""
    version = ResourceVersion.objects.select_related("resource").get(pk=payload["version"])
    intake.read(version, at=promise.at)
