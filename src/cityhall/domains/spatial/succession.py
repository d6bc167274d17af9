"""What of the spatial platform names an agency when another agency carries on its work: its layers and its clients."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.registry import Move

from .models import Client, Layer, LayerFile


def layers(agency: Agency, on: date) -> QuerySet[Layer]:
    """The layers that an agency supplies."""
    return Layer.objects.filter(agency=agency)


def move_layers(move: Move, most: int) -> int:
    """The successor supplies them; the catalogue that processes keep notices it by the moment."""
    keys = list(layers(move.agency, move.succession.on).order_by("pk").values_list("pk", flat=True)[:most])
    return Layer.objects.filter(pk__in=keys).update(agency=move.successor, changed_at=timezone.now())


def clients(agency: Agency, on: date) -> QuerySet[Client]:
    """The systems and projects that an agency asked for."""
    return Client.objects.filter(agency=agency)


def move_clients(move: Move, most: int) -> int:
    """The successor answers for them; keys and quotas stay."""
    keys = list(clients(move.agency, move.succession.on).order_by("pk").values_list("pk", flat=True)[:most])
    return Client.objects.filter(pk__in=keys).update(agency=move.successor)


def layer_files(agency: Agency, on: date) -> QuerySet[LayerFile]:
    """The files that an agency handed in as layers."""
    return LayerFile.objects.filter(agency=agency)


def move_layer_files(move: Move, most: int) -> int:
    """The successor sees them, and hands in what follows."""
    keys = list(layer_files(move.agency, move.succession.on).order_by("pk").values_list("pk", flat=True)[:most])
    return LayerFile.objects.filter(pk__in=keys).update(agency=move.successor)
