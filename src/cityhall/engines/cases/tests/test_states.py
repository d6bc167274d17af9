import csv
from pathlib import Path

import pytest

from cityhall.engines.cases.states import AT_AGENCY, ENDED, IN_HAND, MOVES, UNCONFIRMED, Move, Status

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


OUT = {
    Status.WITHDRAWN, Status.MERGED, Status.TRANSFERRED_OUTSIDE, Status.NOT_PROCESSED, Status.SPLIT, Status.REJOINED,
}  # fmt: skip
WAITING = {Status.RECEIVED, Status.DISPATCHING, Status.RETURNED, Status.ASSIGNED, Status.REOPENED}
"""It has a number and waits for an agency, or for somebody there."""
WORK = {Status.ACCEPTED, Status.FIRST_REPLIED, Status.IN_PROGRESS}
"""An officer works on it."""


def ways_into(status: Status) -> dict[Status, Move]:
    """From where a case can come to be so, and by which move."""
    return {start: moves[status] for start, moves in MOVES.items() if status in moves}


def same(starts, event, *needs, act=""):
    """The same move from each of some states."""
    return dict.fromkeys(starts, Move(event, needs, act))


# Who brings a case to a state, from where, and what has to be given: read from the state that is reached, where the
# table reads from the one that is left (note 01 §5.2).
WAYS = [
    # The citizen confirms, or does not.
    (Status.AWAITING_CONFIRMATION, {}),
    (Status.EXPIRED_UNCONFIRMED, same({Status.AWAITING_CONFIRMATION}, "expired")),
    (Status.RECEIVED, same({Status.AWAITING_CONFIRMATION}, "confirmed", "how")),
    # To the desk: by the machine with its reasons; taken back by the desk from an agency; again, from outside, from
    # another case, or from what was not processed. Never from what was answered: that is reopened.
    (
        Status.DISPATCHING,
        {
            **same({Status.RECEIVED}, "sent_to_desk", "reasons"),
            **same(WORK | {Status.ASSIGNED, Status.REOPENED}, "recalled", "reason", act="petitions.dispatch"),
            **same({Status.SPLIT}, "unsplit", "reason", act="petitions.dispatch"),
            **same({Status.MERGED}, "unmerged", "reason", act="petitions.dispatch"),
            **same({Status.TRANSFERRED_OUTSIDE}, "came_back", "reason", act="petitions.dispatch"),
            **same({Status.NOT_PROCESSED}, "taken_up", "reason", act="petitions.filter"),
        },
    ),
    # To an agency: by the machine at once, or by the desk; an officer hands it back to whoever assigns.
    (
        Status.ASSIGNED,
        {
            **same({Status.RECEIVED}, "dispatched", "agency"),
            **same({Status.DISPATCHING, Status.RETURNED}, "dispatched", "agency", act="petitions.dispatch"),
            **same(WORK, "handed_back", "reason", act="petitions.assign"),
        },
    ),
    # 改分 says why and to whom; not while the citizen is asked, nor while the answer waits for approval.
    (
        Status.RETURNED,
        same(
            WORK | {Status.ASSIGNED, Status.REOPENED},
            "returned", "reason", "proposed_agency", act="petitions.redispatch",
        ),
    ),
    (
        Status.ACCEPTED,
        {
            **same({Status.ASSIGNED, Status.REOPENED}, "accepted", "officer", act="petitions.assign"),
            **same({Status.AWAITING_CITIZEN}, "citizen_answered"),
        },
    ),
    (
        Status.FIRST_REPLIED,
        {
            **same({Status.ACCEPTED}, "first_replied", "reply"),
            **same({Status.AWAITING_CITIZEN}, "citizen_answered"),
        },
    ),
    (
        Status.IN_PROGRESS,
        {
            **same({Status.FIRST_REPLIED}, "work_started", act="petitions.handle"),
            **same({Status.AWAITING_CITIZEN}, "citizen_answered"),
            **same({Status.FINAL_REVIEW}, "reply_sent_back", "reason", act="petitions.approve"),
        },
    ),
    (Status.AWAITING_CITIZEN, same(WORK, "asked_citizen", "question", act="petitions.handle")),
    (Status.FINAL_REVIEW, same(WORK, "submitted", "reply", act="petitions.handle")),
    # Answered with a reply, from wherever it lies once it has been to the desk: one answer may end many cases.
    (
        Status.REPLIED,
        same(
            (WAITING - {Status.RECEIVED}) | WORK | {Status.AWAITING_CITIZEN, Status.FINAL_REVIEW}, "replied", "reply"
        ),
    ),
    (Status.CLOSED, same({Status.REPLIED}, "closed")),
    (Status.REOPENED, same({Status.REPLIED, Status.CLOSED}, "reopened", "reason", act="petitions.assign")),
    # Out of the way: withdrawn before it is confirmed too; while an answer waits for approval only withdrawn or merged.
    (
        Status.WITHDRAWN,
        same(
            WAITING | WORK | {Status.AWAITING_CITIZEN, Status.FINAL_REVIEW, Status.AWAITING_CONFIRMATION},
            "withdrawn", "reason",
        ),
    ),
    (
        Status.MERGED,
        same(
            WAITING | WORK | {Status.AWAITING_CITIZEN, Status.FINAL_REVIEW},
            "merged", "parent", act="petitions.dispatch",
        ),
    ),
    (
        Status.TRANSFERRED_OUTSIDE,
        same(
            WAITING | WORK | {Status.AWAITING_CITIZEN}, "transferred", "agency", "reason", act="petitions.dispatch"
        ),
    ),
    (
        Status.NOT_PROCESSED,
        same(
            WAITING | WORK | {Status.AWAITING_CITIZEN}, "not_processed", "ground", "reason", act="petitions.filter"
        ),
    ),
    # Into parts once the desk has it, and before the first answer; a part goes back while nobody has worked on it.
    (
        Status.SPLIT,
        same(
            {Status.DISPATCHING, Status.RETURNED, Status.ASSIGNED, Status.ACCEPTED},
            "split", "children", "reason", act="petitions.dispatch",
        ),
    ),
    (Status.REJOINED, same({Status.ASSIGNED}, "rejoined", "parent", "reason", act="petitions.dispatch")),
]  # fmt: skip


class TestWaysIntoAState:
    def test_are_told_for_every_state(self):
        assert sorted(status for status, _ways in WAYS) == sorted(Status)

    @pytest.mark.parametrize(("status", "ways"), WAYS, ids=[str(status) for status, _ways in WAYS])
    def test_are_these_and_no_others(self, status, ways):
        assert ways_into(status) == ways

    @pytest.mark.parametrize("status", sorted(OUT))
    def test_out_say_why_or_where_to(self, status):
        assert all(set(move.needs) & {"reason", "parent"} for move in ways_into(status).values())

    def test_of_the_machine_are_few(self):
        """Whatever nobody's right is asked for is the citizen's own step, the first dispatch, or follows from an answer."""
        free = {move.event for moves in MOVES.values() for move in moves.values() if not move.act}

        assert free == {
            "confirmed", "expired", "withdrawn", "sent_to_desk", "dispatched", "first_replied", "replied",
            "citizen_answered", "closed",
        }  # fmt: skip

    def test_from_what_is_withdrawn_never_confirmed_or_back_in_its_whole_there_are_none(self):
        assert MOVES[Status.WITHDRAWN] == {}
        assert MOVES[Status.REJOINED] == {}
        assert MOVES[Status.EXPIRED_UNCONFIRMED] == {}


class TestAMove:
    MOVE = Move("returned", ("reason", "proposed_agency"), "petitions.redispatch")

    def test_with_all_that_it_needs_lacks_nothing(self):
        assert self.MOVE.lacks({"reason": "非本局權責", "proposed_agency": 7, "more": None}) == []
        assert Move("closed").lacks({}) == []

    @pytest.mark.parametrize("empty", [None, "", []])
    def test_lacks_what_is_not_given_or_given_empty(self, empty):
        assert self.MOVE.lacks({"reason": empty, "proposed_agency": 7}) == ["reason"]
        assert self.MOVE.lacks({}) == ["reason", "proposed_agency"]

    @pytest.mark.parametrize("given", [0, False])
    def test_takes_nought_and_no_for_an_answer(self, given):
        assert Move("rated", ("solved",)).lacks({"solved": given}) == []
