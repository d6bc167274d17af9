"""Uses of datasets: views, downloads and calls are counted apart, robots are not, and months are told."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone

from cityhall.domains.open_data import figures
from cityhall.engines.usage import folding, journal
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period

from .city import make_city, published

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def counted(tmp_path, settings):
    """A store of uses that begins here; what was told before is forgotten."""
    settings.USAGE_DIR = tmp_path / "usage"
    journal.close()
    cache.clear()
    yield
    journal.close()
    cache.clear()


def test_are_told_by_month_and_dataset(client, counted):
    city = make_city()
    one, other = published(city.transport), published(city.police, title="事故")
    row = one.resources.get()
    for path in (
        f"/data/{one.name}/", f"/data/{one.name}/{row.reference}/", f"/data/{one.name}/{row.reference}/rows.csv?q=桃園",
        f"/data/{one.name}/resources/{row.reference}/download", f"/api/3/action/datastore_search?resource_id={row.reference}",
        f"/api/v1/rest/dataset/{one.identifier}", "/api/3/action/package_list", f"/data/{other.name}/",
        f"/api/3/action/package_show?id={one.name}",
    ):  # fmt: skip
        answer = client.get(path, headers=BROWSER)
        assert answer.status_code == 200, path
        assert b"".join(answer) if answer.streaming else answer.content
    client.get(f"/data/{one.name}/", headers={"User-Agent": "Googlebot/2.1"})
    client.head(f"/data/{one.name}/", headers=BROWSER)
    assert client.get("/api/3/action/package_show?id=none", headers=BROWSER).status_code == 404
    now = timezone.now()
    folding.fold(now)
    cache.clear()

    month = f"{day_of(now):%Y-%m}"
    lines = b"".join(client.get("/data/use/by-dataset.csv").streaming_content).decode("utf-8-sig").split("\r\n")
    assert sorted(lines[1:3]) == sorted([
        f"{month},{one.identifier},{one.title},2,2,3", f"{month},{other.identifier},{other.title},1,0,0",
    ])  # fmt: skip
    assert b"".join(client.get("/data/use/by-dataset.ods").streaming_content).startswith(b"PK")
    page = client.get("/data/use/").content.decode()
    assert month in page
    assert '<td class="n">3</td><td class="n">2</td><td class="n">4</td>' in page
    assert (
        '<td class="n">2</td><td class="n">2</td><td class="n">3</td>'
        in client.get(f"/data/{one.name}/").content.decode()
    )
    today = day_of(now)
    period = Period(date(today.year, today.month, 1), today)
    assert figures.views_monthly(period).value == Decimal(3) / period.months
    assert figures.api_calls_monthly(period).value == Decimal(4) / period.months


def test_without_any_say_so(client, counted):
    assert "還沒有使用紀錄" in client.get("/data/use/").content.decode()
    assert client.get("/data/use/by-dataset.exe").status_code == 404
