"""舊系統移轉: past petitions of another system enter as they ended there, with their old numbers and dated events.

Nothing is done anew: no letter is sent and no clock runs for what has ended. What is still open gets its clock from the
day of its filing and waits where it lay.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.contacts import phone_key
from cityhall.engines.cases.models import Assignment, Case, Event, Place, Rating, Reply, Requester
from cityhall.engines.cases.states import Channel, Part, PlaceMethod, ReplyState, Status
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.files import imports, sheets
from cityhall.engines.files.imports import ImportKind, Reading
from cityhall.engines.files.models import ImportRow, RowState, SheetImport
from cityhall.engines.files.sheets import CellError, Column
from cityhall.engines.textsearch import services as textsearch
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..models import Category, ImportedPetition, Petition
from ..states import CategorySource
from . import clocks, dispatch, filing, todos
from .filing import Where
from .imports import touched, touched_ones, turned

CODE = "petitions.old_system"
NO_REPLY = "（舊系統沒有回復內容）"


def _day(cell: str) -> date | None:
    """The day of a cell that may tell the time as well."""
    return sheets.day(cell.split()[0] if cell.split() else "")


def _score(cell: str) -> int | None:
    score = sheets.integer(cell)
    if score is not None and not 1 <= score <= 5:
        raise CellError(_("滿意度填 1 到 5。"))
    return score


COLUMNS = (
    Column("number", gettext_lazy("舊案號"), sheets.text(40), required=True, aliases=("案號", "案件編號", "陳情編號")),
    Column("filed_on", gettext_lazy("陳情日期"), _day, required=True, aliases=("收件日", "受理日期", "成案日", "立案日期")),
    Column("channel", gettext_lazy("管道"), sheets.choice(Channel.choices), aliases=("來源", "陳情管道")),
    Column("name", gettext_lazy("姓名"), sheets.text(60), aliases=("陳情人", "陳情人姓名")),
    Column("email", gettext_lazy("電子郵件"), sheets.email, aliases=("email", "e-mail", "信箱")),
    Column("phone", gettext_lazy("電話"), sheets.text(30), aliases=("聯絡電話", "手機")),
    Column("address", gettext_lazy("聯絡地址"), sheets.text(200), aliases=("地址",)),
    Column("title", gettext_lazy("主旨"), sheets.text(100), aliases=("案由", "標題")),
    Column("text", gettext_lazy("陳情內容"), sheets.text(10_000), required=True, aliases=("內容", "陳情事項")),
    Column("place", gettext_lazy("地點"), sheets.text(200), aliases=("發生地點",)),
    Column("category", gettext_lazy("類別"), sheets.text(100), aliases=("案件類別", "分類")),
    Column("agency", gettext_lazy("主辦機關"), sheets.text(100), aliases=("承辦機關", "機關", "承辦單位")),
    Column("dispatched_on", gettext_lazy("派案日期"), _day, aliases=("分文日期", "派案日")),
    Column("replied_on", gettext_lazy("回復日期"), _day, aliases=("回覆日期", "回復日", "辦結日期")),
    Column("reply", gettext_lazy("回復內容"), sheets.text(10_000), aliases=("回覆內容", "處理情形")),
    Column("closed_on", gettext_lazy("結案日期"), _day, aliases=("結案日",)),
    Column("score", gettext_lazy("滿意度"), _score, aliases=("滿意度分數",)),
)  # fmt: skip
DAYS = ("filed_on", "dispatched_on", "replied_on", "closed_on")
HOURS = {"filed_on": 9, "dispatched_on": 10, "replied_on": 16, "closed_on": 17}
"""Sheets tell days; on one and the same day this was the order."""


def source_of(job: SheetImport) -> str:
    """Whose numbers they are."""
    return f"system:{job.options['system']}"[:60]


@dataclass(frozen=True)
class Names:
    """What the names in a sheet mean: by code, by name, or as a person has said for this import."""

    agencies: dict[str, Agency]
    categories: dict[str, Category]

    @classmethod
    def of(cls, job: SheetImport) -> Names:
        """The directory and the catalogue, past agencies and categories too."""
        agencies: dict[str, Agency] = {}
        for one in Agency.objects.order_by("-closed_on"):
            agencies |= {one.short_name: one, one.name: one, one.code: one}
        categories: dict[str, Category] = {}
        for kind in Category.objects.all():
            categories |= {kind.name: kind, kind.code: kind}
        said = job.options.get("agencies", {}), job.options.get("categories", {})
        agencies |= {name: agencies[code] for name, code in said[0].items() if code in agencies}
        categories |= {name: categories[code] for name, code in said[1].items() if code in categories}
        return cls(agencies, categories)


def check(job: SheetImport, readings: list[Reading], at: datetime) -> None:
    """What only the records can tell of a block of rows."""
    known = _known(job, readings)
    names, today = Names.of(job), day_of(at)
    for one in readings:
        given = one.values
        if number := given.get("number"):
            if number in known:
                one.same(partial(_already, known[number]))
                continue
            one.row.key = number
        _check_days(one, today)
        if given.get("reply") and not given.get("replied_on"):
            one.refuse("replied_on", lambda: _("有回復內容，但沒有回復日期。"))
        if given.get("score") and not given.get("replied_on"):
            one.refuse("score", lambda: _("沒有回復的案件不會有滿意度。"), given["score"])
        for column, found in (("agency", names.agencies), ("category", names.categories)):
            if (name := given.get(column)) and name not in found:
                one.refuse(column, partial(_unknown, name), name)
        if given.get("dispatched_on") and not given.get("agency"):
            one.refuse("agency", lambda: _("有派案日期，但沒有主辦機關。"))


def _known(job: SheetImport, readings: list[Reading]) -> dict[str, str]:
    numbers = [str(one.values["number"]) for one in readings if one.values.get("number")]
    found = ImportedPetition.objects.filter(source=source_of(job), their_number__in=numbers, undone_at=None)
    return {their: ours or "" for their, ours in found.values_list("their_number", "petition__case__number")}


def _already(number: str) -> str:
    return _("這個舊案號已經移入，是本府的 %(number)s，不會重複。") % {"number": number}


def _unknown(name: str) -> str:
    return _("本府的名單沒有「%(name)s」。請在「對照名稱」指定它是哪一個。") % {"name": name}


def _check_days(one: Reading, today: date) -> None:
    before: tuple[str, date] | None = None
    for key in DAYS:
        day = one.values.get(key)
        if day is None:
            continue
        if day > today:
            one.refuse(key, lambda: _("這一天在未來。"), day)
        if before and day < before[1]:
            one.refuse(key, partial(_too_early, before[0]), day)
        before = key, day


def _too_early(key: str) -> str:
    column = next(one for one in COLUMNS if one.key == key)
    return _("比「%(column)s」還早。") % {"column": column.label}


def unknown_names(job: SheetImport) -> dict[str, Counter[str]]:
    """The names that the directory or the catalogue does not know, and in how many rows each stands."""
    found: dict[str, Counter[str]] = {"agency": Counter(), "category": Counter()}
    rows = job.rows.filter(state=RowState.REFUSED).values_list("problems", flat=True)
    for problems in rows.iterator(chunk_size=1000):
        for problem in problems:
            if problem["column"] in found and problem["value"]:
                found[problem["column"]][problem["value"]] += 1
    return found


# ---- taking in ---------------------------------------------------------------------------------------------------------


@dataclass
class Past:
    """A row on its way: the case that it becomes, and what hangs on it."""

    reading: Reading
    case: Case
    category: Category | None
    moments: dict[str, datetime]
    reply: Reply | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def given(self) -> dict[str, Any]:
        """What the row says."""
        return self.reading.values


def take(job: SheetImport, readings: list[Reading], at: datetime) -> None:
    """Make petitions of a block of rows, all by one act and so many statements, however many they are."""
    known = _known(job, readings)
    wanted = []
    for one in readings:
        if one.state == RowState.REFUSED:
            continue
        if one.values["number"] in known:
            one.same(partial(_already, known[one.values["number"]]))
        else:
            wanted.append(one)
    if wanted:
        bring_over(job, wanted, at=at)


@act
def bring_over(job: SheetImport, readings: list[Reading], *, at: datetime) -> None:
    """移入: cases, replies, ratings and dated events as the old system knew them, marked as such."""
    names, by = Names.of(job), job.confirmed_by
    numbers = cases.next_numbers([one.values["filed_on"] for one in readings])
    pasts = [_past(one, number, names) for one, number in zip(readings, numbers, strict=True)]
    Requester.objects.bulk_create([past.case.requester for past in pasts if past.case.requester])
    Place.objects.bulk_create([past.case.place for past in pasts if past.case.place])
    for past in pasts:
        past.case.requester, past.case.place = past.case.requester, past.case.place  # now they have keys
    Case.objects.bulk_create([past.case for past in pasts])
    petitions = [_petition(past) for past in pasts]
    Petition.objects.bulk_create(petitions)
    _replies(pasts)
    Assignment.objects.bulk_create(_assignments(pasts))
    for past in pasts:
        past.events = list(_events(past, by, at))
        past.case.version = len(past.events)
    Event.objects.bulk_create([event for past in pasts for event in past.events])
    Case.objects.bulk_update([past.case for past in pasts], ["version"], batch_size=100)
    for past, petition in zip(pasts, petitions, strict=True):
        past.reading.took(past.case.pk)
        number = past.given["number"]
        textsearch.index(past.case, f"{filing.search_text(petition, their_number=number)}")
        audit.record("petition.migrated", past.case, by=by, at=at, new={"job": job.pk, "line": past.reading.row.number})
        if not past.case.is_ended:
            _goes_on(petition, at=at)
    ImportedPetition.objects.bulk_create(
        ImportedPetition(
            petition=petition, job=job, source=source_of(job), their_number=past.given["number"],
            version=past.case.version,
        )
        for past, petition in zip(pasts, petitions, strict=True)
    )  # fmt: skip


def _past(one: Reading, number: str, names: Names) -> Past:
    given = one.values
    moments = {key: instant(given[key], HOURS[key]) for key in DAYS if given[key]}
    requester = Requester(
        name=given["name"],
        email=given["email"].lower(),
        phone=given["phone"],
        phone_key=phone_key(given["phone"]),
        address=given["address"],
    )
    where = filing.nobodys(Where(method=PlaceMethod.TEXT, words=given["place"]), requester)
    agency, category = names.agencies.get(given["agency"]), names.categories.get(given["category"])
    ended_at = moments.get("replied_on") or moments.get("closed_on")
    case = Case(
        reference=uuid.uuid4(), number=number, title=filing.heading_of(given["title"], given["text"], requester),
        text=given["text"], channel=given["channel"] or Channel.WEB, status=_status(given), requester=requester,
        place=Place(method=where.method, words=where.words) if where.words else None, agency=agency,
        received_at=moments["filed_on"], confirmed_at=moments["filed_on"], opened_on=given["filed_on"],
        assigned_at=moments.get("dispatched_on") or (moments["filed_on"] if agency else None), ended_at=ended_at,
        confidential=bool(category and category.confidential),
    )  # fmt: skip
    return Past(one, case, category, moments)


def _status(given: dict[str, Any]) -> Status:
    if given["closed_on"]:
        return Status.CLOSED
    if given["replied_on"]:
        return Status.REPLIED
    return Status.ASSIGNED if given["agency"] else Status.DISPATCHING


def _petition(past: Past) -> Petition:
    term = clocks.term_on(past.category, past.given["filed_on"])
    return Petition(
        case=past.case, category=past.category, category_source=CategorySource.MIGRATED,
        urgent=bool(term and term.urgent),
    )  # fmt: skip


def _replies(pasts: list[Past]) -> None:
    for past in pasts:
        if sent_at := past.moments.get("replied_on"):
            past.reply = Reply(
                case=past.case, stage=2, state=ReplyState.SENT, text=past.given["reply"] or NO_REPLY,
                drafted_at=sent_at, sent_at=sent_at,
            )  # fmt: skip
    Reply.objects.bulk_create([past.reply for past in pasts if past.reply])
    Rating.objects.bulk_create(
        Rating(case=past.case, reply=past.reply, score=past.given["score"], at=past.moments["replied_on"])
        for past in pasts
        if past.reply and past.given["score"]
    )


def _assignments(pasts: list[Past]) -> Iterator[Assignment]:
    for past in pasts:
        if past.case.agency:
            yield Assignment(
                case=past.case, part=Part.LEAD, agency=past.case.agency, starts_at=past.case.assigned_at or past.moments["filed_on"],
                ends_at=past.case.ended_at,
            )  # fmt: skip


def _events(past: Past, by: Any, at: datetime) -> Iterator[Event]:
    """What happened there, when it happened, and that it was brought over now."""
    case, moments = past.case, past.moments
    steps: list[tuple[str, datetime, Status | str, dict[str, Any]]] = [
        ("received", moments["filed_on"], Status.AWAITING_CONFIRMATION, {"channel": str(case.channel)}),
        ("confirmed", moments["filed_on"], Status.RECEIVED, {"how": "migrated"}),
    ]
    if case.agency:
        steps.append(("dispatched", case.assigned_at or at, Status.ASSIGNED, {"agency": case.agency.code}))
    elif not case.is_ended:
        steps.append(("sent_to_desk", moments["filed_on"], Status.DISPATCHING, {"reasons": []}))
    if past.reply:
        steps.append(("replied", moments["replied_on"], Status.REPLIED, {"reply": past.reply.pk}))
    if "closed_on" in moments:
        steps.append(("closed", moments["closed_on"], Status.CLOSED, {}))
    for n, (type, when, status, payload) in enumerate(steps, start=1):
        payload |= {"migrated": True}
        yield Event(case=case, n=n, type=type, at=when, payload=payload, status=status)
    given = {"document_number": past.given["number"]}
    yield Event(case=case, n=len(steps) + 1, type="migrated", at=at, by=by, payload=given, public=False)


def _goes_on(petition: Petition, *, at: datetime) -> None:
    """What is open waits where it lay, with the limit that ran from its filing."""
    clocks.begin(petition, at=at)
    if petition.case.agency:
        todos.wait(
            petition, todos.ASSIGN, agency=petition.case.agency, role=Role.COORDINATOR,
            due_at=clocks.next_due(petition), at=at,
        )  # fmt: skip
    else:
        dispatch.wait_at_desk(petition, at=at)


# ---- taking back -------------------------------------------------------------------------------------------------------


def undo(job: SheetImport, rows: list[ImportRow], at: datetime) -> set[int]:
    """Remove what a block of rows became: it never happened here. What somebody has worked on since stays."""
    found = list(ImportedPetition.objects.filter(job=job, petition__in=[row.about for row in rows]))
    left = touched_ones(found)
    gone = {one.petition_id for one in found} - left
    remove(gone)
    return gone


@act
def remove(keys: Iterable[int]) -> None:
    """The petitions and everything that hangs on them."""
    keys = list(keys)
    found = Case.objects.filter(pk__in=keys)
    people, spots = (list(found.values_list(name, flat=True)) for name in ("requester", "place"))
    of_cases = ContentType.objects.get_for_model(Case)
    ImportedPetition.objects.filter(petition__in=keys).delete()
    for model in (Rating, Reply, Assignment, Event):
        model._default_manager.filter(case__in=keys).delete()
    Clock.objects.filter(subject_type=of_cases, subject_id__in=keys).delete()
    Todo.objects.filter(content_type=of_cases, object_id__in=keys).delete()
    Petition.objects.filter(case__in=keys).delete()
    found.delete()
    Requester.objects.filter(pk__in=[one for one in people if one]).delete()
    Place.objects.filter(pk__in=[one for one in spots if one]).delete()


KIND = ImportKind(
    code=CODE, label=gettext_lazy("舊系統的案件"), columns=COLUMNS, check=check, take=take, touched=touched, undo=undo,
    turned=turned, check_block=500, take_block=250,
)  # fmt: skip


def install() -> None:
    """Declare the sheet."""
    imports.declare(KIND)
