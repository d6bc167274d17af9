"""The desk: editors write, the entry's agency reviews, versions are compared; others see nothing or only read."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client as Browser
from tests.support.at_once import THREADS, at_once

from cityhall.domains.faq import public, services
from cityhall.domains.faq.models import Entry, Move, Topic, Version
from cityhall.domains.faq.services import MEND, REVIEW, CannotPublish
from cityhall.domains.faq.states import State, Step
from cityhall.engines.audit.models import Entry as Trail
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant

TODAY = date(2026, 11, 16)
NINE = instant(TODAY, 9)
LIST = "/desk/faq/"
PAGE = f"{LIST}entries/lights/"
TEXTS = {
    "question": "路燈不亮找誰修？",
    "answer": "打1999。",
    "question_en": "Who mends a dark lamp?",
    "answer_en": "Call 1999.",
}


class City:
    """The commission's editor, the works agency with its 研考窗口, another agency's, an operator."""

    def __init__(self):
        self.rdec = make_agency("rdec", name="研究發展考核委員會", short_name="研考會")
        self.works = make_agency("works", name="養護工程處", short_name="養工處")
        self.tax = make_agency("tax", name="地方稅務局", short_name="稅務局")
        self.editor = make_person(self.rdec, None, Role.COMMISSION)
        self.coordinator = make_person(self.works, None, Role.COORDINATOR)
        self.other = make_person(self.tax, None, Role.COORDINATOR)
        self.operator = make_person(self.rdec, None, Role.OPERATOR)
        self.topic = Topic.objects.create(code="lights", name="路燈")

    def draft(self, **texts):
        return services.write(
            code="lights",
            agency=self.works,
            topic=self.topic,
            texts={**TEXTS, **texts},
            by=self.editor.account,
            at=NINE,
        )

    def published(self, **texts):
        version = services.submit(self.draft(**texts), by=self.editor.account, at=NINE)
        return services.publish(version, by=self.coordinator.account, at=NINE)


@pytest.fixture
def city(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return City()


def signed_in(who):
    browser = Browser()
    browser.force_login(who.account)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def filled(**more):
    days = {"valid_from_year": "115", "valid_from_month": "11", "valid_from_day": "16"}
    return {"code": "lights", "agency": "works", "topic": "", **TEXTS, **days, **more}


def open_todos(kind):
    return Todo.objects.filter(kind=kind, closed_at=None)


class TestTheWay:
    def test_goes_from_the_editor_by_the_agency_to_everybody(self, city):
        editor, agency = signed_in(city.editor), signed_in(city.coordinator)

        editor.post(f"{LIST}new/", filled(steps="打電話\n\n說燈號", links="維修進度 https://example.org/lamps"))
        editor.post(f"{PAGE}submit/", {})
        assert open_todos(REVIEW).get().agency == city.works
        assert f"{PAGE}review/" in agency.get(PAGE).content.decode()
        agency.post(f"{PAGE}review/", {"agrees": "yes"})

        page = Browser().get("/faq/lights/").content.decode()
        assert "<li>說燈號</li>" in page
        assert 'href="https://example.org/lamps"' in page
        assert not open_todos(REVIEW).exists()
        assert list(Move.objects.values_list("step", flat=True)) == [Step.WRITTEN, Step.SUBMITTED, Step.PUBLISHED]

    def test_is_sent_back_with_a_reason_to_who_wrote_it(self, city):
        services.submit(city.draft(), by=city.editor.account, at=NINE)
        agency, editor = signed_in(city.coordinator), signed_in(city.editor)

        assert agency.post(f"{PAGE}review/", {"agrees": "no", "reason": " "}).status_code == 422
        agency.post(f"{PAGE}review/", {"agrees": "no", "reason": "少了路燈編號"})

        assert open_todos(MEND).get().person == city.editor
        assert "少了路燈編號" in words(editor.get(PAGE))
        editor.post(f"{PAGE}write/", filled(answer="打1999，說路燈編號。"))
        assert Version.objects.get().answer == "打1999，說路燈編號。"
        editor.post(f"{PAGE}submit/", {})
        assert not open_todos(MEND).exists()

    def test_shows_a_preview_and_keeps_nothing(self, city):
        response = signed_in(city.editor).post(f"{LIST}new/", filled(fee="免費", preview="1"))

        assert (response.status_code, Entry.objects.count()) == (200, 0)
        assert "還沒有存" in words(response)
        assert "免費" in words(response)

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"code": "有字"}, ""),
            ({"agency": ""}, "請選「負責機關」"),
            ({"question": ""}, "請填「問題」"),
            ({"answer_en": ""}, "要一起填"),
            ({"links": "沒有網址"}, "第1行沒有網址"),
            ({"valid_until_year": "115", "valid_until_month": "11", "valid_until_day": "1"}, "不能早於"),
            ({"days": "很久"}, "請用數字"),
        ],
    )
    def test_refuses_what_is_wrong_and_keeps_what_was_typed(self, city, given, sentence):
        response = signed_in(city.editor).post(f"{LIST}new/", filled(**{"aliases": "燈壞了", **given}))

        assert (response.status_code, Entry.objects.count()) == (422, 0)
        assert sentence in words(response)
        assert "燈壞了" in response.content.decode()

    def test_takes_no_second_draft_beside_an_open_one(self, city):
        city.draft()
        with pytest.raises(CannotPublish, match="還沒公布的版本"):
            city.draft()

    def test_throws_a_draft_away_and_leaves_what_is_read(self, city):
        city.published()
        city.draft(answer="不修了。")

        signed_in(city.editor).post(f"{PAGE}discard/", {})

        assert public.count(TODAY) == 1
        assert Version.objects.newest().get().number == 1
        assert Version.objects.get(number=2).state == State.DISCARDED


class TestWithdrawing:
    def test_needs_a_reason_keeps_the_past_and_can_be_taken_back(self, city):
        city.published()
        agency, later = signed_in(city.coordinator), NINE + timedelta(days=2)
        assert agency.post(f"{PAGE}withdraw/", {"reason": ""}).status_code == 422

        services.withdraw(Entry.objects.get(), reason="不辦了", by=city.coordinator.account, at=later)
        assert [public.count(TODAY + timedelta(days=n)) for n in (0, 1, 2)] == [1, 1, 0]
        assert public.search("路燈不亮", on=day(2)).found == []
        assert "已下架" in words(agency.get(LIST))

        services.bring_back(Entry.objects.get(), by=city.coordinator.account, at=later + timedelta(days=1))
        assert [public.count(day(n)) for n in (1, 2, 3)] == [1, 0, 1]
        assert public.search("路燈不亮", on=day(3)).found[0].version.number == 2
        with pytest.raises(CannotPublish):
            services.bring_back(Entry.objects.get(), by=city.coordinator.account, at=later)

    def test_of_what_is_not_published_is_refused(self, city):
        city.draft()
        with pytest.raises(CannotPublish, match="不必下架"):
            services.withdraw(Entry.objects.get(), reason="不辦了", by=city.editor.account, at=NINE)


def day(n):
    return TODAY + timedelta(days=n)


class TestRights:
    def test_let_the_agency_review_and_the_editors_write(self, city):
        services.submit(city.draft(), by=city.editor.account, at=NINE)

        assert signed_in(city.editor).get(f"{PAGE}review/").status_code == 403
        assert signed_in(city.coordinator).get(f"{PAGE}review/").status_code == 200
        assert signed_in(city.coordinator).get(f"{PAGE}write/").status_code == 403
        assert signed_in(city.operator).get(PAGE).status_code == 200
        assert signed_in(city.operator).get(f"{PAGE}write/").status_code == 403

    def test_hide_an_entry_from_other_agencies(self, city):
        services.submit(city.draft(), by=city.editor.account, at=NINE)

        assert signed_in(city.other).get(PAGE).status_code == 404
        assert signed_in(city.other).post(f"{PAGE}review/", {"agrees": "yes"}).status_code == 404
        assert "路燈不亮" not in words(signed_in(city.other).get(LIST))


class TestList:
    @pytest.mark.parametrize(
        ("query", "there"),
        [
            ("q=路燈", True), ("q=路燈 1999", True), ("q=稅", False), ("agency=works", True), ("state=PUBLISHED", True),
            ("state=DRAFT", False), ("topic=lights", True), ("review=late", True), ("review=soon", False),
            ("valid=now", True), ("valid=over", False), ("valid=ending", True), ("agency=none", True),
        ],
    )  # fmt: skip
    def test_is_narrowed(self, city, query, there):
        city.published(review_by=day(-1), valid_until=day(5))

        assert ("路燈不亮" in words(signed_in(city.editor).get(f"{LIST}?{query}"))) is there

    def test_is_downloaded_and_written_down(self, city):
        city.published()

        response = signed_in(city.editor).get(f"{LIST}export.csv")

        assert "路燈不亮找誰修？" in b"".join(response.streaming_content).decode("utf-8-sig")
        assert Trail.objects.get(event="faq.exported").details["new"] == {"rows": 1, "kind": "csv"}
        assert signed_in(city.operator).get(f"{LIST}export.csv").status_code == 403

    def test_asks_as_often_for_many_entries_as_for_one(self, city, django_assert_max_num_queries):
        for n in range(12):
            services.write(code=f"e{n}", agency=city.works, topic=city.topic, texts=TEXTS, by=None, at=NINE)
        browser = signed_in(city.editor)
        browser.get(LIST)

        with django_assert_max_num_queries(20):
            browser.get(LIST)


class TestComparing:
    def test_shows_what_changed_field_by_field_and_who_wrote_it(self, city):
        city.published(fee="免費")
        city.draft(answer="打1999或區公所。", fee="免費")

        page = signed_in(city.coordinator).get(f"{PAGE}compare/").content.decode()

        assert "<ins>或區公所</ins>" in page
        assert city.editor.account.name in page
        assert "費用" not in page

    def test_of_one_version_is_not_there(self, city):
        city.published()
        assert signed_in(city.coordinator).get(f"{PAGE}compare/").status_code == 404


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_of_many_publishes(self):
        city = City()
        version = services.submit(city.draft(), by=city.editor.account, at=NINE)

        def agree():
            return services.publish(Version.objects.get(pk=version.pk), by=city.coordinator.account, at=NINE)

        results = at_once([agree] * THREADS)

        assert [isinstance(one, CannotPublish) for one in results].count(False) == 1
        assert Version.objects.standing().count() == 1
