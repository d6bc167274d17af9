"""Who may read a letter: the app that owns what it is about says so.

    from cityhall.engines.letters import rights

    rights.of("cases.case", lambda account, case_id, request: …)

Without such a rule, and for letters about nothing, only those who may list all letters may read one.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from cityhall.engines.letters.models import Letter
from cityhall.web import access

Rule = Callable[[Any, str, HttpRequest], bool]

_rules: dict[str, Rule] = {}


def of(about_type: str, rule: Rule) -> None:
    """Declare who may read letters about one kind of record: `rule(account, id, request)`."""
    _rules[about_type] = rule


def may_read(letter: Letter, request: HttpRequest) -> bool:
    """Whether the request's account may read this letter."""
    if access.allowed(request, "letters.list"):
        return True
    rule = _rules.get(letter.about_type)
    return bool(rule and rule(request.user, letter.about_id, request))
