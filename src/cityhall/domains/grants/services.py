"""Acts on grants: a call is opened, agencies put needs forward, vendors propose, judges review, contracts become projects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import BinaryIO

from django.db.models import Max
from django.utils.translation import gettext as _

from cityhall.domains.projects.public import propose, select
from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.files import services as files
from cityhall.engines.identity.models import Account
from cityhall.engines.milestones.refusals import CannotControl
from cityhall.engines.milestones.rules import Milestone, Stage
from cityhall.engines.scoring import evaluations
from cityhall.engines.scoring.evaluations import CannotEvaluate
from cityhall.foundation.clock import day_of
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from . import queries, rules
from .models import Call, Need, Proposal
from .queries import REVIEW
from .refusals import CannotGrant
from .rules import NEED_MOVES, PROPOSAL_MOVES
from .rules import Stage as CallStage
from .states import NeedState

Uploads = Sequence[tuple[str, BinaryIO]]


@act
def open_call(
    *, year: int, name: str, sponsor: str, about: str = "", needs_until: date, proposals_until: date, by: Account | None,
    at: datetime,
) -> Call:  # fmt: skip
    """徵案 of a central authority, one a year. Raises CannotGrant."""
    today = day_of(at)
    if not name.strip() or not sponsor.strip():
        raise CannotGrant(_("請填徵案名稱與補助機關。"))
    if Call.objects.filter(year=year).exists():
        raise CannotGrant(_("這個年度已經有徵案。"))
    if not rules.days_in_order(today, needs_until, proposals_until):
        raise CannotGrant(_("需求提出期限要在今天以後，業者提案期限要在需求之後。"))
    made = Call.objects.create(
        year=year, name=name.strip(), sponsor=sponsor.strip(), about=about.strip(), opened_on=today,
        needs_until=needs_until, proposals_until=proposals_until,
    )  # fmt: skip
    audit.record("grants.opened", made, by=by, at=at, new={"year": year, "name": made.name})
    return made


def _locked(call: Call) -> Call:
    return Call.objects.select_for_update(of=("self",)).select_related("review").get(pk=call.pk)


# ---- needs -----------------------------------------------------------------------------------------------------------


@sentence("1.4.10", "由地方政府提出需求規格")
@act
def submit_need(
    call: Call, *, agency: Agency, title: str, text: str, uploads: Uploads = (), by: Account | None, at: datetime
) -> Need:
    """提出需求 until the call's day. Raises CannotGrant, and files' CannotStoreFile."""
    call = _locked(call)
    if queries.stage(call, day_of(at)) != CallStage.NEEDS:
        raise CannotGrant(_("需求提出的期限已經過了。"))
    if not title.strip() or not text.strip():
        raise CannotGrant(_("請填需求名稱與需求規格。"))
    n = (call.needs.aggregate(most=Max("n"))["most"] or 0) + 1
    made = Need.objects.create(
        call=call, n=n, agency=agency, title=title.strip(), text=text.strip(), submitted_at=at, submitted_by=by
    )
    for name, content in uploads:
        files.store(content, name=name, owner=made, by=by, at=at)
    audit.record("grants.need_submitted", made, by=by, at=at, new={"agency": agency.code, "title": made.title})
    return made


@sentence("1.4.10", "審查委員共同審查地方需求規格")
@act
def decide_need(need: Need, *, step: str, reason: str, by: Account | None, at: datetime) -> Need:
    """登錄 what the central reviewers said of a need: recommend or decline. Raises CannotGrant."""
    row = Need.objects.select_for_update(of=("self",)).select_related("call").get(pk=need.pk)
    after = NEED_MOVES.get((row.state, step))
    if after is None:
        raise CannotGrant(_("這項需求已經審查過了。"))
    if not reason.strip():
        raise CannotGrant(_("請寫審查意見。"))
    row.state, row.reason, row.decided_on = after, reason.strip()[:500], day_of(at)
    row.save(update_fields=["state", "reason", "decided_on"])
    audit.record("grants.need_decided", row, by=by, at=at, new={"state": after})
    return row


# ---- proposals -------------------------------------------------------------------------------------------------------


@act
def submit_proposal(
    need: Need, *, vendor: str, title: str, text: str, amount: int, uploads: Uploads = (), by: Account | None, at: datetime
) -> Proposal:  # fmt: skip
    """提案 of a vendor for a recommended need, until the call's day. Raises CannotGrant, and files' CannotStoreFile."""
    need = Need.objects.select_for_update(of=("self",)).select_related("call__review", "agency").get(pk=need.pk)
    if need.state != NeedState.RECOMMENDED:
        raise CannotGrant(_("獲推薦的需求才收提案。"))
    if queries.stage(need.call, day_of(at)) not in (CallStage.NEEDS, CallStage.PROPOSALS):
        raise CannotGrant(_("業者提案的期限已經過了。"))
    if not vendor.strip() or not title.strip() or not text.strip():
        raise CannotGrant(_("請填提案業者、計畫名稱與計畫內容。"))
    if amount < 1:
        raise CannotGrant(_("計畫經費要大於0。"))
    n = (need.proposals.aggregate(most=Max("n"))["most"] or 0) + 1
    made = Proposal.objects.create(
        need=need, n=n, vendor=vendor.strip(), title=title.strip(), text=text.strip(), amount=amount, submitted_at=at,
        submitted_by=by,
    )  # fmt: skip
    for name, content in uploads:
        files.store(content, name=name, owner=made, by=by, at=at)
    audit.record("grants.proposed", made, by=by, at=at, new={"vendor": made.vendor, "amount": amount})
    return made


@sentence("1.4.10", "目前進行審查廠商提案階段")
@act
def begin_review(call: Call, *, judges: Sequence[Person], due_on: date, by: Account | None, at: datetime) -> Call:
    """開始審查: judges score all proposals by the scheme, none of them one of their own agency. Raises CannotGrant."""
    call = _locked(call)
    if queries.stage(call, day_of(at)) != CallStage.TO_REVIEW:
        raise CannotGrant(_("業者提案截止以後，才開始審查，而且只審查一次。"))
    try:
        call.review = evaluations.begin(REVIEW, call.year, judges=judges, due={"review": due_on}, by=by, at=at)
    except CannotEvaluate as refusal:
        raise CannotGrant(str(refusal)) from refusal
    call.save(update_fields=["review"])
    audit.record("grants.review_begun", call, by=by, at=at, new={"judges": len(judges)})
    return call


@act
def decide_proposal(proposal: Proposal, *, step: str, reason: str, by: Account | None, at: datetime) -> Proposal:
    """決定 once the review is closed: select or reject. Raises CannotGrant."""
    row = _proposal(proposal)
    if queries.stage(row.need.call, day_of(at)) != CallStage.CONTRACTS:
        raise CannotGrant(_("審查評定以後，才決定提案通過與否。"))
    _move(row, step, reason, at)
    row.save(update_fields=["state", "reason", "decided_on"])
    audit.record("grants.proposal_decided", row, by=by, at=at, new={"state": row.state})
    return row


def _proposal(proposal: Proposal) -> Proposal:
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("need__call__review", "need__agency")
    return rows.get(pk=proposal.pk)


def _move(row: Proposal, step: str, reason: str, at: datetime) -> None:
    after = PROPOSAL_MOVES.get((row.state, step))
    if after is None:
        raise CannotGrant(_("這件提案目前是「%(state)s」。") % {"state": row.get_state_display()})
    if not reason.strip():
        raise CannotGrant(_("請寫明理由。"))
    row.state, row.reason, row.decided_on = after, reason.strip()[:500], day_of(at)


@sentence("1.4.10", "預計於 4 月辦理簽約、執行")
@act
def sign(proposal: Proposal, *, ends_on: date, document: str, by: Account | None, at: datetime) -> Proposal:
    """簽約: from today on it is a controlled project of the agency, planned evenly until its last day. Raises CannotGrant."""
    row, today = _proposal(proposal), day_of(at)
    _move(row, "sign", document, at)
    months = rules.months(today, ends_on, row.amount) if ends_on > today else []
    if not months:
        raise CannotGrant(_("結束日要在今天以後，最多5年。"))
    points = [
        Milestone("sign", today, None, Stage.BEFORE, str(_("簽約"))),
        Milestone("accept", ends_on, None, Stage.AFTER, str(_("結案驗收"))),
    ]
    try:
        made = propose(
            profile="grant", name=row.title, agency=row.need.agency, works=False, total_budget=row.amount, year=today.year,
            about=row.text[:2000], milestones=points, months=months, by=by, at=at,
        )  # fmt: skip
        row.project = select(made, on=today, reason=document, by=by, at=at)
    except CannotControl as refusal:
        raise CannotGrant(str(refusal)) from refusal
    row.save(update_fields=["state", "reason", "decided_on", "project"])
    audit.record("grants.signed", row, by=by, at=at, new={"project": made.number, "document": document.strip()[:500]})
    return row
