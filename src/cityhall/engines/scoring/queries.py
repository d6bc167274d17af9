"""Questions about schemes and sheets."""

from __future__ import annotations

from collections.abc import Iterable

from cityhall.foundation.unit import recalled

from .models import Criterion, Scheme, ScoreMark, ScoreSheet


@recalled(Scheme, Criterion)
def versions(key: str) -> list[Scheme]:
    """All versions of a scheme with their criteria, the newest first, those to come included."""
    return list(Scheme.objects.filter(key=key).prefetch_related("criteria").order_by("-valid_from"))


def marks(sheets: Iterable[ScoreSheet]) -> dict[int, list[ScoreMark]]:
    """The marks by sheet, in the order of the criteria: one question for all."""
    found: dict[int, list[ScoreMark]] = {sheet.pk: [] for sheet in sheets}
    rows = ScoreMark.objects.filter(sheet__in=list(found)).select_related("criterion")
    for row in rows.order_by("sheet", "criterion__order"):
        found[row.sheet_id].append(row)
    return found
