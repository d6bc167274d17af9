"""From what a citizen said of a place to one point: words, a choice among several, a pin, or no place at all.

An ambiguous road asks for the district on the same page; a place that was computed between door plates says so; a
point outside the city is named and may still be reported (note 01 §5.5).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import PlaceMethod
from cityhall.engines.places import queries as places
from cityhall.engines.places.rules import Point

from .services import filing
from .services.filing import Where


@dataclass(frozen=True)
class Spot:
    """A place that the words may mean."""

    key: str
    label: str
    district: str
    lon: float
    lat: float
    method: str
    accuracy_m: int
    road: str
    village: str = ""
    district_code: str = ""

    @property
    def note(self) -> str:
        """How exact it is, in a sentence."""
        if self.method == PlaceMethod.INTERPOLATED:
            return _("這是由門牌推算的位置，可能差%(metres)d公尺左右。") % {"metres": max(self.accuracy_m, 5)}
        if self.method == PlaceMethod.ROAD:
            return _("這是整條路的中間，實際位置可能差很遠；請在地圖上點出確切的地方。")
        return ""


@dataclass
class Answer:
    """What the page shows: the places found, the pin, and what is settled."""

    words: str = ""
    spots: list[Spot] = field(default_factory=list)
    chosen: Spot | None = None
    pin: tuple[float, float] | None = None
    where: Where | None = None
    outside: bool = False
    district: str = ""
    village: str = ""
    village_code: str = ""
    district_code: str = ""

    @property
    def by_district(self) -> bool:
        """Whether the places differ by their district, so that its name is enough to choose by."""
        return len({spot.district for spot in self.spots}) == len(self.spots)


class CannotLocate(CannotAct):
    """The place is not clear yet: the sentence, the field where it belongs, and what was found so far."""

    def __init__(self, sentence: str, answer: Answer, *, field: str = "place") -> None:
        super().__init__(sentence)
        self.answer, self.field = answer, field


def key_of(lon: float, lat: float) -> str:
    """A point as the page carries it."""
    return f"{lon:.6f},{lat:.6f}"


def find(words: str) -> list[Spot]:
    """The places that the words may mean, each once."""
    found: dict[str, Spot] = {}
    for candidate in places.find(words):
        key = key_of(*candidate.point)
        found.setdefault(
            key,
            Spot(
                key=key,
                label=candidate.label,
                district=str(candidate.district or ""),
                lon=candidate.point.lon,
                lat=candidate.point.lat,
                method=str(candidate.method).upper(),
                accuracy_m=round(candidate.accuracy_m),
                road=candidate.road,
                village=str(candidate.village or ""),
                district_code=candidate.district.code if candidate.district else "",
            ),
        )
    return list(found.values())


def answer(given: Mapping[str, Any], *, act: str = "") -> Answer:
    """Make out the place. Raises CannotLocate where something is missing.

    A pin that the citizen moved goes before words; words go before a pin that we had drawn for other words.
    """
    words = str(given.get("place") or "").strip()
    lon, lat = given.get("lon"), given.get("lat")
    pin = (lon, lat) if lon is not None and lat is not None else None
    moved = pin is not None and key_of(*pin) != given.get("pinned", "")
    said = Answer(words=words, pin=pin)
    if given.get("noplace") and act != "find":
        said.pin = None
        said.where = Where(method=PlaceMethod.TEXT if words else PlaceMethod.NONE, words=words)
        return said
    if moved and pin and act != "find":
        return _at_pin(said, pin, words, given)
    if words:
        return _by_words(said, words, given, act)
    if pin:
        return _at_pin(said, pin, words, given)
    raise CannotLocate(_("請寫地址、路口或附近的店家，或在地圖上點；沒有固定地點的話請打勾"), said)


def _by_words(said: Answer, words: str, given: Mapping[str, Any], act: str) -> Answer:
    same, drawn = words == given.get("searched") and act != "find", said.pin
    said.spots = find(words)
    wanted = (given.get("choice") or given.get("pinned")) if same else ""
    chosen = next((spot for spot in said.spots if spot.key == wanted), None)
    if chosen is None and same and drawn:
        return _at_pin(said, drawn, words, given)
    said.pin = None
    if not said.spots:
        raise CannotLocate(
            _("找不到「%(words)s」。請換個寫法（例如加上路名），或在地圖上點，或勾「沒有固定地點」")
            % {"words": _short(words)},
            said,
        )
    if chosen is None and len(said.spots) == 1:
        chosen = said.spots[0]
    if chosen is None:
        if act == "find":
            return said
        sentence = _("「%(words)s」有%(n)d處，請選一區") if said.by_district else _("「%(words)s」有%(n)d處，請選一處")
        raise CannotLocate(sentence % {"words": _short(words), "n": len(said.spots)}, said, field="choice")
    said.chosen, said.pin = chosen, (chosen.lon, chosen.lat)
    said.district, said.village = chosen.district, chosen.village
    said.district_code = chosen.district_code
    said.where = Where(
        method=chosen.method, lon=chosen.lon, lat=chosen.lat, words=words, label=chosen.label, road=chosen.road,
        accuracy_m=chosen.accuracy_m,
    )  # fmt: skip
    return said


def _at_pin(said: Answer, pin: tuple[float, float], words: str, given: Mapping[str, Any]) -> Answer:
    try:
        place = filing.place_of(Where(method=PlaceMethod.PIN, lon=pin[0], lat=pin[1]))
    except filing.CannotFile as wrong:
        raise CannotLocate(wrong.sentence, said, field="lat") from wrong
    assert place
    said.outside = not place.inside_city
    said.district, said.village = place.district_name, place.village_name
    said.district_code, said.village_code = place.district_code, place.village_code
    said.where = Where(
        method=given.get("method") or PlaceMethod.PIN, lon=pin[0], lat=pin[1], words=words,
        label=given.get("label", ""), road=places.road_at(Point(*pin)), accuracy_m=given.get("accuracy_m"),
    )  # fmt: skip
    if said.outside and given.get("outside") != key_of(*pin):
        raise CannotLocate(_("這個位置在市界外面，可能要由別的縣市處理"), said, field="outside")
    return said


def area_words(lon: float, lat: float) -> str:
    """District and village of a point, for a caption."""
    spot = places.area_of(Point(lon, lat))
    return f"{spot.district or ''}{spot.village or ''}"


def address_in(text: str) -> str:
    """The address that the citizen already wrote in their own words."""
    return places.address_in(text) if text else ""


def road_near(lon: float, lat: float) -> str:
    """The road at a point."""
    return places.road_at(Point(lon, lat))


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How far two points lie apart; for a city, a plane will do."""
    east = (one[0] - other[0]) * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot(east, one[1] - other[1]) * 111_320.0


def _short(words: str) -> str:
    return words if len(words) <= 24 else words[:23] + "…"
