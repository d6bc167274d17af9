"""The work of the spatial platform that the worker does."""

from datetime import datetime
from typing import Any

from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise

from . import analyses, dispatching, handing_in, open_layers, point_lists
from .models import Analysis, Layer, LayerFile, PointList


@outbox.keeps(analyses.KEEPS, lease=900)
def analyse(payload: dict[str, Any], promise: Promise) -> None:
    """Compute an analysis; its page shows what became of it."""
    analyses.carry_out(Analysis.objects.get(pk=payload["analysis"]), at=promise.at)


@outbox.keeps(point_lists.KEEPS, lease=3600, atomic=False)
def answer_list(payload: dict[str, Any], promise: Promise) -> None:
    """Answer a list of points, from where a worker before left it."""
    point_lists.carry_out(PointList.objects.select_related("asked_by").get(pk=payload["list"]), at=promise.at)


@outbox.daily("03:50", key="spatial.forget_lists")
def forget_lists(at: datetime) -> None:
    """Lists of points whose day has come go, with their answers."""
    point_lists.forget(at)


@outbox.keeps(open_layers.KEEPS, lease=900, atomic=False)
def renew_layer(payload: dict[str, Any], promise: Promise) -> None:
    """Show the newest version of the open data that a layer is made of."""
    open_layers.renew(Layer.objects.get(pk=payload["layer"]), at=promise.at)


@outbox.daily("02:40", key="spatial.dispatch")
def add_up_dispatch(at: datetime) -> None:
    """What petition dispatch asked stands in its statement."""
    dispatching.add_up(at)


@outbox.keeps(handing_in.KEEPS, lease=3600, atomic=False)
def read_file(payload: dict[str, Any], promise: Promise) -> None:
    """Read a file that an agency handed in as a layer."""
    handing_in.read(LayerFile.objects.get(pk=payload["file"]), at=promise.at)
