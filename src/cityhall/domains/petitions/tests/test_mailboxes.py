"""機關信箱: read over IMAP beside the city's own, each by its account; one in trouble keeps no other waiting and is a to-do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cityhall.domains.petitions.models import AgencyMailbox, Petition
from cityhall.domains.petitions.services import mail, mailboxes
from cityhall.domains.petitions.services.mailboxes import CannotReadMailbox, Settings
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.models import Agency
from cityhall.engines.mailbox import addresses, imap, rules, services
from cityhall.engines.mailbox.models import MailFolder, MailMessage
from cityhall.engines.mailbox.states import Door, Trouble
from cityhall.engines.mailbox.tests import letters_in as made
from cityhall.engines.mailbox.tests.imapserver import ImapServer
from cityhall.engines.mailbox.tests.letters_in import BOX
from cityhall.engines.worklist.models import Todo

from .city import NINE, City, make_city, signed_in

pytestmark = pytest.mark.django_db
LATER = NINE + timedelta(hours=1)
LIST = "/desk/petitions/mailboxes/"
WORKS, TRANSPORT = "works@cityhall.example", "transport@cityhall.example"
LAMP = "中山路 200 號前路燈不亮三天了"


@pytest.fixture
def city(settings, tmp_path, monkeypatch) -> City:
    settings.MAIL_BOX, settings.MAIL_FROM, settings.FILES_DIR = BOX, "noreply@cityhall.example", tmp_path
    settings.IMAP_URL, settings.IMAP_TIMEOUT = "", 1.0
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    found = make_city()
    for agency, address in ((found.works, WORKS), (found.transport, TRANSPORT)):
        agency.email = address
        agency.save()
    return found


@pytest.fixture
def server():
    with ImapServer() as running:
        yield running


def settings_of(server: ImapServer, **more) -> Settings:
    given = {"host": "127.0.0.1", "port": server.port, "security": "NONE", "user": "city", "password": "a secret"}
    return Settings(**{**given, **more})


def keep(city: City, server: ImapServer, agency: Agency | None = None, **more) -> AgencyMailbox:
    return mailboxes.keep(agency or city.works, settings_of(server, **more), by=city.dispatcher.account, at=NINE)


def read(at=LATER) -> int:
    taken = imap.fetch(at=at)
    for message in MailMessage.objects.filter(fate="WAITING"):
        services.sort(message, at=at)
    return taken


class TestReading:
    def test_what_comes_is_a_report_that_the_agency_gets(self, city, server):
        keep(city, server)
        server.inbox.add(made.plain(LAMP))

        assert read() == 1
        message = MailMessage.objects.get()
        assert (message.box, message.door, message.fate) == (WORKS, Door.IMAP, "OPENED")
        petition = Petition.objects.get()
        assert petition.addressed_to == city.works

    def test_written_to_both_it_is_one(self, city, server, settings):
        with ImapServer() as own:
            settings.IMAP_URL = own.url
            keep(city, server)
            for each in (own, server):
                each.inbox.add(made.plain(LAMP, to=f"{BOX}, {WORKS}"))

            assert read() == 2
        assert MailMessage.objects.get().copies == 2
        assert Petition.objects.get().addressed_to == city.works

    def test_one_in_trouble_keeps_no_other_waiting(self, city, server):
        with ImapServer() as broken:
            keep(city, broken)
            keep(city, server, city.transport)
            server.inbox.add(made.plain(LAMP))
            for how in ("drop", "hang", "garbage", "no"):
                broken.misbehave("LOGIN", how)

            assert read() == 1
        assert MailMessage.objects.get().box == TRANSPORT

    def test_a_failing_one_is_tried_after_pauses_that_grow(self, city, server):
        row = keep(city, server, password="wrong")
        tried, at = 0, NINE
        for _minute in range(60):
            before = len(server.seen)
            read(at)
            tried += len(server.seen) > before
            at += timedelta(minutes=1)

        assert tried == 5  # at 0, 2, 6, 14 and 30 minutes
        assert MailFolder.objects.get(name=mailboxes.folder_name(row)).kind == Trouble.LOGIN
        assert [rules.pause_after(n) for n in (0, 1, 9)] == [timedelta(0), timedelta(minutes=2), timedelta(hours=1)]

    def test_a_paused_one_is_left_alone_and_read_afterwards(self, city, server):
        row, by = keep(city, server), city.dispatcher.account
        server.inbox.add(made.plain(LAMP))
        mailboxes.pause(row, reason="換密碼", by=by, at=NINE)

        assert (read(), server.seen) == (0, [])
        mailboxes.resume(row, by=by, at=NINE)
        assert read() == 1

    def test_a_password_whose_key_is_lost_stops_nothing(self, city, server):
        row = keep(city, server)
        AgencyMailbox.objects.filter(pk=row.pk).update(secret="gAAAAA")

        assert read() == 0
        row.refresh_from_db()
        assert mailboxes.try_out(row) == (0, Trouble.LOGIN)

    def test_the_smtp_door_takes_mail_for_it(self, city):
        message = services.take_in(made.plain(LAMP), door=Door.SMTP, at=LATER, recipients=(f"Works+x@{WORKS[6:]}",))

        assert (message.box, addresses.is_taken(WORKS)) == (WORKS, True)

    def test_of_an_agency_that_was_succeeded_the_successor_gets_it(self, city):
        city.works.successor, city.works.closed_on = city.transport, NINE.date()
        city.works.save()
        message = services.take_in(made.plain(LAMP), door=Door.SMTP, at=LATER, recipients=(WORKS,))

        assert addresses.is_taken(WORKS)
        assert mail.addressed_to(message) == city.transport.code
        city.works.successor = None
        city.works.save()
        assert not addresses.is_taken(WORKS)


class TestTrouble:
    def test_becomes_one_to_do_and_none_once_it_is_read(self, city, server):
        keep(city, server)
        server.misbehave("SELECT", "no", "no", "no")
        at = NINE
        for n in range(3):
            read(at)
            mailboxes.watch(at)
            assert Todo.objects.filter(kind="petition.mailbox", closed_at=None).count() == (n == 2)
            at += timedelta(minutes=20)
        todo = Todo.objects.get(kind="petition.mailbox")
        assert (todo.title, todo.detail) == (city.works.label, Trouble.FOLDER.label)

        read(at)
        mailboxes.watch(at)
        assert not Todo.objects.filter(kind="petition.mailbox", closed_at=None).exists()

    @pytest.mark.parametrize(
        ("more", "kind"),
        [
            ({"password": "wrong"}, Trouble.LOGIN),
            ({"folder": "沒有這個"}, Trouble.FOLDER),
            ({"security": "TLS"}, Trouble.TLS),
            ({"port": 9}, Trouble.REFUSED),
            ({"host": "no-such-host.invalid", "security": "TLS"}, Trouble.NAME),
        ],
    )
    def test_is_said_in_plain_words(self, city, server, more, kind):
        row = keep(city, server, **more)

        assert mailboxes.try_out(row) == (0, kind)

    def test_a_server_that_says_nothing(self, city, server, monkeypatch):
        row = keep(city, server)
        server.misbehave("LOGIN", "hang")
        with pytest.raises(imap.CannotRead) as found:
            imap.try_out(mailboxes.box_of(row), timeout=0.3)
        assert found.value.kind == Trouble.SILENT

    def test_trying_takes_and_marks_nothing(self, city, server):
        row = keep(city, server)
        server.inbox.add(made.plain(LAMP))

        assert mailboxes.try_out(row) == (1, None)
        assert server.inbox.messages[0].flags == set()
        assert not MailMessage.objects.exists()


class TestSettings:
    def test_the_password_is_kept_encrypted_and_told_to_nobody(self, city, server):
        row = keep(city, server)

        assert "a secret" not in row.secret
        assert mailboxes.box_of(row).password == "a secret"
        assert "a secret" not in repr(mailboxes.box_of(row))
        assert all("a secret" not in entry.payload for entry in Entry.objects.all())
        page = signed_in(city.dispatcher).get(f"{LIST}{city.works.code}/").content.decode()
        assert "a secret" not in page
        assert row.secret not in page

    def test_an_empty_password_leaves_what_is_kept_but_goes_to_no_other_server(self, city, server):
        keep(city, server)

        row = keep(city, server, password="", folder="Letters")
        assert mailboxes.box_of(row).password == "a secret"
        with pytest.raises(CannotReadMailbox, match="再填一次密碼"):
            keep(city, server, password="", host="imap.elsewhere.example", security="TLS")

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"password": ""}, "請填密碼"),
            ({"host": "imap.elsewhere.example"}, "不加密"),
        ],
    )
    def test_refuse_in_a_sentence(self, city, server, more, why):
        with pytest.raises(CannotReadMailbox, match=why):
            keep(city, server, **more)
        assert not AgencyMailbox.objects.exists()

    def test_one_account_serves_one_agency(self, city, server):
        keep(city, server)
        with pytest.raises(CannotReadMailbox, match="另一個機關"):
            keep(city, server, city.transport)

    def test_an_agency_without_an_address_has_none(self, city, server):
        with pytest.raises(CannotReadMailbox, match="機關目錄"):
            keep(city, server, city.rdec)


class TestPages:
    def typed(self, server, **more) -> dict[str, str]:
        given = {
            "host": "127.0.0.1", "port": str(server.port), "security": "NONE", "user": "city", "password": "a secret",
            "folder": "INBOX", "move": "",
        }  # fmt: skip
        return {**given, **more}

    def test_from_setting_it_up_to_its_mail_in_the_list(self, city, server):
        browser = signed_in(city.dispatcher)
        assert "由郵件伺服器轉來" in browser.get(LIST).content.decode()
        address = f"{LIST}{city.works.code}/"

        assert browser.post(address, self.typed(server)).status_code == 302
        assert "資料夾裡有0封" in browser.post(f"{address}try/", follow=True).content.decode()
        server.inbox.add(made.plain(LAMP))
        read()
        page = browser.get(LIST).content.decode()
        assert "收信中" in page
        assert f"?box={WORKS.replace('@', '%40')}" in page
        found = browser.get(f"/desk/petitions/mail/?box={WORKS}").content.decode()
        assert WORKS in found
        assert "沒有符合條件" in browser.get("/desk/petitions/mail/?box=own").content.decode()
        sheet = b"".join(browser.get(f"/desk/petitions/mail/export.csv?box={WORKS}").streaming_content).decode()
        assert WORKS in sheet
        assert browser.post(f"{address}pause/", {"reason": "換密碼"}).status_code == 302
        page = browser.get(LIST).content.decode()
        assert ("已停止" in page, "恢復收信" in page, "收信中" in page) == (True, True, False)
        assert browser.post(f"{address}resume/", {}).status_code == 302
        assert "已停止" not in browser.get(LIST).content.decode()

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"host": "https://imap.example"}, "請寫主機名稱"),
            ({"host": "a" * 500}, "govuk-error-summary"),
            ({"port": "99999"}, "govuk-error-summary"),
            ({"user": "a\r\nb LOGOUT"}, "不能用的字元"),
            ({"security": "SSLv2"}, "govuk-error-summary"),
            ({"host": "imap.elsewhere.example"}, "不加密"),
        ],
    )
    def test_what_cannot_be_is_said_at_the_field(self, city, server, more, why):
        answer = signed_in(city.dispatcher).post(f"{LIST}{city.works.code}/", self.typed(server, **more))

        assert (answer.status_code, why in answer.content.decode()) == (422, True)
        assert "a secret" not in answer.content.decode()

    def test_trouble_stands_first_and_in_words(self, city, server):
        keep(city, server, city.works, password="wrong")
        read()
        browser = signed_in(city.dispatcher)

        page = browser.get(LIST).content.decode()
        assert "收不到信" in page
        assert str(Trouble.LOGIN.label) in page
        assert str(Trouble.LOGIN.label) in browser.post(f"{LIST}{city.works.code}/try/", follow=True).content.decode()

    def test_ask_no_more_for_many_than_for_one(self, city, server, django_assert_max_num_queries):
        keep(city, server)
        browser = signed_in(city.dispatcher)
        browser.get(LIST)
        with django_assert_max_num_queries(16):
            browser.get(LIST)

    def test_are_not_for_officers(self, city):
        browser = signed_in(city.officer)
        assert browser.get(LIST).status_code == 403
        assert signed_in(city.dispatcher).get(f"{LIST}nobody/").status_code == 404
