"""Letters on paper: stamped, typed from their scan, and their limit runs from their receipt."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from cityhall.domains.petitions import slips
from cityhall.domains.petitions.models import Petition, ReceivedLetter
from cityhall.domains.petitions.receiving import StampFault, days_late, number_in, number_words, stamp_faults
from cityhall.domains.petitions.services import received
from cityhall.domains.petitions.services.filing import Submission, Who
from cityhall.domains.petitions.services.received import Stamp
from cityhall.domains.petitions.tests.citizen import photo
from cityhall.domains.petitions.tests.city import LEAVES, NINE, make_city, opened
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Status
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.files import queries as files
from cityhall.engines.letters.models import Letter
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at, day_of

NOW = NINE + timedelta(minutes=30)
WEDNESDAY = NINE + timedelta(days=2)
BOOK, ADD = "/desk/petitions/received/", "/desk/petitions/received/add/"
WHO = Who(name="陳小美", address="桃園區示範路1號", wants_letter=True)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def stamped(**more) -> dict[str, object]:
    """What the stamp's form sends."""
    day = more.pop("day", day_of(NOW))
    return {
        "desk": "rdec", "received_on_year": day.year, "received_on_month": day.month, "received_on_day": day.day, "clock": "09:20",
        "way": "POST", "pages": "2", "sender_name": "陳小美", "sender_address": "桃園區示範路1號", **more,
    }  # fmt: skip


@pytest.fixture
def city(monkeypatch, settings, tmp_path):
    settings.FILES_DIR = tmp_path
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return make_city()


@pytest.fixture
def operator(city):
    return make_person(city.rdec, None, Role.OPERATOR).account


@pytest.fixture
def browser(operator, client):
    client.force_login(operator)
    return client


def letter_of(city, operator, *, when=NOW, received_at=None, **more) -> ReceivedLetter:
    """A letter with its stamp."""
    given = {
        "desk": city.rdec, "way": "POST", "pages": 2, "sender_name": WHO.name, "sender_address": WHO.address, **more
    }  # fmt: skip
    scans = given.pop("scans", ())
    return received.register(Stamp(received_at=received_at or NINE, **given), scans=scans, by=operator, at=when)


def typed(letter, operator, *, when=NOW, text=LEAVES, who=WHO, named=True) -> Petition:
    """What is typed from it."""
    submission = Submission(text=text, channel="LETTER", who=who, category="park_upkeep")
    return received.file_letter(letter, submission, named=named, by=operator, at=when)


def body(response) -> str:
    return response.content.decode()


class TestStamp:
    def test_of_a_day_that_has_not_come_is_wrong(self):
        faults = stamp_faults(NOW + timedelta(hours=1), now=NOW, postmark=None, oldest_days=30)

        assert faults == {StampFault.FUTURE}

    def test_before_its_postmark_is_wrong(self):
        faults = stamp_faults(NOW, now=NOW, postmark=day_of(NOW) + timedelta(days=1), oldest_days=30)

        assert faults == {StampFault.POSTED_LATER}

    @pytest.mark.parametrize(("days", "faults"), [(30, set()), (31, {StampFault.OLD})])
    def test_of_more_than_thirty_days_ago_has_to_be_confirmed(self, days, faults):
        assert stamp_faults(NOW - timedelta(days=days), now=NOW, postmark=None, oldest_days=30) == faults

    def test_is_late_by_days_of_taipei(self):
        assert days_late(at(date(2026, 11, 16), 23, 50), at(date(2026, 11, 17), 0, 10)) == 1

    @pytest.mark.parametrize("words", ["R115-000012", " 115-12 ", "r115 - 000012"])
    def test_number_is_read_as_typed_or_scanned(self, words):
        assert number_in(words) == (115, 12)
        assert number_words(115, 12) == "R115-000012"

    @pytest.mark.parametrize("words", ["115-1116-0001", "路燈", "", "1-2"])
    def test_number_is_not_found_in_others(self, words):
        assert number_in(words) is None


@pytest.mark.django_db
class TestReceiving:
    def test_numbers_without_a_gap_and_puts_it_on_the_desks_list(self, city, operator):
        first, second = letter_of(city, operator), letter_of(city, operator)

        assert [first.number, second.number] == ["R115-000001", "R115-000002"]
        assert Todo.objects.filter(kind="petition.letter", closed_at=None).count() == 2
        assert Entry.objects.filter(event="petition.letter_received").count() == 2

    def test_refuses_what_cannot_be_and_uses_up_no_number(self, city, operator):
        with pytest.raises(CannotAct, match="還沒到"):
            letter_of(city, operator, received_at=NOW + timedelta(minutes=1))
        with pytest.raises(CannotAct, match="郵戳日"):
            letter_of(city, operator, postmark_on=day_of(NOW) + timedelta(days=1))
        with pytest.raises(CannotAct, match="很久"):
            letter_of(city, operator, received_at=NOW - timedelta(days=31))

        assert letter_of(city, operator).serial == 1

    def test_correction_keeps_why(self, city, operator):
        letter = letter_of(city, operator)
        stamp = Stamp(desk=city.rdec, way="HAND", received_at=NINE, pages=3, sender_name="陳小美")

        letter = received.correct(letter, stamp, reason="頁數數錯", by=operator, at=NOW)

        assert (letter.pages, letter.way) == (3, "HAND")
        assert "頁數數錯" in str(Entry.objects.get(event="petition.letter_corrected").payload)


@pytest.mark.django_db
class TestTyping:
    def test_of_a_named_letter_is_a_case_whose_limit_runs_from_its_receipt(self, city, operator):
        letter = letter_of(city, operator, when=WEDNESDAY)

        petition = typed(letter, operator, when=WEDNESDAY)

        petition = Petition.objects.select_related("case").get(pk=petition.pk)
        clock = Clock.objects.get(subject_id=petition.pk, stage="final")
        assert petition.case.received_at == petition.counts_from == clock.started_at == NINE
        assert petition.case.opened_on == day_of(WEDNESDAY)
        assert "書面來信自收文起算" in clock.because
        assert day_of(clock.due_at) == date(2026, 11, 25)
        assert letter.__class__.objects.get().petition == petition
        assert not Todo.objects.filter(kind__in=["petition.letter", "petition.call_back"], closed_at=None).exists()

    def test_goes_on_from_the_receipt_when_its_category_changes(self, city, operator):
        petition = typed(letter_of(city, operator, when=WEDNESDAY), operator, when=WEDNESDAY)
        petition.category = city.street_light
        from cityhall.domains.petitions.services import clocks

        clocks.category_changed(petition, at=WEDNESDAY)

        clock = Clock.objects.get(subject_id=petition.pk, stage="first")
        assert clock.started_at == NINE
        assert "自收文起連續計算" in clock.because

    def test_answers_on_paper(self, city, operator):
        petition = typed(letter_of(city, operator), operator)

        letter = Letter.objects.get(about_id=str(petition.pk), template="petitions.opened")
        assert (letter.channel, letter.address) == ("paper", "桃園區示範路1號")

    def test_without_name_and_address_waits_for_its_confirmation(self, city, operator):
        letter = letter_of(city, operator, sender_address="")
        with pytest.raises(CannotAct, match="沒有姓名與地址"):
            typed(letter, operator, who=Who(name="陳小美", phone="0912-345-678"))

        petition = typed(letter, operator, who=Who(name="陳小美", phone="0912-345-678"), named=False)

        assert petition.case.status == Status.AWAITING_CONFIRMATION
        assert petition.counts_from is None
        assert Todo.objects.filter(kind="petition.call_back", closed_at=None).exists()

    def test_twice_is_refused(self, city, operator):
        letter = letter_of(city, operator)
        typed(letter, operator)

        with pytest.raises(CannotAct, match="已經處理過"):
            typed(letter, operator)
        with pytest.raises(CannotAct, match="已經處理過"):
            received.set_aside(letter, reason="重複", by=operator, at=NOW)

        assert Petition.objects.count() == 1

    def test_puts_it_to_a_case_instead(self, city, operator):
        petition, letter = opened(LEAVES), letter_of(city, operator)

        letter = received.add_to_case(letter, petition, words="補充：昨天又滿了", by=operator, at=NOW)

        assert letter.petition == petition
        assert petition.case.additions.get().text == "補充：昨天又滿了"

    def test_sets_it_aside_and_takes_it_up_again(self, city, operator):
        letter = received.set_aside(letter_of(city, operator), reason="未具名", by=operator, at=NOW)
        closed = not Todo.objects.filter(kind="petition.letter", closed_at=None).exists()

        letter = received.take_up(letter, by=operator, at=NOW)

        assert closed
        assert letter.fate == "WAITING"
        assert Todo.objects.filter(kind="petition.letter", closed_at=None).exists()

    def test_forgets_who_wrote_when_no_case_came_of_it(self, city, operator):
        letter = letter_of(city, operator, scans=[photo("信.jpg")])
        petition = typed(letter, operator, who=Who(name="陳小美", phone="0912-345-678"), named=False)

        received.forget_scans(petition, at=NOW)
        received.forget_senders(petition, at=NOW)

        letter.refresh_from_db()
        assert (letter.sender_name, letter.sender_address, letter.scan_digest) == ("", "", "")
        assert not files.of(letter).exists()


@pytest.mark.django_db
class TestPages:
    def test_stamp_then_type_beside_the_scan(self, city, browser):
        sent = browser.post(ADD, stamped(scans=photo("信.jpg")))
        letter = ReceivedLetter.objects.get()
        page = browser.get(sent.url)
        scan = files.of(letter).get()
        given = {
            "text": LEAVES,
            "category": "park_upkeep",
            "name": "陳小美",
            "address": "桃園區示範路1號",
            "verified": "letter_named",
        }
        shown = body(browser.post(sent.url, given, follow=True))

        assert f"/scans/{scan.reference}/" in body(page)
        assert 'value="陳小美"' in body(page)
        assert Petition.objects.get().case.number in shown
        assert "列印收文單" in shown

    def test_shows_a_pdf_in_the_page_and_nowhere_else(self, city, browser):
        sent = browser.post(ADD, stamped(scans=SimpleUploadedFile("信.pdf", PDF)))
        letter = ReceivedLetter.objects.get()
        page = browser.get(sent.url)

        shown = browser.get(reverse("petitions:letter_scan", args=[letter.reference, files.of(letter).get().reference]))
        sent_bytes = b"".join(shown.streaming_content)

        assert "<iframe" in body(page)
        assert "frame-src 'self'" in page["Content-Security-Policy"]
        assert sent_bytes == PDF
        assert shown["Content-Type"] == "application/pdf"
        assert shown["X-Frame-Options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"clock": "25:00"}, "請填時與分"),
            ({"clock": "23:59"}, "收文時間還沒到"),
            ({"way": "REGISTERED"}, "掛號信請填掛號號碼"),
            ({"pages": "0"}, "1"),
            ({"day": date(2026, 9, 1)}, "收文日已經很久了"),
            ({"scans": SimpleUploadedFile("a.exe", b"MZ not a scan")}, "不是我們能收的格式"),
        ],
    )
    def test_says_what_is_wrong(self, city, browser, wrong, sentence):
        response = browser.post(ADD, stamped(**wrong))

        assert response.status_code == 422
        assert sentence in body(response)
        assert not ReceivedLetter.objects.exists()

    def test_takes_an_old_day_that_is_confirmed(self, city, browser):
        browser.post(ADD, stamped(day=date(2026, 9, 1), old_is_right="on"))

        assert ReceivedLetter.objects.get().days_late == 76

    def test_says_that_it_was_entered_late(self, city, browser):
        browser.post(ADD, stamped(day=date(2026, 11, 14)))

        assert "晚了 2 天" in body(
            browser.get(reverse("petitions:received_letter", args=[ReceivedLetter.objects.get().reference]))
        )

    def test_warns_of_the_same_scan_or_registered_number(self, city, browser):
        browser.post(ADD, stamped(scans=photo("信.jpg")))
        browser.post(ADD, stamped(way="REGISTERED", registered_number="12 345-6"))
        for again in ({"scans": photo("又.jpg")}, {"way": "REGISTERED", "registered_number": "123456"}):
            page = body(browser.get(browser.post(ADD, stamped(**again)).url))

            assert "可能收過了" in page

    def test_a_double_click_is_one_letter(self, city, browser):
        key = {"idempotency_key": "6a0f1c9e-0000-4000-8000-000000000009"}

        browser.post(ADD, stamped(**key))
        browser.post(ADD, stamped(**key))

        assert ReceivedLetter.objects.count() == 1

    def test_book_is_narrowed_by_numbers_and_exported_without_senders(self, city, browser, operator):
        petition = typed(letter_of(city, operator), operator)
        letter_of(city, operator, when=NOW, received_at=NOW - timedelta(days=3))

        by_case = body(browser.get(BOOK, {"q": petition.case.number}))
        late = body(browser.get(BOOK, {"late": "on"}))
        none = body(browser.get(BOOK, {"q": "R115-000999"}))
        sheet = b"".join(browser.get(f"{BOOK}export.csv")).decode()

        assert "R115-000001" in by_case
        assert "R115-000002" not in by_case
        assert "R115-000001" not in late
        assert "沒有符合條件的收文" in none
        assert petition.case.number in sheet
        assert "陳小美" not in sheet
        assert Entry.objects.filter(event="petition.letters_exported").exists()

    def test_empty_book_says_how_to_begin(self, city, browser):
        assert "還沒有收文" in body(browser.get(BOOK))

    def test_search_finds_a_scanned_number(self, city, browser, operator):
        letter = letter_of(city, operator)

        assert str(letter.reference) in body(browser.get("/desk/search", {"q": "R115-000001"}, follow=True))

    def test_scan_is_for_those_who_may_know_the_reporter(self, city, client, operator):
        letter = letter_of(city, operator, scans=[photo("信.jpg")])
        petition = typed(letter, operator)
        where = reverse("petitions:letter_scan", args=[letter.reference, files.of(letter).get().reference])
        seen = {}
        for name, person in (
            ("other", city.other_officer),
            ("coordinator", city.coordinator),
            ("officer", city.officer),
        ):
            client.force_login(person.account)
            answer = client.get(where)
            seen[name] = answer.status_code
            if answer.streaming:
                assert b"".join(answer.streaming_content)[:2] == b"\xff\xd8"

        assert petition.case.agency == city.works
        assert seen["other"] == 404
        assert seen["coordinator"] == 200

    def test_is_not_for_a_citizen(self, city, client):
        assert client.get(BOOK).status_code == 302


@pytest.mark.django_db
class TestSlip:
    def test_holds_the_case_number_as_a_code_and_the_senders_receipt(self, city, operator):
        letter = letter_of(city, operator)
        petition = typed(letter, operator)
        letter = ReceivedLetter.objects.get()

        made = slips.content(letter, at=NOW)
        text = PdfReader(BytesIO(slips.slip(letter, at=NOW))).pages[0].extract_text()

        assert "<svg" in made["code"]
        assert made["code"] == slips.code_of(petition.case.number)
        assert petition.case.number in text
        assert petition.case.tracking_code in text
        assert "陳小美" not in text

    def test_of_what_waits_holds_its_own_number(self, city, operator):
        letter = letter_of(city, operator)

        made = slips.content(letter, at=NOW)

        assert made["code"] == slips.code_of("R115-000001")
        assert made["case"] == ""
