"""The pages of counted use, as one who imports and as one who may not; and the command."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from cityhall.engines.identity.models import Account
from cityhall.engines.outbox import services as outbox
from cityhall.engines.usage import journal, services
from cityhall.engines.usage.models import Batch, OutsideSystem
from cityhall.engines.usage.states import BatchState
from cityhall.foundation.clock import at as instant
from cityhall.web import access

from .making import NOW, sheet, store_home, taken_in
from .test_imports import CORRECTED, HEADINGS, TWO_DAYS

__all__ = ["store_home"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store_home")]


@pytest.fixture
def officer(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Somebody who imports batches."""
    monkeypatch.setattr(access, "_policy", lambda account, act, request: act in ("usage.read", "usage.import"))
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    client.force_login(Account.objects.create_user("gates@example.org", kind="OFFICER", name="林門禁"))
    return client


def hand_in(client: Client, text: str, **more: Any) -> Any:
    file = SimpleUploadedFile("gates.csv", text.encode())
    return client.post(reverse("usage:upload"), {"source": "gates", "mode": "REPORT", "file": file} | more)


def work() -> None:
    while outbox.run_due(NOW.replace(year=2100), limit=1):
        pass


def page_of(client: Client, batch: Batch) -> str:
    return client.get(reverse("usage:batch", args=[batch.pk])).content.decode()


class TestUpload:
    def test_is_read_by_the_worker_while_the_page_says_how_far(self, officer: Client) -> None:
        answer = hand_in(officer, TWO_DAYS)
        batch = Batch.objects.get()
        assert answer.url == reverse("usage:batch", args=[batch.pk])
        assert "正在檢查" in page_of(officer, batch)
        Batch.objects.update(to_write=4, rows=1)
        assert "已寫入 1 筆，共 4 筆（25%）" in page_of(officer, batch)
        Batch.objects.update(to_write=0, rows=0)

        work()

        page = page_of(officer, batch)
        assert "已計入" in page
        assert "5 次（2 筆）" in page
        assert "林門禁" in page

    def test_of_the_same_file_is_the_same_batch(self, officer: Client) -> None:
        hand_in(officer, TWO_DAYS)
        work()

        assert hand_in(officer, TWO_DAYS).url == reverse("usage:batch", args=[Batch.objects.get().pk])

    def test_says_what_is_wrong_and_keeps_what_was_typed(self, officer: Client) -> None:
        answer = hand_in(officer, TWO_DAYS, first_year="105", first_month="8", first_day="1")

        assert answer.status_code == 422
        assert "期間要有起日和迄日" in answer.content.decode()
        assert not Batch.objects.exists()

    def test_refused_rows_are_shown_and_downloaded(self, officer: Client) -> None:
        hand_in(officer, TWO_DAYS + "2016-08-01,8,=cmd,,gym,,1\n")
        work()
        batch = Batch.objects.get()

        assert "退回 1 筆" in page_of(officer, batch)
        answer = officer.get(reverse("usage:refused", args=[batch.pk]))
        assert "3,使用方式,'=cmd" in b"".join(answer.streaming_content).decode("utf-8-sig")

    def test_without_refused_rows_there_is_nothing_to_download(self, officer: Client) -> None:
        batch = services.receive(source="gates", digest="a", name="a.csv", size=1, by=None, at=NOW)

        assert officer.get(reverse("usage:refused", args=[batch.pk])).status_code == 404


class TestBatches:
    def test_lists_both_where_one_corrects_the_other(self, officer: Client, tmp_path: Path) -> None:
        first, second = taken_in(sheet(tmp_path, TWO_DAYS)), taken_in(sheet(tmp_path, CORRECTED))

        page = officer.get(reverse("usage:batches")).content.decode()
        assert "已被更正" in page
        assert f"#{first.pk}" in page
        assert f"#{second.pk}" in page
        page = page_of(officer, second)
        assert "更正了" in page
        assert "這一批改變了哪些天" in page

    def test_is_narrowed_by_source_and_state(self, officer: Client, tmp_path: Path) -> None:
        taken_in(sheet(tmp_path, TWO_DAYS))

        assert "沒有符合的批次" in officer.get(reverse("usage:batches"), {"state": "REFUSED"}).content.decode()
        assert "gates.csv" in officer.get(reverse("usage:batches"), {"source": "gates"}).content.decode()

    def test_asks_the_database_the_same_however_many_there_are(
        self, officer: Client, tmp_path: Path, django_assert_max_num_queries: Any
    ) -> None:
        for day in range(1, 6):
            taken_in(sheet(tmp_path, HEADINGS + f"2016-08-{day:02},8,enter,,gym,,2\n"))

        with django_assert_max_num_queries(20):
            officer.get(reverse("usage:batches"))

    def test_is_for_officers_who_may(self, client: Client) -> None:
        client.force_login(Account.objects.create_user("nobody@example.org"))

        assert client.get(reverse("usage:batches")).status_code == 403


class TestSystems:
    def test_one_is_added_and_then_sends(self, officer: Client) -> None:
        officer.post(reverse("usage:add_system"), {"name": "自助機", "key": "kiosks"})

        assert OutsideSystem.objects.get().name == "自助機"
        assert "自助機" in officer.get(reverse("usage:upload")).content.decode()


class TestCommand:
    def run(self, *words: str) -> str:
        out = io.StringIO()
        call_command("usage", *words, stdout=out, stderr=io.StringIO())
        return out.getvalue()

    def test_imports_and_asks(self, tmp_path: Path) -> None:
        said = self.run("import", str(sheet(tmp_path, TWO_DAYS)), "--source", "gates")
        assert "2 rows\t0 refused\t5 uses\tCOUNTS" in said

        assert self.run("ask", "--source", "gates") == "5\n"
        assert self.run("ask", "--by", "month", "--from", "105/8/1") == "201608\t5\n"
        assert self.run("ask", "--by", "subject", "--top", "1") == "pool\t3\n"
        assert "gates.csv" in self.run("batches")

    def test_folds(self) -> None:
        journal.record(source="portal", act="view", at=instant(date(2016, 8, 1), 9))

        assert self.run("fold") == "1 lines\n"

    def test_outside_systems(self) -> None:
        self.run("system", "kiosks", "自助機")

        assert "kiosks\t自助機" in self.run("sources")

    @pytest.mark.parametrize(
        "words",
        [
            ("import", "missing.csv", "--source", "gates"),
            ("import", __file__, "--source", "nobody"),
            ("import", __file__, "--source", "gates"),
            ("ask", "--from", "yesterday"),
            ("ask", "--by", "n"),
            ("system", "gates", "x"),
        ],
    )
    def test_says_why_not(self, words: tuple[str, ...]) -> None:
        with pytest.raises(CommandError):
            self.run(*words)


def test_a_batch_that_is_refused_says_why_on_its_page(officer: Client) -> None:
    hand_in(officer, "日期\n2016-08-01\n")
    work()
    batch = Batch.objects.get()

    assert batch.state == BatchState.REFUSED
    assert "缺少欄位" in page_of(officer, batch)
