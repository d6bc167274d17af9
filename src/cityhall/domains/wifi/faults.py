"""報修: how a hotspot leads into the petitions' questions, and what becomes known of the petition."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cityhall.domains.petitions import public as petitions
from cityhall.engines.cases.models import Case
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of

from . import services
from .models import Hotspot

KIND = "wifi"
EXAMPLES = (
    _("連得上，但是網頁都打不開，從昨天下午開始。"),
    _("手機找不到訊號，上星期還可以用。"),
    _("外殼掉下來，線露在外面。"),
)


def _find(code: str, at: datetime) -> petitions.Thing | None:
    """An open hotspot as something that may have a fault; of one that pauses we know already."""
    one = Hotspot.objects.as_of(day_of(at)).filter(code=code).first()
    if one is None:
        return None
    category = str(parameter("wifi.fault_category", on=day_of(at)).value)
    return petitions.Thing(one.name, one.lon, one.lat, one.address, category, EXAMPLES)


def _filed(code: str, case: Case, at: datetime) -> None:
    """The petition was filed; its hotspot may have been taken away since it was begun."""
    if one := Hotspot.objects.filter(code=code).first():
        services.note_fault(one, case, at=at)


def declare() -> None:
    """Tell petitions of hotspots."""
    petitions.declare_things(KIND, petitions.Things(_find, _filed))
