"""What an agency does with a petition: assign, ask, answer, have it approved, extend, end."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Addition, Assignment, Case, Question, ReopenRequest, Reply
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import IN_HAND, Part, ReplyState, Status
from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.deadlines.rules import Limit, Unit, due
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.models import Unit as Division
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation import unit
from cityhall.foundation.clock import at as clock_time
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .. import listings, queries, rules
from ..models import Extension, Petition
from ..states import ExtensionState, Ground, Outcome
from . import (
    clocks,
    clusters,
    dispatch,
    joining,
    letters,
    outside,
    promises,
    quality,
    referrals,
    restrictions,
    telling,
    todos,
    words,
)


class CannotAnswer(CannotAct):
    """The reply, or the promise in it, cannot go out like this."""


class CannotExtend(CannotAct):
    """展期 is not possible any more, or not so long."""


def signer(account: Account, wanted: Person, at: datetime) -> tuple[Person, Person | None]:
    """Who signs: the person wanted, or the account's own person for them (代). Raises CannotAct for anybody else."""
    person = directory.person_of(account)
    if person == wanted:
        return wanted, None
    if person and wanted in directory.standing_in_for(account, at):
        return person, wanted
    raise CannotAct(_("這件由「%(name)s」核定；只有本人或當時的代理人可以核定。") % {"name": wanted.label})


@act
def assign(
    petition: Petition,
    *,
    unit: Division | None,
    officer: Person,
    by: Account,
    at: datetime,
    for_person: Person | None = None,
    expect_version: int | None = None,
) -> Petition:
    """分辦: the 研考窗口 gives it to unit and officer; inside the agency it is no hop."""
    petition.case = case = cases.lock(petition.case, expect_version=expect_version)
    if case.agency is None:
        raise CannotAct(_("案件還沒有派到機關。"))
    serves = directory.serving_at(officer, case.agency, on=day_of(at))
    if not serves:
        raise CannotAct(
            _("「%(name)s」目前不在「%(agency)s」任職。") % {"name": officer.label, "agency": case.agency.label}
        )
    unit = unit or next((row.unit for row in serves if row.unit), None)
    if petition.sealed and not any(row.role == Role.ETHICS for row in serves):
        raise CannotAct(_("政風案件只能分給政風人員。"))
    about = petition.about_unit
    if about is not None and queries.seats_of(day_of(at)).filter(person=officer, unit=about).exists():
        raise CannotAct(_("這件反映的是「%(name)s」的單位，不能由該單位辦理。") % {"name": officer.label})
    cases.assign_officer(case, unit=unit, officer=officer, by=by, at=at, for_person=for_person)
    todos.done(petition, todos.ASSIGN, at=at)
    wait_for_officer(petition, at=at)
    restrictions.suggest(petition, at=at)
    return petition


def wait_for_officer(petition: Petition, *, at: datetime) -> None:
    """Put it on the officer's list with the clock that runs."""
    case = petition.case
    clock = clocks.current(petition)
    assert case.agency
    todos.wait(
        petition, todos.HANDLE, agency=case.agency, unit=case.unit, person=case.officer, stage=clock.stage if clock else "",
        due_at=clock.due_at if clock else None, at=at,
    )  # fmt: skip
    referrals.follow(petition, at=at)


@act
def hand_back(petition: Petition, *, reason: str, by: Account, at: datetime) -> None:
    """The officer gives it back to the agency's own 研考窗口."""
    petition.case = case = cases.lock(petition.case)
    case.unit = case.officer = None
    cases.move(case, Status.ASSIGNED, by=by, at=at, given={"reason": reason}, public=False)
    assert case.agency
    todos.done(petition, todos.HANDLE, todos.APPROVE, at=at)
    todos.wait(
        petition, todos.ASSIGN, agency=case.agency, role=Role.COORDINATOR, due_at=clocks.next_due(petition), at=at
    )


def refuse_others(petition: Petition, agency: Agency) -> None:
    """What is sealed goes to nobody else; what is about an agency not to that agency."""
    if petition.sealed:
        raise CannotAct(_("政風案件不能請其他機關協辦或副知。"))
    if petition.about_agency_id == agency.pk:
        raise CannotAct(_("這件反映的是這個機關，不能請它協辦或副知。"))


@act
def add_co_handler(
    petition: Petition, *, agency: Agency, asked: str, working_days: int, by: Account, at: datetime
) -> Assignment:
    """協辦 with a clock of its own; its opinion goes to the lead."""
    if not asked.strip():
        raise CannotAct(_("請寫明要請對方協助什麼。"))
    refuse_others(petition, agency)
    assignment = cases.add_part(petition.case, part=Part.CO_HANDLER, agency=agency, asked=asked, by=by, at=at)
    clock = deadlines.start(
        assignment, stage="co_handle", limit=Limit(working_days, Unit.WORKING_DAYS), policy_version="",
        because=gettext_noop("主辦機關指定的協辦期限"), at=at,
    )  # fmt: skip
    todos.wait(petition, todos.CO_HANDLE, agency=agency, role=Role.COORDINATOR, due_at=clock.due_at, at=at)
    return assignment


@act
def answer_co_handling(assignment: Assignment, *, answer: str, by: Account, at: datetime) -> Assignment:
    """The co-handler's opinion."""
    if not answer.strip():
        raise CannotAct(_("請填寫協辦意見。"))
    cases.answer_part(assignment, answer=answer, by=by, at=at)
    if clock := deadline_queries.running(assignment, "co_handle"):
        deadlines.meet(clock, at=at)
    petition = of_case(assignment.case)
    if not assignment.case.assignments.filter(part=Part.CO_HANDLER, ends_at=None).exists():
        todos.done(petition, todos.CO_HANDLE, at=at)
    return assignment


@act
def add_copy(petition: Petition, *, agency: Agency, by: Account, at: datetime) -> Assignment:
    """副知: they may read it; no duty comes with it."""
    refuse_others(petition, agency)
    return cases.add_part(petition.case, part=Part.COPY, agency=agency, by=by, at=at)


@act
def ask_citizen(
    petition: Petition, *, text: str, by: Account, at: datetime, expect_version: int | None = None
) -> Question:
    """補正: ask, tell the citizen, and let the clock stand still for at most the cap."""
    petition.case = case = cases.lock(petition.case, expect_version=expect_version)
    if not text.strip():
        raise CannotAct(_("請寫明需要民眾補充什麼。"))
    if case.requester is None or not (case.requester.email or case.requester.account_id):
        raise CannotAct(_("這位民眾沒有留電子郵件，請改以電話詢問，並記在內部備註。"))
    cap = Limit(parameter("petitions.answer_working_days", on=day_of(at)).value, Unit.WORKING_DAYS)
    answer_by = day_of(due(at, cap, deadlines.calendar()).at)
    asked = cases.ask_citizen(
        case, text=text.strip(), answer_by=answer_by, asked_by=directory.person_of(by), by=by, at=at
    )
    if clock := clocks.current(petition):
        deadlines.pause(clock, why=gettext_noop("等待民眾補正"), by=by, at=at)
    todos.done(petition, todos.HANDLE, at=at)
    assert case.agency
    todos.wait(
        petition, todos.WAITING, agency=case.agency, unit=case.unit, person=case.officer,
        due_at=clock_time(answer_by, 17, 30), at=at,
    )  # fmt: skip
    letters.question(petition, question=asked, at=at)
    return asked


@act
def answer_question(petition: Petition, *, answer: str, by: Account | None, at: datetime) -> Petition:
    """The citizen answered: the clock runs on from here."""
    question = case_queries.open_question(petition.case)
    if question is None:
        raise CannotAct(_("目前沒有等待您補充的問題。"))
    if not answer.strip():
        raise CannotAct(_("請填寫補充的內容。"))
    answered = cases.answer_question(question, answer=answer.strip(), by=by, at=at)
    words.guard_field(petition.case, answered, "answer", "question", at=at)
    petition.case.refresh_from_db()
    _go_on(petition, at=at)
    return petition


@act
def lapse_question(question: Question, *, at: datetime) -> None:
    """Nobody answered within the cap: the clock runs on and the officer decides with what there is."""
    cases.lapse_question(question, at=at)
    _go_on(of_case(cases.lock(question.case)), at=at)


def _go_on(petition: Petition, *, at: datetime) -> None:
    if clock := clocks.current(petition):
        deadlines.resume(clock, at=at)
    todos.done(petition, todos.WAITING, at=at)
    wait_for_officer(petition, at=at)


# ---- replies ---------------------------------------------------------------------------------------------------------


def stage_now(petition: Petition) -> int:
    """Which stage a reply written now belongs to."""
    replied = any(reply.stage == 1 and reply.state == ReplyState.SENT for reply in case_queries.replies(petition.case))
    return rules.next_stage(petition.urgent, replied)


def latest_promise(petition: Petition, *, at: datetime) -> date:
    """The last day that may be promised: the limit of the final answer, running or about to start."""
    clock = clocks.running(petition, clocks.FINAL)
    if clock:
        return day_of(clock.due_at)
    return day_of(due(at, clocks.preview_final(petition, at=at), deadlines.calendar()).at)


@act
def draft_reply(
    petition: Petition,
    *,
    text: str,
    promised_on: date | None = None,
    template: str = "",
    outcome: str = "",
    by: Account,
    at: datetime,
    expect_version: int | None = None,
) -> Reply:
    """Keep the draft. A promised day may be earlier than the limit, never later."""
    if petition.case.status not in IN_HAND:
        raise CannotAnswer(_("案件目前不在承辦中，不能寫回復。"))
    stage = stage_now(petition)
    if promised_on:
        if promised_on < day_of(at):
            raise CannotAnswer(_("承諾的日子已經過了。"))
        if stage == 1 and not rules.may_be_promised(
            promised_on.toordinal(), latest_promise(petition, at=at).toordinal()
        ):
            raise CannotAnswer(_("承諾的日子不能晚於正式回復的期限；需要更久，請申請展期。"))
    return cases.draft_reply(
        petition.case, stage=stage, text=text, promised_on=promised_on, template=template, outcome=outcome,
        author=directory.person_of(by), by=by, at=at, expect_version=expect_version,
    )  # fmt: skip


def approver_of(petition: Petition, stage: int, *, at: datetime) -> tuple[str, Person | None]:
    """The level of 分層負責 that approves a reply of this stage now, and who holds it."""
    case = petition.case
    assert case.agency
    code = petition.category.code if petition.category else ""
    on = day_of(at)
    level = directory.approval_level(case.agency, code, clocks.STAGE_OF[stage], on)
    return level, directory.approver_for(case.agency, code, clocks.STAGE_OF[stage], case.unit, on)


@act
def submit_reply(petition: Petition, *, by: Account, at: datetime, expect_version: int | None = None) -> Reply:
    """陳核 to the level of the agency's 分層負責."""
    petition.case = case = cases.lock(petition.case, expect_version=expect_version)
    reply = case_queries.reply_in_work(case)
    if reply is None:
        raise CannotAnswer(_("還沒有草稿，請先寫回復。"))
    if slots := rules.open_slots(reply.text):
        raise CannotAnswer(_("範本裡還有沒填的空格：%(slots)s") % {"slots": _("、").join(slots)})
    final = reply.stage == 2
    if final and not reply.outcome:
        raise CannotAnswer(_("請選擇辦理結果。"))
    if final and reply.outcome == Outcome.REMEDY and not rules.names_remedy(reply.text):
        raise CannotAnswer(_("請在回復裡寫明是訴願、訴訟或國家賠償，以及向哪個機關、在什麼期限內提出。"))
    if case.status == Status.AWAITING_CITIZEN:
        raise CannotAnswer(_("正在等民眾補正，請等回覆或逾期後再陳核。"))
    assert case.agency
    level, approver = approver_of(petition, reply.stage, at=at)
    if approver is None:
        raise CannotAnswer(_("貴機關還沒有設定這一層的核定人員，請洽研考窗口。"))
    cases.submit_reply(reply, approver=approver, approver_role=level, by=by, at=at, final=final)
    todos.done(petition, todos.HANDLE, at=at)
    todos.wait(
        petition, todos.APPROVE, agency=case.agency, unit=case.unit, person=approver,
        due_at=clocks.next_due(petition), at=at,
    )  # fmt: skip
    return reply


@act
def send_back_reply(reply: Reply, *, reason: str, by: Account, at: datetime) -> Reply:
    """退回修改 by the approver, or by whoever stands in."""
    assert reply.approver
    signer(by, reply.approver, at)
    reply.case = cases.lock(reply.case)
    cases.send_back_reply(reply, reason=reason, by=by, at=at, final=reply.stage == 2)
    petition = of_case(reply.case)
    todos.done(petition, todos.APPROVE, at=at)
    wait_for_officer(petition, at=at)
    return reply


@act
def approve_reply(reply: Reply, *, by: Account, at: datetime) -> Reply:
    """核定: the answer goes out now. Stage 1 starts the second clock; stage 2 ends the petition."""
    assert reply.approver
    person, absent = signer(by, reply.approver, at)
    reply.case = case = cases.lock(reply.case)
    final = reply.stage == 2
    cases.approve_reply(reply, approved_by=person, approved_for=absent, by=by, at=at, final=final)
    petition = of_case(case)
    todos.done(petition, todos.APPROVE, at=at)
    quality.answered(petition, reply, by=by, at=at)
    if final:
        clocks.final_reply_sent(petition, at=at)
        todos.done(petition, todos.HANDLE, todos.EXTENSION, todos.URGED, todos.REPEATS, at=at)
        cases.end_lead(case, at=at)
    else:
        clock = clocks.first_reply_sent(petition, at=at)
        if reply.promised_on:
            deadlines.promise_earlier(clock, due_on=reply.promised_on, by=by, at=at)
        wait_for_officer(petition, at=at)
    if final and reply.promised_on:
        promises.follow_up(petition, reply, at=at)
    letters.reply(petition, reply=reply, at=at)
    telling.promise(petition, reply, at=at)
    clusters.answered(petition, reply, by=by, at=at)
    referrals.replied(petition, reply, at=at)
    return reply


def of_case(case: Case) -> Petition:
    """The petition of a case, with that very copy of it."""
    petition = unit.remembered((Petition, case.pk), lambda: Petition.objects.select_related("category").get(pk=case.pk))
    petition.case = case
    return petition


unit.one_copy(Petition, lambda petition: petition.pk)


# ---- 展期 ------------------------------------------------------------------------------------------------------------


@act
def ask_extension(petition: Petition, *, working_days: int, reason: str, by: Account, at: datetime) -> Extension:
    """展期 is asked before the limit, with a reason, at most as often as the parameter allows."""
    case = cases.lock(petition.case)
    clock = clocks.running(petition, clocks.FINAL)
    if clock is None:
        raise CannotExtend(_("目前沒有可以展期的期限；初步回復不能展期。"))
    if at >= clock.due_at:
        raise CannotExtend(_("已經逾期，不能再申請展期。"))
    if not 1 <= working_days <= 30:
        raise CannotExtend(_("展期的工作天數請填 1 到 30。"))
    if not reason.strip():
        raise CannotExtend(_("請寫明展期的理由，民眾會看到。"))
    most = parameter("petitions.most_extensions", on=day_of(at)).value
    if petition.extensions.filter(state=ExtensionState.GRANTED).count() >= most:
        raise CannotExtend(_("已經展期 %(n)s 次，不能再展。") % {"n": most})
    if petition.extensions.filter(state=ExtensionState.ASKED).exists():
        raise CannotExtend(_("已有一份展期申請待核定。"))
    assert case.agency
    code = petition.category.code if petition.category else ""
    approver = directory.approver_for(case.agency, code, "extension", case.unit, day_of(at))
    if approver is None:
        raise CannotExtend(_("貴機關還沒有設定展期的核定人員，請洽研考窗口。"))
    extension = Extension.objects.create(
        petition=petition, stage=2, working_days=working_days, reason=reason.strip(),
        asked_by=directory.person_of(by), asked_at=at, approver=approver,
    )  # fmt: skip
    cases.add_event(case, "extension_asked", by=by, at=at, payload={"extension": extension.pk}, public=False)
    todos.wait(
        petition, todos.EXTENSION, agency=case.agency, unit=case.unit, person=approver, due_at=clock.due_at, at=at
    )
    return extension


@act
def decide_extension(extension: Extension, *, granted: bool, decision: str, by: Account, at: datetime) -> Extension:
    """核定 or refuse a 展期; granted ones move the due day and the citizen is told why."""
    assert extension.approver
    person, absent = signer(by, extension.approver, at)
    if not granted and not decision.strip():
        raise CannotExtend(_("不同意時，請寫明理由。"))
    petition = extension.petition
    petition.case = case = cases.lock(petition.case)
    clock = clocks.running(petition, clocks.FINAL)
    if clock is None:
        raise CannotExtend(_("案件已經沒有進行中的期限。"))
    extension.state = ExtensionState.GRANTED if granted else ExtensionState.REFUSED
    extension.decided_by, extension.decided_at, extension.decision = person, at, decision
    fields = "state", "decided_by", "decided_at", "decision"
    if not unit.save_if(extension, *fields, state=ExtensionState.ASKED):
        raise CannotExtend(_("這份展期申請已經決定過了。"))
    todos.done(petition, todos.EXTENSION, at=at)
    if granted:
        deadlines.extend(
            clock,
            limit=Limit(extension.working_days, Unit.WORKING_DAYS),
            reason=extension.reason,
            approved_by=by,
            at=at,
        )
        cases.add_event(
            case, "extended", by=by, at=at, for_person=absent,
            payload={"extension": extension.pk, "reason": extension.reason},
        )  # fmt: skip
        letters.extended(petition, extension=extension, at=at)
    else:
        cases.add_event(case, "extension_refused", by=by, at=at, payload={"reason": decision}, public=False)
    wait_for_officer(petition, at=at)
    return extension


# ---- other ways out --------------------------------------------------------------------------------------------------


@act
def end(
    petition: Petition, to: Status, *, reason: str, by: Account | None, at: datetime,
    agency: Agency | None = None, parent: Case | None = None, ground: str = "", document_number: str = "",
    by_letter: bool = False,
) -> Petition:  # fmt: skip
    """撤案, 移送 to an outside body, 併案 or 不予處理, each with what the table of moves asks for."""
    if parent:
        parent = joining.lock_to_join(petition, parent)
    petition.case = case = cases.lock(petition.case)
    given = {"reason": reason.strip()}
    if agency:
        given["agency"] = agency.code
    if parent:
        joining.put_under(petition, parent, reason=reason, by=by, at=at)
        given["parent"] = parent.number or ""
    if ground:
        given["ground"] = Ground(ground).value
    if to == Status.NOT_PROCESSED:
        restrictions.filtered(petition, ground=ground, reason=reason, by=by, at=at)
    cases.end_outside(case, to, by=by, at=at, given=given)
    quality.ended(petition, by=by, at=at)
    clocks.stop_all(petition, why=str(to.label), at=at)
    todos.done(petition, todos.DISPATCH, todos.CO_HANDLE, todos.ALERT, todos.CALL_BACK, *todos.AT_AGENCY, at=at)
    letters.ended(petition, how=str(to), reason=reason, at=at)
    if to == Status.TRANSFERRED_OUTSIDE and agency:
        outside.send(
            petition, agency=agency, reason=reason, document_number=document_number, by_letter=by_letter, by=by, at=at
        )
    referrals.ended(petition, how=str(to), reason=reason, at=at)
    return petition


@act
def take_up_again(petition: Petition, *, reason: str, by: Account, at: datetime) -> Petition:
    """Undo 併案, 移送 or 不予處理: back to the desk."""
    case = joining.lock_to_part(petition)
    if not reason.strip():
        raise CannotAct(_("請寫明重新受理的理由。"))
    restrictions.undo(petition, because=reason, by=by, at=at)
    joining.undo(petition, by=by, at=at)
    outside.came_back(petition, reason=reason, by=by, at=at)
    case.ended_at, case.parent = None, None
    cases.move(case, Status.DISPATCHING, by=by, at=at, given={"reason": reason})
    clocks.begin(petition, at=at)
    petition.save()
    dispatch.wait_at_desk(petition, at=at)
    return petition


@act
def new_cause(petition: Petition, *, reason: str = "", by: Account, at: datetime) -> Petition:
    """這是新的事由: what a listing declined is about something else after all, and goes its ordinary way at once."""
    aside = listings.standing_aside(petition)
    if aside is None or aside.restriction is None:
        raise CannotAct(_("這件不是因列管而不予處理的案件。"))
    requester = petition.case.requester
    with translation.override(requester.language if requester else petition.case.language):  # the citizen reads it
        why = reason.strip() or _("看過後認為是新的事由，不是先前已回復的那一件。")
    take_up_again(petition, reason=why, by=by, at=at)
    dispatch.route_again(petition, by=by, at=at)
    return petition


@act
def decide_reopen(request: ReopenRequest, *, granted: bool, decision: str, by: Account, at: datetime) -> ReopenRequest:
    """申請重新處理: the agency takes it up, with a clock of its own, or says why not."""
    cases.decide_reopen(request, granted=granted, decision=decision, decided_by=directory.person_of(by), by=by, at=at)
    petition = of_case(cases.lock(request.case))
    todos.done(petition, todos.REOPEN, at=at)
    if granted:
        assert petition.case.agency
        deadlines.start(
            petition.case, stage=clocks.FINAL, limit=clocks.preview_final(petition, at=at), policy_version="reopened",
            because=gettext_noop("民眾申請重新處理，自同意之日起算"), at=at,
        )  # fmt: skip
        todos.wait(
            petition, todos.ASSIGN, agency=petition.case.agency, role=Role.COORDINATOR,
            due_at=clocks.next_due(petition), at=at,
        )  # fmt: skip
    letters.reopen_decided(petition, request=request, at=at)
    return request


@act
def seen_additions(petition: Petition, *, at: datetime) -> int:
    """The officer opened the record: what the citizen added is no longer new."""
    return Addition.objects.filter(case=petition.case, seen_at=None).update(seen_at=at)


def seen_urging(petition: Petition, *, at: datetime) -> None:
    """The chief opened the record: that the citizen urged is known."""
    todos.done(petition, todos.URGED, at=at)


def close_after(day: date) -> timedelta:
    """How long after the reply a petition closes by itself."""
    return timedelta(days=parameter("petitions.close_days", on=day).value)
