"""Dated parameters of telephone tests: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare
from cityhall.engines.scoring import registry as scoring
from cityhall.engines.scoring.registry import Line

SINCE = date(2015, 1, 1)
SOURCE = "本府各機關電話服務品質測試作業"
SCHEME = "phone_tests.call"

declare("phone_tests.monthly_calls", 366, unit=_("通"), since=SINCE, source=SOURCE,
        label=_("電話測試：每月測幾通"))  # fmt: skip
declare("phone_tests.pass_mark", 80, unit=_("分"), since=SINCE, source=SOURCE,
        label=_("電話測試：幾分以上合格"))  # fmt: skip
declare("phone_tests.first_line_percent", 50, unit="%", since=SINCE, source=SOURCE,
        label=_("電話測試：百分之幾測第一線服務單位"))  # fmt: skip
declare("phone_tests.first_line_kinds", ["區公所", "戶政事務所", "地政事務所", "衛生所"], unit="", since=SINCE, kind="list",
        source=SOURCE, label=_("電話測試：哪幾類機關是第一線服務單位"))  # fmt: skip
declare("phone_tests.left_out", ["市議會", "會計室", "人事室", "政風室"], unit="", since=SINCE, kind="list", source=SOURCE,
        label=_("電話測試：不測的機關與單位"))  # fmt: skip
declare("phone_tests.lunch_percent", 20, unit="%", since=SINCE, source=SOURCE,
        label=_("電話測試：百分之幾在午休時間打"))  # fmt: skip
declare("phone_tests.lunch_hours", "12:00-13:30", unit="", since=SINCE, kind="hours", source=SOURCE,
        label=_("電話測試：午休時間從幾點到幾點"))  # fmt: skip
declare("phone_tests.twice_percent", 5, unit="%", since=SINCE, source=SOURCE,
        label=_("電話測試：百分之幾由另一位聽錄音再評一次"))  # fmt: skip
declare("phone_tests.tries", 3, unit=_("次"), since=SINCE, source=SOURCE,
        label=_("電話測試：打幾次都沒有人接，就記無人接聽"))  # fmt: skip
declare("phone_tests.card_months", 12, unit=_("個月"), since=SINCE, source="本系統預設值",
        label=_("電話測試：同一支電話幾個月內不問同一張情境卡"))  # fmt: skip
declare("phone_tests.answer_working_days", 7, unit=_("工作天"), since=SINCE, source=SOURCE,
        label=_("電話測試：未達標準或無人接聽，幾個工作天內請機關回復怎麼改善"))  # fmt: skip

scoring.declare(
    SCHEME, _("電話測試"), since=SINCE, source=SOURCE, most=5, reason_below=3,
    lines=(
        Line("speed", 20, "接聽速度", "Speed of pick-up", "鈴響幾聲接起；轉接時有沒有讓民眾久等。5分：3聲以內；3分：6聲以內；1分：10聲以上。",
             "How often it rang, and how long a transfer took. 5: within 3 rings; 3: within 6; 1: 10 or more."),
        Line("manner", 40, "接聽禮儀", "Manner", "是否報機關與姓名、有禮、耐心，結束時道謝；不推諉、不中斷。",
             "Names the agency and oneself, polite and patient, thanks at the end; pushes nothing off, cuts nobody short."),
        Line("correct", 40, "答復正確", "Correctness", "情境卡上該有的內容是否都說到、說對；不清楚時是否查明再回復。",
             "Everything on the card was said, and rightly; what was not known was looked up and answered later."),
    ),
)  # fmt: skip
