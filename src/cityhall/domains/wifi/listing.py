"""A list of hotspots as a sheet, in and out: the national list's columns are known, and those of our own download."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import Column, Refusal
from cityhall.engines.identity.models import Account
from cityhall.foundation import unit
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import queries, services
from .models import Hotspot
from .queries import Found, Line
from .refusals import CannotRecord
from .states import Builder, HotspotState, SiteKind

COLUMNS = (
    Column("code", gettext_lazy("熱點代碼"), sheets.text(20)),
    Column("builder", gettext_lazy("建置單位別"), sheets.choice(Builder.choices)),
    Column("operator", gettext_lazy("主管機關名稱"), sheets.text(60), required=True, aliases=("Unit", "主管機關")),
    Column("name", gettext_lazy("熱點名稱"), sheets.text(120), required=True, aliases=("Station",)),
    Column("kind", gettext_lazy("場所類別"), sheets.choice(SiteKind.choices)),
    Column("address", pgettext_lazy("hotspot", "地址"), sheets.text(200), required=True, aliases=("Addr",)),
    Column("lat", gettext_lazy("緯度"), sheets.decimal, required=True, aliases=("Lat", "Latitude")),
    Column("lon", gettext_lazy("經度"), sheets.decimal, required=True, aliases=("Lon", "Lng", "Longitude")),
    Column("zone", gettext_lazy("熱區"), sheets.text(60)),
    Column("access_points", gettext_lazy("基地臺數"), sheets.integer),
    Column("contract", gettext_lazy("契約編號"), sheets.text(40)),
    Column("contract_from", gettext_lazy("契約起日"), sheets.day),
    Column("contract_to", gettext_lazy("契約迄日"), sheets.day),
    Column("promised", gettext_lazy("約定可用率"), sheets.decimal),
    Column("since", gettext_lazy("開放日"), sheets.day),
)
OF_SHEET = {
    "builder", "operator", "name", "kind", "address", "zone", "access_points", "contract", "contract_from", "contract_to",
    "promised",
}  # fmt: skip
MOST_ACCESS_POINTS = 1000


@dataclass
class Outcome:
    """What became of a list."""

    added: int = 0
    changed: int = 0
    same: int = 0
    refused: list[Refusal] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        """How many rows there were; several cells of one row may be refused."""
        return self.added + self.changed + self.same + len({one.row for one in self.refused})


def import_list(content: BinaryIO, *, by: Account | None, at: datetime) -> Outcome:
    """Take in a list: new hotspots are added, known ones changed where they differ, refused rows are told with their cell.

    A hotspot is known by its code, without one by its operator, name and address. What a list leaves out stays as it is.
    Each row is an act that is kept or refused by itself, all committed together. Raises sheets.CannotReadSheet when the
    file as a whole is none.
    """
    data = content.read(sheets.MOST_BYTES + 1)
    sheet = sheets.read_sheet(io.BytesIO(data), COLUMNS)
    outcome = Outcome(unknown=sheet.unknown)
    with unit.bulk():
        _take(sheet, outcome, by, at)
        _note(outcome, hashlib.sha256(data).hexdigest(), by, at)
    return outcome


@act
def _note(outcome: Outcome, digest: str, by: Account | None, at: datetime) -> None:
    told = {"added": outcome.added, "changed": outcome.changed, "refused": len(outcome.refused)}
    audit.record("wifi.list_imported", None, by=by, at=at, new={**told, "digest": digest})


def _take(sheet: sheets.Sheet, outcome: Outcome, by: Account | None, at: datetime) -> None:
    """Row by row; what is refused is told in the outcome."""
    agencies = {one.name: one for one in Agency.objects.as_of(day_of(at))}
    seen: set[int] = set()
    for row in sheet.rows:
        given = _given(row.values, agencies)
        try:
            if not 1 <= given.get("access_points", 1) <= MOST_ACCESS_POINTS:
                raise CannotRecord(_("基地臺數要在1到%(most)d之間。") % {"most": MOST_ACCESS_POINTS})
            known = _known(row.values)
            if known is not None and known.pk in seen:
                raise CannotRecord(_("和這份清單前面的一列是同一個熱點。"))
            if known is None:
                made = services.add_hotspot(
                    code=row["code"] or "", since=row["since"] or day_of(at), by=by, at=at, **given
                )
                outcome.added += 1
                seen.add(made.pk)
            else:
                changed = services.change_hotspot(known, by=by, at=at, **given)
                outcome.changed, outcome.same = outcome.changed + changed, outcome.same + (not changed)
                seen.add(known.pk)
        except CannotRecord as refusal:
            sheet.refuse(row, _("整列"), row["name"], refusal.sentence)
    outcome.refused = sorted(sheet.refused, key=lambda one: one.row)


def _given(values: Any, agencies: dict[str, Agency]) -> dict[str, Any]:
    """What a row says; an empty cell says nothing."""
    given = {name: values[name] for name in OF_SHEET if values.get(name) not in (None, "")}
    given |= {"lon": float(values["lon"]), "lat": float(values["lat"])}
    if values["operator"] in agencies:
        given["agency"] = agencies[values["operator"]]
    return given


def _known(values: Any) -> Hotspot | None:
    if values.get("code"):
        return Hotspot.objects.filter(code=values["code"]).first()
    same = {"operator": values["operator"], "name": values["name"], "address": values["address"]}
    return Hotspot.objects.filter(**same).first()


HEADINGS = (
    *(column.label for column in COLUMNS if column.key != "since"), gettext_lazy("位置所在的行政區"),
    pgettext_lazy("hotspot", "狀態"), gettext_lazy("檢查結果"),
)  # fmt: skip


def cells(lines: Iterable[Line], districts: dict[str, str]) -> Iterator[list[Any]]:
    """The rows of the download; the import reads them again."""
    for line in lines:
        one = line.hotspot
        yield [
            one.code, one.get_builder_display(), one.operator, one.name, one.get_kind_display(), one.address, one.lat, one.lon,
            one.zone.name if one.zone else "", one.access_points, one.contract, one.contract_from, one.contract_to,
            one.promised, districts.get(one.district, ""), str(HotspotState(line.state).label) if line.state else "",
            "、".join(str(found.label) for found in line.findings),
        ]  # fmt: skip


# ---- what everybody may take along -----------------------------------------------------------------------------------

PUBLIC_HEADINGS = (
    gettext_lazy("熱點代碼"), gettext_lazy("熱點名稱"), gettext_lazy("主管機關名稱"), gettext_lazy("場所類別"),
    pgettext_lazy("hotspot", "地址"), gettext_lazy("位置所在的行政區"), gettext_lazy("緯度"), gettext_lazy("經度"),
    pgettext_lazy("hotspot", "狀態"),
)  # fmt: skip


def public_cells(found: Iterable[Found], districts: dict[str, str]) -> Iterator[list[Any]]:
    """The rows of the public list."""
    for row in found:
        one = row.hotspot
        yield [
            one.code, one.name, one.operator, one.get_kind_display(), one.address, districts.get(one.district, ""),
            one.lat, one.lon, str(HotspotState(one.state_then).label),
        ]  # fmt: skip


def public_rows(at: datetime) -> Iterator[list[Any]]:
    """The hotspots in service, for the open data: what people look for, and nothing of contracts."""
    for one in queries.narrowed({"state": HotspotState.OPEN}, day_of(at)).order_by("code"):
        yield [
            one.code, one.get_builder_display(), one.operator, one.name, one.get_kind_display(), one.address, one.lat, one.lon,
        ]  # fmt: skip
