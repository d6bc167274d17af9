"""Sessions that can be seen and ended, at once and for all workers (setting SESSION_ENGINE).

A session is a row. The row of a signed-in account carries the rules it began under: when it ends whatever happens
(`expire_date`), and after how long without a request it ends (`idle_seconds`). Every worker reads the row for every
request, so an ended session is ended everywhere.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from cityhall.engines.audit import services as audit
from cityhall.engines.identity import origin
from cityhall.engines.identity.limits import limit
from cityhall.engines.identity.models import Account, Session
from cityhall.foundation.unit import act

SEEN_EVERY = timedelta(seconds=15)
"""How exactly `seen_at` is kept: a write for each request would cost more than it tells."""

SIGNED_IN = "identity.signed_in"
"""The key of what the session was opened with; the store copies it into the columns."""


class SessionStore(DatabaseSessionStore):
    """Django's sessions in our table."""

    ended_idle = False
    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        """The session's data; a session that idled too long is deleted and gives none."""
        row: Session | None = self._get_session_from_db()  # type: ignore[attr-defined]  # unknown to the stubs
        if row is None:
            return {}
        if _idle(row, timezone.now()):
            row.delete()
            self._session_key = None
            self.ended_idle = True
            return {}
        self.seen_at = row.seen_at
        data: dict[str, Any] = self.decode(row.session_data)
        return data

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to be written: Django's columns, and ours from what the session was opened with."""
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        if opened := data.get(SIGNED_IN):
            row.number = opened["number"]
            row.account_id = opened["account"]
            row.started_at = datetime.fromisoformat(opened["at"])
            row.seen_at = self.seen_at or row.started_at
            row.idle_seconds = opened["idle_seconds"]
            row.device, row.place, row.proofs = opened["device"], opened["place"], opened["proofs"]
        return row

    def touch(self, at: datetime) -> None:
        """Note that the session was used."""
        # Also where the machine's clock was ahead and has been put back: else it would idle so much longer.
        if self.session_key and self.seen_at is not None and abs(at - self.seen_at) >= SEEN_EVERY:
            Session.objects.filter(session_key=self.session_key).update(seen_at=at)
            self.seen_at = at


@receiver(user_logged_in)
def stamp(sender: Any, request: HttpRequest, user: Account, **kwargs: Any) -> None:
    """Whatever door somebody came in by, their session has an owner, a beginning and an end."""
    at = timezone.now()
    who = "staff" if user.is_staff_member else "citizen"
    request.session[SIGNED_IN] = {
        "number": str(uuid.uuid4()),
        "account": user.pk,
        "at": at.isoformat(),
        "idle_seconds": limit(f"{who}_idle_minutes", at) * 60,
        "device": origin.device(request),
        "place": origin.network(request),
        "proofs": " ".join(getattr(request, "proofs", ())),
    }
    request.session.set_expiry(at + timedelta(hours=limit(f"{who}_session_hours", at)))


# --- seeing and ending --------------------------------------------------------------------------------------


def live(account: Account, *, at: datetime) -> list[Session]:
    """The account's sessions that would be let in now, the one used last first."""
    rows = Session.objects.filter(account=account, expire_date__gt=at)
    return [row for row in rows if not _idle(row, at)]


@act
def end(account: Account, number: uuid.UUID, *, by: Account | None, at: datetime) -> bool:
    """End one session of an account; False if it had ended already."""
    if not Session.objects.filter(account=account, number=number).delete()[0]:
        return False
    audit.record("account.session_ended", account, by=by, at=at, old={"session": str(number)})
    return True


@act
def end_all(account: Account, *, but: str | None = None, by: Account | None, at: datetime) -> int:
    """End all sessions of an account (but the one with this key); how many."""
    rows = Session.objects.filter(account=account)
    ended = rows.exclude(session_key=but).delete()[0] if but else rows.delete()[0]
    if ended:
        audit.record("account.sessions_ended", account, by=by, at=at, old={"sessions": ended})
    return ended


def sweep(*, at: datetime) -> int:
    """Delete rows of sessions that are over; how many."""
    return Session.objects.filter(expire_date__lte=at).delete()[0]


def _idle(row: Session, at: datetime) -> bool:
    if row.idle_seconds is None or row.seen_at is None:
        return False
    return at > row.seen_at + timedelta(seconds=row.idle_seconds)
