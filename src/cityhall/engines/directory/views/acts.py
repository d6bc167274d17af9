"""What the directory's acting pages share: may they, and the page of an act."""

from __future__ import annotations

from functools import partial

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from cityhall.engines.idempotency import acting
from cityhall.engines.idempotency.acting import Row
from cityhall.engines.identity.requests import account_of

from .. import queries, services
from ..models import Agency, Person, Unit

__all__ = ["Row", "act_page", "must", "must_for"]

act_page = partial(acting.act_page, refused=services.CannotChangeDirectory)


def must(request: HttpRequest, act: str, *, agency: Agency | None = None, unit: Unit | None = None) -> None:
    """Refuse with 403 unless the account may do the act there."""
    if not queries.may(account_of(request), act, agency=agency, unit=unit, on=timezone.now()):
        raise PermissionDenied(act)


def must_for(request: HttpRequest, act: str, person: Person) -> None:
    """Refuse with 403 unless the account may do the act for the person, by any of the person's appointments."""
    if not queries.may_for(account_of(request), act, person, on=timezone.now()):
        raise PermissionDenied(act)
