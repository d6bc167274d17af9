"""`python -m benchmarks.projects [--plans N] [--months M] [--json]`: pages and a sheet of 360 projects, and every exception
rule over all plans and months, from rows read in bulk.

Beside each the plain way: the rules asked of the tables plan by plan (a sample), lights by those, and a sheet's cells beside
the rows that it became. Exits 1 where the two differ, where statements grow with the projects, or beyond 10 s for the rules,
20 s for the sheet, 300 ms (p95) for a page.
"""

import argparse
import io
import json
import logging
import os
import random
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.projects import naive

MOST_RULES_S, MOST_SHEET_S, MOST_PAGE_MS = 10.0, 20.0, 300.0
LISTED, FEW, SAMPLE, ROUNDS, SHEET_MONTHS = 360, 90, 20, 30, 3
PAGES = ("", "?month={month}", "table/", "map/", "compare/", "hits/", "requests/", "candidates/")


def ready(folder: str) -> None:
    """A database of our own, empty."""
    os.environ.setdefault("CITYHALL_DATABASE_URL", f"sqlite:///{Path(folder) / 'projects.sqlite3'}")
    os.environ["CITYHALL_DATA_DIR"] = folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityhall.project.settings")
    import django
    from django.core.management import call_command

    django.setup()
    logging.disable(logging.WARNING)
    call_command("migrate", verbosity=0)


def begins(months: int) -> date:
    """The first of so many months up to the last that is over."""
    from django.utils import timezone

    from cityhall.engines.milestones import rules
    from cityhall.foundation.clock import day_of

    return rules.months_later(rules.first_of(day_of(timezone.now())), -months)


def invent(plans: int, months: int, *, first: int = 0, reported: int | None = None) -> None:
    """So many projects with a report a month (of the first `reported` ones), six checkpoints, two tenders, and now and then a
    third, a stop or a question of land."""
    from cityhall.domains.projects.models import Candidacy, Project
    from cityhall.engines.directory.models import Agency
    from cityhall.engines.milestones import models, rules
    from cityhall.foundation.clock import at

    start = begins(months)
    chance = random.Random(2016 + first)
    agency, _made = Agency.objects.get_or_create(
        code="works", defaults={"kind": "FIRST_LEVEL", "name": "工務局", "short_name": "工務局"}
    )
    every = [rules.months_later(start, n) for n in range(months)]
    filled = set(every[:reported])

    def when(day: date) -> dict[str, object]:
        return {"recorded_on": day, "recorded_at": at(day, 9)}

    made = models.Plan.objects.bulk_create(
        [
            models.Plan(profile="major", name=f"計畫{n}", agency=agency, works=n % 4 > 0, opened_on=start)
            for n in range(first, first + plans)
        ]
    )
    bases = models.Baseline.objects.bulk_create([models.Baseline(plan=one, number=1, **when(start)) for one in made])
    points, planned, days, reports, tenders, stops, land = [], [], [], [], [], [], []
    for plan, base in zip(made, bases, strict=True):
        slow = chance.uniform(0.75, 1.02)
        for n, month in enumerate(every):
            share = Decimal(round(100 * (n + 1) / months, 2)).quantize(Decimal("0.01"))
            planned.append(models.PlannedMonth(baseline=base, month=month, percent=share, money=n * 10_000))
            if month in filled and chance.random() < 0.97:
                percent = min(Decimal(100), (share * Decimal(slow)).quantize(Decimal("0.01")))
                day = rules.lock_day(month, chance.randint(3, 10))
                reports.append(
                    models.MonthReport(plan=plan, month=month, n=1, percent=percent, paid=n * 9_000, **when(day))
                )
        for n in range(6):
            day = rules.end_of(every[min(months - 1, n * months // 6)])
            points.append(
                models.PlannedMilestone(
                    baseline=base, code=f"c{n}", order=n, name=f"c{n}", stage="WORKS", planned_on=day
                )
            )
            met = day + timedelta(days=chance.randint(-20, 120))
            days.append(models.MilestoneDay(plan=plan, code=f"c{n}", met_on=met, **when(met)))
        for n in range(3 if chance.random() < 0.1 else 2):
            day = start + timedelta(days=30 * (n + 1))
            tenders.append(models.TenderOpening(plan=plan, package="1", held_on=day, result="FAILED", **when(day)))
        if chance.random() < 0.1:
            stops.append(
                models.Stoppage(plan=plan, starts_on=every[months // 2], reason="x", **when(every[months // 2]))
            )
        if chance.random() < 0.1:
            land.append(models.LandRecord(plan=plan, state="UNDETERMINED", **when(start)))
    for model, rows in (
        (models.PlannedMilestone, points), (models.PlannedMonth, planned), (models.MilestoneDay, days),
        (models.MonthReport, reports), (models.TenderOpening, tenders), (models.Stoppage, stops), (models.LandRecord, land),
    ):  # fmt: skip
        model.objects.bulk_create(rows, batch_size=2_000)
    projects = Project.objects.bulk_create(
        Project(
            plan=one,
            number=f"M{first + n:04}",
            total_budget=50_000_000,
            lon=121.1 + n % 20 / 80,
            lat=24.8 + n % 17 / 80,
        )
        for n, one in enumerate(made)
    )
    Candidacy.objects.bulk_create(
        Candidacy(project=one, year=start.year, proposed_on=start, decision="LISTED", reason="達門檻", decided_on=start)
        for one in projects
    )


def standing(months: int) -> tuple[int, Any, list[date]]:
    """The lock's day, the thresholds, and the months that stand."""
    from cityhall.engines.milestones import queries, rules

    start = begins(months)
    return queries.lock_on(start), queries.thresholds(start), [rules.months_later(start, n) for n in range(months)]


def judge(months: int) -> dict[str, object]:
    """Read once, and judge every month; a sample of plans once more the plain way."""
    from cityhall.engines.milestones import queries, rules
    from cityhall.engines.milestones.models import Plan

    lock_on, limits, every = standing(months)
    started = time.perf_counter()
    controlled = queries.controlled(Plan.objects.all())
    read = time.perf_counter() - started
    hits, first, found = 0, time.perf_counter(), {}
    for month in every:
        found[month] = rules.found_in_month(controlled, month, lock_on=lock_on, limits=limits)
        hits += sum(map(len, found[month].values()))
    judged = time.perf_counter() - first
    wrong = 0
    sample = random.Random(7).sample(list(Plan.objects.order_by("pk")), SAMPLE)
    for plan in sample:
        for month in every:
            ours = {(one.rule.value, one.subject) for one in found[month].get(plan.pk, ())}
            wrong += ours != naive.found(plan, month, lock_on=lock_on, limits=limits)
    return {
        "plans": len(controlled), "months": months, "hits": hits, "read_s": round(read, 2), "judged_s": round(judged, 2),
        "total_s": round(read + judged, 2), "compared": len(sample) * len(every), "wrong": wrong,
    }  # fmt: skip


# ---- pages -----------------------------------------------------------------------------------------------------------


def people() -> tuple[Any, Any]:
    """A browser of the commission, and the account of the agency's coordinator."""
    from django.test import Client

    from cityhall.engines.directory.models import Agency
    from cityhall.engines.directory.states import Role
    from cityhall.engines.directory.tests.factories import make_agency, make_person

    commission = make_person(make_agency("rdec"), None, Role.COMMISSION)
    coordinator = make_person(Agency.objects.get(code="works"), None, Role.COORDINATOR)
    browser = Client(headers={"host": "localhost"})
    browser.force_login(commission.account)
    session = browser.session
    session["identity.factor"] = "TOTP"
    session.save()
    return browser, coordinator.account


def statements(browser: Any, months: int) -> dict[str, int]:
    """How many each page asks."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    found = {}
    for page in PAGES:
        browser.get(address(page, months))
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address(page, months)).status_code == 200, page
        found[page] = len(asked)
    return found


def address(page: str, months: int) -> str:
    """A page of the portfolio; the month that stands for certain is the one before the last."""
    _lock, _limits, every = standing(months)
    return f"/desk/projects/{page.format(month=f'{every[-SHEET_MONTHS - 1]:%Y-%m}')}"


def pages(browser: Any, months: int) -> dict[str, float]:
    """p95 of each page in milliseconds."""
    found = {}
    for page in PAGES:
        took = []
        for _n in range(ROUNDS):
            started = time.perf_counter()
            browser.get(address(page, months))
            took.append((time.perf_counter() - started) * 1000)
        found[page] = round(sorted(took)[int(len(took) * 0.95) - 1], 1)
    return found


def wrong_lights(browser: Any, months: int) -> int:
    """How many projects of a past month are red on the page's sheet and not by the plain way, or the other way round."""
    from cityhall.domains.projects.models import Project
    from cityhall.engines.milestones.states import LightName

    lock_on, limits, every = standing(months)
    response = browser.get(address("export.csv?month={month}", months))
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()[1:]
    red = {line.split(",")[0] for line in lines if f",{LightName.RED.label}," in line}
    plain = set()
    for one in Project.objects.select_related("plan"):
        rules_met = naive.found(one.plan, every[-SHEET_MONTHS - 1], lock_on=lock_on, limits=limits)
        if any(rule != "NO_REPORT" for rule, _subject in rules_met):
            plain.add(one.number)
    return len(red ^ plain)


# ---- a sheet ---------------------------------------------------------------------------------------------------------


def bring_in(account: Any, months: int, at: datetime) -> dict[str, object]:
    """The last months of every project by sheet; each cell beside the row that it became."""
    from cityhall.domains.projects import sheets
    from cityhall.domains.projects.models import Project
    from cityhall.engines.files.sheets import write_ods
    from cityhall.engines.milestones.models import MonthReport

    _lock, _limits, every = standing(months)
    keys, given = [one.key for one in sheets.COLUMNS], []
    for one in Project.objects.select_related("plan").order_by("number"):
        last = one.plan.reports.order_by("month", "n").last()
        for n, month in enumerate(every[-SHEET_MONTHS:], 1):
            cells = {
                "number": one.number, "month": f"{month:%Y-%m}", "percent": str(min(Decimal(100), last.percent + n)),
                "paid": str(last.paid + n), "reason": "連日下雨", "measure": "加派工班",
            }  # fmt: skip
            given.append([cells.get(key, "") for key in keys])
    content = io.BytesIO(write_ods([str(one.label) for one in sheets.COLUMNS], given).getvalue())
    started = time.perf_counter()
    report = sheets.take_in(content, by=account, at=at)
    took = time.perf_counter() - started
    written = {
        (number, f"{month:%Y-%m}"): (percent, paid)
        for number, month, percent, paid in MonthReport.objects.filter(month__in=every[-SHEET_MONTHS:]).values_list(
            "plan__project__number", "month", "percent", "paid"
        )
    }
    wrong = sum(
        written.get((row[0], row[keys.index("month")]))
        != (Decimal(row[keys.index("percent")]), int(row[keys.index("paid")]))
        for row in given
    )
    return {"rows": len(given), "taken": report.taken, "sheet_s": round(took, 2), "wrong": wrong}


def run(plans: int, months: int) -> dict[str, Any]:
    """Everything once; for the pages garbage is looked for as seldom as in a served process."""
    from django.utils import timezone

    from cityhall.project.processes import keep_what_is_loaded

    few = min(FEW, plans)
    invent(few, months, reported=months - SHEET_MONTHS)
    browser, account = people()
    before = statements(browser, months)
    listed = min(LISTED, plans)
    invent(listed - few, months, first=few, reported=months - SHEET_MONTHS)
    after = statements(browser, months)
    keep_what_is_loaded()
    found: dict[str, Any] = {
        "projects": listed, "pages_p95_ms": pages(browser, months), "statements": after,
        "grown": [page for page in PAGES if after[page] > before[page]], "wrong_lights": wrong_lights(browser, months),
        "sheet": bring_in(account, months, timezone.now()),
    }  # fmt: skip
    invent(plans - listed, months, first=listed)
    return {**found, "rules": judge(months)}


def faults(found: dict[str, Any]) -> list[str]:
    """What is beyond its target, or not equal to the plain way."""
    sheet, judged, said = found["sheet"], found["rules"], []
    if judged["total_s"] > MOST_RULES_S or judged["wrong"]:
        said.append(f"rules {judged['total_s']} s, {judged['wrong']} of {judged['compared']} differ")
    if sheet["sheet_s"] > MOST_SHEET_S or sheet["wrong"] or sheet["taken"] != sheet["rows"]:
        said.append(f"sheet {sheet['sheet_s']} s, {sheet['taken']} of {sheet['rows']} taken, {sheet['wrong']} differ")
    said += [f"page {page or 'list'} {ms} ms" for page, ms in found["pages_p95_ms"].items() if ms > MOST_PAGE_MS]
    if found["grown"] or found["wrong_lights"]:
        said.append(f"statements grow on {found['grown']}; {found['wrong_lights']} lights differ")
    return said


def main() -> int:
    """Measure and say so."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--plans", type=int, default=1_000)
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ready(folder)
        found = run(given.plans, given.months)
    wrong = faults(found)
    if given.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return int(bool(wrong))
    sheet, judged = found["sheet"], found["rules"]
    sys.stdout.write(
        f"{found['projects']} projects, {judged['months']} months each: pages, p95 (statements)\n"
        + "".join(
            f"  {page or 'list':18} {ms:7.1f} ms ({found['statements'][page]})\n"
            for page, ms in found["pages_p95_ms"].items()
        )
        + f"  at most {MOST_PAGE_MS:.0f} ms; lights that differ from the plain way: {found['wrong_lights']}\n"
        f"sheet of {sheet['rows']:,} rows: {sheet['sheet_s']} s (at most {MOST_SHEET_S:.0f} s), {sheet['taken']:,} taken, "
        f"{sheet['wrong']} differ\n"
        f"{judged['plans']:,} plans, {judged['months']} months: {judged['hits']:,} hits; read {judged['read_s']} s, judged "
        f"{judged['judged_s']} s, together {judged['total_s']} s (at most {MOST_RULES_S:.0f} s); "
        f"{judged['wrong']} of {judged['compared']:,} plan months differ from the plain way\n"
        + "".join(f"✗ {one}\n" for one in wrong)
    )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
