"""Acts: write an entry, note that somebody looked, anchor the chain."""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from cityhall.engines.audit import catalogue, rules
from cityhall.engines.audit.models import Entry, Head
from cityhall.foundation import rows
from cityhall.foundation.clock import day_of
from cityhall.foundation.rows import new as new_row
from cityhall.foundation.unit import Appendix, act
from cityhall.foundation.workshop import LeftAside


@act
def record(
    event: str,
    subject: Model | None,
    *,
    by: Any | None,
    at: datetime,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    note: str = "",
) -> Entry:
    """Append an entry in the same transaction as the act it tells of: both are kept or neither.

    `by` is the account that acts, None for the machine itself. The payload holds ids and codes, no personal data. The
    entry gets its number and its place in the chain when the act ends. Raises LookupError for an event that no app
    declares: nobody could read it.
    """
    if event not in catalogue.sentences:
        raise LookupError(f"{event} is not declared: add it to the app's audit_events.py")
    payload = {name: value for name, value in (("old", old), ("new", new), ("note", note)) if value}
    return _entries.append(
        new_row(
            Entry,
            at=at,
            event=event,
            subject_type=subject._meta.label_lower if subject is not None else "",
            subject_id=str(subject.pk) if subject is not None else "",
            actor=str(by.pk) if by is not None else "",
            payload=rules.canonical(payload),
        )
    )


def _chain(entries: list[Entry]) -> None:
    """Write entries behind the end of the chain. The head stays locked from here until the commit, which is near.

    Those of a workshop take their place when all of it is carried over.
    """
    if _of_workshop.put(entries):
        return
    head = _locked_head()
    for entry in entries:
        entry.seq, entry.previous_hash = head.seq + 1, head.hash
        link = rules.Link(
            seq=entry.seq, at=entry.at, event=entry.event, subject_type=entry.subject_type,
            subject_id=entry.subject_id, actor=entry.actor, payload=entry.payload,
            previous_hash=entry.previous_hash, hash="",
        )  # fmt: skip
        entry.hash = rules.hash_of(link)
        head.seq, head.hash = entry.seq, entry.hash
    # The name of our own table.
    moved = f"UPDATE {_HEADS} SET seq = %s, hash = %s WHERE id = 1"  # noqa: S608  # nosec B608
    rows.add(Entry, entries, then=(moved, [head.seq, head.hash]))


_of_workshop = LeftAside(_chain)
_entries = Appendix(Entry._meta.db_table, _chain, last=True)


_HEADS = Head._meta.db_table


def _locked_head() -> Head:
    """The head row, locked where the database locks rows; SQLite's IMMEDIATE transaction has the whole file.

    Written out, as each act passes here while others wait for it.
    """
    lock = "FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        # The name of our own table.
        cursor.execute(f"SELECT seq, hash FROM {_HEADS} WHERE id = 1 {lock}")  # noqa: S608  # nosec B608  # nosemgrep: statements
        if row := cursor.fetchone():
            return Head(pk=1, seq=row[0], hash=row[1])
    try:
        with transaction.atomic():
            Head.objects.create(pk=1, seq=0, hash=rules.GENESIS)
    except IntegrityError:
        pass  # another transaction began the chain in the same moment
    return Head.objects.select_for_update().get(pk=1)


def looked_at(subject: Model, *, by: Any | None, at: datetime, what: str) -> Entry:
    """Record that somebody saw personal data: `what` names the fields or the page, not their content."""
    return record("personal_data.seen", subject, by=by, at=at, new={"what": what})


def anchor_file() -> Path:
    """The file of anchors: a line a day. Copy it to another machine; it is what the database cannot rewrite."""
    return Path(settings.DATA_DIR) / "audit-anchors.jsonl"


def anchor(*, at: datetime) -> dict[str, Any] | None:
    """Write the end of the chain to the anchor file; None while the chain is empty."""
    head = Head.objects.filter(pk=1).first()
    if head is None or head.seq == 0:
        return None
    line = {"day": day_of(at).isoformat(), "at": at.isoformat(), "seq": head.seq, "hash": head.hash}
    path = anchor_file()
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return line


def anchors() -> dict[int, str]:
    """The anchors by sequence number. Where two lines name one number with two hashes, the first stands."""
    path = anchor_file()
    if not path.exists():
        return {}
    found: dict[int, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            anchored = json.loads(line)
            found.setdefault(int(anchored["seq"]), str(anchored["hash"]))
    return found
