"""A table of open data in a browser: an agency uploads a Big5 CSV with ROC dates and a mistake, two reviews, and a citizen on
a phone who finds it by part of a word, draws it, sees it on the map and takes a part of it away; all of it is counted.
"""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from cityhall.domains.open_data import services
from cityhall.domains.open_data.models import Dataset
from cityhall.engines.usage import folding, journal

from .test_petition import check, go_on

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PERSON = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0 Mobile Safari/537.36"
ROWS = "行政區,停車場,剩餘車位,盤點日,經度,緯度\n" + "".join(
    f"{'桃園區' if n % 3 else '中壢區'},第{n}停車場,{n * 3},106/{n % 5 + 1}/{n % 28 + 1},{121.2 + n / 500},{24.95 + n / 1000}\n"
    for n in range(1, 41)
)
MISTAKE = ROWS.replace("第7停車場,21,", "第7停車場,　２１　,").replace("第9停車場,27,", "第9停車場,二十七,")
MENDED = ROWS.replace("第7停車場,21,", "第7停車場,　２１　,")


def upload(page: Any, here: str, text: str, name: str) -> None:
    """The file as the office's program writes it."""
    page.goto(f"{here}resources/1/upload/")
    check(page, True)
    page.set_input_files("[name=upload]", {"name": name, "mimeType": "text/csv", "buffer": text.encode("cp950")})
    go_on(page)


def review(page: Any, address: str) -> None:
    """A reviewer agrees."""
    page.goto(address)
    check(page, True)
    page.check("[name=verdict][value=yes]")
    go_on(page)


@pytest.fixture
def counting(site: str) -> Any:
    """Uses are counted where this site keeps its files."""
    journal.close()
    cache.clear()
    yield
    journal.close()
    cache.clear()


def test_from_a_file_to_a_chart(city, site, counting, post, open_as):
    services.furnish()
    desk = f"{site}/desk/open-data/"

    # The agency describes its data and uploads the file.
    officer = open_as(city.officer)
    officer.goto(f"{desk}new/")
    check(officer, True)
    officer.select_option("[name=agency]", "works")
    officer.fill("[name=title]", "公有停車場剩餘車位盤點")
    officer.fill("[name=title_en]", "Free parking spaces as counted")
    officer.fill("[name=description]", "各公有停車場每次盤點的剩餘車位。")
    officer.fill(
        "[name=fields_text]",
        "行政區（所在的區）\n停車場（名稱）\n剩餘車位（格）\n盤點日（日期）\n經度（WGS84）\n緯度（WGS84）",
    )
    officer.select_option("[name=category]", "A00")
    officer.fill("[name=tags]", "停車、交通")
    officer.select_option("[name=frequency]", "MONTHLY")
    go_on(officer)
    one = Dataset.objects.get()
    here = f"{desk}{one.number}/"
    officer.goto(f"{here}resources/new/")
    officer.fill("[name=name]", "剩餘車位盤點")
    officer.fill("[name=name_en]", "Counted free spaces")
    officer.fill("[name=format]", "CSV")
    go_on(officer)

    # What was repaired is told; a number written in words makes the column text, so it is mended and uploaded again.
    upload(officer, here, MISTAKE, "車位.csv")
    post()
    officer.goto(f"{here}resources/1/versions/1/")
    check(officer, True)
    told = officer.locator("main").inner_text()
    assert "民國年" in told
    assert re.search(r"剩餘車位\s+文字", told)
    upload(officer, here, MENDED, "車位.csv")
    post()
    officer.goto(f"{here}resources/1/versions/2/")
    told = officer.locator("main").inner_text()
    assert re.search(r"剩餘車位\s+整數", told), told
    if officer.locator("a[href$='versions/2/confirm/']").count():
        officer.locator("a[href$='versions/2/confirm/']").click()
        go_on(officer)

    # Two reviews.
    officer.goto(f"{here}submit/")
    go_on(officer)
    review(open_as(city.coordinator), f"{here}agree/")
    review(open_as(city.commission), f"{here}publish/")

    # A citizen finds it by a part of a word.
    citizen = open_as(width=360)
    citizen.set_extra_http_headers({"User-Agent": PERSON})  # a browser without a head would be taken for a robot
    foreign: list[str] = []
    citizen.on("request", lambda request: foreign.append(request.url) if not request.url.startswith((site, "data:", "blob:")) else None)  # fmt: skip
    citizen.goto(f"{site}/data/")
    citizen.locator("main input[name=q]").fill("餘車位")
    with citizen.expect_navigation():
        citizen.keyboard.press("Enter")
    check(citizen, True)
    citizen.locator("main").get_by_role("link", name=one.title).first.click()
    citizen.wait_for_load_state()
    check(citizen, True)
    citizen.locator("main").get_by_role("link", name="剩餘車位盤點", exact=True).click()
    citizen.wait_for_load_state()
    check(citizen, True)

    # It is filtered; the map shows what is left.
    citizen.locator("main details:has([name='is.行政區']) summary").first.click()
    citizen.select_option("[name='is.行政區']", "中壢區")
    citizen.locator("main form button.govuk-button").first.click()
    citizen.wait_for_load_state()
    check(citizen, True)
    assert citizen.locator("figure.ch-map").count() == 1
    assert "13 列" in citizen.locator("main").inner_text()

    # It is drawn, under the policy that knows no `eval`: by another measure, saved, and as a link of its own.
    citizen.locator("main a[href*='/chart/']").click()
    citizen.wait_for_selector("[data-drawn]")
    check(citizen, True)
    citizen.select_option("[name=kind]", "bars")
    citizen.select_option("[name=axis]", "盤點日")
    citizen.select_option("[name=how]", "avg")
    citizen.select_option("[name=of]", "剩餘車位")
    go_on(citizen)
    citizen.wait_for_selector("[data-drawn]")
    check(citizen, True)
    drawing = citizen.locator("[data-plot-drawing]")
    assert drawing.locator("svg path").count() > 5
    assert "106/1" in drawing.inner_text()
    with citizen.expect_download() as saved:
        citizen.click("[data-plot-save=svg]")
    assert Path(saved.value.path()).read_text("utf-8").startswith("<svg")
    with citizen.expect_download() as saved:
        citizen.click("[data-plot-save=png]")
    assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")
    spec = json.loads(citizen.locator("#ch-plot-spec").inner_text())
    assert len(spec["data"]["values"]) == 5
    plain = open_as(width=360, script=False)
    plain.goto(citizen.url)
    assert plain.locator("main figure table tbody tr").count() == 5

    # What was filtered is taken away.
    citizen.go_back()
    citizen.go_back()
    with citizen.expect_download() as taken:
        citizen.locator("main a[href*='rows.csv']").click()
    lines = list(csv.DictReader(io.StringIO(Path(taken.value.path()).read_text("utf-8-sig"))))
    assert {line["行政區"] for line in lines} == {"中壢區"}
    assert len(lines) == 13
    assert not foreign

    # All of it is counted.
    folding.fold(timezone.now())
    cache.clear()
    citizen.goto(f"{site}/data/{one.name}/")
    counted = citizen.locator("main table").filter(has_text="瀏覽").locator("tbody tr").first.inner_text()
    views, downloads = re.findall(r"\d+", counted)[-3:-1]
    assert (int(views) >= 5, int(downloads) >= 1) == (True, True)
