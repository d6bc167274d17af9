"""What the desk writes down for citizens: telephone, counter, letter, and on somebody's behalf."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cityhall.domains.petitions import callers, locating, queries
from cityhall.domains.petitions.models import Petition, Supporter
from cityhall.domains.petitions.services import rulebook
from cityhall.domains.petitions.services.filing import Who
from cityhall.domains.petitions.tests.city import NINE, make_city, opened
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.letters.models import Letter

pytestmark = pytest.mark.django_db
URL = "/desk/petitions/new/"
CALL = {
    "channel": "PHONE", "text": "中山路 200 號前路燈不亮三天了", "name": "陳小美", "phone": "0912-345-678", "told": "on",
    "verified": "read_back",
}  # fmt: skip


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE + timedelta(minutes=30))
    return make_city()


@pytest.fixture
def operator(city, client):
    client.force_login(make_person(city.rdec, None, Role.OPERATOR).account)
    return client


def body(response):
    return response.content.decode()


def read_out(client, given):
    """What the page with the script sends on, once the citizen has said yes."""
    response = client.post(URL, given)
    assert response.status_code == 200, body(response)
    context = response.context
    kept = {}
    for name, value in context["kept"]:
        kept.setdefault(name, []).append(value)
    return {**kept, "said": context["said"], "readings": context["readings"]}


def register(client, given, **more):
    """Both pages, one after the other."""
    return client.post(URL, {**read_out(client, given), **more}, follow=True)


class TestIntake:
    def test_of_a_call_that_was_read_back_is_a_case_at_once(self, city, operator):
        shown = body(register(operator, CALL))

        petition = Petition.objects.select_related("case__requester").get()
        assert petition.case.status == Status.ASSIGNED
        assert petition.case.channel == Channel.PHONE
        assert petition.case.requester.phone == "0912-345-678"
        assert petition.case.number in shown
        assert petition.case.tracking_code in shown

    def test_that_nobody_verified_waits(self, city, operator):
        shown = body(register(operator, {**CALL, "verified": "later"}))

        assert Petition.objects.get().case.status == Status.AWAITING_CONFIRMATION
        assert "還沒有成案" in shown

    def test_asks_the_questions_of_the_category(self, city, operator):
        rulebook.add_question(
            city.street_light, code="pole", label="路燈編號", label_en="Pole number", by=None, at=NINE
        )
        given = {**CALL, "category": "street_light"}

        first = operator.post(URL, given)
        register(operator, {**given, "asked": "street_light", "q-pole": "A1234"})

        assert first.status_code == 422
        assert "路燈編號" in body(first)
        assert Petition.objects.get().answers == {"pole": "A1234"}
        assert Petition.objects.get().category == city.street_light

    def test_shows_the_questions_before_anything_is_filed(self, city, operator):
        rulebook.add_question(
            city.street_light, code="pole", label="路燈編號", label_en="Pole number", by=None, at=NINE
        )

        shown = operator.post(URL, {"category": "street_light", "look": "1", "text": "路燈"})

        assert "路燈編號" in body(shown)
        assert "請填" not in body(shown)
        assert not Petition.objects.exists()

    def test_warns_of_danger_and_sends_it_out(self, city, operator):
        shown = operator.post(URL, {**CALL, "text": "燈桿漏電，摸到會麻", "told": ""})
        register(operator, {**CALL, "text": "燈桿漏電，摸到會麻", "verified": "later"})

        assert "先請對方打 110 或 119" in body(shown)
        assert hasattr(Petition.objects.get(), "alert")

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"text": ""}, "請填「發生什麼事」"),
            ({"told": ""}, "請先告知個人資料的用途與權利"),
            ({"phone": ""}, "請至少留一種聯絡方式"),
            ({"phone": "", "email": "a@mail.example"}, "電話確認的，請留下電話"),
            ({"verified": "letter_named"}, "請填來信的地址"),
            ({"verified": "id_seen", "name": " "}, "請填姓名"),
            ({"email": "nothing"}, "電子郵件的格式不對"),
        ],
    )
    def test_says_what_is_missing_and_keeps_what_was_typed(self, city, operator, wrong, sentence):
        response = operator.post(URL, {**CALL, **wrong})

        assert response.status_code == 422
        assert sentence in body(response)
        assert not Petition.objects.exists()

    def test_a_village_head_files_on_behalf_and_cannot_vouch(self, city, client):
        head = make_person(city.works, None, Role.VILLAGE_HEAD)
        client.force_login(head.account)

        agreed = {
            "consent_how": "SPOKEN", "consent_on_year": "115", "consent_on_month": "11", "consent_on_day": "16",
            "consent_shares": "STATE",
        }  # fmt: skip

        refused = client.post(URL, {**CALL, **agreed, "channel": "ON_BEHALF"})
        register(client, {**CALL, **agreed, "channel": "ON_BEHALF", "verified": "later"})

        petition = Petition.objects.get()
        assert refused.status_code == 422
        assert petition.case.filed_by == head.account
        assert petition.case.channel == Channel.ON_BEHALF
        assert petition.case.status == Status.AWAITING_CONFIRMATION

    def test_is_not_for_an_officer(self, city, client):
        client.force_login(city.officer.account)

        assert client.get(reverse("petitions:intake")).status_code == 403

    def test_a_double_click_is_one_petition(self, city, operator):
        key = {"idempotency_key": "6a0f1c9e-0000-4000-8000-000000000002"}

        sent = read_out(operator, CALL)
        operator.post(URL, {**sent, **key})
        operator.post(URL, {**sent, **key})

        assert Petition.objects.count() == 1


class TestReadingBack:
    def test_says_back_who_what_where_and_which_and_registers_nothing(self, city, operator):
        response = operator.post(URL, {**CALL, "category": "street_light", "asked": "street_light", "secret": "on"})

        words = [" ".join(one.words) for one in response.context["parts"]]
        assert "您是陳小美。" in words[0]
        assert "0912、345、678" in words[0]
        assert "身分保密" in words[0]
        assert "中山路 200 號前路燈不亮三天了" in words[1]
        assert "沒有固定的地點" in words[2]
        assert "路燈故障" in words[3]
        assert "簡訊" in words[4]
        assert not Petition.objects.exists()

    def test_leaves_an_event_without_personal_data(self, city, operator):
        register(operator, CALL, recording="R-20261116-7")

        event = Petition.objects.get().case.events.get(type="read_back")
        assert event.payload == {
            "how": "read_back", "parts": ["who", "what", "where", "category", "answer"], "readings": 1,
            "recording": "R-20261116-7",
        }  # fmt: skip
        assert not event.public
        assert event.n < Petition.objects.get().case.events.get(type="confirmed").n

    def test_what_was_changed_is_read_again(self, city, operator):
        sent = read_out(operator, CALL)

        again = operator.post(URL, {**sent, "name": "陳大美"})
        assert again.status_code == 422
        assert "請再念一次" in body(again)
        assert not Petition.objects.exists()

        operator.post(URL, {**sent, "name": "陳大美", "said": again.context["said"], "readings": 2})
        event = Petition.objects.get().case.events.get(type="read_back")
        assert event.payload["readings"] == 2

    def test_a_correction_leads_back_to_its_field_with_everything_kept(self, city, operator):
        sent = read_out(operator, CALL)

        shown = operator.post(URL, {**sent, "change": "place"})

        assert "autofocus" in body(shown).split('name="place"')[1].split(">")[0]
        assert "陳小美" in body(shown)
        assert 'name="readings" value="1"' in body(shown)

    @pytest.mark.parametrize("said", ["0" * 32, "x", "\U0001f4a1"])
    def test_an_invented_digest_registers_nothing(self, city, operator, said):
        response = operator.post(URL, {**read_out(operator, CALL), "said": said})

        assert response.status_code == 422
        assert not Petition.objects.exists()

    @pytest.mark.parametrize("readings", ["", "-1", "x", "999", "²"])
    def test_a_hostile_count_is_no_error(self, city, operator, readings):
        operator.post(URL, {**read_out(operator, CALL), "readings": readings})

        assert Petition.objects.get().case.events.get(type="read_back").payload["readings"] == 1

    def test_what_was_not_read_out_is_not_said_to_be(self, city, operator):
        register(operator, {**CALL, "verified": "later"})

        assert not Petition.objects.get().case.events.filter(type="read_back").exists()

    def test_a_photo_that_is_none_is_refused_and_nothing_is_lost(self, city, operator):
        sent = read_out(operator, CALL)

        refused = operator.post(URL, {**sent, "photos": SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>")})

        assert refused.status_code == 422
        assert "陳小美" in body(refused)
        assert not Petition.objects.exists()

    def test_a_recording_number_with_a_name_in_it_is_refused(self, city, operator):
        response = operator.post(URL, {**read_out(operator, CALL), "recording": "R 7<b>"})

        assert response.status_code == 422
        assert "只能用字母" in body(response)


class TestCaller:
    def called(self, number="0912345678", **more):
        return opened(who=Who(name="陳小美", phone=number), **more)

    @pytest.mark.parametrize("typed", ["0912-345-678", "+886 912 345 678", "０９１２３４５６７８", "(0912)345678 #12"])
    def test_is_recognised_however_the_number_is_typed(self, city, operator, typed):
        petition = self.called()

        shown = operator.post(URL, {**CALL, "phone": typed, "caller": "1"})

        assert [one.pk for one in shown.context["calls"]] == [petition.pk]
        assert "只是提示" in body(shown)
        assert petition.case.number in body(shown)

    @pytest.mark.parametrize("hidden", ["keep_identity_secret", "confidential"])
    def test_learns_nothing_of_secret_ones(self, city, operator, hidden):
        self.called(**{hidden: True})

        shown = operator.post(URL, {**CALL, "caller": "1"})

        assert shown.context["calls"] == []
        assert "沒有查到" in body(shown)

    def test_that_it_was_asked_is_written_down_without_the_number(self, city, operator):
        petition = self.called()
        operator.post(URL, {**CALL, "caller": "1"})

        entry = Entry.objects.get(event="petition.caller_looked_up")
        assert json.loads(entry.payload)["new"] == {"shown": [petition.case.number]}
        assert "912" not in entry.payload

    def test_no_number_is_asked_again(self, city, operator):
        assert "看不出號碼" in body(operator.post(URL, {**CALL, "phone": "不知道", "caller": "1"}))
        assert not Entry.objects.filter(event="petition.caller_looked_up").exists()

    def test_is_nothing_for_who_may_not_read_reporters(self, city, client):
        self.called()
        client.force_login(make_person(city.works, None, Role.VILLAGE_HEAD).account)

        shown = body(client.post(URL, {**CALL, "channel": "ON_BEHALF", "verified": "later", "caller": "1"}))

        assert "這支電話反映過的" not in shown
        assert "查這支電話" not in shown

    def test_survives_a_new_secret_key(self, city, operator, settings):
        petition = self.called()
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 10
        operator.force_login(make_person(city.rdec, None, Role.OPERATOR).account)

        assert [one.pk for one in callers.recent(city.commission.account, "0912345678", NINE)] == [petition.pk]

    def test_is_found_in_the_search_too(self, city):
        petition = self.called()

        found = queries.find_for_officer(city.commission.account, "0912 345 678", NINE)

        assert [one.pk for one in found] == [petition.pk]


class TestTheSame:
    PLACE = "中山路200號"

    @pytest.fixture
    def near(self, city, monkeypatch):
        spot = locating.Spot(
            key="121.300000,25.000000", label=self.PLACE, district="桃園區", lon=121.3, lat=25.0, method="ADDRESS",
            accuracy_m=5, road="中山路",
        )  # fmt: skip
        monkeypatch.setattr(locating, "find", lambda words: [spot] if words else [])
        return opened("這裡的路燈不亮")

    def sent(self, **more):
        return {**CALL, "place": self.PLACE, "category": "street_light", "asked": "street_light", **more}

    def test_is_shown_while_it_is_written_and_when_it_is_read(self, near, operator):
        writing = operator.post(URL, self.sent(look="1"))
        reading = operator.post(URL, self.sent())

        assert near.case.number in body(writing)
        assert near.case.number in body(reading)
        assert "替對方附議" in body(reading)

    def test_becomes_a_supporter_who_is_told_by_short_message(self, near, operator):
        shown = operator.post(URL, self.sent(same=near.case.number), follow=True)

        supporter = Supporter.objects.get()
        assert (supporter.phone, supporter.email) == ("0912345678", "")
        assert Petition.objects.get().followers == 2
        letter = Letter.objects.get(template="petitions.supporter_news")
        assert letter.channel == "sms"
        assert near.case.number in body(shown)

    def test_twice_is_the_same(self, near, operator):
        for _time in range(2):
            operator.post(URL, self.sent(same=near.case.number))

        assert Supporter.objects.count() == 1
        assert Petition.objects.get().followers == 2

    def test_two_people_by_telephone_are_two(self, near, operator):
        operator.post(URL, self.sent(same=near.case.number))
        operator.post(URL, self.sent(same=near.case.number, phone="0987654321"))

        assert Petition.objects.get().followers == 3

    def test_by_mail_that_nobody_verified_waits_for_the_code(self, near, operator):
        operator.post(URL, self.sent(same=near.case.number, email="a@mail.example", verified="later"))

        assert Supporter.objects.get().confirmed_at is None
        assert Petition.objects.get().followers == 1

    @pytest.mark.parametrize(
        ("more", "sentence"),
        [({"phone": "03-3322101"}, "請照常登錄成一件"), ({"verified": "later"}, "要當場念給對方確認")],
    )
    def test_cannot_be_of_whom_no_news_would_reach(self, near, operator, more, sentence):
        refused = operator.post(URL, self.sent(same=near.case.number, **more))

        assert refused.status_code == 422
        assert sentence in body(refused)
        assert "陳小美" in body(refused)

    def test_of_a_confidential_one_is_not_found(self, near, operator):
        hidden = opened("路燈不亮", confidential=True)

        assert operator.post(URL, self.sent(same=hidden.case.number)).status_code == 404

    def test_or_is_filed_anyway(self, near, operator):
        register(operator, self.sent())

        assert Petition.objects.count() == 2
