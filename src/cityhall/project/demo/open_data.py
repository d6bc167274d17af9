"""The demo city's open data: some sixty datasets with their files, on their way and published, by the product's own acts.

What they say and their numbers are invented. A set of the report's year has as many as that year had: what the list does
not name is a subject of one district, marked as generated.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from cityhall.domains.open_data import intake, own, quality, queries, requesting, services, showcasing
from cityhall.domains.open_data.models import Category, Dataset, Licence
from cityhall.domains.open_data.states import Frequency
from cityhall.engines.directory.models import Agency
from cityhall.engines.letters.models import Letter
from cityhall.engines.subscriptions import services as subscriptions
from cityhall.engines.subscriptions.models import Subscription
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice

HERE = Path(__file__).parent
DISTRICTS = (
    "桃園區", "中壢區", "平鎮區", "八德區", "楊梅區", "蘆竹區", "大溪區", "龍潭區", "龜山區", "大園區", "觀音區", "新屋區", "復興區",
)  # fmt: skip
OPENED = date(2015, 12, 30)
YEAR_DATASETS = 800
EVERY = 10
"""One in so many of the list is not published yet: a draft, or in one of the two reviews."""


def _topics() -> list[dict[str, str]]:
    with (HERE / "datasets.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _file(topic: dict[str, str], places: tuple[str, ...], chance: random.Random) -> bytes:
    """A small table: a row for each place and a few kinds, with invented numbers."""
    out = io.StringIO(newline="")
    sheet = csv.writer(out, lineterminator="\r\n")
    names = topic["fields"].split()
    sheet.writerow(names)
    for place in places:
        for kind in ("甲", "乙", "丙"):
            whole = chance.randrange(20, 900)
            sheet.writerow([place, f"{names[1]}{kind}", whole, chance.randrange(whole)])
    return out.getvalue().encode("utf-8-sig")


def _texts(topic: dict[str, str], title: str, where: str) -> dict[str, Any]:
    names = topic["fields"].split()
    frequency = str(Frequency(topic["frequency"]).value)
    return {
        "title": title, "description": f"{where}{topic['title']}，由業務單位彙整。示範資料，數字是虛構的。",
        "fields_text": "\n".join(f"{name}（{name}）" for name in names), "frequency": frequency, "kind": "rawData",
        "category": Category.objects.get(code=topic["category"]), "licence": Licence.objects.get(code="OGDL-1.0"),
        "encoding": "UTF-8", "spatial": where,
    }  # fmt: skip


def _enter(
    topic: dict[str, str], agency: Agency, *, title: str, places: tuple[str, ...], chance: random.Random,
    generated: bool, at: datetime,
) -> Dataset:  # fmt: skip
    where = "桃園市" if len(places) > 1 else places[0]
    made = services.enter(
        agency=agency,
        texts=_texts(topic, title, where),
        tags=topic["tags"].split(),
        generated=generated,
        by=None,
        at=at,
    )
    row = services.add_resource(made, name=title, format="CSV", encoding="UTF-8", by=None, at=at)
    data = io.BytesIO(_file(topic, places, chance))
    intake.read(services.add_version(row, name=f"{made.name}.csv", content=data, by=None, at=at), at=at)
    return made


def _publish(made: Dataset, at: datetime) -> None:
    for n, step in enumerate((services.submit, services.agree, services.publish)):
        step(made, by=None, at=at + timedelta(hours=n))


def load(now: datetime, *, say: Callable[[str], None]) -> None:
    """The list's datasets over the last two years, the newest on their way; some with a second version."""
    services.furnish()
    say("開放資料（虛構）")
    chance, agencies = dice("open_data"), {one.code: one for one in Agency.objects.all()}
    topics = [one for one in _topics() if one["agency"] in agencies]
    for n, topic in enumerate(topics):
        waits = n % EVERY == 4
        at = now - (timedelta(days=5 - n % 5, hours=6) if waits else timedelta(days=chance.randrange(30, 700), hours=3))
        made = _enter(
            topic,
            agencies[topic["agency"]],
            title=topic["title"],
            places=DISTRICTS,
            chance=chance,
            generated=False,
            at=at,
        )
        if waits:
            _leave_on_the_way(made, n // EVERY % 3, at)
            continue
        _publish(made, at)
        if n % 3 == 0:
            later = min(at + timedelta(days=chance.randrange(10, 200)), now - timedelta(days=1))
            data = io.BytesIO(_file(topic, DISTRICTS, chance))
            newer = services.add_version(
                made.resources.get(), name=f"{made.name}.csv", content=data, note="新一期資料", by=None, at=later
            )
            intake.read(newer, at=later)
    _check(now)
    _wishes(now, agencies)


def _lines(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _confirmed(asked: Subscription, at: datetime) -> None:
    """By the code of the letter, as people do it."""
    letter = Letter.objects.filter(template="subscriptions.code", about_id=str(asked.pk)).latest("pk")
    subscriptions.confirm(asked, code=letter.subject[:6], at=at)


def _wishes(now: datetime, agencies: dict[str, Agency]) -> None:
    """What citizens wished for and made: joined by others, answered, on the way, and not yet looked at."""
    given: dict[str, Any] = {"account": None, "language": "zh-hant"}
    for n, row in enumerate(_lines("data_requests.csv")):
        at = now - timedelta(days=int(row["days"]), hours=2)
        made, asked = requesting.ask(
            title=row["title"], text=row["text"], email=f"wish{n}@mail.example", **given, at=at
        )
        _confirmed(asked, at)
        if row["agency"] not in agencies:
            continue
        requesting.show(made, title=row["title"], text=row["text"], agency=agencies[row["agency"]], by=None, at=at)
        for k in range(int(row["joined"])):
            more = subscriptions.ask(
                requesting.TOPIC, str(made.number), email=f"join{n}-{k}@mail.example", **given, at=at
            )
            _confirmed(more, at)
        if row["outcome"]:
            later = at + timedelta(days=6)
            dataset = Dataset.objects.published().filter(title=row["dataset"]).first() if row["dataset"] else None
            planned = day_of(now) + timedelta(days=60) if row["outcome"] == "PLANNED" else None
            requesting.answer(
                made, outcome=row["outcome"], text=row["answer"], dataset=dataset, planned_on=planned, by=None, at=later
            )
    for n, row in enumerate(_lines("showcases.csv")):
        at = now - timedelta(days=int(row["days"]), hours=3)
        used = list(Dataset.objects.published().filter(title__in=row["datasets"].split("、")))
        work, asked = showcasing.propose(
            title=row["title"], text=row["text"], url=row["url"], maker=row["maker"], datasets=used,
            email=f"maker{n}@mail.example", **given, at=at,
        )  # fmt: skip
        _confirmed(asked, at)
        if row["shown"]:
            showcasing.decide(work, shown=True, by=None, at=at + timedelta(days=1))


FORGOT, OTHER_ENCODING, MENDED = 6, 9, 12
"""Of so many datasets one forgot to describe a column, one declares an encoding that it has not; one in so many is mended."""


def _check(now: datetime) -> None:
    """The nightly checks found something three weeks ago; some of it was mended since."""
    faults = []
    for n, one in enumerate(Dataset.objects.published().order_by("number")):
        if n % OTHER_ENCODING == 4:
            one.resources.update(encoding="Big5")
        if n % FORGOT == 2:
            said = one.fields_text.splitlines()
            services.revise(
                one, agency=one.agency, texts={**_kept(one), "fields_text": "\n".join(said[:-1])}, tags=one.tag_names, by=None,
                at=now - timedelta(days=25),
            )  # fmt: skip
            faults.append((one, said))
    _night(now - timedelta(days=21))
    for one, said in faults[:: MENDED // FORGOT]:
        one.refresh_from_db()
        services.revise(
            one, agency=one.agency, texts={**_kept(one), "fields_text": "\n".join(said)}, tags=one.tag_names, by=None,
            at=now - timedelta(days=8),
        )  # fmt: skip
    _night(now - timedelta(hours=4))


def _kept(one: Dataset) -> dict[str, Any]:
    return {name: getattr(one, name) for name in services.TEXTS}


def _night(at: datetime) -> None:
    for one in queries.whole(Dataset.objects.published().filter(created_at__lte=at)):
        quality.record(one, quality.look(one), at=at)


def _leave_on_the_way(made: Dataset, how_far: int, at: datetime) -> None:
    if how_far:
        services.submit(made, by=None, at=at + timedelta(hours=1))
    if how_far == 2:
        services.agree(made, by=None, at=at + timedelta(hours=2))


def publish_own(now: datetime) -> None:
    """The city's own tables, as the night before made them."""
    own.refresh(now - timedelta(hours=6))


def live_year(share: float, *, until: datetime, say: Callable[[str], None]) -> None:
    """As many published datasets as the report's year had by its last day, from the portal's opening on."""
    wanted = max(round(YEAR_DATASETS * share), 3)
    if Dataset.objects.exists():
        return
    services.furnish()
    chance, agencies = dice("open_data.year"), {one.code: one for one in Agency.objects.all()}
    days = (min(day_of(until), date(2017, 2, 28)) - OPENED).days
    for n, (topic, title, places) in enumerate(_subjects(agencies, wanted)):
        at = instant(OPENED + timedelta(days=n * days // wanted), 10)
        made = _enter(
            topic,
            agencies[topic["agency"]],
            title=title,
            places=places,
            chance=chance,
            generated=len(places) == 1,
            at=at,
        )
        _publish(made, at)
    say(f"開放資料 {wanted:,} 項（系統產生）")


def _subjects(agencies: dict[str, Agency], wanted: int) -> Iterator[tuple[dict[str, str], str, tuple[str, ...]]]:
    topics = [one for one in _topics() if one["agency"] in agencies]
    every = [(topic, topic["title"], DISTRICTS) for topic in topics]
    every += [(topic, f"{place}{topic['title']}", (place,)) for place in DISTRICTS for topic in topics]
    yield from every[:wanted]
