"""品質檢測: each night every published dataset is looked at as the public has it; what was found is kept from the night on
from which it held, and waits on the agency's list while something is not passed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.outbox import services as outbox
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import chasing, contents, queries, rules, services
from .fetching import CannotFetch, fetch
from .models import Dataset, QualityResult, Resource
from .quality_rules import Outcome, Seen, Standing, judge, told
from .refusals import CannotCatalogue
from .states import Check, TableState, Trouble

KEEPS = "open_data.quality"
BLOCK = 20
LARGEST = 10 * 2**20
"""Of an address elsewhere so much is fetched to look into it; what is larger is there, and is not looked into."""
DETAIL = gettext_noop("品質檢測有項目沒有通過，請看資料集的檢測結果。")


# ---- looking ---------------------------------------------------------------------------------------------------------


def look(dataset: Dataset) -> Outcome:
    """What the checks find now. Addresses elsewhere are asked: never within a transaction."""
    seen = [_seen(row, dataset) for row in dataset.standing]
    if not seen and dataset.link:
        seen = [_elsewhere(Seen(0, dataset.title, declared=dataset.encoding), dataset.link)]
    return judge(seen, [one.name for one in rules.fields(dataset.fields_text)])


def _seen(row: Resource, dataset: Dataset) -> Seen:
    start = Seen(row.n, row.name, declared=row.encoding or dataset.encoding)
    version = row.newest
    if version is None:
        return _elsewhere(start, row.url) if row.url else replace(start, trouble=Trouble.NO_BYTES)
    path = version.path
    if not path.is_file() or path.stat().st_size != version.size:
        return replace(start, trouble=Trouble.NO_BYTES)
    read = version.reading == TableState.READ
    return replace(
        start, format=row.format, structured=read, encoding=version.encoding, in_csv=read or row.format == "CSV",
        columns=tuple(name for name, _kind in version.columns) if read else None,
    )  # fmt: skip


def _elsewhere(start: Seen, url: str) -> Seen:
    """What lies at somebody else's address."""
    try:
        had = fetch(url, largest=LARGEST)
    except CannotFetch as refusal:
        if refusal.trouble == Trouble.TOO_LARGE:
            return replace(start, structured=True, in_csv=url.lower().endswith(".csv"))
        return replace(start, trouble=refusal.trouble, detail=refusal.detail)
    found = contents.look(had.data, had.name)
    tabular = found.format in contents.TABULAR and not found.refused and not _is_page(had.data)
    return replace(
        start, format=found.format, structured=tabular, in_csv=tabular and found.format == "CSV",
        encoding=found.encoding if tabular else "",
    )  # fmt: skip


def _is_page(data: bytes) -> bool:
    """A page for people, which often stands where a file was: it is no data."""
    start = data[:1000].lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html")) or b"<html" in start


# ---- keeping ---------------------------------------------------------------------------------------------------------


@act
def record(dataset: Dataset, outcome: Outcome, *, at: datetime) -> QualityResult:
    """Keep what was found: a row more where it is other than before, else that it was looked at again."""
    dataset = Dataset.objects.select_for_update(of=("self",)).select_related("agency").get(pk=dataset.pk)
    today = day_of(at)
    values: dict[str, Any] = {check.value: verdict for check, verdict in outcome.verdicts.items()}
    values |= {
        "passed": outcome.passed,
        "judged": outcome.judged,
        "findings": [one.as_data() for one in outcome.findings],
    }
    now = QualityResult.objects.current().filter(dataset=dataset).first()
    if now is not None and (now.since == today or all(getattr(now, name) == value for name, value in values.items())):
        for name, value in values.items():
            setattr(now, name, value)
        now.checked_at = at
        now.save()
    else:
        QualityResult.objects.current().filter(dataset=dataset).update(until=today)
        now = QualityResult.objects.create(dataset=dataset, since=today, checked_at=at, **values)
    _tell(dataset, now, at)
    return now


def _tell(dataset: Dataset, now: QualityResult, at: datetime) -> None:
    patience = int(parameter("open_data.quality_patience_days", on=day_of(at)).value)
    if now.whole or not dataset.is_public:
        worklist.close_todo(services.QUALITY, dataset, at=at)
    elif told(failing_since(now), day_of(at), patience):
        worklist.open_todo(
            services.QUALITY, dataset, title=dataset.title, detail=DETAIL, reference=dataset.identifier,
            agency=dataset.agency, role=Role.COORDINATOR, url=services.page_of(dataset), at=at,
        )  # fmt: skip


def failing_since(now: QualityResult) -> date:
    """Since which day one check or another has not been passed."""
    rows = QualityResult.objects.filter(dataset=now.dataset_id)
    good = rows.filter(passed=F("judged"), since__lt=now.since).aggregate(last=Max("since"))["last"]
    bad = rows.failing().filter(since__gt=good) if good else rows.failing()
    return bad.order_by("since").values_list("since", flat=True).first() or now.since


# ---- each night ------------------------------------------------------------------------------------------------------


def begin(at: datetime) -> None:
    """Promise the first block of the night."""
    _promise(day_of(at), after=0, at=at)


@act
def _promise(day: date, *, after: int, at: datetime) -> None:
    outbox.promise_new(KEEPS, {"after": after, "day": day.isoformat()}, key=f"{KEEPS}:{day.isoformat()}:{after}", at=at)


def carry_out(after: int, day: date, *, at: datetime) -> int:
    """Look at one block, then promise the next: a server that lets us wait delays its neighbours, and loses nothing."""
    block = list(queries.whole(Dataset.objects.published().filter(pk__gt=after)).order_by("pk")[:BLOCK])
    for one in block:
        record(one, look(one), at=at)
    if block:
        _promise(day, after=block[-1].pk, at=at)
    else:
        _let_go(at)
    return len(block)


def _let_go(at: datetime) -> None:
    """What was withdrawn meanwhile waits on no list."""
    kind = ContentType.objects.get_for_model(Dataset)
    waiting = Todo.objects.filter(kind=services.QUALITY, content_type=kind, closed_at=None).values("object_id")
    for one in Dataset.objects.filter(pk__in=waiting).exclude(pk__in=Dataset.objects.published().values("pk")):
        worklist.close_todo(services.QUALITY, one, at=at)


@act
def ask_again(dataset: Dataset, *, by: Account | None, at: datetime) -> None:
    """An editor mended something and does not want to wait for the night: looked at by the worker, once a minute at most.

    Raises CannotCatalogue while it is not public.
    """
    if not dataset.is_public:
        raise CannotCatalogue(_("公開的資料集才檢測。上架以後，隔天清晨就會檢測。"))
    audit.record("open_data.quality_asked", dataset, by=by, at=at)
    key = f"{KEEPS}:one:{dataset.pk}:{at:%Y%m%d%H%M}"
    outbox.promise_new(KEEPS, {"dataset": dataset.pk}, key=key, at=at, urgent=True)


def check_one(pk: int, *, at: datetime) -> None:
    """Look at one dataset now."""
    one = queries.whole(Dataset.objects.published().filter(pk=pk)).first()
    if one is not None:
        record(one, look(one), at=at)


# ---- asking ----------------------------------------------------------------------------------------------------------


def results(datasets: QuerySet[Dataset] | None = None) -> QuerySet[QualityResult]:
    """What holds now of published datasets."""
    rows = QualityResult.objects.current().filter(dataset__state="PUBLISHED")
    return rows if datasets is None else rows.filter(dataset__in=datasets)


def by_agency(today: date) -> dict[int, Standing]:
    """How each agency's datasets stand, by two statements."""
    counts: dict[str, Any] = {
        f"{check.value}_{name}": Count("pk", filter=Q(**{check.value: value}))
        for check in Check for name, value in (("yes", True), ("no", False))
    }  # fmt: skip
    grouped: Any = results().order_by().values("dataset__agency")
    rows = grouped.annotate(many=Count("pk"), good=Count("pk", filter=Q(passed=F("judged"))), **counts)
    late = {
        int(agency): int(many)
        for agency, many in chasing.late(today).order_by().values_list("agency").annotate(many=Count("pk"))
    }
    return {
        row["dataset__agency"]: Standing(
            row["many"], row["good"],
            {one: (row[f"{one.value}_yes"], row[f"{one.value}_yes"] + row[f"{one.value}_no"]) for one in Check},
            late.get(row["dataset__agency"], 0),
        )
        for row in rows
    }  # fmt: skip


def sentences(findings: Iterable[dict[str, str]], check: Check | None = None) -> list[str]:
    """Why checks are not passed, in the reader's language."""
    return [
        str(Trouble(one["trouble"]).label) % {"name": one["name"], "detail": one["detail"]}
        for one in findings if check is None or one["check"] == check
    ]  # fmt: skip
