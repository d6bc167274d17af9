"""Each January every agency is asked for an analysis of its year and its measures, by a date, and is chased."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import at as clock_time
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..models import Petition, YearReturn
from . import agency_letters, clocks, todos

CHASED_EVERY = timedelta(days=7)


class CannotReturn(CannotAct):
    """The analysis cannot be asked for or handed in so."""


def agencies_of(year: int) -> list[Agency]:
    """Agencies of the city that had petitions in a year and still exist."""
    opened = Petition.objects.opened_within(date(year, 1, 1), date(year, 12, 31))
    rows = Agency.objects.at_work().filter(pk__in=opened.values("case__agency"))
    return list(rows.exclude(kind=AgencyKind.OUTSIDE_BODY).order_by("order", "code"))


@act
def ask(year: int, *, by: Account | None, at: datetime) -> int:
    """Ask every agency that had petitions, once; those asked before are left alone."""
    if year >= day_of(at).year:
        raise CannotReturn(_("這一年還沒有結束，不能請機關分析。"))
    due_at = clocks.in_working_days(parameter("petitions.year_return_working_days", on=day_of(at)).value, at=at)
    asked = 0
    for agency in agencies_of(year):
        row, created = YearReturn.objects.get_or_create(
            year=year, agency=agency, defaults={"asked_at": at, "due_on": day_of(due_at)}
        )
        if created:
            asked += 1
            _wait(row, at=at)
            agency_letters.year_return(row, late=False, at=at)
    if not asked:
        raise CannotReturn(_("這一年該請的機關都請過了。"))
    audit.record("petition.year_return_asked", None, by=by, at=at, new={"year": year, "agencies": asked})
    return asked


def _wait(row: YearReturn, *, at: datetime) -> None:
    worklist.open_todo(
        todos.YEAR_RETURN, row, title=f"{row.year - 1911}　{row.agency.label}", agency=row.agency,
        role=Role.COORDINATOR, due_at=clock_time(row.due_on, 17, 30),
        url=reverse("petitions:year_return", args=[row.pk]), at=at,
    )  # fmt: skip


@act
def hand_in(row: YearReturn, *, analysis: str, measures: str, by: Account, at: datetime) -> YearReturn:
    """繳交: what the numbers say and what will be done; a later one replaces it until the year after is asked for."""
    row = YearReturn.objects.select_for_update(of=("self",)).select_related("agency").get(pk=row.pk)
    if not analysis.strip() or not measures.strip():
        raise CannotReturn(_("請寫分析，也寫改善作法。"))
    if YearReturn.objects.filter(agency=row.agency, year__gt=row.year).exists():
        raise CannotReturn(_("下一年度已經開始，這一年的分析不能再改。"))
    before = row.returned_at
    row.analysis, row.measures = analysis.strip(), measures.strip()
    row.returned_by, row.returned_at = directory.person_of(by), at
    row.save()
    worklist.close_todo(todos.YEAR_RETURN, row, at=at)
    audit.record(
        "petition.year_return_handed_in", row, by=by, at=at,
        old={"returned_at": before.isoformat() if before else ""}, new={"year": row.year, "agency": row.agency.code},
    )  # fmt: skip
    return row


def ask_by_itself(at: datetime) -> int:
    """In January, from its day on, the agencies are asked about the year before, if nobody has asked yet."""
    day = day_of(at)
    year = day.year - 1
    if day.month != 1 or day.day < parameter("petitions.year_return_day", on=day).value:
        return 0
    if YearReturn.objects.filter(year=year).exists() or not agencies_of(year):
        return 0
    return ask(year, by=None, at=at)


def chase(at: datetime) -> int:
    """稽催: what is late is asked for again, once a week, of the 研考窗口 and the head."""
    late = YearReturn.objects.filter(returned_at=None, due_on__lt=day_of(at))
    rows = list(
        late.filter(Q(chased_at=None) | Q(chased_at__lte=at - CHASED_EVERY)).select_related("agency").order_by("pk")
    )
    for row in rows:
        _chase(row, at=at)
    return len(rows)


@act
def _chase(row: YearReturn, *, at: datetime) -> None:
    row = YearReturn.objects.select_for_update(of=("self",)).select_related("agency").get(pk=row.pk)
    if row.returned_at is not None or (row.chased_at and row.chased_at > at - CHASED_EVERY):
        return
    row.chased_at, row.times_chased = at, row.times_chased + 1
    row.save(update_fields=["chased_at", "times_chased"])
    agency_letters.year_return(row, late=True, at=at)
    worklist.mark_unseen(row, kinds=(todos.YEAR_RETURN,))
