"""What operators do: come and go, take a conversation, answer, hand it to a colleague, end it; answers that are often used."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.files import rules as file_rules
from cityhall.engines.files import services as files
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import queries, replies, services
from .models import CannedAnswer, Conversation, Handover, Message, Presence
from .refusals import CannotTalk
from .services import write
from .states import Ended, Speaker, State


def me(by: Account) -> Person:
    """Whoever acts, as a person of the directory."""
    person = directory.person_of(by)
    if person is None:
        raise CannotTalk(_("您的帳號沒有對應的人員，請洽系統管理員。"))
    return person


# ---- who is there ----------------------------------------------------------------------------------------------------


@act
def come(*, by: Account, at: datetime) -> Presence:
    """上線: from now conversations may come."""
    presence, _new = Presence.objects.select_for_update().get_or_create(
        person=me(by), defaults={"since": at, "seen_at": at}
    )
    if not presence.on:
        presence.on, presence.since = True, at
        audit.record("chat.operator_came", presence, by=by, at=at)
    presence.seen_at = at
    presence.save()
    return presence


@act
def go(*, by: Account, at: datetime) -> None:
    """離線: no new ones; what is open stays."""
    presence = Presence.objects.select_for_update().filter(person=me(by), on=True).first()
    if presence is not None:
        presence.on, presence.since = False, at
        presence.save()
        audit.record("chat.operator_went", presence, by=by, at=at)


def still_here(person: Person | None, *, at: datetime) -> None:
    """The operator's page asked for news; noted to the half minute. Looked at first: a change of no row waits for the
    others that write, too."""
    before = at - timedelta(seconds=30)
    if person is not None and Presence.objects.filter(person=person, on=True, seen_at__lt=before).exists():
        Presence.objects.filter(person=person, on=True, seen_at__lt=before).update(seen_at=at)


# ---- a conversation --------------------------------------------------------------------------------------------------


@act
def take(conversation: Conversation, *, by: Account, at: datetime) -> Conversation:
    """接談: of two who take it, one does. With that the bot is silent for good."""
    person = me(by)
    presence = Presence.objects.select_for_update().filter(person=person).first()
    conversation = services.locked(conversation)
    if presence is None or not presence.on:
        raise CannotTalk(_("請先按「上線」，再接談。"))
    if conversation.state == State.PERSON:
        if conversation.operator_id == person.pk:
            return conversation
        raise CannotTalk(_("這則對談已經由同事接談。"))
    if conversation.state != State.WAITING:
        raise CannotTalk(_("這則對談已經不在等候，可能民眾先離開了。"))
    most = parameter("chat.most_at_once", on=day_of(at)).value
    if Conversation.objects.filter(operator=person, state=State.PERSON).count() >= most:
        raise CannotTalk(_("您已經在接%(most)s則對談，先結束一則再接。") % {"most": most})
    conversation.state, conversation.operator, conversation.taken_at = State.PERSON, person, at
    conversation.spoke_at, conversation.spoke_by = at, Speaker.CITIZEN  # it is the operator's turn
    _event(conversation, "joined", replies.joined, at)
    audit.record("chat.taken", conversation, by=by, at=at, new={"waited_s": _waited(conversation, at)})
    return conversation


def _waited(conversation: Conversation, at: datetime) -> int:
    return int((at - conversation.queued_at).total_seconds()) if conversation.queued_at else 0


def _event(conversation: Conversation, event: str, words: Any, at: datetime) -> Message:
    """A line that tells what a person did; nobody writes it by itself."""
    with translation.override(conversation.language):
        return write(conversation, Speaker.SYSTEM, words(), data={"event": event}, at=at)


def _own(conversation: Conversation, by: Account) -> tuple[Conversation, Person]:
    person, conversation = me(by), services.locked(conversation)
    if conversation.state != State.PERSON or conversation.operator_id != person.pk:
        raise CannotTalk(_("這則對談不是由您接談，或已經結束。"))
    return conversation, person


@act
def answer(conversation: Conversation, *, text: str, client_id: str = "", by: Account, at: datetime) -> Message:
    """The operator's message; the same `client_id` again changes nothing."""
    text = services.check(text)
    conversation, person = _own(conversation, by)
    if client_id and (known := conversation.messages.filter(client_id=client_id[:64]).first()):
        return known
    conversation.operator_types_at = None
    return write(conversation, Speaker.OPERATOR, text, client_id=client_id[:64], person=person, at=at)


@act
def send_file(
    conversation: Conversation, *, content: BinaryIO, name: str, client_id: str = "", by: Account | None, at: datetime
) -> Message:
    """A picture or PDF in a conversation with a person: from the operator, or from the citizen where `by` is nobody."""
    if by is None:
        conversation, person = services.locked(conversation), None
        if conversation.state != State.PERSON and not queries.takes_photos(conversation):
            raise CannotTalk(_("要傳照片或檔案，請先請客服人員接談。"))
    else:
        conversation, person = _own(conversation, by)
    if client_id and (known := conversation.messages.filter(client_id=client_id[:64]).first()):
        return known
    if conversation.messages.filter(data__has_key="file").count() >= queries.MOST_FILES:
        raise CannotTalk(_("一次對談最多傳%(most)s個檔案。") % {"most": queries.MOST_FILES})
    speaker = Speaker.CITIZEN if by is None else Speaker.OPERATOR
    message = write(conversation, speaker, "", client_id=client_id[:64], person=person, at=at)
    kinds = frozenset({file_rules.Kind.PICTURE, file_rules.Kind.PDF})
    try:
        stored = files.store(content, name=name, owner=message, by=by, at=at, allow=kinds)
    except CannotStoreFile as refusal:
        raise CannotTalk(refusal.sentence) from refusal
    message.data = {"file": str(stored.reference), "name": stored.name, "picture": stored.is_picture}
    message.save(update_fields=["data"])
    return message


@act
def hand_over(conversation: Conversation, *, to: Person, note: str, by: Account, at: datetime) -> Handover:
    """轉給同事, who must be there; the whole conversation and the note come along."""
    conversation, person = _own(conversation, by)
    if to.pk == person.pk or not queries.present_rows(at).filter(person=to).exists():
        raise CannotTalk(_("這位同事現在不在線上，請選別位。"))
    conversation.operator, conversation.taken_at = to, at
    conversation.spoke_by, conversation.spoke_at = Speaker.CITIZEN, at
    line = _event(conversation, "handed_over", replies.handed_over, at)
    row = Handover.objects.create(
        conversation=conversation, n=line.n, from_person=person, to_person=to, note=note.strip(), at=at
    )
    audit.record("chat.handed_over", conversation, by=by, at=at, new={"to": to.pk})
    return row


@act
def end(conversation: Conversation, *, by: Account, at: datetime) -> Conversation:
    """The operator ends it; the citizen is asked how it was."""
    conversation, _person = _own(conversation, by)
    services.close(conversation, Ended.OPERATOR, by=by, at=at)
    with translation.override(conversation.language):
        write(conversation, Speaker.SYSTEM, replies.closed(), data={"ended": True}, at=at)
    return conversation


def types(conversation: Conversation, *, by: Account, at: datetime) -> None:
    """The operator is typing."""
    Conversation.objects.filter(pk=conversation.pk, state=State.PERSON, operator=directory.person_of(by)).update(
        operator_types_at=at
    )


def open_of(person: Person) -> int:
    """How many conversations somebody has in hand."""
    return Conversation.objects.filter(operator=person, state=State.PERSON).count()


@act
def take_over(from_person: Person, to_person: Person, by: Account | None, at: datetime) -> int:
    """移交: whoever carries on has the open conversations."""
    rows = list(
        Conversation.objects.select_for_update().filter(operator=from_person, state=State.PERSON).order_by("pk")
    )
    for conversation in rows:
        conversation.operator = to_person
        conversation.save(update_fields=["operator"])
        audit.record("chat.handed_over", conversation, by=by, at=at, new={"to": to_person.pk})
    return len(rows)


# ---- answers that are often used -------------------------------------------------------------------------------------


@act
def add_canned(*, title: str, text: str, text_en: str, by: Account | None, at: datetime) -> CannedAnswer:
    """Bring a line into use from today."""
    row = CannedAnswer.objects.create(
        title=title.strip(), text=text.strip(), text_en=text_en.strip(), valid_from=day_of(at)
    )
    audit.record("chat.canned_added", row, by=by, at=at, new={"title": row.title})
    return row


@act
def retire_canned(row: CannedAnswer, *, by: Account | None, at: datetime) -> CannedAnswer:
    """Take a line out of use after today."""
    row = CannedAnswer.objects.select_for_update().get(pk=row.pk)
    if row.valid_until is not None:
        raise CannotTalk(_("這則常用回覆已經停用。"))
    row.valid_until = max(day_of(at), row.valid_from)
    row.save(update_fields=["valid_until"])
    audit.record("chat.canned_retired", row, by=by, at=at, new={"title": row.title})
    return row
