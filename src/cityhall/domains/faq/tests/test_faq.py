"""The FAQ base: the demo city's entries are found, versions go their way, pages answer, nobody is named."""

import re
from datetime import date

import pytest
from django.db import transaction

from cityhall.domains.faq import public, samples
from cityhall.domains.faq.models import Entry, Unanswered, Use, Version
from cityhall.domains.faq.states import Channel, State
from cityhall.domains.faq.views.asking import A_PAGE
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.engines.retrieval.ranking import Verdict
from cityhall.foundation.clock import at as instant

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 16)
NINE = instant(TODAY, 9)


@pytest.fixture(scope="module")
def published_city(django_db_setup, django_db_blocker):
    """All entries of the demo, written once for this module; what a test does to them is undone."""
    with django_db_blocker.unblock():
        outermost = transaction.atomic()
        outermost._from_testcase = True
        with outermost:
            for code in {row["agency"] for row in samples.rows()}:
                make_agency(code, name=f"{code}局", short_name=code)
            samples.publish_all(at=NINE)
            yield
            transaction.set_rollback(True)


@pytest.fixture
def city(published_city, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)


class TestSearch:
    @pytest.mark.parametrize("question", ["垃圾車幾點來", "垃圾几点收"])
    def test_finds_the_collection_of_garbage(self, city, question):
        answer = public.search(question, on=TODAY)

        assert answer.verdict is Verdict.KNOWN
        assert answer.found[0].version.entry.code == "garbage-collection"

    @pytest.mark.parametrize(
        ("question", "code"),
        [
            ("身份證掉了怎麼辦", "id-lost"), ("路灯坏了", "street-light"), ("我被詐騙了", "fraud"),
            ("how do I get a library card", "library-card"), ("車子被拖吊", "tow"),
        ],
    )  # fmt: skip
    def test_finds_other_wordings_and_languages(self, city, question, code):
        assert code in [one.version.entry.code for one in public.search(question, on=TODAY, most=3).found]

    @pytest.mark.parametrize("said", ["你好", "哈哈哈哈", "今天星期幾", "？？？"])
    def test_does_not_take_small_talk_for_a_question(self, city, said):
        assert public.search(said, on=TODAY).verdict is not Verdict.KNOWN

    def test_asks_the_database_twice(self, city, django_assert_num_queries):
        public.search("垃圾車", on=TODAY)

        with django_assert_num_queries(2):
            public.search("路燈不亮", on=TODAY, most=10)


class TestFind:
    def test_answers_every_channel_in_the_readers_language(self, city):
        chinese = public.find("垃圾車幾點來", language="zh-hant", channel=Channel.CHAT, at=NINE)
        english = public.find("垃圾車幾點來", language="en", channel=Channel.HOTLINE, at=NINE, limit=1)

        assert chinese.verdict is english.verdict is Verdict.KNOWN
        assert (chinese.hits[0].entry, chinese.hits[0].version) == ("garbage-collection", 1)
        assert chinese.hits[0].question == "垃圾車什麼時候會來收垃圾？"
        assert [one.question for one in english.hits] == ["When does the garbage truck come?"]
        assert chinese.hits[0].score >= chinese.hits[1].score > 0

    @pytest.mark.parametrize(("channel", "noted"), [(Channel.WEB, 1), (Channel.CHAT, 1), (Channel.HOTLINE, 0)])
    def test_notes_what_nobody_knows_but_not_what_an_operator_is_typing(self, city, channel, noted):
        found = public.find("火星移民", language="zh-hant", channel=channel, at=NINE)

        assert found.verdict is Verdict.UNKNOWN
        assert Unanswered.objects.count() == noted

    def test_is_followed_by_what_came_of_it(self, city):
        public.used("garbage-collection", channel=Channel.HOTLINE, solved=True, at=NINE)

        use = Use.objects.get()
        assert (use.entry.code, use.version.number, use.helped) == ("garbage-collection", 1, True)
        assert public.used("none", channel=Channel.CHAT, solved=None, at=NINE) is None


class TestPages:
    def test_mark_what_fitted(self, city, client):
        page = client.get("/faq/", {"q": "垃圾几点收"}).content.decode()

        assert "garbage-collection" in page
        assert re.search(r"<mark[^>]*>[^<]*垃圾", page)

    def test_show_every_entry_page_by_page(self, city, client):
        wanted, shown = {row["code"] for row in samples.rows()}, set()
        for n in range(1, len(wanted) // A_PAGE + 2):
            shown |= set(re.findall(r'href="/faq/([\w-]+)/"', client.get("/faq/", {"page": n}).content.decode()))

        assert shown == wanted

    def test_say_when_nothing_is_known_and_keep_no_number(self, city, client):
        page = client.get("/faq/", {"q": "火星移民0912345678"}).content.decode()

        assert "還沒有寫下答案" in page
        kept = Unanswered.objects.get().text
        assert "火星移民" in kept
        assert "0912345678" not in kept

    def test_ask_as_often_for_many_entries_as_for_one(self, city, client, django_assert_max_num_queries):
        client.get("/faq/")

        with django_assert_max_num_queries(6):
            client.get("/faq/")

    def test_are_in_english_where_it_is_written(self, city, client):
        assert "When does the garbage truck come?" in client.get("/en/faq/garbage-collection/").content.decode()

    @pytest.mark.parametrize(("said", "helped"), [("yes", True), ("no", False)])
    def test_count_whether_it_helped(self, city, client, said, helped):
        response = client.post("/faq/garbage-collection/helped/", {"helped": said}, follow=True)

        assert "謝謝" in response.content.decode()
        assert Use.objects.get().helped is helped

    def test_take_no_answer_by_a_link(self, city, client):
        assert client.get("/faq/garbage-collection/helped/").status_code == 405


class TestDemoEntries:
    def test_are_many_and_have_an_agency_each(self, city):
        assert Entry.objects.count() == len(samples.rows()) >= 300
        assert not Version.objects.exclude(state=State.PUBLISHED).exists()

    def test_have_both_languages(self):
        assert all(row["question_en"] and row["answer_en"] for row in samples.rows())
