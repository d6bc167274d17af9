"""What of petitions names an agency, and what becomes of it when another agency carries on its work.

A part that comes later adds its lines here: `names_agency` for rows with a future, `names_agency_for_ever` for what says
what was. A test asks for each column that names an agency.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cityhall.engines.cases import succession as case_succession
from cityhall.engines.cases.models import Case, Reply
from cityhall.engines.cases.states import ReplyState
from cityhall.engines.deadlines.models import LIVE, Clock
from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.registry import Move, Named
from cityhall.engines.directory.states import Fate
from cityhall.engines.rules import queries as rules

from .models import (
    AgencyMailbox,
    Alert,
    Endpoint,
    Extension,
    FollowUp,
    Forwarder,
    PassedOn,
    Petition,
    QualitySheet,
    ReceivedLetter,
    Referral,
    ReplyTemplate,
    Restriction,
    YearReturn,
)
from .quality import MOVES
from .repeats import OVER
from .services import handover
from .states import ExtensionState, LetterFate

PARAMETERS = ("petitions.desk_agency", "petitions.ethics_agency")
"""Dated parameters whose value is an agency's code."""
SETTLED = [stand.value for stand, onward in MOVES.items() if not onward]
IN_WORK = [ReplyState.DRAFT, ReplyState.IN_REVIEW, ReplyState.SENT_BACK, ReplyState.APPROVED]
MAIN_PAGE = "petitions:record"


def install() -> None:
    """Declare them, in the order of the page."""
    _parameters()
    _endpoints()
    _cases()
    _register_and_quality()
    _channels()
    _settings()
    directory.names_agency_for_ever({
        "petitions.DispatchDecision.agency": _("當時派案的決定"),
        "petitions.CaseConference.agency": _("當時協調的結果"),
        "petitions.SampleReview.agency": _("當時抽查的結果"),
        "petitions.Petition.addressed_to": _("民眾當時寫給哪個機關"),
        "petitions.Petition.about_agency": _("民眾當時反映的是哪個機關；原機關的人員仍然看不到"),
        "petitions.DispatchSetting.agency": _("原機關要求的正確率；承接機關用自己的"),
        "petitions.QualityAward.agency": _("對原機關那一年的獎懲建議"),
        "petitions.AgencyDigest.agency": _("原機關那個月的摘要；補寄時寄給承接機關"),
    })  # fmt: skip


def give(rows: Callable[[Agency, date], QuerySet[Any]], *, field: str = "agency") -> Callable[[Move, int], int]:
    """Move rows by giving them the successor's name, and its unit where they have one: some statements a block."""

    def move(move: Move, most: int) -> int:
        found = rows(move.agency, move.succession.on).order_by("pk")
        model = found.model
        has_unit = any(one.name == "unit" for one in model._meta.concrete_fields)
        keys = list(found.values_list("pk", flat=True)[:most])
        mine = model._default_manager.filter(pk__in=keys)
        if has_unit:
            for unit in set(mine.exclude(unit=None).values_list("unit_id", flat=True)):
                mine.filter(unit=unit).update(unit=move.unit_for(unit))
        mine.update(**{field: move.successor})
        return len(keys)

    return move


def _of(case: Case, petition: Petition | None, detail: str | Promise = "") -> Named:
    """A petition by its number; a sealed one is not even named."""
    if petition is None or petition.sealed:
        return Named(str(_("政風案件")))
    return Named(case.number or str(_("尚未成案")), reverse(MAIN_PAGE, args=[case.reference]), detail)


# ---- what has to be decided ------------------------------------------------------------------------------------------


def _parameters() -> None:
    directory.names_agency(
        "parameters",
        _("參數"),
        fate=Fate.DECIDE,
        words=_("承接日起會照承接機關解讀；請研考會把參數改成正確的機關代碼，不要一直靠舊代碼。"),
        rows=lambda agency, on: [key for key in PARAMETERS if rules.history(key)[0].value == agency.code],
        show=lambda key: Named(str(rules.history(key)[0].label), reverse("rules:detail", args=[key]), key),
    )


def _endpoints() -> None:
    directory.names_agency(
        "endpoints",
        _("府外機關的 Open311"),
        columns=["petitions.Endpoint.agency"],
        fate=Fate.DECIDE,
        words=_("網址和金鑰是原機關的：送出去的都有回復以後請停用，並替承接的機關設定。"),
        rows=lambda agency, on: Endpoint.objects.filter(agency=agency).exclude(state=Endpoint.State.ENDED),
        show=lambda row: Named(row.base_url, reverse("petitions:endpoint", args=[row.pk]), row.get_state_display()),
    )


# ---- petitions -------------------------------------------------------------------------------------------------------


def _open(agency: Agency) -> QuerySet[Case]:
    return case_succession.open_at(agency, "petition")


def _ended(agency: Agency) -> QuerySet[Case]:
    return Case.objects.filter(kind="petition", agency=agency).exclude(pk__in=_open(agency).values("pk"))


def _shown(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.select_related("petition").order_by("-received_at", "-pk")


def _cases() -> None:
    directory.names_agency(
        "petitions",
        _("未結陳情案件"),
        columns=["cases.Case.agency"],
        fate=Fate.MOVES,
        words=_("編號、查詢碼、狀態、期限和改分次數都不變；承辦人沒有跟著過去的，請承接機關的研考窗口重新分辦。"),
        rows=lambda agency, on: _shown(_open(agency)),
        show=lambda case: _of(case, case.petition, case.get_status_display()),
        move=handover.to_successor,
    )
    directory.names_agency(
        "clocks",
        _("進行中的期限"),
        fate=Fate.MOVES,
        words=_("跟著案件走，照原來的日子，不重新起算。"),
        rows=lambda agency, on: Clock.objects.filter(
            state__in=LIVE,
            subject_type=ContentType.objects.get_for_model(Case),
            subject_id__in=_open(agency).values("pk"),
        ).order_by("due_at", "pk"),
        show=lambda clock: Named(str(_(clock.because))),
    )
    directory.names_agency(
        "replies",
        _("草稿與待核定的回復"),
        fate=Fate.MOVES,
        words=_("跟著案件走；核定人在承接機關沒有核定職務時，改由承接機關的核定人核定。"),
        rows=lambda agency, on: (
            Reply.objects.filter(case__in=_open(agency), state__in=IN_WORK)
            .select_related("case__petition")
            .order_by("pk")
        ),
        show=lambda reply: _of(reply.case, reply.case.petition, reply.get_state_display()),
    )
    directory.names_agency(
        "extensions",
        _("待核定的展期"),
        fate=Fate.MOVES,
        words=_("跟著案件走，核定人同上。"),
        rows=lambda agency, on: (
            Extension.objects.filter(petition__case__in=_open(agency), state=ExtensionState.ASKED)
            .select_related("petition__case")
            .order_by("pk")
        ),
        show=lambda row: _of(row.petition.case, row.petition),
    )
    directory.names_agency(
        "parts",
        _("協辦與副知"),
        columns=["cases.Assignment.agency"],
        fate=Fate.MOVES,
        words=_("別的機關主辦、原機關協辦或副知的案件，由承接機關接著協辦，期限不變。"),
        rows=lambda agency, on: (
            case_succession.open_parts(agency, "petition").select_related("case__petition").order_by("pk")
        ),
        show=lambda row: _of(row.case, row.case.petition, row.get_part_display()),
        move=lambda move, most: case_succession.move_parts("petition", move, most),
    )
    directory.names_agency(
        "alerts",
        _("處理中的危險通報"),
        columns=["petitions.Alert.agency"],
        fate=Fate.MOVES,
        words=_("由承接機關接著處理。"),
        rows=lambda agency, on: _alerts(agency).select_related("petition__case").order_by("pk"),
        show=lambda row: _of(row.petition.case, row.petition),
        move=give(lambda agency, on: _alerts(agency)),
    )
    directory.names_agency(
        "ended",
        _("已結案件"),
        fate=Fate.STAYS,
        words=_("統計和定版的月份照舊算在原機關。承接機關可以查看，民眾申請重新處理時由承接機關決定。"),
        rows=lambda agency, on: _shown(_ended(agency)),
        show=lambda case: _of(case, case.petition, case.get_status_display()),
    )
    directory.names_agency(
        "promises",
        _("已結案件的承諾事項"),
        fate=Fate.STAYS,
        words=_("案件留在原機關；待辦移到承接機關，由它完成並說明。"),
        rows=lambda agency, on: (
            FollowUp.objects.filter(kept_at=None, petition__case__in=_ended(agency))
            .select_related("petition__case")
            .order_by("promised_on", "pk")
        ),
        show=lambda row: _of(row.petition.case, row.petition),
    )


def _alerts(agency: Agency) -> QuerySet[Alert]:
    return Alert.objects.filter(agency=agency, handled_at=None)


# ---- the register of repeats, the monthly check, the year's returns --------------------------------------------------


def _listings(agency: Agency, on: date) -> QuerySet[Restriction]:
    return Restriction.objects.filter(agency=agency).exclude(state__in=[str(one) for one in OVER]).order_by("pk")


def _sheets(agency: Agency, on: date) -> QuerySet[QualitySheet]:
    return QualitySheet.objects.filter(agency=agency).exclude(state__in=SETTLED).order_by("pk")


def _returns(agency: Agency, on: date) -> QuerySet[YearReturn]:
    """What is not handed in; where the successor has to hand in the same year, its own says both."""
    own = YearReturn.objects.filter(agency=agency.successor_id or 0).values("year")
    return YearReturn.objects.filter(agency=agency, returned_at=None).exclude(year__in=own).order_by("year")


def _register_and_quality() -> None:
    directory.names_agency(
        "listings",
        _("列管名冊"),
        columns=["petitions.Restriction.agency"],
        fate=Fate.MOVES,
        words=_("提報中與列管中的由承接機關接手；到期日與檢討日不變。"),
        rows=_listings,
        show=lambda row: Named(row.number, reverse("petitions:restriction", args=[row.reference])),
        move=give(_listings),
    )
    directory.names_agency(
        "sheets",
        _("品質評核表與申復"),
        columns=["petitions.QualitySheet.agency"],
        fate=Fate.MOVES,
        words=_("還沒有結論的由承接機關申復或重新回復；已有結論的留在原機關。"),
        rows=_sheets,
        show=lambda row: Named(
            row.number, reverse("petitions:quality_sheet", args=[row.reference]), row.get_state_display()
        ),
        move=give(_sheets),
    )
    directory.names_agency(
        "returns",
        _("待繳的年度分析"),
        columns=["petitions.YearReturn.agency"],
        fate=Fate.MOVES,
        words=_("由承接機關繳交，期限不變。"),
        rows=_returns,
        show=lambda row: Named(str(row.year), reverse("petitions:year_return", args=[row.pk])),
        move=give(_returns),
    )


# ---- channels --------------------------------------------------------------------------------------------------------


def _letters(agency: Agency, on: date) -> QuerySet[ReceivedLetter]:
    return ReceivedLetter.objects.filter(desk=agency, fate=LetterFate.WAITING).order_by("pk")


def _forwarders(agency: Agency, on: date) -> QuerySet[Forwarder]:
    return Forwarder.objects.on(on).filter(agency=agency).order_by("pk")


def _outside(agency: Agency, on: date) -> QuerySet[PassedOn]:
    return PassedOn.objects.filter(agency=agency, answered_at=None, came_back_at=None).order_by("pk")


def _channels() -> None:
    directory.names_agency(
        "letters",
        _("待登打的來信"),
        columns=["petitions.ReceivedLetter.desk"],
        fate=Fate.MOVES,
        words=_("由承接機關接著登打；收文號不變。"),
        rows=_letters,
        show=lambda row: Named(row.number, reverse("petitions:received_letter", args=[row.reference])),
        move=give(_letters, field="desk"),
    )
    directory.names_agency(
        "forwarders",
        _("轉送來信的地址"),
        columns=["petitions.Forwarder.agency"],
        fate=Fate.MOVES,
        words=_("改記在承接機關；地址不變，對方換了地址時請另外新增。"),
        rows=_forwarders,
        show=lambda row: Named(row.address, reverse("petitions:forwarder", args=[row.pk])),
        move=give(_forwarders),
    )
    directory.names_agency(
        "mailboxes",
        _("機關信箱的收信設定"),
        columns=["petitions.AgencyMailbox.agency"],
        fate=Fate.STAYS,
        words=_("照舊收信；寫到原機關信箱的信，由承接機關辦理。"),
        rows=lambda agency, on: AgencyMailbox.objects.filter(agency=agency).select_related("agency").order_by("pk"),
        show=lambda row: Named(row.agency.label, reverse("petitions:mailbox", args=[row.agency.code])),
    )
    directory.names_agency(
        "referrals",
        _("等回復的轉來案件"),
        fate=Fate.MOVES,
        words=_("跟著案件走；回復寄到原來要求的地址，期限不變。"),
        rows=lambda agency, on: (
            Referral.objects.filter(answered_at=None, petition__case__in=_open(agency))
            .select_related("petition__case")
            .order_by("pk")
        ),
        show=lambda row: _of(row.petition.case, row.petition, row.document_number),
    )
    directory.names_agency(
        "outside",
        _("移送府外、等回復的案件"),
        columns=["petitions.PassedOn.agency"],
        fate=Fate.MOVES,
        words=_("改向承接的府外機關催辦；請回復日不變。"),
        rows=_outside,
        show=lambda row: Named(row.document_number or str(row.pk), reverse("petitions:outside_one", args=[row.pk])),
        move=give(_outside),
    )


# ---- settings --------------------------------------------------------------------------------------------------------


def _templates(agency: Agency, on: date) -> QuerySet[ReplyTemplate]:
    return ReplyTemplate.objects.filter(Q(retired_on=None) | Q(retired_on__gt=on), agency=agency).order_by("pk")


def _settings() -> None:
    directory.names_agency(
        "rules",
        _("派案規則"),
        columns=["petitions.Routing.agency"],
        fate=Fate.MOVES,
        words=_(
            "承接日起各有一個新版本派給承接機關，舊版本到前一日為止。要派給別的機關的類別，請先訂好從承接日開始的規則：那一類的未結案件也會一起過去，不算改分。"
        ),
        rows=lambda agency, on: handover.naming_rules(agency, on).select_related("category").order_by("pk"),
        show=lambda row: Named(
            row.category.label if row.category else str(_("不分類別")),
            reverse("petitions:rule", args=["routing", row.pk]),
            " ".join(filter(None, [row.district_code, row.village_code, row.manager_code, row.layer_code])),
        ),
        move=handover.rules_to_successor,
    )
    directory.names_agency(
        "templates",
        _("機關自己的回復範本"),
        columns=["petitions.ReplyTemplate.agency"],
        fate=Fate.MOVES,
        words=_("承接機關的同仁也用得到；內文寫到原機關名稱的，請逐一修改。"),
        rows=_templates,
        show=lambda row: Named(row.name, reverse("petitions:template", args=[row.code])),
        move=give(_templates),
    )
