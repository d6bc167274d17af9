"""Bad input of notes 01 §5.11 and 08 §6 at each door: page, JSON API, Open311. Each has the sentence that a person reads, in
both languages; nothing is stored, and what was typed stays. What only one door can meet is tested beside its code.
"""

from __future__ import annotations

import io
import json
import re
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import ProtectedError
from django.test import Client as Browser
from PIL import Image

from cityhall.domains.petitions.models import CategoryQuestion, Petition
from cityhall.domains.petitions.tests.citizen import EMAIL, PIN, Citizen, make_roads, photo, words
from cityhall.domains.petitions.tests.city import NINE, City, make_city, opened, signed_in
from cityhall.engines.cases.models import Case
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.files.models import StoredFile
from cityhall.engines.identity.clients import Quota, create_client
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.standins.mailserver import MailServer
from cityhall.engines.letters.standins.store import Store
from cityhall.engines.outbox import services as outbox
from cityhall.web import messages

from . import pictures

pytestmark = pytest.mark.django_db
NOW = NINE + timedelta(hours=1)
BIG = 11 * 2**20  # above what one form may be
SURROGATE = b"%ED%A0%80"  # half a character, as broken programs send it

messages.compile_all()


@pytest.fixture
def city(monkeypatch) -> City:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    found = make_city()
    make_roads()
    return found


@pytest.fixture
def key(city) -> str:
    quota, scopes = Quota(10**6, 10**6), ["petitions.write", "open311.write"]
    return create_client(name=uuid.uuid4().hex, scopes=scopes, quota=quota, by=None, at=NINE)[1]


def upload(content: bytes, name: str = "照片.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


# ---- the citizen's pages ---------------------------------------------------------------------------------------------

PAGES = [
    ("what", {"text": "字" * 4001}, "最多寫4000個字，現在有4001個字", "Write at most 4000 characters; you have 4001"),
    ("what", {"text": "路燈\x00不亮"}, "看不見、也存不進去的字元", "invisible characters that cannot be stored"),
    ("what", {"text": " \u200b\u202e "}, "請寫下發生什麼事", "Tell us what happened"),
    ("where", {"lat": "25.0"}, "經度和緯度要一起填", "Enter both longitude and latitude"),
    ("where", {"lon": "25.0", "lat": "121.3"}, "好像寫反了", "seem to be swapped"),
    ("where", {"lon": "0", "lat": "0"}, "這個位置不在臺灣", "not in Taiwan"),
    ("where", {"lon": "139.7", "lat": "35.6"}, "這個位置不在臺灣", "not in Taiwan"),
    ("where", {"lon": "nan", "lat": "inf"}, "請用數字", "Use digits"),
    ("where", {"place": "路\x00"}, "看不見、也存不進去的字元", "invisible characters that cannot be stored"),
    ("where", {"place": "路" * 101}, "地點最多寫100個字", "at most 100 characters"),
    ("photos", {"files": lambda: upload(pictures.PROGRAM)}, "不是我們能收的格式", "cannot take this kind of file"),
    ("photos", {"files": lambda: upload(pictures.SVG, "a.svg")}, "不是我們能收的格式", "cannot take this kind of file"),
    ("photos", {"files": lambda: upload(pictures.archive())}, "不是我們能收的格式", "cannot take this kind of file"),
    ("photos", {"files": lambda: upload(pictures.BROKEN_JPEG)}, "這張照片打不開", "cannot be opened"),
    ("photos", {"files": lambda: upload(pictures.ACTIVE_PDF)}, "這份 PDF 含有程式", "This PDF contains scripts"),
    ("photos", {"files": lambda: upload(b"")}, "檔案是空的", "file is empty"),
    ("photos", {"files": lambda: [photo(f"{n}.jpg") for n in range(20)]}, "最多5個檔案，您選了20個", "20"),
    ("who", {**EMAIL, "email": "ming@@"}, "電子郵件的格式不對", "e-mail"),
    ("who", {**EMAIL, "email": "a@b.example\nBcc: c@d.example"}, "電子郵件的格式不對", "e-mail"),
    ("who", {**EMAIL, "name": "陳\x00"}, "看不見、也存不進去的字元", "invisible characters that cannot be stored"),
    ("who", {**EMAIL, "name": "陳" * 61}, "姓名最多60個字", "60 characters"),
    ("who", {"name": "陳", "reply": "phone", "phone": "12"}, "電話的格式不對", "telephone"),
]  # fmt: skip


class TestPages:
    @pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
    @pytest.mark.parametrize(("step", "typed", "chinese", "said"), PAGES)
    def test_sentence(self, city, step, typed, chinese, said, english):
        citizen = Citizen(english=english)
        citizen.write("路燈不亮")
        citizen.answer("where", **PIN)
        citizen.answer("photos")

        page = citizen.answer(step, **{name: one() if callable(one) else one for name, one in typed.items()})

        read = words(page)
        assert page.status_code == 200
        assert (said if english else chinese) in read
        assert read.count("null") == 0  # one sentence, not two
        assert "Error" in read if english else "錯誤" in read
        assert not Petition.objects.exists()

    def test_what_was_typed_stays(self, city):
        citizen = Citizen()
        citizen.write("路燈不亮")

        assert "路燈亮不亮" * 900 in citizen.answer("what", text="路燈亮不亮" * 900).content.decode()
        assert 'value="121.300000"' in citizen.answer("where", lat="121.3", lon="25").content.decode()
        body = citizen.answer("who", name="陳小美", reply="email", email="ming@@").content.decode()
        assert 'value="陳小美"' in body
        assert 'value="ming@@"' in body

    def test_a_picture_that_unpacks_to_a_gigapixel(self, city):
        citizen = Citizen()
        citizen.write("路燈不亮")

        page = citizen.answer("photos", files=[upload(pictures.bomb(), "bomb.png")])

        assert "照片的尺寸太大" in words(page)
        assert not StoredFile.objects.exists()

    @pytest.mark.parametrize("language", ["", "/en"])
    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            (b"text=" + b"a" * BIG, "application/x-www-form-urlencoded", 413),
            ("&".join(f"f{n}=1" for n in range(1500)).encode(), "application/x-www-form-urlencoded", 413),
            (b"garbage", "multipart/form-data; boundary=x", 200),
            (b"garbage", "multipart/form-data", 400),
            (b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nhalf', "multipart/form-data; boundary=x", 302),
            (b'{"text": "x"}', "application/json", 200),
            (pictures.XML, "text/xml", 200),
            (b"text=" + SURROGATE, "application/x-www-form-urlencoded; charset=nonsense", 302),
        ],
    )
    def test_forms_that_are_none(self, city, language, body, kind, status):
        """Too large: 413; unreadable: 400; nothing in it that we ask for: the form again, with its sentence."""
        response = Browser().generic("POST", f"{language}/petitions/new/", body, kind)

        assert response.status_code == status
        read = words(response)
        if status == 413:
            assert ("What you sent is too large" if language else "送來的資料太大") in read
            assert ("Make the photos smaller" if language else "請縮小照片") in read
        if status == 200:
            assert ("Tell us what happened" if language else "請寫下發生什麼事") in read

    def test_more_files_than_anybody_needs_are_not_read(self, city, settings):
        settings.MOST_UPLOADED = 100_000
        citizen = Citizen()
        citizen.write("路燈不亮")

        response = citizen.answer("photos", files=[upload(b"\xff\xd8\xff" + b"0" * 200_000)])

        assert response.status_code == 413
        assert "請縮小照片" in words(response)

    @pytest.mark.parametrize(
        ("language", "sentence"), [("", "這一頁不能這樣使用"), ("/en", "This page cannot be used this way")]
    )
    def test_a_method_that_means_nothing(self, city, language, sentence):
        response = Browser().put(f"{language}/petitions/new/")

        assert response.status_code == 405
        assert "POST" in response["Allow"]
        assert sentence in words(response)

    @pytest.mark.parametrize("page", ["0", "-1", str(10**9), "9" * 400, "x", "\x00", "１"])
    def test_pages_that_do_not_exist(self, city, page):
        opened()
        desk = signed_in(city.dispatcher)

        for path in ("/desk/petitions/", "/desk/", "/figures/petitions.received", "/petitions/mine/", "/desk/letters/"):
            browser = signed_in(city.commission) if "letters" in path else desk
            assert browser.get(path, {"page": page}).status_code == 200

    @pytest.mark.parametrize(
        "path",
        [
            "/directory/a%00b/", "/figures/%ff%fe", "/figures/a%00b/rows.csv", "/petitions/new/a%00b/", "/report/a%00b/",
            "/report/issued/99999999999999999999/", "/petitions/confirm/not-a-uuid/", "/files/..%2f..%2fetc%2fpasswd/",
            "/static/../../etc/passwd", "/DESK/",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("language", ["", "/en"])
    def test_addresses_that_are_none(self, city, language, path):
        response = Browser().get(language + path)

        assert response.status_code == 404
        assert ("Page not found" if language else "找不到這一頁") in response.content.decode()

    def test_a_host_that_is_not_ours(self, city):
        assert Browser(SERVER_NAME="evil.example").get("/").status_code == 400


# ---- texts that harm others ------------------------------------------------------------------------------------------

SCRIPT = "<script>alert(1)</script>"


class TestTexts:
    def test_markup_is_text_everywhere(self, city, key):
        """In every field that a stranger fills in, on every page that shows it, and through Open311."""
        CategoryQuestion.objects.create(category=city.street_light, code="pole", label="燈桿", label_en="Pole")
        body = {"text": f"路燈不亮{SCRIPT}", "title": f"路燈{SCRIPT}", "name": f"陳{SCRIPT}", "email": "a@mail.example",
                "category": "street_light", "answers": {"pole": SCRIPT}, "place": {"words": SCRIPT}}  # fmt: skip
        answer = api(key, body)
        petition = Petition.objects.select_related("case").get()
        from cityhall.domains.petitions.services import filing

        filing.confirm(petition, how="email_code", by=None, at=NINE)
        case = Case.objects.get()
        browser, open311 = signed_in(city.coordinator), Browser()

        assert answer.status_code == 201
        for path in (f"/desk/petitions/{case.reference}/", "/desk/petitions/", "/desk/", "/desk/search?q=路燈"):
            page = browser.get(path).content.decode()
            assert "&lt;script&gt;" in page, path
            assert SCRIPT not in page, path
        assert SCRIPT not in open311.get(f"/open311/v2/requests/{case.number}.xml").content.decode()

    def test_direction_marks_and_line_breaks_stay_out_of_headings_and_headers(self, city, key, settings, tmp_path):
        body = {"text": "路燈💡不亮\u202egnp.exe", "title": "路燈\r\nBcc: x@y.example\u202e💡", "email": "a@mail.example",
                "name": "陳\r\nBcc: z@y.example"}  # fmt: skip
        assert api(key, body).status_code == 201
        store = Store(tmp_path / "standins.sqlite3")
        with MailServer(store) as mail:
            settings.SMTP_URL = mail.url
            outbox.drain(NOW)

        case = Case.objects.get()
        (letter,) = store.all()
        assert case.text == body["text"]
        assert case.title == "路燈 Bcc: ［信箱］💡"
        assert letter.to == "a@mail.example"
        assert not re.search(r"^(bcc|cc|to):.*y\.example", str(letter), re.IGNORECASE | re.MULTILINE)

    @pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1"])
    def test_no_heading_becomes_a_formula(self, city, key, title):
        from cityhall.domains.petitions.services import filing

        api(key, {"text": "路燈不亮", "title": title, "email": "a@mail.example"})
        filing.confirm(Petition.objects.get(), how="email_code", by=None, at=NINE)

        sheet = b"".join(signed_in(city.commission).get("/desk/petitions/export.csv").streaming_content).decode()

        assert f"'{title.strip()}" in sheet


# ---- the JSON API ----------------------------------------------------------------------------------------------------

REPORT = {"text": "路燈不亮", "email": "a@mail.example"}


def api(key, body=None, *, raw=None, kind="application/json", language="zh-TW", **headers):
    sent = json.dumps(body) if raw is None else raw
    return Browser().generic(
        "POST", "/api/v1/petitions", sent, kind,
        headers={"Authorization": f"Bearer {key}", "Accept-Language": language, **headers},
    )  # fmt: skip


NOT_JSON = ("送來的內容不是 JSON", "not JSON")
BODIES = [
    (b"{", 400, *NOT_JSON),
    (b"\xff\xfe", 400, *NOT_JSON),
    (b"[" * 100_000, 400, *NOT_JSON),
    (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 400, *NOT_JSON),
    (b'{"text": ' + b"9" * 5_000 + b"}", 400, *NOT_JSON),
    (b"text=a", 400, *NOT_JSON),
    (pictures.XML, 400, *NOT_JSON),
    (b"", 422, "必填", "is required"),
    (b"null", 422, "必填", "is required"),
    (b"[]", 422, "必填", "is required"),
    (json.dumps({f"k{n}": 1 for n in range(100_000)}).encode(), 422, "必填", "is required"),
    (b'{"text": "a", "email": "a@mail.example", "place": {"lon": NaN, "lat": 25}}', 422, "不能大於", "must not be above"),
    (b'{"text": "a", "email": "a@mail.example", "place": {"lon": 1e999, "lat": 25}}', 422, "不能大於", "must not be above"),
    (b'{"text": "' + b"a" * BIG + b'"}', 413, "請縮小照片、減少檔案或縮短內容", "shorten the text"),
]  # fmt: skip


class TestApi:
    @pytest.mark.parametrize("language", ["zh-TW", "en"])
    @pytest.mark.parametrize(("raw", "status", "chinese", "english"), BODIES, ids=range(len(BODIES)))
    def test_sentence(self, city, key, raw, status, chinese, english, language):
        response = api(key, raw=raw, language=language)

        assert response.status_code == status
        assert response["Content-Type"] == "application/problem+json"
        assert (english if language == "en" else chinese) in json.dumps(response.json(), ensure_ascii=False)
        assert not Petition.objects.exists()

    @pytest.mark.parametrize(
        "kind",
        [
            "text/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "image/png",
        ],
    )
    def test_another_content_type_is_read_as_what_it_is(self, city, key, kind):
        assert api(key, raw=b"<a/>", kind=kind).status_code == 400

    def test_a_field_that_comes_twice_is_its_last(self, city, key):
        assert api(key, raw=b'{"text": "a", "text": "b", "email": "a@mail.example"}').status_code == 201
        assert Case.objects.get().text == "b"

    @pytest.mark.parametrize("field", ["name", "email", "phone", "title", "category", "language"])
    def test_what_is_too_long(self, city, key, field):
        assert api(key, {**REPORT, field: "a" * 5000}).status_code == 422
        assert not Petition.objects.exists()

    @pytest.mark.parametrize("value", ["short", "鑰匙鑰匙鑰匙鑰匙", "x" * 201, "a b c d e f"])
    def test_a_key_for_once_that_is_none(self, city, key, value):
        response = api(key, REPORT, **{"Idempotency-Key": value})

        assert response.status_code == 400
        assert "8 到 200 個可見的 ASCII 字元" in response.json()["detail"]

    @pytest.mark.parametrize("number", ["9" * 5000, "%ff", "..", "115-1116-0001%00", "a/b"])
    def test_a_number_that_is_none(self, city, number):
        assert Browser().get(f"/api/v1/petitions/{number}").status_code == 404

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
    def test_a_method_that_means_nothing(self, city, method):
        response = Browser().generic(method, "/api/v1/petitions")

        assert response.status_code == 405
        assert response["Content-Type"] == "application/problem+json"


# ---- Open311 ---------------------------------------------------------------------------------------------------------


def open311(key, *, raw=None, kind=None, language="zh-TW", fmt="json", **more):
    headers = {"Accept-Language": language}
    if raw is not None:
        return Browser().generic("POST", f"/open311/v2/requests.{fmt}?api_key={key}", raw, kind, headers=headers)
    form = {"service_code": "street_light", "lat": "25", "long": "121.3", "email": "a@mail.example", "description": "燈",
            "api_key": key}  # fmt: skip
    return Browser().post(f"/open311/v2/requests.{fmt}", {**form, **more}, headers=headers)


UNREADABLE = ("送來的資料太大或格式不對。", "too large or malformed")
NO_CODE = ("缺少 service_code。", "service_code is missing.")
FORMS = [
    (pictures.XML, "text/xml", *NO_CODE),
    (b'{"service_code": "street_light"}', "application/json", *NO_CODE),
    (b"garbage", "multipart/form-data; boundary=x", *NO_CODE),
    (b"garbage", "multipart/form-data", *UNREADABLE),
    (b"description=" + b"a" * BIG, "application/x-www-form-urlencoded", *UNREADABLE),
    ("&".join(f"f{n}=1" for n in range(1500)).encode(), "application/x-www-form-urlencoded", *UNREADABLE),
]
FIELDS = [
    ({"email": "a" * 300 + "@mail.example"}, "email 的格式不對。", "The email is malformed."),
    ({"email": "a@mail.example\nBcc: c@d.example"}, "email 的格式不對。", "The email is malformed."),
    ({"lat": "9" * 400}, "lat 不是數字。", "lat is not a number."),
    ({"lat": "1e999"}, "lat 不是數字。", "lat is not a number."),
    ({"lat": "", "long": "121.3"}, "lat 和 long 要一起提供。", "belong together"),
    ({"description": "字" * 4001}, "description 最多 4000 個字。", "at most 4000 characters"),
    ({"media_url": "file:///etc/passwd"}, "media_url 要是 http 或 https 的網址。", "media_url must be"),
    ({"media_url": "http://photos.example/a b"}, "media_url 要是 http 或 https 的網址。", "media_url must be"),
]


class TestOpen311:
    @pytest.mark.parametrize("language", ["zh-TW", "en"])
    @pytest.mark.parametrize(("raw", "kind", "chinese", "english"), FORMS, ids=range(len(FORMS)))
    def test_forms_that_are_none(self, city, key, raw, kind, chinese, english, language):
        response = open311(key, raw=raw, kind=kind, language=language)

        assert response.status_code == 400
        assert (english if language == "en" else chinese) in response.json()[0]["description"]
        assert not Petition.objects.exists()

    @pytest.mark.parametrize("language", ["zh-TW", "en"])
    @pytest.mark.parametrize(("fields", "chinese", "english"), FIELDS, ids=range(len(FIELDS)))
    def test_fields(self, city, key, fields, chinese, english, language):
        response = open311(key, language=language, **fields)

        assert response.status_code == 400
        assert (english if language == "en" else chinese) in response.json()[0]["description"]
        assert not Petition.objects.exists()

    def test_a_picture_that_unpacks_to_a_gigapixel(self, city, key):
        response = open311(key, media=upload(pictures.bomb(), "bomb.png"))

        assert response.status_code == 400
        assert response.json()[0]["description"].startswith("照片的尺寸太大")
        assert not Petition.objects.exists()

    def test_half_a_character_is_mended_on_the_way_in(self, city, key):
        form = b"service_code=street_light&lat=25&long=121.3&email=a%40mail.example&description=" + SURROGATE
        response = open311(key, raw=form, kind="application/x-www-form-urlencoded")

        assert response.status_code == 201
        assert not any("\ud800" <= char <= "\udfff" for char in Case.objects.get().text)

    def test_a_photos_place_is_not_kept(self, city, key):
        assert open311(key, media=photo(place=(121.25, 25.0))).status_code == 201

        stored = StoredFile.objects.get()
        assert b"GPS" not in stored.path.read_bytes()
        assert not Image.open(io.BytesIO(stored.path.read_bytes())).getexif()

    @pytest.mark.parametrize(
        "path",
        [
            "requests/%ff.json",
            "tokens/%00.json",
            "services/%2e%2e.json",
            "requests/.json",
            "requests.yaml",
            "REQUESTS.json",
        ],
    )
    def test_addresses_that_are_none(self, city, path):
        assert Browser().get(f"/open311/v2/{path}").status_code == 404


# ---- records that are in the way -------------------------------------------------------------------------------------


CLOSING = {"on_year": "2026", "on_month": "12", "on_day": "1", "confirmed": "1"}


class TestAgencies:
    def test_with_open_petitions_cannot_be_deleted(self, city):
        opened()

        with pytest.raises(ProtectedError):
            Agency.objects.get(code="works").delete()

    @pytest.mark.parametrize(("language", "sentence"), [("", "未結陳情案件 1"), ("/en", "petitions 1")])
    def test_with_open_petitions_cannot_be_closed(self, city, language, sentence):
        opened()
        admin = signed_in(make_person(city.rdec, None, Role.ADMIN))

        page = admin.post(f"{language}/desk/directory/agencies/works/close/", CLOSING)

        assert sentence.lower() in words(page).lower()
        assert Agency.objects.get(code="works").closed_on is None

    def test_letters_of_a_refused_filing_do_not_exist(self, city, key):
        api(key, {**REPORT, "email": "a@@"})
        open311(key, email="a@@")

        assert not Letter.objects.exists()
