"""What follows when a gathering took place: who came, what came of it, its minutes, its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.deadlines import queries as deadlines
from cityhall.engines.deadlines.rules import Limit, Unit, due
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import following
from .models import AgendaPoint, Gathering, Minutes, Outcome, Participant
from .refusals import CannotGather
from .rules import Came, Gap, Move, attendance, gap_of
from .services import ATTEND, locked, next_n, step, url_of
from .states import Part, Presence, State

MINUTES = "gathering.minutes"
LEADS = (Part.CHAIR, Part.HEAD)
"""Who must say why somebody else came in their place."""


class Incomplete(CannotGather):
    """An attendance with gaps, by the line of the list."""

    def __init__(self, gaps: Mapping[int, Gap]) -> None:
        super().__init__(_("出席紀錄還沒填完。"))
        self.gaps = gaps


@act
def hold(
    gathering: Gathering, *, held_on: date, came: Mapping[int, tuple[Came, str]], others: int = 0, by: Account | None,
    at: datetime,
) -> Gathering:  # fmt: skip
    """登錄辦理情形: the day, and of each line of the list whether somebody came, how many, and who in whose place.

    `others` came without standing on the list. Raises Incomplete where a line has a gap.
    """
    gathering = locked(gathering, Move.HOLD)
    if held_on > day_of(at):
        raise CannotGather(_("辦理日還沒到。"))
    rows = list(gathering.participants.select_for_update().order_by("n"))
    nobody = (Came(""), "")
    gaps = {row.n: gap_of(came.get(row.n, nobody)[0], needs_reason=row.part in LEADS) for row in rows}
    if missing := {n: gap for n, gap in gaps.items() if gap}:
        raise Incomplete(missing)
    for row in rows:
        line, deputy = came[row.n]
        instead = line.presence == Presence.DEPUTY
        row.presence = line.presence
        row.people = line.people if line.presence != Presence.ABSENT else 0
        row.deputy, row.reason = (deputy.strip()[:80], line.reason.strip()[:300]) if instead else ("", "")
        worklist.close_todo(ATTEND, row, at=at)
    Participant.objects.bulk_update(rows, ["presence", "people", "deputy", "reason"])
    gathering.held_on = held_on
    gathering.attendance = attendance(came[row.n][0] for row in rows) + others
    step(gathering, State.HELD, by=by, at=at)
    gathering.save()
    if gathering.declared.minutes:
        days = parameter("gatherings.minutes_working_days", on=held_on).value
        until = due(at, Limit(days, Unit.WORKING_DAYS), deadlines.calendar()).at
        worklist.open_todo(
            MINUTES, gathering, title=gathering.title, reference=gathering.series_name, agency=gathering.host,
            person=gathering.owner, role="" if gathering.owner else Role.COMMISSION, due_at=until, url=url_of(gathering),
            at=at,
        )  # fmt: skip
    audit.record(
        "gathering.held", gathering, by=by, at=at, new={"on": held_on.isoformat(), "attendance": gathering.attendance}
    )
    return gathering


@act
def conclude(
    gathering: Gathering, *, text: str, agency: Agency, due_on: date, point: AgendaPoint | None = None, line: str = "",
    by: Account | None, at: datetime,
) -> Outcome:  # fmt: skip
    """A decision, a suggestion or a finding, for an agency and by a day: followed until it is done."""
    gathering = locked(gathering, Move.FIND)
    if not text.strip():
        raise CannotGather(_("請寫明內容。"))
    kind = gathering.declared.outcome
    outcome = Outcome.objects.create(
        gathering=gathering, n=next_n(gathering.outcomes), kind=kind, point=point, line=line, due_on=due_on,
        item=following.follow(gathering, kind, text=text, agency=agency, due_on=due_on, by=by, at=at),
    )  # fmt: skip
    audit.record(
        "gathering.concluded", gathering, by=by, at=at,
        new={"n": outcome.n, "agency": agency.code, "due_on": due_on.isoformat()},
    )  # fmt: skip
    return outcome


@act
def issue_minutes(
    gathering: Gathering, *, text: str, issued_on: date, document: str = "", reason: str = "", by: Account | None,
    at: datetime,
) -> Minutes:  # fmt: skip
    """發紀錄; a second time it is a correction with its reason, and both versions are kept."""
    gathering = locked(gathering, Move.MINUTE)
    if not text.strip():
        raise CannotGather(_("請寫紀錄的內容。"))
    if issued_on > day_of(at) or (gathering.held_on and issued_on < gathering.held_on):
        raise CannotGather(_("發文日期要在辦理日之後，且不能晚於今天。"))
    n = next_n(gathering.minutes)
    if n > 1 and not reason.strip():
        raise CannotGather(_("更正紀錄時，請寫明理由。"))
    made = Minutes.objects.create(
        gathering=gathering, n=n, text=text.strip(), issued_on=issued_on, document=document.strip(),
        reason=reason.strip() if n > 1 else "", at=at, by=by,
    )  # fmt: skip
    if gathering.state == State.HELD:
        step(gathering, State.MINUTED, by=by, at=at)
        gathering.save()
    worklist.close_todo(MINUTES, gathering, at=at)
    audit.record("gathering.minutes_issued", gathering, by=by, at=at, new={"n": n, "document": made.document})
    return made


@act
def close(gathering: Gathering, *, by: Account, at: datetime) -> Gathering:
    """結案: when its minutes are out, where it owes any, and everything that came of it is done."""
    gathering = locked(gathering, Move.CLOSE)
    if gathering.declared.minutes and not gathering.minutes.exists():
        raise CannotGather(_("紀錄還沒有發。"))
    left = gathering.outcomes.open().count()
    if left:
        raise CannotGather(_("還有%(n)s項沒有辦完。") % {"n": left})
    step(gathering, State.CLOSED, by=by, at=at)
    gathering.save()
    worklist.close_all(gathering, at=at)
    audit.record("gathering.closed", gathering, by=by, at=at)
    return gathering
