"""The report's year of counted use: of open data by month and dataset, and of the citizen's card; taken in as batches of others.

The numbers of the report are apportioned over its days, none of them lost. Which dataset and which hour is invented.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cityhall.domains.open_data import use
from cityhall.domains.open_data.models import Dataset
from cityhall.engines.usage import services as usage
from cityhall.engines.usage.models import Batch, OutsideSystem
from cityhall.engines.usage.states import BatchState
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period

OPENED, LAST = date(2015, 12, 30), date(2017, 2, 28)
MONTHLY = {"view": 70_300, "download": 33_154, "api": 551_137}
"""How often a month, on average over the days from the portal's opening on."""
LIKED = 25
"""So many datasets share the use of a day; the first is used as often as the last is times so many."""

WHOLE_DAYS = 0.05
"""From this share of the year on, things are used every day."""

CARD, CARD_NAME = "card", "市民卡"
CARD_USES = {"transit": 61_936_718, "e-wallet": 4_203_404, "parking": 69_185, "library": 3_277_793}
CARD_MONTHS = [date(2016, month, 1) for month in range(1, 13)] + [date(2017, 1, 1), date(2017, 2, 1)]
GROWTH = 1.10
"""Of a month over the month before."""
HOURS = {
    6: 2,
    7: 8,
    8: 9,
    9: 5,
    10: 4,
    11: 4,
    12: 5,
    13: 4,
    14: 4,
    15: 5,
    16: 6,
    17: 9,
    18: 9,
    19: 5,
    20: 4,
    21: 4,
    22: 2,
}

Row = tuple[date, int | None, str, str, str, int]
"""Day, hour, act, kind of subject, subject, how many."""


def apportioned(total: int, weights: list[float]) -> list[int]:
    """A whole number in parts by weights, none of it lost."""
    whole, bounds, so_far = sum(weights), [0], 0.0
    for weight in weights:
        so_far += weight
        bounds.append(round(total * so_far / whole))
    return [after - before for before, after in pairwise(bounds)]


def _days(first: date, last: date, share: float) -> list[date]:
    """Days of use, both in; a year that is very small is used once a week, as every day is a file."""
    return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, 1 if share >= WHOLE_DAYS else 7)]


def _take_in(rows: Iterator[Row], source: str, name: str, first: date, last: date, at: datetime) -> int:
    """One Parquet file, taken in as any other. Says how many uses it holds."""
    names = ("day", "hour", "act", "subject_kind", "subject", "n")
    types = (pa.date32(), pa.int8(), pa.string(), pa.string(), pa.string(), pa.int64())
    columns = list(zip(*rows, strict=True))
    if not columns:
        return 0
    table = pa.table([pa.array(one, kind) for one, kind in zip(columns, types, strict=True)], names=list(names))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        pq.write_table(table, path)
        return int(usage.take_in(path, source=source, first=first, last=last, by=None, at=at).counted)


def _is_there(source: str, name: str) -> bool:
    """Whether a batch counts already; one that was cut goes on where it was left."""
    return Batch.objects.filter(source=source, name=name, state=BatchState.COUNTS).exists()


# ---- open data -------------------------------------------------------------------------------------------------------


def open_data_year(now: datetime, share: float, *, say: Callable[[str], None]) -> int:
    """Views, downloads and calls from the opening on, unless they are there. Says how many uses."""
    name = f"open-data-{OPENED}-{LAST}.parquet"
    if _is_there(use.SOURCE.key, name) or not Dataset.objects.published().exists():
        return 0
    counted = _take_in(_portal(share), use.SOURCE.key, name, OPENED, LAST, now)
    say(f"開放資料的使用 {counted:,} 次（虛構）")
    return counted


def _portal(share: float) -> Iterator[Row]:
    """Day by day, shared among datasets that were there, the liked ones more."""
    days = _days(OPENED, LAST, share)
    there = sorted((day_of(one.created_at), one.identifier) for one in Dataset.objects.published())
    months = float(Period(OPENED, LAST).months)
    for act, monthly in MONTHLY.items():
        for n, (day, many) in enumerate(
            zip(days, apportioned(round(monthly * months * share), [1.0] * len(days)), strict=True)
        ):
            known = [name for since, name in there if since <= day] or [there[0][1]]
            liked = [known[(n + k * 7) % len(known)] for k in range(min(LIKED, len(known)))]
            parts: dict[str, int] = {}
            for name, part in zip(liked, apportioned(many, [1.0 / (k + 1) for k in range(len(liked))]), strict=True):
                parts[name] = parts.get(name, 0) + part
            yield from ((day, None, act, "dataset", name, part) for name, part in parts.items() if part)


# ---- the citizen's card ----------------------------------------------------------------------------------------------


def card_year(now: datetime, share: float, *, say: Callable[[str], None]) -> int:
    """Uses of the citizen's card, a batch a month from the card's operator, each month a tenth more than the one before."""
    if not OutsideSystem.objects.filter(key=CARD).exists():
        usage.add_system(key=CARD, name=CARD_NAME, by=None, at=instant(CARD_MONTHS[0], 9))
    weights = [GROWTH**n for n in range(len(CARD_MONTHS))]
    of_month = {act: apportioned(round(many * share), weights) for act, many in CARD_USES.items()}
    counted = 0
    for n, month in enumerate(CARD_MONTHS):
        after = (month + timedelta(days=32)).replace(day=1)
        name, days = f"card-{month:%Y-%m}.parquet", _days(month, after - timedelta(days=1), share)
        if _is_there(CARD, name):
            continue
        rows = _card_month(days, {act: parts[n] for act, parts in of_month.items()})
        sent = min(now, instant(after + timedelta(days=4), 9))
        counted += _take_in(rows, CARD, name, month, after - timedelta(days=1), sent)
    if counted:
        say(f"市民卡的使用 {counted:,} 次（虛構）")
    return counted


def _card_month(days: list[date], uses: dict[str, int]) -> Iterator[Row]:
    for act, many in uses.items():
        for day, of_day in zip(days, apportioned(many, [1.0] * len(days)), strict=True):
            for hour, part in zip(HOURS, apportioned(of_day, list(map(float, HOURS.values()))), strict=True):
                if part:
                    yield day, hour, act, "card", "", part
