"""A shift at the desk, request by request: pop, FAQ, petition, call-back, nuisance, wrap-up; who may do what."""

from datetime import date, timedelta

import pytest
from django.test import Client as Browser

from cityhall.domains.contacts import services
from cityhall.domains.contacts.models import CallBack, ContactMoment, NuisanceReport
from cityhall.domains.contacts.states import CallBackState, NuisanceVerdict, Outcome, Presence
from cityhall.domains.contacts.tests.ring import SECRET, tell
from cityhall.domains.faq import services as faq
from cityhall.domains.faq.models import Use
from cityhall.domains.petitions.models import Petition
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant

pytestmark = pytest.mark.django_db
NOW = instant(date(2026, 11, 16), 9, 30)
DESK = "/desk/hotline/"


@pytest.fixture(autouse=True)
def now(settings, monkeypatch):
    settings.CTI_SECRET = SECRET
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def rdec(db):
    return make_agency("rdec")


@pytest.fixture
def operator(rdec):
    return make_person(rdec, None, Role.OPERATOR)


@pytest.fixture
def desk(client, operator):
    client.force_login(operator.account)
    services.be(state=Presence.READY, seat="1001", by=operator.account, at=NOW)
    return client


@pytest.fixture
def entry(rdec):
    texts = {"question": "垃圾車幾點來？", "answer": "每天傍晚，依路線表。", "aliases": "垃圾什麼時候收"}
    version = faq.write(code="garbage", agency=rdec, texts=texts, by=None, at=NOW - timedelta(days=9))
    return faq.publish(faq.submit(version, by=None, at=NOW - timedelta(days=9)), by=None, at=NOW - timedelta(days=9))


def call(call_id="a", number="0912345678", seat="1001"):
    tell("newCall", call_id, at=NOW, **{"from": number})
    tell("answer", call_id, at=NOW + timedelta(seconds=5), answeringNumber=seat)
    return ContactMoment.objects.get(call_id=call_id)


def words(response):
    return response.content.decode()


class TestAPop:
    def test_opens_the_call_at_an_empty_desk_and_leaves_one_in_use_alone(self, desk):
        contact = call()

        assert str(contact.reference) in desk.get(f"{DESK}pop/")["HX-Redirect"]
        page = desk.get(f"{DESK}pop/?contact={contact.reference}")
        assert "HX-Redirect" not in page
        again = desk.get(f"{DESK}pop/?contact={contact.reference}", headers={"If-None-Match": page["ETag"]})
        assert again.status_code == 304

    def test_shows_what_the_number_asked_before_and_never_the_number(self, desk):
        before = call("a")
        services.wrap_up(before, code="enquiry", by=before.operator.account, at=NOW)
        call("b", "+886 912 345 678")

        page = words(desk.get(DESK))

        assert before.number in page
        assert "不一定是同一個人" in page
        assert "345678" not in page

    def test_is_only_for_the_seat_that_answers(self, desk):
        call(seat="2002")

        assert "HX-Redirect" not in desk.get(f"{DESK}pop/")


class TestAnswering:
    def test_by_the_key_of_an_entry_counts_and_joins(self, desk, entry):
        contact = call()
        found = words(desk.get(f"{DESK}faq/", {"words": "垃圾几点收", "contact": contact.reference}))
        assert 'data-key="1"' in found
        assert "garbage" in found

        desk.post(f"{DESK}contacts/{contact.reference}/answer/", {"code": "garbage"})
        desk.post(f"{DESK}contacts/{contact.reference}/answer/", {"code": "gone"})

        contact.refresh_from_db()
        assert contact.outcome == Outcome.ANSWERED_BY_FAQ
        assert [row.code for row in contact.answers.all()] == ["garbage"]
        assert Use.objects.get().channel == "HOTLINE"
        assert "垃圾車幾點來" in words(desk.get(f"{DESK}contacts/{contact.reference}/"))

    def test_ends_with_a_code_and_a_note_that_tells_no_number(self, desk, operator):
        contact = call()
        tell("hangup", "a", at=NOW + timedelta(seconds=60))

        desk.post(f"{DESK}contacts/{contact.reference}/wrap-up/", {"note": "請回0912-345-678", "code": "other"})

        contact.refresh_from_db()
        assert contact.wrap_up == "other"
        assert "345" not in contact.note
        assert services.current_presence(operator).state == Presence.READY
        assert "現在沒有來電" in words(desk.get(DESK))

    def test_keeps_what_is_noted_when_it_goes_on_to_another_page(self, desk):
        contact = call()
        path, here = f"{DESK}contacts/{contact.reference}/", f"{DESK}?contact={contact.reference}"

        to = [
            desk.post(f"{path}note/", {"note": "路燈不亮\x00", "go": go})["Location"]
            for go in ("petition", "transfer", "x")
        ]

        assert to == [f"/desk/petitions/new/?contact={contact.reference}", f"{path}transfer/", here]
        contact.refresh_from_db()
        assert contact.note == "路燈不亮"
        assert Entry.objects.filter(event="contact.noted").count() == 1

    def test_without_an_exchange_begins_by_hand(self, desk):
        desk.post(f"{DESK}begin/")

        assert "通話中的這一通" in words(desk.get(DESK))

    def test_costs_the_same_for_many(self, desk, entry, django_assert_max_num_queries):
        for n in range(6):
            contact = call(f"c{n}")
            services.wrap_up(contact, code="enquiry", by=contact.operator.account, at=NOW)
        call("last")

        with django_assert_max_num_queries(40):
            desk.get(DESK)
        with django_assert_max_num_queries(25):
            desk.get(f"{DESK}contacts/")


class TestAPetition:
    def test_of_a_call_is_filled_in_read_back_and_joined(self, desk):
        contact = call()
        services.write_note(contact, note="路燈不亮三天", by=contact.operator.account, at=NOW)
        form = words(desk.get(f"/desk/petitions/new/?contact={contact.reference}"))
        assert "路燈不亮三天" in form
        assert f'name="contact" value="{contact.reference}"' in form

        given = {
            "contact": str(contact.reference), "channel": "PHONE", "text": "路燈不亮三天", "name": "陳小美",
            "phone": "0912345678", "told": "on", "verified": "read_back", "asked": "",
        }  # fmt: skip
        read = desk.post("/desk/petitions/new/", given)
        assert f'name="contact" value="{contact.reference}"' in words(read)
        done = desk.post("/desk/petitions/new/", {**given, "said": read.context["said"], "readings": "1"})

        contact.refresh_from_db()
        petition = Petition.objects.get()
        assert contact.case == petition.case
        assert contact.outcome == Outcome.CASE_OPENED
        page = words(desk.get(done["Location"]))
        assert petition.case.number in page
        assert petition.case.tracking_code in page


class TestACallBack:
    def test_is_a_task_until_somebody_is_reached_and_then_its_number_goes(self, desk):
        contact = call()
        given = {"phone": "03-333-4444", "about": "查到再回", "day": "2026-11-17", "hour": "17"}

        desk.post(f"{DESK}contacts/{contact.reference}/call-back/", given)

        row = CallBack.objects.get()
        assert "3334444" not in row.phone
        assert Todo.objects.open().filter(kind="contact.call_back").count() == 1
        assert "033334444" in words(desk.get(f"{DESK}call-backs/{row.pk}/"))
        assert Entry.objects.filter(event="contact.number_seen").exists()
        desk.post(f"{DESK}call-backs/{row.pk}/", {"result": "REACHED"})
        row.refresh_from_db()
        assert (row.state, row.phone) == (CallBackState.REACHED, "")
        assert not Todo.objects.open().filter(kind="contact.call_back").exists()
        assert desk.post(f"{DESK}call-backs/{row.pk}/", {"result": "missed"}).status_code == 422

    def test_is_given_up_after_three_tries(self, desk, operator):
        who = {"by": operator.account, "at": NOW}
        row = services.promise_call_back(call(), phone="033334444", about="x", due_at=NOW + timedelta(1), **who)

        for _n in range(3):
            row = services.call_back_done(row, result="missed", **who)

        assert row.state == CallBackState.GIVEN_UP

    @pytest.mark.parametrize("bad", [{"phone": "abc"}, {"day": "2026-11-16", "hour": "08"}, {"about": ""}])
    def test_says_what_is_wrong(self, desk, bad):
        given = {"phone": "03-333-4444", "about": "查到再回", "day": "2026-11-17", "hour": "17", **bad}

        assert desk.post(f"{DESK}contacts/{call().reference}/call-back/", given).status_code == 422
        assert not CallBack.objects.exists()


class TestNuisance:
    def test_is_warned_of_recorded_reviewed_and_never_keeps_a_call_out(self, desk, rdec):
        contact = call()
        path = f"{DESK}contacts/{contact.reference}/nuisance/"
        assert desk.post(path, {"kind": "ABUSE"}).status_code == 422
        desk.post(path, {"kind": "ABUSE", "warned": "on"})
        supervisor = Browser()
        supervisor.force_login(make_person(rdec, None, Role.SUPERVISOR).account)
        assert desk.post(f"{path}decide/", {"upheld": "yes"}).status_code == 403
        supervisor.post(f"{path}decide/", {"upheld": "yes"})

        assert NuisanceReport.objects.get().verdict == NuisanceVerdict.UPHELD
        call("b")
        assert "照常接聽" in words(desk.get(DESK))


class TestPresence:
    def test_of_a_seat_is_one_persons(self, desk, rdec):
        other = Browser()
        other.force_login(make_person(rdec, None, Role.OPERATOR).account)

        other.post(f"{DESK}presence/", {"state": "READY", "seat": "1001"})
        assert "別人在用" in words(other.get(DESK))
        desk.post(f"{DESK}presence/", {"state": "OFF", "seat": "1001"})
        other.post(f"{DESK}presence/", {"state": "READY", "seat": "1001"})
        assert "別人在用" not in words(other.get(DESK))


class TestTheList:
    def test_is_narrowed_and_exported_without_numbers_and_notes(self, client, rdec, operator, desk):
        contact = call()
        services.write_note(contact, note="秘密備註", by=operator.account, at=NOW)
        boss = Browser()
        boss.force_login(make_person(rdec, None, Role.SUPERVISOR).account)

        assert contact.number in words(boss.get(f"{DESK}contacts/", {"q": contact.number}))
        assert "沒有符合條件" in words(boss.get(f"{DESK}contacts/?q=C115-9999999"))
        text = b"".join(boss.get(f"{DESK}contacts/export.csv").streaming_content).decode()
        assert contact.number in text
        assert "秘密" not in text
        assert desk.get(f"{DESK}contacts/export.csv").status_code == 403

    def test_names_who_took_a_call_to_supervisors_only(self, client, rdec, operator, desk):
        call()
        boss = Browser()
        boss.force_login(make_person(rdec, None, Role.SUPERVISOR).account)

        assert operator.name in words(boss.get(f"{DESK}contacts/"))
        other = Browser()
        other.force_login(make_person(rdec, None, Role.OPERATOR).account)
        assert operator.name not in words(other.get(f"{DESK}contacts/"))

    def test_is_not_for_agencies(self, client):
        client.force_login(make_person(make_agency("works"), None, Role.COORDINATOR).account)

        assert client.get(f"{DESK}contacts/").status_code == client.get(DESK).status_code == 403
