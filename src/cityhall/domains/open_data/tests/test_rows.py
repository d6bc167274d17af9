"""A resource's page: the table filtered, sorted and turned over, its chart and map, and files of what was found."""

import io
import re

import openpyxl
import pytest

from cityhall.domains.open_data import services
from cityhall.domains.open_data.models import Resource

from .city import NINE, draft, make_city, published

MANY = "行政區,路燈數,裝設日,經度,緯度\n" + "".join(
    f"{'桃園區' if n % 3 else '中壢區'},{n},106/{n % 12 + 1}/1,{121.3 + n / 10000},{24.99 + n / 10000}\n"
    for n in range(1, 121)
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def lamps(city):
    """A published table with 120 rows, dates in ROC years and places."""
    one = published(city.transport, file=MANY.encode())
    return f"/data/{one.name}/{one.resources.get().reference}/"


def cells(page):
    found = re.search(r"<tbody>(.*?)</tbody>", page.content.decode(), re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", found.group(1), re.DOTALL) if found else []
    return [re.findall(r">([^<]*)</t[hd]>", row) for row in rows]


class TestTheTable:
    def test_shows_a_page_with_a_chart_a_map_and_what_was_put_right(self, client, lamps):
        page = client.get(lamps)
        text = page.content.decode()

        assert cells(page)[0][:4] == ["1", "桃園區", "1", "2017-02-01"]
        assert len(cells(page)) == 50
        assert "120 列" in text
        assert "是民國年，已轉成西元" in text
        assert "各月的路燈數" in text
        assert 'class="ch-figure"' in text
        assert cells(client.get(f"{lamps}?page=3"))[-1][0] == "120"

    def test_filters_sorts_and_keeps_both_on_every_link(self, client, lamps):
        page = client.get(lamps, {"is.行政區": "中壢區", "from.路燈數": "100", "sort": "路燈數 desc"})

        assert [row[2] for row in cells(page)] == ["120", "117", "114", "111", "108", "105", "102"]
        text = page.content.decode()
        assert 'aria-sort="descending"' in text
        found = re.search(r'href="([^"]+rows\.csv[^"]*)"', text).group(1).replace("&amp;", "&")
        lines = b"".join(client.get(found).streaming_content).decode("utf-8-sig").split("\r\n")
        assert lines[1].startswith("中壢區,120,")
        assert len([line for line in lines if line]) == 8
        assert [row[0] for row in cells(client.get(lamps, {"q": "中壢"}))][:2] == ["3", "6"]
        assert len(cells(client.get(lamps, {"from.裝設日": "106/2/1", "to.裝設日": "2017-02-28"}))) == 10

    def test_says_what_is_wrong_with_a_condition(self, client, lamps):
        for wrong in ({"from.路燈數": "多"}, {"sort": "沒有"}, {"to.裝設日": "昨天"}):
            page = client.get(lamps, wrong)
            assert page.status_code == 400
            assert "條件有誤" in page.content.decode()
        assert client.get(lamps, {"is.行政區": "'; DROP TABLE x --"}).status_code == 200
        assert client.get(lamps, {"page": "9999999"}).status_code == 200
        assert client.get(f"{lamps}rows.csv?from.路燈數=多").status_code == 400

    def test_is_had_in_six_formats(self, client, lamps):
        starts = {
            "csv": b"\xef\xbb\xbf",
            "json": b"[",
            "xlsx": b"PK",
            "ods": b"PK",
            "parquet": b"PAR1",
            "geojson": b"{",
        }
        for format, start in starts.items():
            answer = client.get(f"{lamps}rows.{format}", {"is.行政區": "中壢區"})
            data = b"".join(answer.streaming_content)
            assert data.startswith(start), format
            if format == "xlsx":
                assert openpyxl.load_workbook(io.BytesIO(data)).active.max_row == 41
        assert client.get(f"{lamps}rows.exe").status_code == 404

    def test_is_in_english_too(self, client, lamps):
        page = client.get(f"/en{lamps}")
        assert ('lang="en"' in page.content.decode()[:300], len(cells(page))) == (True, 50)

    def test_asks_the_database_few_questions(self, client, lamps, django_assert_max_num_queries):
        client.get(lamps)
        with django_assert_max_num_queries(15):
            client.get(lamps)


class TestWhatHasNoTable:
    def test_says_so_and_a_draft_is_nobodys(self, client, city):
        one = published(city.transport)
        link = services.add_resource(one, name="介接", kind="LINK", url="https://data.example/x", by=None, at=NINE)
        hidden = draft(city.police)

        assert "沒有可以預覽的表格" in client.get(f"/data/{one.name}/{link.reference}/").content.decode()
        assert client.get(f"/data/{one.name}/{link.reference}/rows.csv").status_code == 404
        assert client.get(f"/data/{hidden.name}/{Resource.objects.get(dataset=hidden).reference}/").status_code == 404

    def test_of_districts_is_shaded(self, client, city):
        rows = "行政區,人數\n" + "".join(f"{name},{n}\n" for n, name in enumerate(["桃園區", "中壢區", "大溪區"] * 4))
        one = published(city.transport, file=rows.encode())
        text = client.get(f"/data/{one.name}/{one.resources.get().reference}/").content.decode()

        assert "各行政區的人數" in text
        assert 'class="ch-map"' in text
