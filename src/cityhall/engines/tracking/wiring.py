"""What listed items declare to the engines at start."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.deadlines import registry as deadlines
from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.registry import Named
from cityhall.engines.directory.states import Fate
from cityhall.engines.files import queries as files
from cityhall.engines.textsearch import services as textsearch
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part

from . import finding, queries, services, succession
from .models import Item, Reply
from .states import Asking


def _may_look(account: Any, reply: Any, request: HttpRequest) -> bool:
    """Files of a reply are for those who may read its item."""
    return Item.objects.filter(queries.within_rights(account, timezone.now()), pk=reply.item_id).exists()


def install() -> None:
    """To-do kinds, succession, search, and who may look at files."""
    textsearch.register(Item, text_of=services.text_of)
    files.rights(Reply, _may_look)
    deadlines.on_move(services.moved)
    worklist.searchable("tracking", _("列管事項"), finding.items, order=20)
    stages = {one.value: one.label for one in Asking}
    worklist.kind(services.ANSWER, pgettext_lazy("to-do", "函復列管事項"), part=Part.HANDLE, stages=stages)
    worklist.kind(services.REVIEW, pgettext_lazy("to-do", "審核函復"), part=Part.HANDLE)
    worklist.kind(services.DECIDE, pgettext_lazy("to-do", "決定追蹤情形"), part=Part.HANDLE)
    directory.names_agency(
        "tracking",
        _("列管事項的分工"),
        columns=["tracking.Duty.agency"],
        fate=Fate.MOVES,
        words=_("進行中的分工從承接那一天起由承接機關負責，期限不變；以前的分工留在原機關，作為紀錄。"),
        rows=succession.duties,
        show=lambda duty: Named(duty.item.number, duty.item.url),
        move=succession.move_duties,
    )
