"""Acts of the directory. Each says in the audit trail what changed; days and instants come from outside.

Permission is the caller's question (`queries.may`); what would make the directory untrue is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, recalled
from cityhall.web.dates import as_date, as_datetime

from . import queries, registry, rules
from .models import (
    Agency,
    AgencyVersion,
    Appointment,
    ApprovalLevel,
    Deputy,
    DutyShift,
    HandOver,
    Person,
    Post,
    Unit,
)
from .states import APPROVING_ROLES, Absence, Role

if TYPE_CHECKING:
    from cityhall.engines.identity.models import Account


class CannotChangeDirectory(Exception):
    """The change would make the directory untrue; the message says what to do instead."""


class CannotCloseAgency(CannotChangeDirectory):
    """An agency with open work, people or agencies below it cannot vanish; `open` says what is left."""

    def __init__(self, message: str, open: Sequence[tuple[str, int]] = ()) -> None:
        super().__init__(message)
        self.open = list(open)


class CannotCloseUnit(CannotCloseAgency):
    """A unit with open work, people or units below it cannot vanish."""


class CannotAppoint(CannotChangeDirectory):
    """The appointment contradicts another, or its agency or unit."""


class CannotSetDeputy(CannotChangeDirectory):
    """The absence or its deputy does not work out."""


class CannotHandOver(CannotChangeDirectory):
    """The work cannot pass to this person."""


class CannotRoster(CannotChangeDirectory):
    """The turn contradicts the roster."""


# Agencies

VERSIONED = ("kind", "parent", "name", "short_name", "name_en", "phone", "fax", "email", "address")
"""What a dated version of an agency keeps."""
UNVERSIONED = ("order",)
BEGINNING = date(1912, 1, 1)
"""The first version of an agency whose founding day nobody noted."""


@act
def add_agency(
    *,
    code: str,
    kind: str,
    name: str,
    short_name: str,
    opened_on: date | None,
    by: Account | None,
    at: datetime,
    **more: Any,
) -> Agency:
    """Enter an agency. Its code is for ever: records, rules and open data point at it."""
    if Agency.objects.filter(code=code).exists():
        raise CannotChangeDirectory(_("機關代碼「%(code)s」已經有人使用。請換一個代碼。") % {"code": code})
    agency = Agency(code=code, kind=kind, name=name, short_name=short_name, opened_on=opened_on, **more)
    _check_place_in_tree(agency)
    agency.save()
    _write_version(agency, opened_on or BEGINNING)
    audit.record("directory.agency.added", agency, by=by, at=at, new={"code": code, "kind": kind})
    return agency


@act
def change_agency(agency: Agency, *, on: date, by: Account | None, at: datetime, **changes: Any) -> Agency:
    """Change what an agency is called, where it belongs or how it is reached, from a day on.

    The day may lie in the past (a correction from that day) but not in the future, and not before a later change.
    """
    known = {*VERSIONED, *UNVERSIONED}
    if unknown := set(changes) - known:
        raise TypeError(f"an agency has no {unknown}")
    if on > day_of(at):
        raise CannotChangeDirectory(_("變更的生效日不能晚於今天。"))
    if (latest := agency.versions.first()) and on < latest.valid_from:
        raise CannotChangeDirectory(
            _("這個機關自%(day)s起另有變更，生效日不能早於那一天。") % {"day": as_date(latest.valid_from)}
        )
    old = {name: _plain(getattr(agency, name)) for name in changes}
    for name, value in changes.items():
        setattr(agency, name, value)
    new = {name: _plain(getattr(agency, name)) for name in changes}
    changed = [name for name in changes if old[name] != new[name]]
    if not changed:
        return agency
    _check_place_in_tree(agency)
    agency.save()
    if any(name in VERSIONED for name in changed):
        _write_version(agency, on)
    audit.record(
        "directory.agency.changed",
        agency,
        by=by,
        at=at,
        old={name: old[name] for name in changed},
        new={name: new[name] for name in changed} | {"on": on.isoformat()},
    )
    return agency


def open_work_of(agency: Agency, unit: Unit | None = None) -> list[tuple[str, int]]:
    """What is open at an agency, or in one unit of it: label and number, only what is not none."""
    counted = [(str(kind.label), kind.count(agency, unit)) for kind in registry.kinds_of_open_work()]
    return [(label, number) for label, number in counted if number]


@act
def close_agency(agency: Agency, *, on: date, by: Account | None, at: datetime) -> Agency:
    """Close an agency that nobody carries on.

    Raises CannotCloseAgency while work is open, people are appointed or other agencies belong to it: then another
    agency has to succeed it (`succession.succeed_agency`).
    """
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    check_not_yet_closed(agency)
    left = open_work_of(agency)
    serving = Appointment.objects.filter(agency=agency).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
    if number := serving.values("person").distinct().count():
        left.append((_("在職人員"), number))
    if number := agency.children.as_of(on).count():
        left.append((_("所屬機關"), number))
    if left:
        what = _("、").join(f"{label} {number}" for label, number in left)
        raise CannotCloseAgency(
            _("「%(agency)s」還有%(what)s，不能直接裁撤。請改為指定承接機關。")
            % {"agency": agency.full_label, "what": what},
            left,
        )
    for unit in agency.units.as_of(on):
        unit.closed_on = on
        unit.save(update_fields=["closed_on"])
    agency.posts.as_of(on).update(closed_on=on)
    agency.closed_on = on
    agency.save(update_fields=["closed_on"])
    audit.record("directory.agency.closed", agency, by=by, at=at, new={"on": on.isoformat()})
    return agency


def check_not_yet_closed(agency: Agency) -> None:
    """Refuse where its last day is decided already."""
    if agency.closed_on is not None:
        raise CannotCloseAgency(
            _("「%(agency)s」已定於%(day)s裁撤。") % {"agency": agency.full_label, "day": as_date(agency.closed_on)}
        )


def _check_place_in_tree(agency: Agency) -> None:
    above, seen = agency.parent, {agency.pk}
    while above is not None:
        if above.pk in seen and above.pk is not None:
            raise CannotChangeDirectory(_("上級機關不能是自己或所屬機關。"))
        seen.add(above.pk)
        above = above.parent


def _write_version(agency: Agency, on: date) -> None:
    AgencyVersion.objects.update_or_create(
        agency=agency, valid_from=on, defaults={name: getattr(agency, name) for name in VERSIONED}
    )


def _plain(value: Any) -> Any:
    return value.code if isinstance(value, Agency | Unit) else value


# Units and posts


@act
def add_unit(agency: Agency, *, code: str, name: str, by: Account | None, at: datetime, **more: Any) -> Unit:
    """Enter a unit of an agency."""
    if agency.units.filter(code=code).exists():
        raise CannotChangeDirectory(_("這個機關已有代碼「%(code)s」的單位。") % {"code": code})
    unit = Unit(agency=agency, code=code, name=name, **more)
    _check_unit_tree(unit)
    unit.save()
    audit.record("directory.unit.added", unit, by=by, at=at, new={"agency": agency.code, "code": code})
    return unit


@act
def change_unit(unit: Unit, *, by: Account | None, at: datetime, **changes: Any) -> Unit:
    """Change a unit's name, place in the agency or contact."""
    return _change(unit, changes, "directory.unit.changed", by, at, check=_check_unit_tree)


@act
def close_unit(unit: Unit, *, on: date, into: Unit | None = None, by: Account | None, at: datetime) -> Unit:
    """Close a unit; where another takes over (`into`), its people move there from that day.

    Raises CannotCloseUnit while work is open in it, units lie below it, or people sit in it and nobody takes over.
    """
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    if unit.closed_on is not None:
        raise CannotCloseUnit(
            _("「%(unit)s」已定於%(day)s裁撤。") % {"unit": unit.label, "day": as_date(unit.closed_on)}
        )
    if into is not None and (into.pk == unit.pk or into.agency_id != unit.agency_id or into.closed_on is not None):
        raise CannotCloseUnit(_("承接單位必須是同一機關、仍存在的另一個單位。"))
    left = open_work_of(unit.agency, unit)
    serving = unit.appointments.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
    if into is None and (number := serving.values("person").distinct().count()):
        left.append((_("在職人員"), number))
    if number := unit.children.as_of(on).count():
        left.append((_("下級單位"), number))
    if left:
        what = _("、").join(f"{label} {number}" for label, number in left)
        raise CannotCloseUnit(
            _("「%(unit)s」還有%(what)s，不能裁撤。請先移交或改派。") % {"unit": unit.label, "what": what}, left
        )
    if into is not None:
        has_head = into.appointments.filter(role=Role.UNIT_HEAD).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
        demote = has_head.exists()
        for row in serving:
            _continue_elsewhere(row, unit=into, on=on, demote=demote)
    unit.posts.as_of(on).update(closed_on=on)
    unit.closed_on, unit.successor = on, into
    unit.save(update_fields=["closed_on", "successor"])
    new = {"on": on.isoformat(), "into": into.code if into else None}
    audit.record("directory.unit.closed", unit, by=by, at=at, new=new)
    return unit


def _continue_elsewhere(row: Appointment, *, unit: Unit, on: date, demote: bool) -> None:
    role = Role.OFFICER if demote and row.role == Role.UNIT_HEAD else row.role
    if row.starts_on >= on:
        row.unit, row.role, row.post = unit, role, None
        row.save(update_fields=["unit", "role", "post"])
        return
    Appointment.objects.create(
        person_id=row.person_id,
        agency_id=row.agency_id,
        unit=unit,
        role=role,
        title=row.title,
        title_en=row.title_en,
        starts_on=on,
        ends_on=row.ends_on,
    )
    row.ends_on = on - timedelta(days=1)
    row.save(update_fields=["ends_on"])


def _check_unit_tree(unit: Unit) -> None:
    above, seen = unit.parent, {unit.pk}
    while above is not None:
        if above.agency_id != unit.agency_id:
            raise CannotChangeDirectory(_("上級單位必須屬於同一個機關。"))
        if above.pk in seen and above.pk is not None:
            raise CannotChangeDirectory(_("上級單位不能是自己或下級單位。"))
        seen.add(above.pk)
        above = above.parent


@act
def add_post(
    agency: Agency, *, code: str, title: str, unit: Unit | None = None, by: Account | None, at: datetime, **more: Any
) -> Post:
    """Set up a post; it is vacant until somebody is appointed to it."""
    if agency.posts.filter(code=code).exists():
        raise CannotChangeDirectory(_("這個機關已有代碼「%(code)s」的職缺。") % {"code": code})
    if unit is not None and unit.agency_id != agency.pk:
        raise CannotChangeDirectory(_("單位不屬於這個機關。"))
    post = Post.objects.create(agency=agency, unit=unit, code=code, title=title, **more)
    audit.record("directory.post.added", post, by=by, at=at, new={"agency": agency.code, "code": code})
    return post


@act
def change_post(post: Post, *, by: Account | None, at: datetime, **changes: Any) -> Post:
    """Change a post's title, extension or order."""
    return _change(post, changes, "directory.post.changed", by, at)


@act
def close_post(post: Post, *, on: date, by: Account | None, at: datetime) -> Post:
    """Abolish a post that nobody holds from that day on."""
    if post.appointments.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on)).exists():
        raise CannotChangeDirectory(_("這個職缺還有人任職，不能裁撤。請先辦理卸任。"))
    post.closed_on = on
    post.save(update_fields=["closed_on"])
    audit.record("directory.post.closed", post, by=by, at=at, new={"on": on.isoformat()})
    return post


# People


@act
def add_person(
    *, code: str, name: str, account: Account | None = None, by: Account | None, at: datetime, **more: Any
) -> Person:
    """Enter a person; an account may follow later."""
    if Person.objects.filter(code=code).exists():
        raise CannotChangeDirectory(_("員工代碼「%(code)s」已經有人使用。") % {"code": code})
    person = Person.objects.create(code=code, name=name, account=account, **more)
    audit.record("directory.person.added", person, by=by, at=at, new={"code": code})
    return person


@act
def change_person(person: Person, *, by: Account | None, at: datetime, **changes: Any) -> Person:
    """Change a person's name, title or contact. The trail names the fields, not what they say."""
    changed = [name for name, value in changes.items() if getattr(person, name) != value]
    if changed:
        for name in changed:
            setattr(person, name, changes[name])
        person.save(update_fields=changed)
        audit.record("directory.person.changed", person, by=by, at=at, new={"fields": changed})
    return person


@act
def link_account(person: Person, *, account: Account, by: Account | None, at: datetime) -> Person:
    """Say which account signs in for a person; one account is one person."""
    other = Person.objects.filter(account=account).exclude(pk=person.pk).first()
    if other is not None:
        raise CannotChangeDirectory(_("這個帳號已經是「%(name)s」的帳號。") % {"name": other.label})
    person.account = account
    person.save(update_fields=["account"])
    audit.record("directory.person.account_linked", person, by=by, at=at, new={"account": account.pk})
    return person


# Appointments


@act
def appoint(
    person: Person,
    *,
    agency: Agency,
    role: str,
    unit: Unit | None = None,
    post: Post | None = None,
    title: str = "",
    title_en: str = "",
    starts_on: date,
    ends_on: date | None = None,
    by: Account | None,
    at: datetime,
) -> Appointment:
    """Give a person a role at an agency, from a day, until a day or further notice.

    Raises CannotAppoint where the agency or unit does not exist on that day, the unit is another agency's, the person
    already holds the role there, or the role has room for one and is taken.
    """
    # The row is locked so that two people cannot become head in one moment.
    _lock(agency)
    _check_appointment(person, agency, role, unit, post, starts_on, ends_on)
    row = Appointment.objects.create(
        person=person,
        agency=agency,
        unit=unit,
        post=post,
        role=role,
        title=title or (post.title if post else person.title),
        title_en=title_en or (post.title_en if post else person.title_en),
        starts_on=starts_on,
        ends_on=ends_on,
    )
    new = {"person": person.pk, "agency": agency.code, "unit": unit.code if unit else None, "role": role}
    audit.record("directory.appointment.started", row, by=by, at=at, new=new | {"starts_on": starts_on.isoformat()})
    return row


def _check_appointment(
    person: Person,
    agency: Agency,
    role: str,
    unit: Unit | None,
    post: Post | None,
    starts_on: date,
    ends_on: date | None,
) -> None:
    if role not in Role.values or role == Role.CITIZEN:
        raise CannotAppoint(_("沒有這個角色，不能派任。"))
    if ends_on is not None and ends_on < starts_on:
        raise CannotAppoint(_("卸任日不能早於到任日。"))
    if not agency.exists_on(starts_on):
        raise CannotAppoint(
            _("「%(agency)s」在%(day)s並不存在。") % {"agency": agency.full_label, "day": as_date(starts_on)}
        )
    if agency.is_outside and role not in rules.GUEST_ROLES:
        raise CannotAppoint(_("府外機關的人員以來賓身分參與，只能擔任承辦人、研考窗口、議員服務處或評審委員。"))
    for part in (unit, post):
        if part is not None and part.agency_id != agency.pk:
            raise CannotAppoint(_("單位或職缺不屬於「%(agency)s」。") % {"agency": agency.full_label})
        if part is not None and part.closed_on is not None and part.closed_on <= starts_on:
            raise CannotAppoint(_("單位或職缺在到任日之前已經裁撤。"))
    if role == Role.UNIT_HEAD and unit is None:
        raise CannotAppoint(_("單位主管必須屬於一個單位。"))
    clash = Q(person=person, role=role, unit=unit)
    if post is not None:
        clash |= Q(post=post)
    if role in rules.ONE_IN_A_UNIT:
        clash |= Q(role=role, unit=unit)
    elif role in rules.ONE_IN_AN_AGENCY:
        clash |= Q(role=role)
    overlapping = Appointment.objects.filter(clash, Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on), agency=agency)
    if ends_on is not None:
        overlapping = overlapping.filter(starts_on__lte=ends_on)
    for row in overlapping.select_related("person"):
        if row.person_id == person.pk and row.role == role and row.unit_id == (unit.pk if unit else None):
            raise CannotAppoint(
                _("%(name)s在這段期間已經擔任這個機關的「%(role)s」。")
                % {"name": person.label, "role": Role(role).label}
            )
        if row.role == role and (role in rules.ONE_IN_A_UNIT or role in rules.ONE_IN_AN_AGENCY):
            raise CannotAppoint(
                _("這段期間的「%(role)s」是%(name)s。請先辦理卸任。")
                % {"role": Role(role).label, "name": row.person.label}
            )
        if row.person_id != person.pk:
            raise CannotAppoint(_("這個職缺在這段期間由%(name)s擔任。") % {"name": row.person.label})


@act
def end_appointment(appointment: Appointment, *, ends_on: date, by: Account | None, at: datetime) -> Appointment:
    """End an appointment with a last day.

    Raises CannotAppoint where it leaves open work behind: the person's last appointment ends only after 移交.
    """
    if ends_on < appointment.starts_on:
        raise CannotAppoint(_("卸任日不能早於到任日。"))
    person = appointment.person
    others = person.appointments.exclude(pk=appointment.pk).filter(Q(ends_on__isnull=True) | Q(ends_on__gt=ends_on))
    if ends_on <= day_of(at) and not others.exists():
        left = work_in_hand(person)
        if left:
            what = _("、").join(f"{label} {number}" for label, number in left)
            raise CannotAppoint(
                _("%(name)s手上還有%(what)s。請先移交，再辦理卸任。") % {"name": person.label, "what": what}
            )
    old = appointment.ends_on
    appointment.ends_on = ends_on
    appointment.save(update_fields=["ends_on"])
    audit.record(
        "directory.appointment.ended",
        appointment,
        by=by,
        at=at,
        old={"ends_on": old.isoformat() if old else None},
        new={"ends_on": ends_on.isoformat(), "person": person.pk},
    )
    return appointment


# Deputies and hand-over


@act
def set_deputy(
    person: Person,
    *,
    deputy: Person,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = Absence.LEAVE,
    by: Account | None,
    at: datetime,
) -> Deputy:
    """Note that a person is away and who stands in; the deputy has their tasks and approvals meanwhile.

    Raises CannotSetDeputy when the time is over or reversed, the person is away already, the deputy is away too, or
    does not work at the same agency.
    """
    if deputy.pk == person.pk:
        raise CannotSetDeputy(_("代理人不能是自己。請選另一位同仁。"))
    if ends_at <= starts_at:
        raise CannotSetDeputy(_("結束時間必須晚於開始時間。"))
    if ends_at <= at:
        raise CannotSetDeputy(_("這段期間已經過去，不需要代理人。"))
    Person.objects.select_for_update().get(pk=person.pk)
    span = (starts_at, ends_at)
    for who, sentence in (
        (person, _("%(name)s在%(from)s到%(to)s已經登記請假。請先取消原來的代理。")),
        (deputy, _("%(name)s在%(from)s到%(to)s也請假，不能代理。請選另一位同仁。")),
    ):
        taken = who.absences.filter(ends_at__gt=starts_at).values_list("starts_at", "ends_at")
        if clash := rules.first_overlap(span, taken):
            raise CannotSetDeputy(
                sentence % {"name": who.label, "from": as_datetime(clash[0]), "to": as_datetime(clash[1])}
            )
    day = day_of(max(starts_at, at))
    agencies = Appointment.objects.as_of(day).filter(person=person).values("agency")
    if not Appointment.objects.as_of(day).filter(person=deputy, agency__in=agencies).exists():
        raise CannotSetDeputy(_("代理人必須與請假人在同一個機關任職。"))
    row = Deputy.objects.create(person=person, deputy=deputy, reason=reason, starts_at=starts_at, ends_at=ends_at)
    audit.record(
        "directory.deputy.set",
        row,
        by=by,
        at=at,
        new={
            "person": person.pk,
            "deputy": deputy.pk,
            "starts_at": starts_at.isoformat(),
            "ends_at": ends_at.isoformat(),
        },
    )
    return row


@act
def end_absence(absence: Deputy, *, by: Account | None, at: datetime) -> None:
    """The person is back: the stand-in ends now; one that has not begun is taken back."""
    known = {"person": absence.person_id, "deputy": absence.deputy_id, "ends_at": absence.ends_at.isoformat()}
    if absence.ends_at <= at:
        raise CannotSetDeputy(_("這段代理已經結束。"))
    if absence.starts_at >= at:
        audit.record("directory.deputy.withdrawn", absence, by=by, at=at, old=known)
        absence.delete()
        return
    absence.ends_at = at
    absence.save(update_fields=["ends_at"])
    audit.record("directory.deputy.ended", absence, by=by, at=at, old=known, new={"ends_at": at.isoformat()})


def work_in_hand(person: Person) -> list[tuple[str, int]]:
    """What a hand-over would move: label and number, only what is not none."""
    counted = [(str(kind.label), kind.count(person)) for kind in registry.kinds_of_handing()]
    return [(label, number) for label, number in counted if number]


def why_not_disabled(account: Account, at: datetime) -> str | None:
    """Why an account cannot be disabled now: its person's open work would be left behind."""
    person = queries.person_of(account)
    left = work_in_hand(person) if person else []
    if person is None or not left:
        return None
    what = _("、").join(f"{label} {number}" for label, number in left)
    return _("%(name)s手上還有%(what)s。請先移交，再停用帳號。") % {"name": person.label, "what": what}


@act
def hand_over(from_person: Person, to_person: Person, by: Account | None, at: datetime) -> HandOver:
    """Give all open work of one person to another in one act (移交).

    Raises CannotHandOver when it is the same person, when the other is away, or has no account to work with.
    """
    if from_person.pk == to_person.pk:
        raise CannotHandOver(_("不能移交給自己。請選另一位同仁。"))
    if not Appointment.objects.as_of(day_of(at)).filter(person=to_person).exists():
        raise CannotHandOver(_("%(name)s目前沒有任職，不能接收業務。") % {"name": to_person.label})
    if (away := to_person.absences.at(at).first()) is not None:
        raise CannotHandOver(
            _("%(name)s請假到%(to)s。請選另一位同仁。") % {"name": to_person.label, "to": as_datetime(away.ends_at)}
        )
    moved = {kind.key: kind.move(from_person, to_person, by, at) for kind in registry.kinds_of_handing()}
    row = HandOver.objects.create(from_person=from_person, to_person=to_person, at=at, moved=moved)
    audit.record(
        "directory.handed_over",
        row,
        by=by,
        at=at,
        new={"from": from_person.pk, "to": to_person.pk, "moved": moved},
    )
    return row


# Duty roster and approval


@dataclass(frozen=True)
class Turn:
    """One turn of a duty roster: who is on duty, from when until when, and the number that reaches them."""

    person: Person
    starts_at: datetime
    ends_at: datetime
    phone: str = ""


def add_shift(
    agency: Agency,
    *,
    person: Person,
    starts_at: datetime,
    ends_at: datetime,
    phone: str = "",
    by: Account | None,
    at: datetime,
) -> DutyShift:
    """Put a person on an agency's duty roster; at any instant one person is on duty."""
    return add_shifts(agency, [Turn(person, starts_at, ends_at, phone)], by=by, at=at)[0]


@act
def add_shifts(agency: Agency, turns: Sequence[Turn], *, by: Account | None, at: datetime) -> list[DutyShift]:
    """Put several turns on the roster, all or none; asks as often for many as for one."""
    _lock(agency)
    first, last = min(turn.starts_at for turn in turns), max(turn.ends_at for turn in turns)
    taken = list(
        DutyShift.objects.filter(agency=agency, starts_at__lt=last, ends_at__gt=first).select_related("person")
    )
    serving = list(Appointment.objects.filter(agency=agency, person__in={turn.person.pk for turn in turns}))
    for turn in turns:
        _check_turn(agency, turn, taken, serving)
        taken.append(
            DutyShift(
                agency=agency, person=turn.person, starts_at=turn.starts_at, ends_at=turn.ends_at, phone=turn.phone
            )
        )
    added = DutyShift.objects.bulk_create(taken[-len(turns) :])
    for shift in added:
        audit.record(
            "directory.duty.added",
            shift,
            by=by,
            at=at,
            new={"agency": agency.code, "person": shift.person_id, "starts_at": shift.starts_at.isoformat()},
        )
    return added


LONGEST_SHIFT = timedelta(days=15)
"""A turn over the New Year holiday lasts nine days; longer than two weeks is a typing error."""


@recalled(Agency)
def _lock(agency: Agency) -> int:
    """Let one act at a time change who serves at an agency."""
    return Agency.objects.select_for_update().values_list("pk", flat=True).get(pk=agency.pk)


def _check_turn(agency: Agency, turn: Turn, taken: list[DutyShift], serving: list[Appointment]) -> None:
    if turn.ends_at <= turn.starts_at:
        raise CannotRoster(_("結束時間必須晚於開始時間。"))
    if turn.ends_at - turn.starts_at > LONGEST_SHIFT:
        raise CannotRoster(_("一班值班不能超過 15 天。請檢查日期。"))
    clashes = [shift for shift in taken if shift.starts_at < turn.ends_at and shift.ends_at > turn.starts_at]
    if clash := min(clashes, key=lambda shift: shift.starts_at, default=None):
        raise CannotRoster(
            _("%(from)s到%(to)s已經排了%(name)s值班。")
            % {"from": as_datetime(clash.starts_at), "to": as_datetime(clash.ends_at), "name": clash.person.label}
        )
    day = day_of(turn.starts_at)
    if not any(row.person_id == turn.person.pk and row.holds_on(day) for row in serving):
        raise CannotRoster(
            _("%(name)s在%(day)s不是「%(agency)s」的人員。")
            % {"name": turn.person.label, "day": as_date(day), "agency": agency.label}
        )


@act
def remove_shift(shift: DutyShift, *, by: Account | None, at: datetime) -> None:
    """Take a turn that has not begun off the roster."""
    if shift.starts_at <= at:
        raise CannotRoster(_("這一班已經開始或結束，不能取消。"))
    old = {"agency": shift.agency.code, "person": shift.person_id, "starts_at": shift.starts_at.isoformat()}
    audit.record("directory.duty.removed", shift, by=by, at=at, old=old)
    shift.delete()


@act
def set_approval_level(
    agency: Agency,
    *,
    category: str = "",
    stage: str = "",
    role: str,
    valid_from: date,
    by: Account | None,
    at: datetime,
) -> ApprovalLevel:
    """Say whose approval is needed from a day on; what was approved before stays approved by the old level."""
    if role not in APPROVING_ROLES:
        raise CannotChangeDirectory(_("核定層級只能是單位主管、主任秘書或機關首長。"))
    same = ApprovalLevel.objects.filter(agency=agency, category=category, stage=stage)
    later = same.filter(valid_from__gt=valid_from).order_by("valid_from").first()
    if later is not None:
        raise CannotChangeDirectory(
            _("自%(day)s起另有設定，生效日不能早於那一天。") % {"day": as_date(later.valid_from)}
        )
    same.filter(valid_from__lt=valid_from, valid_to__isnull=True).update(valid_to=valid_from - timedelta(days=1))
    row, _created = ApprovalLevel.objects.update_or_create(
        agency=agency, category=category, stage=stage, valid_from=valid_from, defaults={"role": role, "valid_to": None}
    )
    audit.record(
        "directory.approval.set",
        row,
        by=by,
        at=at,
        new={
            "agency": agency.code,
            "category": category,
            "stage": stage,
            "role": role,
            "valid_from": valid_from.isoformat(),
        },
    )
    return row


# Shared by several acts


def _change(
    row: Any, changes: Mapping[str, Any], event: str, by: Account | None, at: datetime, check: Any = None
) -> Any:
    old = {name: _plain(getattr(row, name)) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    changed = [name for name in changes if old[name] != _plain(getattr(row, name))]
    if not changed:
        return row
    if check is not None:
        check(row)
    row.save(update_fields=changed)
    audit.record(
        event,
        row,
        by=by,
        at=at,
        old={name: old[name] for name in changed},
        new={name: _plain(getattr(row, name)) for name in changed},
    )
    return row
