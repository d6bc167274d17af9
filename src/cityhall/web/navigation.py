"""Menus of the portal, the desk and the footer: entries are declared by the apps that own the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from cityhall.web import access

Label = Any  # a str or a lazy translation


@dataclass(frozen=True)
class Entry:
    """One line of a menu, as declared."""

    order: int
    label: Label
    url_name: str
    active_prefix: str = ""
    act: str | None = None
    count: Callable[[HttpRequest], int | None] | None = None
    when: Callable[[HttpRequest], bool] | None = None
    post: bool = False
    kwargs: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Link:
    """One line of a menu, as shown to this request."""

    label: str
    url: str
    current: bool
    count: int | None = None
    post: bool = False
    managing: bool = False


MANAGING = 60
"""From this order on an entry of the desk is no daily work: it stands in the menu 管理."""


@dataclass
class Menu:
    """A list of entries in their order; each request sees those that it may use."""

    entries: list[Entry] = field(default_factory=list)

    def add(
        self,
        order: int,
        label: Label,
        url_name: str,
        active_prefix: str = "",
        *,
        act: str | None = None,
        count: Callable[[HttpRequest], int | None] | None = None,
        when: Callable[[HttpRequest], bool] | None = None,
        post: bool = False,
        **kwargs: Any,
    ) -> None:
        """Declare an entry; `kwargs` are the arguments of its URL.

        An entry with an `act` is shown to accounts that may do it, one with `when` if that says so.
        """
        entry = Entry(order, label, url_name, active_prefix, act, count, when, post, tuple(kwargs.items()))
        if entry not in self.entries:
            self.entries.append(entry)
            self.entries.sort(key=lambda one: one.order)

    def links(self, request: HttpRequest) -> Iterator[Link]:
        """The entries for this request, the longest matching one marked as current."""
        shown = [
            (entry, reverse(entry.url_name, kwargs=dict(entry.kwargs)))
            for entry in self.entries
            if (entry.act is None or access.allowed(request, entry.act)) and (entry.when is None or entry.when(request))
        ]
        current = _longest_match(request.path, [self._prefix(entry, url) for entry, url in shown])
        for index, (entry, url) in enumerate(shown):
            count = entry.count(request) if entry.count else None
            yield Link(str(entry.label), url, index == current, count, entry.post, entry.order >= MANAGING)

    @staticmethod
    def _prefix(entry: Entry, url: str) -> str:
        """Where the entry is current: everything under its address or the prefix it named; with `=`, its page alone."""
        if entry.active_prefix == "=":
            return url.rstrip("/")
        if not entry.active_prefix:
            return url
        home = reverse("web:home")
        return home.rstrip("/") + entry.active_prefix


def _longest_match(path: str, prefixes: list[str]) -> int | None:
    best: int | None = None
    for index, prefix in enumerate(prefixes):
        inside = path.rstrip("/") == prefix.rstrip("/") or (
            prefix.endswith("/") and prefix.count("/") > 1 and path.startswith(prefix)
        )
        if inside and (best is None or len(prefix) > len(prefixes[best])):
            best = index
    return best


portal_menu = Menu()
desk_menu = Menu()
account_menu = Menu()  # right end of the header: sign in, my account, sign out
footer_menu = Menu()
