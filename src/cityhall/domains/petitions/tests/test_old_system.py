"""Petitions of an old system: as they ended there, with their numbers; nothing is done anew."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cityhall.domains.petitions.models import ImportedPetition, Petition
from cityhall.domains.petitions.services import handling
from cityhall.domains.petitions.states import CategorySource
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.models import Case, Event
from cityhall.engines.cases.states import Status
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.files import imports
from cityhall.engines.files.models import ImportState, SheetImport
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox.services import drain
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of

from .city import NINE, City, make_city, signed_in

pytestmark = pytest.mark.django_db
HEAD = "舊案號,陳情日期,管道,姓名,電子郵件,陳情內容,類別,主辦機關,派案日期,回復日期,回復內容,結案日期,滿意度"
CLOSED = "OLD-1,106/3/20,1999 專線,陳小美,citizen@mail.example,路燈不亮,路燈故障,養護工程處,106/3/21,106/3/27,已修復,1060411,5"
OPEN = "OLD-2,115/11/9,,林大同,,公園落葉沒人掃,公園清潔,works,115/11/10,,,,"
AT_DESK = "OLD-3,115/11/9,,林大同,,不知道找誰,,,,,,,"


@pytest.fixture
def city(settings, tmp_path, monkeypatch) -> City:
    settings.FILES_DIR = tmp_path
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return make_city()


def upload(city: City, *rows: str) -> SheetImport:
    job = imports.upload(
        "petitions.old_system", io.BytesIO("\n".join((HEAD, *rows)).encode()), name="old.csv",
        options={"system": "舊系統"}, by=city.commission.account, at=NINE,
    )  # fmt: skip
    return go_on(job)


def go_on(job: SheetImport) -> SheetImport:
    drain(NINE, until=NINE)
    job.refresh_from_db()
    return job


def take(city: City, job: SheetImport) -> SheetImport:
    return go_on(imports.start(job, by=city.commission.account, at=NINE))


def why(job: SheetImport) -> str:
    return "\n".join(imports.reasons(job.rows.get(), imports.kinds[job.kind], "zh-hant"))


class TestEnded:
    def test_enters_as_it_ended_with_its_dates(self, city):
        job = take(city, upload(city, CLOSED))

        petition = Petition.objects.select_related("case__agency", "category").get()
        case = petition.case
        assert (job.state, job.taken) == (ImportState.DONE, 1)
        assert (case.status, case.agency, petition.category) == (Status.CLOSED, city.works, city.street_light)
        assert (case.number, case.opened_on) == ("106-0320-0001", date(2017, 3, 20))
        assert petition.category_source == CategorySource.MIGRATED
        assert (case.replies.get().text, case.ratings.get().score) == ("已修復", 5)
        events = {event.type: day_of(event.at) for event in case.events.all()}
        assert events == {
            "received": date(2017, 3, 20), "confirmed": date(2017, 3, 20), "dispatched": date(2017, 3, 21),
            "replied": date(2017, 3, 27), "closed": date(2017, 4, 11), "migrated": day_of(NINE),
        }  # fmt: skip
        assert all(event.payload.get("migrated") for event in case.events.exclude(type="migrated"))

    def test_sends_no_letter_and_starts_no_clock(self, city):
        take(city, upload(city, CLOSED))

        assert not Letter.objects.exists()
        assert not Clock.objects.exists()
        assert not Todo.objects.filter(closed_at=None).exists()

    def test_past_days_know_it(self, city):
        take(city, upload(city, CLOSED))

        assert Case.objects.as_of(date(2017, 3, 24)).get().status_then == Status.ASSIGNED

    def test_is_found_by_its_old_number_and_says_so(self, city):
        take(city, upload(city, CLOSED))
        desk = signed_in(city.commission)
        case = Case.objects.get()

        assert case.number in desk.get(reverse("petitions:list"), {"q": "OLD-1"}).content.decode()
        page = desk.get(reverse("petitions:record", args=[case.reference]), {"tab": "timeline"}).content.decode()
        assert "OLD-1" in page
        assert "舊系統的紀錄" in page

    def test_the_trail_says_who_brought_which_file(self, city):
        job = take(city, upload(city, CLOSED))

        entry = Entry.objects.get(event="files.import_confirmed")
        assert (entry.actor, job.digest in entry.payload) == (str(city.commission.account.pk), True)
        assert Entry.objects.filter(event="petition.migrated").count() == 1


class TestOpen:
    def test_goes_on_at_its_agency_with_the_limit_from_its_filing(self, city):
        take(city, upload(city, OPEN))

        case = Case.objects.get()
        clock = Clock.objects.get()
        assert (case.status, day_of(clock.started_at)) == (Status.ASSIGNED, date(2026, 11, 9))
        assert Todo.objects.get(closed_at=None).kind == "petition.assign"
        handling.assign(
            Petition.objects.select_related("case").get(), unit=None, officer=city.officer,
            by=city.coordinator.account, at=NINE,
        )  # fmt: skip

    def test_without_an_agency_waits_at_the_desk(self, city):
        take(city, upload(city, AT_DESK))

        assert Case.objects.get().status == Status.DISPATCHING
        assert Todo.objects.get(closed_at=None).kind == "petition.dispatch"


class TestChecks:
    @pytest.mark.parametrize(
        ("row", "said"),
        [
            (CLOSED.replace("106/3/27", "106/3/19"), "還早"),
            (CLOSED.replace("1060411", "117/1/1"), "在未來"),
            (CLOSED.replace("106/3/27", ""), "沒有回復日期"),
            (CLOSED.replace(",5", ",6"), "1 到 5"),
            (CLOSED.replace("養護工程處", "工務局"), "對照名稱"),
            (CLOSED.replace("1999 專線", "飛鴿"), "只能填"),
        ],
    )
    def test_refuses_with_the_reason(self, city, row, said):
        job = upload(city, row)

        assert job.refused == 1
        assert said in why(job)

    def test_unknown_names_are_matched_on_a_page(self, city):
        job = upload(city, CLOSED.replace("養護工程處", "工務局"))
        address = reverse("petitions:import_names", args=[job.reference])
        desk = signed_in(city.commission)
        assert "工務局" in desk.get(address).content.decode()

        assert desk.post(address, {"agency_0": "works"}).status_code == 302
        job = take(city, go_on(job))

        assert Case.objects.get().agency == city.works

    def test_the_same_old_number_comes_in_once(self, city):
        take(city, upload(city, CLOSED))

        again = upload(city, CLOSED.replace("陳小美", "陳大美"))

        assert (again.same, again.good) == (1, 0)
        assert "106-0320-0001" in why(again)


class TestMany:
    def test_a_block_asks_the_same_whatever_its_file_holds(self, city):
        counts = []
        for most in (250, 300, 10_000):  # the first reads what a process keeps
            job = upload(city, *(CLOSED.replace("OLD-1", f"{most}-{n}") for n in range(most)))
            imports.start(job, by=city.commission.account, at=NINE)
            with CaptureQueriesContext(connection) as asked:
                imports.carry_on({"job": job.pk, "state": "TAKING", "turn": 0, "position": 0}, at=NINE)
            counts.append(len(asked))

        assert counts[1] == counts[2]
        assert len({case.number for case in Case.objects.all()}) == Petition.objects.count()


class TestTakingBack:
    def test_removes_what_came_in_as_if_it_had_never_come(self, city):
        job = take(city, upload(city, CLOSED, OPEN))

        imports.undo(job, reason="檔案錯了", by=city.commission.account, at=NINE)
        job = go_on(job)

        assert (job.state, job.undone) == (ImportState.UNDONE, 2)
        for model in (Case, Petition, Event, ImportedPetition, Clock):
            assert not model._default_manager.exists()
        assert take(city, upload(city, CLOSED, OPEN)).taken == 2
