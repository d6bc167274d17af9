"""What a citizen does with a petition after filing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Addition, Rating, ReopenRequest
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Status
from cityhall.engines.directory.states import Role
from cityhall.engines.files import services as files
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..models import Petition
from . import clocks, handling, todos, words


@act
def add_facts(
    petition: Petition, *, text: str, photos: Sequence[Any] = (), by: Account | None, at: datetime
) -> Addition:
    """補充: more about the matter, in words, photos or both, at any time while it is open."""
    if not text.strip() and not photos:
        raise CannotAct(_("請填寫要補充的內容。"))
    addition = cases.add_facts(petition.case, kind=Addition.Kind.FACTS, text=text.strip(), by=by, at=at)
    words.guard_field(petition.case, addition, "text", "addition", at=at)
    _attach(petition, photos, label=f"addition:{addition.pk}", by=by, at=at)
    _news(petition)
    return addition


def _news(petition: Petition) -> None:
    """Whoever works on it, or on the petition that it is joined to, finds it unread again."""
    case = petition.case
    todos.news_of(case.parent if case.parent_id and case.parent else case)


@act
def answer(petition: Petition, *, text: str, photos: Sequence[Any] = (), by: Account | None, at: datetime) -> Petition:
    """The answer to the officer's question, with photos where they say it better."""
    question = case_queries.open_question(petition.case)
    handling.answer_question(petition, answer=text, by=by, at=at)
    if question:
        _attach(petition, photos, label=f"question:{question.pk}", by=by, at=at)
    return petition


def _attach(petition: Petition, photos: Sequence[Any], *, label: str, by: Account | None, at: datetime) -> None:
    for photo in photos:
        files.store(photo, name=getattr(photo, "name", "photo"), owner=petition.case, label=label, by=by, at=at)


@act
def urge(petition: Petition, *, text: str = "", by: Account | None, at: datetime) -> Addition:
    """催辦: counted, and shown to the officer and the chief; at most once a day."""
    newest = petition.case.additions.filter(kind=Addition.Kind.URGE).order_by("-at").first()
    if newest and at - newest.at < timedelta(days=1):
        raise CannotAct(_("您在一天內已經催過，承辦人看得到。"))
    urged = cases.add_facts(petition.case, kind=Addition.Kind.URGE, text=text.strip(), by=by, at=at)
    words.guard_field(petition.case, urged, "text", "addition", at=at)
    _news(petition)
    case = petition.case
    if case.parent_id:
        return urged
    if case.agency and case.unit:
        todos.wait(
            petition, todos.URGED, agency=case.agency, unit=case.unit, role=Role.UNIT_HEAD,
            due_at=clocks.next_due(petition), at=at,
        )  # fmt: skip
    return urged


@act
def withdraw(petition: Petition, *, reason: str, by: Account | None, at: datetime) -> Petition:
    """撤案 by the citizen."""
    cover = words.guard(petition.case.place, at=at)
    told = cover("withdrawal", reason.strip()) or str(_("民眾撤回"))
    ended = handling.end(petition, Status.WITHDRAWN, reason=told, by=by, at=at)
    cover.store(ended.case)
    return ended


@act
def rate(
    petition: Petition, *, score: int, solved: bool | None, comment: str, by: Account | None, at: datetime
) -> Rating:
    """Satisfaction with the answer, 1 to 5, and whether the matter is solved."""
    petition.case = case = cases.lock(petition.case)
    if case.status == Status.CLOSED and case.events.filter(type="closed", at__lt=at - timedelta(days=30)).exists():
        raise CannotAct(_("結案已久，不再收評分；謝謝您。"))
    rating = cases.rate(case, score=score, solved=solved, comment=comment.strip(), by=by, at=at)
    words.guard_field(case, rating, "comment", "rating", at=at)
    return rating


@act
def ask_reopen(petition: Petition, *, reason: str, by: Account | None, at: datetime) -> ReopenRequest:
    """申請重新處理: answered, but not solved."""
    if not reason.strip():
        raise CannotAct(_("請告訴我們哪裡還沒解決。"))
    days = parameter("petitions.reopen_days", on=day_of(at)).value
    request = cases.ask_reopen(petition.case, reason=reason.strip(), by=by, at=at, within=timedelta(days=days))
    words.guard_field(petition.case, request, "reason", "reopening", at=at)
    petition.case.refresh_from_db()
    assert petition.case.agency
    todos.wait(
        petition, todos.REOPEN, agency=petition.case.agency, unit=petition.case.unit, role=Role.COORDINATOR,
        due_at=clocks.in_working_days(3, at=at), at=at,
    )  # fmt: skip
    return request
