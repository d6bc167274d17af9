"""Acts: promise work, keep it, try a dead one again.

Written because every queue that was tried left work stuck or lost after `kill -9` of a worker (research 08 §4.4).
"""

import logging
import time
import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet

from cityhall.engines.outbox import rules
from cityhall.engines.outbox.models import Beat, Promise
from cityhall.engines.outbox.registry import Keeper, daily, every, keepers, keeps, rhythms
from cityhall.engines.outbox.signals import retried
from cityhall.engines.outbox.states import State
from cityhall.foundation import rows
from cityhall.foundation.rows import new as new_row
from cityhall.foundation.unit import Appendix, act, gives_keys, written_in_bulk

__all__ = [
    "CannotRetry",
    "Refused",
    "daily",
    "drain",
    "every",
    "keeps",
    "promise",
    "retry",
    "run_due",
    "run_schedule",
    "take_back",
]

log = logging.getLogger("cityhall.outbox")

MORE_THAN_EVER_NEEDED = 100_000
SAME_TIME = timedelta(minutes=1)


class Refused(Exception):
    """A handler says that trying again is of no use; the reason is shown to the person who looks after it."""


class CannotRetry(Exception):
    """Only work that was given up can be tried again by hand."""


class _LeaseLost(Exception):
    """The lease ran out and another worker took the work; what this one did is undone."""


# --- promising ----------------------------------------------------------------------------------------------


@act
def promise(
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str,
    at: datetime,
    not_before: datetime | None = None,
    urgent: bool = False,
) -> Promise:
    """Promise work in the transaction of the change that needs it; a second promise with a key is the first one.

    Urgent work, for which somebody waits at the screen, goes before all that is not.
    """
    new = _new(kind, payload, key, at, not_before or at, urgent)
    if existing := Promise.objects.filter(key=key).first():
        return existing
    try:
        with transaction.atomic():
            new.save(force_insert=True)
    except IntegrityError:
        return Promise.objects.get(key=key)
    return new


def promise_new(kind: str, payload: Mapping[str, Any], *, key: str, at: datetime, urgent: bool = False) -> None:
    """Promise work about a row that is new itself, so that nobody needs to look for the key first.

    It is written with everything else that the act appends. A key that is there already stays the promise it is.
    """
    _promises.append(_new(kind, payload, key, at, at, urgent))


def _new(kind: str, payload: Mapping[str, Any], key: str, at: datetime, not_before: datetime, urgent: bool) -> Promise:
    if kind not in keepers:
        raise LookupError(f"nothing keeps promises of kind {kind}: declare it in the app's tasks.py")
    return new_row(
        Promise,
        kind=kind,
        payload=dict(payload),
        key=key,
        promised_at=at,
        due_at=not_before,
        rank=0 if urgent else 1,
        allowance=len(keepers[kind].retry) + 1,
    )


_write_new = written_in_bulk(Promise)


def _write(new: list[Promise]) -> None:
    """Write promises; where nobody else writes, no key is there already."""
    if gives_keys():
        _write_new(new)
    else:
        rows.add(Promise, new, unless_there=True)


_promises: Appendix[Promise] = Appendix(Promise._meta.db_table, _write)


# --- keeping ------------------------------------------------------------------------------------------------


def run_due(at: datetime, *, limit: int = MORE_THAN_EVER_NEEDED, worker: str = "here") -> int:
    """Keep what is due, one promise after the other; return how many were taken. Several workers may run at once."""
    taken = 0
    while taken < limit and (mine := _take(at, worker)):
        taken += 1
        _keep(mine, at)
    return taken


def _waiting(at: datetime) -> QuerySet[Promise]:
    free = Q(locked_until__isnull=True) | Q(locked_until__lte=at)
    return Promise.objects.filter(free, state=State.PENDING, due_at__lte=at, kind__in=keepers).order_by(
        "rank", "due_at", "pk"
    )


@act
def _take(at: datetime, worker: str) -> Promise | None:
    """Take the first promise that nobody works on. A lease that ran out, because its worker died, ends here."""
    skips = connection.features.has_select_for_update_skip_locked
    waiting = _waiting(at).select_for_update(skip_locked=True) if skips else _waiting(at)
    while mine := waiting.first():
        if mine.locked_until is not None and mine.attempts >= mine.allowance:
            # Work whose worker died each time would kill workers for ever.
            _give_up(mine, at, "the worker stopped in the middle of every attempt")
            continue
        mine.attempts += 1
        mine.taken_at, mine.locked_until, mine.locked_by = at, at + keepers[mine.kind].lease, worker
        mine.save(update_fields=["attempts", "taken_at", "locked_until", "locked_by"])
        return mine
    return None


def _keep(mine: Promise, at: datetime) -> None:
    keeper, began = keepers[mine.kind], time.monotonic()
    try:
        if keeper.atomic:
            with transaction.atomic():
                _hold(mine)
                keeper.handler(mine.payload, mine)
                _finish(mine, at)
        else:
            keeper.handler(mine.payload, mine)
            _finish(mine, at)
        outcome = "done"
    except _LeaseLost:
        outcome = "taken over by another worker"
    except Refused as refusal:
        _give_up(mine, at, str(refusal))
        outcome = "dead: refused"
    except Exception as error:
        outcome = _fail(mine, keeper, at, error)
    took = int((time.monotonic() - began) * 1000)
    log.info("%s %s attempt %s: %s (%s ms)", mine.kind, mine.pk, mine.attempts, outcome, took)


def _hold(mine: Promise) -> None:
    """Lock the row while its handler runs, so that an expired lease cannot start a second one beside it."""
    held = Promise.objects.select_for_update().filter(pk=mine.pk, attempts=mine.attempts, state=State.PENDING)
    if not held.exists():
        raise _LeaseLost


def _finish(mine: Promise, at: datetime) -> None:
    if not _settle(mine, state=State.DONE, finished_at=at, error=""):
        raise _LeaseLost


def _settle(mine: Promise, **values: Any) -> bool:
    """Write the end of an attempt, unless another worker has begun a later one."""
    current = Promise.objects.filter(pk=mine.pk, attempts=mine.attempts, state=State.PENDING)
    return bool(current.update(locked_until=None, locked_by="", **values))


def _give_up(mine: Promise, at: datetime, reason: str) -> None:
    _settle(mine, state=State.DEAD, finished_at=at, error=reason[:2000])


def _fail(mine: Promise, keeper: Keeper, at: datetime, error: Exception) -> str:
    """Plan the next attempt. The error is kept for the desk; the log names its kind only, for it may hold addresses."""
    kind = type(error).__name__
    reason = f"{kind}: {error}"
    since_fresh = max(1, mine.attempts - (mine.allowance - len(keeper.retry) - 1))
    again_at = rules.next_attempt(at, since_fresh, keeper.retry)
    if again_at is None:
        _give_up(mine, at, reason)
        outcome = f"dead: {kind}"
    else:
        _settle(mine, due_at=again_at, error=reason[:2000])
        outcome = f"{kind}, again at {again_at.isoformat(timespec='seconds')}"
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{outcome} [{place.name}:{place.lineno}]"


def take_back(worker: str, *, at: datetime) -> int:
    """Let go what a worker of this name held when it died. Called by the next process that bears the name.

    The name must belong to one process at a time; the supervisor gives each of its slots one.
    """
    held = Promise.objects.filter(state=State.PENDING, locked_by=worker, locked_until__gt=at)
    return held.update(locked_until=at)


# --- recurring ----------------------------------------------------------------------------------------------


def run_schedule(at: datetime) -> int:
    """Promise every recurring job that is due, and plan its next time; return how many.

    A job whose last run still waits or runs is not promised a second time. A job seen for the first time waits for
    its first regular time.
    """
    begun = 0
    _clock_was_ahead(at)
    known = dict(Beat.objects.values_list("key", "next_at"))
    for key, rhythm in rhythms.items():
        if key not in known:
            Beat.objects.get_or_create(key=key, defaults={"rhythm": rhythm.name, "next_at": rhythm.next_after(at)})
        elif known[key] <= at:
            begun += _begin(key, known[key], at)
        elif (regular := rhythm.next_after(at)) < known[key]:
            # The machine's clock was ahead and has been put back, or the code names a quicker rhythm. A run that
            # took place already has its key, so nothing runs twice.
            Beat.objects.filter(key=key, next_at=known[key]).update(next_at=regular, rhythm=rhythm.name)
    return begun


def _clock_was_ahead(at: datetime) -> None:
    """The machine's clock was ahead and has been put back: what was due by it is due now, not after all that time.

    What was promised for a later time waits for that. Clocks of several machines may differ a little.
    """
    later = at + SAME_TIME
    at_once = Q(attempts=0, promised_at__gt=later, due_at=F("promised_at"))
    ahead = Promise.objects.filter(
        at_once | Q(attempts__gt=0, taken_at__gt=later), state=State.PENDING, due_at__gt=later
    )
    ahead.update(due_at=at)


@act
def _begin(key: str, due_at: datetime, at: datetime) -> int:
    rhythm = rhythms[key]
    moved = Beat.objects.filter(key=key, next_at=due_at).update(
        next_at=rhythm.next_after(at), last_at=at, rhythm=rhythm.name
    )
    if not moved or Promise.objects.filter(kind=key, state=State.PENDING).exists():
        return 0
    promise(key, {}, key=f"{key}@{due_at.isoformat()}", at=at)
    return 1


# --- looking after --------------------------------------------------------------------------------------------


@act
def retry(dead: Promise, *, by: Any, at: datetime) -> Promise:
    """Try a promise again that was given up, with a fresh schedule of attempts.

    Raises CannotRetry when it is not given up (any more).
    """
    fresh = len(keepers[dead.kind].retry) + 1 if dead.kind in keepers else 1
    changed = Promise.objects.filter(pk=dead.pk, state=State.DEAD).update(
        state=State.PENDING, due_at=at, finished_at=None, allowance=F("attempts") + fresh
    )
    if not changed:
        raise CannotRetry(dead)
    dead.refresh_from_db()
    retried.send(sender=Promise, promise=dead, by=by, at=at)
    return dead


def retry_all(kind: str, *, by: Any, at: datetime, most: int = 500) -> int:
    """Try the given-up promises of one kind again; return how many."""
    retried_now = 0
    for dead in Promise.objects.filter(kind=kind, state=State.DEAD).order_by("pk")[:most]:
        try:
            retry(dead, by=by, at=at)
            retried_now += 1
        except CannotRetry:
            pass  # somebody else did it in the same moment
    return retried_now


@act
def forget_done(*, before: datetime, chunk: int = 5000) -> int:
    """Delete promises that were kept before an instant; dead ones stay until somebody decides."""
    old = list(
        Promise.objects.filter(state=State.DONE, finished_at__lt=before)
        .order_by("pk")
        .values_list("pk", flat=True)[:chunk]
    )
    return Promise.objects.filter(pk__in=old).delete()[0]


@act
def forget_error(key: str) -> None:
    """What went wrong may quote an address: it goes with what the promise was about."""
    Promise.objects.filter(key=key).exclude(error="").update(error="")


def drain(at: datetime, *, until: datetime | None = None) -> int:
    """Keep everything that is due, as a worker would, and what that promises in turn. For tests and commands.

    With `until`, time goes on from attempt to attempt up to that instant.
    """
    taken = run_due(at)
    while until and (soonest := _next_due(until)):
        at = max(at, soonest)
        taken += run_due(at)
    return taken


def _next_due(until: datetime) -> datetime | None:
    waiting = Promise.objects.filter(state=State.PENDING, due_at__lte=until, kind__in=keepers)
    soonest = waiting.order_by("due_at").first()
    if soonest is None:
        return None
    return max(soonest.due_at, soonest.locked_until or soonest.due_at)
