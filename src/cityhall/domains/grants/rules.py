"""Decisions of grants, without Django: what a call waits for, which step may follow, the months of a contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from cityhall.foundation.sentence import sentence

MOST_MONTHS = 60


class Stage(StrEnum):
    """What a call waits for."""

    NEEDS = "NEEDS"
    PROPOSALS = "PROPOSALS"
    TO_REVIEW = "TO_REVIEW"
    REVIEW = "REVIEW"
    CONTRACTS = "CONTRACTS"


def stage(today: date, *, needs_until: date, proposals_until: date, begun: bool, closed: bool) -> Stage:
    """Needs and proposals by their last days, both in; after that by the review."""
    if today <= needs_until:
        return Stage.NEEDS
    if today <= proposals_until:
        return Stage.PROPOSALS
    if not begun:
        return Stage.TO_REVIEW
    return Stage.CONTRACTS if closed else Stage.REVIEW


NEED_MOVES: Mapping[tuple[str, str], str] = {
    ("SUBMITTED", "recommend"): "RECOMMENDED",
    ("SUBMITTED", "decline"): "DECLINED",
}
PROPOSAL_MOVES: Mapping[tuple[str, str], str] = {
    ("SUBMITTED", "select"): "SELECTED",
    ("SUBMITTED", "reject"): "REJECTED",
    ("SELECTED", "sign"): "CONTRACTED",
    ("SELECTED", "reject"): "REJECTED",
}
"""What a step makes of a need and of a proposal; what is not here cannot be done."""


def days_in_order(opened_on: date, needs_until: date, proposals_until: date) -> bool:
    """Needs before proposals, both after the call was opened."""
    return opened_on <= needs_until < proposals_until


@sentence("1.4.10", "106 年 1 月 1 日至 107 年 6 月 30 日")
def months(first: date, last: date, amount: int) -> list[tuple[date, Decimal, int]]:
    """The months of a contract, planned evenly: per cent and money so far, the whole in the last one. Empty if too long."""
    start = first.replace(day=1)
    many = (last.year - start.year) * 12 + last.month - start.month + 1
    if not 1 <= many <= MOST_MONTHS:
        return []
    found = []
    for n in range(1, many + 1):
        year, month = divmod(start.month - 1 + n - 1, 12)
        share = (Decimal(100) * n / many).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        found.append((date(start.year + year, month + 1, 1), share, amount * n // many))
    return found
