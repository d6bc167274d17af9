"""留言 is answered: by mail in the citizen's language, or by a call that is noted."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.identity.models import Account
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.services import CannotSend, Recipient
from cityhall.engines.letters.states import Channel
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.unit import act

from . import services
from .models import LeftMessage
from .refusals import CannotTalk
from .states import Way


@act
def answer(left: LeftMessage, *, text: str, by: Account, at: datetime) -> LeftMessage:
    """The answer to a message that was left, once; by mail it goes out with the act."""
    left = LeftMessage.objects.select_for_update(of=("self",)).select_related("conversation").get(pk=left.pk)
    if left.answered_at is not None:
        raise CannotTalk(_("這則留言已經有人回復了。"))
    conversation = left.conversation
    left.answer, left.answered_at, left.answered_by = text.strip(), at, directory.person_of(by)
    left.save(update_fields=["answer", "answered_at", "answered_by"])
    if left.way == Way.MAIL:
        try:
            letters.send(
                "chat.answer", to=Recipient(email=left.email, name=left.name, language=conversation.language),
                context={
                    "number": conversation.number, "asked": left.text, "answer": left.answer,
                    "chat_url": services.start_page(conversation.language),
                },
                about=left, key=f"chat.answer:{left.pk}", channel=Channel.EMAIL, at=at,
            )  # fmt: skip
        except CannotSend as refusal:
            raise CannotTalk(str(refusal)) from refusal
    worklist.close_todo(services.LEFT, left, at=at)
    audit.record("chat.answered", left, by=by, at=at, new={"way": str(left.way)})
    return left
