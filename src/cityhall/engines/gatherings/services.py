"""會議與訪查: a gathering is planned, people are put on its list, points on its agenda, it is announced, moved, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, Model
from django.urls import reverse
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.states import Channel
from cityhall.engines.places import queries as places
from cityhall.engines.places.rules import Point
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .models import AgendaPoint, Gathering, Participant, SeriesYear, Step
from .refusals import CannotGather
from .rules import Move, may, next_number
from .states import Part, State

ATTEND = "gathering.attend"


def url_of(gathering: Gathering) -> str:
    """The page of the record."""
    return reverse("gatherings:gathering", args=[gathering.reference])


def locked(gathering: Gathering, move: Move) -> Gathering:
    """The gathering as it is now, locked, if the step is possible from where it stands."""
    rows = Gathering.objects.select_for_update(of=("self",)).select_related("host", "owner")
    found = rows.get(pk=gathering.pk)
    if not may(move, found.state):
        raise CannotGather(_("現在是「%(state)s」，不能做這一步。") % {"state": found.get_state_display()})
    return found


def step(gathering: Gathering, state: str, *, by: Account | None, at: datetime, reason: str = "") -> None:
    """The state from now on, as a dated row and on the record; the caller saves the record."""
    Step.objects.create(
        gathering=gathering, n=gathering.steps.count() + 1, state=state, at=at, by=by, reason=reason.strip()[:500]
    )
    gathering.state, gathering.changed_at = State(state), at


def next_n(rows: Any) -> int:
    """The number after the last one of a list."""
    return int(rows.aggregate(most=Max("n"))["most"] or 0) + 1


# ---- planning --------------------------------------------------------------------------------------------------------


def _placed(address: str, point: tuple[float, float] | None) -> dict[str, Any]:
    """Where it is, by the point given or else by the address, where that means one place only."""
    if point is None and address:
        found = places.find(address, limit=2)
        point = (found[0].point.lon, found[0].point.lat) if len(found) == 1 else None
    if point is None:
        return {"lon": None, "lat": None, "district_code": ""}
    area = places.area_of(Point(*point))
    return {"lon": point[0], "lat": point[1], "district_code": area.district.code if area.district else ""}


@act
def plan(
    *, profile: str, title: str, host: Agency, year: int, starts_at: datetime, ends_at: datetime, venue: str,
    owner: Person | None = None, series: str = "", number: int | None = None, address: str = "",
    point: tuple[float, float] | None = None, purpose: str = "", by: Account | None, at: datetime,
) -> Gathering:  # fmt: skip
    """籌備: the next number of its series and year, or one that is typed and not taken yet."""
    if ends_at <= starts_at:
        raise CannotGather(_("結束時間要晚於開始時間。"))
    SeriesYear.objects.get_or_create(profile=profile, series=series, year=year)
    SeriesYear.objects.select_for_update().get(profile=profile, series=series, year=year)
    alive = Gathering.objects.filter(profile=profile, series=series, year=year).exclude(state=State.CANCELLED)
    taken = set(alive.values_list("number", flat=True))
    if number is not None and number in taken:
        raise CannotGather(_("這個年度已經有第%(n)s次。") % {"n": number})
    gathering = Gathering(
        profile=profile, series=series, year=year, number=number or next_number(taken), title=title.strip(), host=host,
        owner=owner, starts_at=starts_at, ends_at=ends_at, venue=venue.strip(), address=address.strip(),
        purpose=purpose.strip(), changed_at=at, **_placed(address.strip(), point),
    )  # fmt: skip
    gathering.save()
    step(gathering, State.PLANNED, by=by, at=at)
    audit.record("gathering.planned", gathering, by=by, at=at, new={"profile": profile, **_facts(gathering)})
    return gathering


def _facts(row: Gathering) -> dict[str, Any]:
    """What the audit trail keeps of number, time and place."""
    return {"number": f"{row.year}-{row.number}", "starts_at": row.starts_at.isoformat(), "venue": row.venue}


@act
def change(
    gathering: Gathering, *, title: str, starts_at: datetime, ends_at: datetime, venue: str, address: str, purpose: str,
    reason: str = "", by: Account, at: datetime,
) -> Gathering:  # fmt: skip
    """改期或改地點: whoever has been told is told again, with the reason."""
    gathering = locked(gathering, Move.CHANGE)
    if ends_at <= starts_at:
        raise CannotGather(_("結束時間要晚於開始時間。"))
    moved = (gathering.starts_at, gathering.ends_at, gathering.venue) != (starts_at, ends_at, venue.strip())
    told = gathering.state == State.INVITED and moved
    if told and not reason.strip():
        raise CannotGather(_("已經通知出席的人；請寫明為什麼改，會一併通知。"))
    old = _facts(gathering)
    if address.strip() != gathering.address:
        for name, value in _placed(address.strip(), None).items():
            setattr(gathering, name, value)
    gathering.title, gathering.purpose, gathering.address = title.strip(), purpose.strip(), address.strip()
    gathering.starts_at, gathering.ends_at, gathering.venue = starts_at, ends_at, venue.strip()
    gathering.version += 1
    if told:
        step(gathering, State.INVITED, by=by, at=at, reason=reason)
    gathering.changed_at = at
    gathering.save()
    audit.record("gathering.changed", gathering, by=by, at=at, old=old, new={**_facts(gathering), "reason": reason})
    if told:
        _tell(gathering, list(_invited(gathering)), "MOVED", at=at, reason=reason)
    return gathering


@act
def cancel(gathering: Gathering, *, reason: str, by: Account, at: datetime) -> Gathering:
    """取消, with the reason; its number is free again."""
    gathering = locked(gathering, Move.CANCEL)
    if not reason.strip():
        raise CannotGather(_("請寫明為什麼取消。"))
    told = gathering.state == State.INVITED
    step(gathering, State.CANCELLED, by=by, at=at, reason=reason)
    gathering.version += 1
    gathering.save()
    worklist.close_all(gathering, at=at)
    for row in _invited(gathering):
        worklist.close_todo(ATTEND, row, at=at)
    audit.record("gathering.cancelled", gathering, by=by, at=at, new={"reason": reason.strip()})
    if told:
        _tell(gathering, list(_invited(gathering)), "CANCELLED", at=at, reason=reason)
    return gathering


# ---- agenda and list -------------------------------------------------------------------------------------------------


@act
def add_point(
    gathering: Gathering, *, kind: str, title: str, text: str = "", agency: Agency | None = None,
    about: Model | None = None, by: Account | None, at: datetime,
) -> AgendaPoint:  # fmt: skip
    """A point of the agenda, at its end; 臨時動議 is added while it is held and after."""
    gathering = locked(gathering, Move.FIND if gathering.held_on else Move.CHANGE)
    point = AgendaPoint.objects.create(
        gathering=gathering, n=next_n(gathering.points), kind=kind, title=title.strip(), text=text.strip(), agency=agency,
        about_type=ContentType.objects.get_for_model(about) if about is not None else None,
        about_id=about.pk if about is not None else None,
    )  # fmt: skip
    audit.record("gathering.point_added", gathering, by=by, at=at, new={"n": point.n, "title": point.title})
    return point


@act
def remove_point(point: AgendaPoint, *, by: Account, at: datetime) -> None:
    """Take a point off the agenda before the gathering."""
    gathering = locked(point.gathering, Move.CHANGE)
    audit.record("gathering.point_removed", gathering, by=by, at=at, old={"n": point.n, "title": point.title})
    point.delete()


@act
def put_on_list(
    gathering: Gathering, *, part: str, agency: Agency | None = None, person: Person | None = None, name: str = "",
    email: str = "", by: Account | None, at: datetime,
) -> Participant:  # fmt: skip
    """Put an agency, one of its people or a guest on the list."""
    gathering = locked(gathering, Move.CHANGE)
    known = gathering.participants.all()
    if agency is None and person is None and not name.strip():
        raise CannotGather(_("請選機關或人員，或寫姓名。"))
    if part == Part.CHAIR and known.filter(part=Part.CHAIR).exists():
        raise CannotGather(_("已經有主持人；要換人，請先移除原來的。"))
    if agency and not person and not name.strip() and known.filter(part=part, agency=agency, person=None, name=""):
        raise CannotGather(_("%(agency)s已經在名單上。") % {"agency": agency.label})
    row = Participant.objects.create(
        gathering=gathering, n=next_n(known), part=part, agency=agency, person=person, name=name.strip(), email=email
    )
    audit.record("gathering.listed", gathering, by=by, at=at, new={"n": row.n, "part": part})
    return row


@act
def take_off_list(row: Participant, *, by: Account, at: datetime) -> None:
    """Take somebody off the list."""
    gathering = locked(row.gathering, Move.CHANGE)
    if row.invited_at is not None:
        raise CannotGather(_("已經通知的不能移除；沒有來的，在出席紀錄寫未出席。"))
    audit.record("gathering.unlisted", gathering, by=by, at=at, old={"n": row.n, "part": row.part})
    row.delete()


# ---- announcing ------------------------------------------------------------------------------------------------------


def _invited(gathering: Gathering) -> Any:
    rows = gathering.participants.select_related("agency", "person__account")
    return rows.filter(invited_at__isnull=False).order_by("n")


@act
def invite(gathering: Gathering, *, by: Account | None, at: datetime) -> int:
    """發開會通知: whoever is on the list and was not told yet; agencies find it on their lists."""
    gathering = locked(gathering, Move.INVITE)
    rows = gathering.participants.filter(invited_at=None).select_related("agency", "person__account").order_by("n")
    waiting = list(rows)
    if not waiting:
        raise CannotGather(_("名單上沒有還沒通知的人。"))
    if gathering.starts_at <= at:
        raise CannotGather(_("開始時間已經過了，不能再通知；請先改時間。"))
    Participant.objects.filter(pk__in=[row.pk for row in waiting]).update(invited_at=at)
    if gathering.state == State.PLANNED:
        step(gathering, State.INVITED, by=by, at=at)
        gathering.save()
    for row in waiting:
        if row.agency is not None and row.part in {Part.AGENCY, Part.HEAD}:
            worklist.open_todo(
                ATTEND, row, title=gathering.title, reference=gathering.series_name, agency=row.agency,
                role=Role.COORDINATOR, due_at=gathering.starts_at, url=url_of(gathering), at=at,
            )  # fmt: skip
    _tell(gathering, waiting, "INVITED", at=at)
    audit.record("gathering.invited", gathering, by=by, at=at, new={"count": len(waiting)})
    return len(waiting)


def _recipients(row: Participant, at: datetime) -> list[tuple[str, Recipient]]:
    """To whom the letter about one line of the list goes: the person, the guest, or the agency's 研考窗口."""
    if row.email:
        return [("guest", Recipient(email=row.email, name=row.name or row.label))]
    people = [row.person] if row.person else []
    if not people and row.agency is not None:
        people = directory.who_holds(Role.COORDINATOR, row.agency, on=day_of(at))
    return [
        (str(one.pk), Recipient(
            email=one.email or (one.account.email if one.account else "") or "", name=one.name, account_id=one.account_id
        ))
        for one in people
    ]  # fmt: skip


def _tell(gathering: Gathering, rows: list[Participant], what: str, *, at: datetime, reason: str = "") -> None:
    chair = gathering.participants.filter(part=Part.CHAIR).select_related("agency", "person").first()
    context: Mapping[str, Any] = {
        "what": what, "title": gathering.title, "series": gathering.series_name, "starts_at": gathering.starts_at,
        "venue": gathering.venue, "address": gathering.address, "chair": chair.label if chair else "", "reason": reason.strip(),
        "points": [point.title for point in gathering.points.order_by("n")],
        "url": f"{settings.SITE_URL}{url_of(gathering).removeprefix('/en')}",
    }  # fmt: skip
    done: set[str] = set()
    for row in rows:
        for who, to in _recipients(row, at):
            key = f"gathering:{gathering.pk}:{what}:{gathering.version}:{to.email or who}"
            if key not in done and letters.can_reach(to, Channel.EMAIL):
                letters.send(
                    "gatherings.notice", to=to, about=gathering, key=key, channel=Channel.EMAIL, at=at, context=context
                )
                done.add(key)


@act
def answer(
    row: Participant, *, name: str, deputy: str = "", reason: str = "", by: Account, at: datetime
) -> Participant:  # fmt: skip
    """The agency says who comes: its head, or somebody in the head's place with the reason."""
    gathering = locked(row.gathering, Move.CHANGE)
    row = Participant.objects.select_for_update().get(pk=row.pk)
    if row.part == Part.HEAD and deputy.strip() and not reason.strip():
        raise CannotGather(_("首長不能出席時，請寫明理由。"))
    row.name, row.deputy, row.reason = name.strip()[:80], deputy.strip()[:80], reason.strip()[:300]
    row.save(update_fields=["name", "deputy", "reason"])
    worklist.close_todo(ATTEND, row, at=at)
    audit.record("gathering.answered", gathering, by=by, at=at, new={"n": row.n, "deputy": bool(row.deputy)})
    return row
