"""Failures counted in the database, so that all workers count together.

A cache of each process would let an attacker try as often as there are workers (research note 08 §1: 25 to 45 tries
instead of 5), and a cache that evicts would let them push their own counter out. So this is a table, and each try is
counted in a transaction of its own before the password is looked at.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import ngettext

from cityhall.engines.identity import limits, rules
from cityhall.engines.identity.digests import keyed
from cityhall.engines.identity.models import Tries

LOCKS: dict[str, Callable[[datetime], rules.Lock]] = {
    "password": limits.lock,
    "second-factor": limits.lock,
    "code": limits.lock,
    "network": limits.network_lock,
    "codes-sent": limits.network_codes,
}


def scope(name: str, lock: Callable[[datetime], rules.Lock]) -> None:
    """Declare what else is counted, and how many are let through."""
    LOCKS[name] = lock


class CannotTryNow(Exception):
    """Too many failures; says until when. The sentence is the same whether the account exists or not."""

    def __init__(self, until: datetime, at: datetime) -> None:
        self.until = until
        self.seconds = max(int((until - at).total_seconds()), 1)
        minutes = -(-self.seconds // 60)
        self.sentence = ngettext(
            "試了太多次，為了安全先暫停，請在%(minutes)d分鐘後再試。",
            "試了太多次，為了安全先暫停，請在%(minutes)d分鐘後再試。",
            minutes,
        ) % {"minutes": minutes}
        super().__init__(self.sentence)


def admit(*keys: tuple[str, str], at: datetime) -> None:
    """Count a try for every (scope, key), before its outcome is known.

    Raises CannotTryNow while one of them is locked; then nothing is counted. The count is committed here, whatever
    becomes of the request, so it must not run inside another transaction.
    """
    with transaction.atomic(durable=True):
        counted = []
        for scope, key in sorted(keys):
            row = _locked_row(scope, key, at)
            tally = rules.admit(_tally(row), LOCKS[scope](at), at)
            if tally is None:
                assert row.locked_until is not None
                raise CannotTryNow(row.locked_until, at)
            counted.append((row, tally))
        for row, tally in counted:
            _keep(row, tally, at)


def succeed(*keys: tuple[str, str], at: datetime) -> None:
    """The admitted try was no failure: forget the account's failures, give the network its one try back."""
    with transaction.atomic():
        for scope, key in sorted(keys):
            row = _locked_row(scope, key, at)
            shared = scope == "network"
            _keep(row, rules.release(_tally(row), LOCKS[scope](at)) if shared else rules.Tally(), at)


def locked(scope: str, key: str, *, at: datetime) -> bool:
    """Whether the key is locked now: after a failure, the moment to record that it closed."""
    return Tries.objects.filter(scope=scope, key=_digest(scope, key), locked_until__gt=at).exists()


def sweep(*, at: datetime) -> int:
    """Delete counters that nothing touched for two days; how many."""
    return Tries.objects.filter(touched_at__lt=at - timedelta(days=2)).delete()[0]


def _digest(scope: str, key: str) -> str:
    return keyed(f"tries.{scope}", key)


def _locked_row(scope: str, key: str, at: datetime) -> Tries:
    """The row of a key, locked; on SQLite the IMMEDIATE transaction holds the whole file."""
    digest = _digest(scope, key)
    rows = Tries.objects.select_for_update()
    if row := rows.filter(scope=scope, key=digest).first():
        return row
    try:
        with transaction.atomic():
            Tries.objects.create(scope=scope, key=digest, touched_at=at)
    except IntegrityError:
        pass  # another worker counted its first try in the same moment
    return rows.get(scope=scope, key=digest)


def _tally(row: Tries) -> rules.Tally:
    return rules.Tally(row.failures, row.began_at, row.locked_until)


def _keep(row: Tries, tally: rules.Tally, at: datetime) -> None:
    row.failures, row.began_at, row.locked_until = tally.failures, tally.began_at, tally.locked_until
    row.touched_at = at
    row.save(update_fields=["failures", "began_at", "locked_until", "touched_at"])
