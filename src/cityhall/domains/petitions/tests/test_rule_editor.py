"""The rule editor: ties, versions, the replay before saving, what it says of past petitions; and its pages."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cityhall.domains.petitions import rule_list
from cityhall.domains.petitions.models import DispatchDecision, Petition, ReplayDifference, RuleReplay, StaffWords
from cityhall.domains.petitions.rule_list import Wanted
from cityhall.domains.petitions.services import dispatch, replay, rule_editor, rulebook
from cityhall.domains.petitions.services.rule_editor import Change, RulesChanged
from cityhall.domains.petitions.services.rulebook import CannotSaveRule, RulesTie
from cityhall.domains.petitions.services.rulebook_sheets import Given, take
from cityhall.domains.petitions.states import ReplayAct, ReplayState
from cityhall.engines.audit.models import Entry
from cityhall.engines.classify import queries
from cityhall.engines.classify import services as classify
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.outbox.services import drain
from cityhall.engines.rules.services import set_parameter

from .city import MONDAY, NINE, make_city, opened, signed_in
from .test_model_dispatch import CLEAR, PURPOSE, train

pytestmark = pytest.mark.django_db
NOW = NINE + timedelta(minutes=30)
TOMORROW = MONDAY + timedelta(days=1)
NEXT_WEEK = MONDAY + timedelta(days=7)
NO_WORDS = {"any_of": [], "every": [], "none_of": []}
SIGN = {"category": "park_upkeep", "any_of": ["落葉"], "every": [], "none_of": [], "priority": 1}


@pytest.fixture
def city():
    classify._kept.clear()
    cache.clear()
    return make_city()


@pytest.fixture
def by(city):
    return city.dispatcher.account


def adding(content=None, **more):
    given = {"content": content or SIGN, "valid_from": MONDAY, "reason": "常常派錯", **more}
    return Change(ReplayAct.ADD, "words", **given)


def changing(rule, **more):
    given = {"valid_from": MONDAY, "reason": "補字詞", **more}
    content = rulebook.content_of(rule) | given.pop("content", {})
    return Change(ReplayAct.CHANGE, rule_editor.kind_of(rule), rule=rule.pk, content=content, **given)


def ending(rule, on=MONDAY):
    return Change(ReplayAct.END, rule_editor.kind_of(rule), on, rule=rule.pk, reason="不要了")


def reviving(rule, on=MONDAY):
    content = rulebook.content_of(rule)
    return Change(ReplayAct.REVIVE, rule_editor.kind_of(rule), on, rule=rule.pk, content=content, reason="還是要")


def saved(change, by, at=NOW):
    tried = replay.try_out(change, by=by, at=at)
    return rule_editor.save(tried, digest=tried.digest, by=by, at=at)


def lights():
    return StaffWords.objects.get(category__code="street_light")


def events():
    return list(Entry.objects.order_by("seq").values_list("event", flat=True))


class TestTies:
    def test_of_words_are_refused_with_the_other_named(self, city, by):
        with pytest.raises(RulesTie, match="路燈故障") as refusal:
            replay.try_out(adding(SIGN | {"any_of": ["路燈不亮"], "priority": 0}), by=by, at=NOW)

        assert refusal.value.other == lights()
        assert not RuleReplay.objects.exists()

    def test_are_none_where_another_priority_tells_them_apart(self, city, by):
        assert saved(adding(SIGN | {"any_of": ["路燈不亮"], "priority": 5}), by).category == city.park_upkeep

    def test_are_none_on_days_that_do_not_meet(self, city, by):
        rulebook.end_rule(lights(), on=TOMORROW, by=by, at=NOW)

        assert saved(adding(SIGN | {"any_of": ["路燈不亮"], "priority": 0}, valid_from=TOMORROW), by)

    def test_of_places_are_refused_even_where_they_begin_later(self, city, by):
        rulebook.add_routing(
            agency=city.works, category=city.street_light, district_code="68000010", valid_from=NEXT_WEEK, by=by, at=NOW
        )

        with pytest.raises(RulesTie, match="交通局"):
            rulebook.add_routing(
                agency=city.transport, category=city.street_light, district_code="68000010", valid_from=MONDAY,
                by=by, at=NOW,
            )  # fmt: skip

    def test_are_no_matter_of_the_rule_that_is_replaced(self, city, by):
        new = saved(changing(lights(), content={"category": "park_upkeep"}), by)

        assert new.category == city.park_upkeep


class TestUnfit:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ({"any_of": []}, "一個字詞"),
            ({"any_of": ["燈"]}, "一個字"),
            ({"every": ["路燈"], "none_of": ["燈"]}, "永遠"),
        ],
    )
    def test_words_are_refused(self, city, by, content, words):
        with pytest.raises(CannotSaveRule, match=words):
            replay.try_out(adding(SIGN | content), by=by, at=NOW)

    def test_days_that_are_over_are_refused(self, city, by):
        with pytest.raises(CannotSaveRule, match="今天或以後"):
            replay.try_out(adding(valid_from=MONDAY - timedelta(days=1)), by=by, at=NOW)

    def test_a_change_of_nothing_is_refused(self, city, by):
        with pytest.raises(CannotSaveRule, match="沒有改到"):
            replay.try_out(changing(lights()), by=by, at=NOW)


class TestVersions:
    def test_a_change_ends_the_old_one_the_day_before_and_keeps_it(self, city, by):
        old = lights()

        new = saved(changing(old, content={"any_of": ["路燈不亮", "路燈閃爍"]}, valid_from=TOMORROW), by)

        old.refresh_from_db()
        assert (old.valid_until, old.any_of) == (MONDAY, ["路燈不亮"])
        assert (new.replaces, new.version, new.owner) == (old, 2, city.dispatcher)
        assert [rule.id for rule in dispatch.rulebook(MONDAY)[0] if rule.category == "street_light"] == [old.pk]
        assert [rule.id for rule in dispatch.rulebook(TOMORROW)[0] if rule.category == "street_light"] == [new.pk]
        assert events()[-1] == "petition.rule_changed"

    def test_what_is_to_come_can_be_withdrawn(self, city, by):
        old = lights()
        new = saved(changing(old, content={"priority": 3}, valid_from=TOMORROW, valid_until=NEXT_WEEK), by)

        assert rule_editor.withdraw(new, by=by, at=NOW) == old

        old.refresh_from_db()
        assert old.valid_until is None
        assert [rule.id for rule in dispatch.rulebook(TOMORROW)[0] if rule.category == "street_light"] == [old.pk]
        assert events()[-1] == "petition.rule_withdrawn"

    def test_what_holds_cannot_be_withdrawn(self, city, by):
        with pytest.raises(CannotSaveRule, match="已經生效"):
            rule_editor.withdraw(lights(), by=by, at=NOW)

    def test_an_ended_one_is_revived_as_a_new_version(self, city, by):
        old = saved(ending(lights(), TOMORROW), by)
        later = NOW + timedelta(days=7)

        new = saved(reviving(old, NEXT_WEEK), by, at=later)

        old.refresh_from_db()
        assert (old.valid_until, new.valid_from, new.any_of) == (MONDAY, NEXT_WEEK, old.any_of)
        assert rule_list.versions_of(old) == [new, old]

    def test_only_the_last_one_is_changed(self, city, by):
        old = lights()
        saved(changing(old, content={"priority": 3}, valid_from=TOMORROW), by)

        with pytest.raises(CannotSaveRule, match="新的版本"):
            replay.try_out(ending(old, NEXT_WEEK), by=by, at=NOW)

    def test_one_that_is_ended_is_not_ended_again(self, city, by):
        old = saved(ending(lights()), by)

        with pytest.raises(CannotSaveRule, match="已經停用"):
            replay.try_out(ending(old, TOMORROW), by=by, at=NOW)

    def test_one_that_holds_is_not_revived(self, city, by):
        with pytest.raises(CannotSaveRule, match="不必恢復"):
            replay.try_out(reviving(lights()), by=by, at=NOW)


class TestSaving:
    def test_needs_the_replay_of_exactly_these_inputs(self, city, by):
        tried = replay.try_out(adding(), by=by, at=NOW)

        with pytest.raises(CannotSaveRule, match="試算完成"):
            rule_editor.save(tried, digest="0" * 64, by=by, at=NOW)

    def test_is_refused_where_the_inputs_are_no_longer_those(self, city, by):
        tried = replay.try_out(adding(), by=by, at=NOW)
        tried.inputs["content"]["any_of"] = ["樹葉"]
        tried.save()

        with pytest.raises(RulesChanged):
            rule_editor.save(tried, digest=tried.digest, by=by, at=NOW)

    def test_is_refused_where_the_rules_changed_meanwhile(self, city, by):
        tried = replay.try_out(adding(), by=by, at=NOW)
        saved(ending(lights(), NEXT_WEEK), by)

        with pytest.raises(RulesChanged, match="重新試算"):
            rule_editor.save(tried, digest=tried.digest, by=by, at=NOW)

        fresh = replay.again(tried, by=by, at=NOW)
        assert rule_editor.save(fresh, digest=fresh.digest, by=by, at=NOW).any_of == ["落葉"]

    def test_happens_once(self, city, by):
        tried = replay.try_out(adding(), by=by, at=NOW)
        rule_editor.save(tried, digest=tried.digest, by=by, at=NOW)

        with pytest.raises(CannotSaveRule, match="已經儲存"):
            rule_editor.save(tried, digest=tried.digest, by=by, at=NOW)


def corrected_by(city, petition, category):
    petition = Petition.objects.select_related("case").get(pk=petition.pk)
    return dispatch.dispatch_by_desk(petition, category=category, agency=None, by=city.dispatcher.account, at=NOW)


class TestReplay:
    def test_lists_what_would_be_decided_otherwise_and_nothing_else(self, city, by):
        opened()
        leaves = opened("公園裡好多落葉沒有人掃")

        tried = replay.try_out(adding(), by=by, at=NOW)
        found = tried.differences.get()

        assert (tried.state, tried.total) == (ReplayState.READY, 2)
        assert (found.petition, found.now_category, found.now_agency) == (leaves, "park_upkeep", "works")
        assert found.now_automatic
        assert not found.before_automatic

    def test_is_better_where_the_desk_had_to_decide_the_same(self, city, by):
        corrected_by(city, opened("公園裡好多落葉沒有人掃"), city.park_upkeep)

        found = replay.try_out(adding(), by=by, at=NOW).differences.get()

        assert (found.effect, found.then_by, found.then_category) == ("BETTER", by, "park_upkeep")
        assert not found.corrected_category

    def test_is_worse_where_it_was_right_before(self, city, by):
        opened()

        tried = replay.try_out(ending(lights()), by=by, at=NOW)

        assert tried.counts == {"BETTER": 0, "WORSE": 1, "OTHER": 0}

    def test_knows_what_the_desk_corrected(self, city, by):
        corrected_by(city, opened("路燈不亮的那面牆上有落葉標線"), city.road_marking)

        found = replay.try_out(
            adding(SIGN | {"category": "road_marking", "priority": 9}), by=by, at=NOW
        ).differences.get()

        assert (found.then_category, found.corrected_category) == ("street_light", "road_marking")
        assert found.effect == "BETTER"

    def test_of_a_place_moves_the_agency(self, city, by):
        opened()
        content = {
            "category": "street_light", "district": "68000010", "village": "", "manager": "", "layer": "",
            "agency": "transport", **NO_WORDS,
        }  # fmt: skip

        found = replay.try_out(replace(adding(content), kind="routing"), by=by, at=NOW).differences.get()

        assert (found.before_agency, found.now_agency, found.effect) == ("works", "transport", "WORSE")

    def test_of_words_at_a_place_moves_what_says_them(self, city, by):
        opened()
        school = opened("國小旁路燈不亮")
        content = {
            "category": "street_light", "district": "", "village": "", "manager": "", "layer": "", "agency": "transport",
            **NO_WORDS, "any_of": ["國小"],
        }  # fmt: skip

        found = replay.try_out(replace(adding(content), kind="routing"), by=by, at=NOW).differences.get()

        assert (found.petition, found.now_agency) == (school, "transport")

    def test_of_a_place_leaves_other_places_alone(self, city, by):
        opened()
        content = {
            "category": "", "district": "68000020", "village": "", "manager": "", "layer": "", "agency": "transport",
            **NO_WORDS,
        }  # fmt: skip

        assert not replay.try_out(replace(adding(content), kind="routing"), by=by, at=NOW).differences.exists()

    def test_looks_back_as_far_as_the_parameter_says(self, city, by):
        opened("公園裡好多落葉", when=NINE - timedelta(days=90))
        opened("公園裡好多落葉", when=NINE - timedelta(days=89))

        assert replay.try_out(adding(), by=by, at=NOW).total == 1

    def test_asks_the_database_as_often_for_many_as_for_few(self, city, by):
        def cost():
            with CaptureQueriesContext(
                connection,
            ) as asked:
                replay.try_out(adding(), by=by, at=NOW)
            return len(asked)

        opened("公園裡好多落葉")
        replay.try_out(adding(), by=by, at=NOW)
        few = cost()
        for _number in range(4):
            opened("公園裡好多落葉")

        assert cost() == few

    def test_of_very_many_goes_on_in_the_background(self, city, by, monkeypatch):
        set_parameter("petitions.replay_at_once", 1, valid_from=MONDAY, source="測試", by=by, at=NOW)
        monkeypatch.setattr(replay, "STEP", 2)
        for _number in range(5):
            opened("公園裡好多落葉")

        tried = replay.try_out(adding(), by=by, at=NOW)
        assert (tried.state, tried.total, tried.done) == (ReplayState.RUNNING, 5, 0)
        with pytest.raises(CannotSaveRule, match="試算完成"):
            rule_editor.save(tried, digest=tried.digest, by=by, at=NOW)

        drain(NOW)

        tried.refresh_from_db()
        assert (tried.state, tried.done, tried.differences.count()) == (ReplayState.READY, 5, 5)

    def test_begun_again_in_the_background_doubles_nothing(self, city, by, monkeypatch):
        set_parameter("petitions.replay_at_once", 1, valid_from=MONDAY, source="測試", by=by, at=NOW)
        petition = opened("公園裡好多落葉")
        opened("公園裡好多落葉")
        tried = replay.try_out(adding(), by=by, at=NOW)
        ReplayDifference.objects.create(replay=tried, petition=petition, effect="OTHER")

        replay.carry_on(tried.pk, at=NOW)
        replay.carry_on(tried.pk, at=NOW)

        assert tried.differences.count() == 2

    def test_decides_nothing_about_anybody(self, city, by):
        opened("公園裡好多落葉")
        before = DispatchDecision.objects.count()

        replay.try_out(adding(), by=by, at=NOW)

        assert DispatchDecision.objects.count() == before

    def test_is_forgotten_unless_it_was_saved(self, city, by):
        kept = replay.try_out(adding(), by=by, at=NOW)
        rule_editor.save(kept, digest=kept.digest, by=by, at=NOW)
        replay.try_out(ending(lights()), by=by, at=NOW)

        replay.forget_old(before=NOW + timedelta(seconds=1))

        assert RuleReplay.objects.get() == kept


class TestList:
    def test_counts_what_a_rule_decided_and_what_was_corrected(self, city, by):
        opened()
        corrected_by(city, opened(), city.road_marking)

        lines = rule_list.listed(Wanted(kind="words", category="street_light"), NOW, MONDAY)

        assert [(line.used.decided, line.used.corrected) for line in lines] == [(2, 1)]

    def test_asks_the_database_as_often_for_many_rules_as_for_few(self, city, by):
        def cost():
            with CaptureQueriesContext(connection) as asked:
                rule_list.listed(Wanted(), NOW, MONDAY)
            return len(asked)

        few = cost()
        for number in range(5):
            rulebook.add_words(city.park_upkeep, any_of=[f"落葉{number}"], valid_from=MONDAY, by=by, at=NOW)

        assert cost() == few

    def test_finds_the_rules_that_speak_of_a_sentence(self, city, by):
        lines = rule_list.listed(Wanted(text="我家前面路燈不亮三天了"), NOW, MONDAY)

        assert [line.rule for line in lines] == [lights()]

    def test_shows_ended_ones_only_when_asked(self, city, by):
        old = saved(ending(lights()), by)

        assert old not in [line.rule for line in rule_list.listed(Wanted(), NOW, MONDAY)]
        assert [line.rule for line in rule_list.listed(Wanted(status="ended"), NOW, MONDAY)] == [old]

    def test_shows_what_is_to_come_beside_what_holds(self, city, by):
        old = lights()
        new = saved(changing(old, content={"priority": 3}, valid_from=TOMORROW), by)

        lines = rule_list.listed(Wanted(kind="words", category="street_light"), NOW, MONDAY)

        assert [(line.rule, line.status, line.coming) for line in lines] == [
            (old, "holding", new),
            (new, "coming", None),
        ]


@pytest.fixture
def as_person(monkeypatch):
    """A browser of somebody who signed in."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return signed_in


WORDS = {
    "category": "park_upkeep", "any_of": "落葉\n樹葉", "every": "", "none_of": "", "priority": "1",
    "valid_from_year": "2026", "valid_from_month": "11", "valid_from_day": "16", "reason": "常常派錯",
}  # fmt: skip


def html(response):
    return response.content.decode()


class TestPages:
    def test_a_rule_is_tried_and_saved(self, city, as_person):
        opened("公園裡好多落葉沒有人掃")
        client = as_person(city.dispatcher)

        tried = client.post(reverse("petitions:add_rule", args=["words"]), WORDS, follow=True)
        one = RuleReplay.objects.get()
        done = client.post(reverse("petitions:save_replay", args=[one.pk]), {"digest": one.digest}, follow=True)

        assert "1 件裡，1 件會派得不一樣" in html(tried)
        assert reverse("petitions:record", args=[Petition.objects.get().case.reference]) in html(tried)
        assert "已儲存" in html(done)
        assert StaffWords.objects.get(category=city.park_upkeep).any_of == ["落葉", "樹葉"]

    def test_a_tie_links_the_other_rule_and_keeps_what_was_typed(self, city, as_person):
        given = WORDS | {"any_of": "路燈不亮", "priority": "0"}

        page = as_person(city.dispatcher).post(reverse("petitions:add_rule", args=["words"]), given)

        assert page.status_code == 422
        assert reverse("petitions:rule", args=["words", lights().pk]) in html(page)
        assert "常常派錯" in html(page)

    def test_rules_that_changed_meanwhile_are_tried_again(self, city, as_person):
        client, by = as_person(city.dispatcher), city.dispatcher.account
        tried = replay.try_out(adding(), by=by, at=NOW)
        saved(ending(lights(), NEXT_WEEK), by)

        assert "重新試算" in html(client.get(reverse("petitions:replay", args=[tried.pk])))
        page = client.post(reverse("petitions:save_replay", args=[tried.pk]), {"digest": tried.digest}, follow=True)

        assert "已經重新試算" in html(page)
        assert page.redirect_chain[-1][0].endswith(f"/rules/replays/{RuleReplay.objects.latest('pk').pk}/")

    def test_what_may_not_be_seen_is_counted_and_not_shown(self, city, as_person):
        hidden = opened("公園裡好多落葉，不要公開", confidential=True)
        tried = replay.try_out(adding(), by=None, at=NOW)
        address = reverse("petitions:replay", args=[tried.pk])

        desk = html(as_person(city.dispatcher).get(address))
        administrator = html(as_person(make_person(city.rdec, None, Role.ADMIN)).get(address))

        assert tried.differences.count() == 1
        assert hidden.case.number in desk
        assert hidden.case.number not in administrator
        assert "其中 1 件您不能看" in administrator

    def test_a_replay_that_was_given_up_can_be_begun_again(self, city, as_person):
        tried = replay.try_out(adding(), by=None, at=NOW - timedelta(hours=2))
        RuleReplay.objects.update(state=ReplayState.RUNNING)
        client = as_person(city.dispatcher)

        page = client.get(reverse("petitions:replay", args=[tried.pk]))
        again = client.post(reverse("petitions:replay_again", args=[tried.pk]))

        assert "沒有完成" in html(page)
        assert again.url != reverse("petitions:replay", args=[tried.pk])

    def test_one_that_runs_shows_how_far_it_is(self, city, as_person):
        tried = replay.try_out(adding(), by=None, at=NOW)
        RuleReplay.objects.update(state=ReplayState.RUNNING, total=9, done=4)

        page = html(as_person(city.dispatcher).get(reverse("petitions:replay", args=[tried.pk])))

        assert 'value="4" max="9"' in page
        assert "看現在到哪裡" in page

    def test_going_back_keeps_what_was_typed(self, city, as_person):
        tried = replay.try_out(adding(), by=None, at=NOW)

        page = as_person(city.dispatcher).get(reverse("petitions:add_rule", args=["words"]) + f"?from={tried.pk}")

        assert "落葉" in html(page)
        assert "常常派錯" in html(page)

    @pytest.mark.parametrize("kind", ["words", "routing"])
    def test_list_record_and_forms_open(self, city, as_person, kind):
        client = as_person(city.dispatcher)
        rule = rule_list.listed(Wanted(kind=kind), NOW, MONDAY)[0].rule

        for name in ("rule", "change_rule", "end_rule", "revive_rule"):
            assert client.get(reverse(f"petitions:{name}", args=[kind, rule.pk])).status_code == 200
        assert client.get(reverse("petitions:add_rule", args=[kind])).status_code == 200
        assert "路燈不亮" in html(client.get(reverse("petitions:rules")))
        assert "沒有符合的規則" in html(client.get(reverse("petitions:rules") + "?q=查無"))

    def test_a_change_to_come_is_withdrawn_with_one_click(self, city, as_person):
        new = saved(changing(lights(), content={"priority": 3}, valid_from=TOMORROW), city.dispatcher.account)

        page = as_person(city.dispatcher).post(
            reverse("petitions:withdraw_rule", args=["words", new.pk]), follow=True
        )  # fmt: skip

        assert "原來的規則照舊" in html(page)
        assert lights().valid_until is None

    @pytest.mark.parametrize("kind", ["csv", "ods"])
    def test_the_list_is_exported_and_written_down(self, city, as_person, kind):
        response = as_person(city.dispatcher).get(reverse("petitions:export_rules", args=[kind]))

        content = b"".join(response.streaming_content)
        assert content
        if kind == "csv":
            assert "路燈不亮" in content.decode("utf-8-sig")
        assert events()[-1] == "petition.rules_exported"

    def test_exported_keyword_rules_can_be_imported_again(self, city, as_person):
        response = as_person(city.dispatcher).get(reverse("petitions:export_rules", args=["csv"]) + "?kind=words")
        content = BytesIO(b"".join(response.streaming_content))
        StaffWords.objects.all().delete()

        assert take("words", content, Given(MONDAY, "", None, NOW)) == 2
        assert lights().any_of == ["路燈不亮"]

    def test_a_petition_leads_the_desk_to_the_rules_that_decided(self, city, as_person):
        record = reverse("petitions:record", args=[opened().case.reference])
        address = reverse("petitions:rule", args=["words", lights().pk])

        assert address in html(as_person(city.dispatcher).get(record))
        assert address not in html(as_person(city.coordinator).get(record))

    def test_an_officer_may_not(self, city, as_person):
        assert as_person(city.officer).get(reverse("petitions:rules")).status_code == 403


class TestModels:
    def test_another_version_is_tried_and_then_used(self, city, as_person):
        version = train(live=False)
        petition = opened(CLEAR)
        client = as_person(city.dispatcher)

        tried = client.post(reverse("petitions:try_model", args=[version.number]), follow=True)
        one = RuleReplay.objects.get()
        done = client.post(reverse("petitions:save_replay", args=[one.pk]), {"digest": one.digest}, follow=True)

        assert one.differences.get().petition == petition
        assert one.differences.get().now_automatic
        assert "1 件裡，1 件會派得不一樣" in html(tried)
        assert "第 1 版使用中" in html(done)
        assert queries.live(PURPOSE) == version
        assert "classify.went_live" in events()

    def test_one_in_use_is_not_tried(self, city, as_person):
        train()

        page = as_person(city.dispatcher).post(reverse("petitions:try_model", args=[1]), follow=True)

        assert "已經在使用中" in html(page)
        assert not RuleReplay.objects.exists()

    def test_one_is_not_used_where_another_came_meanwhile(self, city, by):
        train(live=False)
        tried = replay.try_model(1, by=by, at=NOW)
        classify.go_live(train(live=False), at=NOW)

        with pytest.raises(RulesChanged):
            replay.save_model(tried, digest=tried.digest, by=by, at=NOW)

    def test_one_that_was_not_watched_long_enough_is_refused(self, city, as_person):
        version = train(live=False)
        version.trained_at = NOW
        version.save()
        tried = replay.try_model(1, by=city.dispatcher.account, at=NOW)

        page = as_person(city.dispatcher).post(
            reverse("petitions:save_replay", args=[tried.pk]), {"digest": tried.digest}, follow=True
        )

        assert "14 天" in html(page)
        assert queries.live(PURPOSE) is None

    def test_one_click_leads_back(self, city, as_person):
        first = train()
        classify.go_live(train(live=False), at=NINE)
        client = as_person(city.dispatcher)

        listed = html(client.get(reverse("petitions:models")))
        client.post(reverse("petitions:roll_back_model"), {"reason": "派錯變多"})

        assert reverse("petitions:roll_back_model") in listed
        assert queries.live(PURPOSE) == first

    def test_a_damaged_one_says_nothing(self, city, by):
        version = train(live=False)
        version.checksum = "0" * 64
        version.save()
        opened(CLEAR)

        assert not replay.try_model(1, by=by, at=NOW).differences.exists()

    def test_none_yet_says_how_to_begin(self, city, as_person):
        assert "還沒有字詞模型" in html(as_person(city.dispatcher).get(reverse("petitions:models")))
