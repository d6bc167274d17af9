"""The text service on LINE: events become what a citizen does on the page, lines of the conversation become messages.

Bot, danger, queue and hours are those of `services`; here is only the way in and out. An event is kept before it is answered
for and handled by a worker, one user's in order. It is known by its id, which is the sender's id of its message, so that one
delivered again says nothing twice (docs/adr/0031).
"""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.identity import throttle
from cityhall.engines.identity.digests import decrypt, encrypt, keyed, keyed_by_any
from cityhall.engines.outbox.calls import NotAnswered, NotReached
from cityhall.engines.outbox.services import Refused, promise
from cityhall.foundation.unit import act

from . import line_api, line_words, operating, queries, rules, services
from .models import Conversation, LineEvent, LineUser, Message
from .refusals import CannotTalk
from .states import OPEN, Source, Speaker

USE = "chat.line"
SEND, TELL, TAKE = services.LINE_SEND, "chat.line_tell", "chat.line_take"
SPENT = ""
TOKEN_LIFE = timedelta(seconds=50)
BUSY = timedelta(seconds=90)
MOST_TRIES, PATIENCE = 8, timedelta(minutes=2)
"""How often and how long an event is tried before those behind it go on; a picture that is not ready so long is given up."""


class NotSent(Exception):
    """LINE did not take or give it, or it is another worker's turn; tried again."""


# ---- in --------------------------------------------------------------------------------------------------------------


@act
def receive(events: Sequence[Mapping[str, Any]], *, at: datetime) -> int:
    """Keep what the webhook brought, so that it can be answered at once; a worker handles it. Returns how many are new."""
    new = 0
    for event in events:
        key = event.get("webhookEventId")
        if not (name := _whose(event)) or not isinstance(key, str) or not key:
            continue
        happened = event.get("timestamp")
        row, is_new = LineEvent.objects.get_or_create(
            key=key[:64],
            defaults={
                "user": keyed(USE, name), "sealed": encrypt(json.dumps(event, ensure_ascii=False)), "came_at": at,
                "happened": happened if type(happened) is int and 0 < happened < 2**53 else int(at.timestamp() * 1000),
            },
        )  # fmt: skip
        if is_new:
            promise(TAKE, {"user": row.user, "event": row.pk}, key=f"{TAKE}:{row.key}", at=at, urgent=True)
            new += 1
    return new


def _whose(event: Mapping[str, Any]) -> str:
    """Who did it; empty for kinds that we do not know and for groups, which change nothing."""
    source = event.get("source")
    if event.get("type") not in ("message", "follow", "postback", "unfollow") or not isinstance(source, Mapping):
        return ""
    name = source.get("userId")
    return name if source.get("type") == "user" and isinstance(name, str) else ""


def handle(user: str, event: int, *, promised: int, at: datetime) -> None:
    """What somebody did on LINE, one event after the other in LINE's order, by one worker at a time."""
    while (row := _next(user, event, promised, at)) is not None:
        try:
            take(json.loads(decrypt(row.sealed)), row, at=at)
        except NotSent:
            _release(row)
            raise
        except Exception as error:
            _release(row)
            if not _hopeless(row, at):
                raise
            # Those behind it go on; its own promise is given up, and whoever looks after the outbox may try it again.
            if row.pk == event:
                raise Refused(f"event {row.pk}: {type(error).__name__}") from error
            continue
        _done(row, at)


@act
def _next(user: str, event: int, promised: int, at: datetime) -> LineEvent | None:
    """The user's first event that is not handled. Whose promise is taken up again, its worker died: it goes on itself."""
    wanted = LineEvent.objects.select_for_update().filter(user=user, done_at=None)
    rows = [row for row in wanted.order_by("happened", "pk") if row.pk == event or not _hopeless(row, at)]
    if any(row.busy_until and row.busy_until > at and row.busy_for != promised for row in rows):
        raise NotSent("another worker handles an event before it")
    if not rows:
        return None
    row = rows[0]
    row.busy_until, row.busy_for, row.tries = at + BUSY, promised, min(row.tries + 1, 1000)
    row.save(update_fields=["busy_until", "busy_for", "tries"])
    return row


def _hopeless(row: LineEvent, at: datetime) -> bool:
    """Whether an event failed so often, and for so long, that those behind it do not wait any more."""
    return row.tries >= MOST_TRIES and at - row.came_at >= PATIENCE


def _release(row: LineEvent) -> None:
    LineEvent.objects.filter(pk=row.pk).update(busy_until=None, busy_for=None)


def _done(row: LineEvent, at: datetime) -> None:
    """That it came is kept, so that it is known when it is delivered again; what it said stands in the conversation."""
    LineEvent.objects.filter(pk=row.pk).update(done_at=at, sealed="", user="", busy_until=None, busy_for=None)


def take(event: Mapping[str, Any], row: LineEvent, *, at: datetime) -> None:
    """One event becomes what a citizen does on the page."""
    name = event["source"]["userId"]
    if event["type"] == "unfollow":
        leave(name, at=at)
        return
    user = came(name, token=str(event.get("replyToken") or ""), at=row.came_at)
    said = f"line:{row.key}"[:64]
    if Message.objects.filter(conversation__line_user=user.key, client_id=said).exists():
        return
    try:
        _take(event, user, said, row, at)
    except (CannotTalk, throttle.CannotTryNow) as refusal:
        tell(user, refusal.sentence, key=row.key, at=at)


def _take(event: Mapping[str, Any], user: LineUser, said: str, row: LineEvent, at: datetime) -> None:
    message = event.get("message") or {}
    if event["type"] == "follow":
        conversation_of(user, "", at=at)
    elif event["type"] == "postback":
        asked = {name: values[0] for name, values in parse_qs(str((event.get("postback") or {}).get("data"))).items()}
        _press(conversation_of(user, "", at=at), asked, user, said, row, at)
    elif message.get("type") == "text":
        text = str(message.get("text") or "")
        one = conversation_of(user, text, at=at)
        with translation.override(one.language):
            if text.strip() == _("請客服人員接談"):
                _call(one, row, at)
                return
            services.say(one, text=text, client_id=said, network=f"line:{user.key}", at=at)
    elif message.get("type") == "image" and str(message.get("id", "")).isalnum():
        fetch(conversation_of(user, "", at=at), str(message["id"]), said, row, at=at)
    else:
        raise CannotTalk(_("這裡只看得懂文字和照片，請用文字寫下想問的事。"))


def _press(
    one: Conversation, asked: Mapping[str, str], user: LineUser, said: str, row: LineEvent, at: datetime
) -> None:
    do = asked.get("do")
    if do == "person":
        _call(one, row, at)
    elif do == "helped" and asked.get("n", "").isdecimal():
        services.helped(one, n=int(asked["n"][:9]), yes=asked.get("yes") == "1", at=at)
    elif do == "choice" and (title := asked.get("title")):
        services.say(
            one, text=title, choice=asked.get("code", "")[:40], client_id=said, network=f"line:{user.key}", at=at
        )


def _call(one: Conversation, row: LineEvent, at: datetime) -> None:
    """請客服人員接談 leaves no message of the citizen by which it would be known again: it is done together with its event."""
    with transaction.atomic():
        services.call_person(one, at=at)
        _done(row, at)


def came(name: str, *, token: str, at: datetime) -> LineUser:
    """The row of somebody who wrote: known by a keyed digest, reached by what is sealed."""
    user = LineUser.objects.filter(key__in=keyed_by_any(USE, name)).first()
    if user is None:
        user, _new = LineUser.objects.get_or_create(key=keyed(USE, name), defaults={"seen_at": at})
    user.sealed, user.seen_at = encrypt(name), at
    if token and token[:100] != user.reply_token and (user.reply_at is None or user.reply_at <= at):
        user.reply_token, user.reply_at, user.reply_tried = token[:100], at, 0
    user.save()
    return user


def leave(name: str, *, at: datetime) -> None:
    """Somebody blocked us: nothing more is sent, and we no longer know where."""
    for user in LineUser.objects.filter(key__in=keyed_by_any(USE, name)):
        for one in Conversation.objects.filter(line_user=user.key, state__in=OPEN):
            services.end(one, at=at)
        user.delete()


def conversation_of(user: LineUser, text: str, *, at: datetime) -> Conversation:
    """The conversation that goes on, or a new one; of two events at once, one begins it."""
    mine = Conversation.objects.filter(line_user=user.key, state__in=OPEN)
    if found := mine.first():
        return found
    throttle.admit((queries.BEGINS, f"line:{user.key}"), at=at)
    try:
        with transaction.atomic():
            return services.begin(language=rules.language_of(text), source=Source.LINE, line_user=user.key, at=at)
    except IntegrityError:
        return mine.get()


def fetch(one: Conversation, message: str, said: str, row: LineEvent, *, at: datetime) -> None:
    """Bring in a picture before what was said after it; what it may be is decided where the page's own pictures are."""
    with translation.override(one.language):
        try:
            answer = line_api.content(message)
        except (NotReached, NotAnswered) as error:
            _patience(row, type(error).__name__, at)
            raise CannotTalk(_("照片沒有收到，請再傳一次。")) from error
        if answer.status in (202, 429) or answer.status >= 500:
            _patience(row, str(answer.status), at)
        if answer.status != 200:
            raise CannotTalk(_("照片沒有收到，請再傳一次。"))
        operating.send_file(one, content=io.BytesIO(answer.body), name="line.jpg", client_id=said, by=None, at=at)
        services.photo_came(one, client_id=f"{said}+"[:64], at=at)


def _patience(row: LineEvent, why: str, at: datetime) -> None:
    """What was said after a picture waits for it, but not for ever."""
    if row.tries < 3 or at - row.came_at < PATIENCE:
        raise NotSent(why)


# ---- out -------------------------------------------------------------------------------------------------------------


def tell(user: LineUser, sentence: str, *, key: str, at: datetime) -> None:
    """A sentence that belongs to no conversation: why something was refused."""
    promise(TELL, {"user": user.pk, "text": sentence}, key=f"{TELL}:{key}", at=at, urgent=True)


def told(user: int, text: str, key: str) -> None:
    """Send such a sentence."""
    found = LineUser.objects.filter(pk=user).first()
    if found is not None:
        _push(found, [line_words.plain(text)], uuid.uuid5(uuid.NAMESPACE_URL, key))


def deliver(conversation: int, *, at: datetime) -> None:
    """Send what the conversation has beyond what was sent, in order. One at a time: a second one tries again soon."""
    free = Q(line_busy_until=None) | Q(line_busy_until__lt=at)
    row = Conversation.objects.filter(pk=conversation)
    if not row.filter(free).update(line_busy_until=at + BUSY):
        raise NotSent("another worker is sending")
    try:
        _deliver(conversation, at)
    finally:
        row.update(line_busy_until=None)


def _deliver(key: int, at: datetime) -> None:
    while True:
        one = Conversation.objects.get(pk=key)
        rows = [row for row in queries.after(one, one.line_sent_n) if row.speaker != Speaker.CITIZEN]
        user = LineUser.objects.filter(key=one.line_user).first() if one.line_user else None
        if not rows or user is None:
            return
        rows = rows[: line_api.MOST_OBJECTS]
        if not _reply(one, user, rows, at):
            rows = rows[:1]
            _push(user, [line_words.of(rows[0], one)], uuid.uuid5(one.key, f"line:{rows[0].n}"))
        Conversation.objects.filter(pk=key).update(line_sent_n=rows[-1].n)


def _reply(one: Conversation, user: LineUser, rows: list[Message], at: datetime) -> bool:
    """Answer by the token, which costs nothing; False where it must be pushed.

    A reply has no retry key. Where nobody knows whether it arrived, the same token is tried again: a refusal then means
    that the first try took it.
    """
    if not user.reply_token or user.reply_at is None or at - user.reply_at > TOKEN_LIFE:
        return False
    token, tried = user.reply_token, user.reply_tried
    mine = LineUser.objects.filter(pk=user.pk, reply_token=token)
    if tried:
        rows[:] = [row for row in rows if row.n <= tried] or rows
    mine.update(reply_tried=rows[-1].n)
    try:
        answer = line_api.reply(token, [line_words.of(row, one) for row in rows])
    except NotReached as error:
        mine.update(reply_tried=tried)
        raise NotSent(type(error).__name__) from error
    except NotAnswered as error:
        raise NotSent(type(error).__name__) from error
    if answer.status >= 500:
        raise NotSent(str(answer.status))
    mine.update(reply_token=SPENT, reply_tried=0)
    return answer.status == 200 or (answer.status == 400 and bool(tried))


def _push(user: LineUser, objects: list[dict[str, Any]], key: uuid.UUID) -> None:
    try:
        answer = line_api.push(decrypt(user.sealed), objects, key=str(key))
    except (NotReached, NotAnswered) as error:
        raise NotSent(type(error).__name__) from error
    if answer.status in (200, 409):
        return
    if answer.status == 400:
        raise Refused(f"LINE: {answer.status}")
    raise NotSent(str(answer.status))


def forget_old(before: datetime) -> int:
    """Whoever has no conversation that is still kept, and was not here since; and that their events came."""
    LineEvent.objects.filter(came_at__lt=before).delete()
    kept = Conversation.objects.filter(forgotten_at=None).exclude(line_user="").values("line_user")
    return LineUser.objects.filter(seen_at__lt=before).exclude(key__in=kept).delete()[0]
