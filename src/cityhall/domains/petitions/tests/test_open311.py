"""Open311 GeoReport v2 as strangers use it: the five schemas, two published clients, every refusal (note 01 §3)."""

import io
import itertools
import json
import re
import uuid
import warnings
import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from PIL import Image

from cityhall.domains.petitions.models import CategoryQuestion, Petition
from cityhall.domains.petitions.services import filing
from cityhall.domains.petitions.services.filing import Who
from cityhall.domains.petitions.tests.city import NINE, file, make_city, opened
from cityhall.domains.petitions.tests.georeport import schemas
from cityhall.engines.cases.models import Case
from cityhall.engines.files.models import StoredFile
from cityhall.engines.identity.clients import Quota, create_client, revoke_client
from cityhall.engines.letters.models import Letter
from cityhall.foundation.clock import day_of
from cityhall.web import messages

BASE = "/open311/v2"
NOW = NINE + timedelta(hours=1)
CANARY = ("金絲雀", "canary@mail.example", "0912-345-678")

messages.compile_all()


@pytest.fixture
def clock(monkeypatch):
    """Ten o'clock on a Monday; `clock(later)` moves on."""

    def set_to(instant):
        monkeypatch.setattr("django.utils.timezone.now", lambda: instant)

    set_to(NOW)
    return set_to


@pytest.fixture
def city(db, clock):
    found = make_city()
    ask(found.street_light, "POLE", order=1, required=True, hint="燈桿上的號碼", hint_en="the number on the pole")
    ask(found.street_light, "LAMPS", order=2, datatype="number")
    choices = [{"key": "dark", "name": "不亮", "name_en": "dark"}, {"key": "blinks", "name": "閃", "name_en": "blinks"}]
    ask(found.street_light, "HOW", order=3, datatype="multivaluelist", choices=choices)
    return found


def ask(category, code, **more):
    CategoryQuestion.objects.create(category=category, code=code, label=code, label_en=f"{code} please", **more)


def key_of(*scopes, per_minute=60):
    return create_client(name=uuid.uuid4().hex, scopes=scopes, quota=Quota(per_minute, 9_000), by=None, at=NINE)[1]


@pytest.fixture
def api_key(city):
    return key_of("open311.write")


@pytest.fixture
def vouching(city):
    return key_of("open311.write", "open311.vouch")


def get(path, **query):
    return Browser().get(f"{BASE}/{path}", query)


def listed(**query):
    response = get("requests.json", **query)
    assert response.status_code == 200, response.content
    return response.json()


def numbers(**query):
    return [one["service_request_id"] for one in listed(**query)]


REPORT = {
    "service_code": "street_light",
    "description": "路燈不亮",
    "lat": "25.0",
    "long": "121.3",
    "email": "a@mail.example",
    "attribute[POLE]": "123",
}


def post(key, fmt="json", language="zh-hant", **changes):
    form = {name: value for name, value in {**REPORT, "api_key": key, **changes}.items() if value is not None}
    return Browser().post(f"{BASE}/requests.{fmt}", form, headers={"Accept-Language": language})


def refusal(response):
    """Status and sentence of the protocol's error; the code stands in the body too."""
    assert response["Content-Type"] == "application/json; charset=utf-8"
    (error,) = response.json()
    assert error["code"] == response.status_code
    return response.status_code, error["description"]


def tree(value):
    """XML as the JSON that it should equal, all text: lists are what has items of one name."""
    if not len(value):
        return value.text or ""
    names = [child.tag for child in value]
    plural = {"services", "attributes", "values", "service_requests", "errors", "endpoints", "formats", "notes"}
    if value.tag in plural | {"photos"}:
        assert len(set(names)) == 1
        return [tree(child) for child in value]
    assert len(set(names)) == len(names)
    return {child.tag: tree(child) for child in value}


def texts(value):
    """JSON with every scalar as the text that XML has, empty lists as empty text."""
    if isinstance(value, dict):
        return {key: texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [texts(inner) for inner in value] or ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def photo(colour="red"):
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "JPEG")
    file.seek(0)
    file.name = "photo.jpg"
    return file


# ---- the five schemas; XML says what JSON says -----------------------------------------------------------------------


conforms = pytest.fixture(schemas)


class TestSchemas:
    def test_services(self, city, conforms):
        answer = get("services.json").json()

        conforms("services.json", answer)
        for one in answer:
            conforms("service.json", one)
        assert {one["service_code"]: one["metadata"] for one in answer} == {
            "street_light": True,
            "road_marking": False,
            "park_upkeep": False,
        }

    def test_definition(self, city, conforms):
        answer = get("services/street_light.json").json()

        conforms("service-definition.json", answer)
        assert [(one["code"], one["order"]) for one in answer["attributes"]] == [("POLE", 1), ("LAMPS", 2), ("HOW", 3)]
        assert answer["attributes"][2]["values"] == [{"key": "dark", "name": "不亮"}, {"key": "blinks", "name": "閃"}]

    def test_definition_without_questions(self, city, conforms):
        conforms("service-definition.json", get("services/road_marking.json").json())

    def test_requests_open_and_closed(self, city, conforms):
        opened()
        done = opened("公園的樹倒了")
        Case.objects.filter(pk=done.case_id).update(status="CLOSED", ended_at=NOW)

        answer = listed()

        conforms("requests.json", answer)
        for one in answer:
            conforms("request.json", one)
        assert [one["status"] for one in answer] == ["closed", "open"]
        assert answer[0]["updated_datetime"] == "2026-11-16T10:14:00+08:00"  # of a closed one: when it was closed

    def test_one_request_is_still_a_list(self, city, conforms):
        number = opened().case.number

        answer = get(f"requests/{number}.json", extensions="true").json()

        conforms("requests.json", answer)
        assert [one["service_request_id"] for one in answer] == [number]

    @pytest.mark.parametrize("path", ["discovery", "services", "services/street_light", "requests", "requests/NUMBER"])
    def test_xml_and_json_agree(self, city, path):
        petition = opened('路燈<b>&"不亮\x0b\U0001f4a1‮', email="x@mail.example")
        path = path.replace("NUMBER", petition.case.number)

        plain, marked = get(f"{path}.json", extensions="true"), get(f"{path}.xml", extensions="true")

        assert plain["Content-Type"] == "application/json; charset=utf-8"
        assert marked["Content-Type"] == "text/xml; charset=utf-8"
        assert marked.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
        said = texts(json.loads(plain.content.decode().replace("\\u000b", "")))
        assert tree(ElementTree.fromstring(marked.content)) == said

    def test_discovery(self, city):
        answer = get("discovery.json").json()

        assert {one["type"] for one in answer["endpoints"]} == {"production", "test"}
        assert answer["endpoints"][0]["specification"] == "http://wiki.open311.org/GeoReport_v2"
        assert answer["endpoints"][0]["formats"] == ["text/xml", "application/json"]

    def test_english(self, city):
        answer = get("services/street_light.json", locale="en").json()

        assert answer["attributes"][0]["description"] == "POLE please"
        assert answer["attributes"][0]["datatype_description"] == "the number on the pole"
        assert answer["attributes"][2]["values"][0]["name"] == "dark"


# ---- published clients, unmodified, over a real connection -----------------------------------------------------------


@pytest.fixture
def served(transactional_db, clock, settings, live_server):
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": plain}}
    found = make_city()
    ask(found.street_light, "POLE", order=1, required=True)
    return f"{live_server.url}{BASE}"


@pytest.mark.django_db(transaction=True)
class TestClients:
    @pytest.mark.parametrize("fmt", ["json", "xml"])
    def test_georeport(self, served, fmt):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from georeport import GeoReport
        first, second = opened().case.number, opened("公園的路燈不亮").case.number
        client = GeoReport(served, jurisdiction="city.example", output_format=fmt)

        services = client.get_service_list()
        definition = client.get_service_definition("street_light")
        found = client.get_service_requests(
            service_code="street_light", status="open", start_date="2026-11-01T00:00:00Z"
        )
        one = client.get_service_request(first)

        assert {each["service_code"] for each in services} == {"street_light", "road_marking", "park_upkeep"}
        assert definition["service_code"] == "street_light"
        assert [each["service_request_id"] for each in found] == [second, first]
        assert (one["service_request_id"], one["status"]) == (first, "open")

    def test_georeport_hears_of_what_is_not_there(self, served):
        import requests
        from georeport import GeoReport

        with pytest.raises(requests.HTTPError, match="404"):
            GeoReport(served).get_service_request("115-1116-9999")

    def test_three(self, served, monkeypatch):
        monkeypatch.setattr(itertools, "ifilter", filter, raising=False)  # its one-line shim: it was written for 2.7
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from three import Three
        number = opened().case.number
        client = Three(served, jurisdiction="city.example", api_key=key_of("open311.write"))

        assert client.discovery()["endpoints"][0]["url"].endswith(BASE)
        assert {each["service_code"] for each in client.services()} >= {"street_light"}
        assert client.services("street_light")["attributes"][0]["code"] == "POLE"
        assert client.request(number)[0]["service_request_id"] == number
        between = ["11-01-2026", "12-01-2026"]
        found = client.requests("street_light", between=between, count=50, page=1, status="open")
        assert [each["service_request_id"] for each in found] == [number]

        sent = client.post(
            "street_light", address="縣府路1號", lat="25.0", long="121.3", first_name="小明", last_name="王",
            email="wang@mail.example", description="燈不亮", media=photo(), **{"attribute[POLE]": "A-17"},
        )  # fmt: skip

        assert client.post_response.status_code == 201
        assert client.token(sent[0]["token"])[0]["service_request_id"] is None
        petition = Petition.objects.get(case__reference=sent[0]["token"])
        assert (petition.answers, petition.case.requester.name) == ({"POLE": "A-17"}, "王小明")
        assert StoredFile.objects.get().owner == petition.case

        code = re.search(
            r"\b(\d{6})\b", Letter.objects.get(template="petitions.confirmation", about_id=petition.case_id).text
        )[1]
        filing.confirm_by_code(petition, code=code, at=NOW)

        number = client.token(sent[0]["token"])[0]["service_request_id"]
        assert client.request(number)[0]["description"] == "燈不亮"
        assert client.post("nothing", address="縣府路1號")[0]["code"] == 404


# ---- who is never there ----------------------------------------------------------------------------------------------


class TestKeptList:
    """Apps ask for the same list again and again."""

    def test_is_given_again_by_one_question_while_nothing_has_changed(self, city, django_assert_num_queries):
        opened("路燈不亮", when=NINE)
        first = numbers()

        with django_assert_num_queries(1):
            assert numbers() == first

    def test_is_new_as_soon_as_something_is_done(self, city):
        before = opened("路燈不亮", when=NINE)
        assert numbers() == [before.case.number]

        after = opened("路面坑洞", when=NINE + timedelta(minutes=1))

        assert numbers() == [after.case.number, before.case.number]

    def test_is_another_one_in_another_language_and_format(self, city):
        opened("路燈不亮", when=NINE)
        answers = [
            Browser().get(f"/open311/v2/requests.{fmt}", headers={"Accept-Language": language}).content
            for fmt in ("json", "xml")
            for language in ("zh-hant", "en")
        ]

        assert len(set(answers)) == 4

    def test_keeps_no_refusal(self, city):
        for _ in range(2):
            assert get("requests.json", status="nonsense").status_code == 400


class TestPrivacy:
    def test_unconfirmed_and_confidential_are_not_there(self, city):
        waiting, secret = file(), opened("路燈不亮", confidential=True)
        seen = opened().case.number

        assert numbers() == [seen]
        assert numbers(service_request_id=f"{secret.case.number},{seen}") == [seen]
        assert get(f"requests/{secret.case.number}.json").status_code == 404
        for hidden in (waiting, secret):
            assert get(f"tokens/{hidden.case.reference}.json").json()[0]["service_request_id"] is None

    def test_reporters_are_never_named(self, city):
        name, mail, phone = CANARY
        text = f"我是{name}，電話{phone}，信箱{mail}，路燈不亮"
        petition = opened(text, who=Who(name=name, email=mail, phone=phone))

        for path in ("requests", f"requests/{petition.case.number}", f"tokens/{petition.case.reference}"):
            for fmt in ("json", "xml"):
                body = get(f"{path}.{fmt}", extensions="true").content.decode()
                assert not [word for word in CANARY if word in body], body
        assert listed()[0]["description"] == "我是○○○，電話［電話］，信箱［信箱］，路燈不亮"

    def test_only_published_photos(self, city, api_key):
        post(api_key, media=photo())
        petition = Petition.objects.get()
        filing.confirm(petition, how="email_code", by=None, at=NOW)
        assert listed()[0]["media_url"] is None

        StoredFile.objects.update(public=True)

        one = listed(extensions="true")[0]
        assert one["media_url"].startswith("http")
        assert one["extended_attributes"] == {"channel": "OPEN311", "photos": [one["media_url"]]}


# ---- asking ----------------------------------------------------------------------------------------------------------


class TestAsking:
    def test_the_last_90_days_by_default(self, city):
        old = opened(when=NOW - timedelta(days=91)).case.number
        recent = opened(when=NOW - timedelta(days=89)).case.number

        assert numbers() == [recent]
        assert numbers(start_date="2026-08-01T00:00:00+08:00", end_date="2026-08-31T00:00:00+08:00") == [recent, old]
        assert numbers(service_request_id=old) == [old]  # the number overrides all others

    def test_filters(self, city):
        light, mark = opened(), opened("路口標線不清", category="road_marking")
        Case.objects.filter(pk=mark.case_id).update(status="REPLIED", ended_at=NOW)

        assert numbers(service_code="street_light") == [light.case.number]
        assert len(numbers(service_code="street_light,road_marking")) == 2
        assert numbers(status="open") == [light.case.number]
        assert numbers(status="closed") == [mark.case.number]
        assert len(numbers(status="open,closed")) == 2
        assert len(numbers(status="", service_code="", jurisdiction_id="")) == 2  # empty is absent

    def test_a_plus_that_became_a_blank(self, city):
        number = opened().case.number

        response = Browser().get(f"{BASE}/requests.json?start_date=2026-11-16T00:00:00+08:00")

        assert [one["service_request_id"] for one in response.json()] == [number]

    def test_pages(self, city):
        all_of_them = [opened(email=f"p{n}@mail.example", when=NINE + timedelta(minutes=n)) for n in range(5)]

        newest_first = [one.case.number for one in reversed(all_of_them)]
        assert numbers(page_size=2) == newest_first[:2]
        assert numbers(page_size=2, page=3) == newest_first[4:]
        assert numbers(page_size=2, page=4) == []

    def test_extensions(self, city):
        opened()

        notes = listed(extensions="true")[0]["notes"]

        assert all(set(note) == {"datetime", "description", "type"} and note["description"] for note in notes)
        assert {"received", "confirmed"} & {note["type"] for note in notes}
        assert "notes" not in listed()[0]

    def test_as_many_queries_for_1_as_for_50(self, city):
        def asked():
            with CaptureQueriesContext(
                connection,
            ) as queries:
                answer = listed(extensions="true")
            return len(answer), len(queries)

        opened()
        get("requests.json")
        one, few = asked()
        for number in range(49):
            opened(email=f"p{number}@mail.example")
        fifty, many = asked()

        assert (one, fifty) == (1, 50)
        assert many == few

    def test_a_category_retired_since_keeps_its_petitions(self, city):
        number = opened(category="street_light").case.number
        city.street_light.retired_on = day_of(NINE)
        city.street_light.save()

        assert "street_light" not in {one["service_code"] for one in get("services.json").json()}
        assert numbers(service_code="street_light") == [number]
        assert get("services/street_light.json").status_code == 404


WRONG_QUESTIONS = [
    ({"status": "foo"}, 400, "status 只能是 open 或 closed。", "status is open or closed."),
    ({"page": "0"}, 400, "page 要是 1 以上的整數。", "page must be a whole number of 1 or more."),
    ({"page": "-1"}, 400, "page 要是 1 以上的整數。", "page must be a whole number of 1 or more."),
    ({"page": str(10**9)}, 400, "page 要是 1 以上的整數。", "page must be a whole number of 1 or more."),
    ({"page_size": "x"}, 400, "page_size 要是 1 以上的整數。", "page_size must be a whole number of 1 or more."),
    ({"service_code": "Street_Light"}, 404, "沒有「Street_Light」這個服務代碼。", "There is no service code \"Street_Light\"."),
    ({"service_code": "a\x00b"}, 400, "參數裡有不能查詢的字元。", "A parameter holds characters that cannot be searched."),
    (
        {"start_date": "2026-11-01T00:00:00"}, 400,
        "start_date 要用 ISO 8601 並帶時區，例如 2026-11-23T08:00:00+08:00。",
        "start_date must be ISO 8601 with a time zone, such as 2026-11-23T08:00:00+08:00.",
    ),
    (
        {"end_date": "0001-01-01T00:00:00+14:00"}, 400,
        "end_date 要用 ISO 8601 並帶時區，例如 2026-11-23T08:00:00+08:00。",
        "end_date must be ISO 8601 with a time zone, such as 2026-11-23T08:00:00+08:00.",
    ),
    (
        {"start_date": "2026-02-30T00:00:00Z"}, 400,
        "start_date 要用 ISO 8601 並帶時區，例如 2026-11-23T08:00:00+08:00。",
        "start_date must be ISO 8601 with a time zone, such as 2026-11-23T08:00:00+08:00.",
    ),
    (
        {"start_date": "2026-11-02T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}, 400,
        "start_date 不能晚於 end_date。", "start_date must not be after end_date.",
    ),
    (
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}, 400,
        "一次最多查 90 天。", "At most 90 days at a time.",
    ),
]  # fmt: skip


class TestWrongQuestions:
    @pytest.mark.parametrize(("query", "status", "chinese", "english"), WRONG_QUESTIONS)
    def test_sentence(self, city, query, status, chinese, english):
        assert refusal(get("requests.json", **query)) == (status, chinese)
        assert refusal(get("requests.json", locale="en", **query)) == (status, english)

    @pytest.mark.parametrize(
        ("path", "sentence"),
        [
            ("services/nothing", "沒有「nothing」這個服務代碼。"),
            ("requests/115-0101-0001", "找不到編號「115-0101-0001」的案件。"),
            ("tokens/abc", "找不到這個代碼。"),
            (f"tokens/{uuid.UUID(int=7)}", "找不到這個代碼。"),
            ("requests/a%00b", "找不到這筆資料。"),
        ],
    )
    def test_404(self, city, path, sentence):
        assert refusal(get(f"{path}.json")) == (404, sentence)

    def test_in_xml(self, city):
        response = get("services/nothing.xml")

        assert (response.status_code, response["Content-Type"]) == (404, "text/xml; charset=utf-8")
        (error,) = tree(ElementTree.fromstring(response.content))
        assert error == {"code": "404", "description": "沒有「nothing」這個服務代碼。"}

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_methods_that_mean_nothing(self, city, method):
        response = getattr(Browser(), method)(f"{BASE}/requests.json")

        assert refusal(response) == (400, f"這個位址不接受 {method.upper()}。")


# ---- filing ----------------------------------------------------------------------------------------------------------


class TestFiling:
    def test_gives_a_token_until_confirmed(self, city, api_key):
        response = post(api_key, **{"attribute[LAMPS]": "2", "attribute[HOW][]": ["dark", "blinks"]})

        assert response.status_code == 201
        (answer,) = response.json()
        assert set(answer) == {"token", "service_notice", "account_id"}
        assert answer["service_notice"] == "已寄出驗證碼，驗證完成後才成案。"
        assert Petition.objects.get().answers == {"POLE": "123", "LAMPS": "2", "HOW": ["dark", "blinks"]}
        assert numbers() == []

    def test_a_vouching_key_gives_the_number(self, city, vouching):
        (answer,) = post(vouching, email=None, phone="0912345678").json()

        assert set(answer) == {"service_request_id", "service_notice", "account_id"}
        assert numbers() == [answer["service_request_id"]]
        assert Petition.objects.get().category == city.street_light

    def test_in_xml(self, city, vouching):
        response = post(vouching, fmt="xml", email=None)

        (answer,) = tree(ElementTree.fromstring(response.content))
        assert response.status_code == 201
        assert answer["service_request_id"] == Case.objects.get().number

    def test_by_address_alone(self, city, api_key):
        post(api_key, lat=None, long=None, address_string="縣府路1號")

        assert Case.objects.get().place.words == "縣府路1號"

    def test_emoji_and_right_to_left_marks_are_kept_and_harm_nothing(self, city, api_key):
        text = "路燈💡不亮‮gnp.exe"

        assert post(api_key, description=text).status_code == 201
        assert Case.objects.get().text == text
        assert "‮" not in Case.objects.get().title

    def test_names_by_the_custom_of_their_script(self, city, api_key):
        post(api_key, first_name="小明", last_name="王")
        post(api_key, first_name="Ann", last_name="Lee", email="lee@mail.example")

        assert list(Case.objects.order_by("pk").values_list("requester__name", flat=True)) == ["王小明", "Ann Lee"]


WRONG_REPORTS = [
    ({"lat": None}, 400, "lat 和 long 要一起提供。", "lat and long belong together."),
    ({"lat": "121.3", "long": "25.0"}, 400, "寫反", "swapped"),
    ({"lat": "0", "long": "0"}, 400, "不在臺灣", "not in Taiwan"),
    ({"lat": "48.1", "long": "11.5"}, 400, "不在臺灣", "not in Taiwan"),
    ({"lat": "nan"}, 400, "lat 不是數字。", "lat is not a number."),
    ({"long": "1e999"}, 400, "long 不是數字。", "long is not a number."),
    ({"lat": None, "long": None}, 400, "請提供 lat 與 long", "Give lat and long, or address_string."),
    ({"description": "字" * 4001}, 400, "description 最多 4000 個字。", "description has at most 4000 characters."),
    ({"description": "a\x00b"}, 400, "欄位「description」有不能儲存的字元。", "cannot be stored"),
    ({"service_code": None}, 400, "缺少 service_code。", "service_code is missing."),
    ({"service_code": "STREET_LIGHT"}, 404, "沒有「STREET_LIGHT」這個服務代碼。", "There is no service code"),
    ({"attribute[POLE]": None}, 400, "缺少必填的 attribute「POLE」。", 'The required attribute "POLE" is missing.'),
    ({"attribute[X]": "1"}, 400, "這個服務沒有「X」這個 attribute。", 'This service has no attribute "X".'),
    ({"attribute[POLE]": ["1", "2"]}, 400, "只能有一個值", "takes one value only"),
    ({"attribute[HOW][]": ["dim"]}, 400, "attribute「HOW」的值不在清單裡。", "is not in its list"),
    ({"attribute[LAMPS]": "two"}, 400, "attribute「LAMPS」要是數字。", 'The attribute "LAMPS" must be a number.'),
    ({"attribute[P Q]": "1"}, 400, "看不懂欄位「attribute[P Q]」。", "cannot be read"),
    ({f"attribute[X{n}]": "1" for n in range(21)}, 400, "attribute 太多，最多 20 個。", "Too many attributes"),
    ({"email": None}, 400, "請提供 email", "Give an email"),
    ({"email": "a b@mail.example"}, 400, "email 的格式不對。", "The email is malformed."),
    ({"media_url": "javascript:alert(1)"}, 400, "media_url 要是 http 或 https 的網址。", "media_url must be"),
]


class TestWrongReports:
    @pytest.mark.parametrize(("changes", "status", "chinese", "english"), WRONG_REPORTS)
    def test_sentence(self, city, api_key, changes, status, chinese, english):
        for language, sentence in (("zh-hant", chinese), ("en", english)):
            found, said = refusal(post(api_key, language=language, **changes))
            assert (found, sentence in said) == (status, True), said
        assert not Petition.objects.exists()

    @pytest.mark.parametrize(
        ("media", "chinese"),
        [
            ([b"MZ\x90\x00 a program"], "不是我們能收的格式"),
            ([b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"], "不是我們能收的格式"),
            ([b"\xff\xd8\xff\xe0 no picture follows"], "打不開"),
            ([b"x"] * 20, "照片一次最多 5 張。"),
        ],
    )
    def test_files(self, city, api_key, media, chinese):
        files = [io.BytesIO(content) for content in media]
        for each in files:
            each.name = "photo.jpg"

        status, said = refusal(post(api_key, media=files))

        assert (status, chinese in said) == (400, True), said
        assert not Petition.objects.exists()

    def test_a_body_in_xml_is_no_form(self, city, api_key):
        body = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><request>&e;</request>'
        response = Browser().post(f"{BASE}/requests.json?api_key={api_key}", body, content_type="text/xml")

        assert refusal(response) == (400, "缺少 service_code。")

    def test_too_big(self, city, api_key, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

        response = Browser().post(
            f"{BASE}/requests.json",
            "description=" + quote("字" * 400),
            content_type="application/x-www-form-urlencoded",
        )

        assert refusal(response) == (400, "送來的資料太大或格式不對。")


class TestKeys:
    def test_without(self, city):
        assert post(None).status_code == 403

    @pytest.mark.parametrize("key", ["k1", "ch_00000000_wrong", "ch_", "金鑰"])
    def test_wrong(self, city, key):
        status, said = refusal(post(key))

        assert (status, "無效" in said) == (403, True)

    def test_revoked(self, city):
        client, plain = create_client(name="舊系統", scopes=["open311.write"], quota=Quota(), by=None, at=NINE)
        revoke_client(client, by=city.dispatcher.account, at=NINE)

        assert post(plain).status_code == 403

    def test_for_something_else(self, city):
        status, said = refusal(post(key_of("petitions.write")))

        assert (status, "權限" in said) == (403, True)

    def test_too_often(self, city):
        key = key_of("open311.write", per_minute=2)
        post(key)
        post(key, email="b@mail.example")

        response = post(key, email="c@mail.example")

        assert refusal(response) == (429, "呼叫太頻繁，請稍候再試。")
        assert 1 <= int(response["Retry-After"]) <= 61
        assert Petition.objects.count() == 2

    def test_reading_needs_none(self, city):
        for path in ("discovery", "services", "requests"):
            assert get(f"{path}.json").status_code == 200
