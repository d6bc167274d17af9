"""An outside body's Open311 server: where it is, its services, and which of our categories they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity import digests
from cityhall.engines.identity.models import Account
from cityhall.engines.outbox import services as outbox
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..models import Category, Endpoint, EndpointMapping, EndpointService
from ..peer_client import Away
from ..peer_rules import Service, Trouble
from . import peers

KEEPS = "petitions.open311.services"
MOST_ASKED = 200  # services whose questions are fetched


class CannotKeep(CannotAct):
    """What was given does not fit; the sentence says why."""


def _changed(endpoint: Endpoint, event: str, *, by: Account | None, at: datetime, **new: object) -> None:
    audit.record(f"petition.endpoint_{event}", endpoint, by=by, at=at, new={"agency": endpoint.agency.code, **new})


@act
def keep(
    endpoint: Endpoint | None,
    *,
    agency: Agency,
    base_url: str,
    jurisdiction: str,
    api_key: str,
    by: Account,
    at: datetime,
) -> Endpoint:
    """Add one or change it. An empty key leaves the key; another server gets no key that was meant for the first."""
    if endpoint is None:
        endpoint = Endpoint(agency=agency, changed_at=at)
    else:
        endpoint = Endpoint.objects.select_for_update(of=("self",)).select_related("agency").get(pk=endpoint.pk)
        moved = urlsplit(endpoint.base_url)[:2] != urlsplit(base_url)[:2]
        if moved and endpoint.secret and not api_key:
            raise CannotKeep(_("網址換了主機，請重新填金鑰：原來的金鑰不會交給別的主機。"))
        if endpoint.agency_id != agency.pk and endpoint.requests.exists():
            raise CannotKeep(_("已經有案件送給這個機關，不能改成別的機關；請另外新增。"))
        endpoint.agency = agency
    endpoint.base_url, endpoint.jurisdiction = base_url.rstrip("/"), jurisdiction.strip()
    if api_key:
        endpoint.secret = digests.encrypt(api_key)
    endpoint.tags, endpoint.quiet_until = {}, None
    endpoint.changed_by, endpoint.changed_at = by, at
    try:
        with transaction.atomic():
            endpoint.save()
    except IntegrityError as error:
        raise CannotKeep(_("「%(name)s」已經設定過了，請修改原來那一筆。") % {"name": agency.label}) from error
    _changed(endpoint, "kept", by=by, at=at, url=endpoint.base_url, key=bool(api_key))
    ask_services(endpoint, at=at)
    return endpoint


@act
def set_state(endpoint: Endpoint, state: str, *, by: Account, at: datetime) -> Endpoint:
    """Pause it, end it, or use it again: then what waited goes on."""
    endpoint = Endpoint.objects.select_for_update(of=("self",)).select_related("agency").get(pk=endpoint.pk)
    if endpoint.state == state:
        return endpoint
    endpoint.state, endpoint.changed_by, endpoint.changed_at = Endpoint.State(state), by, at
    endpoint.save(update_fields=["state", "changed_by", "changed_at"])
    _changed(endpoint, "set", by=by, at=at, state=state)
    if endpoint.in_use:
        peers.resumed(endpoint, at=at)
    return endpoint


@act
def ask_services(endpoint: Endpoint, *, at: datetime) -> None:
    """Have their list fetched, soon; somebody waits for it."""
    endpoint.fetch_asked_at = at
    endpoint.save(update_fields=["fetch_asked_at"])
    outbox.promise(KEEPS, {"endpoint": endpoint.pk}, key=f"{KEEPS}:{endpoint.pk}:{at.isoformat()}", at=at, urgent=True)


def fetch(pk: int, *, at: datetime) -> None:
    """Ask for their list and what the services ask; what goes wrong is written down for whoever tries."""
    endpoint = Endpoint.objects.select_related("agency").filter(pk=pk).exclude(state=Endpoint.State.ENDED).first()
    if endpoint is None or endpoint.fetch_asked_at is None:
        return  # nobody waits for it any more
    there = peers.client(endpoint, at)
    try:
        found = there.services()
        if not found:
            raise Away(Trouble.MISSING)
        asking = [one.code for one in found if one.metadata][:MOST_ASKED]
        asked = {code: there.asked(code) for code in asking}
    except Away as away:
        Endpoint.objects.filter(pk=pk).update(
            trouble=away.trouble.value, trouble_said=away.said, trouble_at=at, fetch_asked_at=None
        )
        return
    keep_services(
        endpoint,
        [Service(one.code, one.name, one.group, one.metadata, asked.get(one.code, ())) for one in found],
        at=at,
    )


@act
def keep_services(endpoint: Endpoint, found: Sequence[Service], *, at: datetime) -> None:
    """Their list as it is now; what left it is marked and no longer used."""
    endpoint = Endpoint.objects.select_for_update(of=("self",)).get(pk=endpoint.pk)
    known = {one.code: one for one in endpoint.services.all()}
    for one in found:
        row = known.pop(one.code, None) or EndpointService(endpoint=endpoint, code=one.code)
        row.name, row.group, row.gone = one.name, one.group, False
        row.asked = [asdict(asked) for asked in one.asked]
        row.save()
    endpoint.services.filter(code__in=list(known)).update(gone=True)
    endpoint.fetched_at, endpoint.fetch_asked_at = at, None
    endpoint.trouble = endpoint.trouble_said = ""
    endpoint.trouble_at = None
    endpoint.save()


@act
def set_mapping(
    endpoint: Endpoint, *, default: str, services: Mapping[int, str | None], by: Account, at: datetime
) -> Endpoint:
    """Which service each category is: a code, "" for by letter, None for what holds for all others."""
    endpoint = Endpoint.objects.select_for_update(of=("self",)).select_related("agency").get(pk=endpoint.pk)
    codes = set(endpoint.services.values_list("code", flat=True)) | {""}
    if not {default, *(code for code in services.values() if code)} <= codes:
        raise CannotKeep(_("對方的服務清單已經更新，請重新選。"))
    endpoint.default_service = default
    endpoint.changed_by, endpoint.changed_at = by, at
    endpoint.save(update_fields=["default_service", "changed_by", "changed_at"])
    for category, code in services.items():
        rows = EndpointMapping.objects
        if code is None:
            rows.filter(endpoint=endpoint, category=category).delete()
        else:
            rows.update_or_create(endpoint=endpoint, category_id=category, defaults={"service": code})
    _changed(
        endpoint, "mapped", by=by, at=at, default=default, mapped=sum(code is not None for code in services.values())
    )
    return endpoint


@act
def set_given(service: EndpointService, given: Mapping[str, str], *, by: Account, at: datetime) -> None:
    """What we always answer to what a service asks."""
    codes = {one["code"]: dict(one["values"]) for one in service.asked}
    kept = {code: value.strip() for code, value in given.items() if code in codes and value.strip()}
    for code, value in kept.items():
        if codes[code] and value not in codes[code]:
            raise CannotKeep(_("請從對方的選項裡選。"))
    service.given = kept
    service.save(update_fields=["given"])
    _changed(service.endpoint, "given", by=by, at=at, service=service.code)


def categories_in_use(at: datetime) -> list[Category]:
    """The categories that can be mapped."""
    return list(Category.objects.in_use(day_of(at)).order_by("group", "order", "code"))
