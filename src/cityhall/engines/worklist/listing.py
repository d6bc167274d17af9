"""The list at the left of the desk: groups, filters, one page of it. Its number of questions does not grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from django.core.paginator import Page
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cityhall.web import access
from cityhall.web.paging import LongPaginator

from . import queries, registry
from .models import SavedFilter, Todo
from .rules import Filter, group_of, read_filter
from .states import Part

if TYPE_CHECKING:
    from cityhall.engines.directory.models import Person

PAGE_SIZE = 100
SESSION_KEY = "desk_filter"

HEADINGS: dict[str, Promise] = {
    "late": _("已逾期"),
    "today": pgettext_lazy("heading", "今天"),
    "tomorrow": pgettext_lazy("heading", "明天"),
    "week": _("本週其他"),
    "later": _("之後"),
    "never": _("無期限"),
}


@dataclass(frozen=True)
class Item:
    """One line of the list."""

    todo: Todo
    url: str
    behalf: Person | None
    open: bool


@dataclass(frozen=True)
class Group:
    """A heading of the list with the lines of this page; `size` counts those of other pages too."""

    key: str
    label: Promise
    size: int
    items: Sequence[Item]


@dataclass(frozen=True)
class Chip:
    """One filter above the list."""

    label: Any
    count: int | None
    url: str
    current: bool
    saved: SavedFilter | None = None


@dataclass(frozen=True)
class Position:
    """Where a record stands in the list: its number, of how many, and the records before and after it."""

    number: int | None
    total: int
    before: str
    after: str


class Counted(LongPaginator):
    """Pages whose number is known already; it is counted where it is not (-1), as for words."""

    def __init__(self, rows: Any, size: int, count: int) -> None:
        super().__init__(rows, size, by_words=True)
        self._known = count

    @cached_property
    def _counted(self) -> int:
        return self._known if self._known >= 0 else super()._counted

    @cached_property
    def count(self) -> int:
        """The number of all rows, where it is known."""
        return self._known if self._known >= 0 else super().count

    @property
    def more(self) -> bool:
        """Whether there are more than are counted."""
        return self._known < 0 and super().more


class Listing:
    """What waits for the request's account, as filtered by its address (or, beside a record, as it was last)."""

    def __init__(self, request: HttpRequest, at: datetime | None = None) -> None:
        self.request = request
        self.at = at or timezone.now()
        self.account: Any = request.user
        self.home = reverse("worklist:list")
        self.asked = self._asked()

    def _asked(self) -> Filter:
        parts = set(Part.values)
        if self.request.path == self.home:
            asked = read_filter(self.request.GET.dict(), parts)
            if self.request.session.get(SESSION_KEY, "") != asked.query():
                self.request.session[SESSION_KEY] = asked.query()
            return asked
        return read_filter(dict(parse_qsl(self.request.session.get(SESSION_KEY, ""))), parts)

    @cached_property
    def all(self) -> Any:
        """Everything that waits for the account."""
        return queries.waiting_for(self.account, self.at)

    @cached_property
    def rows(self) -> Any:
        """What the filter leaves."""
        return queries.filtered(self.all, self.asked, self.account, self.at)

    @cached_property
    def tally(self) -> queries.Tally:
        """The numbers on the filters."""
        return queries.tally(self.all, self.account, self.at)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How many lines stand under each heading."""
        return queries.sizes(self.rows, self.at)

    @cached_property
    def total(self) -> int:
        """How many lines there are on all pages."""
        return sum(self.sizes.values())

    @cached_property
    def page(self) -> Page:
        """The page that was asked for."""
        number = self.request.GET.get("page") if self.request.path == self.home else None
        return Counted(self.rows.select_related("person", "unit"), PAGE_SIZE, self.total).get_page(number)

    @cached_property
    def position(self) -> Position:
        """Where the record that is open stands."""
        return self.around(self.request.path)

    def around(self, path: str) -> Position:
        """Where the record of an address stands; one that is not in the list is followed by the list's first."""
        urls = [in_language(url) for url in dict.fromkeys(self.rows.values_list("url", flat=True))]
        here = next((n for n, url in enumerate(urls) if path.startswith(url)), None)
        if here is None:
            return Position(None, len(urls), "", urls[0] if urls else "")
        before = urls[here - 1] if here else ""
        return Position(here + 1, len(urls), before, urls[here + 1] if here + 1 < len(urls) else "")

    @cached_property
    def groups(self) -> list[Group]:
        """The lines of this page under their headings."""
        works_for = queries.behalf(self.account, self.at)
        items = [
            Item(
                todo,
                in_language(todo.url),
                works_for.of(todo),
                self.request.path.startswith(in_language(todo.url)),
            )
            for todo in self.page.object_list
        ]
        return [
            Group(key, HEADINGS[key], self.sizes[key], list(lines))
            for key, lines in groupby(items, key=lambda item: group_of(item.todo.due_at, self.at))
        ]

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters above the list: those that would show something, and the one that is on."""
        tally = self.tally
        chips = [self._chip(_("全部"), tally.everything, Filter())]
        if tally.urgent or self.asked == Filter(urgent=True):
            chips.append(self._chip(_("急迫"), tally.urgent, Filter(urgent=True)))
        for part in (Part.DISPATCH, Part.APPROVE, Part.WAITING, Part.CO_HANDLE, Part.FOLLOW_UP):
            if tally.parts[part] or self.asked == Filter(part=part):
                chips.append(self._chip(part.label, tally.parts[part], Filter(part=part)))
        for person, number in tally.standing_in:
            label = _("代%(name)s") % {"name": person.label}
            chips.append(self._chip(label, number, Filter(person=person.pk)))
        return chips

    def _chip(self, label: Any, count: int, asked: Filter) -> Chip:
        query = asked.query()
        return Chip(label, count, f"{self.home}?{query}" if query else self.home, asked == self.asked)

    @cached_property
    def person(self) -> Any:
        """Who the account is in the directory; None for one that is nobody there, as the first administrator."""
        return queries.behalf(self.account, self.at).person

    @cached_property
    def saved(self) -> list[Chip]:
        """The filters that the person kept."""
        if (person := self.person) is None:
            return []
        now = self.asked.query()
        return [
            Chip(one.name, None, f"{self.home}?{one.query}", one.query == now, one)
            for one in queries.saved_filters(person)
        ]

    @property
    def kinds(self) -> list[tuple[str, Any, int]]:
        """Kinds of to-do that wait, for choosing one."""
        return [(code, registry.kind_of(code).label, number) for code, number in sorted(self.tally.kinds.items())]

    @property
    def headings(self) -> list[tuple[str, Promise]]:
        """The headings, for choosing one."""
        return list(HEADINGS.items())

    @cached_property
    def bulk(self) -> list[registry.BulkAct]:
        """Acts on many that the account may do on something in the list."""
        waiting = self.tally.kinds
        return [act for act in registry.bulk_acts() if act.kind in waiting and access.allowed(self.request, act.act)]

    @property
    def bulk_kinds(self) -> set[str]:
        """Kinds of which several can be ticked."""
        return {act.kind for act in self.bulk}

    @property
    def query(self) -> str:
        """The filter as a query string."""
        return self.asked.query()


def in_language(url: str) -> str:
    """A stored address in the reader's language, whatever language whoever stored it read: `/en/desk/…` in English."""
    plain = url.removeprefix("/en") if url.startswith("/en/") else url
    return f"/en{plain}" if (get_language() or "").startswith("en") and plain.startswith("/") else plain


def next_after(request: HttpRequest, path: str) -> str:
    """The address of what comes after a record in the reader's list, asked before an act takes the record off it."""
    place = Listing(request).around(path)
    return place.after or place.before
