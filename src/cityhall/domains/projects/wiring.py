"""What projects declare to the engines and to the pages at start."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Model, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityhall.engines.files import queries as files
from cityhall.engines.gatherings import registry as gatherings
from cityhall.engines.gatherings.checklists import WORKS
from cityhall.engines.gatherings.registry import Profile
from cityhall.engines.gatherings.states import OutcomeKind
from cityhall.engines.identity.models import Account
from cityhall.engines.scoring import registry as scoring
from cityhall.engines.scoring.evaluating import Step
from cityhall.engines.scoring.registry import EvaluationKind
from cityhall.engines.tables.supplies import supply
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.registry import Hit
from cityhall.engines.worklist.states import Part
from cityhall.web.navigation import desk_menu


def install() -> None:
    """Menu, to-do kinds and search."""
    from . import month_imports, open_table, reviewing, services, year_end
    from .models import Project
    from .queries import CONTROL, READ, REPORT

    desk_menu.add(50, _("列管計畫"), "projects:index", "/desk/projects/", act=READ)
    desk_menu.add(50, _("異常計畫"), "projects:hits", "/desk/projects/hits/", act=READ)
    desk_menu.add(50, _("提報與挑錄"), "projects:candidates", "/desk/projects/candidates/", act=CONTROL)
    desk_menu.add(50, _("匯入月進度"), "projects:bring", "/desk/projects/months/", act=REPORT)
    worklist.kind(services.REPORTING, _("填報計畫月進度"), part=Part.HANDLE)
    worklist.kind(services.SELECTING, _("決定是否列管"), part=Part.HANDLE)
    worklist.kind(services.DECIDING, _("核定計畫申請案"), part=Part.APPROVE)
    gatherings.profile(Profile(reviewing.REVIEW, _("重大建設計畫專案檢討會議"), sections=(reviewing.section,), order=5))
    gatherings.profile(
        Profile(reviewing.SITE_VISIT, _("重大建設計畫實地查證"), outcome=OutcomeKind.FINDING, checklist=WORKS, minutes=False,
                order=6)
    )  # fmt: skip
    files.rights(Project, may_look)
    month_imports.install()
    gatherings.shows(Project, reviewing.on_agenda)
    parts = {"part": _("符合的"), "whole": _("應計的")}
    for name, label, measure, words in (
        ("progress", _("達到預定進度的月數"), year_end.progress, parts),
        ("reporting", _("按時填報的月數"), year_end.reporting, parts),
        ("money", _("執行數占分配預算"), year_end.money, {"part": _("執行數"), "whole": _("累計分配預算")}),
        ("checkpoints", _("如期的檢核點"), year_end.checkpoints, parts),
        ("tenders", _("第一次開標就決標的標案"), year_end.tenders, parts),
    ):
        scoring.formula(f"projects.{name}", label, measure, inputs=words)
    scoring.evaluation(
        EvaluationKind(
            year_end.KIND, _("列管計畫年終考核"), year_end.SCHEME,
            (Step("self", judged=False), Step("first"), Step("final")),
            {"self": _("自評"), "first": _("初核"), "final": _("複核")}, year_end.candidates,
            groups={"works": _("工程類"), "other": _("非工程類")}, due=year_end.due,
        )
    )  # fmt: skip
    supply("projects.months", open_table.rows)
    worklist.searchable("projects", _("列管計畫"), found, order=30)


def may_look(account: Any, owner: Model, _request: Any) -> bool:
    """Photos of a project are seen by whoever may read it."""
    from . import queries
    from .models import Project

    rows = Project.objects.filter(queries.within_rights(account, queries.READ, timezone.now()))
    return rows.filter(pk=owner.pk).exists()


def found(account: Account, text: str, at: datetime, most: int) -> list[Hit]:
    """Projects by number or by any word of their name, within rights."""
    from . import queries
    from .models import Project

    rows = queries.with_plan(Project.objects.filter(queries.within_rights(account, queries.READ, at)))
    for word in text.split():
        rows = rows.filter(Q(number__icontains=word) | Q(plan__name__icontains=word))
    return [
        Hit(
            one.plan.name, reverse("projects:project", args=[one.number]), one.plan.agency.label, one.number,
            exact=one.number == text.strip(),
        )
        for one in rows.order_by("number")[:most]
    ]  # fmt: skip
