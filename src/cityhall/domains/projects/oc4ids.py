"""Listed projects as Open Contracting for Infrastructure Data (OC4IDS 0.9.5): what anyone may read of them.

Planned and reported progress are metrics with an observation a month; people and reasons are not in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.conf import settings

from cityhall.engines.milestones import rules as of_plans
from cityhall.engines.milestones.models import Contract, TenderOpening
from cityhall.engines.milestones.rules import Milestone, Stage
from cityhall.engines.milestones.states import TenderResult
from cityhall.engines.places import queries as places
from cityhall.foundation.clock import day_of

from . import queries
from .models import Project
from .states import EndKind

VERSION = "0.9"
CURRENCY = "TWD"
LICENCE = "https://data.gov.tw/license"
TYPES = {Stage.BEFORE: "preProcurement", Stage.WORKS: "delivery", Stage.AFTER: "assessment"}


def package(projects: Iterable[Project], *, at: datetime) -> dict[str, Any]:
    """Everything about these projects as of an instant, in one document."""
    there = list(projects)
    stand = _Records(there, day_of(at))
    return {
        "uri": f"{settings.SITE_URL}/oc4ids/projects.json",
        "publishedDate": at.isoformat(timespec="seconds"),
        "version": VERSION,
        "publisher": {"name": str(settings.CITY_NAME["zh-hant"])},
        "license": LICENCE,
        "projects": [stand.project(one) for one in there],
    }


class _Records:
    """What is needed of many projects, read at once."""

    def __init__(self, projects: list[Project], today: date) -> None:
        self.today = today
        keys = [one.plan_id for one in projects]
        plans = [one.plan for one in projects]
        self.facts = queries.milestones.facts(plans, day=today)
        self.planned, self.reports = queries.months_of(plans)
        self.tenders: dict[int, list[TenderOpening]] = defaultdict(list)
        for tender in TenderOpening.objects.filter(plan__in=keys).order_by("plan", "held_on", "pk"):
            self.tenders[tender.plan_id].append(tender)
        self.contracts: dict[tuple[int, str], Contract] = {}
        signed = Contract.objects.filter(plan__in=keys).prefetch_related("terms")
        for contract in signed.order_by("plan", "signed_on", "pk"):
            self.contracts[contract.plan_id, contract.package] = contract
        self.districts = {area.code: area.name for area in places.districts()}

    def project(self, one: Project) -> dict[str, Any]:
        """One project."""
        plan = one.plan
        authority = {"id": f"{settings.CITY_CODE}-{plan.agency.code}", "name": plan.agency.name}
        found: dict[str, Any] = {
            "id": f"oc4ids-{settings.CITY_CODE}-{one.number}",
            "identifiers": [{"id": one.number}],
            "title": plan.name,
            "status": self._status(one),
            "publicAuthority": authority,
            "parties": [{**authority, "roles": ["publicAuthority"]}],
            "budget": {"amount": _value(one.total_budget)},
            "milestones": [self._milestone(point) for point in self._points(one)],
            "metrics": self._metrics(one),
        }
        if one.about:
            found["description"] = one.about
        if period := self._period(one):
            found["period"] = period
        if one.district or one.place or one.lon is not None:
            found["locations"] = [self._location(one)]
        if contracts := self._contracts(one):
            found["contractingProcesses"] = contracts
        return found

    def _points(self, one: Project) -> list[Milestone]:
        facts = self.facts.get(one.plan_id)
        return list(facts.milestones) if facts else []

    def _status(self, one: Project) -> str:
        if one.ended_as == EndKind.WITHDRAWN:
            return "cancelled"
        met = {point.code for point in self._points(one) if point.met_on}
        if one.ended_as == EndKind.CLOSED or "complete" in met:
            return "completion"
        return "implementation" if "start" in met or "award" in met else "preparation"

    def _period(self, one: Project) -> dict[str, str]:
        months = sorted(self.planned[one.plan_id])
        if not months:
            return {}
        return {"startDate": _instant(months[0]), "endDate": _instant(of_plans.end_of(months[-1]))}

    def _milestone(self, point: Milestone) -> dict[str, Any]:
        found = {
            "id": point.code, "title": point.name or point.code, "type": TYPES[point.stage],
            "dueDate": _instant(point.planned_on), "status": "scheduled",
        }  # fmt: skip
        if point.met_on:
            return {**found, "status": "met", "dateMet": _instant(point.met_on)}
        return {**found, "status": "notMet"} if point.planned_on < self.today else found

    def _metrics(self, one: Project) -> list[dict[str, Any]]:
        """Progress of the works and of the money, each month as planned and as reported."""
        planned, reports = self.planned[one.plan_id], self.reports[one.plan_id]
        physical, financial = [], []
        for month in sorted(set(planned) | set(reports)):
            name, period = f"{month:%Y-%m}", {"startDate": _instant(month), "endDate": _instant(of_plans.end_of(month))}
            if month in planned:
                row = planned[month]
                physical.append({"id": f"planned-{name}", "period": period, "measure": _number(row.percent), "unit": PERCENT, "dimensions": {"of": "planned"}})  # fmt: skip
                financial.append({"id": f"planned-{name}", "period": period, "value": _value(row.money), "dimensions": {"of": "planned"}})  # fmt: skip
            if month in reports:
                report = reports[month]
                physical.append({"id": f"actual-{name}", "period": period, "measure": _number(report.percent), "unit": PERCENT, "dimensions": {"of": "actual"}})  # fmt: skip
                financial.append({"id": f"actual-{name}", "period": period, "value": _value(report.executed), "dimensions": {"of": "actual"}})  # fmt: skip
        found = [
            ("physicalProgress", "Physical progress", physical),
            ("financialProgress", "Financial progress", financial),
        ]
        return [{"id": key, "title": title, "observations": rows} for key, title, rows in found if rows]

    def _location(self, one: Project) -> dict[str, Any]:
        address = {"streetAddress": one.place, "locality": self.districts.get(one.district, ""), "region": str(settings.CITY_NAME["zh-hant"])}  # fmt: skip
        found = {"id": "1", "address": {key: value for key, value in address.items() if value}}
        if one.line:
            return {**found, "geometry": {"type": "LineString", "coordinates": one.line}}
        if one.lon is not None:
            return {**found, "geometry": {"type": "Point", "coordinates": [one.lon, one.lat]}}
        return found

    def _contracts(self, one: Project) -> list[dict[str, Any]]:
        """A process for each package, with its contract where it was awarded."""
        packages: dict[str, list[TenderOpening]] = defaultdict(list)
        for row in self.tenders[one.plan_id]:
            packages[row.package].append(row)
        found = []
        for n, (name, rows) in enumerate(packages.items(), 1):
            last = rows[-1]
            summary: dict[str, Any] = {"title": name, "status": "pre-award"}
            if last.result == TenderResult.AWARDED:
                summary |= {"status": "closed" if one.ended_as else "active", "contractValue": _value(last.amount or 0)}
                if last.contractor:
                    summary["suppliers"] = [{"id": f"supplier-{n}", "name": last.contractor}]
            if last.result == TenderResult.AWARDED and (signed := self.contracts.get((one.plan_id, name))):
                summary |= _signed(signed, n)
            found.append({"id": str(n), "summary": summary})
        return found


def _signed(contract: Contract, n: int) -> dict[str, Any]:
    """What a contract says now, and each change that led to it."""
    terms = list(contract.terms.all())
    found: dict[str, Any] = {
        "contractValue": _value(terms[-1].amount),
        "contractPeriod": _until(contract.signed_on, terms[-1].due_on),
        "suppliers": [{"id": f"supplier-{n}", "name": contract.contractor}],
    }
    if len(terms) > 1:
        found["modifications"] = [
            {
                "id": str(after.n), "date": _instant(after.agreed_on), "rationale": after.reason,
                "type": "value" if before.amount != after.amount else "duration",
                "oldContractValue": _value(before.amount), "newContractValue": _value(after.amount),
                "oldContractPeriod": _until(contract.signed_on, before.due_on),
                "newContractPeriod": _until(contract.signed_on, after.due_on),
            }
            for before, after in pairwise(terms)
        ]  # fmt: skip
    return found


def _until(first: date, last: date) -> dict[str, str]:
    return {"startDate": _instant(first), "endDate": _instant(last)}


PERCENT = {"name": "percent"}


def _value(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": CURRENCY}


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _instant(day: date) -> str:
    return f"{day.isoformat()}T00:00:00+08:00"
