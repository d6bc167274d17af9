"""What was said is kept for a dated time; then texts, addresses and files go, and what is counted stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from cityhall.engines.audit import services as audit
from cityhall.engines.files import queries as file_queries
from cityhall.engines.files import services as files
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.models import Letter
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import line
from .models import Conversation, LeftMessage, Message, Review


def forget_old(at: datetime, *, most: int = 1000) -> int:
    """Conversations that ended long ago; one that waits for an answer is kept until it has one. Returns how many."""
    before = at - timedelta(days=parameter("chat.keep_days", on=day_of(at)).value)
    old = Conversation.objects.filter(forgotten_at=None, closed_at__lt=before).exclude(
        left__answered_at=None, left__isnull=False
    )
    keys = list(old.order_by("closed_at").values_list("pk", flat=True)[:most])
    for key in keys:
        forget(Conversation.objects.get(pk=key), at=at)
    line.forget_old(before)
    return len(keys)


@act
def forget(conversation: Conversation, *, at: datetime) -> None:
    """Remove what was said and who said it; that it was, when, how it went and how it was rated stays."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.forgotten_at is not None:
        return
    rows = list(Message.objects.filter(conversation=conversation).values_list("pk", flat=True))
    for stored in file_queries.ever_of(Message, rows):
        files.erase(stored, why="chat.keep_days", at=at)
    Message.objects.filter(pk__in=rows).update(text="", data={}, client_id="")
    left = LeftMessage.objects.filter(conversation=conversation)
    about = [
        ("chat.conversation", str(conversation.pk)),
        *(("chat.leftmessage", str(pk)) for pk in left.values_list("pk", flat=True)),
    ]
    for kind, key in about:
        for letter in Letter.objects.filter(about_type=kind, about_id=key):
            letters.forget(letter, at=at)
    for one in left:
        worklist.close_all(one, at=at)
    left.update(name="", email="", phone="", text="", answer="")
    conversation.handovers.update(note="")
    Review.objects.filter(answer__asked__conversation=conversation).update(remark="")
    conversation.guide, conversation.line_user, conversation.forgotten_at = {}, "", at
    conversation.save(update_fields=["guide", "line_user", "forgotten_at"])
    audit.record("chat.forgotten", conversation, by=None, at=at)
