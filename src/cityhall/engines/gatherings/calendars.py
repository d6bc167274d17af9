"""The calendar feed of one person: an address that only they know, that they may renew or end."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Person
from cityhall.engines.identity.digests import keyed, keyed_by_any
from cityhall.engines.identity.models import Account
from cityhall.foundation.unit import act

from . import queries
from .models import CalendarKey
from .rules import feed
from .services import url_of

USE = "gatherings.calendar"


@act
def renew(person: Person, *, by: Account, at: datetime) -> str:
    """A new address; the old one answers no more. Only its digest is kept: it is shown this once."""
    token = secrets.token_urlsafe(24)
    CalendarKey.objects.update_or_create(person=person, defaults={"digest": keyed(USE, token), "made_at": at})
    audit.record("gathering.calendar_renewed", person, by=by, at=at)
    return token


@act
def end(person: Person, *, by: Account, at: datetime) -> None:
    """No feed any more."""
    CalendarKey.objects.filter(person=person).delete()
    audit.record("gathering.calendar_ended", person, by=by, at=at)


def whose(token: str) -> Person | None:
    """Whose feed that is; None for an address that was renewed, ended, or never was, and for who may sign in no more."""
    found = CalendarKey.objects.select_related("person__account").filter(digest__in=keyed_by_any(USE, token)).first()
    account = found.person.account if found else None
    return found.person if found and account and account.is_active else None


def of(person: Person, *, at: datetime) -> str:
    """The feed: no more than title, time and place."""
    rows = queries.invited_to(person, at)
    entries = [queries.entry(row, f"{settings.SITE_URL}{url_of(row).removeprefix('/en')}") for row in rows]
    return feed(entries, name=_("會議與訪查"))
