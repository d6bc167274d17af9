"""Acts: take a message in, decide what becomes of it, decide anew by hand. Nothing is lost, nothing is taken twice."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Model

from cityhall.engines.audit import services as audit
from cityhall.engines.files import queries as stored_files
from cityhall.engines.files import services as files
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.services import Recipient
from cityhall.engines.outbox import services as outbox
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import addresses, parsing, registry, rules
from .models import MailMessage, MailStep
from .parsing import Mail
from .registry import Verdict
from .signals import waits_for_people
from .states import Door, Fate, Note, Why

SORT = "mailbox.sort"
COUNTED = (Fate.OPENED, Fate.ADDED, Fate.DESK)  # what a sender's rate is counted of


def key_of(raw: bytes, mail: Mail) -> str:
    """What makes a message the same one: its Message-ID and its body; without an id, all that it says of itself."""
    named = mail.message_id or "\n".join([mail.sender.email, mail.header("date"), mail.subject, *mail.recipients])
    return hashlib.sha256(f"{named}\n{parsing.body_digest(raw)}".encode("utf-8", "replace")).hexdigest()


def take_in(
    raw: bytes,
    *,
    door: Door,
    at: datetime,
    envelope_from: str = "",
    recipients: tuple[str, ...] = (),
    position: str = "",
    size: int | None = None,
    box: str = "",
) -> MailMessage:
    """Keep a message, byte for byte, and promise to read it. A second time it is the same message.

    When this returns, the row is committed: only then may a door say that it has the message. `size` is that of the
    whole message where only its headers could be fetched; `box` is the further mailbox of ours at which it lay.
    """
    ours = registry.further_addresses()
    recipients = tuple(one.lower() for one in ((box, *recipients) if box else recipients))
    box = box.lower() or next((rules.base(one) for one in recipients if rules.base(one) in ours), "")
    whole = len(raw) if size is None else size
    too_large = whole > rules.LARGEST
    kept = parsing.head(raw) if too_large else raw
    mail = parsing.read(kept)
    key = key_of(kept, mail)
    try:
        return _keep(kept, mail, key, door, at, envelope_from, recipients, position, whole, too_large, box)
    except IntegrityError:
        # Through another door in the same moment.
        return _again(MailMessage.objects.get(key=key), position)


@act
def _keep(
    raw: bytes, mail: Mail, key: str, door: Door, at: datetime, envelope_from: str, recipients: tuple[str, ...],
    position: str, size: int, too_large: bool, box: str,
) -> MailMessage:  # fmt: skip
    if known := MailMessage.objects.filter(key=key).first():
        return _again(known, position)
    with transaction.atomic():
        message = MailMessage.objects.create(
            key=key,
            door=door,
            position=position[:300],
            box=box[:254],
            message_id=mail.message_id,
            envelope_from=parsing.one_line(envelope_from, 254),
            sender_name=mail.sender.name[:200],
            sender=mail.sender.email[:254],
            recipients=list(dict.fromkeys([*(one[:254] for one in recipients), *mail.recipients]))[:50],
            subject=mail.subject,
            text=mail.text,
            charset=mail.charset,
            notes=[str(one) for one in notes_on(mail, raw, at)],
            sent_at=mail.date,
            received_at=at,
            size=size,
        )
    files.keep_mail(raw, name=f"{message.reference}.eml", owner=message, at=at)
    audit.record("mailbox.taken", message, by=None, at=at, new={"door": str(door), "size": size})
    if too_large:
        _decide(message, Verdict(Fate.TOO_LARGE, Why.SIZE), by=None, at=at)
        _refuse(message, mail, at)
    else:
        outbox.promise_new(SORT, {"message": message.pk}, key=f"mail:{message.pk}", at=at, urgent=True)
    return message


def _again(message: MailMessage, position: str) -> MailMessage:
    if not position or position != message.position:
        MailMessage.objects.filter(pk=message.pk).update(copies=F("copies") + 1)
    return message


def notes_on(mail: Mail, raw: bytes, at: datetime) -> list[Note]:
    """What a reader of the message has to know."""
    found = []
    if mail.guessed:
        found.append(Note.GUESSED)
    if mail.from_html:
        found.append(Note.HTML)
    if any(one.is_tnef for each in parsing.every(mail) for one in each.attachments):
        found.append(Note.TNEF)
    if b"\x00" in raw[:1_000_000]:
        found.append(Note.NUL)
    if mail.date and abs(mail.date - at) > timedelta(days=400):
        found.append(Note.DATE)
    return found


def _refuse(message: MailMessage, mail: Mail, at: datetime) -> None:
    """Tell a sender that the message was too large, once, and never a machine."""
    machine = rules.loop(mail, own=addresses.own()) or rules.bounce(mail) or _too_often(message, at)
    if not message.sender or machine:
        return
    with suppress(letters.CannotSend):  # an address to which nothing can be sent: the row says what became of it
        letters.send(
            "mailbox.too_large",
            to=Recipient(email=message.sender, name=message.sender_name),
            context={"subject": message.subject, "most": rules.LARGEST // 2**20},
            about=message,
            key=f"mailbox:too_large:{message.pk}",
            channel="email",
            at=at,
        )


def mail_of(message: MailMessage) -> Mail:
    """The message once more, from its bytes."""
    stored = stored_files.mail_of(message)
    return parsing.read(stored.path.read_bytes()) if stored else Mail(text=message.text)


def sort(message: MailMessage, *, at: datetime) -> MailMessage:
    """Decide what becomes of a message that nobody has decided on yet; what a reader refuses, a person decides."""
    try:
        return _sort(message, at)
    except registry.refusals() as refusal:
        return _leave_to_people(message, str(refusal), at)


@act
def _leave_to_people(message: MailMessage, sentence: str, at: datetime) -> MailMessage:
    message = locked(message)
    if message.fate != Fate.WAITING:
        return message
    return _decide(message, Verdict(Fate.DESK, Why.REFUSED, detail=sentence), by=None, at=at)


@act
def _sort(message: MailMessage, at: datetime) -> MailMessage:
    message = MailMessage.objects.select_for_update().get(pk=message.pk)
    if message.fate != Fate.WAITING:
        return message
    mail = mail_of(message)
    verdict, letter = _verdict(message, mail, at)
    message.letter = letter
    return _decide(message, verdict, by=None, at=at)


def _verdict(message: MailMessage, mail: Mail, at: datetime) -> tuple[Verdict, Letter | None]:
    answered = answered_letter(message, mail)
    if report := rules.bounce(mail, envelope_from=message.envelope_from):
        letter = answered or Letter.objects.filter(message_id__in=report.message_ids).first()
        words = " ".join(filter(None, [report.status, report.recipient, report.words]))[:500]
        if letter and report.failed:
            letters.returned(letter, words=words, at=at)
        why = Why.MATCHED if letter else Why.UNMATCHED
        key = (letter.about_type, letter.about_id) if letter else ("", "")
        return Verdict(Fate.BOUNCE, why, detail=words, about_key=key), letter
    if machine := rules.loop(mail, own=addresses.own()):
        return Verdict(Fate.DROPPED, Why(machine.value)), answered
    if not message.sender:
        return Verdict(Fate.DESK, Why.NO_SENDER), answered
    if rules.forged(mail, server=settings.MAIL_AUTHSERV):
        return Verdict(Fate.DESK, Why.FORGED), answered
    if _too_often(message, at):
        return Verdict(Fate.DROPPED, Why.RATE), answered
    message.letter = answered
    for reader in registry.readers():
        if verdict := reader(message, mail, at):
            return verdict, answered
    return Verdict(Fate.DESK, Why.NEW), answered


def answered_letter(message: MailMessage, mail: Mail) -> Letter | None:
    """The letter of ours that a message answers: by its signed address, else by the ids that it refers to."""
    if letter := addresses.letter_of(message.recipients):
        return letter
    if not mail.references:
        return None
    return Letter.objects.filter(message_id__in=mail.references).order_by("-pk").first()


def _too_often(message: MailMessage, at: datetime) -> bool:
    most = parameter("mailbox.rate_hour", on=day_of(at)).value
    lately = MailMessage.objects.filter(
        sender=message.sender, received_at__gt=at - timedelta(hours=1), received_at__lte=at
    ).exclude(pk=message.pk)
    return bool(message.sender) and lately.exclude(fate__in=[Fate.DROPPED, Fate.BOUNCE]).count() >= most


@act
def decide(message: MailMessage, verdict: Verdict, *, by: Any, at: datetime, reason: str = "") -> MailMessage:
    """A person's decision; the machine's stays on record."""
    return _decide(message, verdict, by=by, at=at, reason=reason)


def _decide(message: MailMessage, verdict: Verdict, *, by: Any, at: datetime, reason: str = "") -> MailMessage:
    before = message.fate
    message.fate, message.why, message.detail = verdict.fate, verdict.why, verdict.detail[:500]
    about = verdict.about
    key = (about._meta.label_lower, str(about.pk)) if about is not None else verdict.about_key
    message.about_type, message.about_id = key
    message.notes = list(dict.fromkeys([*message.notes, *(str(one) for one in verdict.notes)]))
    message.save()
    MailStep.objects.create(
        message=message, n=message.steps.count() + 1, at=at, by=by, fate=verdict.fate, why=verdict.why,
        reason=reason[:500], about_type=message.about_type, about_id=message.about_id, payload=verdict.payload,
    )  # fmt: skip
    if verdict.fate == Fate.DESK or before == Fate.DESK:
        waits_for_people.send(sender=MailMessage, message=message, waits=verdict.fate == Fate.DESK, at=at)
    audit.record(
        "mailbox.decided", message, by=by, at=at, old={"fate": str(before)},
        new={"fate": str(verdict.fate), "why": str(verdict.why)}, note=reason,
    )  # fmt: skip
    return message


@act
def forget(message: MailMessage, *, at: datetime) -> None:
    """Remove what names people and what they wrote, bytes and all; that a message came and what became of it stays."""
    message = locked(message)
    for stored in stored_files.ever_of(MailMessage, [message.pk]):
        files.erase(stored, why="retention", at=at)
    message.sender_name = message.sender = message.envelope_from = message.subject = message.text = message.detail = ""
    message.recipients, message.message_id, message.forgotten_at = [], "", at  # it may be made of an address
    message.save()
    message.steps.exclude(reason="").update(reason="")
    audit.record("mailbox.forgotten", message, by=None, at=at)


def forget_old(at: datetime, *, most: int = 500) -> int:
    """What came of nothing (machines, bounces, what was set aside) is forgotten after the days of the parameter."""
    before = at - timedelta(days=parameter("mailbox.kept_days", on=day_of(at)).value)
    nothing = [Fate.DROPPED, Fate.BOUNCE, Fate.SET_ASIDE, Fate.TOO_LARGE]
    old = MailMessage.objects.filter(fate__in=nothing, received_at__lt=before, forgotten_at=None).order_by("pk")
    found = list(old[:most])
    for message in found:
        forget(message, at=at)
    return len(found)


def locked(message: MailMessage) -> MailMessage:
    """The message, read again and locked until the end of the act."""
    return MailMessage.objects.select_for_update().get(pk=message.pk)


def about(record: Model) -> Any:
    """The messages about one record, oldest first."""
    return MailMessage.objects.filter(about_type=record._meta.label_lower, about_id=str(record.pk)).order_by("pk")
