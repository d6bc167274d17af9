"""How often datasets are looked at, downloaded and asked by programs: counted by `engines/usage`, told by month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cityhall.engines.usage import queries
from cityhall.engines.usage.counting import counted
from cityhall.engines.usage.queries import Asked
from cityhall.engines.usage.registry import Source

from .models import Dataset

SOURCE = Source(
    "open_data",
    _("開放資料"),
    acts={"view": _("瀏覽"), "download": _("下載"), "api": _("程式介接")},
    subjects={"dataset": _("資料集")},
    outside=True,  # an older portal's use is handed in
)
ACTS = tuple(SOURCE.acts)
KEPT = 600
"""Seconds for which what was asked of all events is told again: they are folded each minute."""


def note(request: HttpRequest, act: str, dataset: Dataset | None = None) -> None:
    """Count a request as a use of a dataset, or of the catalogue where it is about none."""
    subject, kind = (dataset.identifier, "dataset") if dataset else ("", "")
    counted(request, source=SOURCE.key, act=act, subject=subject, subject_kind=kind)


@dataclass(frozen=True)
class Month:
    """The uses of a month."""

    month: str
    """As 2017-02."""
    view: int = 0
    download: int = 0
    api: int = 0


def by_month(dataset: Dataset | None = None) -> list[Month]:
    """The uses of all datasets, or of one, the newest month first; without robots, health checks and our own pages."""
    key = f"open_data.use:{dataset.pk if dataset else 'all'}"
    found: list[Month] | None = cache.get(key)
    if found is None:
        asked = Asked(sources=[SOURCE.key], subjects=[dataset.identifier] if dataset else [])
        found = _months(queries.by(asked, "month", "act").to_pylist())
        cache.set(key, found, KEPT)
    return found


def _months(rows: list[dict[str, Any]]) -> list[Month]:
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row["act"] in ACTS:
            counts[row["month"]][row["act"]] = int(row["uses"])
    return [Month(f"{month // 100}-{month % 100:02d}", **counts[month]) for month in sorted(counts, reverse=True)]


def sheet() -> list[tuple[str, str, str, int, int, int]]:
    """A line for each month and dataset that was used: month, identifier, title, views, downloads, calls."""
    asked = Asked(sources=[SOURCE.key], subject_kinds=["dataset"])
    counts: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    for row in queries.by(asked, "month", "subject", "act").to_pylist():
        counts[row["month"], row["subject"]][row["act"]] = int(row["uses"])
    titles = {one.identifier: one.label for one in Dataset.objects.published()}
    return [
        (f"{month // 100}-{month % 100:02d}", name, titles[name], *(found.get(act, 0) for act in ACTS))  # type: ignore[misc]
        for (month, name), found in sorted(counts.items(), reverse=True) if name in titles
    ]  # fmt: skip
