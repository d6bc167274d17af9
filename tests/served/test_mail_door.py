"""The mail door of a served city: a process of its own, which comes back when it is killed and loses nothing."""

import json
import smtplib

from cityhall.engines.mailbox.tests import letters_in as made
from cityhall.engines.mailbox.tests.letters_in import CITIZEN
from tests.support.city import City, until


def deliver(city: City, raw: bytes) -> bool:
    """Hand a message on as another server does: again until it is accepted."""
    place = json.loads((city.home / "mail-door.json").read_text())
    try:
        with smtplib.SMTP(place["host"], place["port"], timeout=20) as client:
            client.sendmail(CITIZEN, ["service@cityhall.example"], raw)
    except (OSError, smtplib.SMTPException):
        return False
    return True


def letters(city: City, to: str) -> list[str]:
    return [one.subject for one in city.inbox.all(to=to)]


def test_mail_is_taken_read_and_answered(city: City) -> None:
    until(lambda: deliver(city, made.big5()), "the door takes a message")
    until(lambda: letters(city, CITIZEN), "the code goes back to the sender")

    assert city.rows("SELECT fate, copies FROM mailbox_mailmessage") == [("OPENED", 1)]


def test_a_killed_door_comes_back_and_a_repeat_is_the_same_message(city: City) -> None:
    raw = made.plain(sender="another@mail.example", message_id="<another@mail.example>")
    until(lambda: deliver(city, raw), "the door takes a message")
    city.kill(city.running()["mail door"])

    until(lambda: deliver(city, raw), "the door is open again")

    until(lambda: letters(city, "another@mail.example"), "the code goes back to the sender")
    assert city.rows("SELECT copies FROM mailbox_mailmessage WHERE sender = 'another@mail.example'") == [(2,)]
    assert len(letters(city, "another@mail.example")) == 1
