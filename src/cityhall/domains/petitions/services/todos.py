"""What waits for whom because of a petition. Every entry of the to-do list that petitions make is made here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_noop

from cityhall.engines.cases.models import Case
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.engines.directory.states import Role
from cityhall.engines.files.models import SheetImport
from cityhall.engines.mailbox.models import MailMessage
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of
from cityhall.foundation.roc import roc_year
from cityhall.foundation.unit import remembered

from .. import queries
from ..models import (
    AgencyDigest,
    AgencyMailbox,
    PassedOn,
    Petition,
    QualityAward,
    QualityShare,
    QualitySheet,
    ReceivedLetter,
    Restriction,
)
from . import clocks, words

DISPATCH = "petition.dispatch"
ASSIGN = "petition.assign"
HANDLE = "petition.handle"
APPROVE = "petition.approve"
EXTENSION = "petition.extension"
CO_HANDLE = "petition.co_handle"
ALERT = "petition.alert"
REOPEN = "petition.reopen"
FOLLOW_UP = "petition.follow_up"
WAITING = "petition.waiting"
CALL_BACK = "petition.call_back"
URGED = "petition.urged"
REPEATS = "petition.repeats"
RESTRICTION = "petition.restriction"
RESTRICTION_REVIEW = "petition.restriction_review"
RESTRICTION_APPEAL = "petition.restriction_appeal"
MODEL_READY = "petition.model_ready"
TRAINING = "petition.training"
SAMPLE = "petition.sample"
AUTOMATIC_STOPPED = "petition.automatic_stopped"
CLUSTER = "petition.cluster"
MAIL = "petition.mail"
REFERRAL = "petition.referral"
QUALITY = "petition.quality"
QUALITY_ANSWER = "petition.quality_answer"
QUALITY_CONTEST = "petition.quality_contest"
QUALITY_JUDGE = "petition.quality_judge"
QUALITY_AWARD = "petition.quality_award"
YEAR_RETURN = "petition.year_return"
IMPORT = "petition.import"
LETTER = "petition.letter"
OUTSIDE = "petition.outside"
OUTSIDE_TROUBLE = "petition.outside_trouble"
OUTSIDE_CLOSED = "petition.outside_closed"
OUTSIDE_CHANGED = "petition.outside_changed"
DIGEST = "petition.digest"
MAILBOX = "petition.mailbox"

AT_AGENCY = (ASSIGN, HANDLE, APPROVE, EXTENSION, REOPEN, WAITING, URGED, REPEATS)


def desk(at: datetime) -> Agency:
    """The agency whose 分文人員 dispatch."""
    found = directory.agency(parameter("petitions.desk_agency", on=day_of(at)).value, day_of(at))
    if found is None:
        raise LookupError("the agency named by petitions.desk_agency is not in the directory")
    return found


def wait(
    petition: Petition,
    kind: str,
    *,
    at: datetime,
    due_at: datetime | None,
    agency: Agency,
    unit: Unit | None = None,
    person: Person | None = None,
    role: str = "",
    stage: str = "",
) -> None:
    """Put the petition on somebody's list; a second time only moves it."""
    case = petition.case
    title = case.title
    detail = " ".join(filter(None, [where_words(case), petition.category.name if petition.category else ""]))
    if petition.sealed:  # a list is read over the shoulder: it names no more than that there is one
        title, detail = gettext_noop("政風案件"), ""
        if role in (Role.COORDINATOR, Role.DISPATCHER, Role.OPERATOR):
            agency, unit, role = queries.ethics_office(at) or desk(at), None, Role.ETHICS
    worklist.open_todo(
        kind,
        case,
        title=title,
        detail=detail,
        stage=stage,
        reference=case.number or "",
        agency=agency,
        unit=unit,
        person=person,
        role=role,
        due_at=due_at,
        url=remembered((Case, (case.pk, "record")), lambda: reverse("petitions:record", args=[case.reference])),
        urgent=petition.urgent or petition.danger,
        at=at,
    )


def wait_for_restriction(
    restriction: Restriction,
    kind: str,
    *,
    agency: Agency,
    role: str,
    person: Person | None = None,
    due_at: datetime | None,
    at: datetime,
) -> None:
    """Put a listing on somebody's list: to be approved, reviewed, or an appeal to be decided."""
    worklist.open_todo(
        kind,
        restriction,
        title=restriction.matter,
        detail=restriction.category.name,
        reference=restriction.number,
        agency=agency,
        person=person,
        role=role,
        due_at=due_at,
        url=reverse("petitions:restriction", args=[restriction.reference]),
        at=at,
    )


def restriction_done(restriction: Restriction, *kinds: str, at: datetime) -> None:
    """Take a listing off the lists again."""
    for kind in kinds:
        worklist.close_todo(kind, restriction, at=at)


def wait_for_learning(
    subject: Model,
    kind: str,
    *,
    title: str,
    detail: str,
    page: str,
    args: Sequence[Any] = (),
    due_at: datetime | None,
    at: datetime,
) -> None:
    """Put something about automatic dispatch on the list of the dispatch desk: a model, a sample, a stop."""
    worklist.open_todo(
        kind,
        subject,
        title=title[:200],
        detail=detail[:200],
        agency=desk(at),
        role=Role.DISPATCHER,
        due_at=due_at,
        url=reverse(page, args=list(args)),
        at=at,
    )


def wait_for_mail(message: MailMessage, *, agency: Agency, at: datetime) -> None:
    """A message that no rule knows what to do with waits at the desk."""
    worklist.open_todo(
        MAIL,
        message,
        title=words.unabused(message.subject or message.text[:60], on_day=day_of(at)),
        detail=str(message.get_why_display()),
        agency=agency,
        role=Role.DISPATCHER,
        due_at=at + timedelta(hours=4),
        url=reverse("petitions:mail_message", args=[message.reference]),
        at=at,
    )


def wait_for_letter(letter: ReceivedLetter, *, due_at: datetime, at: datetime) -> None:
    """A letter with its stamp waits at the desk that received it until somebody has typed it."""
    worklist.open_todo(
        LETTER,
        letter,
        title=letter.number,
        detail=str(letter.get_way_display()),
        reference=letter.number,
        agency=letter.desk,
        role=Role.OPERATOR if letter.desk == desk(at) else Role.COORDINATOR,
        due_at=due_at,
        url=reverse("petitions:received_letter", args=[letter.reference]),
        at=at,
    )


def letter_done(letter: ReceivedLetter, *, at: datetime) -> None:
    """Somebody has decided on it."""
    worklist.close_todo(LETTER, letter, at=at)


def wait_for_outside(row: PassedOn, *, due_at: datetime, at: datetime) -> None:
    """The answer of an outside body is waited for, and chased, by the desk."""
    worklist.open_todo(
        OUTSIDE,
        row,
        title=row.petition.case.title,
        detail=row.agency.label,
        reference=row.petition.case.number or "",
        agency=desk(at),
        role=Role.DISPATCHER,
        due_at=due_at,
        url=reverse("petitions:outside_one", args=[row.pk]),
        at=at,
    )


def outside_done(row: PassedOn, *, at: datetime) -> None:
    """It has answered, or is asked no more."""
    worklist.close_todo(OUTSIDE, row, at=at)


def wait_for_peer(row: PassedOn, kind: str, *, at: datetime) -> None:
    """What came back by Open311, or did not go, asks for a person at the desk."""
    worklist.open_todo(
        kind,
        row,
        title=row.petition.case.title,
        detail=row.agency.label,
        reference=row.petition.case.number or "",
        agency=desk(at),
        role=Role.DISPATCHER,
        due_at=at + timedelta(hours=24),
        url=reverse("petitions:outside_one", args=[row.pk]),
        at=at,
    )


def peer_done(row: PassedOn, *, at: datetime) -> None:
    """Somebody has seen to it."""
    for kind in (OUTSIDE_TROUBLE, OUTSIDE_CLOSED, OUTSIDE_CHANGED):
        worklist.close_todo(kind, row, at=at)


def wait_for_digest(digest: AgencyDigest, *, stage: str, at: datetime) -> None:
    """An agency has not got its month: the commission sends it again, or hands it over."""
    month = digest.frozen.month
    worklist.open_todo(
        DIGEST,
        digest,
        title=f"{roc_year(month)}/{month:%m}　{digest.agency.label}",
        stage=stage,
        agency=desk(at),
        role=Role.COMMISSION,
        due_at=clocks.in_working_days(parameter("petitions.digest_resend_days", on=day_of(at)).value, at=at),
        url=reverse("petitions:digest", args=[f"{month:%Y-%m}", digest.agency.code]),
        at=at,
    )


def digest_done(digest: AgencyDigest, *, at: datetime) -> None:
    """It arrived, or was handed over."""
    worklist.close_todo(DIGEST, digest, at=at)


def digests_waiting() -> QuerySet[Any]:
    """The keys of those that somebody is asked to send again."""
    return Todo.objects.open().filter(kind=DIGEST).values("object_id")


def wait_for_sheet(
    sheet: QualitySheet,
    kind: str,
    *,
    agency: Agency,
    role: str,
    person: Person | None = None,
    due_at: datetime | None,
    at: datetime,
) -> None:
    """Put a sheet of the monthly check on a list: to be answered by the agency, decided or judged by the commission."""
    worklist.open_todo(
        kind,
        sheet,
        title=sheet.petition.case.title,
        detail=sheet.agency.label,
        reference=sheet.number,
        agency=agency,
        person=person,
        role=role,
        due_at=due_at,
        url=reverse("petitions:quality_sheet", args=[sheet.reference]),
        urgent=sheet.urgent,
        at=at,
    )


def learning_done(subject: Model, *kinds: str, at: datetime) -> None:
    """Take it off the desk's list again."""
    for kind in kinds:
        worklist.close_todo(kind, subject, at=at)


def mail_done(message: MailMessage, *, at: datetime) -> None:
    """Somebody has decided on it."""
    worklist.close_todo(MAIL, message, at=at)


def wait_for_share(share: QualityShare, *, title: str, left: int, due_at: datetime, at: datetime) -> None:
    """A checker's part of a month: one line, however many sheets it holds; gone when none is left."""
    if not left:
        worklist.close_todo(QUALITY, share, at=at)
        return
    worklist.open_todo(
        QUALITY,
        share,
        title=title,
        agency=desk(at),
        person=share.checker,
        due_at=due_at,
        url=f"{reverse('petitions:quality_month', args=[share.check_plan.slug])}?mine=on",
        at=at,
    )


def award_url(award: QualityAward) -> str:
    """Where a proposal is decided."""
    return reverse("petitions:decide_award", args=[award.pk])


def sheet_done(sheet: QualitySheet, *kinds: str, at: datetime) -> None:
    """Take a sheet off the lists again."""
    for kind in kinds:
        worklist.close_todo(kind, sheet, at=at)


def wait_for_import(job: SheetImport, *, detail: str, at: datetime) -> None:
    """A file that was read waits for whoever uploaded it, or for the desk."""
    person = directory.person_of(job.uploaded_by)
    worklist.open_todo(
        IMPORT,
        job,
        title=job.name,
        detail=detail,
        agency=desk(at),
        person=person,
        role="" if person else Role.DISPATCHER,
        url=reverse("petitions:import", args=[job.reference]),
        at=at,
    )


def wait_for_mailbox(row: AgencyMailbox, *, detail: str, at: datetime) -> None:
    """An agency's mailbox cannot be read: the desk looks after it."""
    worklist.open_todo(
        MAILBOX,
        row,
        title=row.agency.label,
        detail=detail,
        agency=desk(at),
        role=Role.DISPATCHER,
        url=reverse("petitions:mailbox", args=[row.agency.code]),
        at=at,
    )


def mailbox_done(row: AgencyMailbox, *, at: datetime) -> None:
    """It is read again, or nobody is to read it."""
    worklist.close_todo(MAILBOX, row, at=at)


def import_done(job: SheetImport, *, at: datetime) -> None:
    """Nobody is asked any more."""
    worklist.close_todo(IMPORT, job, at=at)


def done(petition: Petition, *kinds: str, at: datetime) -> None:
    """Take it off the lists again; what is not there is no error."""
    for kind in kinds:
        worklist.close_todo(kind, petition.case, at=at)


def news(petition: Petition, *kinds: str) -> None:
    """The citizen added something, or it has become late: whoever works on it finds it unread again."""
    news_of(petition.case, *kinds)


def news_of(case: Case, *kinds: str) -> None:
    """The same, from the case."""
    worklist.mark_unseen(case, kinds=kinds or (DISPATCH, ASSIGN, HANDLE, APPROVE, CO_HANDLE))


def where_words(case: Case) -> str:
    """District and road in a few words."""
    place = case.place
    if place is None:
        return ""
    words = place.label or place.words or place.road or place.village_name
    return words[:100] if words.startswith(place.district_name) else f"{place.district_name}{words}"[:100]
