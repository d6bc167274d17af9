"""中斷: a hotspot is out and comes back, by hand or by the controllers' list; whoever keeps it is told when it takes long."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import Column
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.engines.worklist.models import Todo
from cityhall.foundation import unit
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .listing import Outcome
from .models import Hotspot, Outage
from .refusals import CannotRecord
from .states import Cause

OUT = "wifi.outage"
COLUMNS = (
    Column("code", gettext_lazy("熱點代碼"), sheets.text(20), required=True),
    Column("began_at", gettext_lazy("中斷時間"), sheets.instant, required=True),
    Column("ended_at", gettext_lazy("恢復時間"), sheets.instant),
    Column("cause", pgettext_lazy("outage", "原因"), sheets.choice(Cause.choices)),
)
MENDED = gettext_noop("修好後請登錄恢復時間。")


@act
def record(
    hotspot: Hotspot, *, began_at: datetime, ended_at: datetime | None, cause: str, by: Account | None, at: datetime
) -> Outage:
    """Write down that a hotspot is or was out. Raises CannotRecord."""
    row = Hotspot.objects.select_for_update(of=("self",)).get(pk=hotspot.pk)
    _check(began_at, ended_at, at)
    if row.outages.touching(began_at, ended_at or at + timedelta(seconds=1)).exists():
        raise CannotRecord(_("這段時間已經登錄過中斷。"))
    made = Outage.objects.create(
        hotspot=row, began_at=began_at, ended_at=ended_at, cause=cause or Cause.UNKNOWN, recorded_at=at, recorded_by=by
    )
    audit.record("wifi.outage_recorded", row, by=by, at=at, new={"from": began_at.isoformat(), "cause": made.cause})
    return made


def _check(began_at: datetime, ended_at: datetime | None, at: datetime) -> None:
    if began_at > at or (ended_at is not None and ended_at > at):
        raise CannotRecord(_("時間不能在現在之後。"))
    if ended_at is not None and ended_at <= began_at:
        raise CannotRecord(_("恢復時間要在中斷時間之後。"))


@act
def end(outage: Outage, *, ended_at: datetime, cause: str, by: Account | None, at: datetime) -> Outage:
    """A hotspot works again; the same time again is the same act. Raises CannotRecord."""
    row = Outage.objects.select_for_update(of=("self",)).get(pk=outage.pk)
    if row.ended_at is not None:
        if row.ended_at == ended_at:
            return row
        raise CannotRecord(_("這次中斷已經登錄恢復了。"))
    _check(row.began_at, ended_at, at)
    row.ended_at, row.cause = ended_at, cause or row.cause
    row.save(update_fields=["ended_at", "cause"])
    worklist.close_todo(OUT, row, at=at)
    audit.record("wifi.outage_ended", row.hotspot, by=by, at=at, new={"to": ended_at.isoformat(), "cause": row.cause})
    return row


# ---- the controllers' list -------------------------------------------------------------------------------------------


def import_list(content: BinaryIO, *, by: Account | None, at: datetime) -> Outcome:
    """Take in outages: new ones are recorded, open ones that the list knows the end of are ended, the rest is the same.

    An outage is known by its hotspot and its beginning. Each row is kept or refused by itself. Raises
    sheets.CannotReadSheet when the file as a whole is none.
    """
    sheet = sheets.read_sheet(io.BytesIO(content.read(sheets.MOST_BYTES + 1)), COLUMNS)
    outcome = Outcome(unknown=sheet.unknown)
    with unit.bulk():
        hotspots = {one.code: one for one in Hotspot.objects.filter(code__in={row["code"] for row in sheet.rows})}
        for row in sheet.rows:
            try:
                _take(row.values, hotspots, outcome, by, at)
            except CannotRecord as refusal:
                sheet.refuse(row, _("整列"), row["code"], refusal.sentence)
        outcome.refused = sorted(sheet.refused, key=lambda one: one.row)
        _note(outcome, by, at)
    return outcome


def _take(
    values: Mapping[str, Any], hotspots: dict[str, Hotspot], outcome: Outcome, by: Account | None, at: datetime
) -> None:
    hotspot = hotspots.get(values["code"])
    if hotspot is None:
        raise CannotRecord(_("沒有這個代碼的熱點。"))
    known = hotspot.outages.filter(began_at=values["began_at"]).first()
    cause = values["cause"] or ""
    if known is None:
        record(hotspot, began_at=values["began_at"], ended_at=values["ended_at"], cause=cause, by=by, at=at)
        outcome.added += 1
    elif known.ended_at is None and values["ended_at"] is not None:
        end(known, ended_at=values["ended_at"], cause=cause, by=by, at=at)
        outcome.changed += 1
    elif values["ended_at"] not in (None, known.ended_at):
        raise CannotRecord(_("這次中斷已經登錄恢復了。"))
    else:
        outcome.same += 1


@act
def _note(outcome: Outcome, by: Account | None, at: datetime) -> None:
    told = {"added": outcome.added, "changed": outcome.changed, "refused": len(outcome.refused)}
    audit.record("wifi.outages_imported", None, by=by, at=at, new=told)


# ---- who is told -----------------------------------------------------------------------------------------------------


def alarmed(at: datetime) -> list[Outage]:
    """The open outages that last longer than the parameter, of hotspots that should work and that an agency keeps."""
    hours = int(parameter("wifi.alarm_hours", on=day_of(at)).value)
    kept = Hotspot.objects.as_of(day_of(at)).filter(agency__isnull=False).values("pk")
    rows = Outage.objects.open().filter(began_at__lte=at - timedelta(hours=hours), hotspot__in=kept)
    return list(rows.select_related("hotspot__agency").order_by("pk"))


@act
def watch(*, at: datetime) -> int:
    """Put what is out for long on the lists of those who keep it, and take off what is not any more."""
    found = alarmed(at)
    worklist.read_for(found)
    for one in found:
        hotspot = one.hotspot
        assert hotspot.agency
        worklist.open_todo(
            OUT, one, title=hotspot.name, detail=MENDED, reference=hotspot.code, agency=hotspot.agency,
            url=reverse("wifi_desk:hotspot", args=[hotspot.code]), at=at,
        )  # fmt: skip
    waiting = Todo.objects.open().filter(kind=OUT).exclude(object_id__in=[one.pk for one in found])
    for gone in Outage.objects.filter(pk__in=waiting.values("object_id")):
        worklist.close_todo(OUT, gone, at=at)
    return len(found)
