"""Letters on paper: a PDF that can be printed, read aloud, and made again."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings as real_settings
from django.contrib.auth import get_user_model

from cityhall.engines.letters import paper, queries, services
from cityhall.engines.letters.services import CannotSend, Recipient
from cityhall.engines.letters.states import Outcome, State
from cityhall.engines.letters.tests.conftest import NOON
from cityhall.engines.outbox import services as outbox
from cityhall.web import access

pytestmark = pytest.mark.django_db
CONTEXT = {"number": "115-000123", "code": "482913", "due": date(2026, 11, 24)}
MAIN = Path(real_settings.BUILD_DIR)


@pytest.fixture
def letter(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    to = Recipient(name="王小明", address="330 桃園市桃園區縣府路1號", language="zh-hant")
    return services.send("test.code", to=to, context=CONTEXT, about=None, key="k", at=NOON, channel="paper")


@pytest.fixture
def fonts():
    if not any((MAIN / "fonts").glob("*.ttf")):
        pytest.skip("the fonts are not built: make setup")


class TestPaper:
    def test_becomes_a_pdf_with_text(self, letter, fonts):
        from pypdf import PdfReader

        outbox.drain(NOON)

        letter.refresh_from_db()
        text = PdfReader(paper.path_of(letter)).pages[0].extract_text().replace(" ", "")
        assert letter.state == State.SENT
        assert "已製成" in letter.state_words
        assert [line.text for line in queries.log_of(letter)] == ["PDF 已製成"]
        for words in ("縣府路", "王小明", "482913", "115年11月23日"):
            assert words in text

    def test_waits_until_the_fonts_are_there(self, letter, settings, tmp_path):
        settings.BUILD_DIR = tmp_path / "nothing"
        outbox.drain(NOON)

        assert list(letter.attempts.values_list("outcome", flat=True)) == [Outcome.FAILED]
        assert "make setup" in queries.log_of(letter)[0].detail

    def test_needs_to_know_for_whom(self):
        with pytest.raises(CannotSend, match="姓名與地址"):
            services.send("test.code", to=Recipient(), context=CONTEXT, about=None, key="k", at=NOON, channel="paper")

    def test_is_opened_by_those_who_may_read_it(self, letter, client, monkeypatch):
        officer = get_user_model().objects.create_user("officer@city.example", kind="OFFICER")
        monkeypatch.setattr(access, "_policy", lambda user, act, request: act == "letters.list")
        client.force_login(officer)
        assert client.get(f"/desk/letters/{letter.pk}/paper.pdf").status_code == 404

        paper.path_of(letter).parent.mkdir()
        paper.path_of(letter).write_bytes(b"%PDF-1.7")
        answer = client.get(f"/desk/letters/{letter.pk}/paper.pdf")
        assert (answer.status_code, b"".join(answer)) == (200, b"%PDF-1.7")
        assert "paper.pdf" in client.get(f"/desk/letters/{letter.pk}/").content.decode()
