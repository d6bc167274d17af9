"""Questions about cases."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from cityhall.foundation import unit

from .models import Assignment, Case, Event, Question, Reply, Requester
from .states import Part, ReplyState


def by_number_and_code(number: str, code: str) -> Case | None:
    """The case that a citizen follows; compares the code in constant time, also for a number that does not exist."""
    case = Case.objects.filter(number=normal_number(number)).first()
    expected = case.tracking_code if case else "--------"
    matches = hmac.compare_digest(expected.encode(), code.strip().upper().encode("utf-8", "replace"))
    return case if case and matches else None


def normal_number(number: str) -> str:
    """115-1123-0147, however it was typed: full-width digits, spaces, missing hyphens."""
    folded = number.translate({0xFF10 + n: str(n) for n in range(10)})
    digits = "".join(character for character in folded if character in "0123456789")
    return f"{digits[:3]}-{digits[3:7]}-{digits[7:]}" if len(digits) >= 11 else folded.strip()


def timeline(case: Case, *, public_only: bool) -> QuerySet[Event]:
    """What happened, newest first."""
    events = case.events.select_related("by", "for_person").order_by("-n")
    return events.filter(public=True) if public_only else events


def open_question(case: Case) -> Question | None:
    """What the citizen is asked at present."""
    return case.questions.filter(answered_at=None, lapsed_at=None).first()


IN_WORK = (ReplyState.DRAFT, ReplyState.IN_REVIEW, ReplyState.SENT_BACK)


def replies(case: Case) -> list[Reply]:
    """All replies of a case, oldest first. An act has one copy of each, locked."""

    def read() -> list[Reply]:
        found = case.replies.select_related("approver", "drafted_by").order_by("pk")
        return list(found.select_for_update(of=("self",)) if unit.current() else found)

    return unit.remembered_of((Case, case.pk), (Reply, case.pk), read)


unit.one_copy(Reply, lambda reply: reply.case_id)


def reply_in_work(case: Case) -> Reply | None:
    """The draft, or what lies with the approver."""
    in_work = [reply for reply in replies(case) if reply.state in IN_WORK]
    return max(in_work, key=lambda reply: reply.stage, default=None)


def sent_replies(case: Case) -> QuerySet[Reply]:
    """What the citizen has read, oldest first; a corrected one stays in the list."""
    return case.replies.filter(state__in=[ReplyState.SENT, ReplyState.RECALLED]).order_by("sent_at")


def _senders() -> dict[tuple[str, str], int]:
    return unit.remembered((Requester, "senders"), dict)


def note_sender(requester: Requester) -> None:
    """Where nobody else writes, count who has written, for `wrote_before`."""
    if unit.gives_keys():
        known = _senders()
        for mark in _marks(requester):
            known[mark] = known.get(mark, 0) + 1


def wrote_before(requester: Requester) -> bool:
    """Whether somebody with the same account, mailbox or number may have written before; True where nobody counts."""
    known = _senders() if unit.gives_keys() else {}
    return not unit.gives_keys() or any(known.get(mark, 0) > 1 for mark in _marks(requester))


def _marks(requester: Requester) -> list[tuple[str, str]]:
    given = ("account", requester.account_id), ("email", requester.email), ("phone", requester.phone)
    return [(name, str(value)) for name, value in given if value]


def hops(case: Case) -> int:
    """How many agencies sent it back to be dispatched anew."""
    if case.assigned_at is None:
        return 0
    return case.assignments.filter(part=Part.LEAD, ended_by_return=True).count()


@dataclass(frozen=True)
class HopTime:
    """How long an agency had the case as its lead."""

    assignment: Assignment
    seconds: float


def hop_times(case: Case, *, at: datetime) -> list[HopTime]:
    """The time charged to each lead, oldest first."""
    return [
        HopTime(assignment, ((assignment.ends_at or case.ended_at or at) - assignment.starts_at).total_seconds())
        for assignment in case.assignments.filter(part=Part.LEAD).select_related("agency").order_by("starts_at")
    ]
