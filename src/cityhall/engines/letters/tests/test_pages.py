"""Pages of letters: read by those who may, sent again, worded anew; and the demo's inbox."""

from datetime import date

import pytest
from django.contrib.auth import get_user_model
from django.template import RequestContext, Template
from django.test import RequestFactory

from cityhall.engines.audit.models import Entry
from cityhall.engines.letters import rights, services, views
from cityhall.engines.letters.models import Letter, Wording
from cityhall.engines.letters.standins.behaviour import Behaviour
from cityhall.engines.letters.tests.conftest import NOON
from cityhall.engines.outbox import services as outbox
from cityhall.web import access

CONTEXT = {"number": "115-000123", "code": "482913", "due": date(2026, 11, 24)}
ALL = {"letters.list", "letters.read", "letters.resend", "letters.reword"}


def account(email):
    return get_user_model().objects.create_user(email, name="林承辦", kind="OFFICER")


@pytest.fixture
def allow(db, client, monkeypatch):
    """Sign in an officer who may do some acts."""
    officer = account("officer@city.example")

    def give(*acts):
        monkeypatch.setattr(access, "_policy", lambda user, act, request: user == officer and act in acts)
        client.force_login(officer)
        return officer

    return give


@pytest.fixture
def letter(db, wang):
    citizen = account("citizen@city.example")
    return services.send("test.code", to=wang, context=CONTEXT, about=citizen, key="k", at=NOON)


class TestList:
    def test_shows_letters_with_masked_addresses(self, client, allow, letter):
        allow(*ALL)
        page = client.get("/desk/letters/").content.decode()

        assert letter.subject in page
        assert "wa***@city.example" in page
        assert "wang@city.example" not in page

    def test_finds_by_state_and_by_address(self, client, allow, letter):
        allow(*ALL)

        assert not client.get("/desk/letters/?state=SENT").context["page"].object_list
        assert client.get("/desk/letters/?state=WAITING&words=WANG@").context["page"].object_list

    def test_is_closed_to_those_who_may_only_read_single_letters(self, client, allow, letter):
        allow("letters.read")

        assert client.get("/desk/letters/").status_code == 403


class TestLetterPage:
    def test_shows_the_log_and_records_the_look(self, client, allow, letter, mail):
        officer = allow(*ALL)
        mail.plan.add(Behaviour.DROP_AFTER_ACCEPT)
        outbox.drain(NOON, until=NOON.replace(hour=5))

        page = client.get(f"/desk/letters/{letter.pk}/").content.decode()

        assert "對方伺服器是否收下不明，已再寄一次" in page
        assert "wang@city.example" in page
        assert letter.message_id.strip("<>") in page
        entry = Entry.objects.order_by("-seq").first()
        assert (entry.event, entry.subject_id, entry.actor) == ("personal_data.seen", str(letter.pk), str(officer.pk))

    def test_opens_to_whom_the_record_belongs(self, client, allow, letter, monkeypatch):
        allow("letters.read")
        assert client.get(f"/desk/letters/{letter.pk}/").status_code == 403

        monkeypatch.setitem(rights._rules, "identity.account", lambda user, pk, request: pk == letter.about_id)
        assert client.get(f"/desk/letters/{letter.pk}/").status_code == 200

    def test_that_does_not_exist_is_404(self, client, allow):
        allow(*ALL)

        assert client.get("/desk/letters/99/").status_code == 404


class TestSendAgain:
    def test_writes_one_more_however_often_clicked(self, client, allow, letter):
        allow(*ALL)
        sent = {"address": "new@city.example", "idempotency_key": "8e118d41-39d7-4a82-8da9-a6a3162d57eb"}

        for _click in range(2):
            answer = client.post(f"/desk/letters/{letter.pk}/again/", sent)

        copy = Letter.objects.get(again_of=letter)
        assert answer["Location"].endswith(f"/desk/letters/{copy.pk}/")
        assert copy.address == "new@city.example"

    def test_says_what_is_wrong_with_the_address_and_keeps_it(self, client, allow, letter):
        allow(*ALL)

        page = client.post(f"/desk/letters/{letter.pk}/again/", {"address": "new@"})

        assert page.status_code == 422
        assert "格式不對" in page.content.decode()
        assert 'value="new@"' in page.content.decode()


class TestWordingPages:
    @pytest.fixture
    def form(self):
        return {
            "subject": "您的代碼",
            "text": "代碼 {{ code }}",
            "valid_from_year": "200",
            "valid_from_month": "1",
            "valid_from_day": "1",
            "why": "語氣",
        }

    def test_lists_every_template(self, client, allow):
        allow(*ALL)

        assert "test.code" in client.get("/desk/letters/templates/").content.decode()

    def test_saves_a_wording_from_a_day_on(self, client, allow, form):
        allow(*ALL)

        assert client.post("/desk/letters/templates/test.code/zh-hant/", form).status_code == 302
        assert Wording.objects.get().valid_from == date(2111, 1, 1)
        assert "您的代碼" in client.get("/desk/letters/templates/test.code/zh-hant/").content.decode()

    def test_shows_a_preview_without_saving(self, client, allow, form):
        allow(*ALL)

        page = client.post("/desk/letters/templates/test.code/zh-hant/", {**form, "preview": "1"})

        assert "代碼 〔code〕" in page.content.decode()
        assert not Wording.objects.exists()

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"text": "沒有"}, "要保留"),
            ({"text": "{{ code }}{{ password }}"}, "沒有 {{ password }} 這個欄位"),
            ({"text": "{{ code }}{% if %}"}, "寫法不對"),
            ({"valid_from_year": "100"}, "不能早於今天"),
        ],
    )
    @pytest.mark.parametrize("button", [{}, {"preview": "1"}])
    def test_says_what_is_wrong(self, client, allow, form, change, sentence, button):
        allow(*ALL)
        if button and "valid_from_year" in change:
            return  # a preview has no day

        page = client.post("/desk/letters/templates/test.code/zh-hant/", {**form, **change, **button})

        assert page.status_code == 422
        assert sentence in page.content.decode()

    def test_of_an_unknown_letter_is_404(self, client, allow):
        allow(*ALL)

        assert client.get("/desk/letters/templates/test.nothing/en/").status_code == 404


class TestDeliveryLog:
    def test_stands_on_the_page_of_the_record(self, allow, letter):
        request = RequestFactory().get("/")
        request.user = allow("letters.read")
        template = Template("{% load letters %}{% delivery_log subject %}")
        subject = get_user_model().objects.get(pk=letter.about_id)

        shown = template.render(RequestContext(request, {"subject": subject}))

        assert letter.subject in shown
        assert "等待寄出" in shown
        assert "wang@" not in shown
        assert "href" not in shown


class TestDemoInbox:
    @pytest.fixture
    def inbox(self, store, settings, monkeypatch):
        settings.DEMO = True
        monkeypatch.setattr(views, "the_store", lambda: store)
        return store

    @pytest.mark.parametrize("language", ["", "/en"])
    def test_shows_what_arrived(self, client, db, wang, inbox, mail, language):
        services.send("test.code", to=wang, context=CONTEXT, about=None, key="k", at=NOON)
        outbox.drain(NOON)

        assert "案件 115-000123 的驗證碼" in client.get(f"{language}/demo/inbox/").content.decode()
        assert "482913" in client.get(f"{language}/demo/inbox/1/").content.decode()
        assert "115-000123" not in client.get(f"{language}/demo/inbox/?to=li@").content.decode()

    def test_shows_no_markup_of_a_letter(self, client, db, inbox):
        inbox.add("sms", "0912", "<a>", b'{"text": "<script>alert(1)</script>"}', NOON)

        assert "<script>alert" not in client.get("/demo/inbox/1/").content.decode()

    def test_does_not_exist_in_a_real_city(self, client, db, settings):
        settings.DEMO = False

        assert client.get("/demo/inbox/").status_code == 404
        assert client.get("/demo/inbox/1/").status_code == 404
