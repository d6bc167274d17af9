"""E-mail as a channel: strangers, parties, authorities that pass on, machines; and the desk's page of incoming mail."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cityhall.domains.petitions.models import Forwarder, Petition, Referral
from cityhall.domains.petitions.services import dispatch, filing, handling, letters, mail, upkeep
from cityhall.domains.petitions.services.filing import Who
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.engines.files import queries as files
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.states import State
from cityhall.engines.mailbox import addresses, services
from cityhall.engines.mailbox.models import MailMessage
from cityhall.engines.mailbox.states import Door, Fate, Note, Why
from cityhall.engines.mailbox.tests import letters_in as made
from cityhall.engines.mailbox.tests.letters_in import BOX, CITIZEN, MINISTRY, WORDS
from cityhall.engines.outbox.services import drain
from cityhall.engines.worklist.models import Mention, Todo

from .citizen import photo
from .city import NINE, City, make_city, opened, signed_in

pytestmark = pytest.mark.django_db
LATER = NINE + timedelta(hours=1)


@pytest.fixture
def city(settings, tmp_path, monkeypatch) -> City:
    settings.MAIL_BOX, settings.MAIL_FROM, settings.FILES_DIR = BOX, "noreply@cityhall.example", tmp_path
    settings.SMTP_URL = "smtp://127.0.0.1:9"  # nothing listens: letters wait
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    made_city = make_city()
    made_city.outside.name, made_city.outside.short_name = "內政部", "內政部"
    made_city.outside.save()
    return made_city


@pytest.fixture
def ministry(city) -> Forwarder:
    return mail.keep_forwarder(
        None, address="@ministry.example", agency=city.outside, working_days=5, answer_to="", ended_on=None,
        by=city.dispatcher.account, at=NINE,
    )  # fmt: skip


def take(raw: bytes, *, when=LATER, **more) -> MailMessage:
    message = services.take_in(raw, door=Door.SMTP, at=when, **more)
    services.sort(message, at=when)
    message.refresh_from_db()
    return message


def with_files(
    *parts: tuple[str, str, bytes], text: str = WORDS, head: str = "", message_id: str = "<files@x>"
) -> bytes:
    """A message with attachments."""
    lines = [
        f"From: 陳小美 <{CITIZEN}>\nTo: {BOX}\nSubject: =?utf-8?B?{base64.b64encode('路燈'.encode()).decode()}?=\n"
        f"Message-ID: {message_id}\n{head}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    ]
    for name, kind, content in parts:
        coded = base64.b64encode(content).decode()
        lines.append(
            f'--b\nContent-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
            f"Content-Transfer-Encoding: base64\n\n{coded}\n"
        )
    return made.crlf("".join(lines) + "--b--\n")


def petition_of(message: MailMessage) -> Petition:
    return Petition.objects.select_related("case__requester", "case__place").get(case=message.about_id)


def letter_to(email: str, **more) -> Letter:
    return Letter.objects.filter(address=email, **more).latest("pk")


class TestStranger:
    def test_becomes_a_report_that_waits_for_its_confirmation(self, city):
        message = take(made.big5())

        petition = petition_of(message)
        assert (message.fate, message.why) == (Fate.OPENED, Why.NEW)
        assert (petition.case.status, petition.case.channel) == (Status.AWAITING_CONFIRMATION, Channel.EMAIL)
        assert (petition.case.text, petition.case.requester.email) == (WORDS, CITIZEN)
        assert petition.case.requester.name == "陳小美"
        assert letter_to(CITIZEN).template == "petitions.confirmation"

    def test_confirms_by_answering_with_the_code(self, city):
        take(made.plain())
        letter = letter_to(CITIZEN)
        code = re.search(r"\d{6}", letter.subject)[0]

        message = take(
            made.plain(
                f"{code}\n\n寄件者: 市政廳\n寄件日期: 1\n收件者: 我\n主旨: x\n\n您的驗證碼", message_id="<code@x>"
            ),
            recipients=(addresses.reply_address(letter),),
        )

        assert (message.fate, message.why) == (Fate.ADDED, Why.CODE)
        assert petition_of(message).case.confirmed_at is not None

    def test_a_wrong_code_is_counted_and_opens_nothing(self, city):
        take(made.plain())
        letter = letter_to(CITIZEN)
        code = re.search(r"\d{6}", letter.subject)[0]
        wrong = f"{(int(code) + 1) % 1000000:06}"

        message = take(made.plain(wrong, message_id="<w@x>"), recipients=(addresses.reply_address(letter),))

        assert petition_of(message).case.confirmed_at is None

    def test_runs_out_after_seven_days_like_any_other(self, city):
        petition = petition_of(take(made.plain()))

        upkeep.expire_unconfirmed(LATER + timedelta(days=8))

        petition.case.refresh_from_db()
        assert petition.case.status == Status.EXPIRED_UNCONFIRMED

    def test_written_to_an_agencys_own_mailbox_is_addressed_to_it(self, city):
        city.works.email = "works@cityhall.example"
        city.works.save()

        message = take(made.plain(to="works@cityhall.example"))

        assert petition_of(message).addressed_to == city.works
        city.outside.email = "contact@power.example"
        city.outside.save()
        assert not addresses.is_taken("contact@power.example")
        assert addresses.is_taken("works@cityhall.example")

    def test_photos_come_along_and_what_cannot_stays_in_the_message(self, city):
        picture = photo("燈.jpg").read()
        raw = with_files(
            ("燈.jpg", "image/jpeg", picture), ("表.docx", "application/msword", b"PK\x03\x04"),
            ("winmail.dat", "application/ms-tnef", b"x9f>\x22"), ("壞.jpg", "image/jpeg", b"\xff\xd8\xffbroken"),
        )  # fmt: skip

        message = take(raw)

        assert [one.kind for one in files.of(petition_of(message).case)] == ["picture"]
        assert {Note.NOT_TAKEN, Note.TNEF} <= set(message.notes)
        assert files.mail_of(message).path.read_bytes() == raw

    def test_a_long_letter_keeps_its_whole_text_beside(self, city):
        message = take(made.plain("很長。" * 3000))

        assert len(petition_of(message).case.text) <= 4000
        assert Note.CUT in message.notes
        assert len(message.text) == 9000

    def test_english_is_answered_in_english(self, city):
        take(made.plain("The street light is broken.", subject="light"))

        assert letter_to(CITIZEN).language == "en"

    @pytest.mark.parametrize(("text", "subject"), [("", ""), ("   \n", " ")])
    def test_without_a_word_waits_for_a_person(self, city, text, subject):
        assert take(made.plain(text, subject=subject)).why == Why.NO_WORDS

    def test_an_address_that_no_letter_reaches_waits_for_a_person(self, city):
        message = take(made.plain(sender="x <x@localhost_bad>"))

        assert message.fate == Fate.DESK
        assert not Petition.objects.exists()

    def test_the_subject_alone_is_enough(self, city):
        assert petition_of(take(made.plain("", subject="中山路路燈不亮"))).case.text == "中山路路燈不亮"

    def test_a_report_of_danger_goes_out_at_once(self, city):
        message = take(made.plain("中山路路燈漏電，有人受傷"))

        assert petition_of(message).danger

    def test_a_name_in_the_subject_stays_out_of_the_heading(self, city):
        petition = petition_of(take(made.plain(subject="我是陳小美 0912345678 路燈")))

        assert "陳小美" not in petition.case.title
        assert "0912345678" not in petition.case.title


class TestForgetting:
    def test_what_was_never_confirmed_leaves_the_mail_too(self, city):
        message = take(made.plain())
        stored = files.mail_of(message)
        upkeep.expire_unconfirmed(LATER + timedelta(days=8))

        upkeep.forget_unconfirmed(LATER + timedelta(days=40))

        message.refresh_from_db()
        assert (message.sender, message.text, message.subject, message.recipients) == ("", "", "", [])
        assert files.mail_of(message) is None
        stored.refresh_from_db()
        assert stored.removed_at is not None
        assert message.fate == Fate.OPENED
        assert (
            "清除"
            in signed_in(city.dispatcher)
            .get(reverse("petitions:mail_message", args=[message.reference]))
            .content.decode()
        )

    def test_what_came_of_nothing_is_forgotten_after_its_days(self, city):
        message = take(made.plain(List_Id="<a.b>"))
        kept = take(made.plain(message_id="<2@x>"))

        assert services.forget_old(LATER + timedelta(days=179)) == 0
        assert services.forget_old(LATER + timedelta(days=181)) == 1

        message.refresh_from_db()
        kept.refresh_from_db()
        assert (message.sender, kept.sender) == ("", CITIZEN)


class TestStrangerQuotingANumber:
    def test_reaches_nothing_and_learns_nothing(self, city):
        case = opened().case
        events, sent = case.events.count(), Letter.objects.count()

        message = take(made.plain(subject=f"Re: 案件 {case.number}", sender="other@elsewhere.example"))

        assert (message.fate, message.why, message.about_id) == (Fate.DESK, Why.STRANGER_QUOTES, "")
        assert (case.events.count(), Letter.objects.count()) == (events, sent)
        assert not case.additions.exists()

    def test_is_answered_the_same_whether_the_number_exists_or_not(self, city):
        message = take(made.plain(subject="案件 115-1116-9999", sender="other@elsewhere.example"))

        assert message.why == Why.STRANGER_QUOTES

    def test_waits_on_the_desks_list(self, city):
        message = take(made.plain(subject="案件 115-1116-9999", sender="other@elsewhere.example"))

        todo = Todo.objects.get(kind="petition.mail")
        assert todo.url.endswith(f"/desk/petitions/mail/{message.reference}/")
        mail.set_aside(message, reason="廣告", by=city.dispatcher.account, at=LATER)
        todo.refresh_from_db()
        assert todo.closed_at is not None

    def test_a_reference_to_a_letter_of_somebody_else_reaches_nothing(self, city):
        opened()
        letter = letter_to("citizen@mail.example")

        message = take(made.plain(sender="other@elsewhere.example", In_Reply_To=letter.message_id))

        assert message.why == Why.STRANGER_QUOTES


class TestParty:
    SENDER = "陳小美 <citizen@mail.example>"

    @pytest.fixture
    def petition(self, city) -> Petition:
        petition = opened()
        handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        return Petition.objects.select_related("case").get(pk=petition.pk)

    @pytest.mark.parametrize("way", ["number", "reference", "address"])
    def test_adds_to_their_case(self, city, petition, way):
        letter = letter_to("citizen@mail.example")
        given = {"sender": self.SENDER, "message_id": f"<{way}@x>"}
        if way == "number":
            given["subject"] = f"補充 {petition.case.number}"
        if way == "reference":
            given["In_Reply_To"] = letter.message_id
        recipients = (addresses.reply_address(letter),) if way == "address" else ()

        message = take(made.plain("燈桿號碼 A123", **given), recipients=recipients)

        assert message.fate == Fate.ADDED
        assert petition.case.additions.get().text == "燈桿號碼 A123"
        assert petition.case.events.filter(type="facts_added").exists()
        assert Todo.objects.get(kind="petition.handle", closed_at=None).seen_at is None

    def test_from_another_address_by_the_signed_one_says_so(self, city, petition):
        letter = letter_to("citizen@mail.example")

        message = take(made.plain(sender="work@elsewhere.example"), recipients=(addresses.reply_address(letter),))

        assert (message.fate, Note.OTHER_SENDER in message.notes) == (Fate.ADDED, True)

    def test_answers_the_officers_question(self, city, petition):
        handling.ask_citizen(petition, text="請問哪一支？", by=city.officer.account, at=NINE)
        letter = letter_to("citizen@mail.example", template="petitions.question")

        take(
            with_files(
                ("燈.jpg", "image/jpeg", photo("a.jpg").read()), text="A123", head=f"In-Reply-To: {letter.message_id}\n"
            ).replace(CITIZEN.encode(), b"citizen@mail.example")
        )

        petition.case.refresh_from_db()
        assert petition.case.questions.get().answer == "A123"
        assert petition.case.status != Status.AWAITING_CITIZEN
        assert files.of(petition.case).count() == 1

    def test_what_was_joined_to_another_goes_there(self, city, petition):
        parent = opened("公園落葉沒人掃")
        handling.end(petition, Status.MERGED, reason="同一件", parent=parent.case, by=city.dispatcher.account, at=NINE)

        message = take(made.plain(sender=self.SENDER, subject=petition.case.number))

        assert message.about_id == str(parent.case.pk)

    def test_of_an_ended_case_waits_for_a_person(self, city, petition):
        handling.end(petition, Status.WITHDRAWN, reason="民眾撤回", by=city.officer.account, at=NINE)

        message = take(made.plain("還是沒修", sender=self.SENDER, subject=petition.case.number))

        assert (message.fate, message.why, message.about_id) == (Fate.DESK, Why.ENDED, str(petition.case.pk))

    def test_only_their_own_words_are_added(self, city, petition):
        take(
            made.plain(
                f"謝謝\n\n市政廳 <{BOX}> 於 2026年寫道：\n> 舊信", sender=self.SENDER, subject=petition.case.number
            )
        )

        assert petition.case.additions.get().text == "謝謝"

    def test_an_officer_who_answers_a_warning_adds_nothing(self, city, petition):
        clock = deadline_queries.clocks_of(petition.case).first()
        city.officer.email = "officer@cityhall.example"
        letters.warning(petition, clock=clock, level=50, to=city.officer, at=NINE)
        letter = letter_to("officer@cityhall.example")

        message = take(made.plain(sender="officer@cityhall.example", In_Reply_To=letter.message_id))

        assert message.why == Why.OWN_LETTER_ANSWERED

    def test_a_warning_waits_for_the_daily_letter_unless_the_petition_is_urgent(self, city, petition):
        clock = deadline_queries.clocks_of(petition.case).first()
        Petition.objects.filter(pk=petition.pk).update(urgent=False, danger=False)

        upkeep.warned(clock, 80, NINE)

        assert not Letter.objects.filter(template="petitions.warning").exists()
        told = Mention.objects.first()
        assert petition.case.number in told.words
        assert petition.case.title not in told.words
        Petition.objects.filter(pk=petition.pk).update(urgent=True)
        Mention.objects.all().delete()
        upkeep.warned(clock, 80, NINE)
        assert not Mention.objects.exists()

    def test_a_bounce_of_a_letter_stands_in_the_timeline(self, city, petition):
        letter = letter_to("citizen@mail.example")

        message = take(made.bounced(letter.message_id))

        letter.refresh_from_db()
        assert (message.fate, letter.state) == (Fate.BOUNCE, State.RETURNED)
        assert petition.case.events.filter(type="letter_returned").count() == 1

    def test_a_vacation_note_adds_nothing(self, city, petition):
        letter = letter_to("citizen@mail.example")

        take(
            made.plain(sender=self.SENDER, Auto_Submitted="auto-replied"), recipients=(addresses.reply_address(letter),)
        )

        assert not petition.case.additions.exists()


class TestPassedOn:
    @pytest.mark.parametrize(
        "raw", [made.forwarded(), made.forwarded(made.GMAIL), made.forwarded(made.NOTES), made.nested()]
    )
    def test_becomes_the_citizens_report_with_the_forwarders_clock(self, city, ministry, raw):
        message = take(raw)

        petition = petition_of(message)
        referral = Referral.objects.get()
        assert (message.fate, message.why) == (Fate.OPENED, Why.FORWARDED)
        assert (petition.case.channel, petition.case.status) == (Channel.FORWARDED, Status.AWAITING_CONFIRMATION)
        assert (petition.case.requester.email, petition.case.text.startswith(WORDS)) == (CITIZEN, True)
        assert letter_to(CITIZEN).template == "petitions.confirmation"
        assert (referral.answer_to, referral.forwarder) == (MINISTRY, ministry)
        clock = deadline_queries.running(referral, "referral")
        assert (clock.amount, clock.started_at) == (5, message.received_at)
        assert Todo.objects.get(kind="petition.referral").due_at == clock.due_at

    def test_the_list_says_who_waits_for_an_answer_and_asks_no_more_for_it(self, city, ministry):
        opened()
        client = signed_in(city.dispatcher)
        client.get(reverse("petitions:list"))
        with CaptureQueriesContext(connection) as before:
            client.get(reverse("petitions:list"))
        take(made.forwarded())
        with CaptureQueriesContext(connection) as after:
            page = client.get(reverse("petitions:list")).content.decode()

        assert "轉來 內政部 <" in page
        assert len(after) == len(before)

    def confirmed(self, city) -> Petition:
        petition = petition_of(take(made.forwarded()))
        petition = filing.confirm(petition, how="email_code", by=None, at=LATER)
        if petition.case.agency is None:
            dispatch.dispatch_by_desk(
                petition, category=city.street_light, agency=None, note="", by=city.dispatcher.account, at=LATER
            )
        petition = Petition.objects.get(pk=petition.pk)
        handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=LATER)
        return Petition.objects.select_related("case").get(pk=petition.pk)

    def answer(self, city, petition, text: str, **more) -> None:
        handling.draft_reply(petition, text=text, by=city.officer.account, at=LATER, **more)
        reply = handling.submit_reply(Petition.objects.get(pk=petition.pk), by=city.officer.account, at=LATER)
        handling.approve_reply(reply, by=city.chief.account, at=LATER)

    def test_the_answer_goes_to_the_citizen_and_to_the_forwarder(self, city, ministry):
        petition = self.confirmed(city)
        self.answer(city, petition, "已派員查看。")
        assert Referral.objects.get().answered_at is None
        assert Todo.objects.get(kind="petition.referral", closed_at=None).person == city.officer

        self.answer(city, petition, "已修復。", outcome="SOLVED")

        assert "已修復。" in letter_to(CITIZEN).text
        told = letter_to(MINISTRY)
        assert "已修復。" in told.text
        assert "部民字第1150001234號" in told.text
        assert petition.case.number in told.subject
        assert CITIZEN not in told.text
        referral = Referral.objects.get()
        assert referral.answered_at == LATER
        assert deadline_queries.clocks_of(referral).get().state == "MET"
        assert not Todo.objects.filter(kind="petition.referral", closed_at=None).exists()

    def test_the_forwarder_is_told_when_the_citizen_never_confirms(self, city, ministry):
        take(made.forwarded())

        upkeep.expire_unconfirmed(LATER + timedelta(days=8))

        assert "沒有在期限內完成驗證" in letter_to(MINISTRY).text
        assert deadline_queries.clocks_of(Referral.objects.get()).get().state == "CANCELLED"

    def test_the_forwarder_is_told_how_else_it_ended(self, city, ministry):
        petition = self.confirmed(city)

        handling.end(petition, Status.WITHDRAWN, reason="民眾撤回", by=city.officer.account, at=LATER)

        assert "民眾已撤回" in letter_to(MINISTRY).text

    def test_the_clock_warns_and_moves_like_others(self, city, ministry):
        petition = self.confirmed(city)
        clock = deadline_queries.running(Referral.objects.get(), "referral")
        city.officer.email = "officer@cityhall.example"
        city.officer.save()

        upkeep.warned(clock, 50, LATER)
        upkeep.moved(clock, clock.due_at, LATER)

        assert petition.case.events.filter(type="warned", payload__stage="referral").exists()

    def test_the_forwarder_who_asks_again_adds_to_the_case(self, city, ministry):
        petition = self.confirmed(city)

        message = take(
            made.plain("請速復。", sender=MINISTRY, subject=f"催辦 {petition.case.number}", message_id="<again@x>")
        )

        assert (message.fate, message.why) == (Fate.ADDED, Why.NUMBER)

    def test_without_the_citizen_waits_for_a_person(self, city, ministry):
        message = take(made.forwarded("請卓處。\n"))

        assert (message.fate, message.why) == (Fate.DESK, Why.NO_ORIGINAL)

    def test_a_telephone_number_alone_is_called(self, city, ministry):
        text = made.OUTLOOK.replace(" [mailto:chen.hsiao-mei@mail.example]", "")

        petition = petition_of(take(made.forwarded(text)))

        assert (petition.case.requester.email, petition.case.requester.phone) == ("", "0912345678")
        assert Todo.objects.filter(kind="petition.call_back").exists()

    def test_twice_is_one(self, city, ministry):
        first, second = take(made.forwarded()), take(made.forwarded())

        assert first.pk == second.pk
        assert (Petition.objects.count(), Referral.objects.count()) == (1, 1)

    def test_after_its_end_its_mail_is_a_strangers(self, city, ministry):
        mail.keep_forwarder(
            ministry, address=ministry.address, agency=city.outside, working_days=5, answer_to="",
            ended_on=NINE.date(), by=city.dispatcher.account, at=NINE,
        )  # fmt: skip

        assert take(made.forwarded()).why == Why.NEW

    def test_our_own_domain_is_no_forwarder(self, city):
        with pytest.raises(CannotAct):
            mail.keep_forwarder(
                None, address="@cityhall.example", agency=city.works, working_days=5, answer_to="", ended_on=None,
                by=city.dispatcher.account, at=NINE,
            )  # fmt: skip


class TestByHand:
    @pytest.fixture
    def waiting(self, city) -> MailMessage:
        return take(made.plain(subject="案件 115-1116-9999", sender="other@elsewhere.example"))

    def test_becomes_a_report(self, city, waiting):
        petition = mail.open_by_hand(
            waiting, text="路燈不亮", who=Who(name="王", email="other@elsewhere.example"), forwarder=None,
            document_number="", by=city.dispatcher.account, at=LATER,
        )  # fmt: skip

        waiting.refresh_from_db()
        assert (waiting.fate, waiting.why, petition.case.status) == (Fate.OPENED, Why.BY_HAND, "AWAITING_CONFIRMATION")
        with pytest.raises(CannotAct):
            mail.set_aside(waiting, reason="x", by=city.dispatcher.account, at=LATER)

    def test_and_back_again(self, city, waiting):
        petition = mail.open_by_hand(
            waiting, text="路燈不亮", who=Who(email="other@elsewhere.example"), forwarder=None, document_number="",
            by=city.dispatcher.account, at=LATER,
        )  # fmt: skip

        mail.undo(waiting, reason="看錯了", by=city.dispatcher.account, at=LATER)

        petition.case.refresh_from_db()
        waiting.refresh_from_db()
        assert (petition.case.status, waiting.fate) == (Status.WITHDRAWN, Fate.DESK)

    def test_belongs_to_a_case_and_back_again(self, city, waiting):
        petition = opened()

        mail.attach_by_hand(waiting, petition, by=city.dispatcher.account, at=LATER)
        assert petition.case.additions.count() == 1
        waiting.refresh_from_db()
        mail.undo(waiting, reason="不是這一件", by=city.dispatcher.account, at=LATER)

        waiting.refresh_from_db()
        assert waiting.fate == Fate.DESK
        assert not petition.case.additions.exists()
        assert petition.case.events.filter(type="mail_taken_back", public=False).exists()
        assert [step.fate for step in waiting.steps.all()] == [Fate.DESK, Fate.ADDED, Fate.DESK]

    def test_files_leave_the_case_too(self, city):
        petition = opened()
        raw = with_files(("燈.jpg", "image/jpeg", photo("a.jpg").read())).replace(b"=?utf-8", b"115-1116-9999 =?utf-8")
        message = take(raw)
        mail.attach_by_hand(message, petition, by=city.dispatcher.account, at=LATER)
        assert files.of(petition.case).count() == 1

        mail.undo(message, reason="不是", by=city.dispatcher.account, at=LATER)

        assert files.of(petition.case).count() == 0

    def test_a_confirmed_report_is_not_taken_back(self, city, waiting):
        petition = mail.open_by_hand(
            waiting, text="路燈不亮", who=Who(email="other@elsewhere.example"), forwarder=None, document_number="",
            by=city.dispatcher.account, at=LATER,
        )  # fmt: skip
        filing.confirm(petition, how="email_code", by=None, at=LATER)

        with pytest.raises(CannotAct):
            mail.undo(waiting, reason="x", by=city.dispatcher.account, at=LATER)


class TestPages:
    def page(self, name: str, message: MailMessage | None = None, *more: object) -> str:
        args = [message.reference, *more] if message else []
        return reverse(f"petitions:{name}", args=args)

    def test_the_list_says_what_became_of_each(self, city, django_assert_max_num_queries):
        take(made.big5())
        take(made.plain(message_id="<l@x>", List_Id="<a.b>"))
        browser = signed_in(city.dispatcher)

        text = browser.get(self.page("mail")).content.decode()

        assert "成為反映" in text
        assert "郵件群組或電子報" in text
        assert CITIZEN not in text
        assert "路燈不亮" in browser.get(self.page("mail") + "?fate=OPENED").content.decode()
        assert "沒有符合條件" in browser.get(self.page("mail") + "?q=zzzz").content.decode()
        with django_assert_max_num_queries(30):
            browser.get(self.page("mail"))

    def test_a_message_is_read_and_that_is_written_down(self, city):
        message = take(made.big5())

        answer = signed_in(city.dispatcher).get(self.page("mail_message", message))

        assert WORDS in answer.content.decode()
        assert Entry.objects.filter(event="personal_data.seen", subject_id=str(message.pk)).count() == 1

    def test_the_bytes_are_saved_and_never_opened(self, city):
        raw = made.big5()
        message = take(raw)

        answer = signed_in(city.dispatcher).get(self.page("mail_raw", message))

        assert b"".join(answer.streaming_content) == raw
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Type"] == "application/octet-stream"
        assert Entry.objects.filter(event="personal_data.seen", payload__contains="mail:raw").exists()

    def test_a_part_is_saved(self, city):
        message = take(with_files(("evil.html", "text/html", b"<script>alert(1)</script>")))
        browser = signed_in(city.dispatcher)

        answer = browser.get(self.page("mail_part", message, 1))

        assert answer.content == b"<script>alert(1)</script>"
        assert answer["Content-Type"] == "application/octet-stream"
        assert "attachment" in answer["Content-Disposition"]
        assert browser.get(self.page("mail_part", message, 2)).status_code == 404

    def test_script_in_a_message_is_text(self, city):
        message = take(made.plain("<script>alert(1)</script>", subject="<img src=x onerror=alert(1)>"))

        text = signed_in(city.dispatcher).get(self.page("mail_message", message)).content.decode()

        assert "<script>alert(1)" not in text
        assert "<img src=x" not in text

    def test_the_signed_address_is_not_shown(self, city):
        opened()
        signed = addresses.reply_address(letter_to("citizen@mail.example"))
        message = take(made.plain(), recipients=(signed,))

        assert signed not in signed_in(city.dispatcher).get(self.page("mail_message", message)).content.decode()

    def test_the_handling_officer_reads_the_mail_of_the_case_others_do_not(self, city):
        petition = opened()
        handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        message = take(made.plain(sender="a <citizen@mail.example>", subject=petition.case.number))

        assert signed_in(city.officer).get(self.page("mail_message", message)).status_code == 200
        assert signed_in(city.other_officer).get(self.page("mail_message", message)).status_code == 404
        assert signed_in(city.officer).get(self.page("mail")).status_code == 403

    def test_a_person_decides_on_pages(self, city):
        message = take(made.plain(subject="案件 115-1116-9999", sender="o <other@elsewhere.example>"))
        browser = signed_in(city.dispatcher)
        form = browser.get(self.page("open_mail", message)).content.decode()
        assert "other@elsewhere.example" in form

        sent = {"text": "路燈不亮", "name": "王", "email": "bad address"}
        assert browser.post(self.page("open_mail", message), sent).status_code == 422
        sent["email"] = "other@elsewhere.example"
        assert browser.post(self.page("open_mail", message), sent).status_code == 302
        assert browser.post(self.page("set_mail_aside", message), {"reason": "x"}).status_code == 422
        assert browser.post(self.page("undo_mail", message), {"reason": "看錯"}).status_code == 302
        assert browser.post(self.page("attach_mail", message), {"number": "1"}).status_code == 422
        assert browser.post(self.page("set_mail_aside", message), {"reason": "廣告"}).status_code == 302
        message.refresh_from_db()
        assert message.fate == Fate.SET_ASIDE

    def test_the_export_names_nobody_and_is_written_down(self, city):
        take(made.big5())
        browser = signed_in(city.dispatcher)

        answer = browser.get(reverse("petitions:export_mail", args=["csv"]))

        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert "成為反映" in text
        assert CITIZEN not in text
        assert Entry.objects.filter(event="petition.mail_exported").exists()
        ods = browser.get(reverse("petitions:export_mail", args=["ods"]))
        assert BytesIO(b"".join(ods.streaming_content)).read(2) == b"PK"

    def test_forwarders_are_kept_on_pages(self, city):
        browser = signed_in(city.commission)
        sent = {"address": "no address", "agency": "power", "working_days": "5"}
        add = reverse("petitions:add_forwarder")

        assert browser.post(add, sent).status_code == 422
        assert browser.post(add, sent | {"address": "@ministry.example"}).status_code == 302
        assert browser.post(add, sent | {"address": "@MINISTRY.example"}).status_code == 422
        row = Forwarder.objects.get()
        assert "@ministry.example" in browser.get(reverse("petitions:forwarders")).content.decode()
        there = reverse("petitions:forwarder", args=[row.pk])
        assert browser.post(there, sent | {"address": "@ministry.example", "working_days": "7"}).status_code == 302
        row.refresh_from_db()
        assert row.working_days == 7

    def test_the_record_shows_who_passed_it_on_and_by_when(self, city, ministry):
        petition = TestPassedOn().confirmed(city)

        text = signed_in(city.officer).get(reverse("petitions:record", args=[petition.case.reference])).content.decode()

        assert "內政部" in text
        assert "部民字第1150001234號" in text
        listed = signed_in(city.dispatcher).get(reverse("petitions:list") + "?channel=FORWARDED").content.decode()
        assert "內政部" in listed

    def test_letters_wait_and_are_drained_once(self, city):
        take(made.plain())

        drain(LATER)

        assert MailMessage.objects.count() == 1
