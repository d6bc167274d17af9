"""The past of a demo city: its letters, written on a simulated clock, are taken by the stand-ins in one go.

A worker would deliver them one by one, as today's mail, and for minutes nobody's code would arrive. Here every waiting
letter is accepted at the instant at which it was written. What is kept is what the worker would have kept: the
attempt, the letter's state, the promise. The inbox gets the newest ones only.
"""

import json
from datetime import datetime

from django.db.models import F

from cityhall.engines.letters import gateways, smtp
from cityhall.engines.letters.models import Attempt, Letter
from cityhall.engines.letters.services import DELIVER
from cityhall.engines.letters.standins.store import Store
from cityhall.engines.letters.states import Channel, Outcome, State
from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.states import State as Kept
from cityhall.foundation.rows import new as new_row
from cityhall.foundation.unit import act

ANSWER = "250 2.0.0 kept"
BATCH = 2000


@act
def take_waiting(store: Store, *, inbox_since: datetime) -> int:
    """Take every waiting letter that goes by mail, SMS or push; return how many."""
    waiting = Letter.objects.filter(state=State.WAITING, attempts__isnull=True).exclude(channel=Channel.PAPER)
    for letter in waiting.filter(written_at__gte=inbox_since).order_by("pk").iterator(chunk_size=BATCH):
        raw = smtp.message_of(letter).as_bytes() if letter.channel == Channel.EMAIL else _posted(letter)
        store.add(letter.channel, letter.address, letter.message_id, raw, letter.written_at)
    rows = list(waiting.values_list("pk", "written_at"))
    Attempt.objects.bulk_create(
        (new_row(Attempt, letter_id=pk, n=1, at=at, outcome=Outcome.ACCEPTED, detail=ANSWER) for pk, at in rows),
        batch_size=BATCH,
    )
    # By their keys, not by a question to the tables: filled a moment ago, they are small in the eyes of PostgreSQL.
    for begin in range(0, len(rows), BATCH):
        taken = [pk for pk, _at in rows[begin : begin + BATCH]]
        Promise.objects.filter(kind=DELIVER, state=Kept.PENDING, key__in=[f"letter:{pk}" for pk in taken]).update(
            state=Kept.DONE, attempts=1, finished_at=F("due_at")
        )
        Letter.objects.filter(pk__in=taken, forget=True).update(subject="", text="", html="")
        Letter.objects.filter(pk__in=taken).update(state=State.SENT, sent_at=F("written_at"))
    return len(rows)


def _posted(letter: Letter) -> bytes:
    return json.dumps(gateways.body_of(letter), ensure_ascii=False).encode()
