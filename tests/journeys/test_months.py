"""Three months by sheet, two bad cells explained, a rule that is met, the review meeting, a correction, and all is in order."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cityhall.domains.projects import reviewing, sheets, tasks
from cityhall.domains.projects.tests.making import City, listed, make_city
from cityhall.engines.files.sheets import read_table, write_ods
from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.milestones.models import Hit
from cityhall.foundation.clock import at as instant

from .test_petition import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = "/desk/projects/"
FIFTH, LOCKED, MEETS = (date(2026, 11, day) for day in (5, 11, 13))


class Clock:
    """The day that everything goes by; whoever reads the time gets its."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = instant(FIFTH, 9)
        patch.setattr("django.utils.timezone.now", lambda: self.now)

    def go_to(self, day: date, hour: int = 9) -> datetime:
        self.now = instant(day, hour)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def filled(given: bytes, cells: dict[str, dict[str, str]]) -> bytes:
    """The sheet as it was downloaded, with what somebody typed beside each month."""
    rows = [list(row) for _n, row in read_table(io.BytesIO(given))]
    headings, keys = rows[0], [one.key for one in sheets.COLUMNS]
    for row in rows[1:]:
        row += [""] * (len(headings) - len(row))
        for key, value in cells[row[keys.index("month")]].items():
            row[keys.index(key)] = value
    return write_ods(headings, rows[1:]).getvalue()


def bring(page: Any, content: bytes) -> str:
    """Upload a sheet and read what came of it."""
    page.set_input_files("[name=sheet]", {"name": "months.ods", "mimeType": "application/vnd.oasis.opendocument.spreadsheet", "buffer": content})  # fmt: skip
    page.locator("main form button.govuk-button").click()
    page.wait_for_load_state()
    return str(page.locator("main").inner_text())


def said(page: Any) -> str:
    page.wait_for_selector(".govuk-notification-banner")
    return str(page.locator(".govuk-notification-banner").inner_text())


def fill_day(page: Any, name: str, day: date) -> None:
    for part, value in (("year", day.year - 1911), ("month", day.month), ("day", day.day)):
        page.fill(f"[name={name}_{part}]", str(value))


def reviewed(page: Any, site: str) -> str:
    page.goto(f"{site}/figures/projects.reviewed?from=2026-11-01&to=2026-11-30")
    return str(page.locator(".fg-head .v").first.inner_text())


def meeting_of(city: City, at: datetime) -> Gathering:
    return gatherings.plan(
        profile=reviewing.REVIEW, title="專案檢討會議", host=city.rdec, owner=city.commission, year=2026, venue="市府12樓",
        starts_at=instant(MEETS, 14), ends_at=instant(MEETS, 16), by=city.commission.account, at=at,
    )  # fmt: skip


def test_three_months_by_sheet_until_all_is_in_order(
    transactional_db: Any, clock: Clock, site: str, open_as: Any, tmp_path: Path
) -> None:
    city = make_city()
    library = listed(agency=city.works, unit=city.roads, on=date(2026, 8, 3))
    record = f"{site}{DESK}{library.number}/"

    # The agency downloads the sheet, fills three months offline, and two cells are refused and explained.
    agency = open_as(city.coordinator)
    agency.goto(f"{site}{DESK}months/")
    check(agency, True)
    with agency.expect_download() as download:
        agency.locator("main a", has_text="ODS").first.click()
    given = Path(download.value.path()).read_bytes()
    typed = {
        "115/8": {"percent": "10", "paid": "100"},
        "115/9": {"percent": "百分之二十", "paid": "200"},
        "115/10": {"percent": "15", "paid": "2O0", "reason": "連日下雨", "measure": "加派工班"},
    }
    report = bring(agency, filled(given, typed))
    check(agency, True)
    assert "收了 1 列" in report
    assert "百分之二十" in report
    assert "2O0" in report
    typed["115/9"] |= {"percent": "15", "reason": "連日下雨", "measure": "加派工班"}
    typed["115/10"]["paid"] = "200"
    agency.goto(f"{site}{DESK}months/")
    report = bring(agency, filled(given, typed))
    assert "收了 2 列；1 列和原來相同" in report

    # The month is locked and judged; the project is out of order, with the reason.
    tasks.evaluate(clock.go_to(LOCKED, 7))
    commission = open_as(city.commission)
    commission.goto(f"{site}{DESK}hits/")
    check(commission, True)
    assert "預定40%、實際15%，落後25個百分點" in commission.locator("main").inner_text()
    assert reviewed(commission, site) == "0案"

    # The review meeting is built from it; afterwards its decision is listed with owner and day.
    meeting = meeting_of(city, clock.now)
    here = f"{site}/desk/gatherings/{meeting.reference}/"
    commission.goto(here)
    commission.get_by_role("button", name="全部排入議程").click()
    assert "1件異常計畫" in said(commission)
    clock.go_to(MEETS, 17)
    commission = open_as(city.commission)
    commission.goto(f"{here}hold/")
    fill_day(commission, "held_on", MEETS)
    for one in commission.locator("[name^=presence_][value=PRESENT]").all():
        one.check()
    for one in commission.locator("[name^=people_]").all():
        one.fill("1")
    commission.locator("main form button.govuk-button").first.click()
    said(commission)
    commission.goto(f"{here}conclude/")
    commission.fill("[name=text]", "請工務局查明10月進度並更正。")
    commission.select_option("[name=agency]", "works")
    fill_day(commission, "due_on", MEETS + timedelta(days=14))
    commission.locator("main form button.govuk-button").first.click()
    said(commission)
    check(commission, True)
    assert "請工務局查明10月進度並更正。" in commission.locator("main").inner_text()

    # The commission opens the month again, the agency corrects it, and both values are shown.
    commission.goto(f"{record}months/2026-10/reopen/")
    fill_day(commission, "until", MEETS + timedelta(days=3))
    commission.fill("[name=reason]", "會議裁示更正")
    commission.locator("main form button.govuk-button").first.click()
    said(commission)
    officer = open_as(city.officer)
    officer.goto(f"{record}months/2026-10/")
    officer.fill("[name=percent]", "40")
    officer.fill("[name=reason]", "")
    officer.fill("[name=measure]", "")
    officer.locator("main form button.govuk-button").first.click()
    said(officer)
    check(officer, True)
    page = officer.locator("main").inner_text()
    assert "40%" in page
    assert "鎖定時 15%" in page

    # What was found is cleared with a reason; the S-curve and the report have moved.
    for hit in Hit.objects.open().filter(plan=library.plan):
        commission.goto(f"{record}hits/{hit.reference}/clear/")
        commission.fill("[name=reason]", "已更正，進度符合預定。")
        commission.locator("main form button.govuk-button").first.click()
        said(commission)
    assert not Hit.objects.open().filter(plan=library.plan).exists()
    curve = commission.locator("figure:has(svg)", has_text="預定、實際進度與預算執行").first
    assert "40" in (curve.locator("table").first.text_content() or "")
    assert reviewed(commission, site) == "1案"
