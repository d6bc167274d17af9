"""How listed items look: `{% load tracking %}`."""

from __future__ import annotations

from django import template

from ..models import Item, Reply
from ..states import Decided, ReplyState, Stage

register = template.Library()
STAGES = {Stage.ASKED: "amber", Stage.IN_REVIEW: "blue", Stage.TO_DECIDE: "blue"}
DECIDED = {Decided.RELEASED: "", Decided.SELF_TRACKED: "grey", Decided.TRACKED: "amber", Decided.REOPENED: "amber"}
REPLIES = {ReplyState.ASKED: "amber", ReplyState.ANSWERED: "blue", ReplyState.POOR: "red", ReplyState.WITHDRAWN: "grey"}


@register.filter
def standing_tone(item: Item) -> str:
    """The colour of the tag that says how an item stands."""
    if item.stage != Stage.SETTLED:
        return STAGES[Stage(item.stage)]
    return DECIDED.get(Decided(item.decided), "") if item.decided else "grey"


@register.filter
def reply_tone(reply: Reply) -> str:
    """The colour of a reply's tag."""
    return REPLIES.get(ReplyState(reply.state), "")
