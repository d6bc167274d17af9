"""What another authority passed on: its own clock, its place in the to-dos, and the answer that it gets too."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_noop

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Reply
from cityhall.engines.cases.states import UNCONFIRMED, Channel
from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.deadlines.rules import Limit, Unit
from cityhall.engines.directory.states import Role
from cityhall.engines.mailbox.models import MailMessage
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..models import Forwarder, Petition, Referral
from . import letters, todos

STAGE = "referral"


@act
def refer(
    petition: Petition, *, forwarder: Forwarder, message: MailMessage, document_number: str, at: datetime
) -> Referral:
    """Note who passed it on, and start the clock that they set: from the day on which it came."""
    return _refer(
        petition, forwarder, message, document_number, answer_to=forwarder.answer_to or message.sender,
        received_at=message.received_at, limit=Limit(forwarder.working_days, Unit.WORKING_DAYS), at=at,
    )  # fmt: skip


@act
def refer_from_file(
    petition: Petition, *, forwarder: Forwarder, document_number: str, received_at: datetime, due_on: date | None,
    at: datetime,
) -> Referral:  # fmt: skip
    """The same for what came in a file: it says itself when it was received, and for which day an answer is asked."""
    days = forwarder.working_days
    if due_on:
        days = max(1, deadline_queries.working_days_between(day_of(received_at), due_on))
    return _refer(
        petition, forwarder, None, document_number, answer_to=answers_to(forwarder), received_at=received_at,
        limit=Limit(days, Unit.WORKING_DAYS), at=at,
    )  # fmt: skip


def answers_to(forwarder: Forwarder) -> str:
    """Where answers go when no message says so; empty for a whole domain without an address of its own."""
    return forwarder.answer_to or ("" if forwarder.address.startswith("@") else forwarder.address)


def _refer(
    petition: Petition, forwarder: Forwarder, message: MailMessage | None, document_number: str, *, answer_to: str,
    received_at: datetime, limit: Limit, at: datetime,
) -> Referral:  # fmt: skip
    referral = Referral.objects.create(
        petition=petition, forwarder=forwarder, message=message, document_number=document_number[:40],
        answer_to=answer_to, received_at=received_at,
    )  # fmt: skip
    deadlines.start(
        referral, stage=STAGE, limit=limit, policy_version=f"forwarder:{forwarder.pk}",
        because=gettext_noop("轉來的機關要求的期限，自收到之日起算"), at=received_at,
    )  # fmt: skip
    given = {"agency": forwarder.agency.code, "document_number": referral.document_number}
    cases.add_event(petition.case, "referred", by=None, at=at, payload=given)
    audit.record("petition.referred", petition.case, by=None, at=at, new=given)
    follow(petition, at=at)
    return referral


def open_ones(petition: Petition) -> list[Referral]:
    """Those who still wait for an answer."""
    return [one for one in all_of(petition) if one.answered_at is None]


def all_of(petition: Petition) -> list[Referral]:
    """Those who passed it on; what came by another channel has none, and nobody asks for them."""
    if petition.case.channel != Channel.FORWARDED:
        return []
    return list(petition.referrals.select_related("forwarder__agency").order_by("pk"))


def clock_of(referral: Referral) -> Clock | None:
    """The clock that the forwarder set."""
    return deadline_queries.clocks_of(referral).order_by("-pk").first()


def follow(petition: Petition, *, at: datetime) -> None:
    """Put the forwarder's day on the list of whoever has the petition now."""
    case = petition.case
    for referral in open_ones(petition):
        clock = deadline_queries.running(referral, STAGE)
        todos.done(petition, todos.REFERRAL, at=at)
        todos.wait(
            petition, todos.REFERRAL, agency=case.agency or todos.desk(at), unit=case.unit, person=case.officer,
            role="" if case.officer else Role.COORDINATOR if case.agency else Role.DISPATCHER,
            stage=STAGE, due_at=clock.due_at if clock else None, at=at,
        )  # fmt: skip


def replied(petition: Petition, reply: Reply, *, at: datetime) -> None:
    """The answer goes to those who passed it on as well; the final one is what they wait for."""
    waiting = open_ones(petition)
    for referral in all_of(petition) if reply.corrects_id else waiting:
        letters.referral_reply(referral, reply=reply, at=at)
    if reply.stage == 2:
        _close(petition, waiting, met=True, why="", at=at)


def ended(petition: Petition, *, how: str, reason: str, at: datetime) -> None:
    """It ended without an answer: those who passed it on are told how, and wait no longer."""
    waiting = open_ones(petition)
    for referral in waiting:
        letters.referral_ended(referral, how=how, reason=reason, at=at)
    _close(petition, waiting, met=petition.case.status not in UNCONFIRMED, why=how, at=at)


def carry_over(petition: Petition, to: Petition, *, at: datetime) -> None:
    """拆案: whoever passed it on waits for the answer to each part, until the same day as before."""
    for one in petition.referrals.select_related("forwarder__agency").order_by("pk"):
        clock = clock_of(one)
        due_on = day_of(clock.due_at) if clock else day_of(at)
        days = max(1, deadline_queries.working_days_between(day_of(one.received_at), due_on))
        _refer(
            to, one.forwarder, None, one.document_number, answer_to=one.answer_to, received_at=one.received_at,
            limit=Limit(days, Unit.WORKING_DAYS), at=at,
        )  # fmt: skip


def went_on(petition: Petition, *, why: str, at: datetime) -> None:
    """Nobody waits for this petition any more: what they wait for goes on elsewhere. No letter says so."""
    _close(petition, open_ones(petition), met=False, why=why, at=at)


def _close(petition: Petition, waiting: list[Referral], *, met: bool, why: str, at: datetime) -> None:
    for referral in waiting:
        if clock := deadline_queries.running(referral, STAGE):
            if met:
                deadlines.meet(clock, at=at)
            else:
                deadlines.cancel(clock, why=why, at=at)
        referral.answered_at = at
        referral.save(update_fields=["answered_at"])
    if waiting:
        todos.done(petition, todos.REFERRAL, at=at)
