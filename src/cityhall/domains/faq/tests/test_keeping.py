"""What keeps the base right: chased entries, contradictions, proposals out of what nobody could answer, counts of use."""

import csv
from datetime import timedelta

import pytest

from cityhall.domains.faq import chasing, proposing, public, services
from cityhall.domains.faq.models import Contradiction, Entry, Proposal, Unanswered, Version
from cityhall.domains.faq.rules import Told, likeness, link_in, other_terms, same_wording
from cityhall.domains.faq.services import CHECK, CLASH, ENDING, CannotPublish
from cityhall.domains.faq.states import Channel, Clash, Fate, State
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.worklist.models import Todo

from .test_desk import LIST, NINE, TODAY, City, day, filled, signed_in, words


@pytest.fixture
def city(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return City()


def published(city, code, question, *, agency=None, **texts):
    texts = {"question": question, "answer": "打1999。", **texts}
    version = services.write(code=code, agency=agency or city.works, texts=texts, by=city.editor.account, at=NINE)
    return services.publish(services.submit(version, by=None, at=NINE), by=None, at=NINE).entry


def rows_of(response):
    return list(csv.reader(b"".join(response.streaming_content).decode("utf-8-sig").splitlines()))


def todos(kind):
    return Todo.objects.filter(kind=kind, closed_at=None)


class TestRules:
    def test_find_pairs_with_one_wording(self):
        told = [Told(1, frozenset({"a", "b"})), Told(2, frozenset({"b"})), Told(3, frozenset({"b", "a"}))]
        assert set(same_wording(told)) == {(1, 2), (1, 3), (2, 3)}

    @pytest.mark.parametrize(
        ("first", "second", "other"),
        [
            (Told(1, frozenset(), "免費"), Told(2, frozenset(), "100元"), True),
            (Told(1, frozenset(), "免費"), Told(2, frozenset()), False),
            (Told(1, frozenset(), days=0), Told(2, frozenset(), days=3), True),
            (Told(1, frozenset(), "免費", 3), Told(2, frozenset(), "免費", 3), False),
        ],
    )
    def test_compare_fee_and_days_only_where_both_name_them(self, first, second, other):
        assert other_terms(first, second) is other

    def test_measure_likeness_from_nothing_to_everything(self):
        assert likeness(frozenset(), frozenset()) == likeness(frozenset({1}), frozenset({2})) == 0
        assert likeness(frozenset({1, 2}), frozenset({1, 2})) == 1

    @pytest.mark.parametrize("line", ["", "沒有", "javascript:alert(1)", "名稱 ftp://example.org"])
    def test_take_no_line_without_a_web_address(self, line):
        assert link_in(line) is None


class TestChasing:
    def test_reminds_the_agency_once_and_ends_when_it_has_looked(self, city):
        entry = published(city, "lights", "路燈不亮找誰修？", review_by=day(-1))

        assert chasing.chase(at=NINE) == 1
        assert chasing.chase(at=NINE) == 0
        assert todos(CHECK).get().agency == city.works

        page = f"{LIST}entries/lights/confirm/"
        assert signed_in(city.other).get(page).status_code == 404
        until = {"until_year": "116", "until_month": "1", "until_day": "1"}
        signed_in(city.coordinator).post(page, until)
        assert not todos(CHECK).exists()
        assert Version.objects.get(entry=entry).review_by.year == 2027

    def test_refuses_a_day_that_has_passed(self, city):
        entry = published(city, "lights", "路燈不亮找誰修？", review_by=day(-1))
        with pytest.raises(CannotPublish, match="今天以後"):
            services.confirm(entry, until=TODAY, by=city.coordinator.account, at=NINE)

    def test_tells_of_what_is_about_to_end_and_forgets_what_was_renewed(self, city):
        entry = published(city, "fair", "燈會在哪裡？", valid_until=day(5))
        chasing.chase(at=NINE)
        assert todos(ENDING).get().object_id == entry.pk

        published(city, "fair", "燈會在哪裡？", valid_until=day(90))
        chasing.chase(at=NINE)
        assert not todos(ENDING).exists()

    def test_finds_two_answers_to_one_question_until_one_changes(self, city):
        published(city, "a", "路燈不亮找誰修？")
        published(city, "b", "誰修路？", agency=city.tax, aliases="路灯不亮，找谁修")
        chasing.chase(at=NINE)

        pair = chasing.contradictions().get()
        assert pair.clash == Clash.SAME
        assert {one.agency for one in todos(CLASH)} == {city.works, city.tax}
        page = words(signed_in(city.coordinator).get(f"{LIST}chased/"))
        assert "誰修路" in page

        published(city, "b", "誰修路？", agency=city.tax)
        chasing.chase(at=NINE)
        assert not chasing.contradictions().exists()
        assert not todos(CLASH).exists()

    def test_finds_near_ones_with_another_fee_and_lets_somebody_settle_it(self, city):
        published(city, "a", "補發身分證要多少錢？", fee="200元")
        published(city, "b", "補發身分證要多少錢呢？", fee="50元")
        published(city, "c", "公園在哪裡？", fee="免費")
        chasing.chase(at=NINE)
        pair = chasing.contradictions().get()
        assert (pair.clash, pair.first.code, pair.second.code) == (Clash.TERMS, "a", "b")

        with pytest.raises(CannotPublish, match="為什麼"):
            chasing.settle(pair, reason=" ", by=city.editor.account, at=NINE)
        signed_in(city.coordinator).post(f"{LIST}chased/{pair.pk}/settle/", {"reason": "一個是遺失，一個是毀損"})
        chasing.chase(at=NINE)
        assert not chasing.contradictions().exists()
        assert Contradiction.objects.get().reason == "一個是遺失，一個是毀損"


class TestProposals:
    def asked(self, *texts):
        for text in texts:
            services.record_unanswered(text, channel=Channel.WEB, at=NINE)
        proposing.group(at=NINE)

    def test_group_questions_alike_and_offer_the_nearest_entry(self, city):
        published(city, "lights", "路燈不亮找誰修？")
        self.asked("火星移民怎麼申請", "怎麼申請火星移民", "申請火星移民", "路上的燈暗暗的")

        waiting = list(proposing.waiting(NINE))
        assert [(one.count, one.near) for one in waiting] == [(3, None)]
        assert proposing.group(at=NINE) == 0
        assert Unanswered.objects.filter(proposal=None).count() == 0

    def test_become_another_wording_that_is_reviewed_like_all_words(self, city):
        published(city, "lights", "路燈不亮找誰修？", aliases="燈壞了")
        self.asked("電火條袂光", "電火條袂光")
        one = Proposal.objects.get()

        signed_in(city.editor).post(f"{LIST}proposals/{one.pk}/", {"fate": "ALIAS", "entry": "lights"})

        draft = Version.objects.get(state=State.DRAFT)
        assert draft.aliases == "燈壞了\n電火條袂光"
        assert public.find("電火條袂光", language="zh-hant", channel=Channel.HOTLINE, at=NINE).hits == ()
        one.refresh_from_db()
        assert (one.fate, one.entry.code) == (Fate.ALIAS, "lights")

    def test_become_a_new_entry(self, city):
        self.asked("火星移民怎麼申請", "怎麼申請火星移民")
        one = Proposal.objects.get()
        editor = signed_in(city.editor)

        response = editor.post(f"{LIST}proposals/{one.pk}/", {"fate": "NEW"}, follow=True)
        assert "火星移民怎麼申請" in response.content.decode()
        editor.post(response.request["PATH_INFO"] + f"?proposal={one.pk}", filled(code="mars"))

        one.refresh_from_db()
        assert (one.fate, one.entry.code) == (Fate.NEW, "mars")

    def test_are_declined_with_a_reason_once(self, city):
        self.asked("你好嗎你好嗎", "你好嗎你好嗎")
        one = Proposal.objects.get()
        page = f"{LIST}proposals/{one.pk}/"
        assert signed_in(city.editor).post(page, {"fate": "DECLINED", "reason": ""}).status_code == 422
        assert signed_in(city.editor).post(page, {"fate": "ALIAS", "entry": "none"}).status_code == 422
        signed_in(city.editor).post(page, {"fate": "DECLINED", "reason": "不是問題"})

        assert not proposing.waiting(NINE).exists()
        with pytest.raises(CannotPublish, match="已經有人決定"):
            proposing.decline(one, reason="又來", by=city.editor.account, at=NINE)
        assert "不是問題" in words(signed_in(city.editor).get(f"{LIST}proposals/?decided=1"))

    def test_wait_again_when_the_decision_is_undone(self, city):
        self.asked("你好嗎你好嗎", "你好嗎你好嗎")
        one = Proposal.objects.get()
        proposing.decline(one, reason="不是問題", by=city.editor.account, at=NINE)
        editor = signed_in(city.editor)
        page = f"{LIST}proposals/{one.pk}/reopen/"
        assert page in editor.get(f"{LIST}proposals/?decided=1").content.decode()

        editor.post(page)

        assert proposing.waiting(NINE).get() == one
        assert editor.get(page).status_code == 404
        with pytest.raises(CannotPublish, match="還沒有人決定"):
            proposing.reopen(one, by=city.editor.account, at=NINE)

    @pytest.mark.parametrize("more", [False, True])
    def test_take_their_wording_back_out_of_the_draft(self, city, more):
        entry = published(city, "lights", "路燈不亮找誰修？", aliases="燈壞了")
        self.asked("電火條袂光", "電火條袂光")
        one, by = Proposal.objects.get(), city.editor.account
        draft = proposing.add_wording(one, entry, by=by, at=NINE)
        if more:
            texts = {"answer": "打1999或上網。"}
            services.revise(draft, agency=city.works, topic=entry.topic, texts=texts, by=by, at=NINE)

        proposing.reopen(one, by=by, at=NINE)

        draft.refresh_from_db()
        kept = (draft.state, draft.aliases)
        assert kept == ((State.DRAFT, "燈壞了") if more else (State.DISCARDED, "燈壞了\n電火條袂光"))

    def test_stay_decided_where_the_agency_has_the_words(self, city):
        entry = published(city, "lights", "路燈不亮找誰修？")
        self.asked("電火條袂光", "電火條袂光")
        one, by = Proposal.objects.get(), city.editor.account
        services.submit(proposing.add_wording(one, entry, by=by, at=NINE), by=by, at=NINE)

        with pytest.raises(CannotPublish, match="送審或公布"):
            proposing.reopen(one, by=by, at=NINE)
        assert Proposal.objects.get().fate == Fate.ALIAS

    def test_stay_decided_while_their_entry_stands(self, city):
        self.asked("火星移民怎麼申請", "怎麼申請火星移民")
        one, by = Proposal.objects.get(), city.editor.account
        texts = {"question": "火星移民怎麼申請？", "answer": "還不行。"}
        draft = services.write(code="mars", agency=city.works, texts=texts, by=by, at=NINE)
        proposing.became(one, draft.entry, by=by, at=NINE)
        with pytest.raises(CannotPublish, match="草稿請先作廢"):
            proposing.reopen(one, by=by, at=NINE)

        services.discard(draft, by=by, at=NINE)
        assert proposing.reopen(one, by=by, at=NINE).fate == Fate.OPEN

    def test_are_the_editors_alone(self, city):
        assert signed_in(city.coordinator).get(f"{LIST}proposals/").status_code == 403


class TestUse:
    def test_is_counted_by_channel_topic_and_entry(self, city):
        published(city, "lights", "路燈不亮找誰修？")
        Entry.objects.update(topic=city.topic)
        for channel, solved in ((Channel.HOTLINE, True), (Channel.HOTLINE, None), (Channel.WEB, False)):
            public.used("lights", channel=channel, solved=solved, at=NINE)
        span = (NINE - timedelta(days=1), NINE + timedelta(days=1))

        rows = {row["channel"]: (row["many"], row["solved"], row["not_solved"]) for row in proposing.by_channel(*span)}
        assert rows == {"HOTLINE": (2, 1, 0), "WEB": (1, 0, 1)}
        assert proposing.by_topic(*span)[0]["many"] == proposing.by_entry(*span)[0]["many"] == 3
        assert proposing.unhelpful(NINE + timedelta(days=1)).get()["entry__code"] == "lights"
        assert signed_in(city.operator).get(f"{LIST}used/").status_code == 200


class TestSheets:
    def test_hold_what_an_agency_has_to_look_at_and_nothing_of_others(self, city):
        published(
            city, "late", "路燈壞了找誰？", review_by=TODAY - timedelta(days=1), valid_from=TODAY - timedelta(days=9)
        )
        published(city, "same", "垃圾車幾點來？", fee="免費")
        published(city, "other", "垃圾車幾點來？", fee="100元", agency=make_agency("cleaning"))
        chasing.chase(at=NINE)

        sheets = [
            rows_of(signed_in(who).get("/desk/faq/chased/export.csv"))
            for who in (city.editor, make_person(make_agency("health"), None, Role.COORDINATOR))
        ]

        assert [row[1] for row in sheets[0][1:]] == ["late", "same"]
        assert "other" in sheets[0][2]
        assert len(sheets[1]) == 1
        assert signed_in(city.editor).get("/desk/faq/chased/export.ods").status_code == 200

    def test_hold_the_proposals_that_wait_or_were_decided(self, city):
        for day_back in range(6):
            services.record_unanswered("外星人登記在哪裡", channel=Channel.WEB, at=NINE - timedelta(days=day_back))
        proposing.group(at=NINE)
        browser = signed_in(city.editor)

        waiting = rows_of(browser.get("/desk/faq/proposals/export.csv"))
        proposing.decline(Proposal.objects.get(), reason="不歸市府管", by=city.editor.account, at=NINE)
        decided = rows_of(browser.get("/desk/faq/proposals/export.csv?decided=1"))

        assert waiting[1][:2] == ["外星人登記在哪裡", "6"]
        assert "不歸市府管" in decided[1]
        assert len(rows_of(browser.get("/desk/faq/proposals/export.csv"))) == 1
