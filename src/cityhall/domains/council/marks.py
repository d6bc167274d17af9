"""答非所問: a councillor or an office marks a reply, and the commission returns it or says why it stands."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.tracking import queries as tracking_queries
from cityhall.engines.tracking import services as tracking
from cityhall.engines.tracking.models import Reply
from cityhall.engines.tracking.states import ReplyState
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from .models import Reader, ReplyMark
from .queries import PROFILE
from .refusals import CannotList

MARK = "council.mark"


@sentence("1.1.3", "針對議員反映或本會審查機關函復內容品質不佳或答非所問者")
@act
def mark(
    reply: Reply, *, text: str, reader: Reader | None = None, by: Account | None = None, at: datetime
) -> ReplyMark:
    """標記 a reply as beside the question: the commission finds it on its list. Raises CannotList."""
    reply = Reply.objects.select_for_update(of=("self",)).select_related("item", "duty__agency").get(pk=reply.pk)
    if reply.item.profile != PROFILE or reply.state not in (ReplyState.ANSWERED, ReplyState.ACCEPTED):
        raise CannotList(_("只有機關已經函復、沒有退回的，才能標記。"))
    if not text.strip():
        raise CannotList(_("請寫明哪裡沒有答到。"))
    if ReplyMark.objects.filter(reply=reply, answered_at=None).exists():
        raise CannotList(_("這份函復已經標記，研考會正在處理。"))
    row = ReplyMark.objects.create(reply=reply, reader=reader, by=by, text=text.strip()[:1000], at=at)
    if (agency := tracking_queries.commission(day_of(at))) is not None:
        worklist.open_todo(
            MARK, row, title=reply.item.title, detail=reply.duty.agency.short_name, reference=reply.item.number,
            agency=agency, role=Role.COMMISSION, url=reply.item.url, at=at,
        )  # fmt: skip
    audit.record("council.marked", reply.item, by=by, at=at, new={"n": reply.n})
    return row


@act
def answer(row: ReplyMark, *, returned: bool, text: str, by: Account, at: datetime) -> ReplyMark:
    """Return the reply for what was marked, or say why it stands. Raises CannotList, and tracking's CannotReview."""
    row = ReplyMark.objects.select_for_update(of=("self",)).select_related("reply__item").get(pk=row.pk)
    if row.answered_at is not None:
        raise CannotList(_("這個標記已經處理過了。"))
    if not text.strip():
        raise CannotList(_("請寫明理由；標記的人會看到。"))
    if returned:
        tracking.send_back(row.reply, remark=text, by=by, at=at)
    row.answered_at, row.returned, row.answer = at, returned, text.strip()[:1000]
    row.save()
    worklist.close_todo(MARK, row, at=at)
    audit.record("council.mark_answered", row.reply.item, by=by, at=at, new={"returned": returned})
    return row
