"""Work on files that the worker does."""

from typing import Any

from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.registry import keeps

from . import imports


@keeps(imports.KEEPS, lease=900, atomic=False)
def carry_on_import(payload: dict[str, Any], promise: Promise) -> None:
    """Read a sheet, or try or take in its next rows."""
    imports.carry_on(payload, at=promise.at)
