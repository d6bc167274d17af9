"""Surveys at the desk: written, asked, read, exported; by the commission, read by operators, closed to others."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.letters.models import Letter
from cityhall.engines.surveys import registry, services
from cityhall.engines.surveys.models import KeypadUpload, Question, Questionnaire, Response, Survey, Wave
from cityhall.engines.worklist.models import Todo

from .making import BAD, GOOD, NOW, QUESTIONS, answered, invited, make_survey, make_wave, version_of

LATER = NOW + timedelta(hours=1)
HOME = "/desk/surveys/"


@pytest.fixture
def clock(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)


@pytest.fixture
def rdec(clock):
    return make_agency("rdec")


def signed_in(agency, role) -> Client:
    browser = Client()
    browser.force_login(make_person(agency, None, role).account)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser


@pytest.fixture
def commission(rdec):
    return signed_in(rdec, Role.COMMISSION)


@pytest.fixture
def operator(rdec):
    return signed_in(rdec, Role.OPERATOR)


def words(response) -> str:
    html = b"".join(response.streaming_content) if response.streaming else response.content
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html.decode())))


def path(wave: Wave, end: str = "") -> str:
    return f"{HOME}waves/{wave.reference}/{end}"


def version_path(survey: Survey, end: str = "", number: int = 1) -> str:
    return f"{HOME}{survey.reference}/versions/{number}/{end}"


class TestFromNothingToAnAnswer:
    def test_is_a_walk_through_the_desk(self, commission, client):
        """A survey, a question, a wave, an invitation; somebody answers; the result is read."""
        made = commission.post(f"{HOME}add/", {"title": "圖書館意見調查", "title_en": "Libraries"})
        survey = Survey.objects.get()
        assert made["Location"] == version_path(survey)
        question = {
            "kind": "SINGLE", "text": "多久來一次？", "text_en": "How often?", "required": "on",
            "choices": "每週 | Every week\n更少｜Less",
        }  # fmt: skip
        assert commission.post(version_path(survey, "add/"), question).status_code == 302
        wave = {
            "name": "第一次", "population": "借閱證持有人", "sampling": "RANDOM", "days": "14", "opens_on_year": "115",
            "opens_on_month": "11", "opens_on_day": "16",
        }  # fmt: skip
        opened = commission.post(version_path(survey, "wave/"), wave)
        assert opened["Location"] == path(Wave.objects.get())
        sent = commission.post(path(Wave.objects.get(), "invite/"), {"people": "a@mail.example", "language": "en"})
        assert "已寄出 1 封邀請" in words(commission.get(sent["Location"]))

        link = re.search(r"/en/surveys/\S+", Letter.objects.get().text)[0]
        assert client.post(link, {"q1": "c2"}).status_code == 302

        page = words(commission.get(path(Wave.objects.get(), "results/")))
        assert "更少 1 100.0%" in page
        assert "分母：回答這題的 1 人" in page
        assert "95%信賴區間" in page


class TestQuestionPages:
    def test_write_move_and_delete(self, commission):
        survey = make_survey(owner="city")
        form = {"kind": "SCALE", "text": "滿意嗎？", "text_en": "Satisfied?", "required": "on", "complaint": "3"}

        commission.post(version_path(survey, "q1/"), form)
        commission.post(version_path(survey, "q4/move/"), {"to": "up"})
        commission.post(version_path(survey, "q2/remove/"))

        found = services.questions_of(version_of(survey))
        assert [one.key for one in found] == ["q1", "q4", "q3"]
        assert (found[0].text, found[0].no_opinion, found[0].complaint_at_most) == ("滿意嗎？", False, 3)

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"choices": "只有中文"}, "第1行要有中文和英文"),
            ({"choices": "\n一 | One\n" + "字" * 101 + " | Two"}, "第3行太長"),
            ({"choices": ""}, "至少要有兩個選項"),
            ({"text_en": ""}, "請填「題目的英文」"),
            ({"kind": "RANK"}, "RANK"),
        ],
    )
    def test_name_what_is_wrong(self, commission, changed, sentence):
        survey = make_survey(owner="city", questions=())
        form = {"kind": "SINGLE", "text": "一", "text_en": "One", "choices": "甲 | A\n乙 | B"}

        page = commission.post(version_path(survey, "add/"), {**form, **changed})

        assert page.status_code == 422
        assert sentence in words(page)
        assert not Question.objects.exists()

    def test_say_that_a_version_is_frozen(self, commission):
        wave = make_wave(make_survey(owner="city"))
        answered(wave, GOOD)

        assert "已有人作答，不能再改" in words(commission.get(version_path(wave.survey)))
        for end in ("q1/move/", "q1/remove/"):
            sent = commission.post(version_path(wave.survey, end))
            assert "已經有人作答" in words(commission.get(sent["Location"]))
        assert wave.questionnaire.questions.count() == 4

    def test_show_what_changed_since_the_version_before(self, commission):
        wave = make_wave(make_survey(owner="city"))
        answered(wave, GOOD)
        commission.post(f"{HOME}{wave.survey.reference}/version/")
        second = Questionnaire.objects.get(number=2)
        services.remove_question(second.questions.get(key="q3"), by=None, at=LATER)
        services.change_question(second.questions.get(key="q4"), QUESTIONS[0], by=None, at=LATER)

        page = words(commission.get(version_path(wave.survey, "compare/", 2)))

        assert "改過 怎麼回答、題目內容、題目的英文、必答、可以選「沒有意見」、幾分以下要有人處理" in page
        assert "刪除" in page
        assert commission.get(version_path(wave.survey, "compare/")).status_code == 404

    def test_preview_sends_nothing(self, commission):
        survey = make_survey(owner="city")

        page = commission.get(version_path(survey, "preview/"))

        assert "1. 整體而言，您滿意嗎？" in words(page)
        assert commission.post(version_path(survey, "preview/"), GOOD).status_code == 200
        assert not Response.objects.exists()


class TestWavePages:
    @pytest.mark.parametrize(
        ("people", "sentence"),
        [
            ("a@mail.example\nnobody\n\nx@", "第2、4行"),
            ("a@mail.example\n" * 2001, "一次最多2000個信箱"),
            ("", "請填"),
            (" \n ", "請填"),
        ],
    )
    def test_refuse_what_is_no_mailbox(self, commission, people, sentence):
        wave = make_wave(make_survey(owner="city"))

        page = commission.post(path(wave, "invite/"), {"people": people, "language": "en"})

        assert page.status_code == 422
        assert sentence in words(page)
        assert not Letter.objects.exists()

    def test_end_a_wave(self, commission):
        wave = make_wave(make_survey(owner="city"))

        commission.post(path(wave, "close/"))

        assert "已結束" in words(commission.get(path(wave)))

    def test_refuse_a_wave_that_ends_before_it_begins(self, commission):
        survey = make_survey(owner="city")
        form = {"name": "一", "population": "一", "sampling": "RANDOM", "days": "3"}
        for name, day in (("opens_on", "20"), ("closes_on", "18")):
            form |= {f"{name}_year": "2026", f"{name}_month": "11", f"{name}_day": day}

        page = commission.post(version_path(survey, "wave/"), form)

        assert page.status_code == 422
        assert "截止日要在開始日之後" in words(page)

    def test_show_the_response_rate_with_its_denominator(self, operator):
        wave = make_wave(make_survey(owner="city"))
        answered(wave, GOOD, BAD)
        invited(wave, 9)

        page = words(operator.get(path(wave)))

        assert "66.7%" in page
        assert "2 人填答，3 人收到邀請" in page
        assert "寄出填答邀請" not in page

    def test_give_no_interval_to_volunteers(self, operator):
        wave = make_wave(make_survey(owner="city"), sampling="VOLUNTARY")
        answered(wave, GOOD)

        page = words(operator.get(path(wave, "results/")))

        assert "不附區間" in page
        assert "95%信賴區間" not in page

    def test_cover_what_people_wrote(self, operator):
        wave = make_wave(make_survey(owner="city"))
        answered(wave, BAD)

        page = words(operator.get(path(wave, "words/q4/")))

        assert "等太久" in page
        assert "0912" not in page

    @pytest.mark.parametrize("kind", ["csv", "ods", "xlsx"])
    def test_export_covers_and_is_noted(self, commission, kind):
        wave = make_wave(make_survey(owner="city"))
        answered(wave, BAD, {"q1": 0, "q2": "c1"})

        sheet = commission.get(path(wave)[:-1] + f"/answers.{kind}")
        content = b"".join(sheet.streaming_content)

        assert sheet.status_code == 200
        if kind == "csv":
            lines = content.decode("utf-8-sig").splitlines()
            assert lines[0].startswith("填答日,方式,整體而言")
            assert lines[1] == "2026-11-16,電子郵件,1,網頁,等候時間、態度,等太久，我的電話是 ［電話］"
            assert lines[2] == "2026-11-16,電子郵件,沒有意見,電話,,"
        assert '"rows":2' in Entry.objects.get(event="survey.exported").payload

    def test_export_of_an_unknown_kind_is_not_found(self, commission):
        wave = make_wave(make_survey(owner="city"))

        assert commission.get(path(wave)[:-1] + "/answers.exe").status_code == 404

    @pytest.mark.parametrize("end", ["", "results/", "words/q4/"])
    def test_ask_the_database_as_often_however_much_there_is(self, operator, django_assert_max_num_queries, end):
        wave = make_wave(make_survey(owner="city"))
        answered(wave, BAD)
        operator.get(path(wave, end))
        with django_assert_max_num_queries(40) as few:
            operator.get(path(wave, end))
        answered(wave, *[BAD] * 6, start=2)
        with django_assert_max_num_queries(len(few)):
            operator.get(path(wave, end))

    def test_lists_ask_as_often_however_many_there_are(self, operator, django_assert_max_num_queries):
        make_survey(owner="city")
        operator.get(HOME)
        with django_assert_max_num_queries(40) as few:
            operator.get(HOME)
        survey = make_survey(owner="city")
        answered(make_wave(survey), *[BAD] * 3)
        for _n in range(4):
            make_wave(survey)
        with django_assert_max_num_queries(len(few)):
            operator.get(HOME)
        with django_assert_max_num_queries(len(few) + 4):
            operator.get(f"{HOME}{survey.reference}/")
        with django_assert_max_num_queries(len(few) + 1):
            operator.get(f"{HOME}complaints/")


class TestKeypadPages:
    def test_take_a_file_and_name_each_refused_row(self, commission):
        wave = make_wave(make_survey(owner="city", questions=QUESTIONS[:2]))
        head = commission.get(path(wave)[:-1] + "/keypad.csv")
        rows = b"".join(head.streaming_content) + b"c-1,2026-11-16 09:30,5,1\r\nc-2,2026-11-16 09:30,7,1\r\n"

        sent = commission.post(path(wave, "keypad/"), {"file": SimpleUploadedFile("keys.csv", rows)})
        page = words(commission.get(sent["Location"]))

        assert "收進 1" in page
        assert "這題只能按 0 到 5。" in page
        sheet = commission.get(f"{sent['Location']}refused.csv")
        assert "整體而言，您滿意嗎？" in b"".join(sheet.streaming_content).decode()
        assert Response.objects.count() == 1

    @pytest.mark.parametrize(("content", "sentence"), [(b"\x00\x01", "CSV"), (None, "請選一個檔案")])
    def test_refuse_what_is_no_sheet(self, commission, content, sentence):
        wave = make_wave(make_survey(owner="city", questions=QUESTIONS[:2]))

        page = commission.post(
            path(wave, "keypad/"), {"file": SimpleUploadedFile("keys.csv", content)} if content else {}
        )

        assert page.status_code == 422
        assert sentence in words(page)
        assert not KeypadUpload.objects.exists()


class TestComplaintPages:
    def test_lead_from_the_to_do_to_what_was_done(self, commission, rdec):
        answered(make_wave(make_survey(owner="city")), BAD)
        response = Response.objects.get()
        todo = Todo.objects.get()
        assert (todo.agency, todo.role) == (rdec, Role.COMMISSION)
        assert "0912" not in f"{todo.title}{todo.detail}"

        page = words(commission.get(todo.url))
        assert "1分，很不滿意" in page
        assert "等候時間、態度" in page
        assert "0912" not in page
        assert commission.post(todo.url, {"words": ""}).status_code == 422
        assert commission.post(todo.url, {"words": "已請單位改善。"}).status_code == 302

        response.refresh_from_db()
        assert response.handling == "已請單位改善。"
        assert Todo.objects.get().closed_at == LATER
        assert "已請單位改善。" in words(commission.get(todo.url))
        assert "沒有待處理的填答" in words(commission.get(f"{HOME}complaints/"))
        assert "問卷調查" in words(commission.get(f"{HOME}complaints/?all=1"))

    def test_can_be_read_by_operators_and_not_decided(self, operator):
        answered(make_wave(make_survey(owner="city")), BAD)
        here = f"{HOME}complaints/{Response.objects.get().pk}/"

        assert "還沒有人處理" in words(operator.get(here))
        assert operator.post(here, {"words": "我來"}).status_code == 403
        assert Response.objects.get().handled_at is None

    def test_are_kept_where_nobody_knows_the_commission(self, clock):
        answered(make_wave(make_survey(owner="city")), BAD)

        assert Response.objects.get().complaint
        assert not Todo.objects.exists()


class TestRights:
    @pytest.mark.parametrize(
        ("role", "status"), [(Role.OFFICER, 403), (Role.COORDINATOR, 403), (Role.OPERATOR, 200), (Role.COMMISSION, 200)]
    )
    def test_to_read(self, rdec, role, status):
        wave = make_wave(make_survey(owner="city"))

        assert signed_in(rdec, role).get(path(wave, "results/")).status_code == status

    def test_to_change_are_the_commissions(self, operator):
        survey = make_survey(owner="city")

        for end in (
            "edit/",
            "version/",
            "versions/1/add/",
            "versions/1/q1/",
            "versions/1/q1/remove/",
            "versions/1/wave/",
        ):
            assert operator.post(f"{HOME}{survey.reference}/{end}", {}).status_code == 403
        assert operator.get(path(make_wave(survey))[:-1] + "/answers.csv").status_code == 403

    def test_are_narrowed_by_the_owner(self, commission):
        """Who may read surveys does not see those whose owner asks for more."""
        registry.owner("tests", "測試", reads="identity.clients.manage")
        try:
            wave = make_wave(make_survey(owner="tests"))
            answered(wave, BAD)
            assert "市民意見調查" not in words(commission.get(HOME))
            assert "0 件待處理" in words(commission.get(HOME))
            complaint = f"{HOME}complaints/{Response.objects.get().pk}/"
            for hidden in (f"{HOME}{wave.survey.reference}/", version_path(wave.survey), path(wave), complaint):
                assert commission.get(hidden).status_code == 403
        finally:
            registry.forget("tests")

    def test_to_change_are_narrowed_by_the_owner_too(self, commission):
        registry.owner("tests", "測試", manages="identity.clients.manage")
        try:
            survey = make_survey(owner="tests")
            assert commission.get(f"{HOME}{survey.reference}/").status_code == 200
            assert commission.post(version_path(survey, "q1/remove/")).status_code == 403
            assert "新增題目" not in words(commission.get(version_path(survey)))
        finally:
            registry.forget("tests")

    def test_of_nobody_lead_to_the_sign_in(self, clock):
        assert Client().get(HOME)["Location"].startswith("/account/")


class TestNames:
    def test_of_a_survey_can_be_changed(self, commission):
        survey = make_survey(owner="city")
        here = f"{HOME}{survey.reference}/edit/"

        assert commission.post(here, {"title": "新的", "title_en": "New", "purpose": "只有中文"}).status_code == 422
        assert commission.post(here, {"title": "新的", "title_en": "New"}).status_code == 302

        assert Survey.objects.get().title == "新的"
        assert Entry.objects.filter(event="survey.reworded").exists()
