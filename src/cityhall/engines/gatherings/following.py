"""What came of a gathering is followed by engines/tracking: listed there, answered, and released when it is done."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.engines.tracking import registry as tracking_registry
from cityhall.engines.tracking import services as tracking
from cityhall.engines.tracking.models import Item
from cityhall.foundation.sentence import sentence

from .models import Gathering, Outcome, OutcomeQuerySet
from .refusals import CannotGather
from .states import OutcomeKind

PROFILES = {
    OutcomeKind.DECISION: ("gathering.decision", "MD"),
    OutcomeKind.SUGGESTION: ("gathering.suggestion", "MS"),
    OutcomeKind.FINDING: ("gathering.finding", "MF"),
}
"""Under which profile each kind is listed, and how its numbers begin."""
TITLE = 60


def declare() -> None:
    """Tell engines/tracking of each kind."""
    for kind, (key, prefix) in PROFILES.items():
        tracking_registry.profile(key, kind.label, prefix=prefix, facts=facts)


def facts(item: Item) -> list[tuple[str, str]]:
    """Where the item comes from, as its own page shows it."""
    found = Outcome.objects.select_related("gathering").filter(item=item).first()
    return [(str(_("出自")), found.gathering.series_name)] if found else []


def follow(
    gathering: Gathering,
    kind: OutcomeKind,
    *,
    text: str,
    agency: Agency,
    due_on: date,
    by: Account | None,
    at: datetime,
) -> Item:
    """List it. Raises CannotGather with the sentence of whoever refuses."""
    words = text.strip()
    title = words if len(words) <= TITLE else f"{words[:TITLE]}…"
    try:
        return tracking.list_item(
            profile=gathering.declared.follows or PROFILES[kind][0],
            title=title,
            text=words,
            lead=agency,
            due_on=due_on,
            source=gathering,
            by=by,
            at=at,
        )
    except tracking.CannotList as refusal:
        raise CannotGather(str(refusal)) from refusal


@sentence("1.1.5", "持續追蹤至各機關辦理完畢為止")
def carried_over(gathering: Gathering) -> OutcomeQuerySet:
    """What earlier gatherings of the series left open: shown at the next one, until it is done."""
    before = Gathering.objects.filter(
        profile=gathering.profile, series=gathering.series, held_on__isnull=False, starts_at__lt=gathering.starts_at
    )
    return with_something_open().filter(gathering__in=before.values("pk")).order_by("gathering__held_on", "n")


def with_something_open() -> OutcomeQuerySet:
    """What agencies have still to see to, of all gatherings."""
    return Outcome.objects.all().open()
