"""Acts: add a layer of managers, import a version, put it in force, throw away one that never was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.files.sheets import MOST_BYTES
from cityhall.engines.outbox import services as outbox
from cityhall.engines.places import imports
from cityhall.engines.places.imports import CannotImport, SourceFile
from cityhall.engines.places.models import Area, Layer, LayerVersion, Term, Upload, UploadedFile
from cityhall.engines.places.states import AreaKind, LayerKind, Level
from cityhall.foundation.unit import act

if TYPE_CHECKING:
    from cityhall.engines.identity.models import Account

BATCH = 1000
MOST_REFUSALS = 1000
"""How many refusals a version remembers; all are counted."""

STANDARD = {
    LayerKind.BOUNDARIES: ("boundaries", "行政區界線", "Administrative boundaries"),
    LayerKind.ROADS: ("roads", "道路", "Roads"),
    LayerKind.LANDMARKS: ("landmarks", "地標", "Landmarks"),
    LayerKind.PLATES: ("plates", "門牌", "Door plates"),
}
"""The layers that every city has one of: kind → code, name, English name."""

_known_managers: Callable[[str], bool] | None = None


class CannotAddLayer(Exception):
    """The layer's code is taken or cannot be used."""


class CannotPutInForce(Exception):
    """The version cannot decide anything."""


class CannotDiscard(Exception):
    """The version was in force once: decisions were based on it."""


def check_managers_by(is_known: Callable[[str], bool]) -> None:
    """Install the question whether an agency of a code exists; the directory stands above this engine."""
    global _known_managers
    _known_managers = is_known


def _manager_is_known(code: str) -> bool:
    return _known_managers is None or _known_managers(code)


def standard_layer(kind: str) -> Layer:
    """The city's one layer of boundaries, roads, landmarks or door plates; made when first asked for."""
    code, name, name_en = STANDARD[LayerKind(kind)]
    return Layer.objects.get_or_create(code=code, defaults={"kind": kind, "name": name, "name_en": name_en})[0]


@act
def add_layer(*, code: str, level: str, name: str, name_en: str = "", by: Account | None, at: datetime) -> Layer:
    """Add a layer that says who manages what. Raises CannotAddLayer."""
    if not code or slugify(code) != code:
        raise CannotAddLayer(_("代碼只能用小寫英文字母、數字和 -。"))
    if Layer.objects.filter(code=code).exists():
        raise CannotAddLayer(_("已經有代碼「%(code)s」的圖層。") % {"code": code})
    layer = Layer.objects.create(
        code=code, kind=LayerKind.MANAGERS, level=Level(level), name=name.strip(), name_en=name_en.strip()
    )
    audit.record("places.layer.added", layer, by=by, at=at, new={"code": code, "level": level})
    return layer


@act
def import_version(
    layer: Layer,
    files: Sequence[SourceFile],
    *,
    source: str,
    dated_on: date | None = None,
    by: Account | None,
    at: datetime,
) -> LayerVersion:
    """Read files into a new version, which is not yet in force; its report names every refused row.

    Raises CannotImport when nothing can be taken in.
    """
    Layer.objects.select_for_update().get(pk=layer.pk)
    reading = imports.read(layer.kind, files, manager_is_known=_manager_is_known)
    if not reading.rows:
        first = f"{reading.refused[0][1].row}：{reading.refused[0][1].why}" if reading.refused else ""
        raise CannotImport(_("沒有任何一筆可以匯入。%(first)s") % {"first": first})
    last = layer.versions.aggregate(last=Max("number"))["last"] or 0
    version = LayerVersion.objects.create(
        layer=layer,
        number=last + 1,
        source=source.strip()[:200],
        dated_on=dated_on,
        files="、".join(file.name for file in files)[:300],
        rows=len(reading.rows),
        refused=reading.report(MOST_REFUSALS),
        refused_rows=reading.refused_rows,
        imported_by=by,
        imported_at=at,
    )
    _store(reading.rows, version)
    new = {"layer": layer.code, "number": version.number, "rows": version.rows, "refused": version.refused_rows}
    audit.record("places.version.imported", version, by=by, at=at, new=new)
    return version


def _store(rows: Iterable[Any], version: LayerVersion) -> None:
    """Write the rows of a version, kind by kind; districts before the villages that point to them."""
    by_model: dict[tuple[int, Any], list[Any]] = {}
    for row in rows:
        row.version = version
        place = int(isinstance(row, Area) and row.kind == AreaKind.VILLAGE)
        by_model.setdefault((place, type(row)), []).append(row)
    for (_place, model), found in sorted(by_model.items(), key=lambda pair: pair[0][0]):
        model.objects.bulk_create(found, batch_size=BATCH)


@act
def upload(
    layer: Layer,
    files: Sequence[SourceFile],
    *,
    source: str,
    dated_on: date | None = None,
    by: Account | None,
    at: datetime,
) -> Upload:
    """Keep files for the worker to read: a city has hundreds of thousands of door plates. Raises CannotImport."""
    kept = Upload.objects.create(
        layer=layer, source=source.strip()[:200], dated_on=dated_on, uploaded_by=by, uploaded_at=at
    )
    for file in files:
        content = file.content.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise CannotImport(_("檔案太大：最多 %(most)d MB。") % {"most": MOST_BYTES // 2**20})
        if not content:
            raise CannotImport(_("%(name)s是空的。") % {"name": file.name})
        UploadedFile.objects.create(upload=kept, name=file.name[-120:], size=len(content), content=content)
    outbox.promise("places.read", {"upload": kept.pk}, key=f"places.read:{kept.pk}", at=at)
    return kept


@act
def take_in(kept: Upload, *, at: datetime) -> None:
    """Read an upload into a version, or note why it cannot be; then its bytes go."""
    if kept.read_at:
        return
    files = [SourceFile(file.name, BytesIO(bytes(file.content))) for file in kept.files.all()]
    language = kept.uploaded_by.language if kept.uploaded_by else "zh-hant"
    with translation.override(language):
        try:
            with transaction.atomic():
                kept.version = import_version(
                    kept.layer, files, source=kept.source, dated_on=kept.dated_on, by=kept.uploaded_by, at=at
                )
        except CannotImport as refusal:
            kept.refusal = str(refusal)[:500]
    kept.read_at = at
    kept.save()
    kept.files.update(content=b"")


@act
def put_in_force(version: LayerVersion, *, by: Account | None, at: datetime) -> Term:
    """Let a version decide from now on; an older one may come back. Raises CannotPutInForce."""
    layer = Layer.objects.select_for_update().get(pk=version.layer_id)
    current = Term.objects.filter(layer=layer, ends_at__isnull=True).select_related("version").first()
    if current is not None and current.version_id == version.pk:
        raise CannotPutInForce(_("這個版次已經生效。"))
    if current is not None:
        current.ends_at = max(at, current.starts_at)
        current.save(update_fields=["ends_at"])
    term = Term.objects.create(layer=layer, version=version, starts_at=at)
    old = {"number": current.version.number} if current else None
    audit.record("places.version.in_force", version, by=by, at=at, old=old, new={"number": version.number})
    return term


@act
def discard(version: LayerVersion, *, by: Account | None, at: datetime) -> None:
    """Delete a version that was never in force. Raises CannotDiscard."""
    if version.terms.exists():
        raise CannotDiscard(_("這個版次曾經生效，派案紀錄會引用它，不能刪除。"))
    new = {"layer": version.layer.code, "number": version.number}
    audit.record("places.version.discarded", version.layer, by=by, at=at, old=new)
    version.delete()
