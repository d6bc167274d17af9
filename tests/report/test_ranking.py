"""A figure whose value is names in their order: the topics that callers ask most, from page to issued report."""

from datetime import date

import pytest
from django.utils import translation

from cityhall.domains.faq.models import Entry, Topic, Version
from cityhall.domains.faq.services import record_use
from cityhall.domains.hotline import figures
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.engines.figures import queries
from cityhall.engines.figures.services import Slot, issue
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.report import documents, sections
from cityhall.report.edition import Edition

pytestmark = pytest.mark.django_db
AUGUST = Period.month(2016, 8)
LATER = instant(date(2016, 10, 1), 9)


def entry(code, agency, topic):
    made = Entry.objects.get_or_create(code=code, defaults={"agency": agency, "topic": topic})[0]
    return Version.objects.get_or_create(
        entry=made, number=1, defaults={
            "state": "PUBLISHED", "question": f"{code}？", "answer": "答", "valid_from": date(2016, 1, 1),
            "published_on": date(2016, 1, 1), "written_at": instant(date(2016, 1, 1)),
        },
    )[0]  # fmt: skip


class TestFaqTop:
    @pytest.fixture
    def asked(self):
        """Three topics, asked 3, 2 and 2 times at the hotline; the last is asked most elsewhere, one question has none."""
        agency, first = make_agency("transport"), date(2016, 8, 1)
        names = ("市民卡問題", "免費公車", "公共自行車")
        for n, (name, many) in enumerate(zip(names, (2, 3, 2), strict=True)):
            topic = Topic.objects.create(code=f"t{n}", name=name, name_en=f"Topic {n}")
            version = entry(f"e{n}", agency, topic)
            for day in range(many):
                record_use(version, channel="HOTLINE", at=instant(first.replace(day=1 + day * 15), 9))
        for _time in range(9):
            record_use(version, channel="WEB", at=instant(first, 9))
        record_use(version, channel="HOTLINE", at=instant(date(2016, 9, 1), 0))
        for _time in range(5):
            record_use(entry("none", agency, None), channel="HOTLINE", at=instant(first, 9))

    def test_names_topics_in_the_order_in_which_operators_answered(self, asked):
        assert figures.faq_top(AUGUST, "1 to 5").value == "免費公車、市民卡問題、公共自行車"
        assert figures.faq_top(AUGUST).value == "免費公車"
        assert figures.faq_top(Period.month(2016, 9), "1 to 5").value == "公共自行車"
        assert figures.faq_top(Period.month(2016, 7), "1 to 5").value is None
        assert figures.faq_top(AUGUST, "1 to 5").rows.count() == 7

    def test_is_a_page_in_both_languages_and_narrows_to_a_topic(self, asked, client):
        address = "/figures/hotline.faq_top?from=2016-08&to=2016-08&of=1+to+5"

        chinese, english = (client.get(prefix + address).content.decode() for prefix in ("", "/en"))
        narrowed = client.get(f"{address}&topic={Topic.objects.get(code='t2').pk}").content.decode()

        assert "免費公車、市民卡問題、公共自行車" in chinese
        assert '<th scope="row">免費公車</th>' in chinese
        assert "Topic 1, Topic 0, Topic 2" in english
        assert '<p class="v v--names">公共自行車' in narrowed

    def test_is_issued_and_exported_as_names(self, asked):
        slots = [Slot("hotline.faq_top", AUGUST, "1 to 5")]
        made = issue(title="報告", period=AUGUST, slots=slots, by=None, at=LATER)

        frozen = queries.as_counted(made.values.get())

        assert (frozen.plain, frozen.in_report_style) == (
            "免費公車、市民卡問題、公共自行車",
            "免費公車、市民卡問題及公共自行車",
        )
        assert queries.difference(frozen.issued, at=LATER) is None
        found = [one.as_json for one in queries.listed(AUGUST, at=LATER) if one.line.figure == "hotline.faq_top"]
        assert [(one["value"], one["rows"]) for one in found] == [("免費公車、市民卡問題、公共自行車", 7)]

    def test_stands_in_the_report_in_both_languages(self, asked):
        said = {}
        for language in sections.LANGUAGES:
            with translation.override(language):
                said[language] = documents.text_of(sections.section("1.2.2"), Edition(AUGUST, LATER)).html

        assert ">免費公車、市民卡問題及公共自行車</a>" in said["zh-hant"]
        assert ">Topic 1, Topic 0, Topic 2</a>" in said["en"]
