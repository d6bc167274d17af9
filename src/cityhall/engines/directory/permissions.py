"""The permission table `docs/roles.csv`: which role may do which act, and how far.

One row is one permission; what no row allows is refused. The tests walk the same file.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .states import Role, Scope

Table = Mapping[str, Mapping[str, frozenset[Scope]]]
"""By act, by role: the scopes."""


@cache
def table() -> Table:
    """The permissions as the file says them."""
    return read(Path(settings.BASE_DIR) / "docs" / "roles.csv")


def read(path: Path) -> Table:
    """Read a permission table; a role, a scope or a row it does not know is an error at start, not a hole later."""
    acts: dict[str, dict[str, frozenset[Scope]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            role, act, scope = row.get("role"), row.get("act"), row.get("scope")
            if role not in Role.values or scope not in Scope.values or not act:
                raise ImproperlyConfigured(f"{path.name}, line {number}: unknown role or scope, or no act: {row}")
            roles = acts.setdefault(act, {})
            if Scope(scope) in roles.get(role, frozenset()):
                raise ImproperlyConfigured(f"{path.name}, line {number}: this row is there twice: {row}")
            roles[role] = roles.get(role, frozenset()) | {Scope(scope)}
    return acts


def scopes(role: str, act: str) -> frozenset[Scope]:
    """How far the role may do the act; empty where it may not."""
    return table().get(act, {}).get(role, frozenset())


def roles_that_may(act: str) -> list[Role]:
    """The roles that may do the act, for a page that refuses it and says whom to ask."""
    return [role for role in Role if role in table().get(act, {})]
