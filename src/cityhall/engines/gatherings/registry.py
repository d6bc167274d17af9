"""What domains declare to the gatherings: profiles with their checklists, and records that an agenda may point at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import Promise

from .states import OutcomeKind, PointKind

if TYPE_CHECKING:
    from .models import Gathering

Text = str | Promise


@dataclass(frozen=True)
class Line:
    """One thing that a visit looks at."""

    code: str
    label: Text
    explained: Text = ""


@dataclass(frozen=True)
class Sheet:
    """One part of a checklist, such as 施工品質."""

    code: str
    label: Text
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Profile:
    """A kind of gathering. What differs between a meeting, a training and a visit stands here, and nowhere else."""

    key: str
    label: Text
    outcome: OutcomeKind = OutcomeKind.DECISION
    points: tuple[PointKind, ...] = (PointKind.REPORT, PointKind.DISCUSSION, PointKind.MOTION)
    checklist: tuple[Sheet, ...] = ()
    minutes: bool = True
    """Whether minutes are owed after it; a training has none."""
    sections: tuple[Callable[[HttpRequest, Gathering], str], ...] = ()
    """What a domain adds to the page of the record: a rendered template, or nothing."""
    order: int = 50
    follows: str = ""
    """The kind of listed item that its outcomes become, where it has one of its own."""

    @property
    def lines(self) -> dict[str, Line]:
        """All lines of the checklist by their codes: `quality.concrete`."""
        return {f"{sheet.code}.{line.code}": line for sheet in self.checklist for line in sheet.lines}


@dataclass(frozen=True)
class Shown:
    """How a record stands on an agenda."""

    text: str
    url: str = ""


_profiles: dict[str, Profile] = {}
_shown: dict[type[Model], Callable[[Any], Shown]] = {}


def profile(declared: Profile) -> Profile:
    """Declare a kind of gathering, once, when its app starts."""
    _profiles[declared.key] = declared
    return declared


def training(key: str, label: Text, *, order: int = 50) -> Profile:
    """Declare a kind of training: courses, and how many came; no minutes are owed."""
    return profile(Profile(key, label, points=(PointKind.COURSE,), minutes=False, order=order))


def profile_of(key: str) -> Profile:
    """The declared profile; one that nobody declares any more is shown by its key."""
    return _profiles.get(key) or Profile(key, key)


def profiles() -> list[Profile]:
    """All declared profiles, in the order of the pages."""
    return sorted(_profiles.values(), key=lambda one: (one.order, one.key))


def shows(model: type[Model], show: Callable[[Any], Shown]) -> None:
    """Declare how records of a kind stand on an agenda."""
    _shown[model] = show


def shown(record: Model | None) -> Shown | None:
    """How this record stands on an agenda; None for one whose kind nobody declared."""
    show = _shown.get(type(record)) if record is not None else None
    return show(record) if show else None


def forget(*keys: str) -> None:
    """Take declarations back (tests declare their own)."""
    for key in keys:
        _profiles.pop(key, None)
