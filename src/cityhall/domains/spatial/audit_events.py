"""Events of the spatial platform."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "spatial.analysis_asked": _("提出空間分析"),
        "spatial.analysis_done": _("完成空間分析"),
        "spatial.areas_imported": _("匯入統計區與代碼異動"),
        "spatial.client_added": _("新增空間介接對象"),
        "spatial.client_ended": _("停用空間介接對象"),
        "spatial.exported": _("下載空間圖資的清單"),
        "spatial.files_exported": _("下載交付圖資檔的清單"),
        "spatial.file_decided": _("決定交付的圖資檔"),
        "spatial.file_handed_in": _("交付圖資檔"),
        "spatial.file_read": _("讀取交付的圖資檔"),
        "spatial.grant_ended": _("收回圖資的授權"),
        "spatial.granted": _("授權介接對象使用圖資"),
        "spatial.layer_behind": _("圖資沒有換成開放資料的新版本"),
        "spatial.layer_brought_back": _("恢復下架的圖資"),
        "spatial.layer_changed": _("修改空間圖資的說明"),
        "spatial.layer_listed": _("登錄空間圖資"),
        "spatial.layer_renewed": _("圖資換成新版本"),
        "spatial.layer_withdrawn": _("下架空間圖資"),
        "spatial.list_answered": _("查完點位清單"),
        "spatial.list_downloaded": _("下載點位清單的結果"),
        "spatial.list_handed_in": _("上傳點位清單"),
        "spatial.list_let_go": _("刪除點位清單"),
        "spatial.statement_exported": _("下載介接對象的月報表"),
        "spatial.statistics_exported": _("下載社會經濟統計"),
        "spatial.statistics_imported": _("匯入社會經濟統計"),
    }
)
