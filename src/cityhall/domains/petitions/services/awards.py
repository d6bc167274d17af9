"""獎懲建議 after a year's analysis: proposed by the commission with a reason, decided by its head; never automatic."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..models import QualityAward
from ..states import AwardKind, AwardState
from . import clocks, todos


class CannotAward(CannotAct):
    """The proposal cannot be made or decided so."""


@act
def propose(*, year: int, agency: Agency, whom: str, kind: str, reason: str, by: Account, at: datetime) -> QualityAward:
    """提出: for an agency or somebody of it, of a year that is over."""
    if year >= day_of(at).year:
        raise CannotAward(_("這一年還沒有結束，不能提出獎懲建議。"))
    if not reason.strip():
        raise CannotAward(_("請寫明建議的理由。"))
    award = QualityAward.objects.create(
        year=year, agency=agency, whom=whom.strip(), kind=AwardKind(kind), reason=reason.strip(),
        proposed_by=directory.person_of(by), proposed_at=at,
    )  # fmt: skip
    worklist.open_todo(
        todos.QUALITY_AWARD, award, title=f"{award.get_kind_display()}　{agency.label}", agency=todos.desk(at),
        role=Role.COMMISSION_HEAD, due_at=clocks.in_working_days(10, at=at), url=todos.award_url(award), at=at,
    )  # fmt: skip
    audit.record("petition.award_proposed", award, by=by, at=at, new={"year": year, "kind": award.kind})
    return award


@act
def decide(award: QualityAward, *, approved: bool, decision: str, by: Account, at: datetime) -> QualityAward:
    """決定 by another person than the proposer."""
    award = QualityAward.objects.select_for_update().select_related("agency").get(pk=award.pk)
    person = directory.person_of(by)
    if award.state != AwardState.PROPOSED:
        raise CannotAward(_("這項建議已經決定過了。"))
    if person is None or person.pk == award.proposed_by_id:
        raise CannotAward(_("不能決定自己提出的建議。"))
    if not decision.strip():
        raise CannotAward(_("請寫明決定的理由。"))
    award.state = AwardState.APPROVED if approved else AwardState.REFUSED
    award.decided_by, award.decided_at, award.decision = person, at, decision.strip()
    award.save()
    worklist.close_todo(todos.QUALITY_AWARD, award, at=at)
    audit.record(
        "petition.award_decided", award, by=by, at=at, old={"state": AwardState.PROPOSED}, new={"state": award.state}
    )
    return award
