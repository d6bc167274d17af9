"""The officer's pages: whole requests as those who may and as those who may not."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from cityhall.domains.petitions import papers
from cityhall.domains.petitions.backlog import picture
from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.services import citizen, handling, rulebook
from cityhall.domains.petitions.tests.city import NINE, file, make_city, opened
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.services import add_note
from cityhall.engines.cases.states import Status
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.files import queries as files
from cityhall.engines.worklist.models import Todo

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def as_person(client, monkeypatch):
    """Sign a person in, with the second factor that the desk asks for, at a quarter past nine on a Monday."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE + timedelta(minutes=30))

    def sign_in(person):
        client.force_login(person.account)
        session = client.session
        session["identity.factor"] = "TOTP"
        session.save()
        return client

    return sign_in


def page(petition):
    return reverse("petitions:record", args=[petition.case.reference])


def do(petition, code):
    return reverse("petitions:act", args=[petition.case.reference, code])


def fresh(petition):
    return Petition.objects.select_related("case__agency", "case__officer", "category").get(pk=petition.pk)


class TestRecord:
    def test_shows_words_clock_and_reason(self, city, as_person):
        petition = opened()

        body = as_person(city.coordinator).get(page(petition)).content.decode()

        assert petition.case.number in body
        assert "有關鍵詞「路燈不亮」" in body
        assert "急迫類別" in body
        assert "陳○○" in body
        assert "陳小美" not in body
        assert "citizen@mail.example" not in body

    def test_does_not_exist_for_another_agency(self, city, as_person):
        petition = opened()

        assert as_person(city.other_officer).get(page(petition)).status_code == 404

    def test_of_a_confidential_one_is_for_those_who_may(self, city, as_person):
        petition = opened("路燈不亮", confidential=True)

        assert as_person(city.dispatcher).get(page(petition)).status_code == 200
        assert as_person(city.coordinator).get(page(petition)).status_code == 404

    @pytest.mark.parametrize("tab", ["work", "timeline", "files", "notes"])
    def test_has_a_page_for_each_tab(self, city, as_person, tab):
        assert as_person(city.coordinator).get(page(opened()), {"tab": tab}).status_code == 200

    def test_asks_as_many_questions_with_a_long_history(self, city, as_person, django_assert_max_num_queries):
        petition = opened()
        handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        for n in range(30):
            add_note(fresh(petition).case, text=f"備註{n}", author=city.officer, by=city.officer.account, at=NINE)

        with django_assert_max_num_queries(90):
            as_person(city.officer).get(page(petition))


class TestDispatch:
    def test_takes_two_clicks(self, city, as_person):
        petition = opened("路燈不亮，我要找市長")
        desk = as_person(city.dispatcher)
        body = desk.get(page(petition)).content.decode()
        assert "派給誰？" in body

        desk.post(do(petition, "dispatch"), {"category": "street_light", "version": fresh(petition).case.version})

        assert fresh(petition).case.agency == city.works

    def test_offers_its_proposals_on_keys(self, city, as_person):
        body = as_person(city.dispatcher).get(page(opened("路燈不亮，我要找市長"))).content.decode()

        assert 'id="choice-1"' in body
        assert "派到養工處" in body
        assert "<mark" in body

    def test_goes_on_to_what_waits_next(self, city, as_person):
        first, second = opened("路燈不亮，我要找市長"), opened("劃紅線，我要找市長", email="b@mail.example")

        response = as_person(city.dispatcher).post(do(first, "dispatch"), {"category": "street_light"})

        assert response["Location"] == page(second)

    def test_by_form_names_another_agency(self, city, as_person):
        petition = opened("路燈不亮，我要找市長")

        as_person(city.dispatcher).post(
            do(petition, "dispatch"), {"category": "street_light", "agency": "transport", "note": "號誌共桿"}
        )

        assert fresh(petition).case.agency == city.transport

    def test_is_not_for_an_officer(self, city, as_person):
        petition = opened("路燈不亮，我要找市長")

        assert as_person(city.officer).get(do(petition, "dispatch")).status_code == 404

    def test_of_an_old_page_says_what_changed(self, city, as_person):
        petition = opened("路燈不亮，我要找市長")
        desk = as_person(city.dispatcher)
        old = fresh(petition).case.version
        desk.post(do(petition, "note"), {"text": "先看看"})

        response = desk.post(do(petition, "dispatch"), {"category": "street_light", "version": old})

        assert response.status_code == 409
        assert "有這些變動" in response.content.decode()


class TestWork:
    def test_goes_from_assignment_to_the_sent_reply(self, city, as_person):
        petition = opened()
        as_person(city.coordinator).post(do(petition, "assign"), {"officer": city.officer.code})
        assert fresh(petition).case.officer == city.officer

        as_person(city.officer).post(do(petition, "submit"), {"text": "已派員查看，預計修復。"})
        body = as_person(city.chief).get(page(petition)).content.decode()
        assert "初步回復，待核定" in body
        as_person(city.chief).post(do(petition, "approve"))

        assert fresh(petition).case.status == Status.FIRST_REPLIED

    def test_keeps_what_was_typed_when_it_is_refused(self, city, as_person):
        petition = opened("請劃紅線")
        handling.assign(petition, unit=None, officer=city.other_officer, by=city.other_coordinator.account, at=NINE)

        response = as_person(city.other_officer).post(do(petition, "submit"), {"text": "這是一段很長的回復"})

        assert response.status_code == 422
        assert "請選擇辦理結果" in response.content.decode()
        assert "這是一段很長的回復" in response.content.decode()

    def test_offers_whoever_had_such_matters_before(self, city, as_person):
        handling.assign(opened(), unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)

        body = as_person(city.coordinator).get(page(opened(email="b@mail.example"))).content.decode()

        assert f"分給{city.officer.label}" in body
        assert "手上1件" in body

    def test_an_act_that_is_not_possible_now_says_so(self, city, as_person):
        response = as_person(city.coordinator).get(do(opened(), "approve"), follow=True)

        assert "現在不能" in response.content.decode()

    def test_a_double_click_is_one_act(self, city, as_person):
        petition = opened()
        client = as_person(city.coordinator)
        given = {"text": "備註", "idempotency_key": "6a0f1c9e-0000-4000-8000-000000000001"}

        client.post(do(petition, "note"), given)
        client.post(do(petition, "note"), given)

        assert fresh(petition).case.notes.count() == 1

    @pytest.mark.parametrize("code", ["assign", "return", "category", "note", "withdraw"])
    def test_every_form_opens(self, city, as_person, code):
        assert as_person(city.coordinator).get(do(opened(), code), follow=True).status_code == 200


class TestTwoOfficers:
    """Both opened the same draft: the second is told what the first saved (409), and nothing typed is lost."""

    @pytest.fixture
    def petition(self, city):
        petition = opened()
        handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        return petition

    def shown_version(self, body):
        return re.search(r'name="draft_version" value="(\d+)"', body)[1]

    def test_first_drafts_of_both(self, city, as_person, petition):
        seen = self.shown_version(as_person(city.officer).get(page(petition)).content.decode())
        as_person(city.chief).post(do(petition, "draft"), {"text": "明天派員。", "draft_version": seen})

        response = as_person(city.officer).post(do(petition, "draft"), {"text": "今天派員。", "draft_version": seen})

        body = response.content.decode()
        assert response.status_code == 409
        assert f"{city.chief.name}存了另一份草稿" in body
        assert "<del>明</del><ins>今</ins>天派員。" in body
        assert "今天派員。</textarea>" in body
        assert petition.case.replies.get().text == "明天派員。"

        as_person(city.officer).post(
            do(petition, "draft"), {"text": "今天派員。", "draft_version": self.shown_version(body)}
        )

        assert petition.case.replies.get().text == "今天派員。"

    def test_in_english(self, city, as_person, petition):
        as_person(city.chief).post(do(petition, "draft"), {"text": "明天派員。", "draft_version": 0})

        response = as_person(city.officer).post(
            f"/en{do(petition, 'draft')}", {"text": "今天派員。", "draft_version": 0}
        )

        assert response.status_code == 409
        assert "saved another draft after you opened it" in response.content.decode()

    def test_after_reading_what_changed_the_same_form_goes_through(self, city, as_person):
        petition = opened("路燈不亮，我要找市長")
        desk, old = as_person(city.dispatcher), fresh(petition).case.version
        desk.post(do(petition, "note"), {"text": "先看看"})
        given = {"category": "street_light", "version": old, "note": "很急"}
        body = desk.post(do(petition, "dispatch"), given).content.decode()
        assert 'value="很急"' in body

        desk.post(do(petition, "dispatch"), {**given, "version": re.search(r'name="version" value="(\d+)"', body)[1]})

        assert fresh(petition).case.agency == city.works


@pytest.fixture
def in_hand(city):
    """A petition that the officer has in hand."""
    petition = opened()
    handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
    return petition


class TestWriting:
    def test_begins_with_a_template_whose_open_slots_stay(self, city, as_person, in_hand):
        rulebook.add_template(
            code="light", category=city.street_light, stage=1, name="已查看", text="{稱呼}您好：{地點}已查看，{完成日}修復。",
            outcome="", by=None, at=NINE,
        )  # fmt: skip

        body = as_person(city.officer).post(do(in_hand, "draft"), {"apply": "1", "pick": "light", "text": ""})

        assert "陳先生／女士您好：中山路200號已查看，【完成日】修復。" in body.content.decode()
        assert "還有空格要填：完成日" in body.content.decode()
        assert not fresh(in_hand).case.replies.exists()

    def test_puts_a_template_below_what_is_written(self, city, as_person, in_hand):
        rulebook.add_template(
            code="light", category=None, stage=1, name="已查看", text="已查看。", outcome="", by=None, at=NINE
        )

        body = as_person(city.officer).post(do(in_hand, "draft"), {"apply": "1", "pick": "light", "text": "您好："})

        assert "您好：\n\n已查看。" in body.content.decode()

    def test_does_not_go_up_with_an_open_slot(self, city, as_person, in_hand):
        response = as_person(city.officer).post(do(in_hand, "submit"), {"text": "預計【完成日】修復。"})

        assert response.status_code == 422
        assert "範本裡還有沒填的空格：完成日" in response.content.decode()

    def test_that_tells_of_a_remedy_names_it(self, city, as_person):
        petition = opened("請劃紅線")
        handling.assign(petition, unit=None, officer=city.other_officer, by=city.other_coordinator.account, at=NINE)
        officer, url = as_person(city.other_officer), do(petition, "submit")

        refused = officer.post(url, {"text": "請循其他程序辦理。", "outcome": "REMEDY"})

        assert refused.status_code == 422
        assert "請在回復裡寫明是訴願、訴訟或國家賠償" in refused.content.decode()

    def test_names_who_will_approve_and_who_signs(self, city, as_person, in_hand):
        body = as_person(city.officer).get(page(in_hand)).content.decode()

        assert "核定" in body
        assert "電話03-0000-1650轉6512" in body

    def test_is_looked_through_while_it_is_typed(self, city, as_person, in_hand):
        url = reverse("petitions:check_reply", args=[in_hand.case.reference])

        body = as_person(city.officer).post(url, {"text": "請打0912-345-678找【姓名】"}).content.decode()

        assert "還有空格要填：姓名" in body
        assert "0912-345-678" in body
        assert "沒有寫到哪一天" in body

    def test_takes_photos_before_and_after_and_gives_them_back(self, city, as_person, in_hand, settings, tmp_path):
        settings.DATA_DIR = tmp_path
        officer = as_person(city.officer)
        officer.post(do(in_hand, "draft"), {"text": "已修復。", "before": picture("dark"), "after": picture("lit")})
        reply = fresh(in_hand).case.replies.get()
        before, after = files.of(reply)
        assert (before.label, after.label) == ("before", "after")
        assert "施作後" in officer.get(page(in_hand)).content.decode()

        officer.post(do(in_hand, "draft"), {"text": "已修復。", "drop": str(before.reference)})

        assert list(files.of(reply)) == [after]

    def test_refuses_what_is_no_photo_and_keeps_the_words(self, city, as_person, in_hand):
        fake = SimpleUploadedFile("a.jpg", b"GIF87a no picture", "image/jpeg")

        response = as_person(city.officer).post(do(in_hand, "draft"), {"text": "已修復。", "after": fake})

        assert response.status_code == 422
        assert "已修復。" in response.content.decode()


class TestNews:
    def test_an_urging_is_shown_to_officer_and_chief_and_counted(self, city, as_person, in_hand):
        as_person(city.officer).get(page(in_hand))

        citizen.urge(fresh(in_hand), text="已經三天了", by=None, at=NINE + timedelta(hours=1))

        assert not Todo.objects.open().get(kind="petition.handle").seen_at
        urged = Todo.objects.open().get(kind="petition.urged")
        assert (urged.unit, urged.role) == (city.lights, "UNIT_HEAD")
        assert "催辦1次" in as_person(city.officer).get(page(in_hand)).content.decode()

    def test_the_chief_knows_once_the_record_was_opened(self, city, as_person, in_hand):
        citizen.urge(fresh(in_hand), by=None, at=NINE + timedelta(hours=1))

        as_person(city.officer).get(page(in_hand))
        assert Todo.objects.open().filter(kind="petition.urged").exists()
        as_person(city.chief).get(page(in_hand))

        assert not Todo.objects.open().filter(kind="petition.urged").exists()

    def test_an_operator_adds_and_urges_for_the_citizen(self, city, as_person, in_hand):
        operator = make_person(city.rdec, None, Role.OPERATOR)

        as_person(operator).post(do(in_hand, "facts"), {"text": "在便利商店旁邊"})
        as_person(operator).post(do(in_hand, "urge"), {"text": ""})

        kinds = list(fresh(in_hand).case.additions.order_by("pk").values_list("kind", "by"))
        assert kinds == [("FACTS", operator.account_id), ("URGE", operator.account_id)]

    def test_an_officer_does_not_urge_for_the_citizen(self, city, as_person, in_hand):
        response = as_person(city.officer).post(do(in_hand, "urge"), {"text": ""}, follow=True)

        assert "現在不能" in response.content.decode()


class TestPlaceInTheList:
    def test_says_which_of_how_many_and_leads_to_the_neighbours(self, city, as_person):
        first, second = opened("路燈不亮，我要找市長"), opened("劃紅線，我要找市長", email="b@mail.example")

        body = as_person(city.dispatcher).get(page(first)).content.decode()

        assert "第1件，共2件" in body
        assert f'<a href="{page(second)}" rel="next"' in body

    def test_the_list_is_left_out_beside_a_record_and_comes_after_an_act(self, city, as_person):
        petition = opened("路燈不亮，我要找市長")
        desk = as_person(city.dispatcher)
        beside = {"HX-Request": "true", "HX-Target": "main"}

        alone = desk.get(page(petition), headers=beside).content.decode()
        after = desk.get(page(petition), headers={**beside, "X-Desk-List": "1"}).content.decode()

        assert 'id="list"' not in alone
        assert 'id="list"' in after


class TestLook:
    def test_shows_the_reporter_once_for_a_purpose_and_writes_it_down(self, city, as_person):
        petition = opened()
        url = reverse("petitions:look", args=[petition.case.reference])
        client = as_person(city.coordinator)

        assert "陳小美" not in client.get(url).content.decode()
        body = client.post(url, {"purpose": "reply"}).content.decode()

        assert "citizen@mail.example" in body
        assert (
            Entry.objects.filter(event__startswith="audit.looked").count() == 1
            or Entry.objects.filter(payload__contains="reporter").exists()
        )


class TestList:
    def test_finds_by_words_within_reach(self, city, as_person):
        opened("中正路路燈不亮")
        opened("請劃紅線", email="b@mail.example")

        body = as_person(city.coordinator).get(reverse("petitions:list"), {"q": "路燈"}).content.decode()

        assert "中正路路燈不亮" in body
        assert "請劃紅線" not in body

    def test_hides_the_unconfirmed_from_agencies(self, city, as_person):
        file("中正路路燈不亮")

        assert "中正路路燈不亮" not in as_person(city.coordinator).get(reverse("petitions:list")).content.decode()

    def test_says_why_it_is_empty(self, city, as_person):
        assert "還沒有案件" in as_person(city.coordinator).get(reverse("petitions:list")).content.decode()

    @pytest.mark.parametrize("kind", ["csv", "ods", "xlsx"])
    def test_exports_without_reporters_and_writes_it_down(self, city, as_person, kind):
        opened()

        response = as_person(city.coordinator).get(reverse("petitions:export", args=[kind]))

        body = b"".join(response.streaming_content)
        assert response.status_code == 200
        assert "陳小美".encode() not in body
        assert Entry.objects.filter(event="petition.exported").count() == 1


class TestSheet:
    def test_prints_the_record_on_one_page_and_writes_it_down(self, city, as_person, in_hand):
        response = as_person(city.officer).get(reverse("petitions:sheet", args=[in_hand.case.reference]))

        assert response["Content-Type"] == "application/pdf"
        assert response.content.startswith(b"%PDF")
        assert len(PdfReader(BytesIO(response.content)).pages) == 1
        assert Entry.objects.filter(event="petition.printed").count() == 1

    def test_stays_one_page_however_much_was_written(self, city, as_person):
        petition = opened("路燈不亮。" * 700)
        for n in range(40):
            add_note(fresh(petition).case, text=f"備註{n}", author=city.officer, by=city.officer.account, at=NINE)

        document = papers.sheet(fresh(petition), at=NINE)

        assert len(PdfReader(BytesIO(document)).pages) == 1

    def test_holds_no_reporter_and_is_not_for_another_agency(self, city, as_person, in_hand):
        url = reverse("petitions:sheet", args=[in_hand.case.reference])

        text = PdfReader(BytesIO(as_person(city.officer).get(url).content)).pages[0].extract_text()

        assert "citizen@mail.example" not in text
        assert "陳小美" not in text
        assert as_person(city.other_officer).get(url).status_code == 404
