"""排程擷取: a resource's new versions come from an address by night. What is the same is no version; what has other columns waits
for its editor, as what is uploaded does; what cannot be had is told.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.outbox import services as outbox
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import rules, services
from .contents import is_web_address
from .fetching import CannotFetch, allowed, fetch, host_of
from .fetching import Fetched as Had
from .models import FetchSchedule, FetchTry, Resource
from .refusals import CannotCatalogue
from .states import Every, Fetched, ResourceKind, State, Trouble

KEEPS = "open_data.fetch"
NOTE = gettext_noop("排程擷取")


def hosts(on: date) -> list[str]:
    """From which hosts may be fetched, by the rulebook of a day."""
    return list(parameter("open_data.fetch_hosts", on=on).value)


# ---- the schedule ----------------------------------------------------------------------------------------------------


@act
def set_schedule(resource: Resource, *, url: str, every: str, by: Account | None, at: datetime) -> FetchSchedule:
    """From tonight on, new versions come from an address. Raises CannotCatalogue."""
    resource = Resource.objects.select_for_update(of=("self",)).select_related("dataset").get(pk=resource.pk)
    url = url.strip()
    if resource.kind != ResourceKind.FILE or resource.removed_on is not None:
        raise CannotCatalogue(_("這項資源不收檔案。"))
    if not is_web_address(url):
        raise CannotCatalogue(_("網址要以 http:// 或 https:// 開頭。"))
    if not allowed(host_of(url), hosts(day_of(at))):
        raise CannotCatalogue(_("這個主機不在允許擷取的清單裡，請洽研考會。"))
    given: dict[str, Any] = {
        "url": url, "every": Every(every), "next_on": day_of(at), "failures": 0, "set_at": at, "set_by": by,
    }  # fmt: skip
    made, _new = FetchSchedule.objects.update_or_create(resource=resource, defaults=given)
    worklist.close_todo(services.FETCH, resource, at=at)
    audit.record("open_data.fetch_scheduled", resource.dataset, by=by, at=at, new={"n": resource.n, "every": every})
    return made


@act
def stop_schedule(resource: Resource, *, by: Account | None, at: datetime) -> None:
    """Versions come by hand again; what was fetched stays. Raises CannotCatalogue where there is no schedule."""
    if not FetchSchedule.objects.filter(resource=resource).delete()[0]:
        raise CannotCatalogue(_("這項資源沒有設定排程擷取。"))
    worklist.close_todo(services.FETCH, resource, at=at)
    audit.record("open_data.fetch_stopped", resource.dataset, by=by, at=at, old={"n": resource.n})


# ---- fetching --------------------------------------------------------------------------------------------------------


def begin(at: datetime) -> int:
    """Promise each address whose day it is; a night that begins twice promises once."""
    today = day_of(at)
    due = FetchSchedule.objects.filter(
        next_on__lte=today, resource__removed_on=None, resource__dataset__state=State.PUBLISHED
    )
    keys = list(due.order_by("pk").values_list("resource", flat=True))
    for key in keys:
        _promise(key, f"{KEEPS}:{key}:{today.isoformat()}", at)
    return len(keys)


@act
def _promise(resource: int, key: str, at: datetime) -> None:
    outbox.promise_new(KEEPS, {"resource": resource}, key=key, at=at)


@act
def ask_now(resource: Resource, *, by: Account | None, at: datetime) -> None:
    """An editor does not want to wait for the night: fetched by the worker, once a minute at most. Raises CannotCatalogue."""
    if not FetchSchedule.objects.filter(resource=resource).exists():
        raise CannotCatalogue(_("這項資源沒有設定排程擷取。"))
    audit.record("open_data.fetch_asked", resource.dataset, by=by, at=at, new={"n": resource.n})
    key = f"{KEEPS}:{resource.pk}:now:{at:%Y%m%d%H%M}"
    outbox.promise_new(KEEPS, {"resource": resource.pk}, key=key, at=at, urgent=True)


def fetch_now(resource: int, *, at: datetime) -> FetchTry | None:
    """Fetch an address, and keep what came of it. The address is asked outside of any transaction."""
    schedule = FetchSchedule.objects.filter(resource=resource).first()
    if schedule is None:
        return None
    had: Had | None = None
    why = ""
    try:
        had = fetch(schedule.url, largest=services.MOST_BYTES, hosts=hosts(day_of(at)))
    except CannotFetch as refusal:
        why = words(refusal.trouble, refusal.detail)
    if had is not None:
        try:
            return _take(schedule, had, at=at)
        except CannotCatalogue as refusal:
            why = refusal.sentence
    return _failed(schedule, why, at=at)


def words(trouble: Trouble, detail: str) -> str:
    """Why an address gave nothing."""
    return str(trouble.label) % {"name": _("擷取的網址"), "detail": detail}


@act
def _take(schedule: FetchSchedule, had: Had, *, at: datetime) -> FetchTry | None:
    """The bytes become a version as if they were uploaded, unless they are those of the last."""
    now = FetchSchedule.objects.select_for_update().filter(pk=schedule.pk, url=schedule.url).first()
    if now is None:  # stopped or changed while the address was asked
        return None
    row = Resource.objects.select_related("dataset").get(pk=now.resource_id)
    last = row.versions.order_by("-number").first()
    version = services.add_version(row, name=had.name, content=BytesIO(had.data), note=NOTE, by=None, at=at)
    new = last is None or version.pk != last.pk
    now.failures, now.next_on = 0, rules.next_fetch(now.every, day_of(at))
    now.save(update_fields=["failures", "next_on"])
    worklist.close_todo(services.FETCH, row, at=at)
    return FetchTry.objects.create(
        resource=row, at=at, outcome=Fetched.NEW if new else Fetched.SAME, version=version if new else None
    )


@act
def _failed(schedule: FetchSchedule, why: str, *, at: datetime) -> FetchTry | None:
    """Tried again the next night; after some failures in a row the agency is told."""
    now = FetchSchedule.objects.select_for_update().filter(pk=schedule.pk, url=schedule.url).first()
    if now is None:
        return None
    row = Resource.objects.select_related("dataset__agency").get(pk=now.resource_id)
    now.failures, now.next_on = min(now.failures + 1, 30_000), day_of(at) + timedelta(days=1)
    now.save(update_fields=["failures", "next_on"])
    audit.record("open_data.fetch_failed", row.dataset, by=None, at=at, new={"n": row.n, "failures": now.failures})
    if now.failures >= int(parameter("open_data.fetch_failures", on=day_of(at)).value):
        dataset = row.dataset
        worklist.open_todo(
            services.FETCH, row, title=dataset.title, detail=why, reference=dataset.identifier, agency=dataset.agency,
            role=Role.COORDINATOR, url=services.page_of_schedule(row), at=at,
        )  # fmt: skip
    return FetchTry.objects.create(resource=row, at=at, outcome=Fetched.FAILED, trouble=why[:300])
