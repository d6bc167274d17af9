"""Acts: issue a report's values. Counting them is a question (`queries.value`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.figures import registry
from cityhall.engines.figures.models import Issue, IssuedValue, pack
from cityhall.engines.figures.queries import Counted, value
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period
from cityhall.foundation.unit import act

__all__ = ["CannotIssue", "Slot", "issue", "value"]


class CannotIssue(Exception):
    """The report cannot be given out; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Slot:
    """A number that a report prints."""

    figure: str
    period: Period
    of: str = ""


@act
def issue(*, title: str, period: Period, slots: Iterable[Slot], by: Any | None, at: datetime, note: str = "") -> Issue:
    """Give a report out: count its numbers now and keep them with their rows, for good.

    Issued again, the same period gets the next edition; the older one stays. Raises CannotIssue while the period runs.
    """
    if period.last_day is None or period.last_day > day_of(at):
        raise CannotIssue(_("期間的最後一天還沒到，不能發布。請選已經過完的期間。"))
    edition = Issue.objects.filter(period_spec=period.spec).aggregate(last=Max("edition"))["last"] or 0
    try:
        with transaction.atomic():
            made = Issue.objects.create(
                title=title, period_spec=period.spec, edition=edition + 1, issued_at=at, issued_by=by, note=note.strip()
            )
    except IntegrityError:
        raise CannotIssue(_("同一個期間剛剛已由別人發布。請重新整理，確認是否還要再發布一版。")) from None
    wanted = [slot for slot in dict.fromkeys(slots) if slot.figure in registry.figures]
    IssuedValue.objects.bulk_create(_frozen(made, value(slot.figure, slot.period, slot.of, at=at)) for slot in wanted)
    audit.record(
        "figures.issued", made, by=by, at=at,
        new={"period": made.period_spec, "edition": made.edition, "values": made.values.count()},
    )  # fmt: skip
    return made


def _frozen(made: Issue, counted: Counted) -> IssuedValue:
    ids = (
        [str(pk) for pk in counted.rows.order_by("pk").values_list("pk", flat=True)] if counted.rows is not None else []
    )
    return IssuedValue(
        issue=made,
        figure=counted.figure.key,
        of=counted.of,
        period_spec=counted.period.spec,
        exact=None if counted.value is None else str(counted.value),
        row_count=counted.row_count,
        digest=hashlib.sha256("\n".join(ids).encode()).hexdigest() if counted.rows is not None else "",
        packed_rows=pack(ids),
        code_version=counted.figure.code_version,
        source=counted.source[:200],
        valid_from=counted.valid_from,
    )
