"""The switch of automatic dispatch and its settings: who turned it off, why, and which precision an agency asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.classify.making import TARGETS
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import Setting, act

from .. import trust, watching
from ..models import DispatchSetting
from ..states import SettingKind, SwitchCause
from ..trust import Precision
from . import letters, todos
from .stamps import stamps


class CannotSwitch(CannotAct):
    """It is as it was wished already, or the reason is missing."""


@dataclass(frozen=True)
class Settings:
    """Whether anything is dispatched without a person, and which precision agencies ask for, in per cent."""

    on: bool
    percents: dict[str, int]
    switch: DispatchSetting | None = None


def _read() -> Settings:
    switch: DispatchSetting | None = None
    percents: dict[str, int] = {}
    for row in DispatchSetting.objects.select_related("agency").order_by("pk"):
        if row.kind == SettingKind.SWITCH:
            switch = row
        elif row.agency is not None:
            percents.pop(row.agency.code, None)
            if row.percent is not None:
                percents[row.agency.code] = row.percent
    return Settings(switch is None or switch.on, percents, switch)


_settings = Setting(DispatchSetting, stamp=lambda: stamps()["settings"], read=_read)


def settings() -> Settings:
    """As they stand now: one question an act."""
    return _settings.now()


@act
def stop(*, reason: str, by: Account | None, at: datetime, figures: dict[str, Any] | None = None) -> DispatchSetting:
    """Nothing is dispatched without a person from now on; the desk is told by to-do and mail where it stopped by itself."""
    if not settings().on:
        raise CannotSwitch(_("自動派案已經停用。"))
    cause = SwitchCause.PERSON if by else SwitchCause.FALLBACK
    switch = _switch(False, reason=reason, by=by, at=at, cause=cause, figures=figures or {})
    todos.wait_for_learning(
        switch, todos.AUTOMATIC_STOPPED, title=str(_("自動派案停用中")), detail=reason, page="petitions:watch",
        due_at=None, at=at,
    )  # fmt: skip
    if by is None:
        for person in directory.holders(Role.DISPATCHER, agency=todos.desk(at), on=day_of(at)):
            letters.automatic_stopped(switch, to=person, at=at)
    return switch


@act
def restart(*, reason: str, by: Account, at: datetime) -> DispatchSetting:
    """Again, by a person who says why; what was said before no longer counts for the fall-back stop."""
    now = settings()
    if now.on:
        raise CannotSwitch(_("自動派案已經在運作。"))
    switch = _switch(True, reason=reason, by=by, at=at, cause=SwitchCause.PERSON, figures={})
    if now.switch is not None:
        todos.learning_done(now.switch, todos.AUTOMATIC_STOPPED, at=at)
    return switch


def _switch(
    on: bool, *, reason: str, by: Account | None, at: datetime, cause: SwitchCause, figures: dict[str, Any]
) -> DispatchSetting:
    if not reason.strip():
        raise CannotSwitch(_("請寫明理由。"))
    switch = DispatchSetting.objects.create(
        kind=SettingKind.SWITCH, on=on, reason=reason.strip()[:500], by=by, at=at, cause=cause, figures=figures
    )
    event = "petition.automatic_restarted" if on else "petition.automatic_stopped"
    audit.record(event, switch, by=by, at=at, new={"on": on, "cause": cause, **figures}, note=reason.strip()[:300])
    return switch


@act
def ask_precision(agency: Agency, percent: int | None, *, reason: str, by: Account, at: datetime) -> DispatchSetting:
    """An agency asks for another precision of what is sent to it by the text model; None takes the usual one again."""
    if percent is not None and percent not in TARGETS:
        raise CannotSwitch(_("請從清單選一個正確率。"))
    if not reason.strip():
        raise CannotSwitch(_("請寫明理由。"))
    before = settings().percents.get(agency.code)
    if before == percent:
        raise CannotSwitch(_("這個機關已經是這個正確率。"))
    row = DispatchSetting.objects.create(
        kind=SettingKind.PRECISION, agency=agency, percent=percent, reason=reason.strip()[:500], by=by, at=at
    )
    audit.record(
        "petition.precision_set", row, by=by, at=at, old={"percent": before}, new={"percent": percent},
        note=f"{agency.code}: {reason.strip()[:250]}",
    )  # fmt: skip
    return row


def usual_percent(at: datetime) -> int:
    """The precision that holds where an agency has not chosen."""
    return int(parameter("classify.target_percent", on=day_of(at)).value)


@act
def watch(said: Precision, sampled: Precision, *, at: datetime) -> DispatchSetting | None:
    """Stop by itself where too little of what was said lately was right: by everybody, or in the samples alone."""
    if not settings().on:
        return None
    day = day_of(at)
    floor = parameter("petitions.auto_floor_percent", on=day).value
    least = parameter("petitions.auto_least", on=day).value
    for one in (said, sampled):
        if trust.must_stop(one, floor_percent=floor, least=least):
            share = one.right * 100 / one.of
            reason = _("最近 %(of)d 件自動派案，派對的只有 %(share).1f%%，低於 %(floor)d%%。") % {
                "of": one.of, "share": share, "floor": floor,
            }  # fmt: skip
            return stop(reason=str(reason), by=None, at=at, figures={"right": one.right, "of": one.of, "floor": floor})
    return None


def look(*, at: datetime) -> DispatchSetting | None:
    """Whether what people said lately, since it was last turned on, still lets automatic dispatch go on."""
    now = settings()
    if not now.on:
        return None
    since = now.switch.at if now.switch else None
    window = parameter("petitions.auto_window", on=day_of(at)).value
    return watch(watching.lately(window, since=since), watching.sampled(window, since=since), at=at)
