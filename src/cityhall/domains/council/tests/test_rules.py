"""How a council item goes on, which inspections count, which month is asked for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.council import rules
from cityhall.domains.council.rules import Answer, verdict_for
from cityhall.domains.council.services import propose
from cityhall.domains.council.states import Ground, Verdict


class TestVerdict:
    @pytest.mark.parametrize("answer", [Answer(done=True), Answer(explained=True)])
    def test_of_what_is_done_or_explained_releases(self, answer):
        assert verdict_for(answer) == Verdict.RELEASED

    @pytest.mark.parametrize(
        "answer", [Answer(under_study=True), Answer(routine=True), Answer(partly_done=True), Answer(outreach=True)]
    )
    def test_of_what_goes_on_anyway_is_left_to_the_agency(self, answer):
        assert verdict_for(answer) == Verdict.SELF_TRACKED

    def test_of_everything_else_tracks_on(self):
        assert verdict_for(Answer()) == Verdict.TRACKED

    @given(st.frozensets(st.sampled_from([one.value for one in Ground])))
    def test_proposed_is_that_of_the_rule(self, grounds):
        expected = (
            Verdict.RELEASED
            if grounds & {"DONE", "EXPLAINED"}
            else Verdict.SELF_TRACKED
            if grounds
            else Verdict.TRACKED
        )

        assert propose(grounds) == expected


class TestInspection:
    def test_of_an_agency_always_counts_of_a_district_office_from_its_day_on(self):
        since = date(2017, 1, 1)

        assert rules.inspection_counts(district_office=False, held_on=date(2016, 12, 31), districts_since=since)
        assert not rules.inspection_counts(district_office=True, held_on=date(2016, 12, 31), districts_since=since)
        assert rules.inspection_counts(district_office=True, held_on=since, districts_since=since)


@pytest.mark.parametrize(
    ("today", "month"),
    [
        (date(2026, 11, 16), date(2026, 10, 1)),
        (date(2026, 1, 1), date(2025, 12, 1)),
        (date(2026, 3, 31), date(2026, 2, 1)),
    ],
)
def test_the_month_before_is_asked_for(today, month):
    assert rules.month_asked_for(today) == month
