"""Dated parameters of the text service: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)
SOURCE = "1999市民諮詢服務熱線文字客服作業"
OWN = "本系統預設值"

declare("chat.agency", "rdec", unit="", since=SINCE, kind="text", source=OWN,
        label=_("文字客服：哪個機關的客服人員回答，寫機關代碼"))  # fmt: skip
declare("chat.hours", "08:00-18:00", unit="", since=SINCE, kind="hours", source=SOURCE,
        label=_("文字客服：工作天的服務時間"))  # fmt: skip
declare("chat.idle_minutes", 5, unit=_("分鐘"), since=SINCE, source=SOURCE,
        label=_("文字客服：民眾幾分鐘沒有回應就結束對談"))  # fmt: skip
declare("chat.reopen_hours", 24, unit=_("小時"), since=SINCE, source=OWN,
        label=_("文字客服：結束後幾小時內可以接著談"))  # fmt: skip
declare("chat.most_at_once", 4, unit=_("則"), since=SINCE, source=SOURCE,
        label=_("文字客服：一位客服人員最多同時接幾則對談"))  # fmt: skip
declare("chat.answer_working_days", 1, unit=_("工作天"), since=SINCE, source=SOURCE,
        label=_("文字客服：留言要在幾個工作天內回復"))  # fmt: skip
declare("chat.keep_days", 180, unit=_("天"), since=SINCE, source=SOURCE,
        label=_("文字客服：結束後幾天移除對談內容與個人資料"))  # fmt: skip
declare("chat.review_percent", 5, unit="%", since=SINCE, source=OWN,
        label=_("文字客服：百分之幾的自動回答由人抽查"))  # fmt: skip
declare("chat.network_begins", 60, unit=_("次"), since=SINCE, source=OWN,
        label=_("文字客服：同一網路每15分鐘最多開始幾次對談"))  # fmt: skip
declare("chat.sites", ["https://www.tycg.example"], unit="", since=SINCE, kind="list", source=OWN,
        label=_("文字客服：哪些網站可以嵌入，一行一個網址，例如 https://www.example.org"))  # fmt: skip
declare("chat.danger_119", ["失火", "火災", "著火", "起火了", "瓦斯外洩", "漏瓦斯", "昏倒", "沒有呼吸", "沒呼吸", "心臟病發", "大量出血",
        "受困", "溺水", "有人墜樓", "爆炸", "叫救護車", "燒炭", "on fire", "ambulance", "not breathing", "gas leak", "unconscious"],
        unit="", since=SINCE, kind="list", source=SOURCE, label=_("文字客服：出現這些字詞，請民眾立刻打119"))  # fmt: skip
declare("chat.danger_110", ["殺人", "砍人", "持刀", "拿刀", "搶劫", "被搶", "綁架", "開槍", "有人闖入", "闖進我家", "被跟蹤", "正在被打",
        "酒駕撞人", "i am being attacked", "robbery", "kidnap", "a gun", "a knife"],
        unit="", since=SINCE, kind="list", source=SOURCE, label=_("文字客服：出現這些字詞，請民眾立刻打110"))  # fmt: skip
declare("chat.danger_113", ["家暴", "家庭暴力", "虐待", "被先生打", "被老公打", "被太太打", "被男友打", "被爸爸打", "被媽媽打", "性侵", "強暴", "兒虐", "打小孩",
        "domestic violence", "my husband hits me", "child abuse", "raped"],
        unit="", since=SINCE, kind="list", source=SOURCE, label=_("文字客服：出現這些字詞，請民眾打113"))  # fmt: skip
declare("chat.danger_1925", ["想自殺", "想死", "不想活", "活不下去", "結束生命", "suicide", "kill myself", "want to die"],
        unit="", since=SINCE, kind="list", source=SOURCE, label=_("文字客服：出現這些字詞，請民眾打119或1925安心專線"))  # fmt: skip
