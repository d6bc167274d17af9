"""Number and code, the same for the page and the API: tries are counted, whichever door they come by."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from cityhall.engines.cases import queries as cases
from cityhall.engines.cases.models import Case
from cityhall.engines.identity import origin, throttle


def followed(request: HttpRequest, number: str, code: str, *, at: datetime) -> Case | None:
    """The petition that number and code open together.

    Five wrong tries from one network for one number lock it for a quarter of an hour: raises throttle.CannotTryNow.
    """
    return followed_from(origin.network(request), number, code, at=at)


def followed_from(network: str, number: str, code: str, *, at: datetime) -> Case | None:
    """The same for a network that asks; not within another transaction, for a wrong try is counted whatever comes."""
    number = cases.normal_number(number)
    keys = ("code", f"follow:{network}:{number}"), ("network", network)
    throttle.admit(*keys, at=at)
    case = cases.by_number_and_code(number, code.replace("-", "").replace(" ", ""))
    if case is None or case.kind != "petition":
        return None
    throttle.succeed(*keys, at=at)
    return case
