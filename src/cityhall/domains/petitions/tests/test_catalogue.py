"""Categories, limits, questions and reply templates: acts, and pages as those who may and those who may not."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cityhall.domains.petitions.forms.catalogue import NewQuestionForm, choice_lines
from cityhall.domains.petitions.forms.desk import templates_for
from cityhall.domains.petitions.models import Category, CategoryQuestion, ReplyTemplate
from cityhall.domains.petitions.services import catalogue
from cityhall.domains.petitions.services.rulebook import CannotSaveRule
from cityhall.domains.petitions.templatetags.petitions import answers
from cityhall.domains.petitions.tests.city import MONDAY, NINE, make_city, opened
from cityhall.engines.audit.models import Entry
from cityhall.engines.deadlines.models import Clock

pytestmark = pytest.mark.django_db
NOW = NINE + timedelta(minutes=30)
TOMORROW = MONDAY + timedelta(days=1)


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def as_person(client, monkeypatch):
    """Sign a person in, with the second factor that the desk asks for."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)

    def sign_in(person):
        client.force_login(person.account)
        session = client.session
        session["identity.factor"] = "TOTP"
        session.save()
        return client

    return sign_in


def events():
    return list(Entry.objects.order_by("seq").values_list("event", flat=True))


def ask(category, code="lamp", **more):
    given = {"label": "編號？", "label_en": "Which?", "datatype": "string", "required": False, "choices": []} | more
    return catalogue.add_question(category, code=code, by=None, at=NOW, **given)


def term_of(day):
    return {
        "valid_from_year": str(day.year), "valid_from_month": str(day.month), "valid_from_day": str(day.day),
        "urgent": "0", "first_hours": "24", "final_working_days": "5", "source": "研考字第 1 號函",
    }  # fmt: skip


class TestAddCategory:
    about = {"group": "road", "name": "人孔蓋", "name_en": "Manholes", "order": 1, "needs_place": True}

    def test_makes_one_that_can_be_chosen(self, city):
        made = catalogue.add_category(code="manhole", by=None, at=NOW, **self.about)

        assert made in Category.objects.in_use(MONDAY)
        assert events()[-1] == "petition.category_added"

    @pytest.mark.parametrize("code", ["Manhole", "1st", "a", "路燈", "a b", "x" * 41])
    def test_refuses_a_code_that_programs_cannot_use(self, city, code):
        with pytest.raises(CannotSaveRule, match="代碼"):
            catalogue.add_category(code=code, by=None, at=NOW, **self.about)

    def test_refuses_a_code_twice(self, city):
        with pytest.raises(CannotSaveRule, match="已經有"):
            catalogue.add_category(code=city.street_light.code, by=None, at=NOW, **self.about)


class TestChangeTerm:
    def test_holds_for_what_is_opened_later_and_not_for_what_runs(self, city):
        opened()
        running = list(Clock.objects.values_list("pk", "due_at"))

        catalogue.change_term(
            city.street_light, valid_from=MONDAY, urgent=False, first_hours=24, final_working_days=3, source="x",
            by=None, at=NOW,
        )  # fmt: skip

        assert city.street_light.terms.on(MONDAY).last().final_working_days == 3
        assert running
        assert list(Clock.objects.values_list("pk", "due_at")) == running

    def test_refuses_the_past_as_citizens_were_told(self, city):
        with pytest.raises(CannotSaveRule, match="今天或以後"):
            catalogue.change_term(
                city.street_light, valid_from=MONDAY - timedelta(days=1), urgent=False, first_hours=24,
                final_working_days=3, source="x", by=None, at=NOW,
            )  # fmt: skip

    def test_to_come_can_be_withdrawn_but_not_what_holds(self, city):
        coming = catalogue.change_term(
            city.street_light, valid_from=TOMORROW, urgent=False, first_hours=24, final_working_days=3, source="x",
            by=None, at=NOW,
        )  # fmt: skip
        holding = city.street_light.terms.on(MONDAY).last()

        catalogue.withdraw_term(coming, by=None, at=NOW)

        assert not city.street_light.terms.filter(valid_from=TOMORROW).exists()
        with pytest.raises(CannotSaveRule, match="已經生效"):
            catalogue.withdraw_term(holding, by=None, at=NOW)


class TestQuestions:
    def test_change_places_and_stay_at_the_ends(self, city):
        first, second = ask(city.street_light, "first"), ask(city.street_light, "second")

        catalogue.move_question(second, up=True, by=None, at=NOW)
        assert [one.code for one in city.street_light.questions.all()] == ["second", "first"]

        second.refresh_from_db()
        catalogue.move_question(second, up=True, by=None, at=NOW)
        assert [one.code for one in city.street_light.questions.all()] == ["second", "first"]
        assert first.category == city.street_light

    def test_retired_are_asked_no_longer_and_name_old_answers(self, city):
        petition = opened()
        question = ask(
            petition.category, "state", label="怎麼了？", datatype="singlevaluelist",
            choices=[{"key": "off", "name": "不亮", "name_en": "Not lit"}, {"key": "dim", "name": "暗", "name_en": "Dim"}],
        )  # fmt: skip
        petition.answers = {"state": "off"}
        petition.save()

        catalogue.retire_question(question, by=None, at=NOW)

        assert petition.category.asked == []
        assert answers(petition) == [("怎麼了？", "不亮")]

    def test_keep_their_kind_of_answer(self, city):
        with pytest.raises(CannotSaveRule, match="種類不能改"):
            catalogue.change_question(
                ask(city.street_light), label="x", label_en="x", datatype="number", required=False, choices=[],
                by=None, at=NOW,
            )  # fmt: skip

    def test_of_choice_have_two_choices_with_codes_of_their_own(self, city):
        one = {"key": "a", "name": "甲", "name_en": "A"}

        with pytest.raises(CannotSaveRule, match="兩個選項"):
            ask(city.street_light, datatype="multivaluelist", choices=[one])
        with pytest.raises(CannotSaveRule, match="同一個代碼"):
            ask(city.street_light, datatype="multivaluelist", choices=[one, one])


class TestQuestionForm:
    given = {"label": "x", "label_en": "x", "code": "state", "datatype": "singlevaluelist"}

    def test_reads_choices_line_by_line(self):
        form = NewQuestionForm(self.given | {"choices": "off 不亮 / Not lit\n\ndim 太暗"})

        assert form.is_valid()
        assert form.cleaned_data["choices"] == [
            {"key": "off", "name": "不亮", "name_en": "Not lit"},
            {"key": "dim", "name": "太暗", "name_en": "太暗"},
        ]

    def test_names_the_line_that_is_none(self):
        form = NewQuestionForm(self.given | {"choices": "off 不亮 / Not lit\n不亮"})

        assert "第 2 行" in str(form.errors["choices"])

    def test_writes_choices_as_it_reads_them(self):
        question = CategoryQuestion(choices=[{"key": "off", "name": "不亮", "name_en": "Not lit"}])

        assert choice_lines(question) == "off 不亮 / Not lit"


class TestTemplates:
    about = {"category": None, "stage": 2, "name": "一般", "text": "{稱呼}您好：{說明}。"}

    def test_of_an_agency_are_offered_to_its_officers_alone(self, city):
        petition = opened()
        own = catalogue.add_template(agency=petition.case.agency, by=None, at=NOW, **self.about)
        everybodys = catalogue.add_template(agency=None, by=None, at=NOW, **self.about)
        catalogue.add_template(agency=city.rdec, by=None, at=NOW, **self.about)

        assert templates_for(petition, 2) == [own, everybodys]

    def test_changed_keep_the_text_that_replies_were_made_from(self, city):
        old = catalogue.add_template(agency=None, by=None, at=NOW, **self.about)

        new = catalogue.change_template(
            old, category=city.street_light, stage=2, name="一般", text="新的", by=None, at=NOW
        )

        old.refresh_from_db()
        assert (old.text, old.retired_on, new.replaces) == (self.about["text"], MONDAY, old)
        with pytest.raises(CannotSaveRule, match="剛換成"):
            catalogue.change_template(old, category=None, stage=2, name="x", text="x", by=None, at=NOW)


class TestPages:
    def test_list_and_record_show_limits_questions_and_handlers(self, city, as_person):
        ask(city.street_light, label="路燈編號？")
        client = as_person(city.commission)

        listed = client.get(reverse("petitions:categories")).content.decode()
        record = client.get(reverse("petitions:category", args=[city.street_light.code])).content.decode()

        assert city.street_light.name in listed
        assert "路燈編號？" in record
        assert "養工處" in record

    def test_an_officer_reads_but_does_not_change(self, city, as_person):
        client = as_person(city.officer)

        page = client.get(reverse("petitions:category", args=[city.street_light.code]))
        refused = client.get(reverse("petitions:set_term", args=[city.street_light.code]))

        assert page.status_code == 200
        assert reverse("petitions:set_term", args=[city.street_light.code]) not in page.content.decode()
        assert refused.status_code == 403

    def test_limits_are_shown_with_an_example_before_they_are_kept(self, city, as_person):
        client, url = as_person(city.commission), reverse("petitions:set_term", args=[city.street_light.code])

        asked = client.post(url, term_of(TOMORROW)).content.decode()
        assert "這樣訂期限嗎？" in asked
        assert "115年11月24日" in asked  # five working days after Tuesday 11-17
        assert not city.street_light.terms.filter(valid_from=TOMORROW).exists()

        client.post(url, term_of(TOMORROW) | {"confirmed": "1"})
        assert city.street_light.terms.get(valid_from=TOMORROW).source == "研考字第 1 號函"

    def test_limits_of_yesterday_come_back_with_what_was_typed(self, city, as_person):
        url = reverse("petitions:set_term", args=[city.street_light.code])

        answer = as_person(city.commission).post(
            url, term_of(MONDAY - timedelta(days=1)) | {"confirmed": "1"}
        )  # fmt: skip

        assert answer.status_code == 422
        assert "今天或以後" in answer.content.decode()
        assert "研考字第 1 號函" in answer.content.decode()

    def test_a_category_is_added_changed_retired_and_used_again(self, city, as_person):
        client = as_person(city.commission)
        given = {"code": "manhole", "name": "人孔蓋", "name_en": "Manholes", "group": "road", "order": "3"}

        client.post(reverse("petitions:add_category"), given)
        made = Category.objects.get(code="manhole")
        client.post(reverse("petitions:edit_category", args=["manhole"]), given | {"name": "人孔與手孔"})
        day = {"on_year": "115", "on_month": "11", "on_day": "16"}
        client.post(reverse("petitions:retire_category", args=["manhole"]), day)
        made.refresh_from_db()
        assert (made.name, made.retired_on) == ("人孔與手孔", MONDAY)

        client.post(reverse("petitions:revive_category", args=["manhole"]))
        made.refresh_from_db()
        assert made.retired_on is None
        assert events()[-4:] == [
            "petition.category_added", "petition.category_changed", "petition.category_retired",
            "petition.category_revived",
        ]  # fmt: skip

    def test_a_question_is_added_moved_and_retired(self, city, as_person):
        client, code = as_person(city.commission), city.street_light.code
        given = {"label": "幾盞？", "label_en": "How many?", "code": "lamps", "datatype": "number"}

        client.post(reverse("petitions:add_question", args=[code]), given)
        client.post(reverse("petitions:edit_question", args=[code, "lamps"]), given | {"label": "幾盞不亮？"})
        client.post(reverse("petitions:move_question", args=[code, "lamps"]), {"up": "1"})
        client.post(reverse("petitions:retire_question", args=[code, "lamps"]))

        question = CategoryQuestion.objects.get(code="lamps")
        assert (question.label, question.retired_on) == ("幾盞不亮？", MONDAY)

    def test_an_agencys_coordinator_writes_for_the_agency_alone(self, city, as_person):
        client = as_person(city.coordinator)
        citys = catalogue.add_template(
            category=None, agency=None, stage=2, name="全市", text="x", by=None, at=NOW
        )  # fmt: skip
        others = catalogue.add_template(
            category=None, agency=city.transport, stage=2, name="交通局的", text="x", by=None, at=NOW
        )
        given = {"name": "本處的", "stage": "2", "category": "", "outcome": "", "text": "{稱呼}您好"}

        client.post(reverse("petitions:add_template"), given | {"agency": "works"})
        refused = client.post(reverse("petitions:add_template"), given | {"agency": "transport"})
        listed = client.get(reverse("petitions:templates")).content.decode()

        assert ReplyTemplate.objects.get(name="本處的").agency == city.works
        assert refused.status_code == 422
        assert "全市" in listed
        assert "交通局的" not in listed
        assert client.get(reverse("petitions:edit_template", args=[citys.code])).status_code == 403
        assert client.get(reverse("petitions:template", args=[others.code])).status_code == 403

    def test_a_template_shows_what_the_citizen_reads(self, city, as_person):
        made = catalogue.add_template(
            category=None, agency=None, stage=2, name="全市", text="{稱呼}您好：{說明}", by=None, at=NOW
        )

        page = as_person(city.commission).get(reverse("petitions:template", args=[made.code])).content.decode()

        assert "陳○○您好：【說明】" in page
