"""What the open-data catalogue declares: menus, to-dos, the search, what becomes of datasets when an agency is succeeded."""

from __future__ import annotations

from django.apps import apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.registry import Named
from cityhall.engines.directory.states import Fate
from cityhall.engines.files import services as files
from cityhall.engines.gatherings import registry as gatherings
from cityhall.engines.gatherings.registry import Profile
from cityhall.engines.gatherings.states import PointKind
from cityhall.engines.identity.clients import declare_scope
from cityhall.engines.scoring import registry as scoring
from cityhall.engines.scoring.evaluating import Step
from cityhall.engines.scoring.registry import EvaluationKind
from cityhall.engines.subscriptions.registry import topics
from cityhall.engines.tables import published
from cityhall.engines.tables.supplies import supply
from cityhall.engines.textsearch import services as textsearch
from cityhall.engines.usage import registry as usage
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part
from cityhall.web.navigation import desk_menu, portal_menu

from . import competing, contests, following, own, queries, requesting, seminars, services, showcasing, succession
from .models import Dataset, ResourceVersion
from .queries import READ
from .shelf import SHELF
from .states import ContestKind
from .use import SOURCE
from .views.seminars import section


def _held(digest: str) -> bool:
    return ResourceVersion.objects.filter(digest=digest).exists()


def install() -> None:
    """Declare everything, once, at start."""
    portal_menu.add(30, _("開放資料"), "open_data:search", "/data/")
    desk_menu.add(52, _("開放資料"), "open_data_desk:index", "/desk/open-data/", act=READ)
    worklist.kind(services.AGREE, _("審核資料集"), part=Part.APPROVE)
    worklist.kind(services.PUBLISH, _("審核資料集上架"), part=Part.APPROVE)
    worklist.kind(services.MEND, _("修改退回的資料集"), part=Part.HANDLE)
    worklist.kind(services.LATE, _("更新逾期的資料集"), part=Part.HANDLE)
    worklist.kind(services.FILE, _("確認資料檔"), part=Part.HANDLE)
    worklist.kind(services.QUALITY, _("改善資料品質"), part=Part.HANDLE)
    worklist.kind(services.FETCH, _("處理擷取失敗的資料"), part=Part.HANDLE)
    worklist.kind(requesting.MODERATE, _("審閱資料需求"), part=Part.APPROVE)
    worklist.kind(requesting.ANSWER, _("答復資料需求"), part=Part.HANDLE)
    worklist.kind(showcasing.REVIEW, _("審核應用案例"), part=Part.APPROVE)
    worklist.kind(contests.RUN, _("辦理競賽"), part=Part.HANDLE)
    worklist.kind(competing.CHECK, _("檢核參賽作品"), part=Part.APPROVE)
    for kind, label in ((ContestKind.HACKATHON, _("黑客松評審")), (ContestKind.APPS, _("應用競賽評審"))):
        key = contests.REVIEWS[kind]
        names = {"judging": pgettext_lazy("contest", "評審")}
        scoring.evaluation(EvaluationKind(key, label, key, (Step("judging"),), names, page=contests.page_to_judge))
    courses = (PointKind.COURSE,)
    label = _("開放資料研習與說明會")
    gatherings.profile(Profile(seminars.SEMINAR, label, points=courses, minutes=False, sections=(section,), order=42))
    worklist.searchable("open_data", _("資料集"), queries.hits, order=60)
    assert following.DATASET in topics
    usage.source(SOURCE)
    supply("open_data.use", own.use_rows)
    supply("figures.values", own.figure_rows)
    published.publishes(SHELF)
    textsearch.register(Dataset, text_of=services.text_of, records=queries.to_index)
    files.held_by(_held)
    declare_scope(queries.SCOPE, _("取用開放資料"))
    post_migrate.connect(services.furnish, sender=apps.get_app_config("open_data"), dispatch_uid="open_data.furnish")
    directory.names_agency(
        "open_data",
        _("資料集"),
        columns=["open_data.Dataset.agency", "open_data.Publisher.agency"],
        fate=Fate.MOVES,
        words=_("改由承接機關提供，識別碼與內容不變。"),
        rows=succession.datasets,
        show=lambda row: Named(row.identifier),
        move=succession.move_datasets,
    )
    directory.names_agency(
        "open_data_requests",
        _("資料需求"),
        columns=["open_data.DataRequest.agency"],
        fate=Fate.MOVES,
        words=_("改由承接機關答復，期限不變。"),
        rows=succession.requests,
        show=lambda row: Named(requesting.reference(row)),
        move=succession.move_requests,
    )
