"""The portfolio on the map, beside last month and last year, requests between agencies, photos; and any past month."""

from datetime import date
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.support.at_once import THREADS, at_once

from cityhall.domains.projects import comparing, month_imports, on_site, queries, services, sheets
from cityhall.domains.projects.models import ProgressPhoto, Project
from cityhall.domains.projects.refusals import CannotList
from cityhall.domains.projects.rules import point_of
from cityhall.domains.projects.wiring import may_look
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.engines.files.sheets import write_ods
from cityhall.engines.files.tests.test_store import picture
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.models import MonthReport
from cityhall.engines.outbox.services import drain
from cityhall.foundation.clock import at as instant

from .making import listed, make_city, plan_from, reported, signed_in
from .test_pages import DESK, here, sheet_of, words

SUMMER, TODAY = date(2016, 7, 4), date(2017, 2, 15)


def events(name):
    return Entry.objects.filter(event=name).count()


@pytest.fixture
def city(monkeypatch, settings, tmp_path):
    settings.FILES_DIR = tmp_path
    monkeypatch.setattr("django.utils.timezone.now", lambda: instant(TODAY, 10))
    return make_city()


@pytest.fixture
def library(city):
    """Half a year to December: on time until November, nothing reported of December when it was locked."""
    project = listed(agency=city.works, unit=city.roads, on=SUMMER)
    for n, percent in enumerate((10, 20, 40, 60, 80), 1):
        reported(project, n, percent, date(2016, 7 + n, 5), paid=n * 100)
    return project


class TestDifference:
    @pytest.mark.parametrize(
        ("now", "then", "shown"),
        [(5, 3, "＋2"), (3, 5, "－2"), (3, 3, "0"), (1500, 0, "＋1,500"), (None, 3, "—"), (3, None, "—")],
    )
    def test_is_signed_or_a_dash(self, now, then, shown):
        assert comparing.difference(now, then) == shown


class TestPoint:
    @pytest.mark.parametrize(
        ("given", "point"),
        [
            (["121.3", "24.99"], (121.3, 24.99)), (["24.99", "121.3"], (121.3, 24.99)), (["121.3"], None),
            (["0", "0"], None), (["東", "北"], None), (["nan", "nan"], None),
        ],
    )  # fmt: skip
    def test_is_read_in_either_order(self, given, point):
        assert point_of(given) == point


@pytest.mark.django_db
class TestThePast:
    def test_as_of_the_end_of_2016_stays_the_same_and_both_values_of_a_correction_are_shown(self, city, library):
        browser = signed_in(city.commission)
        addresses = [f"{DESK}{name}.csv?month=2016-12" for name in ("export", "table")]
        before = [sheet_of(browser.get(one)) for one in addresses]
        assert "105年12月的進度沒有在期限內填報" in before[0]

        reported(library, 6, 100, date(2017, 1, 20), paid=600)  # late
        by = city.commission.account
        plans.reopen(
            library.plan, month=date(2016, 11, 1), until=TODAY, reason="誤植", by=by, at=instant(date(2017, 2, 1), 9)
        )
        reported(library, 5, 75, date(2017, 2, 2), paid=500)
        plans.meet(library.plan, code="award", on=date(2016, 7, 31), by=by, at=instant(date(2017, 2, 3), 9))
        later = plan_from(date(2017, 1, 1))
        plans.set_baseline(library.plan, **later, reason="變更設計", by=by, at=instant(date(2017, 2, 4), 9))
        on_site.place(library, points=[(121.3, 24.99)], by=by, at=instant(date(2017, 2, 5), 9))
        asked = services.apply(library, kind="CLOSING", reason="完工", by=by, at=instant(date(2017, 2, 6), 9))
        services.decide(asked, approved=True, remark="", by=by, at=instant(date(2017, 2, 7), 9))

        assert [sheet_of(browser.get(one)) for one in addresses] == before
        assert sheet_of(browser.get(f"{DESK}export.csv")) != before[0]
        page = words(browser.get(here(library)))
        assert "75%鎖定時 80%" in page.replace(" 鎖定", "鎖定")
        assert events("milestones.month_corrected") == 1

    def test_a_month_is_beside_the_one_before_and_the_year_before(self, city, library):
        three = comparing.moments(queries.moment(date(2016, 12, 1), TODAY), TODAY)
        found = queries.positions_at(queries.with_plan(Project.objects.all()), three)

        assert [one.month for one in three] == [date(2016, 12, 1), date(2016, 11, 1), date(2015, 12, 1)]
        actual = comparing.of_project(found)[1]
        assert actual.cells == ("80%", "80%", "0", "—", "—")
        red = next(row for row in comparing.of_portfolio(comparing.apart(found, three)) if row.label == "紅燈")
        assert (red.now, red.month_ago, red.year_ago) == (1, 1, 0)  # the award is two months late
        assert comparing.turned(found) == ([], [])


@pytest.mark.django_db
class TestPages:
    def test_show_the_map_with_a_table_beside(self, city, library):
        plans_by = {"by": city.officer.account, "at": instant(TODAY, 9)}
        with pytest.raises(CannotList, match="找不到"):
            on_site.place(library, points=[], address="沒有這個地方", **plans_by)
        on_site.place(library, points=[(121.30, 24.99), (121.31, 25.0), (121.32, 25.0)], **plans_by)
        listed(agency=city.district, on=SUMMER, name="活動中心")

        page = signed_in(city.commission).get(f"{DESK}map/")

        assert "另有 1 案還沒有登錄位置" in words(page)
        assert "行政區" in words(page)
        library.refresh_from_db()
        assert (library.lon, len(library.line), events("projects.placed")) == (121.31, 3, 1)
        assert "的位置" in signed_in(city.commission).get(here(library)).content.decode()
        assert signed_in(city.officer).post(
            here(library, "record/place/"), {"district": "", "address": "", "points": "121.3\n24.99"}
        ).status_code == 422  # fmt: skip

    def test_draw_each_project_on_a_line_of_days(self, city, library):
        listed(agency=city.district, on=SUMMER, name="活動中心")

        page = signed_in(city.commission).get(f"{DESK}gantt/")

        assert "圖書館" in words(page)
        assert "活動中心" in words(page)
        assert f'href="{here(library)}"' in page.content.decode()
        assert "過了預定的最後一天還沒完成" in page.content.decode()
        assert "80%" in words(page)
        then = words(signed_in(city.commission).get(f"{DESK}gantt/?month=2016-10"))
        assert "105年10月底的情形" in then
        assert "60%" in then
        assert "沒有符合條件的計畫" in words(signed_in(city.commission).get(f"{DESK}gantt/?q=查無"))

    def test_compare_with_last_month_and_last_year(self, city, library):
        page = words(signed_in(city.commission).get(f"{DESK}compare/?month=2016-10"))

        assert "105年10月" in page
        assert "105年9月" in page
        assert "104年10月" in page
        assert "這個月變成紅燈的" in page
        assert "比去年同月" in words(signed_in(city.commission).get(DESK))
        assert "比去年同月" in words(signed_in(city.commission).get(here(library)))

    def test_list_what_is_asked_of_other_agencies(self, city, library):
        asked = plans.ask_coordination(
            library.plan, matter="遷移管線", asked_of=city.district, on=date(2017, 2, 1), by=None, at=instant(TODAY, 9)
        )
        commission, other = signed_in(city.commission), signed_in(city.other)

        assert "遷移管線" in words(commission.get(f"{DESK}requests/"))
        page = other.get(f"{DESK}requests/")  # the agency that is asked sees it, and no project of another agency
        assert "遷移管線" in words(page)
        assert here(library) not in page.content.decode()
        assert "14" in sheet_of(commission.get(f"{DESK}requests.csv")).splitlines()[1]
        plans.settle_coordination(
            library.plan, asked, on=date(2017, 2, 10), how="已遷移", by=None, at=instant(TODAY, 9)
        )
        assert "遷移管線" not in words(commission.get(f"{DESK}requests/"))
        assert "已遷移" in words(commission.get(f"{DESK}requests/?state=settled&agency=taoyuan"))
        assert "遷移管線" not in words(signed_in(city.coordinator).get(f"{DESK}requests/?agency=works"))

    def test_keep_photos_by_month(self, city, library):
        officer = signed_in(city.officer)
        day = {"taken_on_year": "106", "taken_on_month": "1", "taken_on_day": "20", "caption": "基礎完成"}
        photo = picture(gps=True)
        photo.name = "site.jpg"

        page = officer.post(here(library, "photos/"), {**day, "photo": photo}, follow=True)

        assert "106年1月" in words(page)
        row = ProgressPhoto.objects.select_related("file").get()
        assert (round(row.lat or 0, 2), row.taken_on, events("projects.photo_added")) == (24.99, date(2017, 1, 20), 1)
        assert [may_look(who.account, library, None) for who in (city.commission, city.other)] == [True, False]
        for wrong in ({**day, "taken_on_day": "31", "taken_on_month": "12"}, day):
            assert officer.post(here(library, "photos/"), wrong).status_code == 422
        assert signed_in(city.commission).post(here(library, "photos/"), day).status_code in (403, 404)
        assert "基礎完成" in words(signed_in(city.commission).get(here(library)))

    def test_write_contracts_and_their_changes(self, city, library):
        plans.hold_tender(
            library.plan, package="土建", on=SUMMER, result="AWARDED", amount=900, contractor="甲營造", by=None,
            at=instant(TODAY, 9),
        )  # fmt: skip
        browser = signed_in(city.officer)
        day = {"on_year": "106", "on_month": "1", "on_day": "5"}
        due = {"due_on_year": "106", "due_on_month": "9", "due_on_day": "30"}
        signed = browser.post(
            here(library, "record/contract/"), {"package": "土建", "amount": "900", "contractor": "", **day, **due}
        )
        assert signed.status_code == 302
        contract = library.plan.contracts.get()

        browser.post(
            here(library, "record/contract-change/"),
            {"contract": str(contract.reference), "amount": "1,000", "reason": "變更設計", **day, **due},
        )

        page = words(browser.get(here(library)))
        assert "變更設計" in page
        assert "甲營造" in page

    def test_take_a_large_sheet_in_by_a_worker_and_say_how_far(self, city, library, monkeypatch):
        monkeypatch.setattr(month_imports, "FROM_ROWS", 2)
        rows = [
            {"number": library.number, "month": "105/12", "percent": "100", "paid": "600"},
            {"number": library.number, "month": "105/13", "percent": "100"},
            {"number": library.number, "month": "105/11", "percent": "80", "paid": "500"},
            {"number": "M105-999", "month": "105/12", "percent": "1"}, {"number": library.number, "month": "105/10"},
        ]  # fmt: skip
        content = write_ods(
            [str(one.label) for one in sheets.COLUMNS],
            [[row.get(one.key, "") for one in sheets.COLUMNS] for row in rows],
        )
        content.name = "months.ods"
        browser = signed_in(city.coordinator)

        page = browser.post(f"{DESK}months/", {"sheet": content}, follow=True)
        assert "離開也不會中斷" in words(page)
        drain(instant(TODAY, 10))

        address = page.redirect_chain[-1][0]
        shown = words(browser.get(address))
        assert "收了 1 列" in shown
        assert "3 列不能收" in shown
        assert "沒有這個月份" in shown
        assert "已經鎖定" in shown
        assert MonthReport.objects.get(month=date(2016, 12, 1)).percent == 100
        assert signed_in(city.officer).get(address).status_code == 404
        content.seek(0)
        assert browser.post(f"{DESK}months/", {"sheet": content}).url == address  # the same file leads to the same page

    def test_ask_as_often_for_many_as_for_few(self, city, library):
        browser = signed_in(city.commission)

        def asked():
            browser.get(DESK)
            found = []
            for address in (DESK, f"{DESK}map/", f"{DESK}gantt/", f"{DESK}compare/"):
                with CaptureQueriesContext(connection) as queries_of:
                    browser.get(address)
                found.append(len(queries_of))
            return found

        few = asked()
        for _n in range(6):
            listed(agency=city.works, on=SUMMER)

        assert asked() == few


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_sixteen_proposals_have_numbers_without_a_gap(self):
        agency = make_agency("works")
        propose = partial(
            services.propose, name="圖書館", agency=agency, works=True, total_budget=50_000_000, year=2016
        )

        done = at_once([partial(propose, **plan_from(SUMMER), by=None, at=instant(SUMMER, 9)) for _n in range(THREADS)])

        assert all(isinstance(one, Project) for one in done), done
        assert sorted(Project.objects.values_list("number", flat=True)) == [f"M105-{n:03}" for n in range(1, 17)]

    def test_a_month_that_is_sent_twice_is_written_once(self, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: instant(date(2016, 8, 10), 23, 59))
        city = make_city()
        project = listed(agency=city.works, unit=city.roads, on=SUMMER)
        address = here(project, "months/2016-07/")
        given = {"percent": "10", "paid": "5", "reason": "", "measure": "", "help_needed": "", "seen": "0", "idempotency_key": "3f0e5a2c-1111-4222-8333-444455556666"}  # fmt: skip

        done = at_once([partial(signed_in(city.officer).post, address, given) for _n in range(2)])

        assert {one.status_code for one in done} <= {302, 409, 422}, done
        assert MonthReport.objects.count() == 1
