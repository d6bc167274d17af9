"""What counts as the same matter, what may be joined, what is an incident and what a campaign: decisions alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.petitions.alike import (
    Band,
    Bar,
    Limits,
    Near,
    Reach,
    Side,
    band,
    groups,
    may_join,
    shown_before_filing,
    worth_showing,
)
from cityhall.domains.petitions.bursts import (
    MOVES,
    BurstRule,
    CampaignRule,
    Like,
    Outside,
    Report,
    Scene,
    Stand,
    bursts,
    campaign_of,
    outside,
)
from cityhall.domains.petitions.repeats import metres

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HERE = (121.3, 25.0)
RULE = BurstRule(count=3, metres=300, hours=6)
LIMITS = Limits(same=0.5, related=0.3)


def moved(east: float, north: float = 0.0) -> tuple[float, float]:
    """So many metres away from here, roughly."""
    return HERE[0] + east / 100_900, HERE[1] + north / 110_574


def report(key: int, *, east: float = 0.0, hours: float = 0.0, topic: str = "road") -> Report:
    return Report(key, topic, moved(east), NOW + timedelta(hours=hours))


class TestBand:
    def test_the_limits_belong_to_the_higher_band(self):
        assert [band(value, LIMITS) for value in (0.5, 0.49, 0.3, 0.29)] == [
            Band.SAME, Band.RELATED, Band.RELATED, Band.APART,
        ]  # fmt: skip


class TestGroups:
    def test_what_hangs_together_is_one_group_the_largest_first(self):
        assert groups([(2, 1), (9, 8), (3, 2)]) == [(1, 2, 3), (8, 9)]

    @given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20))))
    def test_every_petition_is_in_exactly_one(self, pairs):
        found = groups(pairs)

        assert sorted(key for group in found for key in group) == sorted({key for pair in pairs for key in pair})
        assert all(any(one in group and other in group for group in found) for one, other in pairs)


class TestJoining:
    def test_an_open_one_may_be_joined_to_an_open_one(self):
        assert may_join(Side(1, open=True), Side(2, open=True), most=200) is None

    @pytest.mark.parametrize(
        ("child", "parent", "why"),
        [
            (Side(1, open=True), Side(1, open=True), Bar.ITSELF),
            (Side(1, open=True, hidden=True), Side(2, open=True), Bar.HIDDEN),
            (Side(1, open=True), Side(2, open=True, hidden=True), Bar.HIDDEN),
            (Side(1, open=False), Side(2, open=True), Bar.ENDED),
            (Side(1, open=True, parent=3), Side(2, open=True), Bar.ENDED),
            (Side(1, open=True), Side(2, open=False), Bar.PARENT_ENDED),
            (Side(1, open=True), Side(2, open=True, parent=3), Bar.PARENT_JOINED),
            (Side(1, open=True, children=1), Side(2, open=False, parent=1), Bar.PARENT_JOINED),
            (Side(1, open=True, clustered=True), Side(2, open=True), Bar.CLUSTERED),
            (Side(1, open=True), Side(2, open=True, children=200), Bar.FULL),
            (Side(1, open=True, children=3), Side(2, open=True, children=197), Bar.FULL),
        ],
    )
    def test_what_bars_it(self, child, parent, why):
        assert may_join(child, parent, most=200) == why

    def test_the_two_hundredth_still_fits(self):
        assert may_join(Side(1, open=True), Side(2, open=True, children=199), most=200) is None
        assert may_join(Side(1, open=True, children=2), Side(2, open=True, children=197), most=200) is None

    @given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=40))
    def test_whatever_is_joined_there_is_no_grandchild_and_no_cycle(self, asked):
        parent: dict[int, int] = {}
        for child, to in asked:

            def side(key: int) -> Side:
                return Side(
                    key, open=key not in parent, parent=parent.get(key), children=list(parent.values()).count(key)
                )

            if may_join(side(child), side(to), most=4) is None:
                parent.update({key: to for key, above in parent.items() if above == child})
                parent[child] = to

        assert not set(parent) & set(parent.values())
        assert all(list(parent.values()).count(key) <= 4 for key in parent.values())


REACH = Reach(metres=250, days=30, solved_days=7, related=0.3)


def near(key: int = 1, **changed) -> Near:
    found = {"metres": 10.0, "opened_at": NOW - timedelta(days=1), "same_category": True, **changed}
    return Near(key, **found)


class TestBeforeFiling:
    @pytest.mark.parametrize(
        ("one", "shown"),
        [
            (near(), True),
            (near(metres=250.0), True),
            (near(metres=250.1), False),
            (near(opened_at=NOW - timedelta(days=30)), True),
            (near(opened_at=NOW - timedelta(days=30, seconds=1)), False),
            (near(ended_at=NOW - timedelta(days=7)), True),
            (near(ended_at=NOW - timedelta(days=7, seconds=1)), False),
            (near(same_category=False), False),
            (near(same_category=False, same_group=True), True),
            (near(same_category=False, likeness=0.3), True),
            (near(same_category=False, likeness=0.29), False),
        ],
    )
    def test_what_is_worth_showing(self, one, shown):
        assert worth_showing(one, REACH, now=NOW) is shown

    def test_open_ones_first_then_the_same_category_then_the_nearest(self):
        found = [
            near(1, ended_at=NOW - timedelta(days=1), metres=1.0),
            near(2, metres=90.0),
            near(3, metres=5.0, same_category=False, same_group=True),
            near(4, metres=40.0),
        ]

        assert [one.key for one in shown_before_filing(found, REACH, now=NOW, most=3)] == [4, 2, 3]


class TestBursts:
    def test_enough_near_in_place_and_time_are_one_incident(self):
        found = bursts([report(1), report(2, east=100, hours=1), report(3, east=200, hours=5)], RULE)

        assert [[one.key for one in burst.reports] for burst in found] == [[1, 2, 3]]
        assert found[0].began_at == NOW

    @pytest.mark.parametrize(
        "last",
        [report(3, east=700), report(3, hours=7), report(3, topic="water")],
        ids=["too far", "too late", "another topic"],
    )
    def test_two_are_too_few(self, last):
        assert bursts([report(1), report(2, east=50), last], RULE) == []

    def test_two_incidents_far_apart_are_two(self):
        some = [report(key, east=key) for key in range(3)] + [report(10 + key, east=5000 + key) for key in range(4)]

        assert [len(burst.reports) for burst in bursts(some, RULE)] == [4, 3]

    def test_nothing_is_no_incident(self):
        assert bursts([], RULE) == []

    @given(st.lists(st.tuples(st.floats(-900, 900), st.floats(0, 20), st.sampled_from(["road", "water"])), max_size=25))
    def test_every_incident_keeps_the_rule_and_no_report_is_in_two(self, given_reports):
        reports = [report(key, east=e, hours=h, topic=t) for key, (e, h, t) in enumerate(given_reports)]
        found = bursts(reports, RULE)

        keys = [one.key for burst in found for one in burst.reports]
        assert len(keys) == len(set(keys))
        for burst in found:
            assert len(burst.reports) >= RULE.count
            assert {one.topic for one in burst.reports} == {burst.centre.topic}
            assert all(metres(one.point, burst.centre.point) <= RULE.metres for one in burst.reports)
            assert burst.reports[-1].at - burst.reports[0].at <= RULE.span

    @given(st.lists(st.tuples(st.floats(-900, 900), st.floats(0, 20)), min_size=3, max_size=25))
    def test_none_is_overlooked(self, given_reports):
        """Around no report that is left there are enough others; asked without the squares."""
        reports = [report(key, east=e, hours=h) for key, (e, h) in enumerate(given_reports)]
        taken = {one.key for burst in bursts(reports, RULE) for one in burst.reports}
        left = [one for one in reports if one.key not in taken]

        for centre in left:
            close = sorted(
                (one for one in left if metres(one.point, centre.point) <= RULE.metres), key=lambda one: one.at
            )
            for first in close:
                window = [one for one in close if first.at <= one.at <= first.at + RULE.span]
                assert len(window) < RULE.count or centre not in window


SCENE = Scene(topic="road", centre=HERE, metres=300, began_at=NOW, hours=6)


class TestOutside:
    @pytest.mark.parametrize(
        ("one", "why"),
        [
            (report(1), None),
            (report(1, hours=200), None),
            (report(1, hours=-6), None),
            (report(1, hours=-6.1), Outside.BEFORE),
            (report(1, east=290), None),
            (report(1, east=320), Outside.FAR),
            (report(1, topic="water"), Outside.ANOTHER_TOPIC),
        ],
    )
    def test_what_belongs(self, one, why):
        assert outside(SCENE, one) == why

    def test_nothing_joins_what_is_over_or_what_a_person_took_out(self):
        over = Scene(topic="road", centre=HERE, metres=300, began_at=NOW, hours=6, open=False)

        assert outside(over, report(1)) == Outside.OVER
        assert outside(SCENE, report(1), taken_out=True) == Outside.TAKEN_OUT


class TestCampaigns:
    RULE = CampaignRule(count=3, days=7, likeness=0.8)

    def like(self, key: int, likeness: float = 0.9, days: float = 0.0) -> Like:
        return Like(key, likeness, NOW + timedelta(days=days))

    def test_enough_of_the_same_words_within_the_days(self):
        some = [self.like(1, 1.0), self.like(2, 0.8), self.like(3, days=-7), self.like(4, 0.79), self.like(5, days=8)]

        assert [one.key for one in campaign_of(NOW, some, self.RULE)] == [1, 2, 3]

    def test_fewer_are_none(self):
        assert campaign_of(NOW, [self.like(1), self.like(2)], self.RULE) == ()


class TestLife:
    def test_what_is_answered_stays_so_and_what_is_none_may_be_proposed_again(self):
        assert MOVES[Stand.CLOSED] == frozenset()
        assert MOVES[Stand.DISMISSED] == {Stand.PROPOSED}
        assert set(MOVES) == set(Stand)
