"""每月摘要: each agency's 研考窗口 is written its month's printed figures, exactly once, on a working day of the next month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.models import Assignment, Case
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Part
from cityhall.engines.deadlines.models import Clock, State
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import AgencyKind
from cityhall.engines.identity.models import Account
from cityhall.engines.letters.models import Letter
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of, start_of_day
from cityhall.foundation.unit import act

from .. import digests
from ..digests import FINAL_LATE, FIRST_LATE, HOPS, ORDER, OWN, REDO, Compared
from ..frozen import RECEIVED, Figure
from ..models import AgencyDigest, DigestSending, FrozenCell, FrozenMonth, Petition, QualityStep
from ..states import Delivery
from . import agency_letters, clocks, freezing, todos

STAGES = {clocks.FIRST: FIRST_LATE, clocks.FINAL: FINAL_LATE}
NUMBERS = frozenset({RECEIVED, REDO})
"""These are of nothing; all others are so many of so many."""


class CannotSendDigest(CannotAct):
    """Nobody at the agency can be written to, or it has its digest already; the sentence says which."""


# ---- once a month ----------------------------------------------------------------------------------------------------


def send_by_itself(at: datetime) -> int:
    """The daily look: once the working day has come and the month is printed, every agency is written its digest.

    What they are told is put down for all at once; then each is written in a transaction of its own, so that a run that
    broke off goes on with those that are left.
    """
    day = day_of(at)
    month = freezing.month_to_freeze(day, nth=parameter("petitions.digest_working_day", on=day).value)
    kept = FrozenMonth.objects.filter(month=month).first() if month else None
    if kept is not None:
        prepare(kept)
    settle(at)
    return send_waiting(at)


@act
def prepare(kept: FrozenMonth) -> int:
    """Put down what each agency is told of a printed month; whoever comes later finds it done.

    An agency of which the month says nothing is not told so.
    """
    kept = FrozenMonth.objects.select_for_update().get(pk=kept.pk)
    if kept.digests.exists():
        return 0
    own = own_figures(kept)
    agencies = Agency.objects.filter(code__in=own).exclude(kind=AgencyKind.OUTSIDE_BODY)
    made = [AgencyDigest(frozen=kept, agency=one, own=digests.stored(own[one.code])) for one in agencies]
    return len(AgencyDigest.objects.bulk_create(made))


def send_waiting(at: datetime) -> int:
    """Write those that were put down and have not gone out, of whichever month."""
    waiting = AgencyDigest.objects.filter(sendings=None).select_related("frozen", "agency")
    return sum(_send_first(digest, lines, at=at) for digest, lines in compared(list(waiting)))


@act
def _send_first(digest: AgencyDigest, lines: list[Compared], *, at: datetime) -> int:
    digest = _locked(digest)
    if digest.sendings.exists():  # another worker was faster
        return 0
    _send(digest, lines, by=None, at=at)
    return 1


# ---- again, or otherwise ---------------------------------------------------------------------------------------------


@act
def send_again(digest: AgencyDigest, *, by: Account, at: datetime) -> int:
    """Write it once more to those who are the 研考窗口 now; the figures are the same. Says in how many letters.

    Raises CannotSendDigest where nobody can be written to.
    """
    digest = _locked(digest)
    ((digest, lines),) = compared([digest])
    written = _send(digest, lines, by=by, at=at)
    if not written:
        raise CannotSendDigest(_("沒有登記電子郵件的研考窗口，寄不出去。請先在通訊錄補上，或用別的方式送達。"))
    return written


@act
def told_otherwise(digest: AgencyDigest, *, how: str, by: Account, at: datetime) -> None:
    """What did not arrive was handed over, or need not be: the note says how, and nobody is asked any more.

    Raises CannotSendDigest for one that did arrive, and without a note.
    """
    digest = _locked(digest)
    if delivery_of(digest) != Delivery.LOST:
        raise CannotSendDigest(_("這份摘要已經寄出，不必另行送達。"))
    if not how.strip():
        raise CannotSendDigest(_("請填寫怎麼送達。"))
    DigestSending.objects.create(
        digest=digest, n=digest.sendings.count() + 1, at=at, by=by, letters=0, note=how.strip()[:200]
    )
    audit.record("petition.digest_told", digest, by=by, at=at, new=_named(digest))
    _see_to(digest, at=at)


def _locked(digest: AgencyDigest) -> AgencyDigest:
    rows = AgencyDigest.objects.select_for_update(of=("self",)).select_related("frozen", "agency__successor")
    return rows.get(pk=digest.pk)


def _send(digest: AgencyDigest, lines: Iterable[Compared], *, by: Account | None, at: datetime) -> int:
    n = digest.sendings.count() + 1
    written = agency_letters.digest(digest, lines, n=n, at=at)
    DigestSending.objects.create(digest=digest, n=n, at=at, by=by, letters=written)
    audit.record("petition.digest_sent", digest, by=by, at=at, new={**_named(digest), "letters": written})
    _see_to(digest, at=at)
    return written


def _named(digest: AgencyDigest) -> dict[str, Any]:
    return {"month": f"{digest.frozen.month:%Y-%m}", "agency": digest.agency.code}


# ---- what did not arrive ---------------------------------------------------------------------------------------------


def delivery_of(digest: AgencyDigest) -> str:
    """Whether the agency has it."""
    found: Any = AgencyDigest.objects.with_delivery().get(pk=digest.pk)
    return str(found.delivery)


def _see_to(digest: AgencyDigest, *, at: datetime) -> None:
    """What did not arrive waits for the commission; what did waits for nobody."""
    if delivery_of(digest) == Delivery.LOST:
        nobody = not digest.sendings.latest("n").letters
        todos.wait_for_digest(digest, stage="nobody" if nobody else "returned", at=at)
    else:
        todos.digest_done(digest, at=at)


def letter_came_back(sender: Any, letter: Letter, at: datetime, **more: Any) -> None:
    """A digest was refused or sent back: somebody has to send it again."""
    if letter.about_type == AgencyDigest._meta.label_lower:
        _see_to(AgencyDigest.objects.select_related("frozen", "agency").get(pk=letter.about_id), at=at)


def settle(at: datetime) -> None:
    """A letter that was written again from the list of letters: its digest waits for nobody any more."""
    for digest in AgencyDigest.objects.filter(pk__in=todos.digests_waiting()).select_related("frozen", "agency"):
        _settle(digest, at=at)


@act
def _settle(digest: AgencyDigest, *, at: datetime) -> None:
    _see_to(digest, at=at)


# ---- what it says ----------------------------------------------------------------------------------------------------


def own_figures(kept: FrozenMonth) -> dict[str, dict[str, Figure]]:
    """By code of each agency of which the month says anything, what only a digest says: few queries, however many petitions."""
    first, end = kept.month, _after(kept.month)
    opened = Petition.objects.opened_within(first, end - timedelta(days=1))
    leads = Assignment.objects.filter(part=Part.LEAD, case__in=opened.values("case")).order_by()
    held = leads.values_list("agency__code", "case", "ended_by_return").iterator(chunk_size=5000)
    returned = QualityStep.objects.filter(type="returned", at__gte=start_of_day(first), at__lt=start_of_day(end))
    redone = returned.order_by().values_list("sheet__agency__code", "sheet__petition")
    late = _answered_late(kept)
    found: dict[str, dict[str, Figure]] = defaultdict(lambda: {code: _nothing(code) for code in OWN})
    for agency, printed in _printed(kept.month).items():
        found[agency] |= digests.late_of(printed, late)
    for code, figures in ((HOPS, digests.hops_of(held)), (REDO, digests.redone_of(redone))):
        for agency, figure in figures.items():
            found[agency][code] = figure
    return dict(found)


def _answered_late(kept: FrozenMonth) -> dict[str, frozenset[int]]:
    """What was answered after its day since the month began and before it was printed, by stage."""
    clocks_of_cases = Clock.objects.filter(
        subject_type=ContentType.objects.get_for_model(Case), stage__in=STAGES, state=State.MET_LATE,
        ended_at__gte=start_of_day(kept.month), ended_at__lte=kept.frozen_at,
    ).order_by()  # fmt: skip
    found: dict[str, set[int]] = defaultdict(set)
    for stage, petition in clocks_of_cases.values_list("stage", "subject_id").iterator(chunk_size=5000):
        found[STAGES[stage]].add(petition)
    return {code: frozenset(keys) for code, keys in found.items()}


def _after(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _nothing(code: str) -> Figure:
    return Figure(0, None if code in NUMBERS else 0, frozenset())


def _printed(month: date) -> dict[str, dict[str, Figure]]:
    """The printed figures of a month by agency."""
    found: dict[str, dict[str, Figure]] = defaultdict(dict)
    for one in FrozenCell.objects.filter(frozen__month=month, dimension="agency"):
        found[one.part][one.measure] = Figure(one.number, one.whole, frozenset(one.keys))
    return dict(found)


@dataclass(frozen=True)
class Month:
    """What is known of a printed month, by agency; `own` is empty where no digests were made of it."""

    printed: Mapping[str, Mapping[str, Figure]]
    own: Mapping[str, Mapping[str, Figure]]

    def of(self, agency: str) -> dict[str, Figure]:
        """An agency's figures: nought where the month says nothing of it."""
        known = (*freezing.MEASURES, *(OWN if self.own else ()))
        return (
            {code: _nothing(code) for code in known}
            | dict(self.printed.get(agency, {}))
            | dict(self.own.get(agency, {}))
        )


def _month(month: date) -> Month | None:
    if not FrozenMonth.objects.filter(month=month).exists():
        return None
    own = AgencyDigest.objects.filter(frozen__month=month).order_by().values_list("agency__code", "own")
    return Month(_printed(month), {agency: digests.read(kept) for agency, kept in own})


def compared(rows: Iterable[AgencyDigest]) -> Iterator[tuple[AgencyDigest, list[Compared]]]:
    """Each with every figure beside that of the month before, where that month was printed; months are read once in a row."""
    month_of = lru_cache(maxsize=3)(_month)
    for row in rows:
        now, before = month_of(row.frozen.month), month_of(_before(row.frozen.month))
        assert now is not None
        code = row.agency.code
        yield row, digests.compare(ORDER, now.of(code), before.of(code) if before else None)


def figures_of(digest: AgencyDigest) -> dict[str, Figure]:
    """The printed figures of the agency's month, and its own."""
    ((_digest, lines),) = compared([digest])
    return {one.code: one.now for one in lines}


def trend(digest: AgencyDigest, *, measure: str, most: int = 12) -> list[tuple[date, int, int | None]]:
    """A printed figure of the agency month by month, the digest's own the last: month, number, of how many."""
    cells = FrozenCell.objects.filter(
        dimension="agency", part=digest.agency.code, measure=measure, frozen__month__lte=digest.frozen.month
    )
    return list(cells.order_by("-frozen__month").values_list("frozen__month", "number", "whole")[:most])[::-1]
