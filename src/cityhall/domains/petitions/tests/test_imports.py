"""Petitions by file: what a sheet may be, what is refused and why, what comes in, once whatever breaks, and back."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cityhall.domains.petitions.models import Forwarder, ImportedPetition, Petition
from cityhall.domains.petitions.services import handling, mail
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.engines.files import imports, sheets
from cityhall.engines.files import queries as stored
from cityhall.engines.files.imports import CannotImport, KnownFile
from cityhall.engines.files.models import ImportRow, ImportState, RowState, SheetImport
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.services import drain
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of

from .citizen import photo
from .city import NINE, City, make_city, signed_in

pytestmark = pytest.mark.django_db
HEAD = ["轉來案號", "收文日", "限辦日", "姓名", "電子郵件", "陳情內容", "地點", "附件檔名"]
GOOD = ["院臺1", "115/11/12", "115/11/30", "陳小美", "citizen@mail.example", "中山路 200 號前路燈不亮三天了", "", ""]
CENTRAL = "petitions.central"


@pytest.fixture
def city(settings, tmp_path, monkeypatch) -> City:
    settings.FILES_DIR = tmp_path
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return make_city()


@pytest.fixture
def ministry(city) -> Forwarder:
    return mail.keep_forwarder(
        None, address="petition@ministry.example", agency=city.outside, working_days=5, answer_to="", ended_on=None,
        by=city.dispatcher.account, at=NINE,
    )  # fmt: skip


def text_of(*rows: list[str], head: list[str] = HEAD) -> str:
    return "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in (head, *rows)) + "\r\n"


def upload(
    city: City, forwarder: Forwarder, content: bytes, *, archive: bytes = b"", name: str = "a.csv"
) -> SheetImport:
    job = imports.upload(
        CENTRAL, io.BytesIO(content), name=name, archive=io.BytesIO(archive) if archive else None,
        options={"forwarder": forwarder.pk}, by=city.dispatcher.account, at=NINE,
    )  # fmt: skip
    return go_on(job)


def go_on(job: SheetImport) -> SheetImport:
    drain(NINE, until=NINE)
    job.refresh_from_db()
    return job


def take(city: City, job: SheetImport) -> SheetImport:
    return go_on(imports.start(job, by=city.dispatcher.account, at=NINE))


def why(job: SheetImport, number: int, language: str = "zh-hant") -> str:
    return "\n".join(imports.reasons(job.rows.get(number=number), imports.kinds[job.kind], language))


def row(**changes: str) -> list[str]:
    return [changes.get(name, cell) for name, cell in zip(HEAD, GOOD, strict=True)]


class TestReading:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp950"])
    def test_reads_csv_in_the_encodings_of_offices(self, city, ministry, encoding):
        job = upload(city, ministry, text_of(GOOD).encode(encoding))

        assert (job.state, job.good, job.refused) == (ImportState.READY, 1, 0), [r.problems for r in job.rows.all()]

    @pytest.mark.parametrize("write", [sheets.write_ods, sheets.write_xlsx])
    def test_reads_books(self, city, ministry, write):
        job = upload(city, ministry, write(HEAD, [GOOD]).read(), name="a.ods")

        assert (job.state, job.good) == (ImportState.READY, 1)

    def test_finds_headings_below_a_title_and_leaves_empty_lines_out(self, city, ministry):
        job = upload(city, ministry, ("行政院轉來清冊\r\n\r\n" + text_of(GOOD) + ",,,\r\n\r\n").encode())

        assert (job.state, job.total, job.good) == (ImportState.READY, 1, 1)
        assert job.rows.get().number == 4

    @pytest.mark.parametrize(
        "cell", ["106/3/20", "1060320", "１０６／３／２０", "2017-03-20"],
    )  # fmt: skip
    def test_reads_days_as_people_write_them(self, city, ministry, cell):
        job = upload(city, ministry, text_of(row(收文日=cell, 限辦日="")).encode())

        reading = imports.read_row(job, imports.kinds[CENTRAL], job.rows.get())
        assert reading.values["received_on"] == date(2017, 3, 20)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "空的"),
            (HEAD[0].encode(), "空的"),
            (b'a,b\n"x', "引號"),
            (b"PK\x03\x04 broken", "損壞"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", ".xls"),
        ],
    )
    def test_says_why_a_file_cannot_be_read(self, city, ministry, content, said):
        job = upload(city, ministry, content)

        assert job.state == ImportState.UNREADABLE
        assert said in job.why["zh-hant"]
        assert job.why["en"] != job.why["zh-hant"]
        assert Todo.objects.filter(kind="petition.import", closed_at=None).exists()

    def test_refuses_macros(self, city, ministry):
        book = io.BytesIO(sheets.write_ods(HEAD, [GOOD]).read())
        with zipfile.ZipFile(book, "a") as archive:
            archive.writestr("Basic/Standard/Module1.xml", "<x/>")

        job = upload(city, ministry, book.getvalue())

        assert "巨集" in job.why["zh-hant"]

    def test_refuses_rows_repeated_without_end(self, city, ministry, monkeypatch):
        monkeypatch.setattr(imports, "MOST_ROWS", 3000)
        book = zipfile.ZipFile(io.BytesIO(sheets.write_ods(HEAD, [GOOD]).read()))
        content = book.read("content.xml").replace(
            b"</table:table-header-rows><table:table-row>",
            b'</table:table-header-rows><table:table-row table:number-rows-repeated="199999">',
        )
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("content.xml", content)

        job = upload(city, ministry, bomb.getvalue())

        assert job.state == ImportState.UNREADABLE
        assert "3000" in job.why["zh-hant"]
        assert not job.rows.exists()

    def test_refuses_a_zip_bomb(self, city, ministry):
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("content.xml", b" " * (sheets.MOST_UNPACKED + 1))

        assert "解壓縮後太大" in upload(city, ministry, bomb.getvalue()).why["zh-hant"]

    def test_says_plainly_that_a_file_came_before(self, city, ministry):
        upload(city, ministry, text_of(GOOD).encode())

        with pytest.raises(KnownFile):
            upload(city, ministry, text_of(GOOD).encode())


class TestColumns:
    def test_asks_for_columns_that_it_does_not_know(self, city, ministry):
        head = ["編號", *HEAD[1:]]
        job = upload(city, ministry, text_of(GOOD, head=head).encode())
        assert job.state == ImportState.MAPPING

        page = signed_in(city.dispatcher).post(
            reverse("petitions:import_columns", args=[job.reference]),
            {"column_0": "number", **{f"column_{n}": key for n, key in enumerate(job.mapping) if key}},
        )

        assert page.status_code == 302
        assert (go_on(job).state, job.good) == (ImportState.READY, 1)

    def test_a_column_is_used_once_and_needed_ones_are_not_left_out(self, city, ministry):
        job = upload(city, ministry, text_of(GOOD).encode())

        for mapping in (["number"] * 8, [""] * 8):
            with pytest.raises(CannotImport):
                imports.use(job, mapping=mapping, by=city.dispatcher.account, at=NINE)


class TestTrying:
    def test_names_line_column_and_reason_in_the_readers_language(self, city, ministry):
        job = upload(city, ministry, text_of(GOOD, row(轉來案號="院臺2", 收文日="115/13/1")).encode())

        assert (job.good, job.refused) == (1, 1)
        assert why(job, 3).startswith("收文日：")
        assert "date" in why(job, 3, "en")

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"轉來案號": ""}, "必須填寫"),
            ({"陳情內容": ""}, "必須填寫"),
            ({"電子郵件": ""}, "至少要有一種"),
            ({"電子郵件": "x"}, "不是電子郵件"),
            ({"收文日": "116/1/1"}, "在未來"),
            ({"限辦日": "115/11/1"}, "之前"),
            ({"陳情內容": "長" * 4001}, "太長"),
            ({"附件檔名": "沒有.jpg"}, "壓縮檔裡沒有"),
        ],
    )
    def test_refuses_with_the_reason(self, city, ministry, changes, said):
        job = upload(city, ministry, text_of(row(**changes)).encode())

        assert job.refused == 1
        assert said in why(job, 2)

    def test_the_second_of_two_in_one_sheet_is_told_where_the_first_stands(self, city, ministry):
        job = upload(city, ministry, text_of(GOOD, GOOD).encode())

        assert (job.good, job.refused) == (1, 1)
        assert "第 2 列" in why(job, 3)

    def test_a_day_that_has_passed_is_a_warning(self, city, ministry):
        job = upload(city, ministry, text_of(row(收文日="115/11/2", 限辦日="115/11/10")).encode())

        assert (job.warned, job.refused) == (1, 0)

    def test_nothing_is_brought_in_before_somebody_says_so(self, city, ministry):
        upload(city, ministry, text_of(GOOD).encode())

        assert not Petition.objects.exists()
        assert Todo.objects.filter(kind="petition.import", closed_at=None).count() == 1

    def test_what_was_refused_comes_back_as_the_same_sheet_and_can_be_mended(self, city, ministry):
        job = upload(city, ministry, text_of(row(收文日="x", 姓名="=1+1"), row(轉來案號="院臺2")).encode())
        address = reverse("petitions:import_rows", args=[job.reference, "csv"])

        answer = b"".join(signed_in(city.dispatcher).get(f"{address}?rows=refused").streaming_content).decode(
            "utf-8-sig"
        )

        assert "收文日：" in answer
        assert "'=1+1" in answer
        mended = upload(city, ministry, answer.replace(",x,", ",115/11/12,").encode(), name="b.csv")
        assert (mended.state, mended.good, mended.refused) == (ImportState.READY, 1, 0)


class TestTakingIn:
    def test_a_row_is_a_case_with_the_clock_of_whoever_passed_it_on(self, city, ministry):
        job = take(city, upload(city, ministry, text_of(GOOD).encode()))

        petition = Petition.objects.select_related("case__requester").get()
        case, referral = petition.case, petition.referrals.get()
        assert (job.state, job.taken) == (ImportState.DONE, 1)
        assert (case.channel, case.requester.email) == (Channel.FORWARDED, "citizen@mail.example")
        assert case.number
        assert (case.status, case.agency) == (Status.ASSIGNED, city.works)
        assert (referral.document_number, referral.answer_to) == ("院臺1", "petition@ministry.example")
        clock = deadline_queries.running(referral, "referral")
        assert day_of(clock.due_at) == date(2026, 11, 30)
        assert Letter.objects.filter(template="petitions.opened").count() == 1
        events = set(Entry.objects.values_list("event", flat=True))
        assert {"files.import_uploaded", "files.import_confirmed", "files.import_done"} <= events
        assert not Todo.objects.filter(kind="petition.import", closed_at=None).exists()

    def test_attachments_come_from_the_archive_beside_it(self, city, ministry):
        beside = io.BytesIO()
        with zipfile.ZipFile(beside, "w") as archive:
            archive.writestr("附件/現場.jpg", photo().read())

        job = upload(city, ministry, text_of(row(附件檔名="現場.jpg")).encode(), archive=beside.getvalue())
        take(city, job)

        assert stored.of(Petition.objects.get().case).count() == 1
        assert not bytes(SheetImport.objects.get().archive)

    def test_the_same_number_comes_in_once(self, city, ministry):
        take(city, upload(city, ministry, text_of(GOOD).encode()))

        again = upload(city, ministry, text_of(GOOD, row(轉來案號="院臺2")).encode(), name="b.csv")

        assert (again.same, again.good) == (1, 1)
        assert Petition.objects.get().case.number in why(again, 2)
        take(city, again)
        assert Petition.objects.count() == 2

    def test_two_files_with_one_number_that_were_tried_before_either_came_in(self, city, ministry):
        first = upload(city, ministry, text_of(GOOD).encode())
        second = upload(city, ministry, text_of(row(姓名="林大同")).encode(), name="b.csv")

        take(city, first)
        second = take(city, second)

        assert (second.state, second.taken, second.same) == (ImportState.DONE, 0, 1)
        assert Petition.objects.count() == 1

    def test_a_block_that_is_done_is_not_done_again(self, city, ministry):
        job = upload(city, ministry, text_of(GOOD, row(轉來案號="院臺2")).encode())
        imports.start(job, by=city.dispatcher.account, at=NINE)
        promise = Promise.objects.get(kind=imports.KEEPS, payload__state="TAKING")

        imports.carry_on(promise.payload, at=NINE)
        imports.carry_on(promise.payload, at=NINE)  # the worker died after its commit: the promise is kept again
        job = go_on(job)

        assert (job.taken, Petition.objects.count()) == (2, 2)

    def test_a_worker_that_dies_within_a_block_leaves_nothing_of_it(self, city, ministry, monkeypatch):
        job = upload(city, ministry, text_of(GOOD, row(轉來案號="院臺2")).encode())
        imports.start(job, by=city.dispatcher.account, at=NINE)
        promise = Promise.objects.get(kind=imports.KEEPS, payload__state="TAKING")
        with monkeypatch.context() as broken:
            broken.setattr(imports, "_step", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                imports.carry_on(promise.payload, at=NINE)
        assert not Petition.objects.exists()

        assert go_on(job).taken == 2

    def test_a_block_asks_the_same_whatever_its_file_holds(self, city, ministry):
        counts = []
        for most in (500, 10_000):
            rows = [row(轉來案號=f"{most}-{n}") for n in range(most)]
            job = imports.upload(
                CENTRAL, io.BytesIO(text_of(*rows).encode()), name="a.csv", options={"forwarder": ministry.pk},
                by=city.dispatcher.account, at=NINE,
            )  # fmt: skip
            imports.carry_on({"job": job.pk, "state": "READING", "turn": 0, "position": 0}, at=NINE)
            with CaptureQueriesContext(connection) as asked:
                imports.carry_on({"job": job.pk, "state": "CHECKING", "turn": 0, "position": 0}, at=NINE)
            counts.append(len(asked))

        assert counts[0] == counts[1]


class TestTakingBack:
    def test_the_whole_import_is_taken_back_and_may_come_in_again(self, city, ministry):
        job = take(city, upload(city, ministry, text_of(GOOD).encode()))

        imports.undo(job, reason="上傳錯檔案", by=city.dispatcher.account, at=NINE)
        job = go_on(job)

        assert (job.state, job.undone) == (ImportState.UNDONE, 1)
        assert Petition.objects.get().case.status == Status.WITHDRAWN
        again = upload(city, ministry, text_of(GOOD).encode())
        assert again.good == 1

    def test_not_when_somebody_has_worked_on_one(self, city, ministry):
        job = take(city, upload(city, ministry, text_of(GOOD).encode()))
        petition = Petition.objects.select_related("case").get()
        handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)

        with pytest.raises(CannotImport, match="1 件"):
            imports.undo(job, reason="上傳錯檔案", by=city.dispatcher.account, at=NINE)

    def test_an_upload_can_be_given_up(self, city, ministry):
        job = upload(city, ministry, text_of(GOOD).encode())

        imports.discard(job, by=city.dispatcher.account, at=NINE)

        with pytest.raises(CannotImport):
            imports.start(job, by=city.dispatcher.account, at=NINE)

    def test_what_people_wrote_is_forgotten_after_its_days(self, city, ministry):
        take(city, upload(city, ministry, text_of(GOOD, row(收文日="x")).encode()))

        imports.forget(before=NINE + timedelta(days=1), at=NINE + timedelta(days=91))

        assert not ImportRow.objects.exclude(cells=[]).exists()
        assert ImportRow.objects.filter(state=RowState.TAKEN).count() == ImportedPetition.objects.count() == 1


class TestPages:
    def test_from_upload_to_the_last_row(self, city, ministry):
        desk = signed_in(city.dispatcher)
        content = io.BytesIO(text_of(GOOD, row(轉來案號="院臺2", 收文日="x")).encode())
        content.name = "清冊.csv"

        answer = desk.post(
            reverse("petitions:import_upload", args=[CENTRAL]), {"forwarder": ministry.pk, "sheet": content}
        )
        job = go_on(SheetImport.objects.get())
        page = desk.get(answer.url)
        assert "收文日：" in page.content.decode()
        assert desk.post(reverse("petitions:import_start", args=[job.reference])).status_code == 302
        go_on(job)

        page = desk.get(f"{answer.url}?rows=taken").content.decode()
        assert Petition.objects.get().case.number in page
        assert "清冊.csv" in desk.get(reverse("petitions:imports")).content.decode()

    def test_a_domain_without_an_address_for_answers_is_not_taken(self, city, ministry):
        ministry.address = "@ministry.example"
        ministry.save()
        content = io.BytesIO(text_of(GOOD).encode())
        content.name = "a.csv"

        page = signed_in(city.dispatcher).post(
            reverse("petitions:import_upload", args=[CENTRAL]), {"forwarder": ministry.pk, "sheet": content}
        )

        assert page.status_code == 422
        assert not SheetImport.objects.exists()

    def test_others_do_not_see_it(self, city, ministry):
        assert signed_in(city.officer).get(reverse("petitions:imports")).status_code == 403
