"""What listed items give to the desk's search box."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from cityhall.engines.textsearch import queries as textsearch
from cityhall.engines.worklist.registry import Hit

from . import queries
from .models import Item

if TYPE_CHECKING:
    from cityhall.engines.identity.models import Account


def items(account: Account, text: str, at: datetime, limit: int) -> list[Hit]:
    """The items that the account may read, by number, matter or contents; the newest first."""
    rows = textsearch.matching(Item.objects.filter(queries.within_rights(account, at)), text)
    return [
        Hit(
            item.title,
            item.url.removeprefix("/en"),
            detail=f"{item.number}　{item.kind.label}",
            tag=item.standing,
            at=item.listed_at,
            exact=item.number == text.strip().upper(),
        )
        for item in rows.order_by("-listed_on", "-pk")[:limit]
    ]
