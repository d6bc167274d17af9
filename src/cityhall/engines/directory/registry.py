"""What others declare to the directory: their open work, how it is handed over, their approval stages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from cityhall.engines.identity.models import Account

    from .models import Agency, Person, Succession, Unit

Text = str | Promise


@dataclass(frozen=True)
class OpenWork:
    """One kind of work that keeps an agency alive while some of it is open."""

    key: str
    label: Text
    count: "Callable[[Agency, Unit | None], int]"


@dataclass(frozen=True)
class Handing:
    """One kind of work that passes from a person to another: how many there are, and how they are moved."""

    key: str
    label: Text
    count: "Callable[[Person], int]"
    move: "Callable[[Person, Person, Account | None, datetime], int]"


@dataclass(frozen=True)
class Move:
    """A succession being carried out: what was the old agency's becomes the new one's."""

    succession: "Succession"
    agency: "Agency"
    successor: "Agency"
    units: "dict[int, Unit]"
    by: "Account | None"
    at: datetime

    def unit_for(self, unit_id: int | None) -> "Unit | None":
        """The unit of the successor that takes the place of an old one."""
        return self.units.get(unit_id) if unit_id is not None else None


_open_work: dict[str, OpenWork] = {}
_hand_over: dict[str, Handing] = {}
_succession: dict[str, tuple[Text, Callable[[Move], int]]] = {}
_stages: dict[str, Text] = {}
_categories: "list[Callable[[], Iterable[tuple[str, str]]]]" = []


def open_work(key: str, label: Text, count: "Callable[[Agency, Unit | None], int]") -> None:
    """Declare a kind of open work: an agency, or one unit of it, cannot be closed while some is open.

    `count(agency, unit)` answers for the unit or, with None, for the whole agency.
    """
    _open_work[key] = OpenWork(key, label, count)


def on_hand_over(
    key: str,
    label: Text,
    count: "Callable[[Person], int]",
    move: "Callable[[Person, Person, Account | None, datetime], int]",
) -> None:
    """Declare how one person's open work passes to another (移交).

    `count(person)` says how many records there are, `move(from_person, to_person, by, at)` how many it moved.
    """
    _hand_over[key] = Handing(key, label, count, move)


def on_succession(key: str, label: Text, move: Callable[[Move], int]) -> None:
    """Declare how open work passes to an agency's successor; `move` answers how many records it moved."""
    _succession[key] = (label, move)


def approval_stage(code: str, label: Text) -> None:
    """Declare a stage at which replies or acts are approved, such as `stage1` 初步回復."""
    _stages[code] = label


def approval_categories(choices: "Callable[[], Iterable[tuple[str, str]]]") -> None:
    """Declare where the categories of the approval table come from: (code, label) pairs."""
    _categories.append(choices)


def kinds_of_open_work() -> list[OpenWork]:
    """All declared kinds of open work, in the order of their declaration."""
    return list(_open_work.values())


def kinds_of_handing() -> list[Handing]:
    """All declared kinds of work that pass with a hand-over."""
    return list(_hand_over.values())


def succession_hooks() -> list[tuple[str, Text, Callable[[Move], int]]]:
    """Key, label and act of every declared move to a successor."""
    return [(key, label, move) for key, (label, move) in _succession.items()]


def stages() -> dict[str, Text]:
    """The declared stages of approval."""
    return dict(_stages)


def categories() -> list[tuple[str, str]]:
    """The declared categories of approval."""
    return [choice for choices in _categories for choice in choices()]


def label_of(key: str) -> Text:
    """What a declared kind of work is called."""
    if key in _hand_over:
        return _hand_over[key].label
    return _succession[key][0] if key in _succession else key


def forget(*keys: str) -> None:
    """Take declarations back (tests declare their own)."""
    for key in keys:
        _open_work.pop(key, None)
        _hand_over.pop(key, None)
        _succession.pop(key, None)
        _stages.pop(key, None)
