"""What operators did with some calls of the report's year: passed on to agencies, and answered from the FAQ base.

How many met a busy line or nobody, and which topics are asked most, is planned; which calls, whose and when is drawn. The
calls are those of `hotline_year`; who called stays unknown. A month that is there is not made again.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

from cityhall.domains.contacts import services, transfers
from cityhall.domains.contacts.cti import Event, Kind
from cityhall.domains.contacts.models import ContactMoment, Transfer, TransferLetter
from cityhall.domains.contacts.states import FAILED, TransferFate, TransferKind
from cityhall.domains.faq import public as faq
from cityhall.domains.faq import services as entries
from cityhall.domains.faq.models import Version
from cityhall.domains.faq.states import Channel
from cityhall.domains.hotline.models import Call
from cityhall.domains.hotline.states import Outcome, Topic
from cityhall.domains.petitions.plan import spread
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.foundation import unit
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice
from cityhall.foundation.period import Period
from cityhall.foundation.unit import act

from .contacts import IMPROVED, PASSED_TO
from .hotline_year import YEAR, months

REVIEWED = 714
"""Calls of the year that met a busy line or no answer, and were taken up with the agency."""
TAKEN = 714
"""So many others of which the exchange told that the agency answered: a sample of them."""
ANSWERED_BY_ENTRY = 36_000
MOST_ASKED = (("bus", 160), ("free-bus", 130), ("citizen-card", 110), ("bicycle", 92), ("land-tax", 78))
OTHERS = 30
"""What each other topic weighs beside the five."""


def live_year(share: float, seed: int, *, say: Callable[[str], None]) -> int:
    """The months that are not there yet; how many transfers and answers they brought."""
    operators = [one.account for one in directory.holders(Role.OPERATOR, on=date(YEAR, 1, 4)).select_related("account")]
    accounts = [one for one in operators if one is not None]
    plan = months(share)
    weights = [float(month.operator) for month in plan]
    columns = [spread(round(many * share), weights) for many in (REVIEWED, TAKEN, ANSWERED_BY_ENTRY)]
    lived = 0
    for month, failed, taken, answered in zip(plan, *columns, strict=True):
        chance = dice(f"contacts:{seed}:{month.first}")
        with unit.bulk():
            lived += _passed_on(month.first, failed, taken, accounts, chance)
            lived += _answered(month.first, answered, chance)
        with unit.bulk():
            _letters(month.first, chance)
    if lived:
        say(f"1999轉接與以常見問題答復 {lived:,} 通（虛構）")
    return lived


def _calls(month: date, **wanted: object) -> list[Call]:
    last = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    rows = Call.objects.within(month, last).filter(again=False, **wanted).select_related("queue").defer("events")
    return list(rows.order_by("entered_at", "pk"))


# ---- passed on -------------------------------------------------------------------------------------------------------


@act
def _passed_on(month: date, failed: int, taken: int, accounts: list[Account], chance: random.Random) -> int:
    """A month's transfers in office hours: so many that nobody took, and some that somebody did."""
    after = (month + timedelta(days=32)).replace(day=1)
    agencies = list(Agency.objects.filter(code__in=PASSED_TO).exclude(phone="").order_by("code"))
    if not accounts or not agencies or Transfer.objects.filter(on__gte=month, on__lt=after).exists():
        return 0
    calls = [call for call in _calls(month, outcome=Outcome.TRANSFERRED) if transfers.open_now(_left(call))]
    picked = chance.sample(calls, min(failed + taken, len(calls)))
    fates = [chance.choice(FAILED) for _one in range(failed)] + [TransferFate.ANSWERED] * taken
    for call, fate in zip(picked, fates, strict=False):
        _pass_on(call, fate, chance.choice(agencies), chance.choice(accounts), chance)
    return len(picked)


def _left(call: Call) -> datetime:
    """When the operator let go of it."""
    return call.entered_at + timedelta(seconds=(call.wait_s or 0) + (call.talk_s or 0))


def _pass_on(call: Call, fate: TransferFate, agency: Agency, by: Account, chance: random.Random) -> None:
    seat = str(call.agent) if call.agent_id else ""
    left, queue = _left(call), call.queue.code if call.queue else ""
    for kind, at in (
        (Kind.NEW_CALL, call.entered_at),
        (Kind.ANSWER, call.entered_at + timedelta(seconds=call.wait_s or 0)),
    ):
        event = Event(kind, call.callid, queue=queue, seat=seat if kind is Kind.ANSWER else "")
        services.take_event(event, signature=f"demo {call.callid} {kind}", told_at=int(at.timestamp()), at=at)
    contact = ContactMoment.objects.get(call_id=call.callid)
    row = transfers.pass_on(contact, agency, kind=chance.choice(list(TransferKind)), by=by, at=left)
    rang = {TransferFate.ANSWERED: 9, TransferFate.BUSY: 0}.get(fate, 40) + chance.randint(0, 9)
    at = left + timedelta(seconds=rang)
    transfers.tell_fate(row, fate=fate, seconds=rang, by=None, at=at, leg_id=f"{call.callid}-2")
    event = Event(Kind.HANGUP, call.callid, cause="16")
    services.take_event(event, signature=f"demo {call.callid} hangup", told_at=int(at.timestamp()), at=at)


def _letters(month: date, chance: random.Random) -> None:
    """The letters about a month, on the third day of the next; each agency answers within some days."""
    at = instant((month + timedelta(days=32)).replace(day=3), 6, 40)
    if TransferLetter.objects.filter(month=month).exists():
        return
    for letter in transfers.ask_agencies(month, by=None, at=at):
        person: Person | None = (
            directory.holders(Role.COORDINATOR, agency=letter.agency, on=day_of(at)).select_related("account").first()
        )
        if person is not None and person.account is not None:
            transfers.answer_letter(
                letter, text=IMPROVED, by=person.account, at=at + timedelta(days=chance.randint(1, 8), hours=4)
            )


# ---- answered from the FAQ base --------------------------------------------------------------------------------------


@act
def _answered(month: date, many: int, chance: random.Random) -> int:
    """A month's answers by entry: calls about the city, by topic as the year had them."""
    last = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    there: dict[str, list[Version]] = {}
    written = faq.published(month).filter(entry__generated=False, entry__topic__isnull=False)
    for version in written.select_related("entry__topic").order_by("entry__code"):
        assert version.entry.topic is not None
        there.setdefault(version.entry.topic.code, []).append(version)
    if not there or faq.asked(Period(month, last), Channel.HOTLINE).exists():
        return 0
    weigh = dict(MOST_ASKED)
    topics = sorted(there, key=lambda code: (-weigh.get(code, 0), code))
    shares = spread(many, [float(weigh.get(code, OTHERS)) for code in topics])
    calls = _calls(month, outcome=Outcome.ANSWERED, topic=Topic.ENQUIRY)
    answers = [chance.choice(there[code]) for code, n in zip(topics, shares, strict=True) for _one in range(n)]
    picked = chance.sample(calls, min(len(answers), len(calls)))
    given = [(version, _left(call)) for version, call in zip(answers, picked, strict=False)]
    entries.record_uses(given, channel=Channel.HOTLINE, helped=True)
    return len(given)
