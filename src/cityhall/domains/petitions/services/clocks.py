"""The clocks of a petition: which limit runs, from when, and why."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_noop

from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.deadlines.rules import Limit, Unit, due
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import recalled

from ..models import Category, CategoryTerm, Petition

FIRST, FINAL, REDO = "first", "final", "redo"
STAGE_OF = {1: FIRST, 2: FINAL}


def term_on(category: Category | None, day: date) -> CategoryTerm | None:
    """What holds for a category on a day."""
    if category is None:
        return None
    return next((term for term in _terms_of(category) if term.holds_on(day)), None)


@recalled(CategoryTerm)
def _terms_of(category: Category) -> list[CategoryTerm]:
    """What ever held for a category, newest first."""
    return list(category.terms.order_by("-valid_from"))


def _final_limit(petition: Petition, day: date) -> tuple[Limit, str, str]:
    term = term_on(petition.category, day)
    if term:
        return (
            Limit(term.final_working_days, Unit.WORKING_DAYS),
            f"{term.category.code}@{term.version}",
            gettext_noop("依案件類別的指定期限"),
        )
    general = parameter("petitions.default_working_days", on=day)
    return Limit(general.value, Unit.WORKING_DAYS), f"default@{general.version}", gettext_noop("尚未分類，先依一般期限")


FROM_RECEIPT = {
    gettext_noop("依案件類別的指定期限"): gettext_noop("依案件類別的指定期限，書面來信自收文起算"),
    gettext_noop("尚未分類，先依一般期限"): gettext_noop("尚未分類，先依一般期限，書面來信自收文起算"),
    gettext_noop("急迫類別，自驗證完成起連續計算，假日照算"): gettext_noop(
        "急迫類別，書面來信自收文起連續計算，假日照算"
    ),
    gettext_noop("改為急迫類別，自驗證完成起連續計算，假日照算"): gettext_noop(
        "改為急迫類別，書面來信自收文起連續計算，假日照算"
    ),
}


def _why(petition: Petition, because: str) -> str:
    """Why this limit: a letter that names its sender is verified by itself, so its limit runs from its receipt."""
    return FROM_RECEIPT.get(because, because) if petition.counts_from else because


def _starts_at(petition: Petition) -> datetime:
    """From when the limits run: 成案, or the receipt of the letter."""
    started = petition.counts_from or petition.case.confirmed_at
    assert started
    return started


def begin(petition: Petition, *, at: datetime) -> None:
    """Start what 成案 starts: the first stage for an urgent category, else the one limit."""
    case = petition.case
    start = _starts_at(petition)
    term = term_on(petition.category, day_of(start))
    petition.urgent = bool(term and term.urgent)
    if term and term.urgent:
        deadlines.start(
            case, stage=FIRST, limit=Limit(term.first_hours, Unit.CLOCK_HOURS),
            policy_version=f"{term.category.code}@{term.version}",
            because=_why(petition, gettext_noop("急迫類別，自驗證完成起連續計算，假日照算")), at=start,
        )  # fmt: skip
    else:
        limit, version, because = _final_limit(petition, day_of(start))
        because = _why(petition, because)
        deadlines.start(case, stage=FINAL, limit=limit, policy_version=version, because=because, at=start)


def category_changed(petition: Petition, *, at: datetime) -> None:
    """Another category, another limit: a superseding clock from the original start; the old one stays on record."""
    case = petition.case
    if case.confirmed_at is None:
        return
    start = _starts_at(petition)
    day = day_of(start)
    term = term_on(petition.category, day)
    petition.urgent = bool(term and term.urgent)
    first, final = running(petition, FIRST), running(petition, FINAL)
    if petition.urgent and not _replied_first(petition):
        assert term
        limit = Limit(term.first_hours, Unit.CLOCK_HOURS)
        because = _why(petition, gettext_noop("改為急迫類別，自驗證完成起連續計算，假日照算"))
        version = f"{term.category.code}@{term.version}"
        if first:
            deadlines.supersede(first, limit=limit, because=because, policy_version=version, at=at)
        else:
            deadlines.start(case, stage=FIRST, limit=limit, policy_version=version, because=because, at=start)
        if final:
            deadlines.cancel(final, why=gettext_noop("改為急迫類別，正式回復的期限自初步回復後起算"), at=at)
        return
    limit, version, because = _final_limit(petition, day)
    because = _why(petition, because)
    if first:
        deadlines.cancel(first, why=gettext_noop("改為非急迫類別，不再有初步回復期限"), at=at)
    if final:
        deadlines.supersede(final, limit=limit, because=because, policy_version=version, at=at)
    else:
        deadlines.start(case, stage=FINAL, limit=limit, policy_version=version, because=because, at=start)


def _replied_first(petition: Petition) -> bool:
    return deadline_queries.clocks_of(petition.case).filter(stage=FIRST, state__in=["MET", "MET_LATE"]).exists()


def running(petition: Petition, stage: str) -> Clock | None:
    """The clock of a stage that still runs or stands still."""
    return deadline_queries.running(petition.case, stage)


def _live(petition: Petition) -> dict[str, Clock]:
    """The first clock of each stage that still runs or stands still."""
    return {clock.stage: clock for clock in reversed(deadline_queries.live(petition.case))}


def current(petition: Petition) -> Clock | None:
    """The clock that the officer looks at."""
    live = _live(petition)
    return live.get(FIRST) or live.get(FINAL) or live.get(REDO)


def next_due(petition: Petition) -> datetime | None:
    """When the next answer is due."""
    live = _live(petition)
    waiting = (live.get(FIRST) or live.get(FINAL), live.get(REDO))
    return min((clock.due_at for clock in waiting if clock), default=None)


def first_reply_sent(petition: Petition, *, at: datetime) -> Clock:
    """The first answer is out: its clock is met, and the second stage starts now."""
    if clock := running(petition, FIRST):
        deadlines.meet(clock, at=at)
    limit, version, because = _final_limit(petition, day_of(at))
    return deadlines.start(
        petition.case, stage=FINAL, limit=limit, policy_version=version,
        because=gettext_noop("自初步回復送出後起算") if petition.urgent else because, at=at,
    )  # fmt: skip


def final_reply_sent(petition: Petition, *, at: datetime) -> None:
    """The answer is out: nothing runs any more."""
    for stage in (FIRST, FINAL, REDO):
        if clock := running(petition, stage):
            deadlines.meet(clock, at=at)


def stop_all(petition: Petition, *, why: str, at: datetime) -> None:
    """撤案, 併案, 移送 or 不予處理: the clocks end without having been met."""
    for stage in (FIRST, FINAL, REDO):
        if clock := running(petition, stage):
            deadlines.cancel(clock, why=why, at=at)


def preview_final(petition: Petition, *, at: datetime) -> Limit:
    """The limit that the second stage would get if the first answer went out now."""
    return _final_limit(petition, day_of(at))[0]


def in_working_days(amount: int, *, at: datetime) -> datetime:
    """The instant that lies so many working days ahead."""
    return due(at, Limit(amount, Unit.WORKING_DAYS), deadlines.calendar()).at
