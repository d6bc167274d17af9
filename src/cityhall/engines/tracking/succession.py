"""What of listed items names an agency when another agency carries on its work."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.registry import Move
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import services
from .models import ALIVE, Duty, Reply
from .states import Part


def duties(agency: Agency, on: date) -> QuerySet[Duty]:
    """The parts that an agency has."""
    return Duty.objects.open().filter(agency=agency).select_related("item").order_by("pk")


@act
def move_duties(move: Move, most: int) -> int:
    """Give them to the successor from that day on, what is asked with them. Where it has a part already, it keeps one."""
    found = list(duties(move.agency, day_of(move.at)).select_for_update(of=("self",))[:most])
    today = day_of(move.at)
    for duty in found:
        theirs = Duty.objects.open().filter(item=duty.item_id, agency=move.successor).first()
        duty.ended_on, duty.why = max(today, duty.starts_on), move.successor.short_name
        duty.save()
        if theirs is None:
            theirs = Duty.objects.create(
                item=duty.item, part=duty.part, agency=move.successor, words=duty.words, starts_on=duty.ended_on
            )
        elif duty.part == Part.LEAD:
            theirs.part = Part.LEAD
            theirs.save()
        asked = Reply.objects.filter(duty=duty, state__in=ALIVE)
        if Reply.objects.filter(duty=theirs, state__in=ALIVE).exists():  # it answers once for both
            for reply in asked:
                services.withdraw(reply, at=move.at)
        else:
            asked.update(duty=theirs)
        audit.record(
            "tracking.succeeded", duty.item, by=move.by, at=move.at,
            new={"from": move.agency.code, "agency": move.successor.code},
        )  # fmt: skip
    return len(found)
