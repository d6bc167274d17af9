"""議決案執行情形報告: before a session, what became of the one before's resolutions, per agency; frozen when it is made."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.engines.tracking import queries as tracking
from cityhall.engines.tracking.models import Reply
from cityhall.engines.tracking.states import Decided, ReplyState, Stage
from cityhall.foundation.clock import day_of
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from .models import CarriedOutReport, CouncilItem, CouncilSession
from .refusals import CannotList


@sentence("1.1.3", "於定期會召開前彙編議決案執行情形報告書")
@act
def make(session: CouncilSession, *, by: Account | None, at: datetime) -> CarriedOutReport:
    """Freeze what stands in the list today of a session's resolutions. A later one is a new report; both are kept.

    Raises CannotList where the session has none.
    """
    session = CouncilSession.objects.select_for_update().get(pk=session.pk)
    content = snapshot(session, at=at)
    many = sum(content["counts"].values())
    if not many:
        raise CannotList(_("這個會期沒有列管的議決案。"))
    n = (session.carried_out.aggregate(last=Max("n"))["last"] or 0) + 1
    row = CarriedOutReport.objects.create(
        session=session, n=n, as_of=day_of(at), items=many, content=content, made_at=at, made_by=by
    )
    audit.record("council.report_made", row, by=by, at=at, new={"session": str(session), "n": n, "items": many})
    return row


def snapshot(session: CouncilSession, *, at: datetime) -> dict[str, Any]:
    """The resolutions as they stand, under the agency that leads each, with its latest accepted answer."""
    today = day_of(at)
    kinds = parameter("council.resolution_kinds", on=today).value
    rows = list(
        CouncilItem.objects.filter(session=session, kind__in=kinds)
        .select_related("tracked")
        .prefetch_related("askers")
        .order_by("tracked__number")
    )
    duties = tracking.duties_of([one.tracked for one in rows])
    accepted = Reply.objects.filter(item__in=[one.tracked_id for one in rows], state=ReplyState.ACCEPTED)
    latest = {row.item_id: row for row in accepted.order_by("n")}
    agencies: dict[str, dict[str, Any]] = {}
    for one in sorted(rows, key=lambda one: (duties[one.tracked_id][0].agency.order, duties[one.tracked_id][0].agency.code)):  # fmt: skip
        item, lead = one.tracked, duties[one.tracked_id][0].agency
        answer = latest.get(one.tracked_id)
        chapter = agencies.setdefault(lead.code, {"agency": lead.name, "english": lead.name_en, "items": []})
        chapter["items"].append(
            {
                "number": item.number, "title": item.title, "kind": one.kind,
                "askers": "、".join(who.name for who in one.askers.all()),
                "co": "、".join(duty.agency.short_name for duty in duties[one.tracked_id][1:]),
                "standing": item.decided if item.stage == Stage.SETTLED and item.decided else item.stage,
                "answer": answer.text if answer else "", "letter": answer.letter_number if answer else "",
                "letter_on": answer.letter_on.isoformat() if answer and answer.letter_on else "",
            }
        )  # fmt: skip
    counts = Counter(item["standing"] for chapter in agencies.values() for item in chapter["items"])
    return {"agencies": list(agencies.values()), "counts": dict(counts)}


def standing_words(code: str) -> str:
    """What a frozen standing is called in the reader's language."""
    return str({**dict(Stage.choices), **dict(Decided.choices)}[code])


def counted(report: CarriedOutReport, items: list[dict[str, Any]] | None = None) -> list[tuple[str, int]]:
    """How many stand how: of the whole report, or of one chapter."""
    tally = report.content["counts"] if items is None else Counter(item["standing"] for item in items)
    order = [*Decided.values, *Stage.values]
    return [(standing_words(code), tally[code]) for code in sorted(tally, key=order.index)]
