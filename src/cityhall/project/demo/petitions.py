"""The demo city's categories, limits, rules and reply texts, made by the product's own acts."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from cityhall.domains.petitions.models import Category
from cityhall.domains.petitions.services import rulebook
from cityhall.engines.directory.models import Agency
from cityhall.engines.places.models import Area
from cityhall.foundation.unit import act

FOLDER = Path(__file__).parent
SINCE = date(2016, 8, 1)
FOUNDED = date(2014, 12, 25)
QUESTIONS_EN = {
    "路燈編號": "Street light number", "號誌桿編號": "Signal pole number", "車牌": "Number plate",
    "站牌名稱": "Stop name", "公車路線": "Bus route", "站點名稱": "Station name", "電桿編號": "Pole number",
}  # fmt: skip
# Small works of a district are its office's own; in the two largest the city's engineers do them.
CITY_DISTRICTS = frozenset({"桃園區", "中壢區"})


def rows(name: str) -> Iterator[dict[str, str]]:
    """A table of the demo city."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


# What stands in one place: two reports fifty metres apart speak of two of them.
FIXED = frozenset({"street_light", "pothole", "manhole", "signal_fault", "sign_mirror", "street_light_new"})


@act
def load(at: datetime) -> dict[str, Category]:
    """Make the rulebook of the demo city; needs directory and boundaries."""
    who = {"by": None, "at": at}
    agencies = {row.code: row for row in Agency.objects.all()}
    offices = {
        row.short_name.removesuffix("公所"): row for row in agencies.values() if row.code.startswith("district_")
    }
    districts = {row.name: row.code for row in Area.objects.filter(kind="DISTRICT")}
    categories: dict[str, Category] = {}
    for order, row in enumerate(rows("categories.csv"), start=1):
        category = rulebook.add_category(
            code=row["code"], group=row["group"], name=row["name"], name_en=row["name_en"], order=order * 10,
            needs_place=bool(row["by_place"]), confidential=row["confidential"] == "1", **who,
        )  # fmt: skip
        categories[category.code] = category
        days = int(row["stage2_working_days"])
        rulebook.set_term(
            category, valid_from=FOUNDED, urgent=False, final_working_days=days, source="本府陳情案件作業規定",
            near_metres=50 if category.code in FIXED else 250, **who,
        )  # fmt: skip
        if row["urgent"] == "1":
            rulebook.set_term(
                category,
                valid_from=SINCE,
                urgent=True,
                final_working_days=days,
                source="105 年 8 月 1 日起之急迫類別",
                **who,
            )
        if row["question"]:
            rulebook.add_question(
                category, code="detail", label=row["question"], label_en=QUESTIONS_EN[row["question"]], **who
            )
        rulebook.add_routing(agency=agencies[row["agency"]], category=category, valid_from=FOUNDED, **who)
        if row["by_place"]:
            for name, office in offices.items():
                if name in districts and name not in CITY_DISTRICTS:
                    rulebook.add_routing(
                        agency=office, category=category, district_code=districts[name], valid_from=FOUNDED, **who
                    )
        if row["by_place"] == "road_manager":
            for manager in ("highway_bureau", "maintenance"):
                rulebook.add_routing(
                    agency=agencies[manager], category=category, manager_code=manager, valid_from=FOUNDED, **who
                )
    for row in rows("word_rules.csv"):
        rulebook.add_words(
            categories[row["category"]],
            any_of=row["any_of"].split("|"),
            every=row["every"].split("|") if row["every"] else (),
            none_of=row["none_of"].split("|") if row["none_of"] else (),
            priority=int(row["priority"]),
            valid_from=FOUNDED,
            **who,
        )
    for row in rows("templates.csv"):
        rulebook.add_template(
            code=row["code"], category=categories.get(row["category"]), stage=int(row["stage"]), name=row["name"],
            text=row["text"], outcome=row["outcome"], **who,
        )  # fmt: skip
    return categories
