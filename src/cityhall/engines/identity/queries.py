"""Questions about accounts."""

from datetime import date

from django.db.models import Q, QuerySet

from cityhall.engines.identity.models import Account, AssuranceLevel, Standing
from cityhall.engines.identity.rules import normalise_email
from cityhall.engines.identity.states import STAFF, Assurance
from cityhall.foundation.clock import end_of_day


def by_email(email: str) -> Account | None:
    """The account of a mailbox, however it is spelled."""
    return Account.objects.filter(email=normalise_email(email)).first()


def staff(search: str = "", *, state: str = "") -> QuerySet[Account]:
    """Accounts of officers and guests by name or address; `state` is "active", "stopped" or empty."""
    rows = Account.objects.filter(kind__in=STAFF).order_by("name", "pk")
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(email__icontains=search.lower()))
    if state:
        rows = rows.filter(is_active=state == "active")
    return rows


def assurance_as_of(account: Account, day: date) -> Assurance:
    """The level of assurance that an account had at the end of a day."""
    row = AssuranceLevel.objects.filter(account=account, since__lt=end_of_day(day)).last()
    return Assurance(row.level) if row else Assurance.NONE


def standing(account: Account) -> Standing | None:
    """Why the account is as it is now."""
    return account.standings.last()


def standing_as_of(account: Account, day: date) -> Standing | None:
    """The standing that an account had at the end of a day; None before it was opened."""
    return account.standings.filter(since__lt=end_of_day(day)).last()
