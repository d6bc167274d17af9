"""Events of council cases."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "council.councillor_added": _("新增議員"),
        "council.councillor_left": _("議員離任"),
        "council.exported": _("匯出議會案件"),
        "council.feed_renewed": _("換發議會案件訂閱網址"),
        "council.imported": _("由檔案匯入議會案件"),
        "council.inspection_registered": _("登錄會勘"),
        "council.inspection_withdrawn": _("撤銷會勘登錄"),
        "council.inspections_exported": _("匯出會勘"),
        "council.link_sent": _("寄出議會案件查詢連結"),
        "council.link_used": _("用連結打開議會案件查詢"),
        "council.listed": _("列管議會案件"),
        "council.mark_answered": _("處理答非所問標記"),
        "council.marked": _("議員標記答非所問"),
        "council.month_reported": _("回報當月會勘登錄完畢"),
        "council.news_chosen": _("選擇議會案件通知"),
        "council.news_ended": _("取消議會案件通知"),
        "council.reader_added": _("新增議會案件查詢人"),
        "council.reader_ended": _("停止議會案件查詢"),
        "council.report_made": _("製作議決案執行情形報告"),
        "council.report_printed": _("下載議決案執行情形報告"),
        "council.session_added": _("新增會期"),
    }
)
