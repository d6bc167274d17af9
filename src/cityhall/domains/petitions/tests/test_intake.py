"""What the desk writes down for citizens: telephone, counter, letter, and on somebody's behalf."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.services import rulebook
from cityhall.domains.petitions.tests.city import NINE, make_city
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person

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


class TestIntake:
    def test_of_a_call_that_was_read_back_is_a_case_at_once(self, city, operator):
        shown = body(operator.post(URL, CALL, follow=True))

        petition = Petition.objects.select_related("case__requester").get()
        assert petition.case.status == Status.ASSIGNED
        assert petition.case.channel == Channel.PHONE
        assert petition.case.requester.phone == "0912-345-678"
        assert petition.case.number in shown
        assert petition.case.tracking_code in shown

    def test_that_nobody_verified_waits(self, city, operator):
        shown = body(operator.post(URL, {**CALL, "verified": "later"}, follow=True))

        assert Petition.objects.get().case.status == Status.AWAITING_CONFIRMATION
        assert "還沒有成案" in shown

    def test_asks_the_questions_of_the_category(self, city, operator):
        rulebook.add_question(
            city.street_light, code="pole", label="路燈編號", label_en="Pole number", by=None, at=NINE
        )
        given = {**CALL, "category": "street_light"}

        first = operator.post(URL, given)
        operator.post(URL, {**given, "asked": "street_light", "q-pole": "A1234"})

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
        operator.post(URL, {**CALL, "text": "燈桿漏電，摸到會麻", "verified": "later"})

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

        refused = client.post(URL, {**CALL, "channel": "ON_BEHALF"})
        client.post(URL, {**CALL, "channel": "ON_BEHALF", "verified": "later"})

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

        operator.post(URL, {**CALL, **key})
        operator.post(URL, {**CALL, **key})

        assert Petition.objects.count() == 1
