"""Reporting something, one question a page: whole requests, as a person meets them."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cityhall.domains.petitions.models import Category, CategoryQuestion, Draft, Petition
from cityhall.domains.petitions.services import upkeep
from cityhall.domains.petitions.tests.citizen import (
    EMAIL,
    KEY,
    PIN,
    TEXT,
    Citizen,
    code_of,
    link_of,
    make_roads,
    photo,
    words,
)
from cityhall.domains.petitions.tests.city import NINE, make_city
from cityhall.engines.cases.states import Channel, PlaceMethod, Status
from cityhall.engines.files import queries as files
from cityhall.engines.identity.models import Account
from cityhall.engines.letters.models import Letter
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    found = make_city()
    make_roads()
    return found


@pytest.fixture
def citizen(monkeypatch):
    someone = Citizen()
    monkeypatch.setattr("django.utils.timezone.now", lambda: someone.now)
    return someone


def ask_for_the_lamp(city, *, required=False):
    CategoryQuestion.objects.create(
        category=city.street_light, code="lamp", label="路燈編號", label_en="Number on the lamp post", required=required
    )


class TestTheWholeWay:
    def test_ends_with_a_number_and_a_reason(self, city, citizen):
        petition = citizen.confirm(citizen.file())

        page = citizen.get("done", petition.case.reference)

        assert petition.case.number == "115-1116-0001"
        assert (petition.case.agency, petition.case.channel) == (city.works, Channel.WEB)
        assert "115-1116-0001" in words(page)
        assert "已分送養護工程處" in words(page)
        assert "您寫到「路燈不亮」" in words(page)
        assert "明天上午9:14" in words(page)
        assert "c****@mail.example" in words(page)
        assert "citizen@mail.example" not in page.content.decode()

    def test_in_english(self, city, citizen):
        citizen.english = True

        petition = citizen.confirm(citizen.file("The street light at 200 Zhongshan Road is out 路燈不亮"))

        assert petition.case.requester.language == "en"
        assert "is your code" in Letter.objects.get(template="petitions.confirmation").subject

    def test_leaves_nothing_behind_in_the_draft(self, city, citizen):
        citizen.file()

        assert Draft.objects.get().data == {}

    @pytest.mark.parametrize("step", ["what", "where", "photos", "who"])
    def test_every_question_can_be_read_again_with_its_answer(self, city, citizen, step):
        citizen.fill()

        body = citizen.get("file", step).content.decode()

        assert {"what": "三天了", "where": "121.300000", "photos": "", "who": "陳小美"}[step] in body

    def test_a_changed_answer_leads_back_to_the_check(self, city, citizen):
        citizen.fill()

        response = citizen.answer("who", **{**EMAIL, "name": "王大明"})

        assert response["Location"] == citizen.url("check")
        assert "王大明" in words(citizen.get("check"))

    def test_a_signed_in_sender_is_known_at_once(self, city, citizen):
        account = Account.objects.create(email="citizen@mail.example", name="陳小美")
        citizen.client.force_login(account)

        citizen.fill()
        response = citizen.send()

        petition = Petition.objects.get()
        assert petition.case.is_confirmed
        assert response["Location"] == citizen.url("done", petition.case.reference)

    def test_prefills_who_is_signed_in(self, city, citizen):
        account = Account.objects.create(email="ming@mail.example", name="王大明")
        citizen.client.force_login(account)
        citizen.write()

        body = citizen.get("file", "who").content.decode()

        assert "ming@mail.example" in body
        assert "王大明" in body


class TestDraft:
    def test_looking_keeps_nothing(self, city, citizen):
        assert citizen.get("new").status_code == 200
        assert Draft.objects.count() == 0

    def test_survives_days(self, city, citizen):
        citizen.write()
        citizen.later(days=13)

        assert "三天了" in citizen.get("file", "what").content.decode()

    def test_ends_after_its_days(self, city, citizen):
        citizen.write()
        citizen.later(days=15)

        response = citizen.get("file", "where")

        assert response["Location"] == citizen.url("start")
        assert "請重新填寫" in words(citizen.get("start"))
        assert upkeep.forget_drafts(citizen.now) == 1

    def test_is_offered_again(self, city, citizen):
        citizen.write()

        assert "要繼續嗎" in words(citizen.get("new"))
        assert "中山路" in words(citizen.get("start"))
        assert "發生什麼事" in words(citizen.get("new", anew=1))

    def test_can_be_thrown_away(self, city, citizen):
        citizen.write()

        citizen.post("start", act="forget")

        assert not Draft.objects.exists()

    def test_of_another_browser_is_not_seen(self, city, citizen):
        citizen.write()

        response = Client().get(citizen.url("file", "what"))

        assert response["Location"] == citizen.url("start")

    def test_a_forged_cookie_opens_nothing(self, city, citizen):
        citizen.write()
        stranger = Client()
        stranger.cookies["petition_draft"] = str(Draft.objects.get().token)

        assert stranger.get(citizen.url("file", "what"))["Location"] == citizen.url("start")

    def test_goes_on_elsewhere_by_a_letter(self, city, citizen):
        citizen.write()

        page = citizen.post("save", email="ming@mail.example")
        letter = Letter.objects.get(template="petitions.draft")
        link = letter.text.split("://", 1)[1].split("/", 1)[1].split()[0]
        elsewhere = Citizen()

        assert "ming@mail.example" in words(page)
        assert "三天了" not in letter.text
        assert elsewhere.client.get(f"/{link}")["Location"] == citizen.url("file", "where")
        assert "三天了" in elsewhere.get("file", "what").content.decode()

    def test_the_save_button_keeps_the_answer(self, city, citizen):
        response = citizen.write(act="save")

        assert response["Location"] == citizen.url("save")
        assert Draft.objects.get().data["what"]["text"] == TEXT

    def test_of_an_account_needs_its_owner(self, city, citizen):
        citizen.client.force_login(Account.objects.create(email="ming@mail.example", name="王大明"))
        citizen.write()
        citizen.client.logout()

        assert citizen.get("file", "what")["Location"] == citizen.url("start")

    def test_a_jump_ahead_ends_at_the_open_question(self, city, citizen):
        citizen.write()

        assert citizen.get("check")["Location"] == f"{citizen.url('file', 'where')}?wrong"
        assert citizen.send()["Location"] == f"{citizen.url('file', 'where')}?wrong"


class TestWhat:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "請寫下發生什麼事"),
            ("\u200b\u200e ", "請寫下發生什麼事"),
            ("字" * 4001, "最多寫4000個字，現在有4001個字"),
            ("路燈\x00不亮", "看不見、也存不進去的字元"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(self, city, citizen, text, sentence):
        page = citizen.write(text)

        assert page.status_code == 200
        assert sentence in words(page)
        assert Draft.objects.count() == 0

    def test_refuses_half_a_character(self, city, citizen):
        page = citizen.client.post(
            citizen.url("new"), b"text=%ED%A0%80abc", content_type="application/x-www-form-urlencoded"
        )

        assert page.status_code in (200, 302)  # the browser's bytes are mended on the way in, never stored broken
        assert not any(
            "\ud800" <= char <= "\udfff" for char in str(Draft.objects.values_list("data", flat=True).first())
        )

    def test_4000_characters_and_emoji_are_welcome(self, city, citizen):
        assert citizen.write("燈" * 3998 + "🔥𠮷").status_code == 302

    def test_marks_of_direction_stay_out_of_the_heading(self, city, citizen):
        petition = citizen.file("\u202e路燈不亮\u202c三天了\u200f。請修理")

        assert petition.case.title == "路燈不亮三天了"
        assert "\u202e" in petition.case.text


class TestDanger:
    def test_words_of_danger_stop_at_110_and_119(self, city, citizen):
        response = citizen.write("電線掉下來，有人受傷")

        page = citizen.get("file", "danger")
        assert response["Location"] == citizen.url("file", "danger")
        assert "請先撥110、119" in words(page)
        assert 'href="tel:119"' in page.content.decode()

    def test_nobody_in_danger_goes_the_ordinary_way(self, city, citizen):
        citizen.write("昨天路燈不亮，差點有人受傷")
        citizen.answer("danger", answer="none")
        citizen.answer("where", **PIN)
        citizen.answer("photos")
        citizen.answer("who", **EMAIL)
        citizen.send()

        petition = Petition.objects.get()
        assert petition.danger is False
        assert not hasattr(petition, "alert")

    def test_already_called_goes_out_before_anybody_confirms(self, city, citizen):
        citizen.write("路燈不亮，電線掉下來")
        citizen.answer("danger", answer="called")
        citizen.answer("where", **PIN)
        citizen.answer("photos")
        citizen.answer("who", **EMAIL)
        citizen.send()

        petition = Petition.objects.get()
        assert petition.danger
        assert petition.alert.agency == city.works
        assert "已經先通報值班人員" in words(citizen.get("confirm", petition.case.reference))

    def test_cannot_be_passed_by(self, city, citizen):
        citizen.write("電線掉下來，有人受傷")

        assert citizen.answer("danger").status_code == 200
        assert citizen.send()["Location"].startswith(citizen.url("file", "danger"))

    def test_new_words_ask_anew(self, city, citizen):
        citizen.write("有人受傷")
        citizen.answer("danger", answer="none")

        response = citizen.answer("what", text="瓦斯外洩")

        assert response["Location"] == citizen.url("file", "danger")


class TestWhere:
    @pytest.fixture(autouse=True)
    def _begun(self, city, citizen):
        citizen.write("路燈不亮")

    def kept(self):
        return Draft.objects.get().data["where"]

    def test_takes_a_pin(self, citizen):
        citizen.answer("where", **PIN)

        assert self.kept()["method"] == PlaceMethod.PIN

    def test_asks_for_the_district_of_an_ambiguous_road(self, citizen):
        page = citizen.answer("where", place="中山路200號")

        assert "「中山路200號」有2處" in words(page)
        assert "請選一個區，我們才知道要請誰去看" in words(page)
        assert "桃園區" in words(page)
        assert "中壢區" in words(page)

    def test_finding_is_no_error(self, citizen):
        page = citizen.answer("where", place="中山路200號", act="find")

        assert "有2處" in words(page)
        assert "還差一步" not in words(page)

    def test_takes_the_chosen_district_and_says_how_exact_it_is(self, citizen):
        page = citizen.answer("where", place="中山路200號", act="find").content.decode()
        key = page.split('name="choice" type="radio" value="')[2].split('"')[0]

        response = citizen.answer("where", place="中山路200號", searched="中山路200號", choice=key)

        assert response.status_code == 302
        assert self.kept()["lon"] == pytest.approx(121.5)
        assert self.kept()["method"] == PlaceMethod.INTERPOLATED

    def test_says_that_a_place_was_computed(self, citizen):
        page = citizen.answer("where", place="復興路200號", act="find")

        assert "由門牌推算" in words(page)
        assert 'value="121.2' in page.content.decode()

    def test_one_meaning_is_enough(self, citizen):
        assert citizen.answer("where", place="復興路200號").status_code == 302

    def test_says_when_it_finds_nothing(self, citizen):
        assert "找不到「不存在路9號」" in words(citizen.answer("where", place="不存在路9號"))

    def test_a_moved_pin_goes_before_words(self, citizen):
        citizen.answer("where", place="復興路200號", searched="復興路200號", pinned="121.250000,25.000000", **PIN)

        assert (self.kept()["lon"], self.kept()["words"]) == (121.3, "復興路200號")

    def test_other_words_go_before_the_drawn_pin(self, citizen):
        citizen.answer("where", place="復興路200號", searched="中山路", pinned="121.300000,25.000000", **PIN)

        assert self.kept()["lon"] == pytest.approx(121.25)

    def test_an_unmoved_pin_stays_as_it_was_found(self, citizen):
        citizen.answer("where", place="復興路200號")
        before = self.kept()

        citizen.answer(
            "where", place="復興路200號", searched="復興路200號", lon=before["lon"], lat=before["lat"],
            pinned=f"{before['lon']:.6f},{before['lat']:.6f}",
        )  # fmt: skip

        assert self.kept() == before

    def test_no_place_is_an_answer(self, citizen):
        citizen.answer("where", noplace="on")

        assert self.kept()["method"] == PlaceMethod.NONE

    def test_nothing_at_all_is_none(self, citizen):
        assert "請寫地址、路口或附近的店家" in words(citizen.answer("where"))

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"lon": "121.3"}, "要一起填"),
            ({"lat": "25.0"}, "要一起填"),
            ({"lon": "25.0", "lat": "121.3"}, "寫反了"),
            ({"lon": "0", "lat": "0"}, "不在臺灣"),
            ({"lon": "139.7", "lat": "35.6"}, "不在臺灣"),
            ({"lon": "nan", "lat": "inf"}, "請用數字"),
            ({"lon": "1e9", "lat": "25"}, "請用數字"),
            ({"place": "路" * 101}, "地點最多寫100個字"),
        ],
    )
    def test_names_a_point_that_is_none(self, citizen, typed, sentence):
        page = citizen.answer("where", **typed)

        assert sentence in words(page)
        assert "where" not in Draft.objects.get().data

    def test_full_width_digits_are_digits(self, citizen):
        assert citizen.answer("where", lon="１２１．３", lat="２５．０").status_code == 302

    def test_outside_the_city_says_so_and_may_go_on(self, citizen):
        outside = {"lon": "120.500000", "lat": "24.000000"}

        page = citizen.answer("where", **outside)
        again = citizen.answer("where", **outside, outside="120.500000,24.000000")

        assert "這個位置不在桃園市" in words(page)
        assert "還是要反映" in words(page)
        assert again.status_code == 302
        assert self.kept()["outside"]

    def test_an_address_in_the_text_is_offered(self, citizen):
        citizen.answer("what", text="復興路200號前的路燈不亮")

        body = citizen.get("file", "where").content.decode()

        assert 'value="復興路200號前"' in body
        assert "由門牌推算" in body


class TestPhotos:
    @pytest.fixture(autouse=True)
    def _begun(self, city, citizen):
        citizen.write("路燈不亮")
        citizen.answer("where", **PIN)

    def kept(self):
        return list(files.of(Draft.objects.get()))

    def test_are_added_and_shown(self, citizen):
        citizen.answer("photos", files=[photo(), photo("2.jpg")], act="add")

        page = citizen.get("file", "photos").content.decode()
        assert len(self.kept()) == 2
        assert page.count("/small/") == 2
        picture = citizen.client.get(f"/files/{self.kept()[0].reference}/small/")
        assert picture["Content-Type"] == "image/jpeg"
        picture.close()

    def test_are_for_the_browser_that_writes(self, citizen):
        citizen.answer("photos", files=[photo()], act="add")

        assert Client().get(f"/files/{self.kept()[0].reference}/").status_code == 404

    def test_can_be_removed(self, citizen):
        citizen.answer("photos", files=[photo()], act="add")

        citizen.answer("photos", act=f"remove:{self.kept()[0].reference}")

        assert self.kept() == []

    def test_removing_what_is_gone_is_no_error(self, citizen):
        assert citizen.answer("photos", act=f"remove:{uuid.uuid4()}").status_code == 302
        assert citizen.answer("photos", act="remove:nonsense").status_code == 404

    def test_twenty_are_too_many(self, citizen):
        page = citizen.answer("photos", files=[photo(f"{n}.jpg") for n in range(20)])

        assert "最多5個檔案，您選了20個" in words(page)
        assert self.kept() == []

    def test_more_than_there_is_room_for(self, citizen):
        citizen.answer("photos", files=[photo(f"{n}.jpg") for n in range(4)], act="add")

        page = citizen.answer("photos", files=[photo(), photo("b.jpg")])

        assert "已經有4個，您又選了2個" in words(page)

    @pytest.mark.parametrize(
        ("name", "content", "sentence"),
        [
            ("假的.jpg", b"MZ\x90\x00 this is a program", "不是我們能收的格式"),
            (
                "圖.svg",
                b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
                "不是我們能收的格式",
            ),
            ("炸彈.zip", b"PK\x03\x04" + b"\x00" * 100, "不是我們能收的格式"),
            ("壞的.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 50, "打不開"),
            ("空的.jpg", b"", "空"),
            ("程式.pdf", b"%PDF-1.4 /JavaScript (app.alert(1))", "含有程式"),
        ],
    )
    def test_names_the_file_that_is_not_taken_and_keeps_the_others(self, citizen, name, content, sentence):
        page = citizen.answer("photos", files=[photo(), SimpleUploadedFile(name, content, "image/jpeg")])

        assert sentence in words(page)

    def test_a_picture_that_would_fill_the_memory_is_refused(self, citizen, monkeypatch):
        monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 100)

        assert "尺寸太大" in words(citizen.answer("photos", files=[photo(size=60)]))

    def test_a_place_that_the_photo_remembers_is_offered_and_stripped(self, city, citizen):
        page = citizen.client.get(citizen.answer("photos", files=[photo(place=(121.25, 25.0))])["Location"])

        assert "照片記得拍攝的位置：桃園區" in words(page)
        assert b"GPS" not in self.kept()[0].path.read_bytes()

        citizen.answer("photos", act="use_place")

        assert Draft.objects.get().data["where"]["lon"] == pytest.approx(121.25)
        assert Draft.objects.get().data["where"]["method"] == PlaceMethod.PHOTO

    def test_a_place_nearby_is_not_worth_a_question(self, citizen):
        response = citizen.answer("photos", files=[photo(place=(121.3001, 25.0))])

        assert response["Location"] == citizen.url("file", "who")

    def test_the_offer_can_be_declined(self, citizen):
        citizen.answer("photos", files=[photo(place=(121.25, 25.0))])
        citizen.answer("photos", act="keep_place")

        assert "拍攝的位置" not in words(citizen.get("file", "photos"))

    def test_go_with_the_petition(self, city, citizen):
        citizen.answer("photos", files=[photo()])
        citizen.answer("who", **EMAIL)
        citizen.send()

        case = Petition.objects.get().case
        assert files.of(case).count() == 1
        assert files.of(Draft.objects.get()).count() == 0


class TestDetails:
    def test_asks_what_the_category_asks(self, city, citizen):
        ask_for_the_lamp(city)
        citizen.write()
        citizen.answer("where", **PIN)

        response = citizen.answer("photos")

        page = citizen.get("file", "details")
        assert response["Location"] == citizen.url("file", "details")
        assert "路燈編號" in words(page)
        assert "看起來是「路燈故障」" in words(page)

    def test_are_kept_with_the_petition(self, city, citizen):
        ask_for_the_lamp(city)
        citizen.write()
        citizen.answer("where", **PIN)
        citizen.answer("photos")
        citizen.answer("details", lamp="桃園 10234")
        citizen.answer("who", **EMAIL)
        assert "路燈編號：桃園 10234" in words(citizen.get("check"))
        citizen.send()

        assert Petition.objects.get().answers == {"lamp": "桃園 10234"}

    def test_need_not_be_answered_even_where_the_desk_wants_them(self, city, citizen):
        ask_for_the_lamp(city, required=True)
        citizen.write()
        citizen.answer("where", **PIN)
        citizen.answer("photos")

        assert citizen.answer("details").status_code == 302

    def test_are_skipped_without_a_question(self, city, citizen):
        citizen.fill()

        assert citizen.get("file", "details").status_code == 302

    def test_of_another_category_are_asked_anew(self, city, citizen):
        ask_for_the_lamp(city)
        CategoryQuestion.objects.create(category=city.road_marking, code="length", label="幾公尺", label_en="How long")
        citizen.write()
        citizen.answer("where", **PIN)
        citizen.answer("photos")
        citizen.answer("details", lamp="1")
        citizen.answer("who", **EMAIL)

        response = citizen.answer("what", text="這裡要劃紅線")

        assert response["Location"] == citizen.url("file", "details")

    @pytest.mark.parametrize(
        ("datatype", "choices", "typed", "kept"),
        [
            ("number", [], "12.5", "12.5"),
            ("text", [], "兩行\n字", "兩行\n字"),
            ("singlevaluelist", [{"key": "a", "name": "甲", "name_en": "A"}], "a", "a"),
            ("multivaluelist", [{"key": "a", "name": "甲"}, {"key": "b", "name": "乙"}], ["a", "b"], ["a", "b"]),
            ("datetime", [], "2026-11-15T22:30", "2026-11-15T22:30:00+08:00"),
        ],
    )
    def test_of_every_kind(self, city, citizen, datatype, choices, typed, kept):
        CategoryQuestion.objects.create(
            category=city.street_light, code="q", label="問題", label_en="Question", datatype=datatype, choices=choices
        )
        citizen.write()

        citizen.answer("details", q=typed)

        assert Draft.objects.get().data["details"]["answers"] == {"q": kept}
        assert citizen.get("file", "details").status_code == 200

    def test_a_number_that_is_none_says_so(self, city, citizen):
        CategoryQuestion.objects.create(
            category=city.street_light, code="q", label="幾盞", label_en="How many", datatype="number"
        )
        citizen.write()

        assert "請填數字" in words(citizen.answer("details", q="很多"))


class TestKind:
    def test_a_topic_offers_its_categories(self, city, citizen):
        page = citizen.get("new", group="road")

        assert "路燈故障" in words(page)
        assert "都不是，或不確定" in words(page)

    def test_a_chosen_category_goes_with_the_petition(self, city, citizen):
        citizen.client.post(f"{citizen.url('new')}?group=road", {"category": "road_marking"})
        citizen.answer("what", text="這裡要標線")
        citizen.answer("where", **PIN)
        citizen.answer("photos")
        citizen.answer("who", **EMAIL)
        citizen.send()

        assert Petition.objects.get().given_category == city.road_marking

    def test_not_knowing_is_an_answer(self, city, citizen):
        response = citizen.client.post(f"{citizen.url('new')}?group=road", {"category": "none"})

        assert response["Location"] == citizen.url("file", "what")

    def test_a_category_retired_meanwhile_is_asked_again(self, city, citizen):
        citizen.client.post(f"{citizen.url('new')}?group=road", {"category": "road_marking"})
        citizen.answer("what", text="這裡要標線")
        citizen.answer("where", **PIN)
        citizen.answer("photos")
        citizen.answer("who", **EMAIL)
        Category.objects.filter(code="road_marking").update(retired_on=day_of(NINE))

        response = citizen.send()

        assert response["Location"] == f"{citizen.url('file', 'kind')}?wrong"
        assert "這一類已經停用，請重新選擇" in words(citizen.client.get(response["Location"]))
        assert Petition.objects.count() == 0


class TestWho:
    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({}, "請填姓名"),
            ({"name": "陳小美"}, "請選一種回復方式"),
            ({"name": "陳小美", "reply": "email"}, "請填電子郵件"),
            ({"name": "陳小美", "reply": "email", "email": "ming@@"}, "格式不對"),
            ({"name": "陳小美", "reply": "phone"}, "請填電話"),
            ({"name": "陳小美", "reply": "phone", "phone": "123"}, "電話的格式不對"),
            ({"name": "陳小美", "reply": "letter", "letter_phone": "0912345678"}, "請填收信地址"),
            ({"name": "陳小美", "reply": "letter", "address": "桃園區中山路1號"}, "其中一種"),
            ({"name": "陳" * 61, "reply": "email", "email": "a@mail.example"}, "姓名最多60個字"),
        ],
    )
    def test_says_what_is_missing(self, city, citizen, typed, sentence):
        citizen.write("路燈不亮")

        assert sentence in words(citizen.answer("who", **typed))

    def test_tells_what_becomes_of_the_data(self, city, citizen):
        citizen.write("路燈不亮")

        assert "個人資料保護法第8條" in words(citizen.get("file", "who"))

    def test_a_secret_identity_is_kept_so(self, city, citizen):
        petition = citizen.file(who={**EMAIL, "secret": "on"})

        assert petition.case.keep_identity_secret

    def test_a_name_beyond_the_basic_plane(self, city, citizen):
        assert citizen.file(who={**EMAIL, "name": "陳𠮷"}).case.requester.name == "陳𠮷"

    def test_a_telephone_alone_is_called_back(self, city, citizen):
        petition = citizen.file(who={"name": "陳小美", "reply": "phone", "phone": "0912-345-678"})

        page = citizen.get("confirm", petition.case.reference)
        assert "1999會打電話給您" in words(page)
        assert Todo.objects.get(kind="petition.call_back").agency == city.rdec
        assert not Letter.objects.filter(template="petitions.confirmation").exists()

    def test_by_letter_is_confirmed_by_what_else_was_left(self, city, citizen):
        who = {"name": "陳小美", "reply": "letter", "address": "桃園區中山路1號", "letter_email": "c@mail.example"}

        requester = citizen.file(who=who).case.requester

        assert (requester.address, requester.email, requester.wants_letter) == (
            "桃園區中山路1號",
            "c@mail.example",
            True,
        )


class TestSend:
    def test_a_double_click_is_one_petition(self, city, citizen):
        citizen.fill()
        key = KEY.search(citizen.get("check").content.decode())[1]

        first = citizen.send(idempotency_key=key)
        second = citizen.send(idempotency_key=key)

        assert first["Location"] == second["Location"]
        assert Petition.objects.count() == 1
        assert Letter.objects.filter(template="petitions.confirmation").count() == 1

    def test_the_same_draft_from_two_windows_is_one_petition(self, city, citizen):
        citizen.fill()
        other = Client()
        other.cookies = citizen.client.cookies.copy()

        citizen.send()
        response = other.post(citizen.url("check"))

        assert response.status_code == 302
        assert Petition.objects.count() == 1

    def test_asks_for_a_pause_beyond_what_a_network_may_send(self, city, citizen, monkeypatch):
        citizen.fill()
        monkeypatch.setattr(
            "cityhall.engines.identity.limits.limit", lambda name, at: 0 if name == "network_codes" else 15
        )

        assert citizen.send().status_code in (302, 429)

    def test_every_answer_is_looked_at_again(self, city, citizen):
        citizen.fill()
        draft = Draft.objects.get()
        draft.data["what"]["text"] = "字" * 4001
        draft.save()

        response = citizen.send()

        assert response["Location"] == f"{citizen.url('file', 'what')}?wrong"
        assert "最多寫4000個字" in words(citizen.client.get(response["Location"]))


class TestConfirm:
    def test_a_wrong_code_is_counted_and_what_was_typed_stays(self, city, citizen):
        petition = citizen.file()

        page = citizen.post("confirm", petition.case.reference, code="000000" if code_of() != "000000" else "000001")

        assert "還可以試4次" in words(page)
        assert 'value="00000' in page.content.decode()

    def test_five_wrong_codes_use_it_up(self, city, citizen):
        petition, right = citizen.file(), code_of()
        wrong = "111111" if right != "111111" else "222222"
        for _ in range(5):
            citizen.post("confirm", petition.case.reference, code=wrong)

        page = citizen.post("confirm", petition.case.reference, code=right)

        assert "重新寄一次" in words(page)
        assert not Petition.objects.get().case.is_confirmed

    @pytest.mark.parametrize(
        ("typed", "sentence"), [("", "請輸入信裡的6位數字"), ("12345", "驗證碼是6位數字"), ("abc", "驗證碼是6位數字")]
    )
    def test_says_what_a_code_looks_like(self, city, citizen, typed, sentence):
        petition = citizen.file()

        assert sentence in words(citizen.post("confirm", petition.case.reference, code=typed))

    def test_full_width_digits_and_spaces_are_fine(self, city, citizen):
        petition = citizen.file()
        typed = code_of().translate({48 + n: 0xFF10 + n for n in range(10)})

        assert citizen.post("confirm", petition.case.reference, code=f"{typed[:3]} {typed[3:]}").status_code == 302

    def test_an_expired_code_asks_for_a_new_one(self, city, citizen):
        petition, right = citizen.file(), code_of()
        citizen.later(hours=25)

        assert "重新寄一次" in words(citizen.post("confirm", petition.case.reference, code=right))

    def test_a_used_code_is_the_same_act(self, city, citizen):
        petition, right = citizen.file(), code_of()
        citizen.confirm(petition)

        response = citizen.post("confirm", petition.case.reference, code=right)

        assert response["Location"] == citizen.url("done", petition.case.reference)
        assert Petition.objects.get().decisions.count() == 1

    def test_resends_three_times_an_hour(self, city, citizen):
        petition = citizen.file()
        for _ in range(3):
            assert citizen.post("confirm", petition.case.reference, act="resend").status_code == 302

        page = citizen.post("confirm", petition.case.reference, act="resend")

        assert "分鐘後可以再寄" in words(page)
        assert Letter.objects.filter(template="petitions.confirmation").count() == 4

    def test_only_the_newest_code_counts(self, city, citizen):
        petition, old = citizen.file(), code_of()
        citizen.post("confirm", petition.case.reference, act="resend")

        if old != code_of():
            citizen.post("confirm", petition.case.reference, code=old)
            assert not Petition.objects.get().case.is_confirmed

    def test_two_petitions_of_one_sender_have_a_code_each(self, city, citizen):
        one, first_code = citizen.file(), code_of()
        other = Citizen(client=Client(), now=citizen.now).file("公園的燈不亮")

        citizen.post("confirm", one.case.reference, code=first_code)

        assert Petition.objects.get(pk=one.pk).case.is_confirmed
        assert not Petition.objects.get(pk=other.pk).case.is_confirmed

    def test_the_link_works_in_another_browser_by_a_button(self, city, citizen):
        petition = citizen.file()
        elsewhere = Client()

        page = elsewhere.get(link_of())
        assert "是我反映的，完成驗證" in words(page)
        assert not Petition.objects.get().case.is_confirmed  # mail scanners open links

        response = elsewhere.post(link_of())

        assert response["Location"] == citizen.url("done", petition.case.reference)
        assert "收到了" in words(elsewhere.get(response["Location"]))

    def test_a_used_link_says_so(self, city, citizen):
        citizen.confirm(citizen.file())

        assert "已經完成驗證" in words(Client().get(link_of()))

    def test_an_old_link_leads_to_the_code(self, city, citizen):
        citizen.file()
        link = link_of()
        citizen.later(hours=25)

        page = Client().get(link)

        assert "這個連結不能用了" in words(page)
        assert "重新寄" in words(Client().post(link))

    def test_an_expired_report_says_so(self, city, citizen):
        petition = citizen.file()
        citizen.later(days=8)
        upkeep.expire_unconfirmed(citizen.now)

        page = citizen.get("confirm", petition.case.reference)

        assert Petition.objects.get().case.status == Status.EXPIRED_UNCONFIRMED
        assert "已經失效" in words(page)

    def test_shows_a_stranger_no_address(self, city, citizen):
        petition = citizen.file()

        assert "mail.example" not in Client().get(citizen.url("confirm", petition.case.reference)).content.decode()

    def test_an_unknown_reference_is_not_found(self, city, citizen):
        assert citizen.get("confirm", uuid.uuid4()).status_code == 404

    def test_done_is_for_whoever_confirmed(self, city, citizen):
        petition = citizen.confirm(citizen.file())

        assert Client().get(citizen.url("done", petition.case.reference))["Location"] == citizen.url("follow")


class TestDefect:
    def test_begins_with_the_camera(self, city, citizen):
        body = citizen.get("defect").content.decode()

        assert 'capture="environment"' in body
        assert "拍一張照片" in body

    def test_takes_the_place_of_the_photo(self, city, citizen):
        citizen.post("defect", files=[photo(place=(121.25, 25.0))])

        page = citizen.get("file", "where")

        assert "這是照片記錄的拍攝位置" in words(page)
        assert "121.25" in page.content.decode()

    def test_ends_as_the_same_record(self, city, citizen):
        citizen.post("defect", files=[photo(place=(121.25, 25.0))])
        citizen.answer("where", lon="121.25", lat="25.0")
        citizen.answer("what", text="路燈不亮")
        citizen.answer("who", **EMAIL)
        citizen.send()

        case = Petition.objects.get().case
        assert (case.channel, case.title, case.place.method) == (Channel.DEFECT, "路燈不亮", PlaceMethod.PHOTO)
        assert files.of(case).count() == 1

    def test_one_line_is_one_line(self, city, citizen):
        citizen.post("defect")

        assert "最多寫200個字" in words(citizen.answer("what", text="字" * 201))

    def test_goes_without_a_photo(self, city, citizen):
        assert citizen.post("defect").status_code == 302
        assert Draft.objects.count() == 1


class TestAgencyBox:
    def test_names_the_agency(self, city, citizen):
        page = citizen.get("agency_box", "transport")

        assert "寫信給交通局" in words(page)

    def test_dispatch_still_checks(self, city, citizen):
        citizen.post("agency_box", "transport", text="路燈不亮")
        citizen.answer("where", **PIN)
        citizen.answer("photos")
        citizen.answer("who", **EMAIL)
        citizen.send()

        petition = citizen.confirm(Petition.objects.get())
        assert petition.case.channel == Channel.AGENCY_BOX
        assert petition.addressed_to == city.transport
        assert petition.case.status == Status.DISPATCHING

    @pytest.mark.parametrize("code", ["nowhere", "power"])
    def test_of_no_agency_of_ours_is_not_found(self, city, citizen, code):
        assert citizen.get("agency_box", code).status_code == 404


class TestPages:
    @pytest.mark.parametrize("name", ["start", "new", "defect", "follow"])
    @pytest.mark.parametrize("english", [False, True])
    def test_open_in_both_languages_without_script(self, city, citizen, name, english):
        citizen.english = english

        page = citizen.get(name)

        assert page.status_code == 200
        assert "<script>" not in page.content.decode()
        assert " style=" not in page.content.decode()

    def test_an_unknown_question_is_not_found(self, city, citizen):
        citizen.write()

        assert citizen.get("file", "nonsense").status_code == 404
