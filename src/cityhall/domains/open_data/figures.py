"""What section 1.4.5 of the report prints of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.engines.figures.registry import AVERAGE, FLOW, STATE, figure
from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.usage import queries as usage
from cityhall.foundation.period import Period
from cityhall.foundation.values import Count, Kinds, MonthlyTotal, Total

from .models import Award, Category, Dataset, Team, Work
from .seminars import SEMINAR
from .states import ContestKind, TeamState, WorkForm, WorkState
from .use import SOURCE


@figure(
    "open_data.datasets",
    "1.4.5",
    "累計開放 {:plain} 項資料",
    kind=STATE,
    name=_("累計開放的資料集數"),
    unit=pgettext_lazy("dataset", "項"),
    counts=_("期間最後一天已經上架、沒有下架的資料集，一項算一次，不管有幾個檔案或版本。"),
    leaves_out=_("草稿、還在審核的，以及那一天以前已經下架的不算。"),
    dated_by=_("依資料集的上架日與下架日；由清單匯入的，依清單上的建立日期。"),
)
def datasets(period: Period) -> Count:
    """Datasets published at the end of the period's last day, by the dated steps of their way."""
    return Count(Dataset.objects.as_of(period.state_day or date.max))


def _uses(period: Period, act: str) -> MonthlyTotal:
    return MonthlyTotal(usage.uses(SOURCE.key, period, acts=[act]), "counted", period.months)


LEAVES_OUT = _("搜尋引擎等自動程式、系統檢查，以及我們自己的網頁自動取用的不算。")
BY_DAY = _("依使用那一天；不滿一個月的日子，按當月天數折算。")


@figure(
    "open_data.views_monthly",
    "1.4.5",
    "每月平均瀏覽次數 {:plain} 次",
    kind=AVERAGE,
    name=_("開放資料平均每月瀏覽次數"),
    unit=_("次／月"),
    counts=_("打開資料集或資料資源的頁面，一次算一次，除以月數。"),
    leaves_out=LEAVES_OUT,
    dated_by=BY_DAY,
    related=("open_data.downloads_monthly", "open_data.api_calls_monthly"),
)
def views_monthly(period: Period) -> MonthlyTotal:
    """Views of datasets and resources a month."""
    return _uses(period, "view")


@figure(
    "open_data.downloads_monthly",
    "1.4.5",
    "每月平均下載次數 {:plain} 次",
    kind=AVERAGE,
    name=_("開放資料平均每月下載次數"),
    unit=_("次／月"),
    counts=_("下載原始檔或篩選後的資料，一次算一次，除以月數。分段下載的，只算一次。"),
    leaves_out=LEAVES_OUT,
    dated_by=BY_DAY,
    related=("open_data.views_monthly", "open_data.api_calls_monthly"),
)
def downloads_monthly(period: Period) -> MonthlyTotal:
    """Downloads of files a month."""
    return _uses(period, "download")


@figure(
    "open_data.api_calls_monthly",
    "1.4.5",
    "每月平均介接次數 {:plain} 次",
    kind=AVERAGE,
    name=_("開放資料平均每月介接次數"),
    unit=_("次／月"),
    counts=_("程式取用目錄或資料，得到回應的，一次算一次，除以月數。"),
    leaves_out=LEAVES_OUT,
    dated_by=BY_DAY,
    related=("open_data.views_monthly", "open_data.downloads_monthly"),
)
def api_calls_monthly(period: Period) -> MonthlyTotal:
    """Calls of programs a month."""
    return _uses(period, "api")


# ---- competitions and seminars ---------------------------------------------------------------------------------------


def _held(period: Period, kind: ContestKind, before: str = "") -> dict[str, object]:
    """The conditions on what belongs to competitions of a kind whose day lies in the period."""
    days = {"gte": period.first_day, "lte": period.last_day}
    wanted: dict[str, object] = {"announced_at__isnull": False, "called_off_at": None, "kind": kind}
    wanted |= {f"held_on__{end}": day for end, day in days.items() if day}
    return {f"{before}contest__{name}": value for name, value in wanted.items()}


DATED_BY_DAY = _("依競賽日，不是報名或公布結果的那一天。")
LEAVES_OUT_TEAMS = _("沒有完成驗證的、退出的隊伍，以及停辦的競賽，不算。")


@figure(
    "open_data.hackathon_teams",
    "1.4.5",
    "{:plain} 組團隊參賽",
    kind=FLOW,
    name=_("黑客松的參賽隊伍"),
    unit=pgettext_lazy("team", "隊"),
    counts=_("黑客松的參賽隊伍，一隊算一次，不管有沒有交作品。"),
    leaves_out=LEAVES_OUT_TEAMS,
    dated_by=DATED_BY_DAY,
    related=("open_data.hackathon_prizes", "open_data.contest_teams"),
)
def hackathon_teams(period: Period) -> Count:
    """Teams that took part in hackathons of the period."""
    return Count(Team.objects.filter(state=TeamState.IN, **_held(period, ContestKind.HACKATHON)))


@figure(
    "open_data.hackathon_prizes",
    "1.4.5",
    "{:plain} 獎項 {:rows} 團隊獲獎",
    kind=FLOW,
    name=_("黑客松頒出的獎項"),
    unit=pgettext_lazy("prize", "項"),
    counts=_("黑客松有隊伍得獎的獎項，一個獎項算一次；每一列是一個得獎的隊伍，所以列數是得獎隊數。"),
    leaves_out=_("從缺的獎項不算。"),
    dated_by=_("依公布結果的那一天。"),
    related=("open_data.hackathon_teams",),
)
def hackathon_prizes(period: Period) -> Kinds:
    """Prizes of hackathons that were won in the period; the rows are the winning teams."""
    days = {"gte": period.first_day, "lte": period.last_day}
    within = {f"awarded_on__{end}": day for end, day in days.items() if day}
    return Kinds(Award.objects.filter(prize__contest__kind=ContestKind.HACKATHON, **within), "prize_id")


@figure(
    "open_data.seminar_attendance",
    "1.4.5",
    "共計 {:plain} 人與會",
    kind=FLOW,
    name=_("開放資料研習與說明會的與會人數"),
    unit=_("人"),
    counts=_("已經辦理的開放資料研習與說明會，登錄的出席人數合計。"),
    leaves_out=_("還沒辦的與取消的不算；報名沒有來的不算。"),
    dated_by=_("依辦理那一天，不是登錄的那一天。"),
)
def seminar_attendance(period: Period) -> Total:
    """People who came to seminars of the period."""
    return Total(Gathering.objects.of(SEMINAR).held_within(period.first_day, period.last_day), "attendance")


@figure(
    "open_data.contest_teams",
    "1.4.5",
    "共 {:plain} 組團隊參賽",
    kind=FLOW,
    name=_("應用競賽的參賽隊伍"),
    unit=pgettext_lazy("team", "隊"),
    counts=_("應用競賽的參賽隊伍，一隊算一次，不管有沒有交作品。"),
    leaves_out=LEAVES_OUT_TEAMS,
    dated_by=DATED_BY_DAY,
    related=("open_data.contest_works", "open_data.hackathon_teams"),
)
def contest_teams(period: Period) -> Count:
    """Teams that took part in app contests of the period."""
    return Count(Team.objects.filter(state=TeamState.IN, **_held(period, ContestKind.APPS)))


@figure(
    "open_data.contest_works",
    "1.4.5",
    "共產出 {:plain} 項 APP、網頁作品",
    kind=FLOW,
    name=_("應用競賽的作品"),
    unit=pgettext_lazy("work", "件"),
    counts=_("應用競賽通過檢核、進入評審的程式與網頁。"),
    leaves_out=_("退回的、形式不是程式也不是網頁的，以及隊伍退出的作品不算。"),
    dated_by=DATED_BY_DAY,
    related=("open_data.contest_teams",),
)
def contest_works(period: Period) -> Count:
    """Accepted apps and pages of app contests of the period."""
    rows = Work.objects.filter(
        state=WorkState.ACCEPTED, form__in=[WorkForm.APP, WorkForm.WEB], team__state=TeamState.IN
    )
    return Count(rows.filter(**_held(period, ContestKind.APPS, "team__")))


# ---- the rows behind them --------------------------------------------------------------------------------------------


def _agencies(keys: Iterable[int]) -> Mapping[int, str]:
    return {one.pk: one.label for one in Agency.objects.filter(pk__in=list(keys))}


def _categories(keys: Iterable[int | None]) -> Mapping[int | None, str]:
    names = {one.pk: one.label for one in Category.objects.all()}
    return {key: names.get(key or 0, "—") for key in keys}


show_rows(
    RowView(
        Dataset,
        noun=_("資料集"),
        unit=pgettext_lazy("dataset", "項"),
        source=_("市政廳開放資料目錄"),
        columns=(
            Column("identifier", _("資料集識別碼"), lambda row: row.identifier),
            Column("title", _("資料集名稱"), lambda row: row.label),
            Column("agency", _("提供機關"), lambda row: row.agency.label),
            Column("frequency", _("更新頻率"), lambda row: row.get_frequency_display()),
        ),
        order=("number",),
        link=lambda row: reverse("open_data_desk:dataset", args=[row.number]),
        related=("agency",),
        dimensions=(
            Dimension("agency", _("提供機關"), "agency", _agencies),
            Dimension("category", pgettext_lazy("dataset", "服務分類"), "category", _categories),
        ),
    )
)

_CONTEST = Column("contest", _("競賽"), lambda row: row.contest.label)
_HELD_ON = Column("day", _("競賽日"), lambda row: row.contest.held_on)


def _contest(row: Team) -> str:
    return reverse("open_data_desk:contest", args=[row.contest.number])


show_rows(
    RowView(
        Team,
        noun=_("參賽隊伍"),
        unit=pgettext_lazy("team", "隊"),
        source=_("市政廳開放資料競賽"),
        columns=(
            Column("team", _("隊伍編號"), lambda row: row.call),
            _CONTEST,
            _HELD_ON,
            Column("members", _("人數"), lambda row: row.members),
        ),
        order=("contest__held_on", "contest__number", "n"),
        day="contest__held_on",
        link=_contest,
        related=("contest",),
    )
)
show_rows(
    RowView(
        Work,
        noun=_("參賽作品"),
        unit=pgettext_lazy("work", "件"),
        source=_("市政廳開放資料競賽"),
        columns=(
            Column("team", _("隊伍編號"), lambda row: row.team.call),
            Column("contest", _("競賽"), lambda row: row.team.contest.label),
            Column("day", _("競賽日"), lambda row: row.team.contest.held_on),
            Column("form", _("作品形式"), lambda row: row.get_form_display()),
        ),
        order=("team__contest__held_on", "team__contest__number", "team__n"),
        day="team__contest__held_on",
        link=lambda row: reverse("open_data_desk:work", args=[row.team.reference]),
        related=("team__contest",),
    )
)
show_rows(
    RowView(
        Award,
        noun=_("得獎隊伍"),
        unit=pgettext_lazy("team", "隊"),
        source=_("市政廳開放資料競賽"),
        columns=(
            Column("prize", _("獎項"), lambda row: row.prize.name),
            Column("work", _("作品名稱"), lambda row: row.work.title),
            Column("maker", _("隊名（會公開）"), lambda row: row.work.team.name),
            Column("contest", _("競賽"), lambda row: row.prize.contest.label),
            Column("day", _("公布結果日"), lambda row: row.awarded_on),
        ),
        order=("awarded_on", "prize__contest__number", "prize__n", "pk"),
        day="awarded_on",
        link=lambda row: reverse("open_data_desk:work", args=[row.work.team.reference]),
        related=("prize__contest", "work__team"),
    )
)
