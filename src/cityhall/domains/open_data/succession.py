"""What of the catalogue names an agency when another agency carries on its work."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.registry import Move

from .models import DataRequest, Dataset, Publisher


def datasets(agency: Agency, on: date) -> QuerySet[Dataset]:
    """The datasets that an agency answers for."""
    return Dataset.objects.filter(agency=agency)


def move_datasets(move: Move, most: int) -> int:
    """The successor answers for them; identifiers stay, as people and programs have written them down."""
    keys = list(Dataset.objects.filter(agency=move.agency).order_by("pk").values_list("pk", flat=True)[:most])
    assert move.successor is not None
    if not Publisher.objects.filter(agency=move.successor).exists():
        Publisher.objects.filter(agency=move.agency).update(agency=move.successor)
    return Dataset.objects.filter(pk__in=keys).update(agency=move.successor)


def requests(agency: Agency, on: date) -> QuerySet[DataRequest]:
    """The requests for data that an agency answers or answered."""
    return DataRequest.objects.filter(agency=agency)


def move_requests(move: Move, most: int) -> int:
    """The successor answers for them."""
    keys = list(DataRequest.objects.filter(agency=move.agency).order_by("pk").values_list("pk", flat=True)[:most])
    return DataRequest.objects.filter(pk__in=keys).update(agency=move.successor)
