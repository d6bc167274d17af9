"""What others declare to the directory: their open work, how it is handed over, what of theirs names an agency."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from .states import Fate

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


@dataclass(frozen=True)
class Named:
    """One row that names an agency, as the list of a succession shows it: no more than its number, and its page."""

    text: str
    url: str = ""
    detail: Text = ""


@dataclass(frozen=True)
class Naming:
    """One kind of rows that name an agency, and what becomes of them when another agency carries on its work.

    `rows(agency, on)` are those that a succession on that day concerns: after it, where they move or have to be decided,
    there are none. `move(move, most)` gives at most so many of them to the successor and answers how many; the directory
    calls it again until none is left, each time in a transaction of its own.
    """

    key: str
    label: Text
    fate: Fate
    words: Text
    columns: tuple[str, ...]
    rows: "Callable[[Agency, date], Any]"
    show: Callable[[Any], Named]
    move: "Callable[[Move, int], int] | None" = None

    def count(self, agency: "Agency", on: date) -> int:
        """How many there are."""
        found = self.rows(agency, on)
        return found.count() if isinstance(found, QuerySet) else len(found)


_open_work: dict[str, OpenWork] = {}
_hand_over: dict[str, Handing] = {}
_namings: dict[str, Naming] = {}
_history: dict[str, Text] = {}
_left: "dict[str, Callable[[Succession, int, datetime], None]]" = {}
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


def names_agency(
    key: str,
    label: Text,
    *,
    columns: Sequence[str] = (),
    fate: Fate,
    words: Text,
    rows: "Callable[[Agency, date], Any]",
    show: Callable[[Any], Named],
    move: "Callable[[Move, int], int] | None" = None,
) -> None:
    """Declare rows that name an agency, by which columns (`petitions.Routing.agency`), and what becomes of them."""
    _namings[key] = Naming(key, label, fate, words, tuple(columns), rows, show, move)


def names_agency_for_ever(reasons: "dict[str, Text]") -> None:
    """Declare columns that keep the old agency because they say what was; with the reason, for each column."""
    _history.update(reasons)


def after_succession(key: str, tell: "Callable[[Succession, int, datetime], None]") -> None:
    """Declare who is told how much still names an agency that was succeeded: after the move, and each night."""
    _left[key] = tell


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


def namings() -> list[Naming]:
    """Everything that names an agency, in the order of its declaration."""
    return list(_namings.values())


def naming(key: str) -> Naming | None:
    """The declared kind of rows."""
    return _namings.get(key)


def kept_for_ever() -> dict[str, Text]:
    """The columns that keep the old agency, with the reason."""
    return dict(_history)


def tell_what_is_left(succession: "Succession", left: int, at: datetime) -> None:
    """Tell everybody who asked to know how much still names the old agency."""
    for tell in _left.values():
        tell(succession, left, at)


def stages() -> dict[str, Text]:
    """The declared stages of approval."""
    return dict(_stages)


def categories() -> list[tuple[str, str]]:
    """The declared categories of approval."""
    return [choice for choices in _categories for choice in choices()]


def label_of(key: str) -> Text:
    """What a declared kind of work that is handed over is called."""
    return _hand_over[key].label if key in _hand_over else key


def forget(*keys: str) -> None:
    """Take declarations back (tests declare their own)."""
    for key in keys:
        _open_work.pop(key, None)
        _hand_over.pop(key, None)
        _namings.pop(key, None)
        _left.pop(key, None)
        _stages.pop(key, None)
