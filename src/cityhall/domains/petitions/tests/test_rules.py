from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.petitions.rules import (
    EDGE_METRES,
    Decided,
    Facts,
    Guess,
    RouteRule,
    Spot,
    Why,
    WordRule,
    decide,
    effect_of,
    find_tie,
    fold,
    may_be_promised,
    next_stage,
    overlap,
    route,
    stages_of,
    tied_words,
    word_hits,
    words_in,
)
from cityhall.domains.petitions.states import Effect

LIGHT = WordRule(1, 1, "street_light", any_of=("路燈不亮", "路燈壞"))
NEW_LIGHT = WordRule(2, 1, "street_light_new", any_of=("增設", "加裝"), every=("路燈",))
HOLE = WordRule(3, 1, "pothole", any_of=("坑洞",), none_of=("人孔",))
CITY = RouteRule(1, 1, "maintenance", category="street_light")
DISTRICT = RouteRule(2, 1, "district_daxi", category="street_light", district="68000030")
HIGHWAY = RouteRule(3, 1, "highway_bureau", category="pothole", manager="highway_bureau")
ROADS = RouteRule(4, 3, "maintenance", category="pothole")
TAOYUAN = Spot(district="68000010", village="68000010001", metres_to_edge=300.0, known=True)


def facts(text="", **given):
    rules = (LIGHT, NEW_LIGHT, HOLE)
    return Facts(
        hits=tuple(word_hits(text, rules)), rules=(CITY, DISTRICT, HIGHWAY, ROADS), **{"spot": TAOYUAN, **given}
    )


class TestWordRule:
    def test_needs_all_of_every_and_one_of_any(self):
        assert NEW_LIGHT.hits(fold("請在巷口增設路燈")) == ("路燈", "增設")
        assert NEW_LIGHT.hits(fold("請增設反射鏡")) == ()

    def test_is_silent_where_a_forbidden_word_stands(self):
        assert HOLE.hits(fold("人孔蓋旁有坑洞")) == ()

    def test_sees_through_width_space_and_variants(self):
        assert words_in("臺 北ＬＥＤ", ["台北LED"]) == ("台北LED",)

    def test_more_words_together_are_more_specific(self):
        hits = word_hits("路燈壞了，順便增設路燈", (LIGHT, NEW_LIGHT))

        assert hits[0].rule is NEW_LIGHT

    @given(st.text(max_size=200))
    def test_folding_twice_changes_nothing(self, text):
        assert fold(fold(text)) == fold(text)


class TestRoute:
    def test_the_manager_of_the_road_comes_before_the_category(self):
        spot = replace(TAOYUAN, manager="highway_bureau")

        assert route("pothole", spot, (ROADS, HIGHWAY)) is HIGHWAY
        assert route("pothole", TAOYUAN, (ROADS, HIGHWAY)) is ROADS

    def test_the_district_comes_before_the_category(self):
        assert route("street_light", replace(TAOYUAN, district="68000030"), (CITY, DISTRICT)) is DISTRICT

    def test_finds_nothing_for_an_unknown_category(self):
        assert route("wildlife", TAOYUAN, (CITY, DISTRICT)) is None


class TestFindTie:
    def test_names_two_rules_that_contradict_each_other(self):
        tie = find_tie([CITY, replace(CITY, id=9, agency="transport")])

        assert tie is not None
        assert (tie.one.id, tie.other.id) == (1, 9)

    def test_the_same_agency_twice_is_no_contradiction(self):
        assert find_tie([CITY, replace(CITY, id=9)]) is None


class TestDecide:
    def test_a_word_rule_dispatches_on_the_first_day(self):
        verdict = decide(facts("中山路200號前路燈不亮三天了"))

        assert (verdict.category, verdict.agency, verdict.automatic) == ("street_light", "maintenance", True)
        assert verdict.reasons == (Why.WORDS, Why.CATEGORY)
        assert verdict.hit is not None
        assert verdict.hit.words == ("路燈不亮",)

    def test_the_place_decides_the_district_office(self):
        verdict = decide(facts("路燈不亮", spot=replace(TAOYUAN, district="68000030")))

        assert (verdict.agency, verdict.reasons) == ("district_daxi", (Why.WORDS, Why.DISTRICT))

    def test_the_place_decides_the_road_manager(self):
        verdict = decide(facts("路上有坑洞", spot=replace(TAOYUAN, manager="highway_bureau")))

        assert (verdict.agency, verdict.reasons) == ("highway_bureau", (Why.WORDS, Why.MANAGER))

    def test_the_model_dispatches_only_when_its_gate_lets_it(self):
        sure = Guess(top=(("street_light", 0.97), ("pothole", 0.01)), automatic=True, live=True)

        assert decide(facts("燈暗暗的", guess=sure)).automatic
        assert decide(facts("燈暗暗的", guess=replace(sure, automatic=False))).reasons[-1] is Why.MODEL_DOUBTS
        assert not decide(facts("燈暗暗的", guess=replace(sure, live=False))).automatic

    def test_a_sure_model_that_contradicts_a_rule_asks_a_person(self):
        guess = Guess(top=(("pothole", 0.95),), automatic=True, live=True)

        verdict = decide(facts("路燈不亮", guess=guess))

        assert not verdict.automatic
        assert Why.RULE_AND_MODEL_DIFFER in verdict.reasons

    def test_an_unsure_model_does_not(self):
        guess = Guess(top=(("pothole", 0.4),), live=True)

        assert decide(facts("路燈不亮", guess=guess)).automatic

    def test_equal_rules_for_two_categories_ask_a_person(self):
        rival = WordRule(8, 1, "pothole", any_of=("道路坑洞",))

        verdict = decide(
            Facts(hits=tuple(word_hits("路燈不亮又有道路坑洞", (LIGHT, rival))), rules=(CITY, ROADS), spot=TAOYUAN)
        )

        assert Why.SEVERAL_RULES in verdict.reasons

    @pytest.mark.parametrize(
        ("given", "why"),
        [
            ({"always_person": ("市長",)}, Why.ALWAYS_PERSON),
            ({"confidential": True}, Why.CONFIDENTIAL),
            ({"hops": 2}, Why.MANY_HOPS),
            ({"addressed_to": "transport"}, Why.WRITTEN_TO_ANOTHER),
            ({"spot": Spot(inside_city=False, known=True)}, Why.OUTSIDE_CITY),
            ({"spot": Spot(), "needs_place": frozenset({"street_light"})}, Why.NO_PLACE),
            (
                {"spot": replace(TAOYUAN, metres_to_edge=EDGE_METRES), "needs_place": frozenset({"street_light"})},
                Why.NEAR_BORDER,
            ),
            (
                {"spot": replace(TAOYUAN, metres_to_edge=0.0), "needs_place": frozenset({"street_light"})},
                Why.NEAR_BORDER,
            ),
        ],
    )
    def test_never_by_itself(self, given, why):
        verdict = decide(facts("路燈不亮", **given))

        assert not verdict.automatic
        assert why in verdict.reasons

    def test_a_border_does_not_matter_where_the_place_does_not(self):
        assert decide(facts("路燈不亮", spot=replace(TAOYUAN, metres_to_edge=1.0))).automatic

    def test_without_model_and_rule_the_desk_decides(self):
        assert decide(facts("您好")).reasons == (Why.MODEL_DOWN,)
        assert decide(facts("您好", guess=Guess(live=True))).reasons == (Why.NO_CATEGORY,)

    def test_a_model_that_is_only_watched_has_no_say(self):
        watched = Guess(top=(("pothole", 0.99),), automatic=False, doubts=("shadow",), live=False)

        verdict = decide(facts("您好", guess=watched))
        assert (verdict.category, verdict.reasons) == ("", (Why.MODEL_WATCHED,))
        assert decide(facts("路燈不亮", guess=watched)).automatic
        assert decide(facts("您好", guess=watched, given_category="street_light")).automatic

    def test_a_category_without_agency_goes_to_the_desk(self):
        guess = Guess(top=(("wildlife", 0.99),), automatic=True, live=True)

        assert Why.NO_AGENCY in decide(facts("有蛇", guess=guess)).reasons

    def test_a_given_category_stands_unless_words_contradict_it(self):
        assert decide(facts("這裡有問題", given_category="street_light")).automatic
        assert not decide(facts("路面有坑洞", given_category="street_light")).automatic

    @given(
        st.lists(st.sampled_from(["路燈不亮", "坑洞", "增設路燈", "人孔", "您好"])).map("，".join),
        st.booleans(),
        st.booleans(),
        st.integers(0, 3),
        st.sampled_from([None, Guess(), Guess((("pothole", 0.99),), True, (), True)]),
    )
    def test_automatic_always_means_an_agency_and_no_stop(self, text, confidential, inside, hops, guess):
        spot = replace(TAOYUAN, inside_city=inside)

        verdict = decide(facts(text, confidential=confidential, hops=hops, spot=spot, guess=guess))

        if verdict.automatic:
            assert verdict.agency
            assert inside
            assert not confidential
            assert hops < 2
        assert verdict.reasons


class TestStages:
    def test_urgent_ones_are_answered_twice(self):
        assert (stages_of(True), stages_of(False)) == ((1, 2), (2,))

    def test_the_next_reply_belongs_to_the_next_stage(self):
        assert [next_stage(True, False), next_stage(True, True), next_stage(False, False)] == [1, 2, 2]

    def test_a_promise_may_be_earlier_never_later(self):
        assert may_be_promised(5, 5)
        assert not may_be_promised(6, 5)


WORDS = st.lists(st.sampled_from(["路燈", "路燈不亮", "坑洞", "人孔蓋", "噪音"]), max_size=3, unique=True).map(tuple)
WORD_RULES = st.builds(
    WordRule,
    id=st.integers(1, 99),
    version=st.just(1),
    category=st.sampled_from(["a", "b"]),
    any_of=WORDS,
    every=WORDS,
    none_of=WORDS,
    priority=st.integers(0, 1),
).filter(lambda rule: rule.any_of or rule.every)  # others are refused
DECIDED = st.builds(
    Decided, category=st.sampled_from("ab"), agency=st.sampled_from("xy"), automatic=st.booleans()
)  # fmt: skip


class TestTiedWords:
    LAMPS = WordRule(4, 1, "lamps", any_of=("路燈不亮",))

    @pytest.mark.parametrize(
        "other",
        [
            WordRule(5, 1, "signals", any_of=("路燈不亮", "號誌")),
            WordRule(5, 1, "signals", any_of=("燈不亮", "號誌不亮")),
            WordRule(5, 1, "signals", every=("路燈不亮",), any_of=()),
        ],
        ids=["the same word", "a word within a word", "the same word that must stand"],
    )
    def test_speak_of_the_same_words_at_the_same_rank(self, other):
        assert tied_words(self.LAMPS, other) == "路燈不亮"

    @pytest.mark.parametrize(
        "other",
        [
            WordRule(5, 1, "lamps", any_of=("路燈不亮",)),
            WordRule(5, 1, "signals", any_of=("路燈不亮",), priority=1),
            WordRule(5, 1, "signals", any_of=("號誌不亮",)),
            WordRule(5, 1, "signals", any_of=("路燈",), every=("不亮",)),
            WordRule(5, 1, "signals", any_of=("路燈不亮",), none_of=("燈",)),
        ],
        ids=["the same category", "another priority", "other words", "more words together", "never both"],
    )
    def test_are_told_apart(self, other):
        assert tied_words(self.LAMPS, other) == ""

    @given(WORD_RULES, WORD_RULES)
    def test_are_tied_both_ways_or_not_at_all(self, one, other):
        assert bool(tied_words(one, other)) == bool(tied_words(other, one))

    @given(WORD_RULES, WORD_RULES)
    def test_make_the_desk_decide_on_the_text_that_is_named(self, one, other):
        text = tied_words(one, other)

        if text:
            verdict = decide(Facts(hits=tuple(word_hits(text, (one, replace(other, id=100))))))
            assert Why.SEVERAL_RULES in verdict.reasons


class TestOverlap:
    @given(st.dates(), st.none() | st.dates(), st.dates(), st.none() | st.dates(), st.dates())
    def test_is_a_day_on_which_both_hold(self, a, b, c, d, day):
        both = a <= day and (b is None or day <= b) and c <= day and (d is None or day <= d)

        assert not both or overlap((a, b), (c, d))
        assert overlap((a, b), (c, d)) == overlap((c, d), (a, b))

    def test_is_none_where_one_ends_the_day_before(self):
        assert not overlap((date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 2, 1), None))
        assert overlap((date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 2, 1), None))


class TestEffect:
    RIGHT, WRONG = Decided("a", "x", True), Decided("a", "y", True)
    PROPOSED, MISLED = replace(RIGHT, automatic=False), replace(WRONG, automatic=False)

    @pytest.mark.parametrize(
        ("before", "now", "effect"),
        [
            (WRONG, RIGHT, Effect.BETTER),
            (PROPOSED, RIGHT, Effect.BETTER),
            (WRONG, MISLED, Effect.BETTER),
            (RIGHT, PROPOSED, Effect.WORSE),
            (MISLED, WRONG, Effect.WORSE),
            (WRONG, Decided("b", "y", True), Effect.OTHER),
            (RIGHT, RIGHT, None),
        ],
    )
    def test_is_judged_by_where_it_belonged(self, before, now, effect):
        assert effect_of(before, now, category="a", agency="x") == effect

    def test_is_unknown_while_nobody_knows_where_it_belonged(self):
        assert effect_of(self.WRONG, self.RIGHT, category="", agency="") == Effect.OTHER

    @given(DECIDED, DECIDED, st.sampled_from("ab"), st.sampled_from("xy"))
    def test_turns_round_with_the_change(self, before, now, category, agency):
        turned = {Effect.BETTER: Effect.WORSE, Effect.WORSE: Effect.BETTER}
        there = effect_of(before, now, category=category, agency=agency)

        assert effect_of(now, before, category=category, agency=agency) == turned.get(there, there)


class TestNarrowRoutes:
    def test_village_before_district_and_layer_before_both(self):
        district = RouteRule(1, 1, "a", category="pothole", district="68000010")
        village = replace(district, id=2, agency="b", village="68000010001")
        layer = RouteRule(3, 1, "c", category="pothole", layer="parks")
        spot = replace(TAOYUAN, manager_layer="parks")

        assert route("pothole", TAOYUAN, (district, village, layer)) is village
        assert route("pothole", spot, (district, village, layer)) is layer
        assert route("pothole", replace(TAOYUAN, village="68000010002"), (district, village, layer)) is district

    def test_of_equal_weight_meet_only_where_they_say_the_same(self):
        one = RouteRule(1, 1, "a", category="pothole", village="v1", district="d")
        other = replace(one, id=2, agency="b", village="v2")

        assert find_tie((one, other)) is None
        assert find_tie((one, replace(other, village="v1"))) is not None

    def test_with_words_speak_of_what_says_them_alone(self):
        plain = RouteRule(1, 1, "a", category="pothole")
        worded = replace(plain, id=2, agency="b", any_of=("產業道路",), none_of=("市道",))

        assert route("pothole", TAOYUAN, (plain, worded), fold("產業道路有坑洞")) is worded
        assert route("pothole", TAOYUAN, (plain, worded), fold("產業道路接市道有坑洞")) is plain
        assert route("pothole", TAOYUAN, (plain, worded), fold("巷口有坑洞")) is plain
        assert Why.WORDED in decide(replace(facts("產業道路有坑洞"), rules=(plain, worded), folded="產業道路")).reasons

    def test_with_words_come_before_a_category_without(self):
        worded = RouteRule(2, 1, "b", any_of=("產業道路",))

        assert route("pothole", TAOYUAN, (ROADS, HIGHWAY, worded), fold("產業道路有坑洞")) is worded

    def test_with_words_tie_where_they_read_the_same(self):
        one = RouteRule(1, 1, "a", category="pothole", any_of=("產業道路",))

        assert find_tie((one, replace(one, id=2, agency="b")))
        assert find_tie((one, replace(one, id=2, agency="b", any_of=("校園道路",)))) is None
        assert find_tie((one, replace(one, id=2, agency="b", any_of=()))) is None
        assert find_tie(
            (replace(one, any_of=(), none_of=("橋",)), replace(one, id=2, agency="b", any_of=(), none_of=("巷",)))
        )
