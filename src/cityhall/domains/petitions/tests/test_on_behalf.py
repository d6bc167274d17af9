"""里長 and councillors' offices report for citizens who agreed; they see no more than that, and are told of news."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from cityhall.domains.petitions import on_behalf, queries
from cityhall.domains.petitions.consenting import Fault, Sight, consent_fault, sight
from cityhall.domains.petitions.models import Consent, Petition
from cityhall.domains.petitions.services import callbacks, filing, handling
from cityhall.domains.petitions.services import on_behalf as acts
from cityhall.domains.petitions.services.filing import Submission, Who
from cityhall.domains.petitions.tests.city import INSIDE, MONDAY, NINE, make_city, signed_in
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.letters.models import Letter

from .test_intake import body, read_out, register

LIST = "/desk/petitions/on-behalf/"
WHO = Who(name="金阿嬤", email="granny@mail.example", phone="0987-650-001")
TEXT = "路燈不亮，我是金阿嬤，電話0987-650-001"


class TestRules:
    @pytest.mark.parametrize(
        ("day", "fault"),
        [
            (MONDAY, None),
            (MONDAY + timedelta(days=1), Fault.LATER),
            (MONDAY - timedelta(days=90), None),
            (MONDAY - timedelta(days=91), Fault.OLD),
            (date.max, Fault.LATER),
        ],
    )
    def test_a_consent_holds_for_its_days(self, day, fault):
        assert consent_fault(day, today=MONDAY, days=90) == fault

    @pytest.mark.parametrize(
        ("content", "withdrawn", "secret", "seen"),
        [
            (True, False, False, Sight.CONTENT),
            (True, False, True, Sight.STATE),
            (False, False, False, Sight.STATE),
            (True, True, False, Sight.NOTHING),
        ],
    )
    def test_no_more_is_seen_than_was_agreed(self, content, withdrawn, secret, seen):
        assert sight(shares_content=content, withdrawn=withdrawn, kept_secret=secret) == seen


@pytest.fixture
def city(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE + timedelta(minutes=30))
    return make_city()


@pytest.fixture
def head(city):
    return make_person(city.works, None, Role.VILLAGE_HEAD)


def reported(head, *, shares="CONTENT", who=WHO, text=TEXT, opened=True, **more):
    petition = acts.file(
        Submission(text=text, channel=Channel.ON_BEHALF, who=who, where=INSIDE, **more),
        consent=acts.Given(how="SPOKEN", obtained_on=MONDAY, shares=shares), by=head.account, at=NINE,
    )  # fmt: skip
    return filing.confirm(petition, how="email_code", by=None, at=NINE) if opened else petition


def answered(city, petition, text="已修復。"):
    handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
    petition = Petition.objects.select_related("case").get(pk=petition.pk)
    handling.draft_reply(petition, text=text, outcome="SOLVED", by=city.officer.account, at=NINE)
    reply = handling.submit_reply(petition, by=city.officer.account, at=NINE)
    handling.approve_reply(reply, by=city.chief.account, at=NINE)


def sent(**more):
    return {
        "channel": "ON_BEHALF", "text": TEXT, "name": WHO.name, "phone": WHO.phone, "told": "on", "verified": "later",
        "consent_how": "SPOKEN", "consent_on_year": "115", "consent_on_month": "11", "consent_on_day": "15",
        "consent_shares": "STATE", **more,
    }  # fmt: skip


class TestFiling:
    URL = "/desk/petitions/new/"

    def test_states_the_consent_and_waits_for_the_citizen(self, city, head):
        browser = signed_in(head)
        parts = {one.key: " ".join(one.words) for one in browser.post(self.URL, sent()).context["parts"]}
        register(browser, sent())

        petition = Petition.objects.select_related("case").get()
        assert "當面口頭同意" in parts["consent"]
        assert petition.case.status == Status.AWAITING_CONFIRMATION
        assert petition.case.channel == Channel.ON_BEHALF
        consent = petition.consent
        assert (consent.intermediary, consent.obtained_on) == (head.account, MONDAY - timedelta(days=1))
        event = petition.case.events.get(type="consent_recorded")
        assert event.payload == {"how": "SPOKEN", "on": "2026-11-15", "shares": "STATE"}

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"consent_how": ""}, "民眾怎麼同意"),
            ({"consent_on_day": "17"}, "這一天還沒到"),
            ({"consent_on_year": "114"}, "請再問民眾一次"),
            ({"consent_on_month": "13"}, "沒有這一天"),
            ({"consent_shares": "EVERYTHING"}, "consent_shares"),
            ({"verified": "read_back"}, "verified"),
            ({"channel": "PHONE"}, "channel"),
        ],
    )
    def test_without_a_consent_that_holds_nothing_is_filed(self, city, head, wrong, sentence):
        response = signed_in(head).post(self.URL, sent(**wrong))

        assert response.status_code == 422
        assert sentence in body(response)
        assert not Petition.objects.exists()

    def test_the_act_itself_asks_for_it_too(self, city, head):
        with pytest.raises(CannotAct):
            acts.file(
                Submission(text=TEXT, channel="WEB", who=WHO),
                consent=acts.Given("SPOKEN", MONDAY - timedelta(days=365), "STATE"), by=head.account, at=NINE,
            )  # fmt: skip

    def test_twice_pressed_is_one(self, city, head):
        browser, key = signed_in(head), {"idempotency_key": "6a0f1c9e-0000-4000-8000-000000000009"}
        given = read_out(browser, sent())
        for _time in range(2):
            browser.post(self.URL, {**given, **key})

        assert Petition.objects.count() == Consent.objects.count() == 1

    def test_the_citizen_confirms_by_a_letter_that_says_who_reported_it(self, city, head):
        reported(head, opened=False)

        letter = Letter.objects.get(template="petitions.confirmation")
        assert letter.address == WHO.email
        assert on_behalf.words_for(head.account, NINE) in letter.text

    def test_or_by_a_call_back_and_denying_ends_it(self, city, head):
        petition = reported(head, opened=False, who=Who(name="金阿嬤", phone="0987-650-001"))
        operator = make_person(city.rdec, None, Role.OPERATOR).account
        callbacks.record(petition, outcome="DENIED", by=operator, at=NINE)

        petition.case.refresh_from_db()
        assert petition.case.status == Status.WITHDRAWN


class TestOwnPage:
    def test_lists_only_ones_own_with_their_states(self, city, head):
        mine, other = reported(head), make_person(city.works, None, Role.COUNCIL_OFFICE)
        theirs = reported(other)

        shown = body(signed_in(head).get(LIST))

        assert mine.case.number in shown
        assert theirs.case.number not in shown
        assert signed_in(other).get(f"{LIST}{mine.case.reference}/").status_code == 404

    def test_shows_words_and_answer_where_the_citizen_agreed_without_who_they_are(self, city, head):
        petition = reported(head)
        answered(city, petition, "金阿嬤您好，路燈已修復。")

        shown = body(signed_in(head).get(f"{LIST}{petition.case.reference}/"))

        assert "路燈不亮" in shown
        assert "已修復" in shown
        for private in ("金阿嬤", "0987", "granny@"):
            assert private not in shown
        assert Entry.objects.filter(event="personal_data.seen", payload__contains="on_behalf").exists()

    @pytest.mark.parametrize("more", [{"shares": "STATE"}, {"confidential": True}, {"keep_identity_secret": True}])
    def test_otherwise_the_number_and_the_state_alone(self, city, head, more):
        petition = reported(head, **more)
        answered(city, Petition.objects.select_related("case").get(pk=petition.pk)) if "shares" in more else None
        browser = signed_in(head)

        for path in (LIST, f"{LIST}{petition.case.reference}/", f"{LIST}export.csv"):
            shown = body(browser.get(path)) if "csv" not in path else b"".join(browser.get(path)).decode("utf-8-sig")
            assert petition.case.number in shown
            for hidden in ("路燈", "已修復", "金阿嬤", "0987", "granny@"):
                assert hidden not in shown

    def test_a_sealed_one_tells_nothing_but_that_it_is_there(self, city, head):
        petition = reported(head, text="承辦人收受餽贈，請查辦")

        shown = body(signed_in(head).get(f"{LIST}{petition.case.reference}/"))

        assert "餽贈" not in shown
        assert "政風" not in shown

    def test_the_officers_pages_show_it_no_more(self, city, head):
        petition, browser = reported(head), signed_in(head)

        assert browser.get(reverse("petitions:record", args=[petition.case.reference])).status_code in (403, 404)
        assert petition.case.number not in body(browser.get("/desk/petitions/"))
        assert not queries.visible_to(head.account, NINE).exists()
        assert not queries.find_for_officer(head.account, petition.case.number, NINE).exists()

    def test_is_narrowed_by_number_and_state(self, city, head):
        waiting, opened = reported(head, opened=False), reported(head)
        browser = signed_in(head)

        assert [row["case"].pk for row in browser.get(f"{LIST}?state=waiting").context["rows"]] == [waiting.case.pk]
        assert [row["case"].pk for row in browser.get(f"{LIST}?state=open").context["rows"]] == [opened.case.pk]
        assert browser.get(f"{LIST}?state=ended").context["rows"] == []
        found = browser.get(f"{LIST}?q={opened.case.number}").context["rows"]
        assert [row["case"].pk for row in found] == [opened.case.pk]
        assert browser.get(f"{LIST}?q=115-0000-0000").context["rows"] == []
        for wrong in ("q=%00", "state=x", "page=-1", "page=99999999999"):  # said at the field, or the nearest page
            assert browser.get(f"{LIST}?{wrong}").status_code == 200

    def test_speaks_of_the_citizen_not_to_the_citizen(self, city, head):
        waiting, opened = reported(head, opened=False), reported(head)
        browser = signed_in(head)

        assert "等民眾驗證" in body(browser.get(LIST))
        assert "處理並回復民眾" in body(browser.get(f"{LIST}{opened.case.reference}/"))
        handling.assign(opened, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        opened = Petition.objects.select_related("case").get(pk=opened.pk)
        handling.ask_citizen(opened, text="是哪一盞？", by=city.officer.account, at=NINE)
        page = body(browser.get(f"{LIST}{opened.case.reference}/"))
        assert "等民眾補充" in page
        assert "前回答承辦人的問題" in page
        assert "您補充" not in page + body(browser.get(f"{LIST}{waiting.case.reference}/"))

    def test_asks_no_more_for_many_than_for_one(self, city, head, django_assert_max_num_queries):
        for _each in range(4):
            reported(head)
        browser = signed_in(head)
        browser.get(LIST)

        with django_assert_max_num_queries(18):
            browser.get(LIST)

    def test_is_not_for_officers(self, city):
        assert signed_in(city.officer).get(LIST).status_code == 403


class TestNews:
    def test_goes_to_the_intermediary_without_a_word_of_the_petition(self, city, head):
        petition = reported(head)
        answered(city, petition)

        letters = list(Letter.objects.filter(template="petitions.on_behalf_news").order_by("pk"))
        assert {one.address for one in letters} == {head.account.email}
        assert len(letters) == 2  # opened, answered
        for one in letters:
            assert petition.case.number in one.text
            for hidden in ("路燈", "已修復", "金阿嬤", "0987", "granny@"):
                assert hidden not in one.subject + one.text
        assert Letter.objects.filter(template="petitions.first_reply", address=WHO.email).exists()

    def test_ends_when_the_citizen_says_so(self, city, head):
        petition, citizen = reported(head), signed_in(city.officer)
        session = citizen.session  # as the link of a letter leaves it
        session["following"] = [str(petition.case.reference)]
        session.save()
        address = reverse("petitions:intermediary", args=[petition.case.reference])
        assert on_behalf.words_for(head.account, NINE) in body(citizen.get(address))
        before = Letter.objects.filter(template="petitions.on_behalf_news").count()

        assert citizen.post(address).status_code == 302
        assert citizen.post(address).status_code == 302  # twice is the same
        answered(city, Petition.objects.select_related("case").get(pk=petition.pk))

        assert Letter.objects.filter(template="petitions.on_behalf_news").count() == before
        assert signed_in(head).get(f"{LIST}{petition.case.reference}/").status_code == 404
        assert petition.case.events.filter(type="consent_withdrawn").count() == 1
