"""Acts of the text service: begin, say, ask for a person, leave a message, end, go on.

Every act that writes a message locks its conversation first: so numbers follow each other without a gap, whoever writes
at the same time.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.deadlines import queries as deadlines
from cityhall.engines.deadlines.rules import Limit, Unit, due
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.services import CannotSend, Recipient
from cityhall.engines.letters.states import Channel
from cityhall.engines.outbox.services import promise
from cityhall.engines.retrieval.ranking import Verdict
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act
from cityhall.web.dates import as_datetime

from . import guiding, knowledge, line_api, queries, replies, rules, smalltalk
from .guiding import Step
from .knowledge import Found
from .models import BotAnswer, Conversation, IndexVersion, LeftMessage, Message
from .refusals import CannotTalk
from .rules import Service
from .states import Ended, Outcome, Source, Speaker, State

LEFT = "chat.left"
LINE_SEND = "chat.line_send"
PERSON, FORM = "person", "message"
"""Doors that a line of bot or system offers."""


def locked(conversation: Conversation) -> Conversation:
    """The conversation as it is now; nobody else writes into it until the act is over."""
    return Conversation.objects.select_for_update().get(pk=conversation.pk)


def write(
    conversation: Conversation, speaker: Speaker, text: str, *, at: datetime, data: Mapping[str, Any] | None = None,
    client_id: str = "", person: Any = None,
) -> Message:  # fmt: skip
    """The next message of a locked conversation."""
    by_itself = speaker in (Speaker.BOT, Speaker.SYSTEM) and not (data or {}).get("event")
    if by_itself and not rules.may_write(conversation.state, speaker):
        raise RuntimeError(f"{speaker} does not write in {conversation.state}")
    conversation.last_n += 1
    if speaker in (Speaker.CITIZEN, Speaker.OPERATOR) or speaker == Speaker.BOT:
        conversation.spoke_by, conversation.spoke_at = speaker, at
    conversation.save()
    if conversation.line_user and speaker != Speaker.CITIZEN and line_api.is_on():
        key = f"{LINE_SEND}:{conversation.pk}:{conversation.last_n}"
        promise(LINE_SEND, {"conversation": conversation.pk}, key=key, at=at, urgent=True)
    return Message.objects.create(
        conversation=conversation, n=conversation.last_n, speaker=speaker, text=text, data=dict(data or {}),
        client_id=client_id, person=person, at=at,
    )  # fmt: skip


# ---- the citizen -----------------------------------------------------------------------------------------------------


@act
def begin(
    *, language: str, source: str = Source.WEB, site: str = "", line_user: str = "", at: datetime
) -> Conversation:
    """A new conversation, with the bot's greeting."""
    conversation = Conversation.objects.create(
        language=language, source=source, site=site, line_user=line_user, started_at=at, spoke_at=at, seen_at=at
    )
    with translation.override(language):
        write(conversation, Speaker.BOT, replies.greeting(), at=at)
    audit.record("chat.begun", conversation, by=None, at=at, new={"source": str(source)})
    return conversation


def check(text: str) -> str:
    """The message as it would be kept; raises CannotTalk where it is empty or too long."""
    text = rules.tidy(text) if len(text) <= 10 * rules.LONGEST else text
    if not text:
        raise CannotTalk(_("請先寫下想說的話。"))
    if len(text) > rules.LONGEST:
        raise CannotTalk(
            _("一則訊息最多%(most)s個字，現在是%(now)s個字，請分成幾則。") % {"most": rules.LONGEST, "now": len(text)}
        )
    return text


def say(
    conversation: Conversation, *, text: str, client_id: str = "", choice: str = "", network: str = "", at: datetime
) -> Message:
    """The citizen's message and what the bot answers, if the bot is still there. The same `client_id` again changes nothing.

    `choice`: the entry that was picked from those offered. The base is asked before the conversation is locked.
    """
    text = check(text)
    found = step = None
    repeated = client_id and conversation.messages.filter(client_id=client_id[:64]).exists()
    if conversation.state == State.BOT and not choice and not repeated:
        with translation.override(conversation.language):
            step = _guided(conversation, text, network, at)
        if step is None and smalltalk.talk(text) is None:
            found = knowledge.find(text, at=at)
    return _say(conversation, text=text, client_id=client_id[:64], choice=choice, found=found, step=step, at=at)


def _guided(conversation: Conversation, text: str, network: str, at: datetime) -> Step | None:
    """The next question of a guided service, or its first; danger comes before either."""
    if rules.dangers(text, queries.danger_words(at)):
        return None
    if conversation.guide:
        return guiding.goes_on(conversation, text, network=network, language=conversation.language, at=at)
    service = guiding.service_asked(text)
    return guiding.begin(service) if service else None


@act
def _say(
    conversation: Conversation, *, text: str, client_id: str, choice: str, found: Found | None, step: Step | None,
    at: datetime,
) -> Message:  # fmt: skip
    conversation = locked(conversation)
    if client_id and (known := conversation.messages.filter(client_id=client_id).first()):
        return known
    if not conversation.is_open:
        raise CannotTalk(_("這次對談已經結束。要接著談，請按「接著談」。"))
    minute = conversation.messages.filter(speaker=Speaker.CITIZEN, at__gt=at - timedelta(minutes=1), at__lte=at)
    lately = minute.count()
    if lately >= rules.MOST_A_MINUTE:
        raise CannotTalk(_("訊息送得太快了，請過一分鐘再送。"))
    conversation.seen_at, conversation.citizen_types_at = at, None
    message = write(conversation, Speaker.CITIZEN, text, client_id=client_id, at=at)
    numbers = rules.dangers(text, queries.danger_words(at))
    if numbers:
        conversation.danger = ",".join(dict.fromkeys([*filter(None, conversation.danger.split(",")), *numbers]))
        conversation.save(update_fields=["danger"])
    with translation.override(conversation.language):
        if conversation.state == State.BOT:
            if step is not None:
                _guide(conversation, message, step, at)
            else:
                _bot(conversation, message, numbers, choice, found, at)
        elif conversation.state == State.WAITING and numbers:
            write(conversation, Speaker.SYSTEM, replies.danger(numbers), data={"danger": list(numbers)}, at=at)
    return message


def _guide(conversation: Conversation, message: Message, step: Step, at: datetime) -> None:
    conversation.guide = dict(step.guide)
    conversation.case_id = step.case or conversation.case_id
    _answer(conversation, message, Outcome.GUIDED, step.text, {"presses": step.presses} if step.presses else {}, at=at)


def _bot(
    conversation: Conversation,
    message: Message,
    numbers: tuple[str, ...],
    choice: str,
    found: Found | None,
    at: datetime,
) -> None:
    """The bot's one answer to one message."""
    if numbers:
        _answer(conversation, message, Outcome.DANGER, replies.danger(numbers), {"danger": list(numbers)}, at=at)
    elif choice and (version := knowledge.entry(choice, at=at)):
        knowledge.given(version, at=at)
        data = {"entries": [_shown(version)], "helped": True}
        _answer(conversation, message, Outcome.ANSWERED, replies.answered(), data, chosen=version, at=at)
    elif kind := smalltalk.talk(message.text):
        data = {"doors": [PERSON]} if kind in (smalltalk.Talk.SCOLD, smalltalk.Talk.WHO) else {}
        _answer(conversation, message, Outcome.SMALL_TALK, replies.small_talk(kind), data, at=at)
    else:
        _from_base(conversation, message, found or knowledge.find(message.text, at=at), at)


def _from_base(conversation: Conversation, message: Message, found: Found, at: datetime) -> None:
    if found.verdict is Verdict.KNOWN:
        version = found.wordings[found.entries[0].version]
        knowledge.given(version, at=at)
        others = [_choice(found.wordings[one.version]) for one in found.entries[1:3] if one.likely]
        data: dict[str, Any] = {"entries": [_shown(version)], "others": others, "helped": True}
        _answer(conversation, message, Outcome.ANSWERED, replies.answered(), data, found=found, at=at)
    elif found.verdict is Verdict.SEVERAL and any(one.likely for one in found.entries):
        likely = [one for one in found.entries if one.likely]
        data = {"choices": [_choice(found.wordings[one.version]) for one in likely], "doors": [PERSON, FORM]}
        _answer(conversation, message, Outcome.OFFERED, replies.offered(), data, found=found, at=at)
    else:
        knowledge.unknown(message.text, at=at)
        data = {"doors": [PERSON, FORM]}
        _answer(conversation, message, Outcome.REFUSED, replies.refused(), data, found=found, at=at)


def _answer(
    conversation: Conversation, message: Message, outcome: Outcome, text: str, data: Mapping[str, Any], *,
    found: Found | None = None, chosen: Any = None, at: datetime,
) -> BotAnswer:  # fmt: skip
    reply = write(conversation, Speaker.BOT, text, data=data, at=at)
    entries = [one.kept for one in found.entries] if found else []
    if chosen is not None:
        entries = [{"code": chosen.entry.code, "version": chosen.pk, "number": chosen.number}]
    return BotAnswer.objects.create(
        asked=message, reply=reply, outcome=outcome, verdict=found.verdict.name if found else "", entries=entries,
        index=index_version(found.keys, at=at) if found else None, chosen=chosen is not None, at=at,
    )  # fmt: skip


def index_version(keys: tuple[int, ...], *, at: datetime) -> IndexVersion:
    """The row of an index, made when it is first answered from."""
    digest = hashlib.sha256(json.dumps(keys).encode()).hexdigest()
    found = IndexVersion.objects.filter(digest=digest).first()
    if found is None:
        found, _new = IndexVersion.objects.get_or_create(
            digest=digest, defaults={"keys": list(keys), "first_used_at": at}
        )
    return found


def _shown(version: Any) -> dict[str, Any]:
    return {
        "code": version.entry.code, "title": version.title, "text": version.text, "agency": version.entry.agency.label,
        "on": version.published_on.isoformat(),
    }  # fmt: skip


def _choice(version: Any) -> dict[str, str]:
    return {"code": version.entry.code, "title": version.title}


@act
def photo_came(conversation: Conversation, *, client_id: str, at: datetime) -> None:
    """Say that a photo of a guided service came, where the page that shows it is not at hand."""
    conversation = locked(conversation)
    if not queries.takes_photos(conversation) or conversation.messages.filter(client_id=client_id).exists():
        return
    step = guiding.photo_came(conversation)
    write(conversation, Speaker.BOT, step.text, data={"presses": step.presses}, client_id=client_id, at=at)


@act
def helped(conversation: Conversation, *, n: int, yes: bool, at: datetime) -> BotAnswer | None:
    """Whether an answer helped; said twice, the last word counts."""
    answer = (
        BotAnswer.objects.select_for_update(of=("self",)).filter(reply__conversation=conversation, reply__n=n).first()
    )
    if answer is None or answer.outcome != Outcome.ANSWERED:
        return None
    first_time = answer.helped is None
    answer.helped = yes
    answer.save(update_fields=["helped"])
    if first_time and answer.entries and (version := knowledge.entry(answer.entries[0]["code"], at=at)):
        knowledge.given(version, helped=yes, at=at)
    return answer


@act
def call_person(conversation: Conversation, *, at: datetime) -> Service:
    """請客服人員接談: into the queue where somebody can come; else the reason and the door to leave a message."""
    conversation = locked(conversation)
    if conversation.state in (State.WAITING, State.PERSON):
        return Service.OPEN
    if not conversation.is_open:
        raise CannotTalk(_("這次對談已經結束。要接著談，請按「接著談」。"))
    service = queries.service(at)
    with translation.override(conversation.language):
        if service is Service.OPEN:
            _queue(conversation, at)
        else:
            first, last = queries.hours(at)
            text = replies.nobody(service, first=first, last=last)
            write(conversation, Speaker.BOT, text, data={"doors": [FORM]}, at=at)
    return service


def _queue(conversation: Conversation, at: datetime) -> None:
    conversation.state, conversation.queued_at, conversation.guide = State.WAITING, at, {}
    conversation.called_at = conversation.called_at or at
    write(conversation, Speaker.SYSTEM, replies.waiting(), at=at)
    audit.record("chat.called", conversation, by=None, at=at)


@act
def leave_message(
    conversation: Conversation, *, text: str, way: str, name: str, email: str, phone: str, at: datetime
) -> LeftMessage:
    """留言: it ends the conversation and becomes a to-do of the operators."""
    conversation = locked(conversation)
    if not conversation.is_open:
        raise CannotTalk(_("這次對談已經結束。要接著談，請按「接著談」。"))
    if conversation.state == State.PERSON:
        raise CannotTalk(_("客服人員正在和您對談，請直接告訴客服人員。"))
    left = LeftMessage.objects.create(
        conversation=conversation, text=text.strip(), way=way, name=name.strip(), email=email.strip(),
        phone=phone.strip(), left_at=at,
    )  # fmt: skip
    close(conversation, Ended.LEFT, State.LEFT, at=at)
    days = parameter("chat.answer_working_days", on=day_of(at)).value
    with translation.override(conversation.language):
        write(conversation, Speaker.SYSTEM, replies.left(days=days), at=at)
    worklist.open_todo(
        LEFT, left, title=_("回復文字客服的留言"), reference=conversation.number, agency=desk(at), role=Role.OPERATOR,
        due_at=due(at, Limit(days, Unit.WORKING_DAYS), deadlines.calendar()).at,
        url=reverse("chat:left", args=[left.reference]), at=at,
    )  # fmt: skip
    audit.record("chat.left", conversation, by=None, at=at, new={"way": str(way)})
    return left


def desk(at: datetime) -> Agency:
    """The agency whose operators answer."""
    found = directory.agency(parameter("chat.agency", on=day_of(at)).value, day_of(at))
    if found is None:
        raise CannotTalk(_("還沒有設定1999的機關。"))
    return found


def close(conversation: Conversation, why: Ended, state: State = State.CLOSED, *, by: Any = None, at: datetime) -> None:
    """A locked conversation is over; whoever calls writes the last line."""
    conversation.state, conversation.closed_at, conversation.closed_why = state, at, why
    conversation.operator_types_at = conversation.citizen_types_at = None
    conversation.save()
    audit.record("chat.closed", conversation, by=by, at=at, new={"why": str(why)})


@act
def end(conversation: Conversation, *, at: datetime) -> Conversation:
    """The citizen ends it; a second time changes nothing."""
    conversation = locked(conversation)
    if conversation.is_open:
        close(conversation, Ended.CITIZEN, at=at)
        with translation.override(conversation.language):
            write(conversation, Speaker.SYSTEM, replies.closed(), data={"ended": True}, at=at)
    return conversation


@act
def go_on(conversation: Conversation, *, at: datetime) -> Conversation:
    """接著談: with the bot, or with a person where one was there before; then no bot speaks."""
    conversation = locked(conversation)
    if conversation.is_open:
        return conversation
    hours = parameter("chat.reopen_hours", on=day_of(at)).value
    assert conversation.closed_at is not None
    if conversation.forgotten_at or at - conversation.closed_at > timedelta(hours=hours):
        raise CannotTalk(_("這次對談結束太久了，請開始新的對談。"))
    another = Conversation.objects.filter(line_user=conversation.line_user, closed_at=None)
    if conversation.line_user and another.exists():
        raise CannotTalk(_("您在LINE有另一次對談，請在LINE接著談。"))
    person_before = conversation.called_at is not None
    if person_before and queries.service(at) is not Service.OPEN:
        raise CannotTalk(_("客服人員現在沒辦法接談，請留言，或開始新的對談。"))
    conversation.turn += 1
    conversation.closed_at, conversation.closed_why, conversation.state = None, "", State.BOT
    conversation.operator = conversation.taken_at = None
    conversation.seen_at = conversation.spoke_at = at
    conversation.spoke_by = Speaker.SYSTEM
    with translation.override(conversation.language):
        write(conversation, Speaker.SYSTEM, replies.reopened(), data={"event": "reopened"}, at=at)
        if person_before:
            _queue(conversation, at)
    audit.record("chat.reopened", conversation, by=None, at=at)
    return conversation


@act
def rate(conversation: Conversation, *, stars: int, at: datetime) -> None:
    """滿意度, from 1 to 5, once it is over."""
    conversation = locked(conversation)
    if conversation.is_open or not 1 <= stars <= 5:
        raise CannotTalk(_("對談結束後才能評分，1到5分。"))
    conversation.stars = stars
    conversation.save(update_fields=["stars"])


def seen(conversation: Conversation, *, at: datetime) -> None:
    """The citizen's page is still there; noted to the minute, so that asking for news rarely writes."""
    if at - conversation.seen_at >= timedelta(seconds=60):
        Conversation.objects.filter(pk=conversation.pk).update(seen_at=at)


def types(conversation: Conversation, *, at: datetime) -> None:
    """The citizen is typing."""
    if conversation.state == State.PERSON:
        Conversation.objects.filter(pk=conversation.pk, state=State.PERSON).update(citizen_types_at=at)


# ---- by itself -------------------------------------------------------------------------------------------------------


def end_idle(at: datetime, *, most: int = 500) -> int:
    """Conversations that silence ends; people in the queue who are gone leave it. Returns how many."""
    minutes = parameter("chat.idle_minutes", on=day_of(at)).value
    before = at - timedelta(minutes=minutes)
    keys = list(
        Conversation.objects.filter(state__in=[State.BOT, State.PERSON], spoke_at__lte=before)
        .order_by("spoke_at")
        .values_list("pk", flat=True)[:most]
    )
    keys += list(
        Conversation.objects.filter(state=State.WAITING, seen_at__lte=before)
        .exclude(source=Source.LINE)  # no page of theirs asks for news
        .values_list("pk", flat=True)[:most]
    )
    return sum(_end_idle(key, minutes, at) for key in keys)


@act
def _end_idle(key: int, minutes: int, at: datetime) -> bool:
    conversation = Conversation.objects.select_for_update().get(pk=key)
    silent = rules.idle(conversation.state, conversation.spoke_by, conversation.spoke_at, now=at, minutes=minutes)
    away = (
        conversation.state == State.WAITING
        and conversation.source != Source.LINE
        and rules.gone(conversation.seen_at, now=at, minutes=minutes)
    )
    if not (silent or away):
        return False
    close(conversation, Ended.IDLE, at=at)
    with translation.override(conversation.language):
        write(conversation, Speaker.SYSTEM, replies.closed_idle(minutes=minutes), data={"ended": True}, at=at)
    return True


@act
def nobody_came(at: datetime) -> int:
    """Whoever waits while nobody can come any more is told once, and offered to leave a message."""
    service = queries.service(at)
    if service is Service.OPEN:
        return 0
    told = 0
    for conversation in Conversation.objects.select_for_update().filter(state=State.WAITING).order_by("pk"):
        if conversation.messages.filter(data__told=conversation.turn).exists():
            continue
        with translation.override(conversation.language):
            text = replies.gone_while_waiting()
            write(conversation, Speaker.SYSTEM, text, data={"doors": [FORM], "told": conversation.turn}, at=at)
        told += 1
    return told


@act
def send_transcript(conversation: Conversation, *, email: str, at: datetime) -> None:
    """What was said, by mail; to the same mailbox once for each time it was gone on with."""
    conversation = locked(conversation)
    if conversation.forgotten_at:
        raise CannotTalk(_("對談內容過了保存期限，已經移除。"))
    with translation.override(conversation.language):
        lines = "\n\n".join(
            f"{row.get_speaker_display()}　{as_datetime(row.at)}\n{_words(row)}"
            for row in queries.after(conversation, 0)
        )
    digest = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:16]
    try:
        letters.send(
            "chat.transcript", to=Recipient(email=email, language=conversation.language), channel=Channel.EMAIL,
            context={"number": conversation.number, "lines": lines, "chat_url": start_page(conversation.language)},
            about=conversation, key=f"chat.transcript:{conversation.pk}:{conversation.turn}:{digest}", at=at,
        )  # fmt: skip
    except CannotSend as refusal:
        raise CannotTalk(str(refusal)) from refusal
    audit.record("chat.transcript_sent", conversation, by=None, at=at)


def _words(row: Message) -> str:
    """A message as text: its own, and what it shows besides."""
    more = [f"{one['title']}\n{one['text']}" for one in row.data.get("entries", [])]
    more += [f"・{one['title']}" for one in row.data.get("choices", [])]
    if "file" in row.data:
        more.append(_("（檔案：%(name)s）") % {"name": row.data["name"]})
    return "\n".join(filter(None, [row.text, *more]))


def start_page(language: str) -> str:
    """Where a conversation begins, as a letter links it."""
    with translation.override(language):
        return settings.SITE_URL.rstrip("/") + reverse("chat:start")


def by_key(key: uuid.UUID) -> Conversation | None:
    """The conversation whose citizen has this key."""
    return Conversation.objects.filter(key=key).first()
