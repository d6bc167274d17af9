"""From which total budget on a project can be listed: dated, each with its source, changed by the commission."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare
from cityhall.engines.scoring import registry as scoring
from cityhall.engines.scoring.evaluating import Band
from cityhall.engines.scoring.registry import Line

SINCE = date(2015, 1, 1)
SOURCE = "本府重大建設計畫列管作業"

declare("projects.threshold_works", 30_000_000, unit=_("元"), since=SINCE, source=SOURCE,
        label=_("列管計畫：工程類計畫總預算達多少，可列為府列管"))  # fmt: skip
declare("projects.threshold_other", 10_000_000, unit=_("元"), since=SINCE, source=SOURCE,
        label=_("列管計畫：非工程類計畫總預算達多少，可列為府列管"))  # fmt: skip
declare("projects.withdrawal_months", 2, unit=_("個月"), since=SINCE, source="本系統預設值",
        label=_("列管計畫：申請撤銷列管，最晚要在計畫結束前幾個月提出"))  # fmt: skip
declare("projects.year_end_months", 3, unit=_("個月"), since=SINCE, source="本府重大建設計畫年終考核作業",
        label=_("列管計畫：年終考核最晚在年度終了後幾個月內評定"))  # fmt: skip

WHOLE = (("60", "0"), ("90", "80"), ("100", "100"))
"""60 per cent bring nothing, 90 four fifths of the points, 100 all of them."""

scoring.declare(
    "projects.year_end", _("列管計畫年終考核"), since=SINCE, source="本府重大建設計畫年終考核作業（配分與等第為本系統預設值）", most=10,
    reason_below=6,
    lines=(
        Line("progress", 25, "進度執行", "Progress", "列管期間每個月鎖定時，實際進度達到預定進度的月數比率。",
             "Share of the months in which progress, as it stood when the month was locked, was as planned.",
             "projects.progress", (("30", "0"), ("90", "90"), ("100", "100"))),
        Line("money", 20, "預算執行", "Execution of the budget", "最後一個應填報的月份，執行數占累計分配預算的比率。",
             "Executed of the money allocated up to the last month that was due.", "projects.money", WHOLE),
        Line("checkpoints", 15, "檢核點如期", "Checkpoints in time", "如期完成的檢核點比率，依辦結時有效的計畫。",
             "Share of checkpoints reached by their day, by the plan in force at closing.", "projects.checkpoints",
             (("0", "0"), ("100", "100"))),
        Line("tenders", 5, "發包", "Tenders", "第一次開標就決標的標案比率；沒有標案的不計。",
             "Share of packages awarded at their first opening; left out where there are none.", "projects.tenders",
             (("0", "0"), ("100", "100"))),
        Line("reporting", 10, "按月填報", "Monthly reports", "鎖定以前填報的月數比率。",
             "Share of months reported before they were locked.", "projects.reporting", WHOLE),
        Line("results", 15, "目標與效益", "Results", "計畫目標是否達成，完成後使用的情形。",
             "Whether the aims were reached, and how it is used."),
        Line("control", 10, "困難與因應", "Control", "遇到困難時的因應、自行管控與改善的情形。",
             "How difficulties were met, and what the agency did by itself."),
    ),
    bands=(
        Band(Decimal(90), "優等", "Excellent", "主辦人員嘉獎二次", "Two commendations for those in charge"),
        Band(Decimal(80), "甲等", "Good", "主辦人員嘉獎一次", "One commendation for those in charge"),
        Band(Decimal(70), "乙等", "Fair"),
        Band(Decimal(60), "丙等", "Weak", "請提書面檢討", "A written review"),
        Band(Decimal(0), "丁等", "Poor", "檢討責任，視情節申誡", "Responsibility is looked into; a reprimand where due"),
    ),
)  # fmt: skip
