"""A planner in a browser: land use by village, joined with people, a site weighed, kept, cited, printed and found on the map."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import numpy as np
import pypdf
import pytest
import shapely
from django.utils import timezone

from cityhall.domains.spatial import services, statistics
from cityhall.domains.spatial.computing import Column, Outcome
from cityhall.domains.spatial.tests.city import listed
from cityhall.engines.outbox.services import drain
from cityhall.engines.places import memory
from cityhall.engines.places.tests import city as places
from cityhall.foundation.clock import day_of

from .test_petition import check, go_on

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def prepared(city: Any) -> None:
    """A layer of land use, and people by village."""
    now = timezone.now()
    given: dict[str, Any] = {"by": None, "at": now}
    villages = memory.boundaries().villages
    zones = np.array([shapely.buffer(one.centroid, 400) for one in villages.shapes], dtype=object)
    columns = [Column("zone", "string", ("使用分區", "Zone"))]
    kinds = [("住宅區", "工業區")[n % 2] for n in range(len(zones))]
    services.keep_layer(
        "land-use", Outcome(columns, [kinds], zones, "zone", ("", "")).parquet(), title="土地使用分區", theme="LAND",
        agency=city.works, rights="PUBLIC", licence="OPEN", dated_on=day_of(now), upkeep="YEARLY", **given,
    )  # fmt: skip
    listed("villages", city.works, **given)
    statistics.furnish(day_of(now))
    rows = [("people", name.code, "2025", 1000.0 + 500 * n) for n, name in enumerate(villages.names)]
    taken = statistics.import_numbers(statistics.sheet_of(rows), level="VILLAGE", source="示範", **given)
    assert taken.releases == 1, taken.refused


def worked_out(page: Any) -> str:
    """The worker computes; the page that waits becomes the result. Its number."""
    assert "正在計算" in page.inner_text("main")
    drain(timezone.now() + timedelta(minutes=5))
    page.reload()
    page.wait_for_selector("[data-cite]")
    found = re.search(r"SA\d+-\d{4}", page.url)
    assert found is not None
    return found[0]


def test_overlays_joins_weighs_keeps_cites_and_prints(city: Any, site: str, open_as: Any) -> None:
    if not memory.boundaries().villages.names:
        places.make(timezone.now())
    prepared(city)
    page = open_as(city.officer)

    page.goto(f"{site}/desk/spatial/analyses/")
    page.click("text=套疊面積")
    page.fill("[name=title]", "各里土地使用")
    page.select_option("[name=classes]", "land-use:zone")
    go_on(page)
    overlay = worked_out(page)
    assert "住宅區" in page.inner_text("table")
    check(page, script=True)

    page.goto(f"{site}/desk/spatial/analyses/new/SITE/")
    page.fill("[name=title]", "日照據點選址")
    page.select_option("[name=measure_1]", "stat:people:2025")
    page.fill("[name=weight_1]", "60")
    page.select_option("[name=measure_2]", "near:land-use")
    page.fill("[name=weight_2]", "40")
    page.check("[name=way_2][value=fewer]", force=True)
    go_on(page)
    chosen = worked_out(page)
    cited = page.inner_text("[data-cite]")
    assert chosen in cited
    assert "日照據點選址" in cited
    assert "權重60" in page.inner_text("main")
    check(page, script=True)

    paper = page.request.get(f"{site}/map/results/{chosen}/download.pdf")
    text = "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(paper.body())).pages)
    assert "日照據點選址" in text
    page.goto(f"{site}/desk/spatial/analyses/?mine=1")
    assert {overlay, chosen} <= set(re.findall(r"SA\d+-\d{4}", page.inner_text("main")))

    page.goto(f"{site}/map/?go=1&layer=villages&layer=land-use&table=land-use")
    assert "工業區" in page.inner_text("table")
    assert "layer=land-use" in page.input_value("#w-share")
    check(page, script=True)
