"""Questions about listed items: who sees which, what an item has been through, what an agency owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Appointment
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.foundation.unit import recalled

from .models import ALIVE, Duty, Item, ItemQuerySet, Reply, Ruling
from .states import ReplyState

READ = "tracking.read"
REPLY = "tracking.reply"
CONTROL = "tracking.control"


@recalled(Appointment)
def commission(on: date) -> Agency | None:
    """The agency that controls: where the role is held."""
    held = Appointment.objects.filter(role=Role.COMMISSION).as_of(on).select_related("agency").order_by("pk").first()
    return held.agency if held else None


def within_rights(account: Account | None, at: datetime, act: str = READ) -> Q:
    """The items that an officer may read: the commission all, an agency those in which it has or had a part."""
    reach = directory.reach(account, act, at)
    if reach.everywhere:
        return Q()
    return Q(Exists(Duty.objects.filter(item=OuterRef("pk"), agency__in=reach.agencies))) if reach else Q(pk__in=[])


def items(profile: str) -> ItemQuerySet:
    """The items of one kind."""
    return Item.objects.filter(profile=profile)


def to_answer(item: Item, account: Account | None, at: datetime) -> list[Reply]:
    """What somebody may answer now: what their agency is asked."""
    reach = directory.reach(account, REPLY, at)
    rows = item.replies.filter(state=ReplyState.ASKED).select_related("duty__agency").order_by("n")
    return [row for row in rows if reach.covers(agency=row.duty.agency)]


def late(on: date) -> QuerySet[Reply]:
    """What agencies have not answered in time, the longest waiting first."""
    return Reply.objects.filter(state=ReplyState.ASKED, due_on__lt=on).order_by("due_on", "pk")


def alive(item: Item) -> QuerySet[Reply]:
    """What is asked or waits for its review."""
    return item.replies.filter(state__in=ALIVE)


def duties_of(items: Sequence[Item], on: date | None = None) -> dict[int, list[Duty]]:
    """The agencies' parts of many items at once, the lead first: those that hold, or held on a day."""
    rows = Duty.objects.filter(item__in=[one.pk for one in items]).select_related("agency")
    rows = rows.as_of(on) if on else rows.open()
    found: dict[int, list[Duty]] = {one.pk: [] for one in items}
    for row in rows.order_by("-part", "pk"):
        found[row.item_id].append(row)
    return found


def due_of(items: Sequence[Item]) -> dict[int, date]:
    """Of those that wait for a reply: the earliest day by which one is due."""
    rows = Reply.objects.filter(item__in=[one.pk for one in items], state=ReplyState.ASKED)
    return dict(rows.values_list("item").annotate(first=Min("due_on")).order_by())


@dataclass(frozen=True)
class Happening:
    """One line of an item's timeline."""

    kind: str
    at: datetime
    row: Any


def timeline(item: Item) -> list[Happening]:
    """Everything that happened to an item, newest first: made of its dated rows, of which none is ever lost."""
    found = [Happening("listed", item.listed_at, item)]
    for row in item.replies.select_related("duty__agency", "answered_by", "reviewed_by"):
        if row.asking != "FIRST":
            found.append(Happening("asked", row.asked_at, row))
        if row.answered_at:
            found.append(Happening("answered", row.answered_at, row))
        if row.reviewed_at:
            found.append(Happening("reviewed", row.reviewed_at, row))
    found += [Happening("ruled", row.at, row) for row in item.rulings.select_related("person")]
    return sorted(found, key=lambda one: one.at, reverse=True)


def ruling(item: Item) -> Ruling | None:
    """The newest decision."""
    return item.rulings.select_related("person").order_by("-n").first()
