"""承諾事項: followed from the reply that promises until it is proven; put off with a reason that the citizen reads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Reply
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.files import services as files
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import at as clock_time
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, belongs, current, insert, one_copy, remembered_of, save_at_once

from ..models import FollowUp, FollowUpMove, Petition
from ..promises import PutOffFault, put_off_fault
from . import agency_letters, letters, todos


class CannotPutOff(CannotAct):
    """The promised day cannot be put off so; the sentence says why."""


def follow_up(petition: Petition, reply: Reply, *, at: datetime) -> FollowUp:
    """A promise of a later act (預計 6 月施作) is tracked until it is proven."""
    assert reply.promised_on
    row = FollowUp(petition=petition, reply=reply, promised_on=reply.promised_on)
    belongs((Petition, petition.pk), (FollowUp, petition.pk), row)
    insert(row)
    _wait(petition, at=at)
    return row


def _made(petition: int) -> list[FollowUp]:
    """What was promised in a petition's replies. An act has one copy of each, locked."""

    def read() -> list[FollowUp]:
        rows = FollowUp.objects.filter(petition=petition).select_related("petition__category").order_by("pk")
        return list(rows.select_for_update(of=("self",)) if current() else rows)

    return remembered_of((Petition, petition), (FollowUp, petition), read)


one_copy(FollowUp, lambda row: row.petition_id)


def open_promise(petition: Petition, reply: int) -> FollowUp | None:
    """What a reply promised, where it is not kept yet."""
    return next((row for row in _made(petition.pk) if row.reply_id == reply and row.kept_at is None), None)


def _wait(petition: Petition, *, at: datetime) -> None:
    """The officer's to-do is due on the day promised first; without an open promise it goes."""
    waiting = [row for row in _made(petition.pk) if row.kept_at is None]
    first = min(waiting, key=lambda row: row.promised_on, default=None)
    if first is None:
        todos.done(petition, todos.FOLLOW_UP, at=at)
        return
    case = petition.case
    assert case.agency
    todos.wait(
        petition, todos.FOLLOW_UP, agency=case.agency, unit=case.unit, person=case.officer,
        due_at=clock_time(first.promised_on, 17, 30), at=at,
    )  # fmt: skip


def _locked(row: FollowUp) -> FollowUp:
    """The promise as it is now, locked after its case."""
    case = cases.lock(row.petition.case)
    found = next(one for one in _made(row.petition_id) if one.pk == row.pk)
    found.petition.case = case
    return found


@act
def prove_promise(row: FollowUp, *, proof: str, photos: Iterable[Any] = (), by: Account, at: datetime) -> FollowUp:
    """What was promised has been done, and how it is seen; the citizen is told."""
    row = _locked(row)
    if row.kept_at:
        raise CannotAct(_("這項承諾已經登錄完成。"))
    if not proof.strip():
        raise CannotAct(_("請寫明完成情形。"))
    row.proof, row.kept_at, row.kept_by = proof, at, directory.person_of(by)
    save_at_once(row)
    for photo in photos:
        files.store(photo, name=getattr(photo, "name", "photo"), owner=row, label="after", by=by, at=at)
    _wait(row.petition, at=at)
    cases.add_event(row.petition.case, "promise_kept", by=by, at=at, payload={"proof": proof, "promise": row.pk})
    letters.promise_kept(row, at=at)
    return row


@act
def put_off(row: FollowUp, *, promised_on: date, reason: str, by: Account, at: datetime) -> FollowUp:
    """改期: a later day, with the reason that the citizen is told; the day before stays on record."""
    row = _locked(row)
    day, moves = day_of(at), row.moves.count()
    most = parameter("petitions.promise_most_moves", on=day).value
    fault = put_off_fault(
        kept=row.kept_at is not None, before=row.promised_on, after=promised_on, today=day, moves=moves, most=most,
        reason=reason,
    )  # fmt: skip
    if fault is not None:
        raise CannotPutOff(
            {
                PutOffFault.KEPT: _("這項承諾已經登錄完成。"),
                PutOffFault.NOT_LATER: _("新的日子要在原來承諾的日子之後。"),
                PutOffFault.PAST: _("新的日子要在今天之後。"),
                PutOffFault.TOO_FAR: _("最多改到兩年之內。"),
                PutOffFault.TOO_OFTEN: _("已經改期 %(n)s 次，不能再改。") % {"n": most},
                PutOffFault.NO_REASON: _("請寫明改期的理由，民眾會看到。"),
            }[fault]
        )
    before, row.promised_on = row.promised_on, promised_on
    row.save(update_fields=["promised_on"])
    FollowUpMove.objects.create(
        follow_up=row, before=before, after=promised_on, reason=reason.strip()[:500], at=at, by=by
    )
    _wait(row.petition, at=at)
    cases.add_event(
        row.petition.case, "promise_moved", by=by, at=at,
        payload={"promise": row.pk, "before": before.isoformat(), "after": promised_on.isoformat(), "reason": reason.strip()},
    )  # fmt: skip
    audit.record(
        "petition.promise_moved", row, by=by, at=at, old={"promised_on": before.isoformat()},
        new={"promised_on": promised_on.isoformat()},
    )  # fmt: skip
    letters.promise_moved(row, reason=reason.strip(), before=before, at=at)
    return row


# ---- by itself -------------------------------------------------------------------------------------------------------


def _due(before: date, told: str) -> list[FollowUp]:
    """Open promises of up to a day whose people have not been told of that day yet."""
    rows = FollowUp.objects.filter(kept_at=None, promised_on__lte=before).exclude(**{told: F("promised_on")})
    return list(
        rows.select_related("petition__case__agency", "petition__case__unit", "petition__case__officer__account")
        .order_by("promised_on", "pk")[:500]
    )  # fmt: skip


def remind(at: datetime) -> int:
    """The officer is told some days before the promised day, once for each day promised."""
    day = day_of(at)
    rows = _due(day + timedelta(days=parameter("petitions.promise_remind_days", on=day).value), "reminded_for")
    for row in rows:
        _tell(row, late=False, at=at)
    return len(rows)


def escalate(at: datetime) -> int:
    """Some days after it has passed unproven, the 單位主管 and the agency's head are told."""
    day = day_of(at)
    rows = _due(day - timedelta(days=parameter("petitions.promise_escalate_days", on=day).value), "escalated_for")
    for row in rows:
        _tell(row, late=True, at=at)
    return len(rows)


@act
def _tell(row: FollowUp, *, late: bool, at: datetime) -> None:
    row = _locked(row)
    if row.kept_at is not None:
        return
    case, day = row.petition.case, day_of(at)
    people: list[Person] = []
    if not late:
        people = [case.officer] if case.officer else []
        row.reminded_for = row.promised_on
    else:
        row.escalated_for = row.promised_on
    if case.agency and not people:
        roles = ((Role.UNIT_HEAD, case.unit), (Role.AGENCY_HEAD, None)) if late else ((Role.COORDINATOR, None),)
        for role, unit in roles:
            people += directory.holders(role, agency=case.agency, unit=unit, on=day).select_related("account")
    row.save(update_fields=["reminded_for", "escalated_for"])
    agency_letters.promise(row, people, late=late, at=at)
    if late:
        cases.add_event(case, "promise_overdue", by=None, at=at, payload={"promise": row.pk}, public=False)
        todos.news(row.petition, todos.FOLLOW_UP)
