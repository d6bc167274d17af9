"""Which versions there are, which one is asked, and how long a purpose has been watched."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from cityhall.engines.rules.queries import parameter

from .gate import Conditions
from .models import ModelVersion
from .states import ModelState


def versions(purpose: str) -> QuerySet[ModelVersion]:
    """All versions of a purpose, without their bytes."""
    return ModelVersion.objects.light().filter(purpose=purpose)


def live(purpose: str) -> ModelVersion | None:
    """The version in use."""
    return versions(purpose).filter(state=ModelState.LIVE).first()


def live_at(purpose: str, at: datetime) -> ModelVersion | None:
    """The version that was in use at an instant."""
    return ModelVersion.objects.in_state_at(ModelState.LIVE, at).light().filter(purpose=purpose).first()


def asked(purpose: str) -> dict[str, Any] | None:
    """Number, checksum and state of the version that predicts: the live one, else the newest that is watched."""
    first = Case(When(state=ModelState.LIVE, then=Value(0)), default=Value(1), output_field=IntegerField())
    row = (
        ModelVersion.objects.filter(purpose=purpose, state__in=(ModelState.LIVE, ModelState.SHADOW))
        .order_by(first, "-number")
        .values("pk", "number", "checksum", "state")
        .first()
    )
    return dict(row) if row else None


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
