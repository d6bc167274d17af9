"""拆案: the desk splits a petition of several matters, each part with number, category, agency and clock; or takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import TypeVar

from django.db.models import Max
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Case, Event, Place, Requester
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import MOVES, ReplyState, Status
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import queries as file_queries
from cityhall.engines.files import services as files
from cityhall.engines.files.rules import Kind
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.engines.textsearch import services as textsearch
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, insert

from .. import listings
from ..models import AlikePair, Category, ClusterMember, Petition, Split, SplitPart, Supporter
from ..splitting import Bar, Stand, Whole, may_split, progress, untouched
from ..states import CategorySource, ClusterState
from . import clocks, dispatch, filing, letters, quality, referrals, todos, words

T = TypeVar("T", Requester, Place)


BY_THE_CLOCK = ("due_moved", "warned")
"""A typhoon that moves a limit, and a limit that comes near, are no work on a part."""


class CannotSplit(CannotAct):
    """It cannot be split, or not taken back; the sentence says why."""


@dataclass(frozen=True)
class Part:
    """One matter: its words, its category, and the agency, if not the one that follows from the category."""

    title: str
    text: str
    category: Category
    agency: Agency | None = None


def most_parts(at: datetime) -> int:
    """Into how many parts one may be split."""
    return int(parameter("petitions.most_parts", on=day_of(at)).value)


def whole_of(petition: Petition) -> Whole:
    """The petition as the rule sees it."""
    case = petition.case
    return Whole(
        answered=case.replies.filter(state__in=[ReplyState.SENT, ReplyState.RECALLED]).exists(),
        joined=case.children.count(),
        clustered=ClusterMember.objects.filter(
            petition=petition, out_at=None, cluster__state=ClusterState.OPEN
        ).exists(),
        sealed=petition.sealed,
        part=SplitPart.objects.filter(petition=petition).exists(),
    )


def _refuse(petition: Petition, parts: int, *, at: datetime) -> None:
    most = most_parts(at)
    why = may_split(whole_of(petition), parts, most=most)
    if why is not None:
        raise CannotSplit(
            {
                Bar.SEALED: _("政風案件不能拆案。"),
                Bar.PART: _("這件本身就是拆出來的，不能再拆；請先取消原來的拆案。"),
                Bar.ANSWERED: _("已經回復過民眾，不能再拆案；其他的事請另立一件。"),
                Bar.JOINED: _("有別的案件併入這件，請先取消併案再拆案。"),
                Bar.CLUSTERED: _("這件列在處理中的事件裡，請先從事件移出再拆案。"),
                Bar.TOO_FEW: _("拆案至少要分成兩件。"),
                Bar.TOO_MANY: _("一件最多拆成 %(n)s 件。") % {"n": most},
            }[why]
        )


@act
def split(
    petition: Petition,
    *,
    parts: Sequence[Part],
    reason: str,
    with_files: bool = True,
    by: Account,
    at: datetime,
    expect_version: int | None = None,
) -> Split:
    """Split it: each part is dispatched at once, its limit runs from the 成案 of the whole, the citizen is told once.

    Raises CannotSplit, dispatch.CannotDispatch.
    """
    petition.case = case = cases.lock(petition.case, expect_version=expect_version)
    if Status.SPLIT not in MOVES[Status(case.status)]:
        raise CannotSplit(_("案件目前是「%(now)s」，不能拆案。") % {"now": Status(case.status).label})
    if not reason.strip():
        raise CannotSplit(_("請寫明拆案的理由，民眾會看到。"))
    _refuse(petition, len(parts), at=at)
    assert case.opened_on
    # The counter before all else (cases.next_number); the numbers are of the day on which the whole was taken in.
    numbers = cases.next_numbers([case.opened_on] * len(parts))
    row = Split.objects.create(petition=petition, reason=reason.strip(), at=at, by=by)
    children = []
    for n, (part, number) in enumerate(zip(parts, numbers, strict=True), 1):
        child = _open(petition, part, number=number, with_files=with_files, by=by, at=at)
        SplitPart.objects.create(split=row, petition=child, n=n)
        referrals.carry_over(petition, child, at=at)
        children.append(child)
    # Nobody is to be told that the parts look alike.
    AlikePair.objects.bulk_create(
        AlikePair(newer=newer, older=older, likeness=1.0, found_at=at, apart_at=at, apart_by=by)
        for older, newer in combinations(children, 2)
    )
    given = {"reason": row.reason, "children": numbers}
    cases.end_outside(case, Status.SPLIT, by=by, at=at, given=given)
    quality.ended(petition, by=by, at=at)
    clocks.stop_all(petition, why=str(Status.SPLIT.label), at=at)
    todos.done(petition, todos.DISPATCH, todos.CO_HANDLE, *todos.AT_AGENCY, at=at)
    referrals.went_on(petition, why=str(Status.SPLIT.label), at=at)
    for child in children:
        child.case = cases.lock(child.case)
        SplitPart.objects.filter(petition=child).update(version=child.case.version)
    letters.split(petition, children, reason=row.reason, at=at)
    return row


def _open(petition: Petition, part: Part, *, number: str, with_files: bool, by: Account, at: datetime) -> Petition:
    """A part: a petition with the same sender and place, opened when the whole was, and at its agency."""
    case = petition.case
    requester, place = _same(case.requester), _same(case.place)
    cover = words.guard(case.place, at=at)
    title = filing.heading_of(part.title, part.text, requester) if requester else part.title
    child_case = cases.open_case(
        kind="petition", title=cover("title", title), text=cover("text", part.text.strip()), channel=case.channel,
        language=case.language, requester=requester, place=place, filed_by=case.filed_by, at=at,
        keep_identity_secret=case.keep_identity_secret, received_at=case.received_at,
        confidential=petition.filed_confidential,
    )  # fmt: skip
    cover.store(child_case)
    words.carry_over(case, child_case)
    child = insert(
        Petition(
            case=child_case, category=part.category, category_source=CategorySource.PERSON, danger=petition.danger,
            filed_confidential=petition.filed_confidential, counts_from=petition.counts_from,
            about_agency=petition.about_agency, about_unit=petition.about_unit, followers=petition.followers,
            answers=petition.answers if petition.category_id == part.category.pk else {},
        )
    )  # fmt: skip
    child.case = cases.confirm(child_case, how=listings.SPLIT, by=by, at=at, number=number, since=case.confirmed_at)
    cases.add_event(child.case, "split_from", by=by, at=at, payload={"parent": case.number})
    audit.record("petition.split_from", child.case, by=by, at=at, new={"parent": case.number})
    for stored in file_queries.of(case) if with_files else ():
        if not stored.label and stored.kind != Kind.MAIL.value:
            files.copy_to(stored, owner=child.case, by=stored.stored_by, at=at)
    Supporter.objects.bulk_create(
        Supporter(
            petition=child, account=one.account, email=one.email, language=one.language, asked_at=one.asked_at,
            confirmed_at=one.confirmed_at,
        )
        for one in petition.supporters.filter(left_at=None).exclude(confirmed_at=None)
    )  # fmt: skip
    clocks.begin(child, at=at)
    child.save()
    dispatch.follow_category(child)
    textsearch.index(child.case, filing.search_text(child))
    cases.move(child.case, Status.DISPATCHING, by=by, at=at, given={"reasons": [listings.SPLIT]}, public=False)
    dispatch.dispatch_by_desk(
        child, category=part.category, agency=part.agency, note=_("由 %(number)s 拆出") % {"number": case.number},
        tell=False, by=by, at=at,
    )  # fmt: skip
    return child


def _same(row: T | None) -> T | None:
    """The same once more, for a case of its own."""
    if row is None:
        return None
    fields = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    return type(row)(**fields)


# ---- what became of it -----------------------------------------------------------------------------------------------


def standing_split(case: Case) -> Split | None:
    """The split that holds."""
    return Split.objects.filter(petition=case.pk, undone_at=None).first()


def parts_of(case: Case) -> list[SplitPart]:
    """The parts of a petition that was split, in their order."""
    return list(
        SplitPart.objects.filter(split__petition=case.pk, split__undone_at=None)
        .select_related("petition__case__agency", "petition__category")
        .order_by("n")
    )


def _stands(rows: Sequence[SplitPart]) -> list[Stand]:
    return [Stand(row.version, row.petition.case.version, row.petition.case.is_ended) for row in rows]


def progress_of(case: Case) -> tuple[int, int]:
    """How many of its parts are over, of how many."""
    return progress(_stands(parts_of(case)))


def may_undo(petition: Petition) -> bool:
    """Whether nobody has worked on the parts."""
    return petition.case.status == Status.SPLIT and untouched(_worked_on(parts_of(petition.case)))


def _worked_on(rows: Sequence[SplitPart]) -> list[Stand]:
    """The parts, each with the last thing that was done to it; what a clock did by itself is none."""
    events = Event.objects.filter(case__in=[row.petition_id for row in rows]).exclude(type__in=BY_THE_CLOCK)
    last = dict(events.order_by().values_list("case").annotate(newest=Max("n")))
    return [Stand(row.version, max(row.version, last.get(row.petition_id, 0))) for row in rows]


@act
def undo(petition: Petition, *, reason: str, by: Account, at: datetime) -> Petition:
    """Take the split back while nothing has happened: the parts end, the whole is at the desk again.

    Raises CannotSplit.
    """
    rows = parts_of(petition.case)
    held = cases.lock_in_order({petition.pk, *(row.petition_id for row in rows)})
    petition.case = case = held[petition.pk]
    if not reason.strip():
        raise CannotSplit(_("請寫明取消拆案的理由，民眾會看到。"))
    if case.status != Status.SPLIT:
        raise CannotSplit(_("這件目前不是拆案。"))
    if not untouched(_worked_on(rows)):
        raise CannotSplit(_("拆出的案件已經有人辦理，不能取消拆案；可以個別改派或併案。"))
    given = {"reason": reason.strip(), "parent": case.number}
    for row in rows:
        child = row.petition
        child.case = held[child.pk]
        cases.end_outside(child.case, Status.REJOINED, by=by, at=at, given=given)
        clocks.stop_all(child, why=str(Status.REJOINED.label), at=at)
        todos.done(child, todos.DISPATCH, *todos.AT_AGENCY, at=at)
        referrals.went_on(child, why=str(Status.REJOINED.label), at=at)
        child.supporters.filter(left_at=None).update(left_at=at)
    Split.objects.filter(petition=petition, undone_at=None).update(undone_at=at, undone_by=by)
    case.ended_at = None
    cases.move(case, Status.DISPATCHING, by=by, at=at, given={"reason": reason.strip()})
    clocks.begin(petition, at=at)
    petition.save()
    referrals.carry_over(rows[0].petition, petition, at=at)
    dispatch.wait_at_desk(petition, at=at)
    letters.unsplit(petition, [row.petition for row in rows], reason=reason.strip(), at=at)
    return petition
