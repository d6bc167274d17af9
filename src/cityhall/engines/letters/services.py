"""Acts: write a letter, deliver it, write it again, choose how to be written to, word a template anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.errors import HeaderParseError
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db.models import Model
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.letters import rules, wording
from cityhall.engines.letters.carriers import NotAccepted, RefusedForGood, carrier_of
from cityhall.engines.letters.models import Attempt, Letter, Preference, Wording
from cityhall.engines.letters.signals import undeliverable
from cityhall.engines.letters.states import Channel, Outcome, State
from cityhall.engines.outbox import services as outbox
from cityhall.foundation.clock import day_of
from cityhall.foundation.rows import new as new_row
from cityhall.foundation.unit import Appendix, act, gives_keys, recalled, remembered, waiting_for, written_in_bulk

__all__ = [
    "CannotPost",
    "CannotReword",
    "CannotSend",
    "Recipient",
    "can_reach",
    "post",
    "prefer",
    "returned",
    "reword",
    "send",
    "send_again",
    "take_back",
]

DELIVER = "letters.deliver"
CODES_KEPT = timedelta(days=30)
_valid_email = EmailValidator()


class CannotSend(Exception):
    """The letter has no address to go to; the sentence says why."""


class CannotPost(Exception):
    """The letters cannot have gone to the post on that day."""


class CannotReword(Exception):
    """A wording is broken, uses what is not there, or leaves out what must be there."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__(faults)
        self.faults = faults


class AcceptanceUnknown(Exception):
    """The connection broke after the whole letter was handed over: it may have been accepted."""


@dataclass(frozen=True)
class Recipient:
    """To whom a letter goes."""

    email: str = ""
    phone: str = ""
    name: str = ""
    language: str = "zh-hant"
    account_id: int | None = None
    address: str = ""  # of the house, for paper


# --- writing --------------------------------------------------------------------------------------------------


@act
def send(
    template: str,
    *,
    to: Recipient,
    context: Mapping[str, Any],
    about: Model | None,
    key: str,
    at: datetime,
    channel: str | None = None,
    unsubscribe_url: str = "",
) -> Letter:
    """Word a letter and promise its delivery, in the transaction of the act that it tells of.

    A second letter with the same key is the first one. Without a channel the recipient's preference counts, then
    e-mail, then SMS: the first for which there is an address. `unsubscribe_url` is where one POST ends letters of this
    kind (RFC 8058). Raises CannotSend when there is none, and for an
    address that could smuggle in a header.
    """
    preference = _preference(to.account_id) if to.account_id else None
    language = (preference.language if preference else "") or to.language
    if language not in settings.CITY_NAME:
        language = wording.FALLBACK
    way, address = _way(to, channel, preference.channel if preference else "")
    words = wording.words(template, language, {"name": to.name, **context}, day_of(at))
    return _letters.append(
        new_row(
            Letter,
            key=key,
            template=template,
            channel=way,
            language=language,
            address=address,
            name=rules.one_line(to.name)[:200],
            account_id=to.account_id,
            subject=words.subject[:500],
            text=words.text,
            html=words.html if way == Channel.EMAIL else "",
            unsubscribe_url=unsubscribe_url,
            forget=words.forget,
            wording=words.wording,
            message_id=_new_message_id(),
            about_type=about._meta.label_lower if about is not None else "",
            about_id=str(about.pk) if about is not None else "",
            written_at=at,
        )
    )


def can_reach(to: Recipient, channel: str) -> bool:
    """Whether there is an address to which `send` would write: asked where others are to be written all the same."""
    try:
        return bool(_address(to, channel))
    except CannotSend:
        return False


@recalled(Preference)
def _preference(account_id: int) -> Preference | None:
    return Preference.objects.filter(account_id=account_id).first()


def _write(letters: list[Letter]) -> None:
    """Write letters and promise their delivery. Of two with one key only the first is written."""
    if gives_keys():
        known: dict[str, Letter] = remembered((Letter, "by key"), dict)
        new = [letter for letter in letters if known.setdefault(letter.key, letter) is letter]
        _write_new(new)
        for letter in new:
            _promise(letter)
        return
    Letter.objects.bulk_create(letters, ignore_conflicts=True)
    stored = Letter.objects.filter(key__in={letter.key for letter in letters})
    written = {key: (pk, message_id) for key, pk, message_id in stored.values_list("key", "pk", "message_id")}
    for letter in letters:
        letter.pk, message_id = written[letter.key]
        if message_id == letter.message_id:
            _promise(letter)
        else:
            letter.refresh_from_db()


_write_new = written_in_bulk(Letter)


def _promise(letter: Letter) -> None:
    urgent = letter.channel == Channel.SMS or wording.source_of(letter.template, letter.language).urgent
    outbox.promise_new(DELIVER, {"letter": letter.pk}, key=promise_key(letter), at=letter.written_at, urgent=urgent)


_letters = Appendix(Letter._meta.db_table, _write)


def newest_about(subject: Model) -> Letter | None:
    """The newest letter about a record, be it written already or not."""
    about = subject._meta.label_lower, str(subject.pk)
    waiting = (one for one in reversed(waiting_for(_letters)) if (one.about_type, one.about_id) == about)
    return next(waiting, None) or Letter.objects.filter(about_type=about[0], about_id=about[1]).order_by("-pk").first()


def _new_message_id() -> str:
    host = settings.MAIL_FROM.rpartition("@")[2] or "localhost"
    return f"<{uuid4()}@{host}>"


def promise_key(letter: Letter) -> str:
    """The key of the promise to deliver a letter."""
    return f"letter:{letter.pk}"


def _way(to: Recipient, wanted: str | None, preferred: str) -> tuple[str, str]:
    """The channel and the address to use."""
    if wanted:
        return wanted, _address(to, wanted)
    order = [preferred] if preferred else []
    for channel in [*order, Channel.EMAIL, Channel.SMS]:
        try:
            return channel, _address(to, channel)
        except CannotSend:
            continue
    raise CannotSend(_("收件人沒有可用的電子郵件或電話。"))


def _address(to: Recipient, channel: str) -> str:
    match channel:
        case Channel.EMAIL:
            email = to.email.strip(" ")
            try:
                if rules.has_breaks(email) or len(email) > 254:
                    raise ValidationError("breaks")
                _valid_email(email)
                email.rpartition("@")[2].encode("idna")
            except (ValidationError, UnicodeError, HeaderParseError) as error:
                raise CannotSend(_("電子郵件地址的格式不對，無法寄信。")) from error
            return email
        case Channel.SMS:
            if phone := rules.phone_number(to.phone):
                return phone
            raise CannotSend(_("電話號碼的格式不對，無法傳簡訊。"))
        case Channel.PUSH:
            if to.account_id:
                return str(to.account_id)
            raise CannotSend(_("收件人沒有帳號，無法推播。"))
        case _:
            if place := rules.one_line(to.address) or rules.one_line(to.name):
                return place[:320]
            raise CannotSend(_("收件人沒有姓名與地址，無法製作紙本信。"))


# --- delivering -----------------------------------------------------------------------------------------------


def deliver(letter: Letter, *, at: datetime, last_try: bool = False) -> None:
    """Make one attempt, each step written down before the next begins. Raises to be called again.

    Nothing is lost: the letter waits until an attempt is accepted, refused for good or given up. It goes out a second
    time only where the other side's acceptance is unknown, because the connection or this process died after the
    whole letter was handed over; then with the same Message-ID, and the log says so.
    """
    if letter.state not in {State.WAITING, State.FAILED} or letter.forgotten_at:
        return
    attempt = _begin(letter, at)

    def offered() -> None:
        _note(attempt, Outcome.OFFERED)

    try:
        answer = carrier_of(letter.channel)(letter, offered)
    except RefusedForGood as refusal:
        _end(letter, attempt, Outcome.REFUSED, str(refusal), at, State.REFUSED)
    except NotAccepted as trouble:
        _end(letter, attempt, Outcome.FAILED, str(trouble), at, State.FAILED if last_try else None)
        raise
    except Exception as trouble:
        outcome = Outcome.UNKNOWN if attempt.outcome == Outcome.OFFERED else Outcome.FAILED
        _end(letter, attempt, outcome, f"{type(trouble).__name__}: {trouble}", at, State.FAILED if last_try else None)
        if outcome == Outcome.UNKNOWN:
            raise AcceptanceUnknown(str(trouble)) from trouble
        raise
    else:
        _end(letter, attempt, Outcome.ACCEPTED, answer, at, State.SENT)


@act
def _begin(letter: Letter, at: datetime) -> Attempt:
    """Open an attempt, and say of one that was never closed, because its worker died, what can be known of it."""
    letter.attempts.filter(outcome=Outcome.STARTED).update(outcome=Outcome.BROKEN_OFF)
    letter.attempts.filter(outcome=Outcome.OFFERED).update(outcome=Outcome.UNKNOWN)
    number = letter.attempts.count() + 1
    return Attempt.objects.create(letter=letter, n=number, at=at)


def _note(attempt: Attempt, outcome: Outcome, detail: str = "") -> None:
    attempt.outcome, attempt.detail = outcome, detail[:2000]
    attempt.save(update_fields=["outcome", "detail"])


@act
def _end(letter: Letter, attempt: Attempt, outcome: Outcome, detail: str, at: datetime, state: State | None) -> None:
    _note(attempt, outcome, detail)
    if state is None:
        return
    letter.state = state
    if state == State.SENT:
        letter.sent_at = at
        if letter.forget:
            letter.subject = letter.text = letter.html = ""
    letter.save(update_fields=["state", "sent_at", "subject", "text", "html"])
    if state in {State.REFUSED, State.FAILED}:
        undeliverable.send(sender=Letter, letter=letter, at=at)


@act
def returned(letter: Letter, *, words: str, at: datetime) -> None:
    """A letter that the other side had accepted came back: its log says so, and it waits to be looked at."""
    letter = Letter.objects.select_for_update().get(pk=letter.pk)
    if letter.state == State.RETURNED:
        return
    number = letter.attempts.count() + 1
    Attempt.objects.create(letter=letter, n=number, at=at, outcome=Outcome.RETURNED, detail=words[:2000])
    letter.state = State.RETURNED
    if letter.forget:  # it did go out: its secret is kept no longer
        letter.subject = letter.text = letter.html = ""
    letter.save(update_fields=["state", "subject", "text", "html"])
    audit.record("letter.returned", letter, by=None, at=at)
    undeliverable.send(sender=Letter, letter=letter, at=at)


@act
def send_again(letter: Letter, *, by: Any, at: datetime, address: str = "") -> Letter:
    """Write a letter once more because a person asks for it: a letter of its own, with its own Message-ID.

    Raises CannotSend for a letter whose words were a secret and are gone.
    """
    if letter.forgotten_at:
        raise CannotSend(_("這封信的保存期限已過，內容與收件人已經移除，不能重寄。"))
    if letter.forget and not letter.text:
        raise CannotSend(_("這封信含有驗證碼，寄出後不留存，請改由系統重新產生驗證碼。"))
    given = address or letter.address
    to = Recipient(email=given, phone=given, address=given, name=letter.name, account_id=letter.account_id)
    copy = Letter.objects.get(pk=letter.pk)
    copy.pk, copy._state.adding = None, True
    copy.key = f"{letter.key}#{Letter.objects.filter(again_of=letter).count() + 1}"
    copy.address = _address(to, letter.channel)
    copy.again_of, copy.state, copy.sent_at, copy.written_at = letter, State.WAITING, None, at
    copy.posted_on, copy.posted_by_id, copy.posting = None, None, ""
    copy.message_id = _new_message_id()
    copy.save()
    audit.record("letter.sent_again", letter, by=by, at=at, new={"letter": copy.pk, "other_address": bool(address)})
    outbox.promise_new(DELIVER, {"letter": copy.pk}, key=promise_key(copy), at=at, urgent=True)
    return copy


@act
def forget(letter: Letter, *, at: datetime) -> None:
    """Remove to whom it went and what it said; that it was sent, when and by which way stays."""
    if letter.forgotten_at:
        return
    letter.address = letter.name = letter.subject = letter.text = letter.html = ""
    letter.unsubscribe_url = letter.posting = ""
    letter.account_id, letter.forgotten_at = None, at
    letter.save(
        update_fields=[
            "address",
            "name",
            "subject",
            "text",
            "html",
            "unsubscribe_url",
            "posting",
            "account_id",
            "forgotten_at",
        ]
    )
    letter.attempts.exclude(detail="").update(detail="")
    outbox.forget_error(promise_key(letter))


def forget_codes(at: datetime, *, most: int = 2000) -> int:
    """Letters with a code are of no use to anybody a month later, not even to say to whom they went."""
    old = Letter.objects.filter(forget=True, forgotten_at=None, written_at__lt=at - CODES_KEPT).order_by("pk")
    found = list(old[:most])
    for letter in found:
        forget(letter, at=at)
    return len(found)


@act
def post(letters: Sequence[Letter], *, on: date, numbers: Mapping[int, str], by: Any, at: datetime) -> int:
    """交寄: letters on paper were handed to the post on a day, some with a registered number. Returns how many.

    What somebody else has posted meanwhile is left as it is. Raises CannotPost for a day that has not come, or before a
    letter was made.
    """
    rows = Letter.objects.select_for_update().filter(pk__in=[one.pk for one in letters], posted_on=None)
    done = 0
    for letter in rows.filter(channel=Channel.PAPER, state=State.SENT).order_by("pk"):
        if on > day_of(at) or on < day_of(letter.written_at):
            raise CannotPost(_("交寄日不對：不能早於製作那天，也不能晚於今天。"))
        letter.posted_on, letter.posted_by_id = on, by.pk if by is not None else None
        letter.posting = rules.one_line(numbers.get(letter.pk, ""))[:30]
        letter.save(update_fields=["posted_on", "posted_by_id", "posting"])
        audit.record("letter.posted", letter, by=by, at=at, new={"on": on, "registered": bool(letter.posting)})
        done += 1
    return done


@act
def take_back(letter: Letter, *, by: Any, at: datetime) -> Letter:
    """收回交寄: it was ticked by mistake and still waits for the post."""
    letter = Letter.objects.select_for_update().get(pk=letter.pk)
    letter.posted_on, letter.posted_by_id, letter.posting = None, None, ""
    letter.save(update_fields=["posted_on", "posted_by_id", "posting"])
    audit.record("letter.not_posted", letter, by=by, at=at)
    return letter


# --- wording and preferences ------------------------------------------------------------------------------------


@act
def reword(
    template: str, language: str, *, subject: str, text: str, valid_from: date, why: str, by: Any, at: datetime
) -> Wording:
    """Put the city's own wording in a template's place from a day on, today or later.

    Raises CannotReword with everything that is wrong.
    """
    faults = wording.faults(template, language, subject, text)
    if valid_from < day_of(at):
        faults.append(("past", valid_from.isoformat()))
    if faults:
        raise CannotReword(faults)
    new = Wording.objects.create(
        template=template,
        language=language,
        subject=rules.one_line(subject),
        text=text,
        valid_from=valid_from,
        written_by_id=by.pk if by is not None else None,
        written_at=at,
        why=why,
    )
    changed = {"template": template, "language": language, "valid_from": valid_from}
    audit.record("letter.reworded", new, by=by, at=at, new=changed, note=why)
    return new


@act
def prefer(*, account_id: int, language: str = "", channel: str = "", by: Any, at: datetime) -> Preference:
    """Note how an account wants to be written to; empty means no wish."""
    values = {"language": language, "channel": channel}
    preference, _made = Preference.objects.update_or_create(account_id=account_id, defaults=values)
    audit.record("letter.preference_set", preference, by=by, at=at, new=values)
    return preference
