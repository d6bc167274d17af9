"""Questions about cases."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from .models import Assignment, Case, Event, Question, Reply
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


def reply_in_work(case: Case) -> Reply | None:
    """The draft, or what lies with the approver."""
    return (
        case.replies.filter(state__in=[ReplyState.DRAFT, ReplyState.IN_REVIEW, ReplyState.SENT_BACK])
        .select_related("approver", "drafted_by")
        .order_by("-stage")
        .first()
    )


def sent_replies(case: Case) -> QuerySet[Reply]:
    """What the citizen has read, oldest first; a corrected one stays in the list."""
    return case.replies.filter(state__in=[ReplyState.SENT, ReplyState.RECALLED]).order_by("sent_at")


def hops(case: Case) -> int:
    """How many agencies sent it back to be dispatched anew."""
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
