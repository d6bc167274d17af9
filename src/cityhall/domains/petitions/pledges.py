"""Questions about promises: which stand how on a day, and how the agencies keep theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate

from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import TAIPEI

from . import queries
from .models import FollowUp
from .promises import Keeping


def visible_to(account: Account, at: datetime) -> QuerySet[FollowUp]:
    """The promises in replies to the petitions that somebody may read."""
    return FollowUp.objects.filter(petition__in=queries.visible_to(account, at))


def standing(rows: QuerySet[FollowUp], day: date) -> QuerySet[FollowUp]:
    """Annotated with `keeping`, the same as `promises.keeping` says."""
    soon = day + timedelta(days=parameter("petitions.promise_remind_days", on=day).value)
    kept = TruncDate("kept_at", tzinfo=TAIPEI)
    return rows.alias(kept_on=kept).annotate(
        keeping=Case(
            When(kept_on__lte=F("promised_on"), then=Value(Keeping.KEPT.value)),
            When(kept_at__isnull=False, then=Value(Keeping.KEPT_LATE.value)),
            When(promised_on__lt=day, then=Value(Keeping.OVERDUE.value)),
            When(promised_on__lte=soon, then=Value(Keeping.SOON.value)),
            default=Value(Keeping.OPEN.value),
            output_field=CharField(),
        )
    )


def with_everything(rows: QuerySet[FollowUp]) -> QuerySet[FollowUp]:
    """With what a line of the list shows; the late ones first, then by day."""
    order = Case(When(keeping=Keeping.OVERDUE, then=0), When(kept_at__isnull=True, then=1), default=2)
    return (
        rows.select_related(
            "petition__case__agency", "petition__case__unit", "petition__case__officer", "petition__case__requester",
            "petition__category", "reply",
        )
        .annotate(times_moved=Count("moves"))
        .order_by(order, "promised_on", "pk")
    )  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """An agency's promises: how many, and how many of those due were kept in time."""

    label: str
    code: str
    made: int
    kept: int
    late: int
    overdue: int
    open: int

    @property
    def due(self) -> int:
        """Those of which it is known how they ended, or that should have been kept by now."""
        return self.kept + self.late + self.overdue

    @property
    def percent(self) -> float | None:
        """Kept in time, in per cent of those due."""
        return self.kept * 100 / self.due if self.due else None


def by_agency(rows: QuerySet[FollowUp]) -> Sequence[Kept]:
    """The agencies, those with the most overdue first."""
    counted: Any = (
        rows.order_by()
        .values("petition__case__agency")
        .annotate(
            made=Count("pk"),
            **{key.lower(): Count("pk", filter=Q(keeping=key)) for key in Keeping},
        )
    )  # fmt: skip
    agencies = Agency.objects.in_bulk([row["petition__case__agency"] for row in counted])
    found = [
        Kept(
            agencies[row["petition__case__agency"]].label, agencies[row["petition__case__agency"]].code, row["made"],
            row["kept"], row["kept_late"], row["overdue"], row["soon"] + row["open"],
        )
        for row in counted
        if row["petition__case__agency"] in agencies
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.overdue, -one.made, one.label))
