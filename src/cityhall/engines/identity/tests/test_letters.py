"""The letters of identity as the letters engine words them, in both languages."""

from datetime import date
from pathlib import Path

import pytest

from cityhall.engines.identity import notices, services
from cityhall.engines.identity.views.desk import _about
from cityhall.engines.letters import queries, wording
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.models import Letter

pytestmark = pytest.mark.django_db
FOLDER = Path(notices.__file__).parent / "templates" / "letters" / "identity"
NAMES = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.txt")})


@pytest.mark.parametrize("language", ["zh-hant", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_every_letter_is_worded_in_both_languages(name, language):
    assert (FOLDER / f"{name}.{language}.txt").exists()

    words = wording.words(
        f"identity.{name}", language, {"code": "123456", "minutes": 15, "name": "王"}, date(2017, 3, 20)
    )

    assert words.subject
    assert "{{" not in words.text
    # A code stands in the text, which is forgotten when it is delivered, and never in the subject, which is kept.
    assert "123456" not in words.subject
    assert words.forget is ("123456" in words.text)


def test_a_code_goes_out_as_a_letter(client, clock):
    client.post("/account/sign-in/", {"email": "ming@example.org"})

    letter = Letter.objects.get()
    assert (letter.template, letter.address, letter.forget) == ("identity.sign_in_code", "ming@example.org", True)


def test_a_text_message_goes_to_the_phone(citizen, at):
    notices.send_text_code("+886912345678", code="123456", language="zh-hant", key="k", at=at, account=citizen)

    assert Letter.objects.get().channel == "sms"


def test_a_letter_that_came_back_stands_at_the_account(officer, at):
    services.tell_factor_added(officer, at=at)
    letter = Letter.objects.latest("pk")
    assert queries.came_back(officer) is None

    letters.returned(letter, words="550 no such mailbox", at=at)

    assert queries.came_back(officer) == letter
    assert any("寄出後被退回" in str(row["value"]) for row in _about(officer, may_manage=False))


def test_news_about_an_account_go_to_its_owner(officer, at):
    services.tell_factor_added(officer, at=at)

    letter = Letter.objects.get()
    assert letter.address == officer.email
    assert "林怡君" in letter.text
