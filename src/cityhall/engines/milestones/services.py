"""Acts on controlled plans. Each locks the plan's row first, so that months, versions and hits come one after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency, Unit
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, insert_all

from . import queries, rules
from .models import (
    Baseline,
    Contract,
    ContractTerm,
    CoordinationRequest,
    Evaluation,
    Hit,
    LandRecord,
    MilestoneDay,
    MonthReport,
    Plan,
    PlannedMilestone,
    PlannedMonth,
    Reopening,
    Stoppage,
    TenderOpening,
)
from .refusals import CannotControl
from .rules import Milestone, MonthFault, PlanFault, Reported
from .states import LandState, TenderResult

__all__ = ["CannotControl"]


def _locked(plan: Plan) -> Plan:
    """The plan as it is now; whoever comes second waits here."""
    return Plan.objects.select_for_update(of=("self",)).select_related("agency", "unit").get(pk=plan.pk)


def _under_control(plan: Plan, today: date) -> Plan:
    found = _locked(plan)
    if found.opened_on is None:
        raise CannotControl(_("這個計畫還沒有列管。"))
    if found.ended_on is not None and found.ended_on <= today:
        raise CannotControl(_("這個計畫已經結束列管，不能再登錄。"))
    return found


def _not_ahead(day: date, at: datetime, field: str) -> None:
    if day > day_of(at):
        raise CannotControl(_("這一天還沒到。"), field)


def _when(at: datetime, by: Any | None) -> dict[str, Any]:
    return {"recorded_on": day_of(at), "recorded_at": at, "recorded_by": by}


# ---- plans and their baselines ---------------------------------------------------------------------------------------


@act
def make_plan(*, profile: str, name: str, agency: Agency, unit: Unit | None = None, works: bool) -> Plan:
    """A plan that is not under control yet; the domain keeps who proposed it."""
    return Plan.objects.create(profile=profile, name=name.strip(), agency=agency, unit=unit, works=works)


@act
def open_plan(plan: Plan, *, on: date, by: Any | None, at: datetime) -> Plan:
    """開始列管 from a day on. A plan is opened once."""
    found = _locked(plan)
    if found.opened_on is not None:
        raise CannotControl(_("這個計畫已經列管。"))
    found.opened_on = on
    found.save(update_fields=["opened_on"])
    audit.record("milestones.plan_opened", found, by=by, at=at, new={"from": on.isoformat()})
    return found


@act
def end_plan(plan: Plan, *, on: date, by: Any | None, at: datetime) -> Plan:
    """結束列管: the day is the first one without control."""
    found = _under_control(plan, min(on, day_of(at)))
    if found.opened_on is not None and on < found.opened_on:
        raise CannotControl(_("結束列管的日子不能早於列管起日。"), "on")
    found.ended_on = on
    found.save(update_fields=["ended_on"])
    audit.record("milestones.plan_ended", found, by=by, at=at, new={"from": on.isoformat()})
    return found


PLAN_WORDS = {
    PlanFault.NO_MILESTONES: ("milestones", lambda: _("至少要有一個檢核點。")),
    PlanFault.DOUBLED: ("milestones", lambda: _("有兩個檢核點的代碼相同。")),
    PlanFault.NO_MONTHS: ("months", lambda: _("請填每個月的預定進度。")),
    PlanFault.GAP: ("months", lambda: _("月份要連續，中間不能漏掉。")),
    PlanFault.FALLS: ("months", lambda: _("預定進度與累計分配預算不能比前一個月少。")),
    PlanFault.NOT_WHOLE: ("months", lambda: _("預定進度從0開始以上，最後一個月要是100。")),
}


@act
def set_baseline(
    plan: Plan,
    *,
    milestones: Sequence[Milestone],
    months: Sequence[tuple[date, Decimal, int]],
    reason: str,
    by: Any | None,
    at: datetime,
) -> Baseline:
    """核定基準計畫: a new version that holds from today; the ones before stay as they are."""
    if faults := rules.plan_faults(milestones, months):
        field, words = PLAN_WORDS[faults[0]]
        raise CannotControl(words(), field)
    found = _locked(plan)
    number = found.baselines.count() + 1
    if number > 1 and not reason.strip():
        raise CannotControl(_("修正計畫要寫理由。"), "reason")
    made = Baseline.objects.create(plan=found, number=number, reason=reason.strip()[:500], **_when(at, by))
    insert_all(
        [
            PlannedMilestone(
                baseline=made, code=one.code, order=n, name=one.name, stage=one.stage.value, planned_on=one.planned_on
            )
            for n, one in enumerate(milestones, 1)
        ]
    )
    insert_all(
        [PlannedMonth(baseline=made, month=month, percent=percent, money=money) for month, percent, money in months]
    )
    audit.record("milestones.baseline_set", found, by=by, at=at, new={"version": number})
    return made


@act
def meet(plan: Plan, *, code: str, on: date | None, by: Any | None, at: datetime) -> MilestoneDay:
    """登錄檢核點的完成日; without a day it is taken back."""
    found = _under_control(plan, day_of(at))
    baseline = found.baselines.order_by("-number").first()
    if baseline is None or not baseline.milestones.filter(code=code).exists():
        raise CannotControl(_("目前的基準計畫沒有這個檢核點。"), "code")
    if on is not None:
        _not_ahead(on, at, "on")
    row = MilestoneDay.objects.create(plan=found, code=code, met_on=on, **_when(at, by))
    audit.record("milestones.met", found, by=by, at=at, new={"milestone": code, "on": on.isoformat() if on else None})
    return row


# ---- months ----------------------------------------------------------------------------------------------------------

MONTH_WORDS = {
    MonthFault.PERCENT: lambda: _("要在0到100之間。"),
    MonthFault.BACKWARDS: lambda: _("累計進度不能比前一個月少，也不能比後一個月多。"),
    MonthFault.NO_REASON: lambda: _("進度落後時要寫。"),
    MonthFault.MONEY: lambda: _("金額不能是負的。"),
    MonthFault.MONEY_BACKWARDS: lambda: _("累計實支數不能比前一個月少。"),
}


@dataclass(frozen=True)
class Line:
    """A month that is being reported: of which plan, and how many reports of it whoever writes has seen."""

    plan: Plan
    month: date
    given: Reported
    help_needed: str = ""
    seen: int | None = None


@dataclass(frozen=True)
class Fault:
    """Why a line is refused, and at which field."""

    field: str
    sentence: str


class _Known:
    """What is stored of the plans of some lines, read at once."""

    def __init__(self, plans: Mapping[int, Plan], today: date) -> None:
        self.plans, self.today = plans, today
        self.rows: dict[int, dict[date, MonthReport]] = {}
        self.counts: dict[tuple[int, date], int] = {}
        for row in MonthReport.objects.filter(plan__in=plans).order_by("plan", "month", "n"):
            self.rows.setdefault(row.plan_id, {})[row.month] = row
            self.counts[row.plan_id, row.month] = row.n
        self.planned: dict[int, list[tuple[date, Decimal]]] = {}
        for key, history in queries.histories(plans.values()).items():
            plan = rules.baseline_on(history, today)
            self.planned[key] = list(plan.planned) if plan else []
        self.reopened = set(
            Reopening.objects.filter(plan__in=plans, until__gte=today, recorded_on__lte=today).values_list(
                "plan", "month"
            )
        )

    def around(self, plan: int, month: date) -> tuple[Reported | None, Reported | None]:
        """The reports next before and after a month."""
        rows = self.rows.get(plan, {})
        before = max((one for one in rows if one < month), default=None)
        after = min((one for one in rows if one > month), default=None)
        return (_as_reported(rows[before]) if before else None), (_as_reported(rows[after]) if after else None)


def _as_reported(row: MonthReport) -> Reported:
    return Reported(row.percent, row.paid, row.unpaid, row.retained, row.surplus, row.reason, row.measure)


def _when_faults(line: Line, known: _Known) -> list[Fault]:
    """Whether the month can be written at all today."""
    plan, month, today = known.plans[line.plan.pk], line.month, known.today
    if plan.opened_on is None or (plan.ended_on is not None and plan.ended_on <= today):
        return [Fault("month", _("這個計畫沒有在列管。"))]
    if month < rules.first_of(plan.opened_on):
        return [Fault("month", _("這個月還沒有開始列管。"))]
    if rules.end_of(month) > today:
        return [Fault("month", _("這個月還沒過完，月底起才能填。"))]
    planned = known.planned[plan.pk]
    if not planned or month < planned[0][0]:
        return [Fault("month", _("基準計畫裡沒有這個月。"))]
    count = known.counts.get((plan.pk, month), 0)
    if line.seen is not None and line.seen != count:
        return [Fault("month", _("您填寫時，別人已經填報了這個月。請重新整理，看過再填。"))]
    if count and queries.is_locked(month, today) and (plan.pk, month) not in known.reopened:
        return [Fault("month", _("這個月已經鎖定，要更正請研考會重新開放。"))]
    return []


def _faults(line: Line, known: _Known) -> list[Fault]:
    if found := _when_faults(line, known):
        return found
    before, after = known.around(line.plan.pk, line.month)
    planned = rules.month_ahead(known.planned[line.plan.pk], line.month)
    wrong = rules.month_faults(line.given, planned=planned, before=before, after=after)
    return [Fault(name, MONTH_WORDS[fault]()) for name, fault in wrong.items()]


def _known_of(lines: Sequence[Line], at: datetime) -> _Known:
    keys = sorted({line.plan.pk for line in lines})
    plans = {one.pk: one for one in Plan.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    return _Known(plans, day_of(at))


@act
def report_months(
    lines: Sequence[Line], *, by: Any | None, at: datetime
) -> tuple[list[MonthReport], dict[int, list[Fault]]]:
    """填報 many months at once: what can be written, and why the rest cannot, by its place. Lines come in order of months.

    A report that says the same as the one before changes nothing.
    """
    known = _known_of(lines, at)
    made: list[MonthReport] = []
    refused: dict[int, list[Fault]] = {}
    for n, line in enumerate(lines):
        row = _report(line, known, by, at)
        before = known.rows.setdefault(line.plan.pk, {}).get(line.month)
        if before is not None and _same(before, row):
            continue
        if faults := _faults(line, known):
            refused[n] = faults
            continue
        made.append(row)
        known.rows[line.plan.pk][line.month], known.counts[line.plan.pk, line.month] = row, row.n
    insert_all(made)
    for row in made:
        event = "milestones.month_corrected" if row.correction else "milestones.month_reported"
        audit.record(event, row.plan, by=by, at=at, new={"month": f"{row.month:%Y-%m}", "n": row.n, "late": row.late})
    return made, refused


def _report(line: Line, known: _Known, by: Any | None, at: datetime) -> MonthReport:
    count = known.counts.get((line.plan.pk, line.month), 0)
    locked = queries.is_locked(line.month, known.today)
    given = line.given
    return MonthReport(
        plan=known.plans[line.plan.pk], month=line.month, n=count + 1, percent=given.percent, paid=given.paid,
        unpaid=given.unpaid, retained=given.retained, surplus=given.surplus, reason=given.reason.strip()[:1000],
        measure=given.measure.strip()[:1000], help_needed=line.help_needed.strip()[:1000], late=locked and not count,
        correction=locked and bool(count), **_when(at, by),
    )  # fmt: skip


SAME = ("percent", "paid", "unpaid", "retained", "surplus", "reason", "measure", "help_needed")


def _same(before: MonthReport, row: MonthReport) -> bool:
    return all(getattr(before, name) == getattr(row, name) for name in SAME)


@act
def report_month(line: Line, *, by: Any | None, at: datetime) -> MonthReport:
    """填報 one month. Raises CannotControl with the field."""
    made, refused = report_months([line], by=by, at=at)
    if refused:
        fault = refused[0][0]
        raise CannotControl(fault.sentence, fault.field)
    if made:
        return made[0]
    return MonthReport.objects.filter(plan=line.plan, month=line.month).latest("n")


def faults_of(line: Line, *, at: datetime) -> list[Fault]:
    """What is wrong with a month before it is written, at each field."""
    return _faults(line, _Known({line.plan.pk: line.plan}, day_of(at)))


@act
def reopen(plan: Plan, *, month: date, until: date, reason: str, by: Any | None, at: datetime) -> Reopening:
    """重新開放 a month that stands, until a day; written down with the reason."""
    found, today = _under_control(plan, day_of(at)), day_of(at)
    if not queries.is_locked(month, today):
        raise CannotControl(_("這個月還沒鎖定，不必重新開放。"), "month")
    if not found.reports.filter(month=month).exists():
        raise CannotControl(_("這個月還沒有填報，主辦機關可以直接補填。"), "month")
    if until < today:
        raise CannotControl(_("開放到哪一天，要是今天或以後。"), "until")
    if not reason.strip():
        raise CannotControl(_("請寫明為什麼重新開放。"), "reason")
    row = Reopening.objects.create(plan=found, month=month, until=until, reason=reason.strip()[:500], **_when(at, by))
    audit.record(
        "milestones.month_reopened", found, by=by, at=at,
        new={"month": f"{month:%Y-%m}", "until": until.isoformat(), "reason": row.reason},
    )  # fmt: skip
    return row


# ---- what happens to a plan ------------------------------------------------------------------------------------------


@act
def hold_tender(
    plan: Plan, *, package: str, on: date, result: str, amount: int | None = None, contractor: str = "", by: Any | None,
    at: datetime,
) -> TenderOpening:  # fmt: skip
    """登錄開標結果 of a package: failed, or awarded with amount and contractor."""
    found, package = _under_control(plan, day_of(at)), " ".join(package.split())
    _not_ahead(on, at, "on")
    if not package:
        raise CannotControl(_("請填標案名稱。"), "package")
    if found.tenders.filter(package=package, held_on=on).exists():
        raise CannotControl(_("這個標案當天的開標結果已經登錄過了。"), "on")
    awarded = result == TenderResult.AWARDED
    if awarded and amount is None:
        raise CannotControl(_("決標要填金額。"), "amount")
    row = TenderOpening.objects.create(
        plan=found, package=package, held_on=on, result=result, amount=amount if awarded else None,
        contractor=contractor.strip() if awarded else "", **_when(at, by),
    )  # fmt: skip
    audit.record("milestones.tender_held", found, by=by, at=at, new={"result": result, "on": on.isoformat()})
    return row


@act
def sign_contract(
    plan: Plan, *, package: str, on: date, amount: int, due_on: date, contractor: str = "", by: Any | None, at: datetime
) -> Contract:  # fmt: skip
    """登錄契約 of a package that was awarded; who won it carries it out where nobody else is named."""
    found, package = _under_control(plan, day_of(at)), " ".join(package.split())
    _not_ahead(on, at, "on")
    award = found.tenders.filter(package=package, result=TenderResult.AWARDED).order_by("-held_on", "-pk").first()
    if award is None:
        raise CannotControl(_("這個標案還沒決標，請先登錄開標結果。"), "package")
    if on < award.held_on:
        raise CannotControl(_("簽約日不能早於決標日。"), "on")
    if found.contracts.filter(package=package, signed_on__gte=award.held_on).exists():
        raise CannotControl(_("這次決標的契約已經登錄過了；內容改變時，請登錄契約變更。"), "package")
    contractor = contractor.strip() or award.contractor
    if not contractor:
        raise CannotControl(_("請填承攬廠商。"), "contractor")
    _agreed(amount, due_on, on)
    made = Contract.objects.create(
        plan=found, package=package, contractor=contractor, signed_on=on, **_when(at, by)
    )  # fmt: skip
    ContractTerm.objects.create(contract=made, n=1, agreed_on=on, amount=amount, due_on=due_on, **_when(at, by))
    audit.record(
        "milestones.contract_signed", found, by=by, at=at,
        new={"package": package, "on": on.isoformat(), "amount": amount},
    )  # fmt: skip
    return made


def _agreed(amount: int, due_on: date, signed_on: date) -> None:
    if amount < 1:
        raise CannotControl(_("契約金額要大於0。"), "amount")
    if due_on < signed_on:
        raise CannotControl(_("履約期限不能早於簽約日。"), "due_on")


@act
def change_contract(
    contract: Contract, *, on: date, amount: int, due_on: date, reason: str, by: Any | None, at: datetime
) -> ContractTerm:  # fmt: skip
    """登錄契約變更: what is agreed now, and why; what was agreed before stays."""
    found = _under_control(contract.plan, day_of(at))
    _not_ahead(on, at, "on")
    last = contract.terms.order_by("-n").first()
    assert last is not None, "a contract is signed with its first terms"
    if on < last.agreed_on:
        raise CannotControl(_("變更日不能早於上一次的日期。"), "on")
    if not reason.strip():
        raise CannotControl(_("請寫變更的理由。"), "reason")
    _agreed(amount, due_on, contract.signed_on)
    if (amount, due_on) == (last.amount, last.due_on):
        raise CannotControl(_("金額與期限都沒有改變。"), "amount")
    made = ContractTerm.objects.create(
        contract=contract, n=last.n + 1, agreed_on=on, amount=amount, due_on=due_on, reason=reason.strip()[:300],
        **_when(at, by),
    )  # fmt: skip
    audit.record(
        "milestones.contract_changed", found, by=by, at=at,
        old={"amount": last.amount, "due_on": last.due_on.isoformat()},
        new={"amount": amount, "due_on": due_on.isoformat(), "reason": made.reason},
    )  # fmt: skip
    return made


@act
def stop(plan: Plan, *, on: date, reason: str, by: Any | None, at: datetime) -> Stoppage:
    """登錄停工; a plan stands still once at a time."""
    found = _under_control(plan, day_of(at))
    _not_ahead(on, at, "on")
    if found.stoppages.filter(ends_on=None).exists():
        raise CannotControl(_("這個計畫正在停工，請先登錄復工。"), "on")
    if not reason.strip():
        raise CannotControl(_("請寫停工原因。"), "reason")
    row = Stoppage.objects.create(plan=found, starts_on=on, reason=reason.strip()[:300], **_when(at, by))
    audit.record("milestones.stopped", found, by=by, at=at, new={"on": on.isoformat()})
    return row


@act
def resume(plan: Plan, *, on: date, by: Any | None, at: datetime) -> Stoppage:
    """登錄復工."""
    found = _under_control(plan, day_of(at))
    _not_ahead(on, at, "on")
    row = found.stoppages.select_for_update().filter(ends_on=None).first()
    if row is None:
        raise CannotControl(_("這個計畫沒有停工。"), "on")
    if on < row.starts_on:
        raise CannotControl(_("復工日不能早於停工日。"), "on")
    row.ends_on, row.end_recorded_on = on, day_of(at)
    row.save(update_fields=["ends_on", "end_recorded_on"])
    audit.record("milestones.resumed", found, by=by, at=at, new={"on": on.isoformat()})
    return row


@act
def set_land(plan: Plan, *, state: str, note: str = "", by: Any | None, at: datetime) -> LandRecord:
    """登錄用地取得情形."""
    found = _under_control(plan, day_of(at))
    row = LandRecord.objects.create(plan=found, state=LandState(state), note=note.strip()[:300], **_when(at, by))
    audit.record("milestones.land_set", found, by=by, at=at, new={"state": row.state})
    return row


@act
def ask_coordination(
    plan: Plan, *, matter: str, asked_of: Agency | None, on: date, by: Any | None, at: datetime
) -> CoordinationRequest:
    """請求跨機關協調."""
    found = _under_control(plan, day_of(at))
    _not_ahead(on, at, "on")
    if not matter.strip():
        raise CannotControl(_("請寫要協調的事。"), "matter")
    row = CoordinationRequest.objects.create(
        plan=found, matter=matter.strip()[:300], asked_of=asked_of, asked_on=on, **_when(at, by)
    )
    audit.record("milestones.coordination_asked", found, by=by, at=at, new={"on": on.isoformat()})
    return row


@act
def settle_coordination(
    plan: Plan, request: CoordinationRequest, *, on: date, how: str, by: Any | None, at: datetime
) -> CoordinationRequest:
    """跨機關協調已解決, once."""
    found = _under_control(plan, day_of(at))
    _not_ahead(on, at, "on")
    row = found.requests.select_for_update().get(pk=request.pk)
    if row.settled_on is not None:
        raise CannotControl(_("這件事已經登錄解決了。"))
    if on < row.asked_on:
        raise CannotControl(_("解決日不能早於提出日。"), "on")
    row.settled_on, row.settled_how, row.end_recorded_on = on, how.strip()[:300], day_of(at)
    row.save(update_fields=["settled_on", "settled_how", "end_recorded_on"])
    audit.record("milestones.coordination_settled", found, by=by, at=at, new={"on": on.isoformat()})
    return row


# ---- what is out of order --------------------------------------------------------------------------------------------


@act
def evaluate(profile: str, month: date, *, by: Any | None, at: datetime) -> Evaluation:
    """判定 a month that is locked, once: every rule over every plan under control, by what was known on its last day."""
    today = day_of(at)
    # Plans first, as by whoever reports: a hit names its plan, and a parameter may be written down when it is first asked.
    list(Plan.objects.select_for_update().filter(profile=profile).order_by("pk").values_list("pk", flat=True))
    lock_on = queries.lock_on(rules.months_later(month, 1))
    if not rules.is_locked(month, today=today, lock_on=lock_on):
        raise CannotControl(_("這個月還沒鎖定，鎖定以後才能判定。"))
    day = rules.end_of(month)
    limits = queries.thresholds(day)
    made, created = Evaluation.objects.get_or_create(
        profile=profile, month=month,
        defaults={"known_on": rules.lock_day(month, lock_on), "evaluated_at": at, "evaluated_by": by,
                  "versions": dict(limits.versions)},
    )  # fmt: skip
    if not created:
        raise CannotControl(_("這個月已經判定過了。"))
    plans = {one.pk: one for one in Plan.objects.filter(profile=profile).as_of(day)}
    found = rules.found_in_month(queries.controlled(plans.values()), month, lock_on=lock_on, limits=limits)
    rows = [
        Hit(
            evaluation=made, plan=plans[key], month=month, rule=one.rule.value, subject=one.subject,
            version=limits.versions.get(queries.PARAMETER_OF.get(one.rule, ""), 1), threshold=one.threshold,
            inputs=dict(one.inputs),
        )
        for key, hits in found.items()
        for one in hits
    ]  # fmt: skip
    insert_all(rows)
    made.plans, made.hits = len(found), len(rows)
    made.save(update_fields=["plans", "hits"])
    audit.record(
        "milestones.evaluated", made, by=by, at=at,
        new={"profile": profile, "month": f"{month:%Y-%m}", "plans": made.plans, "hits": made.hits},
    )  # fmt: skip
    return made


def evaluate_by_itself(profiles: Iterable[str], at: datetime) -> int:
    """The daily job: the newest month that is locked, where nobody has evaluated it. Says how many."""
    month, done = queries.last_standing_month(day_of(at)), 0
    for profile in profiles:
        there = Plan.objects.filter(profile=profile).as_of(rules.end_of(month)).exists()
        if there and not Evaluation.objects.filter(profile=profile, month=month).exists():
            evaluate(profile, month, by=None, at=at)
            done += 1
    return done


@act
def clear(hit: Hit, *, reason: str, by: Any | None, at: datetime) -> int:
    """解除一項異常 with its reason; the same matter of earlier months that is open still goes with it. Says how many."""
    _locked(hit.plan)
    row = Hit.objects.select_for_update().get(pk=hit.pk)
    if row.cleared_at is not None:
        raise CannotControl(_("這項異常已經解除了。"))
    if not reason.strip():
        raise CannotControl(_("請寫解除的理由。"), "reason")
    same = Hit.objects.open().filter(plan=row.plan_id, rule=row.rule, subject=row.subject, month__lte=row.month)
    n = same.update(cleared_at=at, cleared_by=by, cleared_because=reason.strip()[:500])
    audit.record(
        "milestones.hit_cleared", row, by=by, at=at,
        new={"rule": row.rule, "month": f"{row.month:%Y-%m}", "hits": n, "reason": reason.strip()[:500]},
    )  # fmt: skip
    return n
