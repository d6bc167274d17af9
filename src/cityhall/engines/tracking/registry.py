"""Kinds of listed item, as domains declare them: a council item, a meeting's decision, a suggestion, a finding.

A register is a list of one or several kinds with pages of its own here, for domains that add nothing to their items.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from .states import Verdict

if TYPE_CHECKING:
    from .models import Item

Text = Any  # a str or a lazy translation
Rows = Sequence[tuple[Any, Any]]


class UnknownProfile(LookupError):
    """No app declares this key."""


@dataclass(frozen=True)
class Ground:
    """What a controller ticks of an item's answer, such as 「已辦理」."""

    code: str
    label: Text


@dataclass(frozen=True)
class Profile:
    """One kind of listed item.

    `prefix` begins its numbers. `facts` are what its pages show beside what every item has, `propose` is the domain's
    rule from the grounds that were ticked to a verdict, `lists` the address of the domain's own list.
    """

    key: str
    label: Text
    prefix: str
    letter: bool  # whether agencies answer by an official letter, with its day and number
    days: str  # the dated parameter of days to reply
    months: str  # the dated parameter of months between the reports of what is still tracked
    facts: Callable[[Item], Rows]
    propose: Callable[[frozenset[str]], Verdict] | None
    grounds: tuple[Ground, ...] = ()
    lists: Callable[[], str] | None = None
    url: Callable[[Item], str] | None = None

    def url_of(self, item: Item) -> str:
        """The item's page: the domain's own, else the engine's."""
        return self.url(item) if self.url else reverse("tracking:item", args=[item.reference])


@dataclass(frozen=True)
class Register:
    """A list of kinds: its name, the sentence below it, and the kinds."""

    key: str
    label: Text
    lead: Text
    profiles: tuple[str, ...]

    @property
    def kinds(self) -> list[Profile]:
        """The kinds, as declared."""
        return [of(key) for key in self.profiles]

    @property
    def url(self) -> str:
        """Its first page."""
        return reverse("tracking:register", args=[self.key])


_profiles: dict[str, Profile] = {}
_registers: dict[str, Register] = {}


def register(declared: Register) -> Register:
    """Declare a register, once, when its app starts."""
    _registers[declared.key] = declared
    return declared


def register_of(key: str) -> Register:
    """What was declared. Raises UnknownProfile."""
    try:
        return _registers[key]
    except KeyError:
        raise UnknownProfile(key) from None


def profile(
    key: str,
    label: Text,
    *,
    prefix: str,
    letter: bool = False,
    days: str = "tracking.reply_days",
    months: str = "tracking.report_months",
    facts: Callable[[Item], Rows] | None = None,
    propose: Callable[[frozenset[str]], Verdict] | None = None,
    grounds: Sequence[Ground] = (),
    lists: Callable[[], str] | None = None,
    url: Callable[[Item], str] | None = None,
) -> Profile:
    """Declare a kind of listed item; two kinds cannot number by the same letter."""
    if any(one.prefix == prefix and one.key != key for one in _profiles.values()):
        raise ValueError(f"{prefix} numbers another profile")
    _profiles[key] = Profile(
        key, label, prefix, letter, days, months, facts or (lambda item: ()), propose, tuple(grounds), lists, url
    )
    return _profiles[key]


def of(key: str) -> Profile:
    """What was declared. Raises UnknownProfile."""
    try:
        return _profiles[key]
    except KeyError:
        raise UnknownProfile(key) from None


def profiles() -> list[Profile]:
    """All kinds, in the order of their declaration."""
    return list(_profiles.values())


def forget(*keys: str) -> None:
    """Take declarations back (tests declare their own)."""
    for key in keys:
        _profiles.pop(key, None)
