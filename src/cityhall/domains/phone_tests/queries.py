"""Questions about telephone tests: which telephones there are, who sees which test, how a tester's month stands."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils import translation

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.engines.directory.states import AgencyKind
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.engines.scoring.rules import Agreement, agreement

from .models import CallPlan, PhoneTest, ScenarioCard
from .rules import Card, Line, Lunch
from .states import CallState

TEST = "phone_tests.test"
PLAN = "phone_tests.plan"
READ = "phone_tests.read"
ANSWER = "phone_tests.answer"
SETTLED = Q(state__in=[CallState.PASSED, CallState.FAILED, CallState.UNANSWERED])


# ---- what can be called ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Telephone:
    """A line of the draw, and the records behind it."""

    line: Line
    agency: Agency
    unit: Unit | None


def first_line_kinds(on: date) -> frozenset[AgencyKind]:
    """The kinds of agency that serve at the counter, by the words of the rulebook."""
    words = set(parameter("phone_tests.first_line_kinds", on=on).value)
    with translation.override("zh-hant"):  # the rulebook is in the city's language
        return frozenset(kind for kind in AgencyKind if str(kind.label) in words)


def telephones(on: date) -> list[Telephone]:
    """Every agency and unit that has a number on a day, outside bodies too, without those that the rulebook leaves out."""
    left_out = set(parameter("phone_tests.left_out", on=on).value)
    first_line = first_line_kinds(on)
    units: dict[int, list[Unit]] = defaultdict(list)
    for unit in Unit.objects.as_of(on).order_by("agency", "code"):
        units[unit.agency_id].append(unit)
    found = []
    for agency in Agency.objects.as_of(on).order_by("code"):
        if agency.short_name in left_out or agency.name in left_out:
            continue
        counter = agency.kind in first_line
        if agency.phone:
            found.append(Telephone(Line(agency.code, agency.code, counter), agency, None))
        for unit in units[agency.pk]:
            if unit.name not in left_out and (unit.phone or agency.phone):
                found.append(Telephone(Line(f"{agency.code}/{unit.code}", agency.code, counter), agency, unit))
    return found


def cards(on: date) -> list[Card]:
    """The cards in use on a day, as the rules see them."""
    rows = ScenarioCard.objects.on(on).order_by("code").values_list("code", "agency__code")
    return [Card(code, agency or "") for code, agency in rows]


def lately_asked(month: date, since: date) -> dict[str, set[str]]:
    """The cards of earlier plans by telephone, as lines are coded."""
    rows = PhoneTest.objects.filter(plan__month__gte=since, plan__month__lt=month)
    found: dict[str, set[str]] = defaultdict(set)
    for agency, unit, card in rows.values_list("agency__code", "unit__code", "card__code"):
        found[f"{agency}/{unit}" if unit else agency].add(card)
    return found


def lunch_on(day: date) -> Lunch:
    """The lunch hour of a day."""
    starts, _to, ends = parameter("phone_tests.lunch_hours", on=day).value.partition("-")
    return Lunch(time.fromisoformat(starts), time.fromisoformat(ends))


# ---- who sees what ---------------------------------------------------------------------------------------------------


def of_tester(account: Account | None) -> QuerySet[PhoneTest]:
    """Somebody's own tests, as a tester."""
    person = directory.person_of(account)
    return PhoneTest.objects.filter(tester=person) if person else PhoneTest.objects.none()


def within_rights(account: Account | None, at: datetime) -> Q:
    """The tests that an officer may read: the commission all, an agency what came of calls to itself.

    What is planned is hidden from agencies: a test that is expected is none.
    """
    reach = directory.reach(account, READ, at)
    if not reach:
        return Q(pk__in=[])
    return reach.within(person="") if reach.everywhere else reach.within(person="") & SETTLED


def with_everything(rows: QuerySet[PhoneTest]) -> QuerySet[PhoneTest]:
    """With what a line of a list shows."""
    return rows.select_related("plan", "agency", "unit", "card", "tester")


def to_score_again(account: Account | None) -> QuerySet[PhoneTest]:
    """What somebody has still to score as the second: calls that their tester has scored."""
    person = directory.person_of(account)
    rows = PhoneTest.objects.filter(second_tester=person, second_sheet=None, sheet__isnull=False)
    return rows if person else PhoneTest.objects.none()


def agreement_of(rows: QuerySet[PhoneTest]) -> Agreement:
    """How well the two testers of a call agree."""
    pairs = []
    for row in rows.filter(second_sheet__isnull=False).select_related("second_sheet"):
        assert row.points is not None
        assert row.second_sheet is not None
        assert row.pass_mark is not None
        pairs.append((row.points, row.second_sheet.points, Decimal(row.pass_mark)))
    return agreement(pairs)


@dataclass(frozen=True)
class Progress:
    """How far a tester is with a month."""

    plan: CallPlan
    many: int
    left: int

    @property
    def done(self) -> int:
        """Calls that are settled."""
        return self.many - self.left


def progress(plan: CallPlan, tester: Person) -> Progress:
    """A tester's part of a month."""
    states = list(plan.tests.filter(tester=tester).values_list("state", flat=True))
    again = list(
        plan.tests.filter(second_tester=tester, sheet__isnull=False).values_list("second_sheet", flat=True)
    )  # fmt: skip
    return Progress(plan, len(states) + len(again), states.count(CallState.WAITING) + sum(one is None for one in again))
