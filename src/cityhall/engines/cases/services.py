"""Acts on a case. Each takes one step of the table in `states`, appends one event, and leaves one audit entry.

Domains call these inside their own acts and add what only they know: clocks, letters, to-dos.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.engines.identity.models import Account
from cityhall.engines.numbers import services as numbers
from cityhall.foundation.clock import day_of
from cityhall.foundation.roc import roc_year
from cityhall.foundation.rows import new as new_row
from cityhall.foundation.unit import (
    Appendix,
    act,
    gives_keys,
    insert,
    just_read,
    one_copy,
    remember,
    remembered,
    remembered_of,
    save_at_once,
    save_if,
    save_with_act,
    set_all,
    write_what_waits,
    written_in_bulk,
)

from . import queries
from .contacts import phone_key
from .models import (
    Addition,
    Assignment,
    Case,
    Event,
    Note,
    Place,
    Question,
    Rating,
    ReopenRequest,
    Reply,
    Requester,
)
from .states import ENDED, MOVES, Part, ReplyState, Status

SERIES = "cases"


class CannotAct(Exception):
    """A refusal with a sentence for the person who asked."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class CannotMoveCase(CannotAct):
    """The table of moves does not allow this step, or something that it needs is missing."""


class SomebodyWasFaster(CannotAct):
    """The case changed since the person opened it; nothing was saved.

    `changes` are the events since then; `saved` is the draft that a colleague saved, where that is what changed.
    """

    def __init__(self, changes: list[Event], saved: Reply | None = None) -> None:
        super().__init__(_("您開啟之後，這件案子已有變動，所以沒有儲存。請看過變動後再試一次。"))
        self.changes, self.saved = changes, saved


def locked(pk: int) -> Case:
    """The case with that key, locked until the end of the transaction; one act has one copy of it."""

    def read() -> Case:
        case = Case.objects.select_for_update().get(pk=pk)
        just_read(case)
        return case

    return remembered((Case, pk), read)


def hold(case: Case) -> None:
    """Take this copy as the one that the act has."""
    remember((Case, case.pk), case)


def hold_all(read: Iterable[Case]) -> None:
    """The same for many that were just read, each after it was locked."""
    for case in read:
        just_read(case)
        hold(case)


one_copy(Case, lambda case: case.pk)


def lock_in_order(keys: Iterable[int]) -> dict[int, Case]:
    """Many cases, locked in the order of their keys: whoever needs several takes them so, and nobody waits in a ring."""
    return {pk: locked(pk) for pk in sorted(set(keys))}


def lock(case: Case, *, expect_version: int | None = None) -> Case:
    """The case, read again and locked until the end of the transaction (see `locked`).

    What hangs on it (requester, place, agency) is taken over from the copy that is given, as far as it is the same.
    Raises SomebodyWasFaster when the page that the act comes from showed an older version.
    """
    fresh = locked(case.pk)
    if fresh is not case:
        for field in Case._meta.concrete_fields:
            related = case._state.fields_cache.get(field.name)
            if related is not None and getattr(fresh, field.attname) == related.pk:
                fresh._state.fields_cache.setdefault(field.name, related)
    if expect_version is not None and fresh.version != expect_version:
        raise SomebodyWasFaster(list(fresh.events.filter(n__gt=expect_version).order_by("n")))
    return fresh


@act
def add_event(
    case: Case,
    type: str,
    *,
    by: Account | None,
    at: datetime,
    payload: Mapping[str, Any] | None = None,
    public: bool = True,
    status: Status | None = None,
    for_person: Person | None = None,
) -> Event:
    """Append to the timeline; `case.version` is the number of its newest event."""
    event = _next_event(case, type, by, at, payload, public, status, for_person)
    save_with_act(lock(case))
    return event


def _next_event(
    case: Case,
    type: str,
    by: Account | None,
    at: datetime,
    payload: Mapping[str, Any] | None,
    public: bool,
    status: Status | None,
    for_person: Person | None,
) -> Event:
    """The event with its number, written with those of the whole act; the case's new version is not saved yet."""
    held = lock(case)
    held.version += 1
    case.version = held.version
    return _events.append(
        new_row(
            Event,
            case=case,
            n=held.version,
            type=type,
            at=at,
            by=by,
            for_person=for_person,
            payload=dict(payload or {}),
            public=public,
            status=status or "",
        )
    )


_events = Appendix(Event._meta.db_table, written_in_bulk(Event))


def add_to_each(
    found: Sequence[Case], type: str, *, by: Account | None, at: datetime, payload: Mapping[str, Any]
) -> None:
    """One more event and audit entry for each of many cases that the act has locked; the caller saves their versions."""
    for case in found:
        case.version += 1
        _events.append(
            new_row(Event, case=case, n=case.version, type=type, at=at, by=by, payload=dict(payload), public=True)
        )
        audit.record(f"case.{type}", case, by=by, at=at, new=dict(payload))


@act
def move(
    case: Case,
    to: Status,
    *,
    by: Account | None,
    at: datetime,
    given: Mapping[str, Any] | None = None,
    public: bool = True,
    for_person: Person | None = None,
) -> Event:
    """Take one step of the table. `given` must hold what the step needs and is kept with the event.

    Raises CannotMoveCase.
    """
    given = dict(given or {})
    step = MOVES[Status(case.status)].get(to)
    if step is None:
        raise CannotMoveCase(
            _("案件目前是「%(now)s」，不能改為「%(to)s」。") % {"now": Status(case.status).label, "to": to.label}
        )
    if missing := step.lacks(given):
        raise CannotMoveCase(_("缺少必要資料：%(names)s") % {"names": "、".join(missing)})
    before = case.status
    if before in ENDED and to not in ENDED and case.agency_id is not None:
        # It comes to life again, perhaps after its agency has ended.
        agency = Agency.objects.get(pk=case.agency_id)
        case.agency, case.unit = directory.carried_on(agency, case.unit, on=day_of(at))
    case.status = to
    event = _next_event(case, step.event, by, at, given, public, to, for_person)
    hold(case)
    save_with_act(case)
    audit.record(f"case.{step.event}", case, by=by, at=at, old={"status": before}, new={"status": str(to)})
    return event


@act
def open_case(
    *,
    kind: str,
    title: str,
    text: str,
    channel: str,
    language: str,
    requester: Requester | None,
    place: Place | None,
    filed_by: Account | None,
    at: datetime,
    confidential: bool = False,
    keep_identity_secret: bool = False,
    reference: uuid.UUID | None = None,
    received_at: datetime | None = None,
) -> Case:
    """Register what came in. It has no number yet: 成案 comes with `confirm`.

    `received_at`: when it came in, where that was before it was entered.
    """
    if requester and requester.pk is None:
        requester.phone_key = phone_key(requester.phone)
        insert(requester)
        queries.note_sender(requester)
    if place and place.pk is None:
        insert(place)
    case = insert(
        Case(
            kind=kind,
            title=title,
            text=text,
            channel=channel,
            language=language,
            requester=requester,
            place=place,
            filed_by=filed_by,
            received_at=received_at or at,
            confidential=confidential,
            keep_identity_secret=keep_identity_secret,
            reference=reference or uuid.uuid4(),
            version=1,
        )
    )
    just_read(case)
    _events.append(
        new_row(Event,
            case=case, n=1, type="received", at=at, by=filed_by, payload={"channel": channel},
            status=Status.AWAITING_CONFIRMATION,
        )
    )  # fmt: skip
    hold(case)
    audit.record("case.received", case, by=filed_by, at=at, new={"channel": channel})
    return case


def next_number(day: date) -> str:
    """The next case number of a day, as 115-1123-0147: ROC year, month and day, serial."""
    return next_numbers([day])[0]


def numbers_begin(after: Mapping[date, int]) -> None:
    """In a workshop: on these days so many numbers are given elsewhere; the first one here comes behind them."""
    numbers.begin_after(SERIES, after)


def next_numbers(days: Sequence[date]) -> list[str]:
    """The next numbers of many days at once, in the order of the days given: one statement for all of them."""
    serials = numbers.next_numbers(SERIES, days)
    return [f"{roc_year(day)}-{day:%m%d}-{serial:04}" for day, serial in zip(days, serials, strict=True)]


@act
def confirm(
    case: Case, *, how: str, by: Account | None, at: datetime, number: str = "", since: datetime | None = None
) -> Case:
    """成案: verification is complete, the number is given, and from here on the case counts.

    `since`: it has counted before, as a part of another, and its number is one of that day.

    A case that is already confirmed is returned as it is. The number is taken here, late, as everybody who opens a case
    waits for the counter; the head of the audit chain is locked later still, at the end of the act. Whoever opens many
    cases in one transaction takes their numbers before the first (`next_numbers`) and brings them.
    """
    case = lock(case)
    if case.is_confirmed:
        return case
    if case.status != Status.AWAITING_CONFIRMATION:
        raise CannotMoveCase(_("這件反映已經逾期或撤回，請重新填寫。"))
    case.confirmed_at = since or at
    case.opened_on = day_of(case.confirmed_at)
    move(case, Status.RECEIVED, by=by, at=at, given={"how": how})
    if not number:
        write_what_waits()
        number = next_number(case.opened_on)
    case.number = number
    return case


@act
def assign_agency(
    case: Case,
    *,
    agency: Agency,
    by: Account | None,
    at: datetime,
    given: Mapping[str, Any] | None = None,
    for_person: Person | None = None,
) -> Assignment:
    """派案 to an agency: it becomes the lead; the lead before it ends here."""
    if agency.closed_on and agency.closed_on <= day_of(at):
        raise CannotMoveCase(_("「%(agency)s」已經裁撤，請改選承接的機關。") % {"agency": agency.label})
    if case.agency_id:
        end_lead(case, at=at)
    case.agency, case.unit, case.officer, case.assigned_at = agency, None, None, at
    move(case, Status.ASSIGNED, by=by, at=at, for_person=for_person, given={"agency": agency.code, **(given or {})})
    lead = insert(Assignment(case=case, part=Part.LEAD, agency=agency, starts_at=at))
    remember((Assignment, case.pk), [lead])
    return lead


def _change_lead(case: Case, **values: Any) -> None:
    """Change the lead at present, if there is one; a unit that gives out keys has it at hand."""
    if gives_keys():
        set_all(remembered((Assignment, case.pk), lambda: list(_leads(case))), **values)
    else:
        _leads(case).update(**values)


def _leads(case: Case) -> QuerySet[Assignment]:
    return case.assignments.filter(part=Part.LEAD, ends_at=None)


def end_lead(case: Case, *, at: datetime, returned: bool = False) -> None:
    """Close the present lead's time."""
    _change_lead(case, ends_at=at, ended_by_return=returned)
    remember((Assignment, case.pk), [])


@act
def assign_officer(
    case: Case,
    *,
    unit: Unit | None,
    officer: Person,
    by: Account | None,
    at: datetime,
    for_person: Person | None = None,
) -> Case:
    """分辦 inside the agency, which is no hop: the officer has it in hand from now on."""
    case.unit, case.officer = unit, officer
    _change_lead(case, unit=unit, officer=officer)
    given = {"officer": officer.pk, "unit": unit.pk if unit else None}
    if case.status in (Status.ASSIGNED, Status.REOPENED):
        move(case, Status.ACCEPTED, by=by, at=at, given=given, for_person=for_person)
    else:
        add_event(case, "reassigned", by=by, at=at, payload=given, public=False, for_person=for_person)
        save_with_act(case)
        audit.record("case.reassigned", case, by=by, at=at, new=given)
    return case


@act
def add_part(case: Case, *, part: Part, agency: Agency, asked: str = "", by: Account, at: datetime) -> Assignment:
    """Add a 協辦, which answers and has a clock of its own, or a 副知, which carries no duty."""
    if case.assignments.filter(part=part, agency=agency, ends_at=None).exists():
        raise CannotAct(_("「%(agency)s」已經在名單上。") % {"agency": agency.label})
    if part == Part.CO_HANDLER and agency == case.agency:
        raise CannotAct(_("主辦機關不能同時是協辦機關。"))
    assignment = Assignment.objects.create(case=case, part=part, agency=agency, asked=asked, starts_at=at)
    helps, given = part == Part.CO_HANDLER, {"agency": agency.code}
    event = "co_handler_added" if helps else "copied"
    add_event(case, event, by=by, at=at, payload=given, public=helps)
    audit.record(f"case.{event}", case, by=by, at=at, new=given)
    return assignment


@act
def answer_part(assignment: Assignment, *, answer: str, by: Account, at: datetime) -> Assignment:
    """A co-handler's opinion; it goes to the lead, not to the citizen."""
    assignment.answer, assignment.answered_at, assignment.ends_at = answer, at, at
    if not save_if(assignment, "answer", "answered_at", "ends_at", answered_at=None, ends_at=None):
        raise CannotAct(_("這件協辦已經回覆過了。"))
    add_event(
        assignment.case, "co_handler_answered", by=by, at=at, payload={"agency": assignment.agency.code}, public=False
    )
    audit.record("case.co_handler_answered", assignment.case, by=by, at=at, new={"agency": assignment.agency.code})
    return assignment


@act
def ask_citizen(
    case: Case, *, text: str, answer_by: date, asked_by: Person | None, by: Account, at: datetime
) -> Question:
    """補正: ask the citizen for what is missing. The caller pauses the clock."""
    question = Question.objects.create(
        case=case, text=text, asked_by=asked_by, asked_at=at, answer_by=answer_by, status_before=case.status
    )
    move(case, Status.AWAITING_CITIZEN, by=by, at=at, given={"question": question.pk})
    return question


@act
def answer_question(question: Question, *, answer: str, by: Account | None, at: datetime) -> Question:
    """The citizen's answer brings the case back to where it was."""
    case = lock(question.case)
    question.answer, question.answered_at = answer, at
    if not save_if(question, "answer", "answered_at", answered_at=None, lapsed_at=None):
        raise CannotAct(_("這個問題已經結束，請改用「補充說明」。"))
    move(case, Status(question.status_before), by=by, at=at, given={"question": question.pk})
    return question


@act
def lapse_question(question: Question, *, at: datetime) -> Question:
    """The cap has come without an answer: work goes on with what there is."""
    case = lock(question.case)
    question.lapsed_at = at
    if not save_if(question, "lapsed_at", answered_at=None, lapsed_at=None):
        raise CannotAct(_("這個問題已經結束，請改用「補充說明」。"))
    move(case, Status(question.status_before), by=None, at=at, given={"question": question.pk, "lapsed": True})
    return question


@act
def add_note(case: Case, *, text: str, author: Person | None, by: Account, at: datetime) -> Note:
    """An internal remark; citizens never see it."""
    note = Note.objects.create(case=case, by=author, at=at, text=text)
    add_event(case, "noted", by=by, at=at, payload={"note": note.pk}, public=False)
    audit.record("case.noted", case, by=by, at=at)
    return note


def lock_with_main(case: Case, *more: int) -> tuple[Case, Case]:
    """The case and the one that it is joined to, or itself; `more` are keys of others that the act will change.

    Raises SomebodyWasFaster when it was joined or taken out at this very moment.
    """
    seen = Case.objects.filter(pk=case.pk).values_list("parent_id", flat=True).get()
    all_held = lock_in_order({case.pk, seen or case.pk, *more})
    held = lock(case)
    if held.parent_id != seen:
        raise SomebodyWasFaster([])
    return held, all_held[seen or case.pk]


@act
def add_facts(case: Case, *, kind: str, text: str, by: Account | None, at: datetime) -> Addition:
    """補充 or 催辦 from the citizen or an operator, at any time while the case, or the one it is joined to, is open.

    What is said to a joined case stays its own citizen's words; that it came is told to those who handle the main one.
    """
    held, main = lock_with_main(case) if case.parent_id else (lock(case), lock(case))
    if main.is_ended:
        raise CannotAct(_("這件案子已經結束；若還沒解決，請申請重新處理。"))
    addition = Addition.objects.create(case=held, kind=kind, text=text, at=at, by=by)
    event = "urged" if kind == Addition.Kind.URGE else "facts_added"
    add_event(held, event, by=by, at=at, payload={"addition": addition.pk})
    audit.record(f"case.{event}", held, by=by, at=at)
    if main is not held:
        add_event(main, "joined_facts_added", by=by, at=at, payload={"from": held.number}, public=False)
    return addition


@act
def draft_reply(
    case: Case,
    *,
    stage: int,
    text: str,
    promised_on: date | None,
    template: str,
    outcome: str,
    author: Person | None,
    by: Account,
    at: datetime,
    expect_version: int | None = None,
) -> Reply:
    """Keep the draft of a stage's reply; there is one draft a stage.

    Raises SomebodyWasFaster when another officer saved it meanwhile.
    """
    lock(case)  # two first drafts at once: the second sees the first
    known = queries.replies(case)
    reply = next((one for one in known if one.stage == stage and one.state in queries.IN_WORK), None)
    if reply and reply.state == ReplyState.IN_REVIEW:
        raise CannotAct(_("這份回復已經陳核，核定或退回之前不能修改。"))
    if reply is None:
        reply = Reply(case=case, stage=stage, drafted_at=at)
    elif expect_version is not None and reply.version != expect_version:
        raise SomebodyWasFaster([], reply)
    else:
        reply.version += 1
    reply.text, reply.promised_on, reply.template, reply.outcome = text, promised_on, template, outcome
    reply.drafted_by, reply.drafted_at = author, at
    if reply.pk:
        save_at_once(reply)
    else:
        known.append(reply)
        insert(reply)
    return reply


@act
def submit_reply(
    reply: Reply, *, approver: Person, approver_role: str, by: Account, at: datetime, final: bool
) -> Reply:
    """陳核: the reply goes to the level that the agency's 分層負責 names."""
    if not reply.text.strip():
        raise CannotAct(_("回復內容是空白的，請先寫好再陳核。"))
    reply.state, reply.submitted_at = ReplyState.IN_REVIEW, at
    reply.approver, reply.approver_role, reply.sent_back_reason = approver, approver_role, ""
    fields = "state", "submitted_at", "approver", "approver_role", "sent_back_reason"
    if not save_if(reply, *fields, state__in=[ReplyState.DRAFT, ReplyState.SENT_BACK], version=reply.version):
        raise CannotAct(_("這份回復已經陳核或送出。"))
    if final:
        move(reply.case, Status.FINAL_REVIEW, by=by, at=at, given={"reply": reply.pk}, public=False)
    else:
        add_event(reply.case, "submitted", by=by, at=at, payload={"reply": reply.pk}, public=False)
        audit.record("case.submitted", reply.case, by=by, at=at, new={"reply": reply.pk})
    return reply


@act
def send_back_reply(reply: Reply, *, reason: str, by: Account | None, at: datetime, final: bool) -> Reply:
    """退回修改, with the reason that the officer reads."""
    if not reason.strip():
        raise CannotAct(_("請寫明退回的理由。"))
    reply.state, reply.sent_back_reason = ReplyState.SENT_BACK, reason
    if not save_if(reply, "state", "sent_back_reason", state=ReplyState.IN_REVIEW):
        raise CannotAct(_("這份回復目前不在陳核中。"))
    if final:
        move(reply.case, Status.IN_PROGRESS, by=by, at=at, given={"reason": reason, "reply": reply.pk}, public=False)
    else:
        add_event(
            reply.case, "reply_sent_back", by=by, at=at, payload={"reply": reply.pk, "reason": reason}, public=False
        )
        audit.record("case.reply_sent_back", reply.case, by=by, at=at, new={"reply": reply.pk})
    return reply


@act
def approve_reply(
    reply: Reply, *, approved_by: Person | None, approved_for: Person | None, by: Account, at: datetime, final: bool
) -> Reply:
    """核定 and send in one act. `approved_for` is the absent approver for whom a deputy signs 代."""
    reply.state, reply.approved_by, reply.approved_for = ReplyState.SENT, approved_by, approved_for
    reply.approved_at = reply.sent_at = at
    fields = "state", "approved_by", "approved_for", "approved_at", "sent_at"
    if not save_if(reply, *fields, state=ReplyState.IN_REVIEW):
        raise CannotAct(_("這份回復目前不在陳核中。"))
    case = reply.case
    if final:
        case.ended_at = at
        move(case, Status.REPLIED, by=by, at=at, given={"reply": reply.pk}, for_person=approved_for)
    else:
        move(case, Status.FIRST_REPLIED, by=by, at=at, given={"reply": reply.pk}, for_person=approved_for)
    return reply


@act
def answer_with(case: Case, *, source: Reply, text: str, by: Account | None, at: datetime) -> Reply:
    """Answer this case with what was approved for another about the same matter: a reply of its own, not approved anew.

    A final one ends it wherever it stands; an open question lapses, and a draft that lay with its approver goes back.
    """
    held = lock(case)
    known = queries.replies(held)
    for one in known:
        if one.state == ReplyState.IN_REVIEW:
            one.state = ReplyState.SENT_BACK
            one.save(update_fields=["state"])
    copy = Reply.objects.create(
        case=held, stage=source.stage, state=ReplyState.SENT, text=text, outcome=source.outcome,
        template=source.template, drafted_by=source.drafted_by, drafted_at=source.drafted_at,
        submitted_at=source.submitted_at, approver=source.approver, approver_role=source.approver_role,
        approved_by=source.approved_by, approved_for=source.approved_for, approved_at=source.approved_at, sent_at=at,
    )  # fmt: skip
    given = {"reply": copy.pk, "together": source.case.number}
    if source.stage == 1:
        add_event(held, "first_replied", by=by, at=at, payload=given, for_person=source.approved_for)
        audit.record("case.first_replied", held, by=by, at=at)
        return copy
    held.questions.filter(answered_at=None, lapsed_at=None).update(lapsed_at=at)
    if held.agency_id is None:
        held.agency, held.unit, held.officer = source.case.agency, source.case.unit, source.case.officer
    held.ended_at = at
    move(held, Status.REPLIED, by=by, at=at, given=given, for_person=source.approved_for)
    end_lead(held, at=at)
    return copy


@act
def rate(case: Case, *, score: int, solved: bool | None, comment: str, by: Account | None, at: datetime) -> Rating:
    """The citizen's word on the newest reply; it can be changed until the case is closed."""
    case = lock(case)
    sent = [one for one in queries.replies(case) if one.state == ReplyState.SENT and one.sent_at]
    reply = max(sent, key=lambda one: (one.sent_at, one.pk), default=None)
    if reply is None or not case.is_ended:
        raise CannotAct(_("還沒有正式回復，回復後再請您評分。"))
    known = remembered_of((Case, case.pk), (Rating, case.pk), lambda: list(case.ratings.order_by("pk")))
    rating = next((one for one in known if one.reply_id == reply.pk), None)
    created = rating is None
    if rating is None:
        rating = Rating(case=case, reply=reply)
        known.append(rating)
    rating.score, rating.solved, rating.comment, rating.at = score, solved, comment, at
    if created:
        insert(rating)
    else:
        save_at_once(rating)
    add_event(case, "rated", by=by, at=at, payload={"score": score, "solved": solved, "changed": not created})
    audit.record("case.rated", case, by=by, at=at, new={"score": score})
    return rating


@act
def ask_reopen(case: Case, *, reason: str, by: Account | None, at: datetime, within: timedelta) -> ReopenRequest:
    """申請重新處理: the citizen says that it is answered but not solved."""
    case = lock(case)
    if case.status not in (Status.REPLIED, Status.CLOSED):
        raise CannotAct(_("案件還在處理中，請用「補充說明」告訴我們。"))
    if case.ended_at and at > case.ended_at + within:
        raise CannotAct(_("回復已超過 %(days)s 天，請重新反映，我們會把前一件一起看。") % {"days": within.days})
    if case.reopen_requests.filter(granted=None).exists():
        raise CannotAct(_("您已經申請過了，機關正在審酌。"))
    request = ReopenRequest.objects.create(case=case, reason=reason, at=at)
    add_event(case, "reopen_asked", by=by, at=at, payload={"request": request.pk})
    audit.record("case.reopen_asked", case, by=by, at=at)
    return request


@act
def decide_reopen(
    request: ReopenRequest,
    *,
    granted: bool,
    decision: str,
    decided_by: Person | None,
    by: Account | None,
    at: datetime,
) -> ReopenRequest:
    """The agency takes it up again, or says why not."""
    if not decision.strip():
        raise CannotAct(_("請寫明決定的理由，民眾會看到。"))
    request.granted, request.decided_by, request.decided_at, request.decision = granted, decided_by, at, decision
    if not save_if(request, "granted", "decided_by", "decided_at", "decision", granted=None):
        raise CannotAct(_("這份申請已經決定過了。"))
    case = lock(request.case)
    if granted:
        case.ended_at = None
        move(case, Status.REOPENED, by=by, at=at, given={"reason": decision, "request": request.pk})
    else:
        add_event(case, "reopen_refused", by=by, at=at, payload={"request": request.pk, "reason": decision})
        audit.record("case.reopen_refused", case, by=by, at=at)
    return request


@act
def end_outside(case: Case, to: Status, *, by: Account | None, at: datetime, given: Mapping[str, Any]) -> Case:
    """撤案, 併案, 移送 or 不予處理: nobody in the city has it in hand any more; an open question lapses with it."""
    case.questions.filter(answered_at=None, lapsed_at=None).update(lapsed_at=at)
    case.ended_at = at
    move(case, to, by=by, at=at, given=given)
    end_lead(case, at=at)
    return case
