"""Layers of open data (§1.4.3): a published table with places becomes a layer, and its next version the layer's next content.

What a layer's readers rely on does not go without a word: where a version lacks a column, or another stands there, the layer
stays as it was and says so, until somebody takes the version. Nothing half of a version is ever shown.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.identity.models import Account
from cityhall.engines.layers import memory, registry
from cityhall.engines.layers.registry import UnfitTable
from cityhall.engines.layers.tabled import MOST_ROWS, columns_of, from_table
from cityhall.engines.outbox import services as outbox
from cityhall.engines.tables import published
from cityhall.engines.tables.published import Published
from cityhall.engines.tables.storing import NoSuchTable, Stored, load
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import rules, services
from .models import Layer
from .refusals import CannotList
from .states import Trouble

KEEPS = "spatial.renew_layer"
MOST_FOUND = 50
MOST_LOOKED_AT = 2_000


def placed(words: str) -> list[Published]:
    """Published tables with places that fit the words, and that can be a layer."""
    return [
        one for one in published.find(words, MOST_FOUND) if _stored(one) is not None and not trouble_of(one, None)[0]
    ]


def _stored(one: Published) -> Stored | None:
    try:
        return one.stored
    except NoSuchTable:
        return None


def trouble_of(one: Published, before: str | None) -> tuple[str, str]:
    """Why a version cannot be shown, or not without a word to the readers of the table before; and which columns."""
    stored = _stored(one)
    if stored is None or not stored.placed:
        return Trouble.PLACES, ""
    if stored.rows > MOST_ROWS:
        return Trouble.ROWS, f"{stored.rows:,}"
    if before:
        new = {column.name: column.kind for column in columns_of(stored).values()}
        old = {column.name: column.kind for column in columns_of(load(before)).values()}
        if lost := rules.lost_columns(old, new):
            return Trouble.COLUMNS, "、".join(lost)[:200]
    return "", ""


def _fits(code: str, title: str, stored: Stored) -> bool:
    """Whether the table makes a whole layer: everything of it is read once, before anybody sees it."""
    try:
        memory.Held(source := from_table(stored, code=code, title=title), stored.digest, source.read())
    except UnfitTable:
        return False
    return True


@act
def make_layer(code: str, one: Published, *, by: Account | None, at: datetime, **given: Any) -> Layer:
    """Put a published table into the catalogue as a layer, dated as the table is. Raises CannotList."""
    if code in registry.sources or Layer.objects.filter(code=code).exists():
        raise CannotList(_("這個代碼已經有圖資使用，請換一個。"))
    services.check(given)
    trouble, about = trouble_of(one, None)
    if not trouble and not _fits(code, given["title"], one.stored):
        trouble = Trouble.UNFIT
    if trouble:
        raise CannotList(_told(trouble, about))
    made = Layer.objects.create(
        code=code, table=one.table, resource=one.key, resource_number=one.number, listed_on=day_of(at), changed_at=at,
        **given | {"dated_on": one.dated_on},
    )  # fmt: skip
    new = services.facts(made) | {"resource": one.key, "number": one.number, "table": one.table}
    audit.record("spatial.layer_listed", made, by=by, at=at, new=new)
    return made


def _told(trouble: str, about: str) -> str:
    label = str(Trouble(trouble).label)
    return _("%(why)s：%(about)s。") % {"why": label, "about": about} if about else _("%(why)s。") % {"why": label}


# ---- another version -------------------------------------------------------------------------------------------------


def changed(key: str, at: datetime) -> None:
    """A published table has another version, came or went: the worker looks after the layers that show it."""
    for layer in Layer.objects.filter(resource=key, withdrawn_on=None).values_list("pk", flat=True):
        outbox.promise(KEEPS, {"layer": layer}, key=f"{KEEPS}:{layer}:{at.timestamp()}", at=at)


def renew(layer: Layer, *, at: datetime) -> None:
    """Show what is published now, or say why not; a table that is not published any more is no layer any more."""
    if layer.withdrawn_on is not None or not layer.resource:
        return
    one = published.get(layer.resource)
    if one is None:
        with translation.override("zh-hant"):
            services.withdraw_layer(layer, why=_("開放資料不再提供這份資料。"), by=None, at=at)
        return
    trouble, about = trouble_of(one, layer.table)
    if not trouble and one.table != layer.table and not _fits(layer.code, layer.title, one.stored):
        trouble = Trouble.UNFIT
    if trouble:
        _stay_behind(layer, one, trouble, about, at=at)
    else:
        _show(layer, one, by=None, at=at)


@act
def take_version(layer: Layer, *, by: Account | None, at: datetime) -> Layer:
    """Show the newest version although columns went: somebody has looked after the layer's readers. Raises CannotList."""
    one = published.get(layer.resource) if layer.resource else None
    if one is None or layer.withdrawn_on is not None:
        raise CannotList(_("開放資料現在沒有這份資料的新版本。"))
    trouble, about = trouble_of(one, None)
    if not trouble and not _fits(layer.code, layer.title, one.stored):
        trouble = Trouble.UNFIT
    if trouble:
        raise CannotList(_told(trouble, about))
    return _show(layer, one, by=by, at=at)


@act
def _show(layer: Layer, one: Published, *, by: Account | None, at: datetime) -> Layer:
    layer = Layer.objects.select_for_update(of=("self",)).get(pk=layer.pk)
    old = {"number": layer.resource_number, "table": layer.table}
    new = {"number": one.number, "table": one.table}
    if old == new and not layer.trouble and layer.dated_on == one.dated_on:
        return layer
    layer.table, layer.resource_number, layer.dated_on = one.table, one.number, one.dated_on
    layer.trouble, layer.trouble_about, layer.changed_at = "", "", at
    layer.save()
    audit.record("spatial.layer_renewed", layer, by=by, at=at, old=old, new=new)
    return layer


@act
def _stay_behind(layer: Layer, one: Published, trouble: str, about: str, *, at: datetime) -> None:
    layer = Layer.objects.select_for_update(of=("self",)).get(pk=layer.pk)
    if (layer.trouble, layer.trouble_about) == (trouble, about):
        return
    layer.trouble, layer.trouble_about, layer.changed_at = trouble, about, at
    layer.save()
    new = {"number": one.number, "trouble": trouble, "about": about}
    audit.record("spatial.layer_behind", layer, by=None, at=at, new=new)
