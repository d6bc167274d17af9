"""The FAQ base: the demo city's entries are found, versions go their way, pages answer, nobody is named."""

import json
import re
from datetime import date, timedelta

import pytest

from cityhall.domains.faq import public, queries, samples, services
from cityhall.domains.faq.models import Entry, Unanswered, Use, Version
from cityhall.domains.faq.services import CannotPublish
from cityhall.domains.faq.states import Channel, State
from cityhall.domains.faq.views.asking import A_PAGE
from cityhall.engines.audit.models import Entry as Trail
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.engines.retrieval.ranking import Verdict
from cityhall.foundation.clock import at as instant

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 16)
NINE = instant(TODAY, 9)


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    for code in {row["agency"] for row in samples.rows()}:
        make_agency(code, name=f"{code}局", short_name=code)
    samples.publish_all(at=NINE)


@pytest.fixture
def agency():
    return make_agency("cleaning", name="清潔稽查大隊", short_name="清潔隊")


def written(agency, *, at=NINE, question="垃圾車幾點來？", **texts):
    return services.write(code="garbage", agency=agency, texts={"question": question, "answer": "上網查。", **texts}, by=None, at=at)  # fmt: skip


def published(agency, *, at=NINE, **texts):
    return services.publish(services.submit(written(agency, at=at, **texts), by=None, at=at), by=None, at=at)


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

    def test_knows_what_was_published_a_moment_ago(self, agency):
        published(agency)
        assert public.search("路燈", on=TODAY).found == []

        published(agency, question="路燈不亮找誰修？")

        assert public.search("路燈不亮", on=TODAY).found[0].version.number == 2

    def test_asks_the_database_twice(self, city, django_assert_num_queries):
        public.search("垃圾車", on=TODAY)

        with django_assert_num_queries(2):
            public.search("路燈不亮", on=TODAY, most=10)

    def test_leaves_out_what_is_no_longer_valid(self, agency):
        published(agency, valid_until=TODAY)

        assert len(public.search("垃圾車幾點來", on=TODAY).found) == 1
        assert public.search("垃圾車幾點來", on=TODAY + timedelta(days=1)) == queries.Answer(Verdict.UNKNOWN, [])


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


class TestPublishing:
    def test_goes_from_draft_by_the_agency_to_everybody(self, agency):
        version = written(agency)
        assert public.count(TODAY) == 0

        services.submit(version, by=None, at=NINE)
        assert public.count(TODAY) == 0
        services.publish(version, by=None, at=NINE)

        assert public.count(TODAY) == 1
        assert set(Trail.objects.values_list("event", flat=True)) >= {"faq.written", "faq.submitted", "faq.published"}

    def test_needs_the_agency(self, agency):
        with pytest.raises(CannotPublish):
            services.publish(written(agency), by=None, at=NINE)

        assert not Trail.objects.filter(event="faq.published").exists()

    def test_refused_leaves_the_version_before_in_place(self, agency):
        published(agency)

        with pytest.raises(CannotPublish):
            services.publish(written(agency, question="改過了？"), by=None, at=NINE)

        assert Version.objects.published(TODAY).get().number == 1

    def test_twice_is_refused(self, agency):
        with pytest.raises(CannotPublish):
            services.submit(published(agency), by=None, at=NINE)

    def test_of_a_new_version_keeps_what_was_read_before(self, agency):
        published(agency)
        published(agency, question="垃圾車什麼時候來？", at=NINE + timedelta(days=3))

        assert queries.published(TODAY + timedelta(days=2)).get().number == 1
        assert queries.published(TODAY + timedelta(days=3)).get().number == 2
        assert public.count(TODAY - timedelta(days=1)) == 0
        assert [public.count(TODAY + timedelta(days=n)) for n in (0, 2, 3)] == [1, 1, 1]


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

    def test_of_an_entry_are_read_by_machines_and_let_no_text_end_the_script(self, agency, client, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
        published(agency, answer="</script><b>&")

        page = client.get("/faq/garbage/").content.decode()

        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
        question = json.loads(found[1])["mainEntity"][0]
        assert question["acceptedAnswer"]["text"] == "</script><b>&"
        assert "<b>" not in page.split("<main")[1]

    def test_are_in_english_where_it_is_written(self, city, client):
        assert "When does the garbage truck come?" in client.get("/en/faq/garbage-collection/").content.decode()

    def test_of_a_draft_are_not_there(self, agency, client):
        written(agency)

        assert client.get("/faq/garbage/").status_code == 404

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
