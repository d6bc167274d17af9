"""The JSON API as a program uses it: from filing to progress, once for each key, every refusal a sentence."""

import json
import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client as Browser

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.services import citizen, filing
from cityhall.domains.petitions.services.filing import Who
from cityhall.domains.petitions.tests.city import NINE, file, make_city, opened
from cityhall.engines.cases.models import Case
from cityhall.engines.deadlines.queries import clocks_of
from cityhall.engines.identity.clients import Quota, create_client
from cityhall.engines.identity.models import Client
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox.services import drain
from cityhall.engines.textsearch.queries import matching
from cityhall.foundation.clock import day_of
from cityhall.web import messages

BASE = "/api/v1"
NOW = NINE + timedelta(hours=1)

messages.compile_all()


@pytest.fixture
def city(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return make_city()


def key_of(*scopes, per_minute=600, per_day=9_000):
    quota = Quota(per_minute, per_day)
    return create_client(name=uuid.uuid4().hex, scopes=scopes, quota=quota, by=None, at=NINE)[1]


@pytest.fixture
def key(city):
    return key_of("petitions.write")


REPORT = {
    "text": "中山路 200 號前路燈不亮三天了",
    "category": "street_light",
    "place": {"lon": 121.3, "lat": 25.0},
    "name": "陳小美",
    "email": "citizen@mail.example",
}


def headers(key, language=None, once=None):
    found = {"Authorization": f"Bearer {key}", "Accept-Language": language, "Idempotency-Key": once}
    return {name: value for name, value in found.items() if value and value != "Bearer None"}


def post(key, path="petitions", body=None, *, accept=None, once=None, **changes):
    content = {name: value for name, value in {**(body or REPORT), **changes}.items() if value is not None}
    return Browser().post(
        f"{BASE}/{path}", json.dumps(content), content_type="application/json", headers=headers(key, accept, once)
    )


def get(path, language=None, **query):
    return Browser().get(f"{BASE}/{path}", query, headers=headers(None, language))


def problem(response):
    """Status and sentence, after all that RFC 9457 and we promise has been seen."""
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert {"type", "title", "status", "detail", "instance", "request_id"} <= set(body)
    assert body["request_id"] == response["X-Request-ID"]
    return response.status_code, body["detail"]


def code_of_the_letter():
    return re.search(r"\b(\d{6})\b", Letter.objects.get(template="petitions.confirmation").text)[1]


def test_from_filing_to_progress(city, key):
    filed = post(key)

    assert filed.status_code == 201
    reference = filed.json()["reference"]
    assert (filed.json()["status"], filed.json()["number"]) == ("AWAITING_CONFIRMATION", None)
    assert get("petitions").json() == {"items": [], "page": 1, "pages": 1, "total": 0}

    confirmed = post(key, f"petitions/{reference}/confirm", {"code": code_of_the_letter()})

    assert confirmed.status_code == 200
    number, code = confirmed.json()["number"], confirmed.json()["tracking_code"]
    shown = {
        "number": number,
        "opened_on": "2026-11-16",
        "category": "street_light",
        "district": "桃園區",
        "agency": "works",
        "channel": "API",
        "status": "ASSIGNED",
        "status_name": "待分辦",
    }
    assert get("petitions").json()["items"] == [shown]
    assert get(f"petitions/{number}").json() == shown
    progress = get(f"petitions/{number}/progress", code=code).json()
    assert (progress["number"], progress["agency"]) == (number, "養護工程處")
    assert progress["due_at"]
    assert progress["steps"]
    assert "小美" not in json.dumps(progress, ensure_ascii=False)


class TestFiling:
    def test_categories(self, city):
        found = {one["code"]: one for one in get("categories").json()}

        assert found["street_light"]["urgent"] is True
        assert found["park_upkeep"]["urgent"] is False
        assert get("categories", language="en-US,en").json()[0]["name"] in {
            "Park upkeep",
            "Road marking",
            "Street light",
        }

    def test_a_vouching_key_opens_at_once(self, city):
        filed = post(key_of("petitions.write", "petitions.vouch"), email=None).json()

        assert re.fullmatch(r"115-1116-\d{4}", filed["number"])
        assert len(filed["tracking_code"]) == 8

    def test_the_card_app_is_a_channel_of_its_own(self, city):
        post(key_of("petitions.write", "petitions.card_app"))

        assert Case.objects.get().channel == "APP"

    def test_emoji_and_right_to_left_marks(self, city, key):
        assert post(key, text="路燈💡‮不亮").status_code == 201

        assert Case.objects.get().text == "路燈💡‮不亮"
        assert "‮" not in Case.objects.get().title

    def test_a_wrong_code_is_counted_and_opens_nothing(self, city, key):
        reference = post(key).json()["reference"]
        wrong = "000000" if code_of_the_letter() != "000000" else "111111"

        answers = [problem(post(key, f"petitions/{reference}/confirm", {"code": wrong})) for _ in range(5)]

        assert {status for status, _sentence in answers} == {422}
        assert "4" in answers[0][1]  # tries left
        assert problem(post(key, f"petitions/{reference}/confirm", {"code": code_of_the_letter()}))[0] == 422
        assert Petition.objects.get().case.status == "AWAITING_CONFIRMATION"

    def test_what_another_program_filed_is_not_there(self, city, key):
        reference = post(key).json()["reference"]
        post(key, f"petitions/{reference}/confirm", {"code": code_of_the_letter()})
        other = key_of("petitions.write")

        for unknown in (reference, file().case.reference, uuid.UUID(int=7)):
            assert problem(post(other, f"petitions/{unknown}/confirm", {"code": "123456"})) == (404, "找不到這筆資料。")

    def test_confirming_twice_is_the_same_act(self, city, key):
        path = f"petitions/{post(key).json()['reference']}/confirm"
        code = {"code": code_of_the_letter()}

        assert post(key, path, code).json() == post(key, path, code).json()


class TestCardApp:
    """市民卡 APP is a program like any other: its scope lets it file, and what it filed is its own alone."""

    SCOPES = ("petitions.write", "petitions.card_app")

    def test_files_in_its_own_name_and_confirms_only_its_own(self, city):
        app, other = key_of(*self.SCOPES), key_of(*self.SCOPES)
        filed = post(app)
        reference = filed.json()["reference"]
        code = code_of_the_letter()

        case = Case.objects.get(reference=reference)
        assert (case.channel, case.filed_by) == ("APP", Client.objects.earliest("pk").account)
        assert post(other, f"petitions/{reference}/confirm", {"code": code}).status_code == 404
        assert post(app, f"petitions/{reference}/confirm", {"code": code}).status_code == 200

    def test_reads_nothing_that_others_could_not_read(self, city):
        app, theirs = key_of(*self.SCOPES), opened("別人的路燈不亮", confidential=True)
        post(app)
        read = Browser(headers={"Authorization": f"Bearer {app}"})

        assert (
            read.get(f"{BASE}/petitions").json()["items"] == []
        )  # its own waits for the code, the other is confidential
        assert read.get(f"{BASE}/petitions/{theirs.case.number}").status_code == 404
        progress = f"{BASE}/petitions/{theirs.case.number}/progress"
        assert read.get(progress, {"code": "AAAAAAAA"}).status_code == 404
        for page in ("/desk/", "/desk/petitions/", f"/desk/petitions/{theirs.case.reference}/"):
            assert read.get(page).status_code in (302, 403, 404)

    def test_without_the_right_to_vouch_it_opens_nothing_by_itself(self, city):
        app = key_of(*self.SCOPES)

        assert post(app, email=None).status_code == 422
        assert post(app).json()["status"] == "AWAITING_CONFIRMATION"

    def test_the_name_of_a_channel_is_no_right_to_file(self, city):
        assert post(key_of("petitions.card_app")).status_code == 403


class TestOnce:
    def test_the_same_twice_is_one_petition_and_one_answer(self, city, key):
        first, again = post(key, once="once-upon-a-time"), post(key, once="once-upon-a-time")

        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert "Idempotency-Replayed" not in first
        assert again["Idempotency-Replayed"] == "true"
        assert again["Content-Type"] == first["Content-Type"]
        assert Petition.objects.count() == 1

    def test_another_body_under_the_same_key(self, city, key):
        post(key, once="once-upon-a-time")

        answer = post(key, once="once-upon-a-time", text="另一件事")

        status, sentence = problem(answer)
        assert (status, "Idempotency-Key" in sentence) == (422, True)
        assert Petition.objects.count() == 1

    def test_a_refusal_may_be_put_right_under_the_same_key(self, city, key):
        assert post(key, once="once-upon-a-time", category="nothing").status_code == 422
        assert post(key, once="once-upon-a-time").status_code == 201

    def test_keys_of_two_programs_do_not_meet(self, city, key):
        post(key, once="once-upon-a-time")

        assert "Idempotency-Replayed" not in post(key_of("petitions.write"), once="once-upon-a-time")
        assert Petition.objects.count() == 2

    def test_a_key_that_is_none(self, city, key):
        assert problem(post(key, once="short"))[0] == 400

    def test_without_a_key_as_often_as_asked(self, city, key):
        post(key)
        post(key)

        assert Petition.objects.count() == 2


class TestKeys:
    @pytest.mark.parametrize("wrong", [None, "k1", "ch_00000000_wrong"])
    def test_without_or_wrong(self, city, wrong):
        response = post(wrong)

        assert problem(response)[0] == 401
        assert response["WWW-Authenticate"] == 'Bearer realm="CityHall"'

    def test_for_something_else(self, city):
        status, sentence = problem(post(key_of("open311.write")))

        assert (status, sentence) == (403, "這把金鑰沒有使用這個服務的權限，請洽系統管理員。")

    def test_too_often(self, city):
        key = key_of("petitions.write", per_minute=1)
        post(key)

        response = post(key)

        assert problem(response) == (429, "呼叫太頻繁，請稍候再試。")
        assert 1 <= int(response["Retry-After"]) <= 61

    def test_too_often_today(self, city):
        key = key_of("petitions.write", per_day=1)
        post(key)

        response = post(key)

        assert problem(response)[0] == 429
        assert int(response["Retry-After"]) > 3600


class TestReading:
    def test_pages(self, city):
        newest_first = [
            opened(email=f"p{number}@mail.example", when=NINE + timedelta(minutes=number)).case.number
            for number in range(5)
        ][::-1]

        first, last = get("petitions", page_size=2).json(), get("petitions", page_size=2, page=3).json()

        assert (first["total"], first["pages"]) == (5, 3)
        assert [one["number"] for one in first["items"]] == newest_first[:2]
        assert [one["number"] for one in last["items"]] == newest_first[4:]
        assert get("petitions", page=4, page_size=2).json()["items"] == []

    def test_filters(self, city):
        light, mark = opened(), opened("路口標線不清", category="road_marking", when=NINE - timedelta(days=40))

        def found(**query):
            return [one["number"] for one in get("petitions", **query).json()["items"]]

        assert found(category="street_light") == [light.case.number]
        assert found(district="桃園區") == [light.case.number, mark.case.number]
        assert found(first="2026-11-01") == [light.case.number]
        assert found(last="2026-11-01") == [mark.case.number]

    def test_unconfirmed_and_confidential_are_not_there(self, city):
        file()
        secret = opened(confidential=True).case.number

        assert get("petitions").json()["total"] == 0
        assert problem(get(f"petitions/{secret}")) == (404, "找不到這筆資料。")

    def test_reporters_are_never_named(self, city):
        canary = Who(name="金絲雀", email="canary@mail.example", phone="0912-345-678")
        case = opened("我是金絲雀，電話0912-345-678，路燈不亮", who=canary).case

        for path in ("petitions", f"petitions/{case.number}"):
            body = get(path).content.decode()
            assert not [word for word in ("金絲雀", "canary", "0912") if word in body]

    def test_progress_needs_the_right_code(self, city):
        number = opened().case.number

        assert problem(get(f"petitions/{number}/progress", code="WRONGONE"))[0] == 404
        assert problem(get(f"petitions/{number}/progress"))[0] == 422


# ---- bad inputs of note 01 §5.11: the sentence in both languages, and the field where there is one -------------------

WRONG_REPORTS = [
    ({"place": {"lat": 25.0}}, "經度和緯度要一起填。", "Longitude and latitude belong together."),
    ({"place": {"lon": 25.0, "lat": 89.0}}, "不在臺灣", "not in Taiwan"),
    ({"place": {"lon": 0, "lat": 0}}, "不在臺灣", "not in Taiwan"),
    ({"place": {"lon": 25.0, "lat": 121.3}}, "lat：不能大於 90", "lat: must not be above 90"),
    ({"place": {"lon": "east", "lat": 25}}, "lon：要是數字", "lon: must be a number"),
    ({"place": {"lon": 121.3, "lat": 25.0, "words": "a\x00b"}}, "words：文字裡有不能儲存的字元", "words: The text has"),
    ({"text": "字" * 4001}, "text：最多 4000 個字", "text: at most 4000 characters"),
    ({"text": ""}, "text：至少 1 個字", "text: at least 1 character"),
    ({"text": "   "}, "請告訴我們發生什麼事。", "Please tell us what happened."),
    ({"text": None}, "text：必填", "text: is required"),
    ({"text": 7}, "text：要是文字", "text: must be text"),
    ({"text": "a\x00b"}, "text：文字裡有不能儲存的字元", "text: The text has characters that cannot be stored"),
    ({"text": "\ud800"}, "text", "text"),
    ({"category": "STREET_LIGHT"}, "這個類別不存在或已停用", "This category does not exist"),
    ({"category": "park_upkeep"}, "這個類別不存在或已停用", "This category does not exist"),
    ({"answers": {f"X{n}": "1" for n in range(21)}}, "answers：最多 20 項", "answers: at most 20 items"),
    ({"answers": {"X": "字" * 501}}, "answers：答案太長", "answers: The answer is too long"),
    ({"answers": {"X": {"y": 1}}}, "要是文字", "must be text"),
    ({"email": None}, "請提供 email", "Give an email"),
    ({"email": "a b@mail.example"}, "email：電子郵件的格式不對", "email: The e-mail address is malformed"),
    ({"language": "de"}, "language：不是可用的寫法", "language: is not written in a way that can be used"),
    ({"danger": "perhaps"}, "danger：要是 true 或 false", "danger: must be true or false"),
]
WRONG_QUESTIONS = [
    ({"page": "0"}, "page：不能小於 1", "page: must not be below 1"),
    ({"page": "-1"}, "page：不能小於 1", "page: must not be below 1"),
    ({"page": str(10**9)}, "page：不能大於 1000000", "page: must not be above 1000000"),
    ({"page": "x"}, "page：要是整數", "page: must be a whole number"),
    ({"page_size": "201"}, "page_size：不能大於 200", "page_size: must not be above 200"),
    ({"first": "2026-02-30"}, "first：要是日期", "first: must be a date"),
    ({"first": "2026-11-02", "last": "2026-11-01"}, "first 不能晚於 last", "first must not be after last"),
    ({"category": "a\x00b"}, "category：文字裡有不能儲存的字元", "category: The text has"),
]


def told(response):
    """Everything that a person reads of a refusal."""
    status, sentence = problem(response)
    assert status == 422
    found = response.json().get("errors", [])
    return "\n".join(
        [sentence, *(f"{one['field'].split('.')[-1]}{mark}{one['message']}" for one in found for mark in ("：", ": "))]
    )


class TestWrong:
    @pytest.mark.parametrize(("changes", "chinese", "english"), WRONG_REPORTS)
    def test_report(self, city, key, changes, chinese, english):
        city.park_upkeep.retired_on = day_of(NINE)
        city.park_upkeep.save()

        assert chinese in told(post(key, accept="zh-TW", **changes))
        assert english in told(post(key, accept="en-GB", **changes))
        assert not Petition.objects.exists()

    @pytest.mark.parametrize(("query", "chinese", "english"), WRONG_QUESTIONS)
    def test_question(self, city, query, chinese, english):
        assert chinese in told(get("petitions", **query))
        assert english in told(get("petitions", language="en", **query))

    def test_what_was_sent_is_not_sent_back(self, city, key):
        answer = post(key, email="secret person@mail.example", text=7)

        assert "secret" not in answer.content.decode()

    @pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff", b'<?xml version="1.0"?><!DOCTYPE x []><x/>'])
    def test_a_body_that_is_no_object(self, city, key, body):
        response = Browser().post(f"{BASE}/petitions", body, content_type="application/json", headers=headers(key))

        assert problem(response)[0] in {400, 422}

    def test_too_big(self, city, key, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

        assert problem(post(key, text="字" * 3000))[0] in {400, 413}

    @pytest.mark.parametrize("path", ["petitions/115-0101-0001", "petitions/a%00b", "nothing"])
    def test_404(self, city, path):
        assert problem(get(path))[0] == 404

    def test_a_method_that_means_nothing(self, city):
        response = Browser().delete(f"{BASE}/petitions")

        assert problem(response)[0] == 405
        assert "GET" in response["Allow"]


class TestLater:
    """What a program vouches for has its number at once; a worker dispatches it."""

    @pytest.fixture
    def vouched(self, city):
        key = key_of("petitions.write", "petitions.vouch")

        def file(**changes):
            answer = post(key, email=None, **changes)
            assert answer.status_code == 201
            return Petition.objects.select_related("case").get(case__number=answer.json()["number"])

        return file

    def test_a_worker_dispatches_it_and_its_clock_runs_from_its_number(self, vouched):
        petition = vouched()
        assert (petition.case.status, petition.case.confidential) == ("RECEIVED", True)

        drain(NOW + timedelta(minutes=4))

        petition.case.refresh_from_db()
        assert (petition.case.status, petition.case.confidential) == ("ASSIGNED", False)
        assert clocks_of(petition.case).get().started_at == petition.case.confirmed_at == NOW
        assert matching(Case.objects.all(), "路燈").get() == petition.case

    def test_its_number_is_taken_late_as_everybody_waits_for_the_counter(self, vouched, django_assert_max_num_queries):
        with django_assert_max_num_queries(60) as asked:
            vouched()

        said = "; ".join(query["sql"] for query in asked.captured_queries)
        rows = [
            found.start()
            for found in re.finditer("INSERT INTO .(cases_(requester|place|case)|petitions_petition).", said)
        ]
        assert len(rows) >= 3
        assert max(rows) < said.index("numbers_counter")

    def test_one_promise_takes_what_waits_along_and_the_others_find_it_done(self, vouched):
        petitions = [vouched() for _ in range(3)]

        assert filing.set_out_waiting(petitions[0].pk, at=NOW) == 3
        assert filing.set_out_waiting(petitions[1].pk, at=NOW) == 0
        assert Case.objects.filter(status="ASSIGNED").count() == 3

    def test_one_that_cannot_go_does_not_hold_up_the_others(self, vouched, monkeypatch, caplog):
        bad, good = vouched(), vouched()
        dispatch = filing.dispatch.dispatch

        def fails_for_one(petition, *, at):
            if petition.pk == bad.pk:
                raise ValueError("no agency")
            return dispatch(petition, at=at)

        monkeypatch.setattr(filing.dispatch, "dispatch", fails_for_one)
        assert filing.set_out_waiting(good.pk, at=NOW) == 1
        with pytest.raises(ValueError, match="no agency"):
            filing.set_out_waiting(bad.pk, at=NOW)

        assert Case.objects.get(pk=bad.pk).status == "RECEIVED"
        assert Case.objects.get(pk=good.pk).status == "ASSIGNED"

    def test_withdrawn_before_it_went_it_goes_nowhere(self, vouched):
        petition = vouched()
        citizen.withdraw(petition, reason="已經好了", by=None, at=NOW)

        assert filing.set_out_waiting(petition.pk, at=NOW) == 0
        assert Case.objects.get().status == "WITHDRAWN"
