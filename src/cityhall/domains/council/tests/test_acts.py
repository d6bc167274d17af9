"""Listing by hand and by sheet, sessions, councillors, joint inspections: results, refusals, the trail."""

import io
from datetime import date, timedelta

import pytest

from cityhall.domains.council import services, sheets
from cityhall.domains.council.models import CouncilItem, Councillor, InspectionMonth
from cityhall.domains.council.refusals import CannotList
from cityhall.engines.audit.models import Entry
from cityhall.engines.files import imports
from cityhall.engines.outbox.services import drain
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant

from .city import NINE, TODAY, inspected, listed, make_city

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_city()


class TestListing:
    def test_makes_one_record_with_its_listed_item(self, city):
        item = listed(city, askers=[city.chen, city.lin, city.chen], co=[city.police], district="桃園區")

        assert item.tracked.number == "C115-0001"
        assert set(item.askers.all()) == {city.chen, city.lin}
        assert Todo.objects.open().filter(kind="tracking.answer").count() == 2
        assert Entry.objects.filter(event="council.listed").count() == 1

    @pytest.mark.parametrize("wrong", [{"kind": "質問"}, {"raised_on": TODAY + timedelta(days=1)}])
    def test_refuses_an_unknown_kind_and_a_day_ahead(self, city, wrong):
        with pytest.raises(CannotList):
            listed(city, **wrong)


class TestSheet:
    HEAD = "案件類別,案由,質詢或議決日,主辦機關,協辦機關,議員,會期,函復期限\n"

    def test_lists_good_rows_once_and_explains_the_others(self, city, settings, tmp_path):
        settings.FILES_DIR = tmp_path
        lines = [
            "總質詢,路燈不亮,115/11/10,works,police,陳示範、林示範,第4屆第4次定期會,",
            "質問,,115/11/10,works,,,,",
            "總質詢,下水道,115/11/30,water,works,王大明,第9屆第1次定期會,115/11/01",
            "總質詢,重複,115/11/10,works,works,,,",
            "總質詢,路燈不亮,115/11/10,works,police,陳示範、林示範,第4屆第4次定期會,",
        ]
        given = {"options": {}, "by": city.commission.account, "at": NINE}
        job = imports.upload(sheets.CODE, io.BytesIO((self.HEAD + "\n".join(lines)).encode()), name="a.csv", **given)
        drain(NINE, until=NINE)
        job.refresh_from_db()

        assert (job.state, job.good, job.refused) == ("READY", 1, 4)
        kind = imports.kinds[sheets.CODE]
        said = {row.number: "".join(imports.reasons(row, kind, "zh-hant")) for row in job.rows.all()}
        assert all(word in said[4] for word in ("還沒到", "沒有這個機關", "沒有這位議員", "沒有這個會期", "今天之後"))
        assert "只能有一種分工" in said[5]
        assert "同一件" in said[6]
        imports.start(job, by=city.commission.account, at=NINE)
        drain(NINE, until=NINE)
        assert CouncilItem.objects.get().askers.count() == 2
        assert Entry.objects.filter(event="council.imported").count() == 1
        second = imports.upload(sheets.CODE, io.BytesIO((self.HEAD + lines[0]).encode()), name="b.csv", **given)
        drain(NINE, until=NINE)
        second.refresh_from_db()
        assert second.same == 1
        with pytest.raises(imports.CannotImport):
            imports.undo(imports.SheetImport.objects.get(pk=job.pk), reason="x", by=city.commission.account, at=NINE)


class TestCouncillors:
    def test_leave_once_and_not_before_they_came(self, city):
        with pytest.raises(CannotList):
            services.end_office(city.chen, ends_on=date(2014, 1, 1), by=None, at=NINE)
        services.end_office(city.chen, ends_on=TODAY, by=None, at=NINE)
        with pytest.raises(CannotList):
            services.end_office(city.chen, ends_on=TODAY, by=None, at=NINE)

        assert set(Councillor.objects.as_of(TODAY + timedelta(days=1))) == {city.lin}

    def test_and_sessions_are_entered_once(self, city):
        with pytest.raises(CannotList):
            services.add_councillor(
                name="陳示範", party="大地黨", constituency="第1選區", starts_on=TODAY, by=None, at=NINE
            )
        with pytest.raises(CannotList):
            services.add_session(term=4, kind="REGULAR", n=4, starts_on=TODAY, ends_on=TODAY, by=None, at=NINE)


class TestInspections:
    def test_are_registered_and_withdrawn(self, city):
        row = inspected(city)

        services.withdraw_inspection(row, why="重複登錄", by=None, at=NINE)

        assert Entry.objects.filter(event__startswith="council.inspection").count() == 2
        with pytest.raises(CannotList):
            services.withdraw_inspection(row, why="再一次", by=None, at=NINE)

    def test_ahead_or_without_a_councillor_are_refused(self, city):
        with pytest.raises(CannotList):
            inspected(city, TODAY + timedelta(days=1), at=NINE)
        with pytest.raises(CannotList):
            services.register_inspection(
                agency=city.works, held_on=TODAY, matter="無議員", place="某處", councillors=[], by=None, at=NINE
            )

    def test_of_district_offices_are_taken_from_their_day_on(self, city):
        with pytest.raises(CannotList):
            inspected(city, date(2016, 12, 31), agency=city.district)
        assert inspected(city, date(2017, 1, 1), agency=city.district).district_office


class TestMonth:
    def test_is_asked_for_until_it_is_reported(self, city):
        october, second = date(2026, 10, 1), instant(date(2026, 11, 2), 7)
        inspected(city, date(2026, 10, 20))

        assert services.ask_for_month(second) == 4
        assert services.report_month(city.works, october, by=None, at=second).held == 1
        assert services.report_month(city.district, october, by=None, at=second).said == "沒有會勘"
        assert services.ask_for_month(second) == 2
        assert services.ask_for_month(NINE) == 0
        assert Todo.objects.open().filter(kind="council.month", agency=city.works).count() == 0
        with pytest.raises(CannotList):
            services.report_month(city.works, october, by=None, at=second)
        with pytest.raises(CannotList):
            services.report_month(city.works, date(2026, 11, 1), by=None, at=second)
        assert InspectionMonth.objects.count() == 2

    def test_of_2016_is_not_asked_of_district_offices(self, city):
        assert services.ask_for_month(instant(date(2016, 12, 5), 7)) == 3
        assert services.ask_for_month(instant(date(2017, 2, 6), 7)) == 4
