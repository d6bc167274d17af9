"""What happens by itself: warnings, lapsing questions, expiring filings, closing, forgetting."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.translation import gettext

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Assignment, Case, Question
from cityhall.engines.cases.states import Status
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.files import imports
from cityhall.engines.files import queries as files
from cityhall.engines.files import services as file_acts
from cityhall.engines.letters import services as letter_acts
from cityhall.engines.letters.queries import about as letters_about
from cityhall.engines.mailbox import services as mailbox
from cityhall.engines.rules.queries import parameter
from cityhall.engines.textsearch import services as textsearch
from cityhall.engines.worklist import digest as daily_letter
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import acting

from ..models import Draft, Petition, Referral
from . import area_news, handling, letters, received, referrals, replay, restrictions, supporters, todos, words

LADDER = {50: (Role.OFFICER,), 80: (Role.OFFICER, Role.UNIT_HEAD), 100: (Role.UNIT_HEAD, Role.AGENCY_HEAD)}


def warned(clock: Clock, level: int, at: datetime) -> None:
    """Tell the next step of the ladder: the officer, the 單位主管, the agency's head (note 01 §5.4). At once where it is
    urgent."""
    model = ContentType.objects.get_for_id(clock.subject_type_id).model_class()
    if model not in (Case, Referral):
        return
    case = cases.locked(clock.subject_id if model is Case else Referral.objects.get(pk=clock.subject_id).petition_id)
    if case.kind != "petition" or case.is_ended:
        return
    petition = handling.of_case(case)
    cases.add_event(case, "warned", by=None, at=at, payload={"stage": clock.stage, "level": level}, public=False)
    for person in {person.pk: person for role in LADDER[level] for person in whom(petition, role, at=at)}.values():
        if petition.urgent or petition.danger:
            letters.warning(petition, clock=clock, level=level, to=person, at=at)
        else:  # stands in the letter that everybody has once a day
            url = reverse("petitions:record", args=[case.reference])
            daily_letter.mention(person, words=_time_used(case, clock.stage, level), url=url, at=at)


def _time_used(case: Case, stage: str, level: int) -> str:
    """What a chief reads in the daily letter: the number and no word of the petition."""
    what = {
        "first": gettext("初步回復"), "referral": gettext("轉來機關要求的回復"), "redo": gettext("重新回復"),
    }.get(stage, gettext("正式回復"))  # fmt: skip
    if level >= 100:
        return gettext("案件 %(number)s 的%(what)s已經逾期") % {"number": case.number or "", "what": what}
    words = gettext("案件 %(number)s 的%(what)s，時限已用去 %(level)d%%")
    return words % {"number": case.number or "", "what": what, "level": level}


def whom(petition: Petition, role: Role, *, at: datetime) -> list[Person]:
    """Who holds that step for this petition."""
    case = petition.case
    if role == Role.OFFICER:
        if case.officer:
            return [case.officer]
        role = Role.ETHICS if petition.sealed else Role.COORDINATOR
    if case.agency is None:
        return directory.who_holds(Role.DISPATCHER, on=day_of(at))
    unit = case.unit if role == Role.UNIT_HEAD else None
    return directory.who_holds(role, agency=case.agency, unit=unit, on=day_of(at))


def moved(clock: Clock, before: datetime, at: datetime) -> None:
    """The calendar moved a limit: the lists show the new day, and the timeline says so."""
    subject = clock.subject
    if isinstance(subject, Assignment):
        subject = subject.case
    if isinstance(subject, Referral):
        referrals.follow(subject.petition, at=at)
        return
    if not isinstance(subject, Case) or subject.kind != "petition":
        return
    cases.add_event(
        subject, "due_moved", by=None, at=at,
        payload={"stage": clock.stage, "before": before.isoformat(), "after": clock.due_at.isoformat()},
    )  # fmt: skip
    worklist.move_due(subject, due_at=clock.due_at, kinds=(todos.HANDLE, todos.ASSIGN, todos.APPROVE, todos.EXTENSION))


def lapse_questions(at: datetime) -> int:
    """補正 beyond its day: work goes on with what there is."""
    overdue = Question.objects.filter(
        answered_at=None, lapsed_at=None, answer_by__lt=day_of(at), case__kind="petition"
    ).order_by("pk")
    questions = list(overdue[:500])
    for question in questions:
        handling.lapse_question(question, at=at)
    return len(questions)


def expire_unconfirmed(at: datetime) -> int:
    """Nobody confirmed within the days allowed: no case comes of it; a handled 通報 stays on record."""
    before = at - timedelta(days=parameter("petitions.unconfirmed_days", on=day_of(at)).value)
    waiting = Case.objects.filter(kind="petition", status=Status.AWAITING_CONFIRMATION, received_at__lt=before)
    count = 0
    for case in waiting.order_by("pk")[:500]:
        with acting():
            case = cases.lock(case)
            if case.status == Status.AWAITING_CONFIRMATION:
                case.ended_at = at
                cases.move(case, Status.EXPIRED_UNCONFIRMED, by=None, at=at)
                todos.done(case.petition, todos.CALL_BACK, at=at)
                referrals.ended(case.petition, how=str(Status.EXPIRED_UNCONFIRMED), reason="", at=at)
                count += 1
    return count


def forget_unconfirmed(at: datetime) -> int:
    """Days after that, what never became a case loses its text, photos and sender (個人資料保護法 §11)."""
    before = at - timedelta(days=parameter("petitions.unconfirmed_purge_days", on=day_of(at)).value)
    old = Case.objects.filter(kind="petition", status=Status.EXPIRED_UNCONFIRMED, received_at__lt=before).exclude(
        requester=None
    )
    count = 0
    for case in old.select_related("requester").order_by("pk")[:500]:
        with acting():
            requester = case.requester
            for stored in files.ever_of(Case, [case.pk]):
                file_acts.erase(stored, why="unconfirmed", at=at)
            case.requester, case.title, case.text = None, "（未驗證，已清除）", "（未驗證，已清除）"
            case.save()
            if requester:
                requester.delete()
            textsearch.forget(case)
            _forget_letters(case, at)
            words.forget(case)
            received.forget_scans(case.petition, at=at)
            received.forget_senders(case.petition, at=at)
            for message in mailbox.about(case):
                mailbox.forget(message, at=at)
            audit.record("petition.forgotten", case, by=None, at=at)
            count += 1
    return count


def _forget_letters(record: Case | Draft, at: datetime) -> None:
    for letter in letters_about(record).filter(forgotten_at=None):
        letter_acts.forget(letter, at=at)


def close_answered(at: datetime) -> int:
    """結案: answered, and nobody asked again within the days allowed."""
    before = at - handling.close_after(day_of(at))
    answered = Case.objects.filter(kind="petition", status=Status.REPLIED, ended_at__lt=before).exclude(
        reopen_requests__granted=None, reopen_requests__isnull=False
    )
    count = 0
    for case in answered.order_by("pk")[:2000]:
        with acting():
            case = cases.lock(case)
            if case.status == Status.REPLIED:
                cases.move(case, Status.CLOSED, by=None, at=at)
                count += 1
    return count


def forget_drafts(at: datetime) -> int:
    """Drafts that nobody touched for the days allowed, with their photos."""
    before = at - timedelta(days=parameter("petitions.draft_days", on=day_of(at)).value)
    old = Draft.objects.filter(changed_at__lt=before)
    count = 0
    for draft in old.order_by("changed_at")[:500]:
        with acting():
            for stored in files.ever_of(Draft, [draft.pk]):
                file_acts.erase(stored, why="draft", at=at)
            _forget_letters(draft, at)
            draft.delete()
            count += 1
    return count


def nightly(at: datetime) -> dict[str, int]:
    """Everything of the night, in order."""
    return {
        "lapsed": lapse_questions(at),
        "expired": expire_unconfirmed(at),
        "forgotten": forget_unconfirmed(at),
        "closed": close_answered(at),
        "drafts": forget_drafts(at),
        "listings": restrictions.turn(at),
        "replays": replay.forget_old(before=at - timedelta(days=30)),
        "unconfirmed_subscribers": area_news.forget(at),
        "unconfirmed_supporters": supporters.forget_unconfirmed(before=at - timedelta(days=7)),
        "imports": imports.forget(
            before=at - timedelta(days=parameter("petitions.import_keep_days", on=day_of(at)).value), at=at
        ),
    }
