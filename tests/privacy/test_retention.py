"""Years later: the canaries that reported in every way and state are gone from every table, index, file and log."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as project
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import BinaryField
from django.test import Client as Browser
from django.test import TestCase

from cityhall.domains.contacts import services as contacts
from cityhall.domains.petitions.models import Draft, Petition, ReceivedLetter, Removal, Supporter
from cityhall.domains.petitions.services import citizen, handling, received, supporters
from cityhall.domains.petitions.states import LetterFate
from cityhall.domains.petitions.tests.citizen import Citizen, photo
from cityhall.domains.petitions.tests.city import NINE
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Case, ReopenRequest
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import ENDED, Status
from cityhall.engines.files.models import StoredFile
from cityhall.engines.letters.models import Letter
from cityhall.engines.mailbox import services as mailbox
from cityhall.engines.mailbox.models import MailMessage
from cityhall.engines.mailbox.states import Door
from cityhall.engines.outbox import services as outbox
from cityhall.engines.textsearch import queries as textsearch
from cityhall.engines.textsearch.models import Document
from cityhall.foundation.clock import at as instant

from .test_canaries import CANARY, NOW, Seeded, seeded, somebody, telling  # noqa: F401  (the city with its canaries)

pytestmark = pytest.mark.django_db
YEARS_LATER = instant(NINE.date().replace(year=NINE.year + 11), 3, 45)


def more_ways(found: Seeded) -> None:
    """What else names a citizen: mails with an attachment, support, a note of a call, a draft, an operator's remark."""
    petition = Petition.objects.filter(case__status=Status.ACCEPTED, case__confidential=False).first()
    who = petition.case.requester
    raw = (
        f"From: {who.name} <{who.email}>\r\nTo: city@city.example\r\nSubject: Re: {petition.case.number} {who.name}\r\n"
        f"Message-ID: <{who.email}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{telling(somebody())}"
    )
    message = mailbox.sort(mailbox.take_in(raw.encode(), door=Door.SMTP, at=NOW), at=NOW)
    assert message.about_id == str(petition.pk)
    fan = somebody()
    supporters.ask(petition, email=fan.email, account=None, language="zh-hant", at=NOW)
    Supporter.objects.update(confirmed_at=NOW)
    cases.add_note(petition.case, text=f"已電{who.name}{who.phone}", author=found.city.officer,
                   by=found.city.officer.account, at=NOW)  # fmt: skip
    handling.draft_reply(
        petition, text=f"{who.name}您好，已到{who.address}查看。", outcome="done", by=found.city.officer.account, at=NOW
    )
    Citizen().fill(telling(somebody()))
    assert Draft.objects.exists()
    by, caller = found.city.officer.account, somebody()
    call = contacts.begin(by=by, at=NOW)
    contacts.write_note(call, note=telling(caller), by=by, at=NOW)
    contacts.promise_call_back(
        call, phone=caller.phone, about=f"請{caller.name}補照片", due_at=NOW + timedelta(days=1), by=by, at=NOW
    )
    citizen.add_facts(petition, text=telling(who), photos=[photo("金絲雀的門口.jpg")], by=None, at=NOW)


def close_everything(found: Seeded) -> None:
    """Every petition ends, by its citizen or by the desk, with words that name somebody."""
    by, who = found.city.dispatcher.account, somebody()
    for asked in ReopenRequest.objects.filter(granted=None):
        handling.decide_reopen(
            asked, granted=False, decision=f"已向{who.name}說明", by=found.city.chief.account, at=NOW
        )
    for letter in ReceivedLetter.objects.filter(fate=LetterFate.WAITING):
        received.set_aside(letter, reason=f"{who.name}說不用了", by=by, at=NOW)
    for petition in Petition.objects.exclude(case__status__in=[*ENDED, Status.AWAITING_CONFIRMATION]):
        try:
            citizen.withdraw(petition, reason=f"{who.name}說好了", by=None, at=NOW)
        except CannotAct:
            handling.end(petition, Status.WITHDRAWN, reason=f"{who.name}說好了", by=by, at=NOW)


def lines() -> list[tuple[str, str]]:
    """Every row of every table of every app, as text, whatever its type."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        plain = [one.attname for one in model._meta.concrete_fields if not isinstance(one, BinaryField)]
        for row in model._base_manager.values(*plain):
            found.append((model._meta.label, json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)))
    return found


@pytest.fixture(scope="module")
def later(seeded: Seeded, django_db_blocker):  # noqa: F811
    """The city eleven years later, after its nights."""
    patch = pytest.MonkeyPatch()
    with django_db_blocker.unblock():
        more_ways(seeded)
        close_everything(seeded)
        outbox.drain(NOW, until=NOW + timedelta(hours=1))
        before = {label for label, row in lines() if CANARY.search(row)}
        assert {"cases.Requester", "cases.Case", "letters.Letter", "mailbox.MailMessage"} <= before
        patch.setattr("django.utils.timezone.now", lambda: YEARS_LATER)
        outbox.run_schedule(NOW)
        # Weeks later what was answered is closed; the years count from then.
        for at in (NOW + timedelta(days=60), YEARS_LATER, YEARS_LATER + timedelta(days=1)):
            with TestCase.captureOnCommitCallbacks(execute=True):  # bytes go after the commit
                outbox.run_schedule(at)
                outbox.drain(at, until=at + timedelta(hours=2))
        yield seeded
    patch.undo()


class TestAfterTheRemoval:
    def test_no_table_holds_a_canary(self, later):
        found = [
            (label, row[max(0, here.start() - 150) : here.end() + 50])
            for label, row in lines()
            if (here := CANARY.search(row))
        ]

        assert not found, "\n".join(map(str, found))

    def test_no_stored_table_holds_one_either(self, later):
        """Also those that no model describes; the virtual ones of SQLite's index are asked through the search, below."""
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                if table.startswith("textsearch_") and table != Document._meta.db_table:
                    continue
                cursor.execute(f'SELECT * FROM "{table}"')
                for row in cursor.fetchall():
                    words = " ".join(
                        bytes(one).decode("utf-8", "replace") if isinstance(one, (bytes, memoryview)) else str(one)
                        for one in row
                    )
                    assert (table, CANARY.search(words)) == (table, None)

    def test_no_file_holds_one(self, later):
        kept = [path for path in Path(project.FILES_DIR).rglob("*") if path.is_file()]

        assert [path for path in kept if CANARY.search(path.name + path.read_bytes().decode("utf-8", "replace"))] == []
        assert not StoredFile.objects.filter(removed_at=None).exists()

    def test_nobody_is_found_by_their_words(self, later):
        for words in ("金絲雀", "canary", "隱密路"):
            assert list(textsearch.matching(Case.objects.all(), words)[:5]) == []

    def test_what_was_sent_and_received_is_still_counted(self, later):
        assert Letter.objects.exclude(forgotten_at=None).count() > 20
        assert MailMessage.objects.exclude(forgotten_at=None).exists()
        assert Removal.objects.filter(where="REQUESTER").count() > 20

    def test_no_line_of_the_removal_names_anybody(self, later):
        assert [line for line in later.lines if CANARY.search(line)] == []

    def test_the_pages_still_open_and_say_so(self, later):
        for number, code in Case.objects.exclude(number=None).values_list("number", "tracking_code")[:5]:
            page = Browser().post("/petitions/follow/", {"number": number, "code": code}, follow=True)
            assert page.status_code == 200
            assert "已依保存期限移除" in page.content.decode()
