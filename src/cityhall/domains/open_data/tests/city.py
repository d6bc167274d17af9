"""A small catalogue for tests, and the agencies of the old portal's list."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from django.test import Client as Browser

from cityhall.domains.open_data import competing, contests, intake, requesting, rules, seminars, services, showcasing
from cityhall.domains.open_data.models import (
    Category,
    Contest,
    DataRequest,
    Dataset,
    Licence,
    Resource,
    ResourceVersion,
    Showcase,
    Team,
    Work,
)
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.letters.models import Letter
from cityhall.engines.scoring import evaluations
from cityhall.engines.scoring.rules import Mark
from cityhall.engines.subscriptions import services as subscriptions
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of

TODAY = date(2017, 2, 20)
NINE = instant(TODAY, 9)
CSV = "行政區,停車場,剩餘車位\n桃園區,府前停車場,12\n中壢區,中正停車場,0\n".encode()


@dataclass
class City:
    """Who there is."""

    transport: Agency
    police: Agency
    commission: Person
    coordinator: Person
    officer: Person
    other: Person


def make_city() -> City:
    """The commission and two agencies."""
    services.furnish()
    rdec = make_agency("rdec", name="桃園市政府研究發展考核委員會", short_name="研考會")
    transport = make_agency(
        "transport", name="桃園市政府交通局", short_name="交通局", name_en="Department of Transportation"
    )
    police = make_agency("police", name="桃園市政府警察局", short_name="警察局")
    return City(
        transport, police, make_person(rdec, None, Role.COMMISSION), make_person(transport, None, Role.COORDINATOR),
        make_person(transport, None, Role.OFFICER), make_person(police, None, Role.COORDINATOR),
    )  # fmt: skip


def texts(**more: Any) -> dict[str, Any]:
    """What is said of a dataset, enough for the review."""
    return {
        "title": "公有停車場剩餘車位", "title_en": "Free parking spaces", "description": "各公有停車場的剩餘車位，每月更新。",
        "description_en": "Free spaces of each public car park.", "fields_text": "行政區（停車場所在的區）\n停車場（名稱）\n剩餘車位（格）",
        "frequency": "MONTHLY", "kind": "rawData", "category": Category.objects.get(code="A00"),
        "licence": Licence.objects.get(code="OGDL-1.0"), **more,
    }  # fmt: skip


def draft(
    agency: Agency, *, tags: tuple[str, ...] = ("停車", "交通"), file: bytes | None = CSV, **more: Any
) -> Dataset:
    """A draft with a resource and its file."""
    made = services.enter(agency=agency, texts=texts(**more), tags=tags, by=None, at=NINE)
    row = services.add_resource(
        made, name="剩餘車位", name_en="Free spaces", format="CSV", encoding="UTF-8", by=None, at=NINE
    )
    if file is not None:
        uploaded(row, file)
    return made


def uploaded(
    row: Resource, data: bytes, *, name: str = "parking.csv", by: Any = None, at: Any = NINE, **more: Any
) -> ResourceVersion:
    """New bytes of a resource, read as the worker reads them."""
    made = services.add_version(row, name=name, content=BytesIO(data), by=by, at=at, **more)
    intake.read(made, at=at)
    return ResourceVersion.objects.get(pk=made.pk)


def published(agency: Agency, *, at: Any = NINE, **more: Any) -> Dataset:
    """One that everybody sees."""
    made = draft(agency, **more)
    for step in (services.submit, services.agree, services.publish):
        step(made, by=None, at=at)
    return Dataset.objects.get(pk=made.pk)


def confirmed(asked: Any, *, at: Any = NINE) -> None:
    """The mailbox shows itself, by the code of its letter."""
    letter = Letter.objects.filter(template="subscriptions.code", about_id=str(asked.pk)).latest("pk")
    subscriptions.confirm(asked, code=letter.subject[:6], at=at)


def received(*, title: str = "公車每站上下車人數", email: str = "ming@mail.example", at: Any = NINE) -> DataRequest:
    """A request whose mailbox has shown itself: it waits for the commission."""
    given: dict[str, Any] = {"account": None, "language": "zh-hant", "at": at}
    made, asked = requesting.ask(title=title, text="想做轉乘分析，每月更新。", email=email, **given)
    confirmed(asked, at=at)
    return DataRequest.objects.get(pk=made.pk)


def requested(agency: Agency, *, at: Any = NINE, **more: Any) -> DataRequest:
    """A request that everybody sees, which an agency is to answer."""
    one = received(at=at, **more)
    return requesting.show(one, title=one.title, text=one.text, agency=agency, by=None, at=at)


def proposed(*datasets: Dataset, title: str = "找車位", at: Any = NINE) -> Showcase:
    """A showcase that waits for the commission."""
    made, asked = showcasing.propose(
        title=title, text="把剩餘車位畫在地圖上。", url="https://parking.example/", maker="停車小隊", datasets=datasets,
        email="team@mail.example", account=None, language="zh-hant", at=at,
    )  # fmt: skip
    confirmed(asked, at=at)
    return Showcase.objects.get(pk=made.pk)


PRIZES = (("首獎", "獎金 5 萬元", 1), ("佳作", "", 2))


def drafted(*, at: Any = NINE, days: tuple[int, int, int, int] = (0, 20, 30, 40), **more: Any) -> Contest:
    """A competition that nobody sees yet: so many days from now it opens, closes, takes place and has its result."""
    first = day_of(at)
    named = dict(
        zip(("opens_on", "closes_on", "held_on", "result_on"), (first + timedelta(n) for n in days), strict=True)
    )
    given: dict[str, Any] = {
        "kind": "APPS", "title": "開放資料應用競賽", "title_en": "Open data app contest", "purpose": "讓資料有用。", "terms": "作品要能操作。",
        "most_members": 5, "prizes": PRIZES, **named,
    }  # fmt: skip
    return contests.draft(**{**given, **more}, by=None, at=at)


def announced(*, at: Any = NINE, **more: Any) -> Contest:
    """A competition that takes teams."""
    return contests.announce(drafted(at=at, **more), by=None, at=at)


def playing(contest: Contest, *, name: str = "停車小隊", email: str = "leader@mail.example", at: Any = NINE) -> Team:
    """A team whose leader's mailbox has shown itself."""
    made, asked = competing.register(
        contest, name=name, members=3, email=email, account=None, language="zh-hant", at=at
    )
    confirmed(asked, at=at)
    return Team.objects.select_related("contest__review").get(pk=made.pk)


def handed_in(team: Team, *datasets: Dataset, title: str = "找車位", at: Any = NINE, **more: Any) -> Work:
    """A work that waits to be checked."""
    given: dict[str, Any] = {"text": "把剩餘車位畫在地圖上。", "url": "https://parking.example/", "form": "APP"}
    return competing.hand_in(team, title=title, **{**given, **more}, datasets=datasets, at=at)


def judged(contest: Contest, *judges: Person, points: dict[str, int], at: Any) -> Contest:
    """All works scored, by titles, and the review closed."""
    contest = contests.begin_judging(contest, judges=judges, due_on=day_of(at) + timedelta(days=9), by=None, at=at)
    review = contest.review
    assert review is not None
    codes = [one.code for one in review.scheme.criteria.all()]
    for candidate in review.candidates.all():
        marks = {code: Mark(points[candidate.name], "示範") for code in codes}
        for one in judges:
            evaluations.judge(candidate, marks=marks, remark="", by=one.account, at=at)
    evaluations.end_step(review, by=None, at=at)
    evaluations.close(review, by=None, at=at)
    return Contest.objects.select_related("review").get(pk=contest.pk)


def seminar(*, at: Any = NINE, host: Agency, days: int = 9, title: str = "開放資料說明會") -> Gathering:
    """A seminar that is planned, so many days from now."""
    starts = instant(day_of(at) + timedelta(days=days), 14)
    return gatherings.plan(
        profile=seminars.SEMINAR, title=title, host=host, year=starts.year, starts_at=starts,
        ends_at=starts + timedelta(hours=3), venue="市府大樓", purpose="怎麼找、怎麼用。", by=None, at=at,
    )  # fmt: skip


def held(one: Gathering, *, came: int) -> Gathering:
    """It took place on its day."""
    day = day_of(one.starts_at)
    return holding.hold(one, held_on=day, came={}, others=came, by=None, at=instant(day, 18))


def agencies_of(data: bytes) -> None:
    """The agencies that a portal's list names."""
    sheet = csv.DictReader(io.StringIO(data.decode(), newline=""))
    names = sorted({rules.code_and_name(row["資料集提供機關"]) for row in sheet})
    for n, (_code, name) in enumerate(names):
        short = name.removeprefix("桃園市政府")
        make_agency(f"agency-{n}", name=f"桃園市政府{short}" if len(short) < 9 else name, short_name=short)


def signed_in(who: Person) -> Browser:
    """A browser of somebody who signed in with a second factor."""
    browser = Browser()
    browser.force_login(who.account)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser
