"""Letters are worded when they are promised: in the reader's language, by the way they want, without tricks."""

from datetime import date, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from cityhall.engines.audit.models import Entry
from cityhall.engines.letters import queries, services, wording
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.services import CannotReword, CannotSend, Recipient, prefer, reword, send
from cityhall.engines.letters.smtp import message_of
from cityhall.engines.letters.tests.conftest import NOON
from cityhall.engines.outbox.models import Promise

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
CONTEXT = {"number": "115-000123", "code": "482913", "due": date(2026, 11, 24)}


def write(to, template="test.code", key="k", at=NOON, **options):
    return send(template, to=to, context=CONTEXT, about=None, key=key, at=at, **options)


class TestSend:
    def test_words_the_letter_and_promises_its_delivery(self, wang):
        letter = write(wang)

        assert letter.subject == "案件 115-000123 的驗證碼"
        assert letter.text == "王小明 您好：\n\n驗證碼是 482913，115年11月24日前有效。\n"
        assert (letter.channel, letter.address) == ("email", "wang@city.example")
        assert Promise.objects.get().payload == {"letter": letter.pk}

    def test_writes_in_english_to_who_reads_english(self):
        letter = write(Recipient(email="ann@city.example", name="Ann", language="en"))

        assert letter.subject == "Code for case 115-000123"
        assert "24 November 2026" in letter.text

    def test_writes_in_chinese_where_there_is_no_translation(self):
        assert write(Recipient(email="ann@city.example", language="en"), "test.secret").subject == "密碼"

    def test_with_the_same_key_is_one_letter(self, wang):
        assert write(wang) == write(wang)
        assert Letter.objects.count() == Promise.objects.count() == 1

    def test_is_undone_with_its_act(self, wang):
        with transaction.atomic():
            write(wang)
            transaction.set_rollback(True)

        assert not Letter.objects.exists()
        assert not Promise.objects.exists()

    def test_of_an_unknown_template_fails_at_once(self, wang):
        with pytest.raises(wording.UnknownTemplate):
            write(wang, "test.nothing")

    def test_takes_plain_values_only(self, wang):
        account = get_user_model()(email="x@city.example")

        with pytest.raises(TypeError, match="Account"):
            send("test.code", to=wang, context={"account": account}, about=None, key="k", at=NOON)

    def test_is_found_by_its_subject(self, wang):
        account = get_user_model().objects.create_user("x@city.example")
        letter = send("test.code", to=wang, context=CONTEXT, about=account, key="k", at=NOON)

        assert list(queries.about(account)) == [letter]

    def test_escapes_in_html_and_not_in_text(self):
        letter = write(Recipient(email="a@city.example", name="<b>&"), "test.page")

        assert (letter.text, letter.html) == ("<b>&\n", "<p>&lt;b&gt;&amp;</p>")


class TestAddresses:
    @pytest.mark.parametrize(
        "email",
        ["", "wang", "wang@", "王@city.example", "wang@city.example\r\nBcc: a@b.tw", "a@city.example, b@city.example",
         "wang@city.example\n", "<wang@city.example>", "x" * 250 + "@city.example", "a@" + "中" * 64 + ".tw"],
    )  # fmt: skip
    def test_that_are_none_or_smuggle_are_refused_with_a_sentence(self, email):
        with pytest.raises(CannotSend, match="格式不對"):
            write(Recipient(email=email), channel="email")

    @pytest.mark.parametrize("name", ["王小明\r\nBcc: all@city.example", "王\n\nHello", "王\x00小明"])
    def test_names_cannot_smuggle_in_a_header(self, name):
        message = message_of(write(Recipient(email="wang@city.example", name=name)))

        assert message["Bcc"] is None
        assert len(message.get_all("To")) == 1

    def test_values_cannot_smuggle_in_a_header(self, wang):
        context = {**CONTEXT, "number": "1\r\nBcc: all@city.example"}
        message = message_of(send("test.code", to=wang, context=context, about=None, key="k", at=NOON))

        assert message["Bcc"] is None
        assert "Bcc:" in message["Subject"]

    def test_without_any_there_is_a_sentence(self):
        with pytest.raises(CannotSend, match="沒有可用"):
            write(Recipient(name="王小明"))

    def test_a_telephone_serves_where_there_is_no_mailbox(self):
        letter = write(Recipient(phone="0912-345-678"))

        assert (letter.channel, letter.address) == ("sms", "0912345678")


class TestMessage:
    def test_is_a_letter_of_a_machine_and_no_mailing_list(self, wang):
        letter = write(wang)
        message = message_of(letter)

        assert message["Message-ID"] == letter.message_id
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Content-Language"] == "zh-Hant-TW"
        assert not [name for name in message if name.lower().startswith(("list-", "precedence"))]
        assert message.get_content().replace("\r\n", "\n") == letter.text

    def test_to_a_host_beyond_ascii_is_addressed_as_mail_servers_know_it(self):
        message = message_of(write(Recipient(email="wang@例子.tw", name="王小明"), channel="email"))

        assert "wang@xn--fsqu00a.tw" in str(message["To"])

    def test_carries_an_html_twin(self):
        message = message_of(write(Recipient(email="a@city.example", name="王"), "test.page"))

        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


class TestPreference:
    def test_of_language_and_channel_is_honoured(self, wang):
        prefer(account_id=7, language="en", channel="sms", by=None, at=NOON)

        letter = write(wang)

        assert (letter.language, letter.channel, letter.address) == ("en", "sms", "0912345678")

    def test_gives_way_to_a_channel_that_the_act_needs(self, wang):
        prefer(account_id=7, channel="sms", by=None, at=NOON)

        assert write(wang, channel="email").channel == "email"

    def test_gives_way_where_there_is_no_such_address(self):
        prefer(account_id=7, channel="sms", by=None, at=NOON)

        assert write(Recipient(email="wang@city.example", account_id=7)).channel == "email"


class TestReword:
    def new(self, text="代碼 {{ code }}\n", subject="代碼", valid_from=TODAY, language="zh-hant"):
        return reword("test.code", language, subject=subject, text=text, valid_from=valid_from, why="語氣", by=None,
                      at=NOON)  # fmt: skip

    def test_counts_from_its_day_on_and_the_letter_remembers_it(self, wang):
        own = self.new(valid_from=date(2026, 11, 24))

        assert write(wang, key="before").wording is None
        letter = write(wang, key="after", at=NOON + timedelta(days=1))
        assert (letter.subject, letter.text, letter.wording) == ("代碼", "代碼 482913\n", own)

    def test_touches_its_language_only(self, wang):
        self.new()

        assert write(Recipient(email="a@city.example", language="en")).subject.startswith("Code")

    def test_the_latest_of_one_day_counts(self, wang):
        self.new()
        self.new(subject="新代碼")

        assert write(wang).subject == "新代碼"

    def test_is_recorded(self):
        self.new()

        assert Entry.objects.get().event == "letter.reworded"

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("{{ code", "missing"),
            ("{{ code }} {% if %}", "syntax"),
            ("{{ code }} {% include 'web/base.html' %}", "syntax"),
            ("{{ code }} {% load i18n %}", "syntax"),
            ("{{ code }} {% debug %}", "syntax"),
            ("{{ code }} {{ account.password }}", "unknown"),
            ("沒有代碼", "missing"),
        ],
    )
    def test_that_is_broken_reaches_out_or_forgets_is_refused(self, text, kind):
        with pytest.raises(CannotReword) as refusal:
            self.new(text=text)

        assert kind in [one for one, _ in refusal.value.faults]

    def test_may_repeat_over_what_the_file_uses(self):
        assert self.new(text="{% for one in link %}{{ one }}{{ forloop.counter }}{% endfor %}{{ code }}")

    def test_preview_shows_fields_by_name(self):
        shown = wording.preview("test.code", "zh-hant", "{{ number }}", "{{ code }}")

        assert (shown.subject, shown.text) == ("〔number〕", "〔code〕")


class TestSendAgain:
    def test_is_a_letter_of_its_own(self, wang):
        letter = write(wang)

        again = services.send_again(letter, by=None, at=NOON, address="new@city.example")

        assert again.message_id != letter.message_id
        assert (again.address, again.text, again.again_of) == ("new@city.example", letter.text, letter)
        assert Promise.objects.count() == 2
        assert Entry.objects.get().event == "letter.sent_again"

    def test_cannot_repeat_a_secret(self, wang):
        letter = write(wang, "test.secret")
        letter.text = ""

        with pytest.raises(CannotSend, match="驗證碼"):
            services.send_again(letter, by=None, at=NOON)
