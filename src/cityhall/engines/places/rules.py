"""Points, and Taiwanese addresses read from what people write. No database here.

An address goes from large to small: 桃園市 桃園區 中平里 5鄰 中山路 二段 200巷 3弄 5號之1. People write parts of it, in
full-width digits, with 台 for 臺, with old names of districts (中壢市), and say 前, 對面, 附近 or 路口 after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from cityhall.engines.textsearch.rules import fold


class Point(NamedTuple):
    """A place on earth in degrees (WGS 84, which for a city is TWD97)."""

    lon: float
    lat: float


def key(name: str) -> str:
    """A name as it is compared: 台 is 臺, ４ is 4, no spaces. A road's key is without its section."""
    return fold(name).replace(" ", "")


NUMERALS = "〇一二三四五六七八九十"


def number_of(text: str) -> int:
    """A small number written in digits or in Chinese: 2, 二, 十一."""
    if text.isdigit():
        return int(text)
    tens, found, ones = text.partition("十")
    if not found:
        return NUMERALS.index(text)
    return (NUMERALS.index(tens) if tens else 1) * 10 + (NUMERALS.index(ones) if ones else 0)


def numeral(number: int) -> str:
    """A section's number as streets' signs write it: 二, 十一."""
    if number <= 10:
        return NUMERALS[number]
    tens, ones = divmod(number, 10)
    return (NUMERALS[tens] if tens > 1 else "") + "十" + (NUMERALS[ones] if ones else "")


_SECTION = re.compile(r"^(?P<road>.+?)(?P<section>\d{1,2}|[一二三四五六七八九十]{1,3})段$")


def split_section(name: str) -> tuple[str, int]:
    """A road's key and its section: 中山路二段 is (中山路, 2); 0 where there is none."""
    folded = key(name)
    if match := _SECTION.match(folded):
        return match["road"], number_of(match["section"])
    return folded, 0


# Addresses


@dataclass(frozen=True)
class Address:
    """What a text says about a place. Empty and 0 where it says nothing."""

    city: str = ""
    district: str = ""
    village: str = ""
    neighbourhood: int = 0
    road: str = ""
    section: int = 0
    lane: int = 0
    alley: int = 0
    number: int = 0
    sub: int = 0
    crossing: str = ""
    """The other road, where the text names a junction."""
    crossing_section: int = 0
    near: str = ""
    """前, 對面, 附近 …: the place is not the house itself."""
    rest: str = ""
    """What stands behind, or everything where no road was found."""

    def __str__(self) -> str:
        """The address in its usual form."""
        said = [self.city, self.district, self.village]
        if self.neighbourhood:
            said.append(f"{self.neighbourhood}鄰")
        said.append(road_name(self.road, self.section))
        if self.crossing:
            said.append(f"與{road_name(self.crossing, self.crossing_section)}口")
        said += [f"{value}{unit}" for value, unit in ((self.lane, "巷"), (self.alley, "弄")) if value]
        if self.number:
            said.append(f"{self.number}號" + (f"之{self.sub}" if self.sub else ""))
        return "".join(said) + self.near


def road_name(road: str, section: int) -> str:
    """A road with its section: 中山路二段."""
    return f"{road}{numeral(section)}段" if road and section else road


@dataclass(frozen=True)
class Names:
    """The names that a city knows, as they are compared; they decide where a road's name begins and ends."""

    city: str = ""
    districts: Mapping[str, str] = field(default_factory=dict)
    """What people call a district → its name: 桃園區, 桃園; by their old kinds also 中壢市, 大園鄉, 大溪鎮."""
    roads: frozenset[str] = frozenset()
    longest_road: int = 0

    @classmethod
    def of(cls, *, city: str = "", districts: Iterable[str] = (), roads: Iterable[str] = ()) -> Names:
        """Take names as they are written on signs."""
        called: dict[str, str] = {}
        for name in map(key, districts):
            stem = name.rstrip("區鄉鎮市") or name
            called |= dict.fromkeys((stem, *(stem + kind for kind in "區鄉鎮市")), name)
        called.pop(key(city), None)  # 桃園市 is the city before it is the old name of 桃園區 …
        called.pop(key(city)[:-1], None)  # … and 桃園 alone decides nothing
        known = frozenset(split_section(road)[0] for road in roads)
        return cls(key(city), called, known, max(map(len, known), default=0))


_HAN = "[\u4e00-\u9fff]"
_POSTCODE = re.compile(r"\d{3,6}(?=\D)")
_CITY = re.compile(rf"{_HAN}{{2}}[市縣]")
_DISTRICT = re.compile(rf"{_HAN}{{1,3}}?[區鄉鎮市](?!場|府|民)")
_VILLAGE = re.compile(rf"{_HAN}{{1,3}}?[里村]")
_NEIGHBOURHOOD = re.compile(r"0*(\d{1,3})鄰")
_ROAD = re.compile(rf"(?:{_HAN}|[a-z0-9]){{1,9}}?(?:路|街|大道)")
_SECTION_OF = re.compile(r"(\d{1,2}|[一二三四五六七八九十]{1,3})段")
_LANE = re.compile(r"0*(\d{1,5})巷")
_ALLEY = re.compile(r"0*(\d{1,5})弄")
_HOUSE = re.compile(r"0*(\d{1,5})(?:[之\-~]0*(\d{1,4}))?號(?:之0*(\d{1,4}))?")
_BARE_HOUSE = re.compile(r"0*(\d{1,5})(?:[之\-]0*(\d{1,4}))?(?=$|[前旁對斜附後邊門的])")
_AND = re.compile(r"路?口?(?:和|與|跟|及|同|、|,|/|&|x|×|\+|-|—)")
_SHORTENED = re.compile(rf"({_HAN}{{1,6}})(?:和|與|跟|及|、|,|/|&)$")  # 中山、民權路口
_CROSSROADS = re.compile("的?(?:交叉路口|十字路口|交叉口|交會處|交界處|交口|路口|街口|口)")
_NEAR = re.compile("的?(斜對面|正對面|對面|附近|旁邊|隔壁|門口|後面|後方|前面|前方|巷口|弄口|路口|口|前|旁|邊|後)")


class _Reader:
    """A text and how far it was read."""

    def __init__(self, text: str) -> None:
        self.left = text

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read what fits here, if it does."""
        if match := pattern.match(self.left):
            self.left = self.left[match.end() :]
        return match

    def number(self, pattern: re.Pattern[str]) -> int:
        """Read a number with its unit; 0 where there is none."""
        match = self.take(pattern)
        return number_of(match[1]) if match else 0


def parse(text: str, names: Names | None = None) -> Address:
    """Read an address or a junction out of a text; whatever it does not say stays empty.

    With the city's own names a road is found in the middle of a sentence; without them, by its form alone.
    """
    names = names or Names()
    reader = _Reader(key(text))
    reader.take(_POSTCODE)
    city = _read_city(reader, names)
    district = _read_district(reader, names)
    found = _find_road(reader.left, names)
    if found is None:
        return Address(city=city, district=district, rest=reader.left)
    road, before, reader.left = found
    section = reader.number(_SECTION_OF)
    crossing, crossing_section = _read_crossing(reader, names)
    if not crossing and (match := _SHORTENED.search(before)):
        ending = "大道" if road.endswith("大道") else road[-1]
        crossing, crossing_section = road, section
        road, section, before = _longest_known(match[1], ending, names), 0, before[: match.start()]
    village, neighbourhood = _read_village(before)
    address = Address(
        city=city, district=district or _district_said(before, names), village=village, neighbourhood=neighbourhood,
        road=road, section=section, crossing=crossing, crossing_section=crossing_section,
    )  # fmt: skip
    if crossing:
        reader.take(_CROSSROADS)
    else:
        address = _read_house(address, reader)
    near = reader.take(_NEAR)
    return replace(address, near=near[1] if near else "", rest=reader.left)


def _read_city(reader: _Reader, names: Names) -> str:
    match = _CITY.match(reader.left)
    if not match or match[0] in names.districts:  # 中壢市 is what a district was called
        return ""
    reader.take(_CITY)
    return match[0]


def _read_district(reader: _Reader, names: Names) -> str:
    if not names.districts:
        match = reader.take(_DISTRICT)
        return match[0] if match else ""
    for called in sorted(names.districts, key=len, reverse=True):
        if called[-1] in "區鄉鎮市" and reader.left.startswith(called):
            reader.left = reader.left[len(called) :]
            return names.districts[called]
    return ""


def _district_said(before: str, names: Names) -> str:
    """A district named in the words before the road: 「我家在中壢區的」, 「中壢」."""
    for called in sorted(names.districts, key=len, reverse=True):
        if before.endswith(called) or (called == names.districts[called] and called in before):
            return names.districts[called]
    return ""


def _find_road(text: str, names: Names) -> tuple[str, str, str] | None:
    """The first road in a text, with the words before and after it; of names that begin together the longest."""
    for start in range(len(text)):
        for end in range(min(len(text), start + names.longest_road), start + 1, -1):
            if text[start:end] in names.roads:
                return text[start:end], text[:start], text[end:]
    reader = _Reader(text)
    reader.take(_VILLAGE)
    reader.take(_NEIGHBOURHOOD)
    for start in (len(text) - len(reader.left), 0):  # 埔里街 is a road although it begins like a village
        if match := _ROAD.match(text, start):
            return match[0], text[:start], text[match.end() :]
    return None


def _longest_known(words: str, ending: str, names: Names) -> str:
    """The end of some words that with 路 or 街 behind it is a known road; else all of them."""
    return next((words[at:] + ending for at in range(len(words)) if words[at:] + ending in names.roads), words + ending)


def _read_crossing(reader: _Reader, names: Names) -> tuple[str, int]:
    """The second road of 中山路與民生路口, 中正路/復興路, 中山路、民權路交叉口."""
    ahead = _Reader(reader.left)
    if not ahead.take(_AND):
        return "", 0
    found = _find_road(ahead.left, names)
    if found is None or found[1]:
        return "", 0
    reader.left = found[2]
    return found[0], reader.number(_SECTION_OF)


def _read_village(before: str) -> tuple[str, int]:
    reader = _Reader(before)
    village = reader.take(_VILLAGE)
    return village[0] if village else "", reader.number(_NEIGHBOURHOOD)


def _read_house(address: Address, reader: _Reader) -> Address:
    lane, alley = reader.number(_LANE), reader.number(_ALLEY)
    house = reader.take(_HOUSE) or reader.take(_BARE_HOUSE)
    if not house:
        return replace(address, lane=lane, alley=alley)
    sub = int(house[2] or (house[3] if house.re is _HOUSE else "") or 0)
    return replace(address, lane=lane, alley=alley, number=int(house[1]), sub=sub)


def place_name(text: str) -> str:
    """A landmark's name as somebody asks for it, compared: 「中壢火車站前面」 is 中壢火車站."""
    name = key(text)
    match = re.search(f"(?:{_NEAR.pattern})$", name)
    return name[: match.start()] if match and match.start() > 1 else name


@dataclass(frozen=True)
class Spread:
    """Where on a stretch between two known house numbers another number lies."""

    share: float
    """0 at the lower number, 1 at the higher one."""
    low: int
    high: int


def between(number: int, known: Iterable[int]) -> Spread | None:
    """The two nearest known numbers around a number; those of its own side of the road (odd or even) go first."""
    everything = sorted(set(known))
    for numbers in ([one for one in everything if one % 2 == number % 2], everything):
        low = max((one for one in numbers if one <= number), default=None)
        high = min((one for one in numbers if one >= number), default=None)
        if low is not None and high is not None:
            return Spread(0.0 if low == high else (number - low) / (high - low), low, high)
    return None
