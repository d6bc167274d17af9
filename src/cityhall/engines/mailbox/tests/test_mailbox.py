"""Mail through both doors, once whatever happens; what a machine wrote is counted, what came back finds its letter."""

from __future__ import annotations

import smtplib
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections

from cityhall.engines.files import queries as files
from cityhall.engines.letters import services as letters
from cityhall.engines.letters import smtp
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.states import State
from cityhall.engines.mailbox import addresses, door, imap, pages, registry, rules, services
from cityhall.engines.mailbox.models import MailFolder, MailMessage
from cityhall.engines.mailbox.registry import Verdict
from cityhall.engines.mailbox.states import Door, Fate, Why
from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.services import drain
from cityhall.foundation.clock import at

from . import letters_in as made
from .imapserver import ImapServer
from .letters_in import BOX, CITIZEN

pytestmark = pytest.mark.django_db
NINE = at(date(2026, 11, 16), 9, 14)


@pytest.fixture(autouse=True)
def box(settings, tmp_path: Path):
    settings.MAIL_BOX, settings.MAIL_FROM = BOX, "noreply@cityhall.example"
    settings.FILES_DIR = tmp_path / "files"
    settings.IMAP_TIMEOUT = 2.0


@pytest.fixture(autouse=True)
def nobody_reads(monkeypatch):
    """No domain looks at these messages."""
    monkeypatch.setattr(registry, "_readers", [])
    monkeypatch.setattr(registry, "_addresses", [])


def take(raw: bytes, *, when=NINE, **more) -> MailMessage:
    message = services.take_in(raw, door=Door.SMTP, at=when, **more)
    drain(when)
    message.refresh_from_db()
    return message


def written(key: str = "one", *, email: str = CITIZEN) -> Letter:
    """A letter of ours about a record."""
    about = MailFolder.objects.get_or_create(name="a record")[0]
    return letters.send(
        "mailbox.too_large",
        to=Recipient(email=email),
        context={"most": 25, "subject": ""},
        about=about,
        key=key,
        at=NINE,
    )


class TestTakingIn:
    def test_keeps_every_byte(self):
        raw = made.big5()

        message = take(raw)

        assert files.mail_of(message).path.read_bytes() == raw
        assert (message.sender, message.subject, message.text) == (CITIZEN, "路燈不亮", made.WORDS)
        assert (message.fate, message.why) == (Fate.DESK, Why.NEW)

    def test_the_same_message_is_one_row(self):
        first, second = take(made.plain()), take(made.plain().replace(b"Subject", b"Received: by x\r\nSubject", 1))

        assert first.pk == second.pk
        assert (MailMessage.objects.count(), second.copies) == (1, 2)

    def test_the_same_id_with_other_words_is_another_message(self):
        take(made.plain())
        take(made.plain("別的事"))

        assert MailMessage.objects.count() == 2

    def test_two_without_an_id_are_told_apart_by_what_they_say(self):
        for words in ("一", "一", "二"):
            take(made.plain(words, message_id=""))

        assert MailMessage.objects.count() == 2

    @pytest.mark.django_db(transaction=True)
    def test_both_doors_in_the_same_moment_make_one_row(self):
        raw, failures = made.plain(), []

        def one() -> None:
            try:
                services.take_in(raw, door=Door.SMTP, at=NINE)
            except Exception as error:
                failures.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one) for _n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        assert (MailMessage.objects.count(), MailMessage.objects.get().copies) == (1, 6)
        assert Promise.objects.filter(kind=services.SORT).count() == 1

    def test_a_message_that_is_too_large_keeps_its_headers_and_is_answered(self, monkeypatch):
        monkeypatch.setattr(rules, "LARGEST", 2000)

        message = take(made.plain("x" * 3000))

        assert (message.fate, message.why, message.size > 3000) == (Fate.TOO_LARGE, Why.SIZE, True)
        assert len(files.mail_of(message).path.read_bytes()) < 2000
        assert Letter.objects.get().address == CITIZEN

    def test_a_machine_that_sends_too_much_is_not_answered(self, monkeypatch):
        monkeypatch.setattr(rules, "LARGEST", 2000)

        take(made.plain("x" * 3000, Auto_Submitted="auto-replied"))

        assert not Letter.objects.exists()

    @pytest.mark.parametrize("raw", [b"", b"\x00" * 50, b"\xff\xfe", b"no header", b"From: \r\n\r\n", b"\r\n" * 20])
    def test_garbage_is_a_message_for_a_person(self, raw):
        assert take(raw).why == Why.NO_SENDER


class TestSorting:
    @pytest.mark.parametrize(("headers", "why"), [
        ({"Auto_Submitted": "auto-replied"}, Why.AUTO_SUBMITTED), ({"List_Id": "<a.b>"}, Why.LIST),
        ({"Precedence": "bulk"}, Why.BULK), ({"sender": BOX}, Why.OWN_ADDRESS),
        ({"sender": "noreply@cityhall.example"}, Why.OWN_ADDRESS),
    ])  # fmt: skip
    def test_what_a_machine_wrote_is_counted_and_not_answered(self, headers, why):
        message = take(made.plain(**headers))

        assert (message.fate, message.why) == (Fate.DROPPED, why)
        assert pages.of_the_day()["dropped"] in (0, 1)  # the clock of the page is another one
        assert not Letter.objects.exists()

    def test_a_sender_who_writes_too_often_waits(self):
        fates = [take(made.plain(f"第 {n} 封", message_id=f"<{n}@x>")).fate for n in range(22)]

        assert fates.count(Fate.DESK) == 20
        assert fates[-2:] == [Fate.DROPPED, Fate.DROPPED]
        assert take(made.plain("後來", message_id="<l@x>"), when=NINE + timedelta(hours=2)).fate == Fate.DESK

    def test_a_bounce_finds_its_letter(self):
        letter = written()

        message = take(made.bounced(letter.message_id))

        letter.refresh_from_db()
        assert (message.fate, message.why, message.letter) == (Fate.BOUNCE, Why.MATCHED, letter)
        assert (letter.state, letter.attempts.get().detail.split()[0]) == (State.RETURNED, "5.1.1")
        assert (message.about_type, message.about_id) == (letter.about_type, letter.about_id)

    def test_a_secret_in_a_letter_that_came_back_is_kept_no_longer(self):
        letter = written()
        Letter.objects.filter(pk=letter.pk).update(forget=True, subject="873882 is your code")

        take(made.bounced(letter.message_id))

        letter.refresh_from_db()
        assert (letter.subject, letter.text) == ("", "")
        assert "873882" not in letter.title

    def test_a_bounce_twice_is_told_once(self):
        letter = written()
        take(made.bounced(letter.message_id))
        take(made.bounced(letter.message_id).replace(b"<bounce@mail.example>", b"<again@mail.example>"))

        assert letter.attempts.count() == 1

    def test_a_bounce_by_the_signed_address_alone(self):
        letter = written()
        raw = made.bounced("<not-ours@mail.example>")

        message = take(raw, recipients=(addresses.reply_address(letter),), envelope_from="")

        assert message.letter == letter

    def test_a_bounce_of_nobodys_letter_is_listed(self):
        assert take(made.bounced("<unknown@x>")).why == Why.UNMATCHED

    def test_the_first_reader_that_knows_decides(self):
        asked = []
        registry.reads(lambda message, mail, at: asked.append("late") or Verdict(Fate.DESK, Why.NEW), order=20)
        registry.reads(lambda message, mail, at: asked.append("early") or Verdict(Fate.OPENED, Why.NEW), order=10)

        assert take(made.plain()).fate == Fate.OPENED
        assert asked == ["early"]

    def test_a_reader_that_fails_loses_nothing(self):
        def breaks(message, mail, at):
            raise DatabaseError("no")

        registry.reads(breaks)

        message = take(made.plain())

        assert message.fate == Fate.WAITING
        assert Promise.objects.get(kind=services.SORT).state == "PENDING"

    def test_what_the_senders_domain_disowns_waits_for_a_person(self, settings):
        settings.MAIL_AUTHSERV = "mx.city.example"

        message = take(made.plain(Authentication_Results="mx.city.example; dmarc=fail"))

        assert message.why == Why.FORGED


class TestSignedAddresses:
    def test_lead_back_to_their_letter_only(self):
        letter, other = written("one"), written("two")
        mine = addresses.reply_address(letter)

        assert addresses.letter_of([mine]) == letter
        assert addresses.letter_of([mine.upper()]) == letter
        forged = mine.replace(f"+r{mine.partition('+r')[2].partition('.')[0]}.", f"+r{other.pk:x}.")
        assert addresses.letter_of([forged]) is None
        assert addresses.letter_of(["service+r1.00000000000000000000@cityhall.example", BOX, "x", ""]) is None

    def test_are_in_the_letter_as_it_goes_out(self):
        letter = written()

        message = smtp.message_of(letter)

        assert addresses.letter_of([str(message["Reply-To"])]) == letter

    def test_an_old_key_still_opens_them(self, settings):
        letter = written()
        mine = addresses.reply_address(letter)
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key-" + "y" * 40

        assert addresses.letter_of([mine]) == letter

    def test_there_is_none_while_no_mail_is_taken(self, settings):
        settings.MAIL_BOX = ""

        assert addresses.reply_address(written()) == ""
        assert smtp.message_of(Letter.objects.get())["Reply-To"] is None


@pytest.fixture
def server(settings):
    with ImapServer() as running:
        settings.IMAP_URL = running.url
        yield running


class TestImap:
    """On a server that speaks the protocol."""

    def fetch(self, when=NINE) -> int:
        return imap.fetch(at=when)

    def test_takes_what_is_new_and_marks_it_afterwards(self, server):
        server.inbox.add(made.plain())
        server.inbox.add(made.big5())

        assert self.fetch() == 2
        assert self.fetch(NINE + timedelta(minutes=2)) == 0
        assert MailMessage.objects.count() == 2
        assert all("\\Seen" in one.flags for one in server.inbox.messages)

    def test_goes_on_where_it_was(self, server):
        server.inbox.add(made.plain())
        self.fetch()
        server.inbox.add(made.plain("二", message_id="<2@x>"))

        assert self.fetch() == 1

    def test_moves_what_it_took(self, server, settings):
        settings.IMAP_URL += "?move=已收"
        server.inbox.add(made.plain())

        self.fetch()

        assert server.inbox.messages == []
        assert [len(folder.messages) for name, folder in server.folders.items() if name != "INBOX"] == [1]

    def test_moves_by_copying_where_the_server_knows_no_better(self, settings):
        with ImapServer(capabilities="IMAP4rev1 UIDPLUS") as old:
            settings.IMAP_URL = old.url + "?move=Done"
            old.inbox.add(made.plain())

            self.fetch()

            assert (len(old.inbox.messages), len(old.folders["Done"].messages)) == (0, 1)

    def test_a_new_numbering_takes_nothing_twice(self, server):
        server.inbox.add(made.plain())
        self.fetch()
        server.inbox.validity, server.inbox.messages[0].uid = 2, 40

        self.fetch()

        assert MailMessage.objects.count() == 1
        assert MailFolder.objects.get().validity == 2

    @pytest.mark.parametrize("command", ["LOGIN", "SELECT", "UID SEARCH", "UID FETCH", "UID STORE"])
    @pytest.mark.parametrize("how", ["drop", "hang", "garbage", "no", "done_then_drop"])
    def test_whatever_breaks_nothing_is_lost_or_doubled(self, server, command, how):
        server.inbox.add(made.plain())
        server.inbox.add(made.plain("二", message_id="<2@x>"))
        server.misbehave(command, how)

        self.fetch()
        trouble = MailFolder.objects.get().trouble
        self.fetch(NINE + timedelta(minutes=2))

        assert trouble
        assert "secret" not in trouble
        assert MailFolder.objects.get().trouble == ""
        assert list(MailMessage.objects.order_by("pk").values_list("copies", flat=True)) == [1, 1]

    def test_a_break_in_the_second_message_keeps_the_first(self, server):
        for n in range(3):
            server.inbox.add(made.plain(f"{n}", message_id=f"<{n}@x>"))
        server.misbehave("UID FETCH", "ok", "ok", "ok", "drop")

        self.fetch()

        assert MailMessage.objects.count() == 1
        self.fetch()
        assert MailMessage.objects.count() == 3

    def test_a_message_that_cannot_be_kept_stays_in_the_folder(self, server, monkeypatch):
        server.inbox.add(made.plain())
        with monkeypatch.context() as broken:
            broken.setattr(services, "take_in", lambda *_a, **_k: (_ for _ in ()).throw(OSError("disk full")))
            self.fetch()

        assert server.inbox.messages[0].flags == set()
        self.fetch()
        assert MailMessage.objects.count() == 1

    def test_a_message_that_is_too_large_is_not_fetched_whole(self, server, monkeypatch):
        monkeypatch.setattr(rules, "LARGEST", 2000)
        server.inbox.add(made.plain("x" * 3000))

        self.fetch()

        assert MailMessage.objects.get().fate == Fate.TOO_LARGE
        assert not any("BODY.PEEK[]" in one for one in server.seen)

    def test_duplicates_in_the_folder_are_one(self, server):
        server.inbox.add(made.plain())
        server.inbox.add(made.plain())

        self.fetch()

        assert MailMessage.objects.get().copies == 2

    def test_a_wrong_password_is_told_without_it(self, server):
        server.password = "another"

        assert self.fetch() == 0
        assert "secret" not in MailFolder.objects.get().trouble

    def test_the_health_page_says_when_it_was_read(self, server, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE + timedelta(minutes=5))
        assert pages.last_read().level == "warn"
        self.fetch()
        assert (pages.last_read().level, pages.last_read().note) == ("ok", "last read 5 min ago")
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE + timedelta(minutes=50))
        assert pages.last_read().level == "warn"

    def test_the_command_says_what_stands_in_the_way(self, server, capsys):
        server.inbox.add(made.plain())
        call_command("mail", "fetch")
        assert "1 messages" in capsys.readouterr().out
        server.password = "another"
        with pytest.raises(CommandError):
            call_command("mail", "fetch")

    def test_the_command_without_a_mailbox(self, settings):
        settings.IMAP_URL = ""

        with pytest.raises(CommandError):
            call_command("mail", "fetch")

    @pytest.mark.parametrize("url", ["http://x/", "imaps://host/INBOX", "imap://a:b@mail.example/INBOX", "imaps://"])
    def test_a_setting_that_is_none_is_refused(self, url):
        with pytest.raises(ValueError, match="CITYHALL_IMAP_URL"):
            imap.from_url(url)

    def test_a_folder_in_chinese(self):
        box = imap.from_url("imaps://a:b@mail.example/%E9%99%B3%E6%83%85?move=A%26B")

        assert (box.folder, box.port, imap._quoted(box.folder)) == ("陳情", 993, '"&lnNgxQ-"')
        assert imap._quoted(box.move) == '"A&-B"'


@pytest.mark.django_db(transaction=True)
class TestSmtpDoor:
    def send(self, raw: bytes, port: int, *, to: str = BOX) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail(CITIZEN, [to], raw)

    def test_keeps_before_it_says_so(self):
        with door.MailDoor(lambda: NINE) as running:
            self.send(made.plain(), running.port)

            message = MailMessage.objects.get()

        assert (message.door, message.recipients, message.envelope_from) == (Door.SMTP, [BOX], CITIZEN)
        assert files.mail_of(message).path.read_bytes() == made.plain()

    def test_takes_our_own_addresses_only(self):
        registry.receives(lambda: frozenset({"works@cityhall.example"}))
        with door.MailDoor(lambda: NINE) as running:
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                self.send(made.plain(), running.port, to="somebody@elsewhere.example")
            self.send(made.plain(), running.port, to="works@cityhall.example")
            self.send(made.plain("二"), running.port, to="Service+anything@cityhall.example")

        assert MailMessage.objects.count() == 2

    def test_asks_to_try_again_when_it_cannot_keep(self, monkeypatch):
        with door.MailDoor(lambda: NINE) as running:
            with monkeypatch.context() as broken:
                broken.setattr(services, "take_in", lambda *_a, **_k: (_ for _ in ()).throw(OSError("disk full")))
                with pytest.raises(smtplib.SMTPDataError) as answer:
                    self.send(made.plain(), running.port)
            self.send(made.plain(), running.port)

        assert answer.value.smtp_code == 451
        assert MailMessage.objects.count() == 1

    def test_refuses_what_no_row_could_hold(self, monkeypatch):
        monkeypatch.setattr(door, "HARD_LIMIT", 5000)
        with door.MailDoor(lambda: NINE) as running, pytest.raises(smtplib.SMTPException):
            self.send(made.plain("x" * 9000), running.port)

        assert not MailMessage.objects.exists()

    def test_the_same_message_again_is_one_row(self):
        with door.MailDoor(lambda: NINE) as running:
            for _time in range(3):
                self.send(made.plain(), running.port)

        assert MailMessage.objects.get().copies == 3
