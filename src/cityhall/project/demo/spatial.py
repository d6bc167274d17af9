"""The demo city's first layers: what its own systems know, listed in the catalogue, and two clients that read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cityhall.domains.spatial import services
from cityhall.domains.spatial.states import ClientKind
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.clients import Quota
from cityhall.foundation.clock import day_of
from cityhall.project.boundaries import ATLAS_DAY

# Code, name, English name, theme, agency, access, licence, upkeep.
LAYERS = (
    ("districts", "行政區界", "District boundaries", "BOUNDARIES", "civil_affairs", "PUBLIC", "OPEN", "IRREGULAR"),
    ("villages", "村里界", "Village boundaries", "BOUNDARIES", "civil_affairs", "PUBLIC", "OPEN", "IRREGULAR"),
    ("petitions-by-village", "各村里陳情案件數", "Petitions by village", "SERVICE", "rdec", "PUBLIC", "OPEN", "DAILY"),
    ("controlled-projects", "列管計畫", "Controlled projects", "WORKS", "rdec", "GOVERNMENT", "INTERNAL", "DAILY"),
)  # fmt: skip


def load(now: datetime, *, say: Callable[[str], None] = lambda words: None) -> int:
    """List the layers and add a system and a project; says how many layers there are."""
    agencies = {one.code: one for one in Agency.objects.filter(code__in={row[4] for row in LAYERS})}
    who: dict[str, Any] = {"by": None, "at": now}
    made = {}
    for code, title, title_en, theme, agency, rights, licence, upkeep in LAYERS:
        dated_on = ATLAS_DAY if theme == "BOUNDARIES" else day_of(now)
        made[code] = services.list_layer(
            code, title=title, title_en=title_en, theme=theme, agency=agencies[agency], rights=rights, licence=licence,
            upkeep=upkeep, dated_on=dated_on, **who,
        )  # fmt: skip
    given: dict[str, Any] = {"contact": None, "quota": Quota(600, 200_000), "starts_on": day_of(now), **who}
    services.add_client(
        kind=ClientKind.SYSTEM,
        name="民政地圖",
        agency=agencies["civil_affairs"],
        purpose="里鄰業務查詢",
        ends_on=None,
        **given,
    )
    project, _key = services.add_client(
        kind=ClientKind.PROJECT, name="路網改善評估", agency=agencies["rdec"], purpose="比對列管計畫與陳情熱點",
        ends_on=day_of(now) + timedelta(days=180), **given,
    )  # fmt: skip
    services.grant(project, made["controlled-projects"], purpose="路網改善評估", **who)
    say(f"空間圖資 {len(made)} 種")
    return len(made)
