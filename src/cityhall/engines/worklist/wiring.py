"""What the to-do list tells the directory and the pages at start."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.registry import Named
from cityhall.engines.directory.states import Fate
from cityhall.web.navigation import desk_menu

from . import registry
from .states import Part


def install() -> None:
    """Open to-dos keep an agency alive, and pass on with a hand-over or a succession; the desk begins with them."""
    from . import finding, queries, services
    from .models import Todo

    def waiting(request: HttpRequest) -> int | None:
        account: Any = request.user
        return queries.waiting_for(account, timezone.now()).count()

    directory.open_work("todos", _("待辦事項"), queries.open_at)
    directory.on_hand_over("todos", _("待辦事項"), queries.open_of, services.hand_over)
    directory.names_agency(
        "todos",
        _("待辦事項"),
        columns=["worklist.Todo.agency"],
        fate=Fate.MOVES,
        words=_("各人的待辦跟著人走；沒有人的改由承接機關的研考窗口處理。期限不變。"),
        rows=lambda agency, on: Todo.objects.open().filter(agency=agency).by_due(),
        show=lambda todo: Named(str(todo.kind_label), "", todo.reference),
        move=services.move_to_successor,
    )
    directory.after_succession("todos", services.tell_of_succession)
    registry.kind(services.SUCCESSION, _("機關承接後的設定"), part=Part.FOLLOW_UP)
    desk_menu.add(10, _("待辦"), "worklist:list", act="worklist.use", count=waiting)
    desk_menu.add(11, _("全府逾期"), "worklist:overview", "/desk/late/", act="worklist.oversee")
    registry.searchable("todos", _("我的待辦"), finding.todos, order=10)
    registry.searchable("people", _("人員名單"), finding.people, order=80)
    registry.searchable("agencies", _("機關"), finding.agencies, order=90)
