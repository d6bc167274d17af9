"""即時資料: an address that is asked when somebody looks, and not again for a minute. What it answers is read as a table like
a version's file, and forgotten; where it does not answer, that is said, beside what it answered last.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from django.core.cache import cache

from cityhall.engines.tables import duck, reading, storing
from cityhall.engines.tables.staging import Declared
from cityhall.engines.tables.storing import Stored
from cityhall.foundation.clock import day_of

from . import contents, scheduled
from .fetching import CannotFetch, fetch
from .models import Resource
from .states import Trouble

KEPT = timedelta(minutes=1)
"""For how long an answer, or none, is taken for what the address says now."""
SHOWN = timedelta(hours=1)
"""For how long an earlier answer is shown where there is none any more."""
LARGEST = 5 * 2**20
SECONDS = 5.0
TURN = 30
"""Seconds for which one request asks for all others."""


@dataclass(frozen=True)
class Look:
    """What an address answered: its rows and since when, and what is the trouble now."""

    asked_at: datetime
    store: Stored | None = None
    had_at: datetime | None = None
    trouble: str = ""
    detail: str = ""

    def words(self, name: str) -> str:
        """The trouble in the reader's language; empty where there is none."""
        return str(Trouble(self.trouble).label) % {"name": name, "detail": self.detail} if self.trouble else ""


def look(resource: Resource, *, at: datetime) -> Look | None:
    """What the address of a live resource says; None while somebody else's request asks it for the first time."""
    key = f"open_data.live:{resource.pk}:{hashlib.sha256(resource.url.encode()).hexdigest()[:16]}"
    held: Look | None = cache.get(key)
    if held is not None and held.store is not None and not (held.store.path.exists() and _shown(held, at)):
        held = replace(held, store=None, had_at=None)
    if held is not None and held.asked_at <= at < held.asked_at + KEPT:
        return held
    if not cache.add(f"{key}:asking", 1, TURN):
        return held
    try:
        held = _ask(resource, held, at)
        cache.set(key, held, SHOWN.total_seconds())
    finally:
        cache.delete(f"{key}:asking")
    return held


def _shown(held: Look, at: datetime) -> bool:
    return held.had_at is not None and at < held.had_at + SHOWN


def _ask(resource: Resource, before: Look | None, at: datetime) -> Look:
    """Ask the address, outside of any transaction."""
    known = before or Look(at)
    try:
        had = fetch(resource.url, largest=LARGEST, hosts=scheduled.hosts(day_of(at)), seconds=SECONDS)
    except CannotFetch as refusal:
        return replace(known, asked_at=at, trouble=refusal.trouble.value, detail=refusal.detail)
    told = contents.look(had.data, had.name)
    other = bool(resource.format and told.format) and not contents.agree(resource.format, told.format)
    if told.refused or other:
        return replace(known, asked_at=at, trouble=Trouble.UNREAD.value, detail="")
    with tempfile.TemporaryDirectory(prefix="cityhall-live-") as folder:
        path = Path(folder) / "answer"
        path.write_bytes(had.data)
        with reading.read(path, name=had.name, declared=Declared(encoding=resource.encoding)) as found:
            if found.stopped:
                return replace(known, asked_at=at, trouble=Trouble.UNREAD.value, detail="")
            store = storing.write(found, _home())
    _tidy(store)
    return Look(at, store, at)


def _home() -> Path:
    """Beside the tables of versions, and apart from them: what lies here goes away."""
    return duck.folder() / "live"


def _tidy(newest: Stored) -> None:
    """Let go of answers that nobody is shown any more."""
    oldest = newest.path.stat().st_mtime - 2 * SHOWN.total_seconds()
    for path in _home().glob("*/*.parquet"):
        with contextlib.suppress(OSError):  # another request was faster
            if path.stat().st_mtime < oldest:
                path.unlink()
