import csv
from pathlib import Path

import pytest

from cityhall.engines.cases.states import AT_AGENCY, ENDED, IN_HAND, MOVES, UNCONFIRMED, Status

ROLES = Path(__file__).parents[5] / "docs" / "roles.csv"


class TestMoves:
    def test_every_status_has_a_line(self):
        assert set(MOVES) == set(Status)

    def test_every_status_can_be_reached(self):
        reached = {Status.AWAITING_CONFIRMATION}
        while more := {to for status in reached for to in MOVES[status]} - reached:
            reached |= more

        assert reached == set(Status)

    def test_nothing_unconfirmed_reaches_an_agency_without_confirmation(self):
        assert set(MOVES[Status.AWAITING_CONFIRMATION]) & set(AT_AGENCY) == set()
        assert MOVES[Status.EXPIRED_UNCONFIRMED] == {}

    def test_every_act_is_one_of_the_permission_table(self):
        with ROLES.open(encoding="utf-8") as file:
            acts = {row["act"] for row in csv.DictReader(file)}

        assert {move.act for moves in MOVES.values() for move in moves.values()} - {""} <= acts

    @pytest.mark.parametrize("status", sorted(IN_HAND))
    def test_what_is_in_hand_is_not_ended(self, status):
        assert status not in ENDED
        assert status not in UNCONFIRMED

    def test_one_event_name_a_kind_of_step(self):
        for moves in MOVES.values():
            assert len({move.event for move in moves.values()}) >= len(moves) - 2
