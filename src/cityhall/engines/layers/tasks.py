"""Work on layers that the worker does: their tiles."""

from datetime import datetime
from typing import Any

from cityhall.engines.layers import tiles
from cityhall.engines.layers.registry import UnknownLayer, source, sources
from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise


@outbox.keeps("layers.tiles", lease=900, atomic=False)
def make_tiles(payload: dict[str, Any], promise: Promise) -> None:
    """Make a layer's archive of tiles; nothing to do for one that is there or that nobody declares any more."""
    try:
        tiles.make_archive(source(payload["code"]))
    except UnknownLayer:
        return


@outbox.every(key="layers.tiles.missing", minutes=15)
def make_what_is_missing(at: datetime) -> None:
    """Promise the archives of layers whose content has changed."""
    for one in sources.values():
        if tiles.archive(one) is None:
            tiles.promise_archive(one, at=at)
