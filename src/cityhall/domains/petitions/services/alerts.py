"""通報: danger goes out before anybody has confirmed it, and counts in no petition figure until 成案 (PRACTICE)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, insert

from ..models import Alert, Petition
from . import dispatch, letters, todos


@act
def send_out(petition: Petition, *, at: datetime) -> Alert:
    """Send a report of danger to the agency that decision finds, and its officer on duty by SMS; else to the desk."""
    decision = dispatch.consider(petition, at=at)
    agency = directory.successor_on(decision.agency, day_of(at)) if decision.agency else None
    duty = directory.on_duty(agency, at) if agency else None
    alert = insert(Alert(petition=petition, agency=agency, sent_at=at, duty_person=duty))
    case = petition.case
    todos.wait(
        petition, todos.ALERT, agency=agency or todos.desk(at), person=duty, due_at=at, at=at,
        role="" if duty else Role.COORDINATOR if agency else Role.DISPATCHER,
    )  # fmt: skip
    if duty:
        letters.alert_sms(petition, to=duty, at=at)
    cases.add_event(case, "alerted", by=None, at=at, payload={"agency": agency.code if agency else ""})
    audit.record("petition.alerted", case, by=None, at=at, new={"agency": agency.code if agency else ""})
    return alert


@act
def handle(alert: Alert, *, result: str, person: Person | None, by: Account, at: datetime) -> Alert:
    """What was done on the spot; a 通報 that is never confirmed stays one, handled."""
    if alert.handled_at:
        raise CannotAct(_("這件通報已經登錄過處理結果。"))
    if not result.strip():
        raise CannotAct(_("請寫明現場處理情形。"))
    alert.result, alert.handled_at, alert.handled_by = result, at, person
    alert.save()
    todos.done(alert.petition, todos.ALERT, at=at)
    cases.add_event(alert.petition.case, "alert_handled", by=by, at=at, payload={"result": result})
    audit.record("petition.alert_handled", alert.petition.case, by=by, at=at)
    return alert


def became_petition(petition: Petition, *, at: datetime) -> None:
    """成案 has come: the 通報 is carried on as the petition it now is."""
    todos.done(petition, todos.ALERT, at=at)
