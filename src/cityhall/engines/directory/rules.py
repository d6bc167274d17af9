"""Decisions of the directory that need no database."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime

ONE_IN_A_UNIT = frozenset({"UNIT_HEAD"})
ONE_IN_AN_AGENCY = frozenset({"AGENCY_SECRETARY", "AGENCY_HEAD"})
"""Roles of which there is one at a time; approval has to know whose it is."""

GRANTED_BY_THE_AGENCY = frozenset({"OFFICER", "UNIT_HEAD", "COUNCIL_LIAISON", "DUTY"})
"""Roles that an agency's own 研考窗口 may give to its people. The others are given by an administrator, so that
nobody widens their own rights or chooses who approves them."""

GUEST_ROLES = frozenset({"OFFICER", "COORDINATOR", "COUNCIL_OFFICE", "JUDGE"})
"""Roles that people of a 府外機關 may hold: they take part as guests."""


def masked_name(name: str) -> str:
    """王小明 → 王○明, 王明 → 王○, 歐陽小明 → 歐○○明; a name in letters keeps its first letter."""
    name = name.strip()
    if len(name) <= 1:
        return "○" if name else ""
    if len(name) == 2:
        return f"{name[0]}○"
    if name.isascii():
        return f"{name[0]}○○"
    return f"{name[0]}{'○' * (len(name) - 2)}{name[-1]}"


def overlap(first: tuple[datetime, datetime], second: tuple[datetime, datetime]) -> bool:
    """Whether two half-open spans share an instant."""
    return first[0] < second[1] and second[0] < first[1]


def first_overlap(
    wanted: tuple[datetime, datetime], taken: Iterable[tuple[datetime, datetime]]
) -> tuple[datetime, datetime] | None:
    """The first of the taken spans that the wanted one touches."""
    return next((span for span in sorted(taken) if overlap(wanted, span)), None)


def plain(text: str) -> str:
    """Typed text with one width and no control characters, for comparing."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in folded if unicodedata.category(letter) not in {"Cc", "Cs"} or letter in " \t\n")
