"""Parameters as domains declare them: the value that holds until a city sets its own."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any


class UnknownParameter(LookupError):
    """No app declares this key."""


class NotAValue(ValueError):
    """The value does not fit the parameter's kind."""


HOURS = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)")
"""From one time of the day to a later one: 12:00-13:30."""


@dataclass(frozen=True)
class Declaration:
    """One parameter: what it means, in which unit, since when, and where it stands."""

    key: str
    value: Any
    unit: Any
    since: date
    source: str
    label: Any
    kind: str
    changed_at: str = ""  # the page where it is changed, for those that are tried first

    def checked(self, value: Any) -> Any:
        """The value as this kind stores it; raises NotAValue."""
        if self.kind == "int":
            if isinstance(value, bool) or not str(value).strip().lstrip("-").isdigit() or int(value) < 0:
                raise NotAValue(value)
            return int(value)
        if self.kind == "list":
            words = value.splitlines() if isinstance(value, str) else list(value)
            kept = list(dict.fromkeys(word.strip() for word in words if word.strip()))
            if not kept:
                raise NotAValue(value)
            return kept
        if not str(value).strip():
            raise NotAValue(value)
        if self.kind == "hours":
            found = HOURS.fullmatch(str(value).strip())
            if found is None or found[1] >= found[2]:
                raise NotAValue(value)
        return str(value).strip()


declarations: dict[str, Declaration] = {}


def declare(
    key: str,
    value: Any,
    *,
    unit: Any,
    since: date,
    source: str,
    label: Any,
    kind: str = "int",
    changed_at: str = "",
) -> None:
    """Declare a parameter in an app's `parameters.py`. Kinds: int (not negative), list (of words), text,
    hours (12:00-13:30).

    `changed_at`: the address of the page where alone it is changed, because a change is tried there before it holds.
    """
    found = Declaration(key, value, unit, since, source, label, kind, changed_at)
    if declarations.get(key, found) != found:
        raise ValueError(f"{key} is declared twice, differently")
    found.checked(value)
    declarations[key] = found
