"""Who calls: what was reported from a telephone number. A hint for whoever answers, never proof of who calls."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cityhall.engines.cases.contacts import phone_keys
from cityhall.engines.directory import queries as directory
from cityhall.engines.identity.models import Account

from . import queries
from .models import Petition

MOST = 5
RIGHT = "petitions.reporter.read"


def may_look(account: Account, at: datetime) -> bool:
    """Only who may read every reporter: a number typed is a question about somebody."""
    return bool(directory.reach(account, RIGHT, at).everywhere)


def recent(account: Account, phone: str, at: datetime) -> list[Petition]:
    """The newest petitions from that number, however it was typed.

    Left out: 身分保密, 不公開 and sealed ones, of which nobody may learn by typing somebody's number.
    """
    return recent_by_keys(account, phone_keys(phone), at)


def recent_by_keys(account: Account, keys: Collection[str], at: datetime) -> list[Petition]:
    """The same by the digests of a number that nobody keeps."""
    if not keys or not may_look(account, at):
        return []
    rows = queries.visible_to(account, at).filter(
        case__requester__phone_key__in=keys, case__keep_identity_secret=False, case__confidential=False, sealed=False
    )
    return list(rows.select_related(*queries.FULL).order_by("-case__received_at", "-pk")[:MOST])
