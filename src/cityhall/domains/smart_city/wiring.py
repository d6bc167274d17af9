"""What the smart-city programme declares: its meetings, its menu, and who may look at evidence."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cityhall.domains.projects.public import READ
from cityhall.engines.files import queries as files
from cityhall.engines.gatherings import registry as gatherings
from cityhall.engines.gatherings.registry import Profile
from cityhall.web.access import allowed
from cityhall.web.navigation import desk_menu

from .figures import COMMITTEE, WORKING_GROUP
from .models import Evidence


def _may_look(account: Any, evidence: Any, request: HttpRequest) -> bool:
    """Evidence is for those who see the awards."""
    return allowed(request, READ)


def install() -> None:
    """Two kinds of meeting, the menu, the files' right."""
    gatherings.profile(Profile(COMMITTEE, _("智慧城市推動委員會大會"), order=30))
    gatherings.profile(Profile(WORKING_GROUP, _("智慧城市分組工作會議"), order=31))
    desk_menu.add(51, _("智慧城市計畫"), "smart_city:programme", "/desk/smart-city/", act=READ)
    files.rights(Evidence, _may_look)
