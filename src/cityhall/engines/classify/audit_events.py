"""Events of text models."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "classify.trained": _("訓練字詞模型"),
        "classify.held_back": _("字詞模型沒有通過防護檢查"),
        "classify.went_live": _("啟用字詞模型"),
        "classify.rolled_back": _("回復前一版字詞模型"),
    }
)
