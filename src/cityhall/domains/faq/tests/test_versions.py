"""The FAQ base: an entry goes from its agency's draft to everybody, version by version."""

import json
import re
from datetime import date, timedelta

import pytest

from cityhall.domains.faq import public, queries, services
from cityhall.domains.faq.models import Version
from cityhall.domains.faq.services import CannotPublish
from cityhall.engines.audit.models import Entry as Trail
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.engines.retrieval.ranking import Verdict
from cityhall.foundation.clock import at as instant

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 16)
NINE = instant(TODAY, 9)


@pytest.fixture
def agency():
    return make_agency("cleaning", name="清潔稽查大隊", short_name="清潔隊")


def written(agency, *, at=NINE, question="垃圾車幾點來？", **texts):
    return services.write(code="garbage", agency=agency, texts={"question": question, "answer": "上網查。", **texts}, by=None, at=at)  # fmt: skip


def published(agency, *, at=NINE, **texts):
    return services.publish(services.submit(written(agency, at=at, **texts), by=None, at=at), by=None, at=at)


class TestSearch:
    def test_knows_what_was_published_a_moment_ago(self, agency):
        published(agency)
        assert public.search("路燈", on=TODAY).found == []

        published(agency, question="路燈不亮找誰修？")

        assert public.search("路燈不亮", on=TODAY).found[0].version.number == 2

    def test_leaves_out_what_is_no_longer_valid(self, agency):
        published(agency, valid_until=TODAY)

        assert len(public.search("垃圾車幾點來", on=TODAY).found) == 1
        assert public.search("垃圾車幾點來", on=TODAY + timedelta(days=1)) == queries.Answer(Verdict.UNKNOWN, [])


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
    def test_of_an_entry_are_read_by_machines_and_let_no_text_end_the_script(self, agency, client, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
        published(agency, answer="</script><b>&")

        page = client.get("/faq/garbage/").content.decode()

        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
        question = json.loads(found[1])["mainEntity"][0]
        assert question["acceptedAnswer"]["text"] == "</script><b>&"
        assert "<b>" not in page.split("<main")[1]

    def test_of_a_draft_are_not_there(self, agency, client):
        written(agency)

        assert client.get("/faq/garbage/").status_code == 404
