"""Acts: list a layer, change or withdraw it; add a client, grant it a layer, end either; count a call."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.files import services as files
from cityhall.engines.files.models import path_of
from cityhall.engines.identity import clients as programs
from cityhall.engines.identity.clients import CannotMakeClient, Quota
from cityhall.engines.identity.models import Account
from cityhall.engines.layers import memory, registry
from cityhall.engines.layers.parquet import from_parquet
from cityhall.engines.layers.registry import UnfitTable
from cityhall.engines.tables import published
from cityhall.foundation.clock import day_of
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from .models import Client, Grant, Layer, LayerAbsence, Use
from .refusals import CannotList
from .states import ClientKind, Licence, Rights

SCOPE = "spatial.read"
_TOLD = ("title", "title_en", "about", "theme", "rights", "licence", "scale", "dated_on", "upkeep")


def facts(layer: Layer) -> dict[str, Any]:
    """What the trail keeps of a layer."""
    told = {name: getattr(layer, name) for name in _TOLD}
    told |= {"agency": layer.agency_id, "owner": layer.owner_id}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}


def check(given: dict[str, Any]) -> None:
    """Raises CannotList for what cannot be said of a layer."""
    if not given["title"].strip():
        raise CannotList(_("請填圖資名稱。"))
    if given["licence"] == Licence.OPEN and given["rights"] != Rights.PUBLIC:
        raise CannotList(_("不公開的圖資不能用開放授權，請改選「僅供公務使用」。"))


# ---- layers ----------------------------------------------------------------------------------------------------------


@act
@sentence("1.4.3", "個機關之業務圖資")
def list_layer(code: str, *, by: Account | None, at: datetime, **given: Any) -> Layer:
    """Put a declared layer into the catalogue. Raises CannotList."""
    if code not in registry.sources:
        raise CannotList(_("沒有這個代碼的圖資來源。"))
    if Layer.objects.filter(code=code).exists():
        raise CannotList(_("這個圖資已經登錄過。"))
    check(given)
    made = Layer.objects.create(code=code, listed_on=day_of(at), changed_at=at, **given)
    audit.record("spatial.layer_listed", made, by=by, at=at, new=facts(made))
    return made


@act
def keep_layer(code: str, content: bytes, *, by: Account | None, at: datetime, **given: Any) -> Layer:
    """Put a layer into the catalogue that an agency hands in as GeoParquet in degrees. Raises CannotList."""
    if code in registry.sources or Layer.objects.filter(code=code).exists():
        raise CannotList(_("這個圖資已經登錄過。"))
    check(given)
    digest = files.put(content)
    try:
        source = from_parquet(path_of(digest), digest=digest, code=code, title=given["title"])
        memory.Held(source, digest, source.read())
    except (UnfitTable, pa.ArrowInvalid):
        raise CannotList(_("這個檔案不是經緯度的 GeoParquet，或有重複的編號。")) from None
    made = Layer.objects.create(code=code, content=digest, listed_on=day_of(at), changed_at=at, **given)
    audit.record("spatial.layer_listed", made, by=by, at=at, new=facts(made) | {"content": digest})
    return made


@act
def change_layer(layer: Layer, *, by: Account | None, at: datetime, **given: Any) -> Layer:
    """Say something else of a layer; the trail keeps what was said before. Raises CannotList."""
    layer = Layer.objects.select_for_update(of=("self",)).get(pk=layer.pk)
    if layer.withdrawn_on is not None:
        raise CannotList(_("這個圖資已經下架。"))
    check(given)
    old = facts(layer)
    for name, value in given.items():
        setattr(layer, name, value)
    layer.changed_at = at
    layer.save()
    new = facts(layer)
    changed = [name for name in new if old[name] != new[name]]
    if changed:
        audit.record(
            "spatial.layer_changed", layer, by=by, at=at, old={name: old[name] for name in changed},
            new={name: new[name] for name in changed},
        )  # fmt: skip
    return layer


@act
def withdraw_layer(layer: Layer, *, why: str, by: Account | None, at: datetime) -> None:
    """Take a layer out of the catalogue from today on; what was asked of it stays counted. Raises CannotList."""
    layer = Layer.objects.select_for_update(of=("self",)).get(pk=layer.pk)
    if layer.withdrawn_on is not None:
        raise CannotList(_("這個圖資已經下架。"))
    if not why.strip():
        raise CannotList(_("請寫下架的理由。"))
    layer.withdrawn_on, layer.why, layer.changed_at = day_of(at), why.strip()[:300], at
    layer.save(update_fields=["withdrawn_on", "why", "changed_at"])
    audit.record("spatial.layer_withdrawn", layer, by=by, at=at, new={"why": layer.why})


@act
def bring_back(layer: Layer, *, why: str, by: Account | None, at: datetime) -> Layer:
    """Put a withdrawn layer into the catalogue again from today on, as it was; the time without it stays known.

    Raises CannotList.
    """
    layer = Layer.objects.select_for_update(of=("self",)).get(pk=layer.pk)
    if layer.withdrawn_on is None:
        raise CannotList(_("這個圖資沒有下架。"))
    if not why.strip():
        raise CannotList(_("請寫恢復的理由。"))
    if layer.resource and published.get(layer.resource) is None:
        raise CannotList(_("開放資料還沒有重新提供這份資料，圖資不能恢復。"))
    today = day_of(at)
    gone = LayerAbsence.objects.create(
        layer=layer,
        since=layer.withdrawn_on,
        until=max(today, layer.withdrawn_on),
        why=layer.why,
        back=why.strip()[:300],
    )
    layer.withdrawn_on, layer.why, layer.changed_at = None, "", at
    layer.save(update_fields=["withdrawn_on", "why", "changed_at"])
    old = {"withdrawn_on": gone.since.isoformat(), "why": gone.why}
    audit.record("spatial.layer_brought_back", layer, by=by, at=at, old=old, new={"why": gone.back})
    if layer.resource:
        published.changed(layer.resource, at=at)
    return layer


# ---- clients ---------------------------------------------------------------------------------------------------------


@act
@sentence("1.4.3", "項專案介接")
def add_client(
    *,
    kind: ClientKind,
    name: str,
    agency: Agency,
    contact: Person | None,
    purpose: str,
    starts_on: date,
    ends_on: date | None,
    quota: Quota,
    own: str | None = None,
    by: Account | None,
    at: datetime,
) -> tuple[Client, str]:
    """Add a system or a project with its program; its key is readable here and never again. Raises CannotList."""
    if not name.strip() or not purpose.strip():
        raise CannotList(_("請填名稱與用途。"))
    if kind == ClientKind.PROJECT and ends_on is None:
        raise CannotList(_("專案要有最後一天。"))
    if ends_on is not None and ends_on < starts_on:
        raise CannotList(_("最後一天不能早於開始日。"))
    try:
        program, key = programs.create_client(
            name=name.strip()[:80], scopes=[SCOPE], quota=quota, by=by, at=at, purpose=purpose.strip()[:200]
        )
    except CannotMakeClient as refusal:
        raise CannotList(str(refusal.sentence)) from None
    made = Client.objects.create(
        program=program, kind=kind, name=program.name, agency=agency, contact=contact, purpose=purpose.strip()[:200],
        starts_on=starts_on, ends_on=ends_on, own=own,
    )  # fmt: skip
    new = {"kind": str(kind), "ends_on": ends_on.isoformat() if ends_on else None}
    audit.record("spatial.client_added", made, by=by, at=at, new=new)
    return made, key


@act
def new_key(client: Client, *, by: Account | None, at: datetime) -> str:
    """Another key for a client; the old ones work on for some days. Raises CannotList."""
    if client.program.revoked_at is not None:
        raise CannotList(_("這個介接對象已經停用。"))
    return programs.rotate_key(client.program, by=by, at=at)


@act
def end_client(client: Client, *, by: Account, at: datetime) -> None:
    """End a client now, with its keys; its statements stay. Raises CannotList."""
    client = Client.objects.select_for_update(of=("self",)).select_related("program").get(pk=client.pk)
    if client.program.revoked_at is not None:
        raise CannotList(_("這個介接對象已經停用。"))
    today = day_of(at)
    programs.revoke_client(client.program, by=by, at=at)
    old = client.ends_on
    client.ends_on = max(today, client.starts_on) if old is None or old > today else old
    client.save(update_fields=["ends_on"])
    Grant.objects.filter(client=client, ended_on=None).update(ended_on=today)
    audit.record(
        "spatial.client_ended", client, by=by, at=at, old={"ends_on": old.isoformat() if old else None},
        new={"ends_on": client.ends_on.isoformat()},
    )  # fmt: skip


@act
def grant(client: Client, layer: Layer, *, purpose: str, by: Account | None, at: datetime) -> Grant:
    """Let a client read a layer that not everybody may. Raises CannotList."""
    if client.program.revoked_at is not None:
        raise CannotList(_("這個介接對象已經停用。"))
    if layer.withdrawn_on is not None:
        raise CannotList(_("這個圖資已經下架。"))
    if layer.rights == Rights.PUBLIC:
        raise CannotList(_("公開的圖資不必授權。"))
    if not purpose.strip():
        raise CannotList(_("請寫使用目的。"))
    try:
        with transaction.atomic():
            made = Grant.objects.create(
                client=client, layer=layer, purpose=purpose.strip()[:200], granted_on=day_of(at), granted_by=by
            )
    except IntegrityError:
        raise CannotList(_("已經授權過這個圖資。")) from None
    audit.record("spatial.granted", client, by=by, at=at, new={"layer": layer.code, "purpose": made.purpose})
    return made


@act
def end_grant(one: Grant, *, by: Account | None, at: datetime) -> None:
    """Take back what a client was granted."""
    if Grant.objects.filter(pk=one.pk, ended_on=None).update(ended_on=day_of(at)):
        audit.record("spatial.grant_ended", one.client, by=by, at=at, old={"layer": one.layer.code})


def count(client: Client, layer: Layer, operation: str, *, on: date) -> None:
    """Count a call of a client: the row of the day, made by the first."""
    row = {"client": client, "layer": layer, "day": on, "operation": operation}
    while not Use.objects.filter(**row).update(calls=F("calls") + 1):
        if Use.objects.get_or_create(**row, defaults={"calls": 1})[1]:
            return
