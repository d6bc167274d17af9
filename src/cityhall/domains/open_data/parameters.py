"""Dated parameters of open data: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare
from cityhall.engines.scoring.registry import Line
from cityhall.engines.scoring.registry import declare as declare_scheme

declare("open_data.grace_days", 7, unit=_("天"), since=date(2015, 12, 30), source="本府開放資料作業（預設，請依實際規定設定）",
        label=_("開放資料：超過更新頻率幾天以後，算沒有按時更新"))  # fmt: skip
declare("open_data.answer_days", 10, unit=_("工作天"), since=date(2015, 12, 30), source="本府開放資料作業（預設，請依實際規定設定）",
        label=_("開放資料：機關幾個工作天內答復資料需求"))  # fmt: skip
declare("open_data.fetch_hosts", ["*.tycg.gov.tw", "*.gov.tw"], unit=_("主機"), since=date(2015, 12, 30), kind="list",
        source="本府開放資料作業（預設，請依實際規定設定）", label=_("開放資料：可以排程擷取的主機，一行一個；*. 開頭的含其下所有主機"))  # fmt: skip
declare("open_data.fetch_failures", 3, unit=_("次"), since=date(2015, 12, 30), source="本府開放資料作業（預設，請依實際規定設定）",
        label=_("開放資料：排程擷取連續失敗幾次，列入機關待辦"))  # fmt: skip
declare("open_data.quality_patience_days", 2, unit=_("天"), since=date(2015, 12, 30), source="本府開放資料作業（預設，請依實際規定設定）",
        label=_("開放資料：品質檢測連續幾天沒有通過，才列入機關待辦"))  # fmt: skip
declare("open_data.leader_days", 90, unit=_("天"), since=date(2015, 12, 30), source="本府開放資料作業（預設，請依實際規定設定）",
        label=_("開放資料：競賽結束幾天以後，忘記隊長的電子郵件"))  # fmt: skip

declare_scheme(
    "open_data.hackathon", _("黑客松評審"), since=date(2015, 12, 30), source="本府開放資料競賽簡章（預設）", most=10, reason_below=3,
    lines=(
        Line("data", 30, "資料運用", "Use of data", "用了哪些資料，用得巧不巧、對不對。", "Which data, how well and how rightly."),
        Line("idea", 30, "創意", "Idea", "看問題的角度與作法有沒有新意。", "Whether the question and the answer are new."),
        Line("done", 25, "完成度", "How far it is", "當天做出來、能操作的部分。", "What was made on the day and works."),
        Line("told", 15, "簡報", "How it was told", "說明清楚，回答問題切題。", "Clearly shown, questions answered."),
    ),
)  # fmt: skip
declare_scheme(
    "open_data.apps", _("應用競賽評審"), since=date(2015, 12, 30), source="本府開放資料競賽簡章（預設）", most=10, reason_below=3,
    lines=(
        Line("data", 30, "資料運用", "Use of data", "用了哪些資料，用得巧不巧、對不對。", "Which data, how well and how rightly."),
        Line("useful", 30, "實用", "Usefulness", "解決民眾或業者的問題，容易使用。", "Solves a problem of people or firms, easily."),
        Line("idea", 20, "創意", "Idea", "看問題的角度與作法有沒有新意。", "Whether the question and the answer are new."),
        Line("lasting", 20, "永續經營", "Goes on", "競賽以後有人維護、資料會更新。", "Kept and renewed after the competition."),
    ),
)  # fmt: skip
