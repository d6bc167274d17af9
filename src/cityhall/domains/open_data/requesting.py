"""資料需求: asked for by anybody, looked at before it is shown, answered by the agency in time, and published with the answer.

Who asks and who joins are subscriptions to the request (`engines/subscriptions`): the request itself names nobody.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from cityhall.engines.audit import services as audit
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.deadlines.queries import running
from cityhall.engines.deadlines.rules import Limit, Unit
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.numbers.services import number_after
from cityhall.engines.rules.queries import parameter
from cityhall.engines.subscriptions import registry
from cityhall.engines.subscriptions import services as subscriptions
from cityhall.engines.subscriptions.models import Subscription
from cityhall.engines.subscriptions.registry import Topic
from cityhall.engines.tracking.queries import commission
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .models import DataRequest, Dataset
from .refusals import CannotCatalogue
from .states import SHOWN_REQUESTS, Outcome, RequestState

BECAUSE = gettext_noop("資料需求公開後，機關的答復期限")
TOPIC, STAGE = "open_data.request", "answer"
MODERATE, ANSWER = "open_data.moderate", "open_data.answer"
"""Kinds of to-do, and acts of the roles: the commission looks at a request; the agency answers it."""
UNCONFIRMED_KEPT = timedelta(days=7)
MOST_WAITING = 500
"""So many unconfirmed ones at once, and no more: nobody fills the table by a program."""


# ---- asking ----------------------------------------------------------------------------------------------------------


@act
def ask(
    *, title: str, text: str, email: str, account: Account | None, language: str, at: datetime
) -> tuple[DataRequest, Subscription]:
    """Somebody wishes for data. It is looked at once their mailbox has shown itself. Raises CannotCatalogue."""
    if DataRequest.objects.filter(state=RequestState.UNCONFIRMED).count() >= MOST_WAITING:
        raise CannotCatalogue(_("現在等著驗證的需求太多，請過幾天再提出。"))
    made = DataRequest.objects.create(number=_next(), title=title.strip(), text=text.strip(), asked_at=at)
    asked = subscriptions.ask(TOPIC, str(made.number), email=email, account=account, language=language, at=at)
    return made, asked


def _next() -> int:
    return number_after("open_data.request", DataRequest.objects.all())


def confirmed(subject: str, at: datetime) -> None:
    """A mailbox has shown itself: the first makes the request count, each is one more who needs it."""
    found = DataRequest.objects.select_for_update(of=("self",)).filter(number=int(subject)).first()
    if found is None:
        return
    found.joined = max(found.joined, Subscription.objects.standing().about(TOPIC, subject).count())
    if found.state == RequestState.UNCONFIRMED:
        found.state = RequestState.RECEIVED
        audit.record("open_data.request_received", found, by=None, at=at)
        if office := commission(day_of(at)):
            worklist.open_todo(
                MODERATE, found, title=found.title, reference=reference(found), agency=office, role=Role.COMMISSION,
                url=page_of(found), at=at,
            )  # fmt: skip
    found.save(update_fields=["joined", "state"])


def reference(found: DataRequest) -> str:
    """What a request is called in lists and letters."""
    return f"D-{found.number:05d}"


def page_of(found: DataRequest) -> str:
    """Its page at the desk."""
    return reverse("open_data_desk:request", args=[found.number])


# ---- the commission's word -------------------------------------------------------------------------------------------


def _locked(found: DataRequest, *states: RequestState) -> DataRequest:
    found = DataRequest.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if found.state not in states:
        raise CannotCatalogue(
            _("這項需求現在是「%(state)s」，不能做這件事。") % {"state": RequestState(found.state).label}
        )
    return found


@act
def show(found: DataRequest, *, title: str, text: str, agency: Agency, by: Account | None, at: datetime) -> DataRequest:
    """Everybody sees it from now on, in words that name nobody; the agency's time begins. Raises CannotCatalogue."""
    found = _locked(found, RequestState.RECEIVED)
    changed = (found.title, found.text) != (title.strip(), text.strip())
    found.title, found.text, found.agency = title.strip(), text.strip(), agency
    found.state, found.shown_at = RequestState.OPEN, at
    found.save()
    days = answer_days(day_of(at))
    clock = deadlines.start(
        found, stage=STAGE, limit=Limit(days, Unit.WORKING_DAYS), policy_version="open_data.answer_days",
        because=BECAUSE, at=at,
    )  # fmt: skip
    _wait_for_agency(found, clock, at)
    audit.record(
        "open_data.request_shown", found, by=by, at=at, new={"agency": agency.code, "reworded": changed, "days": days}
    )
    _tell(found, "shown", _SHOWN, at=at)
    return found


_SHOWN = gettext_lazy("您提出或加入的資料需求已經公開，由「%(agency)s」答復。")
_MOVED = gettext_lazy("您加入的資料需求改由「%(agency)s」答復。")
_ANSWERED = gettext_lazy("您加入的資料需求有答復了：%(outcome)s。")
_DECLINED = gettext_lazy("您提出的資料需求沒有公開。理由：%(reason)s")
_MERGED = gettext_lazy("您的資料需求和另一項相同，已經併入；之後會告訴您那一項的消息。")


def answer_days(on: date) -> int:
    """Working days that an agency has for its answer, by the rulebook of a day."""
    return max(1, int(parameter("open_data.answer_days", on=on).value))


def _wait_for_agency(found: DataRequest, clock: Clock, at: datetime) -> None:
    assert found.agency is not None
    worklist.close_all(found, at=at)
    worklist.open_todo(
        ANSWER, found, title=found.title, reference=reference(found), agency=found.agency, role=Role.COORDINATOR,
        due_at=clock.due_at, url=page_of(found), at=at,
    )  # fmt: skip


def _tell(found: DataRequest, step: str, words: object, *, at: datetime) -> None:
    """Everybody who needs it reads the step in their language."""
    said = []
    for language in ("zh-hant", "en"):
        with translation.override(language):
            values = {
                "agency": found.agency.label if found.agency else "", "reason": found.reason,
                "outcome": str(Outcome(found.outcome).label) if found.outcome else "",
            }  # fmt: skip
            said.append(str(words) % values)
    subscriptions.tell_now(TOPIC, str(found.number), line=said[0], line_en=said[1], step=step, at=at)


@act
def move(found: DataRequest, *, agency: Agency, reason: str, by: Account | None, at: datetime) -> DataRequest:
    """Another agency has the data; its time is what is left. Raises CannotCatalogue."""
    found = _locked(found, RequestState.OPEN)
    if found.agency_id == agency.pk:
        raise CannotCatalogue(_("這項需求已經由這個機關答復。"))
    old = found.agency
    found.agency = agency
    found.save(update_fields=["agency"])
    clock = running(found, STAGE)
    assert clock is not None
    _wait_for_agency(found, clock, at)
    audit.record(
        "open_data.request_moved", found, by=by, at=at, old={"agency": old.code if old else ""}, new={"agency": agency.code},
        note=reason.strip()[:300],
    )  # fmt: skip
    _tell(found, f"moved:{at:%Y%m%d%H%M%S}", _MOVED, at=at)
    return found


@act
def decline(found: DataRequest, *, reason: str, by: Account | None, at: datetime) -> DataRequest:
    """It is not shown; who asked is told why, and nobody else sees it. Raises CannotCatalogue."""
    found = _locked(found, RequestState.RECEIVED)
    if not reason.strip():
        raise CannotCatalogue(_("請寫明理由，會寄給提出的人。"))
    found.state, found.reason = RequestState.DECLINED, reason.strip()[:300]
    found.save(update_fields=["state", "reason"])
    worklist.close_all(found, at=at)
    audit.record("open_data.request_declined", found, by=by, at=at, note=found.reason)
    _tell(found, "declined", _DECLINED, at=at)
    subscriptions.end_all(TOPIC, str(found.number), at=at)
    return found


@act
def merge(found: DataRequest, *, into: DataRequest, by: Account | None, at: datetime) -> DataRequest:
    """It asks for the same as another: who needs it needs the other now. Raises CannotCatalogue."""
    found = _locked(found, RequestState.RECEIVED)
    other = DataRequest.objects.select_for_update(of=("self",)).get(pk=into.pk)
    if other.pk == found.pk or not other.is_shown:
        raise CannotCatalogue(_("請選另一項已經公開的需求。"))
    _tell(found, "merged", _MERGED, at=at)
    subscriptions.carry_over(TOPIC, str(found.number), to=str(other.number), at=at)
    found.state, found.merged_into = RequestState.MERGED, other
    found.save(update_fields=["state", "merged_into"])
    other.joined = max(other.joined, Subscription.objects.standing().about(TOPIC, str(other.number)).count())
    other.save(update_fields=["joined"])
    worklist.close_all(found, at=at)
    audit.record("open_data.request_merged", found, by=by, at=at, new={"into": other.number})
    return found


# ---- the agency's word -----------------------------------------------------------------------------------------------


@act
def answer(
    found: DataRequest, *, outcome: str, text: str, dataset: Dataset | None = None, planned_on: date | None = None,
    by: Account | None, at: datetime,
) -> DataRequest:  # fmt: skip
    """What everybody reads as the answer. Raises CannotCatalogue where it is not whole."""
    found = _locked(found, RequestState.OPEN)
    outcome = Outcome(outcome)
    if not text.strip():
        raise CannotCatalogue(_("請寫明答復內容，會公開。"))
    if outcome == Outcome.OPENED and (dataset is None or not dataset.is_public):
        raise CannotCatalogue(_("請填已經上架的資料集。"))
    if outcome == Outcome.PLANNED and (planned_on is None or planned_on < day_of(at)):
        raise CannotCatalogue(_("請填預計開放日，要在今天或以後。"))
    found.outcome, found.answer, found.answered_at, found.state = outcome, text.strip(), at, RequestState.ANSWERED
    found.dataset = dataset if outcome == Outcome.OPENED else None
    found.planned_on = planned_on if outcome == Outcome.PLANNED else None
    found.save()
    clock = running(found, STAGE)
    if clock is not None:
        deadlines.meet(clock, at=at)
    worklist.close_all(found, at=at)
    audit.record("open_data.request_answered", found, by=by, at=at, new={"outcome": outcome.value})
    _tell(found, "answered", _ANSWERED, at=at)
    return found


def forget(at: datetime) -> int:
    """What nobody confirmed within a week: nobody is known to want it."""
    old = DataRequest.objects.filter(state=RequestState.UNCONFIRMED, asked_at__lt=at - UNCONFIRMED_KEPT)
    return int(old.delete()[0])


# ---- asking for them -------------------------------------------------------------------------------------------------


def shown() -> QuerySet[DataRequest]:
    """What everybody sees."""
    return DataRequest.objects.filter(state__in=SHOWN_REQUESTS).select_related("agency", "dataset")


def with_words(rows: QuerySet[DataRequest], words: str) -> QuerySet[DataRequest]:
    """Those in which each word stands."""
    for word in words.split()[:10]:
        rows = rows.filter(Q(title__icontains=word) | Q(text__icontains=word) | Q(answer__icontains=word))
    return rows


def _name(subject: str) -> str | None:
    """What letters call it: by its number alone until it was looked at, for anybody can write anything."""
    found = DataRequest.objects.filter(number=int(subject)).first() if subject.isdecimal() else None
    if found is None:
        return None
    if found.is_shown:
        return _("資料需求：%(title)s") % {"title": found.title}
    return _("資料需求 %(reference)s") % {"reference": reference(found)}


def _page(subject: str) -> str:
    """Its own page once it is shown; else the list, for letters go out before."""
    there = shown().filter(number=int(subject)).exists()
    return reverse("open_data:request", args=[int(subject)]) if there else reverse("open_data:requests")


registry.topic(
    Topic(
        TOPIC, gettext_lazy("資料需求"), name=_name, page=_page,
        news=lambda subject, first, last: (), confirmed=confirmed, digests=False,
    )
)  # fmt: skip
