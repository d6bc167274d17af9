"""Questions about conversations: who is there, who waits where, what is new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet

from cityhall.engines.deadlines import queries as deadlines
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.identity.models import Account
from cityhall.engines.identity.rules import Lock
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import TAIPEI, day_of

from . import rules
from .models import CannedAnswer, Conversation, Handover, Message, Presence
from .rules import Service
from .states import State

SERVE = "chat.serve"
READ = "chat.read"
QUALITY = "chat.quality"
MANAGE = "chat.manage"
MOST_FILES = 10
BEGINS, BEGIN_MINUTES = "chat-begins", 15
DANGERS = ("119", "110", "113", "1925")


def begins(at: datetime) -> Lock:
    """How many conversations one network may begin, so that no program fills the desk."""
    return Lock(parameter("chat.network_begins", on=day_of(at)).value, BEGIN_MINUTES, timedelta(minutes=BEGIN_MINUTES))


def danger_words(at: datetime) -> dict[str, list[str]]:
    """The words of danger of a day, by the number to call."""
    return {number: parameter(f"chat.danger_{number}", on=day_of(at)).value for number in DANGERS}


def hours(at: datetime) -> tuple[str, str]:
    """From when until when operators answer on a working day."""
    first, _dash, last = parameter("chat.hours", on=day_of(at)).value.partition("-")
    return first, last


def within_hours(at: datetime) -> bool:
    """Whether operators answer at that instant: on working days, from the first hour to before the last."""
    first, last = hours(at)
    local = at.astimezone(TAIPEI)
    return deadlines.calendar().is_working(day_of(at)) and first <= f"{local:%H:%M}" < last


def present(at: datetime) -> int:
    """How many operators are there."""
    return present_rows(at).count()


def present_rows(at: datetime) -> QuerySet[Presence]:
    """Operators who switched themselves on and whose page asked a moment ago."""
    since = at - timedelta(seconds=rules.PRESENT_SECONDS)
    return Presence.objects.filter(on=True, seen_at__gte=since).select_related("person")


def queue() -> QuerySet[Conversation]:
    """Who waits, the longest first."""
    return Conversation.objects.filter(state=State.WAITING).order_by("queued_at", "pk")


def mine(person: Person | None) -> QuerySet[Conversation]:
    """The conversations that somebody has in hand."""
    return Conversation.objects.filter(state=State.PERSON, operator=person).order_by("taken_at", "pk")


def visible(account: Account, at: datetime) -> QuerySet[Conversation]:
    """What an officer may read: operators whoever waits and their own, those that may read all of them."""
    everything = Conversation.objects.select_related("operator", "case")
    if directory.reach(account, READ, at).everywhere:
        return everything
    person = directory.standing(account, at).person
    if person is None or not directory.reach(account, SERVE, at):
        return everything.none()
    handed = Q(pk__in=Handover.objects.filter(from_person=person).values("conversation_id"))
    return everything.filter(Q(operator=person) | Q(state=State.WAITING) | handed)


def may_see_file(account: Any, owner: Any, request: Any) -> bool:
    """Files of a conversation: for whoever has its key, and for officers who may read it."""
    from django.utils import timezone

    if request.GET.get("chat", "") == str(owner.conversation.key):
        return True
    return account.is_authenticated and visible(account, timezone.now()).filter(pk=owner.conversation_id).exists()


def canned(on: date, language: str) -> list[tuple[str, str]]:
    """Answers that are often used, in a conversation's language."""
    rows = CannedAnswer.objects.filter(Q(valid_until=None) | Q(valid_until__gt=on), valid_from__lte=on)
    return [(row.title, row.text_en if language == "en" else row.text) for row in rows]


def service(at: datetime) -> Service:
    """Whether a person can be asked for now."""
    return rules.service(within_hours=within_hours(at), present=present(at))


def position(conversation: Conversation) -> int | None:
    """The place in the queue, from 1; None outside of it."""
    if conversation.state != State.WAITING or conversation.queued_at is None:
        return None
    waiting = Conversation.objects.filter(state=State.WAITING)
    before = waiting.filter(queued_at__lt=conversation.queued_at).count()
    return before + waiting.filter(queued_at=conversation.queued_at, pk__lte=conversation.pk).count()


TYPES_SECONDS = 6


def operator_types(conversation: Conversation, at: datetime) -> bool:
    """Whether the operator was typing a moment ago."""
    return _lately(conversation, conversation.operator_types_at, at)


def citizen_types(conversation: Conversation, at: datetime) -> bool:
    """Whether the citizen was."""
    return _lately(conversation, conversation.citizen_types_at, at)


def _lately(conversation: Conversation, typed_at: datetime | None, at: datetime) -> bool:
    return (
        conversation.state == State.PERSON and typed_at is not None and at - typed_at < timedelta(seconds=TYPES_SECONDS)
    )


def may_go_on(conversation: Conversation, at: datetime) -> bool:
    """Whether a conversation that is over may be gone on with."""
    if conversation.closed_at is None or conversation.forgotten_at is not None:
        return False
    return at - conversation.closed_at <= timedelta(hours=parameter("chat.reopen_hours", on=day_of(at)).value)


def after(conversation: Conversation, n: int) -> list[Message]:
    """What was said after a message, in order."""
    return list(
        Message.objects.filter(conversation=conversation, n__gt=n).select_related("bot_answer", "person").order_by("n")
    )


def takes_photos(conversation: Conversation) -> bool:
    """Whether the guided service has just asked for photos."""
    return conversation.state == State.BOT and conversation.guide.get("step") == "photo"


def last_lines(conversations: Sequence[Conversation]) -> dict[int, str]:
    """What each citizen wrote last, in one question."""
    newest = (
        Message.objects.filter(conversation__in=[one.pk for one in conversations], speaker="CITIZEN")
        .values("conversation")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    rows = Message.objects.filter(pk__in=newest).values_list("conversation_id", "text")
    return dict(rows)
