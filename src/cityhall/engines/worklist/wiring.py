"""What the to-do list tells the directory and the pages at start."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory
from cityhall.web.navigation import desk_menu

from . import registry


def install() -> None:
    """Open to-dos keep an agency alive, and pass on with a hand-over or a succession; the desk begins with them."""
    from . import finding, queries, services

    def waiting(request: HttpRequest) -> int | None:
        account: Any = request.user
        return queries.waiting_for(account, timezone.now()).count()

    directory.open_work("todos", _("待辦事項"), queries.open_at)
    directory.on_hand_over("todos", _("待辦事項"), queries.open_of, services.hand_over)
    directory.on_succession("todos", _("待辦事項"), services.move_to_successor)
    desk_menu.add(10, _("待辦"), "worklist:list", act="worklist.use", count=waiting)
    registry.searchable("todos", _("我的待辦"), finding.todos, order=10)
    registry.searchable("people", _("人員名單"), finding.people, order=80)
    registry.searchable("agencies", _("機關"), finding.agencies, order=90)
