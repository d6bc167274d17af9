"""`python -m benchmarks.projects [--plans N] [--months M] [--json]`: every exception rule over many plans and months, from
rows read in bulk. Beside it, reading the same rows and judging nothing. Exits 1 beyond 10 s.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

MOST_S = 10.0
BEGINS = date(2013, 1, 1)


def ready(folder: str) -> None:
    """A database of our own, empty."""
    os.environ.setdefault("CITYHALL_DATABASE_URL", f"sqlite:///{Path(folder) / 'projects.sqlite3'}")
    os.environ["CITYHALL_DATA_DIR"] = folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityhall.project.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def invent(plans: int, months: int) -> None:
    """So many plans with a report a month, six checkpoints, two tenders, and now and then a stop or a question of land."""
    from cityhall.engines.directory.models import Agency
    from cityhall.engines.milestones import models, rules
    from cityhall.foundation.clock import at

    chance = random.Random(2016)
    agency = Agency.objects.create(code="works", kind="FIRST_LEVEL", name="工務局", short_name="工務局")
    every = [rules.months_later(BEGINS, n) for n in range(months)]

    def when(day: date) -> dict[str, object]:
        return {"recorded_on": day, "recorded_at": at(day, 9)}

    made = models.Plan.objects.bulk_create(
        [
            models.Plan(profile="major", name=str(n), agency=agency, works=n % 4 > 0, opened_on=BEGINS)
            for n in range(plans)
        ]
    )
    bases = models.Baseline.objects.bulk_create([models.Baseline(plan=one, number=1, **when(BEGINS)) for one in made])
    points, planned, days, reports, tenders, stops, land = [], [], [], [], [], [], []
    for plan, base in zip(made, bases, strict=True):
        slow = chance.uniform(0.75, 1.02)
        for n, month in enumerate(every):
            share = Decimal(round(100 * (n + 1) / months, 2)).quantize(Decimal("0.01"))
            planned.append(models.PlannedMonth(baseline=base, month=month, percent=share, money=n * 10_000))
            if chance.random() < 0.97:
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
        for n in range(2):
            day = BEGINS + timedelta(days=30 * (n + 1))
            tenders.append(models.TenderOpening(plan=plan, package="1", held_on=day, result="FAILED", **when(day)))
        if chance.random() < 0.1:
            stops.append(
                models.Stoppage(plan=plan, starts_on=every[months // 2], reason="x", **when(every[months // 2]))
            )
        if chance.random() < 0.1:
            land.append(models.LandRecord(plan=plan, state="UNDETERMINED", **when(BEGINS)))
    for model, rows in (
        (models.PlannedMilestone, points), (models.PlannedMonth, planned), (models.MilestoneDay, days),
        (models.MonthReport, reports), (models.TenderOpening, tenders), (models.Stoppage, stops), (models.LandRecord, land),
    ):  # fmt: skip
        model.objects.bulk_create(rows, batch_size=2_000)


def run(plans: int, months: int) -> dict[str, object]:
    """Read once, and judge every month."""
    from cityhall.engines.milestones import queries, rules
    from cityhall.engines.milestones.models import Plan

    started = time.perf_counter()
    controlled = queries.controlled(Plan.objects.all())
    read = time.perf_counter() - started
    hits, first = 0, time.perf_counter()
    limits = queries.thresholds(BEGINS)
    for n in range(months):
        found = rules.found_in_month(controlled, rules.months_later(BEGINS, n), lock_on=10, limits=limits)
        hits += sum(map(len, found.values()))
    judged = time.perf_counter() - first
    return {"plans": plans, "months": months, "hits": hits, "read_s": round(read, 2), "judged_s": round(judged, 2),
            "total_s": round(read + judged, 2)}  # fmt: skip


def main() -> int:
    """Measure and say so."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--plans", type=int, default=1_000)
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ready(folder)
        invent(given.plans, given.months)
        found = run(given.plans, given.months)
    if given.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        sys.stdout.write(
            f"{found['plans']} plans, {found['months']} months: {found['hits']} hits\n"
            f"read {found['read_s']} s, judged {found['judged_s']} s, together {found['total_s']} s (at most {MOST_S:.0f} s)\n"
        )
    return int(float(str(found["total_s"])) > MOST_S)


if __name__ == "__main__":
    sys.exit(main())
