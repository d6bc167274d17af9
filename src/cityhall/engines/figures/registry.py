"""What the report prints, declared by the domains beside the code that counts it.

    @figure("petitions.received", "1.2.7", "105 年計辦理 {:man} 件", kind=FLOW, name=_("陳情成案件數"), unit=_("件"), …)
    def received(period: Period) -> Count:
        \"\"\"Petitions opened in the period, by the day of 成案.\"\"\"

The phrase is the report's own, with a slot for the number, so that a search for the words ends here. The key is a path:
`petitions.received` is `received` in `domains/petitions/figures.py`. Both are tested.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from cityhall.engines.figures.states import Kind
from cityhall.foundation import numerals
from cityhall.foundation.period import Period
from cityhall.foundation.values import Value, rounded

FLOW, STATE, SHARE, AVERAGE = Kind.FLOW, Kind.STATE, Kind.SHARE, Kind.AVERAGE
MONEY, RANKING, RULE = Kind.MONEY, Kind.RANKING, Kind.RULE

Text = Any  # a str or a lazy translation
Counting = Callable[..., Value]
Target = TypeVar("Target", bound=Counting)
SOURCES = Path(__file__).resolve().parents[4]


class UnknownFigure(LookupError):
    """No domain declares this key, or not with this dimension."""


@dataclass(frozen=True)
class Figure:
    """One figure: its words, and the function that counts it."""

    key: str
    section: str
    phrase: str
    kind: Kind
    name: Text
    unit: Text
    counts: Text
    leaves_out: Text
    dated_by: Text
    rule: Text
    of: Mapping[str, str]
    related: tuple[str, ...]
    function: Counting = field(repr=False)
    named: Callable[[str], str] = str
    later: Mapping[int, str] = field(default_factory=dict)

    def count(self, period: Period, of: str = "") -> Value:
        """The value with its rows. Raises UnknownFigure for a dimension that is not declared."""
        if of and of not in self.of:
            raise UnknownFigure(f"{self.key} of {of}")
        return self.function(period, of) if self.of else self.function(period)

    def phrase_of(self, of: str = "", period: Period | None = None) -> str:
        """The report's phrase, with its slot: of a period, the one that held when it began."""
        if of:
            return self.of[of]
        began = period.first_day or period.last_day if period else None
        since = [year for year in self.later if began and year <= began.year]
        return self.later[max(since)] if since else self.phrase

    def ranks(self, of: str = "") -> bool:
        """Whether its value is no number but words: names in their order, or what changed into what."""
        return numerals.is_text(self.phrase_of(of))

    def rounded(self, value: Decimal | int | str, of: str = "") -> Decimal | str:
        """The value to the digits that the report prints; names stay what they are."""
        if isinstance(value, str):
            return value
        style, digits = numerals.slot_of(self.phrase_of(of)) or ("plain", None)
        if style in ("wan", "yi"):  # the digits are those of ten thousands or hundred millions
            return rounded(value)
        return rounded(value, digits if digits is not None else 2 if style == "pct" else 0)

    def sentence(
        self, value: Decimal | int | str, period: Period, of: str = "", *, rows: int | None = None
    ) -> str:  # fmt: skip
        """The report's phrase for this value and period; some say how many rows stand behind it, too."""
        return numerals.phrase(period.timed(self.phrase_of(of, period)), value, rows=rows)

    def in_report_style(self, value: Decimal | int | str, of: str = "") -> str:
        """The number alone as the report writes it: 10 萬 5,046."""
        style, digits = numerals.slot_of(self.phrase_of(of)) or ("plain", None)
        if style == "before":
            return numerals.changed(str(value))
        return numerals.in_style("plain" if style == "unsaid" else style, value, digits)

    @property
    def domain(self) -> str:
        """The folder: the key's first word."""
        return self.key.partition(".")[0]

    @property
    def path(self) -> str:
        """Where the function stands, from the top of the repository."""
        file = Path(inspect.getsourcefile(self.function) or "").resolve()
        return str(file.relative_to(SOURCES)) if file.is_relative_to(SOURCES) else str(file)

    @property
    def short_path(self) -> str:
        """The same from the top of the package, as pages show it."""
        return self.path.removeprefix("src/cityhall/")

    @property
    def line(self) -> int:
        """The line on which its declaration begins."""
        return inspect.getsourcelines(self.function)[1]

    @property
    def source(self) -> str:
        """The function as it is written, its declaration included."""
        return inspect.getsource(self.function)

    @property
    def code_version(self) -> str:
        """A digest of the function: whether the code has changed since a value was issued."""
        return hashlib.sha256(self.source.encode()).hexdigest()[:12]


figures: dict[str, Figure] = {}


def figure(
    key: str,
    section: str,
    phrase: str,
    *,
    kind: Kind,
    name: Text,
    unit: Text,
    counts: Text,
    leaves_out: Text = "",
    dated_by: Text = "",
    rule: Text = "",
    of: Mapping[str, str] | None = None,
    related: Iterable[str] = (),
    named: Callable[[str], str] = str,
    later: Mapping[int, str] | None = None,
) -> Callable[[Target], Target]:
    """Declare the function that counts a figure of the report.

    `phrase` is the report's, with a slot in its number style; `of` holds a phrase for each dimension, and then the
    function takes the dimension as its second argument. `counts`, `leaves_out`, `dated_by` and `rule` are what its page
    says: what is counted, what is not, which day decides, and what else was settled. Of a ranking (`{:names}`), `named`
    gives a name in the reader's language. Where the report's words change, `later` holds the phrase of periods that begin
    in a year or after it; the number keeps its style.
    """
    phrases = [phrase, *(later or {}).values()]
    if without := [one for one in phrases if numerals.slot_of(one) is None]:
        raise ValueError(f"the phrase of {key} has no slot: {without[0]!r}")
    if len({numerals.slot_of(one) for one in phrases}) > 1:
        raise ValueError(f"the phrases of {key} write their number in different styles")

    def declare(function: Target) -> Target:
        if key in figures:
            raise ValueError(f"{key} is declared twice")
        figures[key] = Figure(
            key, section, phrase, kind, name, unit, counts, leaves_out, dated_by, rule, dict(of or {}), tuple(related),
            function, named, dict(later or {}),
        )  # fmt: skip
        return function

    return declare


def get(key: str) -> Figure:
    """The figure of that key. Raises UnknownFigure."""
    try:
        return figures[key]
    except KeyError:
        raise UnknownFigure(key) from None


# --- what other packages add to a figure's page -----------------------------------------------------------------------


@dataclass(frozen=True)
class Use:
    """A page that prints the figure."""

    label: str
    url: str


_uses: list[Callable[[Figure], Iterable[Use]]] = []
_section_names: list[Callable[[], Mapping[str, Text]]] = []


def used_on(source: Callable[[Figure], Iterable[Use]]) -> None:
    """Declare pages that print figures, such as the report's."""
    _uses.append(source)


def uses_of(one: Figure) -> list[Use]:
    """The pages that print this figure."""
    return [use for source in _uses for use in source(one)]


def name_sections(source: Callable[[], Mapping[str, Text]]) -> None:
    """Declare the names of the report's sections, by number."""
    _section_names.append(source)


def section_names() -> dict[str, Text]:
    """The names of the report's sections, by number, in their order."""
    return {number: name for source in _section_names for number, name in source().items()}
