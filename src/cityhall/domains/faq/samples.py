"""Entries of the demo city: written for it, invented, and published by the product's own acts; many more by a plan."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, product
from pathlib import Path
from typing import Any

from cityhall.engines.directory.models import Agency
from cityhall.foundation.clock import day_of

from . import importing, services
from .importing import WORDS, Line
from .models import Entry, Topic

REVIEWED_AFTER = timedelta(days=365)
SOURCE = "系統產生的示範資料"


def _table(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows() -> list[dict[str, str]]:
    """The entries as they are written; several aliases, and steps, stand between slashes."""
    return _table("entries.csv")


def topics() -> dict[str, Topic]:
    """The topics of the demo city; those that are there already are left."""
    known = {one.code: one for one in Topic.objects.all()}
    fresh = [Topic(**row) for row in _table("topics.csv") if row["code"] not in known]
    Topic.objects.bulk_create(fresh)
    return known | {one.code: one for one in fresh}


def publish_all(*, at: datetime) -> int:
    """Every entry whose agency exists; how many there were."""
    agencies = {one.code: one for one in Agency.objects.all()}
    known, made = topics(), 0
    for row in rows():
        agency = agencies.get(row["agency"])
        if agency is None:
            continue
        texts: dict[str, Any] = {name: row[name] for name in ("question", "answer", "question_en", "answer_en", "fee", "fee_en", "procedure")}  # fmt: skip
        texts |= {name: row[name].replace("/", "\n") for name in ("aliases", "steps", "steps_en")}
        texts |= {"days": int(row["days"]) if row["days"] else None, "review_by": day_of(at) + REVIEWED_AFTER}
        version = services.write(
            code=row["code"], agency=agency, topic=known[row["topic"]], texts=texts, by=None, at=at
        )
        services.publish(services.submit(version, by=None, at=at), by=None, at=at)
        made += 1
    return made


# ---- as many as the report's year had --------------------------------------------------------------------------------

YEAR_ENTRIES = 5_124
ABOUT = (
    "申請資格", "應備文件", "辦理地點", "辦理時間", "費用", "處理天數", "線上申辦", "委託代辦", "補件", "進度查詢", "變更", "註銷", "換發", "補發",
    "申訴", "停車位置", "無障礙設施", "預約", "電話", "表單下載",
)  # fmt: skip
MATTERS = (
    "市民卡", "公車月票", "免費公車", "公共自行車", "地價稅", "房屋稅", "牌照稅", "戶籍登記", "印鑑證明", "土地謄本", "建物謄本", "托育補助", "育兒津貼", "老人津貼",
    "身心障礙證明", "低收入戶", "急難救助", "營養午餐", "課後照顧", "社區大學", "圖書借閱", "場地租借", "停車月票", "路邊停車", "道路挖掘", "路樹修剪", "下水道接管",
    "資源回收", "流動廁所", "寵物登記", "健康檢查", "疫苗接種", "商業登記", "攤販登記", "農機補助", "租金補貼", "都更諮詢", "違建查報", "勞資調解", "求職登記",
)  # fmt: skip


def generated(agencies: list[Agency], known: dict[str, Topic]) -> Iterator[Line]:
    """Entries that nobody wrote, each marked as such in its answer."""
    kinds = sorted(known)
    for n, (about, matter, agency) in enumerate(product(ABOUT, MATTERS, agencies)):
        texts: dict[str, Any] = dict.fromkeys(WORDS, "")
        texts |= {
            "question": f"{agency.short_name}辦理{matter}的{about}是什麼？",
            "answer": f"（{SOURCE}）{matter}的{about}請洽{agency.short_name}，或打1999。",
            "valid_from": None, "review_by": None,
        }  # fmt: skip
        yield Line(f"generated-{n:05}", agency, known[kinds[n % len(kinds)]], texts)


def fill(total: int, *, at: datetime) -> int:
    """Generate entries until there are so many; how many came. Doing it again adds nothing."""
    missing = total - Entry.objects.count()
    if missing <= 0:
        return 0
    agencies = list(Agency.objects.as_of(day_of(at)).order_by("code"))
    there = set(Entry.objects.filter(generated=True).values_list("code", flat=True))
    fresh = (line for line in generated(agencies, topics()) if line.code not in there)
    lines = dict(enumerate(islice(fresh, missing)))
    for line in lines.values():
        line.texts["valid_from"] = day_of(at)
    return importing.keep(lines, publish=True, basis=SOURCE, generated=True, by=None, at=at).new
