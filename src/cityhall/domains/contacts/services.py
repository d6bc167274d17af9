"""Acts on contacts: what the exchange tells, and what an operator does about it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.contacts import one_form, phone_key
from cityhall.engines.cases.models import Case
from cityhall.engines.classify.reading import mask
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Appointment, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.identity import digests
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of, start_of_day
from cityhall.foundation.unit import act

from . import faq_door, signing
from .cti import Event, Kind
from .models import (
    CallBack,
    ContactAnswer,
    ContactMoment,
    CtiDelivery,
    CtiEvent,
    NuisanceReport,
    OperatorPresence,
)
from .refusals import CannotContact, CannotTakeEvent
from .states import CHOSEN, CallBackState, Nuisance, NuisanceVerdict, Outcome, Presence, WrapUp

# ---- what the exchange tells -----------------------------------------------------------------------------------------


@act
def take_event(event: Event, *, signature: str, told_at: int, at: datetime) -> tuple[ContactMoment, bool]:
    """What happened to a call, and whether it was known: told again in a new delivery it changes nothing.

    Raises CannotTakeEvent for a delivery that was used before, for a clock that runs backwards within a call, and for
    the end of a call that nobody knows.
    """
    _use_once(signature, at)
    moment = datetime.fromtimestamp(told_at, UTC)
    contact = _contact_of(event, moment)
    known = CtiEvent.objects.filter(contact=contact, kind=event.kind.value, seat=event.seat).exists()
    if known:
        return contact, True
    if moment < contact.told_at:
        raise CannotTakeEvent(_("這個通知的時間早於同一通電話的前一個通知；請校正交換機的時鐘再送。"))
    if contact.ended_at is not None:
        raise CannotTakeEvent(_("這通電話已經結束，不再接受它的通知。"))
    CtiEvent.objects.create(contact=contact, kind=event.kind.value, seat=event.seat, at=moment)
    contact.told_at = moment
    if event.kind is Kind.ANSWER:
        _answered(contact, event, moment)
    elif event.kind is Kind.HANGUP:
        _hung_up(contact, event, moment)
    contact.save()
    return contact, False


def _use_once(signature: str, at: datetime) -> None:
    try:
        with transaction.atomic():
            CtiDelivery.objects.create(digest=hashlib.sha256(signature.encode()).hexdigest(), at=at)
    except IntegrityError:
        raise CannotTakeEvent(_("這一份簽過章的通知已經收過，不會再處理；要重送，請用現在的時間重新簽章。")) from None


def _contact_of(event: Event, moment: datetime) -> ContactMoment:
    """The contact of a call, locked; an answer whose ring was lost begins one."""
    rows = ContactMoment.objects.select_for_update()
    if event.kind is not Kind.HANGUP:
        ContactMoment.objects.get_or_create(
            call_id=event.call_id,
            defaults={
                "inbound": event.inbound, "queue": event.queue, "started_at": moment, "started_on": day_of(moment),
                "told_at": moment, "caller_key": phone_key(event.caller if event.inbound else event.to),
            },
        )  # fmt: skip
    found = rows.filter(call_id=event.call_id).first()
    if found is None:
        raise CannotTakeEvent(_("沒有這通電話：先前沒有收到它的來電或接聽通知。"))
    return found


def _answered(contact: ContactMoment, event: Event, moment: datetime) -> None:
    contact.seat = event.seat
    contact.answered_at = contact.answered_at or moment
    presence = _at_seat(event.seat)
    if presence is not None:
        contact.operator = presence.operator
        _be(presence.operator, Presence.TALKING, presence.seat, moment)


def _hung_up(contact: ContactMoment, event: Event, moment: datetime) -> None:
    contact.ended_at, contact.cause = moment, event.cause
    if contact.answered_at is None:
        contact.outcome = Outcome.DROPPED
    if contact.operator is not None:
        now = current_presence(contact.operator)
        if now is not None and now.state == Presence.TALKING:
            _be(contact.operator, Presence.WRAPPING, now.seat, moment)


def _at_seat(seat: str) -> OperatorPresence | None:
    if not seat:
        return None
    return OperatorPresence.objects.filter(seat=seat, until=None).exclude(state=Presence.OFF).first()


@act
def forget_deliveries(*, at: datetime) -> int:
    """Signatures older than twice the window are refused by their time: they need not be remembered."""
    return CtiDelivery.objects.filter(at__lt=at - timedelta(seconds=2 * signing.WINDOW)).delete()[0]


@act
def forget_people(*, at: datetime, block: int = 1000) -> int:
    """What leads to a person goes when its days are over: the digest of the number, notes, what a call-back was about.

    A number that still warns of a nuisance stays until it does not. Numbers, hours and outcomes stay: no person is found
    by them. How many contacts lost something.
    """
    before = start_of_day(day_of(at) - timedelta(days=int(parameter("contacts.keep_days", on=day_of(at)).value)))
    for row in CallBack.objects.filter(contact__started_at__lt=before, state=CallBackState.WAITING):
        call_back_done(row, result=CallBackState.STOPPED, by=None, at=at)
    old = ContactMoment.objects.filter(~Q(caller_key="") | ~Q(note=""), started_at__lt=before)
    old = old.exclude(nuisance__listed_until__gte=day_of(at))
    gone = 0
    while keys := list(old.order_by("started_at").values_list("pk", flat=True)[:block]):
        gone += ContactMoment.objects.filter(pk__in=keys).update(caller_key="", note="")
    CallBack.objects.filter(contact__started_at__lt=before).exclude(about="").update(about="")
    NuisanceReport.objects.filter(contact__started_at__lt=before).exclude(remark="").update(remark="")
    if gone:
        audit.record("contact.people_forgotten", None, by=None, at=at, new={"rows": gone})
    return gone


# ---- what an operator is doing ---------------------------------------------------------------------------------------


def current_presence(person: Person) -> OperatorPresence | None:
    """What somebody is doing now."""
    return OperatorPresence.objects.filter(operator=person, until=None).first()


def _be(person: Person, state: str, seat: str, at: datetime) -> OperatorPresence:
    OperatorPresence.objects.filter(operator=person, until=None).update(until=at)
    return OperatorPresence.objects.create(operator=person, state=state, seat=seat, since=at)


def _person(by: Account) -> Person:
    person = directory.person_of(by)
    if person is None:
        raise CannotContact(_("這個帳號沒有對應的人員，不能上線接聽。"))
    return person


@act
def be(*, state: str, seat: str, by: Account, at: datetime) -> OperatorPresence:
    """上線、休息、下線: from now on."""
    person = Person.objects.select_for_update().get(pk=_person(by).pk)
    if state not in CHOSEN:
        raise CannotContact(_("請選擇一種狀態。"))
    before = current_presence(person)
    seat = (seat or (before.seat if before else "") or person.extension).strip()
    if state != Presence.OFF:
        if not seat:
            raise CannotContact(_("請填您坐的話務席，例如 1001。"))
        taken = OperatorPresence.objects.filter(seat=seat, until=None).exclude(operator=person)
        if taken.exclude(state=Presence.OFF).exists():
            raise CannotContact(_("這個話務席有別人在用，請換一席，或請對方先下線。"))
    return _be(person, state, seat, at)


# ---- what an operator does about a contact ---------------------------------------------------------------------------


@act
def begin(*, by: Account, at: datetime) -> ContactMoment:
    """開始一通: by hand, where the exchange tells nothing."""
    contact = ContactMoment.objects.create(
        started_at=at, started_on=day_of(at), told_at=at, answered_at=at, operator=_person(by)
    )
    audit.record("contact.begun", contact, by=by, at=at)
    return contact


def _locked(contact: ContactMoment) -> ContactMoment:
    return ContactMoment.objects.select_for_update(of=("self",)).select_related("operator").get(pk=contact.pk)


@act
def answer_by_entry(contact: ContactMoment, *, code: str, version: int, by: Account, at: datetime) -> ContactMoment:
    """以第 n 則答復: one key, once an entry; pressed again, the entry is not used again."""
    contact = _locked(contact)
    _row, new = ContactAnswer.objects.get_or_create(contact=contact, code=code, defaults={"version": version, "at": at})
    if contact.outcome in (Outcome.OPEN, Outcome.ANSWERED):
        contact.outcome = Outcome.ANSWERED_BY_FAQ
    contact.wrap_up, contact.wrapped_at = contact.wrap_up or WrapUp.ENQUIRY, contact.wrapped_at or at
    contact.save()
    if new:
        faq_door.used(code, at=at)
        audit.record("contact.answered", contact, by=by, at=at, new={"entry": code, "version": version})
    return contact


@act
def link_case(contact: ContactMoment, case: Case, *, by: Account, at: datetime) -> ContactMoment:
    """The petition that was written down in this contact."""
    contact = _locked(contact)
    if contact.case_id is not None and contact.case_id != case.pk:
        raise CannotContact(_("這一通已經登錄了一件陳情；另一件事請另開一通。"))
    contact.case, contact.outcome = case, Outcome.CASE_OPENED
    contact.wrap_up, contact.wrapped_at = WrapUp.PETITION, at
    contact.save()
    audit.record("contact.case_opened", contact, by=by, at=at, new={"case": str(case.reference)})
    return contact


@act
def write_note(contact: ContactMoment, *, note: str, by: Account, at: datetime) -> ContactMoment:
    """備註: numbers, mailboxes and IDs in it are covered before they are kept."""
    contact = _locked(contact)
    contact.note = mask(note.strip())[:1000]
    contact.save(update_fields=["note"])
    audit.record("contact.noted", contact, by=by, at=at)
    return contact


@act
def wrap_up(contact: ContactMoment, *, code: str, by: Account, at: datetime) -> ContactMoment:
    """話後碼: what it was about. The contact is over; one that was begun by hand ends here."""
    contact = _locked(contact)
    if code not in WrapUp.values:
        raise CannotContact(_("請選擇話後碼。"))
    contact.wrap_up, contact.wrapped_at = code, at
    if contact.outcome == Outcome.OPEN:
        contact.outcome = Outcome.ANSWERED
    if contact.ended_at is None and contact.call_id is None:
        contact.ended_at = at
    contact.save()
    audit.record("contact.wrapped_up", contact, by=by, at=at, new={"code": code})
    if contact.operator is not None and contact.ended_at is not None:
        now = current_presence(contact.operator)
        if now is not None and now.state == Presence.WRAPPING:
            _be(contact.operator, Presence.READY, now.seat, at)
    return contact


# ---- calls that were promised ----------------------------------------------------------------------------------------

CALL_BACK = "contact.call_back"
NUISANCE = "contact.nuisance"
MOST_ATTEMPTS = 3


def agency_of(role: str, at: datetime) -> Agency | None:
    """The agency at which a role is held."""
    held = Appointment.objects.filter(role=role).as_of(day_of(at)).select_related("agency").order_by("pk").first()
    return held.agency if held else None


@act
def promise_call_back(
    contact: ContactMoment, *, phone: str, about: str, due_at: datetime, by: Account, at: datetime
) -> CallBack:
    """約定回電: a task of the operators until somebody is reached, or three tries failed."""
    contact = _locked(contact)
    number = one_form(phone)
    if not number:
        raise CannotContact(_("請填對方要我們回的電話，例如 03-000-0000。"))
    if due_at <= at:
        raise CannotContact(_("回電的時間要在現在以後。"))
    row = CallBack.objects.create(
        contact=contact, phone=digests.encrypt(number), about=mask(about.strip())[:200], due_at=due_at, asked_at=at
    )
    contact.outcome = Outcome.CALL_BACK if contact.outcome == Outcome.OPEN else contact.outcome
    contact.save(update_fields=["outcome"])
    agency = agency_of(Role.OPERATOR, at)
    if agency is not None:
        worklist.open_todo(
            CALL_BACK, row, title=_("回電"), detail=contact.number, reference=contact.number, agency=agency,
            role=Role.OPERATOR, due_at=due_at, url=reverse("contacts:one", args=[contact.reference]), at=at,
        )  # fmt: skip
    audit.record("contact.call_back_promised", contact, by=by, at=at, new={"due": due_at.isoformat()})
    return row


@act
def call_back_done(row: CallBack, *, result: str, by: Account | None, at: datetime) -> CallBack:
    """回電的結果: reached, not reached (the third time gives up), or not needed any more. Then the number goes."""
    row = CallBack.objects.select_for_update(of=("self",)).select_related("contact").get(pk=row.pk)
    if row.state != CallBackState.WAITING:
        raise CannotContact(_("這一通回電已經處理完了。"))
    if result == "missed":
        row.attempts += 1
        state = CallBackState.GIVEN_UP if row.attempts >= MOST_ATTEMPTS else CallBackState.WAITING
    elif result in (CallBackState.REACHED, CallBackState.STOPPED):
        state = CallBackState(result)
        row.attempts += result == CallBackState.REACHED
    else:
        raise CannotContact(_("請選擇回電的結果。"))
    row.state = state
    if state != CallBackState.WAITING:
        row.phone, row.ended_at, row.ended_by = "", at, directory.person_of(by) if by else None
        worklist.close_todo(CALL_BACK, row, at=at)
    row.save()
    audit.record("contact.called_back", row.contact, by=by, at=at, new={"state": str(state), "attempts": row.attempts})
    return row


@act
def number_for(row: CallBack, *, by: Account, at: datetime) -> str:
    """The number to call, for whoever makes the call; that it was looked at is written down."""
    if not row.phone:
        return ""
    audit.record("contact.number_seen", row.contact, by=by, at=at)
    return digests.decrypt(row.phone)


# ---- nuisance --------------------------------------------------------------------------------------------------------


@act
def report_nuisance(contact: ContactMoment, *, kind: str, warned: bool, by: Account, at: datetime) -> NuisanceReport:
    """騷擾電話: ended with a record; the supervisor looks at it."""
    contact = _locked(contact)
    if kind not in Nuisance.values:
        raise CannotContact(_("請選擇是哪一種騷擾。"))
    if kind != Nuisance.SILENT and not warned:
        raise CannotContact(_("請先照稿警告兩次，再結束通話；有急難的話一律先處理。"))
    if NuisanceReport.objects.filter(contact=contact).exists():
        raise CannotContact(_("這一通已經登錄為騷擾電話。"))
    row = NuisanceReport.objects.create(contact=contact, kind=kind, warned=warned, reported_at=at)
    contact.outcome, contact.wrap_up, contact.wrapped_at = Outcome.NUISANCE, WrapUp.OTHER, at
    if contact.ended_at is None and contact.call_id is None:
        contact.ended_at = at
    contact.save()
    agency = agency_of(Role.SUPERVISOR, at)
    if agency is not None:
        worklist.open_todo(
            NUISANCE, row, title=_("複核騷擾電話"), detail=contact.number, reference=contact.number, agency=agency,
            role=Role.SUPERVISOR, url=reverse("contacts:one", args=[contact.reference]), at=at,
        )  # fmt: skip
    audit.record("contact.nuisance", contact, by=by, at=at, new={"kind": kind})
    return row


@act
def decide_nuisance(contact: ContactMoment, *, upheld: bool, remark: str, by: Account, at: datetime) -> NuisanceReport:
    """督導複核: upheld, the number's digest warns operators for so many days; it never keeps a call out."""
    row = NuisanceReport.objects.select_for_update().filter(contact=contact).first()
    if row is None or row.verdict != NuisanceVerdict.WAITING:
        raise CannotContact(_("沒有待複核的騷擾電話。"))
    row.verdict = NuisanceVerdict.UPHELD if upheld else NuisanceVerdict.DISMISSED
    row.remark, row.decided_at, row.decided_by = mask(remark.strip())[:300], at, directory.person_of(by)
    if upheld and contact.caller_key:
        row.listed_until = day_of(at) + timedelta(days=int(parameter("contacts.nuisance_days", on=day_of(at)).value))
    row.save()
    worklist.close_todo(NUISANCE, row, at=at)
    audit.record("contact.nuisance_decided", contact, by=by, at=at, new={"upheld": upheld})
    return row
