"""政風: petitions about corruption go to the government ethics office alone; those about officers never to them.

A petition on this route is `sealed`: whoever does not hold the office's own right cannot read it, find it, count it by
opening a number, or be told of it; to-dos and letters name no more than that there is one. Every reading is written down.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Part, Status
from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .. import queries, rules
from ..models import Petition
from . import clocks, dispatch, todos


def concerns(text: str, category: str, *, at: datetime) -> tuple[str, ...]:
    """Why a petition goes to the ethics office: the words that say so, or its category; empty if it does not."""
    day = day_of(at)
    if category in parameter("petitions.ethics_categories", on=day).value:
        return (category,)
    return rules.words_in(text, parameter("petitions.ethics_words", on=day).value)


def office(at: datetime) -> Agency:
    """The government ethics office; where the directory has none, the commission's desk keeps its petitions."""
    found = queries.ethics_office(at)
    return found if found is not None else todos.desk(at)


@act
def take_in(petition: Petition, *, at: datetime) -> None:
    """成案 of a sealed petition: its clock runs, the office has it at once, nobody else is told."""
    petition.category, petition.category_source = petition.given_category, ""
    clocks.begin(petition, at=at)
    petition.save(update_fields=["category", "category_source", "urgent"])
    _to_the_office(petition, by=None, at=at)


def _to_the_office(petition: Petition, *, by: Account | None, at: datetime) -> None:
    there = office(at)
    cases.assign_agency(petition.case, agency=there, by=by, at=at, given={"ethics": True})
    todos.wait(petition, todos.ASSIGN, agency=there, role=Role.ETHICS, due_at=clocks.next_due(petition), at=at)


@act
def seal(petition: Petition, *, reason: str, by: Account, at: datetime, expect_version: int | None = None) -> None:
    """轉政風: from the desk or an agency, which lose sight of it at once. What joins others has to be taken apart first."""
    petition.case = case = cases.lock(petition.case, expect_version=expect_version)
    if petition.sealed:
        raise CannotAct(_("這件已經由政風機關辦理。"))
    if not reason.strip():
        raise CannotAct(_("請寫明為什麼要轉政風。"))
    if case.parent_id or case.children.exists() or petition.clusters.filter(out_at=None).exists():
        raise CannotAct(_("這件和別的案件一起處理，請先拆開再轉政風。"))
    if queries.answer_in_work(case):
        raise CannotAct(_("這件有還沒送出的回復，請先退回或送出。"))
    petition.sealed, petition.sealed_at = True, at
    petition.save(update_fields=["sealed", "sealed_at"])
    dispatch.follow_category(petition)
    _leave_everybody(petition, by=by, at=at)
    if case.status not in (Status.DISPATCHING, Status.RETURNED):
        cases.move(case, Status.DISPATCHING, by=by, at=at, given={"reason": str(_("轉政風機關"))}, public=False)
    cases.add_event(case, "to_ethics", by=by, at=at, payload={"reason": reason.strip()}, public=False)
    audit.record("petition.to_ethics", case, by=by, at=at)
    _to_the_office(petition, by=by, at=at)


def _leave_everybody(petition: Petition, *, by: Account | None, at: datetime) -> None:
    """Off every list; co-handlers are asked no more, and copies end."""
    todos.done(
        petition,
        todos.DISPATCH,
        todos.CO_HANDLE,
        todos.FOLLOW_UP,
        todos.CALL_BACK,
        todos.ALERT,
        *todos.AT_AGENCY,
        at=at,
    )
    for part in petition.case.assignments.filter(part__in=[Part.CO_HANDLER, Part.COPY], ends_at=None):
        if clock := deadline_queries.running(part, "co_handle"):
            deadlines.cancel(clock, why=str(_("轉政風機關")), at=at)
        part.ends_at = at
        part.save(update_fields=["ends_at"])


@act
def release(petition: Petition, *, reason: str, by: Account, at: datetime, expect_version: int | None = None) -> None:
    """The office finds that it is an ordinary matter: it waits at the desk, its clock runs on from where it was."""
    petition.case = case = cases.lock(petition.case, expect_version=expect_version)
    if not petition.sealed:
        raise CannotAct(_("這件不在政風機關。"))
    if not reason.strip():
        raise CannotAct(_("請寫明為什麼回到一般辦理。"))
    if queries.answer_in_work(case):
        raise CannotAct(_("這件有還沒送出的回復，請先退回或送出。"))
    todos.done(petition, *todos.AT_AGENCY, at=at)
    petition.sealed = False
    petition.save(update_fields=["sealed"])
    dispatch.follow_category(petition)
    cases.end_lead(case, at=at)
    cases.move(
        case, Status.DISPATCHING, by=by, at=at, given={"reason": str(_("政風機關審查後回到一般辦理"))}, public=False
    )
    cases.add_event(case, "from_ethics", by=by, at=at, payload={"reason": reason.strip()}, public=False)
    audit.record("petition.from_ethics", case, by=by, at=at)
    if queries.newest_decision(petition) is None:
        dispatch.consider(petition, at=at)
    dispatch.wait_at_desk(petition, at=at)


def read(petition: Petition, *, by: Account, at: datetime, what: str) -> None:
    """Write down that somebody read it."""
    audit.record("petition.ethics_read", petition.case, by=by, at=at, new={"what": what})


# ---- whom it is about ------------------------------------------------------------------------------------------------


@act
def set_about(
    petition: Petition,
    *,
    agency: Agency | None,
    unit: Unit | None,
    by: Account,
    at: datetime,
    expect_version: int | None = None,
) -> None:
    """Whom it complains about. They never see it; where it lies with them, it goes back to the desk at once."""
    petition.case = case = cases.lock(petition.case, expect_version=expect_version)
    if unit is not None and (agency is None or unit.agency_id != agency.pk):
        raise CannotAct(_("這個單位不在這個機關。"))
    old = {"agency": petition.about_agency_id, "unit": petition.about_unit_id}
    petition.about_agency, petition.about_unit = agency, unit
    petition.save(update_fields=["about_agency", "about_unit"])
    dispatch.follow_category(petition)
    audit.record(
        "petition.about_set", case, by=by, at=at, old=old,
        new={"agency": agency.pk if agency else None, "unit": unit.pk if unit else None},
    )  # fmt: skip
    if agency is None or petition.sealed or case.agency_id != agency.pk:
        return
    with_them = unit is None or case.unit_id == unit.pk or (case.officer and serves(case.officer, unit, at=at))
    if with_them and not case.is_ended:
        if queries.answer_in_work(case):
            raise CannotAct(_("這件有還沒送出的回復，請先退回或送出。"))
        todos.done(petition, *todos.AT_AGENCY, at=at)
        cases.end_lead(case, at=at)
        cases.move(
            case, Status.DISPATCHING, by=by, at=at, given={"reason": str(_("案件反映的是承辦單位"))}, public=False
        )
        dispatch.wait_at_desk(petition, at=at)


def serves(person: Person, unit: Unit, *, at: datetime) -> bool:
    """Whether somebody belongs to a unit now, or did until it was closed."""
    return queries.seats_of(day_of(at)).filter(person=person, unit=unit).exists()
