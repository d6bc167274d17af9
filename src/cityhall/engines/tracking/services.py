"""Acts on listed items: they are listed, agencies answer, answers are reviewed, and somebody decides how they go on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cityhall.engines.audit import services as audit
from cityhall.engines.deadlines import queries as clocks
from cityhall.engines.deadlines import rules as clock_rules
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.deadlines.rules import Limit, Unit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.files import services as files
from cityhall.engines.identity.models import Account
from cityhall.engines.numbers import services as numbers
from cityhall.engines.rules.queries import parameter
from cityhall.engines.textsearch import services as textsearch
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.roc import roc_year
from cityhall.foundation.unit import act, insert_all

from . import queries, registry, rules
from .models import ALIVE, Duty, Item, Reply, Ruling
from .refusals import CannotDecide, CannotList, CannotReply, CannotReview
from .rules import LetterFault, Review
from .states import Asking, Decided, Part, Promise, ReplyState, Stage, Verdict

__all__ = [
    "CannotDecide",
    "CannotList",
    "CannotReply",
    "CannotReview",
    "ToList",
    "add_duty",
    "answer",
    "ask_for_reports",
    "end_duty",
    "list_item",
    "list_items",
    "record_verdict",
    "reopen",
    "review",
    "send_back",
    "withdraw",
]

ANSWER = "tracking.answer"
REVIEW = "tracking.review"
DECIDE = "tracking.decide"
STAGE = "reply"
Co = Agency | tuple[Agency, str]


# ---- listing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ToList:
    """What is put under control: whose it is, what every agency has to do, by when they answer.

    Without `due_on` agencies have the profile's days; without `listed_on` it is listed on the day of the act.
    """

    title: str
    lead: Agency
    text: str = ""
    duty: str = ""  # what the lead agency has to do
    co: Sequence[Co] = ()
    due_on: date | None = None
    listed_on: date | None = None
    source: Model | None = None


@act
def list_item(
    *,
    profile: str,
    title: str,
    text: str = "",
    lead: Agency,
    duty: str = "",
    co: Sequence[Co] = (),
    due_on: date | None = None,
    listed_on: date | None = None,
    source: Model | None = None,
    by: Account | None,
    at: datetime,
) -> Item:
    """列管: give it a number, its agencies their duties and their clocks. `source` is the record that it came from.

    Raises CannotList.
    """
    one = ToList(title=title, text=text, lead=lead, duty=duty, co=co, due_on=due_on, listed_on=listed_on, source=source)
    return list_items([one], profile=profile, by=by, at=at)[0]


@act
def list_items(rows: Sequence[ToList], *, profile: str, by: Account | None, at: datetime) -> list[Item]:
    """Many at once, all or none, in the order given: by a few statements for all, and some for each agency's clock."""
    kind, today = registry.of(profile), day_of(at)
    for row in rows:
        _check(row, today)
    days = [row.listed_on or today for row in rows]
    given = numbers.next_numbers(f"tracking.{kind.key}", [numbers.year(day.year) for day in days])
    items = [
        Item(
            profile=kind.key, year=day.year, n=n, number=rules.number(kind.prefix, roc_year(day), n),
            title=row.title.strip()[:200], text=row.text.strip(), listed_on=day, listed_at=at, listed_by=by,
            source_type=ContentType.objects.get_for_model(row.source) if row.source is not None else None,
            source_id=row.source.pk if row.source is not None else None,
        )
        for row, day, n in zip(rows, days, given, strict=True)
    ]  # fmt: skip
    insert_all(items)
    duties = [
        Duty(item=item, part=part, agency=agency, words=words.strip()[:300], starts_on=item.listed_on)
        for item, row in zip(items, rows, strict=True)
        for part, agency, words in _parts(row)
    ]
    insert_all(duties)
    due = {item.pk: row.due_on for item, row in zip(items, rows, strict=True)}
    _ask(duties, asking=Asking.FIRST, due=due, at=at)
    for item, row in zip(items, rows, strict=True):
        textsearch.index(item, text_of(item))
        audit.record(
            "tracking.listed", item, by=by, at=at,
            new={"number": item.number, "lead": row.lead.code, "co": [one.code for _part, one, _w in _parts(row)[1:]]},
        )  # fmt: skip
    return items


def text_of(item: Item) -> str:
    """What the search finds an item by."""
    return f"{item.number}\n{item.title}\n{item.text}"


def _parts(row: ToList) -> list[tuple[Part, Agency, str]]:
    co = [one if isinstance(one, tuple) else (one, "") for one in row.co]
    return [(Part.LEAD, row.lead, row.duty), *((Part.CO, agency, words) for agency, words in co)]


def _check(row: ToList, today: date) -> None:
    listed_on = row.listed_on or today
    if not row.title.strip():
        raise CannotList(_("請寫案由。"))
    if listed_on > today:
        raise CannotList(_("列管日不能在今天之後。"))
    if row.due_on is not None and row.due_on <= listed_on:
        raise CannotList(_("回復期限要在列管日之後。"))
    agencies = [agency.pk for _part, agency, _words in _parts(row)]
    if len(set(agencies)) != len(agencies):
        raise CannotList(_("同一個機關只能有一種分工，請去掉重複的。"))
    for _part, agency, _words in _parts(row):
        if (agency.opened_on and agency.opened_on > today) or (agency.closed_on and agency.closed_on <= today):
            raise CannotList(_("「%(agency)s」目前沒有運作，請改列承接的機關。") % {"agency": agency.short_name})


# ---- asking ----------------------------------------------------------------------------------------------------------


def _ask(
    duties: Sequence[Duty], *, asking: Asking, due: dict[int, date | None] | None = None, at: datetime
) -> list[Reply]:
    """Ask agencies for a reply: each with its own clock and its own line in the to-do list.

    On the first asking the clock starts on the day of listing, else now.
    """
    if not duties:
        return []
    today = day_of(at)
    last: dict[int, int] = {}
    for item, n in Reply.objects.filter(item__in={duty.item_id for duty in duties}).values_list("item_id", "n"):
        last[item] = max(n, last.get(item, 0))
    rows, started = [], []
    for duty in duties:
        last[duty.item_id] = n = last.get(duty.item_id, 0) + 1
        day = duty.starts_on if asking == Asking.FIRST else today
        start = at if day == today else min(at, instant(day, 9))
        given = _limit(duty.item, (due or {}).get(duty.item_id), start)
        due_at = clock_rules.due(start, given[0], clocks.calendar()).at
        rows.append(
            Reply(item=duty.item, duty=duty, n=n, asking=asking, asked_at=start, asked_on=day, due_on=day_of(due_at))
        )
        started.append((start, given))
    insert_all(rows)
    clocks.read_for(rows)
    worklist.read_for(rows)
    for row, (start, (limit, because, version)) in zip(rows, started, strict=True):
        clock = deadlines.start(row, stage=STAGE, limit=limit, policy_version=version, because=because, at=start)
        _wait_for_answer(row, clock.due_at, at=at)
    return rows


def _limit(item: Item, due_on: date | None, start: datetime) -> tuple[Limit, str, str]:
    """How long the agency has, why, and by which version of the rule."""
    if due_on is not None and (days := (due_on - day_of(start)).days) > 0:
        return Limit(days, Unit.CALENDAR_DAYS), gettext_noop("列管時指定的期限"), ""
    held = parameter(item.kind.days, on=day_of(start))
    return Limit(held.value, Unit.CALENDAR_DAYS), gettext_noop("列管事項的函復期限"), f"{held.key} {held.version}"


def _wait_for_answer(row: Reply, due_at: datetime, *, at: datetime) -> None:
    worklist.open_todo(
        ANSWER, row, title=row.item.title, detail=row.duty.words, stage=row.asking, reference=row.item.number,
        agency=row.duty.agency, role=Role.COORDINATOR, due_at=due_at, url=row.item.url, at=at,
    )  # fmt: skip


def _wait_for_commission(kind: str, subject: Model, item: Item, detail: str, *, at: datetime) -> None:
    if (agency := queries.commission(day_of(at))) is not None:
        worklist.open_todo(
            kind, subject, title=item.title, detail=detail, reference=item.number, agency=agency, role=Role.COMMISSION,
            url=item.url, at=at,
        )  # fmt: skip


@act
def moved(clock: Clock, before: datetime, at: datetime) -> None:
    """The calendar moved a limit: the reply is due on the new day, and the to-do with it."""
    reply = clock.subject
    if isinstance(reply, Reply) and reply.state == ReplyState.ASKED:
        reply.due_on = day_of(clock.due_at)
        reply.save(update_fields=["due_on"])
        worklist.move_due(reply, due_at=clock.due_at, kinds=(ANSWER,))


def _locked(item: Item) -> Item:
    return Item.objects.select_for_update().get(pk=item.pk)


def _settle(item: Item, *, at: datetime) -> None:
    """Bring the item's stage up to its rows, and the commission's list with it."""
    states = list(item.replies.values_list("state", "settled_on"))
    undecided = any(state == ReplyState.ACCEPTED and settled is None for state, settled in states)
    item.stage = Stage(rules.stage([state for state, _settled in states], undecided, item.decided))
    item.save()
    if item.stage == Stage.TO_DECIDE:
        _wait_for_commission(DECIDE, item, item, "", at=at)
    else:
        worklist.close_todo(DECIDE, item, at=at)


# ---- answering and reviewing -----------------------------------------------------------------------------------------


@act
def answer(
    reply: Reply,
    *,
    text: str,
    letter_on: date | None = None,
    letter_number: str = "",
    uploads: Sequence[tuple[str, BinaryIO]] = (),
    by: Account,
    at: datetime,
) -> Reply:
    """函復: what the agency has done, by a letter whose day meets the limit. The commission finds it on its list.

    Without an official letter the day is that of the act. Raises CannotReply, and files' CannotStoreFile.
    """
    item = _locked(reply.item)
    reply = _fresh(reply)
    today = day_of(at)
    if reply.state != ReplyState.ASKED:
        raise CannotReply(_("這一次已經函復過了，或不必再函復。"))
    if not text.strip():
        raise CannotReply(_("請寫辦理情形。"))
    if item.kind.letter and not (letter_on and letter_number.strip()):
        raise CannotReply(_("請填函復的發文日期和字號。"))
    day = letter_on or today
    if fault := rules.letter_fault(day, asked_on=reply.asked_on, today=today):
        raise CannotReply(
            _("發文日期不能在今天之後。") if fault == LetterFault.AHEAD else _("發文日期不能早於請機關函復的日期。")
        )
    reply.state, reply.text = ReplyState.ANSWERED, text.strip()[:10_000]
    reply.letter_on, reply.letter_number = day, letter_number.strip()[:60]
    reply.answered_by, reply.answered_at, reply.answered_on = directory.person_of(by), at, today
    reply.save()
    for name, content in uploads:
        files.store(content, name=name, owner=reply, by=by, at=at)
    if clock := clocks.running(reply, STAGE):
        met = at if day == today else max(clock.started_at, instant(day, 12))
        deadlines.meet(clock, at=met)
    worklist.close_all(reply, at=at)
    _wait_for_commission(REVIEW, reply, item, reply.duty.agency.short_name, at=at)
    audit.record(
        "tracking.replied", item, by=by, at=at,
        new={"n": reply.n, "agency": reply.duty.agency.code, "letter_on": day.isoformat()},
    )  # fmt: skip
    _settle(item, at=at)
    return reply


def _fresh(reply: Reply) -> Reply:
    return (
        Reply.objects.select_for_update(of=("self",))
        .select_related("item", "duty__agency", "duty__item")
        .get(pk=reply.pk)
    )


@act
def review(
    reply: Reply, *, found: Review, promised_on: date | None = None, remark: str = "", by: Account, at: datetime
) -> Reply:
    """審核 a reply on its criteria. With a shortcoming it is returned with the reason, and the agency is asked anew, with
    a clock of its own; else it is accepted. Raises CannotReview.
    """
    item = _locked(reply.item)
    reply = _fresh(reply)
    if reply.state != ReplyState.ANSWERED:
        raise CannotReview(_("這份函復已經審核過了，或還沒有函復。"))
    poor = rules.is_poor(found)
    if poor and not remark.strip():
        raise CannotReview(_("退回重新答復時，請寫明哪裡沒有答到、還缺什麼。"))
    if found.promise == Promise.DATED and promised_on is None:
        raise CannotReview(_("請填機關承諾的完成日。"))
    reply.answers, reply.complete, reply.promise = found.answers, found.complete, Promise(found.promise)
    reply.promised_on = promised_on if found.promise == Promise.DATED else None
    reply.state, reply.returned = (ReplyState.POOR, True) if poor else (ReplyState.ACCEPTED, False)
    reply.remark, reply.reviewed_by = remark.strip()[:1000], directory.person_of(by)
    reply.reviewed_at, reply.reviewed_on = at, day_of(at)
    reply.save()
    worklist.close_todo(REVIEW, reply, at=at)
    audit.record(
        "tracking.reviewed", item, by=by, at=at,
        new={"n": reply.n, "agency": reply.duty.agency.code, "poor": [str(one) for one in found.shortcomings]},
    )  # fmt: skip
    if poor:
        _ask([_held(reply.duty)], asking=Asking.AGAIN, at=at)
    _settle(item, at=at)
    return reply


@act
def send_back(reply: Reply, *, remark: str, by: Account, at: datetime) -> Reply:
    """退回 a reply for not answering the question, even one that was accepted: the agency is asked anew.

    Raises CannotReview where there is nothing to return, or the agency is being asked already.
    """
    item = _locked(reply.item)
    reply = _fresh(reply)
    if reply.state == ReplyState.ANSWERED:
        return review(reply, found=Review(answers=False, complete=True), remark=remark, by=by, at=at)
    duty = _held(reply.duty)
    if reply.state != ReplyState.ACCEPTED or duty.replies.filter(state__in=ALIVE).exists():
        raise CannotReview(_("這份函復已經退回，或機關正在重新答復。"))
    if not remark.strip():
        raise CannotReview(_("退回重新答復時，請寫明哪裡沒有答到、還缺什麼。"))
    reply.answers, reply.state, reply.returned, reply.remark = False, ReplyState.POOR, True, remark.strip()[:1000]
    reply.reviewed_by, reply.reviewed_at, reply.reviewed_on = directory.person_of(by), at, day_of(at)
    reply.save()
    audit.record(
        "tracking.reviewed", item, by=by, at=at,
        new={"n": reply.n, "agency": reply.duty.agency.code, "poor": ["BESIDE_THE_QUESTION"]},
    )  # fmt: skip
    _ask([duty], asking=Asking.AGAIN, at=at)
    _settle(item, at=at)
    return reply


def _held(duty: Duty) -> Duty:
    """The duty, or the one that took its place where another agency carries on."""
    if duty.ended_on is None:
        return duty
    open_ones = list(duty.item.duties.open().select_related("agency", "item"))
    return next((one for one in open_ones if one.part == duty.part), open_ones[0])


# ---- deciding --------------------------------------------------------------------------------------------------------


@act
def record_verdict(
    item: Item,
    *,
    verdict: Verdict,
    reason: str,
    grounds: Collection[str] = (),
    person: Person | None = None,
    on: date | None = None,
    by: Account | None,
    at: datetime,
) -> Ruling:
    """列管決定: how the item goes on from a day on. What is tracked on reports at the dated interval.

    Where the domain has a rule, what it says of the grounds is kept beside the verdict. Raises CannotDecide while a
    reply or its review is outstanding, without a reason, for a day ahead or before the last decision.
    """
    item = _locked(item)
    if item.replies.filter(state__in=ALIVE).exists():
        raise CannotDecide(_("還有機關沒有函復，或函復還沒有審核，不能決定追蹤情形。"))
    day = on or day_of(at)
    propose = item.kind.propose
    proposed = propose(frozenset(grounds)) if propose else ""
    ruling = _rule(item, Decided(verdict), reason=reason, day=day, by=by, at=at, proposed=proposed, grounds=grounds, person=person)  # fmt: skip
    item.report_on = None
    if verdict == Verdict.TRACKED:
        item.report_on = rules.months_later(day, parameter(item.kind.months, on=day).value)
    item.replies.filter(state=ReplyState.ACCEPTED, settled_on=None).update(settled_on=day)
    _settle(item, at=at)
    return ruling


@act
def reopen(item: Item, *, reason: str, by: Account | None, at: datetime) -> Ruling:
    """重新列管: what was decided holds no more, and its agencies are asked anew. Raises CannotDecide."""
    item = _locked(item)
    if item.decided in ("", Decided.REOPENED):
        raise CannotDecide(_("這件還沒有決定追蹤情形，不必重新列管。"))
    if item.replies.filter(state__in=ALIVE).exists():
        raise CannotDecide(_("機關正在函復這件，不必重新列管。"))
    ruling = _rule(item, Decided.REOPENED, reason=reason, day=day_of(at), by=by, at=at)
    item.report_on = None
    _ask(list(item.duties.open().select_related("agency", "item")), asking=Asking.REOPENED, at=at)
    _settle(item, at=at)
    return ruling


def _rule(
    item: Item, decided: Decided, *, reason: str, day: date, by: Account | None, at: datetime, proposed: str = "",
    grounds: Collection[str] = (), person: Person | None = None,
) -> Ruling:  # fmt: skip
    if not reason.strip():
        raise CannotDecide(_("請寫明理由。"))
    if day > day_of(at) or day < item.listed_on:
        raise CannotDecide(_("決定日要在列管日和今天之間。"))
    if item.decided_on is not None and day < item.decided_on:
        raise CannotDecide(_("決定日不能早於上一次決定的日期。"))
    ruling = Ruling.objects.create(
        item=item, n=item.rulings.count() + 1, decided=decided, proposed=proposed, grounds=sorted(grounds),
        reason=reason.strip()[:1000], on=day, at=at, by=by, person=person,
    )  # fmt: skip
    before, item.decided, item.decided_on = item.decided, decided, day
    audit.record(
        "tracking.ruled", item, by=by, at=at, old={"decided": before},
        new={"decided": str(decided), "on": day.isoformat(), "proposed": str(proposed)},
    )  # fmt: skip
    return ruling


@act
def ask_for_reports(at: datetime, *, most: int = 500) -> int:
    """The daily job: what is tracked on and whose day has come is reported on; the next day is set."""
    today = day_of(at)
    found = list(
        Item.objects.select_for_update()
        .filter(report_on__lte=today, decided=Decided.TRACKED, stage=Stage.SETTLED)
        .order_by("report_on", "pk")[:most]
    )
    for item in found:
        _ask(list(item.duties.open().select_related("agency", "item")), asking=Asking.REPORT, at=at)
        item.report_on = rules.months_later(today, parameter(item.kind.months, on=today).value)
        audit.record("tracking.asked", item, by=None, at=at, new={"on": today.isoformat()})
        _settle(item, at=at)
    return len(found)


# ---- duties ----------------------------------------------------------------------------------------------------------


@act
def add_duty(
    item: Item, *, part: Part, agency: Agency, words: str = "", due_on: date | None = None, by: Account | None,
    at: datetime,
) -> Duty:  # fmt: skip
    """Give another agency a part: it is asked at once. A new lead takes the place of the one before. Raises CannotList."""
    item, today = _locked(item), day_of(at)
    held = list(item.duties.open().select_related("agency", "item"))
    if any(duty.agency_id == agency.pk and (duty.part == part or part == Part.CO) for duty in held):
        raise CannotList(_("這個機關已經在這件的分工裡。"))
    _check(ToList(title=item.title, lead=agency, listed_on=item.listed_on, due_on=due_on), today)
    for duty in held:
        if duty.agency_id == agency.pk or (part == Part.LEAD and duty.part == Part.LEAD):
            _end(duty, why=_("改由%(agency)s主辦") % {"agency": agency.short_name}, by=by, at=at)
    duty = Duty.objects.create(item=item, part=part, agency=agency, words=words.strip()[:300], starts_on=today)
    audit.record("tracking.duty_given", item, by=by, at=at, new={"agency": agency.code, "part": str(part)})
    asking = Asking.REOPENED if item.decided == Decided.REOPENED else Asking.FIRST
    _ask([duty], asking=asking, due={item.pk: due_on}, at=at)
    _settle(item, at=at)
    return duty


@act
def end_duty(duty: Duty, *, why: str, by: Account | None, at: datetime) -> Duty:
    """A co-agency has no part any more; what it was asked is withdrawn. Raises CannotList for the lead."""
    item = _locked(duty.item)
    duty = Duty.objects.select_related("agency", "item").get(pk=duty.pk)
    if duty.part == Part.LEAD:
        raise CannotList(_("主辦機關不能拿掉，請改指定另一個主辦機關。"))
    if duty.ended_on is not None:
        raise CannotList(_("這項分工已經結束。"))
    if not why.strip():
        raise CannotList(_("請寫明理由。"))
    _end(duty, why=why, by=by, at=at)
    _settle(item, at=at)
    return duty


def _end(duty: Duty, *, why: str, by: Account | None, at: datetime) -> None:
    duty.ended_on, duty.why = day_of(at), why.strip()[:300]
    duty.save()
    for reply in duty.replies.filter(state__in=ALIVE):
        withdraw(reply, at=at)
    audit.record("tracking.duty_ended", duty.item, by=by, at=at, new={"agency": duty.agency.code})


@act
def withdraw(reply: Reply, *, at: datetime) -> None:
    """The agency need not answer any more: no clock runs, nothing waits."""
    reply.state, reply.withdrawn_on = ReplyState.WITHDRAWN, day_of(at)
    reply.save()
    if clock := clocks.running(reply, STAGE):
        deadlines.cancel(clock, why=gettext_noop("這個機關不再負責"), at=at)
    worklist.close_all(reply, at=at)
