"""The demo city's contacts: some calls of the month, told by the exchange and worked on at the desk by the product's own acts.

Who called, what was noted and what became of a transfer is invented.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

from cityhall.domains.contacts import services, transfers
from cityhall.domains.contacts.cti import Event, Kind
from cityhall.domains.contacts.models import ContactMoment, Transfer
from cityhall.domains.contacts.states import CallBackState, InterviewState, Presence, TransferFate, TransferKind
from cityhall.domains.faq import public as faq
from cityhall.domains.hotline import public as hotline
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.states import Channel
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice

MANY, SEED = 220, 104
NUMBERS = 90
"""So many invented numbers call: some more than once."""
ASKED = (
    "garbage-collection", "bulky-waste", "street-light", "water-out", "birth", "library-card", "bus", "house-tax", "pothole",
)  # fmt: skip
NOTES = ("問路線，已說明。", "對方會再上網查。", "已唸一次給對方抄。", "", "", "")
CALLED_FOR = ("區公所回復之後告訴對方要帶什麼", "查到停水幾點恢復再告訴對方", "確認收件日期後回電")
PASSED_TO = ("tax", "social", "transport", "household_taoyuan", "landoffice_taoyuan", "health", "police", "labor")
IMPROVED = "已增加代接人力，忙線兩聲後自動跳到同組分機，並由主管每週查看未接清單。"
DOES = (
    ("entry", 45),
    ("enquiry", 14),
    ("petition", 12),
    ("transfer", 20),
    ("call_back", 5),
    ("nuisance", 2),
    ("other", 2),
)


def write(now: datetime) -> int:
    """The contacts of a sample of the month's calls; how many there are."""
    chance = dice(f"contacts:{SEED}")
    people = list(directory.holders(Role.OPERATOR, on=day_of(now)).select_related("account").order_by("pk"))
    seats = {str(1001 + n): person for n, person in enumerate(people)}
    calls = list(hotline.Call.objects.operator().exclude(wait_s=None).exclude(talk_s=None).order_by("entered_at", "pk"))
    if not calls or not seats:
        return 0
    picked = sorted(chance.sample(calls, min(MANY, len(calls))), key=lambda call: (call.entered_at, call.pk))
    cases = _cases(picked[0].entered_at)
    for seat, person in seats.items():
        services.be(state=Presence.READY, seat=seat, by=person.account, at=picked[0].entered_at - timedelta(minutes=10))
    made, written, free = 0, False, dict.fromkeys(seats, picked[0].entered_at)
    for call in picked:
        if not written and call.entered_at >= _letters_at(now):
            _letters(now, chance)
            written = True
        seat = min(free, key=lambda one: (free[one], one))
        ends = call.entered_at + timedelta(seconds=(call.wait_s or 0) + max(call.talk_s or 0, 45))
        if free[seat] > call.entered_at or ends > now:
            continue
        # The days of the month before are passed on, so that agencies have letters about it.
        passes = call.entered_at < instant(day_of(now).replace(day=1))
        _one(call, seat, seats[seat], ends, cases, chance, passes=passes)
        free[seat] = ends + timedelta(seconds=60)
        made += 1
    _shift(list(seats.items()), now)
    return made


def _cases(since: datetime) -> dict[date, list[Case]]:
    """The petitions that came by telephone, by their day."""
    found: dict[date, list[Case]] = {}
    for case in Case.objects.filter(channel=Channel.PHONE, received_at__gte=since, contacts=None).order_by("pk"):
        found.setdefault(day_of(case.received_at), []).append(case)
    return found


def _one(
    call: hotline.Call,
    seat: str,
    person: Person,
    ends: datetime,
    cases: dict[date, list[Case]],
    chance: random.Random,
    *,
    passes: bool,
) -> None:
    rings, begins = call.entered_at, call.entered_at + timedelta(seconds=call.wait_s or 0)
    event = Event(
        Kind.NEW_CALL,
        call.callid,
        caller=f"0900{chance.randrange(NUMBERS):06}",
        queue=call.queue.code if call.queue else "",
    )
    _tell(event, rings)
    _tell(replace(event, kind=Kind.ANSWER, seat=seat), begins)
    contact = ContactMoment.objects.get(call_id=call.callid)
    what = "transfer" if passes else chance.choices([name for name, _n in DOES], [n for _name, n in DOES])[0]
    at, who = begins + (ends - begins) * 0.6, person.account
    assert who is not None
    if note := chance.choice(NOTES):
        services.write_note(contact, note=note, by=who, at=at)
    passed = None
    if what == "entry":
        version = faq.published(day_of(at)).filter(entry__code=chance.choice(ASKED)).first()
        if version is not None:
            services.answer_by_entry(contact, code=version.entry.code, version=version.number, by=who, at=at)
    elif what == "petition" and cases.get(day_of(at)):
        services.link_case(contact, cases[day_of(at)].pop(), by=who, at=at)
    elif what == "transfer":
        passed = _transfer(contact, person, at, chance)
    elif what == "call_back":
        row = services.promise_call_back(
            contact,
            phone="03-000-0000",
            about=chance.choice(CALLED_FOR),
            due_at=ends + timedelta(hours=26),
            by=who,
            at=at,
        )
        if chance.random() < 0.8:
            services.call_back_done(row, result=CallBackState.REACHED, by=who, at=ends + timedelta(hours=4))
    elif what == "nuisance":
        services.report_nuisance(contact, kind="ABUSE", warned=True, by=who, at=at)
    _tell(replace(event, kind=Kind.HANGUP, cause="16"), ends)
    if what in ("enquiry", "other") or not ContactMoment.objects.exclude(wrap_up="").filter(pk=contact.pk).exists():
        services.wrap_up(
            contact, code="other" if what == "other" else "enquiry", by=who, at=ends + timedelta(seconds=20)
        )
    if passed is not None and chance.random() < 0.15:
        transfers.record_interview(
            passed, state=InterviewState.DONE, handling=chance.randint(3, 5), attitude=chance.randint(3, 5), by=who,
            at=ends + timedelta(days=1),
        )  # fmt: skip


def _tell(event: Event, at: datetime) -> None:
    services.take_event(event, signature=f"demo {event.call_id} {event.kind}", told_at=int(at.timestamp()), at=at)


def _transfer(contact: ContactMoment, person: Person, at: datetime, chance: random.Random) -> Transfer | None:
    agency = Agency.objects.filter(code=chance.choice(PASSED_TO)).exclude(phone="").first()
    if agency is None or person.account is None:
        return None
    kind = chance.choice(list(TransferKind)) if transfers.open_now(at) else TransferKind.WARM
    row = transfers.pass_on(contact, agency, kind=kind, by=person.account, at=at)
    fate = chance.choices([TransferFate.ANSWERED, TransferFate.BUSY, TransferFate.NO_ANSWER], [7, 2, 2])[0]
    rang = {TransferFate.ANSWERED: 9, TransferFate.BUSY: 0}.get(fate, 40) + chance.randint(0, 9)
    return transfers.tell_fate(row, fate=fate, seconds=rang, by=person.account, at=at + timedelta(seconds=rang))


def _letters_at(now: datetime) -> datetime:
    """When the letters about the month before are written."""
    return instant(day_of(now).replace(day=3), 6, 40)


def _letters(now: datetime, chance: random.Random) -> None:
    """The letters about the month before; half of the agencies answer within some days."""
    at = _letters_at(now)
    month = (day_of(now).replace(day=1) - timedelta(days=1)).replace(day=1)
    for letter in transfers.ask_agencies(month, by=None, at=at):
        person = (
            directory.holders(Role.COORDINATOR, agency=letter.agency, on=day_of(at)).select_related("account").first()
        )
        answered_at = at + timedelta(days=chance.randint(1, 8), hours=4)
        if person is not None and person.account is not None and answered_at < now and chance.random() < 0.5:
            transfers.answer_letter(letter, text=IMPROVED, by=person.account, at=answered_at)


def _shift(seats: list[tuple[str, Person]], now: datetime) -> None:
    """What the operators do at the moment at which the demo begins."""
    does = (Presence.READY, Presence.READY, Presence.MEAL)
    for n, (seat, person) in enumerate(seats):
        if person.account is not None:
            services.be(state=does[n % len(does)], seat=seat, by=person.account, at=now - timedelta(minutes=12 + n))
