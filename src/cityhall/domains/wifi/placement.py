"""Where people, visits and requests are and hotspots are not: what is known of each village, and the proposals of it."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.domains.petitions.public import public_by_village
from cityhall.engines.audit import services as audit
from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import Column
from cityhall.engines.identity.models import Account
from cityhall.engines.places import queries as places
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from . import controllers, rules, use
from .listing import Outcome
from .models import Hotspot, VillagePeople
from .rules import Proposal, Village, Weights

YEAR = 365


def _month(cell: str) -> date | None:
    found = controllers.span(cell)
    return found.first if found else None


COLUMNS = (
    Column("as_of", gettext_lazy("年月"), _month, required=True, aliases=("資料月份", "統計年月")),
    Column("village", gettext_lazy("村里代碼"), sheets.text(20), required=True, aliases=("區域別代碼",)),
    Column("people", gettext_lazy("人口"), controllers.count, required=True, aliases=("人口數",)),
)


def import_people(content: BinaryIO, *, by: Account | None, at: datetime) -> Outcome:
    """Take in how many people live in each village; what is newer takes the place of what is older.

    Raises sheets.CannotReadSheet when the file as a whole is none.
    """
    sheet = sheets.read_sheet(io.BytesIO(content.read(sheets.MOST_BYTES + 1)), COLUMNS)
    known = {key(code): code for code in places.village_middles()}
    newest: dict[str, dict[str, Any]] = {}
    for row in sheet.rows:
        code = known.get(key(row["village"]))
        if code is None:
            sheet.refuse(row, _("村里代碼"), row["village"], _("界線裡沒有這個村里。"))
        elif code not in newest or row["as_of"] >= newest[code]["as_of"]:
            newest[code] = {**row.values, "village": code}
    outcome = Outcome(unknown=sheet.unknown, refused=sorted(sheet.refused, key=lambda one: one.row))
    _keep(newest, outcome, by, at)
    return outcome


def key(code: str) -> str:
    """A village's code without what some lists write into it."""
    return code.replace("-", "")


@act
def _keep(newest: dict[str, dict[str, Any]], outcome: Outcome, by: Account | None, at: datetime) -> None:
    there = {one.village: one for one in VillagePeople.objects.select_for_update()}
    made, changed = [], []
    for code, given in newest.items():
        one = there.get(code)
        if one is None:
            made.append(VillagePeople(**given))
        elif given["as_of"] >= one.as_of and (one.people, one.as_of) != (given["people"], given["as_of"]):
            one.people, one.as_of = given["people"], given["as_of"]
            changed.append(one)
    VillagePeople.objects.bulk_create(made, batch_size=500)
    VillagePeople.objects.bulk_update(changed, ["people", "as_of"], batch_size=500)
    outcome.added, outcome.changed = len(made), len(changed)
    outcome.same = len(newest) - len(made) - len(changed)
    told = {"added": outcome.added, "changed": outcome.changed, "refused": len(outcome.refused)}
    audit.record("wifi.people_imported", None, by=by, at=at, new=told)


# ---- advice ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Advice:
    """The proposals of a day, and what they rest on."""

    proposals: list[Proposal]
    middles: dict[str, tuple[float, float]]
    weights: Weights
    reach: int
    around: int
    month: date | None  # of the use
    people_of: date | None  # of the newest table of people


@sentence("1.4.8", "持續評估熱點使用效益及市民需求")
def advice(today: date) -> Advice:
    """What speaks for a hotspot in each village that has none near its middle."""

    def of(name: str) -> int:
        return int(parameter(f"wifi.{name}", on=today).value)

    middles, reach, around = places.village_middles(), of("reach_metres"), of("around_metres")
    weights = Weights(people=of("weight_people"), visits=of("weight_visits"), requests=of("weight_requests"))
    people = {key(one.village): one for one in VillagePeople.objects.all()}
    category = str(parameter("wifi.fault_category", on=today).value)
    asked = {
        key(code): n for code, n in public_by_village(today - timedelta(days=YEAR), today, category=category).items()
    }
    months = use.months()
    told = use.of_month(months[0]) if months else {}
    hotspots = list(Hotspot.objects.as_of(today))
    at = np.array([(one.lon, one.lat) for one in hotspots]).reshape(-1, 2)
    sessions = np.array([told[one.code].session if one.code in told else 0 for one in hotspots])
    points = np.array([one.access_points if one.code in told else 0 for one in hotspots])
    villages = []
    for code, middle in middles.items():
        metres = _metres(at, middle)
        near = metres <= around
        many = int(points[near].sum())
        lives = people.get(key(code))
        villages.append(
            Village(
                code,
                people=lives.people if lives else 0,
                requests=asked.get(key(code), 0),
                visits=round(int(sessions[near].sum()) / many) if many else 0,
                metres=float(metres.min()) if len(metres) else None,
            )
        )
    found = rules.proposals(villages, weights, reach)
    newest = max((one.as_of for one in people.values()), default=None)
    return Advice(found, middles, weights, reach, around, months[0] if months else None, newest)


def _metres(at: Any, middle: tuple[float, float]) -> Any:
    """From a village's middle to each hotspot."""
    east = (at[:, 0] - middle[0]) * math.cos(math.radians(middle[1]))
    return np.hypot(east, at[:, 1] - middle[1]) * rules.METRES_PER_DEGREE


def reasons(one: Proposal, advice: Advice) -> list[str]:
    """Why a hotspot should stand there, sentence by sentence, with what each reason adds."""
    village = one.village
    said = [
        _("離村里中心最近的熱點在%(metres)s公尺外，超過%(reach)s公尺。")
        % {"metres": f"{village.metres:,.0f}", "reach": f"{advice.reach:,}"}
        if village.metres is not None
        else _("全市還沒有開放的熱點。")
    ]
    if village.people:
        said.append(_("住了%(n)s人：%(part)s分。") % {"n": f"{village.people:,}", "part": one.people})
    if village.visits:
        said.append(
            _("%(around)s公尺內的熱點，每臺基地臺一個月有%(n)s人次：%(part)s分。")
            % {"around": f"{advice.around:,}", "n": f"{village.visits:,}", "part": one.visits}
        )
    if village.requests:
        said.append(
            _("一年來有%(n)s件無線上網的反映：%(part)s分。") % {"n": f"{village.requests:,}", "part": one.requests}
        )
    return said
