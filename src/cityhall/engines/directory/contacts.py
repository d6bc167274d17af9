"""The contact list (聯絡電話一覽表): 單位別, 職稱, 姓名, 電話, 傳真, by unit of an agency, or of the city by agency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import rules
from .models import Agency, Appointment, Person, Post, Unit
from .states import AgencyKind, Role

if TYPE_CHECKING:
    from django.utils.functional import Promise as Lazy

COLUMNS: tuple[str | Lazy, ...] = (
    gettext_lazy("單位別"),
    gettext_lazy("職稱"),
    gettext_lazy("姓名"),
    gettext_lazy("電話"),
    gettext_lazy("傳真"),
)
"""The columns of the report's appendix."""

NOT_LISTED = frozenset({Role.DUTY, Role.VILLAGE_HEAD, Role.COUNCIL_OFFICE, Role.AUDITOR, Role.ADMIN})
"""Roles that give nobody a line: duties beside a post, and people who are no staff."""

RANK = {
    role: place
    for place, role in enumerate((Role.AGENCY_HEAD, Role.COMMISSION_HEAD, Role.AGENCY_SECRETARY, Role.UNIT_HEAD))
}


@dataclass(frozen=True)
class Contact:
    """One line: a person at their post, or a post that nobody holds."""

    unit: str
    title: str
    name: str
    phone: str
    fax: str
    vacant: bool = False
    number: str = ""
    extension: str = ""

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """The line's cells in the order of `COLUMNS`."""
        return self.unit, self.title, self.name, self.phone, self.fax


@dataclass(frozen=True)
class Group:
    """The lines of one unit; without a code, of those who sit in none."""

    code: str
    label: str
    contacts: Sequence[Contact]


@dataclass(frozen=True)
class AgencyContacts:
    """The lines of one agency, by unit."""

    agency: Agency
    groups: Sequence[Group]

    @property
    def contacts(self) -> Iterator[Contact]:
        """All lines."""
        for group in self.groups:
            yield from group.contacts


@dataclass
class _Line:
    """A line while it is being made."""

    agency_id: int
    unit: Unit | None
    order: tuple[int, int, str]
    title: str
    person: Person | None
    extension: str


def contacts(agencies: Iterable[Agency], on: date, *, masked: bool) -> list[AgencyContacts]:
    """The contact lists of these agencies on a day, in three questions whatever their number."""
    wanted = {agency.pk: agency for agency in agencies}
    lines = _lines(wanted, on)
    by_agency = {
        agency_id: list(found)
        for agency_id, found in groupby(sorted(lines, key=_by_agency), key=lambda one: one.agency_id)
    }
    return [AgencyContacts(agency, _groups(agency, by_agency.get(agency.pk, []), masked)) for agency in wanted.values()]


def _by_agency(line: _Line) -> tuple[int, tuple[int, str], tuple[int, int, str]]:
    unit = (line.unit.order, line.unit.code) if line.unit else (-1, "")
    return line.agency_id, unit, line.order


def _groups(agency: Agency, lines: Sequence[_Line], masked: bool) -> list[Group]:
    groups = []
    for unit, found in groupby(lines, key=lambda line: line.unit):
        label = unit.label if unit else headquarters(agency)
        contacts_of = [_contact(agency, label, line, masked) for line in found]
        groups.append(Group(unit.code if unit else "", label, contacts_of))
    return groups


def _contact(agency: Agency, unit_label: str, line: _Line, masked: bool) -> Contact:
    person, unit = line.person, line.unit
    name = _("（懸缺）")
    if person is not None:
        name = rules.masked_name(person.name) if masked else person.label
    phone = (person.phone if person else "") or (unit.phone if unit else "") or agency.phone
    extension = line.extension or (person.extension if person else "")
    fax = (unit.fax if unit else "") or agency.fax
    return Contact(unit_label, line.title, name, dial(phone, extension), fax, person is None, phone, extension)


def dial(phone: str, extension: str) -> str:
    """03-0000-1650分機512, or ext. 512."""
    return _("%(phone)s分機%(extension)s") % {"phone": phone, "extension": extension} if extension else phone


def headquarters(agency: Agency) -> str:
    """What stands under 單位別 for people who sit in no unit: 會本部, 局本部, 區長室 …"""
    if agency.kind == AgencyKind.DISTRICT_OFFICE:
        return _("區長室")
    if agency.kind == AgencyKind.SCHOOL:
        return _("校長室")
    names = {"會": _("會本部"), "局": _("局本部"), "處": _("處本部"), "所": _("所本部"), "中心": _("中心本部")}
    return next((label for ending, label in names.items() if agency.short_name.endswith(ending)), _("機關本部"))


def _lines(agencies: dict[int, Agency], on: date) -> list[_Line]:
    in_force = Appointment.objects.as_of(on).filter(agency__in=agencies).select_related("person", "unit", "post")
    held = {row.post_id for row in in_force if row.post_id}
    appointments = [row for row in in_force if row.role not in NOT_LISTED]
    lines: dict[tuple[int, int | None, int], _Line] = {}
    # A person stands once in each unit, with the post or the highest role that they hold there.
    for row in sorted(appointments, key=lambda one: (one.post_id is None, RANK.get(Role(one.role), 9), one.pk)):
        key = (row.agency_id, row.unit_id, row.person_id)
        if key in lines or (row.role == Role.COORDINATOR and _sits_elsewhere(row, appointments)):
            continue
        lines[key] = _Line(
            row.agency_id,
            row.unit,
            (row.post.order if row.post else 500, RANK.get(Role(row.role), 9), row.person.code),
            row.title_label or row.person.title_label,
            row.person,
            row.post.extension if row.post else "",
        )
    vacant = Post.objects.as_of(on).filter(agency__in=agencies).exclude(pk__in=held).select_related("unit")
    return list(lines.values()) + [
        _Line(post.agency_id, post.unit, (post.order, 9, post.code), post.title_label, None, post.extension)
        for post in vacant
    ]


def _sits_elsewhere(row: Appointment, appointments: Iterable[Appointment]) -> bool:
    """Whether a 研考窗口 without a unit sits in one by another appointment; then that line is enough."""
    return row.unit_id is None and any(
        other.person_id == row.person_id and other.agency_id == row.agency_id and other.unit_id
        for other in appointments
    )


@dataclass(frozen=True)
class Found:
    """What a search of the contact list found."""

    agencies: Sequence[Agency]
    units: Sequence[Unit]
    people: Sequence[Appointment]

    def __bool__(self) -> bool:
        return bool(self.agencies or self.units or self.people)


MOST_FOUND = 40


def search(text: str, on: date, *, names: bool, within: Q | None = None) -> Found:
    """Agencies, units and people whose name, title, code or number has the words; people by name only where shown."""
    agencies = Agency.objects.as_of(on)
    units = Unit.objects.as_of(on).select_related("agency")
    people = (
        Appointment.objects.as_of(on)
        .exclude(role__in=NOT_LISTED)
        .filter(within or Q())
        .select_related("person", "agency", "unit")
    )
    for word in words(text):
        agencies = agencies.filter(_any(word, "name", "short_name", "name_en", "code", "phone"))
        units = units.filter(_any(word, "name", "name_en", "agency__name", "agency__short_name", "agency__name_en"))
        fields = ["title", "title_en", "person__title", "person__extension", "agency__name", "agency__short_name",
                  "agency__name_en", "unit__name", "unit__name_en"]  # fmt: skip
        people = people.filter(_any(word, *fields, *(["person__name", "person__name_en"] if names else [])))
    return Found(
        list(agencies.order_by("order", "code")[:MOST_FOUND]),
        list(units.order_by("agency__order", "agency__code", "order")[:MOST_FOUND]),
        _one_line_each(people.order_by("agency__order", "agency__code", "unit__order", "person__code", "pk")),
    )


def _one_line_each(people: Iterable[Appointment]) -> list[Appointment]:
    seen: dict[tuple[int, int], Appointment] = {}
    for row in people:
        key = (row.person_id, row.agency_id)
        if key not in seen or (seen[key].unit_id is None and row.unit_id is not None):
            seen[key] = row
        if len(seen) > MOST_FOUND:
            break
    return list(seen.values())[:MOST_FOUND]


def words(text: str) -> list[str]:
    """What was typed, as words of one width; at most five."""
    return rules.plain(text).split()[:5]


def _any(word: str, *fields: str) -> Q:
    """Any of the fields has the word; 台 and 臺 are one."""
    condition = Q()
    for written in {word, word.replace("台", "臺"), word.replace("臺", "台")}:
        for field in fields:
            condition |= Q(**{f"{field}__icontains": written})
    return condition
