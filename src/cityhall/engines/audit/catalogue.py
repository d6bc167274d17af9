"""The event catalogue: every event that may be recorded, with the sentence that people read.

An app declares its events in its `audit_events.py`, found when the program starts:

    from cityhall.engines.audit.catalogue import declare

    declare({"petition.dispatched": _("派案"), "petition.closed": _("結案")})

`cityhall audit events` prints the catalogue. A test finds every event that the code records and looks it up here.
"""

from collections.abc import Mapping

from django.utils.functional import Promise

sentences: dict[str, str | Promise] = {}


class AlreadyDeclared(Exception):
    """Two apps declare one event; each event has one owner."""


def declare(events: Mapping[str, str | Promise]) -> None:
    """Add events with their sentences; a name is dotted and has one owner."""
    for event, sentence in events.items():
        if event in sentences:
            raise AlreadyDeclared(event)
        sentences[event] = sentence


def sentence(event: str) -> str:
    """Say an event in the reader's language; an event of an older version, no longer declared, by its name."""
    return str(sentences.get(event, event))
