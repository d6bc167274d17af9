"""Who else is told of a reply: reporters whose petitions were joined, and supporters. In the worker, each once."""

from __future__ import annotations

from datetime import datetime

from cityhall.engines.cases.models import Reply
from cityhall.engines.outbox import services as outbox
from cityhall.foundation.unit import acting

from ..models import Join, Petition
from ..queries import FULL
from . import joining, letters

KEEPS = "petitions.tell"
CHUNK = 50


def promise(petition: Petition, reply: Reply, *, at: datetime) -> None:
    """Promise to tell the others, where there are any."""
    if petition.followers > 1 or joining.joined_to(petition):
        outbox.promise_new(KEEPS, {"reply": reply.pk}, key=f"{KEEPS}:{reply.pk}", at=at)


def carry_out(reply_pk: int) -> int:
    """Tell everybody who was there when the reply went out; whoever was told already is not told again."""
    reply = Reply.objects.select_related("case").get(pk=reply_pk)
    assert reply.sent_at
    main = Petition.objects.select_related(*FULL).get(pk=reply.case_id)
    told = 0
    joined = Join.objects.filter(parent=main, undone_at=None, at__lte=reply.sent_at)
    keys = list(joined.order_by("pk").values_list("petition", flat=True))
    for first in range(0, len(keys), CHUNK):
        with acting():
            for petition in Petition.objects.select_related(*FULL).filter(pk__in=keys[first : first + CHUNK]):
                letters.joined_reply(petition, reply=reply, main=main, at=reply.sent_at)
                told += 1
    supporters = main.supporters.filter(left_at=None, confirmed_at__lte=reply.sent_at).order_by("pk")
    rows = list(supporters.select_related("account"))
    for first in range(0, len(rows), CHUNK):
        with acting():
            for supporter in rows[first : first + CHUNK]:
                letters.supported_reply(supporter, reply=reply, main=main, at=reply.sent_at)
                told += 1
    return told
