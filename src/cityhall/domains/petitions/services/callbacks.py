"""Verification by telephone: whoever leaves no e-mail is called back by 1999 before the petition counts.

Research note 01 §5.3: a caller's number is a hint, never proof; up to three attempts within two working days, each
with its outcome.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Status
from cityhall.engines.identity.models import Account
from cityhall.foundation.unit import act

from ..models import Petition
from . import filing, handling, todos

MOST_TRIES = 3


class Outcome(models.TextChoices):
    """What became of a call."""

    CONFIRMED = "CONFIRMED", gettext_lazy("本人確認，成案")
    NO_ANSWER = "NO_ANSWER", gettext_lazy("沒有接聽")
    DENIED = "DENIED", gettext_lazy("不是本人反映")


def tries(petition: Petition) -> int:
    """How often nobody answered."""
    return petition.case.events.filter(type="called", payload__outcome=Outcome.NO_ANSWER.value).count()


@act
def record(petition: Petition, *, outcome: str, by: Account, at: datetime) -> Petition:
    """What became of a call: 成案, another try later, or the end of a report that nobody owns up to.

    After the third call without an answer the report stays unconfirmed and runs out with its days.
    """
    case = petition.case
    if case.is_confirmed:
        return petition
    if case.status != Status.AWAITING_CONFIRMATION:
        raise CannotAct(_("這件反映已經逾期或撤回，不用再打電話。"))
    result = Outcome(outcome)
    if result is Outcome.CONFIRMED:
        return filing.confirm(petition, how="phone", by=by, at=at)
    petition.case = case = cases.lock(case)
    cases.add_event(case, "called", by=by, at=at, payload={"outcome": result.value}, public=False)
    audit.record("petition.called", case, by=by, at=at, new={"outcome": result.value})
    if result is Outcome.DENIED:
        return handling.end(petition, Status.WITHDRAWN, reason=str(_("電話確認時，表示不是本人反映")), by=by, at=at)
    if tries(petition) >= MOST_TRIES:
        todos.done(petition, todos.CALL_BACK, at=at)
    return petition
