"""不理性重複陳情: a unit proposes, the agency's head approves, the commission keeps the register; and what a listing does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Reply
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Status
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, insert

from .. import listings
from ..models import (
    DispatchDecision,
    Petition,
    Restriction,
    RestrictionAppeal,
    RestrictionKey,
    RestrictionStep,
    SetAside,
)
from ..privacy import without_reporter
from ..repeats import (
    HOLDING,
    MOVES,
    Answer,
    Barred,
    Lack,
    Proposal,
    Standing,
    apart,
    common_persons,
    lacks,
    looks_repeated,
    may_decide,
    may_judge,
)
from ..states import ListingGround, RestrictionState, SetAsideKind
from . import clocks, letters, referrals, todos


class CannotRestrict(CannotAct):
    """The listing cannot be proposed, decided or changed so; the sentence says why."""


@dataclass(frozen=True)
class Given:
    """What a unit fills in to propose a listing."""

    ground: str
    evidence: Sequence[Petition]
    answer: Reply | None
    matter: str
    words: Sequence[str]
    because: str
    notice: str
    starts_on: date
    ends_on: date
    review_on: date


@dataclass(frozen=True)
class Repeated:
    """So many petitions alike within so many days, this one included."""

    count: int
    days: int


# ---- proposing -------------------------------------------------------------------------------------------------------


def _why_not(lack: Lack, *, fewest: int, months: int) -> str:
    """What a proposal lacks, said to the officer."""
    return {
        Lack.FEW_PETITIONS: _("至少要有 %(n)s 件佐證。") % {"n": fewest},
        Lack.NOT_ONE_PERSON: _("這些佐證不是同一位已驗證的民眾提出的。"),
        Lack.HIDDEN_PETITION: _("不公開或身分保密的案件不能當佐證。"),
        Lack.ANOTHER_AGENCY: _("佐證只能用貴機關主辦的案件。"),
        Lack.NO_ANSWER: _("請選出先前明確回復的那一次：沒有明確回復過，就不能用這個事由。"),
        Lack.ANSWER_TO_ANOTHER: _("選的回復不是給這位民眾的。"),
        Lack.NOTHING_AFTER_ANSWER: _("明確回復之後，這位民眾沒有再提出同一事由。"),
        Lack.SHORT_WORD: _("事由的字詞每個至少兩個字。"),
        Lack.NO_NOTICE: _("請寫給民眾的通知。"),
        Lack.STARTS_BEFORE_TODAY: _("列管不能從過去的日子開始。"),
        Lack.ENDS_BEFORE_START: _("結束日要在開始日之後。"),
        Lack.TOO_LONG: _("一次列管最長 %(n)s 個月。") % {"n": months},
        Lack.REVIEW_OUTSIDE: _("檢討日要在列管期間內。"),
        Lack.DOUBLED: _("這位民眾的這類事由已經提報或列管。"),
    }[lack]


@act
def propose(petition: Petition, *, given: Given, by: Account, at: datetime) -> Restriction:
    """提報: the handling unit asks its agency's head to list a person's petitions about a matter."""
    petition.case = case = cases.lock(petition.case)
    day, agency = day_of(at), petition.case.agency
    if agency is None or petition.category is None:
        raise CannotRestrict(_("案件還沒有派到機關，不能提報。"))
    known = {one.petition.pk: one for one in listings.series(petition, day)}
    if any(one.pk not in known for one in given.evidence):
        raise CannotRestrict(_("佐證裡有不是這位民眾、或不能使用的案件，請重新勾選。"))
    evidence = [known[one.pk] for one in given.evidence]
    shown = tuple(one.as_evidence for one in evidence)
    persons = common_persons(shown)
    answer = None
    if given.answer is not None:
        assert given.answer.sent_at
        answered = known.get(given.answer.case_id)
        answer = Answer(answered.persons if answered else frozenset(), day_of(given.answer.sent_at))
    fewest = parameter("petitions.restriction_evidence", on=day).value
    months = parameter("petitions.restriction_months", on=day).value
    missing = lacks(
        Proposal(
            evidence=shown, needs_answer=given.ground == ListingGround.ANSWERED, answer=answer, agency=agency.code,
            words=tuple(given.words), notice=given.notice, today=day, starts_on=given.starts_on,
            ends_on=given.ends_on, review_on=given.review_on,
            doubled=listings.doubled(petition=petition, persons=persons),
        ),
        fewest=fewest, months=months,
    )  # fmt: skip
    if missing:
        raise CannotRestrict(" ".join(_why_not(one, fewest=fewest, months=months) for one in missing))
    restriction = Restriction.objects.create(
        petition=petition, agency=agency, unit=case.unit, category=petition.category,
        matter=without_reporter(given.matter.strip(), case.requester)[:100],
        words=list(given.words), ground=given.ground, answer=given.answer, because=given.because.strip(),
        notice=given.notice.strip(), starts_on=given.starts_on, ends_on=given.ends_on, review_on=given.review_on,
        proposed_by=directory.person_of(by), proposed_at=at,
    )  # fmt: skip
    restriction.evidence.set([one.petition for one in evidence])
    for digest in sorted(persons):
        RestrictionKey.objects.create(restriction=restriction, digest=digest)
    _step(restriction, "proposed", by=by, at=at, text=restriction.because)
    todos.done(petition, todos.REPEATS, at=at)
    todos.wait_for_restriction(
        restriction, todos.RESTRICTION, agency=agency, role=Role.AGENCY_HEAD,
        due_at=clocks.in_working_days(3, at=at), at=at,
    )  # fmt: skip
    cases.add_event(
        case, "restriction_proposed", by=by, at=at, payload={"restriction": restriction.number}, public=False
    )
    return restriction


def _step(
    restriction: Restriction, type: str, *, by: Account | None, at: datetime, text: str = "", to: str = ""
) -> RestrictionStep:
    """One more line of the listing's history, with the state that it leaves, and an entry in the trail."""
    before = restriction.state
    if to:
        if Standing(to) not in MOVES[Standing(before)]:
            raise CannotRestrict(_("列管目前是「%(now)s」，不能這樣處理。") % {"now": RestrictionState(before).label})
        restriction.state = to
        restriction.save()
    last = restriction.steps.order_by("-n").values_list("n", flat=True).first() or 0
    row = RestrictionStep.objects.create(
        restriction=restriction, n=last + 1, type=type, at=at, by=by, state=restriction.state, text=text.strip()
    )
    audit.record(
        f"petition.restriction_{type}", restriction, by=by, at=at, old={"state": before},
        new={"state": restriction.state},
    )  # fmt: skip
    return row


def _locked(restriction: Restriction) -> Restriction:
    """The listing as it is now, locked until the end of the act."""
    rows = Restriction.objects.select_for_update(of=("self",))
    return rows.select_related("agency", "unit", "category", "petition__case__requester").get(pk=restriction.pk)


# ---- the agency's head -----------------------------------------------------------------------------------------------


def barred(restriction: Restriction, account: Account, *, at: datetime) -> Barred | None:
    """Why an account may not decide on a proposal."""
    person = directory.person_of(account)
    return may_decide(
        Standing(restriction.state), person.pk if person else None, proposer=restriction.proposed_by_id,
        heads=listings.heads_of(restriction.agency, day_of(at)),
    )  # fmt: skip


def _decider(restriction: Restriction, by: Account, at: datetime) -> Person:
    why = barred(restriction, by, at=at)
    if why is not None:
        raise CannotRestrict(
            {
                Barred.NOT_WAITING: _("這件提報已經決定過了。"),
                Barred.NOT_THE_HEAD: _("列管由「%(agency)s」的機關首長親自核定，不能代理。")
                % {"agency": restriction.agency.label},
                Barred.OWN_PROPOSAL: _("不能核定自己提報的列管。"),
            }[why]
        )
    person = directory.person_of(by)
    assert person
    return person


@act
def approve(restriction: Restriction, *, by: Account, at: datetime) -> Restriction:
    """核定 by the agency's head in person: the citizen is told, with how to appeal."""
    restriction = _locked(restriction)
    person, day = _decider(restriction, by, at), day_of(at)
    if restriction.ends_on < day:
        raise CannotRestrict(_("列管期間已過，請退回重新提報。"))
    restriction.decided_by, restriction.decided_at = person, at
    begun = restriction.starts_on <= day
    _step(restriction, "approved", by=by, at=at, to=Standing.IN_FORCE if begun else Standing.APPROVED)
    todos.restriction_done(restriction, todos.RESTRICTION, at=at)
    _note(restriction, "restriction_approved", by=by, at=at)
    letters.restricted(restriction, at=at)
    return restriction


@act
def send_back(restriction: Restriction, *, reason: str, by: Account, at: datetime) -> Restriction:
    """退回: the head does not list; the unit reads why on the petition's record."""
    restriction = _locked(restriction)
    person = _decider(restriction, by, at)
    if not reason.strip():
        raise CannotRestrict(_("請寫明退回的理由。"))
    restriction.decided_by, restriction.decided_at = person, at
    _step(restriction, "returned", by=by, at=at, text=reason, to=Standing.RETURNED)
    todos.restriction_done(restriction, todos.RESTRICTION, at=at)
    _note(restriction, "restriction_returned", by=by, at=at, reason=reason)
    todos.news(restriction.petition)
    return restriction


def _note(restriction: Restriction, event: str, *, by: Account | None, at: datetime, reason: str = "") -> None:
    """A line in the petition's own timeline; for officers only."""
    payload = {"restriction": restriction.number, **({"reason": reason} if reason else {})}
    cases.add_event(cases.lock(restriction.petition.case), event, by=by, at=at, payload=payload, public=False)


# ---- the commission --------------------------------------------------------------------------------------------------


@act
def lift(restriction: Restriction, *, reason: str, by: Account, at: datetime) -> Restriction:
    """解除列管 before its time; the citizen is told."""
    restriction = _locked(restriction)
    if not reason.strip():
        raise CannotRestrict(_("請寫明解除的理由。"))
    if restriction.state == RestrictionState.APPEALED:
        raise CannotRestrict(_("有申訴待決定，請先決定申訴。"))
    _lift(restriction, "lifted", reason=reason, by=by, at=at)
    letters.restriction_news(restriction, how="LIFTED", reason=reason, at=at)
    return restriction


def _lift(restriction: Restriction, type: str, *, reason: str, by: Account | None, at: datetime) -> None:
    _step(restriction, type, by=by, at=at, text=reason, to=Standing.LIFTED)
    todos.restriction_done(restriction, todos.RESTRICTION_REVIEW, todos.RESTRICTION_APPEAL, at=at)
    _note(restriction, "restriction_lifted", by=by, at=at, reason=reason)


@act
def review(restriction: Restriction, *, finding: str, by: Account, at: datetime) -> Restriction:
    """檢討: it was looked at whether the listing is still needed, and it is; otherwise it is lifted."""
    restriction = _locked(restriction)
    if Standing(restriction.state) not in HOLDING:
        raise CannotRestrict(_("已經不在列管中，不必檢討。"))
    if restriction.reviewed_at:
        raise CannotRestrict(_("已經檢討過了。"))
    if not finding.strip():
        raise CannotRestrict(_("請寫明檢討的結果。"))
    restriction.reviewed_at = at
    restriction.save(update_fields=["reviewed_at"])
    _step(restriction, "reviewed", by=by, at=at, text=finding)
    todos.restriction_done(restriction, todos.RESTRICTION_REVIEW, at=at)
    return restriction


@act
def record_appeal(
    restriction: Restriction, *, text: str, received_on: date, by: Account, at: datetime
) -> RestrictionAppeal:
    """登錄申訴: however it came; the listing counts until the appeal is decided."""
    restriction = _locked(restriction)
    if received_on > day_of(at):
        raise CannotRestrict(_("收到日不能在今天之後。"))
    if restriction.decided_at and received_on < day_of(restriction.decided_at):
        raise CannotRestrict(_("收到日不能在核定之前。"))
    _step(restriction, "appealed", by=by, at=at, to=Standing.APPEALED)
    appeal = RestrictionAppeal.objects.create(
        restriction=restriction, text=text.strip(), received_on=received_on, recorded_by=directory.person_of(by),
        recorded_at=at,
    )  # fmt: skip
    todos.wait_for_restriction(
        restriction, todos.RESTRICTION_APPEAL, agency=todos.desk(at), role=Role.COMMISSION,
        due_at=clocks.in_working_days(10, at=at), at=at,
    )  # fmt: skip
    _note(restriction, "restriction_appealed", by=by, at=at)
    return appeal


@act
def decide_appeal(
    restriction: Restriction, *, granted: bool, decision: str, by: Account, at: datetime
) -> RestrictionAppeal:
    """The commission decides an appeal: the listing ends, or goes on; the citizen reads why."""
    restriction = _locked(restriction)
    person = directory.person_of(by)
    parts = frozenset({restriction.proposed_by_id, restriction.decided_by_id})
    why = may_judge(Standing(restriction.state), person.pk if person else None, had_part=parts)
    if why == Barred.NOT_WAITING:
        raise CannotRestrict(_("目前沒有待決定的申訴。"))
    if why is not None:
        raise CannotRestrict(_("提報或核定這件列管的人，不能決定它的申訴。"))
    if not decision.strip():
        raise CannotRestrict(_("請寫明決定的理由，民眾會看到。"))
    appeal = restriction.appeals.get(granted=None)
    appeal.granted, appeal.decision, appeal.decided_by, appeal.decided_at = granted, decision.strip(), person, at
    appeal.save()
    if granted:
        _lift(restriction, "appeal_granted", reason=decision, by=by, at=at)
    else:
        begun = restriction.starts_on <= day_of(at)
        to = Standing.IN_FORCE if begun else Standing.APPROVED
        _step(restriction, "appeal_refused", by=by, at=at, text=decision, to=to)
        todos.restriction_done(restriction, todos.RESTRICTION_APPEAL, at=at)
    letters.restriction_news(restriction, how="GRANTED" if granted else "REFUSED", reason=decision, at=at)
    return appeal


# ---- what happens by itself ------------------------------------------------------------------------------------------


def turn(at: datetime) -> int:
    """The night: listings that begin or run out, and those whose review has come."""
    day, turned = day_of(at), 0
    begins = Restriction.objects.filter(state=RestrictionState.APPROVED, starts_on__lte=day)
    ends = Restriction.objects.filter(state=RestrictionState.IN_FORCE, ends_on__lt=day)
    for rows, type, to in ((begins, "begun", Standing.IN_FORCE), (ends, "expired", Standing.EXPIRED)):
        for row in rows.order_by("pk"):
            turned += _turn(row, type, to, at=at)
    for row in listings.reviews_due(Restriction.objects.select_related("category"), day).order_by("pk"):
        _ask_for_review(row, at=at)
    return turned


@act
def _turn(restriction: Restriction, type: str, to: Standing, *, at: datetime) -> int:
    restriction = _locked(restriction)
    if to not in MOVES[Standing(restriction.state)]:
        return 0  # somebody lifted it meanwhile
    _step(restriction, type, by=None, at=at, to=to)
    if to == Standing.EXPIRED:
        todos.restriction_done(restriction, todos.RESTRICTION_REVIEW, at=at)
    return 1


@act
def _ask_for_review(restriction: Restriction, *, at: datetime) -> None:
    todos.wait_for_restriction(
        restriction, todos.RESTRICTION_REVIEW, agency=todos.desk(at), role=Role.COMMISSION,
        due_at=instant(restriction.review_on, 17, 30), at=at,
    )  # fmt: skip


def repeated(petition: Petition, *, at: datetime) -> Repeated | None:
    """How often the same person has written alike, where that is often enough to consider a listing."""
    day, case = day_of(at), petition.case
    earlier = listings.earlier_ones(petition)
    if not earlier or case.opened_on is None:
        return None
    days = parameter("petitions.repeats_days", on=day).value
    count = parameter("petitions.repeats_count", on=day).value
    same = listings.sameness(day)
    alike = looks_repeated(listings.words_of(case), case.opened_on, earlier, count=count, days=days, same=same)
    return Repeated(len(alike) + 1, days) if alike else None


def suggest(petition: Petition, *, at: datetime) -> None:
    """Ask the officer to consider a listing where a person has written alike often enough. It only proposes."""
    case = petition.case
    if case.agency is not None and repeated(petition, at=at):
        todos.wait(
            petition, todos.REPEATS, agency=case.agency, unit=case.unit, person=case.officer,
            due_at=clocks.next_due(petition), at=at,
        )  # fmt: skip


# ---- what a listing does ---------------------------------------------------------------------------------------------


def speaks_of(petition: Petition, decision: DispatchDecision, *, at: datetime) -> Restriction | None:
    """The listing by which a petition that has just been opened is not dispatched."""
    found = listings.of_this_person(petition)
    if not found:
        return None
    new, day = listings.newcomer(petition, decision), day_of(at)
    same = listings.sameness(day)
    return next((one for one in found if apart(listings.as_listing(one), new, day, same) is None), None)


@act
def decline(
    petition: Petition, restriction: Restriction, *, reason: str = "", by: Account | None, at: datetime
) -> SetAside:
    """不予處理: registered, acknowledged with the earlier answer, counted, and not dispatched."""
    petition.case = case = cases.lock(petition.case)
    if by is not None and restriction not in listings.that_may_decline(petition, at):
        raise CannotRestrict(_("這件列管不能用在這件案子：不是同一位民眾、不在列管期間，或案件急迫。"))
    with translation.override(case.requester.language if case.requester else case.language):
        words = reason.strip() or declined_because(restriction)
    row = SetAside.objects.create(
        petition=petition, kind=SetAsideKind.DECLINED, ground=restriction.ground, restriction=restriction,
        reason=words, at=at, by=by,
    )  # fmt: skip
    cases.end_outside(
        case, Status.NOT_PROCESSED, by=by, at=at,
        given={"reason": words, "ground": restriction.ground, "restriction": restriction.number},
    )  # fmt: skip
    clocks.stop_all(petition, why=str(Status.NOT_PROCESSED.label), at=at)
    todos.done(petition, todos.DISPATCH, todos.CO_HANDLE, todos.ALERT, todos.CALL_BACK, *todos.AT_AGENCY, at=at)
    letters.declined(petition, restriction=restriction, reason=words, at=at)
    referrals.ended(petition, how=str(Status.NOT_PROCESSED), reason="", at=at)
    return row


def declined_because(restriction: Restriction) -> str:
    """Why, in a sentence for the citizen."""
    if restriction.answer is not None:
        return _("同一事由已在案件 %(number)s 明確回復過，依行政程序法第 173 條不予處理。") % {
            "number": restriction.answer.case.number
        }
    return _("同一事由已經列管，依行政程序法第 173 條不予處理。")


def filtered(petition: Petition, *, ground: str, reason: str, by: Account | None, at: datetime) -> SetAside:
    """過濾處理, as the register keeps it."""
    return insert(
        SetAside(
            petition=petition, kind=SetAsideKind.FILTERED, ground=ground, reason=reason.strip()[:500], at=at, by=by
        )
    )


def undo(petition: Petition, *, because: str, by: Account | None, at: datetime) -> None:
    """Taken up again: what was left unhandled stays on record and counts no more."""
    petition.set_aside.filter(undone_at=None).update(undone_at=at, undone_by=by, undone_because=because[:500])
