"""E-mail as a channel of petitions: a stranger's words become a report, a party's answer goes to their case.

A message reaches a case by three ways only: the signed address of one of our letters, a reference to one of our letters
from somebody who is a party, or the case's number in the subject from somebody who is a party. Whoever quotes a number
without being a party reaches nothing and learns nothing: a person reads it (note 01 §5.9).
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Addition, Case
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel, PlaceMethod, Status
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import AgencyKind
from cityhall.engines.files import queries as stored_files
from cityhall.engines.files import services as files
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.engines.identity.models import Account
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.services import CannotSend
from cityhall.engines.mailbox import addresses, forwards, registry
from cityhall.engines.mailbox import rules as mail_rules
from cityhall.engines.mailbox import services as mailbox
from cityhall.engines.mailbox.models import MailMessage
from cityhall.engines.mailbox.parsing import Attached, Mail, every
from cityhall.engines.mailbox.registry import Verdict
from cityhall.engines.mailbox.states import Fate, Note, Why
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .. import locating
from ..models import Forwarder, Petition
from . import citizen, filing, handling, referrals, todos
from .filing import CannotFile, Submission, Where, Who

CASE = "cases.case"
TO_STAFF = ("petitions.warning", "petitions.alert")
CHINESE = re.compile(r"[\u3400-\u9fff]")
LOGO = 5 * 1024
"""Pictures within a text that are smaller than this are signatures and logos."""


def install() -> None:
    """Read incoming mail, take the agencies' mailboxes as ours, keep the desk's to-dos."""
    registry.reads(read, refused=(CannotAct, CannotStoreFile, CannotIssueCode, CannotSend))
    registry.receives(agency_mailboxes)


def agency_mailboxes() -> frozenset[str]:
    """機關信箱: the addresses of the city's agencies in the directory."""
    return frozenset(address_of(agency) for agency in with_mailbox())


def with_mailbox() -> list[Agency]:
    """The agencies that have an address; the mailboxes of outside bodies are theirs. Of one that ended, its successor reads it."""
    ours = Agency.objects.exclude(email="").exclude(kind=AgencyKind.OUTSIDE_BODY)
    return list(
        ours.filter(Q(closed_on=None) | Q(successor__isnull=False)).select_related("successor").order_by("code")
    )


def address_of(agency: Agency) -> str:
    """An agency's address as it is compared."""
    return mail_rules.base(agency.email)


def addressed_to(message: MailMessage) -> str:
    """The agency whose mailbox it was written to, or who has succeeded it; empty for the city's own."""
    wanted = {message.box, *(mail_rules.base(one) for one in message.recipients)} - {""}
    for agency in with_mailbox():
        if address_of(agency) in wanted:
            return directory.successor_on(agency, day_of(message.received_at)).code
    return ""


def forwarder_of(address: str, at: datetime) -> Forwarder | None:
    """The authority that writes from this address, by the address itself or by its domain."""
    names = (address.lower(), f"@{address.rpartition('@')[2].lower()}")
    rows = list(Forwarder.objects.on(day_of(at)).filter(address__in=names).select_related("agency"))
    return min(rows, key=lambda one: one.address.startswith("@"), default=None)


def is_party(case: Case, address: str) -> bool:
    """Whether the address is the reporter's, or of somebody who passed the case on."""
    requester = case.requester
    if requester and requester.email and requester.email.lower() == address:
        return True
    return case.petition.referrals.filter(answer_to__iexact=address).exists() or (
        case.petition.referrals.filter(message__sender=address).exists()
    )


# ---- what becomes of a message -----------------------------------------------------------------------------------------


def read(message: MailMessage, mail: Mail, at: datetime) -> Verdict | None:
    """The reader that is declared to the engine."""
    sender = message.sender
    if (letter := message.letter) is not None and letter.about_type == CASE:
        return _to_letter(letter, message, mail, at)
    if numbers := mail_rules.case_numbers(mail.subject):
        found = Case.objects.filter(kind="petition", number__in=numbers).select_related("requester", "petition")
        mine = [case for case in found if is_party(case, sender)]
        if mine:
            return _add(mine[0], message, mail, Why.NUMBER, at)
        if forwarder_of(sender, at) is None:
            # Whether the number exists or not: the answer is the same, and it is none.
            return Verdict(Fate.DESK, Why.STRANGER_QUOTES)
    if forwarder := forwarder_of(sender, at):
        return _forwarded(forwarder, message, mail, at)
    return _new(message, mail, at)


def _to_letter(letter: Letter, message: MailMessage, mail: Mail, at: datetime) -> Verdict:
    case = Case.objects.filter(pk=letter.about_id).select_related("requester", "petition").first()
    if case is None:
        return Verdict(Fate.DESK, Why.ENDED)
    if letter.template in TO_STAFF:
        return Verdict(Fate.DESK, Why.OWN_LETTER_ANSWERED)
    if addresses.letter_of(message.recipients) is not None:
        return _add(case, message, mail, Why.REPLY_ADDRESS, at)
    if is_party(case, message.sender):
        return _add(case, message, mail, Why.REFERENCE, at)
    return Verdict(Fate.DESK, Why.STRANGER_QUOTES)


def followed(case: Case) -> Case:
    """Where a case went: what was joined to another is answered there."""
    seen = set()
    while case.status == Status.MERGED and case.parent is not None and case.pk not in seen:
        seen.add(case.pk)
        case = case.parent
    return case


def _add(case: Case, message: MailMessage, mail: Mail, why: Why, at: datetime) -> Verdict:
    """What a party writes about their case: a code, the answer to a question, or a supplement."""
    case = followed(case)
    petition = case.petition
    notes = () if is_party(case, message.sender) else (Note.OTHER_SENDER,)
    words = forwards.without_quotes(mail.text) or mail.text
    if case.status == Status.AWAITING_CONFIRMATION and _confirms(petition, message, words, at):
        return Verdict(Fate.ADDED, Why.CODE, about=case)
    if case.is_ended:
        return Verdict(Fate.DESK, Why.ENDED, about=case, notes=notes)
    if not words.strip() and not mail.attachments:
        return Verdict(Fate.DESK, Why.NO_WORDS, about=case, notes=notes)
    payload, more = add_to(petition, words=words, attached=_all_attached(mail), by=None, at=at)
    return Verdict(Fate.ADDED, why, about=case, notes=(*notes, *more), payload=payload)


def _confirms(petition: Petition, message: MailMessage, words: str, at: datetime) -> bool:
    """Whether the answer to the letter with the code holds the code: 成案, as on the web."""
    requester = petition.case.requester
    code = mail_rules.confirm_code(words)
    if not code or requester is None or requester.email.lower() != message.sender:
        return False
    try:
        filing.confirm_by_code(petition, code=code, at=at)
    except filing.WrongCode:
        return False
    return True


def add_to(
    petition: Petition, *, words: str, attached: Sequence[Attached], by: Account | None, at: datetime
) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """Put words and files to an open case; return what an undoing needs, and what did not fit."""
    text, notes = _cut(words.strip())
    good, left = takeable(attached, at=at)
    if left:
        notes = (*notes, Note.NOT_TAKEN)
    case = petition.case
    if not text and not good:
        text = _("（信裡沒有文字，附件在原始來信裡。）")
    question = case_queries.open_question(case)
    if question and text:
        handling.answer_question(petition, answer=text, by=by, at=at)
        payload: dict[str, Any] = {"question": question.pk}
    else:
        addition = citizen.add_facts(petition, text=text, photos=good, by=by, at=at)
        return {"addition": addition.pk}, notes
    for one in good:
        files.store(one, name=one.name, owner=case, label=f"question:{question.pk}", by=by, at=at)
    return payload, notes


class _Named(io.BytesIO):
    """Bytes with a name, as uploads have one."""

    def __init__(self, one: Attached) -> None:
        super().__init__(one.content)
        self.name = one.name


def takeable(attached: Sequence[Attached], *, at: datetime) -> tuple[list[_Named], list[Attached]]:
    """The attachments that the checks of files let pass, as many as a petition may have, and those left in the message."""
    most = parameter("petitions.most_photos", on=day_of(at)).value
    good: list[_Named] = []
    left: list[Attached] = []
    for one in attached:
        if one.inline and one.media_type.startswith("image/") and one.size < LOGO:
            continue
        if one.is_tnef or len(good) >= most or files.refusal(one.content):
            left.append(one)
        else:
            good.append(_Named(one))
    return good, left


def _all_attached(mail: Mail) -> list[Attached]:
    return [one for each in every(mail) for one in each.attachments]


def _cut(text: str) -> tuple[str, tuple[Note, ...]]:
    if len(text) <= filing.LONGEST_PUBLIC:
        return text, ()
    return text[: filing.LONGEST_PUBLIC - 20].rstrip() + _("……（全文見原信）"), (Note.CUT,)


def _new(message: MailMessage, mail: Mail, at: datetime) -> Verdict:
    """A stranger's mail: a report that waits for its confirmation, exactly like one from the web."""
    who = Who(name=message.sender_name[:60], email=message.sender)
    text = mail.text or mail_rules.own_subject(mail.subject)
    if not text.strip():
        return Verdict(Fate.DESK, Why.NO_WORDS)
    submission = submission_of(
        text=text, subject=mail.subject, who=who, channel=Channel.EMAIL, agency=addressed_to(message)
    )
    petition, notes = file(submission, _all_attached(mail), at=at)
    return Verdict(Fate.OPENED, Why.NEW, about=petition.case, notes=notes)


def _forwarded(forwarder: Forwarder, message: MailMessage, mail: Mail, at: datetime) -> Verdict:
    """What an authority passes on: the citizen's report, confirmed by the citizen; the authority waits by its own clock."""
    host = message.sender.rpartition("@")[2]
    passing = frozenset({forwarder.address, message.sender, f"@{host}", *addresses.own()})
    first = forwards.original(mail, not_from=passing)
    if first is None or not (first.sender.email or first.phone):
        return Verdict(Fate.DESK, Why.NO_ORIGINAL)
    text = first.text or mail_rules.own_subject(first.subject)
    if not text.strip():
        return Verdict(Fate.DESK, Why.NO_WORDS)
    who = Who(name=first.sender.name[:60], email=first.sender.email, phone=first.phone)
    submission = submission_of(
        text=text, subject=first.subject or mail.subject, who=who, channel=Channel.FORWARDED,
        agency=addressed_to(message),
    )  # fmt: skip
    petition, notes = file(submission, first.attachments or _all_attached(mail), at=at)
    referrals.refer(
        petition, forwarder=forwarder, message=message, document_number=forwards.document_number(mail), at=at
    )
    return Verdict(Fate.OPENED, Why.FORWARDED, about=petition.case, notes=notes)


def submission_of(*, text: str, subject: str, who: Who, channel: Channel, agency: str = "") -> Submission:
    """A filing as the web would make it; where it is, is read from the words if they name one place."""
    return Submission(
        text=text,
        title=mail_rules.own_subject(subject)[:100],
        channel=channel,
        who=who,
        where=place_in(text),
        language="zh-hant" if CHINESE.search(text) else "en",
        addressed_to=agency,
    )


def place_in(text: str) -> Where:
    """The place that the words name: a point where there is one only, else the words of the address."""
    words = locating.address_in(text[:2000])[:100]
    if not words:
        return Where()
    spots = locating.find(words)
    if len(spots) != 1:
        return Where(method=PlaceMethod.TEXT, words=words)
    spot = spots[0]
    return Where(
        method=spot.method, lon=spot.lon, lat=spot.lat, words=words, label=spot.label, road=spot.road,
        accuracy_m=spot.accuracy_m,
    )  # fmt: skip


def file(submission: Submission, attached: Sequence[Attached], *, at: datetime) -> tuple[Petition, tuple[Note, ...]]:
    """Register it with what of its attachments passes the checks. Raises CannotFile."""
    text, notes = _cut(submission.text.strip())
    good, left = takeable(attached, at=at)
    petition = filing.file(replace(submission, text=text), photos=good, at=at)
    return petition, (*notes, Note.NOT_TAKEN) if left else notes


# ---- by hand -----------------------------------------------------------------------------------------------------------


def may_be_decided(message: MailMessage) -> bool:
    """Whether a person may decide on it now: nobody has made anything of it yet."""
    return message.fate in (Fate.DESK, Fate.WAITING, Fate.DROPPED, Fate.SET_ASIDE, Fate.BOUNCE)


def _to_decide(message: MailMessage) -> MailMessage:
    message = mailbox.locked(message)
    if not may_be_decided(message):
        raise CannotAct(_("這封信已經處理過了，請重新整理頁面。"))
    return message


@act
def open_by_hand(
    message: MailMessage, *, text: str, who: Who, forwarder: Forwarder | None, document_number: str, by: Account,
    at: datetime,
) -> Petition:  # fmt: skip
    """當成反映: what a person read in it becomes a report that waits for its confirmation."""
    message = _to_decide(message)
    if not text.strip():
        raise CannotFile(_("請填寫民眾反映的內容。"))
    channel = Channel.FORWARDED if forwarder else Channel.EMAIL
    mail = mailbox.mail_of(message)
    submission = submission_of(text=text, subject=mail.subject, who=who, channel=channel, agency=addressed_to(message))
    petition, notes = file(replace(submission, filed_by=None), _all_attached(mail), at=at)
    if forwarder:
        referrals.refer(petition, forwarder=forwarder, message=message, document_number=document_number, at=at)
    mailbox.decide(message, Verdict(Fate.OPENED, Why.BY_HAND, about=petition.case, notes=notes), by=by, at=at)
    return petition


@act
def attach_by_hand(message: MailMessage, petition: Petition, *, by: Account, at: datetime) -> MailMessage:
    """加到案件: a person has read that it belongs there."""
    message = _to_decide(message)
    case = petition.case
    if case.is_ended:
        raise CannotAct(_("這件案子已經結束；若民眾要求重新處理，請改用「當成反映」，或請民眾申請重新處理。"))
    mail = mailbox.mail_of(message)
    words = forwards.without_quotes(mail.text) or mail.text
    good, left = takeable(_all_attached(mail), at=at)
    text, notes = _cut(words.strip())
    addition = citizen.add_facts(
        petition, text=text or _("（信裡沒有文字，附件在原始來信裡。）"), photos=good, by=by, at=at
    )
    cases.add_event(case, "mail_attached", by=by, at=at, public=False)
    audit.record("petition.mail_attached", case, by=by, at=at, new={"message": message.pk})
    verdict = Verdict(
        Fate.ADDED, Why.BY_HAND, about=case, notes=(*notes, Note.NOT_TAKEN) if left else notes,
        payload={"addition": addition.pk},
    )  # fmt: skip
    return mailbox.decide(message, verdict, by=by, at=at)


@act
def set_aside(message: MailMessage, *, reason: str, by: Account, at: datetime) -> MailMessage:
    """不處理: advertising, a thank-you, something that needs no answer; with the reason."""
    message = _to_decide(message)
    if not reason.strip():
        raise CannotAct(_("請寫明不處理的理由。"))
    return mailbox.decide(message, Verdict(Fate.SET_ASIDE, Why.BY_HAND), by=by, at=at, reason=reason)


@act
def undo(message: MailMessage, *, reason: str, by: Account, at: datetime) -> MailMessage:
    """Take a decision back: the message waits for a person again.

    What was added to a case leaves it, words and files; a report that came of it is withdrawn while it has not been
    confirmed. Refused once the citizen's confirmation has made a case of it: that case is ended like any other.
    """
    message = mailbox.locked(message)
    if not reason.strip():
        raise CannotAct(_("請寫明收回的理由。"))
    step = message.steps.order_by("-n").first()
    if message.fate == Fate.OPENED:
        _take_back_report(message, reason, by, at)
    elif message.fate == Fate.ADDED and step is not None:
        _take_back_addition(message, step.payload, reason, by, at)
    elif message.fate != Fate.SET_ASIDE:
        raise CannotAct(_("這封信沒有可以收回的處理。"))
    return mailbox.decide(message, Verdict(Fate.DESK, Why.BY_HAND), by=by, at=at, reason=reason)


def case_of(message: MailMessage) -> Case | None:
    """The case that a message became, or was added to."""
    if message.about_type != CASE:
        return None
    return Case.objects.filter(pk=message.about_id).select_related("requester", "petition").first()


def _take_back_report(message: MailMessage, reason: str, by: Account, at: datetime) -> None:
    case = case_of(message)
    if case is None:
        return
    if case.status != Status.AWAITING_CONFIRMATION:
        raise CannotAct(_("民眾已經完成驗證，成案的案件請在案件裡撤案、併案或移送。"))
    if case.petition.referrals.exists():
        raise CannotAct(_("這件由其他機關轉來，請在案件裡處理。"))
    handling.end(case.petition, Status.WITHDRAWN, reason=reason, by=by, at=at)


def _take_back_addition(message: MailMessage, payload: dict[str, Any], reason: str, by: Account, at: datetime) -> None:
    case = case_of(message)
    if case is None or "addition" not in payload:
        raise CannotAct(_("這封信回答了承辦人的問題或完成了驗證，不能收回。"))
    case = cases.lock(case)
    for stored in stored_files.of(case).filter(label=f"addition:{payload['addition']}"):
        files.remove(stored, why="mail taken back", by=by, at=at)
    Addition.objects.filter(pk=payload["addition"], case=case).delete()
    cases.add_event(case, "mail_taken_back", by=by, at=at, public=False, payload={"reason": reason})
    audit.record("petition.mail_taken_back", case, by=by, at=at, new={"message": message.pk}, note=reason)


# ---- whom it concerns --------------------------------------------------------------------------------------------------


def waits(sender: Any, message: MailMessage, waits: bool, at: datetime, **more: Any) -> None:
    """Keep the desk's to-do of a message."""
    if not waits:
        todos.mail_done(message, at=at)
        return
    try:
        desk = todos.desk(at)
    except LookupError:
        return  # a city that is only being set up keeps its mail all the same; the page lists it
    todos.wait_for_mail(message, agency=desk, at=at)


def letter_came_back(sender: Any, letter: Letter, at: datetime, **more: Any) -> None:
    """A letter of a case was refused or came back: the timeline says so, and whoever has the case sees it as new."""
    if letter.about_type != CASE or letter.template in TO_STAFF:
        return
    case = Case.objects.filter(pk=letter.about_id, kind="petition").select_related("petition").first()
    if case is None:
        return
    cases.add_event(case, "letter_returned", by=None, at=at, public=False, payload={"letter": letter.pk})
    audit.record("petition.letter_returned", case, by=None, at=at, new={"letter": letter.pk})
    todos.news(case.petition)


# ---- who passes petitions on -------------------------------------------------------------------------------------------


@act
def keep_forwarder(
    forwarder: Forwarder | None, *, address: str, agency: Agency, working_days: int, answer_to: str, ended_on: Any,
    by: Account | None, at: datetime,
) -> Forwarder:  # fmt: skip
    """Add an authority that passes petitions on, or change one; what it passed on before keeps its day."""
    address = address.strip().lower()
    if address.lstrip("@") in {one.partition("@")[2] for one in addresses.taken()} or address in addresses.taken():
        raise CannotAct(_("這是本府自己的地址或網域，不能當作轉送的機關。"))
    if Forwarder.objects.filter(address=address).exclude(pk=forwarder.pk if forwarder else 0).exists():
        raise CannotAct(_("這個地址或網域已經在名單上。"))
    kept = forwarder or Forwarder()
    kept.address, kept.agency, kept.working_days, kept.answer_to = address, agency, working_days, answer_to
    kept.ended_on, kept.changed_by, kept.changed_at = ended_on, by, at
    kept.save()
    given = {"agency": agency.code, "working_days": working_days, "ended_on": str(ended_on or "")}
    event = "petition.forwarder_changed" if forwarder else "petition.forwarder_added"
    audit.record(event, kept, by=by, at=at, new=given)
    return kept
