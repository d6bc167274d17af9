"""Count a request: one line in a view, or around it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from cityhall.engines.identity import origin
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of

from . import journal, rules

MOST_AGENT = 300


def counted(
    request: HttpRequest,
    *,
    source: str,
    act: str,
    subject: str = "",
    subject_kind: str = "",
    who: str = "",
    place: str = "",
    n: int = 1,
) -> bool:
    """Count this request as a use, if it is one: HEAD is none, and of a file fetched in pieces only the first.

    Health checks, robots and what our own pages fetch by themselves are marked, so that figures leave them out. The
    kind of user is said, or taken from the account: `staff`, `member`, `visitor`. Answers whether it was counted.
    """
    pieces = request.headers.get("Range", "")
    if not rules.counts(request.method or "", pieces):
        return False
    at = timezone.now()
    agent, address = request.headers.get("User-Agent", "")[:MOST_AGENT], origin.ip(request)
    robots = parameter("usage.robots", on=day_of(at)).value
    return journal.record(
        source=source, act=act, subject=subject, subject_kind=subject_kind, who=who or _who(request), place=place, n=n,
        at=at, mark=rules.mark(agent=agent, path=request.path_info, headers=dict(request.headers), robots=robots),
        partial=rules.is_partial(pieces), network=rules.network(address),
        visitor=rules.visitor(key=settings.SECRET_KEY.encode(), day=day_of(at), address=address, agent=agent),
    )  # fmt: skip


def _who(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return "visitor"
    return "staff" if user.is_staff_member else "member"


def counts_as(**said: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Count every good answer of a view, by what `counted` takes; `subject` may be a function of the view's arguments."""

    def around(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def counting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response: HttpResponseBase = view(request, *args, **kwargs)
            if response.status_code < 400 and response.status_code != 304:
                values = {name: value(*args, **kwargs) if callable(value) else value for name, value in said.items()}
                counted(request, **values)
            return response

        return counting

    return around
