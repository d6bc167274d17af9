"""函轉 to a body outside of the city: the letter to it, reminders, its answer, and the citizen who hears of it."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from cityhall.engines.cases import services as cases
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import at as clock_time
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, insert

from ..models import PassedOn, Petition
from ..passed_on import ChaseBar, Outward, may_chase, standing
from . import clocks, letters, peers, todos
from .outside_steps import is_secret, locked, step


class CannotChase(CannotAct):
    """The step is not possible now; the sentence says why."""


def where_now(row: PassedOn, day: date) -> Outward:
    """Where it stands on a day."""
    return standing(
        answer_by=row.answer_by, answered=row.answered_at is not None, came_back=row.came_back_at is not None, today=day
    )


def _wait(row: PassedOn, *, at: datetime) -> None:
    todos.wait_for_outside(row, due_at=clock_time(row.answer_by, 17, 30), at=at)


def _in_days(name: str, *, at: datetime) -> date:
    days = int(parameter(f"petitions.{name}", on=day_of(at)).value)
    return day_of(clocks.in_working_days(days, at=at))


def send(
    petition: Petition,
    *,
    agency: Agency,
    reason: str,
    document_number: str,
    by_letter: bool = False,
    by: Account | None,
    at: datetime,
) -> PassedOn:
    """It has just been passed on (`handling.end`): by Open311 where the body takes it, else by letter; the desk waits.

    The body is told who asks, for it answers them itself; whoever keeps their identity secret is answered by the city.
    """
    row = insert(
        PassedOn(
            petition=petition, agency=agency, reason=reason.strip()[:500], document_number=document_number.strip()[:40],
            with_sender=not is_secret(petition), sent_at=at, by=by, answer_by=_in_days("outside_answer_days", at=at),
        )
    )  # fmt: skip
    step(row, "sent", by=by, at=at)
    if by_letter or peers.begin(row, at=at) is None:
        letters.outside(row, "outside_request", step="sent", at=at)
    _wait(row, at=at)
    return row


@act
def chase(row: PassedOn, *, by: Account, at: datetime) -> PassedOn:
    """催辦: a reminder to the body, once a day at most; the answer is expected some working days later."""
    row, day = locked(row), day_of(at)
    bar = may_chase(where_now(row, day), reminded_on=row.reminded_on, answer_by=row.answer_by, today=day)
    if bar is not None:
        raise CannotChase(
            {
                ChaseBar.OVER: _("這件已經有回復或已退回，不必再催。"),
                ChaseBar.TODAY: _("今天已經催過了。"),
                ChaseBar.TOO_EARLY: _("請回復的日子還沒到，到那一天才能催辦。"),
            }[bar]
        )
    row.reminders, row.reminded_on = row.reminders + 1, day
    row.answer_by = _in_days("outside_remind_days", at=at)
    row.save(update_fields=["reminders", "reminded_on", "answer_by"])
    step(row, "chased", by=by, at=at)
    letters.outside(row, "outside_reminder", step=f"chased:{row.reminders}", at=at)
    cases.add_event(row.petition.case, "outside_chased", by=by, at=at, payload={"agency": row.agency.code})
    _wait(row, at=at)
    return row


@act
def record_answer(row: PassedOn, *, answer: str, answered_on: date, by: Account, at: datetime) -> PassedOn:
    """What the body answered; the citizen is told. Written once: what it corrects later is recorded as facts."""
    row, day = locked(row), day_of(at)
    if where_now(row, day) in (Outward.ANSWERED, Outward.CAME_BACK):
        raise CannotChase(_("這件已經有回復或已退回。"))
    if not answer.strip():
        raise CannotChase(_("請填寫對方的回復。"))
    if not day_of(row.sent_at) <= answered_on <= day:
        raise CannotChase(_("回復日要在移送當天到今天之間。"))
    row.answer, row.answered_on, row.answered_at = answer.strip(), answered_on, at
    row.save(update_fields=["answer", "answered_on", "answered_at"])
    step(row, "answered", by=by, at=at, text=row.answer)
    todos.outside_done(row, at=at)
    peers.over(row, at=at)
    cases.add_event(
        row.petition.case, "outside_answered", by=by, at=at, payload={"agency": row.agency.code, "answer": row.answer}
    )
    letters.outside_answer(row, at=at)
    return row


def came_back(petition: Petition, *, reason: str, by: Account | None, at: datetime) -> None:
    """The petition is taken up again (`handling.take_up_again`): nobody waits for the body any more."""
    for row in petition.passed_on.filter(came_back_at=None).select_related("agency"):
        row.petition = petition
        row.came_back_at = at
        row.save(update_fields=["came_back_at"])
        step(row, "came_back", by=by, at=at, text=reason)
        todos.outside_done(row, at=at)
        peers.over(row, at=at)
