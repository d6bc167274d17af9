"""What others declare to the to-do list: kinds of to-do, acts on many at once, records that the search box finds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise

from .states import Part

if TYPE_CHECKING:
    from cityhall.engines.identity.models import Account

    from .models import TodoQuerySet

Text = str | Promise


@dataclass(frozen=True)
class Kind:
    """A kind of to-do: what it is called, what is expected, and the names of its stages."""

    code: str
    label: Text
    part: Part = Part.HANDLE
    stages: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class BulkAct:
    """An act on many to-dos of one kind. The view shows its own form and, confirmed, does the act."""

    key: str
    kind: str
    label: Text
    act: str
    view: "Callable[[HttpRequest, TodoQuerySet], HttpResponse]"


@dataclass(frozen=True)
class Hit:
    """One record that the search box found, as much of it as the officer may see."""

    title: str
    url: str
    detail: str = ""
    tag: Text = ""
    at: datetime | None = None
    exact: bool = False
    """Whether the query is this record's own number; a single exact hit is opened at once."""


@dataclass(frozen=True)
class Searchable:
    """Records that the search box looks through; `find` answers only what the account may see."""

    key: str
    label: Text
    find: "Callable[[Account, str, datetime, int], list[Hit]]"
    order: int = 50


_notices: "dict[str, Callable[[HttpRequest], str]]" = {}
_kinds: dict[str, Kind] = {}
_bulk: dict[str, BulkAct] = {}
_searchable: dict[str, Searchable] = {}


def kind(code: str, label: Text, *, part: Part = Part.HANDLE, stages: Mapping[str, Text] | None = None) -> Kind:
    """Declare a kind of to-do, such as `petition.handle`."""
    _kinds[code] = Kind(code, label, part, stages or {})
    return _kinds[code]


def bulk(
    kind: str,
    label: Text,
    act: str,
    view: "Callable[[HttpRequest, TodoQuerySet], HttpResponse]",
    *,
    key: str = "",
) -> BulkAct:
    """Declare an act on many to-dos of a kind, offered to those who may do `act`.

    `view(request, todos)` is called with a POST. It answers a page that asks for what is missing (a form that posts the
    same `todo` ids and `bulk` key to `worklist:bulk` again) or does the act and redirects to the list.
    """
    key = key or act
    _bulk[key] = BulkAct(key, kind, label, act, view)
    return _bulk[key]


def searchable(
    key: str, label: Text, find: "Callable[[Account, str, datetime, int], list[Hit]]", *, order: int = 50
) -> Searchable:
    """Declare records for the search box: `find(account, query, at, limit)` within the account's rights."""
    _searchable[key] = Searchable(key, label, find, order)
    return _searchable[key]


def notice(key: str, words: "Callable[[HttpRequest], str]") -> None:
    """Declare what stands above the list for those whom it concerns: HTML, or nothing."""
    _notices[key] = words


def notices(request: HttpRequest) -> list[str]:
    """What stands above the list now."""
    return [words for one in _notices.values() if (words := one(request))]


def kind_of(code: str) -> Kind:
    """The declared kind; one that nobody declared is shown by its code."""
    return _kinds.get(code) or Kind(code, code)


def kinds() -> list[Kind]:
    """All declared kinds."""
    return list(_kinds.values())


def kinds_with(part: str) -> list[str]:
    """The codes of the kinds in which this is expected."""
    return [row.code for row in _kinds.values() if row.part == part]


def bulk_acts() -> list[BulkAct]:
    """All acts on many."""
    return list(_bulk.values())


def bulk_act(key: str) -> BulkAct | None:
    """The act of that key."""
    return _bulk.get(key)


def searchables() -> list[Searchable]:
    """Everything that the search box looks through, in the order of the page."""
    return sorted(_searchable.values(), key=lambda row: (row.order, row.key))


def forget(*codes: str) -> None:
    """Take declarations back (tests declare their own)."""
    for code in codes:
        registries: tuple[dict[str, Any], ...] = (_kinds, _bulk, _searchable)
        for known in registries:
            known.pop(code, None)
