"""When a prediction may act by itself: the conditions of the gate, dated and with their source (note 07 §6.3, §6.4)."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2016, 8, 1)
SOURCE = "research 07 §6"

declare(
    "classify.target_percent", 95, unit="%", since=SINCE, source=SOURCE,
    label=_("字詞模型自動派案應達到的正確率（下次訓練起適用）"),
)  # fmt: skip
declare(
    "classify.margin_percent", 20, unit="%", since=SINCE, source=SOURCE,
    label=_("第一名與第二名機率至少相差多少才可自動派案"),
)  # fmt: skip
declare(
    "classify.least_length", 8, unit=_("字"), since=SINCE, source=SOURCE, label=_("至少幾個字才可由字詞模型自動派案")
)
declare(
    "classify.least_labels", 200, unit=_("筆"), since=SINCE, source=SOURCE, label=_("字詞模型至少學過幾筆才可自動派案")
)
declare(
    "classify.least_labels_in_class", 30, unit=_("筆"), since=SINCE, source=SOURCE,
    label=_("字詞模型在該類別至少學過幾筆才可自動派案"),
)  # fmt: skip
declare("classify.shadow_days", 14, unit=_("天"), since=SINCE, source=SOURCE, label=_("字詞模型至少試行幾天才可使用"))
