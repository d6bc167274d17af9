"""Sheets of the directory: out, in again, and what is refused at which cell."""

import io
from datetime import date, datetime, timedelta

import pytest

from cityhall.engines.audit.models import Entry
from cityhall.engines.directory import exchange, queries
from cityhall.engines.directory.models import Agency, Appointment, ApprovalLevel, DutyShift, Import, Person, Unit
from cityhall.engines.directory.states import Role
from cityhall.engines.files import sheets
from cityhall.engines.outbox.services import drain
from cityhall.foundation.clock import TAIPEI

from .factories import make_agency, make_person, make_unit

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 3, 20, 9, 0, tzinfo=TAIPEI)
TODAY = date(2017, 3, 20)


def admin():
    return make_person(make_agency("information"), role=Role.ADMIN).account


def take_in(kind: str, text: str | bytes, by=None) -> Import:
    """Upload, start, and let the worker work."""
    content = text if isinstance(text, bytes) else text.encode()
    job = exchange.upload(kind=kind, file_name="a.csv", content=io.BytesIO(content), by=by or admin(), at=NOW)
    exchange.start(job, by=job.uploaded_by, at=NOW)
    drain(NOW, until=NOW + timedelta(hours=1))
    job.refresh_from_db()
    return job


def counts(job: Import) -> tuple[int, int, int, int]:
    return job.created, job.changed, job.unchanged, len(job.refused)


class TestImport:
    def test_agencies_units_and_people_become_records(self):
        by = admin()
        first = take_in("agencies", "code,kind,name,short_name,parent\nworks,一級機關,工務局,工務局,\n"
                        "lights,SECOND_LEVEL,養護工程處,養工處,works\n", by)  # fmt: skip
        second = take_in("units", "機關代碼,單位代碼,單位名稱,上級單位代碼\nlights,a,養護組,\nlights,b,路燈科,a\n", by)
        third = take_in(
            "people",
            "員工代碼,姓名,職稱,機關代碼,單位代碼,角色,到任日\n"
            "e1,王小明,科長,lights,b,單位主管,106/1/1\n"
            "e1,王小明,科長,lights,b,研考窗口,106/1/1\n",
            by,
        )

        assert [counts(job) for job in (first, second, third)] == [(2, 0, 0, 0), (2, 0, 0, 0), (1, 1, 0, 0)]
        assert Agency.objects.get(code="lights").parent.code == "works"
        assert Unit.objects.get(code="b").parent.code == "a"
        assert {row.role for row in Appointment.objects.filter(person__code="e1")} == {"UNIT_HEAD", "COORDINATOR"}
        assert bytes(Import.objects.get(pk=third.pk).content) == b""

    def test_the_same_sheet_again_changes_nothing(self):
        by = admin()
        text = "code,kind,name,short_name\nworks,一級機關,工務局,工務局\n"
        take_in("agencies", text, by)

        assert counts(take_in("agencies", text, by)) == (0, 0, 1, 0)
        assert counts(take_in("agencies", text.replace("工務局,工務局", "工務局,工務"), by)) == (0, 1, 0, 0)

    def test_every_refused_cell_is_named_and_the_rest_is_taken_in(self):
        by = admin()
        agency = make_agency("works")
        make_unit(agency, "a")
        text = (
            "員工代碼,姓名,機關代碼,單位代碼,角色,電子郵件\n"
            "e1,王一,works,a,承辦人,\n"
            "e2,王二,works,z,承辦人,\n"
            "e3,王三,nowhere,,承辦人,\n"
            "e4,王四,works,,皇帝,\n"
            ",王五,works,,承辦人,\n"
            "e6,王六,works,,單位主管,\n"
        )

        job = take_in("people", text, by)

        assert job.created == 1
        assert [(cell["row"], cell["column"]) for cell in job.refused] == [
            (5, "角色"),
            (6, "員工代碼"),
            (3, "單位代碼"),
            (4, "機關代碼"),
            (7, "員工代碼"),
        ]
        assert "單位主管必須屬於一個單位" in job.refused[-1]["why"]

    def test_many_rows_are_taken_in_chunk_by_chunk(self, monkeypatch):
        monkeypatch.setattr(exchange, "CHUNK", 3)
        make_agency("works")
        rows = "".join(f"works,u{number},第{number}科\n" for number in range(8))

        job = take_in("units", f"機關代碼,單位代碼,單位名稱\n{rows}")

        assert (job.done, job.created) == (8, 8)
        assert job.finished_at is not None
        assert Entry.objects.filter(event="directory.unit.added").count() == 8

    def test_a_coordinator_takes_in_only_their_own_agency_and_gives_only_its_roles(self):
        mine = make_agency("mine")
        make_agency("theirs")
        by = make_person(mine, role=Role.COORDINATOR).account
        stranger = make_person(make_agency("third"))
        text = (
            "員工代碼,姓名,機關代碼,角色\n"
            "e1,王一,mine,承辦人\ne2,王二,theirs,承辦人\ne3,王三,mine,系統管理員\n"
            f"{stranger.code},改名,mine,承辦人\n"
        )

        job = take_in("people", text, by)

        assert job.created == 1
        assert [cell["row"] for cell in job.refused] == [3, 4, 5]
        assert Person.objects.get(pk=stranger.pk).name != "改名"

    def test_a_roster_comes_from_a_sheet(self):
        agency = make_agency("works")
        person = make_person(agency)
        text = (
            "機關代碼,開始時間,結束時間,員工代碼,值班電話\n"
            f"works,106/3/20 17:30,106/3/21 08:00,{person.code},0900-000-001\n"
            f"works,106/3/21 07:00,106/3/22 08:00,{person.code},\n"
            f"works,106/3/22 17:30,106/3/23,{person.code},\n"
        )

        job = take_in("duty", text)

        assert queries.shift_at(agency, datetime(2017, 3, 20, 23, tzinfo=TAIPEI)).phone == "0900-000-001"
        assert DutyShift.objects.count() == 1
        assert [(cell["row"], cell["column"]) for cell in job.refused] == [(4, "結束時間"), (3, "機關代碼")]

    def test_headings_in_english_are_understood_by_a_worker_that_thinks_in_chinese(self):
        make_agency("works")

        assert counts(take_in("units", "agency,code,name\nworks,a,A\n")) == (1, 0, 0, 0)

    @pytest.mark.parametrize("content", [b"code,kind,name,short_name\n", b"x" * 100])
    def test_a_sheet_without_rows_or_headings_is_refused(self, content):
        with pytest.raises((exchange.CannotImport, sheets.CannotReadSheet)):
            exchange.upload(kind="agencies", file_name="a.csv", content=io.BytesIO(content), by=admin(), at=NOW)

    def test_starting_twice_is_starting_once(self):
        job = exchange.upload(
            kind="agencies",
            file_name="a.csv",
            content=io.BytesIO("code,kind,name,short_name\nworks,一級機關,工務局,工務局\n".encode()),
            by=admin(),
            at=NOW,
        )
        for _ in range(2):
            exchange.start(job, by=job.uploaded_by, at=NOW)
        drain(NOW)

        job.refresh_from_db()
        assert job.created == 1
        assert Entry.objects.filter(event="directory.imported").count() == 1


class TestExport:
    def test_what_goes_out_comes_in_again_unchanged(self):
        by = admin()
        agency = make_agency("works", opened_on=date(2014, 12, 25))
        make_agency("lights", parent=agency, kind="SECOND_LEVEL")
        unit = make_unit(agency, "a", phone="03-0000-0000")
        make_unit(agency, "b", parent=unit)
        person = make_person(agency, unit, title="科長", extension="12")
        DutyShift.objects.create(agency=agency, person=person, starts_at=NOW, ends_at=NOW + timedelta(hours=15))
        ApprovalLevel.objects.create(agency=agency, stage="stage1", role=Role.UNIT_HEAD, valid_from=TODAY)

        pages = exchange.write_out(list(exchange.KINDS), day=TODAY, account=by, at=NOW)
        book = sheets.write_ods_book(pages).read()

        for key, page in zip(exchange.KINDS, pages, strict=True):
            if not page.rows:
                continue
            job = take_in(key, book, by)
            assert (job.created, job.changed, job.refused) == (0, 0, []), key
            assert job.unchanged == len(page.rows)
        assert Entry.objects.filter(event="directory.exported").count() == 1

    def test_a_coordinator_gets_their_own_agency(self):
        mine = make_agency("mine")
        make_unit(make_agency("theirs"), "a")
        make_unit(mine, "b")
        by = make_person(mine, role=Role.COORDINATOR).account

        agencies, units = exchange.write_out(["agencies", "units"], day=TODAY, account=by, at=NOW)

        assert [row[0] for row in agencies.rows] == ["mine"]
        assert [row[:2] for row in units.rows] == [("mine", "b")]
