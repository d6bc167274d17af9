"""The report's year at full scale: a demo city of its own, whose today is the last day of March 2017.

The city is founded in one transaction. After that every batch of the plan is lived in a workshop, in one of several
processes, compared with the plan, and carried over; the audit trail notes it in the same transaction. Whatever is killed
when: starting again goes on with the batches that are not there.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from cityhall.domains.faq import samples as faq
from cityhall.domains.petitions import figures, listings
from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.plan import FIRST, LAST, TODAY, URGENT_FROM, Batch, Plan, plan
from cityhall.domains.petitions.public import untold
from cityhall.domains.petitions.services import quality
from cityhall.domains.petitions.states import SetAsideKind
from cityhall.domains.petitions.year import BatchOfYear, NotAsPlanned
from cityhall.domains.smart_city.models import SubProject
from cityhall.engines.audit import services as audit
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.letters.standins.archive import take_waiting
from cityhall.engines.letters.standins.runner import the_store
from cityhall.foundation import unit, workshop
from cityhall.foundation.clock import end_of_day, start_of_day
from cityhall.foundation.patience import no_limits, wait_for_turns
from cityhall.foundation.period import Period
from cityhall.project.processes import keep_what_is_loaded

from . import (
    city,
    contacts_year,
    contests,
    council_year,
    evaluations,
    gatherings_year,
    gazetteer,
    hotline_year,
    open_data,
    people,
    petitions,
    phone_tests,
    projects_year,
    smart_city,
    spatial,
    subsidies,
    uses,
    wifi,
)

log = logging.getLogger(__name__)
BEGUN, LOADED = "demo.year_begun", "demo.batch_loaded"
FOUNDED = start_of_day(FIRST) - timedelta(hours=6)
NOW = end_of_day(TODAY) - timedelta(hours=7)
FIRST_KEY = 1_000_000
INBOX = timedelta(days=7)
PROCESSES = 2
PATIENCE = 0.5  # seconds between two looks at the processes


class CannotLoad(Exception):
    """There is another city in this database, or the year was begun with another share or seed."""


@dataclass(frozen=True)
class Given:
    """What the year was begun with."""

    share: float
    seed: int

    def plan(self) -> Plan:
        """What happens in it."""
        return plan(share=self.share, seed=self.seed)


@dataclass(frozen=True)
class Done:
    """A batch that is carried over."""

    number: int
    filed: int
    acts: int
    rows: int
    seconds: float
    cpu: float


@dataclass(frozen=True)
class Said:
    """A line for whoever watches."""

    words: str


# ---- the whole -------------------------------------------------------------------------------------------------------


def load(*, say: Callable[[str], None], share: float = 1.0, seed: int = 105, processes: int = PROCESSES) -> list[Done]:
    """Load what is not there yet; with no processes of their own the batches are lived in this one.

    Raises CannotLoad, and NotAsPlanned where a batch left something else than was planned.
    """
    given = Given(share, seed)
    begin(given, say=say)
    whole = given.plan()
    there = loaded()
    missing = [batch for batch in whole.batches if batch.number not in there]
    if there:
        say(f"已經有 {len(there)}／{len(whole.batches)} 批，接著做")
    if not missing:
        _besides(given, say=say)
        return []
    drawing = Path(settings.DATA_DIR) / "workshop.sqlite3"
    drawing.write_bytes(workshop.blueprint(FIRST_KEY))
    filed = sum(batch.filed for batch in whole.batches if batch.number in there)
    began, done = time.monotonic(), list[Done]()

    def told(one: Done) -> None:
        nonlocal filed
        done.append(one)
        filed += one.filed
        passed = time.monotonic() - began
        say(
            f"　{filed:,}／{whole.filed:,} 件（{len(there) + len(done)}／{len(whole.batches)} 批），"
            f"{passed:,.0f} 秒，這一批 {one.filed:,} 件 {one.acts:,} 個動作 {one.rows:,} 列 "
            f"{one.seconds:.0f} 秒（處理器 {one.cpu:.0f} 秒）"
        )

    say(f"{FIRST} 到 {LAST} 的 {whole.filed:,} 件，分 {len(whole.batches)} 批")
    try:
        if processes:
            _in_processes(given, missing, drawing, processes, told, say)
        else:
            city_drawn = drawing.read_bytes()
            for batch in missing:
                told(live(given, batch, city_drawn))
            _besides(given, say=say)
    finally:
        drawing.unlink(missing_ok=True)
    say(f"各批合計處理器 {sum(one.cpu for one in done):,.0f} 秒；整理索引的統計")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return done


def _besides(given: Given, *, say: Callable[[str], None]) -> None:
    """What has nothing to do with petitions and is not there yet: calls, projects, meetings, datasets, the FAQ base."""
    hotline_year.live_year(given.share, given.seed, say=say)
    contacts_year.live_year(given.share, given.seed, say=say)
    projects_year.live_year(given.share, given.seed, say=say)
    subsidies.live_year(given.share, until=NOW, say=say)
    gatherings_year.live_year(NOW, given.share, say=say)
    if not SubProject.objects.exists():
        with unit.bulk():
            smart_city.load(NOW, begins=FIRST, share=given.share, say=say)
    with unit.bulk():
        wifi.live_year(NOW, begins=FIRST, share=given.share, say=say)
    spatial.live_year(NOW, begins=FIRST, share=given.share, say=say)
    with unit.bulk():
        open_data.live_year(given.share, until=NOW, say=say)
        contests.live_year(given.share, say=say)
    uses.open_data_year(NOW, given.share, say=say)
    uses.card_year(NOW, given.share, say=say)
    council_year.live_year(given.share, given.seed, say=say)
    phone_tests.live_year(
        given.share, given.seed, say=say, deliver=lambda: take_waiting(the_store(), inbox_since=NOW - INBOX)
    )
    evaluations.live_year(say=say)  # after the projects: it judges those that were closed
    with transaction.atomic():  # as many entries as the year had: those that nobody wrote are marked as generated
        made = faq.fill(round(faq.YEAR_ENTRIES * given.share), at=FOUNDED)
    if made:
        say(f"常見問題 {made:,} 題（系統產生）")


def begin(given: Given, *, say: Callable[[str], None]) -> None:
    """Found the city, unless that was done with the same share and seed."""
    if begun := Entry.objects.filter(event=BEGUN).first():
        if begun.details["new"] != {"share": given.share, "seed": given.seed}:
            raise CannotLoad("這個資料庫裡的全年示範資料，是用別的比例或亂數種子開始的。")
        return
    if city.is_loaded():
        raise CannotLoad("這個資料庫裡已經有城市。全年示範資料要載入空的資料庫。")
    with unit.bulk():
        say("行事曆、機關與人員")
        seed_calendar()
        made = people.load(at=FOUNDED, today=TODAY, since=petitions.FOUNDED)
        say("行政區、道路與權管")
        gazetteer.load(FOUNDED)
        say("案件類別與派案規則")
        petitions.load(FOUNDED)
        phone_tests.load_cards(FOUNDED)
        faq.publish_all(at=FOUNDED)
        say("訓練字詞模型")
        city.train(at=FOUNDED)
        quality.rubric_on(URGENT_FROM)
        city.save_accounts(city.accounts(made, FOUNDED))
        audit.record(BEGUN, None, by=None, at=FOUNDED, new={"share": given.share, "seed": given.seed})
    with transaction.atomic():
        workshop.keep_free(FIRST_KEY + (len(given.plan().batches) + 1) * workshop.ROOM)


def loaded() -> set[int]:
    """The batches that are there."""
    return {entry.details["new"]["batch"] for entry in Entry.objects.filter(event=LOADED)}


# ---- one batch -------------------------------------------------------------------------------------------------------


def live(given: Given, batch: Batch, drawing: bytes) -> Done:
    """Live a batch in a workshop and carry it over."""
    began = time.monotonic(), time.process_time()
    gc.collect()
    gc.disable()  # nothing of a batch is thrown away before its end
    try:
        try:
            return _live(given, batch, drawing, began)
        except CannotAct as refusal:  # seldom: somebody was refused, so each act has to stand by itself
            log.warning("batch %s is lived act by act: %s", batch.number, refusal)
            return _live(given, batch, drawing, began, each_by_itself=True)
    finally:
        gc.enable()


def _live(
    given: Given, batch: Batch, drawing: bytes, began: tuple[float, float], *, each_by_itself: bool = False
) -> Done:
    first = FIRST_KEY + batch.number * workshop.ROOM
    with workshop.workshop(drawing, first=first) as shop:
        start = start_of_day(batch.days[0].day if batch.days else FIRST)
        with unit.bulk(keys=None if each_by_itself else shop.key), untold():
            year = BatchOfYear(city.petitions_texts(), city.sites(), start, NOW, seed=given.seed, batch=batch)
            year.live()
        take_waiting(the_store(), inbox_since=NOW - INBOX)
        check(batch)
        made = shop.done()
    with transaction.atomic():
        no_limits()  # another process may be carrying its batch over
        if batch.number not in loaded():
            workshop.carry_over(made)
            new = {"batch": batch.number, "petitions": year.tally.filed, "rows": made.count}
            audit.record(LOADED, None, by=None, at=NOW, new=new)
    passed, cpu = time.monotonic() - began[0], time.process_time() - began[1]
    return Done(batch.number, year.tally.filed, year.tally.acts, made.count, passed, cpu)


def check(batch: Batch) -> None:
    """Compare what a batch left with its plan, day by day, by the figures' own questions.

    Raises NotAsPlanned.
    """
    for day in batch.days:
        one = Period(day.day, day.day)
        planned = {
            "opened": day.ordinary + day.urgent,
            "urgent": day.urgent if day.day >= URGENT_FROM else 0,
            "filtered": day.filtered,
        }
        found = {
            "opened": Petition.objects.opened_within(day.day, day.day).count(),
            "urgent": figures.urgent_received(one).value,
            "filtered": listings.set_aside_within(one, SetAsideKind.FILTERED).count(),
        }
        if found != planned:
            raise NotAsPlanned(f"{day.day}: {found}, planned {planned}")
    for one in batch.checks:
        month = Period.month(one.month.year, one.month.month)
        if (improve := figures.urgent_to_improve(month).value) != one.to_improve:
            raise NotAsPlanned(f"{one.month}: {improve} to improve, planned {one.to_improve}")
    if batch.stories:
        span = Period(FIRST, LAST)
        told = {
            "opened": (Petition.objects.opened_within(FIRST, LAST).count(), 3 * len(batch.stories)),
            "listed": (figures.repeated_listed(span).value, len(batch.stories)),
            "declined": (
                listings.set_aside_within(span, SetAsideKind.DECLINED).count(),
                sum(len(story.declined_on) for story in batch.stories),
            ),
        }
        if any(found != wanted for found, wanted in told.values()):
            raise NotAsPlanned(f"the listed persons: {told}")


# ---- processes -------------------------------------------------------------------------------------------------------


def _effort(batch: Batch) -> float:
    """How long a batch takes beside others: a month with its check a third longer."""
    return batch.filed * (4 / 3 if batch.checks else 1)


def _in_processes(
    given: Given,
    missing: list[Batch],
    drawing: Path,
    processes: int,
    told: Callable[[Done], None],
    say: Callable[[str], None],
) -> None:
    """Let several processes take batch after batch, and one more all that is no petition, so that no core waits at the end.

    One that dies ends the load; what was carried over stays.
    """
    connection.close()  # each opens its own
    start = multiprocessing.get_context("fork")  # a fresh one would begin the whole command again
    tasks: Any = start.SimpleQueue()
    results: Any = start.Queue()
    for batch in sorted(missing, key=_effort, reverse=True):  # the small ones last, so that all end at the same time
        tasks.put(batch.number)
    for _one in range(processes):
        tasks.put(None)
    workers = [
        start.Process(target=_work, args=(given, str(drawing), tasks, results, os.getpid()), daemon=True)
        for _one in range(processes)
    ]
    workers.append(start.Process(target=_work_besides, args=(given, results, os.getpid()), daemon=True))
    for one in workers:
        one.start()
    try:
        left = len(missing) + 1
        while left:
            try:
                found = results.get(timeout=PATIENCE)
            except queue.Empty:
                if any(one.exitcode not in (None, 0) for one in workers):
                    raise RuntimeError("a process of the load has died; start again to go on") from None
                continue
            match found:
                case Said(words):
                    say(words)
                case Exception():
                    raise found
                case Done():
                    told(found)
            left -= not isinstance(found, Said)
    finally:
        for one in workers:
            if left:
                one.terminate()
            one.join()


def _end_with(parent: int) -> None:
    """End this process when whoever started it is gone; what is not committed is undone."""
    while os.getppid() == parent:
        time.sleep(PATIENCE)
    os._exit(1)


def _work(given: Given, drawing: str, tasks: Any, results: Any, parent: int) -> None:
    """A process: batch after batch, until there is none, or until whoever started it is gone."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    wait_for_turns()
    keep_what_is_loaded()
    plain = Path(drawing).read_bytes()
    batches = {batch.number: batch for batch in given.plan().batches}
    while (number := tasks.get()) is not None:
        try:
            results.put(live(given, batches[number], plain))
        except NotAsPlanned as found:
            results.put(NotAsPlanned(f"batch {number}: {found}"))
            return


def _work_besides(given: Given, results: Any, parent: int) -> None:
    """The process of all that is no petition: what it says goes over the one that was started; None is its end."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    wait_for_turns()
    keep_what_is_loaded()
    _besides(given, say=lambda words: results.put(Said(words)))
    results.put(None)
