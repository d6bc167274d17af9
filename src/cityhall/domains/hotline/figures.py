"""What section 1.2.2 of the report prints of calls, and how the calls behind a number are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.domains.faq import public as faq
from cityhall.engines.figures.registry import AVERAGE, FLOW, RANKING, SHARE, STATE, figure
from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.period import Period
from cityhall.foundation.values import Average, Count, Ranking, Share

from . import parameters, passed_on
from .models import Call, CallRating
from .states import Outcome, RatingAbout, Topic

# ---- the figures -----------------------------------------------------------------------------------------------------


@figure(
    "hotline.calls",
    "1.2.2",
    "105 年共計 {:man} 通來電",
    kind=FLOW,
    name=_("1999來電數"),
    unit=_("通"),
    counts=_("打進1999的電話：只用語音查詢的，加上要求話務人員應答的。"),
    leaves_out=_("還沒有結束的電話不算。"),
    dated_by=_("依進線那一天；要話務人員應答的，依進入等候的時間。"),
    rule=_(
        "同一通電話轉到另一個群組繼續等，只算一通。語音查詢的由交換機的通話明細計算，其餘由等候紀錄計算，兩者不重複。"
    ),
    of={
        "ivr": "語音查詢活動訊息服務 {:man} 通",
        "operator": "要求話務人員應答 {:man} 通",
    },
    related=("hotline.calls_monthly", "hotline.service_level", "hotline.topic_share"),
)
def calls(period: Period, of: str = "") -> Count:
    """Calls of the period, by the day on which they came in: `ivr` by the voice menu alone, `operator` the others.

    A call that overflowed into another queue is one call; one that has not ended is none yet.
    """
    found = Call.objects.counted(period)
    return Count(found.menu() if of == "ivr" else found.operator() if of == "operator" else found)


@figure(
    "hotline.service_level",
    "1.2.2",
    "20 秒內接聽電話比率為 {:pct}",
    kind=SHARE,
    name=_("1999及時接聽率"),
    unit="%",
    counts=_("要求話務人員應答的電話當中，在期限內接聽的比例。期限是參數，目前20秒，剛好20秒也算。"),
    leaves_out=_("只用語音查詢的不在分母。沒等到人接就掛斷的在分母，不在分子。"),
    dated_by=_("依進入等候的那一天；秒數依期間最後一天的參數。"),
    rule=_(
        "轉到另一個群組才接聽的，不算及時。另外兩種常見的算法分母較小，數字會比較高：已接聽的當中及時的，以及不計短時掛斷的。"
    ),
    related=("hotline.calls", "hotline.topic_share"),
)
def service_level(period: Period) -> Share:
    """Of the calls that asked for an operator, those answered within the rulebook's seconds, the limit included."""
    day = period.state_day or period.first_day
    asked = Call.objects.counted(period).operator()
    seconds = parameter("hotline.answer_seconds", day or parameters.SINCE).value
    return Share(asked.answered_within(seconds), asked)


@figure(
    "hotline.topic_share",
    "1.2.2",
    "記下服務項目的佔 {:pct}",
    kind=SHARE,
    name=_("1999服務項目比例"),
    unit="%",
    counts=_("記下服務項目的電話當中，各項目所占的比例；不分項目時，是要求話務人員應答的電話當中記下服務項目的比例。"),
    leaves_out=_("只用語音查詢的，以及話務人員沒有記下服務項目的，都不在內。"),
    dated_by=_("依進入等候的那一天。"),
    of={
        "enquiry": "市政諮詢佔 {:pct}",
        "petition": "陳情案件佔 {:pct}",
        "transfer": "電話轉接佔 {:pct}",
        "other": "其他服務佔 {:pct}",
    },
    related=("hotline.calls", "hotline.service_level"),
)
def topic_share(period: Period, of: str = "") -> Share:
    """Of the operators' calls with a wrap-up topic, those with this one; without `of`, how many have a topic at all."""
    asked = Call.objects.counted(period).operator()
    told = asked.with_topic()
    return Share(told.filter(topic=of), told) if of else Share(told, asked)


@figure(
    "hotline.calls_monthly",
    "1.2.2",
    "每月平均進線量 {:man} 通",
    kind=AVERAGE,
    name=_("1999平均每月來電數"),
    unit=_("通／月"),
    counts=_("1999來電數除以月數。"),
    leaves_out=_("與「1999來電數」相同。"),
    dated_by=_("依進線那一天；不滿一個月的日子，按當月天數折算。"),
    related=("hotline.calls", "hotline.service_level"),
)
def calls_monthly(period: Period) -> Average:
    """Calls a month: those of `calls`, over the months of the period."""
    return Average(Call.objects.counted(period), period.months)


@figure(
    "hotline.faq_entries",
    "1.2.2",
    "市政 FAQ 資料 {:plain} 筆",
    kind=STATE,
    name=_("市政常見問題數"),
    unit=_("題"),
    counts=_("那一天民眾讀得到的常見問題，一題不管有幾個版本都算一題。"),
    leaves_out=_("還沒公布的、已下架的、還沒開始或已過適用期間的，都不算。"),
    dated_by=_("依期間最後一天的狀態；公布、下架與適用期間都有日期，過去任何一天都可以重算。"),
    related=("hotline.calls",),
)
def faq_entries(period: Period) -> Count:
    """Entries of the FAQ base that everybody could read on the last day of the period."""
    day = period.state_day or period.first_day
    assert day is not None
    return Count(faq.published(day))


@figure(
    "hotline.faq_top",
    "1.2.2",
    "民眾打1999最常問的是{:names}",
    kind=RANKING,
    name=_("1999最常被問到的問題"),
    unit=_("排名"),
    counts=_("話務人員以常見問題答復的次數，依問題類別排名；排前五名的，依次列出名稱。"),
    leaves_out=_("網站和文字服務的答復不算；還沒分類的題目不排名。"),
    dated_by=_("依答復那一天。"),
    rule=_("一通電話以同一題答復，只算一次。次數相同的，依類別代碼。類別依題目現在的歸類。"),
    of={"1 to 5": "{:names}"},
    related=("hotline.faq_entries", "hotline.topic_share"),
    named=faq.topic_label,
)
def faq_top(period: Period, of: str = "") -> Ranking:
    """The topics by which operators answered most, the first five of them; without `of` the first."""
    most = 5 if of else 1
    return Ranking(faq.asked(period, "HOTLINE"), lambda rows: faq.most_asked(rows, most))


@figure(
    "hotline.transfers_reviewed",
    "1.2.2",
    "共檢討 {:plain} 通忙線及無人接聽電話",
    kind=FLOW,
    name=_("檢討的忙線及無人接聽轉接"),
    unit=_("通"),
    counts=_("上班時間轉接到機關、遇到忙線或無人接聽，已經列進當月通知、請機關改善的電話。"),
    leaves_out=_("機關接聽的、下班時間的，以及還沒有列進通知的，都不算。"),
    dated_by=_("依轉接那一天，不是通知那一天。"),
    rule=_("一通電話轉接兩次都沒有接通，算兩通。"),
    related=("hotline.transfer_survey_answered", "hotline.topic_share"),
)
def transfers_reviewed(period: Period) -> Count:
    """Transfers that met a busy line or no answer and stand in a letter to their agency, by the day of the transfer."""
    return Count(passed_on.reviewed(period))


# ---- what callers answered ----------------------------------------------------------------------------------------

SATISFIED_FROM = 4
"""滿意 are the two positive points."""
DATED = _("依填答那一天，不是通話那一天。")


@figure(
    "hotline.survey_answered",
    "1.2.2",
    "共 {:plain} 位",
    kind=FLOW,
    name=_("1999話後滿意度填答人數"),
    unit=_("位"),
    counts=_("通話結束後，以電話按鍵、簡訊或電子郵件的連結填答滿意度的來電者；一通電話一份。"),
    leaves_out=_("受邀而沒有填答的不算；轉接後續訪問另計。"),
    dated_by=DATED,
    related=("hotline.survey_satisfied", "hotline.transfer_survey_answered"),
)
def survey_answered(period: Period) -> Count:
    """Callers who answered the survey after their call, by the day of their answer."""
    return Count(CallRating.objects.within(period, RatingAbout.CALL))


@figure(
    "hotline.survey_satisfied",
    "1.2.2",
    "整體滿意度達 {:pct}",
    kind=SHARE,
    name=_("1999整體滿意度"),
    unit="%",
    counts=_("填答整體滿意度的來電者當中，給4分（滿意）或5分（很滿意）的比例。"),
    leaves_out=_("沒有意見的不在分子，也不在分母。"),
    dated_by=DATED,
    related=("hotline.survey_answered",),
)
def survey_satisfied(period: Period) -> Share:
    """Of those who gave points, those who gave one of the two positive ones."""
    rows = CallRating.objects.within(period, RatingAbout.CALL).exclude(overall=None)
    return Share(rows.filter(overall__gte=SATISFIED_FROM), rows)


@figure(
    "hotline.transfer_survey_answered",
    "1.2.2",
    "願意接受問訪之民眾共 {:plain} 人",
    kind=FLOW,
    name=_("轉接後續訪問人數"),
    unit=_("人"),
    counts=_("電話轉接到機關之後，願意回答處理方式與服務態度的來電者。"),
    leaves_out=_("沒有轉接的電話不問；受邀而沒有填答的不算。"),
    dated_by=DATED,
    related=("hotline.transfer_survey_satisfied", "hotline.survey_answered"),
)
def transfer_survey_answered(period: Period) -> Count:
    """Callers who were put through to an agency and answered how it dealt with them."""
    return Count(CallRating.objects.within(period, RatingAbout.TRANSFER))


@figure(
    "hotline.transfer_survey_satisfied",
    "1.2.2",
    "兩項都滿意的占 {:pct}",
    kind=SHARE,
    name=_("轉接後續訪問滿意度"),
    unit="%",
    counts=_("回答轉接後續訪問的來電者當中，給4分或5分的比例；不分項目時，是兩項都給4分以上的比例。"),
    leaves_out=_("沒有給分的不在分子，也不在分母。"),
    dated_by=DATED,
    of={
        "handling": "處理方式之滿意度為 {:pct}",
        "attitude": "服務態度之滿意度為 {:pct}",
    },
    related=("hotline.transfer_survey_answered",),
)
def transfer_survey_satisfied(period: Period, of: str = "") -> Share:
    """Of those who gave points, those who gave one of the two positive ones; without `of`, to both questions."""
    rows = CallRating.objects.within(period, RatingAbout.TRANSFER)
    for name in (of,) if of else ("handling", "attitude"):
        rows = rows.exclude(**{name: None})
    wanted = {f"{name}__gte": SATISFIED_FROM for name in ((of,) if of else ("handling", "attitude"))}
    return Share(rows.filter(**wanted), rows)


# ---- the rows behind them --------------------------------------------------------------------------------------------


def _outcome_names(codes: Iterable[str]) -> Mapping[str, str]:
    return {code: str(Outcome(code).label) for code in codes}


def _topic_names(codes: Iterable[str]) -> Mapping[str, str]:
    return {code: str(Topic(code).label) if code else str(_("沒有記下項目")) for code in codes}


# Who called, and which agent answered, is nobody's but the hotline's: the rows say neither.
show_rows(
    RowView(
        Call,
        noun=pgettext_lazy("rows of a figure", "來電"),
        unit=_("通"),
        source=_("交換機的話務紀錄，依進線日計"),
        columns=(
            Column("day", _("進線日"), lambda row: row.entered_on),
            Column("outcome", pgettext_lazy("call", "結果"), lambda row: row.get_outcome_display()),
            Column("wait", _("等候秒數"), lambda row: "" if row.wait_s is None else row.wait_s),
            Column("topic", _("服務項目"), lambda row: row.get_topic_display()),
        ),
        order=("-entered_at", "-pk"),
        day="entered_on",
        only=("entered_on", "outcome", "wait_s", "topic"),
        dimensions=(
            Dimension("outcome", pgettext_lazy("call", "結果"), "outcome", _outcome_names),
            Dimension("topic", _("服務項目"), "topic", _topic_names, _("沒有記下項目")),
        ),
    )
)


def _about_names(codes: Iterable[str]) -> Mapping[str, str]:
    return {code: str(RatingAbout(code).label) for code in codes}


# Which call it was about is not shown: day and points are enough to count again.
show_rows(
    RowView(
        CallRating,
        noun=pgettext_lazy("rows of a figure", "填答"),
        unit=_("份"),
        source=_("市政廳話後滿意度調查，依填答日計"),
        columns=(
            Column("day", _("填答日"), lambda row: row.answered_on),
            Column("about", _("問什麼"), lambda row: row.get_about_display()),
            Column("overall", _("整體滿意度"), lambda row: row.overall or ""),
            Column("handling", _("處理方式"), lambda row: row.handling or ""),
            Column("attitude", _("服務態度"), lambda row: row.attitude or ""),
        ),
        order=("-answered_on", "-pk"),
        day="answered_on",
        only=("answered_on", "about", "overall", "handling", "attitude"),
        dimensions=(Dimension("about", _("問什麼"), "about", _about_names),),
    )
)
