"""The demo city's directory: 62 agencies, their units, and people whose names are invented.

Surnames and given names are the most common ones of Taiwan, put together at random with a fixed seed: whoever is called
so is not meant. Everything goes through the directory's own acts. Every agency of the city has a head, a 研考窗口, a
單位主管 for each unit and officers; the commission has its 分文人員, its 承辦 and its 主任委員.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from cityhall.engines.directory import services as directory
from cityhall.engines.directory.models import Agency, Person, Post, Unit
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.identity.models import Account, Kind
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice
from cityhall.foundation.unit import act

FOLDER = Path(__file__).parent
SEED = 106
FOUNDED = date(2014, 12, 25)

SURNAMES = (
    ("陳", "Chen"), ("林", "Lin"), ("黃", "Huang"), ("張", "Chang"), ("李", "Li"), ("王", "Wang"), ("吳", "Wu"),
    ("劉", "Liu"), ("蔡", "Tsai"), ("楊", "Yang"), ("許", "Hsu"), ("鄭", "Cheng"), ("謝", "Hsieh"), ("郭", "Kuo"),
    ("洪", "Hung"), ("邱", "Chiu"), ("曾", "Tseng"), ("廖", "Liao"), ("賴", "Lai"), ("徐", "Hsu"), ("周", "Chou"),
    ("葉", "Yeh"), ("蘇", "Su"), ("莊", "Chuang"), ("呂", "Lu"), ("江", "Chiang"), ("何", "Ho"), ("蕭", "Hsiao"),
    ("羅", "Lo"), ("彭", "Peng"), ("鍾", "Chung"), ("游", "Yu"),
)  # fmt: skip
GIVEN = (
    ("怡君", "Yi-Chun"), ("志明", "Chih-Ming"), ("淑芬", "Shu-Fen"), ("雅婷", "Ya-Ting"), ("家豪", "Chia-Hao"),
    ("俊宏", "Chun-Hung"), ("美玲", "Mei-Ling"), ("建志", "Chien-Chih"), ("宗翰", "Tsung-Han"), ("佳穎", "Chia-Ying"),
    ("淑惠", "Shu-Hui"), ("志豪", "Chih-Hao"), ("雅雯", "Ya-Wen"), ("冠宇", "Kuan-Yu"), ("佩珊", "Pei-Shan"),
    ("文雄", "Wen-Hsiung"), ("麗華", "Li-Hua"), ("明哲", "Ming-Che"), ("詩涵", "Shih-Han"), ("承翰", "Cheng-Han"),
    ("欣怡", "Hsin-Yi"), ("柏翰", "Po-Han"), ("惠如", "Hui-Ju"), ("國華", "Kuo-Hua"), ("秀英", "Hsiu-Ying"),
    ("信宏", "Hsin-Hung"), ("靜宜", "Ching-Yi"), ("嘉玲", "Chia-Ling"), ("政憲", "Cheng-Hsien"), ("筱婷", "Hsiao-Ting"),
    ("彥廷", "Yen-Ting"), ("玉珍", "Yu-Chen"), ("士傑", "Shih-Chieh"), ("婉婷", "Wan-Ting"), ("榮華", "Jung-Hua"),
    ("思穎", "Szu-Ying"), ("哲瑋", "Che-Wei"), ("慧君", "Hui-Chun"), ("育誠", "Yu-Cheng"), ("亦安", "Yi-An"),
)  # fmt: skip

NAMED = {
    "maintenance-street_light-officer1": ("周亦安", "Yi-An Chou"),
    "maintenance-street_light-officer2": ("林志明", "Chih-Ming Lin"),
}
"""The people of our pictures."""

# How chiefs and officers are called, by kind of agency or unit: (own, English).
HEADS = {
    "mayor": ("主任", "Director"),
    "rdec": ("主任委員", "Commissioner"),
    "information": ("主任", "Director"),
    "tax": ("局長", "Director-General"),
    "cleaning": ("大隊長", "Commander"),
    "secretariat": ("處長", "Director"),
}
UNIT_HEADS = (
    ("科", ("科長", "Section Chief")),
    ("課", ("課長", "Section Chief")),
    ("組", ("組長", "Division Chief")),
    ("中隊", ("中隊長", "Squad Leader")),
    ("隊", ("隊長", "Team Leader")),
    ("室", ("主任", "Director")),
    ("處", ("主任", "Director")),
    ("中心", ("主任", "Director")),
)
OFFICERS = (("科員", "Officer"), ("技士", "Technician"), ("專員", "Specialist"), ("技佐", "Junior Technician"))
DISTRICT_OFFICERS = (("課員", "Officer"), ("技士", "Technician"), ("辦事員", "Clerk"))
OWN_MAIL = {code: f"{code}@city.example" for code in ("maintenance", "environment", "transport", "cleaning")}
"""Agencies with a mailbox of their own for what citizens write."""
STAFF_UNITS = frozenset({"accounting", "personnel", "ethics"})
"""Units whose chief is their only person in the demo."""
BUSY_UNITS = frozenset(
    {("maintenance", "street_light"), ("maintenance", "road"), ("maintenance", "park"), ("rdec", "dispatch"),
     ("rdec", "service"), ("rdec", "hotline"), ("transport", "signal"), ("environment", "noise")}
)  # fmt: skip
ON_DUTY = frozenset(
    {"rdec", "maintenance", "cleaning", "transport", "police", "fire", "water", "environment", "animal", "health"}
)


@dataclass
class Directory:
    """What was made, for whoever makes the rest of the demo city."""

    agencies: dict[str, Agency] = field(default_factory=dict)
    units: dict[tuple[str, str], Unit] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def officers(self, agency: str, unit: str) -> list[Person]:
        """The officers of a unit, by their code."""
        return [one for code, one in sorted(self.people.items()) if code.startswith(f"{agency}-{unit}-officer")]

    @property
    def shown(self) -> Mapping[str, Person]:
        """The people whose accounts are shown at start, by what they show."""
        codes = {
            "officer": "maintenance-street_light-officer1",
            "unit_head": "maintenance-street_light-head",
            "coordinator": "maintenance-secretariat-coordinator",
            "agency_head": "maintenance-director",
            "dispatcher": "rdec-dispatch-officer1",
            "commission": "rdec-service-officer1",
            "commission_head": "rdec-director",
            "operator": "rdec-hotline-officer1",
            "tester": "rdec-service-tester1",
            "supervisor": "rdec-hotline-head",
            "ethics": "ethics-investigation-officer1",
            "administrator": "information-service-officer1",
            "district_officer": "district_taoyuan-works-officer1",
            "village_head": "district_taoyuan-village_head",
            "council_office": "council-offices-officer1",
            "outside_guest": "taipower-lines-officer1",
        }
        return {shown: self.people[code] for shown, code in codes.items()}


@act
def load(*, at: datetime, today: date | None = None, since: date | None = None, seed: int = SEED) -> Directory:
    """Make the directory of the demo city; the same seed makes the same people.

    `at` is when it is founded, `since` from when on people hold their posts, `today` the day on which people look at it:
    the duty roster and who is away hold then.
    """
    maker = _Maker(at, dice(seed), today, since)
    maker.agencies()
    maker.units()
    for agency in maker.made.agencies.values():
        if agency.kind == AgencyKind.OUTSIDE_BODY:
            maker.guests(agency)
        else:
            maker.staff(agency)
    maker.vacancies()
    maker.special_roles()
    maker.approval()
    maker.duty()
    maker.absences()
    maker.testers()
    return maker.made


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


class _Maker:
    """Makes one after the other, so that the same seed gives the same city."""

    def __init__(
        self, at: datetime, chance: random.Random, today: date | None = None, since: date | None = None
    ) -> None:
        self.at, self.chance, self.made = at, chance, Directory()
        self.today = today or day_of(at)
        self.who: dict[str, Any] = {"by": None, "at": at}
        self.since = since or day_of(at) - timedelta(days=720)
        self.taken = {name for name, _name_en in NAMED.values()}
        self.handling = {"rdec", "information", *(row["agency"] for row in _rows("categories.csv"))}
        self.extension: dict[str, int] = {}

    # Agencies and units

    def agencies(self) -> None:
        for order, row in enumerate(_rows("agencies.csv"), start=1):
            code = row["code"]
            fax = row["phone"][:-1] + "9" if row["phone"] else ""
            outside = row["kind"] == AgencyKind.OUTSIDE_BODY
            email = f"contact@{code.replace('_', '-')}.example" if outside else OWN_MAIL.get(code, "")
            self.made.agencies[code] = directory.add_agency(
                code=code,
                kind=row["kind"],
                name=row["name"],
                short_name=row["short_name"],
                name_en=row["name_en"],
                phone=row["phone"],
                fax=fax,
                email=email,
                parent=self.made.agencies.get(row["parent"]),
                order=order * 10,
                opened_on=FOUNDED,
                **self.who,
            )

    def units(self) -> None:
        for order, row in enumerate(_rows("units.csv"), start=1):
            agency = self.made.agencies[row["agency"]]
            self.made.units[agency.code, row["code"]] = directory.add_unit(
                agency,
                code=row["code"],
                name=row["name"],
                name_en=row["name_en"],
                parent=self.made.units.get((agency.code, row["parent"])),
                order=order * 10,
                opened_on=FOUNDED,
                **self.who,
            )

    # People

    def person(
        self, code: str, agency: Agency, unit: Unit | None, role: str, title: tuple[str, str], *, guest: bool = False
    ) -> Person:
        """Somebody with an account, a post and one role."""
        name, name_en = NAMED.get(code) or self._name()
        email = f"{code.replace('_', '.')}@city.example"
        account = Account.objects.create_user(
            email, None, kind=Kind.GUEST if guest else Kind.OFFICER, name=name, joined_at=self.at
        )
        extension = self._extension(agency)
        person = directory.add_person(
            code=code,
            name=name,
            name_en=name_en,
            title=title[0],
            title_en=title[1],
            phone=agency.phone,
            extension=extension,
            email=email,
            account=account,
            **self.who,
        )
        chief = role in {Role.AGENCY_HEAD, Role.COMMISSION_HEAD, Role.AGENCY_SECRETARY, Role.UNIT_HEAD}
        post = self._post(code, agency, unit, title) if chief else None
        self.made.people[code] = person
        self.appoint(person, agency, role, unit, post)
        return person

    def appoint(
        self, person: Person, agency: Agency, role: str, unit: Unit | None = None, post: Post | None = None
    ) -> None:
        """One more role for somebody."""
        directory.appoint(person, agency=agency, unit=unit, post=post, role=role, starts_on=self.since, **self.who)

    def _post(self, code: str, agency: Agency, unit: Unit | None, title: tuple[str, str]) -> Post:
        return directory.add_post(
            agency, code=code, unit=unit, title=title[0], title_en=title[1], order=len(self.made.people), **self.who
        )

    def _name(self) -> tuple[str, str]:
        while True:
            surname, given = self.chance.choice(SURNAMES), self.chance.choice(GIVEN)
            if (name := surname[0] + given[0]) not in self.taken:
                self.taken.add(name)
                return name, f"{given[1]} {surname[1]}"

    def _extension(self, agency: Agency) -> str:
        self.extension[agency.code] = self.extension.get(agency.code, 100) + self.chance.randint(1, 3)
        return str(self.extension[agency.code])

    def staff(self, agency: Agency) -> None:
        """Head, secretary, a chief and officers for each unit, and one 研考窗口."""
        role = Role.COMMISSION_HEAD if agency.code == "rdec" else Role.AGENCY_HEAD
        head = self.person(f"{agency.code}-director", agency, None, role, _head_title(agency))
        if agency.code == "rdec":
            self.appoint(head, agency, Role.AGENCY_HEAD)
        if agency.kind in {AgencyKind.FIRST_LEVEL, AgencyKind.DISTRICT_OFFICE}:
            self.person(
                f"{agency.code}-secretary", agency, None, Role.AGENCY_SECRETARY, ("主任秘書", "Chief Secretary")
            )
        units = [unit for (code, _unit), unit in self.made.units.items() if code == agency.code]
        for unit in units:
            self.person(f"{agency.code}-{unit.code}-head", agency, unit, Role.UNIT_HEAD, _unit_head_title(unit))
            for number in range(self._officers_in(agency, unit)):
                title = self.chance.choice(
                    DISTRICT_OFFICERS if agency.kind == AgencyKind.DISTRICT_OFFICE else OFFICERS[:3]
                )
                self.person(f"{agency.code}-{unit.code}-officer{number + 1}", agency, unit, Role.OFFICER, title)
        self._coordinator(agency, units)

    def _officers_in(self, agency: Agency, unit: Unit) -> int:
        if (agency.code, unit.code) in BUSY_UNITS:
            return 3
        quiet = agency.kind != AgencyKind.DISTRICT_OFFICE and agency.code not in self.handling
        if quiet or unit.code in STAFF_UNITS or unit.code == "secretariat":
            return 0
        return 2 if agency.kind == AgencyKind.DISTRICT_OFFICE and unit.code == "works" else 1

    def _coordinator(self, agency: Agency, units: list[Unit]) -> None:
        unit = next((unit for unit in units if unit.code in {"secretariat", "planning"}), units[0])
        code = f"{agency.code}-{unit.code}-coordinator"
        person = self.person(code, agency, unit, Role.COORDINATOR, ("專員", "Specialist"))
        if agency.kind in {AgencyKind.FIRST_LEVEL, AgencyKind.DISTRICT_OFFICE}:
            self.appoint(person, agency, Role.COUNCIL_LIAISON, unit)

    def guests(self, agency: Agency) -> None:
        """People of an outside body take part as guests."""
        units = [unit for (code, _unit), unit in self.made.units.items() if code == agency.code]
        for unit in units:
            role = Role.COUNCIL_OFFICE if agency.code == "council" else Role.OFFICER
            self.person(f"{agency.code}-{unit.code}-officer1", agency, unit, role, ("承辦人員", "Officer"), guest=True)
        if agency.code != "council":
            code = f"{agency.code}-coordinator"
            self.person(code, agency, units[-1], Role.COORDINATOR, ("聯絡窗口", "Contact"), guest=True)

    def vacancies(self) -> None:
        """Two posts that nobody holds, so that 懸缺 is seen."""
        for agency, unit, title in (
            ("maintenance", "road", ("技佐", "Junior Technician")),
            ("rdec", "planning", ("研究員", "Researcher")),
        ):
            place = self.made.units[agency, unit]
            self._post(f"{agency}-{unit}-vacant", self.made.agencies[agency], place, title)

    def special_roles(self) -> None:
        """The roles of the commission, the information centre, the ethics office, and of those who file for others."""
        rdec, information = self.made.agencies["rdec"], self.made.agencies["information"]
        for unit, role in (("dispatch", Role.DISPATCHER), ("service", Role.COMMISSION), ("hotline", Role.OPERATOR)):
            for person in self.made.officers("rdec", unit):
                self.appoint(person, rdec, role, self.made.units["rdec", unit])
        self.appoint(self.made.people["rdec-dispatch-head"], rdec, Role.DISPATCHER, self.made.units["rdec", "dispatch"])
        self.appoint(self.made.people["rdec-service-head"], rdec, Role.COMMISSION, self.made.units["rdec", "service"])
        self.appoint(self.made.people["rdec-hotline-head"], rdec, Role.SUPERVISOR, self.made.units["rdec", "hotline"])
        self.appoint(self.made.people["information-service-officer1"], information, Role.ADMIN)
        self.appoint(self.made.people["rdec-control-officer1"], rdec, Role.AUDITOR)
        ethics = self.made.agencies["ethics"]
        for person in self.made.officers("ethics", "investigation"):
            self.appoint(person, ethics, Role.ETHICS, self.made.units["ethics", "investigation"])
        taoyuan = self.made.agencies["district_taoyuan"]
        self.person(
            "district_taoyuan-village_head", taoyuan, None, Role.VILLAGE_HEAD, ("里長", "Village Head"), guest=True
        )

    def testers(self) -> None:
        """Three people of the commission's service division who make the telephone tests."""
        rdec, service = self.made.agencies["rdec"], self.made.units["rdec", "service"]
        for number in range(1, 4):
            self.person(f"rdec-service-tester{number}", rdec, service, Role.TESTER, ("測試員", "Tester"))

    # Approval, duty, absences

    def approval(self) -> None:
        """Chiefs approve replies; longer time is the secretary's matter, or the head's; so is what costs most."""
        for agency in self.made.agencies.values():
            if agency.kind == AgencyKind.OUTSIDE_BODY:
                continue
            secretary = f"{agency.code}-secretary" in self.made.people
            higher = Role.AGENCY_SECRETARY if secretary else Role.AGENCY_HEAD
            for stage, role in (("", Role.UNIT_HEAD), ("extension", higher), ("restriction", Role.AGENCY_HEAD)):
                directory.set_approval_level(agency, stage=stage, role=role, valid_from=self.since, **self.who)
        directory.set_approval_level(
            self.made.agencies["maintenance"], category="road_resurface", role=Role.AGENCY_HEAD, valid_from=self.since,
            **self.who,
        )  # fmt: skip

    def duty(self) -> None:
        """Weekly turns from the beginning until six weeks ahead, changing each Monday at 17:30."""
        monday = day_of(self.at) - timedelta(days=day_of(self.at).weekday() + 14)
        weeks = (self.today - monday).days // 7 + 7
        for agency in self.made.agencies.values():
            if agency.code not in ON_DUTY and agency.kind != AgencyKind.DISTRICT_OFFICE:
                continue
            people = [one for code, one in sorted(self.made.people.items()) if code.startswith(f"{agency.code}-")
                      and ("-officer" in code or code.endswith("-head"))]  # fmt: skip
            weeks_from = [instant(monday + timedelta(weeks=week), 17, 30) for week in range(weeks)]
            turns = [
                directory.Turn(
                    people[week % min(4, len(people))],
                    starts_at,
                    starts_at + timedelta(weeks=1),
                    f"0900-{self.chance.randint(0, 999):03}-{self.chance.randint(0, 999):03}",
                )
                for week, starts_at in enumerate(weeks_from)
            ]
            directory.add_shifts(agency, turns, **self.who)
            for person in people[:4]:
                self.appoint(person, agency, Role.DUTY)

    def absences(self) -> None:
        """A colleague of the shown officer is away this week, and a chief of a district office today."""
        today = self.today
        lights = self.made.officers("maintenance", "street_light")
        works = self.made.people["district_taoyuan-works-head"]
        for person, deputy, days in (
            (lights[1], lights[0], 3),
            (works, self.made.officers("district_taoyuan", "works")[0], 1),
        ):
            directory.set_deputy(
                person,
                deputy=deputy,
                starts_at=instant(today, 0, 0),
                ends_at=instant(today + timedelta(days=days), 0, 0),
                **self.who,
            )


def _head_title(agency: Agency) -> tuple[str, str]:
    if agency.code in HEADS:
        return HEADS[agency.code]
    by_kind = {
        AgencyKind.DISTRICT_OFFICE: ("區長", "District Head"),
        AgencyKind.SCHOOL: ("校長", "Principal"),
        AgencyKind.HOUSEHOLD_OFFICE: ("主任", "Director"),
        AgencyKind.LAND_OFFICE: ("主任", "Director"),
        AgencyKind.HEALTH_CENTRE: ("所長", "Director"),
    }
    if (kind := AgencyKind(agency.kind)) in by_kind:
        return by_kind[kind]
    return ("處長", "Director") if agency.short_name.endswith("處") else ("局長", "Director-General")


def _unit_head_title(unit: Unit) -> tuple[str, str]:
    return next((title for ending, title in UNIT_HEADS if unit.name.endswith(ending)), ("主任", "Director"))
