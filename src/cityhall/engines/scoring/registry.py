"""What domains declare: schemes (the first version, until a city sets its own), formulas, and kinds of evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .evaluating import Band, Step, band_fault, scale_fault
from .rules import Scheme, Weight, scheme_faults

if TYPE_CHECKING:
    from cityhall.engines.directory.models import Agency

Text = Any  # a str or a lazy translation


class UnknownScheme(LookupError):
    """No app declares this key."""


@dataclass(frozen=True)
class Line:
    """One criterion in both languages, with what to look at; or with the formula that measures it, and its scale."""

    code: str
    points: int
    name: str
    name_en: str
    about: str
    about_en: str
    formula: str = ""
    scale: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Declared:
    """A scheme: what it is for, and its first version."""

    key: str
    label: Text
    since: date
    source: str
    lines: tuple[Line, ...]
    most: int
    reason_below: int
    bands: tuple[Band, ...] = ()


_schemes: dict[str, Declared] = {}


def as_rule(lines: Sequence[Line], most: int, reason_below: int) -> Scheme:
    """Written lines as the rules see them."""
    return Scheme(tuple(Weight(one.code, one.points, bool(one.formula)) for one in lines), most, reason_below)


def declare(
    key: str, label: Text, *, since: date, source: str, lines: Sequence[Line], most: int = 5, reason_below: int = 0,
    bands: Sequence[Band] = (),
) -> None:  # fmt: skip
    """Declare a scheme. Its first version is written into the database when it is first asked for."""
    if faults := scheme_faults(as_rule(lines, most, reason_below)):
        raise ValueError(f"{key}: {', '.join(faults)}")
    for one in lines:
        scale = [(Decimal(value), Decimal(share)) for value, share in one.scale]
        if one.formula and (fault := scale_fault(scale)):
            raise ValueError(f"{key}.{one.code}: {fault}")
    if unfit := band_fault(bands):
        raise ValueError(f"{key}: {unfit}")
    _schemes[key] = Declared(key, label, since, source, tuple(lines), most, reason_below, tuple(bands))


def declared(key: str) -> Declared:
    """What was declared. Raises UnknownScheme."""
    try:
        return _schemes[key]
    except KeyError:
        raise UnknownScheme(key) from None


# ---- evaluations -----------------------------------------------------------------------------------------------------


class UnknownEvaluation(LookupError):
    """No app declares this kind."""


@dataclass(frozen=True)
class Given:
    """A candidate as its domain proposes it: an agency, a record of one, or what somebody from outside handed in."""

    subject: Any
    agency: Agency | None
    name: str
    name_en: str = ""
    group: str = ""


Found = tuple[Decimal | None, Mapping[str, Any]]
"""A measured value, None where it cannot be computed, and what it was computed from."""


@dataclass(frozen=True)
class EvaluationKind:
    """An evaluation: its scheme, its steps with their names, and whom it concerns.

    A yearly one says its candidates itself. One without is begun by its domain alone, as often as there is a `Round`.
    """

    key: str
    label: Text
    scheme: str
    steps: tuple[Step, ...]
    names: Mapping[str, Text]
    candidates: Callable[[int], Sequence[Given]] | None = None
    groups: Mapping[str, Text] = field(default_factory=dict)
    trimmed: bool = False
    due: Callable[[int], date] | None = None  # the day by which a year's result has to stand
    page: Callable[[int], str] | None = None  # where judges read what they score, by the key of the subject

    def step_label(self, code: str) -> str:
        """What a step is called."""
        return str(self.names.get(code, code))

    def group_label(self, code: str) -> str:
        """What a group is called."""
        return str(self.groups.get(code, code))


@dataclass(frozen=True)
class Round:
    """One of several evaluations of a kind in a year, as a competition: what it is called, and who is judged."""

    name: str
    candidates: Sequence[Given]


_evaluations: dict[str, EvaluationKind] = {}
_formulas: dict[str, tuple[Text, Callable[[Sequence[Any], int], Mapping[int, Found]], Mapping[str, Text]]] = {}


def evaluation(kind: EvaluationKind) -> EvaluationKind:
    """Declare a kind of evaluation."""
    _evaluations[kind.key] = kind
    return kind


def evaluation_kind(key: str) -> EvaluationKind:
    """What was declared. Raises UnknownEvaluation."""
    try:
        return _evaluations[key]
    except KeyError:
        raise UnknownEvaluation(key) from None


def evaluation_kinds() -> list[EvaluationKind]:
    """All kinds, as declared."""
    return list(_evaluations.values())


def formula(
    key: str, label: Text, measure: Callable[[Sequence[Any], int], Mapping[int, Found]], *,
    inputs: Mapping[str, Text] | None = None,
) -> None:  # fmt: skip
    """Declare how something is measured: `measure(subjects, year)` answers by the subject's key, one question for all.

    `inputs` names what a value was computed from, as pages show it.
    """
    _formulas[key] = label, measure, inputs or {}


def measured(key: str, subjects: Sequence[Any], year: int) -> Mapping[int, Found]:
    """What a formula finds for records of a year. Raises KeyError for a formula that nobody declares."""
    return _formulas[key][1](subjects, year)


def formula_label(key: str) -> str:
    """What a formula measures, in words."""
    return str(_formulas[key][0]) if key in _formulas else key


def inputs_shown(key: str, inputs: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What a value was computed from, in words; what the formula has no word for stays in the record."""
    words = _formulas[key][2] if key in _formulas else {}
    return [(str(words[name]), value) for name, value in inputs.items() if name in words]
