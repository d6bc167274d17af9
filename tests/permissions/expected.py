"""What docs/roles.csv and tests/permissions/urls.csv say: who may open which address, told without the program's code."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
ROLES = HERE.parents[1] / "docs" / "roles.csv"

# How far from the petitions' unit a person may stand and still be reached by a scope.
WITHIN = {"own": frozenset(), "unit": {"near"}, "agency": {"near", "home"}, "city": {"near", "home", "away", "outside"}}

WITH_NO_AGENCY = ("waiting", "desk", "ended", "listed", "declined", "split")


def scopes() -> dict[tuple[str, str], frozenset[str]]:
    """By role and act."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    with ROLES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["role"], row["act"]].add(row["scope"])
    return {key: frozenset(value) for key, value in found.items()}


def addresses() -> dict[str, tuple[frozenset[str], str]]:
    """By route: who (public, account, key, or acts of roles.csv) and which kind of record decides further."""
    with (HERE / "urls.csv").open(encoding="utf-8", newline="") as file:
        return {row["route"]: (frozenset(row["who"].split("|")), row["record"]) for row in csv.DictReader(file)}


_SCOPES = scopes()


def has(role: str, act: str) -> bool:
    """Whether the role has the act at all."""
    return (role, act) in _SCOPES


def reaches(role: str, act: str, place: str) -> bool:
    """Whether somebody of the role who stands there may do the act on a record of the unit where the petitions lie."""
    return any(place in WITHIN[scope] for scope in _SCOPES.get((role, act), ()))


def reaches_agency(role: str, act: str, place: str) -> bool:
    """Whether somebody of the role who stands there may do the act on a record of the agency that no unit has yet."""
    return any(place in WITHIN[scope] for scope in _SCOPES.get((role, act), frozenset()) & {"agency", "city"})


def city_wide(role: str, act: str) -> bool:
    """Whether the role may do the act everywhere."""
    return "city" in _SCOPES.get((role, act), ())


def places(role: str) -> tuple[str, ...]:
    """Where holders of a role have to be tried: everywhere, or near and far where it makes no difference between."""
    return ("near", "home", "away", "outside") if _depends_on_place(role) else ("near", "outside")


def _depends_on_place(role: str) -> bool:
    return any("unit" in scopes or "agency" in scopes for (one, _act), scopes in _SCOPES.items() if one == role)


def sees(role: str, place: str, petition: str) -> bool:
    """Whether somebody may read a petition of the world: least sight, as PRACTICE and the notes ask for it."""
    if petition in ("sealed", "taken"):
        return False  # the ethics office's alone, and nobody of the world sits there
    if petition == "helped" and place == "away" and "agency" in _SCOPES.get((role, "petitions.read"), ()):
        return True  # the co-handling agency's own
    if petition in WITH_NO_AGENCY:
        return city_wide(role, "petitions.read")
    if petition == "alerted":
        return reaches_agency(role, "petitions.read", place)
    if not reaches(role, "petitions.read", place):
        return False
    if petition == "confidential" and city_wide(role, "petitions.read"):
        return city_wide(role, "petitions.read_confidential")
    return True


def may_act(role: str, place: str, petition: str, act: str) -> bool:
    """Whether somebody may do an act on a petition that they see."""
    if petition == "confidential" and city_wide(role, act) and not city_wide(role, "petitions.read_confidential"):
        return False
    if act == "petitions.co_handle":  # only those who were asked to help
        return petition == "helped" and place == "away" and (role, act) in _SCOPES
    if act == "petitions.reporter.read" and petition == "secret":
        return city_wide(role, act)
    if petition in WITH_NO_AGENCY:
        return city_wide(role, act)
    if petition == "alerted":
        return reaches_agency(role, act, place)
    return reaches(role, act, place)
