"""What grants declare: how proposals are reviewed, the menu, who may look at files, what names an agency."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityhall.domains.projects.public import READ
from cityhall.engines.directory import registry as directory
from cityhall.engines.files import queries as files
from cityhall.engines.scoring import registry as scoring
from cityhall.engines.scoring.evaluating import Step
from cityhall.engines.scoring.registry import EvaluationKind
from cityhall.web.navigation import desk_menu

from . import queries
from .models import Need, Proposal
from .parameters import SCHEME


def _may_look(account: Any, owner: Any, request: HttpRequest) -> bool:
    """Files of a need and of its proposals are for those who may read the need."""
    need = owner.need_id if isinstance(owner, Proposal) else owner.pk
    return Need.objects.filter(queries.within_rights(account, timezone.now()), pk=need).exists()


def install() -> None:
    """One step of judges; menu; rights; succession."""
    scoring.evaluation(
        EvaluationKind(
            queries.REVIEW,
            _("寬頻應用補助提案審查"),
            SCHEME,
            (Step("review"),),
            {"review": _("提案審查")},
            queries.candidates,
        )
    )
    desk_menu.add(52, _("寬頻應用補助"), "grants:calls", "/desk/grants/", act=READ)
    for model in (Need, Proposal):
        files.rights(model, _may_look)
    directory.names_agency_for_ever(
        {"grants.Need.agency": _("寫的是當時提出需求的機關；簽約以後的計畫隨列管計畫移轉。")}
    )
