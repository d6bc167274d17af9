"""A small city for tests: a desk, an agency with its people, a helper, an outside body, categories and rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.test import Client as Browser

from cityhall.domains.petitions.models import Category, Petition, Restriction
from cityhall.domains.petitions.services import filing, handling, restrictions, rulebook
from cityhall.domains.petitions.services.filing import Submission, Where, Who
from cityhall.domains.petitions.states import ListingGround
from cityhall.engines.cases.states import Channel, PlaceMethod
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.directory.tests.factories import make_agency, make_person, make_unit
from cityhall.engines.identity.models import Account
from cityhall.engines.places.models import Area, Layer, LayerVersion, Term
from cityhall.engines.places.states import LayerKind
from cityhall.foundation.clock import at, day_of

SINCE = date(2016, 8, 1)
MONDAY = date(2026, 11, 16)
NINE = at(MONDAY, 9, 14)
LEAVES = "公園落葉沒人掃，走路會滑倒"
SQUARE = [[121.2, 24.9], [121.4, 24.9], [121.4, 25.1], [121.2, 25.1], [121.2, 24.9]]
INSIDE = Where(method=PlaceMethod.PIN, lon=121.3, lat=25.0, label="中山路200號", road="中山路")


@dataclass
class City:
    """Who and what there is."""

    rdec: Agency
    works: Agency
    transport: Agency
    outside: Agency
    lights: Unit
    dispatcher: Person
    coordinator: Person
    officer: Person
    colleague: Person
    chief: Person
    head: Person
    other_officer: Person
    other_coordinator: Person
    commission: Person
    street_light: Category
    road_marking: Category
    park_upkeep: Category


def make_city() -> City:
    """Everything that a petition's way needs."""
    seed_calendar()
    make_district()
    rdec = make_agency("rdec", name="研究發展考核委員會", short_name="研考會")
    works = make_agency("works", name="養護工程處", short_name="養工處", phone="03-0000-1650")
    transport = make_agency("transport", name="交通局", short_name="交通局")
    outside = make_agency("power", kind=AgencyKind.OUTSIDE_BODY, name="電力公司", short_name="電力公司")
    lights = make_unit(works, "lights", name="路燈管理科")
    signals = make_unit(transport, "signals", name="號誌科")
    city = City(
        rdec=rdec,
        works=works,
        transport=transport,
        outside=outside,
        lights=lights,
        dispatcher=make_person(rdec, None, Role.DISPATCHER),
        coordinator=make_person(works, None, Role.COORDINATOR),
        officer=make_person(works, lights, Role.OFFICER, extension="6512", mobile="0900-000-001"),
        colleague=make_person(works, lights, Role.OFFICER),
        chief=make_person(works, lights, Role.UNIT_HEAD),
        head=make_person(works, None, Role.AGENCY_HEAD),
        other_officer=make_person(transport, signals, Role.OFFICER),
        other_coordinator=make_person(transport, None, Role.COORDINATOR),
        commission=make_person(rdec, None, Role.COMMISSION),
        street_light=make_category("street_light", "路燈故障", works, urgent=True, words=["路燈不亮"]),
        road_marking=make_category("road_marking", "標線劃設", transport, words=["標線", "劃紅線"]),
        park_upkeep=make_category("park_upkeep", "公園清潔", works),
    )
    return city


def make_district() -> None:
    """One square district that holds `INSIDE`."""
    layer = Layer.objects.create(code="boundaries", kind=LayerKind.BOUNDARIES, name="行政區界")
    version = LayerVersion.objects.create(layer=layer, number=1, source="測試", imported_at=NINE)
    Term.objects.create(layer=layer, version=version, starts_at=at(SINCE))
    Area.objects.create(
        version=version, kind="DISTRICT", code="68000010", name="桃園區", name_en="Taoyuan District",
        geometry={"type": "Polygon", "coordinates": [SQUARE]},
    )  # fmt: skip


def make_category(
    code: str, name: str, agency: Agency, *, urgent: bool = False, days: int = 7, words: list[str] | None = None
) -> Category:
    """A category with its term, its agency and its words."""
    who = {"by": None, "at": NINE}
    since = date(2016, 8, 1)
    category = rulebook.add_category(
        code=code,
        group="road",
        name=name,
        name_en=code.replace("_", " ").capitalize(),
        order=1,
        needs_place=False,
        **who,
    )
    rulebook.set_term(category, valid_from=since, urgent=urgent, final_working_days=days, source="測試", **who)
    rulebook.add_routing(agency=agency, category=category, valid_from=since, **who)
    if words:
        rulebook.add_words(category, any_of=words, valid_from=since, **who)
    return category


def file(
    text: str = "中山路 200 號前路燈不亮三天了",
    *,
    email: str = "citizen@mail.example",
    when: datetime = NINE,
    **more: object,
) -> Petition:
    """A filing by e-mail, not yet confirmed."""
    given = {"where": INSIDE, "channel": Channel.WEB, "who": Who(name="陳小美", email=email), **more}
    return filing.file(Submission(text=text, **given), at=when)  # type: ignore[arg-type]


def opened(text: str = "中山路 200 號前路燈不亮三天了", *, when: datetime = NINE, **more: object) -> Petition:
    """A petition with 成案."""
    return filing.confirm(file(text, when=when, **more), how="email_code", by=None, at=when)


def write_twice(city: City, who: Who, *, when: datetime = NINE, text: str = LEAVES) -> list[Petition]:
    """Somebody writes twice about the same to the lights unit, which has answered the first clearly."""
    officer = city.officer.account
    if not city.park_upkeep.word_rules.exists():
        rulebook.add_words(city.park_upkeep, any_of=["落葉"], valid_from=SINCE, by=None, at=when)
    petitions = []
    for _time in range(2):
        petition = opened(text, when=when, who=who)
        handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=when)
        petitions.append(Petition.objects.select_related("case").get(pk=petition.pk))
    handling.draft_reply(petitions[0], text="已排定每週清掃一次。", outcome="EXPLAINED", by=officer, at=when)
    reply = handling.submit_reply(Petition.objects.get(pk=petitions[0].pk), by=officer, at=when)
    handling.approve_reply(reply, by=city.chief.account, at=when)
    return [Petition.objects.select_related("case").get(pk=petition.pk) for petition in petitions]


def propose_listing(
    city: City, who: Who, *, when: datetime = NINE, matter: str = "公園落葉", text: str = LEAVES
) -> Restriction:
    """After that the lights unit proposes a listing."""
    petitions, day = write_twice(city, who, when=when, text=text), day_of(when)
    given = restrictions.Given(
        ground=ListingGround.ANSWERED, evidence=petitions, answer=petitions[0].case.replies.get(), matter=matter, words=["落葉"],
        because="已說明兩次，沒有新的內容。", notice="您反映的公園落葉，本處已說明清掃的安排。", starts_on=day,
        ends_on=day + timedelta(days=90), review_on=day + timedelta(days=60),
    )  # fmt: skip
    return restrictions.propose(petitions[1], given=given, by=city.officer.account, at=when)


def signed_in(who: Person | Account, **more: Any) -> Browser:
    """A browser of somebody who signed in with a second factor."""
    browser = Browser(**more)
    browser.force_login(who.account if isinstance(who, Person) else who)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser
