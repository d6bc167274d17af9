"""Transcripts and similar items at the desk, the frozen report, and what anybody may know."""

import json
from datetime import timedelta

import pytest
from django.test import Client as Browser

from cityhall.domains.council import carried_out, queries, services
from cityhall.domains.council.models import CarriedOutReport, CouncilItem
from cityhall.domains.council.refusals import CannotList
from cityhall.engines.audit.models import Entry
from cityhall.engines.likeness import services as likeness
from cityhall.engines.tracking.states import Verdict

from .city import NINE, TODAY, decided, listed, make_city, replied, signed_in

pytestmark = pytest.mark.django_db
ITEMS, REPORTS, API = "/desk/council/items/", "/desk/council/carried-out/", "/api/v1/council/"
DAY = {"raised_on_year": "115", "raised_on_month": "11", "raised_on_day": "10"}


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return make_city()


class TestTranscript:
    def test_is_corrected_and_listed_at_once(self, city):
        browser, here = signed_in(city.commission), f"{ITEMS}transcript/"
        words = "陳示範議員：請問works路面坑洞什麼時候補完？已經三次。\n主席：請答復。\n林示範議員：請說明取締的情形，謝謝大家。"
        first = {**DAY, "kind": "總質詢", "session": city.session.label, "text": words}
        one = {"p0-use": "yes", "p0-asker": "陳示範", "p0-lead": "works", "p0-title": "路面坑洞", "p0-text": "三次"}
        two = {"p1-use": "yes", "p1-asker": "林示範", "p1-lead": "", "p1-title": "取締", "p1-text": ""}

        proposed = browser.post(here, first).content.decode()
        refused = browser.post(here, {**first, **one, **two, "pieces": "2"})
        once = {**first, **one, **two, "pieces": "2", "p1-lead": "police", "idempotency_key": "a" * 32}
        done = [browser.post(here, once).status_code for _time in range(2)]

        assert "陳示範" in proposed
        assert 'value="2"' in proposed
        assert refused.status_code == 422
        assert done == [302, 302]
        assert [(row.tracked.title, row.askers.get().name) for row in CouncilItem.objects.order_by("pk")][:2] == [
            ("路面坑洞", "陳示範"),
            ("取締", "林示範"),
        ]
        assert browser.post(here, {**first, "text": "沒有人說話"}).status_code == 422
        assert browser.post(here, {**first, "pieces": "1", "p0-title": "x", "p0-lead": "works"}).status_code == 422
        assert signed_in(city.coordinator).get(here).status_code == 403


class TestSimilar:
    def test_are_shown_before_listing_and_on_the_item_within_rights(self, city):
        text = "中路里民生路一百號前的路面坑洞反映三次仍未修補，請說明原因與完成日期"
        old, others = listed(city, text=text), listed(city, text=text, lead=city.police)
        listed(city, title="長照據點經費", text="請說明據點的經費與人力")
        given = {**DAY, "kind": "總質詢", "title": old.tracked.title, "text": text, "lead": "works", "session": ""}
        browser = signed_in(city.commission)

        seen = browser.post(f"{ITEMS}new/", given)
        assert old.tracked.number in seen.content.decode()
        assert CouncilItem.objects.count() == 3
        assert browser.post(f"{ITEMS}new/", {**given, "confirmed": "1"}).status_code == 302
        mine = signed_in(city.coordinator).get(f"{ITEMS}{old.tracked.reference}/alike/").content.decode()
        assert others.tracked.number not in mine
        assert others.tracked.number in browser.get(f"{ITEMS}{old.tracked.reference}/alike/").content.decode()
        assert [share for _one, share in queries.similar(text, on=TODAY)][0] > 60
        likeness.forget(old.tracked)
        assert [services.make_comparable(NINE), services.make_comparable(NINE)] == [1, 0]


class TestReport:
    def test_is_frozen_as_the_list_stood_and_kept_beside_a_later_one(self, city):
        with pytest.raises(CannotList):
            carried_out.make(city.session, by=None, at=NINE)
        done = decided(city, replied(city, listed(city, kind="議決案")), Verdict.RELEASED)
        listed(city, kind="附帶決議", lead=city.police)
        listed(city)
        browser = signed_in(city.commission)

        assert browser.post(f"{REPORTS}new/", {"session": city.session.pk}).status_code == 302
        decided(city, done, Verdict.TRACKED)
        second = carried_out.make(city.session, by=None, at=NINE + timedelta(days=1))

        first = CarriedOutReport.objects.get(n=1)
        assert (first.content["counts"], first.items) == ({"RELEASED": 1, "ASKED": 1}, 2)
        assert second.content["counts"] == {"TRACKED": 1, "ASKED": 1}
        page = browser.get(f"{REPORTS}{first.reference}/").content.decode()
        assert all(word in page for word in ("解除追蹤", "已完成。", "works"))
        odt = browser.get(f"{REPORTS}{first.reference}.odt")
        pdf = browser.get(f"{REPORTS}{first.reference}.pdf")
        assert (odt.content[:2], pdf.content[:4]) == (b"PK", b"%PDF")
        assert Entry.objects.filter(event__startswith="council.report_").count() == 4
        assert browser.get(f"{REPORTS}{first.reference}.doc").status_code == 404
        assert signed_in(city.coordinator).get(f"{REPORTS}{first.reference}/").status_code == 403


class TestPublic:
    def test_is_no_more_than_what_the_council_knows_in_public(self, city, django_assert_max_num_queries):
        item = replied(city, listed(city, text="內容不公開", district="桃園區"))
        for _n in range(4):
            listed(city, lead=city.police, co=[city.works], session=None)

        with django_assert_max_num_queries(12):
            found = Browser().get(f"{API}items?page_size=200").json()
        paper = Browser().get(f"{API}items/{item.tracked.number}").json()
        meeting = Browser().get(f"{API}sessions").json()["data"][0]

        assert found["pagination"] == {"totalElements": 5, "elementsPerPage": 200, "currentPage": 1, "totalPages": 1}
        assert (paper["name"], paper["paperType"], paper["originatorPerson"]) == (
            "路面坑洞何時修補",
            "總質詢",
            ["陳示範"],
        )
        assert paper["cityhall:district"] == "桃園區"
        assert not any(word in json.dumps(found, ensure_ascii=False) for word in ("內容不公開", "已完成。"))
        assert meeting["reference"] == str(city.session)
        assert Browser().get(f"{API}sessions/{city.session}").json() == meeting
        for query, many in (("q=坑洞", 5), ("agency=works", 5), ("district=桃園區", 1), (f"session={city.session}", 1), ("session=9-REGULAR-9", 0)):  # fmt: skip
            assert Browser().get(f"{API}items?{query}").json()["pagination"]["totalElements"] == many
        for missing in ("items/C1-1", "sessions/4-REGULAR-٣", "sessions/x"):
            assert Browser().get(API + missing).status_code == 404

    def test_is_one_file(self, city):
        listed(city)

        rows = Browser().get("/council/items.json").json()
        table = b"".join(Browser().get("/council/items.csv").streaming_content).decode("utf-8-sig")

        assert rows[0]["underDirectionOf"] == "桃園市政府works"
        assert table.splitlines()[0].startswith("reference,name")
        assert len(table.splitlines()) == 2
        assert Browser().get("/council/items.xml").status_code == 404
