"""Acts on hotspots: entered, changed, opened and closed, reported as broken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.models import Case
from cityhall.engines.identity.models import Account
from cityhall.engines.numbers import services as numbers
from cityhall.engines.places import queries as places
from cityhall.engines.places.rules import Point
from cityhall.foundation.clock import day_of
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from . import queries, rules
from .models import FaultReport, Hotspot, HotspotStep, HotZone
from .refusals import CannotRecord
from .states import HotspotState

FIELDS = (
    "name", "builder", "operator", "agency", "kind", "address", "lon", "lat", "zone", "access_points", "mbps", "contract",
    "contract_from", "contract_to", "promised",
)  # fmt: skip
SERIES = "wifi.hotspot"


def _new_code(on: date) -> str:
    """A code for a hotspot whose list gives none. One that somebody typed in is passed over."""
    while True:
        n = numbers.next_number(SERIES, numbers.year(on.year))
        code = f"W{on.year - 1911:03d}-{n:04d}"
        if not Hotspot.objects.filter(code=code).exists():
            return code


def _check(given: Mapping[str, Any], known: Hotspot | None) -> None:
    for name, words in (("name", _("熱點名稱")), ("operator", _("主管機關名稱")), ("address", _("地址"))):
        if not str(given[name]).strip():
            raise CannotRecord(_("請填%(what)s。") % {"what": words})
    lon, lat = given["lon"], given["lat"]
    if not rules.can_be_meant(lon, lat):
        if rules.swapped(lon, lat):
            raise CannotRecord(_("經度和緯度填反了。"))
        raise CannotRecord(_("經緯度不在臺灣。請填度數，例如經度121.3010、緯度24.9937。"))
    if given.get("access_points", 1) < 1:
        raise CannotRecord(_("基地臺至少1臺。"))
    if given.get("promised") is not None and not 0 < given["promised"] <= 100:
        raise CannotRecord(_("約定可用率要在0到100之間。"))
    begins, ends = given.get("contract_from"), given.get("contract_to")
    if begins and ends and ends < begins:
        raise CannotRecord(_("契約迄日不能早於起日。"))
    same = Hotspot.objects.filter(operator=given["operator"], name=given["name"], address=given["address"])
    if known is not None:
        same = same.exclude(pk=known.pk)
    if same.exists():
        raise CannotRecord(_("同一個機關、同一個地址已經有這個名稱的熱點。"))


def _placed(row: Hotspot) -> None:
    """Write down in which district the position lies, and which one the address names."""
    there = places.area_of(Point(row.lon, row.lat)).district
    row.district = there.code if there is not None else ""
    row.named = rules.named_district(row.address, queries.codes_by_name())


def _complete(given: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in given.items() if name in FIELDS}
    for name in ("name", "operator", "address", "contract"):
        values[name] = str(values.get(name) or "").strip()
    zone = str(given.get("zone") or "").strip()
    values["zone"] = HotZone.objects.get_or_create(name=zone)[0] if zone else None
    values["builder"] = given.get("builder") or queries.builder_of(values["operator"])
    return values


@act
def add_hotspot(
    *, code: str = "", state: str = HotspotState.OPEN, since: date, by: Account | None, at: datetime, **given: Any
) -> Hotspot:  # fmt: skip
    """Enter a hotspot with its first state. Raises CannotRecord."""
    values = _complete(given)
    _check(values, None)
    code = code.strip()
    if code and not rules.CODE.fullmatch(code):
        raise CannotRecord(_("熱點代碼只能用英文字母、數字、- 和 _，最多20個字。"))
    if code and Hotspot.objects.filter(code=code).exists():
        raise CannotRecord(_("已經有這個代碼的熱點。"))
    row = Hotspot(code=code or _new_code(day_of(at)), **values)
    _placed(row)
    row.save()
    audit.record("wifi.hotspot_added", row, by=by, at=at, new={"code": row.code, "builder": row.builder})
    record_state(row, state=state, since=since, reason="", by=by, at=at)
    return row


def _told(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else str(getattr(value, "pk", value))


@act
def change_hotspot(hotspot: Hotspot, *, by: Account | None, at: datetime, **given: Any) -> bool:
    """Change what is known of a hotspot; says whether anything changed. Raises CannotRecord."""
    row = Hotspot.objects.select_for_update(of=("self",)).get(pk=hotspot.pk)
    values = _complete({**{name: getattr(row, name) for name in FIELDS}, **given})
    _check(values, row)
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return False
    old = {name: _told(getattr(row, name)) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    _placed(row)
    row.save()
    new = {name: _told(value) for name, value in changed.items()}
    audit.record("wifi.hotspot_changed", row, by=by, at=at, old=old, new=new)
    return True


@sentence("1.4.8", "適當調整及增加熱區與熱點")
@act
def record_state(
    hotspot: Hotspot, *, state: str, since: date, reason: str, by: Account | None, at: datetime
) -> HotspotStep:
    """A hotspot is planned, opened, paused or taken away from a day on. Raises CannotRecord.

    Days go forward: what was before the last state stays as it was recorded.
    """
    row = Hotspot.objects.select_for_update(of=("self",)).get(pk=hotspot.pk)
    last = row.steps.order_by("-since", "-pk").first()
    if last is not None and since <= last.since:
        raise CannotRecord(_("起算日要在上一個狀態的起算日之後。"))
    if since > day_of(at):
        raise CannotRecord(_("起算日不能在今天之後。"))
    if not rules.may_follow(state, last.state if last else ""):
        raise CannotRecord(_("目前的狀態不能改成這個狀態。"))
    if state in (HotspotState.PAUSED, HotspotState.CLOSED) and not reason.strip():
        raise CannotRecord(_("暫停或撤除，請寫理由。"))
    made = HotspotStep.objects.create(
        hotspot=row, state=state, since=since, reason=reason.strip()[:300], recorded_at=at, recorded_by=by
    )
    audit.record("wifi.state_recorded", row, by=by, at=at, new={"state": str(state), "since": str(since)})
    return made


@act
def note_fault(hotspot: Hotspot, case: Case, *, at: datetime) -> FaultReport:
    """A petition about a fault of the hotspot was filed; the same petition again is the same report."""
    made, _created = FaultReport.objects.get_or_create(case=case, defaults={"hotspot": hotspot, "reported_at": at})
    return made
