"""機關承接: another agency carries on. Announced, looked at beforehand, carried out in blocks, watched until nothing is left.

What people and units are is the directory's own and moves at once (`begin`). What others keep moves kind by kind in
blocks, each a transaction of its own: a crash in the middle loses nothing, the next run goes on where it stopped. What
is opened at the old agency meanwhile leads to the new one (`queries.carried_on`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.foundation.clock import day_of, start_of_day
from cityhall.foundation.unit import act
from cityhall.web.dates import as_date

from . import queries, registry
from .models import Agency, Appointment, ApprovalLevel, DutyShift, Post, Succession, Unit
from .services import CannotCloseAgency, change_agency, check_not_yet_closed
from .states import Fate, Role

if TYPE_CHECKING:
    from cityhall.engines.identity.models import Account

BLOCK = 500
"""So many rows of a kind move in one transaction."""


# Beforehand and afterwards


@dataclass(frozen=True)
class Line:
    """One kind of rows that name an agency: how many, and what becomes of them."""

    naming: registry.Naming
    number: int

    @property
    def is_left(self) -> bool:
        """Whether, after the succession, somebody has to do something about it."""
        return bool(self.number) and self.naming.fate != Fate.STAYS


def lines(agency: Agency, on: date) -> list[Line]:
    """All that names an agency, as a succession on that day finds or has left it."""
    return [Line(naming, naming.count(agency, on)) for naming in registry.namings()]


def left(succession: Succession) -> list[Line]:
    """What still names the old agency after its succession; it has to become nothing."""
    return [line for line in lines(succession.agency, succession.on) if line.is_left]


# Deciding


@act
def announce(agency: Agency, *, successor: Agency, on: date, by: Account | None, at: datetime) -> Succession:
    """Note that another agency carries on from a day on. Raises CannotCloseAgency where that cannot be."""
    both = Agency.objects.select_for_update().order_by("pk").in_bulk([agency.pk, successor.pk])
    agency, successor = both[agency.pk], both[successor.pk]
    check_not_yet_closed(agency)
    if successor.pk == agency.pk:
        raise CannotCloseAgency(_("機關不能承接自己。請選另一個機關。"))
    if not successor.exists_on(on):
        raise CannotCloseAgency(
            _("「%(agency)s」在%(day)s並不存在，不能承接。") % {"agency": successor.full_label, "day": as_date(on)}
        )
    if successor.closed_on is not None:
        raise CannotCloseAgency(_("「%(agency)s」也即將裁撤，不能承接。") % {"agency": successor.full_label})
    if successor.is_outside != agency.is_outside:
        raise CannotCloseAgency(_("府內機關和府外機關不能互相承接。"))
    if on < day_of(at):
        raise CannotCloseAgency(_("承接日不能早於今天。"))
    if agency.opened_on is not None and on <= agency.opened_on:
        raise CannotCloseAgency(_("承接日必須晚於機關成立日。"))
    agency.closed_on, agency.successor = on, successor
    agency.save(update_fields=["closed_on", "successor"])
    succession = Succession.objects.create(agency=agency, successor=successor, on=on, decided_at=at)
    audit.record(
        "directory.agency.succession_decided",
        agency,
        by=by,
        at=at,
        new={"successor": successor.code, "on": on.isoformat()},
    )
    return succession


def succeed_agency(agency: Agency, *, successor: Agency, on: date, by: Account | None, at: datetime) -> Succession:
    """Let another agency carry on the work of this one from a day on.

    On that day (at once when it is today) units, posts, appointments, duty turns and all open work move, each with an
    event; the old code keeps resolving to the successor.
    """
    succession = announce(agency, successor=successor, on=on, by=by, at=at)
    return carry_out_succession(succession, by=by, at=at) if on <= day_of(at) else succession


@act
def withdraw_succession(succession: Succession, *, by: Account | None, at: datetime) -> None:
    """Take back a succession whose day has not come."""
    found = Succession.objects.select_for_update().filter(pk=succession.pk).first()
    if found is None:
        raise CannotCloseAgency(_("這項承接已經撤回。"))
    if found.begun_at is not None:
        raise CannotCloseAgency(_("承接已經完成，不能撤回。"))
    agency = found.agency
    agency.closed_on, agency.successor = None, None
    agency.save(update_fields=["closed_on", "successor"])
    audit.record("directory.agency.succession_withdrawn", agency, by=by, at=at, old={"successor": found.successor.code})
    found.delete()


# Carrying out


def carry_out_due_successions(*, at: datetime) -> int:
    """Carry out every succession whose day has come, and go on with those that were interrupted; a daily job."""
    due = list(Succession.objects.filter(carried_out_at__isnull=True, on__lte=day_of(at)).order_by("on", "pk"))
    for succession in due:
        carry_out_succession(succession, by=None, at=at)
    return len(due)


def watch_successions(*, at: datetime) -> None:
    """Each night: what came in at an old agency while it was moved follows, and it is said what is left to decide."""
    done = Succession.objects.filter(carried_out_at__isnull=False).select_related("agency", "successor")
    for succession in done.order_by("on", "pk"):
        _move_everything(succession, by=None, at=at)
        registry.tell_what_is_left(succession, sum(line.number for line in left(succession)), at)


def carry_out_succession(succession: Succession, *, by: Account | None, at: datetime) -> Succession:
    """Move everything of the old agency to its successor; a second time finds nothing to move."""
    succession = _begin(succession, by=by, at=at)
    _move_everything(succession, by=by, at=at)
    succession = _finish(succession, by=by, at=at)
    registry.tell_what_is_left(succession, sum(line.number for line in left(succession)), at)
    return succession


@act
def _begin(succession: Succession, *, by: Account | None, at: datetime) -> Succession:
    """The directory's own part: units, posts, people, duty, levels of approval and agencies below."""
    succession = Succession.objects.select_for_update().get(pk=succession.pk)
    if succession.begun_at is not None:
        return succession
    # Between the decision and the day the successor may have been succeeded itself.
    succession.successor = queries.successor_on(succession.successor, day_of(at))
    agency, successor, on = succession.agency, succession.successor, succession.on
    units = _move_units(agency, successor, on)
    posts = _move_posts(agency, successor, units, on)
    succession.moved = {
        "units": len(units),
        "appointments": _move_appointments(agency, successor, units, posts, on),
        "duty": _move_duty(agency, successor, on),
        "approval": _move_levels(agency, successor, on),
        "children": _move_children(agency, successor, on, by, at),
    }
    succession.begun_at = at
    succession.save(update_fields=["successor", "moved", "begun_at"])
    queries.forget_standing()
    return succession


def _move_everything(succession: Succession, *, by: Account | None, at: datetime) -> None:
    for naming in registry.namings():
        if naming.move is not None:
            while _move_block(succession, naming, by=by, at=at):
                pass


@act
def _move_block(succession: Succession, naming: registry.Naming, *, by: Account | None, at: datetime) -> int:
    """One block of one kind. Two who do so at once wait for each other, so that nothing moves twice."""
    held = Succession.objects.select_for_update().get(pk=succession.pk)
    successor = queries.successor_on(held.successor, day_of(at))
    assert naming.move is not None
    moved = naming.move(registry.Move(held, held.agency, successor, _units_there(held, successor), by, at), BLOCK)
    if moved or naming.key not in held.moved:
        held.moved[naming.key] = held.moved.get(naming.key, 0) + moved
        held.save(update_fields=["moved"])
    return moved


def _units_there(succession: Succession, successor: Agency) -> dict[int, Unit]:
    """The successor's units that took the place of the old ones, by the old ones' keys."""
    found: dict[int, Unit] = {}
    for old in Unit.objects.filter(agency=succession.agency_id, successor__isnull=False).select_related("successor"):
        new = old.successor
        while new is not None and new.agency_id != successor.pk:
            new = new.successor
        if new is not None:
            found[old.pk] = new
    return found


@act
def _finish(succession: Succession, *, by: Account | None, at: datetime) -> Succession:
    succession = Succession.objects.select_for_update().get(pk=succession.pk)
    if succession.carried_out_at is not None:
        return succession
    succession.carried_out_at = at
    succession.save(update_fields=["carried_out_at"])
    audit.record(
        "directory.agency.succeeded",
        succession.agency,
        by=by,
        at=at,
        new={"successor": succession.successor.code, "moved": succession.moved},
    )
    return succession


def _move_units(agency: Agency, successor: Agency, on: date) -> dict[int, Unit]:
    taken = set(successor.units.values_list("code", flat=True))
    old_units = list(agency.units.as_of(on - timedelta(days=1)))
    new_of: dict[int, Unit] = {}
    for old in old_units:
        code = old.code if old.code not in taken else f"{agency.code}-{old.code}"[:50]
        new_of[old.pk] = Unit.objects.create(
            agency=successor,
            code=code,
            name=old.name,
            name_en=old.name_en,
            phone=old.phone,
            fax=old.fax,
            order=old.order,
            opened_on=on,
        )
    for old in old_units:
        new = new_of[old.pk]
        if old.parent_id in new_of:
            new.parent = new_of[old.parent_id]
            new.save(update_fields=["parent"])
        old.closed_on, old.successor = on, new
        old.save(update_fields=["closed_on", "successor"])
    return new_of


def _move_posts(agency: Agency, successor: Agency, units: Mapping[int, Unit], on: date) -> dict[int, Post]:
    taken = set(successor.posts.values_list("code", flat=True))
    new_of: dict[int, Post] = {}
    for old in agency.posts.as_of(on - timedelta(days=1)):
        new_of[old.pk] = Post.objects.create(
            agency=successor,
            unit=units.get(old.unit_id) if old.unit_id else None,
            code=old.code if old.code not in taken else f"{agency.code}-{old.code}"[:50],
            title=old.title,
            title_en=old.title_en,
            extension=old.extension,
            order=old.order,
            opened_on=on,
        )
        old.closed_on = on
        old.save(update_fields=["closed_on"])
    return new_of


def _move_appointments(
    agency: Agency, successor: Agency, units: Mapping[int, Unit], posts: Mapping[int, Post], on: date
) -> int:
    """Appointments in force end the day before and go on at the successor. Its chiefs stay in office: a second head or
    secretary goes on as an officer."""
    kept = {Role.AGENCY_HEAD, Role.AGENCY_SECRETARY}
    filled = set(
        Appointment.objects.filter(agency=successor, role__in=kept)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
        .values_list("role", flat=True)
    )
    rows = Appointment.objects.filter(agency=agency).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
    moved = 0
    for old in rows.order_by("pk"):
        Appointment.objects.create(
            person_id=old.person_id,
            agency=successor,
            unit=units.get(old.unit_id) if old.unit_id else None,
            post=posts.get(old.post_id) if old.post_id else None,
            role=Role.OFFICER if old.role in filled else old.role,
            title=old.title,
            title_en=old.title_en,
            starts_on=max(on, old.starts_on),
            ends_on=old.ends_on,
        )
        if old.starts_on >= on:
            old.delete()  # it never came into force here
        else:
            old.ends_on = on - timedelta(days=1)
            old.save(update_fields=["ends_on"])
        moved += 1
    return moved


def _move_duty(agency: Agency, successor: Agency, on: date) -> int:
    """Turns from that day on move; one that runs over midnight is cut there and goes on at the successor."""
    midnight = start_of_day(on)
    moved = DutyShift.objects.filter(agency=agency, starts_at__gte=midnight).update(agency=successor)
    for old in DutyShift.objects.filter(agency=agency, ends_at__gt=midnight):
        DutyShift.objects.create(
            agency=successor, person_id=old.person_id, starts_at=midnight, ends_at=old.ends_at, phone=old.phone
        )
        old.ends_at = midnight
        old.save(update_fields=["ends_at"])
        moved += 1
    return moved


def _move_levels(agency: Agency, successor: Agency, on: date) -> int:
    """Whose approval a category needs goes along, unless the successor has a level of its own for it; what held for all
    categories of the old agency ends, for the successor has its own."""
    later = Q(valid_to__isnull=True) | Q(valid_to__gte=on)
    own = set(ApprovalLevel.objects.filter(later, agency=successor).values_list("category", "stage"))
    moved = 0
    for old in ApprovalLevel.objects.filter(later, agency=agency).order_by("valid_from"):
        if old.category and (old.category, old.stage) not in own:
            ApprovalLevel.objects.create(
                agency=successor,
                category=old.category,
                stage=old.stage,
                role=old.role,
                valid_from=max(on, old.valid_from),
                valid_to=old.valid_to,
            )
            moved += 1
        if old.valid_from >= on:
            old.delete()  # it never came into force
        else:
            old.valid_to = on - timedelta(days=1)
            old.save(update_fields=["valid_to"])
    return moved


def _move_children(agency: Agency, successor: Agency, on: date, by: Account | None, at: datetime) -> int:
    """Agencies below belong to the successor; one that was below itself takes the old one's place."""
    children = list(agency.children.as_of(on))
    for child in sorted(children, key=lambda one: one.pk != successor.pk):
        above = agency.parent if child.pk == successor.pk else successor
        since = child.versions.order_by("-valid_from").values_list("valid_from", flat=True).first()
        change_agency(child, on=max(on, since) if since else on, parent=above, by=by, at=at)
    return len(children)
