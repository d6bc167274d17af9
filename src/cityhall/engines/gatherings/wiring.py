"""What gatherings declare to the engines and to the pages at start."""

from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.registry import Named
from cityhall.engines.directory.states import Fate
from cityhall.engines.files import queries as files
from cityhall.engines.identity.models import Account
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.registry import Hit
from cityhall.engines.worklist.states import Part
from cityhall.web.navigation import desk_menu

from . import following, holding, queries, registry, rows, services, succession
from .checklists import WORKS
from .models import Gathering
from .registry import Profile
from .states import OutcomeKind


def may_look(account: Any, owner: Model, _request: Any) -> bool:
    """Photos of a visit are seen by whoever may read it."""
    rows = Gathering.objects.filter(queries.within_rights(account, timezone.now()))
    return bool(rows.filter(pk=owner.pk).exists())


def find(account: Account, query: str, at: datetime, limit: int) -> list[Hit]:
    """The gatherings whose name holds the words, the newest first."""
    rows = Gathering.objects.filter(queries.within_rights(account, at), title__icontains=query)
    return [
        Hit(row.title, services.url_of(row), row.series_name, row.get_state_display(), row.starts_at)
        for row in rows.order_by("-starts_at", "-pk")[:limit]
    ]


def _hosted(row: Any) -> Named:
    return Named(row.title, services.url_of(row))


def install() -> None:
    """Menu, to-do kinds, search, files, succession, tracking, and the kinds that every city has."""
    registry.profile(Profile("meeting", _("一般會議"), order=90))
    registry.training("training", _("教育訓練"), order=91)
    registry.profile(
        Profile("works_visit", _("工程實地查證"), outcome=OutcomeKind.FINDING, checklist=WORKS, minutes=False, order=92)
    )
    following.declare()
    rows.declare()
    desk_menu.add(36, _("會議與訪查"), "gatherings:index", "/desk/gatherings/", act=queries.READ)
    worklist.kind(services.ATTEND, pgettext_lazy("to-do", "回復由誰出席"), part=Part.HANDLE)
    worklist.kind(holding.MINUTES, pgettext_lazy("to-do", "發會議紀錄"), part=Part.HANDLE)
    worklist.searchable("gatherings", _("會議與訪查"), find, order=60)
    files.rights(Gathering, may_look)
    directory.names_agency(
        "gatherings_hosted",
        _("還沒辦的會議與訪查"),
        columns=["gatherings.Gathering.host"],
        fate=Fate.MOVES,
        words=_("還沒辦的由承接機關主辦；辦過的留在原機關，作為紀錄。"),
        rows=succession.hosted,
        show=_hosted,
        move=succession.move_hosted,
    )
    directory.names_agency(
        "gatherings_invited",
        _("還沒辦的會議與訪查的出席名單"),
        columns=["gatherings.Participant.agency"],
        fate=Fate.MOVES,
        words=_("還沒辦的改由承接機關出席；辦過的留著原機關，作為紀錄。"),
        rows=succession.invited,
        show=lambda row: _hosted(row.gathering),
        move=succession.move_invited,
    )
    directory.names_agency_for_ever({"gatherings.AgendaPoint.agency": _("議程寫的是當時報告的機關。")})
