"""The nightly removal of personal data whose time is over, and what holds it back.

One petition is one transaction; a block of them is one promise of the outbox, which ends with the promise of the next: a
worker that dies loses nothing, and nothing is removed twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import (
    Addition,
    Assignment,
    Case,
    Event,
    Note,
    Question,
    Rating,
    ReopenRequest,
    Reply,
)
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.directory import queries as directory
from cityhall.engines.files import queries as files
from cityhall.engines.files import services as file_acts
from cityhall.engines.identity.models import Account
from cityhall.engines.identity.states import Kind as AccountKind
from cityhall.engines.letters import queries as letters
from cityhall.engines.letters import services as letter_acts
from cityhall.engines.likeness import services as likeness
from cityhall.engines.mailbox import services as mailbox
from cityhall.engines.outbox import services as outbox
from cityhall.engines.rules.queries import parameter
from cityhall.engines.textsearch import services as textsearch
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .. import removals
from ..models import (
    Alert,
    CaseConference,
    Cluster,
    DispatchDecision,
    Draft,
    Extension,
    FollowUp,
    FollowUpMove,
    Join,
    KeptWords,
    PassedOn,
    PassedOnStep,
    PeerRequest,
    Petition,
    QualityContest,
    QualityMark,
    QualitySheet,
    QualityStep,
    ReceivedLetter,
    Referral,
    Removal,
    Restriction,
    RestrictionAppeal,
    RestrictionKey,
    RestrictionStep,
    RetentionHold,
    SampleReview,
    SetAside,
    Split,
    UploadLink,
)
from ..queries import FULL
from ..retention import PLACE_DECIMALS, HoldFault, KeptKind, KeptWhere, hold_faults
from ..states import HoldGround
from . import received
from .filing import search_text

KEEPS = "petitions.retention_block"


class CannotHold(CannotAct):
    """The data cannot be held so, or nothing is held; the sentence says why."""


# ---- where it lies ---------------------------------------------------------------------------------------------------

WORDS: tuple[tuple[type[Model], str, tuple[str, ...]], ...] = (
    (Reply, "case__petition", ("text", "sent_back_reason")),
    (Question, "case__petition", ("text", "answer")),
    (Addition, "case__petition", ("text",)),
    (Note, "case__petition", ("text",)),
    (Rating, "case__petition", ("comment",)),
    (KeptWords, "case__petition", ("text",)),
    (ReopenRequest, "case__petition", ("reason", "decision")),
    (Assignment, "case__petition", ("asked", "answer")),
    (Alert, "petition", ("result",)),
    (Extension, "petition", ("reason", "decision")),
    (FollowUp, "petition", ("proof",)),
    (FollowUpMove, "follow_up__petition", ("reason",)),
    (UploadLink, "petition", ("contractor", "asked", "remark")),
    (Join, "petition", ("reason",)),
    (PassedOn, "petition", ("reason", "answer")),
    (PassedOnStep, "passed_on__petition", ("text",)),
    (PeerRequest, "passed_on__petition", ("notes",)),
    (Split, "petition", ("reason",)),
    (CaseConference, "petition", ("note",)),
    (DispatchDecision, "petition", ("note",)),
    (SampleReview, "decision__petition", ("note",)),
    (Referral, "petition", ("answer_to",)),
    (SetAside, "petition", ("reason", "undone_because")),
    (Restriction, "petition", ("matter", "because", "notice")),
    (RestrictionStep, "restriction__petition", ("text",)),
    (RestrictionAppeal, "restriction__petition", ("text", "decision")),
    (QualitySheet, "petition", ("remark",)),
    (QualityMark, "sheet__petition", ("reason",)),
    (QualityContest, "sheet__petition", ("reason", "decision")),
    (QualityStep, "sheet__petition", ("text",)),
    (RetentionHold, "petition", ("reason", "released_because")),
    (ReceivedLetter, "petition", ("reason",)),
)
"""Every text that people write about a petition: the table, the way to the petition, the fields that are emptied."""

TOLD = frozenset(
    {
        "agency", "proposed_agency", "agencies", "from", "to", "how", "channel", "category", "before", "after", "outcome",
        "ground", "restriction", "cluster", "parent", "children", "main", "unit", "part", "reasons", "document_number", "number",
    }
)  # fmt: skip
"""What an event tells in codes, numbers and days. Of what it tells in words nothing is kept."""


def _mails(petition: Petition, at: datetime) -> dict[str, int]:
    messages = [one for one in mailbox.about(petition.case) if not one.forgotten_at]
    for message in messages:
        mailbox.forget(message, at=at)
    return {"mailbox.mailmessage": len(messages)}


def _letters(petition: Petition, at: datetime) -> dict[str, int]:
    rows = list(letters.about(petition.case).filter(forgotten_at=None))
    for letter in rows:
        letter_acts.forget(letter, at=at)
    return {"letters.letter": len(rows)}


def _files(petition: Petition, at: datetime) -> dict[str, int]:
    owners: tuple[tuple[type[Model], Iterable[int]], ...] = (
        (Case, [petition.pk]),
        (Reply, petition.case.replies.values_list("pk", flat=True)),
        (FollowUp, petition.follow_ups.values_list("pk", flat=True)),
        (Draft, Draft.objects.filter(sent=petition.case).values_list("pk", flat=True)),
    )
    rows = [stored for model, keys in owners for stored in files.ever_of(model, keys).exclude(name="")]
    for stored in rows:
        file_acts.erase(stored, why="retention", at=at)
    return {"files.storedfile": len(rows) + received.forget_scans(petition, at=at)}


def heading_after(petition: Petition) -> str:
    """What a petition is called once its own heading is gone: by its category, in the city's language."""
    return petition.category.name if petition.category else _("陳情案件")


def _words(petition: Petition, at: datetime) -> dict[str, int]:
    case = petition.case
    heading, counts = heading_after(petition), {"cases.case": 1}
    for model, way, fields in WORDS:
        said = Q()
        for name in fields:
            said |= ~Q(**{name: ""})
        rows: QuerySet[Any] = model._default_manager.filter(said, **{way: petition})
        keys = list(rows.values_list("pk", flat=True))
        if keys:
            model._default_manager.filter(pk__in=keys).update(**dict.fromkeys(fields, ""))
            counts[model._meta.label_lower] = len(keys)
    told = 0
    for event in Event.objects.filter(case=case).exclude(payload={}):
        plain = {
            key: value
            for key, value in event.payload.items()
            if key in TOLD or value is None or isinstance(value, (bool, int, float))
        }
        if plain != event.payload:
            Event.objects.filter(pk=event.pk).update(payload=plain)
            told += 1
    counts["cases.event"] = told
    petition.restrictions.update(words=[])
    petition.decisions.update(spans=[])
    Cluster.objects.filter(lead=petition, title=case.title).update(title=heading)
    Draft.objects.filter(sent=case).delete()
    counts["worklist.todo"] = sum(
        worklist.reword(subject, title=heading) for subject in (case, *petition.restrictions.all())
    )
    counts["deadlines.change"] = deadlines.forget_notes([case, *petition.referrals.all(), *case.assignments.all()])
    case.title, case.text = heading, ""
    petition.answers = {}
    petition.save(update_fields=["answers"])
    if place := case.place:
        place.words = place.label = ""
        if place.lon is not None and place.lat is not None:
            place.lon, place.lat = round(place.lon, PLACE_DECIMALS), round(place.lat, PLACE_DECIMALS)
            place.accuracy_m = max(place.accuracy_m or 0, 100)
        place.save()
    case.save(update_fields=["title", "text"])
    likeness.forget(case)
    textsearch.index(case, search_text(petition))
    return counts


def _requester(petition: Petition, at: datetime) -> dict[str, int]:
    case, requester = petition.case, petition.case.requester
    citizens = Account.objects.filter(kind=AccountKind.CITIZEN)
    counts = {
        "petitions.supporter": petition.supporters.all().delete()[0],
        "petitions.restrictionkey": RestrictionKey.objects.filter(restriction__petition=petition).delete()[0],
        "petitions.receivedletter": received.forget_senders(petition, at=at),
        "cases.requester": 0,
    }
    Event.objects.filter(case=case, by__in=citizens).update(by=None)
    case.additions.filter(by__in=citizens).update(by=None)
    for model in (Join, SetAside):
        model._default_manager.filter(petition=petition, by__in=citizens).update(by=None)
    if case.filed_by is not None and case.filed_by.kind == AccountKind.CITIZEN:
        case.filed_by = None
    case.requester = None
    case.save(update_fields=["requester", "filed_by"])
    if requester is not None:
        requester.delete()
        counts["cases.requester"] = 1
    return counts


REMOVE: dict[KeptWhere, Callable[[Petition, datetime], dict[str, int]]] = {
    KeptWhere.MAILS: _mails,
    KeptWhere.LETTERS: _letters,
    KeptWhere.FILES: _files,
    KeptWhere.WORDS: _words,
    KeptWhere.REQUESTER: _requester,  # the last: texts are covered by it
}


# ---- the night -------------------------------------------------------------------------------------------------------


@act
def remove_due(petition: Petition, *, at: datetime) -> tuple[KeptWhere, ...]:
    """Remove of one petition what its periods give up today, and write down how much; what is held stays."""
    cases.lock(petition.case)
    petition = Petition.objects.select_related(*FULL, "case__filed_by").get(pk=petition.pk)
    day = day_of(at)
    periods = removals.periods_on(day)
    found = removals.fates([petition], day, periods)
    if not found or found[0].stay is not None:
        return ()
    fate = found[0]
    assert fate.kept.ended_on
    for where in KeptWhere:
        if where in fate.wheres:
            counts = {table: n for table, n in REMOVE[where](petition, at).items() if n}
            months = periods[fate.kept.kind][where]
            Removal.objects.create(
                petition=petition, where=where.value, ended_on=fate.kept.ended_on, months=months, at=at, counts=counts
            )
            audit.record(
                "petition.removed", petition.case, by=None, at=at,
                new={"where": where.value, "months": months, "ended_on": fate.kept.ended_on, "counts": counts},
            )  # fmt: skip
    return fate.wheres


def begin(at: datetime) -> None:
    """Each night: promise the first block; letters that became no petition go here."""
    day = day_of(at)
    longest = max(removals.periods_on(day)[KeptKind.SET_ASIDE].values())
    received.forget_set_aside(day, months=longest, at=at)
    _promise(day, after=0, at=at)


def _promise(day: date, *, after: int, at: datetime) -> None:
    key = f"{KEEPS}:{day.isoformat()}:{after}"
    outbox.promise(KEEPS, {"after": after, "day": day.isoformat()}, key=key, at=at)


def carry_out(after: int, day: date, *, at: datetime) -> int:
    """One block, then the promise of the next. Tried again after a crash it finds what is left."""
    block = list(
        removals.candidates(day_of(at)).filter(pk__gt=after)[: parameter("petitions.keep_block", on=day).value]
    )
    done = sum(bool(remove_due(petition, at=at)) for petition in block)
    if block:
        _promise(day, after=block[-1].pk, at=at)
    return done


# ---- 保全 -------------------------------------------------------------------------------------------------------------


def _why_not(fault: HoldFault, months: int) -> str:
    return {
        HoldFault.GONE: _("這件的個人資料已經移除，沒有可以保全的了。"),
        HoldFault.NO_REASON: _("請寫明為什麼要保全，例如訴訟案號。"),
        HoldFault.PAST: _("保全的最後一天不能是過去的日子。"),
        HoldFault.TOO_LONG: _("一次最多保全 %(n)s 個月；到期前可以延長。") % {"n": months},
    }[fault]


@act
def hold(petition: Petition, *, ground: str, reason: str, until: date, by: Account, at: datetime) -> RetentionHold:
    """保全: nothing of it is removed until a day. For a ground that holds already, the day and the reason are renewed."""
    cases.lock(petition.case)
    day = day_of(at)
    months = parameter("petitions.hold_months", on=day).value
    faults = hold_faults(
        reason=reason, until=until, today=day, longest_months=months, all_gone=removals.all_gone(petition)
    )
    if faults:
        raise CannotHold(" ".join(_why_not(fault, months) for fault in faults))
    before = petition.holds.filter(ground=ground, released_at=None).first()
    found = before or RetentionHold(petition=petition, ground=HoldGround(ground))
    old = before.until if before else None
    found.reason, found.until, found.at = reason.strip()[:300], until, at
    found.by = directory.person_of(by)
    found.save()
    audit.record(
        "petition.held", petition.case, by=by, at=at, old={"until": old}, new={"ground": ground, "until": until}
    )
    return found


@act
def release(found: RetentionHold, *, reason: str, by: Account, at: datetime) -> RetentionHold:
    """It is needed no longer: the next night removes what is due."""
    found = RetentionHold.objects.select_for_update(of=("self",)).select_related("petition__case").get(pk=found.pk)
    if found.released_at is not None:
        raise CannotHold(_("這項保全已經解除。"))
    if not reason.strip():
        raise CannotHold(_("請寫明為什麼可以解除。"))
    found.released_at, found.released_by, found.released_because = at, by, reason.strip()[:300]
    found.save()
    audit.record("petition.hold_released", found.petition.case, by=by, at=at, old={"ground": found.ground})
    return found
