"""What stands after the report's text: tables that engines keep, such as the contact list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import contacts
from cityhall.engines.directory.models import Agency, Appointment
from cityhall.engines.directory.states import Role

Text = Any


@dataclass(frozen=True)
class Table:
    """An appendix as rows of text under headings."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Appendix:
    """An appendix: its title, and how its table is made for a day."""

    key: str
    title: Text
    table: Callable[[date, bool], Table | None]


_appendices: dict[str, Appendix] = {}


def appendix(key: str, title: Text) -> Callable[[Callable[[date, bool], Table | None]], None]:
    """Declare an appendix. Its function takes the day and whether people may be named in full."""

    def declare(table: Callable[[date, bool], Table | None]) -> None:
        _appendices[key] = Appendix(key, title, table)

    return declare


def appendices() -> list[Appendix]:
    """Every declared appendix."""
    return list(_appendices.values())


@appendix("contacts", _("聯絡電話一覽表"))
def contact_list(on: date, full_names: bool) -> Table | None:
    """The commission's own contact list; None while nobody heads a commission."""
    agency = commission(on)
    if agency is None:
        return None
    found = contacts.contacts([agency], on, masked=not full_names)
    return Table([str(column) for column in contacts.COLUMNS], [line.cells for one in found for line in one.contacts])


def commission(on: date) -> Agency | None:
    """The agency that gives the report: the one whose head is the 主任委員."""
    post = Appointment.objects.as_of(on).filter(role=Role.COMMISSION_HEAD).select_related("agency").first()
    return post.agency if post else None
