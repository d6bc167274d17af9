"""What the list itself gives to the search box: its own to-dos, and the people and agencies of the directory."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse

from cityhall.engines.directory import contacts
from cityhall.engines.directory import queries as directory
from cityhall.foundation.clock import day_of

from . import queries
from .registry import Hit
from .rules import Filter

if TYPE_CHECKING:
    from cityhall.engines.identity.models import Account


def todos(account: Account, text: str, at: datetime, limit: int) -> list[Hit]:
    """The account's own to-dos with these words."""
    found = queries.filtered(queries.waiting_for(account, at), Filter(text=text), account, at)
    return [
        Hit(
            todo.title,
            todo.url,
            detail=f"{todo.reference}　{todo.detail}".strip("　"),
            tag=todo.stage_label,
            at=todo.due_at,
        )
        for todo in found[:limit]
    ]


def people(account: Account, text: str, at: datetime, limit: int) -> list[Hit]:
    """People of the directory by name, title or extension."""
    if not directory.may(account, "directory.read", on=at):
        return []
    found = contacts.search(text, day_of(at), names=True)
    return [
        Hit(
            row.person.label,
            _plain(reverse("directory:desk_person", args=[row.person_id])),
            detail=f"{row.agency.label}　{row.unit.label if row.unit else ''}　"
            f"{contacts.dial(row.person.phone, row.person.extension)}".replace("　　", "　"),
            tag=row.title_label or row.person.title_label,
        )
        for row in found.people[:limit]
    ]


def agencies(account: Account, text: str, at: datetime, limit: int) -> list[Hit]:
    """Agencies by name, code or number."""
    if not directory.may(account, "directory.read", on=at):
        return []
    found = contacts.search(text, day_of(at), names=True)
    return [
        Hit(one.full_label, _plain(reverse("directory:desk_agency", args=[one.code])), detail=one.phone)
        for one in found.agencies[:limit]
    ]


def _plain(url: str) -> str:
    """The address without its language, as to-dos keep it."""
    return url.removeprefix("/en")
