"""The rules of 不理性重複陳情: of whom and what a listing speaks, what a proposal needs, who decides."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.petitions.repeats import (
    HOLDING,
    MOVES,
    OVER,
    Answer,
    Apart,
    Barred,
    Earlier,
    Evidence,
    Lack,
    Listing,
    Matter,
    Newcomer,
    Proposal,
    Sameness,
    Standing,
    apart,
    common_persons,
    lacks,
    last_day,
    likeness,
    looks_repeated,
    may_decide,
    may_judge,
    metres,
)
from cityhall.domains.petitions.states import RestrictionState

DAY = date(2026, 11, 16)
SAME = Sameness(likeness=0.6, metres=250)
TEXT = "中山路200號前的紅線劃得太長，請改成黃線"
CHEN, LIN = frozenset({"chen-mail", "chen-phone"}), frozenset({"lin-mail"})
HERE, NEAR, FAR = (121.3, 25.0), (121.301, 25.0), (121.31, 25.0)
LISTING = Listing(
    persons=CHEN, matter=Matter("road_marking", "transport", ("紅線",), (TEXT,), (HERE,)), standing=Standing.IN_FORCE,
    starts_on=DAY, ends_on=DAY + timedelta(days=90),
)  # fmt: skip
NEWCOMER = Newcomer(
    persons=frozenset({"chen-mail"}), category="road_marking", agency="transport", text="紅線還是太長", point=NEAR
)


def why(day=DAY, listing=LISTING, same=SAME, **changed):
    return apart(listing, replace(NEWCOMER, **changed), day, same)


class TestAListing:
    def test_speaks_of_its_person_and_its_matter(self):
        assert why() is None

    @pytest.mark.parametrize("standing", Standing)
    def test_holds_once_approved_and_until_it_ends(self, standing):
        expected = None if standing in HOLDING else Apart.NOT_IN_FORCE

        assert why(listing=replace(LISTING, standing=standing)) == expected

    def test_holds_on_its_first_and_on_its_last_day_and_on_none_beside_them(self):
        assert why(LISTING.starts_on) is None
        assert why(LISTING.ends_on) is None
        assert why(LISTING.starts_on - timedelta(days=1)) == Apart.NOT_IN_FORCE
        assert why(LISTING.ends_on + timedelta(days=1)) == Apart.NOT_IN_FORCE

    def test_never_speaks_of_somebody_else(self):
        assert why(persons=LIN) == Apart.ANOTHER_PERSON

    def test_never_speaks_of_somebody_who_is_not_verified(self):
        assert why(persons=frozenset()) == Apart.NOBODY_VERIFIED

    @pytest.mark.parametrize("what", ["urgent", "danger"])
    def test_lets_what_is_urgent_or_dangerous_pass(self, what):
        assert why(**{what: True}) == Apart.URGENT

    def test_lets_what_is_confidential_pass(self):
        assert why(confidential=True) == Apart.CONFIDENTIAL

    def test_leaves_to_people_what_the_machine_is_not_sure_of(self):
        assert why(sure=False) == Apart.UNSURE

    def test_does_not_speak_of_another_category(self):
        assert why(category="street_light") == Apart.ANOTHER_CATEGORY

    def test_does_not_speak_of_another_agencys_matter(self):
        assert why(agency="works") == Apart.ANOTHER_AGENCY

    def test_does_not_speak_of_another_place(self):
        assert why(point=FAR) == Apart.ANOTHER_PLACE

    def test_speaks_of_a_place_near_any_of_the_earlier_ones(self):
        matter = replace(LISTING.matter, points=(FAR, HERE))

        assert why(listing=replace(LISTING, matter=matter)) is None

    def test_asks_for_no_place_where_none_is_known(self):
        assert why(point=None) is None
        assert why(listing=replace(LISTING, matter=replace(LISTING.matter, points=())), point=FAR) is None

    def test_speaks_of_a_place_at_the_very_distance(self):
        exactly = replace(SAME, metres=metres(HERE, NEAR))

        assert why(same=exactly) is None

    def test_does_not_speak_of_other_words(self):
        assert why(text="停車格線看不清楚，請重劃") == Apart.ANOTHER_MATTER

    def test_wants_all_of_its_words(self):
        two = replace(LISTING, matter=replace(LISTING.matter, words=("紅線", "太長")))

        assert why(listing=two) is None
        assert why(listing=two, text="紅線請重劃") == Apart.ANOTHER_MATTER

    def test_finds_its_words_however_they_are_written(self):
        assert why(listing=replace(LISTING, matter=replace(LISTING.matter, words=("ABC臺",))), text="ａｂｃ 台") is None

    def test_without_words_goes_by_likeness_alone(self):
        without = replace(LISTING, matter=replace(LISTING.matter, words=()))

        assert why(listing=without) == Apart.ANOTHER_MATTER
        assert why(listing=without, text=TEXT + "！") is None

    def test_speaks_of_a_text_that_is_exactly_as_alike_as_asked(self):
        text = "中山路200號前的紅線太長"
        exactly = Sameness(likeness(text, TEXT), 250)
        without = replace(LISTING, matter=replace(LISTING.matter, words=()))

        assert why(listing=without, text=text, same=exactly) is None
        assert why(listing=without, text=text, same=replace(exactly, likeness=exactly.likeness + 0.001)) == (
            Apart.ANOTHER_MATTER
        )


persons = st.frozensets(st.sampled_from(["chen-mail", "chen-phone", "lin-mail", "wu-account"]), max_size=3)
places = st.none() | st.sampled_from([HERE, NEAR, FAR])
listings = st.builds(
    Listing,
    persons=persons,
    matter=st.builds(
        Matter,
        category=st.sampled_from(["road_marking", "street_light"]),
        agency=st.sampled_from(["transport", "works"]),
        words=st.lists(st.sampled_from(["紅線", "太長", "黃線"]), max_size=2).map(tuple),
        texts=st.lists(st.sampled_from([TEXT, "紅線", "路燈不亮"]), max_size=2).map(tuple),
        points=st.lists(st.sampled_from([HERE, FAR]), max_size=2).map(tuple),
    ),
    standing=st.sampled_from(Standing),
    starts_on=st.integers(-5, 5).map(lambda n: DAY + timedelta(days=n)),
    ends_on=st.integers(-5, 5).map(lambda n: DAY + timedelta(days=n)),
)
newcomers = st.builds(
    Newcomer,
    persons=persons,
    category=st.sampled_from(["", "road_marking", "street_light"]),
    agency=st.sampled_from(["", "transport", "works"]),
    text=st.sampled_from([TEXT, "紅線太長", "路燈不亮", "", "樹倒了"]) | st.text(max_size=20),
    point=places,
    urgent=st.booleans(),
    danger=st.booleans(),
    confidential=st.booleans(),
    sure=st.booleans(),
)


class TestWhateverComes:
    @given(listings, newcomers)
    def test_a_listing_speaks_only_of_its_own_person_matter_and_days(self, listing, newcomer):
        if apart(listing, newcomer, DAY, SAME) is None:
            assert newcomer.persons & listing.persons
            assert newcomer.category == listing.matter.category
            assert newcomer.agency == listing.matter.agency
            assert listing.starts_on <= DAY <= listing.ends_on
            assert listing.standing in HOLDING
            assert newcomer.sure
            assert (newcomer.urgent, newcomer.danger, newcomer.confidential) == (False, False, False)

    @given(listings, newcomers, st.sampled_from(["urgent", "danger", "confidential"]))
    def test_urgent_dangerous_and_confidential_ones_always_pass(self, listing, newcomer, what):
        assert apart(listing, replace(newcomer, **{what: True}), DAY, SAME) is not None

    @given(listings, newcomers)
    def test_nobody_verified_is_nobody_listed(self, listing, newcomer):
        assert apart(listing, replace(newcomer, persons=frozenset()), DAY, SAME) is not None

    @given(listings, newcomers)
    def test_others_are_never_touched(self, listing, newcomer):
        assert apart(replace(listing, persons=listing.persons - newcomer.persons), newcomer, DAY, SAME) is not None

    @given(st.text(max_size=40), st.text(max_size=40))
    def test_likeness_is_a_share_and_the_same_both_ways(self, one, other):
        assert 0.0 <= likeness(one, other) <= 1.0
        assert likeness(one, other) == pytest.approx(likeness(other, one))

    @given(st.text(max_size=40))
    def test_a_text_is_like_itself_if_it_says_anything(self, text):
        assert likeness(text, text) == pytest.approx(1.0 if likeness(text, text) else 0.0)


class TestLikeness:
    def test_of_nothing_is_none(self):
        assert likeness("", "") == 0.0
        assert likeness("，。！", TEXT) == 0.0

    def test_counts_runs_of_three_letters(self):
        assert likeness("甲乙丙丁", "甲乙丙戊") == pytest.approx(0.5)

    def test_looks_past_marks_and_spaces(self):
        assert likeness("甲乙丙丁", "甲，乙 丙。丁") == pytest.approx(1.0)

    def test_of_one_or_two_letters_goes_by_the_whole(self):
        assert likeness("甲乙", "甲乙") == pytest.approx(1.0)
        assert likeness("甲乙", "甲丙") == 0.0

    def test_weighs_how_often_a_run_comes(self):
        assert likeness("甲甲甲甲乙", "甲甲甲丙") == pytest.approx(2 / (5 * 2) ** 0.5)
        assert likeness("甲甲甲丙", "甲甲甲甲乙") == pytest.approx(2 / (5 * 2) ** 0.5)

    def test_of_three_letters_goes_by_one_run(self):
        assert likeness("甲乙丙", "甲乙丙丁") == pytest.approx(0.5**0.5)


def test_metres_are_right_to_one_in_a_hundred():
    assert metres((121.3, 25.0), (121.3, 25.01)) == pytest.approx(1108, rel=0.01)
    assert metres((121.3, 25.0), (121.31, 25.0)) == pytest.approx(1009, rel=0.01)


GOOD = Proposal(
    evidence=(
        Evidence(CHEN, "transport", DAY - timedelta(days=60)),
        Evidence(frozenset({"chen-mail"}), "transport", DAY - timedelta(days=10)),
    ),
    needs_answer=True,
    answer=Answer(frozenset({"chen-mail"}), DAY - timedelta(days=50)),
    agency="transport",
    words=("紅線",),
    notice="您反映的事由，本局已在前案說明。",
    today=DAY,
    starts_on=DAY,
    ends_on=last_day(DAY, 12),
    review_on=DAY + timedelta(days=180),
)  # fmt: skip


def lacking(**changed):
    return lacks(replace(GOOD, **changed), fewest=2, months=12)


class TestAProposal:
    def test_with_everything_lacks_nothing(self):
        assert lacking() == ()

    def test_needs_as_many_petitions_as_the_rule_says(self):
        assert lacking(evidence=GOOD.evidence[1:]) == (Lack.FEW_PETITIONS,)
        assert lacks(GOOD, fewest=3, months=12) == (Lack.FEW_PETITIONS,)

    def test_without_any_petition_does_not_ask_who_it_was(self):
        assert lacking(evidence=(), needs_answer=False, answer=None) == (Lack.FEW_PETITIONS,)

    def test_is_about_one_person(self):
        other = replace(GOOD.evidence[1], persons=LIN)

        assert Lack.NOT_ONE_PERSON in lacking(evidence=(GOOD.evidence[0], other))

    def test_uses_no_petition_whose_sender_is_kept_secret(self):
        hidden = replace(GOOD.evidence[1], hidden=True)

        assert lacking(evidence=(GOOD.evidence[0], hidden)) == (Lack.HIDDEN_PETITION,)

    def test_uses_the_agencys_own_petitions(self):
        foreign = replace(GOOD.evidence[0], agency="works")

        assert lacking(evidence=(foreign, GOOD.evidence[1])) == (Lack.ANOTHER_AGENCY,)

    def test_after_a_clear_answer_shows_the_answer(self):
        assert lacking(answer=None) == (Lack.NO_ANSWER,)
        assert lacking(answer=None, needs_answer=False) == ()

    def test_shows_an_answer_to_that_person(self):
        assert lacking(answer=replace(GOOD.answer, persons=LIN)) == (Lack.ANSWER_TO_ANOTHER,)

    def test_shows_that_the_person_wrote_again_after_the_answer(self):
        late = replace(GOOD.answer, sent_on=DAY - timedelta(days=9))

        assert lacking(answer=late) == (Lack.NOTHING_AFTER_ANSWER,)
        assert lacking(answer=late, needs_answer=False) == ()
        assert lacking(answer=replace(late, sent_on=DAY - timedelta(days=10))) == ()

    def test_wants_words_that_say_something(self):
        assert lacking(words=("紅線", "長")) == (Lack.SHORT_WORD,)
        assert lacking(words=()) == ()

    def test_tells_the_citizen(self):
        assert lacking(notice=" \n") == (Lack.NO_NOTICE,)

    def test_does_not_begin_before_today(self):
        day = DAY - timedelta(days=1)

        assert lacking(starts_on=day, ends_on=DAY, review_on=DAY) == (Lack.STARTS_BEFORE_TODAY,)

    def test_lasts_a_day_at_least_and_twelve_months_at_most(self):
        assert lacking(ends_on=DAY, review_on=DAY) == ()
        assert lacking(ends_on=DAY - timedelta(days=1)) == (Lack.ENDS_BEFORE_START, Lack.REVIEW_OUTSIDE)
        assert lacking(ends_on=date(2027, 11, 15)) == ()
        assert lacking(ends_on=date(2027, 11, 16)) == (Lack.TOO_LONG,)

    def test_is_reviewed_while_it_lasts(self):
        assert lacking(review_on=GOOD.starts_on) == ()
        assert lacking(review_on=GOOD.ends_on) == ()
        assert lacking(review_on=GOOD.starts_on - timedelta(days=1)) == (Lack.REVIEW_OUTSIDE,)
        assert lacking(review_on=GOOD.ends_on + timedelta(days=1)) == (Lack.REVIEW_OUTSIDE,)

    def test_is_made_once(self):
        assert lacking(doubled=True) == (Lack.DOUBLED,)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 11, 16), 12, date(2027, 11, 15)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
        (date(2028, 2, 29), 12, date(2029, 2, 27)),
        (date(2026, 1, 31), 1, date(2026, 2, 27)),
        (date(2026, 11, 16), 1, date(2026, 12, 15)),
        (date(2026, 12, 31), 12, date(2027, 12, 30)),
        (date(2026, 10, 31), 1, date(2026, 11, 29)),
    ],
)
def test_the_last_day_of_some_months(start, months, end):
    assert last_day(start, months) == end


def test_what_all_petitions_have_in_common():
    assert common_persons(GOOD.evidence) == {"chen-mail"}
    assert common_persons(()) == frozenset()


class TestWhoDecides:
    HEADS = frozenset({7})

    def test_the_agencys_head_may(self):
        assert may_decide(Standing.PROPOSED, 7, proposer=3, heads=self.HEADS) is None

    def test_nobody_else_may(self):
        for person in (3, 8, None):
            assert may_decide(Standing.PROPOSED, person, proposer=3, heads=self.HEADS) == Barred.NOT_THE_HEAD

    def test_the_head_may_not_on_their_own_proposal(self):
        assert may_decide(Standing.PROPOSED, 7, proposer=7, heads=self.HEADS) == Barred.OWN_PROPOSAL

    @pytest.mark.parametrize("standing", [one for one in Standing if one != Standing.PROPOSED])
    def test_only_what_waits_is_decided(self, standing):
        assert may_decide(standing, 7, proposer=3, heads=self.HEADS) == Barred.NOT_WAITING

    def test_an_appeal_is_judged_by_somebody_who_had_no_part_in_it(self):
        parts = frozenset({3, 7, None})

        assert may_judge(Standing.APPEALED, 9, had_part=parts) is None
        assert may_judge(Standing.APPEALED, 7, had_part=parts) == Barred.OWN_DECISION
        assert may_judge(Standing.APPEALED, None, had_part=frozenset()) == Barred.OWN_DECISION
        assert may_judge(Standing.IN_FORCE, 9, had_part=parts) == Barred.NOT_WAITING


class TestWhatLooksRepeated:
    EARLIER = (Earlier(TEXT, DAY - timedelta(days=90)), Earlier(TEXT + "！", DAY - timedelta(days=1)))

    def looks(self, earlier=EARLIER, count=3, days=90):
        return looks_repeated(TEXT, DAY, earlier, count=count, days=days, same=SAME)

    def test_is_three_alike_in_ninety_days(self):
        assert self.looks() == self.EARLIER

    def test_counts_what_came_on_the_same_day(self):
        earlier = (self.EARLIER[0], replace(self.EARLIER[1], opened_on=DAY))

        assert self.looks(earlier) == earlier

    def test_counts_what_is_exactly_as_alike_as_asked(self):
        other = Earlier("中山路200號前的紅線太長", DAY)
        exactly = Sameness(likeness(TEXT, other.text), 250)

        assert looks_repeated(TEXT, DAY, (other,), count=2, days=90, same=exactly) == (other,)

    def test_is_not_two(self):
        assert self.looks(self.EARLIER[1:]) == ()
        assert self.looks(count=4) == ()

    def test_is_not_over_a_longer_time(self):
        assert self.looks(days=89) == ()

    def test_is_not_what_comes_later(self):
        assert self.looks((self.EARLIER[0], Earlier(TEXT, DAY + timedelta(days=1)))) == ()

    def test_is_not_about_other_matters(self):
        assert self.looks((self.EARLIER[0], Earlier("路燈不亮", DAY))) == ()


class TestTheWords:
    def test_of_rules_and_of_the_database_are_the_same(self):
        assert {str(one) for one in Standing} == set(RestrictionState.values)

    @pytest.mark.parametrize(
        ("to", "starts"),
        [
            (Standing.PROPOSED, ()),
            (Standing.RETURNED, (Standing.PROPOSED,)),
            # Approved for a day to come, or at once; and again when an appeal is refused.
            (Standing.APPROVED, (Standing.PROPOSED, Standing.APPEALED)),
            (Standing.IN_FORCE, (Standing.PROPOSED, Standing.APPEALED, Standing.APPROVED)),
            # Whoever is listed may appeal, and the listing be lifted, from the approval to its end.
            (Standing.APPEALED, (Standing.APPROVED, Standing.IN_FORCE)),
            (Standing.LIFTED, (Standing.APPROVED, Standing.IN_FORCE, Standing.APPEALED)),
            # It runs out once it has begun: an appeal does not make it longer.
            (Standing.EXPIRED, (Standing.IN_FORCE, Standing.APPEALED)),
        ],
    )
    def test_a_listing_comes_to_stand_so_only_from_these(self, to, starts):
        assert {start for start, onward in MOVES.items() if to in onward} == set(starts)

    def test_nothing_ends_that_was_not_approved(self):
        assert MOVES[Standing.PROPOSED] - HOLDING == {Standing.RETURNED}

    def test_what_is_over_stays_over(self):
        assert {one for one, onward in MOVES.items() if not onward} == OVER
        assert set(MOVES) == set(Standing)
