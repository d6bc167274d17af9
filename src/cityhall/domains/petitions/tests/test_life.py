"""Any sequence of acts keeps a petition sound (a state machine that hypothesis drives).

The acts are those that the page offers at the moment (`services.acts.ACTS`), the citizen's own, and the night's; what is
refused changes nothing. Moves outside of the table are tried too.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.services import citizen, filing, splitting, upkeep
from cityhall.domains.petitions.services.acts import ACTS
from cityhall.domains.petitions.states import Ground, Outcome
from cityhall.domains.petitions.tests.city import NINE, City, file, make_city, opened
from cityhall.engines.audit.queries import verify
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.services import CannotAct, CannotMoveCase
from cityhall.engines.cases.states import ENDED, MOVES, UNCONFIRMED, ReplyState, Status
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.letters.models import Letter
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of

# What the restriction register asks for is a story of its own (test_restrictions.py).
ACTS_TRIED = sorted(set(ACTS) - {"restrict", "decline", "new_cause", "contractor"})
RUNNING = ("RUNNING", "PAUSED")


def fresh(pk: int) -> Petition:
    return Petition.objects.select_related("case__requester", "case__agency", "case__unit", "case__officer").get(pk=pk)


class Life(RuleBasedStateMachine):
    """One petition, everybody who can do something to it, and the clock on the wall."""

    city: City

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.city = make_city()
        self.at = NINE
        self.refused: list[str] = []

    def teardown(self) -> None:
        try:
            assert verify().ok
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    @initialize()
    def is_filed(self) -> None:
        self.pk = file().pk
        self.other = opened("中山路 202 號前路燈不亮三天了").pk
        self.before = self.seen()

    # --- what can happen ---

    @rule()
    def is_confirmed(self) -> None:
        self.try_to(lambda: filing.confirm(fresh(self.pk), how="email_code", by=None, at=self.at))

    @rule(code=st.sampled_from(ACTS_TRIED), choice=st.integers(0, 5))
    def somebody_acts(self, code: str, choice: int) -> None:
        """Whoever has the right does what the page offers."""
        petition = fresh(self.pk)
        if not ACTS[code].possible(petition, self.at):
            return
        by = self.who(code, petition)
        self.try_to(lambda: ACTS[code].do(petition, self.given(code, petition, choice), by, self.at))

    @rule(code=st.sampled_from(["dispatch", "assign", "submit", "approve", "take_up"]))
    def the_next_step_is_taken(self, code: str) -> None:
        """What the page offers first, so that petitions come far."""
        petition = fresh(self.pk)
        if ACTS[code].possible(petition, self.at):
            self.try_to(
                lambda: ACTS[code].do(petition, self.given(code, petition, 0), self.who(code, petition), self.at)
            )

    @rule(what=st.sampled_from(["facts", "urge", "answer", "withdraw", "rate", "reopen"]))
    def the_citizen_acts(self, what: str) -> None:
        petition, more = fresh(self.pk), {"by": None, "at": self.at}
        acts = {
            "facts": lambda: citizen.add_facts(petition, text="還是不亮", **more),
            "urge": lambda: citizen.urge(petition, **more),
            "answer": lambda: citizen.answer(petition, text="在 200 號門口", **more),
            "withdraw": lambda: citizen.withdraw(petition, reason="已經好了", **more),
            "rate": lambda: citizen.rate(petition, score=4, solved=True, comment="", **more),
            "reopen": lambda: citizen.ask_reopen(petition, reason="又壞了", **more),
        }
        self.try_to(acts[what])

    @rule(hours=st.sampled_from([1, 20, 24 * 8, 24 * 40]))
    def time_passes(self, hours: int) -> None:
        self.at += timedelta(hours=hours)
        upkeep.nightly(self.at)

    @precondition(lambda self: fresh(self.pk).case.status != Status.AWAITING_CONFIRMATION)
    @rule(to=st.sampled_from(list(Status)))
    def a_move_outside_of_the_table_is_refused(self, to: Status) -> None:
        case = fresh(self.pk).case
        if to in MOVES[Status(case.status)]:
            return
        with pytest.raises(CannotMoveCase), transaction.atomic():
            cases.move(case, to, by=None, at=self.at, given={})

    # --- what always holds ---

    def seen(self) -> dict[str, Any]:
        case = Case.objects.get(pk=self.pk)
        return {
            "status": Status(case.status), "number": case.number, "opened": case.opened_on, "version": case.version,
            "replies": list(case.replies.order_by("pk").values_list("state", "version")),
            "letters": Letter.objects.count(),
            "todos": sorted(Todo.objects.filter(closed_at=None).values_list("kind", "pk")),
        }  # fmt: skip

    def try_to(self, do: Any) -> None:
        """Do it; refused, it leaves everything as it was."""
        before = self.seen()
        try:
            with transaction.atomic():
                do()
        except CannotAct:
            assert self.seen() == before

    @invariant()
    def moves_are_those_of_the_table(self) -> None:
        if not hasattr(self, "pk"):
            return
        steps = list(
            Case.objects.get(pk=self.pk).events.exclude(status="").order_by("n").values_list("status", flat=True)
        )
        for one, other in zip(steps, steps[1:], strict=False):
            assert one == other or Status(other) in MOVES[Status(one)], (one, other)

    @invariant()
    def the_timeline_says_where_it_stands(self) -> None:
        if not hasattr(self, "pk"):
            return
        case = Case.objects.get(pk=self.pk)
        numbers = list(case.events.order_by("n").values_list("n", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        assert case.version == len(numbers)
        last = case.events.exclude(status="").order_by("-n").values_list("status", flat=True).first()
        assert last is None or last == case.status

    @invariant()
    def a_number_is_for_ever(self) -> None:
        if not hasattr(self, "pk"):
            return
        now = self.seen()
        assert (now["number"] is None) == (now["status"] in UNCONFIRMED or (
            now["status"] == Status.WITHDRAWN and now["opened"] is None
        ))  # fmt: skip
        if self.before["number"]:
            assert (now["number"], now["opened"]) == (self.before["number"], self.before["opened"])
        self.before = now

    @invariant()
    def whoever_waits_is_waited_for(self) -> None:
        """Open: a clock runs or stands, and it is on somebody's list. Ended: neither, but for what is asked again."""
        if not hasattr(self, "pk"):
            return
        petition = fresh(self.pk)
        case = petition.case
        if not case.is_confirmed:
            return
        running = Clock.objects.filter(subject_type__model="case", subject_id=case.pk, state__in=RUNNING)
        todos = set(
            Todo.objects.filter(content_type__model="case", object_id=case.pk, closed_at=None).values_list(
                "kind", flat=True
            )
        )
        if case.is_ended:
            assert case.status in ENDED
            assert case.ended_at is not None
            assert not running.exists()
            assert todos <= {"petition.reopen", "petition.follow_up"}, todos
        else:
            assert case.ended_at is None
            assert running.count() == 1, case.status
            assert todos, case.status

    @invariant()
    def one_reply_of_a_stage_is_in_work(self) -> None:
        if not hasattr(self, "pk"):
            return
        states = list(Case.objects.get(pk=self.pk).replies.values_list("stage", "state"))
        in_work = [one for one in states if one[1] != ReplyState.SENT]
        assert len(in_work) <= 1, states

    # --- who, and with what ---

    def who(self, code: str, petition: Petition) -> Any:
        city, case = self.city, petition.case
        theirs = case.agency == city.transport
        if code in {"approve", "send_back"}:
            waiting = case.replies.filter(state=ReplyState.IN_REVIEW).select_related("approver__account").first()
            return (waiting.approver if waiting and waiting.approver else city.chief).account
        if code == "decide_extension":
            asked = petition.extensions.filter(state="ASKED").select_related("approver__account").first()
            return (asked.approver if asked and asked.approver else city.chief).account
        if code in {"dispatch", "transfer", "merge", "filter", "take_up", "split", "unsplit"}:
            return city.dispatcher.account
        if code in {"assign", "return", "category", "reopen", "alert"}:
            return (city.other_coordinator if theirs else city.coordinator).account
        if code == "opinion":
            return (city.coordinator if theirs else city.other_coordinator).account
        return (city.other_officer if theirs else city.officer).account

    def given(self, code: str, petition: Petition, choice: int) -> dict[str, Any]:
        city, case = self.city, petition.case
        theirs = case.agency == city.transport
        officer = city.other_officer if theirs else [city.officer, city.colleague][choice % 2]
        reply = {"text": ["已派工。", "已修復。", ""][choice % 3], "outcome": Outcome.SOLVED.value}
        return {
            "dispatch": {"category": [city.street_light, city.road_marking][choice % 2], "agency": None},
            "assign": {"unit": None, "officer": officer},
            "draft": reply,
            "submit": {**reply, "promised_on": day_of(self.at) + timedelta(days=2) if choice == 3 else None},
            "send_back": {"reason": "請補充時間"},
            "ask": {"text": "請問是哪一盞？"},
            "co_handler": {
                "agency": city.works if theirs else city.transport, "asked": "請看號誌", "working_days": 2,
            },
            "opinion": {"answer": "號誌正常"},
            "copy": {"agency": city.rdec},
            "return": {"proposed": city.works if theirs else city.transport, "reason": "不是本處的"},
            "hand_back": {"reason": "不是本科的"},
            "category": {"category": [city.park_upkeep, city.street_light][choice % 2]},
            "extend": {"working_days": 3, "reason": "等料"},
            "decide_extension": {"granted": ["yes", "no"][choice % 2], "decision": "同意"},
            "note": {"text": "已電話聯絡"},
            "facts": {"text": "民眾來電補充"},
            "urge": {"text": "民眾來電催辦"},
            "reopen": {"granted": ["yes", "no"][choice % 2], "decision": "再看一次"},
            "promise": {"proof": "已完工"},
            "alert": {"result": "已派人"},
            "transfer": {"reason": "桿線屬電力公司", "agency": city.outside},
            "merge": {"number": Case.objects.get(pk=self.other).number, "reason": "同一盞燈"},
            "filter": {"reason": "沒有內容", "ground": [*Ground][choice % 3]},
            "withdraw": {"reason": "民眾撤案"},
            "take_up": {"reason": "再看一次"},
            "split": {
                "reason": "兩件事",
                "parts": [
                    splitting.Part("", "路燈不亮", city.street_light), splitting.Part("", "公園落葉", city.park_upkeep),
                ],
            },
            "unsplit": {"reason": "還是同一件事"},
            "to_ethics": {"reason": "說到收錢的事"},
            "from_ethics": {"reason": "與政風無關"},
            "about": {"agency": case.agency, "unit": None},
        }.get(code, {})  # fmt: skip


@pytest.mark.django_db
def test_any_sequence_of_acts_keeps_a_petition_sound():
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=12, stateful_step_count=30, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
