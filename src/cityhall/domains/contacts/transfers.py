"""Transfers to agencies: passed on, their fate from the second leg, one letter an agency a month, its answer, interviews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from cityhall.domains.hotline import public as hotline
from cityhall.engines.audit import services as audit
from cityhall.engines.deadlines import queries as deadlines
from cityhall.engines.deadlines.rules import Limit, Unit, due, in_office_hours
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.states import Channel
from cityhall.engines.rules.queries import parameter
from cityhall.engines.surveys.models import Response
from cityhall.engines.surveys.services import CannotAct as CannotAsk
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .legs import Leg
from .models import ContactMoment, Interview, Transfer, TransferLetter
from .refusals import CannotContact
from .states import ASKED_FOR_GOOD, FAILED, InterviewState, Outcome, TransferFate, TransferKind, WrapUp

IMPROVE = "contact.transfers_improve"


def open_now(at: datetime) -> bool:
    """Whether agencies are at work: the working-day calendar and its office hours."""
    return in_office_hours(at, deadlines.calendar())


@act
def pass_on(contact: ContactMoment, agency: Agency, *, kind: str, by: Account, at: datetime) -> Transfer:
    """轉接 to an agency of the directory; out of its hours only with somebody there to speak to first."""
    contact = ContactMoment.objects.select_for_update().get(pk=contact.pk)
    agency, _unit = directory.carried_on(agency, None, on=day_of(at))
    if kind not in TransferKind.values:
        raise CannotContact(_("請選擇轉接方式。"))
    if not agency.phone:
        raise CannotContact(_("通訊錄上沒有這個機關的電話，請改登錄陳情或約定回電。"))
    hours = open_now(at)
    if not hours and kind == TransferKind.BLIND:
        raise CannotContact(_("現在不是上班時間，盲轉接會沒有人接；請用暖轉接先問，或約定回電。"))
    row = Transfer.objects.create(contact=contact, agency=agency, kind=kind, at=at, on=day_of(at), in_hours=hours)
    contact.outcome, contact.wrap_up, contact.wrapped_at = Outcome.TRANSFERRED, WrapUp.TRANSFER, at
    if contact.ended_at is None and contact.call_id is None:
        contact.ended_at = at
    contact.save()
    audit.record("contact.transferred", contact, by=by, at=at, new={"agency": agency.code, "kind": kind})
    return row


@act
def tell_fate(
    transfer: Transfer, *, fate: str, seconds: int | None, by: Account | None, at: datetime, leg_id: str | None = None
) -> Transfer:
    """What became of it: told once, by the second leg or, of a warm one, by the operator who heard it."""
    row = Transfer.objects.select_for_update().get(pk=transfer.pk)
    if row.fate != TransferFate.WAITING:
        raise CannotContact(_("這次轉接的結果已經記下了。"))
    if fate not in (TransferFate.ANSWERED, *FAILED):
        raise CannotContact(_("請選擇轉接的結果。"))
    row.fate, row.seconds, row.leg_id = fate, seconds, leg_id
    row.save()
    audit.record("contact.transfer_told", row.contact, by=by, at=at, new={"fate": fate})
    return row


def take_legs(found: Iterable[Leg], *, by: Account | None, at: datetime) -> int:
    """The fates that call details tell; read twice, each is told once. How many were new."""
    told = 0
    for leg in found:
        if Transfer.objects.filter(leg_id=leg.leg_id).exists():
            continue
        waiting = Transfer.objects.filter(contact__call_id=leg.call_id, fate=TransferFate.WAITING).order_by("at", "pk")
        if row := waiting.first():
            tell_fate(row, fate=leg.fate.value, seconds=leg.seconds, leg_id=leg.leg_id, by=by, at=at)
            told += 1
    return told


# ---- one letter an agency a month ------------------------------------------------------------------------------------


@act
def ask_agencies(month: date, *, by: Account | None, at: datetime) -> list[TransferLetter]:
    """To each agency one letter about its busy and unanswered transfers of a month that is over, with a day to answer by.

    Asked twice for a month, nobody gets a second letter; what became known later comes with the next month's.
    """
    after = (month + timedelta(days=31)).replace(day=1)
    if month.day != 1 or after > day_of(at):
        raise CannotContact(_("這個月還沒有過完。"))
    rows = Transfer.objects.filter(letter=None, fate__in=FAILED, on__lt=after, in_hours=True)
    counted = dict(rows.order_by().values_list("agency").annotate(n=Count("pk")))
    written = set(TransferLetter.objects.filter(month=month).values_list("agency", flat=True))
    days = int(parameter("contacts.transfer_working_days", on=day_of(at)).value)
    due_at = due(at, Limit(days, Unit.WORKING_DAYS), deadlines.calendar()).at
    made = []
    for agency in Agency.objects.filter(pk__in=set(counted) - written).order_by("code"):
        letter = TransferLetter.objects.create(
            agency=agency, month=month, many=counted[agency.pk], asked_at=at, due_on=day_of(due_at)
        )
        rows.filter(agency=agency).update(letter=letter)
        _ask(letter, due_at, at)
        audit.record("contact.agency_asked", letter, by=by, at=at, new={"agency": agency.code, "many": letter.many})
        made.append(letter)
    return made


def url_of(letter: TransferLetter) -> str:
    """The page of a letter."""
    return reverse("contacts:letter", args=[letter.pk])


def _ask(letter: TransferLetter, due_at: datetime, at: datetime) -> None:
    agency, _unit = directory.carried_on(letter.agency, None, on=day_of(at))
    worklist.open_todo(
        IMPROVE, letter, title=_("回復轉接未接通的改善"), detail=f"{letter.slug}　{letter.many}", reference=letter.slug,
        agency=agency, role=Role.COORDINATOR, due_at=due_at, url=url_of(letter), at=at,
    )  # fmt: skip
    for person in directory.holders(Role.COORDINATOR, agency=agency, on=day_of(at)).select_related("account"):
        address = person.email or (person.account.email if person.account else "") or ""
        to = Recipient(email=address, name=person.name, language="zh-hant", account_id=person.account_id)
        if letters.can_reach(to, Channel.EMAIL):
            letters.send(
                "contacts.transfers", to=to, about=letter, key=f"contacts:{letter.pk}:{person.pk}", channel=Channel.EMAIL,
                at=at,
                context={
                    "month": letter.slug, "many": letter.many, "until": letter.due_on,
                    "url": f"{settings.SITE_URL}{url_of(letter)}",
                },
            )  # fmt: skip


@act
def answer_letter(letter: TransferLetter, *, text: str, by: Account, at: datetime) -> TransferLetter:
    """機關回復, once."""
    row = TransferLetter.objects.select_for_update().get(pk=letter.pk)
    if row.answered_at is not None:
        raise CannotContact(_("已經回復過了。"))
    if not text.strip():
        raise CannotContact(_("請寫明怎麼改善。"))
    row.answer, row.answered_at, row.answered_by = text.strip()[:2000], at, directory.person_of(by)
    row.save()
    worklist.close_todo(IMPROVE, row, at=at)
    audit.record("contact.agency_answered", row, by=by, at=at)
    return row


# ---- follow-up interviews --------------------------------------------------------------------------------------------


@act
def record_interview(
    transfer: Transfer, *, state: str, handling: int | None, attitude: int | None, by: Account, at: datetime
) -> Interview:
    """追蹤訪問: both answers, or that there are none. They are answers to the survey after a transfer, and kept there."""
    if state not in (InterviewState.DONE, InterviewState.REFUSED, InterviewState.UNREACHED):
        raise CannotContact(_("請選擇訪問的結果。"))
    done = state == InterviewState.DONE
    if done and (handling is None or attitude is None):
        raise CannotContact(_("完成的訪問，處理和態度都要填。"))
    before = Interview.objects.select_for_update().filter(transfer=transfer).first()
    if before is not None and before.state in ASKED_FOR_GOOD:
        raise CannotContact(_("這次轉接已經訪問過了。"))
    row = before or Interview(transfer=transfer)
    row.state = state
    if done:
        row.response = _answered(transfer.contact, {"handling": handling, "attitude": attitude}, at=at)
    row.at, row.by = at, directory.person_of(by)
    row.save()
    audit.record("contact.interviewed", transfer.contact, by=by, at=at, new={"state": state})
    return row


def _answered(contact: ContactMoment, given: Mapping[str, Any], *, at: datetime) -> Response:
    """The caller's answers, in the survey; one who has answered by keys or link is not counted again."""
    try:
        return hotline.interviewed(contact.call_id or str(contact.reference), contact, given, at=at)
    except CannotAsk as refusal:
        raise CannotContact(refusal.sentence) from refusal
