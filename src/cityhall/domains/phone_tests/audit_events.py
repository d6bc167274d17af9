"""Events of telephone tests."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "phone_test.answered": _("機關回復電話測試的改善"),
        "phone_test.card_added": _("新增情境卡"),
        "phone_test.card_retired": _("停用情境卡"),
        "phone_test.decided": _("確認電話測試的改善"),
        "phone_test.drawn": _("抽出電話測試"),
        "phone_test.exported": _("匯出電話測試結果"),
        "phone_test.handed_over": _("移交電話測試"),
        "phone_test.redrawn": _("重抽電話測試"),
        "phone_test.scored": _("電話測試評分"),
        "phone_test.scored_again": _("電話測試再評一次"),
        "phone_test.tried": _("電話測試沒有接通"),
        "phone_test.unanswered": _("電話測試無人接聽"),
    }
)
