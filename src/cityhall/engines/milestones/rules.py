"""When a controlled plan is out of order, and what becomes of a month. Pure; the words are the report's (§1.1.1).

Facts are what was known of a plan on a day. Every rule answers what it found with the numbers that it went by, so that a
page can say why, and so that a changed threshold can be tried on months that have passed.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from cityhall.foundation.sentence import sentence

# ---- days and months -------------------------------------------------------------------------------------------------


def first_of(day: date) -> date:
    """The first day of a day's month: what months are called by."""
    return day.replace(day=1)


@lru_cache(1 << 14)
def months_later(day: date, months: int) -> date:
    """The same day so many calendar months later; the month's last day where it has no such day (31 December → 29 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@lru_cache(1 << 12)
def end_of(month: date) -> date:
    """The last day of a month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def lock_day(month: date, lock_on: int) -> date:
    """The last day on which a month may be reported: so-and-so many days into the next one."""
    after = months_later(first_of(month), 1)
    return after.replace(day=min(lock_on, monthrange(after.year, after.month)[1]))


def is_locked(month: date, *, today: date, lock_on: int) -> bool:
    """Whether a month stands: the day after its last day for reports."""
    return today > lock_day(month, lock_on)


# ---- facts -----------------------------------------------------------------------------------------------------------


class Land(StrEnum):
    """How the land is obtained."""

    NOT_NEEDED = "NOT_NEEDED"
    UNDETERMINED = "UNDETERMINED"
    DETERMINED = "DETERMINED"
    ACQUIRED = "ACQUIRED"


class Stage(StrEnum):
    """Where a milestone stands in a plan's life: by it a late plan is D1, D2 or D3."""

    BEFORE = "BEFORE"  # until works begin
    WORKS = "WORKS"  # while they go on
    AFTER = "AFTER"  # from completion on


class Milestone(NamedTuple):
    """A checkpoint: when it is planned, and when it was reached."""

    code: str
    planned_on: date
    met_on: date | None = None
    stage: Stage = Stage.BEFORE
    name: str = ""


class Month(NamedTuple):
    """A month of the plan: planned per cent so far, and reported per cent so far; None where nobody reported."""

    month: date
    planned: Decimal
    actual: Decimal | None = None

    @property
    def behind(self) -> Decimal | None:
        """Percentage points behind the plan, negative when ahead."""
        return None if self.actual is None else self.planned - self.actual


class Tender(NamedTuple):
    """One opening of bids for a package, in the order in which they were held."""

    package: str
    held_on: date
    failed: bool


class Stoppage(NamedTuple):
    """Works stood still from a day until a day, or still do."""

    code: str
    starts_on: date
    ends_on: date | None = None


class Asked(NamedTuple):
    """Coordination between agencies that was asked for and is not settled."""

    code: str
    asked_on: date
    settled_on: date | None = None


@dataclass(frozen=True)
class Facts:
    """What was known of a plan on a day. Months are in order and end with the day's own."""

    day: date
    works: bool = True
    milestones: Sequence[Milestone] = ()
    months: Sequence[Month] = ()
    tenders: Sequence[Tender] = ()
    stoppages: Sequence[Stoppage] = ()
    land: Land = Land.NOT_NEEDED
    asked: Sequence[Asked] = ()


# ---- what is out of order --------------------------------------------------------------------------------------------


class Rule(StrEnum):
    """The rules, by what they look for."""

    LATE_MILESTONE = "LATE_MILESTONE"
    BEHIND = "BEHIND"
    BEHIND_IN_A_ROW = "BEHIND_IN_A_ROW"
    NO_REPORT = "NO_REPORT"
    FAILED_TENDERS = "FAILED_TENDERS"
    STOPPED = "STOPPED"
    LAND = "LAND"
    COORDINATION = "COORDINATION"


@dataclass(frozen=True)
class Thresholds:
    """From when on something is out of order, by the rulebook of a day; `versions` says of which."""

    late_months: int = 2
    behind_points: Decimal = Decimal(20)
    behind_months: int = 3
    missing_counts: bool = False
    failed_tenders: int = 3
    stopped_months: int = 2
    versions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """One rule that a plan meets: about what (a milestone, a package), the threshold, and the numbers it went by."""

    rule: Rule
    subject: str = ""
    threshold: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)


@sentence("1.1.1", "檢核點進度落後 2 個月以上")
def late_milestones(facts: Facts, limits: Thresholds) -> list[Found]:
    """Not reached, and the day is at least so many calendar months after the planned one; a month's end is clipped."""
    found = []
    for one in facts.milestones:
        late_from = months_later(one.planned_on, limits.late_months)
        if (one.met_on is None or one.met_on > facts.day) and facts.day >= late_from:
            inputs = {"name": one.name, "planned_on": one.planned_on.isoformat(), "late_from": late_from.isoformat(),
                      "day": facts.day.isoformat(), "stage": one.stage.value}  # fmt: skip
            found.append(Found(Rule.LATE_MILESTONE, one.code, str(limits.late_months), inputs))
    return found


@sentence("1.1.1", "工程進度落後 20% 以上")
def behind(facts: Facts, limits: Thresholds) -> list[Found]:
    """Works whose planned less actual progress is so many percentage points of the whole, compared before any rounding."""
    if not facts.works or not facts.months:
        return []
    last = facts.months[-1]
    if last.behind is None or last.behind < limits.behind_points:
        return []
    inputs = {**_shown(last), "points": _plain(last.behind)}
    return [Found(Rule.BEHIND, "", _plain(limits.behind_points), inputs)]


def _shown(one: Month) -> dict[str, Any]:
    actual = None if one.actual is None else _plain(one.actual)
    return {"month": f"{one.month:%Y-%m}", "planned": _plain(one.planned), "actual": actual}


def _plain(value: Decimal) -> str:
    """Without zeros that say nothing."""
    return f"{value.normalize():f}"


@sentence("1.1.1", "連續 3 個月工程進度落後")
def behind_in_a_row(facts: Facts, limits: Thresholds) -> list[Found]:
    """Works behind their plan, by however little, in each of the last so many months.

    A month without a report is a rule of its own. It ends the run, unless the rulebook lets it count as behind; even then
    a run holds at least one month that was reported behind.
    """
    last = facts.months[-limits.behind_months :]
    if not facts.works or len(last) < limits.behind_months:
        return []
    if not any(one.behind is not None for one in last):
        return []
    if all(one.behind > 0 if one.behind is not None else limits.missing_counts for one in last):
        inputs = {"months": [_shown(one) for one in last]}
        return [Found(Rule.BEHIND_IN_A_ROW, "", str(limits.behind_months), inputs)]
    return []


def no_report(facts: Facts, limits: Thresholds) -> list[Found]:
    """Nobody reported the day's month by its last day for reports."""
    if facts.months and facts.months[-1].actual is None:
        return [Found(Rule.NO_REPORT, "", "", {"month": f"{facts.months[-1].month:%Y-%m}"})]
    return []


@sentence("1.1.1", "流標 3 次以上")
def failed_tenders(facts: Facts, limits: Thresholds) -> list[Found]:
    """So many failed tenders of one package, all together, an award between them or not; an awarded package is in order.

    How many failed one after another, up to the last, is kept beside.
    """
    by_package: dict[str, list[Tender]] = {}
    for one in facts.tenders:
        by_package.setdefault(one.package, []).append(one)
    found = []
    for package, held in by_package.items():
        cumulative = sum(one.failed for one in held)
        if cumulative >= limits.failed_tenders and held[-1].failed:
            inputs = {"cumulative": cumulative, "consecutive": consecutive(held), "last": held[-1].held_on.isoformat()}
            found.append(Found(Rule.FAILED_TENDERS, package, str(limits.failed_tenders), inputs))
    return found


def consecutive(held: Sequence[Tender]) -> int:
    """How many tenders failed one after another, counted back from the last."""
    n = 0
    for one in reversed(held):
        if not one.failed:
            break
        n += 1
    return n


@sentence("1.1.1", "停工達 2 個月以上之案件")
def stopped(facts: Facts, limits: Thresholds) -> list[Found]:
    """Works that stood still for so many calendar months. An open stoppage counts to the day; an ended one is found in the
    month in which it ended, and no longer."""
    found = []
    for one in facts.stoppages:
        open_still = one.ends_on is None or one.ends_on > facts.day
        until = facts.day if open_still or one.ends_on is None else one.ends_on
        recent = open_still or until >= first_of(facts.day)
        if recent and until >= months_later(one.starts_on, limits.stopped_months):
            inputs = {"starts_on": one.starts_on.isoformat(), "until": until.isoformat(), "open": open_still,
                      "days": (until - one.starts_on).days}  # fmt: skip
            found.append(Found(Rule.STOPPED, one.code, str(limits.stopped_months), inputs))
    return found


@sentence("1.1.1", "用地取得方式尚未確定")
def land_undetermined(facts: Facts, limits: Thresholds) -> list[Found]:
    """How the land is obtained has not been decided."""
    return [Found(Rule.LAND, "", "", {"land": facts.land.value})] if facts.land == Land.UNDETERMINED else []


@sentence("1.1.1", "需跨機關協調事項之案件")
def coordination_asked(facts: Facts, limits: Thresholds) -> list[Found]:
    """The agency has asked for coordination, and it is not settled."""
    return [
        Found(Rule.COORDINATION, one.code, "", {"asked_on": one.asked_on.isoformat()})
        for one in facts.asked
        if one.asked_on <= facts.day and (one.settled_on is None or one.settled_on > facts.day)
    ]


RULES: Mapping[Rule, Callable[[Facts, Thresholds], list[Found]]] = {
    Rule.LATE_MILESTONE: late_milestones,
    Rule.BEHIND: behind,
    Rule.BEHIND_IN_A_ROW: behind_in_a_row,
    Rule.NO_REPORT: no_report,
    Rule.FAILED_TENDERS: failed_tenders,
    Rule.STOPPED: stopped,
    Rule.LAND: land_undetermined,
    Rule.COORDINATION: coordination_asked,
}


def found_by(facts: Facts, limits: Thresholds) -> list[Found]:
    """Everything that is out of order, in the order of the rules."""
    return [one for rule in RULES.values() for one in rule(facts, limits)]


# ---- what was known when ---------------------------------------------------------------------------------------------


class Known(NamedTuple):
    """A fact, and the day since which it has been known; an end of its own may have been learnt later."""

    since: date
    fact: Any
    ended_since: date | None = None


@dataclass(frozen=True)
class History:
    """Everything that was ever recorded of a plan, in the order of recording, so that any past day can be asked.

    `baselines` hold milestones and months as planned; `days` are (code, met_on), `reports` (month, actual).
    """

    works: bool = True
    baselines: Sequence[Known] = ()
    days: Sequence[Known] = ()
    reports: Sequence[Known] = ()
    tenders: Sequence[Known] = ()
    stoppages: Sequence[Known] = ()
    land: Sequence[Known] = ()
    asked: Sequence[Known] = ()


@dataclass(frozen=True)
class Baseline:
    """A version of the plan: its milestones, and planned per cent by month."""

    number: int
    milestones: Sequence[Milestone]
    planned: Sequence[tuple[date, Decimal]]


def _by(rows: Iterable[Known], known: date) -> list[Known]:
    return [one for one in rows if one.since <= known]


def baseline_on(history: History, known: date) -> Baseline | None:
    """The version of the plan in force, as known on a day."""
    found = _by(history.baselines, known)
    return found[-1].fact if found else None


def facts_on(history: History, day: date, known: date) -> Facts | None:
    """What a plan looked like on a day, by what was recorded until another; None before it had a plan.

    A month is judged by its last day, from what was known on its last day for reports: what comes later changes no month
    that stands.
    """
    plan = baseline_on(history, known)
    if plan is None:
        return None
    met: dict[str, date | None] = dict([one.fact for one in history.days if one.since <= known])
    actual: dict[date, Decimal] = dict([one.fact for one in history.reports if one.since <= known])
    last = first_of(day)
    tenders = sorted((one.fact for one in _by(history.tenders, known) if one.fact.held_on <= day), key=_held)
    land = _by(history.land, known)
    return Facts(
        day=day,
        works=history.works,
        milestones=[
            Milestone(one.code, one.planned_on, met.get(one.code), one.stage, one.name) for one in plan.milestones
        ],
        months=[Month(month, planned, actual.get(month)) for month, planned in _until(plan.planned, last)],
        tenders=tenders,
        stoppages=[_ended(one, known) for one in _by(history.stoppages, known) if one.fact.starts_on <= day],
        land=land[-1].fact if land else Land.NOT_NEEDED,
        asked=[_settled(one, known) for one in _by(history.asked, known)],
    )


def _until(planned: Sequence[tuple[date, Decimal]], last: date) -> list[tuple[date, Decimal]]:
    """The planned months up to one; where the plan has run out its last per cent stays due."""
    found = list(planned[: bisect_right(planned, last, key=_month)])
    if found and len(found) == len(planned):
        found += [(month, planned[-1][1]) for month in months_between(months_later(planned[-1][0], 1), last)]
    return found


def _month(one: tuple[date, Decimal]) -> date:
    return one[0]


def _held(one: Tender) -> date:
    return one.held_on


def _ended(one: Known, known: date) -> Stoppage:
    """A stoppage whose end was not known yet is an open one."""
    found: Stoppage = one.fact
    if one.ended_since is not None and one.ended_since <= known:
        return found
    return Stoppage(found.code, found.starts_on) if found.ends_on else found


def _settled(one: Known, known: date) -> Asked:
    found: Asked = one.fact
    if one.ended_since is not None and one.ended_since <= known:
        return found
    return Asked(found.code, found.asked_on) if found.settled_on else found


def month_ahead(planned: Sequence[tuple[date, Decimal]], month: date) -> Decimal | None:
    """Planned per cent at a month's end: the month's own, the last before it once the plan has run out, None before it."""
    before = [percent for one, percent in planned if one <= month]
    return before[-1] if before else None


# ---- many plans over many months --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Controlled:
    """A plan with its days under control: from the first to the day before `ended_on`."""

    key: int
    opened_on: date
    ended_on: date | None
    history: History

    def on(self, day: date) -> bool:
        """Whether it is under control on a day."""
        return self.opened_on <= day and (self.ended_on is None or day < self.ended_on)


def found_in_month(
    plans: Iterable[Controlled], month: date, *, lock_on: int, limits: Thresholds
) -> dict[int, list[Found]]:
    """What is out of order in a month, by plan: as the plan stood on its last day, by what was known when it was locked."""
    day, known = end_of(month), lock_day(month, lock_on)
    found = {}
    for one in plans:
        facts = facts_on(one.history, day, known) if one.on(day) else None
        if facts is not None:
            found[one.key] = found_by(facts, limits)
    return found


@dataclass(frozen=True)
class Tried:
    """A month by today's thresholds and by others: which plans are out of order, and which come or go with the change."""

    month: date
    plans: int
    before: frozenset[int]
    after: frozenset[int]

    @property
    def more(self) -> frozenset[int]:
        """Plans that the change adds."""
        return self.after - self.before

    @property
    def fewer(self) -> frozenset[int]:
        """Plans that the change leaves out."""
        return self.before - self.after


def tried(
    plans: Sequence[Controlled], months: Iterable[date], *, lock_on: int, limits: Thresholds, changed: Thresholds
) -> list[Tried]:
    """What other thresholds would have found in past months."""
    found = []
    for month in months:
        day, known = end_of(month), lock_day(month, lock_on)
        known_facts = {one.key: facts_on(one.history, day, known) for one in plans if one.on(day)}
        facts = {key: one for key, one in known_facts.items() if one is not None}
        before = frozenset(key for key, one in facts.items() if found_by(one, limits))
        after = frozenset(key for key, one in facts.items() if found_by(one, changed))
        found.append(Tried(month, len(facts), before, after))
    return found


# ---- months ----------------------------------------------------------------------------------------------------------


class MonthFault(StrEnum):
    """Why a month cannot be reported as it stands."""

    PERCENT = "PERCENT"
    BACKWARDS = "BACKWARDS"
    NO_REASON = "NO_REASON"
    MONEY = "MONEY"
    MONEY_BACKWARDS = "MONEY_BACKWARDS"


@dataclass(frozen=True)
class Reported:
    """What an agency says of a month; per cent and money are of the whole plan so far."""

    percent: Decimal
    paid: int = 0
    unpaid: int = 0
    retained: int = 0
    surplus: int = 0
    reason: str = ""
    measure: str = ""


def month_faults(
    given: Reported, *, planned: Decimal | None, before: Reported | None, after: Reported | None = None
) -> dict[str, MonthFault]:
    """What is wrong with a month, by field: per cent from 0 to 100 that does not fall, money that is not negative, a reason
    and a measure where the plan is behind. What was paid does not become less."""
    found = {}
    if not Decimal(0) <= given.percent <= Decimal(100):
        found["percent"] = MonthFault.PERCENT
    elif (before is not None and given.percent < before.percent) or (
        after is not None and given.percent > after.percent
    ):
        found["percent"] = MonthFault.BACKWARDS
    for name in ("paid", "unpaid", "retained", "surplus"):
        if getattr(given, name) < 0:
            found[name] = MonthFault.MONEY
    if "paid" not in found and before is not None and given.paid < before.paid:
        found["paid"] = MonthFault.MONEY_BACKWARDS
    if planned is not None and given.percent < planned:
        for name in ("reason", "measure"):
            if not getattr(given, name).strip():
                found[name] = MonthFault.NO_REASON
    return found


def executed(one: Reported) -> int:
    """實支數 + 已估驗未付款 + 估驗保留款 + 節餘款: what counts as carried out of a budget."""
    return one.paid + one.unpaid + one.retained + one.surplus


class PlanFault(StrEnum):
    """Why a plan cannot be a baseline."""

    NO_MILESTONES = "NO_MILESTONES"
    DOUBLED = "DOUBLED"
    NO_MONTHS = "NO_MONTHS"
    GAP = "GAP"
    FALLS = "FALLS"
    NOT_WHOLE = "NOT_WHOLE"


def plan_faults(milestones: Sequence[Milestone], months: Sequence[tuple[date, Decimal, int]]) -> list[PlanFault]:
    """What is wrong with a plan: milestones that are told apart; months without a gap whose per cent and money rise to 100."""
    found = []
    if not milestones:
        found.append(PlanFault.NO_MILESTONES)
    if len({one.code for one in milestones}) != len(milestones):
        found.append(PlanFault.DOUBLED)
    if not months:
        return [*found, PlanFault.NO_MONTHS]
    if any(months_later(one[0], 1) != other[0] for one, other in zip(months, months[1:], strict=False)):
        found.append(PlanFault.GAP)
    if any(one[1] > other[1] or one[2] > other[2] for one, other in zip(months, months[1:], strict=False)):
        found.append(PlanFault.FALLS)
    if months[-1][1] != 100 or months[0][1] < 0 or months[0][2] < 0:
        found.append(PlanFault.NOT_WHOLE)
    return found


# ---- where a plan stands ---------------------------------------------------------------------------------------------


class Standing(StrEnum):
    """A = B closed + C on time or ahead + D behind + E withdrawn; D by where it is behind."""

    CLOSED = "CLOSED"
    ON_TIME = "ON_TIME"
    BEFORE = "D1"
    WORKS = "D2"
    AFTER = "D3"
    WITHDRAWN = "WITHDRAWN"


BEHIND = (Standing.BEFORE, Standing.WORKS, Standing.AFTER)


def standing(facts: Facts) -> Standing:
    """Where an open plan stands on a day: a milestone that is due and not reached, or works behind their plan.

    Milestones after completion make it D3, progress behind the plan D2, milestones before the works and those of plans that
    are no works D1; what lies furthest on decides.
    """
    late = {one.stage for one in facts.milestones if one.planned_on < facts.day and not _met(one, facts.day)}
    if Stage.AFTER in late and facts.works:
        return Standing.AFTER
    reported = [one for one in facts.months if one.behind is not None]
    if facts.works and (Stage.WORKS in late or (reported and (reported[-1].behind or 0) > 0)):
        return Standing.WORKS
    return Standing.BEFORE if late else Standing.ON_TIME


def _met(one: Milestone, day: date) -> bool:
    return one.met_on is not None and one.met_on <= day


class Light(StrEnum):
    """燈號 of a plan: red meets a rule of the review meeting, amber is behind, green is neither."""

    RED = "RED"
    AMBER = "AMBER"
    GREEN = "GREEN"


def light(stands: Standing, found: Sequence[Found]) -> Light:
    """The light of an open plan, by what was found; a missing report alone is amber."""
    if any(one.rule != Rule.NO_REPORT for one in found):
        return Light.RED
    return Light.AMBER if found or stands in BEHIND else Light.GREEN


def months_between(first: date, last: date) -> list[date]:
    """The first days of the months from one to another, both in."""
    found, month = [], first_of(first)
    while month <= last:
        found.append(month)
        month = months_later(month, 1)
    return found


def last_standing_month(today: date, lock_on: int) -> date:
    """The newest month that is locked."""
    month = months_later(first_of(today), -1)
    return month if is_locked(month, today=today, lock_on=lock_on) else months_later(month, -1)


def dense_ranks(values: Mapping[str, Any]) -> dict[str, int]:
    """Ranks without gaps, the highest value first; equals share one. What has no value has no rank."""
    order = sorted({value for value in values.values() if value is not None}, reverse=True)
    place = {value: n for n, value in enumerate(order, 1)}
    return {name: place[value] for name, value in values.items() if value is not None}
