"""Which versions there are, which one is asked, and how long a purpose has been watched."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from cityhall.engines.rules.queries import parameter
from cityhall.foundation.unit import recalled

from .gate import Conditions
from .models import ModelVersion
from .states import ModelState


def versions(purpose: str) -> QuerySet[ModelVersion]:
    """All versions of a purpose, without their bytes."""
    return ModelVersion.objects.light().filter(purpose=purpose)


def live(purpose: str) -> ModelVersion | None:
    """The version in use."""
    return versions(purpose).filter(state=ModelState.LIVE).first()


def trusted(purpose: str) -> ModelVersion | None:
    """What a new version is compared with, bytes and all: the version in use, else the newest that passed its guards."""
    rows = ModelVersion.objects.filter(purpose=purpose, has_bytes=True)
    live = rows.filter(state=ModelState.LIVE).first()
    return live or next((row for row in rows.order_by("-number")[:30] if row.is_guarded), None)


def live_at(purpose: str, at: datetime) -> ModelVersion | None:
    """The version that was in use at an instant."""
    return ModelVersion.objects.in_state_at(ModelState.LIVE, at).light().filter(purpose=purpose).first()


@recalled(ModelVersion)
def at_work(purpose: str) -> list[dict[str, Any]]:
    """Number, checksum and state of the version that predicts, the live one, else the newest that is watched; and of the
    newest that is watched beside it.
    """
    first = Case(When(state=ModelState.LIVE, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = (
        ModelVersion.objects.filter(purpose=purpose, state__in=(ModelState.LIVE, ModelState.SHADOW))
        .order_by(first, "-number")
        .values("pk", "number", "checksum", "state")[:2]
    )
    return [dict(row) for row in rows]


def watched_since_by_label(purpose: str) -> dict[str, datetime]:
    """When the first version that knew a label began to predict; asked once when a version is loaded."""
    found: dict[str, datetime] = {}
    for counts, at in versions(purpose).order_by("number").values_list("counts", "trained_at"):
        for label in counts:
            found.setdefault(label, at)
    return found


def watched_since(purpose: str) -> datetime | None:
    """When the purpose's first version began to predict."""
    return versions(purpose).order_by("number").values_list("trained_at", flat=True).first()


def conditions(on: date) -> Conditions:
    """What the gate asks for on a day."""
    return Conditions(
        margin=parameter("classify.margin_percent", on=on).value / 100,
        length=parameter("classify.least_length", on=on).value,
        labels=parameter("classify.least_labels", on=on).value,
        labels_in_class=parameter("classify.least_labels_in_class", on=on).value,
        shadow_days=parameter("classify.shadow_days", on=on).value,
    )
